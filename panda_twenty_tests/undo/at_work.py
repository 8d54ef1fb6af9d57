"""A process that migrates or takes back, and that ends as by ``kill -9`` after so many writing calls.

It dies when an answer has arrived and before its outcome is written down, the worst moment there is.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from panda_twenty.twenty.client import CallRecord, TwentyClient
from panda_twenty_tests.loading.small_practice import SmallPractice
from panda_twenty_tests.undo.workspace_with_owners import ADOPT_DELETED_TOO, OwnedWorkspace

PATIENTS = 450
ADOPTED = 200


def fill(practice: SmallPractice) -> None:
    """Patients of whom the first are people who stand in Twenty, deleted or not; some share an address."""
    for number in range(PATIENTS):
        email = f"own{number}@owned.test" if number < ADOPTED else f"patient{number // 2}@owned.test"
        practice.patient(
            f"{number:03}",
            first_name=f"First{number}",
            email=email,
            mobile_phone="607-555-0142" if number % 3 else None,
            medical_alert=f"Latex {number}",
            street=f"{number} Oak",
            birth_date=date(1951, 3, 4),
            created_at=datetime(2011, 4, 5, 6, 7, 8, tzinfo=UTC),
        )
        practice.visit(f"{number:03}", f"{number:03}")


class Deadly:
    """Counts writing calls and ends the process at one of them."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, call: CallRecord) -> None:
        if call.records and call.outcome == "ok":
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main(what: str, folder: str, url: str, token: str, calls: str) -> None:
    with TwentyClient(url, token, on_call=Deadly(int(calls))) as client:
        owned = OwnedWorkspace(client, Path(folder), noted=True)
        owned.practice.adoption = ADOPT_DELETED_TOO
        if what == "migrate":
            fill(owned.practice)
            owned.practice.survey()
            owned.practice.load()
            owned.practice.load("visits")
        else:
            owned.roll_back()
        owned.practice.ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
