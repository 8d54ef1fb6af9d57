"""The account as rows: who did what to which record, when, by which run. Keys and hashes, never values."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import and_, func, select

from panda_twenty.ledger.actions import RETURNED, WRITTEN
from panda_twenty.ledger.bulk import streamed
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import entries, priors, record_events

COLUMNS = (
    *("sequence", "at", "actor", "run_id", "kind", "action", "object", "entity", "source_key"),
    *("patient_key", "range_key", "twenty_id", "before_hash", "after_hash", "prior", "hash", "content"),
)
"""``prior`` says whether prior values are ``kept`` or ``purged``; None where there are none."""

ROWS_OF_A_GROUP = 50_000
"""Rows of a Parquet file that are in memory at a time."""


def account(
    ledger: Ledger,
    *,
    patient: str | None = None,
    run: str | None = None,
    object_name: str | None = None,
    record: tuple[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """One row per record event, and one for each entry that concerns no record, oldest first.

    A limit to a patient, an object or a record leaves the latter out.
    """
    kept = priors.c.place.is_not(None).label("is_kept")
    joined = entries.outerjoin(record_events, record_events.c.sequence == entries.c.sequence).outerjoin(
        priors, and_(priors.c.sequence == record_events.c.sequence, priors.c.place == record_events.c.place)
    )
    events = [column for column in record_events.c if column.name != "sequence"]
    query = select(entries, *events, kept).select_from(joined)
    query = query.order_by(entries.c.sequence, record_events.c.place)
    if patient is not None:
        query = query.where(record_events.c.patient_key == patient)
    if run is not None:
        query = query.where(entries.c.run_id == run)
    if object_name is not None:
        query = query.where(record_events.c.object == object_name)
    if record is not None:
        query = query.where(record_events.c.entity == record[0], record_events.c.source_key == record[1])
    with ledger.reading() as connection:
        for row in streamed(connection, query):
            values = dict(row._mapping)
            state = "kept" if values["is_kept"] else "purged"
            values["prior"] = state if values["prior_hash"] is not None else None
            yield {name: values[name] for name in COLUMNS}


def runs(ledger: Ledger) -> list[dict[str, Any]]:
    """The runs that wrote or undid records, oldest first, with how many."""
    outcomes = record_events.c.action.in_([*WRITTEN, *RETURNED, "destroyed", "restored"])
    query = (
        select(
            entries.c.run_id,
            func.min(entries.c.at).label("first"),
            func.max(entries.c.at).label("last"),
            func.count(record_events.c.place).label("records"),
        )
        .select_from(
            entries.outerjoin(record_events, and_(record_events.c.sequence == entries.c.sequence, outcomes))
        )
        .where(entries.c.run_id.is_not(None))
        .group_by(entries.c.run_id)
        .order_by(func.min(entries.c.sequence))
    )
    with ledger.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query) if row.records]


def export_account(ledger: Ledger, file: Path) -> int:
    """Write the whole account to a ``.csv`` or ``.parquet`` file for its owner alone; returns its rows.

    A file that is there is replaced once the new one is whole.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    write = _write_parquet if file.suffix == ".parquet" else _write_csv
    try:
        with os.fdopen(descriptor, "wb") as opened:
            rows = write(account(ledger), opened)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _write_csv(rows: Iterator[dict[str, Any]], file: IO[bytes]) -> int:
    count = 0
    with TextIOWrapper(file, encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow(row.values())
            count += 1
    return count


def _write_parquet(rows: Iterator[dict[str, Any]], file: IO[bytes]) -> int:
    count = 0
    schema = pa.schema([(name, pa.int64() if name == "sequence" else pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, ROWS_OF_A_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count
