"""What a delta has to know of migrations, retries and rollbacks that came before it, finished or cut off."""

from __future__ import annotations

import json

import pytest

from panda_twenty.cutover.delivering import Asked, deliver
from panda_twenty.cutover.work import find_work
from panda_twenty.headless import migrate
from panda_twenty.ledger.outcomes import forget_verified
from panda_twenty.ledger.state import Quarantined, quarantined, set_aside
from panda_twenty.session import open_session
from panda_twenty.stages import patient_ranges
from panda_twenty.twenty.automations import find_automations
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now
from panda_twenty_tests.cutover.test_board_and_freeze import command
from panda_twenty_tests.cutover.test_gone_rows import PREFIX, appointment_of, put_back, taken_out

RANGE = "0000120-0000159"


def test_what_was_deleted_before_a_migration_is_told_by_it(going_on: GoingOn) -> None:
    """Whatever reads a range again makes what it found the state that deltas start from."""
    key = appointment_of(going_on, 149)
    row = taken_out(going_on, "Appointment", f"AppointmentID = {key}")
    with going_on.session() as session:
        (task,) = [each for each in session.mapping.routes if each.identity == "appointment"]
        set_aside(
            session.ledger,
            [Quarantined(task.identity, "99", task.object, RANGE, "bad_date", "startsAt", "Correct it.")],
        )
    going_on.hand_down()
    migrate(going_on.settings)
    found = going_on.in_twenty("task", f"{PREFIX}/appointment/{key}", "sourceDeletedAt")
    assert found["sourceDeletedAt"] is not None
    with going_on.session() as session:
        assert list(quarantined(session.ledger)) == [], "the row that was held back is deleted as well"
    going_on.assert_all_is_in_twenty()
    assert json.loads(command(going_on, "cutover", "freeze", "--json")[1])["nothing_left"]
    put_back(going_on, "Appointment", row)
    migrate(going_on.settings)
    again = going_on.in_twenty("task", f"{PREFIX}/appointment/{key}", "sourceDeletedAt")
    assert again["sourceDeletedAt"] is None
    assert json.loads(command(going_on, "status", "--json")[1])["gone"] == []
    assert taken_out(going_on, "Appointment", f"AppointmentID = {key}")
    assert going_on.delta().gone == 1


def test_a_range_stays_when_its_last_patient_is_deleted(going_on: GoingOn) -> None:
    with going_on.session() as session:
        ranges = [each.key for each in patient_ranges(session)]
        last = patient_ranges(session)[-1]
    going_on.edit("DELETE FROM Patient WHERE PatientID >= ?", last.low)
    with going_on.session() as session:
        assert [each.key for each in patient_ranges(session)] == ranges


def test_a_range_whose_verification_was_cut_off_is_delivered_though_it_reads_as_before(
    going_on: GoingOn,
) -> None:
    with going_on.session() as session:
        (people,) = [each for each in session.mapping.routes if each.entity == "patient"]
        forget_verified(session.ledger, people.name, RANGE)
        assert any(key == RANGE for _, key in find_work(session).pending)
        work = find_work(session)
        deliver(session, Asked(work.whole, work.ranges, work.changed))
        assert find_work(session).pending == {}


@pytest.mark.parametrize("asked_before", [True, False])
def test_no_delta_brings_back_what_was_taken_back(going_on: GoingOn, asked_before: bool) -> None:
    """Neither one that was asked for before the rollback, nor one that looks for records without a parent."""
    going_on.edit("UPDATE PerioExam SET ExamNote = 'Changed.', ModifiedOn = ? WHERE PatientID = 149", now())
    going_on.edit(
        "UPDATE Letter SET RecipientName = 'Changed', ModifiedOn = ? WHERE PatientID BETWEEN 140 AND 159",
        now(),
    )
    with going_on.session() as session:
        work = find_work(session)
        (exams,) = [each for each in session.mapping.routes if each.entity == "perio_exam"]
        set_aside(
            session.ledger,
            [Quarantined(exams.identity, "99", exams.object, RANGE, "missing_parent", "patient", "Wait.")],
        )
    assert command(going_on, "rollback", "--yes", "--object", "perioExam")[0] in (0, 1)
    assert going_on.records("perioExam") == 0
    with going_on.session() as session:
        if not asked_before:
            work = find_work(session)
        deliver(session, Asked(work.whole, work.ranges, work.changed))
    assert going_on.records("perioExam") == 0


def test_new_quarantine_is_counted_by_record(going_on: GoingOn) -> None:
    """One in and one out is one new."""
    (plan, first, second) = going_on.ask(
        "SELECT PlanID, MIN(PhaseID), MAX(PhaseID) FROM TxPhase GROUP BY PlanID HAVING COUNT(*) > 1"
    )[0]
    break_phase = "UPDATE TxPhase SET PlanID = 987654, ModifiedOn = ? WHERE PhaseID = ?"
    going_on.edit(break_phase, now(), first)
    assert going_on.delta().new_quarantined > 0
    going_on.edit("UPDATE TxPhase SET PlanID = ?, ModifiedOn = ? WHERE PhaseID = ?", plan, now(), first)
    going_on.edit(break_phase, now(), second)
    assert going_on.delta().new_quarantined > 0


def test_a_delta_sets_off_no_automations_and_leaves_none_paused(going_on: GoingOn) -> None:
    """Whoever allowed the migration to pause them has allowed it to the deltas."""
    calls = going_on.twenty.statistics.calls
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    changes = {"panda_twenty_pause_automations": False}
    with open_session(going_on.settings.model_copy(update=changes)) as session:
        before = dict(calls)
        work = find_work(session)
        deliver(session, Asked(work.whole, work.ranges, work.changed))
        for call in ("deleteWorkflowAutomatedTrigger", "restoreWorkflowAutomatedTrigger"):
            assert calls[call] == before.get(call, 0) + 1
        assert len(find_automations(session.client, ["person"])) == 1
