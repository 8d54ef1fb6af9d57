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
def ledger(home: Path) -> Iterator[Ledger]:
    opened = open_ledger(home, actor="tester", run_id="run-1")
    yield opened
    opened.close()
