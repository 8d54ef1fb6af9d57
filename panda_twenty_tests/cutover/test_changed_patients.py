"""Large ranges, of which a delta reads the patients alone whose rows changed: the same result, for less."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from panda_twenty.cutover.changed_patients import ChangedPatients
from panda_twenty.cutover.work import find_work
from panda_twenty.headless import MigrationFailed
from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.outcomes import outcomes_by_place
from panda_twenty.panda.staging import Stage, StagedFile
from panda_twenty_tests.cutover.going_on import RARELY, GoingOn
from panda_twenty_tests.cutover.scripted_days import (
    now,
    second_day,
    third_day,
    with_rowversions,
    without_markers,
)


def by_modified_date(one: GoingOn) -> int:
    """How many changes of the second day bear no marker: a street that was committed late."""
    return 1


def by_rowversion(one: GoingOn) -> int:
    with_rowversions(one)
    one.use_profile(without_markers)
    one.delta(everything=True)
    return 0


@pytest.fixture
def large(going_on: GoingOn) -> GoingOn:
    """A practice whose ranges count as large, in which nothing is due for a look by hash for an hour."""
    going_on.whole_rows = 0
    going_on.sweep_minutes = RARELY
    return going_on


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """Every entity, range key and count of rows that was staged."""
    told: list[tuple[str, str, int]] = []
    write = Stage.write

    def noting(stage: Stage, entity: str, range_key: str | None, rows: Iterable[Any]) -> StagedFile:
        file = write(stage, entity, range_key, rows)
        told.append((entity, range_key or "", file.rows))
        return file

    monkeypatch.setattr(Stage, "write", noting)
    return told


def test_only_the_changed_patients_are_read(large: GoingOn, staged: list[tuple[str, str, int]]) -> None:
    large.overlap_minutes = 0
    large.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    large.edit(
        "UPDATE ProgressNote SET NoteBody = 'Corrected.', ModifiedOn = ? WHERE NoteID ="
        " (SELECT MIN(NoteID) FROM ProgressNote WHERE PatientID = 114)",
        now(),
    )
    staged.clear()
    before = large.writing_calls()
    outcome = large.delta()
    assert outcome.is_well
    assert outcome.updated == 2
    assert large.writing_calls() == before + 2
    read = {(entity, key): rows for entity, key, rows in staged}
    assert read["patient", "changed-0000080-0000119"] <= 2
    # A chart's teeth bear no marker of their own, so that charts are compared by hash at every delta.
    assert {entity for entity, key in read if not key.startswith("changed-") and key != "all"} <= {
        "perio_chart",
        "custom_finding",
    }
    assert not list((large.folder / "home").glob("*/stage/*/changed-*"))
    large.assert_all_is_in_twenty()
    # What was read in part is settled: the next looks find nothing, and all of it as it should be.
    assert large.delta().updated == 0
    whole = large.delta(everything=True)
    assert (whole.created, whole.updated, whole.gone, whole.is_well) == (0, 0, 0, True)


@pytest.mark.parametrize("prepare", [by_modified_date, by_rowversion])
def test_two_days_in_large_ranges_arrive(large: GoingOn, prepare: Callable[[GoingOn], int]) -> None:
    unmarked = prepare(large)
    people = large.records("person")
    second_day(large)
    before = large.writing_calls()
    outcome = large.delta()
    assert outcome.is_well, outcome
    assert large.writing_calls() - before < 30
    assert large.records("person") == people + 2
    assert large.delta(everything=True).updated == unmarked
    large.assert_all_is_in_twenty()

    third_day(large)
    before = large.writing_calls()
    outcome = large.delta()
    assert outcome.is_well, outcome
    assert large.writing_calls() - before < 30
    # No marker tells of what was deleted; that is found when the ranges are read as a whole.
    whole = large.delta(everything=True)
    assert whole.is_well, whole
    assert (whole.created, whole.updated) == (0, 0)
    assert whole.gone == 4
    large.assert_all_is_in_twenty()
    with large.session() as session:
        assert list(broken_links(session.ledger)) == []


def test_a_patient_who_went_into_quarantine_comes_out_of_it(large: GoingOn) -> None:
    (born,) = large.ask("SELECT BirthDate FROM Patient WHERE PatientID = 108")[0]
    large.edit("UPDATE Patient SET BirthDate = 'not a date', ModifiedOn = ? WHERE PatientID = 108", now())
    spoilt = large.delta()
    assert spoilt.new_quarantined == 1
    assert spoilt.different == 0
    assert large.delta().new_quarantined == 0
    large.edit("UPDATE Patient SET BirthDate = ?, ModifiedOn = ? WHERE PatientID = 108", born, now())
    assert large.delta().is_well
    large.assert_all_is_in_twenty()


def test_a_change_that_commits_late_is_found_while_the_overlap_lasts(large: GoingOn) -> None:
    typed_in = now()
    large.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    assert large.delta().updated == 1
    large.edit("UPDATE Patient SET City = 'Late', ModifiedOn = ? WHERE PatientID = 109", typed_in)
    outcome = large.delta()
    assert (outcome.updated, outcome.is_well) == (1, True)
    large.assert_all_is_in_twenty()


def test_a_patient_whom_a_delta_sent_before_it_was_cut_off_and_who_is_gone_is_told(
    large: GoingOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {"ChartNo": "N105", "PmsPatNum": "N105", "MobilePhone": None, "CreatedOn": now()}
    large.copy_row("Patient", "PatientID = 104", PatientID=105, Email=None, **new, ModifiedOn=now())
    with monkeypatch.context() as patch:
        patch.setattr("panda_twenty.cutover.delivering.commit_changed", _cut_off)
        with pytest.raises(MigrationFailed):
            large.delta()
    name = "reference-practice/patient/105"
    assert large.in_twenty("person", name, "sourceDeletedAt")["sourceDeletedAt"] is None
    large.edit("DELETE FROM Patient WHERE PatientID = 105")
    assert large.delta(everything=True).gone == 1
    assert large.in_twenty("person", name, "sourceDeletedAt")["sourceDeletedAt"] is not None
    large.assert_all_is_in_twenty()


def _cut_off(_session: object, changed: ChangedPatients, _routes: object) -> None:
    if changed.entities:
        raise OSError("cut off")


def test_a_range_with_a_quarantine_is_well_once_it_was_read_back_in_part(going_on: GoingOn) -> None:
    """Otherwise its watermark would stay, and all of it be read back at every delta."""
    going_on.overlap_minutes = 0
    going_on.edit("UPDATE Patient SET BirthDate = 'not a date', ModifiedOn = ? WHERE PatientID = 108", now())
    assert going_on.delta().new_quarantined == 1
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 109", now())
    outcome = going_on.delta()
    assert (outcome.updated, outcome.pending, outcome.rounds) == (1, 0, 1)
    with going_on.session() as session:
        assert not find_work(session).pending
        outcomes = outcomes_by_place(session.ledger)
        assert all(each.is_well for _, each in outcomes.values())
