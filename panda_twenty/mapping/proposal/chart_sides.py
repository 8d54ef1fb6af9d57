"""Recognises charts with one row per tooth and aspect: three columns per measure, twice for each tooth."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.mapping.proposal.chart_names import ASPECT_SPELLINGS, site_measure
from panda_twenty.mapping.proposal.recognised_chart import (
    RecognisedChart,
    labels_of,
    shown_level,
    tooth_level_columns,
)
from panda_twenty.panda.chart import SITE_MARKS, SITE_MEASURES
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts

_ASPECTS: Mapping[str, str] = {
    **ASPECT_SPELLINGS,
    **dict.fromkeys(("vestibular", "vest", "labial", "outer", "outside", "cheek"), "facial"),
    **dict.fromkeys(("o", "oral", "inner", "inside", "tongue"), "lingual"),
}
"""How the codes of a column that tells the two aspects of a tooth apart spell them, in lower case."""

_PLACES: Mapping[str, int] = {
    **{str(place): place for place in (1, 2, 3)},
    **dict.fromkeys(("d", "dist", "distal"), 1),
    **dict.fromkeys(("c", "mid", "middle", "center", "centre", "central"), 2),
    **dict.fromkeys(("m", "mes", "mesial"), 3),
}
"""What a column name ends in to say which of the three sites of an aspect it is, from distal to mesial."""


def aspect_rows(
    discovery: Discovery, table: TableFacts, tooth: ColumnFacts, spelled: Mapping[str, str]
) -> RecognisedChart | None:
    """The chart of a table whose rows are the facial or the lingual side of a tooth."""
    threes = _groups_of_three(list(spelled))
    named = _by_measure(table, threes, spelled)
    if "probing_depth" not in named:
        return None
    aspect, codes = _aspect_column(discovery, table, tooth)
    if aspect is None:
        return None
    measures = {name: list(three) for name, three in named.items() if name in SITE_MEASURES}
    marks = {name: list(three) for name, three in named.items() if name in SITE_MARKS}
    used = {column for three in named.values() for column in three} | {aspect.name, tooth.name}
    level = tooth_level_columns([short for short, column in spelled.items() if column not in used], spelled)
    section: dict[str, Any] = {
        "shape": "aspect_rows",
        "tooth": tooth.name,
        "aspect": aspect.name,
        "aspect_codes": codes,
        "measures": measures,
    }
    if marks:
        section["marks"] = marks
    if level:
        section["tooth_level"] = level
    return RecognisedChart(
        table.name,
        0.95,
        section,
        (f"one row per exam, tooth ({tooth.name}) and side ({aspect.name}), three columns per measure",),
        False,
        {
            "tooth": tooth.name,
            "aspect": aspect.name,
            **{name: ", ".join(three) for name, three in named.items()},
            **shown_level(level),
        },
    )


def _groups_of_three(names: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Three names of one stem each, in their order from distal to mesial or by number."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for name in names:
        match = re.fullmatch(r"(.*?[A-Za-z])[_ ]?0?([123])", name) or re.fullmatch(
            r"(?i)(.*?)_(dist|distal|d|mid|middle|centre|center|central|c|mes|mesial|m)", name
        )
        if match:
            found[match[1]].setdefault(_PLACES[match[2].lower()], name)
    return {
        stem: (by_place[1], by_place[2], by_place[3])
        for stem, by_place in found.items()
        if len(by_place) == 3
    }


def _by_measure(
    table: TableFacts, threes: Mapping[str, Sequence[str]], spelled: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """The groups whose stem names a measure or a mark, by that; columns as the table calls them."""
    found: dict[str, tuple[str, ...]] = {}
    for stem, three in threes.items():
        measure = site_measure(stem)
        columns = tuple(spelled[name] for name in three)
        if measure is not None and all(
            table.columns[column].broad in ("integer", "number", "text", "boolean") for column in columns
        ):
            found.setdefault(measure, columns)
    return found


def _aspect_column(
    discovery: Discovery, table: TableFacts, tooth: ColumnFacts
) -> tuple[ColumnFacts | None, dict[str, str]]:
    """The column whose two codes are the facial and the lingual side, and what each of them is."""
    for column in table:
        if column.name == tooth.name or column.distinct != 2 or len(column.codes) != 2:
            continue
        labels = labels_of(discovery, table.name, column)
        codes = {
            code: aspect
            for code in column.codes
            for aspect in (_aspect(labels.get(code, "")) or _aspect(code),)
            if aspect is not None
        }
        if len(set(codes.values())) == 2:
            return column, codes
    return None, {}


def _aspect(text: str) -> str | None:
    return _ASPECTS.get(re.sub(r"[^a-z]", "", text.lower()))
