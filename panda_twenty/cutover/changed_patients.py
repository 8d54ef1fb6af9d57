"""Patients whose rows a marker says have changed, read without the others of their range.

So that what a delta costs grows with what changed and not with the size of a range. What a range holds as a
whole is not known from this: rows that are gone, and rows that no marker tells of, are found when the range
is read as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from panda_twenty.cutover.changes import changes_by_range
from panda_twenty.cutover.committing import drawing_routes
from panda_twenty.cutover.readings import marker_before_reading
from panda_twenty.cutover.work import may_be_read_in_part
from panda_twenty.ledger.ledger import now
from panda_twenty.ledger.outcomes import Outcome, keep_delivered, outcomes_by_place
from panda_twenty.ledger.range_state import count_quarantined, count_records, keys_written_since
from panda_twenty.ledger.watermarks import Look, Place, commit_looks, standing_watermarks
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.ranges import PickedPatients
from panda_twenty.route_verification import verify_rows
from panda_twenty.session import Session
from panda_twenty.stages import patient_ranges, source_rows
from panda_twenty.twenty.loading import LoadCounts
from panda_twenty.twenty.source_deleted import content_of_gone
from panda_twenty.verification.differences import Verification
from panda_twenty.verification.reporting import write_differences


@dataclass
class RouteDelivered:
    """What a delta run did for one route in one range."""

    route: str
    object: str
    range_key: str
    counts: LoadCounts
    verification: Verification
    gone: int = 0
    """Records that were marked (or taken out) because their rows are gone from the source."""

    @property
    def is_well(self) -> bool:
        return self.counts.adds_up and self.verification.is_clean


@dataclass
class ChangedPatients:
    """Patients to read alone."""

    patients: dict[str, set[int]] = field(default_factory=dict)
    """Their ids, by range."""
    entities: dict[str, set[str]] = field(default_factory=dict)
    """The entities in which they changed, by range."""
    in_doubt: dict[str, set[str]] = field(default_factory=dict)
    """Entities of ranges that have to be read as a whole after all."""
    digests: dict[Place, str] = field(default_factory=dict)
    """What was known of these entities and ranges as a whole."""
    at: str = ""
    """When the practice was asked."""


def changed_now(session: Session, asked: Mapping[str, Sequence[str]]) -> ChangedPatients:
    """The patients of these ranges in whose rows of these entities anything changed, as of now."""
    found = ChangedPatients(at=now())
    if not asked:
        return found
    patients: dict[str, set[int]] = defaultdict(set)
    entities: dict[str, set[str]] = defaultdict(set)
    in_doubt: dict[str, set[str]] = defaultdict(set)
    keys = [each.key for each in patient_ranges(session)]
    standing = standing_watermarks(session.ledger)
    outcomes = outcomes_by_place(session.ledger)
    for entity in dict.fromkeys(entity for named in asked.values() for entity in named):
        changes = changes_by_range(session, entity, keys, standing)
        for key in (key for key, named in asked.items() if entity in named and key in changes):
            each = changes[key]
            is_enough = may_be_read_in_part(session, standing[entity, key], each, outcomes)
            if each.patients is None or not is_enough:
                in_doubt[key].add(entity)
            else:
                patients[key] |= each.patients
                entities[key].add(entity)
    digests = {(each, key): standing[each, key].digest for key, named in entities.items() for each in named}
    return ChangedPatients(dict(patients), dict(entities), dict(in_doubt), digests, found.at)


def staged_key(range_key: str) -> str:
    """Under which key the changed patients of a range are staged."""
    return f"changed-{range_key}"


def stage_patients(session: Session, entity: str, range_key: str, patients: Collection[int]) -> None:
    """Read one entity of these patients and stage it beside what is staged of the range."""
    picked = PickedPatients(tuple(sorted(patients)))
    session.stage.write(entity, staged_key(range_key), source_rows(session, entity, picked))


def verify_written(
    session: Session, route: Route, range_key: str, since: str, counts: LoadCounts
) -> Verification:
    """Read back what was written since then; what was found to stand as it should is vouched for."""
    written = keys_written_since(session.ledger, route.identity, route.object, range_key, since)
    found = verify_rows(session, route, range_key, written) if written else Verification(route.object)
    others = max(0, counts.source - found.source)
    held_back = max(0, counts.quarantined - found.quarantined)
    found.source += others
    found.quarantined += held_back
    found.verified += max(0, others - held_back)
    return found


def verify_apart(
    session: Session, route: Route, range_key: str, earlier: tuple[str, Outcome], counts: LoadCounts
) -> Verification:
    """Read back what was written of some patients, and account for what that makes of the range."""
    found = verify_written(session, route, range_key, earlier[0], counts)
    ledger = session.ledger
    source = count_records(ledger, route.identity, route.object, range_key, content_of_gone(ledger))
    held_back = count_quarantined(ledger, route.identity, range_key)
    wrong = found.different + found.missing
    keep_delivered(
        ledger,
        route.name,
        range_key,
        {
            "source": source,
            "created": counts.created,
            "updated": counts.updated,
            "unchanged": source - counts.created - counts.updated - held_back,
            "quarantined": held_back,
            "verified": source - held_back - wrong,
            "different": found.different,
            "missing": found.missing,
        },
    )
    write_differences(session.destination, route.name, range_key, found.differences)
    return found


def commit_changed(session: Session, changed: ChangedPatients, routes: Sequence[RouteDelivered]) -> None:
    """Move the markers of the places whose changed patients are in Twenty, verified."""
    outcomes = {(each.route, each.range_key): each for each in routes}
    looks = []
    for key, entities in changed.entities.items():
        for entity in sorted(entities):
            here = [outcomes.get((route.name, key)) for route in drawing_routes(session, entity)]
            marker = marker_before_reading(session, entity)
            if marker is None or not all(each is not None and each.is_well for each in here):
                continue
            found_any = any(
                each.counts.created + each.counts.updated + each.counts.quarantined for each in here if each
            )
            digest = None if found_any else changed.digests[entity, key]
            looks.append(Look(entity, key, marker, digest, changed.at))
    commit_looks(session.ledger, looks)
