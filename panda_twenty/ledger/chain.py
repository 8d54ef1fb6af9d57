"""Checking the chain of a ledger, link by link."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from panda_twenty.ledger.bulk import streamed
from panda_twenty.ledger.ledger import GENESIS, Ledger
from panda_twenty.ledger.tables import entries, priors, record_events, records
from panda_twenty.progress import Step, announce

ENTRIES_OF_A_STEP = 2_000
"""How often a check of the chain tells how far it is."""

RETENTION = "retention"
"""Kind of the entries that say up to which entry prior values were thrown away."""


def broken_links(ledger: Ledger) -> Iterator[str]:
    """A sentence for every entry that was altered, removed or put in; none for a sound chain.

    Announces how far it is. Whether the tables beside the chain agree with it is for
    :mod:`panda_twenty.ledger.derived` to say.
    """
    expected, previous = 1, GENESIS
    with ledger.snapshot() as connection:
        purged = _purged_through(connection)
        last = connection.execute(select(func.max(entries.c.sequence))).scalar_one()
        for row in streamed(connection, select(entries).order_by(entries.c.sequence)):
            if row.sequence != expected:
                yield f"Entry {expected} is missing; entry {row.sequence} follows."
            if row.previous_hash != previous:
                yield f"Entry {row.sequence} does not follow the entry before it."
            rows = connection.execute(
                select(record_events)
                .where(record_events.c.sequence == row.sequence)
                .order_by(record_events.c.place)
            ).all()
            if not ledger.is_signed(row, rows):
                yield f"Entry {row.sequence} was altered after it was written."
            if any(each.prior_hash for each in rows):
                yield from _broken_priors(ledger, connection, row.sequence, rows, purged)
            expected, previous = row.sequence + 1, row.hash
            if row.sequence % ENTRIES_OF_A_STEP == 0:
                announce(Step("ledger", row.sequence, last, f"entry {row.sequence:,} of {last:,}"))
        stray = connection.execute(
            select(func.count())
            .select_from(record_events.outerjoin(entries, record_events.c.sequence == entries.c.sequence))
            .where(entries.c.sequence.is_(None))
        ).scalar_one()
        loose = connection.execute(
            select(func.count())
            .select_from(
                priors.outerjoin(
                    record_events,
                    (priors.c.sequence == record_events.c.sequence)
                    & (priors.c.place == record_events.c.place),
                )
            )
            .where(record_events.c.prior_hash.is_(None))
        ).scalar_one()
        newest = connection.execute(select(func.max(records.c.sequence))).scalar_one() or 0
    if stray:
        yield f"{stray} record events belong to no entry."
    if loose:
        yield f"{loose} prior values belong to no record event."
    if newest >= expected:
        yield f"Entries from {expected} on are missing; there are records that entry {newest} wrote."


def _broken_priors(
    ledger: Ledger, connection: Connection, sequence: int, rows: Sequence[Row[Any]], purged: int
) -> Iterator[str]:
    """Prior values that were altered, or are missing although their time is not over."""
    found = {
        each.place: each.sealed
        for each in connection.execute(select(priors).where(priors.c.sequence == sequence))
    }
    for row in rows:
        if row.prior_hash is None:
            continue
        sealed = found.get(row.place)
        if sealed is None and sequence > purged:
            yield f"Entry {sequence}: the prior values of its record {row.place} are missing."
        elif sealed is not None and ledger.sealed_hash(sealed) != row.prior_hash:
            yield f"Entry {sequence}: the prior values of its record {row.place} were altered."


def _purged_through(connection: Connection) -> int:
    """The newest entry whose prior values were thrown away because their time was over; 0 for none."""
    contents = connection.execute(select(entries.c.content).where(entries.c.kind == RETENTION)).scalars()
    return max((_through(content) for content in contents), default=0)


def _through(content: str) -> int:
    """The number in a retention entry; 0 where somebody has made it unreadable, which the chain tells."""
    try:
        return int(json.loads(content)["through"])
    except (ValueError, KeyError, TypeError):
        return 0
