from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.panda.ranges import (
    RECORDS_PER_MINUTE,
    PatientRange,
    joined_ranges,
    plan_ranges,
    range_of,
    suggest_width,
)


def test_a_key_names_both_ends_and_pads_them() -> None:
    assert PatientRange(500, 1000).key == "0000500-0000999"


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_range_comes_back_from_its_key(low: int, width: int) -> None:
    patient_range = PatientRange(low, low + width)
    assert PatientRange.from_key(patient_range.key) == patient_range


@pytest.mark.parametrize("text", ["", "sample", "1-2", "0000500-0000499", "0000500-0000999 "])
def test_other_text_is_no_range_key(text: str) -> None:
    with pytest.raises(ValueError):
        PatientRange.from_key(text)


@given(st.integers(0, 100_000), st.integers(50, 10_000))
def test_planned_ranges_are_contiguous_from_zero_and_reach_the_highest_id(highest: int, width: int) -> None:
    ranges = plan_ranges(highest, width)
    assert ranges[0].low == 0
    assert all(before.high == after.low for before, after in pairwise(ranges))
    assert highest in ranges[-1]
    assert [each.key for each in ranges] == sorted(each.key for each in ranges)


@pytest.mark.parametrize(
    ("patients", "records", "fewest", "most"),
    [(200, 60, 4, 6), (2_000, 60, 4, 6), (25_000, 58, 20, 30), (100_000, 53, 50, 110), (10**6, 53, 100, 200)],
)
def test_the_width_fits_the_size_of_the_practice(
    patients: int, records: float, fewest: int, most: int
) -> None:
    width = suggest_width(patients, patients, records)
    assert fewest <= len(plan_ranges(patients, width)) <= most
    minutes = width * records / RECORDS_PER_MINUTE
    assert minutes <= 30


@given(st.integers(0, 10**6), st.integers(0, 10**8), st.floats(0, 5_000))
def test_the_width_is_round_and_there_are_never_more_than_200_ranges(
    patients: int, highest: int, records: float
) -> None:
    width = suggest_width(patients, highest, records)
    assert str(width).rstrip("0") in ("1", "2", "5")
    assert width >= 50
    assert -(-(highest + 1) // width) <= 200


def test_ranges_that_follow_on_each_other_are_one_and_a_hole_stays_one() -> None:
    assert joined_ranges(plan_ranges(1_000, 50)) == [PatientRange(0, 1_050)]
    apart = [PatientRange(100, 150), PatientRange(0, 50), PatientRange(50, 60), PatientRange(140, 145)]
    assert joined_ranges(apart) == [PatientRange(0, 60), PatientRange(100, 150)]
    assert joined_ranges([]) == []


def test_a_patient_is_in_the_range_that_holds_the_number_of_the_key() -> None:
    ranges = plan_ranges(250, 100)
    assert [range_of(key, ranges) for key in ("0", "199")] == [ranges[0], ranges[1]]
    assert [range_of(key, ranges) for key in (None, "", "-1", "300", "A7", "²")] == [None] * 6
