"""A workspace for each test, because the proof of undo is the whole workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from panda_twenty.twenty.client import TwentyClient
from panda_twenty_tests.undo.workspace_with_owners import OwnedWorkspace


@pytest.fixture
def twenty(tmp_path: Path) -> Iterator[Any]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path / "twenty", rate_limit=None, faults=True) as server:
        yield server


@pytest.fixture
def owned(twenty: Any, tmp_path: Path) -> Iterator[OwnedWorkspace]:
    with TwentyClient(twenty.url, twenty.token) as client, stamina.set_testing(True, attempts=20):
        workspace = OwnedWorkspace(client, tmp_path)
        yield workspace
        workspace.practice.ledger.close()
