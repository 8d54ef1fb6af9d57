"""Rows with what is joined to them: nothing is missed, and where the order allows it little is held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.records import joined_rows
from panda_twenty.mapping.specification import Join, Route
from panda_twenty.panda.extraction import EntityRow

CHART = Join(entity="perio_chart", by="exam_key")
ROUTE = Route(name="exams", entity="perio_exam", object="perioExam", lines=[], joins={"chart": CHART})


def exam(key: str) -> EntityRow:
    return EntityRow("perio_exam", key, {"key": key})


def chart(exam_key: str, teeth: Any = None, key: str | None = None) -> EntityRow:
    key = key or exam_key
    return EntityRow("perio_chart", key, {"key": key, "exam_key": exam_key, "teeth": teeth})


class Source:
    """Hands out rows of both entities and counts the charts."""

    def __init__(self, exams: Iterable[str], charts: Sequence[EntityRow]) -> None:
        self.exams = list(exams)
        self.charts = charts
        self.handed_out = 0

    def read(self, entity: str) -> Iterator[EntityRow]:
        if entity == "perio_exam":
            yield from map(exam, self.exams)
            return
        for row in self.charts:
            self.handed_out += 1
            yield row

    def joined(self, *one_each: str) -> list[tuple[str, Any]]:
        return [(row.row.key, row.joined["chart"]) for row in joined_rows(ROUTE, self.read, one_each)]


def test_charts_are_read_along_with_their_exams() -> None:
    source = Source("123456789", [chart(key) for key in "123456789"])
    rows = joined_rows(ROUTE, source.read, ["chart"])
    for number in range(1, 9):
        assert next(rows).joined["chart"] == [chart(str(number))]
        assert source.handed_out == number + 1, "one more tells that the chart was whole"


def test_without_a_word_that_it_is_one_each_everything_is_read_first() -> None:
    """The first keys may be equal by chance, and the first exam's second chart may come at the end."""
    charts = [chart("1", key="1"), chart("2", key="2"), chart("1", key="3")]
    source = Source("12", charts)
    assert dict(source.joined()) == {"1": [charts[0], charts[2]], "2": [charts[1]]}


def test_rows_of_one_key_that_follow_each_other_are_all_taken() -> None:
    charts = [chart("1"), chart("2", "first"), chart("2", "second"), chart("3")]
    assert dict(Source("123", charts).joined("chart")) == {"1": charts[:1], "2": charts[1:3], "3": charts[3:]}


def test_an_exam_without_a_chart_costs_nobody_theirs() -> None:
    source = Source("12345", [chart("2"), chart("4"), chart("5"), chart("9")])
    assert [[each.key for each in charts] for _, charts in source.joined("chart")] == [
        [],
        ["2"],
        [],
        ["4"],
        ["5"],
    ]


@given(st.permutations([str(number) for number in range(8)]), st.sets(st.sampled_from("01234567")))
def test_whatever_the_order_the_same_rows_are_joined(order: list[str], charted: set[str]) -> None:
    source = Source(sorted(order), [chart(key) for key in order if key in charted])
    assert source.joined("chart") == source.joined()


@pytest.mark.parametrize("one_each", [(), ("chart",)])
def test_a_source_without_charts_has_exams(one_each: tuple[str, ...]) -> None:
    assert Source("12", []).joined(*one_each) == [("1", []), ("2", [])]
