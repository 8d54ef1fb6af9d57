"""Reads an entity out of the practice's database as canonical rows, in the entity's own terms.

An entity is read in short steps by key (see ``short_reads.py``), so a read survives a lost connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from panda_twenty.panda.chart_shapes import chart_decoder, is_one_row_per_exam
from panda_twenty.panda.connection import PracticeDatabase, quoted
from panda_twenty.panda.entities import ENTITIES, Entity, Kind
from panda_twenty.panda.errors import ProfileError
from panda_twenty.panda.problems import Fault, Problem
from panda_twenty.panda.profile import AttributeSource, EntitySource, SourceProfile
from panda_twenty.panda.ranges import PatientRange, PickedPatients
from panda_twenty.panda.short_reads import KeyedSelect, has_stepped_key, read_in_steps
from panda_twenty.panda.statements import Statement, bounds_of, bytes_of, count_rows_of, select_rows
from panda_twenty.panda.values import (
    MomentReader,
    Reader,
    key_text,
    reader_for,
    reader_of_day_and_time,
    value_reader,
)

__all__ = [
    "EntityRow",
    "Problem",
    "count_rows",
    "joined_key",
    "patient_id_bounds",
    "read_entity",
    "stored_bytes",
]

KEYS_PER_STATEMENT = 400
"""SQL Server takes 2,100 parameters; a key may have several columns."""
_OWN = "own"
"""The alias of the entity's own table in every statement."""


def read_entity(
    database: PracticeDatabase,
    profile: SourceProfile,
    entity: str,
    patient_range: PatientRange | PickedPatients | None = None,
    *,
    keys: Sequence[str] | None = None,
) -> Iterator[EntityRow]:
    """Streams an entity's rows ordered by key; a chart's rows are grouped into one row per exam.

    Without ``patient_range`` everything is read, also rows that no range reaches (a missing parent, no
    patient id). With ``keys``, only those rows, ordered within every 400 keys; keys that do not exist are
    passed over. Raises ProfileError if the profile does not say where the entity lives, and other
    SourceErrors when the database does not answer, even after waiting for it to come back. What is wrong with
    a value becomes a problem of its row.
    """
    catalogue, source = _source(profile, entity)
    if patient_range is not None and not catalogue.patient_scoped:
        raise ValueError(f"{entity} does not belong to patients, so it is read whole and not by range")
    if isinstance(patient_range, PickedPatients) and not patient_range.ids:
        return
    if keys is None:
        yield from _read(database, profile, catalogue, source, select_rows(source, patient_range))
        return
    for start in range(0, len(keys), KEYS_PER_STATEMENT):
        parts = [_key_parts(key, len(source.key)) for key in keys[start : start + KEYS_PER_STATEMENT]]
        yield from _read(database, profile, catalogue, source, select_rows(source, patient_range, parts))


def count_rows(
    database: PracticeDatabase,
    profile: SourceProfile,
    entity: str,
    patient_range: PatientRange | PickedPatients | None = None,
) -> int:
    """How many rows :func:`read_entity` yields: charts count by exam, not by tooth.

    The count without a range minus the counts of all ranges are rows that belong to no patient id.
    """
    _, source = _source(profile, entity)
    sql, parameters = count_rows_of(source, patient_range, distinct_keys=source.chart is not None)
    return int(database.fetch(sql, parameters)[0][0])


def stored_bytes(database: PracticeDatabase, profile: SourceProfile, entity: str, attribute: str) -> int:
    """How many bytes the practice keeps in one attribute, such as the content of its documents."""
    _, source = _source(profile, entity)
    return int(database.fetch(bytes_of(source, attribute))[0][0] or 0)


def patient_id_bounds(database: PracticeDatabase, profile: SourceProfile) -> tuple[int, int, int]:
    """Lowest and highest patient id and the number of patients; zeros if there are none."""
    _, source = _source(profile, "patient")
    sql, parameters = bounds_of(source)
    lowest, highest, count = database.fetch(sql, parameters)[0]
    return int(lowest or 0), int(highest or 0), int(count)


def joined_key(parts: Sequence[str]) -> str:
    """One text for a key of several columns, such as ``12|3``; ``|`` and ``%`` inside a part are escaped."""
    if len(parts) == 1:
        return parts[0]
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)


@dataclass(frozen=True)
class EntityRow:
    """One row of an entity: every attribute of the catalogue by name, None where there is nothing.

    Text has no trailing blanks and is never empty; moments are aware, in the practice's time zone; decimals
    have no trailing zeros; a key is text. ``values["key"]`` equals ``key``, which is empty for a row whose
    key column is NULL.
    """

    entity: str
    key: str
    values: dict[str, Any]
    problems: tuple[Problem, ...] = ()


def _source(profile: SourceProfile, entity: str) -> tuple[Entity, EntitySource]:
    source = profile.entities.get(entity)
    if source is None:
        raise ProfileError(
            f"The source profile {profile.profile} does not say where the entity {entity} lives. Add it under"
            " 'entities', or leave that entity out of the migration."
        )
    return ENTITIES[entity], source


def _key_parts(key: str, columns: int) -> tuple[str, ...]:
    if columns == 1:
        return (key,)
    parts = tuple(part.replace("%7C", "|").replace("%25", "%") for part in key.split("|"))
    if len(parts) != columns:
        raise ValueError(f"a key of this entity has {columns} parts")
    return parts


