"""Tests a chart's conventions on its data: notation, sign of the gingival margin, codes, order of sites.

None of them is guessed. The sign is held against stored attachment levels (level = depth + margin where
positive means recession): below 99 % agreement the operator is asked. Tooth numbers tell Universal from FDI
by those that only one of them has. Where the data does not settle something, that is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panda_twenty.mapping.proposal.chart_values import (
    decoded_exams,
    level_columns,
    level_values,
    measure_values,
    single_values,
    source_columns,
    strings_in,
    strings_of,
    texts_of,
)
from panda_twenty.mapping.proposal.codes import meanings
from panda_twenty.mapping.proposal.found_conventions import Conventions
from panda_twenty.mapping.proposal.gingival_sign import try_sign
from panda_twenty.mapping.proposal.site_order import try_order_of_sites
from panda_twenty.panda.chart import SITE_MARKS, ToothStatus

ReadList = Callable[[str, str, Sequence[str]], Mapping[str, str]]
"""Column, what it tells and our codes, to the meaning of each of its codes."""

AllValues = Callable[[str], Mapping[str, int]]

FEWEST_STAND_INS, LONGEST_MARK, LONGEST_STATUS = 5, 3, 12
"""Times that a number stands instead of a value; characters of a mark, and of a tooth's status or prognosis,
that a question may show."""

_ONLY_UNIVERSAL = frozenset(map(str, (*range(1, 11), 19, 20, 29, 30)))
_ONLY_FDI = frozenset(map(str, (*range(33, 39), *range(41, 49))))
_UNIVERSAL = frozenset(map(str, range(1, 33)))
_FDI = frozenset(f"{quadrant}{place}" for quadrant in range(1, 5) for place in range(1, 9))


def tried_conventions(
    section: Mapping[str, Any],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    key: str,
    *,
    site_order_known: bool,
    read_list: ReadList,
    all_values: AllValues,
) -> Conventions:
    """Look at ``rows`` of the chart's table (their ``columns`` in order), grouped by ``key``, the exam.

    ``read_list`` looks for a code list of the database that says what the codes of a column mean;
    ``all_values`` counts every value of a column in the whole table.
    """
    found = Conventions()
    places = {column: place for place, column in enumerate(columns)}
    _notation(section, rows, places, found)
    _codes_of_measures(section, rows, places, all_values, found)
    _status_and_prognosis(section, rows, places, read_list, all_values, found)
    _marks(section, rows, places, found)
    trial = {**section, **found.settings, "gingival_margin_sign": "recession_positive"}
    trial.setdefault("notation", "universal")
    teeth_of = decoded_exams(trial, rows, places, key)
    if teeth_of is None:
        found.ask("chart", "The chart's section could not be put together; describe the chart by hand.", "")
        return found
    _furcation_and_mobility(section, rows, places, found)
    try_sign(section, teeth_of, found)
    if not site_order_known:
        try_order_of_sites(section, trial, rows, places, key, found)
    else:
        found.scores["site_order"] = (0.95, "the columns name their sites")
    return found


def _notation(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], found: Conventions
) -> None:
    if section.get("tooth") is None:
        notation = section.get("notation", "universal")
        found.settings["notation"] = notation
        numbered = section["shape"] == "wide"
        found.scores["notation"] = (
            (0.97 if notation == "fdi" else 0.9, "the tooth numbers in the column names")
            if numbered
            else (0.6, "strings of whole arches name no tooth; only their order counts")
        )
        return
    counts = Counter(text.lstrip("0") for text in texts_of(rows, places[section["tooth"]]) if text)
    total = sum(counts.values()) or 1
    palmer = sum(
        count for text, count in counts.items() if re.fullmatch(r"[UL][RL][1-8A-E]S?", text, re.IGNORECASE)
    )
    universal_only = sum(count for text, count in counts.items() if text in _ONLY_UNIVERSAL)
    fdi_only = sum(count for text, count in counts.items() if text in _ONLY_FDI)
    universal = sum(
        count for text, count in counts.items() if text in _UNIVERSAL or re.fullmatch("[A-T]S?", text)
    )
    fdi = sum(count for text, count in counts.items() if text in _FDI)
    evidence = (
        f"of {total:,} rows {universal_only / total:.1%} name teeth that only Universal has (1-10, 19, "
        "20, 29, 30) and "
        f"{fdi_only / total:.1%} teeth that only FDI has (33-38, 41-48)"
    )
    if palmer > 0.9 * total:
        found.settings["notation"], found.scores["notation"] = (
            "palmer",
            (0.97, "quadrant and place, such as UR8"),
        )
    elif universal_only and fdi_only and min(universal_only, fdi_only) > max(2, 0.002 * total):
        found.settings["notation"] = "universal"
        found.scores["notation"] = (0.0, evidence)
        found.ask(
            "notation",
            "Tooth numbers of two notations stand in one column. Which rows are Universal and which FDI? Set "
            "`notation`, and leave the other rows out with `where`, or correct them in the source.",
            evidence,
        )
    elif fdi_only and fdi >= 0.95 * total:
        found.settings["notation"], found.scores["notation"] = "fdi", (0.97, evidence)
    elif universal_only and universal >= 0.9 * total:
        found.settings["notation"], found.scores["notation"] = "universal", (0.97, evidence)
    else:
        found.settings["notation"] = "universal"
        found.scores["notation"] = (0.3, evidence)
        found.ask(
            "notation",
            "Which notation do the tooth numbers follow, universal, fdi or palmer? Set `notation`.",
            evidence,
        )


def _codes_of_measures(
    section: Mapping[str, Any],
    rows: Sequence[tuple[Any, ...]],
    places: Mapping[str, int],
    all_values: AllValues,
    found: Conventions,
) -> None:
    """Values that are no millimetres: an offset for negative margins, not assessable, not recorded."""
    values = measure_values(section, rows, places)
    if section["shape"] in ("tooth_rows", "site_rows", "aspect_rows"):
        for measure, source in source_columns(section).items():
            for column in source:
                values[measure].update(all_values(column))
    depths, margins = values.get("probing_depth", Counter()), values.get("gingival_margin", Counter())
    odd: Counter[str] = Counter()
    halves = False
    for counts in values.values():
        for text, count in counts.items():
            number = _number(text)
            # No depth is negative, so a number below 0 among depths says something else wherever it stands.
            is_no_depth = number is not None and number < -1 and text in depths
            if text and (number is None or is_no_depth or not -15 <= number <= 19):
                odd[text] += count
            halves = halves or (
                number is not None and number * 2 == int(number * 2) and number != int(number)
            )
    if halves:
        found.settings["half_millimetres"] = True
        found.remarks.append("Half millimetres occur in the chart.")
    margins_above = [text for text in margins if (number := _number(text)) is not None and 100 < number < 120]
    if margins_above and all(
        (_number(text) or 0) <= 0 or (_number(text) or 0) <= 19 or (_number(text) or 0) >= 99
        for text in margins
    ):
        found.settings["negative_offset"] = 100
        found.scores["negative_offset"] = (
            0.85,
            "margins above 100 stand for negative ones (105 is -5), as Open Dental stores them",
        )
    not_assessable: list[str] = []
    not_recorded: list[str] = []
    standing_in = _stands_in(odd, values)
    offset = found.settings.get("negative_offset")
    for text, _ in odd.most_common(40):
        number = _number(text)
        if number is not None:
            if offset and offset < number < offset + 20:
                continue
            if text in ("99", "98", "999", "88", "-99", "-9", "255") or text == standing_in:
                not_assessable.append(text)
        elif re.fullmatch(r"[-_.~ ]+", text):
            not_recorded.append(text)
        elif re.fullmatch(r"[A-Za-z*?#/]{1,3}", text):
            not_assessable.append(text)
    if "-1" in depths and not any(text in depths for text in ("-2", "-3")):
        not_recorded.append("-1")
    if not_assessable:
        found.settings["not_assessable"] = not_assessable
        found.scores["not_assessable"] = (
            0.75,
            f"{', '.join(not_assessable)}: no millimetres, so read as could not be assessed",
        )
    if not_recorded:
        found.settings["not_recorded"] = not_recorded
        found.scores["not_recorded"] = (0.8, f"{', '.join(not_recorded)} stands where nothing was recorded")


def _stands_in(odd: Mapping[str, int], values: Mapping[str, Mapping[str, int]]) -> str | None:
    """The one number, no millimetres, that stands again and again among all measures instead of a value."""
    numbers = {text: count for text, count in odd.items() if _number(text) is not None}
    if not numbers:
        return None
    text, count = max(numbers.items(), key=lambda each: (each[1], each[0]))
    is_everywhere = all(text in counts for measure, counts in values.items() if measure != "attachment_level")
    return (
        text if is_everywhere and count >= FEWEST_STAND_INS and count >= 0.8 * sum(numbers.values()) else None
    )


_PRESENT, _ABSENT = frozenset(("1", "Y", "T", "X", "+")), frozenset(("0", "N", "F"))
"""How marks are read unless a profile says otherwise."""

_MARK_PAIRS = (("-1", "0"), ("YES", "NO"), ("TRUE", "FALSE"), ("B", ""), ("S", ""), ("+", "-"))
"""How other programs write a mark that is there and one that is not; Access keeps yes as -1."""


def _marks(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], found: Conventions
) -> None:
    """What a mark that is there and one that is not look like, where it is not what is usual."""
    if section["shape"] == "measure_rows" or section.get("mark_bits"):
        return
    counts: Counter[str] = Counter()
    for columns in source_columns(section, "marks").values():
        for column in columns:
            if section["shape"] != "packed":
                counts.update(texts_of(rows, places[column]) if column in places else ())
                continue
            for text in strings_in(rows, places[column]):
                counts.update(single_values(section, text))
    if section["shape"] == "packed_rows":
        for mark in SITE_MARKS:
            for text in strings_of(section, rows, places, mark):
                counts.update(single_values(section, text))
    unknown = {"", *found.settings.get("not_recorded", ()), *found.settings.get("not_assessable", ())}
    seen = {text.upper() for text in counts} - unknown
    if not seen or seen <= _PRESENT | _ABSENT:
        return
    for present, absent in _MARK_PAIRS:
        if seen <= {present, absent} and present in seen:
            by_case = {text for text in counts if text.upper() in seen}
            found.settings["mark_present"] = sorted(text for text in by_case if text.upper() == present)
            found.settings["mark_absent"] = sorted(text for text in by_case if text.upper() == absent)
            found.scores["mark_present"] = (0.85, f"marks are only {' and '.join(sorted(seen))}")
            return
    strange = sorted(text for text in seen - _PRESENT - _ABSENT if len(text) <= LONGEST_MARK)[:12]
    found.ask(
        "mark_present",
        f"What do {', '.join(strange) or 'long values'} say about a mark such as bleeding? Set `mark_present`"
        " and `mark_absent`.",
        "",
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_STATUS = tuple(each.value for each in ToothStatus)
_PROGNOSIS = ("GOOD", "FAIR", "POOR", "QUESTIONABLE", "HOPELESS")


def _status_and_prognosis(
    section: Mapping[str, Any],
    rows: Sequence[tuple[Any, ...]],
    places: Mapping[str, int],
    read_list: ReadList,
    all_values: AllValues,
    found: Conventions,
) -> None:
    for name, setting, allowed in (
        ("status", "status_codes", _STATUS),
        ("prognosis", "prognosis_codes", _PROGNOSIS),
    ):
        if setting in section:
            continue
        counts = level_values(section, rows, places, name)
        if section["shape"] == "measure_rows" and section.get("tooth_value"):
            kinds = texts_of(rows, places[section["measure"]])
            values = texts_of(rows, places[section["tooth_value"]])
            counts.update(
                text
                for kind, text in zip(kinds, values, strict=True)
                if text and section["measure_codes"].get(kind) == name
            )
        if section["shape"] != "wide":
            for column in level_columns(section, places, name):
                counts.update({code: count for code, count in all_values(column).items() if code})
        codes = {code: ours for code, ours in meanings(list(counts), allowed).items() if ours is not None}
        if counts and len(codes) < len(counts):
            for column in level_columns(section, places, name)[:1]:
                listed = read_list(column, name, allowed)
                if set(counts) <= set(listed):
                    codes = {code: listed[code] for code in listed}
        unread = [code for code in counts if code not in codes]
        told = sorted(code for code in unread if len(code) <= LONGEST_STATUS)
        if codes:
            found.settings[setting] = codes
        if unread and counts:
            share = sum(counts[code] for code in unread) / sum(counts.values())
            found.ask(
                setting,
                f"What do the codes {', '.join(told[:12])} of a tooth's {name} mean? Add them "
                f"to `{setting}`: "
                f"{', '.join(allowed)}.",
                f"{share:.1%} of the filled rows have one of them",
            )


_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
_MOBILITY = {
    "I": "1",
    "II": "2",
    "III": "3",
    "+": "0.5",
    "1/2": "0.5",
    "½": "0.5",
    "2+": "2.5",
    "2-": "1.5",
    "3-": "2.5",
    "0+": "0.5",
    "N": "0",
    "NONE": "0",
    "M1": "1",
    "M2": "2",
    "M3": "3",
    "M0": "0",
}


def _furcation_and_mobility(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], found: Conventions
) -> None:
    furcations = level_values(section, rows, places, "furcation")
    grades: dict[str, int] = {}
    for text in furcations:
        upper = text.upper().removeprefix("CLASS").removeprefix("F").strip()
        if upper in _ROMAN:
            grades[text] = _ROMAN[upper]
        elif upper.isdigit() and int(upper) <= 4:
            grades[text] = int(upper)
        elif upper in ("A", "B", "C"):
            grades[text] = "ABC".index(upper) + 1
    if any(str(grade) != text for text, grade in grades.items()):
        found.settings["furcation_grades"] = grades
    mobilities = level_values(section, rows, places, "mobility")
    spellings = {
        text: _MOBILITY[text.upper()]
        for text in mobilities
        if text.upper() in _MOBILITY and text not in ("1-", "1+")
    }
    if spellings:
        found.settings["mobility_spellings"] = spellings
