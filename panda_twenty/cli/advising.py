"""How a command ends that cannot go on: with one sentence that says what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from panda_twenty.advice import advice_for

ADVICE_EXIT = 2
"""Exit code when a setting, a connection or a confirmation is missing; 1 means that something differs."""


@contextmanager
def advising() -> Iterator[None]:
    """Errors that carry advice end the command with that advice; the others keep their traceback."""
    try:
        yield
    except Exception as problem:
        advice = advice_for(problem)
        if advice is None:
            raise
        click.echo(f"panda-twenty: {advice}", err=True)
        sys.exit(ADVICE_EXIT)
