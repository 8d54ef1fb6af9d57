"""Tests a chart's conventions on its data: notation, sign of the gingival margin, codes, order of sites.

None of them is guessed. The sign is held against stored attachment levels (level = depth + margin where
positive means recession): below 99 % agreement the operator is asked. Tooth numbers tell Universal from FDI
by those that only one of them has. Where the data does not settle something, that is said.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter, ValidationError

from panda_twenty.mapping.proposal.codes import meanings
from panda_twenty.mapping.proposal.model import Question
from panda_twenty.panda.chart import SITE_MARKS, NotAssessable, Tooth, ToothStatus
from panda_twenty.panda.chart_shapes import chart_decoder
from panda_twenty.panda.profile.chart import ChartSource
from panda_twenty.panda.values import plain_text

ReadList = Callable[[str, str, Sequence[str]], Mapping[str, str]]
"""Column, what it tells and our codes, to the meaning of each of its codes."""

AllValues = Callable[[str], Mapping[str, int]]

AGREEMENT = 0.99
"""Share of sites at which depth and margin must add up to the stored level, or the operator is asked."""

RECESSION_SHARE, CLEAR_MAJORITY = 0.8, 0.65
"""Where no level is stored: in a perio practice most margins that are not 0 are recessions, usually more than
80 %. Below that a person is warned, without a clear majority asked."""

FEWEST_STAND_INS, LONGEST_MARK, LONGEST_STATUS = 5, 3, 12
"""Times that a number stands instead of a value; characters of a mark, and of a tooth's status or prognosis,
that a question may show."""

FEWEST_SITES = 30
"""Sites with a margin other than 0 that a verdict wants at least."""

_ONLY_UNIVERSAL = frozenset(map(str, (*range(1, 11), 19, 20, 29, 30)))
_ONLY_FDI = frozenset(map(str, (*range(33, 39), *range(41, 49))))
_UNIVERSAL = frozenset(map(str, range(1, 33)))
_FDI = frozenset(f"{quadrant}{place}" for quadrant in range(1, 5) for place in range(1, 9))

_SIX_PLACES = ("DB", "B", "MB", "DL", "L", "ML")
_MIRRORED = ("MB", "B", "DB", "ML", "L", "DL")

_chart_source: TypeAdapter[ChartSource] = TypeAdapter(ChartSource)


@dataclass
class Conventions:
    """What the data says about how values are written."""

    settings: dict[str, Any] = field(default_factory=dict)
    """Settings that go into the chart section."""
    questions: list[Question] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    scores: dict[str, tuple[float, str]] = field(default_factory=dict)
    """For each convention how sure it is, and why."""

    def ask(self, about: str, question: str, evidence: str) -> None:
        self.questions.append(Question(f"perio_chart.{about}", question, evidence))


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
    teeth_of = _decoded(trial, rows, places, key)
    if teeth_of is None:
        found.ask("chart", "The chart's section could not be put together; describe the chart by hand.", "")
        return found
    _furcation_and_mobility(section, rows, places, found)
    _sign(section, teeth_of, found)
    if not site_order_known:
        _order_of_sites(section, trial, rows, places, key, found)
    else:
        found.scores["site_order"] = (0.95, "the columns name their sites")
    return found


def chart_columns(section: Mapping[str, Any]) -> tuple[str, ...]:
    """Every column that a chart section reads; empty for one that is not whole."""
    try:
        return _chart_source.validate_python(dict(section)).columns()
    except ValidationError:
        return ()


def _texts(rows: Iterable[tuple[Any, ...]], place: int) -> list[str]:
    return ["" if row[place] is None else plain_text(row[place]).strip() for row in rows]


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
    counts = Counter(text.lstrip("0") for text in _texts(rows, places[section["tooth"]]) if text)
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


def _measure_values(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int]
) -> dict[str, Counter[str]]:
    """Single values of every site measure, as they stand in columns or strings."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for measure, source in _sources(section).items():
        for column in source:
            if section["shape"] == "packed":
                for text in _strings(rows, places[column]):
                    found[measure].update(_single(section, text))
            else:
                found[measure].update(_texts(rows, places[column]))
    if section["shape"] == "packed_rows":
        for measure in ("probing_depth", "gingival_margin", "attachment_level"):
            for text in _strings_of(section, rows, places, measure):
                found[measure].update(_single(section, text))
    if section["shape"] == "measure_rows":
        measure_of = section["measure_codes"]
        kinds = _texts(rows, places[section["measure"]])
        for row, kind in zip(rows, kinds, strict=True):
            measure = str(measure_of.get(kind))
            if measure in ("probing_depth", "gingival_margin", "attachment_level"):
                for column in section["values"]:
                    found[measure][
                        "" if row[places[column]] is None else plain_text(row[places[column]]).strip()
                    ] += 1
    return found


