"""What the markers tell: of each range, the newest change since its watermark and whose rows these are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from panda_twenty.cutover.readings import marker_before_reading, marker_of
from panda_twenty.ledger.watermarks import Place, Watermark, advance_markers
from panda_twenty.panda.changes import ChangesUnknown, changed_patients
from panda_twenty.session import WHOLE, Session


@dataclass(frozen=True)
class Changes:
    """What changed of an entity in one range since its watermark, the overlap included while that is open."""

    newest: str
    """The highest marker."""
    patients: frozenset[int] | None = None
    """Whose rows these are; None where that is not known, so that all of the range has to be read."""


def changes_by_range(
    session: Session, entity: str, keys: Sequence[str], standing: Mapping[Place, Watermark]
) -> dict[str, Changes]:
    """What changed, by range. Ranges in which nothing did have their marker moved up to now."""
    known = {key: mark for key in keys if (mark := standing.get((entity, key))) is not None}
    marker = marker_of(session, entity)
    upper = marker_before_reading(session, entity)
    if upper is None or not known:
        return {}
    since = {
        key: marker.earlier_by(mark.marker, _overlap(session))
        if window_is_open(session, mark)
        else mark.marker
        for key, mark in known.items()
        if mark.marker is not None and marker.fits(mark.marker)
    }
    unmarked = [key for key in known if key not in since]
    if unmarked or not since:
        # A table that was empty when it was last read, and is not any more.
        return dict.fromkeys(unmarked, Changes(upper))
    lowest = min(since.values(), key=marker.order)
    try:
        changed = changed_patients(session.source, session.profile, marker, lowest)
    except ChangesUnknown:
        return dict.fromkeys(keys, Changes(upper))
    newest: dict[str, str] = {}
    patients: dict[str, set[int]] = defaultdict(set)
    width = _width(keys)
    for patient, value in changed.items():
        if width is None:
            key = WHOLE
        elif patient is None or not 0 <= patient // width < len(keys):
            continue
        else:
            key = keys[patient // width]
        if key in since and marker.later(value, since[key]):
            if patient is not None:
                patients[key].add(patient)
            if marker.later(value, newest.get(key)):
                newest[key] = value
    quiet = {key for key in known if key not in newest}
    if quiet:
        advance_markers(session.ledger, entity, upper, but_not={*newest, *unmarked})
    return {
        key: Changes(value, frozenset(patients[key]) if width is not None else None)
        for key, value in newest.items()
    }


def _width(keys: Sequence[str]) -> int | None:
    """How many patient ids a range has; None for what has no ranges."""
    return None if keys == [WHOLE] else int(keys[0].split("-")[1]) + 1


def _overlap(session: Session) -> timedelta:
    return timedelta(minutes=session.settings.panda_twenty_overlap_minutes)


def window_is_open(session: Session, mark: Watermark) -> bool:
    """Whether rows before the watermark may still be committed that were not there at the last look."""
    return moment(mark.complete_at) < moment(mark.marker_at) + _overlap(session)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
