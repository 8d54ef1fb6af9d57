"""Removing the rows of the practice that a migration left on this machine's disk.

What was extracted stays staged, so that a step that failed goes on without reading the practice a second
time. All of it is patient data, and nothing needs it for good: whoever finds nothing staged reads the
practice again.
"""

from __future__ import annotations

from panda_twenty.headless import dagster_home, jobs_at_work
from panda_twenty.ledger.turns import alone
from panda_twenty.panda.staging import Staged
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import CannotGoOn

WIPED = "staged_rows_wiped"
"""Kind of the ledger's entries that tell of it."""


def staged_rows(settings: Settings) -> Staged:
    """What is staged on this machine."""
    with open_session(settings, is_offline=True) as session:
        return session.stage.size()


def wipe(settings: Settings) -> Staged:
    """Remove all staged rows of this practice from this machine. Returns what there was, and accounts for it.

    Raises CannotGoOn while a run is at work, which may be about to read them.
    """
    if at_work := jobs_at_work(dagster_home(settings)):
        raise CannotGoOn(
            f"A run is at work ({', '.join(at_work)}), and what is staged is what it reads. Wait until it "
            "has ended, or cancel it in the Dagster UI; then wipe."
        )
    with open_session(settings, is_offline=True) as session, alone(session.ledger):
        found = session.stage.size()
        session.stage.purge()
        if found.files:
            session.ledger.note(WIPED, {"files": found.files, "bytes": found.bytes})
    return found
