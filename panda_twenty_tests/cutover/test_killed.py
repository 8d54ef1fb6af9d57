"""Deltas that are killed at a writing call or at a random moment: the same result."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import pytest

from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import second_day, third_day


def at_work(one: GoingOn, calls: int = 0, seconds: float = 0.0) -> int:
    """Run a delta in a process of its own, which may end early; returns how it ended."""
    one.hand_down()
    return subprocess.run(
        [sys.executable, "-m", "panda_twenty_tests.cutover.at_work", str(calls), str(seconds)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
        timeout=600,
        stdout=subprocess.DEVNULL,
    ).returncode


@pytest.mark.parametrize("seed", [1])
def test_deltas_that_are_killed_come_to_the_same(going_on: GoingOn, seed: int) -> None:
    dice = random.Random(seed)
    people = going_on.records("person")
    second_day(going_on)
    for calls in (1, 3, 6):
        assert at_work(going_on, calls=calls) == -signal.SIGKILL
    third_day(going_on)
    assert at_work(going_on, calls=2) == -signal.SIGKILL
    for _ in range(3):
        assert at_work(going_on, seconds=dice.uniform(0.5, 6.0)) in (-signal.SIGKILL, 0)
    assert at_work(going_on) == 0
    going_on.assert_all_is_in_twenty()
    assert going_on.records("person") == people + 2
    for patient in (118, 147):
        found = going_on.in_twenty("person", f"reference-practice/patient/{patient}", "sourceDeletedAt")
        assert found["sourceDeletedAt"] is not None
    with going_on.session() as session:
        assert list(session.ledger.broken_links()) == []
    before = going_on.writing_calls()
    assert at_work(going_on) == 0
    assert going_on.writing_calls() == before
