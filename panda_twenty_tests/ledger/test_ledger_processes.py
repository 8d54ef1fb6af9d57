"""Several processes at one ledger, and processes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import known_records

START = """
import sys, time
from pathlib import Path
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import Delivery, claim, intend, settle
home, name, moment = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
while time.time() < moment: pass
"""

APPEND = (
    START
    + """
ledger = open_ledger(home, actor=name)
for number in range(40):
    ledger.note("setting", {"name": name, "number": number})
holders = claim(ledger, "person", "emails", {f"{n}@quill.test": name for n in range(20)})
print(ledger.keyed_hash("probe"), *holders.values())
"""
)

DIE = (
    START
    + """
import os
ledger = open_ledger(home, actor=name)
batch = [Delivery("patient", str(n), "person", f"id-{n}", "all", "1" * 64, "create") for n in range(3)]
sequence = intend(ledger, batch)
settle(ledger, batch[:1], sequence)
with ledger.writing() as connection:
    ledger.append(connection, "setting", {"name": "half"})
    print("ready", flush=True)
    time.sleep(60)
"""
)


def start(script: str, home: Path, name: str, moment: float = 0.0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(home), name, str(moment)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_processes_that_open_a_new_ledger_at_once_share_one_key_one_chain_and_one_set_of_claims(
    tmp_path: Path,
) -> None:
    import time

    moment = time.time() + 2.5
    processes = [start(APPEND, tmp_path / "home", name, moment) for name in ("a", "b", "c", "d")]
    answers = []
    for process in processes:
        told, complained = process.communicate(timeout=60)
        assert process.returncode == 0, complained
        answers.append(told.split())
    assert len({answer[0] for answer in answers}) == 1, "one key for all"
    assert len({tuple(answer[1:]) for answer in answers}) == 1, "one holder for each value"
    ledger = open_ledger(tmp_path / "home", actor="reader")
    entries = list(ledger.entries("setting"))
    assert len(entries) == 160
    for name in ("a", "b", "c", "d"):
        assert [e.content["number"] for e in entries if e.actor == name] == list(range(40))
    assert list(broken_links(ledger)) == []
    ledger.close()


def test_what_was_committed_survives_kill_9_and_what_was_not_is_gone(tmp_path: Path) -> None:
    process = start(DIE, tmp_path, "victim")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    ledger = open_ledger(tmp_path, actor="heir")
    assert [entry.kind for entry in ledger.entries()] == ["intent", "written"]
    known = known_records(ledger, "patient", ["0", "1", "2"])
    assert [known[key].state for key in ("0", "1", "2")] == ["written", "intended", "intended"]
    ledger.note("setting", {"name": "after"})
    assert list(broken_links(ledger)) == []
    ledger.close()
