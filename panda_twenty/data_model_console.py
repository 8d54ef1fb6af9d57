"""The command ``data-model``: the document on the console, and written to files."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from panda_twenty.data_model_document import DataModelDocument
from panda_twenty.data_model_page import console_rows, data_model_markdown, data_model_page
from panda_twenty.data_model_report import session_document
from panda_twenty.migration import using_sandbox
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import data_model_plan
from panda_twenty.verification.reporting import write_private

OFFLINE = (
    "No workspace was looked at: this is the whole data model as a fresh Twenty needs it, without what is"
    " there already. Set TWENTY_URL and TWENTY_API_KEY to compare."
)


def show_data_model(
    settings: Settings, *, html: Path | None, markdown: Path | None, as_json: bool, offline: bool
) -> None:
    """Print the document, or write it to files. Without a workspace to look at, it has no diff and says so.

    The sandbox's Twenty is looked at only for the sandbox's practice: a practice of one's own would be
    compared with a workspace that nobody means.
    """
    looks = not offline and (not settings.uses_sandbox_twenty or settings.uses_sandbox_practice)
    with using_sandbox(settings, twenty=looks) as complete, open_session(complete) as session:
        document = session_document(session, data_model_plan(session) if looks else None)
    for file, write in ((html, data_model_page), (markdown, data_model_markdown)):
        if file is not None:
            write_private(file, write(document))
    if as_json:
        print(json.dumps(document.as_json(), indent=1))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    if html is None and markdown is None:
        _show(console, document)
    _sum_up(console, document)
    for file in (html, markdown):
        if file is not None:
            console.print(f"Written: {file}", soft_wrap=True, highlight=False)


def _show(console: Console, document: DataModelDocument) -> None:
    objects = Table(title="1 Objects", title_justify="left")
    for name in ("Step", "Label", "API name", "API plural", "Icon", "State"):
        objects.add_column(name)
    for each in document.new_objects:
        objects.add_row(
            each.step, each.label_singular, each.name_singular, each.name_plural, each.icon, each.state
        )
    console.print(objects)
    for each in document.objects:
        if not each.fields and not each.relations:
            continue
        steps = f"{each.fields_step} " if each.fields_step else ""
        table = Table(title=f"{steps}{each.label_singular} ({each.name_singular})", title_justify="left")
        for name in ("Step", "Label", "API name", "Type", "Details", "State"):
            table.add_column(name)
        for row in console_rows(each):
            table.add_row(*row)
        console.print(table)


def _sum_up(console: Console, document: DataModelDocument) -> None:
    fields = sum(len(each.fields) for each in document.objects)
    relations = sum(len(each.relations) for each in document.objects)
    console.print(
        f"{len(document.new_objects)} objects, {fields} fields, {relations} relations.", highlight=False
    )
    if document.workspace is None:
        console.print(OFFLINE, soft_wrap=True, highlight=False)
        return
    for sentence in document.conflicts:
        console.print(f"Conflict: {sentence}", style="red", soft_wrap=True, highlight=False)
    states = ", ".join(f"{count} {state}" for state, count in document.states.items() if state)
    console.print(f"Compared with {document.workspace}: {states}.", soft_wrap=True, highlight=False)
    if not any(document.states.get(state) for state in ("create", "add options", "conflict")):
        console.print("The workspace has everything that is needed.")
