"""Looks at the practice's database for the preflight page. Reads only, and survives what it may not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from panda_twenty.panda import preflight as judged
from panda_twenty.panda.connection import PracticeDatabase
from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.practice_facts import (
    EntityFacts,
    PatientIds,
    read_document_bytes,
    read_entities,
    read_patient_ids,
    read_table_rows,
    tables_read,
)
from panda_twenty.panda.profile import SourceProfile, check_profile
from panda_twenty.panda.server_facts import PracticeServer, read_practice_server, read_rights
from panda_twenty.preflight.line import Line, listed, passed, stopped, warned
from panda_twenty.progress import Step, announce

TITLE = "PANDA Perio"
STAGE = "preflight/practice"

Answer = TypeVar("Answer")


def not_looked_at(code: str, reason: str) -> PracticeFindings:
    """The section of a practice that no setting names."""
    advice = "Set it to the practice's database: an ODBC connection string, or sqlite:///file."
    return PracticeFindings((warned(code, "Practice's database", f"Not looked at: {reason}", advice),))


def unreachable(problem: SourceError) -> PracticeFindings:
    """The section of a practice whose database could not be opened."""
    return PracticeFindings(
        (stopped("source_connection", "Practice's database", "It could not be opened.", str(problem)),)
    )


def look_at_practice(
    database: PracticeDatabase,
    profile: SourceProfile,
    *,
    profile_was_chosen: bool,
    documents_wanted: bool,
    documents_limit_megabytes: int,
) -> PracticeFindings:
    """Every line about the source. ``profile_was_chosen`` is False where the built-in one is the default."""
    announce(Step(STAGE, 0, None, "server"))
    server = read_practice_server(database)
    problems = check_profile(profile, database)
    fits = not problems
    tables = _tables(database)
    read = tables_read(profile) if fits else tables
    rights = read_rights(database, read) if server.dialect == "sqlserver" else None
    entities = read_entities(database, profile, server.tracked_tables or frozenset(), _tell) if fits else {}
    lines = [
        passed("source_connection", "Practice's database", "Open, for reading only."),
        judged.server_line(server),
        judged.size_line(server, entities),
        judged.read_only_line(server, rights),
        judged.encryption_line(server),
        judged.collation_line(server),
        judged.snapshot_line(server),
        judged.clock_line(server),
        judged.backup_line(server, datetime.now(UTC)),
        _profile_line(profile, problems, profile_was_chosen),
    ]
    if not fits:
        rows, uncounted = read_table_rows(database, tables)
        lines += [judged.tables_line(rows, uncounted), judged.set_aside_line(tables, ())]
        return PracticeFindings(tuple(lines), server)
    stored = _or_none(lambda: read_document_bytes(database, profile))
    ids = _or_none(lambda: read_patient_ids(database, profile)) if "patient" in profile.entities else None
    lines += [
        judged.time_zone_line(server, profile.time_zone, _offset_minutes(profile)),
        judged.rows_line(entities),
        judged.patient_ids_line(ids)
        if ids
        else warned(
            "patient_ids",
            "Patient ids",
            "They could not be read.",
            "Look at the entity patient in the profile and at the login's rights on its table.",
        ),
        judged.documents_line(stored, wanted=documents_wanted, limit_megabytes=documents_limit_megabytes),
        judged.change_markers_line(entities),
        judged.set_aside_line(tables, read),
    ]
    return PracticeFindings(
        tuple(lines), server, entities, ids, (stored or 0) if documents_wanted else 0, fits=True
    )


def _profile_line(profile: SourceProfile, problems: list[str], was_chosen: bool) -> Line:
    code, title = "source_profile", "Source profile"
    if profile.open_questions:
        return stopped(
            code,
            title,
            f"{profile.profile} leaves open: {listed(profile.open_questions, 3)}",
            "Answer them in the profile and take them out of open_questions: nothing is confirmed before.",
        )
    if not problems:
        return passed(code, title, f"{profile.profile}: every table and column that it names is there.")
    if not was_chosen:
        return warned(
            code,
            title,
            "Not looked at: PANDA_PROFILE is not set.",
            "Let `panda-twenty propose` propose one, or write it by hand and set PANDA_PROFILE to its path.",
        )
    return stopped(
        code,
        title,
        f"{profile.profile} does not fit the database: {listed(problems, 5)}",
        "Correct the profile; a table that the login may not see counts as missing.",
    )


def _tables(database: PracticeDatabase) -> tuple[str, ...]:
    return _or_none(database.tables) or ()


def _or_none(question: Callable[[], Answer]) -> Answer | None:
    try:
        return question()
    except SourceError:
        return None


def _offset_minutes(profile: SourceProfile) -> int:
    offset = datetime.now(profile.zone).utcoffset()
    return round(offset.total_seconds() / 60) if offset is not None else 0


def _tell(done: int, total: int, entity: str) -> None:
    announce(Step(STAGE, done, total, entity))


@dataclass(frozen=True)
class PracticeFindings:
    """The lines, and the numbers that the rest of the page needs."""

    lines: tuple[Line, ...]
    server: PracticeServer | None = None
    entities: Mapping[str, EntityFacts] = field(default_factory=dict)
    patient_ids: PatientIds | None = None
    document_bytes: int = 0
    """Bytes of the documents that move."""
    fits: bool = False
    """Whether the source profile fits the database, so that the mapping can be worked out."""

    @property
    def rows(self) -> dict[str, int]:
        return {name: each.rows or 0 for name, each in self.entities.items()}
