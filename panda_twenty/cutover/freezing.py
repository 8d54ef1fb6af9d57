"""The last run before the switch: nobody works in PANDA any more, and everything is compared once more."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from panda_twenty.ledger.field_hashes import FieldEdit, keep_edits
from panda_twenty.ledger.ledger import now
from panda_twenty.mapping.specification import Route
from panda_twenty.progress import Step, announce
from panda_twenty.route_verification import keep_verification, verify
from panda_twenty.session import WHOLE, Session
from panda_twenty.stages import patient_ranges
from panda_twenty.twenty.edits import edits_standing
from panda_twenty.verification.differences import THE_RECORD, Verification


@dataclass(frozen=True)
class Frozen:
    """What the full verification of both ends found. Counts only."""

    source: int = 0
    verified: int = 0
    different: int = 0
    missing: int = 0
    quarantined: int = 0
    kept_edits: int = 0
    """Fields that somebody edited in Twenty, and that stay so."""

    @property
    def is_clean(self) -> bool:
        return not self.different and not self.missing


def verify_everything(session: Session) -> Frozen:
    """Read both ends of every route and range and compare every field.

    What somebody edited in Twenty since we wrote it is told apart from a difference of ours, and kept.
    """
    ranges = [each.key for each in patient_ranges(session)]
    total = Verification("")
    kept = 0
    stages = [
        (route, key)
        for route in session.mapping.routes
        for key in (ranges if route.is_patient_scoped else [WHOLE])
    ]
    for done, (route, key) in enumerate(stages):
        announce(Step("verify everything", done, len(stages), f"{route.name} {key}"))
        began = now()
        found = verify(session, route, key)
        if found.different and (edits := _edits_among(session, route, key, found)):
            with session.ledger.writing() as connection:
                keep_edits(session.ledger, connection, edits)
            kept += len(edits)
            found = verify(session, route, key)
        keep_verification(session, route, key, found, began)
        total.add(found)
    return Frozen(total.source, total.verified, total.different, total.missing, total.quarantined, kept)


def _edits_among(session: Session, route: Route, range_key: str, found: Verification) -> list[FieldEdit]:
    """Those of the differences that somebody made in Twenty after we wrote the field."""
    columns = {line.field: line.column for line in route.lines}
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in found.differences:
        if each.field != THE_RECORD:
            places[each.source_key, each.twenty_id].add(columns.get(each.field, each.field))
    return edits_standing(
        session.client,
        session.ledger,
        session.facts(route.object),
        route.identity,
        range_key,
        {twenty_id: (key, wanted) for (key, twenty_id), wanted in places.items()},
    )
