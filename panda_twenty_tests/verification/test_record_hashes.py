"""The hash of a field is of its value and kind, whether or not it was met before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.verification.watching import HASH_BYTES, LONGEST_KEPT, MOST_KEPT, RecordHashes

VALUES: list[Any] = [
    None,
    True,
    1,
    1.0,
    "1",
    False,
    0,
    0.0,
    "",
    "x" * LONGEST_KEPT,
    "x" * (LONGEST_KEPT + 1),
    ["1"],
    {"a": 1},
    {"a": True},
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path, actor="tester")
    yield opened
    opened.close()


def test_what_was_met_before_hashes_as_it_did_the_first_time(ledger: Ledger) -> None:
    hashes = RecordHashes(ledger, ["depth", "note"])
    records = [{"depth": depth, "note": note} for depth in VALUES for note in VALUES]
    afresh = [RecordHashes(ledger, ["depth", "note"]).of(record) for record in records]
    assert [hashes.of(record) for record in records] == afresh
    assert [hashes.of(record) for record in records] == afresh


def test_values_that_python_holds_to_be_equal_hash_apart(ledger: Ledger) -> None:
    """A mark that was changed into a depth of 1 is a change."""
    hashes = RecordHashes(ledger, ["depth"])
    assert len({hashes.of({"depth": value}) for value in (True, 1, 1.0, "1")}) == 4
    assert len({hashes.of({"depth": value}) for value in VALUES}) == len(VALUES)


def test_one_value_hashes_otherwise_in_another_column(ledger: Ledger) -> None:
    found = RecordHashes(ledger, ["depth", "margin"]).of({"depth": 3, "margin": 3})
    assert len(found) == 2 * HASH_BYTES
    assert found[:HASH_BYTES] != found[HASH_BYTES:]


def test_more_values_than_are_kept_hash_as_well(ledger: Ledger) -> None:
    hashes = RecordHashes(ledger, ["depth"])
    assert len({hashes.of({"depth": number}) for number in range(3 * MOST_KEPT)}) == 3 * MOST_KEPT
