"""Which sites the three values of one side of a tooth are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panda_twenty.panda.tooth_notation import from_universal

SIDES: Mapping[str, tuple[int, int, int]] = {"facial": (0, 1, 2), "lingual": (3, 4, 5)}
"""The sites of a side from distal to mesial, as indexes of SITES."""


def sites_of(side: str, number: str, directions: Mapping[Any, str]) -> tuple[int, ...]:
    """The sites of one side of a tooth (a Universal number), as indexes of SITES in the source's order."""
    sites = SIDES[side]
    return sites[::-1] if directions[_quadrant(number)] == "mesial_to_distal" else sites


def _quadrant(number: str) -> str:
    """The quadrant of a tooth, by the first digit of its FDI number."""
    return ("upper_right", "upper_left", "lower_left", "lower_right")[
        (int(from_universal(number, "fdi")[0]) - 1) % 4
    ]
