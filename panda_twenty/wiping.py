"""Removing the rows of the practice that a migration left on this machine's disk.

What was extracted stays staged, so that a step that failed goes on without reading the practice a second
time. All of it is patient data, and nothing needs it for good: whoever finds nothing staged reads the
practice again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from panda_twenty.defs.orphans import end_orphans
from panda_twenty.headless import dagster_home
from panda_twenty.ledger.turns import alone
from panda_twenty.panda.staging import Staged
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import CannotGoOn

WIPED = "staged_rows_wiped"
"""Kind of the ledger's entries that tell of it."""

_AT_WORK = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def staged_rows(settings: Settings) -> Staged:
    """What is staged on this machine."""
    with open_session(settings, is_offline=True) as session:
        return session.stage.size()


def wipe(settings: Settings) -> Staged:
    """Remove all staged rows of this practice from this machine. Returns what there was, and accounts for it.

    Raises CannotGoOn while a run is at work, which may be about to read them.
    """
    with _nobody_at_work(settings), open_session(settings, is_offline=True) as session, alone(session.ledger):
        found = session.stage.size()
        session.stage.purge()
        if found.files:
            session.ledger.note(WIPED, {"files": found.files, "bytes": found.bytes})
    return found


@contextmanager
def _nobody_at_work(settings: Settings) -> Iterator[None]:
    with dg.DagsterInstance.from_config(str(dagster_home(settings))) as instance:
        end_orphans(instance)
        at_work = instance.get_runs(dg.RunsFilter(statuses=_AT_WORK))
        if at_work:
            names = ", ".join(sorted({run.job_name for run in at_work}))
            raise CannotGoOn(
                f"A run is at work ({names}), and what is staged is what it reads. Wait until it has ended, "
                "or cancel it in the Dagster UI; then wipe."
            )
        yield
