"""Charts by chance: any teeth, all sites, and the three states that must never merge.

Built from a seed by Python's own generator: a chart of 32 teeth holds 1,400 values, which hypothesis would
draw, and shrink, one by one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from panda_twenty.panda.chart import (
    ASPECTS,
    FURCATION_ENTRANCES,
    NOT_ASSESSABLE,
    PERMANENT_TEETH,
    Tooth,
    ToothStatus,
)

MILLER = (None, "0", "0.5", "1-", "1", "1.5", "1+", "2", "2.5", "2+", "3", "3+", "I", "II", "III", "I+")
NOTES = (None, None, "buccal \u00e9 | x: . +", "two\nlines", "nul\x00inside")


class _Chance:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.unrecorded, self.refused = self.random.random(), self.random.random() / 4

    def value(self, low: int, high: int) -> Any:
        if self.random.random() < self.unrecorded:
            return None
        if self.random.random() < self.refused:
            return NOT_ASSESSABLE
        whole = self.random.randint(low, high)
        return whole + 0.5 if self.random.random() < 0.1 else whole

    def mark(self) -> Any:
        if self.random.random() < self.unrecorded:
            return None
        return self.random.choice([True, False, False, NOT_ASSESSABLE])

    def values(self, low: int, high: int) -> tuple[Any, ...]:
        return tuple(self.value(low, high) for _ in range(6))

    def marks(self) -> tuple[Any, ...]:
        recorded = self.random.random() < 0.7
        return tuple(self.mark() if recorded else None for _ in range(6))

    def some(self, places: Sequence[str], low: int, high: int) -> dict[str, Any]:
        return {place: self.value(low, high) for place in places if self.random.random() < 0.5}

    def tooth(self, number: str) -> Tooth:
        stored = self.random.random() < 0.3
        return Tooth(
            number,
            self.random.choice([*ToothStatus, *[ToothStatus.PRESENT] * 6]),
            probing_depth=self.values(0, 15),
            gingival_margin=self.values(-5, 12),
            attachment_level=self.values(-3, 20) if stored else (None,) * 6,
            bleeding=self.marks(),
            suppuration=self.marks(),
            plaque=self.marks(),
            calculus=self.marks(),
            mobility=self.random.choice(MILLER),
            furcation={
                place: int(grade) if isinstance(grade, float) else grade
                for place, grade in self.some(FURCATION_ENTRANCES, 0, 4).items()
            },
            mucogingival_junction=self.some(ASPECTS, 0, 12),
            keratinized_width=self.some(ASPECTS, 0, 9),
            prognosis=self.random.choice([None, "GOOD", "HOPELESS"]),
            note=self.random.choice(NOTES),
            source_number=self.random.choice([None, f"#{number}"]),
        )


def chart(seed: int, size: int, numbers: Sequence[str] = PERMANENT_TEETH) -> tuple[Tooth, ...]:
    """One exam's teeth, each number once, in the order of a mouth; the same on every machine."""
    chance = _Chance(seed)
    chosen = chance.random.sample(numbers, min(size, len(numbers)))
    return tuple(chance.tooth(number) for number in sorted(chosen, key=numbers.index))


def charts(numbers: Sequence[str] = PERMANENT_TEETH) -> st.SearchStrategy[tuple[Tooth, ...]]:
    return st.builds(chart, st.integers(0, 2**32), st.integers(0, 32), st.just(numbers))
