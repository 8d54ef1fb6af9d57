"""Deltas in processes of their own that end as by ``kill -9``: at a writing call, or after some seconds.

What a delta imports and parses takes longer than a delta, so one process does that and forks for each.
"""

from __future__ import annotations

import faulthandler
import functools
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from panda_twenty import session
from panda_twenty.cutover_console import run_delta
from panda_twenty.mapping.specification import load_mapping
from panda_twenty.panda.profile import load_profile
from panda_twenty.settings import environment_of, read_settings
from panda_twenty.twenty.client import CallRecord, TwentyClient
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.kept_by_dagster import keeping_what_dagster_makes_anew

LONGEST_SECONDS, TELLS_AFTER_SECONDS = 600, 570
"""How long a delta may take, and when one that does not end tells where it stands."""


@dataclass
class Deltas:
    """Runs deltas one after the other; see :func:`deltas`."""

    _forking: subprocess.Popen[str]

    def run(self, one: GoingOn, calls: int = 0, seconds: float = 0.0) -> int:
        """Run a delta that is killed at this writing call, or after so many seconds; returns how it ended."""
        environment = {**environment_of(one.settings), "DAGSTER_DISABLE_TELEMETRY": "1"}
        to, answers = self._forking.stdin, self._forking.stdout
        assert to is not None
        assert answers is not None
        to.write(json.dumps({"environment": environment, "calls": calls, "seconds": seconds}) + "\n")
        to.flush()
        assert select.select([answers], [], [], LONGEST_SECONDS)[0], "it does not end"
        return int(answers.readline())


@contextmanager
def deltas() -> Iterator[Deltas]:
    """A process that imports what a delta needs, and forks for each that it is asked for."""
    forking = subprocess.Popen(
        [sys.executable, "-m", __name__],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with forking:
        try:
            yield Deltas(forking)
        finally:
            forking.kill()


class Deadly:
    """Counts writing calls and ends the process at one of them, before its outcome is written down."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, call: CallRecord) -> None:
        if call.records and call.outcome == "ok":
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def delta(environment: dict[str, str], calls: int, seconds: float) -> int:
    os.environ.update(environment)
    if calls:
        session.__dict__["TwentyClient"] = functools.partial(TwentyClient, on_call=Deadly(calls))
    if seconds:
        timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
    return run_delta(read_settings(), as_json=True)


def fork_for_each() -> None:
    """Answer every line of standard input, a delta that is asked for, with how it ended."""
    load_mapping()
    load_profile("reference-practice")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            # What it prints is no answer.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            faulthandler.dump_traceback_later(TELLS_AFTER_SECONDS)
            ended = 70
            try:
                with keeping_what_dagster_makes_anew():
                    ended = delta(**json.loads(line))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(ended)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    fork_for_each()