def _read(
    database: PracticeDatabase,
    profile: SourceProfile,
    entity: Entity,
    source: EntitySource,
    statement: Statement,
) -> Iterator[EntityRow]:
    build = _RowBuilder(profile, entity, source, statement)
    holds_files = any(entity.attributes[name].kind is Kind.BYTES for name in statement.attributes)
    select = KeyedSelect(
        statement.sql,
        statement.parameters,
        tuple(f"{quoted(_OWN)}.{quoted(column)}" for column in source.key),
        statement.keys,
    )
    stepped = has_stepped_key(database, source.table, source.key)
    rows = read_in_steps(database, select, stepped=stepped, holds_files=holds_files)
    key_of = _key_reader(statement)
    if source.chart is None:
        previous: str | None = None
        for row in rows:
            built = build.row(row, key_of(row), repeats=previous)
            previous = built.key
            yield built
        return
    decode = chart_decoder(source.chart, statement.chart)
    for key, group in groupby(rows, key_of):
        chart_rows = list(group)
        teeth, problems = decode(chart_rows)
        if len(chart_rows) > 1 and is_one_row_per_exam(source.chart):
            problems = (*problems, _DUPLICATE_KEY.at("key"))
        yield build.row(chart_rows[0], key, teeth=teeth, chart_problems=problems)


def statement_key(row: tuple[Any, ...], statement: Statement) -> str:
    """The key of a row; empty if a part of it is missing."""
    parts = [key_text(row[place]) for place in statement.keys]
    return joined_key([part for part in parts if part is not None]) if None not in parts else ""


def _key_reader(statement: Statement) -> Callable[[tuple[Any, ...]], str]:
    """:func:`statement_key` for many rows; whole numbers, of which most keys are, go the short way."""
    if len(statement.keys) != 1:
        return lambda row: statement_key(row, statement)
    (place,) = statement.keys

    def read(row: tuple[Any, ...]) -> str:
        raw = row[place]
        return str(raw) if type(raw) is int else statement_key(row, statement)

    return read


class _RowBuilder:
    """Builds entity rows from rows of one statement; the readers are prepared once."""

    def __init__(
        self, profile: SourceProfile, entity: Entity, source: EntitySource, statement: Statement
    ) -> None:
        self._entity = entity
        self._empty: dict[str, Any] = dict.fromkeys(entity.attributes)
        self._required = [each.name for each in entity.attributes.values() if each.required]
        readers: list[tuple[str, int, Reader]] = []
        self._moments: list[tuple[str, int, int, MomentReader]] = []
        zone = profile.zone
        origins = dict(source.attributes)
        places = dict(statement.attributes)
        if "patient_key" in entity.attributes and "patient_key" not in origins:
            origins["patient_key"] = AttributeSource(column=source.range)
            places["patient_key"] = statement.range_place or 0
        for name, origin in origins.items():
            if name in statement.times:
                both = reader_of_day_and_time(origin, zone)
                self._moments.append((name, places[name], statement.times[name], both))
                continue
            if origin.column is None:
                self._empty[name] = reader_for(entity.attributes[name], origin, zone)(origin.constant)
            else:
                readers.append((name, places[name], value_reader(entity.attributes[name], origin, zone)))
        self._names = [name for name, _, _ in readers]
        self._places = [place for _, place, _ in readers]
        self._reads = [read for _, _, read in readers]

    def row(
        self,
        row: tuple[Any, ...],
        key: str,
        *,
        repeats: str | None = None,
        teeth: tuple[Any, ...] | None = None,
        chart_problems: tuple[Problem, ...] = (),
    ) -> EntityRow:
        """The entity row; ``repeats`` is the key of the row before it."""
        values = self._empty.copy()
        problems: list[Problem] = []
        values["key"] = key or None
        if teeth is not None:
            values["teeth"] = teeth
        found = [
            None if (raw := row[place]) is None else read(raw)
            for place, read in zip(self._places, self._reads, strict=True)
        ]
        values.update(zip(self._names, found, strict=True))
        if Fault in map(type, found):
            for name, value in zip(self._names, found, strict=True):
                if isinstance(value, Fault):
                    problems.append(value.at(name))
                    values[name] = None
        for name, day, clock, both in self._moments:
            moment = both(row[day], row[clock])
            if isinstance(moment, Fault):
                problems.append(moment.at(name))
            else:
                values[name] = moment
        if key and key == repeats:
            problems.append(_DUPLICATE_KEY.at("key"))
        for name in self._required:
            if values[name] is None and all(problem.attribute != name for problem in problems):
                problems.append(_MISSING_REQUIRED.at(name))
        problems.extend(chart_problems)
        return EntityRow(self._entity.name, key, values, tuple(problems))


_MISSING_REQUIRED = Fault(
    "missing_required",
    "Nothing is entered, and a row needs it. Enter it in PANDA, or correct the source profile.",
)
_DUPLICATE_KEY = Fault(
    "duplicate_key",
    "Another row has the same key. Add the column that tells them apart to 'key' in the source profile, or"
    " give the look-up table a unique column to join on.",
)
