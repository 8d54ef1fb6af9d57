from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from panda_twenty.panda import extraction
from panda_twenty.panda.chart import SITES
from panda_twenty.panda.connection import PracticeDatabase, open_practice
from panda_twenty.panda.errors import MissingTableError, ProfileError
from panda_twenty.panda.extraction import Problem, count_rows, joined_key, patient_id_bounds, read_entity
from panda_twenty.panda.profile import SourceProfile, parse_profile
from panda_twenty.panda.ranges import PatientRange
from panda_twenty.panda.statements import select_rows

MakeDatabase = Callable[[str], Path]

SCRIPT = """
CREATE TABLE P (Id INT, First NVARCHAR(20), Born DATE, Sex NVARCHAR(1), Deleted BIT, At DATETIME);
INSERT INTO P VALUES
    (10, 'Ann  ', '1980-02-29', 'F', 0, '2024-01-01T08:00:00.000'),
    (2, '', '1900-01-01', 'Q', 0, NULL),
    (30, 'Bob', 'unknown', NULL, NULL, '2024-01-01T08:00:00.000'),
    (4, 'Gone', NULL, 'F', 1, NULL);
CREATE TABLE E (Id INT, Pat INT, Day DATE);
INSERT INTO E VALUES (1, 10, '2024-01-01'), (2, 30, '2024-02-01'), (3, NULL, '2024-03-01'), (4, 10, NULL);
CREATE TABLE T (Exam INT, Tooth INT, A INT, B INT, C INT, D INT, E INT, F INT);
INSERT INTO T VALUES (2, 9, 1, 1, 1, 1, 1, 1), (1, 8, 2, 2, 2, 2, 2, 99), (1, 3, NULL, 3, 3, 3, 3, 3),
    (77, 1, 4, 4, 4, 4, 4, 4);
CREATE TABLE Defs (Code INT, Label NVARCHAR(20), Type NVARCHAR(1));
INSERT INTO Defs VALUES (1, 'Recession type', 'C'), (2, 'Frenum', 'T'), (2, 'Frenum again', 'T');
CREATE TABLE Vals (Exam INT, Code INT, Val NVARCHAR(20));
INSERT INTO Vals VALUES (1, 1, 'RT2'), (1, 2, 'high'), (2, 3, 'x');
CREATE TABLE Offices (Id NVARCHAR(20), Name NVARCHAR(20));
INSERT INTO Offices VALUES ('a|b', 'North'), (NULL, 'South');
"""

PROFILE = parse_profile(
    """
profile: small
practice: small
time_zone: America/Chicago
entities:
  practice_location: {table: Offices, key: Id, attributes: {name: Name}}
  patient:
    table: P
    key: Id
    range: Id
    where: {column: Deleted, not_in: [1]}
    attributes:
      first_name: First
      birth_date: {column: Born, blank: [1900-01-01]}
      sex: {column: Sex, codes: {F: FEMALE}}
      country: {constant: USA}
      modified_at: At
  perio_exam:
    table: E
    key: Id
    range: Pat
    attributes: {exam_date: Day}
  perio_chart:
    table: T
    key: Exam
    parents: [{table: E, on: {Exam: Id}}]
    range: Pat
    attributes: {exam_key: Exam}
    chart:
      shape: tooth_rows
      notation: universal
      gingival_margin_sign: recession_positive
      not_assessable: [99]
      tooth: Tooth
      measures: {probing_depth: [A, B, C, D, E, F]}
  custom_finding:
    table: Vals
    key: [Exam, Code]
    parents: [{table: E, on: {Exam: Id}}]
    range: Pat
    attributes:
      exam_key: Exam
      label: {column: Label, lookup: &defs {table: Defs, on: {Code: Code}}}
      value_type: {column: Type, lookup: *defs, codes: {C: CHOICE, T: TEXT}}
      value: Val
""",
    "small.yaml",
)


@pytest.fixture
def database(make_database: MakeDatabase) -> PracticeDatabase:
    return open_practice(f"sqlite:///{make_database(SCRIPT)}")


