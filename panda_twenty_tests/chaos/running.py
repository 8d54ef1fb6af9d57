"""One fault run: a practice into a workspace while everything goes wrong, and then the verdict."""

from __future__ import annotations

import contextlib
import multiprocessing
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
from panda_twenty.stages import (
    bring_about_data_model,
    confirm_mapping,
    data_model_plan,
    restore_automations,
)
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
CONTEXT.set_forkserver_preload(["panda_twenty_tests.chaos.side_by_side"])

ATTEMPTS = 40
STORMY_ATTEMPTS = 8
"""After so many attempts the weather turns calm and nothing is killed any more."""

START_SECONDS = 180.0
CONTROL_SECONDS = 60.0
"""For a word to the stand-in or the proxy, which a busy machine may be slow to hear."""
LONGEST_ATTEMPT_SECONDS = 900.0
LONGEST_ATTEMPT_FACTOR = 30.0
"""How long an attempt may take, at least, and in terms of one that nothing disturbs."""

# Above what is often taken, and below what systems lend to connections that go out (32768 on Linux): on a
# port that one of those holds, even when it is closed already, a stand-in that was killed cannot come back.
PORTS = range(15_000, 30_000)

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
    name: str = "chaos"
    """Begins the names of the practices: another invocation must have others on a server that stays."""
    server: str = "stand-in"
    """Or the version of the real one."""
    port: int = 0
    """Of the proxy. On a real server it is one for all runs: the pace of calls belongs to an address."""

    def slug(self, seed: int | str) -> str:
        return f"{self.name}-{seed}"


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
        if self.data is not None:
            self.process.kill()
            self.process.join()

    def set_fault(self, name: str, after: int) -> None:
        """Let the stand-in die at a moment of its own; ``after`` is drawn to be unused by a real server."""
        if self.data is None:
            return
        # It may have been killed a moment ago, and nobody waited since.
        self.restart_if_dead()
        try:
            self._put_fault(name, after)
        except httpx.TransportError:
            # It is just dying of what it was told before.
            self.process.join(CONTROL_SECONDS)
            self.restart_if_dead()
            self._put_fault(name, after)

    def _put_fault(self, name: str, after: int) -> None:
        httpx.put(f"{self.url}/sandbox/faults", json={name: after}, trust_env=False, timeout=CONTROL_SECONDS)


