"""The ledger: adding entries to its chain, and reading them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.exc import DBAPIError

from panda_twenty.json_bytes import canonical, canonical_rows
from panda_twenty.ledger.bulk import add_rows, streamed
from panda_twenty.ledger.database import take_turn
from panda_twenty.ledger.sealing import SealError, seal, unseal
from panda_twenty.ledger.storage_trouble import storage_trouble
from panda_twenty.ledger.tables import entries, priors, record_events

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""

FIELD_HASH_BYTES = 8

WRITE_LOCK = 7261002011
"""PostgreSQL's number for the ledger's write lock, which is one per ledger: a database may hold several."""

_UNDO_KEY_ADVICE = (
    "The key lies in PANDA_TWENTY_HOME of the first machine; PANDA_TWENTY_UNDO_KEY or "
    "PANDA_TWENTY_UNDO_KEY_FILE give it to another. If it is lost for good, "
    "PANDA_TWENTY_UNDO_KEY_IS_NEW=true goes on with another one."
)


class LedgerError(Exception):
    """The ledger cannot be opened, written or believed."""


@contextmanager
def as_ledger_error(place: str) -> Iterator[None]:
    """Raise trouble of a database of ours as LedgerError with advice; a wrong statement stays as it is.

    ``place`` says at the beginning of a sentence what lies in the database.
    """
    try:
        yield
    except DBAPIError as problem:
        told = storage_trouble(problem, place)
        if told is None:
            raise
        raise LedgerError(told) from None


class RecordEvent(NamedTuple):
    """One record's part in an entry."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    action: str
    before_hash: str | None = None
    after_hash: str | None = None
    range_key: str | None = None
    patient_key: str | None = None
    """Source key of the patient whom the record belongs to."""
    stored_at: str | None = None
    """``updatedAt`` as Twenty answered it to the write: a later one means a change by somebody."""
    stored_hash: str | None = None
    """Keyed hash of what Twenty stored in the fields that were written to a record that stood before."""
    prior: Mapping[str, Any] | None = None
    """What stood in Twenty before, by column; kept sealed."""


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

    def __init__(self, engine: Engine, key: bytes, undo_key: bytes, actor: str, run_id: str | None = None):
        self.engine = engine
        self.actor = actor
        self.run_id = run_id
        # What a key costs is done once: copies of these take what is hashed.
        self._keyed_hash = hmac.new(key, digestmod=hashlib.sha256)
        self._chain_key = hmac.new(key, b"panda-twenty chain", hashlib.sha256).digest()
        field_key = hmac.new(key, b"panda-twenty fields", hashlib.sha256).digest()
        self._field_hash = hashlib.blake2b(digest_size=FIELD_HASH_BYTES, key=field_key)
        self._undo_key = undo_key
        self.has_turn = False
        """Whether a turn of :mod:`panda_twenty.ledger.turns` is going on."""
        self.undo_key_fits = False
        """Whether what is sealed now is known to open with the same key as what was sealed before."""
        self.owner: Mapping[str, str] = {}
        """The rows of ``settings`` that say whom the ledger belongs to, as they were found or made."""

    def close(self) -> None:
        self.engine.dispose()

    def keyed_hash(self, value: Any) -> str:
        """HMAC-SHA256 of a value under the practice's key, so that the ledger can compare without telling."""
        digest = self._keyed_hash.copy()
        digest.update(canonical(value))
        return digest.hexdigest()

    def field_hash(self, written: bytes) -> bytes:
        """Eight bytes of a keyed hash, for what is compared within one field of one record."""
        digest = self._field_hash.copy()
        digest.update(written)
        return digest.digest()

    def row_seal(self, *values: str) -> str:
        """HMAC over a row of a table beside the chain, so that a change of it from outside is told."""
        return hmac.new(self._chain_key, canonical(["row", *values]), hashlib.sha256).hexdigest()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the ledger's write lock from its start.

        Raises LedgerError where the ledger's database is full, held, damaged or gone; so does ``reading``.
        """
        with as_ledger_error("The ledger"), self.engine.begin() as connection:
            hold_write_lock(connection)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with as_ledger_error("The ledger"), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Like ``reading``, but every statement sees what the first one saw, whoever writes meanwhile."""
        with self.reading() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    def append(
        self,
        connection: Connection,
        kind: str,
        content: Mapping[str, Any],
        events: Sequence[RecordEvent] = (),
    ) -> int:
        """Add an entry inside a ``writing`` transaction and return its sequence number."""
        last = connection.execute(_LAST).first()
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
        if not self.undo_key_fits and any(each.prior is not None for each in events):
            self._check_undo_key(connection)
        rows, sealed = self._event_rows(sequence, events)
        row["hash"] = entry_hash(self._chain_key, row, rows)
        add_rows(connection, entries, [row])
        if rows:
            add_rows(connection, record_events, rows)
        if sealed:
            add_rows(connection, priors, sealed)
        return sequence

    def _event_rows(
        self, sequence: int, events: Sequence[RecordEvent]
    ) -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
        """Rows of ``record_events``, in the order of its columns, and of ``priors`` for an entry."""
        rows, sealed = [], []
        for place, each in enumerate(events):
            prior_hash = None
            if each.prior is not None:
                bound_to = _bound_to(sequence, place, each.object, each.twenty_id)
                content = seal(self._undo_key, canonical(each.prior), bound_to)
                prior_hash = self.sealed_hash(content)
                sealed.append({"sequence": sequence, "place": place, "sealed": content})
            rows.append(
                (
                    sequence,
                    place,
                    each.entity,
                    each.source_key,
                    each.object,
                    each.twenty_id,
                    each.range_key,
                    each.patient_key,
                    each.action,
                    each.before_hash,
                    each.after_hash,
                    prior_hash,
                    each.stored_at,
                    each.stored_hash,
                )
            )
        return rows, sealed

    def _check_undo_key(self, connection: Connection) -> None:
        """See that what is sealed now can be put back together with what was sealed before."""
        of_its_record = (priors.c.sequence == record_events.c.sequence) & (
            priors.c.place == record_events.c.place
        )
        newest = connection.execute(
            select(priors, record_events.c.object, record_events.c.twenty_id)
            .join(record_events, of_its_record)
            .order_by(priors.c.sequence.desc(), priors.c.place.desc())
            .limit(1)
        ).first()
        if newest is not None:
            self.opened(newest.sealed, newest.sequence, newest.place, newest.object, newest.twenty_id)
        self.undo_key_fits = True

    def sealed_hash(self, sealed: bytes) -> str:
        """What the chain keeps of prior values that are sealed."""
        return hmac.new(self._chain_key, sealed, hashlib.sha256).hexdigest()

    def opened(
        self, sealed: bytes, sequence: int, place: int, object_name: str, twenty_id: str
    ) -> dict[str, Any]:
        """The prior values in a row of ``priors``, by column. LedgerError where the key does not fit."""
        try:
            content = unseal(self._undo_key, sealed, _bound_to(sequence, place, object_name, twenty_id))
        except SealError:
            raise LedgerError(
                f"The prior values in entry {sequence} cannot be opened: give the undo.key with which they "
                "were kept, or run `panda-twenty audit verify` to see whether the ledger was altered. "
                f"{_UNDO_KEY_ADVICE}"
            ) from None
        found: dict[str, Any] = json.loads(content)
        return found

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
            for row in streamed(connection, query):
                yield _entry(row)

    def latest(self, kind: str) -> Entry | None:
        """The newest entry of a kind."""
        query = select(entries).where(entries.c.kind == kind).order_by(entries.c.sequence.desc()).limit(1)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _entry(row)

    def count(self) -> int:
        """How many entries there are."""
        with self.reading() as connection:
            return connection.execute(select(func.count()).select_from(entries)).scalar_one()

    def head(self) -> str:
        """The hash of the newest entry, which vouches for all before it."""
        with self.reading() as connection:
            found = connection.execute(
                select(entries.c.hash).order_by(entries.c.sequence.desc()).limit(1)
            ).scalar()
        return found or GENESIS

    def signed_newest(self, connection: Connection) -> bool:
        """Whether the newest entry, if there is one, was signed with this key."""
        newest = connection.execute(select(entries).order_by(entries.c.sequence.desc()).limit(1)).first()
        if newest is None:
            return True
        of_it = select(record_events).where(record_events.c.sequence == newest.sequence)
        return self.is_signed(newest, connection.execute(of_it.order_by(record_events.c.place)).all())

    def is_signed(self, entry: Row[Any], events: Sequence[Row[Any]]) -> bool:
        """Whether this row of ``entries``, with its rows of ``record_events``, is as it was written."""
        signature: str = entry.hash
        rows = [tuple(each) for each in events]
        return entry_hash(self._chain_key, dict(entry._mapping), rows) == signature


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.sequence, row.at, row.actor, row.run_id, row.kind, json.loads(row.content), row.hash)


