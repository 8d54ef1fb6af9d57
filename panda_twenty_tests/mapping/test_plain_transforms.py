"""Text, numbers, days and moments: the value itself, in the one form that Twenty gives back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.transforms.registry import TRANSFORMS
from panda_twenty.twenty.field_rules import check_value
from panda_twenty.twenty.workspace import FieldFacts


def transformed(name: str, *values: Any, **options: Any) -> Any:
    return TRANSFORMS[name](values, options)


def is_taken(kind: str, value: Any) -> bool:
    return check_value(FieldFacts(id="1", name="field", type=kind), value) is None


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_arrives_character_for_character_but_for_nul(text: str) -> None:
    sent = transformed("text", text)
    assert (sent or "") == text.replace("\x00", "")
    assert is_taken("TEXT", sent)


def test_nothing_and_an_empty_text_are_both_nothing() -> None:
    assert transformed("text", None) is None
    assert transformed("text", "") is None
    assert transformed("text", "\x00") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Decimal("12.50"), "12.50"), (Decimal("1E+2"), "100"), (7, "7"), (True, "yes"), (False, "no")],
)
def test_other_kinds_become_readable_text(value: Any, expected: str) -> None:
    assert transformed("text", value) == expected


@given(st.dates())
def test_a_day_is_the_same_day_wherever_it_is_read(day: date) -> None:
    sent = transformed("civil_date", day)
    assert date.fromisoformat(sent) == day
    assert is_taken("DATE", sent)


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=zones))
def test_a_moment_is_told_in_utc_to_the_millisecond(moment: datetime) -> None:
    sent = transformed("moment", moment)
    assert len(sent) == len("2024-02-29T04:30:00.000Z")
    assert abs((datetime.fromisoformat(sent) - moment).total_seconds()) < 0.001
    assert is_taken("DATE_TIME", sent)


@pytest.mark.parametrize("year", [1, 999, 1582])
def test_moments_of_early_years_keep_four_digits(year: int) -> None:
    moment = datetime(year, 6, 1, tzinfo=UTC)
    assert transformed("moment", moment) == f"{year:04d}-06-01T00:00:00.000Z"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3))
def test_a_number_stays_the_number(value: Decimal) -> None:
    sent = transformed("number", value)
    assert Decimal(repr(sent)) == value
    assert not isinstance(sent, float) or sent != int(sent)
    assert is_taken("NUMBER", sent)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, None)])
def test_yes_no_and_not_recorded_stay_apart(value: bool | None, expected: bool | None) -> None:
    assert transformed("boolean", value) is expected


def test_zero_is_a_number_and_not_nothing() -> None:
    assert transformed("number", 0) == 0
    assert transformed("number", Decimal(0)) == 0
    assert transformed("number", None) is None


def test_a_title_says_its_parts_in_order_and_codes_as_words() -> None:
    title = transformed("title", date(2024, 2, 29), "RE_EVALUATION", fallback="Exam")
    assert title == "2024-02-29 Re-evaluation"
    assert transformed("title", None, None, fallback="Exam") == "Exam"
    assert transformed("title", None, "", fallback="Exam") == "Exam"


def test_a_list_of_distinct_values_keeps_the_order_of_first_appearance() -> None:
    assert transformed("distinct", ("D4341", None, "D1110", "D4341", "")) == ["D4341", "D1110"]
    assert transformed("distinct", ()) is None


def test_listed_rows_keep_the_place_of_an_empty_part() -> None:
    assert transformed("listed_rows", ("D4341", None), (None, "14"), (Decimal("10.00"), None)) == [
        "D4341 |  | 10.00",
        " | 14 | ",
    ]
    assert transformed("listed_rows", (), ()) is None


def test_counting_rows_that_are_not_there_gives_zero() -> None:
    assert transformed("count", ()) == 0
    assert transformed("count", ("1", "2")) == 2


def test_a_web_address_is_sent_as_it_stands() -> None:
    assert transformed("links", "Example.test/About") == {"primaryLinkUrl": "Example.test/About"}
    assert transformed("links", None) is None


def test_joined_text_leaves_out_what_is_empty() -> None:
    assert transformed("joined_text", "Dr.", None, "", "Quill") == "Dr. Quill"
    assert transformed("joined_text", None, None) is None
