"""Verification of one route's records: both ends are read afresh, and every field is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from panda_twenty.ledger.outcomes import keep_verified
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.ranges import PatientRange, PickedPatients
from panda_twenty.panda.short_reads import has_stepped_key
from panda_twenty.session import Session, is_patient_scoped
from panda_twenty.stages import joins_of_one, patients_of, source_rows
from panda_twenty.twenty.survey import look_closer_next_time
from panda_twenty.verification.compare import BothEnds, verify_route
from panda_twenty.verification.differences import Verification
from panda_twenty.verification.reporting import write_differences

MOST_PICKED = 1_000
"""Patients named in one statement; of more, the range is read."""


def verify(
    session: Session,
    route: Route,
    range_key: str,
    progress: Callable[[Verification], None] = lambda so_far: None,
) -> Verification:
    """Read both ends afresh and compare every field of one route's records (of one range)."""
    result = verify_route(route, both_ends(session, route, range_key), progress)
    if result.missing:
        look_closer_next_time(session.ledger, route.object)
    return result


def keep_verification(
    session: Session,
    route: Route,
    range_key: str,
    found: Verification,
    began: str,
    details: Mapping[str, Any] | None = None,
) -> Path | None:
    """Account for a verification that has ended, and list what differs in a file. Returns that file, if any.

    ``began`` and ``details`` are ``at`` and ``details`` of :func:`keep_verified`.
    """
    counts = {name: getattr(found, name) for name in ("source", "verified", "different", "missing")}
    keep_verified(session.ledger, route.name, range_key, route.object, counts, details, began)
    return write_differences(session.destination, route.name, range_key, found.differences)


def both_ends(session: Session, route: Route, range_key: str) -> BothEnds:
    """Where the verification of one route (in one range) reads."""
    patients = patients_of(session, range_key) if route.is_patient_scoped else None

    def read_source(entity: str) -> Iterator[EntityRow]:
        return source_rows(session, entity, patients if is_patient_scoped(entity) else None)

    return BothEnds(
        read_source,
        session.client,
        session.facts(route.object),
        session.ledger,
        session.practice,
        range_key,
        session.mapping.routes_to(route.object),
        session.actor.name,
        _joins_read_along(session, route),
    )


def _joins_read_along(session: Session, route: Route) -> frozenset[str]:
    """Joins of one that can be read from the practice in turn with the rows.

    A connection serves one reader at a time, so what is read by one statement cannot wait for another.
    """
    one_each = joins_of_one(session, route)
    if not one_each:
        return one_each
    entities = session.profile.entities
    sources = [entities[name] for name in (route.entity, *(route.joins[name].entity for name in one_each))]
    are_stepped = all(has_stepped_key(session.source, source.table, source.key) for source in sources)
    return one_each if are_stepped else frozenset()


def verify_rows(session: Session, route: Route, range_key: str, keys: Sequence[str]) -> Verification:
    """Compare the records of these source keys alone, as :func:`verify` does; their rows are read by key.

    Of what they are joined with, the rows of their patients are read.
    """
    ends = both_ends(session, route, range_key)
    bounds = PatientRange.from_key(range_key)
    joins_rows = any(is_patient_scoped(join.entity) for join in route.joins.values())
    theirs = _patients_with(session, route.entity, bounds, keys) if joins_rows else None

    def read_source(entity: str) -> Iterator[EntityRow]:
        if entity == route.entity:
            return read_entity(session.source, session.profile, entity, bounds, keys=keys)
        if theirs is not None and is_patient_scoped(entity):
            return source_rows(session, entity, theirs)
        return iter(ends.read_source(entity))

    result = verify_route(route, replace(ends, read_source=read_source))
    if result.missing:
        look_closer_next_time(session.ledger, route.object)
    return result


def _patients_with(
    session: Session, entity: str, bounds: PatientRange, keys: Sequence[str]
) -> PickedPatients | None:
    """The patients of these rows; None for too many, or for one whose id is no number."""
    found: set[str | None] = set()
    for row in read_entity(session.source, session.profile, entity, bounds, keys=keys):
        found.add(row.patient_key)
    if len(found) > MOST_PICKED or not all(each and each.isdigit() for each in found):
        return None
    return PickedPatients(tuple(sorted(int(each) for each in found if each)))
