"""Noting how far each reading of the practice reaches, before it is known whether it will arrive."""

from __future__ import annotations

import re

from panda_twenty.ledger.watermarks import Reading, keep_reading
from panda_twenty.panda.changes import ChangeMarker, Means, upper_bound
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.staging import StagedFile
from panda_twenty.session import WHOLE, Session

_RANGE = re.compile(r"\d{7,}-\d{7,}")


def marker_of(session: Session, entity: str) -> ChangeMarker:
    """How changes of an entity are found; of a derived one, by the entity that it is derived from."""
    return session.change_markers.get(
        ENTITIES[entity].derived_from or entity, ChangeMarker(entity, Means.HASHES)
    )


def marker_before_reading(session: Session, entity: str) -> str | None:
    """Up to which change marker a reading that starts now is complete.

    Asked once per session: an older bound only means that something is looked at twice.
    """
    found = marker_of(session, entity)
    if found.entity not in session.marker_bounds:
        session.marker_bounds[found.entity] = upper_bound(session.source, session.profile, found)
    return session.marker_bounds[found.entity]


def note_reading(
    session: Session, entity: str, range_key: str, marker: str | None, staged: StagedFile, at: str
) -> None:
    """Note that the entity was staged; partitions that are no patient ranges are nobody's watermark."""
    if range_key == WHOLE or _RANGE.fullmatch(range_key):
        keep_reading(session.ledger, Reading(entity, range_key, marker, staged.digest, staged.rows, at))
