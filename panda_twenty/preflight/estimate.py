"""What a migration will take: records per object, calls, hours at the rate limit, disk.

Counts are the practice's; sizes come from rows that are staged already or from a sample of some sixty
patients, staged for a moment into a folder that only its owner reads. Everything here is arithmetic but
:func:`read_sample`.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from panda_twenty.mapping.records import joined_rows, record_builder
from panda_twenty.mapping.specification import MappingSpecification, Route
from panda_twenty.panda.extraction import EntityRow
from panda_twenty.panda.ranges import PatientRange, suggest_width
from panda_twenty.panda.staging import WHOLE, Stage
from panda_twenty.private_folder import private_folder
from panda_twenty.session import Session, is_patient_scoped
from panda_twenty.stages import source_rows
from panda_twenty.twenty.records import RECORDS_PER_CALL, body_size
from panda_twenty.twenty.sending import LARGEST_BODY_BYTES
from panda_twenty.twenty.windows import WINDOW_OF_UNIQUE_VALUES

SAMPLED_PATIENTS = 60
SAMPLED_ROWS = 500
"""Of what does not belong to patients, and of a range that turns out to be crowded."""
UNKNOWN_RECORD_BYTES = 1_000
SECONDS_PER_MODEL_STEP = 0.4
"""One field or object of the data model, which no rate limit slows (measured in a fresh workspace)."""
SECONDS_PER_DOCUMENT = 0.5
"""Announcing, uploading and reading back one file; these calls are not limited either."""
MANY_VALUES = 100
"""Fields from which on a record counts as wide."""
SERVER_SECONDS, SERVER_SECONDS_WIDE = 0.002, 0.012
"""What Twenty works on one record (measured: about 550 people or 80 exams of 250 fields a second)."""
LEDGER_BYTES_PER_RECORD = 800
"""Entry, record event and standing of one record, with their indices (measured on the sandbox)."""

ASSUMPTIONS = (
    f"A call carries up to {RECORDS_PER_CALL} records, fewer where they are large; every patient range ends "
    "with a call that is not full.",
    "Every record is new. Records that stand unchanged cost no writing call.",
    "Verification reads every record back once, as many calls as writing; unique values cost a look-up for "
    f"each {WINDOW_OF_UNIQUE_VALUES:,} records.",
    f"The data model takes {SECONDS_PER_MODEL_STEP} s a step and is not slowed by the rate limit; a document "
    f"takes about {SECONDS_PER_DOCUMENT:g} s.",
    f"Twenty works {SERVER_SECONDS * 1000:g} ms on a record, {SERVER_SECONDS_WIDE * 1000:g} ms on one of "
    f"more than {MANY_VALUES} fields; whichever is slower, that or the rate limit, counts.",
    "Records that are made only of some rows (a letter's link to a referring practice) and merged ones are "
    "counted as if every row made one: at most.",
)


def routed_rows(mapping: MappingSpecification, rows: Mapping[str, int]) -> dict[str, int]:
    """Records of each route, by name, at most: the rows of its entity or of the one it is derived from."""
    return {route.name: rows.get(_counted_entity(route), 0) for route in mapping.routes}


def records_by_object(mapping: MappingSpecification, rows: Mapping[str, int]) -> dict[str, int]:
    """Records of each Twenty object, at most."""
    by_route = routed_rows(mapping, rows)
    found: dict[str, int] = {}
    for route in mapping.routes:
        found[route.object] = found.get(route.object, 0) + by_route[route.name]
    return found


def _counted_entity(route: Route) -> str:
    return "referral_source" if route.entity == "referring_practice" else route.entity


def read_sample(session: Session, patients: int, highest_id: int) -> Sample:
    """Stage and build a few records of every route, to learn how large they are. Leaves nothing behind."""
    rows_bytes: dict[str, float] = {}
    record_bytes: dict[str, float] = {}
    patient_range = sampled_range(patients, highest_id)
    entities = {entity for route in session.mapping.routes for entity in route.staged_entities()}
    with tempfile.TemporaryDirectory(dir=private_folder(session.home), prefix="preflight-") as folder:
        stage = Stage(private_folder(session.home / folder) / "stage")
        for entity in sorted(entities - {"document"}):
            staged = stage.write(entity, WHOLE, _first_rows(session, entity, patient_range))
            if staged.rows:
                rows_bytes[entity] = staged.path.stat().st_size / staged.rows
        for route in session.mapping.routes:
            if "document" in route.staged_entities():
                continue
            sources = islice(joined_rows(route, lambda entity: stage.read(entity, WHOLE)), SAMPLED_ROWS)
            build = record_builder(route, session.practice)
            bodies = [build(source).values for source in sources]
            if bodies:
                record_bytes[route.name] = body_size(bodies) / len(bodies)
    return Sample(rows_bytes, record_bytes)


def _first_rows(session: Session, entity: str, patient_range: PatientRange) -> list[EntityRow]:
    """A list and no iterator: a read that is left open would keep the connection from the next one."""
    rows = source_rows(session, entity, patient_range if is_patient_scoped(entity) else None)
    return list(islice(rows, SAMPLED_ROWS))


def sampled_range(patients: int, highest_id: int) -> PatientRange:
    """About sixty patients from the middle of the ids, where charts are neither the oldest nor the newest."""
    width = max(1, math.ceil(SAMPLED_PATIENTS * (highest_id + 1) / max(patients, 1)))
    low = max(0, (highest_id - width) // 2)
    return PatientRange(low, low + width)


def estimate(
    mapping: MappingSpecification,
    rows: Mapping[str, int],
    sample: Sample,
    *,
    highest_id: int,
    range_width: int | None,
    document_bytes: int,
    model_steps: int,
    standing: int,
    calls_per_minute: int,
) -> Estimate:
    """Put the numbers together. ``standing`` are records in Twenty, which the survey reads by thousands."""
    records = routed_rows(mapping, rows)
    scoped = sum(
        rows.get(entity, 0) for entity in {_counted_entity(r) for r in mapping.routes if r.is_patient_scoped}
    )
    patients = rows.get("patient", 0)
    width = range_width or suggest_width(patients, highest_id, scoped / max(patients, 1))
    ranges = max(1, math.ceil((highest_id + 1) / width))
    parts = [
        _route_estimate(route, records[route.name], sample, ranges if route.is_patient_scoped else 1)
        for route in mapping.routes
    ]
    survey_calls = 3 * len(mapping.objects) + math.ceil(standing / 1_000)
    documents = sum(records[route.name] for route in mapping.routes if route.entity == "document")
    writing, reading = sum(part.writing for part in parts), sum(part.reading for part in parts) + survey_calls
    # Twenty lets the calls of one minute through at once before it slows a client down.
    calls_seconds = max(0, writing + reading - calls_per_minute) * 60 / calls_per_minute
    server_seconds = sum(part.server_seconds for part in parts)
    by_object = records_by_object(mapping, rows)
    staged = sum(
        sample.row_bytes.get(entity, UNKNOWN_RECORD_BYTES) * count
        for entity, count in rows.items()
        if entity != "document"
    )
    total = sum(by_object.values())
    return Estimate(
        records=by_object,
        ranges=ranges,
        writing_calls=writing,
        reading_calls=reading,
        model_steps=model_steps,
        calls_per_minute=calls_per_minute,
        hours=(
            max(calls_seconds, server_seconds)
            + model_steps * SECONDS_PER_MODEL_STEP
            + documents * SECONDS_PER_DOCUMENT
        )
        / 3600,
        disk_bytes=math.ceil(staged + document_bytes + total * LEDGER_BYTES_PER_RECORD),
        document_bytes=document_bytes,
        limited_by="the rate limit" if calls_seconds >= server_seconds else "the server's own pace",
    )


def _route_estimate(route: Route, records: int, sample: Sample, ranges: int) -> _RouteEstimate:
    size = sample.record_bytes.get(route.name, UNKNOWN_RECORD_BYTES)
    per_call = max(1, min(RECORDS_PER_CALL, int(LARGEST_BODY_BYTES / max(size, 1))))
    writing = calls_in_ranges(records, ranges, per_call)
    unique = len({line.field for line in route.lines if line.when_taken})
    reading = calls_in_ranges(records, ranges, RECORDS_PER_CALL)
    reading += calls_in_ranges(records, ranges, WINDOW_OF_UNIQUE_VALUES) * unique
    if route.points_at_itself:
        # Records that came before the one they point at are sent once more.
        writing *= 2
    seconds = SERVER_SECONDS_WIDE if len(route.lines) > MANY_VALUES else SERVER_SECONDS
    return _RouteEstimate(writing, reading, records * seconds)


def calls_in_ranges(records: int, ranges: int, per_call: int) -> int:
    """Calls for records that are spread evenly over the ranges, each of which ends with a partial call."""
    if not records:
        return 0
    filled = min(ranges, records)
    return filled * math.ceil(records / filled / per_call)


def estimate_as_sentences(found: Estimate) -> Sequence[tuple[str, str]]:
    """Label and figure of every total, for the page and the command line."""
    total = sum(found.records.values())
    hours = f"{found.hours:,.1f} hours" if found.hours >= 1 else f"{max(1, round(found.hours * 60))} minutes"
    return (
        ("Records", f"{total:,} at most, of {len(found.records)} kinds, in {found.ranges} patient ranges"),
        ("Calls", f"{found.writing_calls:,} to write, {found.reading_calls:,} to read back and look up"),
        ("Data model", f"{found.model_steps:,} steps"),
        ("Time", f"about {hours} at {found.calls_per_minute} calls a minute, set by {found.limited_by}"),
        ("Disk", f"about {found.disk_bytes / 1e6:,.0f} MB for staging and ledger"),
    )


@dataclass(frozen=True)
class Sample:
    """Bytes of a staged row by entity, and of a record's JSON by route."""

    row_bytes: Mapping[str, float]
    record_bytes: Mapping[str, float]


@dataclass(frozen=True)
class _RouteEstimate:
    writing: int
    reading: int
    server_seconds: float


@dataclass(frozen=True)
class Estimate:
    """What it will take, and at which pace that was reckoned."""

    records: Mapping[str, int]
    """Records by Twenty object, at most."""
    ranges: int
    writing_calls: int
    reading_calls: int
    model_steps: int
    calls_per_minute: int
    hours: float
    disk_bytes: int
    document_bytes: int
    limited_by: str

    @property
    def calls(self) -> int:
        return self.writing_calls + self.reading_calls
