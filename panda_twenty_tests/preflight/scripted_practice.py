"""A database server that answers what a table of questions holds, and refuses all else for want of rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, Session
from panda_twenty.panda.errors import PermissionRefusedError, SourceError

Answers = Mapping[str, Sequence[tuple[Any, ...]]]
"""Part of a statement to the rows that answer it."""


class RefusedQuestion(Exception):
    """What the driver raises for a question that the server does not take."""


class ScriptedConnection:
    """Answers a statement that holds one of the keys with the rows beside it; keeps what it was asked."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def cursor(self) -> ScriptedCursor:
        return ScriptedCursor(self)

    def close(self) -> None:
        return None


class ScriptedCursor:
    def __init__(self, connection: ScriptedConnection) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, sql: str, parameters: tuple[object, ...]) -> None:
        self._connection.asked.append(sql)
        told = " ".join([sql, *map(str, parameters)])
        for part, rows in self._connection.answers.items():
            if part in told:
                self._rows = list(rows)
                return
        raise RefusedQuestion

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def close(self) -> None:
        return None


def explained(_failure: Exception) -> SourceError:
    return PermissionRefusedError("The login may not ask that.")


def scripted_server(answers: Answers) -> tuple[PracticeDatabase, ScriptedConnection]:
    """A SQL Server whose answers are these; the first key that the statement holds counts."""
    connection = ScriptedConnection(answers)
    return PracticeDatabase(Session(connection, (RefusedQuestion,), explained, "sqlserver")), connection
