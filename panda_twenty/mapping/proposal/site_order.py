"""Tests in which order the sites of a tooth follow each otherwhere nothing names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.mapping.proposal.chart_values import decoded_exams
from panda_twenty.mapping.proposal.found_conventions import FEWEST_SITES, Conventions
from panda_twenty.panda.chart import NotAssessable, Tooth

_SIX_PLACES = ("DB", "B", "MB", "DL", "L", "ML")
_MIRRORED = ("MB", "B", "DB", "ML", "L", "DL")


def try_order_of_sites(
    section: Mapping[str, Any],
    trial: Mapping[str, Any],
    rows: Sequence[tuple[Any, ...]],
    places: Mapping[str, int],
    key: str,
    found: Conventions,
) -> None:
    """Middle sites are shallower than those between teeth; facing sites of neighbours resemble each other.

    Both hold in every population with periodontitis. They tell which place of a triplet is the middle one and
    on which side of a tooth the first place lies; facial before lingual is what every program has.
    """
    exams = decoded_exams(
        {
            **trial,
            **(
                {"site_order": list(_SIX_PLACES)}
                if "site_order" in trial or section["shape"] in ("tooth_rows", "measure_rows")
                else {}
            ),
        },
        rows,
        places,
        key,
    )
    if not exams:
        return
    middle = _mean(exams, (1, 4))
    outer = _mean(exams, (0, 2, 3, 5))
    if middle is None or outer is None:
        return
    triplets = middle < outer
    right, left = _facing(exams)
    evidence = f"mean depth {middle:.2f} mm in the middle of triplets and {outer:.2f} mm beside it"
    if not triplets:
        found.scores["site_order"] = (0.4, evidence)
        found.ask(
            "site_order",
            "In which order do the six places of a tooth follow each other? The middle of each triplet "
            "is not the "
            "shallowest, so facial-distal, facial, facial-mesial, lingual-distal, lingual, "
            "lingual-mesial does not fit.",
            evidence,
        )
        return
    if right is None or left is None:
        found.scores["site_order"] = (0.7, f"{evidence}; which end is distal is the order of most programs")
        return
    facing = (
        f"{evidence}; facing sites of neighbours differ by {right[0]:.2f} mm (right) and "
        f"{left[0]:.2f} mm (left), turned round by {right[1]:.2f} and {left[1]:.2f} mm"
    )
    better_right, better_left = right[0] <= right[1], left[0] <= left[1]
    if better_right and better_left:
        found.scores["site_order"] = (0.85, facing)
        return
    _turned(section, better_right, better_left, facing, right, left, found)


def _turned(
    section: Mapping[str, Any],
    right_fits: bool,
    left_fits: bool,
    evidence: str,
    right: tuple[float, float],
    left: tuple[float, float],
    found: Conventions,
) -> None:
    """The data speaks for another direction on one side or on both."""
    clear = max(abs(right[0] - right[1]), abs(left[0] - left[1])) > 0.08
    if section["shape"] in ("packed", "packed_rows", "aspect_rows"):
        turned: dict[str, str] = {}
        on_the_left = "distal_to_mesial" if section["shape"] == "aspect_rows" else "mesial_to_distal"
        for quadrants, fits, usual in (
            (("upper_right", "lower_right"), right_fits, "distal_to_mesial"),
            (("upper_left", "lower_left"), left_fits, on_the_left),
        ):
            other = "mesial_to_distal" if usual == "distal_to_mesial" else "distal_to_mesial"
            turned |= dict.fromkeys(quadrants, usual if fits else other)
        if clear:
            found.settings["directions"] = turned
        found.scores["site_order"] = (0.75 if clear else 0.6, evidence)
        return
    if not right_fits and not left_fits and clear:
        found.settings["site_order"] = list(_MIRRORED)
        found.scores["site_order"] = (0.75, evidence)
        return
    found.scores["site_order"] = (0.55, evidence)
    if clear:
        found.ask(
            "site_order",
            "Do the places of a tooth run as on screen, from the patient's right to left, on both "
            "sides? Then the "
            "first place is distal on the right and mesial on the left, which six fixed columns cannot "
            "say; compare one exam.",
            evidence,
        )


def _mean(exams: Sequence[tuple[Tooth, ...]], sites: Sequence[int]) -> float | None:
    total, count = 0.0, 0
    for teeth in exams:
        for tooth in teeth:
            for site in sites:
                depth = tooth.probing_depth[site]
                if isinstance(depth, int | float) and not isinstance(depth, NotAssessable):
                    total, count = total + depth, count + 1
    return total / count if count >= FEWEST_SITES else None


def _facing(
    exams: Sequence[tuple[Tooth, ...]],
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Mean difference of sites that face a neighbour, as decoded and turned round, right side and left."""
    sums = {"right": [0.0, 0.0, 0], "left": [0.0, 0.0, 0]}
    for teeth in exams:
        by_number = {
            int(tooth.number): tooth for tooth in teeth if tooth.number.isdigit() and int(tooth.number) <= 32
        }
        for number, tooth in by_number.items():
            for low, high, side, outward in (
                (1, 8, "right", 1),
                (9, 16, "left", -1),
                (17, 24, "left", 1),
                (25, 32, "right", -1),
            ):
                if not low <= number <= high:
                    continue
                mesial_neighbour = by_number.get(number + outward)
                if mesial_neighbour is None or not low <= number + outward <= high:
                    continue
                for distal, mesial in ((0, 2), (3, 5)):
                    _add(sums[side], tooth, mesial_neighbour, mesial, distal)
    found = []
    for side in ("right", "left"):
        total, turned, count = sums[side]
        found.append((total / count, turned / count) if count >= FEWEST_SITES else None)
    return found[0], found[1]


def _add(sums: list[float], tooth: Tooth, neighbour: Tooth, mesial: int, distal: int) -> None:
    """Mesial of a tooth against distal of the next; turned round, distal against mesial."""
    values = (
        tooth.probing_depth[mesial],
        neighbour.probing_depth[distal],
        tooth.probing_depth[distal],
        neighbour.probing_depth[mesial],
    )
    if all(isinstance(value, int | float) and not isinstance(value, NotAssessable) for value in values):
        first, second, third, fourth = (float(value) for value in values)  # type: ignore[arg-type]
        sums[0] += abs(first - second)
        sums[1] += abs(third - fourth)
        sums[2] += 1