def started(target: Callable[..., None], *args: Any) -> tuple[Any, Any]:
    """Start a process that tells one thing when it is ready; returns the process and what it told."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=target, args=(*args, sending), daemon=True)
    process.start()
    sending.close()
    try:
        if receiving.poll(START_SECONDS):
            return process, receiving.recv()
    except EOFError:
        pass
    process.kill()
    raise HarnessFailed(f"{target.__name__} did not start")


def _serve_stand_in(data: Path, port: int, telling: Connection) -> None:
    serve(data, port, rate_limit=None, faults=True, ready=lambda url, token: telling.send((url, token)))


def _serve_proxy(upstream: str, seed: str, port: int, telling: Connection) -> None:
    serve_proxy(upstream, seed, port, telling.send)


def _started_stand_in(data: Path, port: int) -> tuple[Any, tuple[str, str]]:
    return started(_serve_stand_in, data, port)


def free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise HarnessFailed("no port is free")


@contextmanager
def proxied(ground: Ground, twenty: Twenty, seed: str, *, calm: bool = False) -> Iterator[str]:
    """The address of a proxy in front of this Twenty."""
    process, port = started(_serve_proxy, twenty.url, seed, ground.port)
    through = f"http://127.0.0.1:{port}"
    try:
        if calm:
            _calm(through)
        yield through
    finally:
        process.kill()
        process.join()


def _calm(through: str) -> None:
    httpx.put(f"{through}{CONTROL}", json={"calm": True}, trust_env=False, timeout=CONTROL_SECONDS)


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
    """Settings of a practice of its own: its slug makes its ids and names the folder of its ledger.

    On a real server all have one home, where the pace of all calls to that server is kept.
    """
    profile = folder / "profile.yaml"
    if not profile.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text = (PROFILES / "reference_practice.yaml").read_text(encoding="utf-8")
        profile.write_text(text.replace(": reference-practice\n", f": {slug}\n"))
    home = (folder if ground.template else ground.folder) / "home"
    limits: dict[str, Any] = {"panda_twenty_calls_per_minute": 1_000_000} if ground.template else {}
    return Settings(
        _env_file=None,
        twenty_url=url,
        twenty_api_key=SecretStr(token),
        panda_connection=SecretStr(f"sqlite:///{ground.practice}"),
        panda_profile=str(profile),
        panda_twenty_home=home,
        panda_twenty_pace_folder=home,
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
    attempt_seconds: float
    """How long an attempt takes that nothing disturbs, beside as many others as go on at once."""
    held_back: int = 0


def faultless(ground: Ground) -> Oracle:
    """Migrate without faults, verify every field, remember what is there, and clean up where others work."""
    folder = ground.folder / "oracle"
    folder.mkdir()
    with twenty_for(ground, folder) as twenty, proxied(ground, twenty, "oracle", calm=True) as through:
        settings = settings_for(ground, folder, ground.slug("oracle"), through, twenty.token)
        with open_session(settings, "oracle") as session:
            keys: list[Key] = []
            try:
                confirm_mapping(session, "chaos")
                # A real server takes minutes for that, once; kills are drawn from what comes after it.
                bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
                before, calls = time.monotonic(), _weather(through)["calls"]
                migrate_whole(session, verified=False)
                seconds, calls = time.monotonic() - before, _weather(through)["calls"] - calls
                migrate_whole(session, verified=True)
                keys = expected_keys(session)
                expected, strays = snapshot(session, keys)
                problems = [*judged_ledger(session, keys, held_back=0)]
                if strays or len(expected) != len(keys) or problems:
                    raise HarnessFailed(f"The run without faults left {strays} strays. {' '.join(problems)}")
            finally:
                if ground.template is None:
                    restore_automations(session)
                    destroy_all(session, keys)
    # The first calls to a real server go out at once, and later ones as its limit allows.
    paced = 60 * calls / settings.panda_twenty_calls_per_minute
    return Oracle(keys, expected, max(seconds, paced))


def undisturbed_seconds(ground: Ground, place: int) -> float:
    """How long an attempt takes without faults, beside whatever else goes on now."""
    folder = ground.folder / f"undisturbed-{place}"
    folder.mkdir()
    with twenty_for(ground, folder) as twenty, proxied(ground, twenty, "calm", calm=True) as through:
        settings = settings_for(
            ground,
            folder,
            ground.slug(f"undisturbed-{place}"),
            through,
            twenty.token,
            panda_twenty_records_per_call=20,
        )
        process = _migration(settings, patient=False, lost_after=None)
        began = time.monotonic()
        process.start()
        process.join(LONGEST_ATTEMPT_SECONDS)
        seconds = time.monotonic() - began
        if process.exitcode != 0:
            process.kill()
            raise HarnessFailed(f"a migration without faults did not come to its end ({process.exitcode})")
    shutil.rmtree(folder)
    return seconds


def left_as_it_was(ground: Ground, keys: list[Key], seed: int) -> None:
    """Take back what a run did to a real server, however it ended: its records, and what it paused."""
    folder = ground.folder / f"run-{seed}"
    twenty = Twenty(ground.url or "", ground.token or "")
    with proxied(ground, twenty, "afterwards", calm=True) as through:
        settings = settings_for(ground, folder, ground.slug(seed), through, twenty.token)
        with open_session(settings, "afterwards") as session:
            restore_automations(session)
            destroy_all(session, keys)
            kept = session.destination
    shutil.rmtree(kept)
    shutil.rmtree(folder, ignore_errors=True)


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
    with twenty_for(ground, folder) as twenty, proxied(ground, twenty, str(seed)) as through:
        settings = settings_for(
            ground,
            folder,
            ground.slug(seed),
            through,
            twenty.token,
            panda_twenty_records_per_call=dice.choice([7, 20, 60, 200]),
            panda_twenty_in_flight=dice.choice([1, 2, 3, 4]),
        )
        patient = settings.panda_twenty_records_per_call >= 60 and dice.random() < 0.1
        while not _attempt(dice, course, oracle, twenty, through, settings, patient):
            if course.attempts == ATTEMPTS:
                course.verdict.remarks.append(f"The migration did not come to an end in {ATTEMPTS} attempts.")
                break
        course.verdict = _verdict(ground, oracle, settings, twenty, through, course.verdict.remarks)
        course.faults = _weather(through)["faults"]
        course.restarts = twenty.restarts
    if ground.template is not None:
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
        _calm(through)
    twenty.restart_if_dead()
    lost_after = dice.randrange(2_000) if stormy and dice.random() < 0.1 else None
    course.sources_lost += lost_after is not None
    process = _migration(settings, patient=patient, lost_after=lost_after)
    longest = oracle.attempt_seconds * 1.2
    too_long = max(LONGEST_ATTEMPT_SECONDS, LONGEST_ATTEMPT_FACTOR * oracle.attempt_seconds)
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
    try:
        for moment, happen in sorted(moments, key=lambda each: each[0]):
            while process.is_alive() and time.monotonic() - began < moment:
                process.join(0.02)
                twenty.restart_if_dead()
            if process.is_alive():
                happen()
        while process.is_alive():
            process.join(0.05)
            twenty.restart_if_dead()
            if time.monotonic() - began > too_long:
                process.kill()
                raise HarnessFailed(f"an attempt of the migration hangs (after {too_long:.0f} s)")
    finally:
        # Whatever went wrong here, it must not go on by itself.
        process.kill()
    twenty.restart_if_dead()
    if process.exitcode not in (0, 3, -signal.SIGKILL):
        raise HarnessFailed(f"the migration ended unexpectedly ({process.exitcode})")
    return bool(process.exitcode == 0)


def _migration(settings: Settings, *, patient: bool, lost_after: int | None) -> Any:
    return CONTEXT.Process(
        target=migrate_in_process,
        args=(settings,),
        kwargs={"patient": patient, "verified": False, "reads_before_the_source_is_lost": lost_after},
    )


def _kill(process: Any, course: Course) -> None:
    # It may end at this very moment by itself; then nothing was killed.
    process.kill()
    process.join()
    course.kills += process.exitcode == -signal.SIGKILL


def _weather(through: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(f"{through}{CONTROL}", trust_env=False, timeout=CONTROL_SECONDS).json()
    return found


def _verdict(
    ground: Ground, oracle: Oracle, settings: Settings, twenty: Twenty, through: str, remarks: list[str]
) -> Verdict:
    """Judge the workspace and the ledger; then once more in calm weather, when nothing may be written."""
    _calm(through)
    if ground.template is not None:
        httpx.put(f"{twenty.url}/sandbox/faults", json={}, trust_env=False, timeout=CONTROL_SECONDS)
    with open_session(settings, "judge") as session:
        actual, strays = snapshot(session, oracle.keys)
        verdict = judged(oracle.expected, actual, strays)
        verdict.remarks += [*remarks, *judged_ledger(session, oracle.keys, oracle.held_back)]
        written = _weather(through)["writing_calls"]
        with open_session(settings, "again") as again:
            migrate_whole(again, verified=False)
        more = _weather(through)["writing_calls"] - written
        if more > 0:
            verdict.remarks.append(f"A run without changes made {more} writing calls.")
    return verdict
