"""The generated file itself: whole or absent, private, repeatable, flat in memory, in the schema's forms."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import stat
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from panda_twenty.sandbox.practice import PracticeCounts, write_practice, writing
from panda_twenty.sandbox.practice.identity import SLOTS, patient_id, row_id
from panda_twenty.sandbox.practice.staff import npi_check_digit

_TABLES_OF_A_PATIENT = ("Patient", *SLOTS)
#: The rows of 120 patients take 3.8 MB when they are all held; in chunks of 100 rows the peak is 0.75 MB.
_FLAT_BYTES = 1_000_000


def _digests(file: Path) -> dict[str, str]:
    with sqlite3.connect(file) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: hashlib.sha256(
                repr(connection.execute(f"SELECT * FROM [{table}] ORDER BY 1, 2").fetchall()).encode()
            ).hexdigest()
            for table in tables
        }


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("practice") / "practice.sqlite"
    write_practice(file)
    return file


@pytest.fixture(scope="module")
def connection(practice: Path) -> sqlite3.Connection:
    return sqlite3.connect(practice)


def test_the_same_size_and_seed_give_the_same_rows_in_every_table(practice: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.sqlite"
    write_practice(again)
    assert _digests(again) == _digests(practice)


def test_another_seed_gives_other_people(practice: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    write_practice(other, seed=21)
    assert _digests(other)["Patient"] != _digests(practice)["Patient"]


def test_a_patient_is_the_same_in_a_larger_practice(connection: sqlite3.Connection, tmp_path: Path) -> None:
    smaller = tmp_path / "smaller.sqlite"
    write_practice(smaller, patients=120)
    other = sqlite3.connect(smaller)
    last = patient_id(119)
    for table in _TABLES_OF_A_PATIENT:
        query = f"SELECT * FROM [{table}] WHERE PatientID <= {last} ORDER BY 1"
        assert other.execute(query).fetchall() == connection.execute(query).fetchall(), table
    teeth = (
        "SELECT t.* FROM PerioTooth t JOIN PerioExam e ON e.ExamID = t.ExamID "
        f"WHERE e.PatientID <= {last} ORDER BY 1, 2"
    )
    assert other.execute(teeth).fetchall() == connection.execute(teeth).fetchall()


def test_the_counts_are_those_of_the_tables(tmp_path: Path) -> None:
    file = tmp_path / "counted.sqlite"
    counts = write_practice(file, patients=40)
    assert isinstance(counts, PracticeCounts)
    connection = sqlite3.connect(file)
    for table, rows in counts.tables.items():
        assert connection.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone() == (rows,), table
    assert counts.patients == 40
    assert counts.total == sum(counts.tables.values())
    assert (counts.exams, counts.teeth) == (counts.tables["PerioExam"], counts.tables["PerioTooth"])


def test_progress_ends_with_every_patient_done(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_practice(tmp_path / "p.sqlite", patients=110, progress=lambda done, of: calls.append((done, of)))
    assert calls == [(50, 110), (100, 110), (110, 110)]


def test_only_the_owner_can_read_the_file(practice: Path) -> None:
    assert stat.S_IMODE(practice.stat().st_mode) == 0o600


def test_an_existing_file_is_left_alone_unless_overwriting_was_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "practice.sqlite"
    file.write_text("precious")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        write_practice(file, patients=1)
    assert file.read_text() == "precious"
    write_practice(file, patients=1, overwrite=True)
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_practice(tmp_path / "practice.sqlite", patients=60, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("patients", [0, 1, 7])
def test_tiny_practices_have_one_office(tmp_path: Path, patients: int) -> None:
    counts = write_practice(tmp_path / "tiny.sqlite", patients=patients)
    assert counts.patients == patients
    assert counts.tables["Office"] == 1


def test_a_negative_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="-1 patients"):
        write_practice(tmp_path / "practice.sqlite", patients=-1)


def test_memory_stays_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK_ROWS", 100)
    tracemalloc.start()
    try:
        write_practice(tmp_path / "practice.sqlite", patients=120)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < _FLAT_BYTES


def test_patient_ids_have_small_and_large_gaps(connection: sqlite3.Connection) -> None:
    ids = [row[0] for row in connection.execute("SELECT PatientID FROM Patient ORDER BY 1")]
    steps = {later - earlier for earlier, later in pairwise(ids)}
    assert ids == [patient_id(index) for index in range(200)]
    assert {1, 2} < steps
    assert max(steps) > 300


@pytest.mark.parametrize("table", sorted(SLOTS))
def test_row_ids_are_never_given_twice(table: str) -> None:
    ids = [row_id(table, index, slot) for index in range(130) for slot in range(SLOTS[table])]
    assert len(set(ids)) == len(ids)
    assert min(ids) >= 1


def test_a_patients_exams_do_not_stand_next_to_each_other(connection: sqlite3.Connection) -> None:
    owners = [row[0] for row in connection.execute("SELECT PatientID FROM PerioExam ORDER BY ExamID")]
    assert sum(owner == following for owner, following in pairwise(owners)) < len(owners) / 5


def test_moments_and_days_are_stored_in_one_form(connection: sqlite3.Connection) -> None:
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\d")
    day = re.compile(r"\d{4}-\d\d-\d\d")
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for column in connection.execute(f"PRAGMA table_info([{table}])").fetchall():
            form = {"DATETIME": moment, "DATE": day}.get(column[2])
            if form:
                values = connection.execute(f"SELECT DISTINCT [{column[1]}] FROM [{table}]").fetchall()
                assert all(value is None or form.fullmatch(value) for (value,) in values), column[1]


def test_no_row_was_modified_before_it_was_made(connection: sqlite3.Connection) -> None:
    for table in ("Patient", "PerioExam", "TxPlan", "Comparison"):
        query = f"SELECT COUNT(*) FROM [{table}] WHERE ModifiedOn < CreatedOn"
        assert connection.execute(query).fetchone() == (0,), table


def test_texts_fit_their_columns(connection: sqlite3.Connection) -> None:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for column in connection.execute(f"PRAGMA table_info([{table}])").fetchall():
            size = re.fullmatch(r"(?:NVARCHAR|VARBINARY)\((\d+)\)", column[2])
            if size:
                longest = connection.execute(f"SELECT MAX(LENGTH([{column[1]}])) FROM [{table}]").fetchone()[
                    0
                ]
                assert (longest or 0) <= int(size[1]), f"{table}.{column[1]}"


def test_foreign_keys_hold_except_where_a_case_says_so(connection: sqlite3.Connection) -> None:
    orphans = {
        "PatientInsurance.PatientID": 0,
        "TxPhase.PlanID": 0,
        "TxItem.PhaseID": 0,
        "PerioTooth.ExamID": 0,
        "TxPlan.ExamID": 0,
        "PatientDocument.ExamID": 0,
        "Comparison.Exam1ID": 0,
        "Patient.OfficeID": 0,
        "Comparison.BaselineExamID": 1,
        "PerioExam.ProviderID": 1,
        "Patient.RefDrID": 1,
        "Letter.TemplateID": 1,
        "Letter.RefDrID": 0,
        "Appointment.RescheduledTo": 1,
    }
    parents = {
        "PlanID": ("TxPlan", "PlanID"),
        "PhaseID": ("TxPhase", "PhaseID"),
        "TemplateID": ("LetterTemplate", "TemplateID"),
        "RescheduledTo": ("Appointment", "AppointmentID"),
        "RefDrID": ("RefDoctor", "RefDrID"),
        "ProviderID": ("Provider", "ProviderID"),
        "OfficeID": ("Office", "OfficeID"),
        "PatientID": ("Patient", "PatientID"),
    }
    for name, expected in orphans.items():
        table, column = name.split(".")
        parent, key = parents.get(column, ("PerioExam", "ExamID"))
        query = f"SELECT COUNT(*) FROM [{table}] WHERE [{column}] NOT IN (SELECT [{key}] FROM [{parent}])"
        assert connection.execute(query).fetchone() == (expected,), name


def test_nothing_points_to_a_real_person(connection: sqlite3.Connection) -> None:
    phones = connection.execute(
        "SELECT HomePhone FROM Patient UNION SELECT WorkPhone FROM Patient "
        "UNION SELECT MobilePhone FROM Patient "
        "UNION SELECT Phone FROM RefDoctor UNION SELECT Fax FROM RefDoctor UNION SELECT Phone FROM Provider "
        "UNION SELECT Phone FROM Office"
    ).fetchall()
    for (phone,) in phones:
        digits = re.sub(r"\D", "", phone or "").removeprefix("1")
        assert not digits or re.match(r"\d{3}55501\d\d", digits), phone
    emails = connection.execute("SELECT Email FROM Patient UNION SELECT Email FROM RefDoctor").fetchall()
    for (email,) in emails:
        addresses = re.split(r"[;,]\s*", email or "")
        assert all(part.lower().endswith(".test") or part.lower() in ("", "n/a") for part in addresses), email
    numbers = connection.execute("SELECT DISTINCT SSN FROM Patient WHERE SSN IS NOT NULL").fetchall()
    assert all(number.startswith(("900-00-", "000-00-")) for (number,) in numbers)


def test_npis_begin_with_2_and_all_but_one_carry_their_check_digit(connection: sqlite3.Connection) -> None:
    assert npi_check_digit("123456789") == 3  # the example in the CMS document
    numbers = connection.execute("SELECT NPI FROM Provider UNION SELECT NPI FROM Office").fetchall()
    wrong = [number for (number,) in numbers if int(number[-1]) != npi_check_digit(number[:9])]
    assert len(wrong) == 1
    assert all(len(number) == 10 and number.startswith("2") for (number,) in numbers)