def _sources(section: Mapping[str, Any], part: str = "measures") -> dict[str, list[str]]:
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


def _strings(rows: Iterable[tuple[Any, ...]], place: int) -> list[str]:
    """Strings of sites, in which a blank at either end may be a site."""
    return ["" if row[place] is None else str(row[place]).rstrip("\r\n") for row in rows]


def _strings_of(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], measure: str
) -> list[str]:
    """The strings of one measure, where its kind stands in the row."""
    kinds = _texts(rows, places[section["measure"]])
    texts = _strings(rows, places[section["values"]])
    return [
        text for kind, text in zip(kinds, texts, strict=True) if section["measure_codes"].get(kind) == measure
    ]


_SITES_IN_A_STRING = {"exam": 192, "arch_side": 48}


def _single(section: Mapping[str, Any], text: str, values: int | None = None) -> list[str]:
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


def _codes_of_measures(
    section: Mapping[str, Any],
    rows: Sequence[tuple[Any, ...]],
    places: Mapping[str, int],
    all_values: AllValues,
    found: Conventions,
) -> None:
    """Values that are no millimetres: an offset for negative margins, not assessable, not recorded."""
    values = _measure_values(section, rows, places)
    if section["shape"] in ("tooth_rows", "site_rows", "aspect_rows"):
        for measure, source in _sources(section).items():
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
    for columns in _sources(section, "marks").values():
        for column in columns:
            if section["shape"] != "packed":
                counts.update(_texts(rows, places[column]) if column in places else ())
                continue
            for text in _strings(rows, places[column]):
                counts.update(_single(section, text))
    if section["shape"] == "packed_rows":
        for mark in SITE_MARKS:
            for text in _strings_of(section, rows, places, mark):
                counts.update(_single(section, text))
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


def _level_columns(section: Mapping[str, Any], places: Mapping[str, int], name: str) -> list[str]:
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


def _level_values(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], name: str
) -> Counter[str]:
    found: Counter[str] = Counter()
    for column in _level_columns(section, places, name):
        found.update(text for text in _texts(rows, places[column]) if text)
    if section["shape"] == "site_rows" and name == "furcation" and section.get("furcation"):
        found.update(text for text in _texts(rows, places[section["furcation"]]) if text)
    if section["shape"] == "packed_rows":
        for string in _strings_of(section, rows, places, name):
            found.update(text for text in _single(section, string, values=32) if text)
    return found


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
        counts = _level_values(section, rows, places, name)
        if section["shape"] == "measure_rows" and section.get("tooth_value"):
            kinds = _texts(rows, places[section["measure"]])
            values = _texts(rows, places[section["tooth_value"]])
            counts.update(
                text
                for kind, text in zip(kinds, values, strict=True)
                if text and section["measure_codes"].get(kind) == name
            )
        if section["shape"] != "wide":
            for column in _level_columns(section, places, name):
                counts.update({code: count for code, count in all_values(column).items() if code})
        codes = {code: ours for code, ours in meanings(list(counts), allowed).items() if ours is not None}
        if counts and len(codes) < len(counts):
            for column in _level_columns(section, places, name)[:1]:
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
    furcations = _level_values(section, rows, places, "furcation")
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
    mobilities = _level_values(section, rows, places, "mobility")
    spellings = {
        text: _MOBILITY[text.upper()]
        for text in mobilities
        if text.upper() in _MOBILITY and text not in ("1-", "1+")
    }
    if spellings:
        found.settings["mobility_spellings"] = spellings


def _decoded(
    section: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], places: Mapping[str, int], key: str
) -> list[tuple[Tooth, ...]] | None:
    try:
        chart = _chart_source.validate_python(dict(section))
    except ValidationError:
        return None
    decode = chart_decoder(chart, places)
    place = places[key]
    ordered = sorted(rows, key=lambda row: str(row[place]))
    return [decode(list(group))[0] for _, group in groupby(ordered, key=lambda row: row[place])]


def _sign(section: Mapping[str, Any], exams: Sequence[tuple[Tooth, ...]], found: Conventions) -> None:
    """Positive recession, or negative: whichever adds up to the stored levels."""
    found.settings["gingival_margin_sign"] = "recession_positive"
    if not _has_margin(section):
        found.scores["gingival_margin_sign"] = (0.9, "no gingival margin is stored")
        return
    plus = minus = sites = positive = negative = 0
    by_exam: list[tuple[int, int]] = []
    for teeth in exams:
        own_plus = own_minus = 0
        for tooth in teeth:
            if tooth.status is ToothStatus.IMPLANT:
                continue
            for depth, margin, level in zip(
                tooth.probing_depth, tooth.gingival_margin, tooth.attachment_level, strict=True
            ):
                if not isinstance(margin, int | float) or isinstance(margin, NotAssessable) or not margin:
                    continue
                positive, negative = positive + (margin > 0), negative + (margin < 0)
                if isinstance(depth, int | float) and isinstance(level, int | float):
                    sites += 1
                    own_plus += _adds_up(depth + margin, level)
                    own_minus += _adds_up(depth - margin, level)
        plus, minus = plus + own_plus, minus + own_minus
        if own_plus or own_minus:
            by_exam.append((own_plus, own_minus))
    if sites >= FEWEST_SITES:
        _sign_by_levels(plus / sites, minus / sites, sites, by_exam, found)
    else:
        _sign_by_majority(section, positive, negative, found)


