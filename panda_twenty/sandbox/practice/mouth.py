"""The anatomy that charting obeys: Universal numbers, six sites, entrances, and what was ever measured.

Sites are always in the order facial distal, facial middle, facial mesial, lingual distal, lingual middle,
lingual mesial. Lengths are whole millimetres; the margin is positive where the root is exposed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources

TEETH = range(1, 33)
THIRD_MOLARS = frozenset({1, 16, 17, 32})
MANDIBLE = frozenset(range(17, 33))
UPPER_MOLARS = frozenset({1, 2, 3, 14, 15, 16})
LOWER_MOLARS = frozenset({17, 18, 19, 30, 31, 32})
UPPER_FIRST_PREMOLARS = frozenset({5, 12})

#: Attachment loss between the teeth never exceeds what the stage allows, in mm per severity 0 (gingivitis
#: or health) and stages I to IV. Source: the 2017 classification, Papapanou et al., J Periodontol 2018;89
#: Suppl 1:S173, stages I 1-2 mm, II 3-4 mm, III and IV 5 mm and more; the survey bounds the rest.
INTERDENTAL_LOSS_CAP = (1, 2, 4, 99, 99)
#: Facial and lingual recession of other causes may add a millimetre.
MIDDLE_LOSS_CAP = (2, 3, 5, 99, 99)
#: Probing depth per severity, same source: stage I up to 4 mm, stage II up to 5 mm.
DEPTH_CAP = (4, 4, 5, 99, 99)
_MIDDLE_SITES = (1, 4)


@dataclass(frozen=True, slots=True)
class SiteLimits:
    """What one site can measure, in mm: depth from 1, margin between two values, loss from 0."""

    depth_max: int
    margin_min: int
    margin_max: int
    loss_max: int

    def settle(self, depth: int, margin: int) -> tuple[int, int]:
        """The nearest depth and margin that keep the limits and give a loss of at least nothing."""
        margin = min(max(margin, self.margin_min), self.margin_max)
        depth = min(max(depth, 1), self.depth_max)
        if depth + margin > self.loss_max:
            margin = max(self.loss_max - depth, self.margin_min)
            depth = min(depth, max(1, self.loss_max - margin))
        if depth + margin < 0:
            margin = -depth
        return depth, margin


ToothLimits = tuple[SiteLimits, SiteLimits, SiteLimits, SiteLimits, SiteLimits, SiteLimits]


def furcation_entrances(tooth: int) -> str:
    """The entrances a tooth has, of B, L, M and D: 34 in a mouth with all its teeth."""
    if tooth in UPPER_MOLARS:
        return "BMD"
    if tooth in UPPER_FIRST_PREMOLARS:
        return "MD"
    return "BL" if tooth in LOWER_MOLARS else ""


def survey_bounds() -> dict[int, dict[str, list[int]]]:
    """Tooth to ``pd_max``, ``gm_min``, ``gm_max``, ``cal_max``, each a list over the six sites, in mm.

    Condensed from NHANES 2009-2014 (CDC, public domain); a third molar, which the survey left out, takes
    the bounds of the second molar beside it.
    """
    text = resources.files(__package__).joinpath("survey_bounds.json").read_text(encoding="utf-8")
    bounds: dict[int, dict[str, list[int]]] = {
        int(tooth): values for tooth, values in json.loads(text)["teeth"].items()
    }
    for third, second in ((1, 2), (16, 15), (17, 18), (32, 31)):
        bounds[third] = bounds[second]
    return bounds


def limits_by_severity() -> tuple[tuple[ToothLimits, ...], ...]:
    """Limits by severity 0 to 4, then by tooth; place 0 repeats tooth 1, so that tooth numbers index."""
    bounds = survey_bounds()
    by_severity: list[tuple[ToothLimits, ...]] = []
    for severity in range(len(DEPTH_CAP)):
        teeth = [_tooth_limits(bounds[tooth], severity) for tooth in TEETH]
        by_severity.append((teeth[0], *teeth))
    return tuple(by_severity)


def _tooth_limits(bounds: dict[str, list[int]], severity: int) -> ToothLimits:
    sites = [
        SiteLimits(
            depth_max=min(bounds["pd_max"][site], DEPTH_CAP[severity]),
            margin_min=bounds["gm_min"][site],
            margin_max=bounds["gm_max"][site],
            loss_max=min(
                bounds["cal_max"][site],
                (MIDDLE_LOSS_CAP if site in _MIDDLE_SITES else INTERDENTAL_LOSS_CAP)[severity],
            ),
        )
        for site in range(6)
    ]
    return sites[0], sites[1], sites[2], sites[3], sites[4], sites[5]
