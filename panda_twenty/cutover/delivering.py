"""A delta run: what is to be looked at is staged, and what differs goes the ordinary way into Twenty.

Where a marker tells the patients whose rows changed, only these are read, loaded and read back. Of the rest,
what was read as before is left at that. For the rest, every route that draws on it is loaded (the ledger's
hashes keep what did not change from being sent), rows that are gone are marked, and what was written is read
back and compared.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from panda_twenty.cutover.changed_patients import (
    ChangedPatients,
    RouteDelivered,
    changed_now,
    commit_changed,
    stage_patients,
    staged_key,
    verify_apart,
    verify_written,
)
from panda_twenty.cutover.committing import commit_delivered, drawing_routes, is_unchanged, left_alone
from panda_twenty.cutover.gone import settle_gone_rows, settle_returned_rows
from panda_twenty.cutover.look_ups import spread_look_ups
from panda_twenty.ledger import turns
from panda_twenty.ledger.ledger import now
from panda_twenty.ledger.outcomes import Outcome, outcomes_by_place
from panda_twenty.ledger.range_state import identities_without_parent
from panda_twenty.ledger.taken_back import places_taken_back
from panda_twenty.ledger.watermarks import Place, begin_looks, newest_reading, standing_watermarks
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.progress import Step, announce
from panda_twenty.route_verification import keep_verification, verify
from panda_twenty.session import WHOLE, Session, is_patient_scoped
from panda_twenty.stages import confirmed, load_route, restore_automations, settle_automations, stage_entity
from panda_twenty.twenty.automations import PausedFor
from panda_twenty.twenty.errors import TwentyError
from panda_twenty.twenty.loading import LoadCounts
from panda_twenty.verification.differences import Verification


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


@dataclass(frozen=True)
class Asked:
    """What a delta run is asked to look at."""

    whole: Sequence[str] = ()
    """Entities that belong to no patient."""
    ranges: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Entities by patient range."""
    changed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The same where the patients suffice whose rows a marker says have changed."""

    def without(self, places: Collection[Place]) -> Asked:
        """What is asked for but for these entities of ranges."""

        def kept(asked: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
            return {
                key: [each for each in entities if (each, key) not in places]
                for key, entities in asked.items()
            }

        whole = [each for each in self.whole if (each, WHOLE) not in places]
        return Asked(whole, kept(self.ranges), kept(self.changed))


def deliver(
    session: Session, asked: Asked, tell: Callable[[RouteDelivered], None] = lambda each: None
) -> Delivered:
    """Bring what changed into Twenty: what belongs to no patient first, then the patients' ranges.

    Safe to interrupt anywhere and to repeat. Raises what the stages raise.
    """
    confirmed(session)
    with turns.alone(session.ledger):
        return _deliver(session, asked, tell)


def _deliver(session: Session, asked: Asked, tell: Callable[[RouteDelivered], None]) -> Delivered:
    commit_delivered(session)
    spread_look_ups(session)
    running = _Run(session, tell)
    try:
        _bring_all(session, asked, running)
    except Exception:
        # What failed is what is told; what stays paused is put back by the next delta.
        with contextlib.suppress(TwentyError):
            restore_automations(session, PausedFor.DELTA)
        raise
    commit_delivered(session)
    restore_automations(session, PausedFor.DELTA)
    return running.outcome


def _bring_all(session: Session, asked: Asked, running: _Run) -> None:
    # What was taken back since this run was asked for stays so.
    alone = left_alone(session)
    asked = asked.without(alone)
    if asked.whole:
        running.look_at({WHOLE: asked.whole})
        running.bring()
        spread_look_ups(session)
    # What draws on the rows above has just been found out, and travels in the same run.
    ranges: dict[str, Sequence[str]] = {**asked.ranges}
    for (entity, key), mark in standing_watermarks(session.ledger).items():
        is_asked = key == WHOLE or (entity, key) in alone or entity in ranges.get(key, ())
        if mark.is_stale and not is_asked:
            ranges[key] = (*ranges.get(key, ()), entity)
    changed = changed_now(session, asked.changed)
    for key, entities in changed.in_doubt.items():
        ranges[key] = tuple(dict.fromkeys((*ranges.get(key, ()), *entities)))
    running.look_at(ranges)
    running.stage_apart(changed)
    try:
        running.bring()
    finally:
        running.purge()


@dataclass
class _Run:
    session: Session
    tell: Callable[[RouteDelivered], None]
    outcome: Delivered = field(default_factory=Delivered)
    staged: set[Place] = field(default_factory=set)
    changed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Entities that were read differently than before, by range."""
    apart: ChangedPatients = field(default_factory=ChangedPatients)

    def look_at(self, ranges: Mapping[str, Sequence[str]]) -> None:
        """Stage these entities and find those that are not as they were.

        Also those that are as they were but of which a load was cut off before it was verified: what it
        wrote may be what the practice said in between.
        """
        standing = standing_watermarks(self.session.ledger)
        verified = outcomes_by_place(self.session.ledger)
        for done, (key, entities) in enumerate(sorted(ranges.items())):
            announce(Step("looked at", done, len(ranges), key))
            for entity in entities:
                self._stage(entity, key)
                reading = newest_reading(self.session.ledger, (entity, key))
                is_cut_off = any(
                    (route.name, key) not in verified for route in drawing_routes(self.session, entity)
                )
                if is_cut_off or not is_unchanged(reading, standing.get((entity, key))):
                    self.changed[key].add(entity)
                    self.outcome.changed += 1

    def stage_apart(self, changed: ChangedPatients) -> None:
        """Go on with these patients; what they consist of is staged as the routes ask for it."""
        self.apart = changed
        begin_looks(self.session.ledger, changed.digests)
        looks = sum(len(entities) for entities in changed.entities.values())
        self.outcome.looked_at += looks
        self.outcome.changed += looks

    def purge(self) -> None:
        for entity in ENTITIES:
            for key in self.apart.patients:
                self.session.stage.purge(entity, staged_key(key))

    def _stage(self, entity: str, range_key: str) -> None:
        stage_entity(self.session, entity, range_key)
        self.staged.add((entity, range_key))
        self.outcome.looked_at += 1

    def bring(self) -> None:
        """Load, settle and verify every route that draws on what changed."""
        changed, self.changed = self.changed, defaultdict(set)
        earlier = outcomes_by_place(self.session.ledger)
        places = self._affected(changed)
        apart = self._affected(self.apart.entities)
        for name, keys in apart.items():
            # What did not arrive as it should is read as a whole.
            in_doubt = {
                key for key in keys if (name, key) not in earlier or not earlier[name, key][1].is_well
            }
            places[name] = sorted({*places[name], *in_doubt})
            apart[name] = [key for key in keys if key not in places[name]]
        routes = [route for route in self.session.mapping.routes if places[route.name] or apart[route.name]]
        if routes:
            # A new patient would set off workflows as in the migration itself.
            settle_automations(self.session, PausedFor.DELTA)
        for route in routes:
            self._stage_what_is_missing(route, places[route.name])
            self._stage_patients_alone(route, apart[route.name])
        loaded: dict[Place, LoadCounts] = {}
        for route in routes:
            keys, alone = places[route.name], {key: staged_key(key) for key in apart[route.name]}
            total = sum(self.session.stage.rows(route.entity, key) for key in (*keys, *alone.values()))
            counts = load_route(self.session, route, keys, _telling(f"twenty/{route.name}", total), alone)
            loaded |= {(route.name, key): counts[key] for key in (*keys, *alone)}
        for route in routes:
            for key in places[route.name]:
                gone = settle_gone_rows(self.session, route, key)
                found = self._verified(route, key, earlier.get((route.name, key)), loaded)
                self._account(route, key, loaded[route.name, key], found, gone)
            for key in apart[route.name]:
                settle_returned_rows(self.session, route, staged_key(key))
                found = verify_apart(
                    self.session, route, key, earlier[route.name, key], loaded[route.name, key]
                )
                self._account(route, key, loaded[route.name, key], found)
        commit_changed(self.session, self.apart, self.outcome.routes)

    def _affected(self, changed: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
        """The ranges, by route, in which a route draws on what changed, or lacks a parent."""
        places: dict[str, list[str]] = {route.name: [] for route in self.session.mapping.routes}
        taken_back = places_taken_back(self.session.ledger)
        for key, entities in sorted(changed.items()):
            held_back = identities_without_parent(self.session.ledger, key)
            affected = drawing_routes(self.session, *entities)
            for route in self.session.mapping.routes:
                fits = route.is_patient_scoped == (key != WHOLE)
                if (route.name, key) in taken_back:
                    continue
                if fits and (route in affected or route.identity in held_back):
                    places[route.name].append(key)
        return places

    def _account(
        self, route: Route, key: str, counts: LoadCounts, found: Verification, gone: int = 0
    ) -> None:
        each = RouteDelivered(route.name, route.object, key, counts, found, gone)
        self.outcome.routes.append(each)
        self.tell(each)

    def _stage_what_is_missing(self, route: Route, keys: Collection[str]) -> None:
        """The other entities that a route draws on: of the ranges always, of no patient where missing."""
        for entity in route.staged_entities():
            for key in keys:
                place = (entity, key if is_patient_scoped(entity) else WHOLE)
                if not self._is_there(place) and self._is_known(entity):
                    self._stage(*place)

    def _stage_patients_alone(self, route: Route, keys: Collection[str]) -> None:
        for entity in route.staged_entities():
            if not self._is_known(entity):
                continue
            for key in keys:
                if not is_patient_scoped(entity):
                    if not self._is_there((entity, WHOLE)):
                        self._stage(entity, WHOLE)
                elif (entity, staged_key(key)) not in self.staged:
                    stage_patients(self.session, entity, key, self.apart.patients[key])
                    self.staged.add((entity, staged_key(key)))

    def _is_there(self, place: Place) -> bool:
        is_staged = place[1] == WHOLE and self.session.stage.exists(place[0], WHOLE)
        return place in self.staged or is_staged

    def _is_known(self, entity: str) -> bool:
        return (ENTITIES[entity].derived_from or entity) in self.session.profile.entities

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
        began = now()
        if earlier is None or not earlier[1].is_well or not route.is_patient_scoped:
            found = verify(session, route, key)
        else:
            found = verify_written(session, route, key, earlier[0], counts)
        keep_verification(session, route, key, found, began)
        return found


def _telling(stage: str, total: int) -> Callable[[LoadCounts], None]:
    def tell(counts: LoadCounts) -> None:
        done = counts.created + counts.updated + counts.unchanged + counts.quarantined
        announce(Step(stage, done, total))

    return tell
