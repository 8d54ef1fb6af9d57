"""Rows are made out of columns, none of which may be shorter or longer than the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from panda_twenty.panda.entity_row import EntityRow, entity_rows
from panda_twenty.panda.problems import Problem

LATE = Problem("at", "late", "Correct it.")


def test_rows_have_what_stands_in_the_columns() -> None:
    columns: dict[str, list[Any]] = {"at": [None, 7], "key": ["1", "2"]}
    blank = {"key": None, "at": 9, "why": "recall"}
    rows = list(entity_rows("visit", ["1", "2"], blank, columns, [(LATE,), ()]))
    assert rows == [
        EntityRow("visit", "1", {"key": "1", "at": None, "why": "recall"}, (LATE,)),
        EntityRow("visit", "2", {"key": "2", "at": 7, "why": "recall"}),
    ]
    assert all(type(row) is EntityRow for row in rows)
    assert [list(row.values) for row in rows] == [list(blank)] * 2
    rows[0].values["why"] = "pain"
    assert (rows[1].values["why"], blank["why"]) == ("recall", "recall")


@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        ([["1", "2", "3"], [5, 6]], [()] * 3),
        ([["1", "2", "3"], [5, 6, 7, 8]], [()] * 3),
        ([["1", "2"], [5, 6]], [()] * 3),
        ([["1", "2", "3"], [5, 6, 7]], [()] * 2),
    ],
)
def test_no_row_is_lost_without_a_word(
    columns: Sequence[Sequence[Any]], problems: Sequence[tuple[Problem, ...]]
) -> None:
    with pytest.raises(ValueError, match="more or fewer"):
        entity_rows("visit", ["1", "2", "3"], {}, dict(zip(("key", "at"), columns, strict=True)), problems)
