"""The generated reference practice, read through its profile on both backends."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from panda_twenty.panda.chart import NOT_ASSESSABLE, ToothStatus
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.extraction import count_rows, patient_id_bounds, read_entity
from panda_twenty.panda.profile import check_profile, load_profile
from panda_twenty.panda.ranges import PatientRange, plan_ranges
from panda_twenty.panda.staging import Stage
from panda_twenty.sandbox.practice import ugly_cases, write_practice

PATIENTS = 100
PROFILE = load_profile("reference-practice")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("practice") / "practice.sqlite"
    write_practice(file, patients=PATIENTS, seed=20)
    return file


def digests(connection: str, folder: Path) -> dict[str, str]:
    """The digest of every entity's rows."""
    stage = Stage(folder)
    with open_practice(connection) as database:
        return {
            entity: stage.write(entity, None, read_entity(database, PROFILE, entity)).digest
            for entity in PROFILE.entities
        }


def test_everything_that_the_profile_names_is_there(practice: Path) -> None:
    with open_practice(f"sqlite:///{practice}") as database:
        assert check_profile(PROFILE, database) == []


def test_ranges_together_hold_every_row_and_no_row_has_a_problem(practice: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(practice.read_bytes()).hexdigest()
    stage = Stage(tmp_path)
    problems: Counter[tuple[str, str, str]] = Counter()
    with open_practice(f"sqlite:///{practice}") as database:
        lowest, highest, count = patient_id_bounds(database, PROFILE)
        assert count == PATIENTS
        assert lowest > 0
        ranges = plan_ranges(highest, 100)
        for name, entity in ENTITIES.items():
            if entity.derived_from is not None:
                continue
            everything = count_rows(database, PROFILE, name)
            assert everything > 0
            if not entity.patient_scoped:
                continue
            staged = 0
            for each in ranges:
                written = stage.write(name, each.key, read_entity(database, PROFILE, name, each))
                assert written.rows == count_rows(database, PROFILE, name, each)
                staged += written.rows
                for row in stage.read(name, each.key):
                    problems.update((name, found.attribute, found.code) for found in row.problems)
            assert staged == everything
    assert not problems
    assert hashlib.sha256(practice.read_bytes()).hexdigest() == before


def test_charts_hold_all_three_states(practice: Path) -> None:
    with open_practice(f"sqlite:///{practice}") as database:
        charts = list(read_entity(database, PROFILE, "perio_chart", PatientRange(0, 10_000)))
    teeth = [tooth for chart in charts for tooth in chart.values["teeth"]]
    depths = Counter(
        "number" if isinstance(depth, int) else depth
        for tooth in teeth
        if tooth.status is ToothStatus.PRESENT
        for depth in tooth.probing_depth
    )
    assert depths["number"] > depths[NOT_ASSESSABLE] > 0
    assert depths[None] > 0
    assert any(True in tooth.bleeding for tooth in teeth)
    assert any(tooth.furcation for tooth in teeth)


def test_planted_untidiness_is_read_as_what_it_is(practice: Path) -> None:
    cases = ugly_cases(PATIENTS)
    with open_practice(f"sqlite:///{practice}") as database:

        def one(entity: str, case: str) -> dict[str, object]:
            (row,) = read_entity(database, PROFILE, entity, keys=[str(cases[case][0])])
            return row.values

        assert one("patient", "sentinel_birth_date")["birth_date"] is None
        assert not str(one("patient", "trailing_spaces")["last_name"]).endswith(" ")
        assert "\n" in str(one("patient", "medical_alert_with_lines")["medical_alert"])
        assert one("patient", "no_name")["last_name"] is None
        assert one("document", "document_empty")["content"] == b""
        assert one("document", "document_without_content")["content"] is None


@pytest.mark.usefixtures("sqlite_odbc")
def test_sqlite_behind_odbc_gives_the_very_same_rows(practice: Path, tmp_path: Path) -> None:
    direct = digests(f"sqlite:///{practice}", tmp_path / "direct")
    behind_odbc = digests(f"DRIVER=SQLite3;Database={practice};StepAPI=1", tmp_path / "odbc")
    assert behind_odbc == direct
