"""Lays the rows of the reference practice out again in another vendor's schema.

A stranger is declared column by column. Most columns carry a column of the reference practice (``of``), and
the reference profile says which attributes that is: the truth follows from the same declaration as the rows.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from panda_twenty.panda.entities import ENTITIES, Kind
from panda_twenty.panda.profile import ChartSource, load_profile
from panda_twenty_tests.strangers.truth import AttributeName, Home, Truth

Values = Mapping[str, Any]
"""One row of the reference practice by column name, perhaps with values that were worked out from it."""

_CHUNK = 2_000
_SENTINEL = "1801-01-01"
"""The birth date of a patient whose birth date is not known."""


class Practice:
    """The reference practice, for reading."""

    def __init__(self, connection: sqlite3.Connection, seed: int) -> None:
        self._connection = connection
        self.seed = seed

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table in the order in which they were written."""
        cursor = self._connection.execute(f"SELECT * FROM [{table}] ORDER BY rowid")
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def by_key(self, table: str, key: str) -> dict[Any, dict[str, Any]]:
        """The rows of a small table by one column."""
        return {row[key]: row for row in self.rows(table)}


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Column:
    """One column of a stranger."""

    name: str
    type: str
    of: str | None = None
    """The value that it carries, by its name in the reference practice's row."""
    written: Callable[[Any], Any] = _unchanged
    """How a value that is not NULL is written here."""
    codes: Mapping[str, Any] | None = None
    """The reference practice's code to the code here."""
    words: Mapping[str, str] | None = None
    """The reference practice's code to the word for it in ``listed_in``."""
    listed_in: Home | None = None
    """The list that decodes the codes: its table and the column with the words."""
    made: Callable[[Values], Any] | None = None
    """Makes the value up, for a column that carries nothing of the reference practice."""
    also: tuple[AttributeName, ...] = ()
    """Attributes that live here besides those that the reference profile tells."""
    acceptable: tuple[AttributeName, ...] = ()
    """Attributes that this column holds by its meaning, though it stands empty or says less here."""
    ours: Mapping[str, str] | None = None
    """Codes here to ours, where the vendor has fewer than the reference practice."""
    blank: Any = None
    """What stands here for NULL."""
    format: str | None = None
    time_column: str | None = None
    """The column beside it with the time of day."""
    zone: str | None = None
    """IANA name of the zone of a moment that is not told by the practice's own clock."""
    is_out_of_reach: bool = False
    """No profile can say today how to read it, for example behind a filter."""
    never: bool = False
    lure: bool = False

    def value(self, row: Values) -> Any:
        """What this column holds for ``row``."""
        if self.made is not None:
            return self.made(row)
        value = None if self.of is None else row[self.of]
        if value is None:
            return self.blank
        if self.codes is not None:
            return self.codes.get(str(value), value)
        return self.written(value)


@dataclass(frozen=True)
class Table:
    """One table of a stranger."""

    name: str
    columns: tuple[Column, ...]
    of: str | None = None
    """The reference practice's table whose columns ``Column.of`` names."""
    rows: Callable[[Practice], Iterable[Values]] | None = None
    """Where the rows come from; without it, each row of ``of`` is one row here."""
    key: tuple[str, ...] = ()
    foreign_keys: Mapping[str, Home] = field(default_factory=dict)
    """The declared ones."""
    indexes: tuple[tuple[str, ...], ...] = ()
    is_part: bool = False
    """It holds only some attributes of the entity: one row here is not one of it."""
    junk: bool = False
    deleted: str | None = None
    """The flag that is 1 in rows that were deleted."""


@dataclass(frozen=True)
class Stranger:
    """A practice whose schema this project has never seen."""

    name: str
    tables: tuple[Table, ...]
    chart_table: str
    chart: ChartSource
    questions: frozenset[str] = frozenset()
    views: Mapping[str, str] = field(default_factory=dict)
    """Name to the SELECT behind it. What a view shows, tables hold: nothing may be proposed from it."""


