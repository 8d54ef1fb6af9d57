"""A practice on a server whose tables have real rowversion columns, which no profile names."""

from __future__ import annotations

import os
from contextlib import closing

import pytest

from panda_twenty.panda.changes import Means
from panda_twenty.stages import confirm_mapping
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import OF_ONE_TABLE, without_markers
from panda_twenty_tests.strangers.servers import copy_to_server

_EMPTY_DATABASE = "PANDA_TEST_EMPTY_DATABASE"
"""Environment variable: an ODBC connection string for an empty database that may be written to."""


def test_changes_are_found_by_rowversion(going_on: GoingOn) -> None:
    connection_string = os.environ.get(_EMPTY_DATABASE)
    if not connection_string:
        pytest.skip(f"needs an empty SQL Server database; name it in {_EMPTY_DATABASE}")
    import pyodbc

    copy_to_server(going_on.practice, connection_string)
    with closing(pyodbc.connect(connection_string, autocommit=True)) as server:
        for table in (*OF_ONE_TABLE, "PerioTooth", "FindingValue"):
            server.execute(f"ALTER TABLE [dbo].[{table}] ADD [RowVer] rowversion")
    going_on.connection = connection_string
    going_on.use_profile(without_markers)
    with going_on.session() as session:
        assert session.change_markers["patient"].means is Means.ROWVERSION
        assert session.change_markers["perio_chart"].means is Means.ROWVERSION
        confirm_mapping(session, "a tester")
    first = going_on.delta()
    assert (first.created, first.gone, first.different) == (0, 0, 0)
    going_on.sweep_minutes = 60
    assert (quiet := going_on.delta()).is_well
    assert quiet.created == quiet.updated == 0
    going_on.edit("UPDATE [dbo].[Patient] SET [City] = 'Elsewhere' WHERE [PatientID] = 108")
    going_on.edit(
        "UPDATE [dbo].[PerioTooth] SET [Pd2] = 9 WHERE [ToothStatus] = 'P' AND [ExamID] ="
        " (SELECT MIN([ExamID]) FROM [dbo].[PerioExam] WHERE [PatientID] = 149)"
    )
    before = going_on.writing_calls()
    outcome = going_on.delta()
    assert outcome.is_well, outcome
    assert outcome.updated == 2
    assert going_on.writing_calls() == before + 2
    going_on.assert_all_is_in_twenty()
