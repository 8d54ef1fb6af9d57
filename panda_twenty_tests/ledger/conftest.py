"""A ledger in a fresh folder, or in a fresh schema of PostgreSQL where a database is given."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "practice"


@pytest.fixture
def url() -> str | None:
    """Where the ledger lies: None for the file under its home."""
    return None


@pytest.fixture
def schema() -> Iterator[str]:
    """URL of a schema of its own in PostgreSQL."""
    with _new_schema() as url:
        yield url


@pytest.fixture
def another_schema() -> Iterator[str]:
    """URL of a second one in the same database."""
    with _new_schema() as url:
        yield url


@contextmanager
def _new_schema() -> Iterator[str]:
    database = os.environ.get("PANDA_TEST_POSTGRES")
    if not database:
        pytest.skip("needs a PostgreSQL database in PANDA_TEST_POSTGRES (an SQLAlchemy URL)")
    name = f"ledger_{uuid.uuid4().hex}"
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield f"{database}?options=-csearch_path%3D{name}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> str | None:
    """None for the file under the ledger's home, else the URL of a schema of its own in PostgreSQL."""
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("schema")
    return found


@pytest.fixture
def ledger(home: Path, url: str | None) -> Iterator[Ledger]:
    opened = open_ledger(home, actor="tester", run_id="run-1", url=url)
    yield opened
    opened.close()
