"""What ``make bench`` counts, and that its figures come out whatever the machine lacks."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from panda_twenty.twenty.loading import LoadCounts
from panda_twenty_tests.bench import road
from panda_twenty_tests.bench.__main__ import conclude
from panda_twenty_tests.bench.measurements import Extraction
from panda_twenty_tests.bench.report import Figures
from panda_twenty_tests.bench.road import Travelled
from panda_twenty_tests.memory_folder import NoRoom, folder_in_memory
from panda_twenty_tests.writing_calls import writes_records


def figures(*extractions: Extraction) -> Figures:
    return Figures(
        machine="a machine",
        records=1_000,
        writing_calls=10,
        fewest_calls=10,
        timed_records=1_000,
        other_calls=3,
        calls_per_minute=98.0,
        records_per_minute=9_800.0,
        throttled=0,
        load_seconds=2.0,
        alone_seconds=1.0,
        bare_seconds=1.0,
        one_a_call_per_second=100.0,
        extractions=extractions,
        peaks={1_000: 300.0},
        rerun_writing_calls=0,
        rerun_records=1_000,
        verified=1_000,
    )


@pytest.mark.parametrize(
    "root", ["createPeople", "updatePeople", "deletePeople", "destroyPeople", "restorePeople"]
)
def test_every_mutation_of_records_is_a_writing_call(root: str) -> None:
    query = f"mutation($filter:PersonFilterInput!){{{root}(filter:$filter){{id}}}}"
    body = json.dumps({"query": query, "variables": {}}, separators=(",", ":")).encode()
    assert writes_records("/graphql", body)
    assert not writes_records("/metadata", body)


@pytest.mark.parametrize(
    "query",
    [
        "query($first:Int){people(first:$first){edges{node{id}}}}",
        "{people(first:1){edges{node{id}}}}",
        "mutation($id:UUID!){deleteWorkflowAutomatedTrigger(id:$id){id}}",
        "mutation($id:UUID!){restoreWorkflowAutomatedTrigger(id:$id){id}}",
    ],
)
def test_reading_and_the_pausing_of_workflows_are_no_writing_calls(query: str) -> None:
    assert not writes_records("/graphql", json.dumps({"query": query, "variables": {}}).encode())


def test_what_is_loaded_is_settled_as_in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[tuple[str, str]] = []
    monkeypatch.setattr(road, "load_route", lambda session, route, keys, progress: {"all": LoadCounts()})
    monkeypatch.setattr(
        road, "settle_after_load", lambda session, route, key, counts: settled.append((route.name, key))
    )
    routes = [
        SimpleNamespace(name=name, object="person", is_patient_scoped=False, lines=()) for name in ("a", "b")
    ]
    session: Any = SimpleNamespace(mapping=SimpleNamespace(routes=routes))
    road._load_all(session, [], Travelled(), None)
    assert settled == [("a", "all"), ("b", "all")]


def test_the_line_comes_last_also_where_the_report_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    conclude(figures(Extraction("sqlite3", 80.0, 100.0), Extraction("pyodbc", 90.0, 100.0)), file / "docs")
    told = capsys.readouterr()
    line = json.loads(told.out.splitlines()[-1])
    assert (line["extract_ratio"], line["extract_driver"]) == (0.9, "pyodbc")
    assert "cannot be written" in told.err


def test_a_machine_without_the_driver_says_whose_figure_it_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conclude(figures(Extraction("sqlite3", 80.0, 100.0)), tmp_path)
    assert json.loads(capsys.readouterr().out)["extract_driver"] == "sqlite3"
    assert (tmp_path / "benchmarks.md").is_file()


def test_a_machine_without_room_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(0, 0, 600_000_000))
    with pytest.raises(NoRoom, match=r"set TMPDIR .* 3 GB needed"), folder_in_memory(2_150, required=True):
        pass
    with folder_in_memory() as folder:
        assert folder.is_dir()
