"""What happens to a mouth between two exams: therapy, surgery, quiet maintenance, or a relapse.

Sizes of change after non-surgical therapy follow the usual summary of the literature (Cobb, Ann Periodontol
1996;1:443): sites of 1-3 mm hardly change, 4-6 mm lose about 1.3 mm of depth and gain 0.6 mm of attachment,
7 mm and more lose about 2.2 mm and gain 1.2 mm; the rest of the reduction is recession.
"""

from __future__ import annotations

import random

from panda_twenty.sandbox.practice.disease import Mouth, implant_sites
from panda_twenty.sandbox.practice.mouth import TEETH

#: Change of depth and of margin in mm at one site.
Change = tuple[int, int]
#: Weighted changes for sites up to a depth in mm; weights are out of 256.
_Outcomes = tuple[tuple[int, tuple[tuple[int, Change], ...]], ...]

_AFTER_THERAPY: _Outcomes = (
    (2, ((18, (1, -1)), (218, (0, 0)), (20, (0, 1)))),
    (3, ((60, (-1, 0)), (40, (-1, 1)), (146, (0, 0)), (10, (1, -1)))),
    (4, ((70, (-1, 0)), (80, (-1, 1)), (30, (-2, 1)), (70, (0, 0)), (6, (1, 0)))),
    (
        6,
        (
            (50, (-1, 0)),
            (70, (-1, 1)),
            (50, (-2, 1)),
            (30, (-2, 0)),
            (10, (-3, 1)),
            (42, (0, 0)),
            (4, (1, 0)),
        ),
    ),
    (99, ((30, (-1, 1)), (60, (-2, 1)), (50, (-2, 0)), (60, (-3, 1)), (26, (-4, 2)), (30, (0, 0)))),
)
_AFTER_SURGERY: _Outcomes = (
    (3, ((20, (-1, 1)), (216, (0, 0)), (20, (0, 1)))),
    (4, ((110, (-1, 1)), (30, (-2, 2)), (40, (-1, 0)), (76, (0, 0)))),
    (99, ((70, (-2, 1)), (60, (-2, 2)), (60, (-3, 2)), (26, (-4, 3)), (40, (-1, 0)))),
)
_MAINTENANCE: _Outcomes = (
    (2, ((22, (1, -1)), (6, (1, 0)), (216, (0, 0)), (12, (0, 1)))),
    (3, ((30, (-1, 1)), (14, (-1, 0)), (16, (1, -1)), (8, (1, 0)), (188, (0, 0)))),
    (99, ((32, (-1, 1)), (22, (-1, 0)), (20, (1, -1)), (14, (1, 0)), (168, (0, 0)))),
)
_RELAPSE: _Outcomes = (
    (2, ((90, (1, 0)), (166, (0, 0)))),
    (3, ((120, (1, 0)), (24, (2, 0)), (112, (0, 0)))),
    (99, ((120, (1, 0)), (44, (2, 0)), (20, (3, 0)), (72, (0, 0)))),
)
_DEEPEST = 20


def _table(outcomes: _Outcomes) -> tuple[tuple[Change | None, ...], ...]:
    """By depth, then by a random byte: the change, or None where nothing changes."""
    by_depth: list[tuple[Change | None, ...]] = []
    for depth in range(_DEEPEST + 1):
        weighted = next(weights for limit, weights in outcomes if depth <= limit)
        row = [change if any(change) else None for weight, change in weighted for _ in range(weight)]
        if len(row) != 256:
            raise ValueError(f"the weights for a depth of {depth} mm sum to {len(row)}, not 256")
        by_depth.append(tuple(row))
    return tuple(by_depth)


#: What lies between two exams.
COURSES = {
    "therapy": _table(_AFTER_THERAPY),
    "surgery": _table(_AFTER_SURGERY),
    "maintenance": _table(_MAINTENANCE),
    "relapse": _table(_RELAPSE),
}


def advance(mouth: Mouth, course: str, rng: random.Random) -> None:
    """Changes every natural tooth's sites as the course between two exams does, and loses hopeless teeth."""
    table = COURSES[course]
    noise = rng.randbytes(33 * 6)
    for tooth in TEETH:
        if mouth.status[tooth] not in "PX":
            continue
        depths, margins, limits = mouth.depths[tooth], mouth.margins[tooth], mouth.limits[tooth]
        place = tooth * 6
        for site in range(6):
            change = table[depths[site]][noise[place + site]]
            if change:
                depths[site], margins[site] = limits[site].settle(
                    depths[site] + change[0], margins[site] + change[1]
                )
    _lose_and_replace(mouth, rng)


def _lose_and_replace(mouth: Mouth, rng: random.Random) -> None:
    """At most one tooth per interval is extracted, the worst; now and then an implant fills a gap."""
    draw = rng.random()
    if draw < 0.12:
        worst = max(mouth.teeth_with("P"), key=lambda tooth: sum(mouth.depths[tooth]), default=0)
        if worst and max(mouth.depths[worst]) >= 8:
            mouth.status[worst] = "M"
    elif draw < 0.17:
        gaps = [tooth for tooth in mouth.teeth_with("M") if tooth not in (1, 16, 17, 32)]
        if gaps:
            tooth = rng.choice(gaps)
            mouth.status[tooth] = "I"
            mouth.depths[tooth], mouth.margins[tooth] = implant_sites(rng.randbytes(6))
