"""What a rollback writes into the ledger: its intents, its outcomes, and what those change elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from panda_twenty.ledger.bulk import chunks
from panda_twenty.ledger.cutover_tables import conflicts, gone_rows
from panda_twenty.ledger.doubts import put_doubts
from panda_twenty.ledger.ledger import Ledger, RecordEvent
from panda_twenty.ledger.state import release_claims
from panda_twenty.ledger.tables import doubts, entries, outcomes, record_events, records
from panda_twenty.ledger.taken_back import keep_taken_back
from panda_twenty.twenty.prior_values import UPDATED_AT, stored_values
from panda_twenty.undo.history import History
from panda_twenty.undo.judging import Decision, Verdict
from panda_twenty.undo.scope import Scope

_NOTED_OF_RECORDS = (conflicts, gone_rows, doubts)
"""What is noted of records of ours and means nothing once they are not: edits, gone rows, doubts."""

_PENDING = {Verdict.DESTROY: "to_destroy", Verdict.RESTORE: "to_restore", Verdict.REVERT: "to_restore"}


def intend_rollback(ledger: Ledger, scope: Scope, decisions: Sequence[Decision]) -> None:
    """Write down, before a batch is undone, what is about to be."""
    events = [_event(each.history, _PENDING[each.verdict]) for each in decisions]
    content = {"scope": scope.as_json(), "object": events[0].object, "records": len(events)}
    with ledger.writing() as connection:
        ledger.append(connection, "rollback_intent", content, events)
        # Cut off before its outcome, the record may hold what stood there before: the next load sends it.
        put_doubts(connection, [(each.entity, each.source_key) for each in events])


def settle_removed(ledger: Ledger, scope: Scope, histories: Sequence[History], action: str) -> None:
    """These records are no longer ours: ``destroyed``, or ``restored`` to what stood there before."""
    if not histories:
        return
    events = [_event(each, action) for each in histories]
    content = {"scope": scope.as_json(), "object": events[0].object, "records": len(events)}
    with ledger.writing() as connection:
        ledger.append(connection, "rollback_outcome", content, events)
        for each in histories:
            connection.execute(delete(records).where(_row_of(each)))
        release_claims(connection, events[0].object, [each.twenty_id for each in histories])
        _forget(connection, events, *_NOTED_OF_RECORDS)


def settle_reverted(
    ledger: Ledger,
    scope: Scope,
    decisions: Sequence[Decision],
    found: Mapping[str, Mapping[str, Any]],
    columns: Sequence[str],
) -> None:
    """These records stay ours, with what earlier runs wrote. ``found`` is what Twenty has now, by id."""
    if not decisions:
        return
    events = [
        _event(each.history, "reverted")._replace(
            after_hash=each.history.undone[0].before_hash,
            stored_at=found[each.history.twenty_id][UPDATED_AT],
            stored_hash=ledger.keyed_hash(stored_values(found[each.history.twenty_id], columns)),
        )
        for each in decisions
    ]
    content = {
        "scope": scope.as_json(),
        "object": events[0].object,
        "records": len(events),
        "columns": list(columns),
    }
    with ledger.writing() as connection:
        sequence = ledger.append(connection, "rollback_outcome", content, events)
        for each in decisions:
            connection.execute(
                update(records)
                .where(_row_of(each.history))
                .values(state="written", content_hash=each.history.undone[0].before_hash, sequence=sequence)
            )
        _forget(connection, events, doubts)


def _forget(connection: Connection, events: Sequence[RecordEvent], *tables: Table) -> None:
    """Forget what these tables note of the records of these events."""
    keys: dict[str, list[str]] = defaultdict(list)
    for each in events:
        keys[each.entity].append(each.source_key)
    for entity, of_entity in keys.items():
        for table in tables:
            for chunk in chunks(of_entity):
                chosen = table.c.source_key.in_(chunk)
                connection.execute(delete(table).where(table.c.entity == entity, chosen))


def settle_dependants(
    ledger: Ledger, scope: Scope, object_name: str, twenty_ids: Collection[str], *, went_too: bool
) -> None:
    """Records of ours outside the scope that went with their target, or lost the link to it.

    One that lost its link counts as changed, so that the next migration sends it again.
    """
    ids = sorted(twenty_ids)
    with ledger.writing() as connection:
        for chunk in chunks(ids):
            rows = connection.execute(
                select(records).where(records.c.object == object_name, records.c.twenty_id.in_(chunk))
            ).all()
            if rows:
                _settle_dependants(ledger, connection, scope, rows, went_too=went_too)


def _settle_dependants(
    ledger: Ledger, connection: Connection, scope: Scope, rows: Sequence[Any], *, went_too: bool
) -> None:
    events = [
        RecordEvent(
            row.entity,
            row.source_key,
            row.object,
            row.twenty_id,
            "destroyed" if went_too else "unlinked",
            row.content_hash,
            None if went_too else ledger.keyed_hash(["unlinked", row.content_hash]),
            row.range_key,
        )
        for row in rows
    ]
    content = {"scope": scope.as_json(), "object": events[0].object, "records": len(events)}
    sequence = ledger.append(connection, "rollback_dependants", content, events)
    for event in events:
        here = (records.c.entity == event.entity) & (records.c.source_key == event.source_key)
        if went_too:
            connection.execute(delete(records).where(here))
        else:
            connection.execute(
                update(records)
                .where(here)
                .values(state="written", content_hash=event.after_hash, sequence=sequence)
            )
    if went_too:
        release_claims(connection, events[0].object, [event.twenty_id for event in events])
        _forget(connection, events, *_NOTED_OF_RECORDS)


def forget_outcomes(ledger: Ledger, touched: Collection[tuple[str, str]]) -> None:
    """Counts of loads that were undone no longer count. ``touched`` has objects and range keys."""
    if not touched:
        return
    with ledger.writing() as connection:
        removed = [
            [row.route, row.range_key]
            for row in connection.execute(select(outcomes))
            if (row.object, row.range_key) in touched
        ]
        if not removed:
            return
        ledger.append(connection, "rollback_outcomes", {"removed": removed})
        keep_taken_back(connection, [(route, range_key) for route, range_key in removed])
        for route, range_key in removed:
            here = (outcomes.c.route == route) & (outcomes.c.range_key == range_key)
            connection.execute(delete(outcomes).where(here))


def undone_before(ledger: Ledger) -> set[tuple[str, str]]:
    """Objects and range keys of which a rollback that was cut off has undone something."""
    finished = (
        select(func.coalesce(func.max(entries.c.sequence), 0))
        .where(entries.c.kind == "rollback_done")
        .scalar_subquery()
    )
    query = (
        select(record_events.c.object, record_events.c.range_key)
        .join(entries, entries.c.sequence == record_events.c.sequence)
        .where(entries.c.kind == "rollback_outcome", entries.c.sequence > finished)
        .distinct()
    )
    with ledger.reading() as connection:
        return {(row.object, row.range_key) for row in connection.execute(query)}


def _event(history: History, action: str) -> RecordEvent:
    return RecordEvent(
        history.entity,
        history.source_key,
        history.object,
        history.twenty_id,
        action,
        before_hash=history.content_hash,
        range_key=history.range_key,
        patient_key=history.last.patient_key,
    )


def _row_of(history: History) -> Any:
    return (records.c.entity == history.entity) & (records.c.source_key == history.source_key)
