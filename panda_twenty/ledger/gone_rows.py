"""Records whose rows are no longer in the source: what was done about each, for the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from sqlalchemy import delete, select

from panda_twenty.ledger.bulk import chunks, put_rows
from panda_twenty.ledger.cutover_tables import gone_rows
from panda_twenty.ledger.ledger import Ledger, now
from panda_twenty.ledger.state import KnownRecord

Done = Literal["marked", "hidden", "left"]


def keep_gone(ledger: Ledger, records: Sequence[KnownRecord], range_key: str, done: Done) -> None:
    """Remember that the rows of these records are gone, and what was done about it."""
    if not records:
        return
    at = now()
    rows = [
        {
            "entity": each.entity,
            "source_key": each.source_key,
            "object": each.object,
            "twenty_id": each.twenty_id,
            "range_key": range_key,
            "done": done,
            "at": at,
        }
        for each in records
    ]
    with ledger.writing() as connection:
        put_rows(connection, gone_rows, rows, ("entity", "source_key"))
        ledger.append(
            connection,
            "gone_from_source",
            {"entity": records[0].entity, "done": done, "keys": [each.source_key for each in records]},
        )


def gone_keys(ledger: Ledger, identity: str, range_key: str) -> frozenset[str]:
    """Source keys of the records of a range that are known to be gone."""
    query = select(gone_rows.c.source_key).where(
        gone_rows.c.entity == identity, gone_rows.c.range_key == range_key
    )
    with ledger.reading() as connection:
        return frozenset(connection.execute(query).scalars())


def any_gone(ledger: Ledger, identity: str) -> bool:
    """Whether any record of this kind is known to be gone."""
    query = select(gone_rows.c.source_key).where(gone_rows.c.entity == identity).limit(1)
    with ledger.reading() as connection:
        return connection.execute(query).first() is not None


def gone_ids(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    """Which of these records are known to be gone from the source."""
    found: set[str] = set()
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(gone_rows.c.twenty_id).where(
                gone_rows.c.object == object_name,
                gone_rows.c.twenty_id.in_(chunk),
            )
            found.update(connection.execute(query).scalars())
    return frozenset(found)


def gone_but_visible(ledger: Ledger, object_name: str) -> list[str]:
    """Ids of the records of an object that stand in Twenty although their rows are gone, in order."""
    query = select(gone_rows.c.twenty_id).where(
        gone_rows.c.object == object_name, gone_rows.c.done != "hidden"
    )
    with ledger.reading() as connection:
        return sorted(set(connection.execute(query).scalars()))


def forget_returned(ledger: Ledger, identity: str, keys: Collection[str]) -> int:
    """Take rows off the list that are in the source again. Returns how many."""
    known = select(gone_rows.c.source_key).where(gone_rows.c.entity == identity)
    with ledger.reading() as connection:
        back = sorted(set(connection.execute(known).scalars()) & set(keys))
    if back:
        with ledger.writing() as connection:
            for chunk in chunks(back):
                chosen = gone_rows.c.source_key.in_(chunk)
                connection.execute(delete(gone_rows).where(gone_rows.c.entity == identity, chosen))
            ledger.append(connection, "back_in_source", {"entity": identity, "keys": back})
    return len(back)


@dataclass(frozen=True)
class GoneRow:
    """A record whose row is no longer in the source, by keys and ids only."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    done: Done
    at: str


def gone_from_source(ledger: Ledger) -> list[GoneRow]:
    """The records that have no row in the source any more, by entity and key."""
    names = [each.name for each in fields(GoneRow)]
    query = select(*(gone_rows.c[name] for name in names)).order_by(
        gone_rows.c.entity, gone_rows.c.source_key
    )
    with ledger.reading() as connection:
        return [GoneRow(*row) for row in connection.execute(query)]
