"""What we last wrote into each field of each record, as eight bytes of a keyed hash, to tell later edits by.

A record has one row: the hashes of its columns one after the other, in the order of its layout. Beside what
the source said (``sent``) stands what Twenty made of it (``stored``), where that is something else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from panda_twenty.json_bytes import canonical
from panda_twenty.ledger.actions import INTENDED, PENDING
from panda_twenty.ledger.bulk import chunks, put_rows
from panda_twenty.ledger.cutover_tables import conflicts, field_hashes, field_layouts
from panda_twenty.ledger.ledger import FIELD_HASH_BYTES, Ledger, now
from panda_twenty.ledger.state import Delivery
from panda_twenty.ledger.tables import record_events, refused_intents

BYTES = FIELD_HASH_BYTES
NOTHING = bytes(BYTES)
"""What stands for a field that holds nothing."""


@dataclass(frozen=True)
class FieldHashes:
    """By column: what the source last said and what Twenty had stored of it."""

    sent: Mapping[str, bytes]
    stored: Mapping[str, bytes]
    stored_at: str | None = None
    """``updatedAt`` as Twenty answered it to our last write."""
    is_unsettled: bool = False
    """Whether a later write of ours, or a rollback, was cut off: what it changed is not somebody's edit."""


def short_hash(ledger: Ledger, value: Any) -> bytes:
    """Eight bytes of a keyed hash; of nothing, eight zeros."""
    if value is None:
        return NOTHING
    return ledger.field_hash(canonical(value))


@dataclass(frozen=True, slots=True)
class JoinedHashes:
    """What was just written into one record: the hashes of ``columns``, one after the other."""

    columns: tuple[str, ...]
    """In the order of their names."""
    sent: bytes
    stored: bytes | None
    """Where Twenty made something else of it."""


def keep_field_hashes(
    connection: Connection, deliveries: Sequence[Delivery], hashes: Sequence[JoinedHashes], sequence: int
) -> None:
    """Remember what stands in these records, which entry ``sequence`` settles, in its transaction."""
    if not hashes:
        return
    layouts: dict[str, str] = {}
    rows = []
    columns: tuple[str, ...] | None = None
    for each, found in zip(deliveries, hashes, strict=True):
        if found.columns is not columns:
            # Records of one route share it; its two hundred names are not hashed for each of them.
            columns = found.columns
            layout, text = _layout(columns)
            layouts[layout] = text
        rows.append((each.entity, each.source_key, sequence, layout, found.sent, found.stored))
    put_rows(connection, field_layouts, list(layouts.items()), ("layout",))
    put_rows(connection, field_hashes, rows, ("entity", "source_key"))


@lru_cache(maxsize=256)
def _layout(columns: tuple[str, ...]) -> tuple[str, str]:
    """What these columns are called in ``field_layouts``, and how they stand there."""
    text = json.dumps(columns)
    return hashlib.sha256(text.encode()).hexdigest()[:32], text


def carry_over(connection: Connection, deliveries: Sequence[Delivery], sequence: int) -> None:
    """Let the hashes of these records count on, although entry ``sequence`` writes another field of them."""
    for each in deliveries:
        connection.execute(
            update(field_hashes)
            .where(field_hashes.c.entity == each.entity, field_hashes.c.source_key == each.source_key)
            .values(sequence=sequence)
        )


def known_field_hashes(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, FieldHashes]:
    """What we last wrote, by source key; records that an undo has touched since are left out."""
    found: dict[str, FieldHashes] = {}
    with ledger.reading() as connection:
        layouts = {row.layout: json.loads(row.columns) for row in connection.execute(select(field_layouts))}
        for chunk in chunks(keys):
            written = (
                select(
                    record_events.c.source_key,
                    record_events.c.sequence,
                    record_events.c.stored_at,
                    record_events.c.action,
                )
                .where(
                    record_events.c.entity == entity,
                    record_events.c.source_key.in_(chunk),
                    record_events.c.action != "taken_over",
                )
                .order_by(record_events.c.sequence)
            )
            events = connection.execute(written).all()
            newest = {row.source_key: row for row in events if row.action not in (*INTENDED, *PENDING)}
            answered = select(refused_intents.c.source_key, refused_intents.c.sequence).where(
                refused_intents.c.entity == entity, refused_intents.c.source_key.in_(chunk)
            )
            refused = {(row.source_key, row.sequence) for row in connection.execute(answered)}
            intended = {
                row.source_key: row.sequence
                for row in events
                if row.action in (*INTENDED, *PENDING) and (row.source_key, row.sequence) not in refused
            }
            query = select(field_hashes).where(
                field_hashes.c.entity == entity, field_hashes.c.source_key.in_(chunk)
            )
            for row in connection.execute(query):
                last = newest.get(row.source_key)
                if last is not None and last.sequence == row.sequence:
                    columns = layouts[row.layout]
                    found[row.source_key] = FieldHashes(
                        _apart(columns, row.sent),
                        _apart(columns, row.stored or row.sent),
                        last.stored_at,
                        is_unsettled=intended.get(row.source_key, 0) > row.sequence,
                    )
    return found


