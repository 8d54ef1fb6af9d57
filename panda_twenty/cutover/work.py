"""What has to be read again: what changed since the watermarks, and what is due for a look."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from panda_twenty.cutover.committing import commit_delivered, drawing_routes, followed_entities
from panda_twenty.cutover.look_ups import spread_look_ups
from panda_twenty.cutover.readings import marker_before_reading, marker_of
from panda_twenty.ledger.outcomes import outcomes_by_place
from panda_twenty.ledger.watermarks import Place, Watermark, advance_markers, standing_watermarks
from panda_twenty.panda.changes import ChangesUnknown, Means, changed_patients, is_in_the_future
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.session import WHOLE, Session, is_patient_scoped
from panda_twenty.stages import patient_ranges


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

    @property
    def whole(self) -> tuple[str, ...]:
        return tuple(entity for entity in ENTITIES if (entity, WHOLE) in self.places)

    @property
    def ranges(self) -> dict[str, tuple[str, ...]]:
        """The entities to read again of each patient range, in order."""
        found: dict[str, set[str]] = defaultdict(set)
        for entity, range_key in self.places:
            if range_key != WHOLE:
                found[range_key].add(entity)
        return {key: tuple(each for each in ENTITIES if each in found[key]) for key in sorted(found)}

    @property
    def pending(self) -> dict[Place, Reason]:
        """What is known to be in the practice and not in Twenty."""
        return {place: reason for place, reason in self.places.items() if reason.is_certain}

    def without(self, range_keys: Collection[str]) -> Work:
        """The work that is not in these ranges."""
        kept = {place: reason for place, reason in self.places.items() if place[1] not in range_keys}
        return Work(kept, self.as_of)

    def first(self, ranges: int) -> Work:
        """What belongs to no patient, and the first so many ranges; those with something pending first."""
        certain = {key for (_, key), reason in self.places.items() if reason.is_certain}
        chosen = sorted(self.ranges, key=lambda key: (key not in certain, key))[:ranges]
        kept = {place: each for place, each in self.places.items() if place[1] in (WHOLE, *chosen)}
        return Work(kept, self.as_of)


def find_work(session: Session, *, everything: bool = False) -> Work:
    """What has to be read again now; asks the practice and the ledger, never Twenty.

    ``everything`` compares all of the practice by hash, as the last run before the switch does.
    """
    commit_delivered(session)
    spread_look_ups(session)
    keys = [each.key for each in patient_ranges(session)]
    standing = standing_watermarks(session.ledger)
    places: dict[Place, Reason] = {}
    for entity in followed_entities(session):
        found = list(_changed(session, entity, keys if is_patient_scoped(entity) else [WHOLE], standing))
        places |= {(entity, key): reason for key, reason in found}
    places |= _due(session, keys, standing, places, everything=everything)
    return Work(places, _as_of(places, standing))


def _changed(
    session: Session, entity: str, keys: Sequence[str], standing: Mapping[Place, Watermark]
) -> Iterator[tuple[str, Reason]]:
    """The ranges of an entity of which something is known, or may be late."""
    known = {key: mark for key in keys if (mark := standing.get((entity, key))) is not None}
    marker = marker_of(session, entity)
    newest = _newest_by_range(session, entity, known, keys)
    verified = outcomes_by_place(session.ledger)
    routes = drawing_routes(session, entity)
    for key in keys:
        mark = known.get(key)
        if mark is None or any((route.name, key) not in verified for route in routes):
            yield key, Reason.NEW
        elif mark.is_stale:
            yield key, Reason.DEPENDS
        elif key in newest and is_in_the_future(session.profile, marker, newest[key]):
            yield key, Reason.LATE
        elif key in newest and marker.later(newest[key], mark.marker):
            yield key, Reason.CHANGED
        elif key in newest and _window_is_open(session, mark):
            yield key, Reason.LATE


def _newest_by_range(
    session: Session, entity: str, known: Mapping[str, Watermark], keys: Sequence[str]
) -> dict[str, str]:
    """The highest marker in each range since its watermark, the overlap included while that is open."""
    marker = marker_of(session, entity)
    upper = marker_before_reading(session, entity)
    if upper is None or not known:
        return {}
    since = {
        key: marker.earlier_by(mark.marker, _overlap(session))
        if _window_is_open(session, mark)
        else mark.marker
        for key, mark in known.items()
        if mark.marker is not None and marker.fits(mark.marker)
    }
    unmarked = [key for key in known if key not in since]
    if unmarked or not since:
        # A table that was empty when it was last read, and is not any more.
        return dict.fromkeys(unmarked, upper)
    lowest = min(since.values(), key=marker.order)
    try:
        changed = changed_patients(session.source, session.profile, marker, lowest)
    except ChangesUnknown:
        return dict.fromkeys(keys, upper)
    newest: dict[str, str] = {}
    width = _width(keys)
    for patient, value in changed.items():
        if width is None:
            key = WHOLE
        elif patient is None or not 0 <= patient // width < len(keys):
            continue
        else:
            key = keys[patient // width]
        if key in since and marker.later(value, since[key]) and marker.later(value, newest.get(key)):
            newest[key] = value
    quiet = {key for key in known if key not in newest}
    if quiet:
        advance_markers(session.ledger, entity, upper, but_not={*newest, *unmarked})
    return newest


def _width(keys: Sequence[str]) -> int | None:
    """How many patient ids a range has; None for what has no ranges."""
    return None if keys == [WHOLE] else int(keys[0].split("-")[1]) + 1


def _overlap(session: Session) -> timedelta:
    return timedelta(minutes=session.settings.panda_twenty_overlap_minutes)


def _window_is_open(session: Session, mark: Watermark) -> bool:
    """Whether rows before the watermark may still be committed that were not there at the last reading."""
    return _moment(mark.read_at) < _moment(mark.marker_at) + _overlap(session)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _due(
    session: Session,
    keys: Sequence[str],
    standing: Mapping[Place, Watermark],
    known: Mapping[Place, Reason],
    *,
    everything: bool,
) -> dict[Place, Reason]:
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
            if everything or _moment(mark.read_at) + period <= now:
                waiting.append((mark.read_at, (entity, key), mark.rows))
    rows = 0
    chosen: dict[Place, Reason] = {}
    for _, place, count in sorted(waiting):
        if not everything and chosen and rows + count > session.settings.panda_twenty_sweep_rows:
            break
        rows += count
        chosen[place] = Reason.SWEEP
    return chosen


def _as_of(places: Mapping[Place, Reason], standing: Mapping[Place, Watermark]) -> str:
    marks = [(place, mark.read_at if (mark := standing.get(place)) else None) for place in sorted(places)]
    return hashlib.sha256(repr(marks).encode()).hexdigest()[:12]
