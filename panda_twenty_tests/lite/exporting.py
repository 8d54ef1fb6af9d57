"""Writes a practice's rows as an export folder, as a person with the template would."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from panda_twenty.panda.chart import (
    ASPECTS,
    FURCATION_ENTRANCES,
    SITE_MARKS,
    SITE_MEASURES,
    SITES,
    NotAssessable,
)
from panda_twenty.panda.connection import PracticeDatabase
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.lite.tables import CHART, TABLES, LiteTable, site_column
from panda_twenty.panda.profile import SourceProfile

Row = dict[str, str]


def export_practice(
    database: PracticeDatabase, profile: SourceProfile, folder: Path, *, practice: str, time_zone: str
) -> None:
    """Every entity of the practice as a CSV file with the columns that the profile locates."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "practice.csv", ["practice", "time_zone"], [[practice, time_zone]])
    for name, table in TABLES.items():
        source = profile.entities.get(name)
        if source is None:
            continue
        rows = [row for each in read_entity(database, profile, name) for row in exported(each, table, folder)]
        given = {"key", "patient_key", *source.attributes, *(["modified_at"] if source.modified else [])}
        columns = [
            column.name
            for column in table.columns
            if column.reading or (column.attribute is not None and column.attribute.name in given)
        ]
        write_csv(folder / table.file, columns, [[row.get(column, "") for column in columns] for row in rows])


def write_csv(path: Path, header: list[str], rows: list[list[str]], **how: Any) -> None:
    """A CSV file as spreadsheets write it."""
    with path.open("w", newline="", encoding=how.pop("encoding", "utf-8")) as opened:
        writer = csv.writer(opened, lineterminator="\r\n", **how)
        writer.writerow(header)
        writer.writerows(rows)


def exported(row: EntityRow, table: LiteTable, folder: Path) -> Iterator[Row]:
    """The lines of one row: one, or one per tooth for a chart."""
    if table.entity.name == CHART:
        own = {"exam_key": row.key, "patient_key": row.values["patient_key"]}
        for tooth in row.values["teeth"]:
            yield {**own, **_tooth(tooth)}
        return
    cells = {name: _text(value) for name, value in row.values.items()}
    if table.entity.name == "document" and row.values["content"] is not None:
        stored = folder / "files" / f"{row.key}.bin"
        stored.parent.mkdir(exist_ok=True)
        stored.write_bytes(row.values["content"])
        cells["file"] = f"files/{row.key}.bin"
    yield cells


def _tooth(tooth: Any) -> Row:
    cells = {
        "tooth": tooth.source_number,
        "status": str(tooth.status),
        "mobility": _text(tooth.mobility),
        "prognosis": _text(tooth.prognosis),
        "note": _text(tooth.note),
    }
    for name in (*SITE_MEASURES, *SITE_MARKS):
        for site, value in zip(SITES, getattr(tooth, name), strict=True):
            cells[site_column(name, site)] = _text(int(value) if isinstance(value, bool) else value)
    for entrance in FURCATION_ENTRANCES:
        cells[f"furcation_{entrance.lower()}"] = _text(tooth.furcation.get(entrance))
    for name in ("mucogingival_junction", "keratinized_width"):
        for aspect in ASPECTS:
            cells[f"{name}_{aspect}"] = _text(getattr(tooth, name).get(aspect))
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, NotAssessable):
        return value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
