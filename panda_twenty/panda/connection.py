"""The one way to the practice's database: DB-API underneath, the same SQL text on SQLite and SQL Server.

Only SELECTs go through it, and every session is opened read only. One connection serves one reader at a
time, as SQL Server has it; whoever wants to read two things at once opens two.

A long migration meets restarts and dropped links. :meth:`PracticeDatabase.fetch` answers a short read whole
or not at all, and reads again on a new session when the old one broke, so nothing is lost or doubled.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from panda_twenty.panda.driver_watch import watched_calls
from panda_twenty.panda.errors import (
    BusyConnectionError,
    DatabaseOfflineError,
    LockTimeoutError,
    LostConnectionError,
    MissingTableError,
    QueryTimeoutError,
    ServerUnreachableError,
    SourceError,
    TooManyConnectionsError,
    UnknownDatabaseError,
)
from panda_twenty.panda.session_security import SessionSecurity
from panda_twenty.progress import Step, announce
from panda_twenty.retries import RetryingCaller, retry_context

DEFAULT_SCHEMA = "dbo"

Row = Sequence[Any]
"""A row as the driver gives it: sqlite3's is a tuple, pyodbc's has its own type."""

Piece = TypeVar("Piece")
"""What is made of some rows as they come."""

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


RECONNECT_PATIENCE_SECONDS = 300.0
"""How long a lost server is waited for: a restart of SQL Server, a switch, a laptop that changes networks."""
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 30.0
_LOCK_ATTEMPTS = 6
"""How often one read is tried when it meets a lock."""
_SESSIONS: Mapping[type[SourceError], int] = {QueryTimeoutError: 2, LostConnectionError: 5}
"""In how many sessions, where they end so. A link that was cut without a word looks like a slow statement."""
_MAY_COME_BACK = (
    ServerUnreachableError,
    DatabaseOfflineError,
    UnknownDatabaseError,
    TooManyConnectionsError,
    LostConnectionError,
)
"""What a server says while it restarts. A refused password is not in it: repeating one locks the login."""

_past_locks = RetryingCaller(
    attempts=_LOCK_ATTEMPTS,
    timeout=None,
    wait_initial=_FIRST_WAIT_SECONDS,
    wait_max=_LONGEST_WAIT_SECONDS,
).on(LockTimeoutError)


def open_practice(
    connection: str,
    *,
    connect_timeout_seconds: int = 15,
    query_timeout_seconds: int = 300,
    home: Path | None = None,
    allow_plaintext: bool = False,
    reconnect_patience_seconds: float = RECONNECT_PATIENCE_SECONDS,
) -> PracticeDatabase:
    """Opens the practice's database for reading.

    ``connection`` is ``sqlite:///relative/path``, ``sqlite:////absolute/path``, an ODBC connection string, an
    address ``mssql://user:password@host:port/database``, or ``lite:///folder`` for an export of PANDA Lite,
    which is loaded into a private file under ``home``. A session over a network is encrypted, or
    NotEncryptedError is raised unless ``allow_plaintext``. Raises a
    :class:`~panda_twenty.panda.errors.CannotConnectError` that says what to do.
    """
    if connection.startswith("lite:"):
        from panda_twenty.panda.lite import loading

        connection = f"sqlite:///{loading.loaded_database(loading.folder_of(connection), home)}"

    def reopen() -> Session:
        if connection.startswith("sqlite:"):
            from panda_twenty.panda import sqlite_file

            return sqlite_file.open_session(connection, busy_seconds=connect_timeout_seconds)
        from panda_twenty.panda import odbc

        return odbc.open_session(
            connection,
            connect_timeout_seconds=connect_timeout_seconds,
            query_timeout_seconds=query_timeout_seconds,
            allow_plaintext=allow_plaintext,
        )

    return PracticeDatabase(reopen(), reopen, reconnect_patience_seconds=reconnect_patience_seconds)


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


def readable_column(name: str, declared_type: str, *, alias: str = "") -> str:
    """The expression by which a column is selected, given its declared type as INFORMATION_SCHEMA has it.

    ``name`` and ``alias`` are bare names. Types that no driver delivers to Python (measured: sql_variant
    fails in both, and Microsoft documents the spatial types and hierarchyid as driver-specific binaries) are
    converted to text by the server; SQL Server's own conversion gives ``POINT (...)`` or ``/1/2/``.
    Everything else is read as it is: datetimeoffset comes as an aware datetime, rowversion as 8 bytes,
    uniqueidentifier and xml as text, money as Decimal.
    """
    column = f"{quoted(alias)}.{quoted(name)}" if alias else quoted(name)
    kind = declared_type.partition("(")[0].strip().lower()
    if kind in _READ_AS_TEXT:
        return f"CAST({column} AS nvarchar(4000))"
    return column


_READ_AS_TEXT = frozenset({"sql_variant", "geography", "geometry", "hierarchyid"})


@dataclass(frozen=True)
class Session:
    """An open DB-API connection and how to tell its failures to a person."""

    connection: Any
    failures: tuple[type[Exception], ...]
    """What the driver raises when a statement or a fetch fails."""
    explain: Callable[[Exception], SourceError]
    dialect: Dialect
    security: SessionSecurity
    watched: bool = False
    """Whether the driver may hang in a call, so that somebody has to watch it."""


class PracticeDatabase:
    """One read-only session with the practice's database. Use as a context manager."""

    def __init__(
        self,
        session: Session,
        reopen: Callable[[], Session] | None = None,
        *,
        reconnect_patience_seconds: float = RECONNECT_PATIENCE_SECONDS,
    ) -> None:
        self._session = session
        self._reopen = reopen
        self._patience_seconds = reconnect_patience_seconds
        self._reading = False
        self._in_use = threading.RLock()
        self._columns: dict[str, dict[str, str]] = {}

    @property
    def dialect(self) -> Dialect:
        """Whose SQL the database speaks."""
        return self._session.dialect

    @property
    def security(self) -> SessionSecurity:
        """How the session that is open now is protected, and through what it goes."""
        return self._session.security

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
        """Ends the session, after a fetch of another thread; closing twice is harmless."""
        with self._in_use, contextlib.suppress(*self._session.failures):
            self._session.connection.close()

    def query(
        self, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> Iterator[tuple[Any, ...]]:
        """Streams the rows of one SELECT, ``fetch_size`` rows in memory at a time.

        Values come as the driver gives them; they are coerced by the entity's schema, since SQLite's drivers
        describe columns differently. Raises a SourceError when the statement or the session fails, and
        BusyConnectionError when another read of this connection is not finished.
        """
        with contextlib.closing(self.stream(sql, parameters, fetch_size=fetch_size)) as pieces:
            for rows in pieces:
                yield from map(tuple, rows)

    def stream(
        self, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> Generator[list[Row], None, None]:
        """The same, ``fetch_size`` rows at a time and as the driver gives them, which is quicker."""
        with self._in_use:
            if self._reading:
                raise BusyConnectionError(
                    "This connection is still reading something else. Finish that read first, or open a"
                    " second connection: SQL Server serves one reader per connection."
                )
            self._reading = True
        cursor = None
        try:
            cursor = self._try(self._session.connection.cursor)
            with watched_calls(cursor, needed=self._session.watched) as calling:
                self._try(lambda: cursor.execute(sql, tuple(parameters)), calling)
                while rows := self._try(lambda: cursor.fetchmany(fetch_size), calling):
                    yield rows
        finally:
            self._reading = False
            if cursor is not None:
                with contextlib.suppress(*self._session.failures):
                    cursor.close()

    def fetch(
        self, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> list[tuple[Any, ...]]:
        """All rows of one short SELECT, which holds them in memory; for reads that may be repeated.

        A lost session is opened again, for as long as the patience lasts, and the statement runs anew; so
        does one that met a lock. Raises the SourceError that stood in the way at last.
        """
        pieces = self.fetch_pieces(
            sql, parameters, lambda rows: list(map(tuple, rows)), fetch_size=fetch_size
        )
        return list(chain.from_iterable(pieces))

    def fetch_pieces(
        self,
        sql: str,
        parameters: Sequence[object],
        made_of: Callable[[list[Row]], Piece],
        *,
        fetch_size: int,
        is_enough: Callable[[Sequence[Piece]], bool] = lambda pieces: False,
    ) -> list[Piece]:
        """The same, as what is made of every ``fetch_size`` rows, which the driver gives as it likes.

        ``is_enough`` is asked after each piece, with all so far, whether to leave the rest. May be called
        from any thread, one at a time.
        """
        with self._in_use:
            return self._fetch_past_losses(sql, parameters, made_of, fetch_size, is_enough)

    def _fetch_past_losses(
        self,
        sql: str,
        parameters: Sequence[object],
        made_of: Callable[[list[Row]], Piece],
        fetch_size: int,
        is_enough: Callable[[Sequence[Piece]], bool],
    ) -> list[Piece]:
        ended: Counter[type[SourceError]] = Counter()
        while True:
            try:
                return _past_locks(self._fetch_once, sql, parameters, made_of, fetch_size, is_enough)
            except LockTimeoutError:
                raise
            except (QueryTimeoutError, LostConnectionError) as failure:
                kind = type(failure)
                ended[kind] += 1
                if ended[kind] == _SESSIONS[kind] or self._reopen is None:
                    raise
            self.reconnect()

    def reconnect(self) -> None:
        """Opens a new session in place of the old one, waiting for the server while patience lasts.

        Raises the CannotConnectError of the last attempt, or at once one that waiting does not cure.
        """
        self.close()
        if self._reopen is None:
            raise LostConnectionError("The connection to the practice's database was lost.")
        attempts = 0
        for attempt in retry_context(
            on=_MAY_COME_BACK,
            attempts=None,
            timeout=self._patience_seconds,
            wait_initial=_FIRST_WAIT_SECONDS,
            wait_max=_LONGEST_WAIT_SECONDS,
            wait_jitter=_FIRST_WAIT_SECONDS,
        ):
            with attempt:
                attempts += 1
                announce(
                    Step(
                        "reconnect to the practice's database",
                        attempts,
                        detail=f"the connection was lost; waiting up to {self._patience_seconds:.0f} seconds",
                    )
                )
                self._session = self._reopen()

    def _fetch_once(
        self,
        sql: str,
        parameters: Sequence[object],
        made_of: Callable[[list[Row]], Piece],
        fetch_size: int,
        is_enough: Callable[[Sequence[Piece]], bool],
    ) -> list[Piece]:
        found: list[Piece] = []
        with contextlib.closing(self.stream(sql, parameters, fetch_size=fetch_size)) as answer:
            for rows in answer:
                found.append(made_of(rows))
                if is_enough(found):
                    break
        return found

    def tables(self) -> tuple[str, ...]:
        """Every table and view by name, with its schema where that is not ``dbo``."""
        return tuple(
            name if schema == DEFAULT_SCHEMA else f"{schema}.{name}" for schema, name in self.fetch(_TABLES)
        )

    def has_table(self, table: str) -> bool:
        """Whether the login can see a table or view of that name."""
        return bool(self.fetch(_COLUMNS, split_table(table)))

    def columns(self, table: str) -> dict[str, str]:
        """The table's columns in order, each with its declared type in lower case, such as ``nvarchar(80)``.

        Raises MissingTableError if the login sees no such table.
        """
        if table in self._columns:
            return dict(self._columns[table])
        found = {
            str(name): _declared_type(str(kind), length, precision, scale)
            for name, kind, length, precision, scale in self.fetch(_COLUMNS, split_table(table))
        }
        if not found:
            raise MissingTableError(
                f"The database has no table {table}, or the login may not see it. Correct the source profile,"
                " or grant the login SELECT on it."
            )
        self._columns[table] = found
        return dict(found)

    def _try(
        self, action: Callable[[], Any], calling: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> Any:
        try:
            with calling():
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
