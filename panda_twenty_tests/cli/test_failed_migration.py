"""Why a migration failed is told first, whatever happens when what it paused is put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

import pytest

from panda_twenty import migration, sample_migration
from panda_twenty.headless import MigrationFailed
from panda_twenty.ledger.ledger import LedgerError
from panda_twenty.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    yield


def full(settings: Settings) -> NoReturn:
    """What stopped the run stops putting back as well."""
    raise LedgerError("The disk has no room left.")


def failing(*_: object) -> None:
    raise MigrationFailed("It stopped at the visits.")


@pytest.mark.parametrize(
    "run",
    [
        partial(migration.run_migration, as_json=True, confirm_as=None),
        partial(sample_migration.run_sample, patients=5, seed=1, as_json=True, confirm_as=None),
    ],
)
def test_the_failure_is_told_before_what_could_not_be_put_back(
    run: Callable[[Settings], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module, name in ((migration, "migrate"), (sample_migration, "migrate_sample")):
        monkeypatch.setattr(module, "hand_down", lambda settings: None)
        monkeypatch.setattr(module, "using_sandbox", lambda settings, console: opened(settings))
        monkeypatch.setattr(module, name, failing)
    opening = iter([opened, full])
    for module in (migration, sample_migration):
        monkeypatch.setattr(module, "open_session", lambda settings: next(opening)(settings))
    assert run(Settings()) == 2
    told = capsys.readouterr().err
    first, second = told.splitlines()
    assert first == "panda-twenty: It stopped at the visits."
    assert "may still be" in second
    assert second.endswith("The disk has no room left.")
