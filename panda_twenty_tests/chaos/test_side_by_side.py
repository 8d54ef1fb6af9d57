"""Whatever becomes of a fault run, it is counted, and the others go on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from panda_twenty_tests.chaos.__main__ import main
from panda_twenty_tests.chaos.judging import Verdict
from panda_twenty_tests.chaos.running import Course, Ground, HarnessFailed, Oracle
from panda_twenty_tests.chaos.side_by_side import MOST_JOBS, jobs_for, run_all
from panda_twenty_tests.machine import processors, spare_megabytes

KEYS = [("person", "patient", str(number)) for number in range(5)]


def one_dies_and_one_raises(ground: Ground, oracle: Oracle, seed: int) -> Course:
    if seed == 2:
        os._exit(7)
    if seed == 3:
        raise HarnessFailed("an attempt of the migration hangs")
    return Course(attempts=2, verdict=Verdict(wrong=seed == 4))


def test_a_run_that_did_not_end_loses_everything_and_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground = Ground(tmp_path, tmp_path, tmp_path, None, None)
    outcome = run_all(ground, Oracle(KEYS, {}, 1.0), 4, 1, 2, one_dies_and_one_raises)
    told = capsys.readouterr().err
    assert (outcome["lost"], outcome["wrong"], outcome["unfinished"]) == (10, 1, 2)
    assert (outcome["failed_seeds"], outcome["attempts"]) == ([2, 3, 4], 4)
    assert outcome["server"] == "stand-in"
    assert "seed 2 failed: its process died (7)" in told
    assert "seed 3 failed: HarnessFailed: an attempt of the migration hangs" in told
    assert "seed 4 failed" in told


@pytest.mark.parametrize(
    ("given", "lacking"), [("TWENTY_URL", "TWENTY_API_KEY"), ("TWENTY_API_KEY", "TWENTY_URL")]
)
def test_half_a_server_is_none(
    given: str, lacking: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(given, "http://twenty.test")
    monkeypatch.delenv(lacking, raising=False)
    monkeypatch.setattr(sys, "argv", ["chaos", "--runs", "1"])
    assert main() == 2
    assert f"{given} is set without {lacking}" in capsys.readouterr().err


def test_a_server_that_cannot_be_used_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWENTY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TWENTY_API_KEY", "key")
    monkeypatch.setattr(sys, "argv", ["chaos", "--runs", "1"])
    assert main() == 2
    assert "No connection to http://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        ({"cpu.max": "100000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_a_quota_of_processors_counts(tmp_path: Path, files: dict[str, str], allowed: int | None) -> None:
    written(tmp_path, files)
    assert processors(tmp_path) == (allowed or processors(tmp_path / "none"))


def test_memory_is_the_least_of_what_is_told(tmp_path: Path) -> None:
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal: 9000000 kB\nMemAvailable: 1000000 kB\n")
    assert spare_megabytes(tmp_path, memory) == 1_024
    files = {"memory.max": "900000000\n", "memory.current": "700000000\n"}
    written(tmp_path, {**files, "memory.stat": "anon 5\ninactive_file 100000000\n"})
    assert spare_megabytes(tmp_path, memory) == 300
    written(tmp_path, {"memory.max": "max\n"})
    assert spare_megabytes(tmp_path, memory) == 1_024


def test_no_more_runs_at_once_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground(tmp_path, tmp_path, tmp_path, None, None)
    module = "panda_twenty_tests.chaos.side_by_side"
    monkeypatch.setattr(f"{module}.processors", lambda: 64)
    for megabytes, jobs in ((64_000.0, MOST_JOBS), (3_500.0, 3), (100.0, 1)):
        monkeypatch.setattr(f"{module}.spare_megabytes", lambda told=megabytes: told)
        assert jobs_for(ground) == jobs
    assert jobs_for(Ground(tmp_path, tmp_path, None, "http://a.test", "key")) == 1


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
