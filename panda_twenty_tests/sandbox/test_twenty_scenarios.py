"""The stand-in answers as a real Twenty does: every given scenario is replayed against it."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from panda_twenty.sandbox.twenty import RunningTwenty, running_twenty

REPOSITORY = Path(__file__).resolve().parents[2]
TWENTY = Path(os.environ.get("TWENTY_SCENARIOS", REPOSITORY.parent / "shared" / "twenty"))
PLAYER = TWENTY / "replay.py"
NOT_PASSED: dict[str, str] = json.loads(
    (Path(__file__).with_name("twenty_not_passed.json")).read_text(encoding="utf-8")
)
"""Scenario name to the reason why the stand-in does not pass it."""


def _load_player() -> ModuleType | None:
    if not PLAYER.exists():
        return None
    spec = importlib.util.spec_from_file_location("twenty_replay", PLAYER)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


player = _load_player()
SCENARIOS = {each.name: each for each in player.load_scenarios(TWENTY / "scenarios")} if player else {}
UNLIMITED = [name for name, each in SCENARIOS.items() if "rate-limit" not in each.tags]
LIMITED = [name for name, each in SCENARIOS.items() if "rate-limit" in each.tags]

pytestmark = pytest.mark.skipif(
    player is None,
    reason=f"no scenarios of Twenty at {TWENTY}; set TWENTY_SCENARIOS to the folder with replay.py",
)


def _cases(names: list[str]) -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=NOT_PASSED[name], strict=True))
        if name in NOT_PASSED
        else name
        for name in names
    ]


def _replay(name: str, twenty: RunningTwenty) -> None:
    assert player is not None
    differences = player.run_scenario(SCENARIOS[name], twenty.url, twenty.token)
    assert not differences, "\n".join(str(each) for each in differences)


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwenty]:
    with running_twenty(tmp_path_factory.mktemp("unlimited"), rate_limit=None) as twenty:
        yield twenty


@pytest.mark.parametrize("name", _cases(UNLIMITED))
def test_a_scenario_goes_as_with_a_real_twenty(name: str, unlimited: RunningTwenty) -> None:
    _replay(name, unlimited)


@pytest.mark.parametrize("name", _cases(LIMITED))
def test_a_scenario_of_throttling_goes_as_with_a_real_twenty(name: str, tmp_path: Path) -> None:
    with running_twenty(tmp_path) as twenty:
        _replay(name, twenty)


def test_every_excused_scenario_exists() -> None:
    assert set(NOT_PASSED) <= set(SCENARIOS)
