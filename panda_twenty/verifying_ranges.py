"""Verifies a route's patient ranges, several at once where there is much to compare.

To compare the two hundred fields of an exam takes a processor 8 to 20 ms (measured), three times as long and
more as Twenty's rate limit takes to let them be read back, and one Python process computes on one processor.
So each range goes to a process of its own, with its own connections to both ends and to the ledger; the pace
of calls is shared as ever. What such a process cannot do, this one does again itself: the log says so, and
whatever stands in the way for good is raised here.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from panda_twenty.ledger.ledger import now
from panda_twenty.mapping.specification import Route
from panda_twenty.memory import give_back
from panda_twenty.route_verification import verify
from panda_twenty.session import Session, open_session
from panda_twenty.settings import Settings
from panda_twenty.verification.differences import Verification

__all__ = ["VerifiedRange", "verify_ranges"]

_log = logging.getLogger(__name__)

WORTH_IT = 200_000
"""Fields to compare from which it is worth starting processes, which takes some seconds: half a minute's."""
MOST_BY_DEFAULT = 4
"""Each reads from the practice's database, and takes some hundred megabytes."""
IDLE_SECONDS = 300.0
"""How long a process waits for another range before it ends."""


@dataclass(frozen=True)
class VerifiedRange:
    """What came of one range, and when its verification began, as the ledger keeps it."""

    range_key: str
    began: str
    verification: Verification


def verify_ranges(
    session: Session,
    route: Route,
    range_keys: Sequence[str],
    progress: Callable[[int], None] = lambda rows: None,
) -> Iterator[VerifiedRange]:
    """Verify each of the ranges, in any order.

    Raises what :func:`panda_twenty.route_verification.verify` does. ``progress`` is told how many rows of
    all ranges were compared so far.
    """
    left = list(range_keys)
    compared: dict[str, int] = {}

    def so_far_of(key: str, rows: int) -> None:
        compared[key] = rows
        progress(sum(compared.values()))

    rows = sum(session.stage.rows(route.entity, key) for key in range_keys)
    at_once = min(_at_once(session.settings), len(range_keys))
    # A process that ends with its parent may have no children of its own.
    may_start = not multiprocessing.current_process().daemon
    if at_once > 1 and may_start and rows * len(route.lines) >= WORTH_IT:
        for found in _verified_apart(session, route, left, at_once, so_far_of):
            left.remove(found.range_key)
            yield found
    for key in left:
        began = now()
        yield VerifiedRange(key, began, verify(session, route, key, partial(_tell, so_far_of, key)))


def _tell(so_far_of: Callable[[str, int], None], key: str, so_far: Verification) -> None:
    so_far_of(key, so_far.source)


def _at_once(settings: Settings) -> int:
    # Of a container's share of a machine only Linux tells.
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return settings.panda_twenty_verify_at_once or min(processors, MOST_BY_DEFAULT)


@dataclass(frozen=True)
class _Task:
    settings: Settings
    run_id: str | None
    route: str
    range_key: str
    digest: str
    """What profile and mapping amount to: their files may have been edited since they were read."""


@dataclass(frozen=True)
class _NotDone:
    because: str


@dataclass(frozen=True)
class _Process:
    process: BaseProcess
    connection: Connection

    def end(self) -> None:
        self.process.terminate()
        self.process.join()
        self.connection.close()


_idle: list[_Process] = []
"""Processes that wait for another range: the next route begins as soon as this one is loaded."""


def _verified_apart(
    session: Session,
    route: Route,
    range_keys: Sequence[str],
    at_once: int,
    compared: Callable[[str, int], None],
) -> Iterator[VerifiedRange]:
    """The ranges that other processes could verify."""
    waiting = deque(range_keys)
    busy: dict[Connection, tuple[_Process, str]] = {}

    def give_next(process: _Process) -> None:
        if not waiting:
            _idle.append(process)
            return
        key = waiting.popleft()
        with suppress(OSError):
            # Where it has ended meanwhile, its connection tells below.
            process.connection.send(_Task(session.settings, session.run_id, route.name, key, session.digest))
        busy[process.connection] = process, key

    try:
        for _ in range(at_once):
            give_next(_idle_or_new())
        while busy:
            wait(list(busy))
            for connection in [each for each in busy if each.poll()]:
                process, key = busy[connection]
                try:
                    told = connection.recv()
                except (EOFError, OSError):
                    # It was killed, or had ended before it was asked.
                    _tell_left_over(route, key, "its process ended")
                    del busy[connection]
                    process.end()
                    continue
                if isinstance(told, int):
                    compared(key, told)
                    continue
                del busy[connection]
                give_next(process)
                if isinstance(told, _NotDone):
                    _tell_left_over(route, key, told.because)
                else:
                    yield told
    finally:
        for process, _ in busy.values():
            process.end()


def _tell_left_over(route: Route, range_key: str, because: str) -> None:
    _log.warning("%s %s: not verified apart (%s), so it is verified here", route.name, range_key, because)


def _idle_or_new() -> _Process:
    while _idle:
        process = _idle.pop()
        if process.process.is_alive():
            return process
        process.end()
    # A forked process would share this one's connections, and whatever its threads have locked.
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    started = context.Process(target=_serve, args=(its,), name="verify", daemon=True)
    started.start()
    its.close()
    return _Process(started, ours)


def _serve(connection: Connection) -> None:
    """Verify what is asked until nobody asks any more, or the process that asked is gone."""
    # Who interrupts a command interrupts all of its processes; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while connection.poll(IDLE_SECONDS):
            connection.send(_verified(connection.recv(), connection))
            give_back()


def _verified(task: _Task, connection: Connection) -> VerifiedRange | _NotDone:
    """What came of it, or what stood in the way."""
    try:
        with open_session(task.settings, task.run_id) as session:
            if session.digest != task.digest:
                return _NotDone("profile or mapping were edited")
            route = next(each for each in session.mapping.routes if each.name == task.route)
            began = now()
            found = verify(session, route, task.range_key, lambda so_far: connection.send(so_far.source))
            return VerifiedRange(task.range_key, began, found)
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as problem:
        # Whoever asked meets the same trouble when it tries, and tells it to its user. The words of an error
        # may hold a value; its kind does not.
        return _NotDone(type(problem).__name__)
