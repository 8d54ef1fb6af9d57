"""What runs hold whose process was killed, and that it is freed."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqlEventLogStorage

from panda_twenty.defs import orphans
from panda_twenty.defs.orphans import end_orphans, waiting_for_the_living
from panda_twenty.headless import dagster_home
from panda_twenty.progress import Step, listening
from panda_twenty.settings import Settings

POOL = "twenty_api"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of ours, with one slot in the pool of those that write to Twenty."""
    monkeypatch.setenv("PANDA_TWENTY_HOME", str(tmp_path))
    home = dagster_home(Settings(_env_file=None, panda_twenty_home=tmp_path))
    with dg.DagsterInstance.from_config(str(home)) as one:
        one.event_log_storage.initialize_concurrency_limit_to_default(POOL)
        yield one


@pytest.mark.parametrize("assigned", [True, False])
def test_a_place_in_the_queue_of_a_pool_does_not_outlive_its_run(
    instance: dg.DagsterInstance, assigned: bool
) -> None:
    """Dagster assigns a slot first and claims it in a second transaction; a kill may come between the two."""
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    gone = dg.DagsterRun(job_name="deliver_changes", status=dg.DagsterRunStatus.FAILURE)
    instance.add_run(gone)
    storage.add_pending_step(POOL, gone.run_id, "deliver", should_assign=assigned)
    if not assigned:
        assert storage.claim_concurrency_slot(POOL, gone.run_id, "another").is_claimed
    assert not storage.claim_concurrency_slot(POOL, "later", "deliver").is_claimed
    end_orphans(instance)
    assert storage.claim_concurrency_slot(POOL, "later", "deliver").is_claimed


def test_a_run_that_goes_on_keeps_its_slot_until_its_process_is_gone(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "LOOK_EVERY_SECONDS", 0.05)
    storage = instance.event_log_storage
    at_work = dg.DagsterRun(job_name="deliver_changes", status=dg.DagsterRunStatus.STARTED)
    instance.add_run(at_work)
    lock = tmp_path / "dagster" / "running" / at_work.run_id
    lock.parent.mkdir(parents=True)
    told: list[Step] = []

    def may_begin() -> bool:
        return bool(storage.claim_concurrency_slot(POOL, "later", "deliver").is_claimed)

    with lock.open("w") as process:
        fcntl.flock(process, fcntl.LOCK_EX)
        assert storage.claim_concurrency_slot(POOL, at_work.run_id, "deliver").is_claimed
        with listening(told.append), waiting_for_the_living(instance):
            assert [step.stage for step in told] == [
                "another run is at work, see the Dagster UI; waiting for it"
            ]
            assert not may_begin()
            time.sleep(0.3)
            assert not may_begin()
            process.close()
            deadline = time.monotonic() + 60
            while not may_begin():
                assert time.monotonic() < deadline, "it waits for a run whose process is gone"
                time.sleep(0.05)
    ended = instance.get_run_by_id(at_work.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE


def test_where_nobody_is_at_work_nothing_is_said(instance: dg.DagsterInstance) -> None:
    told: list[Step] = []
    with listening(told.append), waiting_for_the_living(instance):
        pass
    assert told == []
