"""One stand-in for all loading tests, and a small practice of its own for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.workspace import Workspace
from panda_twenty_tests.loading.small_practice import SmallPractice, prepared_workspace


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The stand-in, which can be told to misbehave."""
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None, faults=True) as server:
        yield server


@pytest.fixture(scope="session")
def twenty_client(running: Any) -> Iterator[TwentyClient]:
    with TwentyClient(running.url, running.token) as client:
        yield client


@pytest.fixture(scope="session")
def workspace(twenty_client: TwentyClient) -> Workspace:
    return prepared_workspace(twenty_client)


@pytest.fixture
def practice(
    twenty_client: TwentyClient,
    workspace: Workspace,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    running: Any,
) -> Iterator[SmallPractice]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-50:].strip("-")
    small = SmallPractice(name, twenty_client, workspace, tmp_path / "home")
    with stamina.set_testing(True, attempts=20):
        yield small
    running.faults.set()
    small.ledger.close()


@pytest.fixture
def writes(running: Any) -> Any:
    """How many calls wrote records since the last time it was asked."""
    last = {"count": sum(n for call, n in running.statistics.calls.items() if call.startswith("create"))}

    def since() -> int:
        now = sum(n for call, n in running.statistics.calls.items() if call.startswith("create"))
        difference, last["count"] = now - last["count"], now
        return int(difference)

    since()
    return since
