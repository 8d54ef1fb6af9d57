"""Recognises how a practice stores its charts, from column names and sampled values.

Five shapes are known (panda/profile/chart.py): rows per tooth, rows per tooth and measure, rows per tooth and
site, one wide row per exam, and packed strings. The answer is the chart section of a source profile, without
the conventions, which are tested separately.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.mapping.proposal.chart_names import (
    ASPECT_SPELLINGS,
    ENTRANCES,
    SITE_SPELLINGS,
    SixColumns,
    site_measure,
    six_groups,
    tooth_level,
)
from panda_twenty.panda.chart import SITE_MARKS, SITE_MEASURES, SITES
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts
from panda_twenty.panda.discovery.names import shared_prefix, without_prefix, words_of
from panda_twenty.panda.values import plain_text

FEWEST_TEETH = 12
"""Different teeth that a sample of a chart shows at least."""

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


@dataclass(frozen=True)
class RecognisedChart:
    """One table that has the shape of a chart."""

    table: str
    score: float
    section: Mapping[str, Any]
    """The chart section of a profile without its conventions."""
    reasons: tuple[str, ...]
    site_order_known: bool = True
    """False where columns or places are only numbered and the order is that of most programs."""
    columns_of: Mapping[str, str] = field(default_factory=dict)
    """What each measure is read from, for people: a column, a list or a pattern."""


def recognise_charts(discovery: Discovery) -> list[RecognisedChart]:
    """Every table that looks like a chart, the plainest first."""
    found = []
    for table in discovery.tables.values():
        if table.set_aside or not table.rows:
            continue
        chart = _wide(table) or _rows(discovery, table) or _packed_by_exam(discovery, table)
        if chart is not None:
            found.append(chart)
    return sorted(found, key=lambda each: -each.score)


# ------------------------------------------------------------------------------------------------- wide


def _wide(table: TableFacts) -> RecognisedChart | None:
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
    level = _tooth_level([name for name in best if name not in grouped])
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
        {**measures, **marks, **_level_columns(level)},
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


# ------------------------------------------------------------------------------------------------- rows


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
    packed = _packed_by_tooth(discovery, table, tooth, spelled)
    if packed is not None:
        return packed
    return _site_rows(discovery, table, tooth, spelled)


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
    level = _tooth_level([short for short, column in rest.items() if column not in used], rest)
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
        {"tooth": tooth.name, **shown, **_level_columns(level)},
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
    labels = labels_of(discovery, table, column)
    found: dict[str, str] = {}
    for code in column.codes:
        label = labels.get(code, code)
        named = site_measure(label) or tooth_level(label)
        if named is not None and named not in ("note", "prognosis"):
            found[code] = named
    if found:
        return found
    if set(column.codes) <= set(OPEN_DENTAL_SEQUENCE):
        return dict(OPEN_DENTAL_SEQUENCE)
    return {}


def labels_of(discovery: Discovery, table: str, column: ColumnFacts) -> dict[str, str]:
    """Code to label, where the column points at a small table with a text beside its key."""
    relation = discovery.relation_of(table, column.name)
    if relation is None or discovery.tables[relation.to_table].rows > 500:
        return {}
    target = discovery.tables[relation.to_table]
    texts = [
        each for each in target if each.broad == "text" and each.name != relation.to_column and each.filled
    ]
    if not texts:
        return {}
    # A column that groups the codes of several lists has few different values, however long.
    most = max(each.distinct for each in texts)
    best = max(
        (each for each in texts if each.distinct >= 0.7 * most),
        key=lambda each: (each.looks_unique, each.mean_length),
    )
    keys = discovery.sampled_values(target.name, relation.to_column)
    labels = discovery.sampled_values(target.name, best.name)
    return {
        plain_text(key).strip(): str(label).strip()
        for key, label in zip(keys, labels, strict=True)
        if key is not None and label
    }


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
    level = _tooth_level(list(rest), rest)
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
            **_level_columns(level),
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


def _tooth_level(templates: Sequence[str], spelled: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The tooth-level columns among these names (or templates with ``{tooth}``)."""
    found: dict[str, Any] = {}
    for name in templates:
        column = spelled[name] if spelled is not None else name
        bare = re.sub(r"\{tooth\}|tooth", "", name, flags=re.IGNORECASE).strip("_ ")
        kind = tooth_level(bare) if bare else None
        if kind in ("mobility", "status", "prognosis", "note"):
            found.setdefault(kind, column)
            continue
        for stem, ending in _endings(bare):
            grouped = tooth_level(stem)
            if grouped == "furcation" and ending in ENTRANCES:
                found.setdefault("furcation", {}).setdefault(ENTRANCES[ending], column)
                break
            if grouped in ("mucogingival_junction", "keratinized_width") and ending in ASPECT_SPELLINGS:
                found.setdefault(grouped, {}).setdefault(ASPECT_SPELLINGS[ending], column)
                break
        else:
            if kind in ("mucogingival_junction", "keratinized_width"):
                sides = [ASPECT_SPELLINGS[word] for word in words_of(name) if word in ASPECT_SPELLINGS]
                found.setdefault(kind, {}).setdefault(sides[0] if sides else "facial", column)
    return found


