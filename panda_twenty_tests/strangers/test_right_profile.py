"""The truth about a stranger makes a profile by which the whole practice can be read."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.extraction import read_entity
from panda_twenty.panda.profile import SourceProfile, check_profile, load_profile
from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.strangers import STRANGERS, write_stranger
from panda_twenty_tests.strangers.losses import DIGITS_ONLY
from panda_twenty_tests.strangers.right_profile import profile_of

_PATIENTS, _SEED = 100, 11


Filled = Mapping[str, Mapping[str, int]]
"""Per entity and attribute, in how many rows it is filled; the rows themselves count as ``key``."""


def _filled(file: Path, profile: SourceProfile) -> Filled:
    filled: dict[str, Counter[str]] = {}
    with open_practice(f"sqlite:///{file}") as database:
        assert check_profile(profile, database) == []
        for entity in profile.entities:
            found = filled.setdefault(entity, Counter())
            for row in read_entity(database, profile, entity):
                assert row.problems == (), (entity, {(each.attribute, each.code) for each in row.problems})
                found.update(name for name, value in row.values.items() if value is not None)
    return filled


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    file = tmp_path_factory.mktemp("reference") / "reference.sqlite"
    write_practice(file, patients=_PATIENTS, seed=_SEED)
    return _filled(file, load_profile("reference-practice"))


@pytest.mark.parametrize(
    "name", sorted(name for name, stranger in STRANGERS.items() if not stranger.questions)
)
def test_as_much_is_read_as_in_the_practice_itself(name: str, reference: Filled, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.sqlite"
    truth = write_stranger(name, file, patients=_PATIENTS, seed=_SEED)
    with closing(sqlite3.connect(file)) as connection:
        profile = profile_of(truth, connection)
    for entity, found in _filled(file, profile).items():
        read = {"key", *profile.entities[entity].attributes}
        expected = {
            attribute: reference[entity][attribute]
            for attribute in read & reference[entity].keys()
            if (name, entity, attribute) not in DIGITS_ONLY
        }
        assert {attribute: found[attribute] for attribute in expected} == expected, entity
