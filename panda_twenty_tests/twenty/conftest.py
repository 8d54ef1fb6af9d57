"""Shared by the tests of the destination: no waiting between retries, and a Twenty that is scripted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from panda_twenty.twenty.client import CallRecord, TwentyClient
from panda_twenty_tests.twenty.scripted import Answer, Script, ScriptedTwenty


@pytest.fixture
def script() -> Iterator[Script]:
    """A client whose server gives these answers, in this order."""
    clients: list[TwentyClient] = []

    def build(*answers: Answer, **options: Any) -> tuple[TwentyClient, ScriptedTwenty, list[CallRecord]]:
        server, seen = ScriptedTwenty(list(answers)), list[CallRecord]()
        client = TwentyClient(
            "http://twenty.test", "key", transport=httpx.MockTransport(server), on_call=seen.append, **options
        )
        clients.append(client)
        return client, server, seen

    with stamina.set_testing(True, attempts=30):
        yield build
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key of the stand-in."""
    twenty = pytest.importorskip("panda_twenty.sandbox.twenty", reason="the stand-in is not there yet")
    if not hasattr(twenty, "running_twenty"):
        pytest.skip("the stand-in is not there yet")
    with twenty.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None) as server:
        yield server.url, server.token


@pytest.fixture(scope="session")
def real_twenty() -> tuple[str, str]:
    """Address and key of a real Twenty that may be written to."""
    url, token = os.environ.get("TWENTY_REAL_URL"), os.environ.get("TWENTY_REAL_TOKEN")
    if not url or not token:
        pytest.skip("needs a real Twenty in TWENTY_REAL_URL and TWENTY_REAL_TOKEN (a key, or a file of one)")
    return url, Path(token).read_text().strip() if Path(token).is_file() else token


@pytest.fixture(scope="module", params=["stand-in", "real"])
def twenty(request: pytest.FixtureRequest) -> Iterator[TwentyClient]:
    """A client of the stand-in, and of a real Twenty where there is one."""
    fixture = "stand_in" if request.param == "stand-in" else "real_twenty"
    url, token = request.getfixturevalue(fixture)
    with TwentyClient(url, token) as client:
        yield client
