"""Exam indices worked out a second time, from the source's teeth, as tables.

The transforms walk tooth by tooth; this counts columns of a pandas frame with one row per site. Two ways to
the same numbers, so that a slip in one of them shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

from panda_twenty.panda.chart import NotAssessable, Tooth

_MARKS = ("bleeding", "suppuration", "plaque", "calculus")
_PERCENTAGES = {"bop_pct": "bleeding", "suppuration_pct": "suppuration", "plaque_pct": "plaque"}
_PERCENTAGES["calculus_pct"] = "calculus"
_ROMAN = {"I": 1.0, "II": 2.0, "III": 3.0}


def expected_indices(charts: Mapping[str, Sequence[Tooth]]) -> dict[str, dict[str, float | None]]:
    """Every index of every exam, by exam key and index name."""
    return {key: _indices(_site_frame(teeth), teeth) for key, teeth in charts.items() if teeth}


def _number(value: Any) -> float:
    return float("nan") if value is None or isinstance(value, NotAssessable) else float(value)


def _site_frame(teeth: Sequence[Tooth]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        "tooth": [tooth.number for tooth in teeth for _ in range(6)],
        "status": [tooth.status.value for tooth in teeth for _ in range(6)],
        "site": [site for _ in teeth for site in range(6)],
        "depth": [_number(value) for tooth in teeth for value in tooth.probing_depth],
        "margin": [_number(value) for tooth in teeth for value in tooth.gingival_margin],
        "stored": [_number(value) for tooth in teeth for value in tooth.attachment_level],
        "stored_refused": [isinstance(v, NotAssessable) for tooth in teeth for v in tooth.attachment_level],
        "refused": [isinstance(value, NotAssessable) for tooth in teeth for value in tooth.probing_depth],
    }
    for mark in _MARKS:
        columns[mark] = [_number(value) for tooth in teeth for value in getattr(tooth, mark)]
    return pd.DataFrame(columns)


def _indices(sites: pd.DataFrame, teeth: Sequence[Tooth]) -> dict[str, float | None]:
    standing = sites[sites["status"].isin(["PRESENT", "IMPLANT"])]
    natural = sites[sites["status"] == "PRESENT"]
    depth = standing["depth"].dropna()
    worked_out = natural["depth"] + natural["margin"]
    loss = natural["stored"].where(natural["stored"].notna() | natural["stored_refused"], worked_out)
    interdental = loss[natural["site"].isin([0, 2, 3, 5])].dropna()
    loss = loss.dropna()
    recession = natural["margin"][natural["margin"] > 0]
    found: dict[str, float | None] = {
        "teeth_present": _teeth(sites, "PRESENT"),
        "teeth_missing": _teeth(sites, "MISSING"),
        "implants_present": _teeth(sites, "IMPLANT"),
        "sites_examined": len(depth),
        "sites_not_assessable": int(sites["refused"].sum()),
        "mean_pd": _mean(depth),
        "max_pd": _max(depth),
        **{f"sites_pd_{limit}_plus": int((depth >= limit).sum()) for limit in (4, 5, 6, 7)},
        "teeth_pd_5_plus": int(standing.loc[standing["depth"] >= 5, "tooth"].nunique()),
        "mean_cal": _mean(loss),
        "max_cal": _max(loss),
        "max_interdental_cal": _max(interdental),
        **{f"sites_cal_{limit}_plus": int((loss >= limit).sum()) for limit in (3, 5)},
        "mean_recession": _mean(recession),
        "max_recession": _max(recession),
    }
    examined = standing[standing["depth"].notna()]
    for name, mark in _PERCENTAGES.items():
        recorded = examined[mark].notna().any()
        found[name] = _half_up(100 * (examined[mark] == 1).sum() / len(examined), 1) if recorded else None
    worst = [max((g for g in tooth.furcation.values() if isinstance(g, int)), default=0) for tooth in teeth]
    mobility = [_mobility(tooth.mobility) for tooth in teeth]
    found |= {f"furcation_teeth_{grade}": worst.count(grade) for grade in (1, 2, 3, 4)}
    found |= {f"mobility_teeth_{grade}": mobility.count(grade) for grade in (1, 2, 3)}
    widths = [_number(width) for tooth in teeth for width in tooth.keratinized_width.values()]
    found["min_keratinized"] = _min(widths)
    return found


def _teeth(sites: pd.DataFrame, status: str) -> int:
    return int(sites.loc[sites["status"] == status, "tooth"].nunique())


def _mobility(grade: str | None) -> int:
    """Whole Miller class of a grade such as 2, 2+, 2.5 or II; 0 for none."""
    if not grade:
        return 0
    bare = grade.strip().rstrip("+")
    if grade.strip() == "+" or bare.endswith("-"):
        return 0
    return int(_ROMAN.get(bare, float(bare) if bare.replace(".", "", 1).isdigit() else 0.0))


def _half_up(value: float, places: int) -> float:
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _mean(values: pd.Series) -> float | None:
    return _half_up(values.sum() / len(values), 2) if len(values) else None


def _max(values: pd.Series) -> float | None:
    return float(values.max()) if len(values) else None


def _min(values: Sequence[float]) -> float | None:
    known = [value for value in values if not np.isnan(value)]
    return min(known, default=None)
