"""Removing what is staged, and going on without it."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg

from panda_twenty.cli.advising import ADVICE_EXIT
from panda_twenty.defs.jobs import PREPARE
from panda_twenty.headless import dagster_home, migrate
from panda_twenty.ledger.chain import broken_links
from panda_twenty.wiping import WIPED
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now
from panda_twenty_tests.cutover.test_board_and_freeze import command


def staged_files(one: GoingOn) -> list[Path]:
    return [file for file in one.settings.panda_twenty_home.rglob("stage/**/*") if file.is_file()]


def test_nothing_goes_unless_it_is_asked_for(going_on: GoingOn) -> None:
    before = staged_files(going_on)
    code, printed = command(going_on, "wipe")
    assert code == 0
    assert f"{len(before)} files" in printed
    assert staged_files(going_on) == before != []


def test_what_is_staged_goes_with_what_a_killed_step_left_and_the_ledger_says_so(going_on: GoingOn) -> None:
    unfinished = staged_files(going_on)[0].with_name(".patient.parquet.0123.unfinished")
    unfinished.write_bytes(b"half of it")
    before = staged_files(going_on)
    assert command(going_on, "wipe", "--yes")[0] == 0
    assert staged_files(going_on) == []
    with going_on.session() as session:
        (entry,) = session.ledger.entries(WIPED)
        assert entry.content["files"] == len(before)
        assert entry.content["bytes"] > 0
        assert list(broken_links(session.ledger)) == []
    assert command(going_on, "wipe", "--yes")[1] == "Nothing is staged.\n"
    with going_on.session() as session:
        assert len(list(session.ledger.entries(WIPED))) == 1


def test_days_go_on_without_what_was_staged(going_on: GoingOn) -> None:
    """A delta without changes sends nothing; what looks, brings or verifies reads what it needs."""
    command(going_on, "wipe", "--yes")
    calls = going_on.writing_calls()
    assert going_on.delta(everything=True).is_well
    assert going_on.writing_calls() == calls
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 149", now())
    going_on.edit(
        "DELETE FROM Appointment WHERE AppointmentID = (SELECT MAX(AppointmentID) FROM Appointment)"
    )
    command(going_on, "wipe", "--yes")
    assert going_on.delta(everything=True).is_well
    command(going_on, "wipe", "--yes")
    assert command(going_on, "verify")[0] == 0
    assert command(going_on, "quarantine", "retry")[0] == 0
    assert json.loads(command(going_on, "cutover", "freeze", "--json")[1])["nothing_left"]
    going_on.assert_all_is_in_twenty()
    command(going_on, "wipe", "--yes")
    going_on.hand_down()
    migrate(going_on.settings)
    going_on.assert_all_is_in_twenty()


def test_a_run_at_work_keeps_what_it_reads(going_on: GoingOn) -> None:
    going_on.hand_down()
    before = staged_files(going_on)
    with dg.DagsterInstance.from_config(str(dagster_home(going_on.settings))) as instance:
        at_work = dg.DagsterRun(job_name=PREPARE, status=dg.DagsterRunStatus.STARTED)
        instance.add_run(at_work)
        assert command(going_on, "wipe", "--yes")[0] == ADVICE_EXIT
        assert staged_files(going_on) == before
        instance.report_run_failed(at_work)
    assert command(going_on, "wipe", "--yes")[0] == 0
    assert staged_files(going_on) == []
