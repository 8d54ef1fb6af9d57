"""Reads an entity out of the practice's database as canonical rows, in the entity's own terms.

An entity is read in short steps by key (see ``short_reads.py``), so a read survives a lost connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import compress, count, pairwise
from operator import ne
from typing import Any

from panda_twenty.panda.chart_shapes import charts_decoder, is_one_row_per_exam
from panda_twenty.panda.connection import PracticeDatabase, quoted, readable_column
from panda_twenty.panda.entities import ENTITIES, Entity, Kind
from panda_twenty.panda.entity_row import EntityRow
from panda_twenty.panda.errors import MissingTableError, ProfileError
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import ChartSource, EntitySource, SourceProfile
from panda_twenty.panda.ranges import OutsideRanges, PatientRange, PickedPatients
from panda_twenty.panda.row_building import DUPLICATE_KEY, RowBuilder
from panda_twenty.panda.short_reads import Columns, KeyedSelect, has_stepped_key, read_in_steps
from panda_twenty.panda.statements import (
    Statement,
    bounds_of,
    bytes_of,
    count_rows_of,
    keys_of,
    select_rows,
)
from panda_twenty.panda.values import key_text

__all__ = [
    "EntityRow",
    "Problem",
    "count_rows",
    "joined_key",
    "keys_outside",
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
        statement = select_rows(source, patient_range, readable=_readable(database))
        yield from _read(database, profile, catalogue, source, statement)
        return
    for start in range(0, len(keys), KEYS_PER_STATEMENT):
        parts = [_key_parts(key, len(source.key)) for key in keys[start : start + KEYS_PER_STATEMENT]]
        statement = select_rows(source, patient_range, parts, readable=_readable(database))
        yield from _read(database, profile, catalogue, source, statement)


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


def keys_outside(
    database: PracticeDatabase, profile: SourceProfile, entity: str, outside: OutsideRanges
) -> Iterator[str]:
    """The keys of rows whose patient is in no range, as :attr:`EntityRow.key` has them."""
    _, source = _source(profile, entity)
    if source.range is None:
        return
    sql, parameters = keys_of(source, outside)
    for row in database.fetch(sql, parameters):
        parts = [key_text(part) for part in row]
        yield joined_key([part for part in parts if part is not None]) if None not in parts else ""


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


def _readable(database: PracticeDatabase) -> Callable[[str, str, str], str] | None:
    """How columns are selected from SQL Server, some of whose types no driver reads."""
    if database.dialect != "sqlserver":
        return None

    def readable(table: str, alias: str, column: str) -> str:
        # A view or a synonym may not be told of; then its columns are taken as they are.
        with suppress(MissingTableError):
            kinds = {name.casefold(): kind for name, kind in database.columns(table).items()}
            return readable_column(column, kinds.get(column.casefold(), ""), alias=alias)
        return readable_column(column, "", alias=alias)

    return readable


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
    builder = RowBuilder(profile, entity, source, statement)
    holds_files = any(entity.attributes[name].kind is Kind.BYTES for name in statement.attributes)
    select = KeyedSelect(
        statement.sql,
        statement.parameters,
        tuple(f"{quoted(_OWN)}.{quoted(column)}" for column in source.key),
        statement.keys,
    )
    stepped = has_stepped_key(database, source.table, source.key)
    # Closed with this read: while somebody holds an error that was met on the way, nothing else would end it.
    with closing(read_in_steps(database, select, stepped=stepped, holds_files=holds_files)) as pieces:
        if source.chart is not None:
            yield from _charts(builder, pieces, source.chart, statement)
            return
        previous: str | None = None
        for columns in pieces:
            keys = _keys(columns, statement.keys)
            yield from builder.rows(columns, keys, after=previous)
            previous = keys[-1]


def _charts(
    builder: RowBuilder, pieces: Iterator[Columns], chart: ChartSource, statement: Statement
) -> Iterator[EntityRow]:
    decode = charts_decoder(chart, statement.chart)
    has_one_row = is_one_row_per_exam(chart)
    for columns, bounds in _whole_exams(pieces, statement.keys):
        teeth, problems = zip(*decode(columns, bounds), strict=True)
        starts = bounds[:-1]
        if has_one_row and len(starts) < bounds[-1]:
            twice = DUPLICATE_KEY.at("key")
            problems = tuple(
                (*found, twice) if end - start > 1 else found
                for found, (start, end) in zip(problems, pairwise(bounds), strict=True)
            )
        firsts = [[column[start] for start in starts] for column in columns]
        yield from builder.rows(firsts, _keys(firsts, statement.keys), teeth=teeth, more_problems=problems)


def _whole_exams(pieces: Iterator[Columns], key_places: Sequence[int]) -> Iterator[tuple[Columns, list[int]]]:
    """Rows in pieces that begin and end with an exam; where each exam begins and, at last, where all end."""
    waiting: Columns = []
    for piece in pieces:
        columns = [before + more for before, more in zip(waiting, piece, strict=True)] if waiting else piece
        bounds = _beginnings(columns, key_places)
        # The rest of the last exam may be in the next piece.
        waiting = [column[bounds[-1] :] for column in columns]
        if len(bounds) > 1:
            yield [column[: bounds[-1]] for column in columns], bounds
    if waiting:
        yield waiting, [*_beginnings(waiting, key_places), len(waiting[0])]


def _beginnings(columns: Columns, key_places: Sequence[int]) -> list[int]:
    """Rows whose key is another than that of the row before."""
    marks: Sequence[Any] = columns[key_places[0]] if len(key_places) == 1 else ()
    if set(map(type, marks)) != {int}:
        marks = _keys(columns, key_places)
    return [0, *compress(count(1), map(ne, marks, marks[1:]))]


def _keys(columns: Sequence[Sequence[Any]], places: Sequence[int]) -> list[str]:
    """The keys of rows; empty where a part of one is missing. Whole numbers, the most, go the short way."""
    parts = [columns[place] for place in places]
    if len(parts) == 1 and set(map(type, parts[0])) == {int}:
        return list(map(str, parts[0]))
    texts = (list(map(key_text, raw)) for raw in zip(*parts, strict=True))
    return [
        joined_key([part for part in each if part is not None]) if None not in each else "" for each in texts
    ]
