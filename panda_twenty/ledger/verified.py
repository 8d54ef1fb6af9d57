"""What verification remembers: how records looked when they were right, and how far a sweep has come."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, insert, select, update

from panda_twenty.ledger.bulk import add_rows, chunks, put_rows, rows_of_keys
from panda_twenty.ledger.ledger import Ledger, now
from panda_twenty.ledger.tables import records, standing_before, sweep_progress, sweeps, verified_records

OLDEST_TO_CONTINUE = timedelta(hours=24)
"""A sweep that was cut off longer ago begins anew: its first half says too little of today."""


@dataclass(frozen=True)
class Baseline:
    """How a record looked when it was last equal to its source."""

    written: int | None
    """The ledger's entry that had written it by then; a record written since has to be judged anew."""
    columns_hash: str | None
    fields: bytes | None


@dataclass(frozen=True)
class Seen:
    """One record that verification came by."""

    object: str
    twenty_id: str
    route: str
    range_key: str
    source_key: str
    written: int | None = None
    columns_hash: str | None = None
    fields: bytes | None = None
    """A keyed hash per column; None where the record was not equal, so that an older baseline stays."""
    updated_at: str | None = None


@dataclass(frozen=True)
class SweepProgress:
    """How far one part of a sweep has come."""

    rows: int = 0
    is_done: bool = False
    content: Mapping[str, Any] | None = None
    file_size: int = 0


