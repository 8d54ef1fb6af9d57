"""A delta that runs between two steps of a migration, and one that somebody stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from dagster import DagsterExecutionInterruptedError

from panda_twenty.headless import MigrationFailed
from panda_twenty.ledger import turns
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.stages import load_route, restore_automations, settle_automations, survey_workspace
from panda_twenty.twenty.automations import PausedFor, find_automations
from panda_twenty.undo.scope import Scope
from panda_twenty.undo.stage import take_back
from panda_twenty_tests.cutover.going_on import RARELY, GoingOn
from panda_twenty_tests.cutover.scripted_days import now

RANGE = "0000080-0000119"


def change_a_patient(one: GoingOn) -> None:
    one.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())


def test_what_was_staged_before_a_delta_does_not_put_older_values_back(going_on: GoingOn) -> None:
    going_on.whole_rows = 0
    going_on.sweep_minutes = RARELY
    with going_on.session() as session:
        before = session.stage.path("patient", RANGE).stat().st_mtime_ns
    change_a_patient(going_on)
    assert going_on.delta().updated == 1
    with going_on.session() as session:
        assert session.stage.path("patient", RANGE).stat().st_mtime_ns == before
        (route,) = [each for each in session.mapping.routes if each.name == "person_patient"]
        assert load_route(session, route, [RANGE])[RANGE].updated == 0
    going_on.assert_all_is_in_twenty()


def test_a_delta_does_not_wake_what_a_migration_has_paused(going_on: GoingOn) -> None:
    with going_on.session() as session:
        assert len(settle_automations(session)) == 1
    change_a_patient(going_on)
    assert going_on.delta().updated == 1
    with going_on.session() as session:
        assert find_automations(session.client, ["person"]) == []
        assert restore_automations(session) == 1
        assert len(find_automations(session.client, ["person"])) == 1


def test_what_a_killed_delta_left_paused_wakes_after_whatever_comes_next(going_on: GoingOn) -> None:
    with going_on.session() as session:
        assert len(settle_automations(session, PausedFor.DELTA)) == 1
    change_a_patient(going_on)
    assert going_on.delta().updated == 1
    with going_on.session() as session:
        assert len(find_automations(session.client, ["person"])) == 1
        settle_automations(session, PausedFor.DELTA)
        settle_automations(session)
        assert restore_automations(session, PausedFor.DELTA) == 0
        assert restore_automations(session) == 1


def test_a_delta_that_is_stopped_says_so(going_on: GoingOn, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> NoReturn:
        raise DagsterExecutionInterruptedError

    monkeypatch.setattr("panda_twenty.cutover.delivering.spread_look_ups", stopped)
    with pytest.raises(MigrationFailed, match=r"stopped from outside.*run it again"):
        going_on.delta()


def test_a_delta_and_a_rollback_take_their_turn(going_on: GoingOn, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a ledger that several Dagster instances share; within one its pool does it."""
    taken: list[str] = []

    @contextmanager
    def turn(ledger: Ledger, shared: str) -> Iterator[None]:
        taken.append(shared or "alone")
        yield

    monkeypatch.setattr(turns, "_turn", turn)
    change_a_patient(going_on)
    going_on.delta()
    assert taken == ["alone", "_shared"]
    taken.clear()
    with going_on.session() as session:
        take_back(session, Scope(record=("patient", "108")), dry_run=True)
        assert taken == []
        take_back(session, Scope(record=("patient", "108")), dry_run=False)
        survey_workspace(session)
    assert taken == ["alone", "alone"]
