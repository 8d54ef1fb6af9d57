"""Sessions with a SQLite file that fail where a test wants them to, as a link or a server would."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from panda_twenty.panda import sqlite_file
from panda_twenty.panda.connection import Dialect, PracticeDatabase, Session
from panda_twenty.panda.errors import LostConnectionError, SourceError


class Broken(Exception):
    """What the driver raises; carries what it is explained as."""

    def __init__(self, told: SourceError) -> None:
        self.told = told


@dataclass
class BreakingServer:
    """Counts what it hands out, statements and rows alike, and fails at the events that a test names."""

    file: Path
    failures: dict[int, SourceError] = field(default_factory=dict)
    """Event number, from 0 and across sessions, to what happens instead of it."""
    dialect: Dialect = "sqlite"
    events: int = 0
    opened: int = 0
    statements: list[str] = field(default_factory=list)
    largest_answer: int = 0
    refusing: list[SourceError] = field(default_factory=list)
    """What the next attempts to connect meet."""

    def open(self) -> Session:
        if self.opened and self.refusing:
            raise self.refusing.pop(0)
        self.opened += 1
        real = sqlite_file.open_session(f"sqlite:///{self.file}", busy_seconds=1)
        connection = _Connection(self, real.connection)
        return replace(
            real,
            connection=connection,
            failures=(*real.failures, Broken),
            explain=_told_or(real.explain),
            dialect=self.dialect,
        )

    def database(self) -> PracticeDatabase:
        return PracticeDatabase(self.open(), self.open)

    def happens(self) -> SourceError | None:
        self.events += 1
        return self.failures.pop(self.events - 1, None)


def _told_or(explain: Callable[[Exception], SourceError]) -> Callable[[Exception], SourceError]:
    return lambda failure: failure.told if isinstance(failure, Broken) else explain(failure)


class _Connection:
    def __init__(self, server: BreakingServer, real: Any) -> None:
        self.server = server
        self.real = real
        self.lost = False

    def cursor(self) -> _Cursor:
        self.check()
        return _Cursor(self)

    def close(self) -> None:
        self.real.close()

    def check(self) -> None:
        """Fails if the session is gone, or if this is the event at which something happens."""
        if self.lost:
            raise Broken(LostConnectionError("the session is gone"))
        told = self.server.happens()
        if told is not None:
            self.lost = isinstance(told, LostConnectionError)
            raise Broken(told)


class _Cursor:
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._cursor = connection.real.cursor()
        self._rows = 0

    def execute(self, sql: str, parameters: Sequence[object]) -> None:
        self._connection.check()
        self._connection.server.statements.append(sql)
        if self._connection.server.dialect == "sqlserver":
            sql = re.sub(r"^SELECT TOP \((\d+)\) (.*)$", r"SELECT \2 LIMIT \1", sql)
        self._cursor.execute(sql, parameters)

    def fetchmany(self, size: int) -> list[Any]:
        rows = []
        for row in self._cursor.fetchmany(size):
            # The rows of a fetch that breaks are lost with it, however many had arrived.
            self._connection.check()
            rows.append(row)
        self._rows += len(rows)
        server = self._connection.server
        server.largest_answer = max(server.largest_answer, self._rows)
        return rows

    def close(self) -> None:
        self._cursor.close()
