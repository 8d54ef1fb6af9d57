"""What a practice's tables hold, counted: rows, ids, bytes, growth, and what tells that a row changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from panda_twenty.panda.connection import PracticeDatabase, quoted, quoted_table
from panda_twenty.panda.entities import ENTITIES, Kind
from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.extraction import count_rows, patient_id_bounds, stored_bytes
from panda_twenty.panda.profile import EntitySource, SourceProfile
from panda_twenty.panda.ranges import PatientRange
from panda_twenty.panda.server_facts import ask, ask_one

MOST_TABLES_COUNTED = 300
LONGEST_COUNTING_SECONDS = 60.0
"""Without a profile every table is counted, which a large database answers slowly."""

_ROW_VERSIONS = ("timestamp", "rowversion")


def read_entities(
    database: PracticeDatabase,
    profile: SourceProfile,
    tracked: frozenset[str],
    progress: Callable[[int, int, str], None] = lambda done, total, entity: None,
) -> dict[str, EntityFacts]:
    """Facts about each entity's rows. One count and one question about dates for each."""
    year_ago = (datetime.now(UTC) - timedelta(days=365)).strftime("%Y-%m-%dT00:00:00")
    found: dict[str, EntityFacts] = {}
    for place, (name, source) in enumerate(profile.entities.items()):
        progress(place, len(profile.entities), name)
        dated = _dated_column(name, source)
        grown = ask(database, _growth(source.table, dated), [year_ago]) if dated else None
        rows, trouble = _rows(database, profile, name)
        found[name] = EntityFacts(
            entity=name,
            table=source.table,
            rows=rows,
            dated_rows=int(grown[0]) if grown else 0,
            rows_of_last_year=int(grown[1] or 0) if grown else 0,
            marker=_marker(database, source, tracked),
            trouble=trouble,
        )
    progress(len(found), len(found), "")
    return found


def read_patient_ids(database: PracticeDatabase, profile: SourceProfile) -> PatientIds:
    """The bounds of the patient ids, and how many patients no range would reach."""
    lowest, highest, count = patient_id_bounds(database, profile)
    source = profile.entities["patient"]
    table = source.parents[-1].table if source.parents else source.table
    columns = {name.casefold(): declared for name, declared in database.columns(table).items()}
    reached = count_rows(database, profile, "patient", PatientRange(0, max(highest, 0) + 1))
    return PatientIds(
        declared=columns.get((source.range or "").casefold(), "unknown"),
        lowest=lowest,
        highest=highest,
        patients=count,
        out_of_reach=count - reached,
    )


def read_document_bytes(database: PracticeDatabase, profile: SourceProfile) -> int | None:
    """Bytes of the stored documents; None where the profile does not locate any."""
    source = profile.entities.get("document")
    if source is None or "content" not in source.attributes:
        return None
    return stored_bytes(database, profile, "document", "content")


def read_table_rows(database: PracticeDatabase, tables: Iterable[str]) -> tuple[dict[str, int], int]:
    """Rows of each table and how many tables were left uncounted: for a database without a profile."""
    counted: dict[str, int] = {}
    waiting = list(tables)
    began = time.monotonic()
    while waiting and len(counted) < MOST_TABLES_COUNTED:
        if time.monotonic() - began > LONGEST_COUNTING_SECONDS:
            break
        table = waiting.pop(0)
        rows = ask_one(database, f"SELECT COUNT_BIG(*) FROM {quoted_table(table)}")  # noqa: S608
        if rows is None:
            rows = ask_one(database, f"SELECT COUNT(*) FROM {quoted_table(table)}")  # noqa: S608
        if rows is not None:
            counted[table] = int(rows)
    return counted, len(waiting)


def tables_read(profile: SourceProfile) -> tuple[str, ...]:
    """Every table that the profile reads, parents and look-ups included."""
    tables: list[str] = []
    for source in profile.entities.values():
        tables.append(source.table)
        tables += [parent.table for parent in source.parents]
        tables += [join.table for each in source.attributes.values() for join in each.lookup]
    return tuple(dict.fromkeys(tables))


def _rows(database: PracticeDatabase, profile: SourceProfile, entity: str) -> tuple[int | None, str]:
    try:
        return count_rows(database, profile, entity), ""
    except SourceError as problem:
        return None, str(problem)


def _dated_column(entity: str, source: EntitySource) -> str | None:
    """The column of the entity's own table that says when a row came about, or else when it was changed."""
    attributes = ENTITIES[entity].attributes.values()
    dates = [each.name for each in attributes if each.required and each.kind in (Kind.DATE, Kind.MOMENT)]
    for name in ("created_at", *dates):
        origin = source.attributes.get(name)
        if origin is not None and origin.column and not origin.lookup and origin.format is None:
            return origin.column
    return source.modified if not source.parents else None


def _growth(table: str, column: str) -> str:
    return (
        f"SELECT COUNT({quoted(column)}), SUM(CASE WHEN {quoted(column)} >= ? THEN 1 ELSE 0 END)"  # noqa: S608
        f" FROM {quoted_table(table)}"
    )


def _marker(database: PracticeDatabase, source: EntitySource, tracked: frozenset[str]) -> str | None:
    """What tells that a row changed: a row version, change tracking, or a column with the moment."""
    if source.table.casefold() in {each.casefold() for each in tracked}:
        return "change tracking"
    try:
        declared = database.columns(source.table)
    except SourceError:
        declared = {}
    version = next((name for name, kind in declared.items() if kind.split("(")[0] in _ROW_VERSIONS), None)
    if version is not None:
        return f"row version {version}"
    return f"column {source.modified}" if source.modified else None


@dataclass(frozen=True)
class EntityFacts:
    """One entity's rows in numbers."""

    entity: str
    table: str
    rows: int | None
    """None where they cannot be counted; ``trouble`` says why and what to do."""
    dated_rows: int = 0
    """Rows that carry a date of their own; rows of a chart count by tooth here."""
    rows_of_last_year: int = 0
    marker: str | None = None
    trouble: str = ""


@dataclass(frozen=True)
class PatientIds:
    """The integer ids by which patients are read."""

    declared: str
    """The column's declared type, such as ``int``."""
    lowest: int
    highest: int
    patients: int
    out_of_reach: int = 0
    """Patients whose id is missing or negative, which no range holds."""


def yearly_growth(entities: Mapping[str, EntityFacts]) -> float | None:
    """Which part of the dated rows came in the last 365 days; None where no row is dated."""
    dated = sum(each.dated_rows for each in entities.values())
    return sum(each.rows_of_last_year for each in entities.values()) / dated if dated else None