def codes(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(problem.attribute, problem.code) for problem in problems]


def test_rows_come_ordered_by_key_with_every_attribute_and_filtered(database: PracticeDatabase) -> None:
    rows = list(read_entity(database, PROFILE, "patient"))
    assert [row.key for row in rows] == ["2", "10", "30"]
    assert rows[1].values["first_name"] == "Ann"
    assert rows[1].values["country"] == "USA"
    assert rows[1].values["last_name"] is None
    assert rows[1].values["key"] == "10"
    assert rows[1].values["modified_at"].isoformat() == "2024-01-01T08:00:00-06:00"
    assert rows[1].problems == ()


def test_blank_values_are_none_and_unreadable_ones_are_problems_without_the_value(
    database: PracticeDatabase,
) -> None:
    rows = list(read_entity(database, PROFILE, "patient"))
    assert rows[0].values["birth_date"] is None
    assert codes(rows[0].problems) == [("sex", "unknown_code")]
    assert codes(rows[2].problems) == [("birth_date", "unreadable_date")]
    assert "unknown" not in rows[2].problems[0].advice


def test_a_range_reads_its_patients_and_no_others(database: PracticeDatabase) -> None:
    rows = read_entity(database, PROFILE, "perio_exam", PatientRange(0, 30))
    assert [row.key for row in rows] == ["1", "4"]


def test_rows_that_no_range_reaches_are_still_counted_and_read(database: PracticeDatabase) -> None:
    ranges = [PatientRange(0, 20), PatientRange(20, 40)]
    for entity, everything, in_ranges in (("perio_exam", 4, 3), ("perio_chart", 3, 2)):
        assert count_rows(database, PROFILE, entity) == everything
        assert sum(count_rows(database, PROFILE, entity, each) for each in ranges) == in_ranges
        assert len(list(read_entity(database, PROFILE, entity))) == everything
    orphan = list(read_entity(database, PROFILE, "perio_chart"))[-1]
    assert codes(orphan.problems) == [("patient_key", "missing_required")]


def test_what_is_missing_is_reported_where_it_is_required(database: PracticeDatabase) -> None:
    rows = list(read_entity(database, PROFILE, "perio_exam", PatientRange(0, 30)))
    assert rows[0].problems == ()
    assert codes(rows[1].problems) == [("exam_date", "missing_required")]


def test_a_chart_is_one_row_per_exam(database: PracticeDatabase) -> None:
    rows = list(read_entity(database, PROFILE, "perio_chart", PatientRange(0, 100)))
    assert [(row.key, row.values["exam_key"], row.values["patient_key"]) for row in rows] == [
        ("1", "1", "10"),
        ("2", "2", "30"),
    ]
    teeth = rows[0].values["teeth"]
    assert [tooth.number for tooth in teeth] == ["3", "8"]
    assert teeth[0].probing_depth == (None, 3, 3, 3, 3, 3)


def test_a_key_of_two_columns_and_a_look_up_table(database: PracticeDatabase) -> None:
    rows = list(read_entity(database, PROFILE, "custom_finding"))
    assert rows[0].key == "1|1"
    assert rows[0].values["label"] == "Recession type"
    assert rows[0].values["value_type"] == "CHOICE"
    assert rows[0].values["patient_key"] == "10"


def test_a_look_up_that_repeats_or_lacks_its_key_is_reported(database: PracticeDatabase) -> None:
    rows = list(read_entity(database, PROFILE, "custom_finding"))
    assert [(row.key, codes(row.problems)) for row in rows] == [
        ("1|1", []),
        ("1|2", []),
        ("1|2", [("key", "duplicate_key")]),
        ("2|3", [("label", "missing_required")]),
    ]


