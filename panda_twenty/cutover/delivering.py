"""A delta run: what is to be looked at is staged, and what differs goes the ordinary way into Twenty.

What was read as before is left at that. For the rest, every route that draws on it is loaded (the ledger's
hashes keep what did not change from being sent), rows that are gone are marked, and what was written is read
back and compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from panda_twenty.cutover.committing import commit_delivered, drawing_routes, is_unchanged
from panda_twenty.cutover.gone import settle_gone_rows
from panda_twenty.cutover.look_ups import spread_look_ups
from panda_twenty.cutover.work import Work
from panda_twenty.ledger.outcomes import Outcome, keep_verified, outcomes_by_place
from panda_twenty.ledger.range_state import keys_written_since, quarantined_identities
from panda_twenty.ledger.watermarks import Place, newest_readings, standing_watermarks
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.progress import Step, announce
from panda_twenty.session import WHOLE, Session, is_patient_scoped
from panda_twenty.stages import confirmed, load_route, stage_entity, verify, verify_rows
from panda_twenty.twenty.loading import LoadCounts
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
class Delivered:
    """What a delta run did. Counts only."""

    looked_at: int = 0
    """Entities of ranges that were read."""
    changed: int = 0
    """Those of them that were not as before."""
    routes: list[RouteDelivered] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return all(each.is_well for each in self.routes)

    def total(self, name: str) -> int:
        """A count of :class:`LoadCounts` over all routes and ranges."""
        return sum(getattr(each.counts, name) for each in self.routes)

    @property
    def gone(self) -> int:
        return sum(each.gone for each in self.routes)

    def add(self, other: Delivered) -> None:
        self.looked_at += other.looked_at
        self.changed += other.changed
        self.routes += other.routes


def deliver(
    session: Session, work: Work, tell: Callable[[RouteDelivered], None] = lambda each: None
) -> Delivered:
    """Bring what changed into Twenty: what belongs to no patient first, then the patients' ranges.

    Safe to interrupt anywhere and to repeat. Raises what the stages raise.
    """
    confirmed(session)
    commit_delivered(session)
    spread_look_ups(session)
    running = _Run(session, tell)
    if work.whole:
        running.look_at({WHOLE: work.whole})
        running.bring()
        spread_look_ups(session)
    # What draws on the rows above has just been found out, and travels in the same run.
    ranges: dict[str, Sequence[str]] = {**work.ranges}
    for (entity, key), mark in standing_watermarks(session.ledger).items():
        if mark.is_stale and key != WHOLE and entity not in ranges.get(key, ()):
            ranges[key] = (*ranges.get(key, ()), entity)
    running.look_at(ranges)
    running.bring()
    commit_delivered(session)
    return running.outcome


@dataclass
class _Run:
    session: Session
    tell: Callable[[RouteDelivered], None]
    outcome: Delivered = field(default_factory=Delivered)
    staged: set[Place] = field(default_factory=set)
    changed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Entities that were read differently than before, by range."""

    def look_at(self, ranges: Mapping[str, Sequence[str]]) -> None:
        """Stage these entities and find those that are not as they were."""
        standing = standing_watermarks(self.session.ledger)
        for done, (key, entities) in enumerate(sorted(ranges.items())):
            announce(Step("looked at", done, len(ranges), key))
            for entity in entities:
                self._stage(entity, key)
                reading = newest_readings(self.session.ledger)[entity, key]
                if not is_unchanged(reading, standing.get((entity, key))):
                    self.changed[key].add(entity)
                    self.outcome.changed += 1

    def _stage(self, entity: str, range_key: str) -> None:
        stage_entity(self.session, entity, range_key)
        self.staged.add((entity, range_key))
        self.outcome.looked_at += 1

    def bring(self) -> None:
        """Load, settle and verify every route that draws on what changed."""
        changed, self.changed = self.changed, defaultdict(set)
        earlier = outcomes_by_place(self.session.ledger)
        places: dict[str, list[str]] = defaultdict(list)
        for key, entities in sorted(changed.items()):
            held_back = quarantined_identities(self.session.ledger, key)
            affected = drawing_routes(self.session, *entities)
            for route in self.session.mapping.routes:
                fits = route.is_patient_scoped == (key != WHOLE)
                if fits and (route in affected or route.identity in held_back):
                    places[route.name].append(key)
        routes = [route for route in self.session.mapping.routes if route.name in places]
        for route in routes:
            self._stage_what_is_missing(route, places[route.name])
        loaded: dict[Place, LoadCounts] = {}
        for route in routes:
            keys = places[route.name]
            total = sum(self.session.stage.rows(route.entity, key) for key in keys)
            counts = load_route(self.session, route, keys, _telling(f"twenty/{route.name}", total))
            loaded |= {(route.name, key): counts[key] for key in keys}
        for route in routes:
            for key in places[route.name]:
                gone = settle_gone_rows(self.session, route, key)
                found = self._verified(route, key, earlier.get((route.name, key)), loaded)
                each = RouteDelivered(route.name, route.object, key, loaded[route.name, key], found, gone)
                self.outcome.routes.append(each)
                self.tell(each)

    def _stage_what_is_missing(self, route: Route, keys: Collection[str]) -> None:
        """The other entities that a route draws on: of the ranges always, of no patient where missing."""
        for entity in route.staged_entities():
            for key in keys:
                place = (entity, key if is_patient_scoped(entity) else WHOLE)
                is_there = place in self.staged or (
                    place[1] == WHOLE and self.session.stage.exists(entity, WHOLE)
                )
                if (
                    not is_there
                    and (ENTITIES[entity].derived_from or entity) in self.session.profile.entities
                ):
                    self._stage(*place)

    def _verified(
        self,
        route: Route,
        key: str,
        earlier: tuple[str, Outcome] | None,
        loaded: Mapping[Place, LoadCounts],
    ) -> Verification:
        """What was written since the last verification is read back; all of it where that was not clean."""
        session = self.session
        counts = loaded[route.name, key]
        if earlier is None or not earlier[1].is_well or not route.is_patient_scoped:
            found = verify(session, route, key)
        else:
            written = keys_written_since(session.ledger, route.identity, key, earlier[0])
            found = verify_rows(session, route, key, written) if written else Verification(route.object)
            vouched_for = counts.source - counts.quarantined - found.source
            found.source += vouched_for
            found.verified += vouched_for
        numbers = {name: getattr(found, name) for name in ("source", "verified", "different", "missing")}
        keep_verified(session.ledger, route.name, key, route.object, numbers)
        write_differences(session.destination, route.name, key, found.differences)
        return found


def _telling(stage: str, total: int) -> Callable[[LoadCounts], None]:
    def tell(counts: LoadCounts) -> None:
        done = counts.created + counts.updated + counts.unchanged + counts.quarantined
        announce(Step(stage, done, total))

    return tell
