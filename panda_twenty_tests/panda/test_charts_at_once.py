"""Many exams decoded at once come out as each of them does alone, tooth by tooth."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from panda_twenty.panda.chart_shapes import tooth_columns
from panda_twenty.panda.chart_shapes.readings import Readings
from panda_twenty.panda.chart_shapes.tooth_columns import tooth_columns_decoder
from panda_twenty.panda.chart_shapes.tooth_rows import tooth_rows_decoder
from panda_twenty.panda.profile import ToothRows


def six(prefix: str) -> list[str]:
    return [f"{prefix}{number}" for number in range(1, 7)]


WHOLE: dict[str, Any] = {
    "shape": "tooth_rows",
    "notation": "fdi",
    "gingival_margin_sign": "recession_negative",
    "not_assessable": ["99"],
    "site_order": ["MB", "B", "DB", "ML", "L", "DL"],
    "tooth": "T",
    "measures": {"probing_depth": six("pd"), "gingival_margin": six("gm")},
    "marks": {"bleeding": "bop", "plaque": six("pl")},
    "tooth_level": {
        "status": "st",
        "mobility": "mob",
        "furcation": {"B": "fb", "L": "fl"},
        "mucogingival_junction": {"facial": "mgj"},
        "note": "note",
    },
    "status_codes": {"P": "PRESENT", "M": "MISSING"},
}
SMALL = {**WHOLE, "measures": {"probing_depth": six("pd")}, "marks": {}, "tooth_level": {}}
CELLS: dict[str, list[Any]] = {
    "T": [11, "12", "13 ", 21, 48, 85, "11", None, "?"],
    "st": ["P", "M", None, "", "Q"],
    "mob": [None, "0", "1+", "IV"],
    "bop": [None, 0, 1, 63, "8", 64],
    "note": [None, "", "  ", "sore ", 7],
}
NUMBERS: list[Any] = [None, 0, 1, 2, 3, "3", 3.0, 99, True, 30, "?"]


def exams(columns: list[str]) -> st.SearchStrategy[list[list[tuple[Any, ...]]]]:
    """Most cells are sound, so that most exams are; the odd one is spoilt in one of a thousand ways."""
    sound = [st.sampled_from(CELLS.get(column, NUMBERS)[:4]) for column in columns]
    spoilt = [st.sampled_from(CELLS.get(column, NUMBERS)) for column in columns]
    rows = st.one_of(st.tuples(*sound), st.tuples(*sound), st.tuples(*spoilt))
    return st.lists(st.lists(rows, min_size=1, max_size=5), min_size=1, max_size=4)


@pytest.mark.parametrize("settings", [WHOLE, SMALL], ids=["everything", "depths alone"])
@given(data=st.data())
def test_exams_read_at_once_are_those_read_alone(settings: dict[str, Any], data: st.DataObject) -> None:
    chart = TypeAdapter(ToothRows).validate_python(settings)
    columns = list(dict.fromkeys(chart.columns()))
    places = {column: place for place, column in enumerate(columns)}
    at_once = tooth_columns_decoder(chart, places)
    # Twice with one decoder: what it remembers of the first chunk must not show in the second.
    for chunk in data.draw(st.lists(exams(columns), min_size=2, max_size=2)):
        alone = tooth_rows_decoder(chart, Readings(chart), places)
        bounds = [0, *accumulate(map(len, chunk))]
        together = [row for exam in chunk for row in exam]
        assert list(at_once(list(zip(*together, strict=True)), bounds)) == [alone(exam) for exam in chunk]


def test_what_is_remembered_is_bounded_and_forgotten_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tooth_columns, "MOST_COMBINATIONS", 2)
    chart = TypeAdapter(ToothRows).validate_python(SMALL)
    places = {column: place for place, column in enumerate(chart.columns())}
    at_once = tooth_columns_decoder(chart, places)
    alone = tooth_rows_decoder(chart, Readings(chart), places)
    for depth in (1, 2, 3, 30, 1, 30):
        rows = [(tooth, depth, 1, 2, 3, 4, 5) for tooth in (11, 12, 13)]
        assert list(at_once(list(zip(*rows, strict=True)), (0, 2, 3))) == [alone(rows[:2]), alone(rows[2:])]