def test_single_rows_are_read_by_key(database: PracticeDatabase) -> None:
    assert [row.key for row in read_entity(database, PROFILE, "patient", keys=["30", "2", "999"])] == [
        "2",
        "30",
    ]
    found = list(read_entity(database, PROFILE, "custom_finding", keys=["2|3"]))
    assert [row.values["value"] for row in found] == ["x"]
    charts = list(read_entity(database, PROFILE, "perio_chart", keys=["1"]))
    assert [len(row.values["teeth"]) for row in charts] == [2]
    assert list(read_entity(database, PROFILE, "patient", keys=[])) == []


def test_many_keys_take_several_statements(database: PracticeDatabase) -> None:
    keys = [str(number) for number in range(1000)]
    assert sorted(row.key for row in read_entity(database, PROFILE, "patient", keys=keys)) == [
        "10",
        "2",
        "30",
    ]


def test_a_key_part_may_hold_the_separator(database: PracticeDatabase) -> None:
    assert joined_key(["a|b", "c%"]) == "a%7Cb|c%25"
    rows = list(read_entity(database, PROFILE, "practice_location"))
    assert [row.key for row in rows] == ["", "a|b"]
    assert codes(rows[0].problems) == [("key", "missing_required")]
    assert [
        row.values["name"] for row in read_entity(database, PROFILE, "practice_location", keys=["a|b"])
    ] == ["North"]


def test_the_bounds_of_patient_ids(database: PracticeDatabase, make_database: MakeDatabase) -> None:
    assert patient_id_bounds(database, PROFILE) == (2, 30, 3)
    empty = make_database("CREATE TABLE P (Id INT, Deleted BIT);")
    with open_practice(f"sqlite:///{empty}") as nothing:
        assert patient_id_bounds(nothing, PROFILE) == (0, 0, 0)


def test_an_entity_that_the_profile_leaves_out_is_told_so(database: PracticeDatabase) -> None:
    with pytest.raises(ProfileError, match="does not say where the entity letter lives"):
        list(read_entity(database, PROFILE, "letter"))


def test_an_entity_of_no_patient_has_no_range(database: PracticeDatabase) -> None:
    with pytest.raises(ValueError, match="read whole"):
        list(read_entity(database, PROFILE, "practice_location", PatientRange(0, 10)))


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("{column: Deleted, equals: 1}", ["4"]),
        ("{column: Deleted, is_null: true}", ["30"]),
        ("[{column: Deleted, is_null: false}, {column: Sex, equals: F}]", ["4", "10"]),
    ],
)
def test_constant_conditions(database: PracticeDatabase, condition: str, keys: list[str]) -> None:
    profile: SourceProfile = parse_profile(
        "profile: p\npractice: p\ntime_zone: UTC\nentities:\n  patient:\n    table: P\n    key: Id\n"
        f"    range: Id\n    where: {condition}\n",
        "p.yaml",
    )
    assert [row.key for row in read_entity(database, profile, "patient")] == keys
    assert count_rows(database, profile, "patient") == len(keys)


