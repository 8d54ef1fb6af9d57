"""Exam indices worked out a second time, from the source's teeth, as tables.

The transforms walk tooth by tooth; this counts in pandas frames with one row per site or tooth of all the
exams at once. Two ways to the same numbers, so that a slip in one of them shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import pandas as pd

from panda_twenty.panda.chart import NotAssessable, Tooth, ToothStatus

_MARKS = {"bop_pct": "bleeding", "suppuration_pct": "suppuration"}
_MARKS |= {"plaque_pct": "plaque", "calculus_pct": "calculus"}
_STATUSES = {status: place for place, status in enumerate(ToothStatus)}
_ROMAN = {"I": 1, "II": 2, "III": 3}
_NAN = float("nan")

MOST_REMEMBERED = 20_000
"""Different sites of a tooth that are remembered, some megabytes: most teeth are like many others."""

Indices = dict[str, float | None]


def expected_indices(charts: Mapping[str, Sequence[Tooth]]) -> dict[str, Indices]:
    """Every index of every exam that has teeth, by exam key and index name."""
    charts = {key: teeth for key, teeth in charts.items() if teeth}
    if not charts:
        return {}
    sites, teeth = _site_frame(charts), _tooth_frame(charts)
    found: dict[str, Indices] = {key: {} for key in charts}
    for name, column in {**_site_indices(sites), **_tooth_indices(teeth)}.items():
        known = column.dropna().to_dict()
        for place, indices in enumerate(found.values()):
            indices[name] = known.get(place, 0 if name in _COUNTS else None)
    return found


_COUNTS = frozenset(
    {
        "teeth_present",
        "teeth_missing",
        "implants_present",
        "sites_examined",
        "sites_not_assessable",
        "teeth_pd_5_plus",
        *(f"sites_pd_{limit}_plus" for limit in (4, 5, 6, 7)),
        *(f"sites_cal_{limit}_plus" for limit in (3, 5)),
        *(f"furcation_teeth_{grade}" for grade in (1, 2, 3, 4)),
        *(f"mobility_teeth_{grade}" for grade in (1, 2, 3)),
    }
)
"""Indices that are 0, not nothing, where no site or tooth counts."""


@lru_cache(MOST_REMEMBERED)
def _numbers(six: tuple[Any, ...]) -> tuple[float, ...]:
    """Values as floats; a mark that is there is 1."""
    return tuple([_number(value) for value in six])


@lru_cache(MOST_REMEMBERED)
def _refusals(six: tuple[Any, ...]) -> tuple[bool, ...]:
    return tuple([isinstance(value, NotAssessable) for value in six])


def _number(value: Any) -> float:
    return _NAN if value is None or isinstance(value, NotAssessable) else float(value)


def _exams_and_teeth(charts: Mapping[str, Sequence[Tooth]]) -> tuple[list[int], list[Tooth]]:
    """Every tooth, and the place of its exam among the charts: numbers are quicker to group by than keys."""
    exams = [place for place, teeth in enumerate(charts.values()) for _ in teeth]
    return exams, [tooth for teeth in charts.values() for tooth in teeth]


def _site_frame(charts: Mapping[str, Sequence[Tooth]]) -> pd.DataFrame:
    """One row per site: exam, tooth, status, site, and the measures as floats."""
    exams, teeth = _exams_and_teeth(charts)

    def sites(name: str, read: Callable[[tuple[Any, ...]], Sequence[float]] = _numbers) -> list[float]:
        return list(chain.from_iterable([read(tuple(getattr(tooth, name))) for tooth in teeth]))

    known: dict[str, int] = {}
    columns: dict[str, Any] = {
        "exam": _six_times(exams),
        "tooth": _six_times([known.setdefault(tooth.number, len(known)) for tooth in teeth]),
        "is_natural": _six_times([tooth.status is ToothStatus.PRESENT for tooth in teeth]),
        "is_implant": _six_times([tooth.status is ToothStatus.IMPLANT for tooth in teeth]),
        "site": list(range(6)) * len(teeth),
        "depth": sites("probing_depth"),
        "margin": sites("gingival_margin"),
        "stored": sites("attachment_level"),
        "stored_refused": sites("attachment_level", _refusals),
        "refused": sites("probing_depth", _refusals),
    }
    return pd.DataFrame(columns | {mark: sites(mark) for mark in _MARKS.values()})


def _six_times(of_teeth: Sequence[Any]) -> list[Any]:
    """The same for each of a tooth's sites."""
    return [value for value in of_teeth for _ in range(6)]