def contents_on_their_way(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, set[str]]:
    """Of records that were sent and of which no outcome tells: the content of each sending, by source key."""
    found: dict[str, set[str]] = {}
    with ledger.reading() as connection:
        for chunk in chunks(keys):
            query = (
                select(record_events.c.source_key, record_events.c.action, record_events.c.after_hash)
                .where(record_events.c.entity == entity, record_events.c.source_key.in_(chunk))
                .order_by(record_events.c.sequence)
            )
            for row in connection.execute(query):
                if row.action in INTENDED:
                    found.setdefault(row.source_key, set()).add(row.after_hash)
                else:
                    found.pop(row.source_key, None)
    return found


def _apart(columns: Sequence[str], joined: bytes) -> dict[str, bytes]:
    return {column: joined[place * BYTES : (place + 1) * BYTES] for place, column in enumerate(columns)}


@dataclass(frozen=True)
class FieldEdit:
    """A field that somebody changed in Twenty after we wrote it. Holds hashes, no values."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    range_key: str
    field: str
    kind: str
    """``kept`` while the source says what it said; ``conflict`` where it changed as well."""
    winner: str
    """``source`` or ``twenty``."""
    source_hash: str
    twenty_hash: str


def keep_edits(ledger: Ledger, connection: Connection, edits: Sequence[FieldEdit]) -> None:
    """Note edits of records that an update met, each once, with who won."""
    if not edits:
        return
    at = now()
    rows = [{**each.__dict__, "run_id": ledger.run_id, "at": at} for each in edits]
    put_rows(connection, conflicts, rows, ("entity", "source_key", "field"))
    ledger.append(
        connection,
        "edits_in_twenty",
        {
            "object": edits[0].object,
            "fields": [[each.entity, each.source_key, each.field, each.kind, each.winner] for each in edits],
        },
    )


def forget_edits(connection: Connection, entity: str, keys: Sequence[str]) -> None:
    """Forget the edits left standing in records that are written again; those met are kept anew."""
    for chunk in chunks(keys):
        connection.execute(
            delete(conflicts).where(
                conflicts.c.entity == entity,
                conflicts.c.source_key.in_(chunk),
                conflicts.c.winner == "twenty",
            )
        )


def kept_edits(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Id and field of what somebody edited in Twenty and we left as it is: no difference of ours."""
    found: set[tuple[str, str]] = set()
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(conflicts.c.twenty_id, conflicts.c.field).where(
                conflicts.c.object == object_name,
                conflicts.c.twenty_id.in_(chunk),
                conflicts.c.winner == "twenty",
            )
            found.update((row.twenty_id, row.field) for row in connection.execute(query))
    return frozenset(found)


def edits_by_object(ledger: Ledger) -> dict[str, dict[str, int]]:
    """How many fields of each object were kept as edited, and how many are in conflict."""
    query = select(conflicts.c.object, conflicts.c.kind, func.count()).group_by(
        conflicts.c.object, conflicts.c.kind
    )
    found: dict[str, dict[str, int]] = {}
    with ledger.reading() as connection:
        for object_name, kind, count in connection.execute(query):
            found.setdefault(object_name, {})[kind] = count
    return found


def edits(ledger: Ledger) -> list[dict[str, str]]:
    """Every field on the list, newest first: record, field, hashes, when, and who won."""
    with ledger.reading() as connection:
        rows = connection.execute(select(conflicts).order_by(conflicts.c.at.desc(), conflicts.c.source_key))
        return [dict(row._mapping) for row in rows]
