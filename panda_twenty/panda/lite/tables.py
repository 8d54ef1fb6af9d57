"""The CSV files of an export and their columns, read off the catalogue of entities.

The chart has one row per exam and tooth, not per site: a tooth-level finding then stands once and cannot
contradict itself, a missing tooth is one row, the columns of a row run as a tooth is charted, and a sheet of
1,048,576 rows, the most that spreadsheets open, holds 32,000 exams instead of 5,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from panda_twenty.panda.chart import (
    ASPECTS,
    FURCATION_ENTRANCES,
    MOBILITY_GRADES,
    SITE_MARKS,
    SITE_MEASURES,
    SITES,
    ToothStatus,
)
from panda_twenty.panda.entities import ENTITIES, Attribute, Entity, Kind

PRACTICE_FILE = "practice.csv"
PRACTICE_COLUMNS = ("practice", "time_zone")
CHART = "perio_chart"
PROGNOSIS_CODES = ("GOOD", "FAIR", "POOR", "QUESTIONABLE", "HOPELESS")

_TYPES = {
    Kind.KEY: "key",
    Kind.TEXT: "text",
    Kind.CODE: "code",
    Kind.INTEGER: "whole number",
    Kind.DECIMAL: "number",
    Kind.BOOLEAN: "yes or no",
    Kind.DATE: "date",
    Kind.MOMENT: "date and time",
    Kind.BYTES: "file",
}
_FORMATS = {
    "key": "as PANDA has it; the same text wherever the row is referred to",
    "text": "any text",
    "code": "one of the allowed codes",
    "whole number": "digits only, such as 12",
    "number": "digits with a decimal point, such as 12.5",
    "yes or no": "true or false",
    "date": "YYYY-MM-DD",
    "date and time": "YYYY-MM-DDTHH:MM:SS, local time of the practice, or with an offset behind it",
    "file": "path of a file beside the CSV files, relative to the folder",
    "tooth": "Universal number: 1-32, A-T for primary teeth, 51-82 and AS-TS for supernumerary ones",
    "millimetres": "whole or half millimetres; x where the site could not be measured",
    "mark": "1 present, 0 absent, x where it could not be told",
    "grade": "one of the allowed codes",
}


@dataclass(frozen=True)
class LiteColumn:
    """One column. ``reading`` names how the chart reads it; it is empty outside the chart's own columns."""

    name: str
    type: str
    """One of the words of the guide: key, text, code, whole number, number, yes or no, date, ..."""
    meaning: str
    required: bool = False
    codes: tuple[str, ...] = ()
    refers_to: str | None = None
    attribute: Attribute | None = None
    reading: str = ""

    @property
    def format(self) -> str:
        """How values are written."""
        return _FORMATS[self.type]


@dataclass(frozen=True)
class LiteTable:
    """One file. ``key`` names the columns that together occur once."""

    entity: Entity
    columns: tuple[LiteColumn, ...]
    key: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file's name in the folder."""
        return f"{self.entity.name}.csv"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The header."""
        return tuple(column.name for column in self.columns)


def _tables() -> Iterator[LiteTable]:
    for entity in ENTITIES.values():
        if entity.derived_from is not None:
            continue
        if entity.name == CHART:
            yield LiteTable(entity, tuple(_chart_columns(entity)), ("exam_key", "tooth"))
        else:
            yield LiteTable(entity, tuple(_columns(entity)), ("key",))


def _columns(entity: Entity) -> Iterator[LiteColumn]:
    for attribute in entity.attributes.values():
        target = ENTITIES.get(attribute.refers_to or "")
        # What a derived entity is, this project works out; nobody exports it.
        if target is None or target.derived_from is None:
            yield _column(attribute)


def _column(attribute: Attribute) -> LiteColumn:
    return LiteColumn(
        "file" if attribute.kind is Kind.BYTES else attribute.name,
        _TYPES[attribute.kind],
        attribute.meaning,
        attribute.required,
        attribute.codes,
        attribute.refers_to,
        attribute,
    )


def _chart_columns(entity: Entity) -> Iterator[LiteColumn]:
    yield _column(entity.attributes["exam_key"])
    yield _column(entity.attributes["patient_key"])
    yield LiteColumn("tooth", "tooth", "the tooth", required=True, reading="tooth")
    statuses = tuple(ToothStatus)
    yield LiteColumn(
        "status", "code", "what stands there; empty is PRESENT", codes=statuses, reading="status"
    )
    for measure in SITE_MEASURES:
        for site in SITES:
            meaning = f"{measure.replace('_', ' ')}{_MEASURE_NOTES[measure]} at site {site}"
            yield LiteColumn(site_column(measure, site), "millimetres", meaning, reading=measure)
    for mark in SITE_MARKS:
        for site in SITES:
            yield LiteColumn(site_column(mark, site), "mark", f"{mark} at site {site}", reading="mark")
    yield LiteColumn("mobility", "grade", "mobility (Miller)", codes=MOBILITY_GRADES, reading="mobility")
    for entrance in FURCATION_ENTRANCES:
        yield LiteColumn(
            f"furcation_{entrance.lower()}",
            "grade",
            f"furcation grade of the entrance {_ENTRANCES[entrance]}, on the exam's scale",
            codes=("0", "1", "2", "3", "4", "x"),
            reading="furcation",
        )
    for measure in ("mucogingival_junction", "keratinized_width"):
        for aspect in ASPECTS:
            meaning = f"{_ASPECT_MEASURES[measure]}, {aspect} side"
            yield LiteColumn(f"{measure}_{aspect}", "millimetres", meaning, reading=measure)
    yield LiteColumn(
        "prognosis", "code", "prognosis of the tooth", codes=PROGNOSIS_CODES, reading="prognosis"
    )
    yield LiteColumn("note", "text", "note on the tooth", reading="note")


def site_column(measure: str, site: str) -> str:
    """The chart column of one measure or mark at one site, such as ``probing_depth_db``."""
    return f"{measure}_{site.lower()}"


_MEASURE_NOTES = {
    "probing_depth": "",
    "gingival_margin": " (positive is recession, negative is above the cemento-enamel junction)",
    "attachment_level": " (leave empty where PANDA does not store it)",
}
_ENTRANCES = {"B": "facial", "L": "lingual", "M": "mesial", "D": "distal"}
_ASPECT_MEASURES = {
    "mucogingival_junction": "from the gingival margin to the mucogingival junction",
    "keratinized_width": "width of the keratinised gingiva",
}

TABLES: Mapping[str, LiteTable] = {table.entity.name: table for table in _tables()}
"""Every file by entity, parents before children."""
