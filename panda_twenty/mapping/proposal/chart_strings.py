"""Recognises charts whose sites are strung together: per tooth, side of an arch, exam, or kind of measure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panda_twenty.mapping.proposal.chart_names import ASPECT_SPELLINGS, site_measure
from panda_twenty.mapping.proposal.recognised_chart import (
    RecognisedChart,
    endings,
    measure_codes,
    shown_level,
    tooth_level_columns,
)
from panda_twenty.panda.chart import SITE_MARKS, SITE_MEASURES
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts
from panda_twenty.panda.values import plain_text


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
    if teeth != 1 and (fixed := _fixed_packing(text)) is not None:
        return fixed
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


_CELL = re.compile(r"[-+]?\d{1,2}\+?|[A-Za-z*?#.-]{1,2}|")


def _fixed_packing(text: str) -> _Packing | None:
    """A string of an arch or a mouth whose sites have two or three places each, blanks before or after."""
    for teeth, sites in ((32, 6), (16, 3)):
        width, rest = divmod(len(text), teeth * sites)
        if not rest and width in (2, 3):
            cells = [text[at : at + width].strip() for at in range(0, len(text), width)]
            if all(_CELL.fullmatch(cell) for cell in cells):
                return _Packing(teeth, sites)
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


def packed_by_tooth(
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
        for stem, ending in endings(short):
            if ending in ASPECT_SPELLINGS and (named := site_measure(stem)) is not None:
                sides[named].setdefault(ASPECT_SPELLINGS[ending], column)
                break
    pairs = {measure: found for measure, found in sides.items() if len(found) == 2}
    packed = whole if "probing_depth" in whole else pairs
    if "probing_depth" not in packed:
        return None
    used = set(candidates.values())
    level = tooth_level_columns([short for short, column in spelled.items() if column not in used], spelled)
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
        {"tooth": tooth.name, **shown, **shown_level(level)},
    )


def _is_mark(name: str) -> bool:
    """Whether a name, perhaps with a side at its end, is that of a finding at each site."""
    return any(site_measure(stem) in SITE_MARKS for stem in (name, *(stem for stem, _ in endings(name))))


def _holds_three(discovery: Discovery, column: ColumnFacts, table: str) -> bool:
    """Whether the strings of a column have three sites, those of one side."""
    if column.longest < 6 and column.share("marks") < 0.9:
        return True
    values = [str(value).strip() for value in discovery.sampled_values(table, column.name) if value]
    parts = Counter(len(re.split(r"[ ,;|/:^~]+", value)) for value in values if value)
    parted = parts.most_common(1)[0][0] if parts else 1
    return parted == 3 or (parted == 1 and column.longest == 3)


def packed_by_exam(discovery: Discovery, table: TableFacts) -> RecognisedChart | None:
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


def packed_by_measure(discovery: Discovery, table: TableFacts) -> RecognisedChart | None:
    """One row per exam and kind of measure, with a string of the whole mouth."""
    for values in table:
        if values.broad != "text" or values.longest < _WHOLE_MOUTH:
            continue
        for measure in table:
            if measure.name == values.name or not measure.codes or measure.distinct < 2:
                continue
            codes = {
                code: named
                for code, named in measure_codes(discovery, table.name, measure).items()
                if named in (*SITE_MEASURES, *SITE_MARKS, "mobility", "status")
            }
            depths = {code for code, named in codes.items() if named == "probing_depth"}
            packing = _packing(_strings_of(discovery, table.name, measure.name, values.name, depths), 32)
            if packing is None or packing.sites_per_tooth != _SITES_OF_A_TOOTH:
                continue
            return RecognisedChart(
                table.name,
                0.93,
                {
                    "shape": "packed_rows",
                    "measure": measure.name,
                    "measure_codes": codes,
                    "values": values.name,
                    "site_separator": packing.site_separator,
                    "side_separator": packing.side_separator,
                    "tooth_separator": packing.tooth_separator,
                    "notation": "universal",
                },
                (f"one row per exam and kind of measure ({measure.name}), a whole mouth in each string",),
                False,
                dict.fromkeys(codes.values(), values.name),
            )
    return None


_WHOLE_MOUTH, _SITES_OF_A_TOOTH = 192, 6


def _strings_of(
    discovery: Discovery, table: str, measure: str, values: str, codes: Collection[str]
) -> list[str]:
    """The strings of the rows whose measure is one of ``codes``."""
    kinds = discovery.sampled_values(table, measure)
    texts = discovery.sampled_values(table, values)
    return [
        str(text).rstrip("\r\n")
        for kind, text in zip(kinds, texts, strict=True)
        if text and kind is not None and plain_text(kind).strip() in codes
    ]


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
