"""One row per exam, tooth and site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import SITES, Tooth
from panda_twenty.panda.chart_shapes.drafts import Drafts
from panda_twenty.panda.chart_shapes.readings import Findings, Readings, source_text
from panda_twenty.panda.chart_shapes.tooth_rows import tooth_level_parts
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import SiteRows
from panda_twenty.panda.values import code_table

Row = Sequence[Any]


def site_rows_decoder(
    chart: SiteRows, places: Mapping[str, int]
) -> Callable[[Sequence[Row]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]:
    """Decodes rows of (exam, tooth, site)."""
    readings = Readings(chart)
    tooth_place, site_place = places[chart.tooth], places[chart.site]
    site_of = code_table({code: SITES.index(site) for code, site in chart.site_codes.items()})
    cells = [
        *((name, readings.measures[name], places[column]) for name, column in chart.measures.items()),
        *((name, readings.mark, places[column]) for name, column in chart.marks.items()),
    ]
    furcation = None if chart.furcation is None else places[chart.furcation]
    tooth_level = tooth_level_parts(chart.tooth_level, readings, places)

    def decode(rows: Sequence[Row]) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        findings = Findings()
        drafts = Drafts(findings)
        grades: dict[str, list[Any]] = {}
        seen: set[tuple[str, int]] = set()
        for row in rows:
            number = findings.settled(readings.tooth[row[tooth_place]], "")
            if number is None:
                continue
            drafts.tooth(number, source_text(row[tooth_place]))
            for name, part in tooth_level.items():
                drafts.put(number, name, part(row, number, findings) or None)
            site = _site(site_of, row[site_place])
            if site is None:
                findings.add(
                    number,
                    "unknown_site",
                    "The source profile does not say which site a row is about. Add its code to site_codes.",
                )
            elif (number, site) in seen:
                drafts.conflict(number, f"site {SITES[site]}")
            else:
                seen.add((number, site))
                for name, memo, place in cells:
                    value = findings.settled(memo[row[place]], number, SITES[site])
                    drafts.six(number, name)[site] = value
                if furcation is not None:
                    grade = findings.settled(readings.furcation[row[furcation]], number, SITES[site])
                    grades.setdefault(number, [None] * 6)[site] = grade
        for number, six in grades.items():
            drafts.furcations(number, six)
        return drafts.finished()

    return decode


def _site(site_of: Mapping[str, int], raw: Any) -> int | None:
    text = source_text(raw)
    return site_of.get(text, site_of.get(text.casefold()))
