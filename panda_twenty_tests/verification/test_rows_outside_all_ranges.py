"""Rows whose patient nobody knows are in no range; they wait in quarantine instead of vanishing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from panda_twenty import sweeping
from panda_twenty.ledger.state import OUTSIDE, quarantined
from panda_twenty.panda.connection import PracticeDatabase
from panda_twenty.panda.extraction import count_rows
from panda_twenty.panda.profile import SourceProfile
from panda_twenty.session import Session
from panda_twenty.stages import patient_ranges, set_aside_outside
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import (
    Workspace,
    findings,
    migrate_directly,
    migrated_workspace,
)


def edit(workspace: Workspace, statement: str) -> None:
    with closing(sqlite3.connect(workspace.folder / "practice.sqlite")) as connection:
        assert connection.execute(statement).rowcount
        connection.commit()


def let_patients_be_empty(workspace: Workspace) -> None:
    """The reference practice forbids it; others do not."""
    with closing(sqlite3.connect(workspace.folder / "practice.sqlite")) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        statement = (
            "UPDATE sqlite_master SET sql = REPLACE(sql, 'PatientID     INT NOT NULL', 'PatientID     INT')"
            " WHERE name IN ('Appointment', 'PerioExam')"
        )
        assert connection.execute(statement).rowcount == 2
        connection.commit()


def outside(session: Session) -> Counter[str]:
    return Counter(
        each.entity
        for each in quarantined(session.ledger)
        if (each.range_key, each.code) == (OUTSIDE, "no_patient")
    )


def test_they_are_set_aside_once_and_arrive_when_the_practice_names_the_patient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("panda_twenty.sandbox.twenty")
    with folder_in_memory() as folder, migrated_workspace(folder, patients=12) as workspace:
        let_patients_be_empty(workspace)
        with workspace.session() as session:
            assert set_aside_outside(session) == {}
            beyond = patient_ranges(session)[-1].high
        lost = "(SELECT {0} FROM {1} ORDER BY {0} LIMIT 1 OFFSET {2})"
        for place, patient in enumerate(("NULL", "-5", str(beyond))):
            row = lost.format("AppointmentID", "Appointment", place)
            edit(workspace, f"UPDATE Appointment SET PatientID = {patient} WHERE AppointmentID = {row}")
        exam = lost.format("ExamID", "PerioExam", 0)
        edit(workspace, f"UPDATE PerioExam SET PatientID = NULL WHERE ExamID = {exam}")
        with workspace.session() as session:
            assert set_aside_outside(session) == {"appointment": 3, "perio_exam": 1}
            migrate_directly(session)
            assert set_aside_outside(session) == {"appointment": 3, "perio_exam": 1}
            assert outside(session) == {"appointment": 3, "perio_exam": 1}
            asked: Counter[str] = Counter()

            def counted(database: PracticeDatabase, profile: SourceProfile, entity: str, *rest: Any) -> int:
                asked[entity] += 1
                return count_rows(database, profile, entity, *rest)

            monkeypatch.setattr(sweeping, "count_rows", counted)
            result, found = findings(session)
            assert len(patient_ranges(session)) > 1
            assert set(asked.values()) == {2}, "all rows, and those of all ranges at once"
            assert found == []
            assert result.quarantine["no_patient"] == 4
            assert {name: result.outside_ranges[name] for name in outside(session)} == outside(session)
        edit(workspace, "UPDATE Appointment SET PatientID = (SELECT MIN(PatientID) FROM Patient)")
        edit(workspace, "DELETE FROM PerioExam WHERE PatientID IS NULL")
        with workspace.session() as session:
            migrate_directly(session)
            assert set_aside_outside(session) == {}
            assert not outside(session)
            assert findings(session)[1] == []
