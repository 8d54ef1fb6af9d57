"""What rules of our own hold back: a few per cent are expected, most of a kind halts the load."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panda_twenty.twenty import holding_back
from panda_twenty.twenty.holding_back import TooManyHeldBack
from panda_twenty_tests.loading.small_practice import SmallPractice
from panda_twenty_tests.loading.test_batches import in_ranges, load_of, people


@pytest.fixture(autouse=True)
def two_tolerated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that are held back halt no load, three of four may."""
    monkeypatch.setattr(holding_back, "HELD_BACK_TOLERATED", 2)


def unusable(practice: SmallPractice, *numbers: int) -> None:
    """Give these patients a value that breaks a local rule."""
    for number in numbers:
        practice.patients[f"{number:04}"]["medical_alert"] = "half a pair \ud800"


def test_most_of_a_kind_that_our_rules_hold_back_halts_the_load_before_anything_is_sent(
    practice: SmallPractice, writes: Callable[[], int]
) -> None:
    people(practice, 60)
    unusable(practice, *range(0, 60, 2), 1)
    with pytest.raises(
        TooManyHeldBack, match=r"Of 60 records of person .* hold back 31: more than 50 %"
    ) as halted:
        in_ranges(practice, load_of(practice), range(60))
    assert "PANDA_TWENTY_STOP_ABOVE_HELD_BACK_PERCENT" in halted.value.advice
    assert writes() == 0
    assert len(practice.held_back()) == 31
    with pytest.raises(TooManyHeldBack):
        in_ranges(practice, load_of(practice), range(60))
    for each in practice.patients.values():
        each["medical_alert"] = None
    (counts,) = in_ranges(practice, load_of(practice), range(60)).values()
    assert (counts.created, practice.held_back()) == (60, {})


def test_a_share_below_or_one_that_the_operator_allows_does_not_halt_the_load(
    practice: SmallPractice,
) -> None:
    people(practice, 60)
    unusable(practice, *range(0, 60, 10))
    (counts,) = in_ranges(practice, load_of(practice), range(60)).values()
    assert (counts.created, counts.quarantined) == (54, 6)
    unusable(practice, *range(0, 60, 2), 1)
    load = load_of(practice, stop_above_held_back_percent=60.0)
    (counts,) = in_ranges(practice, load, range(60)).values()
    assert (counts.unchanged, counts.quarantined) == (29, 31)


def test_a_delta_of_bad_rows_in_a_sound_practice_goes_on(practice: SmallPractice) -> None:
    people(practice, 60)
    practice.load()
    unusable(practice, *range(10))
    (counts,) = in_ranges(practice, load_of(practice), range(12)).values()
    assert (counts.unchanged, counts.quarantined) == (2, 10)


def test_what_waits_for_its_parent_does_not_count(practice: SmallPractice) -> None:
    for number in range(10):
        practice.visit(f"{number:04}", "1")
    assert practice.load("visits").quarantined == 10
