"""Relations without declared keys, and tables that nothing is proposed from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.discovery import Discovery, discover

SCRIPT = """
CREATE TABLE PT (PTID INT PRIMARY KEY, NM VARCHAR(40));
CREATE TABLE VISIT (VID INT PRIMARY KEY, PTID INT, DOC VARCHAR(6), MOVEDTO INT);
CREATE TABLE PRV (PRVID INT PRIMARY KEY, CODE VARCHAR(6) UNIQUE, NM VARCHAR(40));
CREATE TABLE PT_BAK_2019 (PTID INT PRIMARY KEY, NM VARCHAR(40));
CREATE TABLE tmpImport (A INT, B INT);
CREATE TABLE ErrLog (ID INT, MSG VARCHAR(40));
CREATE TABLE proclog (ID INT PRIMARY KEY, PTID INT);
CREATE VIEW vwPatients AS SELECT * FROM PT;
CREATE TABLE Empty1 (ID INT);
"""


@pytest.fixture(scope="module")
def discovery(tmp_path_factory: pytest.TempPathFactory) -> Discovery:
    file = tmp_path_factory.mktemp("relations") / "practice.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(SCRIPT)
        connection.executemany("INSERT INTO PT VALUES (?, ?)", [(4000 + n, f"N{n}") for n in range(200)])
        connection.executemany(
            "INSERT INTO PT_BAK_2019 VALUES (?, ?)", [(4000 + n, f"N{n}") for n in range(90)]
        )
        connection.executemany(
            "INSERT INTO VISIT VALUES (?, ?, ?, ?)",
            [(n, 4000 + n % 200, f"D{n % 4}", n + 1 if n % 9 == 0 else None) for n in range(1, 500)]
            + [(500, 99, "D1", None)],
        )
        connection.executemany("INSERT INTO PRV VALUES (?, ?, ?)", [(n, f"D{n}", f"P{n}") for n in range(4)])
        connection.executemany("INSERT INTO proclog VALUES (?, ?)", [(n, 4000 + n) for n in range(50)])
        connection.execute("INSERT INTO tmpImport VALUES (1, 2)")
        connection.execute("INSERT INTO ErrLog VALUES (1, 'x')")
    before = file.read_bytes()
    with open_practice(f"sqlite:///{file}") as database:
        found = discover(database)
    assert file.read_bytes() == before
    return found


def test_a_column_of_the_same_name_whose_values_are_there_is_a_relation(discovery: Discovery) -> None:
    relation = discovery.relation_of("VISIT", "PTID")
    assert relation is not None
    assert (relation.to_table, relation.declared) == ("PT", False)
    assert relation.score > 0.8


def test_one_lost_parent_does_not_hide_a_relation(discovery: Discovery) -> None:
    relation = discovery.relation_of("VISIT", "PTID")
    assert relation is not None
    assert relation.inclusion is not None
    assert 0.99 < relation.inclusion < 1


def test_a_column_may_name_another_row_of_its_own_table(discovery: Discovery) -> None:
    relation = discovery.relation_of("VISIT", "MOVEDTO")
    assert relation is not None
    assert relation.to_table == "VISIT"


@pytest.mark.parametrize("table", ["PT_BAK_2019", "tmpImport", "ErrLog", "vwPatients", "Empty1"])
def test_backups_imports_logs_views_and_empty_tables_are_set_aside(discovery: Discovery, table: str) -> None:
    assert discovery.tables[table].set_aside


@pytest.mark.parametrize("table", ["PT", "VISIT", "proclog"])
def test_what_only_ends_like_a_log_is_not(discovery: Discovery, table: str) -> None:
    assert discovery.tables[table].set_aside is None


def test_what_is_written_down_holds_no_values_of_patients(discovery: Discovery) -> None:
    text = repr(discovery.to_json())
    assert "N17" not in text
    assert "4017" not in text
    assert Path(__file__).name not in text


AGREEING = """
CREATE TABLE PT (PTID INT PRIMARY KEY, NM VARCHAR(40));
CREATE TABLE EXAMINED (EXID INT PRIMARY KEY, PTID INT, KIND_CD INT);
CREATE TABLE SIDEBYSIDE (SID INT PRIMARY KEY, PTID INT, LEFTHAND INT, SIZED INT);
CREATE TABLE WORDS (WID INT PRIMARY KEY, WORD VARCHAR(40));
CREATE TABLE LINES (LINE NUMERIC(8,0), EXID INT, PLACE INT);
"""


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory: pytest.TempPathFactory) -> Discovery:
    file = tmp_path_factory.mktemp("agreeing") / "practice.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(AGREEING)
        connection.executemany("INSERT INTO PT VALUES (?, ?)", [(n, f"N{n}") for n in range(1, 61)])
        connection.executemany(
            "INSERT INTO EXAMINED VALUES (?, ?, ?)",
            [(n, 1 + n * 7 % 60, 70_001 + n % 5) for n in range(1, 241)],
        )
        connection.executemany(
            "INSERT INTO SIDEBYSIDE VALUES (?, ?, ?, ?)",
            [(n, 1 + n * 3 * 7 % 60, n * 3, 1 + n * 5 % 90) for n in range(1, 71)],
        )
        connection.executemany("INSERT INTO WORDS VALUES (?, ?)", [(70_000 + n, f"W{n}") for n in range(40)])
        connection.executemany(
            "INSERT INTO LINES VALUES (?, ?, ?)", [(n // 3, 1 + n // 3, n % 3) for n in range(300)]
        )
    with open_practice(f"sqlite:///{file}") as database:
        return discover(database)


def test_rows_that_share_their_patient_relate_columns_whose_name_says_nothing(agreeing: Discovery) -> None:
    relation = agreeing.relation_of("SIDEBYSIDE", "LEFTHAND")
    assert relation is not None
    assert relation.to_table == "EXAMINED"
    assert "PTID" in relation.reason


def test_small_numbers_that_happen_to_be_keys_are_no_relation(agreeing: Discovery) -> None:
    assert agreeing.relation_of("SIDEBYSIDE", "SIZED") is None


def test_large_numbers_that_only_one_table_has_need_no_name(agreeing: Discovery) -> None:
    relation = agreeing.relation_of("EXAMINED", "KIND_CD")
    assert relation is not None
    assert relation.to_table == "WORDS"


def test_a_table_without_a_key_is_told_apart_by_several_columns(agreeing: Discovery) -> None:
    table = agreeing.tables["LINES"]
    assert (table.key, table.key_is_declared) == (("LINE", "PLACE"), False)
    assert table.columns["LINE"].broad == "integer"


def test_a_letter_belongs_to_its_patient_though_it_goes_to_another_doctor(tmp_path: Path) -> None:
    file = tmp_path / "letters.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "CREATE TABLE doctor (doctor_id INT PRIMARY KEY, name VARCHAR(40));"
            "CREATE TABLE patient (patient_id INT PRIMARY KEY, doctor_id INT);"
            "CREATE TABLE letter (letter_id INT PRIMARY KEY, patient_id INT, doctor_id INT);"
        )
        connection.executemany("INSERT INTO doctor VALUES (?, ?)", [(n, f"D{n}") for n in range(20)])
        connection.executemany("INSERT INTO patient VALUES (?, ?)", [(100 + n, n % 20) for n in range(90)])
        connection.executemany(
            "INSERT INTO letter VALUES (?, ?, ?)", [(n, 100 + n % 60, (n + 7) % 20) for n in range(120)]
        )
    with open_practice(f"sqlite:///{file}") as database:
        relation = discover(database).relation_of("letter", "patient_id")
    assert relation is not None
    assert relation.to_table == "patient"
    assert relation.score > 0.8
