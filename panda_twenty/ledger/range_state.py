"""What the ledger knows of one route's records in one range."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from panda_twenty.ledger.bulk import chunks
from panda_twenty.ledger.cutover_tables import gone_rows
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import STANDING, KnownRecord
from panda_twenty.ledger.tables import entries, quarantine, records, refusals


def keys_written_since(ledger: Ledger, identity: str, object_name: str, range_key: str, at: str) -> list[str]:
    """Source keys of the records of a range that were written at this moment or later."""
    query = (
        select(records.c.source_key)
        .join(entries, entries.c.sequence == records.c.sequence)
        .where(
            records.c.object == object_name,
            records.c.range_key == range_key,
            records.c.entity == identity,
            entries.c.at >= at,
        )
        .order_by(records.c.source_key)
    )
    with ledger.reading() as connection:
        return list(connection.execute(query).scalars())


def standing_records(ledger: Ledger, identity: str, object_name: str, range_key: str) -> list[KnownRecord]:
    """The records of a range that stand in Twenty, by source key."""
    query = select(records).where(
        records.c.object == object_name,
        records.c.range_key == range_key,
        records.c.entity == identity,
        STANDING,
    )
    with ledger.reading() as connection:
        return [
            KnownRecord(row.entity, row.source_key, row.object, row.twenty_id, row.state, row.content_hash)
            for row in connection.execute(query.order_by(records.c.source_key))
        ]


def count_standing(ledger: Ledger, identity: str, object_name: str, range_key: str) -> int:
    """How many records of a range stand in Twenty."""
    query = (
        select(func.count())
        .select_from(records)
        .where(
            records.c.object == object_name,
            records.c.range_key == range_key,
            records.c.entity == identity,
            STANDING,
        )
    )
    with ledger.reading() as connection:
        return int(connection.execute(query).scalar_one())


def count_records(ledger: Ledger, identity: str, object_name: str, range_key: str, gone_hash: str) -> int:
    """How many rows of a range the ledger knows, in Twenty or in quarantine, without those that are gone.

    ``gone_hash`` is what the ledger has as content of a record whose row is gone.
    """
    here = (records.c.object == object_name, records.c.range_key == range_key, records.c.entity == identity)
    known_to_be_gone = select(gone_rows.c.source_key).where(gone_rows.c.entity == identity)
    standing = select(records.c.source_key).where(
        *here,
        STANDING,
        records.c.content_hash.is_distinct_from(gone_hash),
        records.c.source_key.not_in(known_to_be_gone),
    )
    held_back = select(quarantine.c.source_key).where(
        quarantine.c.entity == identity, quarantine.c.range_key == range_key
    )
    query = select(func.count()).select_from(standing.union(held_back).subquery())
    with ledger.reading() as connection:
        return int(connection.execute(query).scalar_one())


def count_quarantined(ledger: Ledger, identity: str, range_key: str) -> int:
    """How many records of a range are in quarantine."""
    query = select(func.count()).where(quarantine.c.entity == identity, quarantine.c.range_key == range_key)
    with ledger.reading() as connection:
        return int(connection.execute(query).scalar_one())


def quarantined_in(ledger: Ledger, identity: str, range_key: str) -> list[str]:
    """Source keys of the records of a range that are in quarantine, in order."""
    query = select(quarantine.c.source_key).where(
        quarantine.c.entity == identity, quarantine.c.range_key == range_key
    )
    with ledger.reading() as connection:
        return sorted(connection.execute(query).scalars())


def identities_without_parent(ledger: Ledger, range_key: str) -> frozenset[str]:
    """The kinds of records of which a range holds any back until a record that they name is in Twenty."""
    query = (
        select(quarantine.c.entity)
        .where(quarantine.c.range_key == range_key, quarantine.c.code == "missing_parent")
        .distinct()
    )
    with ledger.reading() as connection:
        return frozenset(connection.execute(query).scalars())


def forget_quarantined(ledger: Ledger, identity: str, range_key: str, but_not: set[str]) -> int:
    """Take those out of a range's quarantine whose rows are not there any more. Returns how many."""
    query = select(quarantine.c.source_key).where(
        quarantine.c.entity == identity, quarantine.c.range_key == range_key
    )
    with ledger.writing() as connection:
        gone = sorted(set(connection.execute(query).scalars()) - but_not)
        for table in (quarantine, refusals):
            for chunk in chunks(gone):
                chosen = table.c.source_key.in_(chunk)
                connection.execute(delete(table).where(table.c.entity == identity, chosen))
        if gone:
            ledger.append(connection, "quarantine_left", {"entity": identity, "keys": gone})
    return len(gone)
