"""Each line about the practice: what passes, what warns, what stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from panda_twenty.panda import preflight as judged
from panda_twenty.panda.practice_facts import EntityFacts, PatientIds, yearly_growth
from panda_twenty.panda.server_facts import Encryption, PracticeServer
from panda_twenty.preflight.line import Line, Verdict

GB = 1024**3
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SERVER = PracticeServer(
    dialect="sqlserver",
    version="15.0.4316.3",
    edition="Express Edition (64-bit)",
    data_bytes=2 * GB,
    encryption=Encryption(True, True),
    collation="SQL_Latin1_General_CP1_CI_AS",
    code_page=1252,
    snapshot_allowed=True,
    reads_committed_snapshots=False,
    tracked_tables=frozenset(),
    last_backup=NOW - timedelta(days=1),
    seconds_ahead=0.4,
    offset_minutes=-360,
)
FILE = PracticeServer(dialect="sqlite", version="3.40.1", data_bytes=GB, reads_only=True, collation="UTF-8")


def entity(
    name: str, rows: int | None, *, recent: int = 0, marker: str | None = "column ModifiedOn"
) -> EntityFacts:
    trouble = "Grant it SELECT there." if rows is None else ""
    return EntityFacts(name, f"T_{name}", rows, rows or 0, recent, marker, trouble)


def verdict(line: Line) -> Verdict:
    if line.verdict is not Verdict.PASS:
        assert line.advice, f"{line.code} says nothing about what to do"
    return line.verdict


@pytest.mark.parametrize(
    ("version", "year", "expected"),
    [
        ("10.50.6000.34", "2008", Verdict.WARN),
        ("11.0.7001.0", "2012", Verdict.PASS),
        ("16.0.4135.4", "2022", Verdict.PASS),
        ("17.0.700.9", "2025", Verdict.PASS),
    ],
)
def test_the_server_is_named_by_its_year(version: str, year: str, expected: Verdict) -> None:
    line = judged.server_line(replace(SERVER, version=version))
    assert verdict(line) is expected
    assert f"SQL Server {year}" in line.found


def test_express_is_held_against_its_limit_and_other_editions_are_not() -> None:
    assert verdict(judged.size_line(SERVER, {})) is Verdict.PASS
    nearly = replace(SERVER, data_bytes=9 * GB)
    assert "90%" in judged.size_line(nearly, {}).found
    assert verdict(judged.size_line(nearly, {})) is Verdict.WARN
    assert verdict(judged.size_line(replace(nearly, version="17.0.700.9"), {})) is Verdict.PASS
    assert verdict(judged.size_line(replace(nearly, edition="Standard Edition"), {})) is Verdict.PASS


def test_the_forecast_follows_the_rows_of_the_last_year() -> None:
    growing = {"perio_exam": entity("perio_exam", 1_000, recent=500)}
    assert yearly_growth(growing) == 0.5
    assert judged.months_until_full(5 * GB, 10 * GB, 0.5) == pytest.approx(24)
    assert judged.months_until_full(11 * GB, 10 * GB, 0.5) == 0
    assert judged.months_until_full(5 * GB, 10 * GB, None) is None
    line = judged.size_line(replace(SERVER, data_bytes=7 * GB), growing)
    assert "10 months" in line.found
    assert verdict(line) is Verdict.WARN
    assert yearly_growth({"provider": entity("provider", 0)}) is None


def test_a_file_passes_only_when_the_session_refuses_writes() -> None:
    assert verdict(judged.read_only_line(FILE, None)) is Verdict.PASS
    assert verdict(judged.read_only_line(replace(FILE, reads_only=False), None)) is Verdict.STOP


@pytest.mark.parametrize(
    ("encryption", "expected"),
    [
        (None, Verdict.WARN),
        (Encryption(False, None), Verdict.WARN),
        (Encryption(True, False), Verdict.WARN),
        (Encryption(True, None), Verdict.PASS),
        (Encryption(True, True), Verdict.PASS),
    ],
)
def test_a_session_in_plaintext_or_with_an_unchecked_server_warns(
    encryption: Encryption | None, expected: Verdict
) -> None:
    assert verdict(judged.encryption_line(replace(SERVER, encryption=encryption))) is expected


def test_what_moves_through_an_unusual_code_page_is_looked_at() -> None:
    assert verdict(judged.collation_line(SERVER)) is Verdict.PASS
    assert verdict(judged.collation_line(replace(SERVER, code_page=437))) is Verdict.WARN


def test_readers_that_wait_for_writers_warn() -> None:
    assert verdict(judged.snapshot_line(SERVER)) is Verdict.PASS
    blocked = replace(SERVER, snapshot_allowed=False)
    assert verdict(judged.snapshot_line(blocked)) is Verdict.WARN
    assert verdict(judged.snapshot_line(replace(blocked, reads_committed_snapshots=True))) is Verdict.PASS


def test_rows_without_patients_stop_and_empty_entities_warn() -> None:
    full = {"patient": entity("patient", 20), "letter": entity("letter", 3)}
    assert verdict(judged.rows_line(full)) is Verdict.PASS
    assert verdict(judged.rows_line({**full, "letter": entity("letter", 0)})) is Verdict.WARN
    assert verdict(judged.rows_line({**full, "patient": entity("patient", 0)})) is Verdict.STOP
    line = judged.rows_line({**full, "letter": entity("letter", None)})
    assert verdict(line) is Verdict.STOP
    assert "letter" in line.found


def test_patients_that_no_range_reaches_are_counted() -> None:
    assert verdict(judged.patient_ids_line(PatientIds("int", 1, 900, 800))) is Verdict.PASS
    line = judged.patient_ids_line(PatientIds("int", -7, 900, 800, out_of_reach=3))
    assert verdict(line) is Verdict.WARN
    assert " 3 " in line.found


def test_documents_beyond_the_limit_stop_unless_they_stay() -> None:
    assert verdict(judged.documents_line(10_000_000, wanted=True, limit_megabytes=500)) is Verdict.PASS
    assert verdict(judged.documents_line(900_000_000, wanted=True, limit_megabytes=500)) is Verdict.STOP
    assert verdict(judged.documents_line(900_000_000, wanted=False, limit_megabytes=500)) is Verdict.PASS
    assert verdict(judged.documents_line(None, wanted=True, limit_megabytes=500)) is Verdict.PASS


def test_tables_without_a_mark_of_change_are_named() -> None:
    marked = {"patient": entity("patient", 5), "letter": entity("letter", 5, marker="row version RV")}
    assert verdict(judged.change_markers_line(marked)) is Verdict.PASS
    line = judged.change_markers_line({**marked, "provider": entity("provider", 5, marker=None)})
    assert verdict(line) is Verdict.WARN
    assert "T_provider" in line.found
    assert "1 tables with a row version" in line.found


def test_copies_are_known_by_their_names() -> None:
    copies = [
        "Patient_bak",
        "old_Patient",
        "Patient_20240131",
        "PATIENT_BACKUP2",
        "tmp_Letters",
        "Exam_2019_03",
    ]
    tables = ["Patient", "Exam", "Exam2", "Tempo", "HouseholdMember", "Copyright", "Template", "Fees_2024"]
    line = judged.set_aside_line([*tables, *copies], tables)
    assert verdict(line) is Verdict.PASS
    assert line.found.startswith("6 tables")
    assert all(copy in line.found for copy in copies)


def test_a_profile_that_reads_a_copy_warns() -> None:
    assert verdict(judged.set_aside_line(["Patient", "Patient_bak"], ["Patient"])) is Verdict.PASS
    assert verdict(judged.set_aside_line(["Patient", "Patient_bak"], ["Patient_bak"])) is Verdict.WARN


def test_an_old_backup_warns() -> None:
    assert verdict(judged.backup_line(SERVER, NOW)) is Verdict.PASS
    assert (
        verdict(judged.backup_line(replace(SERVER, last_backup=NOW - timedelta(days=40)), NOW))
        is Verdict.WARN
    )
    assert verdict(judged.backup_line(replace(SERVER, last_backup=None), NOW)) is Verdict.WARN


def test_clock_and_time_zone_are_compared() -> None:
    assert verdict(judged.clock_line(SERVER)) is Verdict.PASS
    assert verdict(judged.clock_line(replace(SERVER, seconds_ahead=-900.0))) is Verdict.WARN
    assert verdict(judged.time_zone_line(SERVER, "America/Chicago", -360)) is Verdict.PASS
    assert verdict(judged.time_zone_line(SERVER, "America/New_York", -300)) is Verdict.WARN


def test_without_a_profile_the_largest_tables_are_told() -> None:
    line = judged.tables_line({"Small": 3, "Large": 7_000}, 0)
    assert verdict(line) is Verdict.WARN
    assert line.found.index("Large 7,000") < line.found.index("Small 3")
    assert verdict(judged.tables_line({}, 0)) is Verdict.STOP
