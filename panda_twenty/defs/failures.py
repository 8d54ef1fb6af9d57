"""Our errors as Dagster failures: the advice, and nothing of what the error may quote."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from panda_twenty.advice import advice_for


@contextmanager
def as_failure() -> Iterator[None]:
    """Turn errors into failures that are not tried again: those that carry advice say it.

    Of one that nobody foresaw only its class and its place in our code are told. Dagster keeps messages and
    tracebacks in its event log, and a message may quote a patient's data.
    """
    advice = None
    try:
        yield
    except dg.Failure:
        raise
    except Exception as problem:
        advice = advice_for(problem) or _without_values(problem)
    if advice is not None:
        # "from None": Dagster would keep the error that this one came from, message and all.
        raise dg.Failure(description=advice, allow_retries=False) from None


def _without_values(problem: Exception) -> str:
    """Where an unforeseen error arose: class, file, line and function of each step down, no message."""
    steps = [
        f"{Path(frame.filename).stem}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(problem.__traceback__)[-8:]
    ]
    return (
        f"The step failed unexpectedly ({type(problem).__name__}), at {', '.join(steps)}. "
        "This is a fault of panda-twenty: please report it with this line, which holds no patient data."
    )
