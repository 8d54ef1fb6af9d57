"""A real ``dagster-daemon`` whose sensor follows the practice, and its end as by ``kill -9``."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import dagster as dg

from panda_twenty.defs.cutover_job import DELIVER_CHANGES
from panda_twenty.headless import dagster_home
from panda_twenty_tests.cutover.going_on import GoingOn

MODULE = ("-m", "panda_twenty.definitions")


@dataclass
class Daemon:
    """The daemon of one practice; it runs from :meth:`start` to :meth:`kill`, as often as that is asked."""

    one: GoingOn
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_sensor(self) -> None:
        """What the operator does once, in the UI or by command."""
        command = [sys.executable, "-m", "dagster", "sensor", "start", "cutover_deltas", *MODULE]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=120)

    def start(self) -> None:
        command = [sys.executable, "-m", "dagster._daemon", "run", *MODULE]
        self._processes.append(
            subprocess.Popen(
                command,
                env=self._environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=(self.one.folder / "daemon.log").open("ab"),
            )
        )

    def kill(self, *, with_its_runs: bool) -> None:
        """End the daemon at once; ``with_its_runs`` as a power cut does, with every process that it started.

        Otherwise a run at work goes on, and its code server ends by itself once no heartbeat comes.
        """
        process = self._processes[-1]
        if with_its_runs:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()

    def kill_a_run(self) -> bool:
        """End the process of the run at work, if there is one."""
        for run in self.runs(dg.DagsterRunStatus.STARTED):
            with self.instance() as instance:
                events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
            pids = [
                int(str(event.dagster_event.engine_event_data.metadata["pid"].value))
                for event in events
                if event.dagster_event and "pid" in event.dagster_event.engine_event_data.metadata
            ]
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    return True
        return False

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        with dg.DagsterInstance.from_config(str(self.one.settings.panda_twenty_home / "dagster")) as instance:
            yield instance

    def runs(self, *statuses: dg.DagsterRunStatus) -> list[dg.DagsterRun]:
        with self.instance() as instance:
            asked = dg.RunsFilter(job_name=DELIVER_CHANGES, statuses=list(statuses) or None)
            return list(instance.get_runs(asked))

    def succeeded_since(self, moment: datetime) -> bool:
        """Whether a run that was asked for after that moment has succeeded."""
        asked = dg.RunsFilter(
            job_name=DELIVER_CHANGES, statuses=[dg.DagsterRunStatus.SUCCESS], created_after=moment
        )
        with self.instance() as instance:
            return instance.get_runs_count(asked) > 0

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Whether it came to be within so many seconds."""
        deadline = time.monotonic() + seconds
        while not (is_so := until()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return is_so

    @property
    def _environment(self) -> dict[str, str]:
        self.one.hand_down()
        home = dagster_home(self.one.settings)
        path = os.pathsep.join(filter(None, sys.path))
        return {**os.environ, "DAGSTER_HOME": str(home), "PYTHONPATH": path}


@contextmanager
def daemon_of(one: GoingOn) -> Iterator[Daemon]:
    """A daemon that is not started yet; nothing of it is left afterwards."""
    daemon = Daemon(one)
    try:
        yield daemon
    finally:
        for process in daemon._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
