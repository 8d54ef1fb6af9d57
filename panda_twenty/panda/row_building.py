"""Builds entity rows out of rows of one statement, a piece of them at a time and column by column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count
from operator import eq
from typing import Any

from panda_twenty.panda.column_readers import ColumnReader, column_reader, has_fault
from panda_twenty.panda.entities import Entity, Kind
from panda_twenty.panda.entity_row import EntityRow, entity_rows
from panda_twenty.panda.problems import Fault, Problem
from panda_twenty.panda.profile import AttributeSource, EntitySource, SourceProfile
from panda_twenty.panda.statements import Statement
from panda_twenty.panda.values import MomentReader, reader_for, reader_of_day_and_time

Problems = defaultdict[int, list[Problem]]
"""By the row's number in its piece."""

_NEVER_AT_FAULT = (Kind.KEY, Kind.TEXT, Kind.BYTES)

DUPLICATE_KEY = Fault(
    "duplicate_key",
    "Another row has the same key. Add the column that tells them apart to 'key' in the source profile, or"
    " give the look-up table a unique column to join on.",
)
_MISSING_REQUIRED = Fault(
    "missing_required",
    "Nothing is entered, and a row needs it. Enter it in PANDA, or correct the source profile.",
)


class RowBuilder:
    """Builds the rows of one entity; the readers of its columns are prepared once."""

    def __init__(
        self, profile: SourceProfile, entity: Entity, source: EntitySource, statement: Statement
    ) -> None:
        self._required = [each.name for each in entity.attributes.values() if each.required]
        self._entity = entity.name
        self._blank: dict[str, Any] = dict.fromkeys(entity.attributes)
        self._columns: list[tuple[str, int, ColumnReader, bool]] = []
        self._moments: list[tuple[str, int, int, MomentReader]] = []
        zone = profile.zone
        origins = dict(source.attributes)
        places = dict(statement.attributes)
        if "patient_key" in entity.attributes and "patient_key" not in origins:
            origins["patient_key"] = AttributeSource(column=source.range)
            places["patient_key"] = statement.range_place or 0
        for name, origin in origins.items():
            attribute = entity.attributes[name]
            if name in statement.times:
                both = reader_of_day_and_time(origin, zone)
                self._moments.append((name, places[name], statement.times[name], both))
            elif origin.column is None:
                self._blank[name] = reader_for(attribute, origin, zone)(origin.constant)
            else:
                may_fail = attribute.kind not in _NEVER_AT_FAULT
                read = column_reader(attribute, origin, zone)
                self._columns.append((name, places[name], read, may_fail))

    def rows(
        self,
        columns: Sequence[Sequence[Any]],
        keys: Sequence[str],
        *,
        after: str | None = None,
        teeth: Sequence[Any] | None = None,
        more_problems: Iterable[tuple[Problem, ...]] = (),
    ) -> Iterator[EntityRow]:
        """The entity rows of these columns, at least one, with these keys and, before them, ``after``.

        For charts, ``teeth`` and ``more_problems`` have what was read of each exam.
        """
        problems: Problems = defaultdict(list)
        found = self._found(columns, problems)
        found["key"] = [key or None for key in keys] if "" in keys else keys
        if teeth is not None:
            found["teeth"] = teeth
        else:
            for number in compress(count(), map(eq, (after, *keys), keys)):
                if keys[number]:
                    problems[number].append(DUPLICATE_KEY.at("key"))
        self._note_missing(found, problems)
        for number, more in enumerate(more_problems):
            if more:
                problems[number].extend(more)
        said: list[tuple[Problem, ...]] = [()] * len(keys)
        for number, those in problems.items():
            said[number] = tuple(those)
        return entity_rows(self._entity, keys, self._blank, found, said)

    def _found(self, columns: Sequence[Sequence[Any]], problems: Problems) -> dict[str, Sequence[Any]]:
        """The canonical values by attribute, one per row; what could not be read is a problem instead."""
        found: dict[str, Sequence[Any]] = {}
        for name, place, read, may_fail in self._columns:
            raw = columns[place]
            values = read(raw)
            # What goes through as the driver gave it has no fault of ours in it.
            if may_fail and values is not raw and has_fault(values):
                values = _settled(name, values, problems)
            found[name] = values
        for name, day, clock, both in self._moments:
            found[name] = _settled(name, list(map(both, columns[day], columns[clock])), problems)
        return found

    def _note_missing(self, found: dict[str, Sequence[Any]], problems: Problems) -> None:
        for name in self._required:
            column = found.get(name) or [self._blank[name]] * len(found["key"])
            if None not in column:
                continue
            for number, value in enumerate(column):
                if value is None and all(each.attribute != name for each in problems[number]):
                    problems[number].append(_MISSING_REQUIRED.at(name))


def _settled(name: str, column: Sequence[Any], problems: Problems) -> Sequence[Any]:
    """The column with None in place of every fault, which becomes a problem of its row."""
    settled = list(column)
    for number, value in enumerate(column):
        if isinstance(value, Fault):
            problems[number].append(value.at(name))
            settled[number] = None
    return settled
