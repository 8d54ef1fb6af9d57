"""Recognises how a practice stores its charts, from column names and sampled values.

Seven shapes are known (panda/profile/chart.py): rows per tooth, per tooth and measure, per tooth and site,
per tooth and aspect, one wide row per exam, packed strings, and packed strings per measure. The answer is the
chart section of a source profile, without the conventions, which are tested separately.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.mapping.proposal.chart_names import (
    SITE_SPELLINGS,
    SixColumns,
    site_measure,
    six_groups,
    tooth_level,
)
from panda_twenty.mapping.proposal.chart_sides import aspect_rows
from panda_twenty.mapping.proposal.chart_strings import packed_by_exam, packed_by_measure, packed_by_tooth
from panda_twenty.mapping.proposal.recognised_chart import (
    FEWEST_TEETH,
    RecognisedChart,
    labels_of,
    measure_codes,
    shown_level,
    tooth_level_columns,
)
from panda_twenty.mapping.proposal.wide_charts import wide_chart
from panda_twenty.panda.chart import SITE_MARKS, SITE_MEASURES, SITES
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts
from panda_twenty.panda.discovery.names import shared_prefix, without_prefix, words_of

OPEN_DENTAL_SEQUENCE: Mapping[str, str] = {
    "0": "mobility",
    "1": "furcation",
    "2": "gingival_margin",
    "3": "mucogingival_junction",
    "4": "probing_depth",
    "5": "status",
    "6": "site_marks",
    "7": "attachment_level",
}
"""Open Dental's SequenceType (its public database documentation)."""


def recognise_charts(discovery: Discovery) -> list[RecognisedChart]:
    """Every table that looks like a chart, the plainest first."""
    found = []
    for table in discovery.tables.values():
        if table.set_aside or not table.rows:
            continue
        chart = (
            wide_chart(table)
            or _rows(discovery, table)
            or packed_by_exam(discovery, table)
            or packed_by_measure(discovery, table)
        )
        if chart is not None:
            found.append(chart)
    return sorted(found, key=lambda each: -each.score)


def _rows(discovery: Discovery, table: TableFacts) -> RecognisedChart | None:
    tooth = _tooth_column(table)
    if tooth is None:
        return None
    prefix = shared_prefix(list(table.columns))
    others = [column for column in table if column.name != tooth.name]
    spelled = {without_prefix(column.name, prefix): column.name for column in others}
    groups = [
        SixColumns(group.stem, tuple(spelled[each] for each in group.columns), group.sites)
        for group in six_groups(list(spelled))
    ]
    measure_column = _measure_type(table, others, groups)
    if measure_column is not None:
        return _measure_rows(discovery, table, tooth, measure_column, groups, others)
    named = _named_groups(table, groups)
    if named and any(measure in SITE_MEASURES for measure, _ in named):
        return _tooth_rows(table, tooth, named, spelled)
    return (
        packed_by_tooth(discovery, table, tooth, spelled)
        or aspect_rows(discovery, table, tooth, spelled)
        or _site_rows(discovery, table, tooth, spelled)
    )


def _tooth_column(table: TableFacts) -> ColumnFacts | None:
    """The column with tooth numbers of a table that has many rows per exam."""
    best: tuple[float, ColumnFacts] | None = None
    for column in table:
        words = set(words_of(column.name))
        named = bool(words & {"tooth"})
        if column.broad not in ("integer", "number", "text") or column.filled < 0.9 * column.sampled:
            continue
        if column.share("tooth") < 0.85 or column.distinct < FEWEST_TEETH or column.distinct > 60:
            continue
        spread = column.distinct >= 16 and (column.highest or 0) >= 20
        score = (
            (1.0 if named else 0.0) + (0.4 if spread else 0.0) + (0.3 if column.name in table.key else 0.0)
        )
        if score >= 0.4 and (best is None or score > best[0]):
            best = (score, column)
    return None if best is None else best[1]


