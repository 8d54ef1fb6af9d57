"""The whole of undo with ``kill -9``: 500 records of the workspace's own, a migration and a rollback cut off.

Against the stand-in always, and against a real Twenty where there is one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stamina

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import destroy, upsert
from panda_twenty.twenty.workspace import read_workspace
from panda_twenty.undo.data_model import remove_data_model
from panda_twenty.undo.snapshot import compare_snapshots, take_snapshot
from panda_twenty.undo.tally import Rollback
from panda_twenty_tests.undo.at_work import ADOPTED, PATIENTS, fill
from panda_twenty_tests.undo.workspace_with_owners import ADOPT_DELETED_TOO, OwnedWorkspace, own_people

OWN = 500


@contextmanager
def a_stand_in(folder: Path) -> Iterator[tuple[str, str]]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(folder / "twenty", rate_limit=None) as server:
        yield server.url, server.token


@contextmanager
def a_real_twenty(folder: Path) -> Iterator[tuple[str, str]]:
    url, token = os.environ.get("TWENTY_REAL_URL"), os.environ.get("TWENTY_REAL_TOKEN")
    if not url or not token:
        pytest.skip("needs a real Twenty in TWENTY_REAL_URL and TWENTY_REAL_TOKEN (a key, or a file of one)")
    yield url, Path(token).read_text().strip() if Path(token).is_file() else token


def at_work(what: str, folder: Path, address: tuple[str, str], calls: int) -> int:
    """Run a process that dies after so many writing calls (0: never); returns how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "panda_twenty_tests.undo.at_work", what, str(folder), *address, str(calls)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
        timeout=600,
    ).returncode


@pytest.mark.parametrize("server", [a_stand_in, a_real_twenty], ids=["stand-in", "real"])
def test_a_workspace_is_as_before_though_migration_and_rollback_were_killed(
    tmp_path: Path, server: object
) -> None:
    assert callable(server)
    with server(tmp_path) as address, TwentyClient(*address, patience_seconds=120) as client:
        ids = own_people(client, OWN)
        try:
            undone_but_for_the_users_edits(tmp_path, address, client, ids)
        finally:
            destroy(client, read_workspace(client).object("person"), ids)


def undone_but_for_the_users_edits(
    folder: Path, address: tuple[str, str], client: TwentyClient, ids: list[str]
) -> None:
    before, after = folder / "before.jsonl", folder / "after.jsonl"
    take_snapshot(client, read_workspace(client), before)
    assert at_work("migrate", folder, address, calls=2) == -signal.SIGKILL
    assert at_work("migrate", folder, address, calls=4) == -signal.SIGKILL
    owned = OwnedWorkspace(client, folder, noted=True)
    practice = owned.practice
    practice.adoption = ADOPT_DELETED_TOO
    fill(practice)
    with stamina.set_testing(True, attempts=20):
        practice.load()
        practice.load("visits")
    assert practice.verify().verified == practice.verify("visits").verified == PATIENTS
    # A user works on: on a record of their own, on an adopted one, and on one that the migration created.
    untouched, adopted, created = ids[ADOPTED + 1], ids[1], practice.id_of(f"{ADOPTED + 1:03}")
    owned.edit(untouched, jobTitle="By hand")
    owned.edit(adopted, jobTitle="By hand")
    owned.edit(created, jobTitle="By hand")
    practice.ledger.close()

    assert at_work("rollback", folder, address, calls=2) == -signal.SIGKILL
    assert at_work("rollback", folder, address, calls=4) == -signal.SIGKILL
    owned = OwnedWorkspace(client, folder, noted=True)
    left = owned.roll_back()
    assert (left.objects["person"].edited, left.objects["person"].left_alone) == (1, 1)
    assert owned.roll_back(include_edited=True).is_well
    assert owned.roll_back().undone == 0
    model = Rollback({}, False, 100)
    remove_data_model(client, owned.practice.ledger, read_workspace(client), model)
    assert model.data_model_kept == []
    assert "visit" in model.data_model_removed

    take_snapshot(client, read_workspace(client), after)
    changes = compare_snapshots(before, after).changes
    assert {(each.object, each.id, each.fields) for each in changes} == {
        ("person", f"record {untouched}", ("jobTitle",)),
        ("person", f"record {adopted}", ("jobTitle",)),
    }
    assert list(broken_links(owned.practice.ledger)) == []
    assert list(altered_state(owned.practice.ledger)) == []
    owned.practice.ledger.close()


def test_fields_that_hold_data_of_others_are_kept(tmp_path: Path) -> None:
    with a_stand_in(tmp_path) as address, TwentyClient(*address) as client:
        owned = OwnedWorkspace(client, tmp_path, noted=True)
        theirs = owned.own("Somebody", medicalAlert="Written into our field")
        facts = owned.practice.facts("visit")
        model = Rollback({}, False, 100)
        remove_data_model(client, owned.practice.ledger, read_workspace(client), model)
        assert model.data_model_kept == ["person.medicalAlert"]
        assert "visit" in model.data_model_removed
        person = read_workspace(client).object("person")
        assert "medicalAlert" in person.fields
        assert "dateOfBirth" not in person.fields
        upsert(client, person, [{"id": theirs, "medicalAlert": None}])
        again = Rollback({}, False, 100)
        remove_data_model(client, owned.practice.ledger, read_workspace(client), again)
        assert again.data_model_removed == ["person.medicalAlert"]
        assert facts.name not in read_workspace(client).objects
        owned.practice.ledger.close()
