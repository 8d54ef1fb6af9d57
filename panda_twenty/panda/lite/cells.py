"""What may stand in one cell of an export, told without the value.

Values are tried with the very readers that the migration uses, by the profile ``panda-lite``: what passes
here is read there. Dates are held to one way of writing, since 03/04 is two different days.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from panda_twenty.panda.chart_shapes.readings import LIMITS, Readings
from panda_twenty.panda.entities import Kind
from panda_twenty.panda.lite.tables import CHART, LiteColumn
from panda_twenty.panda.problems import Fault
from panda_twenty.panda.profile import AttributeSource, SourceProfile
from panda_twenty.panda.values import reader_for

_DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_ISO_DATE = re.compile(rf"{_DAY}([T ]00:00(:00(\.0{{1,6}})?)?)?")
_ISO_MOMENT = re.compile(rf"{_DAY}({_TIME}(Z|[+-]\d{{2}}:?\d{{2}})?)?")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})(\s.*)?")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_COMMA = re.compile(r"-?\d+,\d+")


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a cell, as a code and two half sentences: what it is, and what is expected."""

    code: str
    what: str
    expected: str


CellCheck = Callable[[str], Wrong | None]
"""Takes a cell that is not empty."""

MISSING = Wrong("missing_value", "nothing is entered", "a value, since a row cannot go without it")


def cell_checks(columns: tuple[LiteColumn, ...], profile: SourceProfile, entity: str) -> dict[str, CellCheck]:
    """The check of each column that has one, by column; plain text and keys have none."""
    chart = profile.entities[CHART].chart
    readings = Readings(chart) if entity == CHART and chart is not None else None
    checks: dict[str, CellCheck] = {}
    for column in columns:
        check = _chart_check(column, readings) if column.reading and readings is not None else _check(column)
        if check is not None:
            checks[column.name] = _Remembering(_on_one_line(check)).__getitem__
    return checks


class _Remembering(dict[str, Wrong | None]):
    """Remembers the verdicts on the last few thousand different cells of a column."""

    def __init__(self, check: CellCheck) -> None:
        super().__init__()
        self._check = check

    def __missing__(self, text: str) -> Wrong | None:
        if len(self) >= 4096:
            self.clear()
        wrong = self[text] = self._check(text)
        return wrong


def _on_one_line(check: CellCheck) -> CellCheck:
    def checked(text: str) -> Wrong | None:
        if "\n" in text.strip() or "\r" in text.strip():
            return Wrong("line_break", "a line break stands in the middle", "a value on one line")
        return check(text)

    return checked


def _check(column: LiteColumn) -> CellCheck | None:
    attribute = column.attribute
    if attribute is None or attribute.kind in (Kind.KEY, Kind.TEXT, Kind.BYTES):
        return None
    read = reader_for(attribute, AttributeSource(column=column.name), ZoneInfo("UTC"))
    if attribute.kind in (Kind.DATE, Kind.MOMENT):
        return _date_check(column, read)
    whats = {
        "unreadable_number": f"it is no {column.type}",
        "unreadable_boolean": "it is neither yes nor no",
        "unknown_code": "it is none of the codes",
    }

    def checked(text: str) -> Wrong | None:
        if attribute.kind is Kind.DECIMAL and _COMMA.fullmatch(text.strip()):
            return Wrong(
                "decimal_comma", "it is written with a decimal comma", "a decimal point, such as 12.5"
            )
        value = read(text)
        if not isinstance(value, Fault):
            return None
        expected = f"one of {', '.join(column.codes)}" if column.codes else column.format
        return Wrong(value.code, whats[value.code], expected)

    return checked


def _date_check(column: LiteColumn, read: Callable[[Any], Any]) -> CellCheck:
    pattern = _ISO_DATE if column.type == "date" else _ISO_MOMENT
    expected = column.format

    def checked(text: str) -> Wrong | None:
        plain = text.strip()
        if not plain:
            return None
        if pattern.fullmatch(plain):
            impossible = isinstance(read(plain), Fault)
            return Wrong("impossible_date", "there is no such date or time", expected) if impossible else None
        if column.type == "date" and _ISO_MOMENT.fullmatch(plain):
            return Wrong("time_in_date", "a time of day stands behind the date", expected)
        if slashed := _SLASHED.fullmatch(plain):
            return _slashed(int(slashed[1]), int(slashed[2]), expected)
        if _SERIAL.fullmatch(plain):
            return Wrong("serial_date", "it looks like a spreadsheet's day number", expected)
        return Wrong("unreadable_date", f"it is no {column.type}", expected)

    return checked


def _slashed(first: int, second: int, expected: str) -> Wrong:
    if 1 <= first <= 12 and 1 <= second <= 31:
        return Wrong("us_date", "it looks like a US date, month first", expected)
    if 1 <= first <= 31 and 1 <= second <= 12:
        return Wrong("day_first_date", "it looks like a date with the day first", expected)
    return Wrong("impossible_date", "there is no such date or time", expected)


def _chart_check(column: LiteColumn, readings: Readings) -> CellCheck | None:
    if column.reading == "note":
        return None
    is_measure = column.reading in LIMITS
    memo = readings.measures[column.reading] if is_measure else getattr(readings, column.reading)
    whats = {
        "tooth_out_of_range": "there is no such tooth",
        "half_millimetre": "it is neither a whole nor a half millimetre",
        "unreadable_measurement": "it is no number",
        "unreadable_mark": "it is neither present nor absent",
    }
    if is_measure:
        low, high, code = LIMITS[column.reading]
        whats[code] = "so many millimetres cannot be"
        expected = f"{low} to {high} mm, whole or half; x where the site could not be measured"
    else:
        expected = f"one of {', '.join(column.codes)}" if column.codes else column.format

    def checked(text: str) -> Wrong | None:
        value = memo[text]
        if not isinstance(value, Fault):
            return None
        return Wrong(value.code, whats.get(value.code, "it is none of the codes"), expected)

    return checked
