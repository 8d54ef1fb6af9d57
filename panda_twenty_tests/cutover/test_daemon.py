"""The sensor in a real daemon that is killed at random moments of two days: the same result."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime

import dagster as dg

from panda_twenty.cutover.switch import switch
from panda_twenty.cutover.work import find_work
from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.watermarks import standing_watermarks
from panda_twenty_tests.cutover.daemon import Daemon, daemon_of
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now, second_day, third_day

RANGE = "0000080-0000119"

_KILLS = "PANDA_TEST_DAEMON_KILLS"
"""Environment variable: how often the daemon is killed on each day; a nightly run gives more."""


def test_a_daemon_killed_at_random_moments_comes_to_the_same(going_on: GoingOn) -> None:
    # Changed patients are read alone, by modified date.
    going_on.whole_rows = 0
    seed = int(os.environ.get("PANDA_TEST_SEED", "3"))
    dice = random.Random(seed)
    kills = int(os.environ.get(_KILLS, "2"))
    going_on.delta()
    people = going_on.records("person")
    with going_on.session() as session:
        switch(session.ledger, on=True)
    going_on.delta_seconds = 5
    # Long enough runs to be killed in the middle.
    going_on.twenty.faults.set(latency_seconds=0.2)
    with daemon_of(going_on) as daemon:
        daemon.start_sensor()
        daemon.start()
        killed = 0
        for day in (second_day, third_day):
            day(going_on)
            for kill in range(kills):
                if not daemon.wait(lambda: at_work(daemon), 90):
                    break  # everything was delivered before this kill
                killed += 1
                time.sleep(dice.uniform(0, 4))
                if (kill + dice.randint(0, 1)) % 3 == 2:
                    daemon.kill_a_run()
                else:
                    daemon.kill(with_its_runs=kill % 2 == 0)
                    daemon.start()
        over = datetime.now(UTC)
        assert daemon.wait(lambda: is_settled(daemon, over), 900), "not delivered"
        daemon.kill(with_its_runs=True)
    assert killed >= 2
    going_on.twenty.faults.set()
    going_on.assert_all_is_in_twenty()
    assert going_on.records("person") == people + 2
    with going_on.session() as session:
        assert list(broken_links(session.ledger)) == []


def at_work(daemon: Daemon) -> bool:
    return bool(daemon.runs(dg.DagsterRunStatus.STARTED))


def is_settled(daemon: Daemon, since: datetime) -> bool:
    """Whether everything was looked at after that moment, and nothing is known to be left."""
    if not daemon.succeeded_since(since):
        return False
    with daemon.one.session() as session:
        return not find_work(session).pending


def test_a_run_whose_process_is_killed_moves_no_watermark_and_is_offered_again(going_on: GoingOn) -> None:
    going_on.delta()
    going_on.sweep_minutes = 60
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    with going_on.session() as session:
        switch(session.ledger, on=True)
        before = standing_watermarks(session.ledger)["patient", RANGE]
    going_on.delta_seconds = 5
    going_on.twenty.faults.set(latency_seconds=1)
    with daemon_of(going_on) as daemon:
        daemon.start_sensor()
        daemon.start()
        assert daemon.wait(daemon.kill_a_run, 300), "no run was started"
        going_on.twenty.faults.set()
        with going_on.session() as session:
            assert standing_watermarks(session.ledger)["patient", RANGE] == before
            assert ("patient", RANGE) in find_work(session).pending
        over = datetime.now(UTC)
        assert daemon.wait(lambda: is_settled(daemon, over), 600), "not offered again"
        assert daemon.runs(dg.DagsterRunStatus.FAILURE)
        daemon.kill(with_its_runs=True)
    with going_on.session() as session:
        assert standing_watermarks(session.ledger)["patient", RANGE].marker != before.marker
    found = going_on.in_twenty("person", "reference-practice/patient/108", "homeAddress")
    assert found["homeAddress"]["addressCity"] == "Elsewhere"
    going_on.assert_all_is_in_twenty()
