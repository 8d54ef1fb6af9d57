"""Patient ranges: the half-open intervals of patient ids by which everything is read and sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

RECORDS_PER_MINUTE = 20_000
"""What Twenty's API takes at its limit: 100 calls a minute of 200 records each."""

SMALLEST_WIDTH = 50
FEWEST_RANGES, MOST_RANGES = 4, 200
RANGES_OF_A_FULL_SIZE_PRACTICE = 20
SHORTEST_MINUTES, TYPICAL_MINUTES = 2, 5
"""API time that one range should at least take once there is enough work, and what is aimed at."""

_KEY = re.compile(r"(\d{7,})-(\d{7,})")


def plan_ranges(highest_id: int, width: int) -> list[PatientRange]:
    """Ranges of ``width`` ids each, contiguous from 0, that together hold ``highest_id``."""
    if width < 1:
        raise ValueError("a patient range must be at least one id wide")
    return [PatientRange(low, low + width) for low in range(0, max(highest_id, 0) + 1, width)]


def joined_ranges(ranges: Iterable[PatientRange]) -> list[PatientRange]:
    """As few ranges as hold the same ids, in order; one, where they follow on each other."""
    joined: list[PatientRange] = []
    for each in sorted(ranges):
        if joined and each.low <= joined[-1].high:
            joined[-1] = PatientRange(joined[-1].low, max(joined[-1].high, each.high))
        else:
            joined.append(each)
    return joined


def suggest_width(patients: int, highest_id: int, records_per_patient: float) -> int:
    """Ids per range, a round number: 50, 100, 200, 500, 1000, ...

    Aims at about 5 minutes of API time per range (2 to 10 where the practice is large enough), 20 to 200
    ranges for a practice of full size and about 4 for a small one. Assumes that patients are spread evenly
    over the ids from 0 to ``highest_id``.
    """
    minutes = patients * records_per_patient / RECORDS_PER_MINUTE
    wanted = max(
        FEWEST_RANGES,
        min(RANGES_OF_A_FULL_SIZE_PRACTICE, minutes / SHORTEST_MINUTES),
        minutes / TYPICAL_MINUTES,
    )
    ids = max(highest_id, 0) + 1
    width = following = SMALLEST_WIDTH
    while following * wanted <= ids or -(-ids // width) > MOST_RANGES:
        width, following = following, _next_round(following)
    return width


def _next_round(width: int) -> int:
    """The round number after ``width``: 50, 100, 200, 500, 1000, ..."""
    return width * 5 // 2 if str(width).startswith("2") else width * 2


@dataclass(frozen=True, order=True)
class PatientRange:
    """The patient ids from ``low`` up to but not including ``high``."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high:
            raise ValueError("a patient range runs from a low id of at least 0 to a higher one")

    def __contains__(self, patient_id: int) -> bool:
        return self.low <= patient_id < self.high

    @property
    def key(self) -> str:
        """Both ends inclusive and zero-padded, so that text order is numeric order: ``0000500-0000999``."""
        return f"{self.low:07d}-{self.high - 1:07d}"

    @classmethod
    def from_key(cls, key: str) -> PatientRange:
        """The range that ``key`` names; ValueError for any other text."""
        match = _KEY.fullmatch(key)
        if match is None:
            raise ValueError("a patient range key looks like 0000500-0000999")
        return cls(int(match[1]), int(match[2]) + 1)


def range_of(patient_key: str | None, ranges: Iterable[PatientRange]) -> PatientRange | None:
    """The range in which the patient of this key is; None in none of them, or where the key is no number."""
    if not patient_key or not patient_key.isdecimal():
        return None
    number = int(patient_key)
    return next((each for each in ranges if number in each), None)


@dataclass(frozen=True)
class PickedPatients:
    """Some patients by their ids, read together as a range is; at most 2,000, SQL Server's parameters."""

    ids: tuple[int, ...]

    def __contains__(self, patient_id: int) -> bool:
        return patient_id in self.ids


@dataclass(frozen=True)
class OutsideRanges:
    """Where no range reaches: no patient id, a negative one, or one of ``high`` or more."""

    high: int
