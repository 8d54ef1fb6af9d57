"""A database server that answers what a table of questions holds, and refuses all else for want of rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from panda_twenty.panda.connection import Dialect, PracticeDatabase
from panda_twenty.panda.errors import PermissionRefusedError

Answers = Mapping[str, Sequence[tuple[Any, ...]]]
"""Part of a statement or of its parameters to the rows that answer it; the first that fits counts."""


class ScriptedServer(PracticeDatabase):
    """A SQL Server without a connection; keeps what it was asked."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[str] = []

    @property
    def dialect(self) -> Dialect:
        return "sqlserver"

    def query(
        self, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> Iterator[tuple[Any, ...]]:
        self.asked.append(sql)
        told = " ".join([sql, *map(str, parameters)])
        for part, rows in self.answers.items():
            if part in told:
                yield from rows
                return
        raise PermissionRefusedError("The login may not ask that.")
