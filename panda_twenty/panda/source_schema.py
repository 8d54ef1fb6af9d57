"""The tables that a profile names, as the database declares them: what its confirmation relies on."""

from __future__ import annotations

from collections.abc import Iterator

from panda_twenty.panda.connection import PracticeDatabase, split_table
from panda_twenty.panda.errors import MissingTableError
from panda_twenty.panda.profile.model import SourceProfile


def named_tables(profile: SourceProfile) -> tuple[str, ...]:
    """Every table that the profile reads, looks into, goes through or leaves on purpose; each once, sorted.

    Names that differ only in case are one table.
    """
    names = [*profile.tables_not_read, *_read_tables(profile)]
    return tuple({name.casefold(): name for name in sorted(names)}.values())


def source_schema(profile: SourceProfile, database: PracticeDatabase) -> dict[str, str]:
    """Every column of the named tables, ``table.column`` in lower case, with its declared type.

    Columns that the profile does not name count as well: a new one may hold what an old one held. Tables
    that it does not name do not count. A table that is not there has no columns.
    """
    schema: dict[str, str] = {}
    for table in named_tables(profile):
        try:
            columns = database.columns(table)
        except MissingTableError:
            continue
        place = ".".join(split_table(table)).casefold()
        schema |= {f"{place}.{column.casefold()}": declared for column, declared in columns.items()}
    return dict(sorted(schema.items()))


def _read_tables(profile: SourceProfile) -> Iterator[str]:
    for source in profile.entities.values():
        yield source.table
        yield from (parent.table for parent in source.parents)
        yield from (join.table for origin in source.attributes.values() for join in origin.lookup)
