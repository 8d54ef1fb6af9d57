"""Writes the empty export folder: a CSV file per entity, a guide, and a small filled-in example."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml

from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.lite.csv_files import LONGEST_FIELD
from panda_twenty.panda.lite.tables import PRACTICE_COLUMNS, PRACTICE_FILE, TABLES, LiteColumn, LiteTable

_HERE = Path(__file__).parent
_EXAMPLE_DOCUMENT = "files/consent.txt"
_FIELD_COLUMNS = (
    *("file", "column", "type", "required", "meaning", "allowed codes", "refers to", "format", "example"),
)

Rows = Mapping[str, Sequence[Mapping[str, str]]]


class FolderInUseError(SourceError):
    """The template would overwrite files."""


def write_template(folder: Path) -> list[Path]:
    """Write the template into ``folder``; returns the files written.

    Raises FolderInUseError where a file of that name is there already: it may have been filled in.
    """
    contents = dict(_contents())
    taken = [name for name in contents if (folder / name).exists()]
    if taken:
        raise FolderInUseError(
            f"The folder {folder} has {taken[0]} already. Choose an empty folder; nothing is overwritten."
        )
    written = []
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # With a byte order mark spreadsheets open the files as UTF-8 and save them so.
        path.write_text(text, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline="")
        written.append(path)
    return written


def _contents() -> Iterable[tuple[str, str]]:
    examples = example_rows()
    yield PRACTICE_FILE, _csv(PRACTICE_COLUMNS, [])
    for table in TABLES.values():
        yield table.file, _csv(table.names, [])
    rows = (_field_row(table, column, examples) for table in TABLES.values() for column in table.columns)
    yield "fields.csv", _csv(_FIELD_COLUMNS, rows)
    yield "README.html", _guide(examples)
    yield (
        f"examples/{PRACTICE_FILE}",
        _csv(PRACTICE_COLUMNS, [_in_order(PRACTICE_COLUMNS, examples["practice"][0])]),
    )
    for name, table in TABLES.items():
        yield (
            f"examples/{table.file}",
            _csv(table.names, [_in_order(table.names, row) for row in examples[name]]),
        )
    yield f"examples/{_EXAMPLE_DOCUMENT}", "I agree to the treatment that was explained to me. (Invented.)\n"


def example_rows() -> Rows:
    """Invented rows by entity, and ``practice``: the example that the template comes with."""
    rows: Rows = yaml.safe_load((_HERE / "examples.yaml").read_text(encoding="utf-8"))
    return rows


def example_of(entity: str, column: str, examples: Rows) -> str:
    """The first value of a column among the example rows; empty where none has one."""
    return next((row[column] for row in examples[entity] if row.get(column)), "")


def _in_order(names: Sequence[str], row: Mapping[str, str]) -> list[str]:
    return [row.get(name, "") for name in names]


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _field_row(table: LiteTable, column: LiteColumn, examples: Rows) -> list[str]:
    return [
        table.file,
        column.name,
        column.type,
        "yes" if column.required else "",
        column.meaning,
        " ".join(column.codes),
        _target(column),
        column.format,
        example_of(table.entity.name, column.name, examples),
    ]


def _target(column: LiteColumn) -> str:
    target = TABLES.get(column.refers_to or "")
    return target.file if target is not None else ""


def _guide(examples: Rows) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tables: list[dict[str, Any]] = [
        {
            "file": table.file,
            "label": table.entity.label,
            "meaning": table.entity.meaning,
            "is_chart": table.entity.name == "perio_chart",
            "columns": [
                {
                    "column": column,
                    "target": _target(column),
                    "example": example_of(table.entity.name, column.name, examples),
                }
                for column in table.columns
            ],
        }
        for table in TABLES.values()
    ]
    page = environment.get_template("guide.html.j2")
    return page.render(tables=tables, longest_field=f"{LONGEST_FIELD:,}") + "\n"
