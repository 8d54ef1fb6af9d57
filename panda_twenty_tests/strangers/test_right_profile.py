"""The truth about a stranger makes a profile by which the whole practice can be read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.extraction import read_entity
from panda_twenty.panda.profile import check_profile, load_profile
from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.strangers import STRANGERS, write_stranger
from panda_twenty_tests.strangers.right_profile import profile_of

_PATIENTS, _SEED = 100, 11


@pytest.fixture(scope="module")
def reference_counts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    file = tmp_path_factory.mktemp("reference") / "reference.sqlite"
    write_practice(file, patients=_PATIENTS, seed=_SEED)
    profile = load_profile("reference-practice")
    with open_practice(f"sqlite:///{file}") as database:
        return {name: sum(1 for _ in read_entity(database, profile, name)) for name in profile.entities}


@pytest.mark.parametrize(
    "name", sorted(name for name, stranger in STRANGERS.items() if not stranger.questions)
)
def test_everything_is_read_and_nothing_is_a_problem(
    name: str, reference_counts: dict[str, int], tmp_path: Path
) -> None:
    file = tmp_path / f"{name}.sqlite"
    truth = write_stranger(name, file, patients=_PATIENTS, seed=_SEED)
    with closing(sqlite3.connect(file)) as connection:
        profile = profile_of(truth, connection)
    with open_practice(f"sqlite:///{file}") as database:
        assert check_profile(profile, database) == []
        for entity in profile.entities:
            rows = list(read_entity(database, profile, entity))
            assert len(rows) == reference_counts[entity], entity
            assert {(each.attribute, each.code) for row in rows for each in row.problems} == set(), entity
