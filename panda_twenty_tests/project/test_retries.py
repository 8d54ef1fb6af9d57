"""What is told when something is tried again."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
import stamina

from panda_twenty.retries import retry_context


class _Passing(Exception):
    pass


def test_a_retry_is_told_without_the_text_of_the_failure(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    tried = 0
    with stamina.set_testing(True, attempts=2):
        for attempt in retry_context(on=_Passing):
            with attempt:
                tried += 1
                if tried == 1:
                    raise _Passing("duplicate e-mail ada.quill@practice.test")
    assert tried == 2
    assert [record.getMessage() for record in caplog.records] == ["_Passing: trying again in 0.0 s (retry 1)"]
    told = capfd.readouterr()
    assert "quill" not in told.out + told.err + caplog.text
    assert told.out == "", "commands answer in JSON on standard output"


def test_nobody_tries_again_around_it() -> None:
    package = Path(__file__).parents[2] / "panda_twenty"
    stamina_is_named = re.compile(r"^\s*(?:import|from) stamina\b", re.MULTILINE)
    own = {file.name for file in package.rglob("*.py") if stamina_is_named.search(file.read_text())}
    assert own == {"retries.py"}
