"""Where the bucket of a workspace lies: in a SQLite file for one machine, in PostgreSQL for several."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
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
    create_engine,
    delete,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.pool import NullPool

from panda_twenty.twenty.rate_limit import DEFAULT_CALLS_PER_MINUTE, HeldBucket, full_bucket

__all__ = ["StoredBucket", "bucket_file"]

metadata = MetaData()

buckets = Table(
    "call_buckets",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("calls_per_minute", Integer, primary_key=True),
    Column("tokens", Integer, nullable=False),
    Column("last", Float(53), nullable=False),
    Column("slowdown", Float(53), nullable=False),
    Column("pause_until", Float(53), nullable=False),
    Column("began", Float(53), nullable=False),
)


def bucket_file(path: Path) -> str:
    """The URL of a file for :class:`StoredBucket`, made for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return f"sqlite:///{path}"


class StoredBucket:
    """The bucket of one workspace in a database, held by one caller at a time.

    ``workspace`` is whatever tells workspaces apart; only its hash is kept. On PostgreSQL the database's
    clock counts, because those of several machines differ; ``clock`` is for a file.
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
        self._workspace = digest.hexdigest()
        self._lock_number = int.from_bytes(digest.digest()[:8], signed=True)
        # A connection per use survives forks and threads; there are two uses a second.
        self._engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
        self._is_file = self._engine.dialect.name == "sqlite"
        if self._is_file:
            event.listen(self._engine, "connect", _light_sqlite)
        with self._locked() as connection:
            metadata.create_all(connection)

    @contextmanager
    def held(self) -> Iterator[HeldBucket]:
        """The bucket, locked for as long as the block lasts; a full one where nobody has called yet."""
        here = (buckets.c.workspace == self._workspace) & (
            buckets.c.calls_per_minute == self._calls_per_minute
        )
        state = (buckets.c.tokens, buckets.c.last, buckets.c.slowdown, buckets.c.pause_until, buckets.c.began)
        with self._locked() as connection:
            row = connection.execute(select(*state).where(here)).first()
            now = self._now(connection)
            bucket = full_bucket(self._calls_per_minute, now)
            if row is not None:
                bucket = replace(bucket, **row._mapping)
            held = HeldBucket(bucket, now)
            yield held
            _, _, *kept = astuple(held.bucket)
            connection.execute(delete(buckets).where(here))
            connection.execute(insert(buckets).values((self._workspace, self._calls_per_minute, *kept)))

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            if self._is_file:
                # The write lock before the read, so that no two callers see one token.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:number)"), {"number": self._lock_number}
                )
            yield connection

    def _now(self, connection: Connection) -> float:
        if self._is_file:
            return self._clock()
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _light_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=60000")
    # A power cut may lose the bucket: that costs a refusal. Waiting for the disk at every call is worse.
    connection.execute("PRAGMA synchronous=OFF")
