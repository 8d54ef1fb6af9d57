"""Quarantined records sent once more, after a fix: the job ``quarantine_retry`` of the UI.

They go as a delta brings what changed. As long as nothing but a sample was migrated, the sample goes again,
and no other patient.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from panda_twenty.cutover.changed_patients import RouteDelivered
from panda_twenty.cutover.committing import followed_entities, left_alone
from panda_twenty.cutover.delivering import Asked, deliver
from panda_twenty.cutover.gone import settle_after_load, settle_sample_quarantine
from panda_twenty.ledger.ledger import now
from panda_twenty.ledger.outcomes import SAMPLE, sample_is_over
from panda_twenty.ledger.refusals import forget_refusals
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.ledger.state import Quarantined
from panda_twenty.ledger.watermarks import Place, make_stale
from panda_twenty.quarantine import held_back, places_of
from panda_twenty.route_verification import keep_verification, verify
from panda_twenty.session import WHOLE, Session, is_patient_scoped
from panda_twenty.stages import (
    confirmed,
    load_route,
    restore_automations,
    set_aside_outside,
    settle_automations,
    stage_entity,
)
from panda_twenty.twenty.errors import TwentyError


@dataclass
class SentAgain:
    """What came of trying quarantined records again."""

    tried: int = 0
    """Records that were in quarantine."""
    left: list[Quarantined] = field(default_factory=list)
    """Those of them that are still."""
    taken_back: int = 0
    """Of those left: entities and ranges that a rollback took back, which no delta brings again."""
    routes: list[RouteDelivered] = field(default_factory=list)


def send_again(
    session: Session, entity: str | None = None, tell: Callable[[RouteDelivered], None] = lambda each: None
) -> SentAgain:
    """Send quarantined records (of one entity) again, also those that Twenty refused and that did not change.

    Safe to interrupt anywhere and to repeat. Raises CannotGoOn for an entity that there is not, and what the
    stages raise.
    """
    confirmed(session)
    tried = held_back(session, entity)
    if not tried:
        return SentAgain()
    # What was changed in Twenty may be what a field takes.
    session.workspace()
    is_sample = not sample_is_over(session.ledger) and chosen_sample(session.ledger) is not None
    places = places_of(session, tried)
    forget_refusals(session.ledger, entity)
    set_aside_outside(session)
    settle_sample_quarantine(session)
    if is_sample:
        routes = list(_sample_again(session, tell))
    else:
        make_stale(session.ledger, places)
        routes = deliver(session, _asked(places), tell).routes
    keys = {(each.entity, each.source_key) for each in tried}
    left = [each for each in held_back(session) if (each.entity, each.source_key) in keys]
    return SentAgain(len(tried), left, len(places & left_alone(session)), routes)


def _asked(places: set[Place]) -> Asked:
    ranges: dict[str, list[str]] = defaultdict(list)
    for entity, key in sorted(places):
        ranges[key].append(entity)
    return Asked(ranges.pop(WHOLE, []), ranges)


def _sample_again(session: Session, tell: Callable[[RouteDelivered], None]) -> Iterator[RouteDelivered]:
    """The sample, and what belongs to no patient, staged, loaded and verified as in its first run."""
    for entity in followed_entities(session):
        stage_entity(session, entity, SAMPLE if is_patient_scoped(entity) else WHOLE)
    settle_automations(session)
    try:
        for route in session.mapping.routes:
            key = SAMPLE if route.is_patient_scoped else WHOLE
            counts = load_route(session, route, [key])[key]
            gone = settle_after_load(session, route, key, counts)
            began = now()
            found = verify(session, route, key)
            keep_verification(session, route, key, found, began, found.counts())
            each = RouteDelivered(route.name, route.object, key, counts, found, gone)
            tell(each)
            yield each
    except Exception:
        # What failed is what is told; what stays paused is put back by the next run.
        with contextlib.suppress(TwentyError):
            restore_automations(session)
        raise
    restore_automations(session)
