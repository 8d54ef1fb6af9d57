"""One workspace for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from panda_twenty.sandbox.twenty import running_twenty
from panda_twenty_tests.sandbox.twenty_workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with running_twenty(tmp_path_factory.mktemp("details"), rate_limit=None) as twenty:
        yield Workspace(twenty)