def baselines(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> dict[str, Baseline]:
    """The baselines of these records, by id."""
    with ledger.reading() as connection:
        found = rows_of_keys(connection, _BASELINES, twenty_ids, object=object_name)
        return {twenty_id: Baseline(*baseline) for twenty_id, *baseline in found}


_OBJECT: BindParameter[str] = bindparam("object")
_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_OF_OBJECT = and_(verified_records.c.object == _OBJECT, verified_records.c.twenty_id.in_(_KEYS))
_BASELINES = select(
    verified_records.c.twenty_id,
    verified_records.c.written,
    verified_records.c.columns_hash,
    verified_records.c.fields,
).where(_OF_OBJECT)
_SEEN = select(verified_records.c.twenty_id).where(_OF_OBJECT, verified_records.c.sweep == bindparam("sweep"))
_LAST_CHANGES = select(verified_records.c.twenty_id, verified_records.c.updated_at).where(
    _OF_OBJECT, verified_records.c.fields.is_not(None)
)
_STOOD_BEFORE = select(standing_before.c.twenty_id).where(
    standing_before.c.object == _OBJECT, standing_before.c.twenty_id.in_(_KEYS)
)
_SOURCE_KEYS = select(records.c.twenty_id, records.c.entity, records.c.source_key).where(
    records.c.object == _OBJECT, records.c.twenty_id.in_(_KEYS)
)
_ENTRIES = select(records.c.source_key, records.c.sequence).where(
    records.c.entity == bindparam("entity"), records.c.source_key.in_(_KEYS)
)


def keep_seen(
    ledger: Ledger,
    seen: Sequence[Seen],
    sweep: int | None = None,
    progress: tuple[str, SweepProgress] | None = None,
) -> None:
    """Remember a window of records, and how far that brings the sweep, in one transaction.

    Without a sweep the mark of the last one stays as it is.
    """
    rows = [{**each.__dict__, "sweep": sweep or 0} for each in seen]
    with ledger.writing() as connection:
        for is_right in (True, False):
            part = [row for row in rows if (row["fields"] is not None) is is_right]
            # Of a record that was not equal, what it looked like when it last was stays.
            changed = ("route", "range_key", "source_key", *(_BASELINE if is_right else ()))
            if part:
                put_rows(
                    connection,
                    verified_records,
                    part,
                    ("object", "twenty_id"),
                    (*changed, "sweep") if sweep else changed,
                )
        if sweep is not None and progress is not None:
            _keep_progress(connection, sweep, *progress)


_BASELINE = ("written", "columns_hash", "fields", "updated_at")


def keep_standing_before(ledger: Ledger, object_name: str, twenty_ids: Collection[str]) -> None:
    """Remember which records of an object stood in Twenty before this migration; once more does no harm."""
    with ledger.writing() as connection:
        found = rows_of_keys(connection, _STOOD_BEFORE, sorted(twenty_ids), object=object_name)
        known = {twenty_id for (twenty_id,) in found}
        fresh = [
            {"object": object_name, "twenty_id": each} for each in sorted(twenty_ids) if each not in known
        ]
        if fresh:
            add_rows(connection, standing_before, fresh)


def stood_before(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    """Which of these records stood in Twenty before this migration."""
    with ledger.reading() as connection:
        found = rows_of_keys(connection, _STOOD_BEFORE, twenty_ids, object=object_name)
        return frozenset(twenty_id for (twenty_id,) in found)


def seen_in(ledger: Ledger, object_name: str, twenty_ids: Sequence[str], sweep: int) -> frozenset[str]:
    """Which of these records this sweep came by."""
    with ledger.reading() as connection:
        found = rows_of_keys(connection, _SEEN, twenty_ids, object=object_name, sweep=sweep)
        return frozenset(twenty_id for (twenty_id,) in found)


def keys_seen_in(ledger: Ledger, object_name: str, route: str, range_key: str, sweep: int) -> frozenset[str]:
    """The source keys of a range's records that this sweep came by."""
    query = select(verified_records.c.source_key).where(
        verified_records.c.object == object_name,
        verified_records.c.route == route,
        verified_records.c.range_key == range_key,
        verified_records.c.sweep == sweep,
    )
    with ledger.reading() as connection:
        return frozenset(connection.execute(query).scalars())


def source_keys_of(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Entity and source key under which the ledger knows these ids."""
    with ledger.reading() as connection:
        found = rows_of_keys(connection, _SOURCE_KEYS, twenty_ids, object=object_name)
        return {twenty_id: (entity, source_key) for twenty_id, entity, source_key in found}


def entries_that_wrote(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, int]:
    """The number of the entry that last wrote each of these records, by source key."""
    with ledger.reading() as connection:
        return dict(map(tuple, rows_of_keys(connection, _ENTRIES, keys, entity=entity)))


def range_keys_of(ledger: Ledger, entity: str, keys: Sequence[str]) -> list[str]:
    """The ranges that these records of one entity belong to."""
    query = select(records.c.range_key).where(records.c.entity == entity, records.c.source_key.in_(keys))
    with ledger.reading() as connection:
        return sorted(set(connection.execute(query).scalars()))


def mark_untouched(
    ledger: Ledger, object_name: str, updated_at: Mapping[str, str], sweep: int
) -> frozenset[str]:
    """Mark the records as seen that stand as they stood when they were last right; returns their ids.

    ``updated_at`` has the time of its last change for each id, as Twenty tells it now.
    """
    with ledger.writing() as connection:
        found = rows_of_keys(connection, _LAST_CHANGES, list(updated_at), object=object_name)
        untouched = [twenty_id for twenty_id, changed in found if changed == updated_at[twenty_id]]
        for chunk in chunks(untouched):
            connection.execute(
                update(verified_records)
                .where(verified_records.c.object == object_name, verified_records.c.twenty_id.in_(chunk))
                .values(sweep=sweep)
            )
    return frozenset(untouched)


def not_seen_in(ledger: Ledger, object_name: str, sweep: int) -> dict[tuple[str, str], set[str]]:
    """Source keys of the records that this sweep has not come by, by route and range."""
    found: dict[tuple[str, str], set[str]] = {}
    query = select(verified_records.c.route, verified_records.c.range_key, verified_records.c.source_key)
    query = query.where(verified_records.c.object == object_name, verified_records.c.sweep != sweep)
    with ledger.reading() as connection:
        for row in connection.execute(query):
            found.setdefault((row.route, row.range_key), set()).add(row.source_key)
    return found


def begin_sweep(ledger: Ledger, scope: str, digest: str) -> tuple[int, str, bool]:
    """The sweep to go on with: its number, when it began, and whether it was cut off before.

    One of the same scope and mapping that was cut off within the last day is continued.
    """
    with ledger.writing() as connection:
        row = connection.execute(select(sweeps).order_by(sweeps.c.sweep.desc()).limit(1)).first()
        if row is not None and row.finished_at is None and (row.scope, row.digest) == (scope, digest):
            age = datetime.now(UTC) - datetime.fromisoformat(row.started_at)
            if age < OLDEST_TO_CONTINUE:
                return row.sweep, row.started_at, True
        sweep, started = (row.sweep + 1 if row else 1), now()
        connection.execute(delete(sweep_progress))
        connection.execute(
            insert(sweeps), {"sweep": sweep, "scope": scope, "digest": digest, "started_at": started}
        )
        return sweep, started, False


def last_sweep(ledger: Ledger) -> dict[str, Any] | None:
    """What the last sweep that came to its end found, in counts."""
    query = select(sweeps.c.summary).where(sweeps.c.summary.is_not(None)).order_by(sweeps.c.sweep.desc())
    with ledger.reading() as connection:
        summary = connection.execute(query.limit(1)).scalar()
    return json.loads(summary) if summary else None


def progress_of(ledger: Ledger, sweep: int) -> dict[str, SweepProgress]:
    """How far each part of a sweep has come, by stage."""
    query = select(sweep_progress).where(sweep_progress.c.sweep == sweep)
    with ledger.reading() as connection:
        return {
            row.stage: SweepProgress(row.rows, bool(row.is_done), json.loads(row.content), row.file_size)
            for row in connection.execute(query)
        }


def keep_progress(ledger: Ledger, sweep: int, stage: str, progress: SweepProgress) -> None:
    with ledger.writing() as connection:
        _keep_progress(connection, sweep, stage, progress)


def _keep_progress(connection: Connection, sweep: int, stage: str, progress: SweepProgress) -> None:
    row = {
        "sweep": sweep,
        "stage": stage,
        "rows": progress.rows,
        "is_done": int(progress.is_done),
        "content": json.dumps(progress.content or {}),
        "file_size": progress.file_size,
    }
    put_rows(connection, sweep_progress, [row], ("sweep", "stage"))


def finish_sweep(ledger: Ledger, sweep: int, summary: Mapping[str, Any]) -> None:
    """Account for a sweep that has come to its end, in counts."""
    with ledger.writing() as connection:
        ledger.append(connection, "verification", {"sweep": sweep, "summary": dict(summary)})
        connection.execute(
            update(sweeps)
            .where(sweeps.c.sweep == sweep)
            .values(finished_at=now(), summary=json.dumps(dict(summary)))
        )
