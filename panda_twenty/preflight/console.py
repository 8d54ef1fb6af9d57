"""The command ``panda-twenty preflight``: the page on the terminal, as JSON, and as a file."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from panda_twenty.preflight.estimate import estimate_as_sentences
from panda_twenty.preflight.line import Verdict
from panda_twenty.preflight.looking import Preflight, run_preflight, sandbox_where_nothing_is_set
from panda_twenty.preflight.page import WORDS, write_page
from panda_twenty.progress import listening
from panda_twenty.session import open_session
from panda_twenty.settings import Settings

STYLES = {Verdict.PASS: "green", Verdict.WARN: "yellow", Verdict.STOP: "bold red"}


def preflight_command(settings: Settings, *, as_json: bool, html: Path | None, probe: bool) -> int:
    """Look, tell, and return the exit code: 0 no stop, 1 a stop, 2 an end that cannot be looked at."""
    progress = Console(stderr=True)
    with (
        sandbox_where_nothing_is_set(settings) as complete,
        open_session(complete) as session,
        progress.status("Looking") as status,
        listening(lambda step: status.update(f"Looking: {step.stage} {step.detail}")),
    ):
        page = run_preflight(session, probe=probe)
        file = write_page(page, html or complete.panda_twenty_home / "preflight.html")
    if as_json:
        print(json.dumps(page.to_json(), indent=2))
    else:
        _show(page)
    progress.print(f"The page: {file}", soft_wrap=True, highlight=False)
    return page.exit_code


def _show(page: Preflight) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    for section in page.sections:
        table = Table(
            title=section.title, title_justify="left", title_style="bold", show_header=False, box=None
        )
        table.add_column(width=4)
        table.add_column(width=26)
        table.add_column(ratio=1)
        for line in section.lines:
            told = Text(line.found)
            if line.advice:
                told.append(f"\n→ {line.advice}", style="dim" if line.verdict is Verdict.PASS else "")
            table.add_row(Text(line.verdict.value, style=STYLES[line.verdict]), Text(line.title), told)
        console.print(table)
        console.print()
    if page.estimate is not None:
        table = Table(
            title="What it will take", title_justify="left", title_style="bold", show_header=False, box=None
        )
        for label, figure in estimate_as_sentences(page.estimate):
            table.add_row(label, figure)
        console.print(table)
        console.print()
    counts = ", ".join(f"{number} {verdict.value}" for verdict, number in page.counts().items())
    console.print(Text(f"{WORDS[page.verdict]} ({counts}).", style=STYLES[page.verdict]))
