"""What runs hold whose process was killed, and that it is freed."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqlEventLogStorage

from panda_twenty.defs.orphans import end_orphans
from panda_twenty.headless import dagster_home
from panda_twenty.settings import Settings

POOL = "twenty_api"


@pytest.mark.parametrize("assigned", [True, False])
def test_a_place_in_the_queue_of_a_pool_does_not_outlive_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assigned: bool
) -> None:
    """Dagster assigns a slot first and claims it in a second transaction; a kill may come between the two."""
    monkeypatch.setenv("PANDA_TWENTY_HOME", str(tmp_path))
    home = dagster_home(Settings(_env_file=None, panda_twenty_home=tmp_path))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, SqlEventLogStorage)
        storage.initialize_concurrency_limit_to_default(POOL)
        gone = dg.DagsterRun(job_name="deliver_changes", status=dg.DagsterRunStatus.FAILURE)
        instance.add_run(gone)
        storage.add_pending_step(POOL, gone.run_id, "deliver", should_assign=assigned)
        if not assigned:
            assert storage.claim_concurrency_slot(POOL, gone.run_id, "another").is_claimed
        assert not storage.claim_concurrency_slot(POOL, "later", "deliver").is_claimed
        end_orphans(instance)
        assert storage.claim_concurrency_slot(POOL, "later", "deliver").is_claimed


def test_a_run_that_goes_on_keeps_its_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDA_TWENTY_HOME", str(tmp_path))
    home = dagster_home(Settings(_env_file=None, panda_twenty_home=tmp_path))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default(POOL)
        at_work = dg.DagsterRun(job_name="deliver_changes", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(at_work)
        assert storage.claim_concurrency_slot(POOL, at_work.run_id, "deliver").is_claimed
        end_orphans(instance)
        assert not storage.claim_concurrency_slot(POOL, "later", "deliver").is_claimed
