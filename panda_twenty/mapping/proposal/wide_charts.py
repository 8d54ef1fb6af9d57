"""Recognises charts that stand in one wide row: a column for each tooth, site and measure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from panda_twenty.mapping.proposal.chart_names import SITE_SPELLINGS, SixColumns, site_measure, six_groups
from panda_twenty.mapping.proposal.recognised_chart import (
    FEWEST_TEETH,
    RecognisedChart,
    shown_level,
    tooth_level_columns,
)
from panda_twenty.panda.chart import SITE_MEASURES, SITES
from panda_twenty.panda.discovery.facts import TableFacts


def wide_chart(table: TableFacts) -> RecognisedChart | None:
    """The chart of a table whose columns are teeth and sites."""
    names = list(table.columns)
    if len(names) < 60:
        return None
    best: dict[str, dict[int, str]] = {}
    for place in range(3):
        templates: dict[str, dict[int, str]] = defaultdict(dict)
        for name in names:
            numbers = list(re.finditer(r"\d+", name))
            if place < len(numbers) and 1 <= int(numbers[place][0]) <= 48:
                start, end = numbers[place].span()
                templates[f"{name[:start]}{{tooth}}{name[end:]}"][int(numbers[place][0])] = name
        full = {template: teeth for template, teeth in templates.items() if len(teeth) >= FEWEST_TEETH}
        if sum(map(len, full.values())) > sum(map(len, best.values())):
            best = full
    if len(best) < 3:
        return None
    groups = six_groups(list(best))
    measures: dict[str, str] = {}
    marks: dict[str, str] = {}
    site_names: tuple[str, ...] | None = None
    known = True
    for group in groups:
        measure = site_measure(group.stem.replace("{tooth}", ""))
        pattern, names_of_sites = _site_pattern(group)
        if measure is None or pattern is None or measure in measures or measure in marks:
            continue
        if site_names is not None and names_of_sites != site_names:
            continue
        site_names = names_of_sites
        known = known and group.sites is not None
        (measures if measure in SITE_MEASURES else marks)[measure] = pattern
    if "probing_depth" not in measures or site_names is None:
        return None
    grouped = {column for group in groups for column in group.columns}
    level = tooth_level_columns([name for name in best if name not in grouped])
    teeth = sorted({tooth for template in best.values() for tooth in template})
    digits = min(
        len(_tooth_text(name, template)) for template, by_tooth in best.items() for name in by_tooth.values()
    )
    section: dict[str, Any] = {
        "shape": "wide",
        "notation": "fdi" if any(tooth > 32 for tooth in teeth) else "universal",
        "measures": measures,
        "site_names": list(site_names),
    }
    if known:
        section["site_order"] = list(SITES)
    if digits > 1 and min(teeth) < 10:
        section["tooth_digits"] = digits
    if marks:
        section["marks"] = marks
    if level:
        section["tooth_level"] = level
    return RecognisedChart(
        table.name,
        0.95,
        section,
        (f"{len(teeth)} teeth stand side by side in its columns",),
        known,
        {**measures, **marks, **shown_level(level)},
    )


def _tooth_text(name: str, template: str) -> str:
    before, _, after = template.partition("{tooth}")
    return name[len(before) : len(name) - len(after)]


def _site_pattern(group: SixColumns) -> tuple[str | None, tuple[str, ...]]:
    """A pattern with ``{site}`` for six templates, and what stands there for each site."""
    first, last = group.columns[0], group.columns[-1]
    prefix = _common_prefix(group.columns)
    suffix = _common_prefix([column[::-1] for column in group.columns])[::-1]
    suffix = (
        suffix[: max(0, min(map(len, group.columns)) - len(prefix))]
        if len(prefix) + len(suffix) > min(map(len, group.columns))
        else suffix
    )
    if suffix and not first.endswith(suffix):
        suffix = ""
    names = tuple(column[len(prefix) : len(column) - len(suffix)] for column in group.columns)
    while any(not name for name in names) and prefix:
        prefix = prefix[:-1]
        names = tuple(column[len(prefix) : len(column) - len(suffix)] for column in group.columns)
    if group.sites is not None:
        prefix, suffix, names = _whole_site_names(group, prefix, suffix, names)
    pattern = f"{prefix}{{site}}{suffix}"
    return (pattern if "{tooth}" in pattern and first and last else None), names


def _whole_site_names(
    group: SixColumns, prefix: str, suffix: str, names: tuple[str, ...]
) -> tuple[str, str, tuple[str, ...]]:
    """Widen the part that differs until it is the site's name: ``B`` of ``MB`` may look like a suffix."""
    while suffix and not all(name.lower().strip("_") in SITE_SPELLINGS for name in names):
        suffix, names = suffix[1:], tuple(name + suffix[0] for name in names)
    while (
        prefix
        and not prefix.endswith("}")
        and not all(name.lower().strip("_") in SITE_SPELLINGS for name in names)
    ):
        names, prefix = tuple(prefix[-1] + name for name in names), prefix[:-1]
    return prefix, suffix, names


def _common_prefix(names: Sequence[str]) -> str:
    shortest, longest = min(names), max(names)
    length = 0
    while length < min(len(shortest), len(longest)) and shortest[length] == longest[length]:
        length += 1
    return shortest[:length]
