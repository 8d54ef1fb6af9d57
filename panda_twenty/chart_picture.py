"""A practice's conventions as the picture is drawn from: the six sites of a tooth, the sign of the margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panda_twenty.panda.chart import SITES
from panda_twenty.panda.tooth_notation import from_universal

EXAMPLE_TOOTH = "3"
"""The upper right first molar, a Universal number: distal lies to the left, as on a chart."""

_FACIAL_FIRST = {site: place for place, site in enumerate(SITES)}
_SITE_NAMES = {
    "DB": "distal, facial",
    "B": "middle, facial",
    "MB": "mesial, facial",
    "DL": "distal, lingual",
    "L": "middle, lingual",
    "ML": "mesial, lingual",
}


@dataclass(frozen=True)
class SitePlace:
    """One site of the example tooth: column 0-2 from distal to mesial, row 0 facial and 1 lingual."""

    site: str
    name: str
    column: int
    row: int
    number: int | None
    """Its place in the practice's order, from 1; None where the source names each site."""
    theirs: str
    """What the practice's database calls it."""


@dataclass(frozen=True)
class ChartPicture:
    """What is drawn of a chart's conventions."""

    tooth: str
    """The example tooth as the practice writes it."""
    notation: str
    sites: tuple[SitePlace, ...]
    has_margin: bool
    recession: str
    """How the practice stores a margin 2 mm below the cemento-enamel junction."""
    overgrowth: str
    """How it stores a margin 2 mm above it."""


def chart_picture(chart: Mapping[str, Any]) -> ChartPicture:
    """The picture of a profile's chart section; ``chart`` is that section as plain data."""
    notation = chart.get("notation", "universal")
    order = _order(chart)
    names = _source_names(chart, order)
    is_positive = chart.get("gingival_margin_sign", "recession_positive") == "recession_positive"
    offset = chart.get("negative_offset")
    negative = str(int(offset) + 2) if offset else "−2"
    return ChartPicture(
        tooth=from_universal(EXAMPLE_TOOTH, notation),
        notation=notation,
        sites=tuple(
            SitePlace(
                site,
                _SITE_NAMES[site],
                place % 3,
                place // 3,
                order.index(site) + 1 if chart.get("shape") != "site_rows" else None,
                names.get(site, ""),
            )
            for site, place in _FACIAL_FIRST.items()
        ),
        has_margin=_has_margin(chart),
        recession="2" if is_positive else negative,
        overgrowth=negative if is_positive else "2",
    )


_BY_DIRECTION = ("packed", "packed_rows", "aspect_rows")
"""Shapes that say in which direction the sites of a side run, instead of an order of six."""


def _order(chart: Mapping[str, Any]) -> Sequence[str]:
    """The sites of the example tooth as the practice runs through them."""
    if chart.get("shape") not in _BY_DIRECTION:
        return tuple(chart.get("site_order") or SITES)
    direction = (chart.get("directions") or {}).get("upper_right", "distal_to_mesial")
    triplets = (SITES[:3], SITES[3:])
    if direction == "mesial_to_distal":
        triplets = (tuple(reversed(SITES[:3])), tuple(reversed(SITES[3:])))
    return (*triplets[0], *triplets[1])


def _source_names(chart: Mapping[str, Any], order: Sequence[str]) -> Mapping[str, str]:
    shape = chart.get("shape")
    if shape == "site_rows":
        return {site: code for code, site in (chart.get("site_codes") or {}).items()}
    if shape == "aspect_rows":
        first_measure = next(iter((chart.get("measures") or {}).values()), ())
        codes = {aspect: code for code, aspect in (chart.get("aspect_codes") or {}).items()}
        sides = (codes.get("facial", ""), codes.get("lingual", ""))
        written = [f"{column} ({side})" for side in sides for column in first_measure]
        return dict(zip(order, written, strict=False))
    if shape == "measure_rows":
        return dict(zip(order, chart.get("values") or (), strict=False))
    measures = chart.get("measures") or {}
    first = measures.get("probing_depth") or next(iter(measures.values()), None)
    if shape == "tooth_rows" and isinstance(first, Sequence) and not isinstance(first, str):
        return dict(zip(order, first, strict=False))
    if shape == "wide" and isinstance(first, str):
        tooth = from_universal(EXAMPLE_TOOTH, chart.get("notation", "universal"))
        pattern = first.replace("{tooth}", tooth.zfill(int(chart.get("tooth_digits", 1))))
        names = chart.get("site_names") or SITES
        return {site: pattern.replace("{site}", str(name)) for site, name in zip(order, names, strict=False)}
    return {}


def _has_margin(chart: Mapping[str, Any]) -> bool:
    kinds = (chart.get("measure_codes") or {}).values()
    return "gingival_margin" in (chart.get("measures") or {}) or "gingival_margin" in kinds
