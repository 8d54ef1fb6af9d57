"""What a run tells while it works: short sentences and counts, to whoever listens.

Dagster's log hears everything; the command line listens as well and draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """Where a stage stands. ``total`` is None where it is not known."""

    stage: str
    """Such as ``twenty/perio_exam 0000000-0000099``."""
    done: int
    total: int | None = None
    detail: str = ""


Listener = Callable[[Step], None]

_listeners: list[Listener] = []


def announce(step: Step) -> None:
    for listener in _listeners:
        listener(step)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear every step announced in this process meanwhile."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
