"""Rows that a program only marks as deleted."""

from __future__ import annotations

import pytest

from panda_twenty.mapping.proposal.deleted_rows import deletion_mark
from panda_twenty.panda.discovery.facts import Broad, ColumnFacts, TableFacts


def table(name: str, broad: Broad, codes: dict[str, int], filled: int = 100) -> TableFacts:
    column = ColumnFacts(name, broad, broad, sampled=100, filled=filled, distinct=len(codes), codes=codes)
    return TableFacts("T", 100, {name: column})


@pytest.mark.parametrize(
    ("name", "broad", "codes", "not_in"),
    [
        ("IsDeleted", "boolean", {"0": 97, "1": 3}, ["1"]),
        ("is_deleted", "integer", {"0": 97, "1": 3}, ["1"]),
        ("DELETED_F", "text", {"N": 97, "Y": 3}, ["Y"]),
        ("DeletedFlag", "text", {"N": 100}, ["Y"]),
        ("Voided", "text", {"F": 90, "T": 10}, ["T"]),
    ],
)
def test_a_yes_or_no_marks_deleted_rows(
    name: str, broad: Broad, codes: dict[str, int], not_in: list[str]
) -> None:
    mark = deletion_mark(table(name, broad, codes))
    assert mark is not None
    assert mark.condition == {"column": name, "not_in": not_in}
    assert mark.share == sum(codes.get(code, 0) for code in not_in) / 100


def test_a_day_of_deletion_marks_deleted_rows() -> None:
    mark = deletion_mark(table("DeletedDateUtc", "moment", {}, filled=4))
    assert mark is not None
    assert mark.condition == {"column": "DeletedDateUtc", "is_null": True}
    assert mark.share == 0.04


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("DeletedByUserId", {"0": 90, "1": 10}),
        ("IsActive", {"0": 5, "1": 95}),
        ("Deleted", {"7": 5, "9": 95}),
    ],
)
def test_what_only_speaks_of_deletion_or_is_no_yes_marks_nothing(name: str, codes: dict[str, int]) -> None:
    assert deletion_mark(table(name, "integer", codes)) is None
