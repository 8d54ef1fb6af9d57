"""What opening a session costs: every step of a run does it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from panda_twenty.session import open_session
from panda_twenty.settings import Settings


def test_the_collector_is_told_once_in_a_process_what_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(_env_file=None, panda_twenty_home=tmp_path)
    with open_session(settings):
        assert gc.get_freeze_count() > 0
    asked: list[str] = []
    for name in ("collect", "freeze", "get_freeze_count"):
        monkeypatch.setattr(gc, name, lambda name=name: asked.append(name))
    with open_session(settings):
        assert asked == []
