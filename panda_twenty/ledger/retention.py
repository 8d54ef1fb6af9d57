"""How long prior values are kept. They alone hold values; the chain holds hashes and is kept for good.

The chain vouches for the hash of each sealed prior, so throwing the sealed bytes away breaks no link; an
entry says up to where that was done, and ``audit verify`` takes a missing prior after it for an alteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select

from panda_twenty.ledger.chain import RETENTION
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import entries, priors


@dataclass(frozen=True)
class Due:
    """Prior values whose time is over."""

    years: int
    before: str
    """The day (UTC) before which they were kept."""
    through: int
    """The newest entry of that time; 0 for none."""
    priors: int


def due_priors(ledger: Ledger, years: int, today: datetime | None = None) -> Due:
    """What may go after so many years."""
    day = _years_before((today or datetime.now(UTC)).astimezone(UTC), years).date().isoformat()
    with ledger.reading() as connection:
        through = connection.execute(
            select(func.max(entries.c.sequence)).where(entries.c.at < day)
        ).scalar_one()
        found = connection.execute(
            select(func.count()).select_from(priors).where(priors.c.sequence <= (through or 0))
        ).scalar_one()
    return Due(years, day, through or 0, found)


def purge_priors(ledger: Ledger, due: Due) -> None:
    """Throw these prior values away, and account for it. What they belonged to cannot be undone any more."""
    with ledger.writing() as connection:
        ledger.append(
            connection, RETENTION, {"through": due.through, "priors": due.priors, "years": due.years}
        )
        connection.execute(delete(priors).where(priors.c.sequence <= due.through))


def _years_before(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        # The 29th of February, in a year without one.
        return moment.replace(year=moment.year - years, day=28)