def write(stranger: Stranger, practice: Practice, file: Path) -> None:
    """Writes the stranger into a new SQLite file. Raises FileExistsError if there is one already."""
    if file.exists():
        raise FileExistsError(f"{file} exists already; choose another name")
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        for table in stranger.tables:
            connection.execute(create_table(table))
            _fill(connection, table, practice)
        for table in stranger.tables:
            for number, columns in enumerate(table.indexes, 1):
                listed = ", ".join(f"[{column}]" for column in columns)
                name = re.sub(r"\W", "_", table.name)
                connection.execute(f"CREATE INDEX [IX_{name}_{number}] ON [{table.name}] ({listed})")
        for name, select in stranger.views.items():
            connection.execute(f"CREATE VIEW [{name}] AS {select}")
        connection.commit()
    finally:
        connection.close()


def empty_table(name: str, columns: Mapping[str, str]) -> Table:
    """A table that an older version left behind: good names and types, and no rows."""
    made = tuple(Column(column, type_, lure=True) for column, type_ in columns.items())
    return Table(name, made, key=(made[0].name,), junk=True)


def create_table(table: Table) -> str:
    """The CREATE TABLE statement."""
    parts = [
        f"[{column.name}] {column.type}{' NOT NULL' if column.name in table.key else ''}"
        for column in table.columns
    ]
    if table.key:
        parts.append(f"PRIMARY KEY ({', '.join(f'[{name}]' for name in table.key)})")
    parts.extend(
        f"FOREIGN KEY ([{column}]) REFERENCES [{parent}] ([{parent_column}])"
        for column, (parent, parent_column) in table.foreign_keys.items()
    )
    return f"CREATE TABLE [{table.name}] ({', '.join(parts)})"


def _fill(connection: sqlite3.Connection, table: Table, practice: Practice) -> None:
    if table.rows is not None:
        rows: Iterable[Values] = table.rows(practice)
    elif table.of is not None:
        rows = practice.rows(table.of)
    else:
        return
    insert = f"INSERT INTO [{table.name}] VALUES ({', '.join('?' * len(table.columns))})"
    waiting: list[tuple[Any, ...]] = []
    for row in rows:
        waiting.append(tuple(column.value(row) for column in table.columns))
        if len(waiting) >= _CHUNK:
            connection.executemany(insert, waiting)
            waiting.clear()
    connection.executemany(insert, waiting)


@cache
def reference_homes() -> Mapping[Home, tuple[AttributeName, ...]]:
    """Which attributes each column of the reference practice holds, by the reference profile."""
    homes: dict[Home, list[AttributeName]] = defaultdict(list)
    for name, source in load_profile("reference-practice").entities.items():
        for column in source.key:
            homes[source.table, column].append((name, "key"))
        if source.range is not None and "patient_key" in ENTITIES[name].attributes:
            table = source.parents[-1].table if source.parents else source.table
            homes[table, source.range].append((name, "patient_key"))
        for attribute, origin in source.attributes.items():
            if origin.column is not None:
                table = origin.lookup[-1].table if origin.lookup else source.table
                homes[table, origin.column].append((name, attribute))
    return {home: tuple(attributes) for home, attributes in homes.items()}


def reference_codes(name: AttributeName) -> Mapping[str, str]:
    """The reference practice's codes of an attribute to ours; empty for an attribute that has none."""
    entity, attribute = name
    described = ENTITIES[entity].attributes[attribute]
    declared = load_profile("reference-practice").entities[entity].attributes.get(attribute)
    if declared is not None and declared.codes:
        return declared.codes
    if described.kind is Kind.BOOLEAN:
        return {"1": "true", "0": "false"}
    return {code: code for code in described.codes}


