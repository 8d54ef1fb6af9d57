"""Columns that an attribute may be read from, and which of them each attribute gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from panda_twenty.mapping.proposal.model import POSSIBLE, Step


@dataclass(frozen=True)
class Candidate:
    """A column for an attribute, with what speaks for it."""

    attribute: str
    table: str
    column: str
    score: float
    reasons: tuple[str, ...]
    lookup: tuple[Step, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Its table and column."""
        return self.table, self.column


def assigned(candidates: Mapping[str, Sequence[Candidate]]) -> dict[str, Candidate]:
    """Each column to one attribute: the best pairs first, then those that make room for one more."""
    pairs = sorted(
        (each for found in candidates.values() for each in found if each.score >= POSSIBLE - 0.1),
        key=lambda each: (-each.score, each.attribute),
    )
    chosen: dict[str, Candidate] = {}
    used: set[tuple[str, str]] = set()
    for pair in pairs:
        if pair.attribute not in chosen and pair.place not in used:
            chosen[pair.attribute] = pair
            used.add(pair.place)
    for pair in pairs:
        if pair.attribute not in chosen:
            _make_room(pair, pairs, chosen)
    return chosen


_AS_GOOD, _GAIN = 0.02, 0.05
"""How much worse off an attribute may be with another column, and what the change must bring altogether."""


def _make_room(wanted: Candidate, pairs: Sequence[Candidate], chosen: dict[str, Candidate]) -> None:
    """Give ``wanted`` its column if who has it does as well with another, which nobody needs as much.

    Of ``DTP`` and ``DTC`` both may be a day of completion, but only the first one a planned day.
    """
    holder = next((each for each in chosen.values() if each.place == wanted.place), None)
    if holder is None:
        return
    for other in pairs:
        if other.attribute != holder.attribute or other.place == holder.place:
            continue
        loser = next((each for each in chosen.values() if each.place == other.place), None)
        lost = loser.score if loser is not None else 0.0
        if (
            other.score >= holder.score - _AS_GOOD
            and wanted.score + other.score >= holder.score + lost + _GAIN
            and wanted.score > lost
        ):
            if loser is not None:
                del chosen[loser.attribute]
            chosen[holder.attribute], chosen[wanted.attribute] = other, wanted
            return
