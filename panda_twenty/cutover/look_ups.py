"""Patients' records that draw on rows of no patient: a referral source, a letter template, a provider.

When such a row changes, comes or goes, the records of the patients who name it are made anew. What those
records were made from is remembered row by row, so that only the ranges with such patients are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import known_records
from panda_twenty.ledger.watermarks import (
    Place,
    asked_look_ups,
    keep_looked_up,
    looked_up,
    standing_watermarks,
)
from panda_twenty.mapping.specification import split_source
from panda_twenty.panda.changes import patients_that_name
from panda_twenty.panda.errors import StagingError
from panda_twenty.panda.ranges import PatientRange
from panda_twenty.session import WHOLE, Session, is_patient_scoped


@dataclass(frozen=True)
class LookUp:
    """Something of no patient that patients' records draw on."""

    name: str
    """Under which the ledger remembers it: the entity, or ``standing`` and the identity it points at."""
    entity: str
    identity: str | None = None
    """For a relation: whether that record stands in Twenty is all that matters, not what it says."""


def spread_look_ups(session: Session) -> int:
    """Find the ranges whose records draw on rows that changed, and have them made anew. Returns how many.

    Compares what is staged with what the records were made from, so it can be repeated at any time.
    """
    marked = 0
    asked = asked_look_ups(session.ledger)
    for look_up, readers in _look_ups(session).items():
        hashes = _hashes(session, look_up)
        if hashes is None:
            continue
        before = looked_up(session.ledger, look_up.name)
        changed = sorted(key for key in before.keys() | hashes.keys() if before.get(key) != hashes.get(key))
        stale: set[Place] = set()
        # Asked for the first time, all rows are those that the records were made from. All look-ups are
        # asked together: one that has no rows beside others that do was asked when none of its rows stood.
        if asked:
            stale = {
                place
                for entity, attribute in readers
                for place in (_places_that_name(session, entity, attribute, changed) if changed else ())
            }
        if changed or look_up.name not in asked:
            keep_looked_up(session.ledger, look_up.name, hashes, stale)
        marked += len(stale)
    return marked


def _look_ups(session: Session) -> Mapping[LookUp, set[tuple[str, str]]]:
    """What patients' records draw on, each with the entity and attribute that name it."""
    entity_of = {route.identity: route.entity for route in session.mapping.routes}
    found: dict[LookUp, set[tuple[str, str]]] = defaultdict(set)
    for route in session.mapping.routes:
        if not route.is_patient_scoped:
            continue
        for join in route.joins.values():
            if join.key is not None and not is_patient_scoped(join.entity):
                found[LookUp(join.entity, join.entity)].add((route.entity, join.key))
        for line in route.lines:
            if line.relation is None:
                continue
            entity = entity_of.get(line.relation.entity)
            join_name, attribute = split_source(line.source[0])
            if join_name is None and entity is not None and not is_patient_scoped(entity):
                look_up = LookUp(f"standing {line.relation.entity}", entity, line.relation.entity)
                found[look_up].add((route.entity, attribute))
    return found


def _hashes(session: Session, look_up: LookUp) -> dict[str, str] | None:
    """A keyed hash per row; None where nothing is staged here."""
    ledger: Ledger = session.ledger
    if not session.stage.exists(look_up.entity, WHOLE):
        return None
    try:
        if look_up.identity is None:
            return {
                row.key: ledger.keyed_hash([repr(sorted(row.values.items())), repr(row.problems)])[:32]
                for row in session.stage.read(look_up.entity, WHOLE)
            }
        keys = sorted(session.stage.keys(look_up.entity, WHOLE))
    except StagingError:
        return None
    known = known_records(ledger, look_up.identity, keys)
    return {key: "stands" for key in keys if key in known and known[key].stands}


def _places_that_name(session: Session, entity: str, attribute: str, keys: list[str]) -> Iterator[Place]:
    patients = patients_that_name(session.source, session.profile, entity, attribute, keys)
    for other, range_key in standing_watermarks(session.ledger):
        if other != entity or range_key == WHOLE:
            continue
        bounds = PatientRange.from_key(range_key)
        if patients is None or any(patient in bounds for patient in patients):
            yield entity, range_key
