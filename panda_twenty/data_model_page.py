"""The data model document as one self-contained HTML page, printable, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jinja2

from panda_twenty.data_model_document import (
    DataModelDocument,
    DocumentedField,
    DocumentedObject,
    FieldFamily,
)


def data_model_page(document: DataModelDocument) -> str:
    """The document as an HTML page that needs nothing else."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("data_model_page.html.j2").render(document=document) + "\n"


def data_model_markdown(document: DataModelDocument) -> str:
    """The document as Markdown; every field is a row of its own."""
    return "\n".join(_markdown(document)) + "\n"


def _markdown(document: DataModelDocument) -> Iterator[str]:
    yield f"# Data model for Twenty: {document.practice}\n"
    if document.workspace is None:
        yield "No workspace was looked at: this is the whole data model as a fresh Twenty needs it.\n"
    for sentence in document.conflicts:
        yield f"- Conflict: {sentence}"
    yield "## 1 Objects\n"
    yield "Settings, Data model, Add object; with Advanced on and labels and API names not synchronized.\n"
    yield from _head("Step", "Label", "Plural", "API name", "API plural", "Icon", "Description", "State")
    for each in document.new_objects:
        names = (each.label_singular, each.label_plural, _code(each.name_singular), _code(each.name_plural))
        yield _row(each.step, *names, each.icon, each.description, _state(each))
    yield "\n## 2 Fields\n"
    for each in document.objects:
        if each.fields:
            yield f"\n### {each.fields_step} {each.label_singular} ({_code(each.name_singular)})\n"
            yield from _head("Step", "Label", "API name", "Type", "Icon", "Details", "State")
            for field in each.fields:
                facts = (_code(field.name), field.type_label, field.icon, _details(field))
                yield _row(field.step, field.label, *facts, _state(field))
    yield "\n## 3 Relations\n"
    yield from _head("Step", "Object", "Label", "API name", "Belongs to one", "Field on destination", "State")
    for each in document.objects:
        for field in each.relations:
            if (relation := field.relation) is not None:
                there = f"{relation.reverse_label} ({_code(relation.reverse_name)})"
                named = (each.label_singular, field.label, _code(field.name), _code(relation.target), there)
                yield _row(field.step, *named, _state(field))


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield f"|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').split()) for cell in cells)} |"


def _code(name: str) -> str:
    return f"`{name}`"


def _state(each: DocumentedObject | DocumentedField) -> str:
    return f"{each.state}: {each.advice}" if each.advice else each.state


def _details(field: DocumentedField) -> str:
    parts = ["unique"] if field.unique else []
    if field.description:
        parts.append(field.description)
    if field.options:
        shown = ", ".join(f"{one.label} ({_code(one.value)}, {one.color})" for one in field.options)
        parts.append(f"options in order: {shown}")
    return "; ".join(parts)


def console_rows(each: DocumentedObject) -> Iterator[tuple[str, ...]]:
    """The rows of an object on a console: step, label, API name, type, details, state."""
    for entry in (*each.entries(), *each.relations):
        if isinstance(entry, FieldFamily):
            states = ", ".join(f"{count} {state}" for state, count in entry.states.items() if state)
            steps = f"{entry.first.step} to {entry.members[-1].step}"
            yield steps, entry.label, f"{entry.name} ({entry.span})", *_facts(entry.first), states
        else:
            yield entry.step, entry.label, entry.name, *_facts(entry), _state(entry)


def _facts(field: DocumentedField) -> tuple[str, str]:
    details = ["unique"] if field.unique else []
    if field.relation is not None:
        details.append(f"to {field.relation.target}, there {field.relation.reverse_name}")
    if field.options:
        details.append(", ".join(option.value for option in field.options))
    return field.type_label, "; ".join(details)
