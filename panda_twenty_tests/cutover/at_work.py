"""A process that runs one delta and ends as by ``kill -9``: at a writing call, or after some seconds."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading

from panda_twenty import session
from panda_twenty.cutover_console import run_delta
from panda_twenty.settings import read_settings
from panda_twenty.twenty.client import CallRecord, TwentyClient


class Deadly:
    """Counts writing calls and ends the process at one of them, before its outcome is written down."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, call: CallRecord) -> None:
        if call.records and call.outcome == "ok":
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main(calls: str, seconds: str) -> int:
    if int(calls):
        session.__dict__["TwentyClient"] = functools.partial(TwentyClient, on_call=Deadly(int(calls)))
    if float(seconds):
        timer = threading.Timer(float(seconds), os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
    return run_delta(read_settings(), as_json=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