def _endings(bare: str) -> list[tuple[str, str]]:
    compact = re.sub(r"[_ ]", "", bare)
    return [
        (compact[:-length], compact[-length:].lower()) for length in range(min(8, len(compact) - 1), 0, -1)
    ]


def _level_columns(level: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: ", ".join(each.values()) if isinstance(each, Mapping) else each for name, each in level.items()
    }


# ------------------------------------------------------------------------------------------------ packed


@dataclass(frozen=True)
class _Packing:
    """How one string holds its sites."""

    teeth: int
    sites_per_tooth: int
    site_separator: str = ""
    side_separator: str = ""
    tooth_separator: str = ""


def _packing(values: Sequence[str], teeth: int | None) -> _Packing | None:
    """How most of these strings are packed; None where they are not."""
    counts = Counter(packing for value in values if (packing := _one_packing(value, teeth)) is not None)
    if not counts:
        return None
    packing, hits = counts.most_common(1)[0]
    return packing if hits >= 0.7 * len(values) else None


def _one_packing(value: str, teeth: int | None) -> _Packing | None:
    text = value.rstrip("\r\n")
    separators = [each for each in ";|/,:^~ \t" if each in text.strip()]
    if not separators:
        for count in (1, 16, 32) if teeth is None else (teeth,):
            per_tooth, rest = divmod(len(text), count)
            if not rest and per_tooth in (3, 6):
                return _Packing(count, per_tooth)
        return None
    by_count = sorted(separators, key=lambda each: text.count(each))
    counts = [text.count(each) for each in by_count]
    for count in (1, 16, 32) if teeth is None else (teeth,):
        for tooth_separator in ("", *by_count):
            parts = text.split(tooth_separator) if tooth_separator else [text]
            if len(parts) != count:
                continue
            found = _tooth_packing(parts, [each for each in by_count if each != tooth_separator])
            if found is not None:
                sites, site_separator, side_separator = found
                return _Packing(count, sites, site_separator, side_separator, tooth_separator)
        if count > 1 and len(counts) == 1 and counts[0] + 1 == count * 6:
            return None
    return None


def _tooth_packing(parts: Sequence[str], separators: Sequence[str]) -> tuple[int, str, str] | None:
    filled = [part for part in parts if part.strip()]
    if not filled:
        return None
    for side in ("", *separators):
        for site in ("", *(each for each in separators if each != side)):
            sizes = set()
            for part in filled:
                sides = part.split(side) if side else [part]
                sites = [len(each.split(site)) if site else len(each) for each in sides]
                sizes.add((len(sides), *sites))
            if sizes in ({(2, 3, 3)}, {(1, 3)}, {(1, 6)}) and not (
                not site and any(other in part for part in filled for other in separators if other != side)
            ):
                total = sum(next(iter(sizes))[1:])
                return total, site, side
    return None


def _packed_strings(discovery: Discovery, table: str, column: str) -> list[str]:
    values = [
        str(value).rstrip("\r\n") for value in discovery.sampled_values(table, column) if value is not None
    ]
    return [value for value in values if value.strip() and any(letter.isdigit() for letter in value)]


def _packed_by_tooth(
    discovery: Discovery, table: TableFacts, tooth: ColumnFacts, spelled: Mapping[str, str]
) -> RecognisedChart | None:
    """Strings of three or six sites on the row of each tooth; two columns may share the sides."""
    candidates = {
        short: column
        for short, column in spelled.items()
        if table.columns[column].broad == "text"
        and table.columns[column].filled
        and 3 <= table.columns[column].longest <= 40
        and (
            any(table.columns[column].share(each) > 0.6 for each in ("triplet", "packed"))
            or (table.columns[column].share("marks") > 0.9 and _is_mark(short))
        )
    }
    if not candidates:
        return None
    whole: dict[str, Any] = {}
    sides: dict[str, dict[str, str]] = defaultdict(dict)
    for short, column in candidates.items():
        measure = site_measure(short)
        if measure is not None and not _holds_three(discovery, table.columns[column], table.name):
            whole.setdefault(measure, column)
            continue
        for stem, ending in _endings(short):
            if ending in ASPECT_SPELLINGS and (named := site_measure(stem)) is not None:
                sides[named].setdefault(ASPECT_SPELLINGS[ending], column)
                break
    pairs = {measure: found for measure, found in sides.items() if len(found) == 2}
    packed = whole if "probing_depth" in whole else pairs
    if "probing_depth" not in packed:
        return None
    used = set(candidates.values())
    level = _tooth_level([short for short, column in spelled.items() if column not in used], spelled)
    depths = packed["probing_depth"]
    strings = _packed_strings(discovery, table.name, depths if isinstance(depths, str) else depths["facial"])
    packing = _packing(strings[:300], 1)
    if packing is None:
        return None
    section: dict[str, Any] = {
        "shape": "packed",
        "per": "tooth",
        "tooth": tooth.name,
        "site_separator": packing.site_separator,
        "side_separator": packing.side_separator,
    }
    section["measures"] = {name: each for name, each in packed.items() if name in SITE_MEASURES}
    marks = {name: each for name, each in packed.items() if name in SITE_MARKS}
    if marks:
        section["marks"] = marks
    if level:
        section["tooth_level"] = level
    shown = {
        name: each if isinstance(each, str) else ", ".join(each.values()) for name, each in packed.items()
    }
    return RecognisedChart(
        table.name,
        0.93,
        section,
        (f"one row per exam and tooth ({tooth.name}), sites packed into strings",),
        False,
        {"tooth": tooth.name, **shown, **_level_columns(level)},
    )


