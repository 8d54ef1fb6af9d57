"""Writes rows into a new SQLite file: all of it or nothing, and never more than a chunk in memory."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

Row = tuple[object, ...]

#: Rows that wait per table before they are written.
CHUNK_ROWS = 1_000


def schema_statements() -> tuple[list[str], list[str]]:
    """The statements of ``schema.sql``: tables, and the indexes that are cheaper to build afterwards."""
    text = resources.files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    statements = [part.strip() for part in code.split(";") if part.strip()]
    indexes = [statement for statement in statements if statement.startswith("CREATE INDEX")]
    return [statement for statement in statements if statement not in indexes], indexes


@contextmanager
def new_database(file: Path, *, overwrite: bool) -> Iterator[RowWriter]:
    """Yields a writer on a temporary file beside ``file`` and puts it in place when the block ends well.

    The file is readable by its owner only from its first byte on. Raises FileExistsError when ``file``
    exists and ``overwrite`` is not set; an exception inside the block leaves nothing behind.
    """
    if file.exists() and not overwrite:
        raise FileExistsError(f"{file} exists already; choose another name or pass overwrite=True")
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        connection = sqlite3.connect(unfinished)
        try:
            # Nobody else reads this file, and a crash discards it: no journal is needed.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            tables, indexes = schema_statements()
            for statement in tables:
                connection.execute(statement)
            writer = RowWriter(connection)
            yield writer
            writer.flush()
            for statement in indexes:
                connection.execute(statement)
            connection.commit()
        finally:
            connection.close()
        with unfinished.open("rb+") as handle:
            os.fsync(handle.fileno())
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class PracticeCounts:
    """How many rows each table received."""

    tables: dict[str, int]

    @property
    def patients(self) -> int:
        return self.tables["Patient"]

    @property
    def exams(self) -> int:
        return self.tables["PerioExam"]

    @property
    def teeth(self) -> int:
        return self.tables["PerioTooth"]

    @property
    def total(self) -> int:
        """Rows in all tables together."""
        return sum(self.tables.values())


@dataclass
class _Table:
    """One table's columns, its INSERT statement and the rows that wait for it."""

    columns: dict[str, int]
    insert: str
    waiting: list[Row] = field(default_factory=list)
    written: int = 0


class RowWriter:
    """Collects rows per table and writes them in chunks."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tables: dict[str, _Table] = {}
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info([{name}])")]
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO [{name}] VALUES ({marks})"  # noqa: S608 - names come from our own schema
            self._tables[name] = _Table({column: place for place, column in enumerate(columns)}, insert)

    def add(self, table: str, **values: object) -> None:
        """One row by column name; a column that is left out is NULL. Raises KeyError for an unknown one."""
        target = self._tables[table]
        row: list[object] = [None] * len(target.columns)
        for column, value in values.items():
            row[target.columns[column]] = value
        target.waiting.append(tuple(row))
        if len(target.waiting) >= CHUNK_ROWS:
            self._write(target)

    def add_rows(self, table: str, rows: Iterable[Row]) -> None:
        """Many rows in the schema's column order: the quick way, for PerioTooth."""
        target = self._tables[table]
        target.waiting.extend(rows)
        if len(target.waiting) >= CHUNK_ROWS:
            self._write(target)

    def flush(self) -> None:
        """Writes what still waits."""
        for target in self._tables.values():
            self._write(target)

    def counts(self) -> PracticeCounts:
        """Rows received so far, written or waiting."""
        return PracticeCounts(
            {name: target.written + len(target.waiting) for name, target in self._tables.items()}
        )

    def _write(self, target: _Table) -> None:
        if target.waiting:
            self._connection.executemany(target.insert, target.waiting)
            target.written += len(target.waiting)
            target.waiting.clear()
