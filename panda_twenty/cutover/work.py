"""What has to be read again: what changed since the watermarks, and what is due for a look."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from panda_twenty.cutover.changes import Changes, changes_by_range, moment, window_is_open
from panda_twenty.cutover.committing import commit_delivered, drawing_routes, followed_entities, left_alone
from panda_twenty.cutover.look_ups import spread_look_ups
from panda_twenty.cutover.readings import marker_of
from panda_twenty.ledger.outcomes import Outcome, outcomes_by_place
from panda_twenty.ledger.watermarks import Place, Watermark, keep_waiting, standing_watermarks
from panda_twenty.panda.changes import Means, is_in_the_future
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.session import WHOLE, Session, is_patient_scoped
from panda_twenty.stages import patient_ranges

PATIENTS_READ_ALONE = 200
"""Where more patients of a range changed, all of it is read: one statement instead of many."""

TEETH = 32
"""Rows that a chart is read from, about: it counts as so many where rows are counted."""

Outcomes = Mapping[tuple[str, str], tuple[str, Outcome]]


class Reason(StrEnum):
    """Why an entity of a range is read again."""

    NEW = "not delivered and verified"
    CHANGED = "changed"
    DEPENDS = "draws on something that changed"
    LATE = "may have been committed late"
    SWEEP = "due for a comparison by hash"

    @property
    def is_certain(self) -> bool:
        """Whether something is known to be pending; otherwise a look will tell."""
        return self in (Reason.NEW, Reason.CHANGED, Reason.DEPENDS)


@dataclass(frozen=True)
class Work:
    """Entities to read again, by range; what belongs to no patient stands under ``all`` and goes first."""

    places: Mapping[Place, Reason] = field(default_factory=dict)
    as_of: str = ""
    """What the watermarks were, in a few characters: part of a run's key."""
    partly: frozenset[Place] = frozenset()
    """Those of which a marker tells the patients that changed, so that only these are read."""
    since: Mapping[Place, str] = field(default_factory=dict)
    """Since when each place that is pending has been known to be."""

    @property
    def whole(self) -> tuple[str, ...]:
        return tuple(entity for entity in ENTITIES if (entity, WHOLE) in self.places)

    @property
    def ranges(self) -> dict[str, tuple[str, ...]]:
        """The entities to read again of each patient range, in order."""
        return _by_range(place for place in self.places if place not in self.partly)

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """The entities of which only changed patients are read, by patient range."""
        return _by_range(self.partly)

    @property
    def range_keys(self) -> tuple[str, ...]:
        """The patient ranges that there is anything to do in."""
        return tuple(sorted({key for _, key in self.places if key != WHOLE}))

    @property
    def pending(self) -> dict[Place, Reason]:
        """What is known to be in the practice and not in Twenty."""
        return {place: reason for place, reason in self.places.items() if reason.is_certain}

    def without(self, range_keys: Collection[str]) -> Work:
        """The work that is not in these ranges."""
        return self._only({key for _, key in self.places} - set(range_keys))

    def first(self, ranges: int) -> Work:
        """What belongs to no patient, and the first so many ranges; those with something pending first."""
        certain = {key for (_, key), reason in self.places.items() if reason.is_certain}
        chosen = sorted(self.range_keys, key=lambda key: (key not in certain, key))[:ranges]
        return self._only({WHOLE, *chosen})

    def only_pending(self) -> Work:
        """The work of which something is known to be pending."""
        return Work(self.pending, self.as_of, self.partly & self.pending.keys(), self.since)

    def _only(self, range_keys: Collection[str]) -> Work:
        kept = {place: reason for place, reason in self.places.items() if place[1] in range_keys}
        return Work(kept, self.as_of, self.partly & kept.keys(), self.since)


