"""A perio chart as it is drawn, from either end: the source's teeth, or the rows that Twenty holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.mapping.specification import Route
from panda_twenty.panda.chart import NotAssessable, Tooth
from panda_twenty.verification.chart_comparators import read_chart_row

SITES = 6
SITES_OF_ASPECT = {"facial": (0, 1, 2), "lingual": (3, 4, 5)}
MEASURES = ("probing_depth", "gingival_margin", "bleeding", "suppuration")

Cell = float | bool | str | None
"""Millimetres, a mark, ``x`` for not assessable, or None for not recorded."""


@dataclass(frozen=True)
class ChartedTooth:
    """One tooth as it is drawn. Site lists have six cells: facial, then lingual."""

    number: str
    status: str = "PRESENT"
    probing_depth: Sequence[Cell] = (None,) * SITES
    gingival_margin: Sequence[Cell] = (None,) * SITES
    bleeding: Sequence[Cell] = (None,) * SITES
    suppuration: Sequence[Cell] = (None,) * SITES
    mobility: str | None = None
    furcation: Mapping[str, Any] = field(default_factory=dict)


Chart = Mapping[str, ChartedTooth]
"""Teeth by Universal number."""


def chart_of_source(teeth: Sequence[Tooth]) -> Chart:
    return {
        tooth.number: ChartedTooth(
            tooth.number,
            tooth.status.value,
            **{name: tuple(map(_cell, getattr(tooth, name))) for name in MEASURES},
            mobility=tooth.mobility or None,
            furcation={place: _cell(grade) for place, grade in tooth.furcation.items() if grade is not None},
        )
        for tooth in teeth
    }


def chart_of_twenty(route: Route, record: Mapping[str, Any]) -> Chart:
    """The chart that a record of Twenty holds; a row that is no chart row leaves its sites empty."""
    cells: dict[str, dict[str, list[Cell]]] = {}
    findings: Mapping[str, Mapping[str, Any]] = {}
    for line in route.lines:
        value = record.get(line.column)
        options = line.options_of_transform
        if line.transform == "findings_json" and isinstance(value, list):
            findings = {str(each.get("tooth")): each for each in value if isinstance(each, dict)}
        elif line.transform == "chart_row" and options["measure"] in MEASURES:
            for number, sites in _sites(value).items():
                row = cells.setdefault(number, {name: [None] * SITES for name in MEASURES})
                first = SITES_OF_ASPECT[options["aspect"]][0]
                row[options["measure"]][first : first + 3] = sites
    return {
        number: ChartedTooth(
            number,
            str(findings.get(number, {}).get("status", "PRESENT")),
            **{name: tuple(row) for name, row in cells.get(number, {}).items()},
            mobility=findings.get(number, {}).get("mobility") or None,
            furcation={
                place: _number(grade)
                for place, grade in (findings.get(number, {}).get("furcation") or {}).items()
            },
        )
        for number in dict.fromkeys([*cells, *findings])
    }


def _sites(value: Any) -> dict[str, list[Cell]]:
    try:
        return read_chart_row(value)
    except (ValueError, AttributeError):
        return {}


def _cell(value: Any) -> Cell:
    if isinstance(value, NotAssessable):
        return "x"
    return value if value is None or isinstance(value, bool) else float(value)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def differing_sites(one: Chart, other: Chart) -> frozenset[tuple[str, int]]:
    """Tooth and site wherever the charts are not drawn alike; a tooth's own marks count for all its sites."""
    found: set[tuple[str, int]] = set()
    for number in {*one, *other}:
        left, right = one.get(number, ChartedTooth(number)), other.get(number, ChartedTooth(number))
        if (left.status, left.mobility, dict(left.furcation)) != (
            right.status,
            right.mobility,
            dict(right.furcation),
        ):
            found |= {(number, site) for site in range(SITES)}
        for name in MEASURES:
            found |= {
                (number, site)
                for site in range(SITES)
                if getattr(left, name)[site] != getattr(right, name)[site]
            }
    return frozenset(found)
