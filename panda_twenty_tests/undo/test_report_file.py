"""The report of a rollback: a line per record, of which no two are in memory at once."""

from __future__ import annotations

import json
import stat
import tracemalloc
from pathlib import Path

import pytest

from panda_twenty.undo.history import Event, History
from panda_twenty.undo.judging import Decision, Verdict
from panda_twenty.undo.report_file import copy_report, rollback_report
from panda_twenty.undo.tally import Rollback

EVENT = Event(1, 0, "2024-01-02T03:04:05.678", "run", "updated", None, True, None, None, None, {})


def decision(number: int) -> Decision:
    history = History(
        "patient", str(number), "person", f"id-{number}", "0-9", "written", "hash", (EVENT,), 0, EVENT, None
    )
    return Decision(history, Verdict.RESTORE, {"medicalAlert": f"Läsion {number}"})


def write(file: Path, records: int) -> Rollback:
    with rollback_report(file) as report:
        outcome = Rollback({"runs": []}, dry_run=True, calls_per_minute=100, keep=report.add)
        for number in range(records):
            outcome.tally("person").count(decision(number))
            outcome.note(decision(number))
        report.finish(outcome.counts())
    return outcome


@pytest.mark.parametrize("records", [0, 1, 3])
def test_a_report_has_the_counts_and_every_record_with_its_values(tmp_path: Path, records: int) -> None:
    file = tmp_path / "reports" / "rollback.json"
    outcome = write(file, records)
    content = json.loads(file.read_text(encoding="utf-8"))
    lines = content.pop("records")
    assert content == outcome.counts()
    assert [each["values"]["medicalAlert"] for each in lines] == [f"Läsion {each}" for each in range(records)]
    told = [line for line in file.read_text(encoding="utf-8").splitlines() if "twenty_id" in line]
    assert len(told) == records
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    copy = copy_report(file, tmp_path / "elsewhere" / "plan.json")
    assert copy.read_bytes() == file.read_bytes()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_records_are_written_as_they_are_decided_and_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "rollback.json"
    tracemalloc.start()
    try:
        write(file, 10_000)
        copy_report(file, tmp_path / "plan.json")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert file.stat().st_size > 1_500_000
    assert peak < 500_000


def test_nothing_is_left_of_a_report_that_was_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "rollback.json"
    with pytest.raises(KeyboardInterrupt), rollback_report(file) as report:
        report.add({"values": {"medicalAlert": "Latex"}})
        raise KeyboardInterrupt
    assert not file.exists()
