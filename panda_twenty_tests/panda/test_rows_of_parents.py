"""Rows whose patient stands in a parent's table, or in its parent's: a range reads those and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from panda_twenty.panda.connection import PracticeDatabase, open_practice
from panda_twenty.panda.extraction import count_rows, read_entity
from panda_twenty.panda.profile import load_profile, parse_profile
from panda_twenty.panda.ranges import PatientRange, PickedPatients
from panda_twenty.panda.statements import select_rows
from panda_twenty.sandbox.practice import write_practice

MakeDatabase = Callable[[str], Path]

SCRIPT = """
CREATE TABLE Person (Id INT PRIMARY KEY);
CREATE TABLE Plan (Id INT NOT NULL PRIMARY KEY, Person INT);
CREATE TABLE Phase (Plan INT, Number INT, PRIMARY KEY (Plan, Number));
CREATE TABLE Item (Id INT PRIMARY KEY, Plan INT, Phase INT);
CREATE TABLE Visit (Plan INT NOT NULL, Step INT NOT NULL, PRIMARY KEY (Plan, Step));
INSERT INTO Plan VALUES (1, 10), (2, 20), (3, NULL), (4, 10);
INSERT INTO Phase VALUES (1, 1), (2, 1), (2, 2), (3, 1), (4, 1);
INSERT INTO Item VALUES (1, 2, 1), (2, 1, 1), (3, 2, 2), (4, 3, 1), (5, 99, 1), (6, NULL, NULL), (7, 4, 1);
INSERT INTO Visit VALUES (4, 1), (1, 2), (1, 1), (2, 1), (3, 1), (99, 1);
"""

PROFILE = parse_profile(
    """
profile: small
practice: small
time_zone: America/Chicago
entities:
  patient: {table: Person, key: Id, range: Id}
  treatment_phase:
    table: Visit
    key: [Plan, Step]
    parents: [{table: Plan, on: {Plan: Id}}]
    range: Person
    attributes: {plan_key: Plan}
  planned_procedure:
    table: Item
    key: Id
    parents: [{table: Phase, on: {Plan: Plan, Phase: Number}}, {table: Plan, on: {Plan: Id}}]
    range: Person
    attributes: {phase_key: Phase}
  appointment:
    table: Item
    key: Id
    parents: [{table: Visit, on: {Plan: Plan}}, {table: Plan, on: {Plan: Id}}]
    range: Person
    attributes: {starts_at: {constant: "2024-01-01T08:00:00"}}
""",
    "small.yaml",
)


@pytest.fixture
def database(make_database: MakeDatabase) -> PracticeDatabase:
    return open_practice(f"sqlite:///{make_database(SCRIPT)}")


@pytest.mark.parametrize(
    ("entity", "of_ten", "of_twenty"),
    [
        ("treatment_phase", ["1|1", "1|2", "4|1"], ["2|1"]),
        ("planned_procedure", ["2", "7"], ["1", "3"]),
        # A row that is joined to two parents comes twice, as it does without a range.
        ("appointment", ["2", "2", "7"], ["1", "3"]),
    ],
)
def test_a_range_has_the_rows_of_its_patients(
    database: PracticeDatabase, entity: str, of_ten: list[str], of_twenty: list[str]
) -> None:
    def keys(patients: PatientRange | PickedPatients) -> list[str]:
        found = [row.key for row in read_entity(database, PROFILE, entity, patients)]
        assert count_rows(database, PROFILE, entity, patients) == len(found)
        return found

    assert keys(PatientRange(0, 15)) == of_ten
    assert keys(PatientRange(15, 40)) == of_twenty
    assert keys(PickedPatients((10,))) == of_ten
    assert keys(PickedPatients((20, *range(1_000, 1_900)))) == of_twenty
    assert keys(PatientRange(30, 40)) == []


def test_the_teeth_behind_an_exam_are_found_by_their_exams(tmp_path: Path) -> None:
    """Otherwise the last step of each range goes through the rest of a table of millions of teeth."""
    write_practice(tmp_path / "practice.sqlite", patients=2)
    statement = select_rows(load_profile("reference-practice").entities["perio_chart"], PatientRange(0, 200))
    head, _, order = statement.sql.rpartition(" ORDER BY ")
    behind = f"EXPLAIN QUERY PLAN {head} AND [own].[ExamID] > ? ORDER BY {order} LIMIT 50000"
    with open_practice(f"sqlite:///{tmp_path / 'practice.sqlite'}") as database:
        plan = [row[3] for row in database.fetch(behind, [*statement.parameters, 1])]
    assert any("own" in step and "(ExamID=?" in step for step in plan), plan
    assert not any("own" in step and "(ExamID>?" in step for step in plan), plan
