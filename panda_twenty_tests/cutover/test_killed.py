"""Deltas that are killed at a writing call or at a random moment: the same result."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable

import pytest

from panda_twenty.ledger.chain import broken_links
from panda_twenty_tests.cutover.at_work import deltas
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import second_day, third_day, without_markers


def with_markers(one: GoingOn) -> None:
    """Changes are found by modified date, as the reference profile has it."""


def without_any_marker(one: GoingOn) -> None:
    one.use_profile(without_markers)


@pytest.mark.parametrize("prepare", [with_markers, without_any_marker])
@pytest.mark.parametrize("seed", [1])
def test_deltas_that_are_killed_come_to_the_same(
    just_migrated: GoingOn, seed: int, prepare: Callable[[GoingOn], None]
) -> None:
    going_on = just_migrated
    prepare(going_on)
    dice = random.Random(seed)
    people = going_on.records("person")
    with deltas() as at_work:
        second_day(going_on)
        for calls in (1, 3, 6):
            assert at_work.run(going_on, calls=calls) == -signal.SIGKILL
        third_day(going_on)
        assert at_work.run(going_on, calls=2) == -signal.SIGKILL
        for _ in range(3):
            assert at_work.run(going_on, seconds=dice.uniform(0.5, 6.0)) in (-signal.SIGKILL, 0)
        assert at_work.run(going_on) == 0
        going_on.assert_all_is_in_twenty()
        assert going_on.records("person") == people + 2
        for patient in (118, 147):
            found = going_on.in_twenty("person", f"reference-practice/patient/{patient}", "sourceDeletedAt")
            assert found["sourceDeletedAt"] is not None
        with going_on.session() as session:
            assert list(broken_links(session.ledger)) == []
        before = going_on.writing_calls()
        assert at_work.run(going_on) == 0
        assert going_on.writing_calls() == before
