"""One row per exam, tooth and aspect: the facial or the lingual three sites side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import Tooth
from panda_twenty.panda.chart_shapes.drafts import Drafts
from panda_twenty.panda.chart_shapes.readings import Findings, Readings, source_text
from panda_twenty.panda.chart_shapes.sides import sites_of
from panda_twenty.panda.chart_shapes.tooth_rows import tooth_level_parts
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import AspectRows
from panda_twenty.panda.values import code_table

Row = Sequence[Any]


def aspect_rows_decoder(
    chart: AspectRows, places: Mapping[str, int]
) -> Callable[[Sequence[Row]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]:
    """Decodes rows of (exam, tooth, aspect)."""
    readings = Readings(chart)
    tooth_place, aspect_place = places[chart.tooth], places[chart.aspect]
    aspects = code_table(chart.aspect_codes)
    cells = [
        *((name, readings.measures[name], three) for name, three in chart.measures.items()),
        *((name, readings.mark, three) for name, three in chart.marks.items()),
    ]
    tooth_level = tooth_level_parts(chart.tooth_level, readings, places)

    def decode(rows: Sequence[Row]) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        findings = Findings()
        drafts = Drafts(findings)
        seen: set[tuple[str, str]] = set()
        for row in rows:
            number = findings.settled(readings.tooth[row[tooth_place]], "")
            if number is None:
                continue
            drafts.tooth(number, source_text(row[tooth_place]))
            for name, part in tooth_level.items():
                drafts.put(number, name, part(row, number, findings) or None)
            raw = source_text(row[aspect_place])
            aspect = aspects.get(raw, aspects.get(raw.casefold()))
            if aspect is None:
                findings.add(
                    number,
                    "unknown_aspect",
                    "The source profile does not say which side a row is about. Add its code to"
                    " aspect_codes.",
                )
            elif (number, aspect) in seen:
                drafts.conflict(number, f"{aspect} side")
            else:
                seen.add((number, aspect))
                sites = sites_of(aspect, number, chart.directions)
                for name, memo, columns in cells:
                    six = drafts.six(number, name)
                    for site, column in zip(sites, columns, strict=True):
                        six[site] = findings.settled(memo[row[places[column]]], number)
        return drafts.finished()

    return decode
