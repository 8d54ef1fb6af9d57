"""Conventions that are read from a chart's values, and those that are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty.mapping.proposal.conventions import tried_conventions
from panda_twenty.mapping.proposal.found_conventions import Conventions

_DEPTHS, _MARGINS, _MARKS = ([f"{name}{place}" for place in range(1, 7)] for name in ("PD", "GM", "BOP"))
_SECTION: dict[str, Any] = {
    "shape": "tooth_rows",
    "tooth": "T",
    "measures": {"probing_depth": _DEPTHS, "gingival_margin": _MARGINS},
    "marks": {"bleeding": _MARKS},
}
_COLUMNS = ["EXAM", "T", *_DEPTHS, *_MARGINS, *_MARKS]


def tried(*, stand_in: int = 3, marks: tuple[Any, Any] = (1, 0)) -> Conventions:
    """What is found in twenty exams of full mouths; ``stand_in`` is the first depth and margin of tooth 5."""
    rows = []
    for exam in range(20):
        for tooth in range(1, 33):
            first = stand_in if tooth == 5 else 3
            depths, margins = [first, 2, 3, 3, 2, 4], [first if tooth == 5 else 1, 1, 0, 1, 1, 0]
            rows.append((exam, f"{tooth:02d}", *depths, *margins, *[marks[tooth % 2]] * 6))
    return tried_conventions(
        _SECTION,
        _COLUMNS,
        rows,
        "EXAM",
        site_order_known=True,
        read_list=lambda column, name, allowed: {},
        all_values=lambda column: {},
    )


def asked(found: Conventions) -> set[str]:
    return {question.about.rpartition(".")[2] for question in found.questions}


def test_tooth_numbers_with_leading_zeros_are_universal() -> None:
    assert tried().settings["notation"] == "universal"


@pytest.mark.parametrize("number", [55, -9])
def test_a_number_that_is_no_millimetre_and_stands_everywhere_stands_in_for_a_value(number: int) -> None:
    assert tried(stand_in=number).settings["not_assessable"] == [str(number)]


def test_marks_that_are_written_as_usual_need_no_setting() -> None:
    assert "mark_present" not in tried(marks=("Y", "N")).settings


def test_the_yes_of_access_is_known() -> None:
    found = tried(marks=(-1, 0))
    assert (found.settings["mark_present"], found.settings["mark_absent"]) == (["-1"], ["0"])


def test_marks_that_nobody_knows_are_asked_for() -> None:
    found = tried(marks=("Q", "W"))
    assert "mark_present" in asked(found)
    assert "mark_present" not in found.settings
