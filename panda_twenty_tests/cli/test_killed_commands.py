"""A command that is killed holds nothing up: the next one finishes its work."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner, Result

from panda_twenty.cli import main
from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.cli.test_take_back import MAPPING

COMMAND = [sys.executable, "-m", "panda_twenty.cli"]


def entries(home: Path, kind: str) -> int:
    """How many entries of a kind the ledger has by now."""
    for file in home.glob("*/ledger.sqlite"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            try:
                return int(
                    connection.execute("SELECT count(*) FROM entries WHERE kind = ?", (kind,)).fetchone()[0]
                )
            except sqlite3.OperationalError:
                return 0
    return 0


def kill_when(home: Path, environment: dict[str, str], kind: str, *arguments: str) -> None:
    """Start a command and kill it -9 once the ledger has an entry of this kind."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not entries(home, kind):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def test_a_migration_and_a_rollback_that_were_killed_are_finished_by_the_next_command(tmp_path: Path) -> None:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    write_practice(tmp_path / "practice.sqlite", patients=20)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    home = tmp_path / "home"
    with sandbox.running_twenty(tmp_path / "twenty", rate_limit=None, faults=True) as twenty:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "TWENTY_URL": twenty.url,
            "TWENTY_API_KEY": twenty.token,
            "PANDA_CONNECTION": f"sqlite:///{tmp_path / 'practice.sqlite'}",
            "PANDA_TWENTY_HOME": str(home),
            "PANDA_TWENTY_MAPPING": str(tmp_path / "mapping.yaml"),
            "PANDA_TWENTY_CALLS_PER_MINUTE": "1000000",
            "PANDA_TWENTY_PAUSE_AUTOMATIONS": "true",
        }

        def run(*arguments: str) -> Result:
            """The next command, which needs no process of its own to find what was left."""
            with mock.patch.dict(os.environ, environment):
                return CliRunner().invoke(main, arguments)

        twenty.faults.set(latency_seconds=0.3)
        kill_when(home, environment, "data_model", "migrate", "--json")
        kill_when(home, environment, "intent", "migrate", "--json")
        twenty.faults.set()
        migrated = run("migrate", "--json")
        assert migrated.exit_code == 0, migrated.output
        assert json.loads(migrated.stdout)["person"]["verified"] == 20
        twenty.faults.set(latency_seconds=0.3)
        kill_when(home, environment, "rollback_intent", "rollback", "--yes", "--remove-data-model")
        twenty.faults.set()
        undone = run("rollback", "--yes", "--remove-data-model")
        assert undone.exit_code == 0, undone.output
        assert "nothing left to take back" in run("rollback").stdout
        assert run("audit", "verify").exit_code == 0
