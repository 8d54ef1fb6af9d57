"""A migration in a process of its own, measured: seconds, calls and memory of each stop."""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from panda_twenty.cutover.gone import settle_after_load
from panda_twenty.mapping.specification import Route
from panda_twenty.route_verification import verify
from panda_twenty.session import WHOLE, Session, is_patient_scoped, open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import (
    bring_about_data_model,
    confirm_mapping,
    data_model_plan,
    load_route,
    patient_ranges,
    route_records,
    settle_automations,
    stage_entity,
    survey_workspace,
    unique_fields,
)
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.loading import Load, LoadCounts, load_ranges
from panda_twenty_tests.writing_calls import is_upsert, writes_records

NO_LIMIT = 10_000_000
"""Calls a minute: as good as none."""

_CONTEXT = multiprocessing.get_context("spawn")
T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    url: str
    token: str


@contextmanager
def running_stand_in(data: Path, *, limited: bool = False) -> Iterator[Address]:
    """A stand-in in a process of its own and on cores of its own, as a server has a machine of its own.

    Left to the system, one that is woken by a client may share its core while the other one is idle, which
    takes a tenth of the throughput on two cores and comes and goes.
    """
    command = [sys.executable, "-m", "panda_twenty.sandbox.twenty", str(data), "--port", "0"]
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    half = len(cores) // 2
    with _only_on(cores[:half]):
        process = subprocess.Popen(
            command if limited else [*command, "--no-rate-limit"], stdout=subprocess.PIPE, text=True
        )
    try:
        assert process.stdout is not None
        with _only_on(cores[half:]):
            yield Address(process.stdout.readline().strip(), process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _only_on(cores: Sequence[int]) -> Iterator[None]:
    """This thread, and processes that it starts, run on these cores only; anywhere where none is named."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def settings_for(practice: Path, home: Path, twenty: Address, **more: Any) -> Settings:
    return Settings(
        _env_file=None,
        twenty_url=twenty.url,
        twenty_api_key=SecretStr(twenty.token),
        panda_twenty_home=home,
        panda_twenty_pace_folder=home,
        panda_twenty_pause_automations=True,
        **{
            "panda_connection": SecretStr(f"sqlite:///{practice}"),
            "panda_twenty_calls_per_minute": NO_LIMIT,
            **more,
        },
    )


@dataclass
class Travelled:
    """What one process did. Seconds are wall time."""

    extract_seconds: float = 0.0
    load_seconds: float = 0.0
    timed_seconds: float = 0.0
    """Loading of the records that bring no files."""
    timed_records: int = 0
    verify_seconds: float = 0.0
    records: Counter[str] = field(default_factory=Counter)
    """Source records per Twenty object."""
    written: int = 0
    sent: int = 0
    """Records in answered writing calls, also when the loading was ended before its end."""
    writing_calls: int = 0
    calls: int = 0
    """Calls that cost a token, reads included, while records were loaded."""
    throttled: int = 0
    verified: int = 0
    verify_calls: int = 0
    moments: list[float] = field(default_factory=list)
    """When each writing call was answered, by the monotonic clock."""
    peak_mb: float = 0.0


def in_process(work: Callable[..., T], *arguments: Any) -> T:
    """Do this work in a fresh process and return its result; peak memory is then that of the work."""
    receiving, sending = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_tell, args=(sending, work, arguments))
    process.start()
    sending.close()
    try:
        result: T = receiving.recv()
    except EOFError:
        raise RuntimeError(f"{work.__name__} failed; its own words stand above") from None
    finally:
        process.join()
    return result


def _tell(sending: Any, work: Callable[..., Any], arguments: Sequence[Any]) -> None:
    sending.send(work(*arguments))


def peak_megabytes() -> float:
    """The most memory that this process had resident so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def travel(
    settings: Settings,
    *,
    captured: Path | None = None,
    verified: bool = False,
    seconds: float | None = None,
    before_loading: Callable[[Settings], None] = lambda settings: None,
) -> Travelled:
    """Stage, load and perhaps verify everything; ``captured`` keeps the bodies of all upserts.

    With ``seconds``, loading ends after so long.
    """
    told = Travelled()
    with open_session(settings, "bench") as session, _watched(told, captured):
        ranges = prepare(session)
        before = time.monotonic()
        stage_all(session, ranges)
        told.extract_seconds = time.monotonic() - before
        before_loading(settings)
        before = time.monotonic()
        _load_all(session, ranges, told, before + seconds if seconds else None)
        told.load_seconds = time.monotonic() - before
        before, calls = time.monotonic(), told.calls
        for route in session.mapping.routes if verified else []:
            for key in _keys(route, ranges):
                found = verify(session, route, key)
                told.verified += found.verified
        told.verify_seconds = time.monotonic() - before
        told.verify_calls = told.calls - calls
    told.peak_mb = peak_megabytes()
    return told


def travel_prepared(settings: Settings) -> Travelled:
    """The same with all records made before the clock runs: what loading alone takes."""
    told = Travelled()
    with open_session(settings, "bench") as session:
        ranges = prepare(session)
        stage_all(session, ranges)
        for route in session.mapping.routes:
            made = [(key, list(route_records(session, route, key))) for key in _keys(route, ranges)]
            facts = session.facts(route.object)
            load = Load(session.client, facts, session.ledger, session.actor, unique_fields(session, facts))
            before = time.monotonic()
            counts = load_ranges(load, made)
            seconds = time.monotonic() - before
            told.load_seconds += seconds
            told.written += sum(each.created for each in counts.values())
            if not brings_files(route):
                told.timed_seconds += seconds
                told.timed_records += sum(each.source for each in counts.values())
    return told


class _Enough(Exception):
    """The time is up."""


def _load_all(session: Session, ranges: list[str], told: Travelled, until: float | None) -> None:
    def progress(counts: LoadCounts) -> None:
        if until is not None and time.monotonic() > until:
            raise _Enough

    try:
        for route in session.mapping.routes:
            before = time.monotonic()
            loaded = load_route(session, route, _keys(route, ranges), progress)
            for key, counts in loaded.items():
                settle_after_load(session, route, key, counts)
            seconds = time.monotonic() - before
            for counts in loaded.values():
                told.records[route.object] += counts.source
                told.written += counts.created + counts.updated
            if not brings_files(route):
                told.timed_seconds += seconds
                told.timed_records += sum(counts.source for counts in loaded.values())
    except _Enough:
        pass


def prepare(session: Session) -> list[str]:
    """Confirmation, data model, automations, survey; returns the patient ranges."""
    confirm_mapping(session, "bench")
    bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
    settle_automations(session)
    survey_workspace(session)
    return [each.key for each in patient_ranges(session)]


def made_ready(settings: Settings) -> None:
    """Bring about the data model and nothing else."""
    with open_session(settings, "bench") as session:
        confirm_mapping(session, "bench")
        bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)


