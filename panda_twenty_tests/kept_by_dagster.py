"""What Dagster would make anew for every run and for every statement, kept for as long as the tests last.

With SQLite, Dagster reads the ninety files of its migrations twice for the database of each run, and makes an
engine for each statement, which then compiles it. That was a third of the time of a migration of 40 patients
(measured), and nothing that is tested here. Processes that tests start keep nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from sqlalchemy import Engine

ENGINES = 20
"""Engines of each kind of database; those of runs that are over are of no use."""


@contextmanager
def keeping_what_dagster_makes_anew() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", cache(ScriptDirectory.from_config))
        for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
            patch.setattr(module, "create_engine", _keeping(module.create_engine))
        yield


def _keeping(make: Callable[..., Engine]) -> Callable[..., Engine]:
    """The same engine for the same address. Its connections are none the longer: their pool keeps none."""
    engines: OrderedDict[str, Engine] = OrderedDict()

    def engine(address: str, **how: Any) -> Engine:
        if address not in engines:
            engines[address] = make(address, **how)
        engines.move_to_end(address)
        if len(engines) > ENGINES:
            engines.popitem(last=False)
        return engines[address]

    return engine
