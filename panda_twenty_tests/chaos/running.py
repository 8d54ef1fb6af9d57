"""One fault run: a practice into a workspace while everything goes wrong, and then the verdict."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from panda_twenty.panda.profile.loading import PROFILES
from panda_twenty.sandbox.twenty import serve
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import bring_about_data_model, confirm_mapping, data_model_plan
from panda_twenty_tests.chaos.judging import (
    Key,
    Snapshot,
    Verdict,
    destroy_all,
    expected_keys,
    judged,
    judged_ledger,
    snapshot,
)
from panda_twenty_tests.chaos.migrating import migrate_in_process, migrate_whole
from panda_twenty_tests.chaos.proxy import CONTROL, serve_proxy

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["panda_twenty_tests.chaos.migrating", "panda_twenty_tests.chaos.running"])

ATTEMPTS = 40
STORMY_ATTEMPTS = 8
"""After so many attempts the weather turns calm and nothing is killed any more."""

START_SECONDS = 60.0
LONGEST_ATTEMPT_SECONDS = 300.0

SERVER_FAULTS = ("kill_before_next", "kill_between_steps_next", "kill_after_next")
"""Moments around and inside a call at which the stand-in can be told to die."""


class HarnessFailed(Exception):
    """The fault run itself did not work; nothing is said about the migration."""


@dataclass(frozen=True)
class Ground:
    """What all fault runs of one invocation share."""

    folder: Path
    practice: Path
    template: Path | None
    """The data folder of a stand-in that has the data model; None where a real Twenty is used."""
    url: str | None
    token: str | None


@dataclass
class Twenty:
    """The Twenty of one run. A stand-in can be killed and comes back on the same port and data."""

    url: str
    token: str
    data: Path | None = None
    process: Any = None
    restarts: int = 0

    def restart_if_dead(self) -> None:
        if self.data is not None and not self.process.is_alive():
            self.restarts += 1
            self.process = _started_stand_in(self.data, int(self.url.rpartition(":")[2]))[0]

    def kill(self) -> None:
        if self.data is not None and self.process.is_alive():
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.join()

    def set_fault(self, name: str, after: int) -> None:
        """Let the stand-in die at a moment of its own; ``after`` is drawn to be unused by a real server."""
        if self.data is not None:
            # It may have been killed a moment ago, and nobody waited since.
            self.restart_if_dead()
            httpx.put(f"{self.url}/sandbox/faults", json={name: after}, trust_env=False, timeout=10)


def started(target: Callable[..., None], *args: Any) -> tuple[Any, Any]:
    """Start a process that tells one thing when it is ready; returns the process and what it told."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=target, args=(*args, sending), daemon=True)
    process.start()
    sending.close()
    if not receiving.poll(START_SECONDS):
        raise HarnessFailed(f"{target.__name__} did not start")
    return process, receiving.recv()


def _serve_stand_in(data: Path, port: int, telling: Connection) -> None:
    serve(data, port, rate_limit=None, faults=True, ready=lambda url, token: telling.send((url, token)))


def _serve_proxy(upstream: str, seed: str, telling: Connection) -> None:
    serve_proxy(upstream, seed, 0, telling.send)


