"""Whether the tables beside the chain still say what the chain says.

``records``, ``settings``, ``outcomes`` and ``strangers`` follow from the entries and are compared with them;
``claims`` carry a seal on every row, which tells a changed or added row, not a removed one. ``quarantine``
holds reasons, which the next run works out anew, and is not checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, select

from panda_twenty.ledger.actions import INTENDED, PENDING, REMOVED, WRITTEN
from panda_twenty.ledger.bulk import streamed
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import (
    claims,
    entries,
    outcomes,
    record_events,
    records,
    settings,
    strangers,
)


def altered_state(ledger: Ledger) -> Iterator[str]:
    """A sentence for every row that was changed, removed or put in beside the chain.

    Presumes that the chain itself is whole.
    """
    with ledger.snapshot() as connection:
        yield from _altered_records(connection)
        yield from _altered_settings(ledger, connection)
        yield from _altered_outcomes(connection)
        yield from _altered_strangers(ledger, connection)
        for row in streamed(connection, select(claims)):
            if row.seal != ledger.row_seal(row.object, row.field, row.value_hash, row.twenty_id):
                yield f"A claim on {row.object}.{row.field} was altered."


def _altered_records(connection: Connection) -> Iterator[str]:
    """The row of each record against the newest event that changed it."""
    newest = (
        select(
            record_events.c.entity,
            record_events.c.source_key,
            func.max(record_events.c.sequence).label("sequence"),
        )
        .where(record_events.c.action.not_in(PENDING))
        .group_by(record_events.c.entity, record_events.c.source_key)
        .subquery()
    )
    same_record = and_(
        record_events.c.entity == newest.c.entity,
        record_events.c.source_key == newest.c.source_key,
        record_events.c.sequence == newest.c.sequence,
        record_events.c.action.not_in(PENDING),
    )
    columns = [column.label(f"row_{column.name}") for column in records.c]
    query = select(record_events, *columns).select_from(
        newest.join(record_events, same_record).outerjoin(
            records,
            and_(records.c.entity == newest.c.entity, records.c.source_key == newest.c.source_key),
        )
    )
    for row in streamed(connection, query):
        event = dict(row._mapping)
        found = {column.name: event[f"row_{column.name}"] for column in records.c}
        if found != _row_after(event):
            name = f"{event['entity']} {event['source_key']}"
            yield f"The row of {name} is not what entry {event['sequence']} says."
    loose = connection.execute(
        select(func.count())
        .select_from(
            records.outerjoin(
                newest,
                and_(records.c.entity == newest.c.entity, records.c.source_key == newest.c.source_key),
            )
        )
        .where(newest.c.sequence.is_(None))
    ).scalar_one()
    if loose:
        yield f"{loose} records stand in no entry."


def _row_after(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the row of a record looks like after an event; all None where there is none."""
    names = [column.name for column in records.c]
    if event["action"] in REMOVED:
        return dict.fromkeys(names)
    is_intent = event["action"] in INTENDED
    is_written = event["action"] in WRITTEN
    same = ("entity", "source_key", "object", "twenty_id", "range_key", "sequence")
    return {name: event[name] for name in names if name in same} | {
        "state": "intended" if is_intent else "written",
        "content_hash": event["after_hash" if is_written or not is_intent else "before_hash"],
    }


def _newest_contents(connection: Connection, *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    query = select(entries.c.kind, entries.c.content).where(entries.c.kind.in_(kinds))
    for row in streamed(connection, query.order_by(entries.c.sequence)):
        yield row.kind, json.loads(row.content)


def _altered_settings(ledger: Ledger, connection: Connection) -> Iterator[str]:
    kept = dict(ledger.owner)
    kept |= {content["name"]: content["value"] for _, content in _newest_contents(connection, "setting")}
    found = {row.name: row.value for row in connection.execute(select(settings))}
    for name in sorted(kept.keys() | found.keys()):
        if kept.get(name) != found.get(name):
            yield f"The setting {name} is not the one that was kept."


def _altered_outcomes(connection: Connection) -> Iterator[str]:
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    kinds = ("loaded_range", "verified_range", "rollback_outcomes")
    for kind, content in _newest_contents(connection, *kinds):
        if kind == "rollback_outcomes":
            for route, range_key in content["removed"]:
                kept.pop((route, range_key), None)
            continue
        place = kept.setdefault((content["route"], content["range"]), {"loaded": None, "verified": None})
        if kind == "loaded_range":
            place |= {"loaded": content["counts"], "verified": None}
        else:
            place["verified"] = content["counts"]
    found = {
        (row.route, row.range_key): {"loaded": _counts(row.loaded), "verified": _counts(row.verified)}
        for row in connection.execute(select(outcomes))
    }
    for route, range_key in sorted(kept.keys() | found.keys()):
        if kept.get((route, range_key)) != found.get((route, range_key)):
            yield f"The counts of {route}, range {range_key}, are not those that were kept."


def _counts(text: str | None) -> Any:
    try:
        return json.loads(text) if text is not None else None
    except ValueError:
        return "unreadable"


def _altered_strangers(ledger: Ledger, connection: Connection) -> Iterator[str]:
    surveyed = {content["object"]: content for _, content in _newest_contents(connection, "survey")}
    found: dict[str, list[str]] = {}
    query = select(strangers).order_by(strangers.c.object, strangers.c.twenty_id)
    for row in streamed(connection, query):
        found.setdefault(row.object, []).append(row.twenty_id)
    for name in sorted(surveyed.keys() | found.keys()):
        if name not in surveyed or surveyed[name]["ids"] != ledger.keyed_hash(found.get(name, [])):
            yield f"The list of records of {name} that are not ours is not what the survey found."
