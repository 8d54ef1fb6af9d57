"""Indices that follow from a perio chart.

A site is *examined* when its probing depth is a number; missing, unerupted and unexamined teeth have no
examined sites. Percentages are of examined sites (O'Leary 1972 and Ainamo & Bay 1975 count surfaces
of the teeth present) and are None where the mark was recorded nowhere, which is not the same as 0.
Attachment levels leave implants out, which have no cemento-enamel junction. Means have two decimals,
percentages one, rounded half up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from operator import itemgetter

from panda_twenty.mapping.exam_chart import Number, exam_chart
from panda_twenty.panda.chart import INTERDENTAL_SITES, NOT_ASSESSABLE, Mark, Tooth, ToothStatus, measured

Index = Callable[[Sequence[Tooth]], Number | None]

MOBILITY_CLASS = {"1": 1, "1+": 1, "1.5": 1, "I": 1, "I+": 1}
MOBILITY_CLASS |= {"2": 2, "2+": 2, "2.5": 2, "II": 2, "II+": 2}
MOBILITY_CLASS |= {"3": 3, "3+": 3, "III": 3, "III+": 3}


def rounded(value: float, places: int) -> float:
    """Half up, as people round: 2.345 to 2.35."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _with_status(status: ToothStatus) -> Index:
    return lambda teeth: exam_chart(teeth).statuses.count(status)


def _interdental_losses(teeth: Sequence[Tooth]) -> list[Number]:
    found = [_at_interdental_sites(tooth.attachment_losses) for tooth in exam_chart(teeth).present]
    return list(chain.from_iterable(map(measured, found)))


_at_interdental_sites = itemgetter(*INTERDENTAL_SITES)


def _depths(teeth: Sequence[Tooth]) -> Sequence[Number]:
    return exam_chart(teeth).depths


def _losses(teeth: Sequence[Tooth]) -> Sequence[Number]:
    return exam_chart(teeth).losses


def _recessions(teeth: Sequence[Tooth]) -> Sequence[Number]:
    return exam_chart(teeth).recessions


def _mean(found: Sequence[Number]) -> float | None:
    return rounded(sum(found) / len(found), 2) if found else None


def _deep(limit: int) -> Index:
    return lambda teeth: _from(exam_chart(teeth).how_deep, limit)


def _lost(limit: int) -> Index:
    return lambda teeth: _from(exam_chart(teeth).how_lost, limit)


def _from(how_many: Mapping[Number, int], limit: int) -> int:
    return sum([count for value, count in how_many.items() if value >= limit])


def _not_assessable(teeth: Sequence[Tooth]) -> int:
    return sum([tooth.probing_depth.count(NOT_ASSESSABLE) for tooth in teeth])


def _teeth_with_depth(limit: int) -> Index:
    return lambda teeth: sum(
        [max(tooth.measured_depths, default=0) >= limit for tooth in exam_chart(teeth).standing]
    )


def _percentage(mark: str) -> Index:
    def percentage(teeth: Sequence[Tooth]) -> float | None:
        found: list[Mark] = []
        for tooth in exam_chart(teeth).standing:
            marks = getattr(tooth, mark)
            if len(tooth.measured_depths) == len(marks):
                found += marks
            else:
                pairs = zip(tooth.probing_depth, marks, strict=True)
                found += [value for depth, value in pairs if isinstance(depth, int | float)]
        positive = found.count(True)
        return rounded(100 * positive / len(found), 1) if positive or False in found else None

    return percentage


def _furcation(grade: int) -> Index:
    return lambda teeth: exam_chart(teeth).furcation_grades.count(grade)


def _mobility(grade: int) -> Index:
    return lambda teeth: sum([MOBILITY_CLASS.get(each) == grade for each in exam_chart(teeth).mobilities])


def _narrowest_keratinized(teeth: Sequence[Tooth]) -> Number | None:
    widths = [
        width for tooth in teeth if tooth.keratinized_width for width in tooth.keratinized_width.values()
    ]
    return min((width for width in widths if isinstance(width, int | float)), default=None)


def _once(name: str, index: Index) -> Index:
    """The index, remembered by the chart: fields that check a stored value ask for it as well."""

    def kept(teeth: Sequence[Tooth]) -> Number | None:
        known = exam_chart(teeth).indices
        if name not in known:
            known[name] = index(teeth)
        return known[name]

    return kept


_INDICES: Mapping[str, Index] = {
    "teeth_present": _with_status(ToothStatus.PRESENT),
    "teeth_missing": _with_status(ToothStatus.MISSING),
    "implants_present": _with_status(ToothStatus.IMPLANT),
    "sites_examined": lambda teeth: len(_depths(teeth)),
    "sites_not_assessable": _not_assessable,
    "mean_pd": lambda teeth: _mean(_depths(teeth)),
    "max_pd": lambda teeth: max(_depths(teeth), default=None),
    "sites_pd_4_plus": _deep(4),
    "sites_pd_5_plus": _deep(5),
    "sites_pd_6_plus": _deep(6),
    "sites_pd_7_plus": _deep(7),
    "teeth_pd_5_plus": _teeth_with_depth(5),
    "mean_cal": lambda teeth: _mean(_losses(teeth)),
    "max_cal": lambda teeth: max(_losses(teeth), default=None),
    "max_interdental_cal": lambda teeth: max(_interdental_losses(teeth), default=None),
    "sites_cal_3_plus": _lost(3),
    "sites_cal_5_plus": _lost(5),
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
INDICES: Mapping[str, Index] = {name: _once(name, index) for name, index in _INDICES.items()}
"""Every index by name; each takes the teeth of one exam."""
