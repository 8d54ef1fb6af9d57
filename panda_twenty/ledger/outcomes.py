"""The newest counts per route and range, and what they add up to per object."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from panda_twenty.ledger.ledger import Ledger, now
from panda_twenty.ledger.tables import outcomes
from panda_twenty.ledger.taken_back import forget_taken_back

SAMPLE = "sample"
"""The range key of the sample: patients picked out of all ranges, to be looked over first."""

LOADED = ("source", "created", "updated", "unchanged", "quarantined")
VERIFIED = ("verified", "different", "missing")


@dataclass(frozen=True)
class Outcome:
    """Counts of one Twenty object over all its routes and ranges."""

    object: str
    source: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    verified: int = 0
    different: int = 0
    missing: int = 0

    @property
    def adds_up(self) -> bool:
        went = self.created + self.updated + self.unchanged + self.quarantined
        checked = self.verified + self.different + self.missing + self.quarantined
        return self.source == went == checked

    @property
    def is_well(self) -> bool:
        return self.adds_up and not self.different and not self.missing


def keep_loaded(
    ledger: Ledger, route: str, range_key: str, object_name: str, counts: Mapping[str, int]
) -> None:
    """Account for a load that has ended. What was verified before it no longer counts."""
    _keep(ledger, route, range_key, object_name, "loaded", counts, {})


def keep_verified(
    ledger: Ledger,
    route: str,
    range_key: str,
    object_name: str,
    counts: Mapping[str, int],
    details: Mapping[str, Any] | None = None,
    at: str | None = None,
) -> None:
    """Account for a verification that has ended; ``details`` are its counts by field, for the report.

    ``at`` is when it began, if not now: a row that changed since then may have been read before it did.
    """
    _keep(ledger, route, range_key, object_name, "verified", counts, details or {}, at)


def forget_verified(ledger: Ledger, route: str, range_key: str) -> None:
    """What was verified of this range does not count any more: something is about to be written to it.

    A load that is killed afterwards must not leave behind what was true before it.
    """
    here = (outcomes.c.route == route) & (outcomes.c.range_key == range_key)
    with ledger.writing() as connection:
        connection.execute(
            update(outcomes).where(here, outcomes.c.verified.is_not(None)).values(verified=None, details="{}")
        )


def keep_delivered(ledger: Ledger, route: str, range_key: str, counts: Mapping[str, int]) -> None:
    """Account for some patients of a range that were loaded and verified: what that makes of the range.

    When the range was last loaded and verified as a whole stays as it was.
    """
    loaded = {name: counts[name] for name in LOADED}
    verified = {name: counts[name] for name in ("source", *VERIFIED)}
    here = (outcomes.c.route == route) & (outcomes.c.range_key == range_key)
    with ledger.writing() as connection:
        for kind, told in (("loaded", loaded), ("verified", verified)):
            ledger.append(connection, f"{kind}_range", {"route": route, "range": range_key, "counts": told})
        values = {"loaded": json.dumps(loaded), "verified": json.dumps(verified), "run_id": ledger.run_id}
        connection.execute(update(outcomes).where(here).values(**values))


def _keep(
    ledger: Ledger,
    route: str,
    range_key: str,
    object_name: str,
    kind: str,
    counts: Mapping[str, int],
    details: Mapping[str, Any],
    at: str | None = None,
) -> None:
    values = {
        "object": object_name,
        "run_id": ledger.run_id,
        "at": at or now(),
        kind: json.dumps(dict(counts)),
        "details": json.dumps(dict(details)),
    }
    if kind == "loaded":
        values["verified"] = None
    with ledger.writing() as connection:
        if kind == "loaded":
            forget_taken_back(connection, route, range_key)
        ledger.append(
            connection, f"{kind}_range", {"route": route, "range": range_key, "counts": dict(counts)}
        )
        here = (outcomes.c.route == route) & (outcomes.c.range_key == range_key)
        if not connection.execute(update(outcomes).where(here).values(**values)).rowcount:
            connection.execute(insert(outcomes), {"route": route, "range_key": range_key, **values})


def verifications_since(
    ledger: Ledger, route: str, moment: str
) -> dict[str, tuple[str, dict[str, int], dict[str, int], dict[str, Any]]]:
    """The ranges of a route that were verified at this moment or later: when, loaded, verified, by field."""
    query = select(outcomes).where(
        outcomes.c.route == route,
        outcomes.c.at >= moment,
        outcomes.c.loaded.is_not(None),
        outcomes.c.verified.is_not(None),
    )
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    return {
        row.range_key: (
            row.at,
            json.loads(row.loaded),
            json.loads(row.verified),
            json.loads(row.details or "{}"),
        )
        for row in rows
    }


def outcomes_by_object(ledger: Ledger) -> dict[str, Outcome]:
    """What all routes and ranges add up to, per Twenty object."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for object_name, counts in current_outcomes(ledger).values():
        for name in (*LOADED, *VERIFIED):
            sums[object_name][name] += counts.get(name, 0)
    return {name: Outcome(name, **counts) for name, counts in sums.items()}


def current_outcomes(ledger: Ledger) -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
    """Object and counts of every route and range that was loaded.

    The sample's do not count any more once the ranges that its patients belong to are on their way: the
    same records would be counted twice.
    """
    with ledger.reading() as connection:
        rows = connection.execute(select(outcomes)).all()
    has_taken_over = any(row.range_key not in (SAMPLE, "all") for row in rows)
    return {
        (row.route, row.range_key): (
            row.object,
            {
                **json.loads(row.details or "{}"),
                **json.loads(row.loaded or "{}"),
                **json.loads(row.verified or "{}"),
            },
        )
        for row in rows
        if not (has_taken_over and row.range_key == SAMPLE)
    }


def migrated_ranges(ledger: Ledger) -> list[str]:
    """The keys of the patient ranges that were loaded, in order."""
    query = select(outcomes.c.range_key).where(outcomes.c.range_key.not_in((SAMPLE, "all"))).distinct()
    with ledger.reading() as connection:
        return sorted(connection.execute(query).scalars())


def sample_is_over(ledger: Ledger) -> bool:
    """Whether the full migration has begun, which takes the sample's records over."""
    query = select(outcomes.c.range_key).where(outcomes.c.range_key.not_in((SAMPLE, "all"))).limit(1)
    with ledger.reading() as connection:
        return connection.execute(query).first() is not None


def outcomes_by_place(ledger: Ledger) -> dict[tuple[str, str], tuple[str, Outcome]]:
    """When each route and range was last loaded or verified, and the counts; those verified since only."""
    with ledger.reading() as connection:
        rows = connection.execute(select(outcomes)).all()
    return {
        (row.route, row.range_key): (
            row.at,
            Outcome(
                row.object,
                **{
                    name: number
                    for name, number in (json.loads(row.loaded or "{}") | json.loads(row.verified)).items()
                    if name in (*LOADED, *VERIFIED)
                },
            ),
        )
        for row in rows
        if row.verified is not None
    }