def _tooth_frame(charts: Mapping[str, Sequence[Tooth]]) -> pd.DataFrame:
    """One row per tooth: exam, status, worst furcation grade, mobility class, narrowest width."""
    exams, teeth = _exams_and_teeth(charts)
    return pd.DataFrame(
        {
            "exam": exams,
            "status": [_STATUSES[tooth.status] for tooth in teeth],
            "furcation": [
                max([grade for grade in tooth.furcation.values() if isinstance(grade, int)], default=0)
                for tooth in teeth
            ],
            "mobility": [_mobility(tooth.mobility) for tooth in teeth],
            "keratinized": [
                min(
                    [width for width in map(_number, tooth.keratinized_width.values()) if width == width],
                    default=_NAN,
                )
                for tooth in teeth
            ],
        }
    )


def _site_indices(sites: pd.DataFrame) -> dict[str, pd.Series]:
    standing = sites[sites["is_natural"] | sites["is_implant"]]
    natural = sites[sites["is_natural"]]
    examined = standing[standing["depth"].notna()]
    worked_out = natural["depth"] + natural["margin"]
    kept = natural["stored"].notna() | natural["stored_refused"]
    losses = natural.assign(loss=natural["stored"].where(kept, worked_out)).dropna(subset=["loss"])
    receded = natural[natural["margin"] > 0]
    deep = examined[examined["depth"] >= 5]
    found = {
        "sites_examined": examined.groupby("exam").size(),
        "sites_not_assessable": sites.groupby("exam")["refused"].sum(),
        "mean_pd": _mean(examined, "depth"),
        "max_pd": examined.groupby("exam")["depth"].max(),
        "teeth_pd_5_plus": deep.groupby("exam")["tooth"].nunique(),
        "mean_cal": _mean(losses, "loss"),
        "max_cal": losses.groupby("exam")["loss"].max(),
        "max_interdental_cal": losses[losses["site"].isin([0, 2, 3, 5])].groupby("exam")["loss"].max(),
        "mean_recession": _mean(receded, "margin"),
        "max_recession": receded.groupby("exam")["margin"].max(),
    }
    found |= _counts(
        examined, {f"sites_pd_{limit}_plus": examined["depth"] >= limit for limit in (4, 5, 6, 7)}
    )
    found |= _counts(losses, {f"sites_cal_{limit}_plus": losses["loss"] >= limit for limit in (3, 5)})
    for name, mark in _MARKS.items():
        found[name] = _share(examined, mark)
    return found


def _tooth_indices(teeth: pd.DataFrame) -> dict[str, pd.Series]:
    found = _counts(
        teeth,
        {
            "teeth_present": teeth["status"] == _STATUSES[ToothStatus.PRESENT],
            "teeth_missing": teeth["status"] == _STATUSES[ToothStatus.MISSING],
            "implants_present": teeth["status"] == _STATUSES[ToothStatus.IMPLANT],
            **{f"furcation_teeth_{grade}": teeth["furcation"] == grade for grade in (1, 2, 3, 4)},
            **{f"mobility_teeth_{grade}": teeth["mobility"] == grade for grade in (1, 2, 3)},
        },
    )
    found["min_keratinized"] = teeth.groupby("exam")["keratinized"].min()
    return found


def _counts(rows: pd.DataFrame, counted: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """How many rows of each exam each of these is true of."""
    sums = pd.DataFrame(counted).groupby(rows["exam"]).sum()
    return {name: sums[name] for name in counted}


def _mobility(grade: str | None) -> int:
    """Whole Miller class of a grade such as 2, 2+, 2.5 or II; 0 for none."""
    if not grade:
        return 0
    bare = grade.strip().rstrip("+")
    if not bare or bare.endswith("-"):
        return 0
    return _ROMAN.get(bare, int(float(bare)) if bare.replace(".", "", 1).isdigit() else 0)


def _half_up(value: float, places: int) -> float:
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _mean(frame: pd.DataFrame, column: str) -> pd.Series:
    grouped = frame.groupby("exam")[column]
    return (grouped.sum() / grouped.size()).map(lambda value: _half_up(value, 2))


def _share(examined: pd.DataFrame, mark: str) -> pd.Series:
    """Percent of examined sites with the mark; nothing for an exam that recorded it nowhere."""
    grouped = examined.assign(positive=examined[mark] == 1).groupby("exam")
    share = 100 * grouped["positive"].sum() / grouped.size()
    return share[grouped[mark].count() > 0].map(lambda value: _half_up(value, 1))