def _adds_up(sum_: float, level: float) -> bool:
    return sum_ == level or (sum_ < 0 and level == 0)


def _sign_by_levels(
    plus: float, minus: float, sites: int, by_exam: Sequence[tuple[int, int]], found: Conventions
) -> None:
    evidence = (
        f"at {sites:,} sites with a margin other than 0 the stored attachment level is depth plus "
        f"margin at {plus:.1%} "
        f"and depth minus margin at {minus:.1%}"
    )
    if max(plus, minus) >= AGREEMENT:
        found.settings["gingival_margin_sign"] = (
            "recession_positive" if plus >= minus else "recession_negative"
        )
        found.scores["gingival_margin_sign"] = (0.98, evidence)
        return
    flipped = sum(own_minus > own_plus for own_plus, own_minus in by_exam)
    found.settings["gingival_margin_sign"] = "recession_positive" if plus >= minus else "recession_negative"
    found.scores["gingival_margin_sign"] = (0.0, evidence)
    found.ask(
        "gingival_margin_sign",
        "Is a positive gingival margin a recession, in every exam? The stored attachment levels do not "
        "agree with "
        "one answer. Set `gingival_margin_sign`, and leave exams that follow the other sign out with "
        "`where`, or "
        "correct them in the source.",
        f"{evidence}; {flipped} of {len(by_exam)} exams speak for negative recession",
    )


def _sign_by_majority(section: Mapping[str, Any], positive: int, negative: int, found: Conventions) -> None:
    total = positive + negative
    if total < FEWEST_SITES:
        found.scores["gingival_margin_sign"] = (0.5, f"only {total} margins other than 0 in the sample")
        found.ask(
            "gingival_margin_sign",
            "Is a positive gingival margin a recession? Too few margins were seen to tell. Set "
            "`gingival_margin_sign` to recession_positive or recession_negative.",
            f"{positive} positive and {negative} negative margins, no attachment levels stored",
        )
        return
    share = max(positive, negative) / total
    sign = "recession_positive" if positive >= negative else "recession_negative"
    evidence = (
        f"no attachment levels are stored to test it; {positive / total:.1%} of {total:,} "
        "margins other than 0 are positive"
    )
    found.settings["gingival_margin_sign"] = sign
    if share >= CLEAR_MAJORITY:
        sureness = 0.78 if share >= RECESSION_SHARE else 0.6
        found.scores["gingival_margin_sign"] = (
            sureness,
            f"{evidence}, and in a perio practice most are recessions",
        )
        found.remarks.append(
            f"Sign of the gingival margin: {evidence}. Compare one exam on screen before confirming."
        )
        return
    found.scores["gingival_margin_sign"] = (0.4, evidence)
    found.ask(
        "gingival_margin_sign",
        "Is a positive gingival margin a recession? Look at one exam on screen and set "
        "`gingival_margin_sign`.",
        evidence,
    )


def _has_margin(section: Mapping[str, Any]) -> bool:
    if "measure_codes" in section:
        return "gingival_margin" in section["measure_codes"].values()
    return "gingival_margin" in section["measures"]


def _order_of_sites(
    section: Mapping[str, Any],
    trial: Mapping[str, Any],
    rows: Sequence[tuple[Any, ...]],
    places: Mapping[str, int],
    key: str,
    found: Conventions,
) -> None:
    """Middle sites are shallower than those between teeth; facing sites of neighbours resemble each other.

    Both hold in every population with periodontitis. They tell which place of a triplet is the middle one and
    on which side of a tooth the first place lies; facial before lingual is what every program has.
    """
    exams = _decoded(
        {
            **trial,
            **(
                {"site_order": list(_SIX_PLACES)}
                if "site_order" in trial or section["shape"] in ("tooth_rows", "measure_rows")
                else {}
            ),
        },
        rows,
        places,
        key,
    )
    if not exams:
        return
    middle = _mean(exams, (1, 4))
    outer = _mean(exams, (0, 2, 3, 5))
    if middle is None or outer is None:
        return
    triplets = middle < outer
    right, left = _facing(exams)
    evidence = f"mean depth {middle:.2f} mm in the middle of triplets and {outer:.2f} mm beside it"
    if not triplets:
        found.scores["site_order"] = (0.4, evidence)
        found.ask(
            "site_order",
            "In which order do the six places of a tooth follow each other? The middle of each triplet "
            "is not the "
            "shallowest, so facial-distal, facial, facial-mesial, lingual-distal, lingual, "
            "lingual-mesial does not fit.",
            evidence,
        )
        return
    if right is None or left is None:
        found.scores["site_order"] = (0.7, f"{evidence}; which end is distal is the order of most programs")
        return
    facing = (
        f"{evidence}; facing sites of neighbours differ by {right[0]:.2f} mm (right) and "
        f"{left[0]:.2f} mm (left), turned round by {right[1]:.2f} and {left[1]:.2f} mm"
    )
    better_right, better_left = right[0] <= right[1], left[0] <= left[1]
    if better_right and better_left:
        found.scores["site_order"] = (0.85, facing)
        return
    _turned(section, better_right, better_left, facing, right, left, found)


