"""The measurements of ``make bench``, one function each."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
from pydantic import SecretStr

from panda_twenty.panda.extraction import read_entity
from panda_twenty.panda.profile import load_profile
from panda_twenty.panda.statements import select_rows
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.twenty.records import RECORDS_PER_CALL
from panda_twenty_tests.bench.road import (
    Address,
    Travelled,
    in_process,
    made_ready,
    running_stand_in,
    settings_for,
    spend_all_tokens,
    travel,
    travel_prepared,
)

SAMPLED_CALLS = 300
"""One-record calls that stand for all: their number does not change their speed."""

ROUNDS = 3
"""How often two things that are compared are measured, one right after the other: a machine that others share
changes its speed within minutes, and the middle one of three ratios is not the luck of one of them."""


def fewest_calls(travelled: Travelled) -> int:
    """The calls that would carry all records if every one but the last of each object were full."""
    return sum(math.ceil(count / RECORDS_PER_CALL) for count in travelled.records.values())


def calls_per_minute(travelled: Travelled) -> float:
    """The pace from the first writing call to the last."""
    moments = travelled.moments
    return 60 * (len(moments) - 1) / (moments[-1] - moments[0])


@dataclass(frozen=True)
class Ground:
    """A practice, a folder for what the measurements leave, and a workspace with the data model."""

    practice: Path
    folder: Path
    template: Path
    range_width: int

    def fresh_twenty(self, name: str) -> Path:
        """A copy of the empty workspace."""
        data = self.folder / name / "twenty"
        shutil.copytree(self.template, data)
        return data

    def settings(self, name: str, twenty: Address, **more: Any) -> Settings:
        return settings_for(
            self.practice,
            self.folder / name / "home",
            twenty,
            panda_twenty_range_width=self.range_width,
            **more,
        )


def prepared_template(practice: Path, folder: Path) -> Path:
    """The data folder of a stand-in that has the data model and no records of ours."""
    with running_stand_in(folder / "template") as twenty:
        in_process(made_ready, settings_for(practice, folder / "template-home", twenty))
    return folder / "template"


@dataclass(frozen=True)
class Migrated:
    """A first run, and one in which nothing changed."""

    first: Travelled
    again: Travelled


def migrate_and_repeat(ground: Ground, captured: Path) -> Migrated:
    """Everything once, verified, and everything again, each in a process of its own."""
    with running_stand_in(ground.fresh_twenty("whole")) as twenty:
        settings = ground.settings("whole", twenty)
        first = in_process(partial(travel, captured=captured, verified=True), settings)
        again = in_process(travel, settings)
    return Migrated(first, again)


def at_the_limit(ground: Ground, seconds: float) -> Travelled:
    """Load under Twenty's default limit, the first 100 tokens spent beforehand."""
    with running_stand_in(ground.fresh_twenty("limit"), limited=True) as twenty:
        settings = ground.settings("limit", twenty, panda_twenty_calls_per_minute=100)
        return in_process(partial(travel, seconds=seconds, before_loading=spend_all_tokens), settings)