def _bound_to(sequence: int, place: int, object_name: str, twenty_id: str) -> bytes:
    """What a sealed prior belongs to: moved to another record or entry, it no longer opens."""
    return canonical([sequence, place, object_name, twenty_id])


def entry_hash(key: bytes, row: Mapping[str, Any], events: Sequence[tuple[Any, ...]]) -> str:
    """HMAC-SHA256 over an entry's own columns, the hash before it and its record events in order.

    ``events`` are rows of ``record_events``. Keyed, so that who holds the ledger's file but not the
    practice's key cannot write the chain anew.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256)
    digest.update(canonical(_HASHED_OF_ENTRY(row)))
    # All but the sequence, which the entry has.
    digest.update(b"".join(canonical_rows([each[1:] for each in events])))
    return digest.hexdigest()


_LAST = select(entries.c.sequence, entries.c.hash).order_by(entries.c.sequence.desc()).limit(1)
"""Made once: to make a query takes longer than to ask it."""

_HASHED_OF_ENTRY = itemgetter("sequence", "at", "actor", "run_id", "kind", "content", "previous_hash")


def now() -> str:
    """This moment, as the ledger keeps it."""
    return as_kept(datetime.now(UTC))


def as_kept(moment: datetime) -> str:
    """A moment in UTC as text of which the order is that of time."""
    return moment.isoformat(timespec="milliseconds")


def hold_write_lock(connection: Connection) -> None:
    """Be the only writer of this ledger until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        take_turn(connection, WRITE_LOCK, table=entries.name)
