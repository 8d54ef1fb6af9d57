"""What Twenty refused, by content: the same content is not sent again until somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Table, bindparam, delete, exists, func, select

from panda_twenty.ledger.bulk import put_rows, rows_of_keys
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import quarantine, records, refusals, refused_intents


def refused_before(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, str]:
    """The keyed hash of the content that Twenty refused, for those of these source keys that it did."""
    with ledger.reading() as connection:
        return dict(rows_of_keys(connection, _REFUSED, keys, any_there=_ANY_REFUSED, entity=entity))


_OF_THE_ENTITY = select(refusals.c.source_key, refusals.c.content_hash).where(
    refusals.c.entity == bindparam("entity")
)
_REFUSED = _OF_THE_ENTITY.where(refusals.c.source_key.in_(bindparam("keys", expanding=True)))
_ANY_REFUSED = _OF_THE_ENTITY.limit(1)


def count_refused(ledger: Ledger, entity: str) -> int:
    """How many records of this entity Twenty refused and would not be sent again as they are."""
    query = select(func.count()).where(refusals.c.entity == entity)
    with ledger.reading() as connection:
        return int(connection.execute(query).scalar_one())


def count_tried(ledger: Ledger, entity: str) -> int:
    """How many records of this entity were ever sent to Twenty, those that it refused included.

    What a rollback took back does not count.
    """
    # A record whose file was refused was never sent itself.
    return _count_with_records(ledger, entity, refusals)


def count_held_back(ledger: Ledger, entity: str, but_for: Collection[str]) -> int:
    """How many records of this entity are in quarantine, for other reasons than these codes."""
    query = select(func.count()).where(quarantine.c.entity == entity, quarantine.c.code.not_in(but_for))
    with ledger.reading() as connection:
        return int(connection.execute(query).scalar_one())


def count_known(ledger: Ledger, entity: str) -> int:
    """How many records of this entity were ever sent to Twenty or are in quarantine."""
    return _count_with_records(ledger, entity, quarantine)


def _count_with_records(ledger: Ledger, entity: str, others: Table) -> int:
    """The entity's records, and those rows of another table of it that have no record."""
    sent = select(func.count()).where(records.c.entity == entity).scalar_subquery()
    has_record = exists().where(
        records.c.entity == others.c.entity, records.c.source_key == others.c.source_key
    )
    without = select(func.count()).where(others.c.entity == entity, ~has_record).scalar_subquery()
    with ledger.reading() as connection:
        return int(connection.execute(select(sent + without)).scalar_one())


def remember_refusals(ledger: Ledger, entity: str, hashes: Mapping[str, str]) -> None:
    """Remember what Twenty refused: source key to the keyed hash of the content."""
    rows = [
        {"entity": entity, "source_key": key, "content_hash": content_hash}
        for key, content_hash in hashes.items()
    ]
    if rows:
        with ledger.writing() as connection:
            put_rows(connection, refusals, rows, ("entity", "source_key"))


def note_refused_intent(ledger: Ledger, entity: str, keys: Sequence[str], intent: int) -> None:
    """Note that Twenty refused these records as this intent had them.

    Without that an intent that has no outcome may have been carried out, its answer lost.
    """
    rows = [{"entity": entity, "source_key": key, "sequence": intent} for key in keys]
    with ledger.writing() as connection:
        put_rows(connection, refused_intents, rows, ("entity", "source_key"))


def forget_refusals(ledger: Ledger, entity: str | None = None) -> list[str]:
    """Let quarantined records (of one entity) be tried again. Returns the ranges that hold any, in order."""
    of_entity = [] if entity is None else [quarantine.c.entity == entity]
    with ledger.writing() as connection:
        connection.execute(delete(refusals).where(*([] if entity is None else [refusals.c.entity == entity])))
        ranges = connection.execute(
            select(quarantine.c.range_key).where(*of_entity).distinct().order_by(quarantine.c.range_key)
        ).scalars()
        found = list(ranges)
        held = connection.execute(select(func.count()).select_from(quarantine).where(*of_entity)).scalar_one()
        ledger.append(connection, "retry", {"entity": entity, "records": held, "ranges": found})
    return found
