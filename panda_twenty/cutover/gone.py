"""Rows that are no longer where they were: deleted in the source, moved to another patient, or back again."""

from __future__ import annotations

from panda_twenty.ledger.gone_rows import any_gone, forget_returned, gone_keys, keep_gone
from panda_twenty.ledger.outcomes import SAMPLE
from panda_twenty.ledger.range_state import (
    count_quarantined,
    count_standing,
    forget_quarantined,
    quarantined_in,
    standing_records,
)
from panda_twenty.ledger.watermarks import Place, make_stale, standing_watermarks
from panda_twenty.mapping.records import joined_rows
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.extraction import read_entity
from panda_twenty.panda.ranges import PatientRange, range_of
from panda_twenty.session import WHOLE, Session
from panda_twenty.twenty.loading import LoadCounts
from panda_twenty.twenty.outgoing import SOURCE_DELETED_AT
from panda_twenty.twenty.source_deleted import content_of_gone, hide, mark


def settle_gone_rows(session: Session, route: Route, range_key: str) -> int:
    """Mark, hide or leave the records of a range whose rows are gone, as the mapping's choice has it.

    Reads what is staged. A row that moved to another patient is no deletion: the range where it is now is
    read again, and its record follows. Returns how many records were marked or hidden.
    """
    ledger = session.ledger
    seen = _source_keys(session, route, range_key)
    forget_quarantined(ledger, route.identity, range_key, seen)
    forget_returned(ledger, route.identity, seen)
    choice = session.mapping.choices.deleted_in_source
    settled = content_of_gone(ledger)
    known = gone_keys(ledger, route.identity, range_key)
    unseen = [
        each
        for each in standing_records(ledger, route.identity, route.object, range_key)
        if each.source_key not in seen and each.source_key not in known
    ]
    facts = session.facts(route.object)
    is_marked = choice == "mark" and SOURCE_DELETED_AT in facts.fields
    # A run that was cut off had written this and not yet noted it.
    written = [each for each in unseen if each.content_hash == settled]
    keep_gone(ledger, written, range_key, "marked" if is_marked else "hidden")
    missing = [each for each in unseen if each.content_hash != settled]
    if not missing:
        return 0
    without_reason = session.stage.keys(route.entity, range_key)
    moved = _moved(
        session, route, [each.source_key for each in missing if each.source_key not in without_reason]
    )
    make_stale(ledger, set(moved.values()) & standing_watermarks(ledger).keys())
    gone = [each for each in missing if each.source_key not in moved]
    if choice == "ignore":
        marked, left = [], gone
    elif is_marked:
        marked = mark(session.client, facts, ledger, gone, range_key)
        keep_gone(ledger, marked, range_key, "marked")
        left = [each for each in gone if each not in marked]
    else:
        # A link has no field of ours. It is hidden where its row is there and no longer asks for it; where
        # the row itself is gone, the record that it belongs to is marked, and stays linked.
        to_hide = (
            gone if choice == "soft_delete" else [each for each in gone if each.source_key in without_reason]
        )
        marked = hide(session.client, facts, ledger, to_hide, range_key)
        keep_gone(ledger, marked, range_key, "hidden")
        left = [each for each in gone if each not in marked]
    keep_gone(ledger, left, range_key, "left")
    return len(marked)


def settle_after_load(session: Session, route: Route, range_key: str, counts: LoadCounts) -> int:
    """What :func:`settle_gone_rows` does, where a load may have found less than what stands in Twenty.

    Where all that the ledger knows of the range came with this load, nothing can be gone. Of a sample nothing
    is marked: its patients' ranges see to that once they are migrated.
    """
    if range_key == SAMPLE:
        return 0
    ledger = session.ledger
    is_new = (
        count_standing(ledger, route.identity, route.object, range_key) == counts.created
        and count_quarantined(ledger, route.identity, range_key) == counts.quarantined
        and not any_gone(ledger, route.identity)
    )
    return 0 if is_new else settle_gone_rows(session, route, range_key)


def settle_sample_quarantine(session: Session) -> int:
    """Take out of quarantine what a sample held back and the practice has deleted since. Returns how many.

    No range meets such a row any more. One that is still there is met in its range, and belongs to it then.
    """
    gone = 0
    for route in session.mapping.routes:
        held_back = quarantined_in(session.ledger, route.identity, SAMPLE)
        if not held_back or ENTITIES[route.entity].derived_from is not None:
            continue
        keys = [key for key in held_back if key]
        there = {row.key for row in read_entity(session.source, session.profile, route.entity, keys=keys)}
        gone += forget_quarantined(session.ledger, route.identity, SAMPLE, there)
    return gone


def settle_returned_rows(session: Session, route: Route, staged_key: str) -> int:
    """Take rows off the list of gone ones that are in the source again. Returns how many."""
    return forget_returned(session.ledger, route.identity, _source_keys(session, route, staged_key))


def _source_keys(session: Session, route: Route, range_key: str) -> set[str]:
    """Keys of the staged rows that make a record of this route."""
    if route.only_if is None:
        return session.stage.keys(route.entity, range_key)
    return {row.row.key for row in joined_rows(route, session.staged(range_key))}


def _moved(session: Session, route: Route, keys: list[str]) -> dict[str, Place]:
    """Where the rows of these keys are now, of those that are still in the source."""
    if not keys or ENTITIES[route.entity].derived_from is not None:
        return {}
    places: dict[str, Place] = {}
    ranges = [
        PatientRange.from_key(key)
        for entity, key in standing_watermarks(session.ledger)
        if entity == route.entity and key != WHOLE
    ]
    for row in read_entity(session.source, session.profile, route.entity, keys=keys):
        bounds = range_of(row.patient_key, ranges)
        places[row.key] = (route.entity, bounds.key if bounds else "")
    return places
