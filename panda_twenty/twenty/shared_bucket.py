"""Where the bucket of a workspace lies: in a SQLite file for one machine, in PostgreSQL for several."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError

from panda_twenty.ledger.database import engine_at, take_turn
from panda_twenty.ledger.ledger import as_ledger_error
from panda_twenty.twenty.rate_limit import DEFAULT_CALLS_PER_MINUTE, Bucket, HeldBucket, full_bucket

__all__ = ["StoredBucket", "bucket_file"]

_PLACE = "The record of calls to Twenty"
_TABLE_LOCK = 7261002012
"""PostgreSQL's number for making the table, which is one for all workspaces."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

metadata = MetaData()

buckets = Table(
    "call_schedules",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("calls_per_minute", Integer, primary_key=True),
    Column("tokens", Integer, nullable=False),
    Column("last", Float(53), nullable=False),
    Column("slowdown", Float(53), nullable=False),
    Column("pause_until", Float(53), nullable=False),
    Column("late", Float(53), nullable=False),
)


def bucket_file(path: Path) -> str:
    """The URL of a file for :class:`StoredBucket`, made for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return f"sqlite:///{path}"


class StoredBucket:
    """The bucket of one workspace in a database, held by one caller at a time.

    ``workspace`` is whatever tells workspaces apart; only its hash is kept. On PostgreSQL the database's
    clock counts, because those of several machines differ; ``clock`` is for a file. Raises LedgerError where
    the database is full, held, damaged or gone.
    """

    def __init__(
        self,
        url: str,
        workspace: str,
        calls_per_minute: int = DEFAULT_CALLS_PER_MINUTE,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if calls_per_minute < 1:
            raise ValueError("calls_per_minute must be at least 1")
        self._calls_per_minute = calls_per_minute
        self._clock = clock
        digest = hashlib.sha256(workspace.encode())
        # Threads take turns without a pause; somebody else's use of a file is noticed by looking again.
        self._turn = threading.Lock()
        self._place = {"workspace": digest.hexdigest(), "calls_per_minute": calls_per_minute}
        self._here = {f"this_{name}": value for name, value in self._place.items()}
        self._lock_number = int.from_bytes(digest.digest()[:8], signed=True)
        self._engine = engine_at(url)
        self._is_file = self._engine.dialect.name == "sqlite"
        if self._is_file:
            event.listen(self._engine, "connect", _light_sqlite)
        with as_ledger_error(_PLACE):
            self._make_table()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def held(self) -> Iterator[HeldBucket]:
        """The bucket, locked for as long as the block lasts; a full one where nobody has called yet."""
        with self._turn, self._locked() as connection:
            row = connection.execute(_KEPT, self._here).first()
            bucket = full_bucket(self._calls_per_minute, self._now(connection))
            if row is not None:
                bucket = Bucket(bucket.capacity, bucket.seconds_per_token, *row)
            held = HeldBucket(bucket, lambda: self._now(connection))
            yield held
            after = held.bucket
            state = {
                "tokens": after.tokens,
                "last": after.last,
                "slowdown": after.slowdown,
                "pause_until": after.pause_until,
                "late": after.late,
            }
            if row is None:
                connection.execute(insert(buckets), {**self._place, **state})
            elif after is not bucket:
                connection.execute(_KEEPING, {**self._here, **state})

    def _make_table(self) -> None:
        try:
            with self._transaction(_TABLE_LOCK) as connection:
                metadata.create_all(connection)
        except DatabaseError as problem:
            if getattr(problem.orig, "sqlite_errorcode", None) not in _DAMAGED:
                raise
            # A power cut did it, since nothing waits for the disk. What is lost costs a refusal.
            self._engine.dispose()
            file = Path(str(self._engine.url.database))
            file.unlink(missing_ok=True)
            bucket_file(file)
            with self._transaction() as connection:
                metadata.create_all(connection)

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        with as_ledger_error(_PLACE), self._transaction() as connection:
            yield connection

    @contextmanager
    def _transaction(self, lock_number: int | None = None) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            if self._is_file:
                # The write lock before the read, so that no two callers see one token.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                take_turn(connection, lock_number or self._lock_number)
            yield connection

    def _now(self, connection: Connection) -> float:
        if self._is_file:
            return self._clock()
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


_THIS = and_(
    buckets.c.workspace == bindparam("this_workspace"),
    buckets.c.calls_per_minute == bindparam("this_calls_per_minute"),
)
_KEPT = select(
    buckets.c.tokens, buckets.c.last, buckets.c.slowdown, buckets.c.pause_until, buckets.c.late
).where(_THIS)
_KEEPING = update(buckets).where(_THIS)


def _light_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=60000")
    # A power cut may lose the bucket: that costs a refusal. Waiting for the disk at every call is worse.
    connection.execute("PRAGMA synchronous=OFF")
