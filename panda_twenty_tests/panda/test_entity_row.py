"""Rows are made out of columns, none of which may be shorter or longer than the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from panda_twenty.panda.entity_row import EntityRow, entity_rows
from panda_twenty.panda.problems import Problem

LATE = Problem("at", "late", "Correct it.")


def test_rows_have_what_stands_in_the_columns() -> None:
    rows = list(entity_rows("visit", ["1", "2"], ("key", "at"), [["1", "2"], [None, 7]], [(LATE,), ()]))
    assert rows == [
        EntityRow("visit", "1", {"key": "1", "at": None}, (LATE,)),
        EntityRow("visit", "2", {"key": "2", "at": 7}),
    ]
    assert all(type(row) is EntityRow for row in rows)


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
    with pytest.raises(ValueError, match="argument"):
        list(entity_rows("visit", ["1", "2", "3"], ("key", "at"), columns, problems))