def spend_all_tokens(settings: Settings) -> None:
    """Ask for something small until the rate limit refuses."""
    key = settings.twenty_api_key.get_secret_value() if settings.twenty_api_key else ""
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
        question = {"query": "{companies(first:1){edges{node{id}}}}"}
        while not client.post(f"{settings.twenty_url}/graphql", json=question).json().get("errors"):
            pass


def stage_all(session: Session, ranges: list[str]) -> None:
    for entity in dict.fromkeys(one for route in session.mapping.routes for one in route.staged_entities()):
        for key in ranges if is_patient_scoped(entity) else [WHOLE]:
            stage_entity(session, entity, key)


def brings_files(route: Route) -> bool:
    return any(line.transform == "file" for line in route.lines)


def _keys(route: Route, ranges: list[str]) -> list[str]:
    return ranges if route.is_patient_scoped else [WHOLE]


@contextmanager
def _watched(told: Travelled, captured: Path | None) -> Iterator[None]:
    """Count the calls of this process, and keep what its upserts sent."""
    post = TwentyClient._post
    file = captured.open("wb") if captured else None

    def watching(client: TwentyClient, path: str, body: bytes) -> httpx.Response:
        response = post(client, path, body)
        if path == "/graphql":
            told.calls += 1
            if b"LIMIT_REACHED" in response.content[:1000]:
                told.throttled += 1
            elif writes_records(path, body):
                told.writing_calls += 1
                told.moments.append(time.monotonic())
                if is_upsert(body):
                    told.sent += body.count(b'{"id":"')
                    if file:
                        file.write(len(body).to_bytes(8) + body)
        return response

    TwentyClient._post = watching  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        TwentyClient._post = post  # type: ignore[method-assign]
        if file:
            file.close()
