"""Records that did not go: listed, counted, and exported for whoever corrects them. Keys, never values."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from panda_twenty.ledger.outcomes import SAMPLE, sample_is_over
from panda_twenty.ledger.state import OUTSIDE, Quarantined, quarantined
from panda_twenty.ledger.watermarks import Place
from panda_twenty.panda.extraction import keys_outside, read_entity
from panda_twenty.panda.ranges import OutsideRanges, range_of
from panda_twenty.session import Session
from panda_twenty.stages import CannotGoOn, patient_ranges
from panda_twenty.verification.reporting import write_private

COLUMNS = ("entity", "source_key", "object", "range_key", "code", "field", "advice")

CountedReason = tuple[str, str, str, str, int]
"""Entity, Twenty object, code and field (or nothing), and how many records."""


def held_back(session: Session, entity: str | None = None) -> list[Quarantined]:
    """The quarantined records (of one entity), by entity and key.

    Raises CannotGoOn for an entity of which neither the mapping nor the quarantine has any record.
    """
    found = list(quarantined(session.ledger))
    if entity is None:
        return found
    known = {route.identity for route in session.base_mapping.routes} | {each.entity for each in found}
    if entity not in known:
        raise CannotGoOn(f"There is no entity {entity}; there are {', '.join(sorted(known))}.")
    return [each for each in found if each.entity == entity]


def counted_reasons(records: Iterable[Quarantined]) -> list[CountedReason]:
    """How many records each reason holds back, the most frequent first."""
    counts = Counter((each.entity, each.object, each.code, each.field or "") for each in records)
    return [(*reason, count) for reason, count in counts.most_common()]


def export_quarantine(session: Session, file: Path, entity: str | None = None) -> int:
    """Write the quarantine as CSV, readable by its owner alone. Returns the number of records.

    Raises CannotGoOn as :func:`held_back` does.
    """
    records = held_back(session, entity)
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows({name: getattr(each, name) for name in COLUMNS} for each in records)
    write_private(file, text.getvalue())
    return len(records)


def places_of(session: Session, records: Iterable[Quarantined]) -> set[Place]:
    """The entities and ranges (or ``all``) whose rows these records are made from.

    What a sample held back, or what named no patient, has the range of the patient that it names now, if any;
    the practice is asked. As long as nothing but a sample was migrated, it has none.
    """
    entity_of = {route.identity: route.entity for route in session.mapping.routes}
    places: set[Place] = set()
    to_ask: dict[str, set[str]] = defaultdict(set)
    for each in records:
        entity = entity_of.get(each.entity)
        if entity is None:
            continue
        if each.range_key not in (SAMPLE, OUTSIDE):
            places.add((entity, each.range_key))
        elif each.source_key:
            to_ask[entity].add(each.source_key)
    if to_ask and sample_is_over(session.ledger):
        ranges = patient_ranges(session)
        outside = OutsideRanges(ranges[-1].high)
        for entity, keys in to_ask.items():
            # Their keys alone are asked for first: to read a row may be to read a document.
            keys -= set(keys_outside(session.source, session.profile, entity, outside))
            for row in read_entity(session.source, session.profile, entity, keys=sorted(keys)):
                if (bounds := range_of(row.patient_key, ranges)) is not None:
                    places.add((entity, bounds.key))
    return places
