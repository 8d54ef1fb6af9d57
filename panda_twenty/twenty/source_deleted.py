"""Records whose row is gone from the source: marked in a field of ours, or hidden as Twenty hides.

Both are updates like any other: intended and settled in the ledger with what stood there before, so that
undo takes them back. A row that comes back is sent again as a whole, which takes the mark away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from panda_twenty.ledger.field_hashes import carry_over, keep_edits, known_field_hashes
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import Delivery, KnownRecord, intend, settle
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.edits import edits_standing
from panda_twenty.twenty.outgoing import SOURCE_DELETED_AT
from panda_twenty.twenty.prior_values import (
    DELETED_AT,
    UPDATED_AT,
    priors_of,
    standing_values,
    stored_values,
)
from panda_twenty.twenty.records import RECORDS_PER_CALL, read_by_ids, set_deleted_at, upsert
from panda_twenty.twenty.workspace import ObjectFacts


def content_of_gone(ledger: Ledger) -> str:
    """What the ledger has as content hash of a record whose row is gone: no row ever has it."""
    return ledger.keyed_hash(["gone from the source"])


def mark(
    client: TwentyClient, facts: ObjectFacts, ledger: Ledger, records: Sequence[KnownRecord], range_key: str
) -> list[KnownRecord]:
    """Fill in :data:`SOURCE_DELETED_AT`. Returns the records that stand in Twenty, visible, to be marked."""
    return _carry_out(client, facts, ledger, records, range_key, hide=False)


def hide(
    client: TwentyClient, facts: ObjectFacts, ledger: Ledger, records: Sequence[KnownRecord], range_key: str
) -> list[KnownRecord]:
    """Hide these records, and them alone. Returns those that stood in Twenty, visible."""
    return _carry_out(client, facts, ledger, records, range_key, hide=True)


def _carry_out(
    client: TwentyClient,
    facts: ObjectFacts,
    ledger: Ledger,
    records: Sequence[KnownRecord],
    range_key: str,
    *,
    hide: bool,
) -> list[KnownRecord]:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    done: list[KnownRecord] = []
    for start in range(0, len(records), RECORDS_PER_CALL):
        chunk = records[start : start + RECORDS_PER_CALL]
        changes = {} if hide else {SOURCE_DELETED_AT: moment}
        bodies = {each.twenty_id: changes for each in chunk}
        standing = standing_values(client, facts, bodies)
        found = priors_of(facts, bodies, standing)
        # What somebody has hidden or destroyed in Twenty stays so: an upsert would bring it back.
        there = [
            each for each in chunk if found.get(each.twenty_id, {DELETED_AT: "gone"})[DELETED_AT] is None
        ]
        if there:
            _note_edits(client, facts, ledger, there, range_key, standing)
            _settle_chunk(client, facts, ledger, there, range_key, changes, found, moment)
        done += there
    return done


def _settle_chunk(
    client: TwentyClient,
    facts: ObjectFacts,
    ledger: Ledger,
    records: Sequence[KnownRecord],
    range_key: str,
    changes: dict[str, str],
    found: dict[str, dict[str, object]],
    moment: str,
) -> None:
    deliveries = [
        Delivery(
            entity=each.entity,
            source_key=each.source_key,
            object=each.object,
            twenty_id=each.twenty_id,
            range_key=range_key,
            content_hash=content_of_gone(ledger),
            action="update",
            before_hash=each.content_hash,
            prior=found[each.twenty_id],
        )
        for each in records
    ]
    intent = intend(ledger, deliveries)
    ids = [each.twenty_id for each in records]
    if changes:
        upsert(client, facts, [{"id": each, **changes} for each in ids])
    else:
        # Not as somebody deletes them in Twenty, which takes the links of a note or task along: an upsert of
        # it would not bring them back, and the ledger would know nothing of them. Their own rows see to that.
        set_deleted_at(client, facts, ids, moment)
    columns = sorted(changes)
    stored = read_by_ids(client, facts, ids, [*columns, UPDATED_AT, DELETED_AT], include_deleted=True)
    written = [
        each._replace(
            stored_at=stored[each.twenty_id][UPDATED_AT],
            stored_hash=ledger.keyed_hash(stored_values(stored[each.twenty_id], columns)),
        )
        for each in deliveries
        if each.twenty_id in stored
    ]
    settle(
        ledger,
        written,
        intent,
        columns,
        lambda connection, sequence: carry_over(connection, written, sequence),
    )


def _note_edits(
    client: TwentyClient,
    facts: ObjectFacts,
    ledger: Ledger,
    records: Sequence[KnownRecord],
    range_key: str,
    standing: Mapping[str, Mapping[str, Any]],
) -> None:
    """Keep what somebody changed in these records since we wrote them; after this write nothing tells."""
    entity = records[0].entity
    known = known_field_hashes(ledger, entity, [each.source_key for each in records])
    touched = {
        each.twenty_id: (each.source_key, {name for name in hashes.sent if facts.has_column(name)})
        for each in records
        if (hashes := known.get(each.source_key)) and standing[each.twenty_id][UPDATED_AT] != hashes.stored_at
    }
    if touched:
        edits = edits_standing(client, ledger, facts, entity, range_key, touched)
        with ledger.writing() as connection:
            keep_edits(ledger, connection, edits)
