"""Which keys an export has and which it refers to, for files of any length in the same memory.

They are kept in a temporary database without a name: SQLite holds a few megabytes of it in memory and the
rest in a file that only this process can open and that is gone when it is closed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

ROWS_PER_INSERT = 5_000


@dataclass(frozen=True)
class Repeated:
    """A key that stood on ``first_line`` already."""

    line: int
    first_line: int
    key: str


@dataclass(frozen=True)
class Dangling:
    """A reference that names no row."""

    line: int
    key: str


class References:
    """Collects keys and references while files are read, and compares them afterwards."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA cache_size = -8000")
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def key(self, entity: str, key: str, line: int, patient: str | None) -> None:
        """A row of ``entity`` has this key; ``patient`` is whose row it is, where it is a patient's."""
        self._put(f"key_{entity}", (key, line, patient))

    def reference(self, entity: str, column: str, key: str, line: int, patient: str | None) -> None:
        """A row of ``entity`` names a row by this key."""
        self._put(f"reference_{entity}_{column}", (key, line, patient))

    def settle(self) -> None:
        """Everything has been collected; called once, before anything is asked."""
        for table in list(self._waiting):
            self._flush(table)
        for (table,) in self._database.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'key_%'"
        ).fetchall():
            self._database.execute(f"CREATE INDEX {table}_index ON {table} (key, line)")

    def repeated(self, entity: str) -> Iterator[Repeated]:
        """Keys that occur again, each time but the first."""
        if self._has(f"key_{entity}"):
            yield from self._rows(
                f"SELECT line, first, key FROM (SELECT line, key, MIN(line) OVER (PARTITION BY key) AS first"  # noqa: S608
                f" FROM key_{entity}) WHERE line > first ORDER BY line",
                Repeated,
            )

    def dangling(self, entity: str, column: str, target: str) -> Iterator[Dangling]:
        """References to rows that ``target`` does not have."""
        table = f"reference_{entity}_{column}"
        if self._has(table):
            known = (
                f" WHERE NOT EXISTS (SELECT 1 FROM key_{target} AS k WHERE k.key = r.key)"  # noqa: S608
                if self._has(f"key_{target}")
                else ""
            )
            yield from self._rows(f"SELECT line, key FROM {table} AS r{known} ORDER BY line", Dangling)  # noqa: S608

    def of_another_patient(self, entity: str, column: str, target: str) -> Iterator[Dangling]:
        """References to a row that belongs to another patient than the row that refers to it."""
        table = f"reference_{entity}_{column}"
        if self._has(table) and self._has(f"key_{target}"):
            yield from self._rows(
                f"SELECT line, key FROM {table} AS r WHERE patient IS NOT NULL AND EXISTS"  # noqa: S608
                f" (SELECT 1 FROM key_{target} AS k WHERE k.key = r.key AND k.patient <> r.patient)"
                " ORDER BY line",
                Dangling,
            )

    def _put(self, table: str, row: tuple[Any, ...]) -> None:
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= ROWS_PER_INSERT:
            self._flush(table)

    def _flush(self, table: str) -> None:
        self._database.execute(f"CREATE TABLE IF NOT EXISTS {table} (key TEXT, line INTEGER, patient TEXT)")
        self._database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", self._waiting[table])  # noqa: S608
        self._waiting[table] = []

    def _has(self, table: str) -> bool:
        found = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return found is not None

    def _rows(self, sql: str, shape: Any) -> Iterator[Any]:
        return (shape(*row) for row in self._database.execute(sql))
