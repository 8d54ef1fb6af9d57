"""Dagster's SQLite storages with one engine for each file instead of one for each look into it.

A fresh engine compiles every statement anew: that was a fifth of what a migration in a test computed.
The engines pool nothing: connections are opened and closed as before.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from sqlalchemy import Engine, create_engine

_FILES = 32
"""Runs have a file each, and are over soon."""


@cache
def keep_engines() -> None:
    """From now on, for as long as this process lives."""
    for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
        pytest.MonkeyPatch().setattr(module, "create_engine", _kept)


def _kept(url: str, *, poolclass: Any, connect_args: dict[str, Any] | None = None) -> Engine:
    return _engine(url, poolclass, tuple((connect_args or {}).items()))


@lru_cache(maxsize=_FILES)
def _engine(url: str, poolclass: Any, connect_args: tuple[tuple[str, Any], ...]) -> Engine:
    return create_engine(url, poolclass=poolclass, connect_args=dict(connect_args))
