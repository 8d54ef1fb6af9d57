"""A driver that never returns is told to stop; one that works or waits is left alone."""

from __future__ import annotations

import threading
import time

import pytest

from panda_twenty.panda import driver_watch

pytestmark = pytest.mark.skipif(
    not hasattr(time, "pthread_getcpuclockid"), reason="needs processor time by thread (not on Windows)"
)


class Cursor:
    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()

    def spin(self) -> None:
        """Burns the processor until somebody cancels, as FreeTDS does at the end of a session."""
        until = time.monotonic() + 30
        while not self.cancelled.is_set() and time.monotonic() < until:
            pass

    def wait(self) -> None:
        self.cancelled.wait(0.3)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_watch, "MOST_CPU_SECONDS", 0.1)
    monkeypatch.setattr(driver_watch, "LOOK_EVERY_SECONDS", 0.02)


def test_a_call_that_only_burns_the_processor_is_cancelled() -> None:
    cursor = Cursor()
    with driver_watch.watched_calls(cursor, needed=True) as calling, calling():
        cursor.spin()
    assert cursor.cancelled.is_set()


def test_a_call_that_waits_is_left_alone() -> None:
    cursor = Cursor()
    with driver_watch.watched_calls(cursor, needed=True) as calling, calling():
        cursor.wait()
    assert not cursor.cancelled.is_set()


def test_work_between_the_calls_does_not_count() -> None:
    cursor, elsewhere = Cursor(), Cursor()
    threading.Timer(0.4, elsewhere.cancel).start()
    with driver_watch.watched_calls(cursor, needed=True) as calling:
        with calling():
            pass
        elsewhere.spin()
    assert not cursor.cancelled.is_set()


def test_the_watch_ends_with_the_read() -> None:
    with driver_watch.watched_calls(Cursor(), needed=True):
        pass
    with driver_watch.watched_calls(Cursor(), needed=False) as calling, calling():
        pass
    watching = [each for each in threading.enumerate() if each.name == "driver watch"]
    for each in watching:
        each.join(timeout=10)
    assert not any(each.is_alive() for each in watching)
