"""One migrated practice whose days go on; the practice and the Twenty of each test are its own copy."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from panda_twenty_tests.cutover.going_on import GoingOn, migrated_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice that was migrated once, by whichever of the test processes comes first."""
    pytest.importorskip("panda_twenty.sandbox.twenty")
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, finished = shared / "template", shared / "template.finished"
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with pytest.MonkeyPatch.context() as patch:
                migrated_template(folder, patch)
            finished.touch()
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
