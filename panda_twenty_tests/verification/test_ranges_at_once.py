"""Ranges that are verified in processes of their own come to the same as ranges verified here."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import pytest

from panda_twenty import verifying_ranges
from panda_twenty.session import Session, open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import load_route, patient_ranges, stage_entity
from panda_twenty.verifying_ranges import VerifiedRange, verify_ranges
from panda_twenty_tests.verification.migrated_directly import change, migrated_workspace, prepare

PATIENTS = 30


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Patients of several ranges in Twenty, one of them changed there since."""
    with migrated_workspace(tmp_path_factory.mktemp("ranges"), PATIENTS) as workspace:
        settings = workspace.settings.model_copy(update={"panda_twenty_range_width": PATIENTS})
        with open_session(settings) as session:
            prepare(session)
            keys = range_keys(session)
            route = session.mapping.route("person_patient")
            for key in keys:
                for entity in route.staged_entities():
                    stage_entity(session, entity, key)
            load_route(session, route, keys)
            spoilt = next(line.column for line in route.lines if line.transform == "text")
            question = f"{{people(first:1,filter:{{{spoilt}:{{is:NOT_NULL}}}}){{edges{{node{{id}}}}}}}}"
            (person,) = session.client.records(question)["people"]["edges"]
            change(session, session.facts("person"), person["node"]["id"], {spoilt: "Elsewhere"})
        yield settings


@pytest.fixture(autouse=True)
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying_ranges, "WORTH_IT", 0)


def range_keys(session: Session) -> list[str]:
    keys = [each.key for each in patient_ranges(session)]
    assert len(keys) > 2
    return keys


def verified(settings: Settings, at_once: int) -> tuple[dict[str, VerifiedRange], list[int]]:
    told: list[int] = []
    with open_session(settings.model_copy(update={"panda_twenty_verify_at_once": at_once})) as session:
        route, keys = session.mapping.route("person_patient"), range_keys(session)
        found = {each.range_key: each for each in verify_ranges(session, route, keys, told.append)}
        assert sorted(found) == sorted(keys)
    return found, told


def outcome(found: dict[str, VerifiedRange]) -> dict[str, object]:
    return {key: (each.verification.counts(), each.verification.differences) for key, each in found.items()}


def test_processes_come_to_the_same_and_tell_how_far_they_are(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, told_here = verified(settings, 1)
    # In this process only: nothing is left to it.
    monkeypatch.delattr(verifying_ranges, "verify")
    apart, told = verified(settings, 2)
    assert outcome(apart) == outcome(here)
    assert sum(each.verification.different for each in here.values()) == 1
    assert max(told) == max(told_here) == sum(each.verification.source for each in here.values())
    assert len([each for each in multiprocessing.active_children() if each.name == "verify"]) == 2


def test_a_range_whose_process_dies_is_verified_here(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(verifying_ranges, "_idle_or_new", a_process_that_dies)
    apart, _ = verified(settings, 2)
    assert caplog.text.count("its process ended") == 2
    assert sum(each.verification.source for each in apart.values()) == PATIENTS


def test_what_a_process_cannot_do_is_left_to_the_one_that_asked(settings: Settings) -> None:
    ours, its = Pipe()
    with open_session(settings) as session:
        key, digest = range_keys(session)[0], session.digest
    task = verifying_ranges._Task(settings, None, "person_patient", key, digest)
    assert isinstance(verifying_ranges._verified(task, its), VerifiedRange)
    edited = replace(task, digest="of a mapping edited meanwhile")
    assert verifying_ranges._verified(edited, its) == verifying_ranges._NotDone(
        "profile or mapping were edited"
    )
    no_route = replace(task, route="no route")
    assert verifying_ranges._verified(no_route, its) == verifying_ranges._NotDone("StopIteration")
    ours.close()
    its.close()


def test_a_process_ends_with_the_one_that_started_it() -> None:
    """Also where that one was killed and could not end it."""
    source = (
        "import os, signal\n"
        "from panda_twenty.verifying_ranges import _idle_or_new\n"
        "if __name__ == '__main__':\n"
        "    print(_idle_or_new().process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    process = int(ended.stdout)
    deadline = time.monotonic() + 30
    while is_there(process):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    return told.rpartition(")")[2].split()[0] != "Z"


def a_process_that_dies() -> verifying_ranges._Process:
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=die_when_asked, args=(its,), daemon=True)
    process.start()
    its.close()
    return verifying_ranges._Process(process, ours)


def die_when_asked(connection: Connection) -> None:
    connection.recv()
    os.kill(os.getpid(), signal.SIGKILL)
