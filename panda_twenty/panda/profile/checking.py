"""Compares a source profile with the database that it claims to describe."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from panda_twenty.panda.connection import PracticeDatabase
from panda_twenty.panda.declared_types import holds_whole_numbers
from panda_twenty.panda.errors import MissingTableError
from panda_twenty.panda.profile.model import EntitySource, SourceProfile


def check_profile(profile: SourceProfile, database: PracticeDatabase) -> list[str]:
    """What the profile names and the database lacks, one sentence each; empty when everything is there."""
    schema = _Schema(database)
    found: list[str] = []
    for name, source in profile.entities.items():
        found.extend(f"entity {name}: {sentence}" for sentence in _missing(schema, source))
    for table in profile.tables_not_read:
        found.extend(f"tables_not_read: {sentence}" for sentence in schema.lacks(table, ()))
    return list(dict.fromkeys(found))


def _missing(schema: _Schema, source: EntitySource) -> Iterator[str]:
    yield from schema.lacks(source.table, source.own_columns())
    table = source.table
    for parent in source.parents:
        yield from schema.lacks(table, parent.on)
        yield from schema.lacks(parent.table, parent.on.values())
        table = parent.table
    yield from schema.lacks(table, [each for each in (source.range, source.modified) if each is not None])
    if source.range is not None:
        declared = schema.columns_of(table).get(source.range.casefold(), "int")
        if not holds_whole_numbers(declared):
            yield (
                f"{table}.{source.range} is declared {declared}; 'range' wants a column of whole numbers,"
                " because patients are read by ranges of ids."
            )
    for origin in source.attributes.values():
        for place, join in enumerate(origin.lookup):
            read = [column for column in (origin.column, origin.time_column) if column is not None]
            after = origin.lookup[place + 1].on if place + 1 < len(origin.lookup) else read
            yield from schema.lacks(join.table, (*join.on.values(), *after))


class _Schema:
    """What the database has, asked once per table; names are compared without regard to case."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._tables: tuple[str, ...] | None = None
        self._columns: dict[str, dict[str, str]] = {}
        self._spelling: dict[str, list[str]] = {}

    def columns_of(self, table: str) -> dict[str, str]:
        """Column in lower case to declared type; empty for a table that is not there."""
        if table not in self._columns:
            try:
                columns = self._database.columns(table)
            except MissingTableError:
                columns = {}
            self._columns[table] = {column.casefold(): declared for column, declared in columns.items()}
            self._spelling[table] = list(columns)
        return self._columns[table]

    def lacks(self, table: str, columns: Iterable[str]) -> Iterator[str]:
        """Sentences about the table, if it is missing, else about each of ``columns`` that is."""
        there = self.columns_of(table)
        if not there:
            yield f"the database has no table {table}{self._near_table(table)}."
            return
        for column in columns:
            if column.casefold() not in there:
                yield f"table {table} has no column {column}{_near(column, self._spelling[table])}."

    def _near_table(self, table: str) -> str:
        if self._tables is None:
            self._tables = self._database.tables()
        return _near(table, self._tables)


def _near(name: str, names: Iterable[str]) -> str:
    by_lower = {each.casefold(): each for each in names}
    near = difflib.get_close_matches(name.casefold(), by_lower, 1)
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""
