"""Many rows or keys in one statement, made once and used for every batch.

SQLAlchemy prepares every row and every key anew, which takes longer than SQLite takes for its work; the
embedded ledger gets its statements as the driver takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Result, Select, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]] | Sequence[tuple[Any, ...]]
"""All of one kind: values by column, or the values of every column in the order of the table."""


CHUNK = 500
"""Keys per look-up; SQLite takes at most 32,766 parameters, two a key."""


def chunks(keys: Sequence[str], size: int = CHUNK) -> Iterator[Sequence[str]]:
    """The keys, so many at a time; without a size, as many as one statement takes."""
    return (keys[start : start + size] for start in range(0, len(keys), size))


ROWS_AT_ONCE = 5_000
"""Rows that are in memory at a time of a result that may be of any length."""


def streamed(connection: Connection, query: Select[Any]) -> Result[Any]:
    """The rows of this query as they are asked for; left alone, PostgreSQL's driver fetches all at once."""
    if connection.dialect.name == "sqlite":
        return connection.execute(query)
    return connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def rows_of_keys(
    connection: Connection,
    query: Select[Any],
    keys: Sequence[str],
    *,
    any_there: Select[Any] | None = None,
    **others: Any,
) -> Iterator[Any]:
    """The rows of this query for any number of keys, which stand in its expanding parameter ``keys``.

    ``any_there``, which takes the other parameters, spares looking for each key where there is no row at all.
    """
    if any_there is not None and connection.execute(any_there, others).first() is None:
        return
    for chunk in chunks(keys):
        if connection.dialect.name != "sqlite":
            yield from connection.execute(query, {"keys": chunk, **others})
            continue
        # A few sizes are enough, and a key that is asked for twice is answered once.
        size = min(CHUNK, 1 << (len(chunk) - 1).bit_length())
        text, names, fixed = _keyed_driver_form(query, size, tuple(others))
        given = {**fixed, **others, **{f"keys_{place}": key for place, key in enumerate(chunk, 1)}}
        last = chunk[-1]
        values = tuple([last if (value := given[name]) is _MORE else value for name in names])
        yield from connection.exec_driver_sql(text, values).all()


def add_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert these rows, which all have every column of the table."""
    _execute(connection, _insertion(table), rows)


def put_rows(
    connection: Connection,
    table: Table,
    rows: Rows,
    keys: Sequence[str],
    changed: Sequence[str] | None = None,
) -> None:
    """Insert these rows, or bring the ones with the same keys up to date.

    ``changed`` names the columns that a row which is there may differ in; without it, all do. Only the
    indices of such columns are written again.
    """
    names = None if changed is None else tuple(changed)
    _execute(connection, _upsert(connection.dialect.name, table, tuple(keys), names), rows)


def _execute(connection: Connection, statement: Insert, rows: Rows) -> None:
    if connection.dialect.name != "sqlite":
        names = statement.table.columns.keys()
        connection.execute(
            statement,
            [dict(zip(names, row, strict=True)) if isinstance(row, tuple) else row for row in rows],
        )
        return
    text, values = _driver_form(statement)
    connection.exec_driver_sql(text, [row if isinstance(row, tuple) else values(row) for row in rows])


@lru_cache(maxsize=32)
def _insertion(table: Table) -> Insert:
    return insert(table)


@lru_cache(maxsize=32)
def _upsert(dialect: str, table: Table, keys: tuple[str, ...], changed: tuple[str, ...] | None) -> Insert:
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    others = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if (column.name not in keys if changed is None else column.name in changed)
    }
    upsert: Insert = statement.on_conflict_do_update(index_elements=list(keys), set_=others)
    return upsert


@lru_cache(maxsize=32)
def _driver_form(statement: Insert) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
    """The statement as sqlite3 takes it, and how a row becomes its parameters, in the table's order."""
    compiled = statement.compile(dialect=sqlite.dialect())
    return str(compiled), itemgetter(*(compiled.positiontup or ()))


_MORE = object()
"""Stands for a place that no key is left for."""


@lru_cache(maxsize=256)
def _keyed_driver_form(
    query: Select[Any], size: int, others: tuple[str, ...]
) -> tuple[str, Sequence[str], Mapping[str, Any]]:
    """The query with places for so many keys as sqlite3 takes it, its parameters' names, and values."""
    compiled = query.params({"keys": [_MORE] * size, **dict.fromkeys(others)}).compile(
        dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True}
    )
    return str(compiled), compiled.positiontup or (), compiled.params
