"""A ledger in a fresh folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panda_twenty.ledger.ledger import Ledger, open_ledger


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "practice"


@pytest.fixture
def url() -> str | None:
    """Where the ledger lies: None for the file under its home."""
    return None


@pytest.fixture
def ledger(home: Path, url: str | None) -> Iterator[Ledger]:
    opened = open_ledger(home, actor="tester", run_id="run-1", url=url)
    yield opened
    opened.close()
