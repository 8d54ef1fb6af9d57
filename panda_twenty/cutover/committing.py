"""Moving the watermarks: only what the ledger says was delivered and verified counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from panda_twenty.ledger.outcomes import Outcome, outcomes_by_place
from panda_twenty.ledger.taken_back import places_taken_back
from panda_twenty.ledger.watermarks import (
    Place,
    Reading,
    Watermark,
    commit_readings,
    newest_readings,
    standing_watermarks,
)
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.session import Session, is_patient_scoped


def commit_delivered(session: Session) -> int:
    """Move the watermark of every reading that is in Twenty by now. Returns how many moved.

    A reading that found what the one before it had found is as good as that one. Any other needs every
    route that draws on it to have been loaded and verified since, without a difference.
    """
    return commit_readings(session.ledger, _delivered(session))


def _delivered(session: Session) -> Iterator[Reading]:
    standing = standing_watermarks(session.ledger)
    outcomes = outcomes_by_place(session.ledger)
    for place, reading in newest_readings(session.ledger).items():
        known = standing.get(place)
        if known is not None and known.read_at >= reading.at:
            continue
        routes = drawing_routes(session, reading.entity)
        since = reading.at if not is_unchanged(reading, known) else ""
        if all(_is_delivered(outcomes, route, reading.range_key, since) for route in routes):
            yield reading


def is_unchanged(reading: Reading, known: Watermark | None) -> bool:
    """Whether a reading found what its watermark stands for, and nothing else asks for it."""
    return known is not None and not known.is_stale and known.digest == reading.digest


def _is_delivered(
    outcomes: Mapping[tuple[str, str], tuple[str, Outcome]], route: Route, range_key: str, since: str
) -> bool:
    """Whether a route was loaded and verified in a range since then, without a difference."""
    if (found := outcomes.get((route.name, range_key))) is None:
        return False
    at, outcome = found
    return at >= since and outcome.is_well


def drawing_routes(session: Session, *entities: str) -> list[Route]:
    """The routes, in order, that make records from these entities and are read by ranges as they are.

    A referral source also decides about the referring practices that are derived from it.
    """
    drawn = {*entities, *(name for name, each in ENTITIES.items() if each.derived_from in entities)}
    return [
        route
        for route in session.mapping.routes
        if any(
            entity in drawn and is_patient_scoped(entity) == route.is_patient_scoped
            for entity in route.staged_entities()
        )
    ]


def followed_entities(session: Session) -> Sequence[str]:
    """The entities that any route draws on and that this practice has, in the order of the catalogue."""
    used = {entity for route in session.mapping.routes for entity in route.staged_entities()}
    return [
        name
        for name, each in ENTITIES.items()
        if name in used and (each.derived_from or name) in session.profile.entities
    ]


def left_alone(session: Session) -> frozenset[Place]:
    """Entities of ranges that no delta reads, because something drawn from them was taken back."""
    back = places_taken_back(session.ledger)
    if not back:
        return frozenset()
    return frozenset(
        (entity, key)
        for entity in followed_entities(session)
        for route in drawing_routes(session, entity)
        for name, key in back
        if route.name == name
    )
