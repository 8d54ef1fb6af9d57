"""The statements that ask SQL Server's Change Tracking; a server that has it is not at hand.

Their shape is checked by Babelfish, whose grammar is that of T-SQL, and their joins by SQLite, with a table
in the place of CHANGETABLE.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing

import pytest

from panda_twenty.panda.profile import load_profile
from panda_twenty.panda.statements import patients_tracked_since
from panda_twenty.settings import REFERENCE_PROFILE

_EMPTY_DATABASE = "PANDA_TEST_EMPTY_DATABASE"
_TRACKED = re.compile(r"CHANGETABLE\(CHANGES (\S+), (\d+)\)")


def statement(entity: str, since: int) -> str:
    sql, parameters = patients_tracked_since(load_profile(REFERENCE_PROFILE).entities[entity], since)
    assert parameters == []
    return sql


def test_the_version_stands_in_the_text_as_a_whole_number() -> None:
    assert "CHANGETABLE(CHANGES [dbo].[Patient], 9000000000) AS [tracked]" in statement(
        "patient", 9_000_000_000
    )


@pytest.mark.parametrize("entity", ["patient", "perio_chart", "provider"])
def test_a_changed_row_names_its_patient_and_a_deleted_one_nobody(entity: str) -> None:
    source = load_profile(REFERENCE_PROFILE).entities[entity]
    table, key = source.table.split(".")[-1], source.key[0]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("ATTACH ':memory:' AS dbo")
        connection.execute("CREATE TABLE dbo.Patient (PatientID)")
        connection.execute("CREATE TABLE dbo.PerioExam (ExamID, PatientID)")
        connection.execute("CREATE TABLE dbo.PerioTooth (ExamID, ToothNo)")
        connection.execute("CREATE TABLE dbo.Provider (ProviderID)")
        connection.execute(f"CREATE TABLE Tracked ({key}, SYS_CHANGE_VERSION)")
        connection.execute("INSERT INTO dbo.Patient VALUES (7), (8)")
        connection.execute("INSERT INTO dbo.PerioExam VALUES (70, 7), (80, 8)")
        connection.execute("INSERT INTO dbo.PerioTooth VALUES (70, 1), (80, 1)")
        connection.execute("INSERT INTO dbo.Provider VALUES (1)")
        changed, gone = {"Patient": (7, 9), "PerioTooth": (70, 90), "Provider": (1, 2)}[table]
        connection.execute("INSERT INTO Tracked VALUES (?, 13), (?, 14), (?, 11)", (changed, gone, changed))
        rewritten, replaced = _TRACKED.subn(
            r"(SELECT * FROM Tracked WHERE SYS_CHANGE_VERSION > \2)", statement(entity, 12)
        )
        assert replaced == 1
        rows = set(connection.execute(rewritten).fetchall())
    assert rows == ({(None, 14)} if entity == "provider" else {(7, 13), (None, 14)})


@pytest.mark.parametrize("entity", ["patient", "perio_exam", "provider"])
def test_a_server_with_the_grammar_of_t_sql_takes_the_statement(entity: str) -> None:
    connection_string = os.environ.get(_EMPTY_DATABASE)
    if not connection_string:
        pytest.skip(f"needs a Babelfish database; name it in {_EMPTY_DATABASE}")
    import pyodbc

    with closing(pyodbc.connect(connection_string, autocommit=True)) as server:
        if "Babelfish" not in server.execute("SELECT @@VERSION").fetchone()[0]:
            pytest.skip("needs Babelfish, which takes the statement apart before it declines it")
        with pytest.raises(pyodbc.Error) as declined:
            server.execute(statement(entity, 12))
    assert "rowset function" in str(declined.value)
    assert "syntax error" not in str(declined.value)
