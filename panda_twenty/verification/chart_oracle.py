"""Exam indices worked out a second time, from the source's teeth, as tables.

The transforms walk tooth by tooth; this counts in pandas frames with one row per site or tooth of all the
exams at once. Two ways to the same numbers, so that a slip in one of them shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from panda_twenty.panda.chart import NotAssessable, Tooth

_MARKS = {"bop_pct": "bleeding", "suppuration_pct": "suppuration"}
_MARKS |= {"plaque_pct": "plaque", "calculus_pct": "calculus"}
_ROMAN = {"I": 1, "II": 2, "III": 3}
_NAN = float("nan")

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
        for key, indices in found.items():
            indices[name] = known.get(key, 0 if name in _COUNTS else None)
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


def _number(value: Any) -> float:
    return _NAN if value is None or isinstance(value, NotAssessable) else float(value)


def _site_frame(charts: Mapping[str, Sequence[Tooth]]) -> pd.DataFrame:
    """One row per site: exam, tooth, status, site, and the measures as floats."""
    each = [(key, tooth) for key, teeth in charts.items() for tooth in teeth]
    columns: dict[str, list[Any]] = {
        "exam": [key for key, _ in each for _ in range(6)],
        "tooth": [tooth.number for _, tooth in each for _ in range(6)],
        "status": [tooth.status.value for _, tooth in each for _ in range(6)],
        "site": [site for _ in each for site in range(6)],
        "depth": [_number(value) for _, tooth in each for value in tooth.probing_depth],
        "margin": [_number(value) for _, tooth in each for value in tooth.gingival_margin],
        "stored": [_number(value) for _, tooth in each for value in tooth.attachment_level],
        "stored_refused": [isinstance(v, NotAssessable) for _, tooth in each for v in tooth.attachment_level],
        "refused": [isinstance(value, NotAssessable) for _, tooth in each for value in tooth.probing_depth],
    }
    for mark in _MARKS.values():
        columns[mark] = [_number(value) for _, tooth in each for value in getattr(tooth, mark)]
    return pd.DataFrame(columns)


def _tooth_frame(charts: Mapping[str, Sequence[Tooth]]) -> pd.DataFrame:
    """One row per tooth: exam, tooth, status, worst furcation grade, mobility class, narrowest width."""
    rows = [
        {
            "exam": key,
            "status": tooth.status.value,
            "furcation": max((g for g in tooth.furcation.values() if isinstance(g, int)), default=0),
            "mobility": _mobility(tooth.mobility),
            "keratinized": min(
                (w for w in map(_number, tooth.keratinized_width.values()) if w == w), default=_NAN
            ),
        }
        for key, teeth in charts.items()
        for tooth in teeth
    ]
    return pd.DataFrame(rows)


def _site_indices(sites: pd.DataFrame) -> dict[str, pd.Series]:
    standing = sites[sites["status"].isin(["PRESENT", "IMPLANT"])]
    natural = sites[sites["status"] == "PRESENT"]
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
    for limit in (4, 5, 6, 7):
        found[f"sites_pd_{limit}_plus"] = examined[examined["depth"] >= limit].groupby("exam").size()
    for limit in (3, 5):
        found[f"sites_cal_{limit}_plus"] = losses[losses["loss"] >= limit].groupby("exam").size()
    for name, mark in _MARKS.items():
        found[name] = _share(examined, mark)
    return found


def _tooth_indices(teeth: pd.DataFrame) -> dict[str, pd.Series]:
    found = {
        name: teeth[teeth["status"] == status].groupby("exam").size()
        for name, status in (
            ("teeth_present", "PRESENT"),
            ("teeth_missing", "MISSING"),
            ("implants_present", "IMPLANT"),
        )
    }
    for grade in (1, 2, 3, 4):
        found[f"furcation_teeth_{grade}"] = teeth[teeth["furcation"] == grade].groupby("exam").size()
    for grade in (1, 2, 3):
        found[f"mobility_teeth_{grade}"] = teeth[teeth["mobility"] == grade].groupby("exam").size()
    found["min_keratinized"] = teeth.groupby("exam")["keratinized"].min()
    return found


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
