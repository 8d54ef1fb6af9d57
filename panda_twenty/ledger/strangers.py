"""Records in Twenty that this ledger did not write, and records that it wrote and that are gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, select

from panda_twenty.ledger.bulk import chunks, rows_of_keys, streamed
from panda_twenty.ledger.ledger import Ledger, RecordEvent
from panda_twenty.ledger.state import STANDING
from panda_twenty.ledger.tables import entries, records, strangers


def known_ids(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    """Which of these ids the ledger has records under."""
    found: set[str] = set()
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(records.c.twenty_id).where(
                records.c.object == object_name, records.c.twenty_id.in_(chunk)
            )
            found.update(connection.execute(query).scalars())
    return frozenset(found)


def stranger_ids(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    """Which of these ids stood in Twenty, unwritten by us, when it was last surveyed."""
    with ledger.reading() as connection:
        return frozenset(
            row[0]
            for row in rows_of_keys(
                connection, _STRANGERS, twenty_ids, any_there=_ANY_STRANGER, object=object_name
            )
        )


_OF_THE_OBJECT = select(strangers.c.twenty_id).where(strangers.c.object == bindparam("object"))
_STRANGERS = _OF_THE_OBJECT.where(strangers.c.twenty_id.in_(bindparam("keys", expanding=True)))
_ANY_STRANGER = _OF_THE_OBJECT.limit(1)


def count_strangers(ledger: Ledger, object_name: str) -> int:
    query = select(func.count()).select_from(strangers).where(strangers.c.object == object_name)
    with ledger.reading() as connection:
        return connection.execute(query).scalar_one()


def keep_strangers(ledger: Ledger, object_name: str, twenty_ids: Collection[str]) -> None:
    """Remember which records of an object are not ours, in place of what was remembered before."""
    with ledger.writing() as connection:
        connection.execute(delete(strangers).where(strangers.c.object == object_name))
        if twenty_ids:
            connection.execute(
                insert(strangers), [{"object": object_name, "twenty_id": each} for each in sorted(twenty_ids)]
            )
        ledger.append(
            connection,
            "survey",
            {
                "object": object_name,
                "not_ours": len(twenty_ids),
                "ids": ledger.keyed_hash(sorted(twenty_ids)),
            },
        )


class RecordPlace(NamedTuple):
    """Which source row a record in Twenty is of, and in which range that was read."""

    entity: str
    source_key: str
    range_key: str


def places_of(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> dict[str, RecordPlace]:
    """Where the records of these ids come from, by id; those that the ledger does not know are left out."""
    found: dict[str, RecordPlace] = {}
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(
                records.c.twenty_id, records.c.entity, records.c.source_key, records.c.range_key
            ).where(records.c.object == object_name, records.c.twenty_id.in_(chunk))
            for row in connection.execute(query):
                found[row.twenty_id] = RecordPlace(row.entity, row.source_key, row.range_key)
    return found


def forget_destroyed(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> list[RecordPlace]:
    """Forget these records, which are no longer in Twenty, so that they are sent again. Returns which."""
    gone = places_of(ledger, object_name, twenty_ids)
    for chunk in chunks(sorted(gone), GONE_IN_AN_ENTRY):
        _forget(ledger, object_name, and_(records.c.object == object_name, records.c.twenty_id.in_(chunk)))
    return list(gone.values())


GONE_IN_AN_ENTRY = 1_000
"""Records that are forgotten in one transaction, so that nobody waits long for the ledger meanwhile."""


def forget_the_gone(ledger: Ledger, object_name: str, standing: Collection[str]) -> int:
    """Forget records that are no longer in Twenty, so that they are sent again. Returns how many.

    ``standing`` has the ids of ours that are. What is forgotten is written down. Cut off, it has forgotten
    a part; the next survey finds the rest.
    """
    here = and_(records.c.object == object_name, STANDING)
    gone: dict[str, list[str]] = {}
    with ledger.snapshot() as connection:
        newest = connection.execute(select(func.max(entries.c.sequence))).scalar_one() or 0
        query = select(records.c.entity, records.c.source_key, records.c.twenty_id).where(here)
        for row in streamed(connection, query):
            if row.twenty_id not in standing:
                gone.setdefault(row.entity, []).append(row.source_key)
    forgotten = 0
    for entity, keys in gone.items():
        for chunk in chunks(keys, GONE_IN_AN_ENTRY):
            # Without those that somebody has written, or forgotten, since.
            these = and_(
                here,
                records.c.entity == entity,
                records.c.source_key.in_(chunk),
                records.c.sequence <= newest,
            )
            forgotten += _forget(ledger, object_name, these)
    return forgotten


def _forget(ledger: Ledger, object_name: str, these: ColumnElement[bool]) -> int:
    with ledger.writing() as connection:
        query = select(
            records.c.entity, records.c.source_key, records.c.twenty_id, records.c.content_hash
        ).where(these)
        events = [
            RecordEvent(row.entity, row.source_key, object_name, row.twenty_id, "gone", row.content_hash)
            for row in connection.execute(query)
        ]
        if events:
            ledger.append(connection, "gone", {"object": object_name, "records": len(events)}, events)
            connection.execute(delete(records).where(these))
    return len(events)
