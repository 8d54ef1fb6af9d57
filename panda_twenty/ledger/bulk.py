"""Many rows or keys in one statement, made once and used for every batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]] | Sequence[tuple[Any, ...]]
"""All of one kind: values by column, or the values of every column in the order of the table."""


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
    # SQLAlchemy prepares each row by itself, which takes longer than SQLite takes to write it.
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
