"""The hashes of a batch are those of its fields one by one, whatever stands beside each other in a column."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.ledger.field_hashes import NOTHING, short_hash
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.twenty.columns import by_columns
from panda_twenty.twenty.edits import FieldHasher, comparable
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts

OF_TYPE: dict[str, list[Any]] = {
    "TEXT": ["", "a", "1", "x" * 500, "2026-01-01T00:00:00.000Z"],
    "NUMBER": [0, 0.0, -0.0, 1, 1.0, 2.5, -3],
    "BOOLEAN": [True, False],
    "DATE_TIME": ["2026-01-01T00:00:00.000Z", "2026-01-01T02:00:00.000+02:00", "", "not a moment"],
    "ARRAY": [[], ["a"], ["a", ""]],
    "RAW_JSON": [{"1": None, "2": [1, 1.0, None], "3": ""}, {}, [[None]]],
    "FULL_NAME": [{"firstName": "", "lastName": ""}, {"firstName": "A", "lastName": None}],
}


def facts() -> ObjectFacts:
    fields = {kind: FieldFacts(id="", name=kind, type=kind) for kind in OF_TYPE}
    return ObjectFacts(id="", name="exam", name_plural="exams", fields=fields)


@pytest.mark.parametrize("kind", OF_TYPE)
def test_each_field_has_the_hash_it_has_alone(kind: str, tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, actor="test")
    # Every order of two, so that what was kept of the first could be mistaken for the second.
    for pair in itertools.permutations([None, *OF_TYPE[kind]], 2):
        hasher = FieldHasher(ledger, facts())
        records = [{kind: value} for value in pair]
        found = hasher.of_records(records, [{}, {}], frozenset(), [None, None])
        for each, value in zip(found, pair, strict=True):
            alone = NOTHING if value is None else short_hash(ledger, comparable(facts(), kind, value))
            assert (each.columns, each.sent, each.stored) == ((kind,), alone, None)
    ledger.close()


def test_records_with_other_columns_keep_their_places(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, actor="test")
    records: list[dict[str, Any]] = [{"TEXT": "a"}, {"NUMBER": 1, "TEXT": "b"}, {}, {"TEXT": "c"}]
    found = FieldHasher(ledger, facts()).of_records(records, [{}] * 4, frozenset(), [None] * 4)
    assert [each.columns for each in found] == [("TEXT",), ("NUMBER", "TEXT"), (), ("TEXT",)]
    assert found[1].sent == short_hash(ledger, 1.0) + short_hash(ledger, "b")
    assert found[2].sent == b""
    assert [columns.places for columns in by_columns(records)] == [[0, 3], [1], [2]]
    ledger.close()


def test_what_twenty_stored_stands_beside_what_was_sent_where_it_differs(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, actor="test")
    records = [{"NUMBER": 1, "TEXT": "a"}, {"NUMBER": 2, "TEXT": "b"}]
    answers = [{"TEXT": "a"}, {"TEXT": "B"}]
    same, other = FieldHasher(ledger, facts()).of_records(records, answers, {"TEXT"}, [None, None])
    assert same.stored is None
    assert other.stored == short_hash(ledger, 2.0) + short_hash(ledger, "B")
    ledger.close()
