"""Which Dagster instance commands use."""

from __future__ import annotations

from pathlib import Path

import pytest

from panda_twenty.headless import dagster_home
from panda_twenty.settings import Settings, SettingsError


def test_an_instance_that_is_named_is_used_as_it_is(tmp_path: Path) -> None:
    named = tmp_path / "shared"
    named.mkdir()
    settings = Settings(panda_twenty_home=tmp_path / "home", panda_twenty_dagster_home=named)
    with pytest.raises(SettingsError, match=r"no dagster\.yaml"):
        dagster_home(settings)
    (named / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    assert dagster_home(settings) == named
    assert (named / "dagster.yaml").read_text() == "telemetry:\n  enabled: false\n"


def test_otherwise_there_is_one_under_the_data_folder(tmp_path: Path) -> None:
    home = dagster_home(Settings(panda_twenty_home=tmp_path / "home"))
    assert home == tmp_path / "home" / "dagster"
    assert "pools:" in (home / "dagster.yaml").read_text()
