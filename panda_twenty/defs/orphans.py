"""Dagster runs of commands that were killed: they hold their pool's slot until somebody frees it.

Dagster's launcher cannot tell that the process of such a run is gone (measured), so the next command would
wait for ever. A command holds a lock on a file for as long as it lives, however it ends; who gets the lock
knows that runs of earlier commands are over.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

BY_COMMAND = {"panda-twenty/started-by": "command"}
"""Tag of the runs that a command executes in its own process."""

_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@contextmanager
def without_orphans(instance: dg.DagsterInstance, folder: Path) -> Iterator[None]:
    """Free what killed commands hold, unless another command is at work in this folder right now."""
    with (folder / "command.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield
            return
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED, tags=BY_COMMAND)):
            instance.report_run_failed(
                run, f"Its process ended before it did (seen by process {os.getpid()})."
            )
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        yield
