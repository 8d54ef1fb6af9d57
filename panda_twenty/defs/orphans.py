"""Dagster runs whose process was killed: they hold their pool's slot and their ranges until they are ended.

Dagster's own launcher cannot tell that the process of a run is gone (measured), so after a power cut every
later run would wait for ever. A run of ours holds a lock on a file for as long as its process lives, however
that ends; who gets the lock knows that the run is over. Launchers that watch their runs themselves, such as
those for containers, are left to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from panda_twenty.progress import Step, announce
from panda_twenty.settings import read_settings

NOTE_WITHIN = timedelta(minutes=2)
"""A run that started holds its lock within this time, however busy the machine is."""

LOOK_EVERY_SECONDS = 10.0
"""How often a run that may be waiting for others looks whether their processes are still there."""

_log = logging.getLogger(__name__)

_UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]

_held: dict[Path, int] = {}
"""Locks of this process. They are never given back: a run has not ended while its last event is written."""


def note_process(instance: dg.DagsterInstance, run_id: str) -> None:
    """Hold the run's lock until this process ends; not needed where the launcher watches its runs."""
    if instance.run_launcher.supports_check_run_worker_health:
        return
    folder = _folder()
    file = folder / run_id
    if file in _held:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Locked before it has its name, so that nobody takes it for one whose process is gone.
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".")
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    Path(name).replace(file)
    _held[file] = descriptor


def end_orphans(instance: dg.DagsterInstance, *, all_run_here: bool = False) -> int:
    """Report runs as failed whose process is gone, and free what they hold. Returns how many.

    ``all_run_here`` is for the code server, which starts the runs of its launcher on its own machine: there
    a run without a lock never came to take it.
    """
    ended = 0 if instance.run_launcher.supports_check_run_worker_health else _end(instance, all_run_here)
    _free_slots(instance)
    return ended


@contextlib.contextmanager
def waiting_for_the_living(instance: dg.DagsterInstance) -> Iterator[None]:
    """Around a run of this process: say where it has to wait for another one, and wait for no dead one.

    Dagster waits in silence for as long as the other run lasts, which may be hours, and for ever where that
    one's process is killed meanwhile.
    """
    _announce_waiting(instance)
    done = threading.Event()
    looking = threading.Thread(target=_look, args=(instance, done), name="orphans", daemon=True)
    looking.start()
    try:
        yield
    finally:
        done.set()
        looking.join()


def _look(instance: dg.DagsterInstance, done: threading.Event) -> None:
    while not done.wait(LOOK_EVERY_SECONDS):
        try:
            end_orphans(instance)
        except Exception as problem:
            # Such as a database that is busy; the next look may succeed.
            _log.warning("runs whose process is gone could not be looked for (%s)", type(problem).__name__)


def _announce_waiting(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    if storage.supports_global_concurrency_limits and any(
        storage.get_concurrency_info(pool).claimed_slots for pool in storage.get_concurrency_keys()
    ):
        announce(Step("another run is at work, see the Dagster UI; waiting for it", 0))


def _end(instance: dg.DagsterInstance, all_run_here: bool) -> int:
    ended = 0
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED)):
        file = _folder() / record.dagster_run.run_id
        if file.exists():
            is_gone = _is_free(file)
        else:
            started = datetime.fromtimestamp(record.start_time or 0, UTC)
            is_gone = all_run_here and datetime.now(UTC) - started > NOTE_WITHIN
        # Its last event may have been written since we asked.
        run = instance.get_run_by_id(record.dagster_run.run_id) if is_gone else None
        if run is not None and run.status in _UNFINISHED:
            instance.report_run_failed(
                run, f"Its process ended before it did (seen by process {os.getpid()})."
            )
            ended += 1
    _tidy(_folder())
    return ended


def _free_slots(instance: dg.DagsterInstance) -> None:
    """Free the slots of runs that are over; the daemon does so minutes later, and a command has no daemon."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    for pool in storage.get_concurrency_keys():
        found = storage.get_concurrency_info(pool)
        # A slot is assigned before it is claimed, and who is killed in between holds it all the same.
        for run_id in {*found.active_run_ids, *found.assigned_run_ids, *found.pending_run_ids}:
            run = instance.get_run_by_id(run_id)
            if run is None or run.is_finished:
                storage.free_concurrency_slots_for_run(run_id)


def _folder() -> Path:
    """In the data folder: containers that run commands and jobs share it, and Dagster's own they do not."""
    return read_settings().panda_twenty_home / "dagster" / "running"


def _is_free(file: Path) -> bool:
    """Whether no process holds the lock of this file any more."""
    try:
        with file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _tidy(folder: Path) -> None:
    """Remove the files of runs that are over."""
    for file in folder.glob("*"):
        if not file.name.startswith(".") and _is_free(file):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