def truth_of(stranger: Stranger) -> Truth:
    """The truth, worked out from the same declaration as the rows."""
    attributes: dict[AttributeName, set[Home]] = defaultdict(set)
    acceptable: dict[AttributeName, set[Home]] = defaultdict(set)
    codes: dict[AttributeName, dict[str, str]] = defaultdict(dict)
    out_of_reach: set[AttributeName] = set()
    for table in stranger.tables:
        for column in table.columns:
            for name in column.acceptable:
                acceptable[name].add((table.name, column.name))
            for name in () if table.junk else attributes_of(table, column):
                attributes[name].add((table.name, column.name))
                if column.is_out_of_reach:
                    out_of_reach.add(name)
                if column.listed_in is not None:
                    attributes[name].add(column.listed_in)
                codes_here = {} if column.ours is not None else reference_codes(name)
                codes[name].update(column.ours or {})
                for theirs, ours in codes_here.items():
                    here = theirs if column.codes is None else column.codes.get(theirs)
                    if here is not None:
                        codes[name][str(here)] = ours
                    if column.words is not None and theirs in column.words:
                        codes[name][column.words[theirs]] = ours
    columns = [(table, column) for table in stranger.tables for column in table.columns]
    return Truth(
        stranger=stranger.name,
        attributes={name: frozenset(homes) for name, homes in attributes.items()},
        acceptable={name: frozenset(homes) for name, homes in acceptable.items()},
        out_of_reach=frozenset(out_of_reach),
        tables=_entity_tables(stranger),
        codes={name: dict(found) for name, found in codes.items() if found},
        formats={
            (table.name, column.name): column.format for table, column in columns if column.format is not None
        },
        blanks={
            (table.name, column.name): blanks
            for table, column in columns
            if (blanks := _blanks(table, column))
        },
        times={
            (table.name, column.name): column.time_column
            for table, column in columns
            if column.time_column is not None
        },
        zones={
            (table.name, column.name): column.zone for table, column in columns if column.zone is not None
        },
        deleted={table.name: table.deleted for table in stranger.tables if table.deleted is not None},
        chart_table=stranger.chart_table,
        chart=stranger.chart,
        questions=stranger.questions,
        junk_tables=frozenset((*(table.name for table in stranger.tables if table.junk), *stranger.views)),
        never=frozenset(
            (table.name, column.name) for table, column in columns if column.never or column.of == "SSN"
        ),
        lures=frozenset((table.name, column.name) for table, column in columns if column.lure),
    )


def _blanks(table: Table, column: Column) -> tuple[str, ...]:
    """The vendor's own value for nothing, and the sentinel that the reference practice plants."""
    own = () if column.blank in (None, "") else (str(column.blank),)
    profile = load_profile("reference-practice")
    for entity, attribute in () if table.junk else attributes_of(table, column):
        declared = profile.entities[entity].attributes.get(attribute)
        if declared is not None and _SENTINEL in declared.blank:
            return (*own, str(column.written(_SENTINEL)))
    return own


def attributes_of(table: Table, column: Column) -> tuple[AttributeName, ...]:
    """The attributes that live in a column of a table that is not junk."""
    told: tuple[AttributeName, ...] = ()
    if table.of is not None and column.of is not None:
        told = reference_homes().get((table.of, column.of), ())
        if table.is_part:
            own = [name for name, source in _reference_tables().items() if source == table.of]
            told = tuple(each for each in told if each[1] not in ("key", "patient_key") or each[0] not in own)
    return (*told, *(each for each in column.also if each not in told))


def _entity_tables(stranger: Stranger) -> dict[str, str]:
    whole = {
        table.of: table.name
        for table in stranger.tables
        if table.of is not None and not table.is_part and not table.junk
    }
    return {entity: whole[source] for entity, source in _reference_tables().items() if source in whole}


@cache
def _reference_tables() -> Mapping[str, str]:
    return {name: source.table for name, source in load_profile("reference-practice").entities.items()}
