"""The one way to the practice's database: DB-API underneath, the same SQL text on SQLite and SQL Server.

Only SELECTs go through it, and every session is opened read only. One connection serves one reader at a
time, as SQL Server has it; whoever wants to read two things at once opens two.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from panda_twenty.panda.errors import BusyConnectionError, MissingTableError, SourceError

DEFAULT_SCHEMA = "dbo"

Dialect = Literal["sqlite", "sqlserver"]
"""Whose SQL is spoken underneath. Only what the shared SQL text cannot say asks for it."""

_COLUMNS = (
    "SELECT [COLUMN_NAME], [DATA_TYPE], [CHARACTER_MAXIMUM_LENGTH], [NUMERIC_PRECISION], [NUMERIC_SCALE]"
    " FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = ? AND [TABLE_NAME] = ?"
    " ORDER BY [ORDINAL_POSITION]"
)
_TABLES = (
    "SELECT [TABLE_SCHEMA], [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES]"
    " ORDER BY [TABLE_SCHEMA], [TABLE_NAME]"
)


def open_practice(
    connection: str,
    *,
    connect_timeout_seconds: int = 15,
    query_timeout_seconds: int = 300,
    home: Path | None = None,
) -> PracticeDatabase:
    """Opens the practice's database for reading.

    ``connection`` is ``sqlite:///relative/path``, ``sqlite:////absolute/path``, an ODBC connection string, or
    ``lite:///folder`` for an export of PANDA Lite, which is loaded into a private file under ``home``.
    Raises a :class:`~panda_twenty.panda.errors.CannotConnectError` that says what to do.
    """
    if connection.startswith("lite:"):
        from panda_twenty.panda.lite import loading

        connection = f"sqlite:///{loading.loaded_database(loading.folder_of(connection), home)}"
    if connection.startswith("sqlite:"):
        from panda_twenty.panda import sqlite_file

        return PracticeDatabase(sqlite_file.open_session(connection, busy_seconds=connect_timeout_seconds))
    from panda_twenty.panda import odbc

    return PracticeDatabase(
        odbc.open_session(
            connection,
            connect_timeout_seconds=connect_timeout_seconds,
            query_timeout_seconds=query_timeout_seconds,
        )
    )


def quoted(name: str) -> str:
    """The identifier in brackets; a closing bracket inside it is doubled."""
    return f"[{name.replace(']', ']]')}]"


def split_table(table: str) -> tuple[str, str]:
    """Schema and name of ``Name``, ``schema.Name`` or, where the name itself has a dot, ``[odd.name]``."""
    if table.startswith("[") and table.endswith("]"):
        return DEFAULT_SCHEMA, table[1:-1]
    schema, dot, name = table.partition(".")
    return (schema, name) if dot else (DEFAULT_SCHEMA, table)


def quoted_table(table: str) -> str:
    """The table as SQL names it, with its schema: ``[dbo].[Name]``."""
    schema, name = split_table(table)
    return f"{quoted(schema)}.{quoted(name)}"


@dataclass(frozen=True)
class Session:
    """An open DB-API connection and how to tell its failures to a person."""

    connection: Any
    failures: tuple[type[Exception], ...]
    """What the driver raises when a statement or a fetch fails."""
    explain: Callable[[Exception], SourceError]
    dialect: Dialect


class PracticeDatabase:
    """One read-only session with the practice's database. Use as a context manager."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reading = False

    @property
    def dialect(self) -> Dialect:
        """Whose SQL the database speaks."""
        return self._session.dialect

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the session; closing twice is harmless."""
        with contextlib.suppress(*self._session.failures):
            self._session.connection.close()

    def query(
        self, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> Iterator[tuple[Any, ...]]:
        """Streams the rows of one SELECT, ``fetch_size`` rows in memory at a time.

        Values come as the driver gives them; they are coerced by the entity's schema, since SQLite's drivers
        describe columns differently. Raises a SourceError when the statement or the session fails, and
        BusyConnectionError when another read of this connection is not finished.
        """
        if self._reading:
            raise BusyConnectionError(
                "This connection is still reading something else. Finish that read first, or open a second"
                " connection: SQL Server serves one reader per connection."
            )
        self._reading = True
        cursor = None
        try:
            cursor = self._try(self._session.connection.cursor)
            self._try(lambda: cursor.execute(sql, tuple(parameters)))
            while rows := self._try(lambda: cursor.fetchmany(fetch_size)):
                for row in rows:
                    yield tuple(row)
        finally:
            self._reading = False
            if cursor is not None:
                with contextlib.suppress(*self._session.failures):
                    cursor.close()

    def tables(self) -> tuple[str, ...]:
        """Every table and view by name, with its schema where that is not ``dbo``."""
        return tuple(
            name if schema == DEFAULT_SCHEMA else f"{schema}.{name}" for schema, name in self.query(_TABLES)
        )

    def has_table(self, table: str) -> bool:
        """Whether the login can see a table or view of that name."""
        return any(True for _ in self.query(_COLUMNS, split_table(table)))

    def columns(self, table: str) -> dict[str, str]:
        """The table's columns in order, each with its declared type in lower case, such as ``nvarchar(80)``.

        Raises MissingTableError if the login sees no such table.
        """
        found = {
            str(name): _declared_type(str(kind), length, precision, scale)
            for name, kind, length, precision, scale in self.query(_COLUMNS, split_table(table))
        }
        if not found:
            raise MissingTableError(
                f"The database has no table {table}, or the login may not see it. Correct the source profile,"
                " or grant the login SELECT on it."
            )
        return found

    def _try(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except self._session.failures as failure:
            told = self._session.explain(failure)
        raise told


def _declared_type(kind: str, length: object, precision: object, scale: object) -> str:
    kind = kind.lower()
    if length is not None:
        return f"{kind}({'max' if int(str(length)) == -1 else length})"
    if kind in ("decimal", "numeric") and precision is not None:
        return f"{kind}({precision},{scale})"
    return kind
