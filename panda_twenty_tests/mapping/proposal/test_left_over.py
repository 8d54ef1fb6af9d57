"""Columns that are taken because no other is left, and those that are not."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.mapping.proposal import Proposal, propose
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.discovery import discover

_PATIENTS = 60
_NAMES = ("Marlow", "Quist", "Ferrand", "Oyelaran", "Tanaka", "Brandt")


def day(number: int, month: int = 3) -> str:
    return f"20{10 + number % 9}-{month:02d}-{1 + number % 27:02d}T00:00:00.000"


def moment(number: int, month: int = 2) -> str:
    return f"{day(number, month)[:10]}T{8 + number % 9:02d}:{number % 60:02d}:17.000"


def proposed(
    folder: Path, *, of_patients: str, patients: Sequence[Sequence[Any]], exams: str = "", dates: Any = None
) -> Proposal:
    """What is proposed for patients and exams with these further columns and their values."""
    file = folder / "practice.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "CREATE TABLE Patient (PatientID INT PRIMARY KEY, FirstName VARCHAR(30), LastName VARCHAR(30),"
            f" BirthDate DATETIME, HomePhone VARCHAR(20), LastModified DATETIME{of_patients});"
            "CREATE TABLE PerioExam (ExamID INT PRIMARY KEY, PatientID INT, Stage VARCHAR(4),"
            f" Modified DATETIME{exams});"
            "CREATE TABLE PerioTooth (ExamID INT, ToothNo INT, PD_MB INT, PD_B INT, PD_DB INT, PD_ML INT,"
            " PD_L INT, PD_DL INT, PRIMARY KEY (ExamID, ToothNo));"
        )
        for number in range(_PATIENTS):
            own = (1000 + number, "Ada", _NAMES[number % 6], f"19{40 + number % 50}-05-06", "512-555-0119")
            row = (*own, moment(number, 12), *patients[number])
            connection.execute(f"INSERT INTO Patient VALUES ({', '.join('?' * len(row))})", row)
            exam = (number, 1000 + number, "II", moment(number, 12), *(dates(number) if dates else ()))
            connection.execute(f"INSERT INTO PerioExam VALUES ({', '.join('?' * len(exam))})", exam)
            connection.executemany(
                "INSERT INTO PerioTooth VALUES (?, ?, 3, 2, 3, 4, 2, 3)",
                [(number, tooth) for tooth in range(1, 33)],
            )
    with open_practice(f"sqlite:///{file}") as database:
        return propose(discover(database), practice="p", time_zone="America/Chicago")


def column(proposal: Proposal, entity: str, attribute: str) -> tuple[str, float] | None:
    found = proposal.entity(entity)
    line = found.line(attribute) if found else None
    return (line.column, line.score) if line else None


EXAM: dict[str, Any] = {"exams": ", EDT DATETIME", "dates": lambda number: (day(number, 6),)}


def test_a_day_before_every_exam_is_the_first_visit_and_is_not_sure(tmp_path: Path) -> None:
    patients = [(day(number, 3),) for number in range(_PATIENTS)]
    found = column(
        proposed(tmp_path, of_patients=", STATUS DATETIME", patients=patients, **EXAM),
        "patient",
        "first_visit",
    )
    assert found is not None
    assert found[0] == "STATUS"
    assert found[1] < 0.8


def test_a_day_after_the_exams_is_no_first_visit(tmp_path: Path) -> None:
    patients = [(day(number, 9),) for number in range(_PATIENTS)]
    proposal = proposed(tmp_path, of_patients=", STATUS DATETIME", patients=patients, **EXAM)
    assert column(proposal, "patient", "first_visit") is None


@pytest.mark.parametrize(("years_on", "is_entry"), [(0, True), (1, False)])
def test_the_one_moment_that_is_left_is_the_entry_unless_it_comes_after_the_last_change(
    tmp_path: Path, years_on: int, is_entry: bool
) -> None:
    patients = [(moment(number + years_on, 1),) for number in range(_PATIENTS)]
    proposal = proposed(tmp_path, of_patients=", DOB1 DATETIME", patients=patients, **EXAM)
    found = column(proposal, "patient", "created_at")
    assert (found is not None and found[0] == "DOB1") == is_entry
    assert found is None or found[1] < 0.8


def test_the_only_day_of_an_exam_is_its_day(tmp_path: Path) -> None:
    patients: list[tuple[()]] = [()] * _PATIENTS
    proposal = proposed(
        tmp_path,
        of_patients="",
        patients=patients,
        exams=", QQ1 DATETIME",
        dates=lambda number: (day(number),),
    )
    found = column(proposal, "perio_exam", "exam_date")
    assert found is not None
    assert found[0] == "QQ1"
    assert found[1] < 0.8


def test_of_two_days_that_say_nothing_neither_is_taken(tmp_path: Path) -> None:
    patients: list[tuple[()]] = [()] * _PATIENTS
    proposal = proposed(
        tmp_path,
        of_patients="",
        patients=patients,
        exams=", QQ1 DATETIME, QQ2 DATETIME",
        dates=lambda number: (day(number), day(number + 2)),
    )
    assert column(proposal, "perio_exam", "exam_date") is None


def test_a_day_that_many_exams_lack_is_not_their_day(tmp_path: Path) -> None:
    patients: list[tuple[()]] = [()] * _PATIENTS
    proposal = proposed(
        tmp_path,
        of_patients="",
        patients=patients,
        exams=", QQ1 DATETIME",
        dates=lambda number: (day(number) if number % 3 else None,),
    )
    assert column(proposal, "perio_exam", "exam_date") is None


def test_a_column_that_few_rows_fill_gives_way_to_one_that_nearly_all_do(tmp_path: Path) -> None:
    patients = [
        ("MF"[number % 2], "MF"[number % 2] if number % 5 == 0 else None) for number in range(_PATIENTS)
    ]
    proposal = proposed(tmp_path, of_patients=", GND CHAR(1), Sex CHAR(1)", patients=patients, **EXAM)
    found = column(proposal, "patient", "sex")
    assert found is not None
    assert found[0] == "GND"


def test_a_column_with_a_doubtful_line_is_undecided_and_one_without_is_not(tmp_path: Path) -> None:
    patients = [(day(number, 3), f"q{number}") for number in range(_PATIENTS)]
    proposal = proposed(tmp_path, of_patients=", STATUS DATETIME, QQQ VARCHAR(9)", patients=patients, **EXAM)
    line = proposal.entity("patient")
    assert line is not None
    first = line.line("first_visit")
    undecided = {each.column for each in proposal.not_read if each.is_undecided}
    assert first is not None
    assert ("STATUS" in undecided) == (not first.is_usable)
    assert "QQQ" not in undecided


def test_kinds_that_would_not_move_are_named_first(tmp_path: Path) -> None:
    found = proposed(tmp_path, of_patients="", patients=[()] * _PATIENTS)
    lacks_its_day, has_no_table = found.remarks[:2]
    assert lacks_its_day.startswith("Table PerioExam may hold perio exam rows")
    assert has_no_table.startswith("No table was found for ")
    assert "letter template, appointment, document" in has_no_table
    assert " patient," not in has_no_table
    assert "perio exam," not in has_no_table