@dataclass(frozen=True)
class Compared:
    """Seconds of our loader for records that are made already, and of a bare loop for the same bodies."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        return self.bare / self.ours


def loader_and_bare_loop(ground: Ground, captured: Path) -> Compared:
    """Our loader alone, and httpx that sends the captured bodies and does nothing else; the middle round."""
    rounds = []
    for _ in range(ROUNDS):
        with running_stand_in(ground.fresh_twenty("alone")) as twenty:
            alone = in_process(travel_prepared, ground.settings("alone", twenty))
        with running_stand_in(ground.fresh_twenty("bare")) as twenty:
            rounds.append(Compared(alone.timed_seconds, in_process(_all_posted, twenty, captured)))
        for name in ("alone", "bare"):
            shutil.rmtree(ground.folder / name)
    return _middle(rounds)


def _all_posted(twenty: Address, captured: Path) -> float:
    return _posted(twenty, _bodies(captured))[0]


def one_a_call(ground: Ground, captured: Path) -> float:
    """Records a second of a sample that is sent one record a call."""
    with running_stand_in(ground.fresh_twenty("single")) as twenty:
        companies, people = _until_people(captured)
        _posted(twenty, companies)
        seconds, calls = _posted(twenty, itertools.islice(_singly(people), SAMPLED_CALLS))
    return calls / seconds


class _HasRatio(Protocol):
    @property
    def ratio(self) -> float: ...


_Measured = TypeVar("_Measured", bound=_HasRatio)


def _middle(rounds: Sequence[_Measured]) -> _Measured:
    """The round with the median ratio."""
    return sorted(rounds, key=lambda each: each.ratio)[len(rounds) // 2]


def _until_people(captured: Path) -> tuple[list[bytes], list[bytes]]:
    """The first bodies, which create companies and providers, and the first ones of patients."""
    bodies = list(itertools.islice(_bodies(captured), 8))
    first = next(place for place, body in enumerate(bodies) if b"createPeople" in body[:200])
    return bodies[: first + 1], bodies[first + 1 : first + 4]


def _bodies(captured: Path) -> Iterator[bytes]:
    with captured.open("rb") as file:
        while length := file.read(8):
            body = file.read(int.from_bytes(length))
            # The id of an uploaded file is good for one record of one workspace.
            if b'"fileId"' not in body:
                yield body


def _singly(bodies: Iterable[bytes]) -> Iterator[bytes]:
    for body in bodies:
        request = json.loads(body)
        for record in request["variables"]["data"]:
            yield json.dumps({"query": request["query"], "variables": {"data": [record]}}).encode()


def _posted(twenty: Address, bodies: Iterable[bytes]) -> tuple[float, int]:
    """Seconds and number of these calls. Raises RuntimeError where one of them is refused."""
    headers = {"Authorization": f"Bearer {twenty.token}", "Content-Type": "application/json"}
    seconds, calls = 0.0, 0
    with httpx.Client(base_url=twenty.url, headers=headers, trust_env=False, timeout=120) as client:
        for body in bodies:
            before = time.perf_counter()
            answer = client.post("/graphql", content=body)
            seconds += time.perf_counter() - before
            calls += 1
            if b'"errors"' in answer.content[-2000:] and answer.json().get("errors"):
                raise RuntimeError("the stand-in refused a body that it had taken before")
    return seconds, calls


@dataclass(frozen=True)
class Extraction:
    """Rows a second of our reader, and of the driver alone with the same statements."""

    driver: str
    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


def extraction(ground: Ground) -> Iterator[Extraction]:
    """Read every entity, with sqlite3 and, where its driver is there, through ODBC; the middle rounds."""
    yield _extraction("sqlite3", f"sqlite:///{ground.practice}", ground)
    with contextlib.suppress(ImportError):
        import pyodbc

        if "SQLite3" in pyodbc.drivers():
            yield _extraction("pyodbc", f"Driver=SQLite3;Database={ground.practice}", ground)


def _extraction(driver: str, connection: str, ground: Ground) -> Extraction:
    """Each of them in processes of its own: what else this one holds slows neither."""
    settings = ground.settings("extraction", Address("", ""), panda_connection=SecretStr(connection))
    rounds = []
    for _ in range(ROUNDS):
        rows, bare_seconds = in_process(_fetched, driver, connection, ground.practice)
        rounds.append(Extraction(driver, rows / in_process(_read, settings), rows / bare_seconds))
    return _middle(rounds)


def _fetched(driver: str, connection: str, practice: Path) -> tuple[int, float]:
    """Rows and seconds of the driver alone."""
    profile = load_profile("reference-practice")
    statements = [select_rows(source, None) for source in profile.entities.values()]
    rows = 0
    with closing(_connected(driver, connection)) as bare:
        # Our statements name tables as SQL Server does, with their schema.
        bare.execute(f"ATTACH DATABASE '{practice}' AS dbo")
        before = time.perf_counter()
        for statement in statements:
            cursor = bare.cursor()
            cursor.execute(statement.sql, tuple(statement.parameters))
            while some := cursor.fetchmany(1_000):
                rows += len(some)
        return rows, time.perf_counter() - before


def _connected(driver: str, connection: str) -> Any:
    if driver == "sqlite3":
        return sqlite3.connect(":memory:")
    import pyodbc

    return pyodbc.connect(connection)


def _read(settings: Settings) -> float:
    """Seconds of our reader, in a session as every step of a run has one."""
    with open_session(settings, "bench") as session:
        source = session.source
        before = time.perf_counter()
        for name in session.profile.entities:
            for _ in read_entity(source, session.profile, name):
                pass
        return time.perf_counter() - before