def _by_range(places: Iterable[Place]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for entity, range_key in places:
        if range_key != WHOLE:
            found[range_key].add(entity)
    return {key: tuple(each for each in ENTITIES if each in found[key]) for key in sorted(found)}


def find_work(session: Session, *, everything: bool = False) -> Work:
    """What has to be read again now; asks the practice and the ledger, never Twenty.

    ``everything`` compares all of the practice by hash, as the last run before the switch does.
    """
    commit_delivered(session)
    spread_look_ups(session)
    keys = [each.key for each in patient_ranges(session)]
    standing = standing_watermarks(session.ledger)
    outcomes = outcomes_by_place(session.ledger)
    places: dict[Place, Reason] = {}
    partly: set[Place] = set()
    for entity in followed_entities(session):
        here = keys if is_patient_scoped(entity) else [WHOLE]
        changes = changes_by_range(session, entity, here, standing)
        for key, reason in _changed(session, entity, here, standing, changes, outcomes):
            places[entity, key] = reason
            if reason in (Reason.CHANGED, Reason.LATE) and may_be_read_in_part(
                session, standing[entity, key], changes[key], outcomes
            ):
                partly.add((entity, key))
    alone = left_alone(session)
    places = {place: reason for place, reason in places.items() if place not in alone}
    partly -= alone
    pending = [place for place, reason in places.items() if reason.is_certain]
    settled = (places.keys() - partly) | alone
    due = _due(session, keys, standing, settled, everything=everything, is_busy=bool(pending))
    places |= {place: places.get(place, Reason.SWEEP) for place in due}
    since = keep_waiting(session.ledger, pending)
    return Work(places, _as_of(places, standing), frozenset(partly - due), since)


def _changed(
    session: Session,
    entity: str,
    keys: Sequence[str],
    standing: Mapping[Place, Watermark],
    changes: Mapping[str, Changes],
    outcomes: Outcomes,
) -> Iterator[tuple[str, Reason]]:
    """The ranges of an entity of which something is known, or may be late."""
    marker = marker_of(session, entity)
    routes = drawing_routes(session, entity)
    for key in keys:
        mark, found = standing.get((entity, key)), changes.get(key)
        if mark is None or any((route.name, key) not in outcomes for route in routes):
            yield key, Reason.NEW
        elif mark.is_stale:
            yield key, Reason.DEPENDS
        elif found is None:
            continue
        elif is_in_the_future(session.profile, marker, found.newest):
            yield key, Reason.LATE
        elif marker.later(found.newest, mark.marker):
            yield key, Reason.CHANGED
        elif window_is_open(session, mark):
            yield key, Reason.LATE


def may_be_read_in_part(session: Session, mark: Watermark, changes: Changes, outcomes: Outcomes) -> bool:
    """Whether the changed patients alone are read of a range: it is large, and they are known and few.

    What did not arrive as it should is read as a whole again.
    """
    return (
        is_patient_scoped(mark.entity)
        and _rows_behind(mark) > session.settings.panda_twenty_whole_rows
        and changes.patients is not None
        and len(changes.patients) <= PATIENTS_READ_ALONE
        and all(
            (found := outcomes.get((route.name, mark.range_key))) is not None and found[1].is_well
            for route in drawing_routes(session, mark.entity)
        )
    )


def _rows_behind(mark: Watermark) -> int:
    """About how many rows of the practice's database a reading of this range fetches."""
    return mark.rows * (TEETH if mark.entity == "perio_chart" else 1)


def _due(
    session: Session,
    keys: Sequence[str],
    standing: Mapping[Place, Watermark],
    known: Collection[Place],
    *,
    everything: bool,
    is_busy: bool,
) -> set[Place]:
    """What nobody has looked at for long enough, the longest first, up to the rows that one delta reads.

    What has no marker that sees every change of it is due at every delta.
    """
    now = datetime.now(UTC)
    waiting: list[tuple[str, Place, int]] = []
    for entity in followed_entities(session):
        marker = marker_of(session, entity)
        marked = marker.means is not Means.HASHES and marker.sees_every_row
        period = timedelta(minutes=session.settings.panda_twenty_sweep_minutes if marked else 0)
        for key in keys if is_patient_scoped(entity) else [WHOLE]:
            mark = standing.get((entity, key))
            if mark is None or (entity, key) in known:
                continue
            if everything or moment(mark.read_at) + period <= now:
                waiting.append((mark.read_at, (entity, key), _rows_behind(mark)))
    rows = 0
    chosen: set[Place] = set()
    most = session.settings.panda_twenty_sweep_rows
    if is_busy:
        # What is known to be pending should not wait for what may be.
        most //= 4
    for _, place, count in sorted(waiting):
        if not everything and chosen and rows + count > most:
            break
        rows += count
        chosen.add(place)
    return chosen


def _as_of(places: Mapping[Place, Reason], standing: Mapping[Place, Watermark]) -> str:
    marks = [(place, mark.complete_at if (mark := standing.get(place)) else None) for place in sorted(places)]
    return hashlib.sha256(repr(marks).encode()).hexdigest()[:12]
