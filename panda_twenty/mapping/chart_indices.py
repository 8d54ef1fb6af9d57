"""Indices that follow from a perio chart.

A site is *examined* when its probing depth is a number; missing, unerupted and unexamined teeth have no
examined sites. Percentages are of examined sites (O'Leary 1972 and Ainamo & Bay 1975 count surfaces
of the teeth present) and are None where the mark was recorded nowhere, which is not the same as 0.
Attachment levels leave implants out, which have no cemento-enamel junction. Means have two decimals,
percentages one, rounded half up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from panda_twenty.panda.chart import (
    INTERDENTAL_SITES,
    NotAssessable,
    Tooth,
    ToothStatus,
)

Number = int | float
Index = Callable[[Sequence[Tooth]], Number | None]

STANDING = (ToothStatus.PRESENT, ToothStatus.IMPLANT)

MOBILITY_CLASS = {"1": 1, "1+": 1, "1.5": 1, "I": 1, "I+": 1}
MOBILITY_CLASS |= {"2": 2, "2+": 2, "2.5": 2, "II": 2, "II+": 2}
MOBILITY_CLASS |= {"3": 3, "3+": 3, "III": 3, "III+": 3}


def rounded(value: float, places: int) -> float:
    """Half up, as people round: 2.345 to 2.35."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _with_status(status: ToothStatus) -> Index:
    return lambda teeth: sum(tooth.status is status for tooth in teeth)


@dataclass
class _LastChart:
    """The values of the exam that was asked for last: some twenty indices are made from them."""

    teeth: Sequence[Tooth] = ()
    values: dict[str, Sequence[Number]] = field(default_factory=dict)


_last_chart = _LastChart()


def _once_per_chart(
    name: str, values: Callable[[Sequence[Tooth]], Iterator[Number]]
) -> Callable[[Sequence[Tooth]], Sequence[Number]]:
    def kept(teeth: Sequence[Tooth]) -> Sequence[Number]:
        global _last_chart
        # Taken once: another thread may ask for another exam.
        last = _last_chart
        if last.teeth is not teeth:
            last = _LastChart(teeth)
            _last_chart = last
        if name not in last.values:
            last.values[name] = tuple(values(teeth))
        return last.values[name]

    return kept


def _depths_of(teeth: Sequence[Tooth]) -> Iterator[Number]:
    for tooth in teeth:
        if tooth.status in STANDING:
            yield from tooth.measured_depths


def _losses_of(teeth: Sequence[Tooth], sites: Sequence[int] = range(6)) -> Iterator[Number]:
    for tooth in teeth:
        if tooth.status is ToothStatus.PRESENT:
            losses = tooth.attachment_losses
            for site in sites:
                loss = losses[site]
                if isinstance(loss, int | float):
                    yield loss


def _recessions_of(teeth: Sequence[Tooth]) -> Iterator[Number]:
    for tooth in teeth:
        if tooth.status is ToothStatus.PRESENT:
            yield from (gm for gm in tooth.gingival_margin if isinstance(gm, int | float) and gm > 0)


_depths = _once_per_chart("depths", _depths_of)
_losses = _once_per_chart("losses", _losses_of)
_recessions = _once_per_chart("recessions", _recessions_of)


def _mean(found: Sequence[Number]) -> float | None:
    return rounded(sum(found) / len(found), 2) if found else None


def _at_least(values: Callable[[Sequence[Tooth]], Sequence[Number]], limit: int) -> Index:
    return lambda teeth: sum([value >= limit for value in values(teeth)])


def _not_assessable(teeth: Sequence[Tooth]) -> int:
    return sum(isinstance(depth, NotAssessable) for tooth in teeth for depth in tooth.probing_depth)


def _teeth_with_depth(limit: int) -> Index:
    return lambda teeth: sum(
        [max(tooth.measured_depths, default=0) >= limit for tooth in teeth if tooth.status in STANDING]
    )


def _percentage(mark: str) -> Index:
    def percentage(teeth: Sequence[Tooth]) -> float | None:
        examined = positive = 0
        recorded = False
        for tooth in teeth:
            if tooth.status not in STANDING:
                continue
            marks = getattr(tooth, mark)
            if len(tooth.measured_depths) == len(marks):
                found = marks
            else:
                pairs = zip(tooth.probing_depth, marks, strict=True)
                found = [value for depth, value in pairs if isinstance(depth, int | float)]
            examined += len(found)
            yes = found.count(True)
            positive += yes
            recorded = recorded or yes > 0 or False in found
        return rounded(100 * positive / examined, 1) if recorded else None

    return percentage


def _furcation(grade: int) -> Index:
    def teeth_with_worst(teeth: Sequence[Tooth]) -> int:
        worst = (
            max((each for each in tooth.furcation.values() if isinstance(each, int)), default=0)
            for tooth in teeth
        )
        return sum(each == grade for each in worst)

    return teeth_with_worst


def _mobility(grade: int) -> Index:
    return lambda teeth: sum(MOBILITY_CLASS.get((tooth.mobility or "").strip()) == grade for tooth in teeth)


def _narrowest_keratinized(teeth: Sequence[Tooth]) -> Number | None:
    widths = (width for tooth in teeth for width in tooth.keratinized_width.values())
    return min((width for width in widths if isinstance(width, int | float)), default=None)


INDICES: Mapping[str, Index] = {
    "teeth_present": _with_status(ToothStatus.PRESENT),
    "teeth_missing": _with_status(ToothStatus.MISSING),
    "implants_present": _with_status(ToothStatus.IMPLANT),
    "sites_examined": lambda teeth: len(_depths(teeth)),
    "sites_not_assessable": _not_assessable,
    "mean_pd": lambda teeth: _mean(_depths(teeth)),
    "max_pd": lambda teeth: max(_depths(teeth), default=None),
    "sites_pd_4_plus": _at_least(_depths, 4),
    "sites_pd_5_plus": _at_least(_depths, 5),
    "sites_pd_6_plus": _at_least(_depths, 6),
    "sites_pd_7_plus": _at_least(_depths, 7),
    "teeth_pd_5_plus": _teeth_with_depth(5),
    "mean_cal": lambda teeth: _mean(_losses(teeth)),
    "max_cal": lambda teeth: max(_losses(teeth), default=None),
    "max_interdental_cal": lambda teeth: max(_losses_of(teeth, INTERDENTAL_SITES), default=None),
    "sites_cal_3_plus": _at_least(_losses, 3),
    "sites_cal_5_plus": _at_least(_losses, 5),
    "bop_pct": _percentage("bleeding"),
    "suppuration_pct": _percentage("suppuration"),
    "plaque_pct": _percentage("plaque"),
    "calculus_pct": _percentage("calculus"),
    "mean_recession": lambda teeth: _mean(_recessions(teeth)),
    "max_recession": lambda teeth: max(_recessions(teeth), default=None),
    **{f"furcation_teeth_{grade}": _furcation(grade) for grade in range(1, 5)},
    **{f"mobility_teeth_{grade}": _mobility(grade) for grade in range(1, 4)},
    "min_keratinized": _narrowest_keratinized,
}
"""Every index by name; each takes the teeth of one exam."""
