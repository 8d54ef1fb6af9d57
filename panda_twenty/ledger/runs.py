"""Which runs wrote to the ledger, and when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import entries


@dataclass(frozen=True)
class RunTimes:
    """One run: its id in Dagster (None for a command), first and last entry (UTC), and how many."""

    run_id: str | None
    first: str
    last: str
    entries: int


def run_times(ledger: Ledger) -> list[RunTimes]:
    """Every run, in the order of its first entry."""
    query = select(entries.c.run_id, func.min(entries.c.at), func.max(entries.c.at), func.count()).group_by(
        entries.c.run_id
    )
    with ledger.reading() as connection:
        found = [RunTimes(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda run: run.first)