def _is_mark(name: str) -> bool:
    """Whether a name, perhaps with a side at its end, is that of a finding at each site."""
    return any(site_measure(stem) in SITE_MARKS for stem in (name, *(stem for stem, _ in _endings(name))))


def _holds_three(discovery: Discovery, column: ColumnFacts, table: str) -> bool:
    """Whether the strings of a column have three sites, those of one side."""
    if column.longest < 6 and column.share("marks") < 0.9:
        return True
    values = [str(value).strip() for value in discovery.sampled_values(table, column.name) if value]
    parts = Counter(len(re.split(r"[ ,;|/:^~]+", value)) for value in values if value)
    parted = parts.most_common(1)[0][0] if parts else 1
    return parted == 3 or (parted == 1 and column.longest == 3)


def _packed_by_exam(discovery: Discovery, table: TableFacts) -> RecognisedChart | None:
    """Strings for a side of an arch or for a whole mouth, on the row of the exam."""
    by_arch: dict[str, dict[str, str]] = defaultdict(dict)
    whole: dict[str, str] = {}
    packings: Counter[_Packing] = Counter()
    for column in table:
        if column.broad != "text" or column.longest < 40 or column.share("packed") < 0.6:
            continue
        values = _packed_strings(discovery, table.name, column.name)[:200]
        packing = _packing(values, None)
        if packing is None or packing.teeth == 1:
            continue
        if packing.teeth == 16:
            stem, segment = _segment(column.name)
            measure = site_measure(stem) if segment else None
            if measure is not None and segment is not None:
                by_arch[measure].setdefault(segment, column.name)
                packings[packing] += 1
        elif (measure := site_measure(column.name)) is not None:
            whole.setdefault(measure, column.name)
            packings[packing] += 1
    arches = {measure: segments for measure, segments in by_arch.items() if len(segments) == 4}
    packed: dict[str, Any] = arches if "probing_depth" in arches else dict(whole)
    if "probing_depth" not in packed:
        return None
    packing = packings.most_common(1)[0][0]
    section: dict[str, Any] = {
        "shape": "packed",
        "per": "arch_side" if packed is arches else "exam",
        "measures": {name: each for name, each in packed.items() if name in SITE_MEASURES},
        "site_separator": packing.site_separator,
        "side_separator": packing.side_separator,
        "tooth_separator": packing.tooth_separator,
        "notation": "universal",
    }
    marks = {name: each for name, each in packed.items() if name in SITE_MARKS}
    if marks:
        section["marks"] = marks
    shown = {
        name: each if isinstance(each, str) else ", ".join(each.values()) for name, each in packed.items()
    }
    return RecognisedChart(
        table.name, 0.93, section, ("whole arches are packed into strings on the exam's row",), False, shown
    )


_UPPER, _LOWER = ("upper", "maxillary", "max", "u", "mx"), ("lower", "mandibular", "mand", "l", "md", "mn")


def _segment(name: str) -> tuple[str, str | None]:
    """Stem and segment of a column such as ``PdUpperFacial``, ``PD_UF`` or ``UF_PD``."""
    bare = re.sub(r"[_ ]", "", name)
    for arch_words, arch in ((_UPPER, "upper"), (_LOWER, "lower")):
        for arch_word in arch_words:
            for side_word, side in ASPECT_SPELLINGS.items():
                for ending in (arch_word + side_word, side_word + arch_word if len(arch_word) > 1 else ""):
                    if not ending:
                        continue
                    if bare.lower().endswith(ending) and len(bare) > len(ending):
                        stem = bare[: -len(ending)]
                        if site_measure(stem) is not None:
                            return stem, f"{arch}_{side}"
                    if bare.lower().startswith(ending) and len(bare) > len(ending):
                        stem = bare[len(ending) :]
                        if site_measure(stem) is not None:
                            return stem, f"{arch}_{side}"
    return name, None