def _started_stand_in(data: Path, port: int) -> tuple[Any, tuple[str, str]]:
    return started(_serve_stand_in, data, port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def twenty_for(ground: Ground, folder: Path) -> Iterator[Twenty]:
    """A fresh stand-in with the data model, or the real server."""
    if ground.template is None:
        yield Twenty(ground.url or "", ground.token or "")
        return
    data = folder / "twenty"
    shutil.copytree(ground.template, data)
    process, (url, token) = _started_stand_in(data, free_port())
    twenty = Twenty(url, token, data, process)
    try:
        yield twenty
    finally:
        twenty.kill()


def settings_for(ground: Ground, folder: Path, slug: str, url: str, token: str, **more: Any) -> Settings:
    """Settings of a practice of its own: its slug makes its ids, its folder keeps its ledger."""
    profile = folder / "profile.yaml"
    if not profile.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text = (PROFILES / "reference_practice.yaml").read_text(encoding="utf-8")
        profile.write_text(text.replace(": reference-practice\n", f": {slug}\n"))
    limits: dict[str, Any] = {"panda_twenty_calls_per_minute": 1_000_000} if ground.template else {}
    return Settings(
        _env_file=None,
        twenty_url=url,
        twenty_api_key=SecretStr(token),
        panda_connection=SecretStr(f"sqlite:///{ground.practice}"),
        panda_profile=str(profile),
        panda_twenty_home=folder / "home",
        panda_twenty_pause_automations=True,
        panda_twenty_range_width=50,
        **limits,
        **more,
    )


@dataclass
class Oracle:
    """What a run without faults leaves, and how long it takes."""

    keys: list[Key]
    expected: Snapshot
    seconds: float
    held_back: int = 0


def faultless(ground: Ground) -> Oracle:
    """Migrate without faults, verify every field, remember what is there, and clean up where others work."""
    folder = ground.folder / "oracle"
    folder.mkdir()
    with twenty_for(ground, folder) as twenty:
        settings = settings_for(ground, folder, f"chaos-oracle-{os.getpid()}", twenty.url, twenty.token)
        with open_session(settings, "oracle") as session:
            confirm_mapping(session, "chaos")
            # A real server takes minutes for that, once; kills are drawn from what comes after it.
            bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
            before = time.monotonic()
            migrate_whole(session, verified=False)
            seconds = time.monotonic() - before
            migrate_whole(session, verified=True)
            keys = expected_keys(session)
            expected, strays = snapshot(session, keys)
            problems = [*judged_ledger(session, keys, held_back=0)]
            if strays or len(expected) != len(keys) or problems:
                raise HarnessFailed(f"The run without faults left {strays} strays. {' '.join(problems)}")
            if ground.template is None:
                destroy_all(session, keys)
    return Oracle(keys, expected, seconds)


@dataclass
class Course:
    """What happened in a run, in counts, and how long it took."""

    seconds: float = 0.0
    attempts: int = 0
    kills: int = 0
    restarts: int = 0
    faults: int = 0
    sources_lost: int = 0
    verdict: Verdict = field(default_factory=Verdict)


def fault_run(ground: Ground, oracle: Oracle, seed: int) -> Course:
    """Migrate under faults until it succeeds; the seed decides which faults and when."""
    began = time.monotonic()
    dice = random.Random(seed)
    folder = ground.folder / f"run-{seed}"
    folder.mkdir()
    course = Course()
    with twenty_for(ground, folder) as twenty:
        proxy, port = started(_serve_proxy, twenty.url, str(seed))
        through = f"http://127.0.0.1:{port}"
        settings = settings_for(
            ground,
            folder,
            f"chaos-{seed}-{os.getpid()}",
            through,
            twenty.token,
            panda_twenty_records_per_call=dice.choice([7, 20, 60, 200]),
            panda_twenty_in_flight=dice.choice([1, 2, 3, 4]),
        )
        patient = settings.panda_twenty_records_per_call >= 60 and dice.random() < 0.1
        try:
            while not _attempt(dice, course, oracle, twenty, through, settings, patient):
                if course.attempts == ATTEMPTS:
                    course.verdict.remarks.append(
                        f"The migration did not come to an end in {ATTEMPTS} attempts."
                    )
                    break
            course.verdict = _verdict(ground, oracle, settings, twenty, through, course.verdict.remarks)
            course.faults = _weather(through)["faults"]
            course.restarts = twenty.restarts
        finally:
            proxy.kill()
    shutil.rmtree(folder)
    course.seconds = time.monotonic() - began
    return course


def _attempt(
    dice: random.Random,
    course: Course,
    oracle: Oracle,
    twenty: Twenty,
    through: str,
    settings: Settings,
    patient: bool,
) -> bool:
    """One process of the migration, which may be killed; True when it came to its end."""
    course.attempts += 1
    stormy = course.attempts <= STORMY_ATTEMPTS
    if not stormy:
        httpx.put(f"{through}{CONTROL}", json={"calm": True}, trust_env=False)
    twenty.restart_if_dead()
    lost_after = dice.randrange(2_000) if stormy and dice.random() < 0.1 else None
    course.sources_lost += lost_after is not None
    process = CONTEXT.Process(
        target=migrate_in_process,
        args=(settings,),
        kwargs={"patient": patient, "verified": False, "reads_before_the_source_is_lost": lost_after},
    )
    longest = oracle.seconds * 1.2
    moments: list[tuple[float, Callable[[], None]]] = []
    if stormy and dice.random() < 0.6:
        moments.append((dice.uniform(0, longest), lambda: _kill(process, course)))
    if stormy and dice.random() < 0.4:
        moments.append((dice.uniform(0, longest), twenty.kill))
    if stormy and dice.random() < 0.4:
        fault = dice.choice(SERVER_FAULTS)
        moments.append((dice.uniform(0, longest), lambda: twenty.set_fault(fault, 1)))
    began = time.monotonic()
    process.start()
    for moment, happen in sorted(moments, key=lambda each: each[0]):
        while process.is_alive() and time.monotonic() - began < moment:
            process.join(0.02)
            twenty.restart_if_dead()
        if process.is_alive():
            happen()
    while process.is_alive():
        process.join(0.05)
        twenty.restart_if_dead()
        if time.monotonic() - began > LONGEST_ATTEMPT_SECONDS:
            process.kill()
            raise HarnessFailed("an attempt of the migration hangs")
    twenty.restart_if_dead()
    if process.exitcode not in (0, 3, -signal.SIGKILL):
        raise HarnessFailed(f"the migration ended unexpectedly ({process.exitcode})")
    return process.exitcode == 0


def _kill(process: Any, course: Course) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    course.kills += 1


def _weather(through: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(f"{through}{CONTROL}", trust_env=False).json()
    return found


def _verdict(
    ground: Ground, oracle: Oracle, settings: Settings, twenty: Twenty, through: str, remarks: list[str]
) -> Verdict:
    """Judge the workspace and the ledger; then once more in calm weather, when nothing may be written."""
    httpx.put(f"{through}{CONTROL}", json={"calm": True}, trust_env=False)
    if ground.template is not None:
        httpx.put(f"{twenty.url}/sandbox/faults", json={}, trust_env=False)
    direct = settings.model_copy(update={"twenty_url": twenty.url})
    with open_session(direct, "judge") as session:
        actual, strays = snapshot(session, oracle.keys)
        verdict = judged(oracle.expected, actual, strays)
        verdict.remarks += [*remarks, *judged_ledger(session, oracle.keys, oracle.held_back)]
        written = _weather(through)["writing_calls"]
        with open_session(settings, "again") as again:
            migrate_whole(again, verified=False)
        # Pausing a workflow and putting it back are writing calls too.
        more = _weather(through)["writing_calls"] - written - _automation_calls(ground)
        if more > 0:
            verdict.remarks.append(f"A run without changes made {more} writing calls.")
        if ground.template is None:
            destroy_all(session, oracle.keys)
    return verdict


def _automation_calls(ground: Ground) -> int:
    """A fresh stand-in has one workflow that is paused and put back; of a real server nobody knows."""
    return 2 if ground.template is not None else 1_000
