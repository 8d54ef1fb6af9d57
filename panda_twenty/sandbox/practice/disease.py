"""A patient's disease at the first visit: which teeth are left, and depth and margin of every site.

Attachment loss is drawn per tooth, correlated along the arch, and spread over the sites (deeper between the
teeth, worse at molars); the margin follows the loss, and the depth is what remains. The constants are not
from a study; they were chosen so that means, shares of deep sites and the survey's bounds look right.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from statistics import NormalDist

from panda_twenty.sandbox.practice.mouth import (
    LOWER_MOLARS,
    TEETH,
    THIRD_MOLARS,
    UPPER_FIRST_PREMOLARS,
    UPPER_MOLARS,
    SiteLimits,
    ToothLimits,
    limits_by_severity,
)

#: Share of patients per severity: gingivitis or health, stage I, II, III, IV.
SEVERITY_WEIGHTS = (8, 12, 28, 38, 14)
#: Mean attachment loss in mm per severity, and how much teeth and sites differ (standard deviations).
_LOSS_MEAN = (0.2, 0.9, 1.9, 3.1, 4.4)
_TOOTH_SPREAD = (0.2, 0.4, 0.7, 1.1, 1.4)
_SITE_SPREAD = (0.3, 0.4, 0.7, 0.9, 1.1)
_NEIGHBOUR_CORRELATION = 0.6
#: What a site adds to its tooth's loss, in mm.
_SITE_LOSS = (0.5, -0.5, 0.4, 0.5, -0.3, 0.4)
#: The margin of an intact tooth lies above the junction (negative); each millimetre of loss lowers it.
_MARGIN_AT_NO_LOSS = (-1.9, -1.2, -1.8, -1.9, -1.5, -1.8)
_MARGIN_PER_LOSS = 0.42
_CORONAL_MARGINS_CHARTED = 0.07
_LATENT_PER_TOOTH = 8

_LIMITS = limits_by_severity()
#: 256 evenly spaced normal quantiles: one random byte picks one.
_NORMAL = tuple(NormalDist().inv_cdf((step + 0.5) / 256) for step in range(256))


@dataclass(slots=True)
class Mouth:
    """The state of one mouth between exams; lists are indexed by Universal number, place 0 is unused.

    ``depths`` and ``margins`` are in mm per site. ``latent`` holds eight random bytes per tooth that make
    the same tooth mobile, furcated or keratinised alike at every exam.
    """

    severity: int
    hygiene: int
    status: list[str]
    depths: list[list[int]]
    margins: list[list[int]]
    limits: tuple[ToothLimits, ...]
    latent: bytes
    charts_coronal_margins: bool
    furcations: dict[int, list[int]] = field(default_factory=dict)

    def teeth_with(self, status: str) -> list[int]:
        """Universal numbers of the teeth in that status."""
        return [tooth for tooth in TEETH if self.status[tooth] == status]


def draw_severity(rng: random.Random, age: int) -> int:
    """0 for gingivitis or health, 1 to 4 for the stages; the young are rarely ill."""
    severity = rng.choices(range(5), SEVERITY_WEIGHTS)[0]
    return min(severity, 0 if age < 18 else 2 if age < 28 and rng.random() < 0.8 else 4)


def first_mouth(rng: random.Random, age: int, severity: int) -> Mouth:
    """The mouth of a patient of ``age`` years at the first visit."""
    limits = _LIMITS[severity]
    mouth = Mouth(
        severity=severity,
        hygiene=rng.choices((0, 1, 2), (3, 4, 2 + severity))[0],
        status=_statuses(rng, age, severity),
        depths=[[] for _ in range(33)],
        margins=[[] for _ in range(33)],
        limits=limits,
        latent=rng.randbytes(33 * _LATENT_PER_TOOTH),
        charts_coronal_margins=rng.random() < _CORONAL_MARGINS_CHARTED,
    )
    noise = rng.randbytes(33 * 12)
    # Older mouths and thin tissue show more root, in mm.
    recession = rng.gauss(0.0, 0.5) + max(0, age - 45) * 0.012
    deviation = rng.gauss(0.0, 0.5)
    keep = (1 - _NEIGHBOUR_CORRELATION**2) ** 0.5
    for tooth in TEETH:
        if tooth == 17:
            deviation = rng.gauss(0.0, 0.5)
        deviation = _NEIGHBOUR_CORRELATION * deviation + keep * rng.gauss(0.0, 1.0)
        if mouth.status[tooth] == "I":
            mouth.depths[tooth], mouth.margins[tooth] = implant_sites(noise[tooth * 12 : tooth * 12 + 6])
        elif mouth.status[tooth] in "PX":
            level = _LOSS_MEAN[severity] + _tooth_loss(tooth) * _LOSS_MEAN[severity]
            level += deviation * _TOOTH_SPREAD[severity]
            bytes_ = noise[tooth * 12 : tooth * 12 + 12]
            mouth.depths[tooth], mouth.margins[tooth] = _sites(
                level, recession, _SITE_SPREAD[severity], limits[tooth], bytes_
            )
    return mouth


def implant_sites(noise: bytes) -> tuple[list[int], list[int]]:
    """Depths of 2 to 6 mm around a healthy or mildly inflamed implant, and its margins, in mm."""
    return [2 + (byte > 90) + (byte > 180) + (byte > 238) + (byte > 252) for byte in noise], [0] * 6


def _sites(
    level: float, recession: float, spread: float, limits: tuple[SiteLimits, ...], noise: bytes
) -> tuple[list[int], list[int]]:
    """Six depths and margins in mm, from a tooth's mean loss."""
    depths: list[int] = []
    margins: list[int] = []
    for site in range(6):
        loss = int(level + _SITE_LOSS[site] + spread * _NORMAL[noise[site]] + 0.5)
        loss = max(loss, 0)
        expected = _MARGIN_AT_NO_LOSS[site] + _MARGIN_PER_LOSS * loss + recession
        margin = int(expected + 0.6 * _NORMAL[noise[site + 6]] + 100.5) - 100
        depth, margin = limits[site].settle(loss - margin, margin)
        depths.append(depth)
        margins.append(margin)
    return depths, margins


def _tooth_loss(tooth: int) -> float:
    """What a tooth's position adds to the mean loss, as a share of it."""
    if tooth in UPPER_MOLARS:
        return 0.30
    if tooth in LOWER_MOLARS:
        return 0.20
    if tooth in UPPER_FIRST_PREMOLARS:
        return 0.08
    if 23 <= tooth <= 26:
        return 0.12
    return -0.12


def _statuses(rng: random.Random, age: int, severity: int) -> list[str]:
    """Status per tooth: third molars mostly gone, more teeth lost with age and severity, some replaced."""
    status = ["P"] * 33
    for tooth in THIRD_MOLARS:
        if age < 22 and rng.random() < 0.4:
            status[tooth] = "U"
        elif rng.random() < 0.88:
            status[tooth] = "M"
    lost_mean = max(0.0, age - 30) * 0.04 * (0.4 + 0.5 * severity)
    lost = min(14, int(rng.expovariate(1 / lost_mean))) if lost_mean else 0
    # Molars go first.
    molars = [2, 3, 14, 15, 18, 19, 30, 31]
    others = [tooth for tooth in TEETH if tooth not in molars and tooth not in THIRD_MOLARS]
    for _ in range(lost):
        pool = molars if molars and rng.random() < 0.55 else others
        tooth = pool.pop(rng.randrange(len(pool)))
        status[tooth] = "I" if rng.random() < 0.28 else "M"
    return status
