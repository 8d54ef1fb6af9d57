"""Discovers an unknown practice's database: what there is, what it looks like, what points at what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, quoted, quoted_table
from panda_twenty.panda.discovery.catalogue import CatalogueTable, read_catalogue
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts
from panda_twenty.panda.discovery.profiling import Progress, profile_table
from panda_twenty.panda.discovery.relations import find_relations
from panda_twenty.panda.discovery.set_aside import stale_copies
from panda_twenty.panda.errors import SourceError

_KEY_CANDIDATES = 4
"""Leading columns of a table among which a key of several columns is looked for."""

_KEY_ENDINGS = ("id", "key", "num", "no", "nr", "pk", "guid", "code", "cd")


def discover(
    database: PracticeDatabase, name: str = "practice", progress: Progress = lambda done, total, what: None
) -> Discovery:
    """Everything that can be found out by reading: bounded samples, short statements, nothing written.

    ``progress`` is told tables done, tables in all, and the table at hand. Raises SourceError where the
    database cannot be read at all.
    """
    catalogue = read_catalogue(database)
    aside = stale_copies(catalogue.tables)
    tables: dict[str, TableFacts] = {}
    samples: dict[str, list[tuple[Any, ...]]] = {}
    for done, table in enumerate(catalogue.tables.values()):
        progress(done, len(catalogue.tables), table.name)
        columns, rows = profile_table(database, table) if table.name not in aside else ({}, [])
        if not columns:
            columns = {
                each.name: ColumnFacts(each.name, each.declared, each.broad, each.nullable)
                for each in table.columns.values()
            }
        samples[table.name] = rows
        key, declared = table.key, bool(table.key)
        if not key and rows:
            key = _found_key(database, table, columns, rows)
        tables[table.name] = TableFacts(
            table.name, table.rows or 0, columns, key, declared, table.is_view, aside.get(table.name)
        )
    progress(len(catalogue.tables), len(catalogue.tables), "relations")
    foreign_keys = {
        (table.name, column): target
        for table in catalogue.tables.values()
        for column, target in table.foreign_keys.items()
    }
    relations = find_relations(database, tables, samples, foreign_keys)
    return Discovery(name, database.dialect, tables, relations, catalogue.remarks, samples)


def _found_key(
    database: PracticeDatabase,
    table: CatalogueTable,
    columns: dict[str, ColumnFacts],
    sample: Sequence[tuple[Any, ...]],
) -> tuple[str, ...]:
    """What tells the rows of a table without a declared key apart: a unique index, a column that proves
    unique, or a few columns that do together."""
    single = [unique for unique in table.unique if len(unique) == 1]
    if single:
        return single[0]
    candidates = [
        column
        for place, column in enumerate(columns.values())
        if column.looks_unique
        and column.broad in ("integer", "guid", "text")
        and column.longest <= 40
        and (place < 3 or column.name.lower().endswith(_KEY_ENDINGS))
        and not column.share("date_iso")
    ]
    for column in sorted(candidates, key=lambda each: each.broad == "text")[:3]:
        own = quoted(column.name)
        sql = f"SELECT COUNT(*), COUNT(DISTINCT {own}) FROM {quoted_table(table.name)}"  # noqa: S608
        try:
            found, different = database.fetch(sql)[0]
        except SourceError:
            continue
        if int(found) == int(different):
            return (column.name,)
    return table.unique[0] if table.unique else _found_pair(database, table, columns, sample)


def _found_pair(
    database: PracticeDatabase,
    table: CatalogueTable,
    columns: dict[str, ColumnFacts],
    sample: Sequence[tuple[Any, ...]],
) -> tuple[str, ...]:
    """Two or three of a table's first columns that no two rows share together; empty where there are none."""
    places = [
        place
        for place, column in enumerate(columns.values())
        if column.broad in ("integer", "guid", "text")
        and column.filled == column.sampled
        and column.longest <= 40
        and column.distinct > 1
    ][:_KEY_CANDIDATES]
    names = list(columns)
    for size in (2, 3):
        for chosen in combinations(places, size):
            if len({tuple(row[place] for place in chosen) for row in sample}) < len(sample):
                continue
            key = tuple(names[place] for place in chosen)
            listed = ", ".join(quoted(name) for name in key)
            sql = f"SELECT COUNT(*) FROM (SELECT DISTINCT {listed} FROM {quoted_table(table.name)}) AS d"  # noqa: S608
            try:
                different = int(database.fetch(sql)[0][0])
            except SourceError:
                return ()
            if different == table.rows:
                return key
    return ()
