"""What the ledger knows of each record that a scope concerns: what was done to it, and how it goes back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, select

from panda_twenty.ledger.actions import PENDING, REMOVED, WRITTEN
from panda_twenty.ledger.bulk import chunks
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import entries, priors, record_events, records
from panda_twenty.undo.scope import Scope


@dataclass(frozen=True)
class Event:
    """One thing that was done to a record, with who and when."""

    sequence: int
    place: int
    at: str
    run_id: str | None
    action: str
    before_hash: str | None
    had_prior: bool
    stored_at: str | None
    stored_hash: str | None
    patient_key: str | None
    content: dict[str, Any] = field(compare=False)


@dataclass(frozen=True)
class History:
    """One record of ours and the events since it came to us. ``start`` is the first that is undone."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    range_key: str
    state: str
    content_hash: str | None
    events: tuple[Event, ...]
    start: int
    last: Event
    """The newest event that says what stands in Twenty."""
    half_restored_at: str | None
    """When a rollback that was cut off had said that this record would be put back."""

    @property
    def undone(self) -> tuple[Event, ...]:
        return self.events[self.start :]

    @property
    def is_creation(self) -> bool:
        """It did not stand in Twenty before what is undone."""
        return self.start == 0 and not self.events[0].had_prior

    @property
    def stays_ours(self) -> bool:
        """Earlier runs wrote it, so it goes back to what they wrote."""
        return self.start > 0

    @property
    def is_settled(self) -> bool:
        """The newest sending has an outcome; otherwise nobody knows whether it arrived."""
        return self.last.action not in ("create", "update", "adopt")

    def runs_beyond(self, scope: Scope) -> frozenset[str]:
        """Runs outside the scope whose writes to this record go as well."""
        if not scope.runs:
            return frozenset()
        return frozenset(each.run_id for each in self.undone if each.run_id and each.run_id not in scope.runs)


def count_in_scope(ledger: Ledger, scope: Scope) -> dict[str, int]:
    """How many records of each object a scope may concern."""
    query = _in_scope(select(records.c.object, func.count()), scope).group_by(records.c.object)
    with ledger.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def ids_in_scope(ledger: Ledger, scope: Scope, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    """Which of these ids belong to records that a scope concerns."""
    found: set[str] = set()
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = _in_scope(select(records.c.twenty_id), scope).where(
                records.c.object == object_name, records.c.twenty_id.in_(chunk)
            )
            found.update(connection.execute(query).scalars())
    return frozenset(found)


def histories(ledger: Ledger, scope: Scope, object_name: str, window: int) -> Iterator[list[History]]:
    """The records of an object that a scope concerns, ``window`` at a time, all of one entity.

    The walk goes by key, so records that are undone meanwhile hide no others. It goes along the primary key:
    with the object alone, every window would sort all that are left.
    """
    of_object = select(records.c.entity).distinct().where(records.c.object == object_name)
    with ledger.reading() as connection:
        entities = sorted(connection.execute(of_object).scalars())
    for entity in entities:
        query = (
            _in_scope(select(records), scope)
            .where(records.c.object == object_name, records.c.entity == entity)
            .order_by(records.c.source_key)
            .limit(window)
        )
        following = query
        while True:
            with ledger.reading() as connection:
                rows = connection.execute(following).all()
                if not rows:
                    break
                events = _events(connection, rows)
            following = query.where(records.c.source_key > rows[-1].source_key)
            found = [_history(row, events[row.entity, row.source_key], scope) for row in rows]
            yield [each for each in found if each is not None]


def merged_priors(ledger: Ledger, history: History) -> dict[str, Any] | None:
    """What stood in Twenty before the events that are undone, by column; None where it was thrown away.

    Of a column that several of them replaced, the earliest value counts.
    """
    wanted = [each for each in history.undone if each.had_prior]
    found: dict[tuple[int, int], bytes] = {}
    with ledger.reading() as connection:
        for each in wanted:
            sealed = connection.execute(
                select(priors.c.sealed).where(
                    priors.c.sequence == each.sequence, priors.c.place == each.place
                )
            ).scalar()
            if sealed is None:
                return None
            found[each.sequence, each.place] = sealed
    merged: dict[str, Any] = {}
    for (sequence, place), sealed in found.items():
        values = ledger.opened(sealed, sequence, place, history.object, history.twenty_id)
        merged = {**values, **merged}
    return merged


def _in_scope(query: Select[Any], scope: Scope) -> Select[Any]:
    if scope.object is not None:
        query = query.where(records.c.object == scope.object)
    if scope.range_key is not None:
        query = query.where(records.c.range_key == scope.range_key)
    if scope.record is not None:
        entity, key = scope.record
        query = query.where(records.c.entity == entity, records.c.source_key == key)
    if scope.runs:
        query = query.where(
            exists().where(
                and_(
                    record_events.c.entity == records.c.entity,
                    record_events.c.source_key == records.c.source_key,
                    record_events.c.sequence == entries.c.sequence,
                    entries.c.run_id.in_(scope.runs),
                )
            )
        )
    return query


def _events(connection: Connection, rows: Sequence[Any]) -> dict[tuple[str, str], list[Event]]:
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    keys: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        keys[row.entity].append(row.source_key)
    for entity, wanted in keys.items():
        for chunk in chunks(wanted):
            query = (
                select(record_events, entries.c.at, entries.c.run_id, entries.c.content)
                .join(entries, entries.c.sequence == record_events.c.sequence)
                .where(
                    record_events.c.entity == entity,
                    record_events.c.source_key.in_(chunk),
                )
                .order_by(record_events.c.sequence, record_events.c.place)
            )
            for row in connection.execute(query):
                found[entity, row.source_key].append(
                    Event(
                        row.sequence,
                        row.place,
                        row.at,
                        row.run_id,
                        row.action,
                        row.before_hash,
                        row.prior_hash is not None,
                        row.stored_at,
                        row.stored_hash,
                        row.patient_key,
                        json.loads(row.content),
                    )
                )
    return found


def _history(row: Any, events: Sequence[Event], scope: Scope) -> History | None:
    """The events since the record came to us last, without those that were undone already."""
    life: list[Event] = []
    last: Event | None = None
    half_restored_at: str | None = None
    for event in events:
        if event.action in REMOVED:
            life, last, half_restored_at = [], None, None
        elif event.action in PENDING:
            half_restored_at = event.at if event.action == "to_restore" else None
        elif event.action == "reverted":
            undone = set(event.content["scope"]["runs"])
            life = life[: _first_of(life, undone)]
            last, half_restored_at = event, None
        elif event.action not in ("unlinked", "taken_over"):
            life.append(event)
            last, half_restored_at = event, None
    start = _first_of(life, set(scope.runs)) if scope.runs else 0
    if start < len(life) and not any(each.action in WRITTEN for each in life[:start]):
        # What came before was cut off and never settled: the record came to us with these runs.
        start = 0
    if last is None or start >= len(life):
        return None
    return History(
        row.entity,
        row.source_key,
        row.object,
        row.twenty_id,
        row.range_key,
        row.state,
        row.content_hash,
        tuple(life),
        start,
        last,
        half_restored_at,
    )


def _first_of(life: Sequence[Event], runs: set[str]) -> int:
    return next((place for place, each in enumerate(life) if each.run_id in runs), len(life))


def written_columns(history: History) -> tuple[str, ...]:
    """The columns that the newest outcome's ``stored_hash`` covers."""
    is_outcome = history.last.action in (*WRITTEN, "reverted")
    return tuple(history.last.content.get("columns", ())) if is_outcome else ()
