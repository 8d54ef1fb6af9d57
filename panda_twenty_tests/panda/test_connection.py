from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from panda_twenty.panda.connection import open_practice, quoted, quoted_table
from panda_twenty.panda.errors import (
    BusyConnectionError,
    CannotConnectError,
    MissingColumnError,
    MissingTableError,
    SourceError,
    UnknownDatabaseError,
)

MakeDatabase = Callable[[str], Path]

SCRIPT = """
CREATE TABLE Patient (PatientID INT NOT NULL PRIMARY KEY, [Odd ]]Name] NVARCHAR(80), Born DATE);
CREATE TABLE [we]]ird] (id INT);
CREATE VIEW Adults AS SELECT PatientID FROM Patient;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
INSERT INTO Patient SELECT i, 'name ' || i, '2000-01-01' FROM n;
"""
SCRIPT = SCRIPT.replace("[Odd ]]Name]", '"Odd ]Name"').replace("[we]]ird]", '"we]ird"')


def test_the_sql_of_sql_server_runs_on_a_sqlite_file(make_database: MakeDatabase) -> None:
    sql = (
        "SELECT [PatientID], [Born] FROM [dbo].[Patient] WHERE [PatientID] >= ? AND [PatientID] <= ?"
        " ORDER BY [PatientID]"
    )
    with open_practice(f"sqlite:///{make_database(SCRIPT)}") as database:
        assert list(database.query(sql, (5, 6))) == [(5, "2000-01-01"), (6, "2000-01-01")]


def test_rows_stream_across_many_fetches(make_database: MakeDatabase) -> None:
    with open_practice(f"sqlite:///{make_database(SCRIPT)}") as database:
        rows = database.query("SELECT [PatientID] FROM [dbo].[Patient] ORDER BY 1", fetch_size=7)
        assert [row[0] for row in rows] == list(range(1, 2501))


def test_the_catalogue_tells_tables_views_columns_and_types(make_database: MakeDatabase) -> None:
    with open_practice(f"sqlite:///{make_database(SCRIPT)}") as database:
        assert database.tables() == ("Adults", "Patient", "we]ird")
        assert database.columns("patient") == {
            "PatientID": "int",
            "Odd ]Name": "nvarchar(80)",
            "Born": "date",
        }
        assert database.has_table("Patient")
        assert not database.has_table("Patients")
        with pytest.raises(MissingTableError, match="no table Patients"):
            database.columns("Patients")


def test_names_with_brackets_and_dots_are_quoted_safely() -> None:
    assert quoted("we]ird") == "[we]]ird]"
    assert quoted_table("Patient") == "[dbo].[Patient]"
    assert quoted_table("sales.Patient") == "[sales].[Patient]"
    assert quoted_table("[odd.name]") == "[dbo].[odd.name]"


@pytest.mark.parametrize("table", ["main.Patient", "dbo.Patient"])
def test_the_source_cannot_be_written_to(make_database: MakeDatabase, table: str) -> None:
    file = make_database(SCRIPT)
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    with open_practice(f"sqlite:///{file}") as database:
        for statement in (f"DELETE FROM {table}", "CREATE TABLE dbo.more (id INT)", "VACUUM"):
            with pytest.raises(SourceError):
                list(database.query(statement))
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_missing_file_is_named_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(UnknownDatabaseError, match="There is no file"):
        open_practice(f"sqlite:///{tmp_path / 'gone.sqlite'}")
    assert not list(tmp_path.iterdir())


def test_a_relative_path_starts_at_the_working_directory(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_database(SCRIPT)
    monkeypatch.chdir(file.parent)
    with open_practice(f"sqlite:///{file.name}") as database:
        assert database.has_table("Patient")


def test_a_file_that_is_no_database_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "letter.doc"
    file.write_bytes(b"Dear doctor, " * 100)
    with pytest.raises(CannotConnectError, match="not a SQLite database"):
        open_practice(f"sqlite:///{file}")


def test_missing_tables_and_columns_are_named_without_the_drivers_text(make_database: MakeDatabase) -> None:
    with open_practice(f"sqlite:///{make_database(SCRIPT)}") as database:
        with pytest.raises(MissingTableError, match="no table Exam") as table:
            list(database.query("SELECT [a] FROM [dbo].[Exam]"))
        with pytest.raises(MissingColumnError, match="no column Nickname") as column:
            list(database.query("SELECT [own].[Nickname] FROM [dbo].[Patient] AS [own]"))
    for caught in (table, column):
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_a_second_read_on_the_same_connection_is_refused_until_the_first_ends(
    make_database: MakeDatabase,
) -> None:
    sql = "SELECT [PatientID] FROM [dbo].[Patient]"
    with open_practice(f"sqlite:///{make_database(SCRIPT)}") as database:
        first = database.query(sql)
        next(first)
        with pytest.raises(BusyConnectionError, match="second connection"):
            next(database.query(sql))
        first.close()  # type: ignore[attr-defined]
        assert len(list(database.query(sql))) == 2500


def test_text_in_the_old_systems_bytes_is_read_as_windows_1252(make_database: MakeDatabase) -> None:
    file = make_database("CREATE TABLE T (a NVARCHAR(9)); INSERT INTO T VALUES (CAST(X'636166E9' AS TEXT));")
    with open_practice(f"sqlite:///{file}") as database:
        assert list(database.query("SELECT [a] FROM [dbo].[T]")) == [("café",)]
