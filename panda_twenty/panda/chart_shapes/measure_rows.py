"""One row per exam, tooth and kind of measure with six value columns, as Open Dental stores charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from panda_twenty.panda.chart import SITE_MARKS, SITE_MEASURES, Tooth
from panda_twenty.panda.chart_shapes.drafts import Drafts
from panda_twenty.panda.chart_shapes.readings import Findings, Memo, Readings, source_text
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import MeasureRows

Row = Sequence[Any]


def measure_rows_decoder(
    chart: MeasureRows, places: Mapping[str, int]
) -> Callable[[Sequence[Row]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]:
    """Decodes rows of (exam, tooth, measure)."""
    readings = Readings(chart)
    site_bits = readings.site_bits(chart.mark_bits)
    tooth_place, measure_place = places[chart.tooth], places[chart.measure]
    tooth_value = None if chart.tooth_value is None else places[chart.tooth_value]
    pick = itemgetter(*(places[chart.values[place]] for place in readings.site_order))

    def six(row: Row, memo: Memo, number: str, findings: Findings) -> tuple[Any, ...]:
        return findings.settled_six((memo[raw] for raw in pick(row)), number)

    def put(drafts: Drafts, number: str, measure: str, row: Row) -> None:
        findings = drafts.findings
        if measure in SITE_MEASURES:
            drafts.six(number, measure)[:] = six(row, readings.measures[measure], number, findings)
        elif measure in SITE_MARKS:
            drafts.six(number, measure)[:] = six(row, readings.mark, number, findings)
        elif measure == "site_marks":
            for site, marks in enumerate(six(row, site_bits, number, findings)):
                for mark, value in (marks or {}).items():
                    drafts.six(number, mark)[site] = value
        elif measure == "furcation":
            drafts.furcations(number, six(row, readings.furcation, number, findings))
        elif measure in ("mucogingival_junction", "keratinized_width"):
            drafts.aspects(number, measure, six(row, readings.measures[measure], number, findings))
        elif tooth_value is not None:
            memo: Memo = readings.mobility if measure == "mobility" else readings.status
            drafts.put(number, measure, findings.settled(memo[row[tooth_value]], number))

    def decode(rows: Sequence[Row]) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        findings = Findings()
        drafts = Drafts(findings)
        seen: set[tuple[str, str]] = set()
        for row in rows:
            number = findings.settled(readings.tooth[row[tooth_place]], "")
            if number is None:
                continue
            drafts.tooth(number, source_text(row[tooth_place]))
            measure = chart.measure_codes.get(source_text(row[measure_place]))
            if measure is None:
                findings.add(
                    number,
                    "unknown_measure",
                    "The source profile does not say what a row measures. Add its code to measure_codes.",
                )
            elif (number, measure) in seen:
                drafts.conflict(number, measure)
            else:
                seen.add((number, measure))
                put(drafts, number, measure, row)
        return drafts.finished()

    return decode
