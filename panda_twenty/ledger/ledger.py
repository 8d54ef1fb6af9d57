"""Opening the ledger, adding entries to its chain, and checking the chain."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stamina
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from panda_twenty.ledger.tables import entries, metadata, record_events, records

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


class LedgerError(Exception):
    """The ledger cannot be opened, written or believed."""


@dataclass(frozen=True)
class RecordEvent:
    """One record's part in an entry."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    action: str
    before_hash: str | None = None
    after_hash: str | None = None
    prior: bytes | None = None


@dataclass(frozen=True)
class Entry:
    """One link of the chain."""

    sequence: int
    at: str
    actor: str
    run_id: str | None
    kind: str
    content: Mapping[str, Any]
    hash: str


class Ledger:
    """One practice's ledger. Safe to open from several processes; each write is one transaction."""

    def __init__(self, engine: Engine, key: bytes, actor: str, run_id: str | None = None):
        self.engine = engine
        self.actor = actor
        self.run_id = run_id
        self._key = key

    def close(self) -> None:
        self.engine.dispose()

    def keyed_hash(self, value: Any) -> str:
        """HMAC-SHA256 of a value under the practice's key, so that the ledger can compare without telling."""
        return hmac.new(self._key, canonical(value), hashlib.sha256).hexdigest()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the ledger's write lock from its start."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(7261002011)"))
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    def append(
        self,
        connection: Connection,
        kind: str,
        content: Mapping[str, Any],
        events: Sequence[RecordEvent] = (),
    ) -> int:
        """Add an entry inside a ``writing`` transaction and return its sequence number."""
        last = connection.execute(
            select(entries.c.sequence, entries.c.hash).order_by(entries.c.sequence.desc()).limit(1)
        ).first()
        sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
        row = {
            "sequence": sequence,
            "at": now(),
            "actor": self.actor,
            "run_id": self.run_id,
            "kind": kind,
            "content": canonical(content).decode(),
            "previous_hash": previous,
        }
        rows = [{"sequence": sequence, "place": place, **each.__dict__} for place, each in enumerate(events)]
        row["hash"] = entry_hash(row, rows)
        connection.execute(insert(entries), row)
        if rows:
            connection.execute(insert(record_events), rows)
        return sequence

    def note(self, kind: str, content: Mapping[str, Any]) -> int:
        """Add an entry that concerns no single record, in a transaction of its own."""
        with self.writing() as connection:
            return self.append(connection, kind, content)

    def entries(self, kind: str | None = None) -> Iterator[Entry]:
        """Entries in order, oldest first."""
        query = select(entries).order_by(entries.c.sequence)
        if kind is not None:
            query = query.where(entries.c.kind == kind)
        with self.reading() as connection:
            for row in connection.execute(query):
                yield Entry(
                    row.sequence, row.at, row.actor, row.run_id, row.kind, json.loads(row.content), row.hash
                )

    def head(self) -> str:
        """The hash of the newest entry, which vouches for all before it."""
        with self.reading() as connection:
            found = connection.execute(
                select(entries.c.hash).order_by(entries.c.sequence.desc()).limit(1)
            ).scalar()
        return found or GENESIS

    def broken_links(self) -> Iterator[str]:
        """A sentence for every entry that was altered, removed or put in; none for a sound ledger."""
        expected, previous = 1, GENESIS
        with self.reading() as connection:
            for row in connection.execute(select(entries).order_by(entries.c.sequence)):
                if row.sequence != expected:
                    yield f"Entry {expected} is missing; entry {row.sequence} follows."
                if row.previous_hash != previous:
                    yield f"Entry {row.sequence} does not follow the entry before it."
                rows = [
                    dict(each._mapping)
                    for each in connection.execute(
                        select(record_events)
                        .where(record_events.c.sequence == row.sequence)
                        .order_by(record_events.c.place)
                    )
                ]
                if entry_hash(dict(row._mapping), rows) != row.hash:
                    yield f"Entry {row.sequence} was altered after it was written."
                expected, previous = row.sequence + 1, row.hash
            stray = connection.execute(
                select(func.count())
                .select_from(record_events.outerjoin(entries, record_events.c.sequence == entries.c.sequence))
                .where(entries.c.sequence.is_(None))
            ).scalar_one()
            newest = connection.execute(select(func.max(records.c.sequence))).scalar_one() or 0
        if stray:
            yield f"{stray} record events belong to no entry."
        if newest >= expected:
            yield f"Entries from {expected} on are missing; there are records that entry {newest} wrote."


def canonical(value: Any) -> bytes:
    """JSON with one spelling: sorted keys, no blanks, so that equal content has equal bytes."""
    return _CANONICAL.encode(value).encode("utf-8", "surrogatepass")


# Made once: json.dumps with these options makes an encoder at every call, of which a record needs several.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entry_hash(row: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over an entry's own columns, the hash before it and its record events in order."""
    digest = hashlib.sha256()
    own = ("sequence", "at", "actor", "run_id", "kind", "content", "previous_hash")
    digest.update(canonical([row[name] for name in own]))
    for each in events:
        names = (
            "place",
            "entity",
            "source_key",
            "object",
            "twenty_id",
            "action",
            "before_hash",
            "after_hash",
        )
        prior = each["prior"].hex() if each["prior"] is not None else None
        digest.update(canonical([*(each[name] for name in names), prior]))
    return digest.hexdigest()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def open_ledger(home: Path, *, actor: str, run_id: str | None = None, url: str | None = None) -> Ledger:
    """Open the ledger under ``home`` (or at a SQLAlchemy ``url``), made on first use.

    The key that hashes values lies beside it, readable by its owner alone.
    Raises LedgerError where the folder cannot be written.
    """
    try:
        private_folder(home)
        key = _practice_key(home / "practice.key")
    except OSError as problem:
        raise LedgerError(
            f"The data folder {home} cannot be written ({problem.strerror}); "
            "make it writable or set PANDA_TWENTY_HOME to another folder."
        ) from None
    if url is None:
        file = home / "ledger.sqlite"
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        url = f"sqlite:///{file}"
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable_sqlite)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                # Several first processes: one makes the tables, the others wait and find them.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            metadata.create_all(connection)
    except DatabaseError as problem:
        raise LedgerError(
            f"The ledger cannot be opened: {type(problem.orig).__name__}. Check {home} and the ledger's URL."
        ) from None
    return Ledger(engine, key, actor, run_id)


def private_folder(folder: Path) -> Path:
    """Make this folder, and those above it that are missing, for their owner alone."""
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _practice_key(file: Path) -> bytes:
    """32 random bytes, made once. Of several first processes one links its key into place, whole."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "w") as opened:
                opened.write(secrets.token_hex(32))
                opened.flush()
                os.fsync(opened.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()
    written = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{64}", written):
        raise LedgerError(
            f"{file} is damaged: put it back from a backup; no record can be compared without it."
        )
    return bytes.fromhex(written)


def _durable_sqlite(connection: Any, _record: Any) -> None:
    """WAL with a sync at every commit: an entry that was committed survives a power cut.

    ``isolation_level = None`` leaves BEGIN to us, who ask for the write lock at once.
    """
    connection.isolation_level = None
    for pragma in ("busy_timeout=60000", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # The switch to WAL does not wait for a lock as statements do, so first processes that meet try again.
    for attempt in stamina.retry_context(
        on=sqlite3.OperationalError, attempts=None, timeout=60.0, wait_max=0.5
    ):
        with attempt:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
