"""Our errors as Dagster failures: the advice, and nothing of what the error may quote."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from panda_twenty.advice import advice_for


@contextmanager
def as_failure() -> Iterator[None]:
    """Turn errors that carry advice into failures that are not tried again."""
    advice = None
    try:
        yield
    except dg.Failure:
        raise
    except Exception as problem:
        advice = advice_for(problem)
        if advice is None:
            raise
    if advice is not None:
        raise dg.Failure(description=advice, allow_retries=False)