def _measure_type(
    table: TableFacts, others: Sequence[ColumnFacts], groups: Sequence[SixColumns]
) -> ColumnFacts | None:
    """The column that says what a row measures, where one group of value columns serves all measures."""
    sixes = [group for group in groups if site_measure(group.stem) is None]
    if len(groups) > 2 or not sixes:
        return None
    for column in others:
        words = set(words_of(column.name))
        if (
            column.codes
            and 2 <= column.distinct <= 12
            and column.name not in sixes[0].columns
            and (
                words & {"type", "measure", "measurement", "kind", "order", "sequence", "code", "category"}
                or any(site_measure(code) for code in column.codes)
            )
        ):
            return column
    return None


def _named_groups(table: TableFacts, groups: Sequence[SixColumns]) -> list[tuple[str, SixColumns]]:
    """Groups whose measure is known, by name, else by values: depths are small, positive and vary."""
    found: list[tuple[str, SixColumns]] = []
    unknown = []
    for group in groups:
        measure = site_measure(group.stem)
        if measure is not None and all(measure != other for other, _ in found):
            found.append((measure, group))
        else:
            unknown.append(group)
    if all(measure != "probing_depth" for measure, _ in found):
        for group in unknown:
            facts = [table.columns[column] for column in group.columns]
            if all(
                (each.lowest or 0) >= -1 and 5 <= (each.highest or 0) <= 99 and each.distinct >= 4
                for each in facts
            ):
                found.append(("probing_depth", group))
                break
    return found


def _site_order(groups: Sequence[SixColumns]) -> tuple[list[str], bool]:
    sited = [group for group in groups if group.sites is not None]
    return list(SITES), len(sited) == len(groups)


def _tooth_rows(
    table: TableFacts, tooth: ColumnFacts, named: Sequence[tuple[str, SixColumns]], spelled: Mapping[str, str]
) -> RecognisedChart:
    order, known = _site_order([group for _, group in named])
    measures = {measure: list(group.columns) for measure, group in named if measure in SITE_MEASURES}
    marks: dict[str, Any] = {
        measure: list(group.columns) for measure, group in named if measure in SITE_MARKS
    }
    used = {column for _, group in named for column in group.columns} | {tooth.name}
    rest = {short: column for short, column in spelled.items() if column not in used}
    for short, column in rest.items():
        measure = site_measure(short)
        facts = table.columns[column]
        if (
            measure in SITE_MARKS
            and measure not in marks
            and facts.share("integer") > 0.9
            and (facts.highest or 0) <= 63
        ):
            marks[measure] = column
            used.add(column)
    level = tooth_level_columns([short for short, column in rest.items() if column not in used], rest)
    section: dict[str, Any] = {
        "shape": "tooth_rows",
        "tooth": tooth.name,
        "site_order": order,
        "measures": measures,
    }
    if marks:
        section["marks"] = marks
    if any(isinstance(each, str) for each in marks.values()):
        section["mark_bits"] = [1, 2, 4, 8, 16, 32]
    if level:
        section["tooth_level"] = level
    shown = {
        name: ", ".join(each) if isinstance(each, list) else each
        for name, each in {**measures, **marks}.items()
    }
    return RecognisedChart(
        table.name,
        0.95,
        section,
        (f"one row per exam and tooth ({tooth.name}), six columns per measure",),
        known,
        {"tooth": tooth.name, **shown, **shown_level(level)},
    )


