"""What verification remembers: how records looked when they were right, and how far a sweep has come."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from panda_twenty.ledger.bulk import chunks
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
    found = {}
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(verified_records).where(
                verified_records.c.object == object_name,
                verified_records.c.twenty_id.in_(chunk),
            )
            for row in connection.execute(query):
                found[row.twenty_id] = Baseline(row.written, row.columns_hash, row.fields)
    return found


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
            kept = ("object", "twenty_id") if is_right else _JUDGED
            _upsert(connection, verified_records, part, kept if sweep else (*kept, "sweep"))
        if sweep is not None and progress is not None:
            _keep_progress(connection, sweep, *progress)


_JUDGED = ("object", "twenty_id", "written", "columns_hash", "fields", "updated_at")


def _upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], kept: Collection[str]
) -> None:
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    changed = {
        column.name: statement.excluded[column.name] for column in table.columns if column.name not in kept
    }
    keys = [column.name for column in table.primary_key.columns]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def keep_standing_before(ledger: Ledger, object_name: str, twenty_ids: Collection[str]) -> None:
    """Remember, once, which records of an object stood in Twenty before this migration."""
    if not twenty_ids:
        return
    with ledger.writing() as connection:
        connection.execute(
            insert(standing_before),
            [{"object": object_name, "twenty_id": each} for each in sorted(twenty_ids)],
        )


def stood_before(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    """Which of these records stood in Twenty before this migration."""
    return _ids(ledger, standing_before, object_name, twenty_ids)


def _ids(ledger: Ledger, table: Table, object_name: str, twenty_ids: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(table.c.twenty_id).where(
                table.c.object == object_name, table.c.twenty_id.in_(chunk)
            )
            found.update(connection.execute(query).scalars())
    return frozenset(found)


def seen_in(ledger: Ledger, object_name: str, twenty_ids: Sequence[str], sweep: int) -> frozenset[str]:
    """Which of these records this sweep came by."""
    found: set[str] = set()
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(verified_records.c.twenty_id).where(
                verified_records.c.object == object_name,
                verified_records.c.sweep == sweep,
                verified_records.c.twenty_id.in_(chunk),
            )
            found.update(connection.execute(query).scalars())
    return frozenset(found)


def source_keys_of(ledger: Ledger, object_name: str, twenty_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Entity and source key under which the ledger knows these ids."""
    found: dict[str, tuple[str, str]] = {}
    with ledger.reading() as connection:
        for chunk in chunks(twenty_ids):
            query = select(records.c.twenty_id, records.c.entity, records.c.source_key).where(
                records.c.object == object_name, records.c.twenty_id.in_(chunk)
            )
            found |= {row.twenty_id: (row.entity, row.source_key) for row in connection.execute(query)}
    return found


def entries_that_wrote(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, int]:
    """The number of the entry that last wrote each of these records, by source key."""
    found: dict[str, int] = {}
    with ledger.reading() as connection:
        for chunk in chunks(keys):
            query = select(records.c.source_key, records.c.sequence).where(
                records.c.entity == entity, records.c.source_key.in_(chunk)
            )
            found |= {row.source_key: row.sequence for row in connection.execute(query)}
    return found


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
    ids = list(updated_at)
    marked: set[str] = set()
    with ledger.writing() as connection:
        for chunk in chunks(ids):
            query = select(
                verified_records.c.twenty_id, verified_records.c.updated_at, verified_records.c.fields
            )
            query = query.where(
                verified_records.c.object == object_name,
                verified_records.c.twenty_id.in_(chunk),
            )
            same = [
                row.twenty_id
                for row in connection.execute(query)
                if row.fields is not None and row.updated_at == updated_at[row.twenty_id]
            ]
            if same:
                connection.execute(
                    update(verified_records)
                    .where(verified_records.c.object == object_name, verified_records.c.twenty_id.in_(same))
                    .values(sweep=sweep)
                )
                marked.update(same)
    return frozenset(marked)


def not_seen_in(ledger: Ledger, object_name: str, sweep: int) -> dict[tuple[str, str], set[str]]:
    """Source keys of the records that this sweep has not come by, by route and range."""
    found: dict[tuple[str, str], set[str]] = {}
    query = select(verified_records.c.route, verified_records.c.range_key, verified_records.c.source_key)
    query = query.where(verified_records.c.object == object_name, verified_records.c.sweep != sweep)
    with ledger.reading() as connection:
        for row in connection.execute(query):
            found.setdefault((row.route, row.range_key), set()).add(row.source_key)
    return found


def was_verified(ledger: Ledger, route: str, range_key: str) -> bool:
    """Whether any record of this route and range was ever looked at."""
    query = select(verified_records.c.twenty_id).where(
        verified_records.c.route == route, verified_records.c.range_key == range_key
    )
    with ledger.reading() as connection:
        return connection.execute(query.limit(1)).first() is not None


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
    _upsert(connection, sweep_progress, [row], ("sweep", "stage"))


def finish_sweep(ledger: Ledger, sweep: int, summary: Mapping[str, Any]) -> None:
    """Account for a sweep that has come to its end, in counts."""
    with ledger.writing() as connection:
        ledger.append(connection, "verification", {"sweep": sweep, "summary": dict(summary)})
        connection.execute(
            update(sweeps)
            .where(sweeps.c.sweep == sweep)
            .values(finished_at=now(), summary=json.dumps(dict(summary)))
        )
