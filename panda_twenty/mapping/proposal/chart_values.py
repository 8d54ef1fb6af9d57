"""The raw values of a chart, by a section that does not know their conventions yet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter, ValidationError

from panda_twenty.panda.chart import Tooth
from panda_twenty.panda.chart_shapes import chart_decoder
from panda_twenty.panda.profile.chart import ChartSource
from panda_twenty.panda.values import plain_text

_chart_source: TypeAdapter[ChartSource] = TypeAdapter(ChartSource)


def chart_columns(section: Mapping[str, Any]) -> tuple[str, ...]:
    """Every column that a chart section reads; empty for one that is not whole."""
    try:
        return _chart_source.validate_python(dict(section)).columns()
    except ValidationError:
        return ()


def texts_of(rows: Iterable[tuple[Any, ...]], place: int) -> list[str]:
    """The values at one place of each row, stripped; empty for NULL."""
    return ["" if row[place] is None else plain_text(row[place]).strip() for row in rows]


def measure_values(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int]
) -> dict[str, Counter[str]]:
    """Single values of every site measure, as they stand in columns or strings."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for measure, source in source_columns(section).items():
        for column in source:
            if section["shape"] == "packed":
                for text in strings_in(rows, places[column]):
                    found[measure].update(single_values(section, text))
            else:
                found[measure].update(texts_of(rows, places[column]))
    if section["shape"] == "packed_rows":
        for measure in ("probing_depth", "gingival_margin", "attachment_level"):
            for text in strings_of(section, rows, places, measure):
                found[measure].update(single_values(section, text))
    if section["shape"] == "measure_rows":
        measure_of = section["measure_codes"]
        kinds = texts_of(rows, places[section["measure"]])
        for row, kind in zip(rows, kinds, strict=True):
            measure = str(measure_of.get(kind))
            if measure in ("probing_depth", "gingival_margin", "attachment_level"):
                for column in section["values"]:
                    found[measure][
                        "" if row[places[column]] is None else plain_text(row[places[column]]).strip()
                    ] += 1
    return found


def source_columns(section: Mapping[str, Any], part: str = "measures") -> dict[str, list[str]]:
    """Columns of every site measure, or of every mark where ``part`` is ``marks``."""
    if section["shape"] in ("measure_rows", "packed_rows"):
        return {}
    try:
        parsed = _chart_source.validate_python(
            {
                **section,
                "notation": section.get("notation", "universal"),
                "gingival_margin_sign": "recession_positive",
            }
        )
    except ValidationError:
        return {}
    found: dict[str, list[str]] = {}
    for measure, source in section.get(part, {}).items():
        if section["shape"] == "wide":
            wide: Any = parsed
            found[measure] = [
                column for tooth in map(str, range(1, 33)) for column in wide.six_columns(source, tooth)
            ]
        elif isinstance(source, str):
            found[measure] = [source]
        elif isinstance(source, Mapping):
            found[measure] = list(source.values())
        else:
            found[measure] = list(source)
    return found


def strings_in(rows: Iterable[tuple[Any, ...]], place: int) -> list[str]:
    """Strings of sites, in which a blank at either end may be a site."""
    return ["" if row[place] is None else str(row[place]).rstrip("\r\n") for row in rows]


def strings_of(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], measure: str
) -> list[str]:
    """The strings of one measure, where its kind stands in the row."""
    kinds = texts_of(rows, places[section["measure"]])
    texts = strings_in(rows, places[section["values"]])
    return [
        text for kind, text in zip(kinds, texts, strict=True) if section["measure_codes"].get(kind) == measure
    ]


_SITES_IN_A_STRING = {"exam": 192, "arch_side": 48}


def single_values(section: Mapping[str, Any], text: str, values: int | None = None) -> list[str]:
    """The single values of a string; ``values`` says how many, where it is not six for each tooth."""
    separators = [section.get(name, "") for name in ("tooth_separator", "side_separator", "site_separator")]
    pieces = [text]
    for separator in separators:
        if separator:
            pieces = [part for piece in pieces for part in piece.split(separator)]
    if section.get("site_separator"):
        return [piece.strip() for piece in pieces]
    count = values or _SITES_IN_A_STRING.get(section.get("per", "exam"))
    width = max(1, len(text) // count) if count and len(pieces) == 1 and len(text) % count == 0 else 1
    return [piece[at : at + width].strip() for piece in pieces for at in range(0, len(piece), width)]


def level_columns(section: Mapping[str, Any], places: Mapping[str, int], name: str) -> list[str]:
    """Columns of one tooth-level finding."""
    level = section.get("tooth_level", {}).get(name)
    if level is None:
        return []
    patterns = list(level.values()) if isinstance(level, Mapping) else [level]
    if section["shape"] != "wide":
        return patterns
    return [
        column
        for pattern in patterns
        for column in places
        if re.fullmatch(re.escape(pattern).replace(re.escape("{tooth}"), r"\d+"), column)
    ]


def level_values(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], name: str
) -> Counter[str]:
    """Each value of a tooth-level finding with its count, empty ones left out."""
    found: Counter[str] = Counter()
    for column in level_columns(section, places, name):
        found.update(text for text in texts_of(rows, places[column]) if text)
    if section["shape"] == "site_rows" and name == "furcation" and section.get("furcation"):
        found.update(text for text in texts_of(rows, places[section["furcation"]]) if text)
    if section["shape"] == "packed_rows":
        for string in strings_of(section, rows, places, name):
            found.update(text for text in single_values(section, string, values=32) if text)
    return found


def has_margin(section: Mapping[str, Any]) -> bool:
    """Whether the chart stores gingival margins."""
    if "measure_codes" in section:
        return "gingival_margin" in section["measure_codes"].values()
    return "gingival_margin" in section["measures"]


def decoded_exams(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], key: str
) -> list[tuple[Tooth, ...]] | None:
    """The teeth of each exam, told apart by the column ``key``; None for a section that is not whole."""
    try:
        chart = _chart_source.validate_python(dict(section))
    except ValidationError:
        return None
    decode = chart_decoder(chart, places)
    place = places[key]
    ordered = sorted(rows, key=lambda row: str(row[place]))
    return [decode(list(group))[0] for _, group in groupby(ordered, key=lambda row: row[place])]
