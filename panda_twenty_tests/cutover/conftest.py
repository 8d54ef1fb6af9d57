"""One migrated practice whose days go on; the practice and the Twenty of each test are its own copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from panda_twenty_tests.cutover.going_on import GoingOn, migrated_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("panda_twenty.sandbox.twenty")
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        migrated_template(folder, patch)
    return folder


@pytest.fixture
def going_on(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoingOn]:
    folder = tmp_path / "practice"
    shutil.copytree(template, folder)
    mask = os.umask(0o022)
    try:
        with GoingOn.running(folder, monkeypatch) as one:
            yield one
    finally:
        os.umask(mask)
