"""The arithmetic of the estimate."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty.mapping.specification import load_mapping
from panda_twenty.preflight.estimate import (
    Sample,
    calls_in_ranges,
    estimate,
    records_by_object,
    routed_rows,
    sampled_range,
)

ROWS = {
    "practice_location": 2,
    "provider": 4,
    "patient": 1_000,
    "perio_exam": 4_000,
    "clinical_note": 6_000,
    "letter": 500,
}
NOTHING = Sample({}, {})


def estimated(sample: Sample = NOTHING, **changes: Any) -> Any:
    numbers = {
        "highest_id": 1_999,
        "range_width": 200,
        "document_bytes": 0,
        "model_steps": 0,
        "standing": 0,
        "calls_per_minute": 100,
        **changes,
    }
    return estimate(load_mapping(), ROWS, sample, **numbers)


def test_every_route_makes_its_records_links_included() -> None:
    by_route = routed_rows(load_mapping(), ROWS)
    by_object = records_by_object(load_mapping(), ROWS)
    assert by_object["person"] == 1_004
    assert by_object["note"] == 6_500
    # A note is linked to its patient, a letter to its patient and, at most, to a referring practice.
    assert by_object["noteTarget"] == 6_000 + 500 + 500
    assert sum(by_object.values()) == sum(by_route.values())


@pytest.mark.parametrize(
    ("records", "ranges", "per_call", "calls"),
    [
        (0, 10, 200, 0),
        (1, 10, 200, 1),
        (2_000, 10, 200, 10),
        (2_010, 10, 200, 20),
        (4_000, 1, 200, 20),
        (90, 1, 40, 3),
    ],
)
def test_each_range_ends_with_a_call_that_is_not_full(
    records: int, ranges: int, per_call: int, calls: int
) -> None:
    assert calls_in_ranges(records, ranges, per_call) == calls


def test_large_records_take_more_calls() -> None:
    small = estimated(Sample({}, {"perio_exam": 10_000.0}))
    large = estimated(Sample({}, {"perio_exam": 100_000.0}))
    assert large.records == small.records
    assert large.writing_calls > small.writing_calls
    assert large.reading_calls == small.reading_calls


def test_half_the_limit_takes_about_twice_as_long_until_the_server_is_the_slower_one() -> None:
    full, half = estimated(calls_per_minute=100), estimated(calls_per_minute=50)
    assert full.calls == half.calls
    assert half.hours * 3600 == pytest.approx((full.calls - 50) * 60 / 50)
    assert full.limited_by == "the rate limit"
    raised = estimated(calls_per_minute=100_000)
    assert raised.limited_by == "the server's own pace"
    assert raised.hours * 3600 == pytest.approx(
        sum(number * (0.012 if name == "perioExam" else 0.002) for name, number in raised.records.items())
    )


def test_the_data_model_and_documents_take_disk_and_time_of_their_own() -> None:
    plain = estimated()
    more = estimated(model_steps=300, document_bytes=5_000_000_000)
    assert (more.hours - plain.hours) * 3600 == pytest.approx(300 * 0.4)
    assert more.disk_bytes - plain.disk_bytes == 5_000_000_000


def test_staged_rows_are_sized_by_the_sample() -> None:
    light = estimated(Sample({"perio_exam": 100.0}, {}))
    heavy = estimated(Sample({"perio_exam": 10_100.0}, {}))
    assert heavy.disk_bytes - light.disk_bytes == 4_000 * 10_000


def test_the_sample_lies_in_the_middle_of_the_ids() -> None:
    middle = sampled_range(patients=1_000, highest_id=99_999)
    assert middle.high - middle.low == 6_000
    assert middle.low < 50_000 < middle.high
    few = sampled_range(patients=3, highest_id=9)
    assert few.low == 0
    assert few.high > 9
    assert sampled_range(0, 0).high >= 1
