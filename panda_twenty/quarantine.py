"""Records that did not go: listed, counted, and exported for whoever corrects them. Keys, never values."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import Quarantined, quarantined
from panda_twenty.session import Session
from panda_twenty.verification.reporting import write_private

COLUMNS = ("entity", "source_key", "object", "range_key", "code", "field", "advice")

CountedReason = tuple[str, str, str, str, int]
"""Entity, Twenty object, code and field (or nothing), and how many records."""


def held_back(ledger: Ledger, entity: str | None = None) -> list[Quarantined]:
    """The quarantined records (of one entity), by entity and key."""
    return [each for each in quarantined(ledger) if entity is None or each.entity == entity]


def counted_reasons(records: Iterable[Quarantined]) -> list[CountedReason]:
    """How many records each reason holds back, the most frequent first."""
    counts = Counter((each.entity, each.object, each.code, each.field or "") for each in records)
    return [(*reason, count) for reason, count in counts.most_common()]


def export_quarantine(session: Session, file: Path, entity: str | None = None) -> int:
    """Write the quarantine as CSV, readable by its owner alone. Returns the number of records."""
    records = held_back(session.ledger, entity)
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows({name: getattr(each, name) for name in COLUMNS} for each in records)
    write_private(file, text.getvalue())
    return len(records)