def _turned(
    section: Mapping[str, Any],
    right_fits: bool,
    left_fits: bool,
    evidence: str,
    right: tuple[float, float],
    left: tuple[float, float],
    found: Conventions,
) -> None:
    """The data speaks for another direction on one side or on both."""
    clear = max(abs(right[0] - right[1]), abs(left[0] - left[1])) > 0.08
    if section["shape"] in ("packed", "packed_rows", "aspect_rows"):
        turned: dict[str, str] = {}
        on_the_left = "distal_to_mesial" if section["shape"] == "aspect_rows" else "mesial_to_distal"
        for quadrants, fits, usual in (
            (("upper_right", "lower_right"), right_fits, "distal_to_mesial"),
            (("upper_left", "lower_left"), left_fits, on_the_left),
        ):
            other = "mesial_to_distal" if usual == "distal_to_mesial" else "distal_to_mesial"
            turned |= dict.fromkeys(quadrants, usual if fits else other)
        if clear:
            found.settings["directions"] = turned
        found.scores["site_order"] = (0.75 if clear else 0.6, evidence)
        return
    if not right_fits and not left_fits and clear:
        found.settings["site_order"] = list(_MIRRORED)
        found.scores["site_order"] = (0.75, evidence)
        return
    found.scores["site_order"] = (0.55, evidence)
    if clear:
        found.ask(
            "site_order",
            "Do the places of a tooth run as on screen, from the patient's right to left, on both "
            "sides? Then the "
            "first place is distal on the right and mesial on the left, which six fixed columns cannot "
            "say; compare one exam.",
            evidence,
        )


def _mean(exams: Sequence[tuple[Tooth, ...]], sites: Sequence[int]) -> float | None:
    total, count = 0.0, 0
    for teeth in exams:
        for tooth in teeth:
            for site in sites:
                depth = tooth.probing_depth[site]
                if isinstance(depth, int | float) and not isinstance(depth, NotAssessable):
                    total, count = total + depth, count + 1
    return total / count if count >= FEWEST_SITES else None


def _facing(
    exams: Sequence[tuple[Tooth, ...]],
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Mean difference of sites that face a neighbour, as decoded and turned round, right side and left."""
    sums = {"right": [0.0, 0.0, 0], "left": [0.0, 0.0, 0]}
    for teeth in exams:
        by_number = {
            int(tooth.number): tooth for tooth in teeth if tooth.number.isdigit() and int(tooth.number) <= 32
        }
        for number, tooth in by_number.items():
            for low, high, side, outward in (
                (1, 8, "right", 1),
                (9, 16, "left", -1),
                (17, 24, "left", 1),
                (25, 32, "right", -1),
            ):
                if not low <= number <= high:
                    continue
                mesial_neighbour = by_number.get(number + outward)
                if mesial_neighbour is None or not low <= number + outward <= high:
                    continue
                for distal, mesial in ((0, 2), (3, 5)):
                    _add(sums[side], tooth, mesial_neighbour, mesial, distal)
    found = []
    for side in ("right", "left"):
        total, turned, count = sums[side]
        found.append((total / count, turned / count) if count >= FEWEST_SITES else None)
    return found[0], found[1]


def _add(sums: list[float], tooth: Tooth, neighbour: Tooth, mesial: int, distal: int) -> None:
    """Mesial of a tooth against distal of the next; turned round, distal against mesial."""
    values = (
        tooth.probing_depth[mesial],
        neighbour.probing_depth[distal],
        tooth.probing_depth[distal],
        neighbour.probing_depth[mesial],
    )
    if all(isinstance(value, int | float) and not isinstance(value, NotAssessable) for value in values):
        first, second, third, fourth = (float(value) for value in values)  # type: ignore[arg-type]
        sums[0] += abs(first - second)
        sums[1] += abs(third - fourth)
        sums[2] += 1
