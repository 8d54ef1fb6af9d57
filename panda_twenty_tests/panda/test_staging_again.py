"""An entity whose read broke off is staged from the start once more, whole and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import stamina

from panda_twenty import stages
from panda_twenty.panda import short_reads
from panda_twenty.panda.errors import LockTimeoutError, LostConnectionError, SourceError
from panda_twenty.panda.extraction import keys_outside
from panda_twenty.panda.profile import parse_profile
from panda_twenty.panda.ranges import OutsideRanges
from panda_twenty.panda.staging import Stage
from panda_twenty.session import WHOLE, Session
from panda_twenty_tests.panda.breaking_sessions import BreakingServer

SCRIPT = """
CREATE TABLE O (Id NVARCHAR(20), Name NVARCHAR(20));
INSERT INTO O VALUES ('a', 'A'), ('b', 'B'), ('c', 'C'), ('d', 'D'), ('e', 'E');
CREATE TABLE E (Id INT, Pat INT);
INSERT INTO E VALUES (1, 1), (2, NULL), (3, 99), (4, 5);
"""

PROFILE = parse_profile(
    """
profile: again
practice: again
time_zone: UTC
entities:
  practice_location: {table: O, key: Id, attributes: {name: Name}}
  patient: {table: E, key: Id, range: Id, attributes: {first_name: {constant: x}}}
  perio_exam: {table: E, key: Id, range: Pat, attributes: {exam_date: {constant: "2024-01-01"}}}
""",
    "again.yaml",
)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Steps in which the locations do not fit: their key is a text, so they are one statement."""
    monkeypatch.setattr(short_reads, "ROWS_PER_STEP", 3)
    monkeypatch.setattr(short_reads, "GROWTH", 1)
    monkeypatch.setattr(short_reads, "ROWS_PER_FETCH", 2)
    monkeypatch.setattr(stages, "marker_before_reading", lambda session, entity: None)
    monkeypatch.setattr(stages, "note_reading", lambda *given: None)
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def file(make_database: Callable[[str], Path]) -> Path:
    return make_database(SCRIPT)


def staged(server: BreakingServer, folder: Path) -> list[Any]:
    stage = Stage(folder)
    with server.database() as database:
        session = SimpleNamespace(source=database, profile=PROFILE, stage=stage)
        stages.stage_entity(cast(Session, session), "practice_location", WHOLE)
    return [row.values["name"] for row in stage.read("practice_location", WHOLE)]


@pytest.mark.parametrize("trouble", [LockTimeoutError("a deadlock"), LostConnectionError("gone")])
def test_a_read_that_broke_at_any_row_is_staged_whole_and_once(
    file: Path, tmp_path: Path, trouble: SourceError
) -> None:
    undisturbed = BreakingServer(file)
    assert staged(undisturbed, tmp_path) == ["A", "B", "C", "D", "E"]
    for event in range(undisturbed.events):
        server = BreakingServer(file, {event: trouble})
        assert staged(server, tmp_path) == ["A", "B", "C", "D", "E"], event
        assert not server.failures


def test_a_lock_that_does_not_end_is_told(file: Path, tmp_path: Path) -> None:
    server = BreakingServer(file, {event: LockTimeoutError("held") for event in range(12, 1_000)})
    with pytest.raises(LockTimeoutError, match="held"):
        staged(server, tmp_path)


@pytest.mark.parametrize("trouble", [LockTimeoutError("a deadlock"), LostConnectionError("gone")])
def test_the_keys_outside_all_ranges_are_asked_for_again(file: Path, trouble: SourceError) -> None:
    undisturbed = BreakingServer(file)
    outside = OutsideRanges(50)
    with undisturbed.database() as database:
        expected = list(keys_outside(database, PROFILE, "perio_exam", outside))
    assert sorted(expected) == ["2", "3"]
    for event in range(undisturbed.events):
        with BreakingServer(file, {event: trouble}).database() as database:
            assert list(keys_outside(database, PROFILE, "perio_exam", outside)) == expected, event
