"""Reads whole columns of what a driver returned; value for value the same as ``values.py``.

A column mostly holds values of one type, and few different ones. What is already as it has to be goes
through as it is, values that repeat are read once, and only what is left is read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from types import NoneType
from typing import Any
from zoneinfo import ZoneInfo

from panda_twenty.panda.entities import Attribute, Kind
from panda_twenty.panda.problems import Fault
from panda_twenty.panda.profile import AttributeSource
from panda_twenty.panda.values import LARGEST_INTEGER, Reader, has_one_offset, key_text, value_reader

ColumnReader = Callable[[Sequence[Any]], Sequence[Any]]
"""Takes the values of one column; answers the canonical ones, None for nothing, or a Fault."""

MOST_REMEMBERED = 50_000
"""Different values of a column that are remembered; some megabytes, and a day of each of 130 years."""

_REMEMBERED: tuple[type, ...] = (str, int, float, bool, Decimal, date)
"""Types of which equal values read equally. Moments are not: with an offset, equal ones may have two days."""

_ZONE_OF, _FOLD_OF = attrgetter("tzinfo"), attrgetter("fold")


def column_reader(attribute: Attribute, source: AttributeSource, zone: ZoneInfo) -> ColumnReader:
    """How a column of ``attribute`` is read; local times are placed in ``zone``."""
    read = value_reader(attribute, source, zone)
    kind = attribute.kind
    if source.blank:
        return _remembering(read)
    if kind is Kind.KEY:
        return _key_column()
    if kind is Kind.TEXT:
        return _text_column(read) if source.part is None and not source.trim else _one_by_one(read)
    if kind is Kind.INTEGER:
        return _integer_column(read)
    if kind is Kind.MOMENT and source.format is None and source.zone in (None, zone.key):
        return _moment_column(read, zone)
    if kind in (Kind.MOMENT, Kind.BYTES):
        return _one_by_one(read)
    reading = _remembering(read)
    if kind is Kind.DATE:
        return lambda column: column if _types(column) <= {date} else reading(column)
    return reading


def _types(column: Sequence[Any]) -> set[type]:
    """The types of the values that are there."""
    found = set(map(type, column))
    found.discard(NoneType)
    return found


def _one_by_one(read: Reader) -> ColumnReader:
    return lambda column: [None if raw is None else read(raw) for raw in column]


class _Remembered(dict[Any, Any]):
    """What each raw value of one type means."""

    def __init__(self, read: Reader) -> None:
        super().__init__({None: None})
        self._read = read

    def __missing__(self, raw: Any) -> Any:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
            self[None] = None
        value = self[raw] = self._read(raw)
        return value


def _remembering(read: Reader) -> ColumnReader:
    # By type as well: True, 1 and 1.0 are one key of a dictionary and need not be one value.
    remembered = {kind: _Remembered(read) for kind in _REMEMBERED}

    def read_one(raw: Any) -> Any:
        known = remembered.get(type(raw))
        return read(raw) if known is None else known[raw]

    def read_column(column: Sequence[Any]) -> Sequence[Any]:
        kinds = _types(column)
        if not kinds:
            return column
        if len(kinds) == 1 and (only := kinds.pop()) in remembered:
            return list(map(remembered[only].__getitem__, column))
        return [None if raw is None else read_one(raw) for raw in column]

    return read_column


def _key_column() -> ColumnReader:
    reading = _remembering(key_text)

    def read_column(column: Sequence[Any]) -> Sequence[Any]:
        return list(map(str, column)) if set(map(type, column)) == {int} else reading(column)

    return read_column


def _text_column(read: Reader) -> ColumnReader:
    slowly = _one_by_one(read)

    def read_column(column: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, column))
        if kinds == {NoneType}:
            return column
        if kinds == {str}:
            stripped = list(map(str.rstrip, column, repeat(" ")))
            return [text or None for text in stripped] if "" in stripped else stripped
        if kinds == {str, NoneType}:
            return [None if text is None else text.rstrip(" ") or None for text in column]
        return slowly(column)

    return read_column


def _integer_column(read: Reader) -> ColumnReader:
    reading = _remembering(read)

    def read_column(column: Sequence[Any]) -> Sequence[Any]:
        if _types(column) != {int}:
            return reading(column)
        numbers = [number for number in column if number is not None] if None in column else column
        fit = max(numbers) <= LARGEST_INTEGER and min(numbers) >= -LARGEST_INTEGER
        return column if fit else reading(column)

    return read_column


def _moment_column(read: Reader, zone: ZoneInfo) -> ColumnReader:
    slowly = _one_by_one(read)
    ordinary = _ordinary_days(zone).__getitem__

    def placed(moments: Sequence[datetime]) -> list[Any]:
        if set(map(_ZONE_OF, moments)) != {None}:
            return list(map(read, moments))
        # What moment.replace(tzinfo=zone) gives, in a fifth of the time.
        found: list[Any] = list(map(datetime.combine, moments, map(datetime.time, moments), repeat(zone)))
        are_ordinary = list(map(ordinary, map(datetime.toordinal, moments)))
        if not all(are_ordinary):
            for number, is_ordinary in enumerate(are_ordinary):
                if not is_ordinary:
                    found[number] = read(moments[number])
        return found

    def read_column(column: Sequence[Any]) -> Sequence[Any]:
        kinds = _types(column)
        if not kinds:
            return column
        if kinds not in ({str}, {datetime}):
            return slowly(column)
        there = [raw for raw in column if raw is not None] if None in column else column
        if kinds == {str}:
            # Of a text, nothing is the second of two equal times.
            try:
                there = list(map(datetime.fromisoformat, there))
            except ValueError:
                # Blanks around it, nothing at all, or no moment: the reader of values tells which.
                return slowly(column)
        elif any(map(_FOLD_OF, there)):
            return slowly(column)
        found = placed(there)
        if len(found) == len(column):
            return found
        following = iter(found)
        return [None if raw is None else next(following) for raw in column]

    return read_column


@lru_cache(maxsize=8)
def _ordinary_days(zone: ZoneInfo) -> _Remembered:
    """Which days, by their ordinal, have one offset in a zone: the same for every column."""
    return _Remembered(lambda day: has_one_offset(day, zone))


def has_fault(column: Sequence[Any]) -> bool:
    """Whether a value of the column could not be read."""
    return Fault in map(type, column)
