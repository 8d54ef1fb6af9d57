"""One migrated practice whose days go on; the practice and the Twenty of each test are its own copy."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from panda_twenty_tests.cutover.going_on import GoingOn, make_templates


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice as it was migrated, and after its first delta: made by the test process that is first."""
    pytest.importorskip("panda_twenty.sandbox.twenty")
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, finished = shared / "templates", shared / "templates.finished"
    with (shared / "templates.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with pytest.MonkeyPatch.context() as patch:
                make_templates(folder / "just_migrated", folder / "followed", patch)
            finished.touch()
    return folder


@pytest.fixture
def going_on(templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoingOn]:
    """A practice that was migrated, and of which a first delta has found nothing to bring."""
    with copy_of(templates / "followed", tmp_path, monkeypatch) as one:
        yield one


@pytest.fixture
def just_migrated(templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoingOn]:
    """A practice that was migrated, and in which nothing has happened since."""
    with copy_of(templates / "just_migrated", tmp_path, monkeypatch) as one:
        yield one


@contextmanager
def copy_of(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoingOn]:
    folder = tmp_path / "practice"
    shutil.copytree(template, folder)
    mask = os.umask(0o022)
    try:
        with GoingOn.running(folder, monkeypatch) as one:
            yield one
    finally:
        os.umask(mask)
