"""Ends a call into an ODBC driver that will never return.

Measured with FreeTDS 1.3.17: when a server ends an encrypted session in good order (a closed TLS session, as
at a shutdown or when an administrator ends it) in the middle of a result, SQLFetch polls a socket that is
always readable and never returns; its own timeout does not fire. It uses a whole processor meanwhile, which
tells it from a slow statement, and cancelling the statement from another thread ends it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

MOST_CPU_SECONDS = 2.0
"""In one call. 1,000 rows take some hundredths of a second, ten documents of 20 MB some tenths."""
LOOK_EVERY_SECONDS = 0.5


Calling = Callable[[], AbstractContextManager[None]]
"""Opens the context in which one call into the driver is made, in the thread that makes it."""


@contextlib.contextmanager
def watched_calls(cursor: Any, *, needed: bool) -> Iterator[Calling]:
    """Around all calls of one cursor; what it answers goes around each. Does nothing unless ``needed``."""
    # Windows tells no other thread's processor time; FreeTDS is hardly used there.
    if not needed or not hasattr(time, "pthread_getcpuclockid"):
        yield contextlib.nullcontext
        return
    watch = _Watch(cursor.cancel)
    threading.Thread(target=watch.look, name="driver watch", daemon=True).start()
    try:
        yield watch.calling
    finally:
        watch.end()


class _Watch:
    def __init__(self, cancel: Callable[[], Any]) -> None:
        self._cancel = cancel
        self._call: tuple[int, float] | None = None
        self._done = threading.Event()

    def end(self) -> None:
        self._done.set()

    @contextlib.contextmanager
    def calling(self) -> Iterator[None]:
        clock = time.pthread_getcpuclockid(threading.get_ident())
        self._call = clock, time.clock_gettime(clock)
        try:
            yield
        finally:
            self._call = None

    def look(self) -> None:
        while not self._done.wait(LOOK_EVERY_SECONDS):
            call = self._call
            # The thread that called may have ended between the two looks.
            with contextlib.suppress(OSError):
                if call is not None and time.clock_gettime(call[0]) - call[1] > MOST_CPU_SECONDS:
                    self._cancel()