def test_charts_of_other_shapes_are_read_through_the_same_call(make_database: MakeDatabase) -> None:
    """The table and column names of the second profile are those of Open Dental's public schema."""
    head = "profile: p\npractice: p\ntime_zone: UTC\nentities:\n  perio_chart:\n"
    conventions = "      notation: universal\n      gingival_margin_sign: recession_positive\n"
    wide = parse_profile(
        head.rstrip("\n")
        + " {table: W, key: Id, range: Pat, attributes: {exam_key: Id}, chart: {shape: wide,"
        " notation: universal, gingival_margin_sign: recession_positive,"
        " measures: {probing_depth: 'P{tooth}{site}'}}}\n",
        "wide.yaml",
    )
    rows = parse_profile(
        head + "    table: periomeasure\n    key: PerioExamNum\n    range: PatNum\n"
        "    parents: [{table: perioexam, on: {PerioExamNum: PerioExamNum}}]\n"
        "    attributes: {exam_key: PerioExamNum}\n    chart:\n      shape: measure_rows\n"
        + conventions
        + "      negative_offset: 100\n      not_recorded: [-1]\n      tooth: IntTooth\n"
        "      measure: SequenceType\n      tooth_value: ToothValue\n"
        "      site_order: [MB, B, DB, ML, L, DL]\n"
        "      values: [MBvalue, Bvalue, DBvalue, MLvalue, Lvalue, DLvalue]\n"
        "      measure_codes: {4: probing_depth, 2: gingival_margin}\n",
        "rows.yaml",
    )
    columns = ", ".join(f"P{tooth}{site} INT" for tooth in range(1, 33) for site in SITES)
    file = make_database(
        f"CREATE TABLE W (Id INT, Pat INT, {columns});"
        "INSERT INTO W (Id, Pat, P3DB, P3ML) VALUES (1, 7, 4, 5), (2, 8, NULL, NULL), (2, 8, 1, 1);"
        "CREATE TABLE perioexam (PerioExamNum INT, PatNum INT);"
        "INSERT INTO perioexam VALUES (1, 7);"
        "CREATE TABLE periomeasure (PerioExamNum INT, IntTooth INT, SequenceType INT, ToothValue INT,"
        " MBvalue INT, Bvalue INT, DBvalue INT, MLvalue INT, Lvalue INT, DLvalue INT);"
        "INSERT INTO periomeasure VALUES (1, 3, 4, -1, 3, 2, 4, -1, -1, -1),"
        " (1, 3, 2, -1, 105, 0, 1, -1, -1, -1);"
    )
    with open_practice(f"sqlite:///{file}") as database:
        one, other = read_entity(database, wide, "perio_chart", PatientRange(0, 10))
        assert one.values["teeth"][0].probing_depth == (4, None, None, None, None, 5)
        assert one.values["patient_key"] == "7"
        assert codes(other.problems) == [("key", "duplicate_key")]
        (exam,) = read_entity(database, rows, "perio_chart", PatientRange(0, 10))
        assert exam.values["teeth"][0].probing_depth == (4, 2, 3, None, None, None)
        assert exam.values["teeth"][0].gingival_margin == (1, 0, -5, None, None, None)
        assert count_rows(database, rows, "perio_chart", PatientRange(0, 10)) == 1


def test_a_moment_is_read_from_a_day_and_a_time_of_day(make_database: MakeDatabase) -> None:
    file = make_database(
        "CREATE TABLE A (Id INT, Pat INT, D INT, T INT);"
        "INSERT INTO A VALUES (1, 10, 20240701, 1430), (2, 10, 0, 900), (3, 10, 20240701, 2490);"
    )
    profile = parse_profile(
        "profile: p\npractice: p\ntime_zone: America/Chicago\nentities:\n"
        "  appointment: {table: A, key: Id, range: Pat, attributes: {starts_at: {column: D, time_column: T,"
        " format: '%Y%m%d', blank: ['0']}}}\n",
        "p.yaml",
    )
    with open_practice(f"sqlite:///{file}") as database:
        rows = list(read_entity(database, profile, "appointment"))
    assert str(rows[0].values["starts_at"]) == "2024-07-01 14:30:00-05:00"
    assert [each.code for each in rows[1].problems] == ["missing_required"]
    assert [each.code for each in rows[2].problems] == ["unreadable_date"]


class _ToldColumns:
    """A SQL Server that is asked for the types of its columns and nothing else."""

    dialect = "sqlserver"

    def columns(self, table: str) -> dict[str, str]:
        if table == "Defs":
            raise MissingTableError("a synonym")
        return {"EXAM": "int", "Code": "int", "VAL": "sql_variant", "Pat": "int"}


def test_columns_of_types_that_no_driver_reads_are_selected_as_text() -> None:
    """Such as the values of findings that a practice has defined for itself."""
    readable = extraction._readable(cast(PracticeDatabase, _ToldColumns()))
    sql = select_rows(PROFILE.entities["custom_finding"], PatientRange(0, 9), readable=readable).sql
    selected, _, order = sql.partition(" FROM ")
    assert "CAST([own].[Val] AS nvarchar(4000))" in selected
    assert "[own].[Exam], [own].[Code], [parent1].[Pat], [lookup1].[Label]" in selected
    assert "CAST" not in order