def _measure_rows(
    discovery: Discovery,
    table: TableFacts,
    tooth: ColumnFacts,
    measure: ColumnFacts,
    groups: Sequence[SixColumns],
    others: Sequence[ColumnFacts],
) -> RecognisedChart | None:
    group = next(each for each in groups if site_measure(each.stem) is None)
    codes = _measure_codes(discovery, table.name, measure)
    if "probing_depth" not in codes.values():
        return None
    value = next(
        (
            column
            for column in others
            if column.name not in group.columns
            and {"value"} <= set(words_of(column.name))
            and column.broad in ("integer", "number", "text")
        ),
        None,
    )
    section: dict[str, Any] = {
        "shape": "measure_rows",
        "tooth": tooth.name,
        "measure": measure.name,
        "measure_codes": codes,
        "values": list(group.columns),
        "site_order": list(SITES),
    }
    if value is not None:
        section["tooth_value"] = value.name
    else:
        section["measure_codes"] = {
            code: each for code, each in codes.items() if each not in ("mobility", "status")
        }
    if "site_marks" in codes.values():
        section["mark_bits"] = {"bleeding": 1, "suppuration": 2, "plaque": 4, "calculus": 8}
    if codes == OPEN_DENTAL_SEQUENCE:
        section["status_codes"] = {"1": "MISSING", "0": "PRESENT"}
    return RecognisedChart(
        table.name,
        0.95,
        section,
        (f"one row per exam, tooth ({tooth.name}) and kind of measure ({measure.name})",),
        group.sites is not None,
        {"tooth": tooth.name, **{each: ", ".join(group.columns) for each in codes.values()}},
    )


def _measure_codes(discovery: Discovery, table: str, column: ColumnFacts) -> dict[str, str]:
    """What each code of the measure column stands for: its own words, a look-up table's, or Open Dental's."""
    found = measure_codes(discovery, table, column)
    if not found and set(column.codes) <= set(OPEN_DENTAL_SEQUENCE):
        return dict(OPEN_DENTAL_SEQUENCE)
    return found


def _site_rows(
    discovery: Discovery, table: TableFacts, tooth: ColumnFacts, spelled: Mapping[str, str]
) -> RecognisedChart | None:
    site = next(
        (
            column
            for column in table
            if column.name != tooth.name
            and 4 <= column.distinct <= 6
            and column.codes
            and (
                column.share("site_word") > 0.9
                or set(words_of(column.name)) & {"site", "position", "surface", "point", "location"}
            )
        ),
        None,
    )
    if site is None:
        return None
    codes, known = _site_codes(discovery, table.name, site)
    if len(set(codes.values())) < 4:
        return None
    measures: dict[str, str] = {}
    marks: dict[str, str] = {}
    rest = {}
    furcation = None
    for short, column in spelled.items():
        measure = site_measure(short)
        if column == site.name:
            continue
        if (
            measure in SITE_MEASURES
            and measure not in measures
            and table.columns[column].broad in ("integer", "number", "text")
        ):
            measures[measure] = column
        elif measure in SITE_MARKS and measure not in marks:
            marks[measure] = column
        elif tooth_level(short) == "furcation" and furcation is None:
            furcation = column
        else:
            rest[short] = column
    if "probing_depth" not in measures:
        return None
    level = tooth_level_columns(list(rest), rest)
    section: dict[str, Any] = {
        "shape": "site_rows",
        "tooth": tooth.name,
        "site": site.name,
        "site_codes": codes,
        "measures": measures,
    }
    if marks:
        section["marks"] = marks
    if furcation is not None:
        section["furcation"] = furcation
    if level:
        section["tooth_level"] = level
    return RecognisedChart(
        table.name,
        0.95,
        section,
        (f"one row per exam, tooth ({tooth.name}) and site ({site.name})",),
        known,
        {
            "tooth": tooth.name,
            "site": site.name,
            **measures,
            **marks,
            **({"furcation": furcation} if furcation else {}),
            **shown_level(level),
        },
    )


def _site_codes(discovery: Discovery, table: str, site: ColumnFacts) -> tuple[dict[str, str], bool]:
    labels = labels_of(discovery, table, site)
    codes: dict[str, str] = {}
    for code in site.codes:
        for text in (labels.get(code, ""), code):
            canonical = SITE_SPELLINGS.get(re.sub(r"[^a-z]", "", text.lower()))
            if canonical is not None:
                codes[code] = canonical
                break
    if codes:
        return codes, True
    numbers = sorted((code for code in site.codes if code.isdigit()), key=int)
    if len(numbers) == 6:
        return dict(zip(numbers, SITES, strict=True)), False
    return {}, False
