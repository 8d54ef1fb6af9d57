"""Codes, areas, comparisons, appointments, notes: read back and held against the source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from panda_twenty.mapping.procedure_codes import RETIRED_NUMBERS
from panda_twenty.mapping.rich_text import plain_text_of, same_words, second_reading
from panda_twenty.verification.comparators import Comparison, spoken


def sound_npi_has_no_remark(comparison: Comparison) -> bool:
    """A remark stands exactly where the check digit (Luhn over 80840 and the number) is wrong."""
    number = spoken(comparison.values[0])
    if not number:
        return not comparison.found
    bare = re.sub(r"(?i)^\s*NPI\s*(?:no\.?|number|#)?\s*[:#]?|\.0+\s*$", "", number)
    bare = re.sub(r"[\s.\-\u2010-\u2015]", "", bare)
    bare = bare[5:] if re.fullmatch(r"80840\d{10}", bare) else bare
    digits = [int(each) for each in f"80840{bare}"] if re.fullmatch(r"[12][0-9]{9}", bare) else []
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_sound = bool(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return bool(comparison.found) is not is_sound


def code_has_that_status(comparison: Comparison) -> bool:
    """D and four digits looks current or is in the list of retired ones; letters behind it are a suffix."""
    code, found = spoken(comparison.values[0]).strip().upper(), comparison.found
    if not code:
        return found is None
    if not re.match(r"D[0-9]{4}(?![0-9])", code):
        return bool(found == "LOCAL")
    if code[:5] in RETIRED_NUMBERS:
        return found == "RETIRED" or (len(code) > 5 and found == "LOCAL")
    if len(code) == 5:
        return bool(found == "CURRENT")
    is_plain_suffix = re.fullmatch(r"[.\-_/ ]?[A-Z]{1,3}|[.\-_/ ][A-Z0-9]{1,3}", code[5:])
    return found == "SUFFIXED" or (found == "LOCAL" and not is_plain_suffix)


def teeth_stand_in_area(comparison: Comparison) -> bool:
    """Single teeth and ranges of the area, counted out in order; nothing for what is not teeth."""
    raw = spoken(comparison.values[0]).upper().replace("#", " ").replace("TEETH", " ").replace("TOOTH", " ")
    found = list(comparison.found or ())
    if len(set(found)) != len(found):
        return False
    expected: set[int] = set()
    is_plain = not re.search(r"[&/+]|[A-T].*[0-9]|[0-9].*[A-T]", raw)
    for part in filter(None, re.split(r"[,;&\s]+", re.sub(r"\s*[-\u2010-\u2015\u2212]\s*", "-", raw))):
        span = _SPAN.fullmatch(part)
        if span is None:
            return not found or {_place(tooth) for tooth in found} >= expected
        ends = [_place(each) for each in span.groups() if each]
        expected |= set(range(min(ends), max(ends) + 1))
        is_plain = is_plain and ends == sorted(ends)
    return found == [_tooth_at(place) for place in sorted(expected)] or (not found and not is_plain)


_TOOTH = r"[1-9]|[12][0-9]|3[0-2]"
_SPAN = re.compile(rf"({_TOOTH})(?:-({_TOOTH}))?|([A-T])(?:-([A-T]))?")
"""One tooth, or a range of one kind of teeth."""


def _place(tooth: str) -> int:
    """1 to 32 for permanent teeth, 101 to 120 for primary ones."""
    return int(tooth) if tooth.isdigit() else 101 + ord(tooth) - ord("A")


def _tooth_at(place: int) -> str:
    return str(place) if place < 100 else chr(ord("A") + place - 101)


def quadrants_stand_in_area(comparison: Comparison) -> bool:
    """The quadrants that the area names by their letters; an area of bare teeth names none."""
    raw = spoken(comparison.values[0]).upper()
    named = set(re.findall(r"\b(UR|UL|LR|LL)\b", raw))
    found = list(comparison.found or ())
    if found != sorted(set(found)):
        return False
    if re.fullmatch(r"[A-T\d,\- ]*", raw) and not named:
        return not found
    is_plain = re.fullmatch(r"\s*(?:(?:UR|UL|LR|LL|[1-9]|[12][0-9]|3[0-2])(?:\s*[,;]\s*|\s*$))+", raw)
    return set(found) == named if is_plain else not found or set(found) >= named


def same_money(comparison: Comparison) -> bool:
    source, found = comparison.values[0], comparison.found or {}
    micros = found.get("amountMicros")
    if source is None or micros is None:
        return source is None and micros is None
    return found.get("currencyCode") == "USD" and Decimal(str(micros)) == Decimal(str(source)) * 1_000_000


def stored_indices_are_named(comparison: Comparison) -> bool:
    """Exactly those stored indices are named that the pandas tables do not bear out."""
    stored = dict(zip(("bop_pct", "plaque_pct", "mean_pd"), comparison.values[1:], strict=True))
    labels = {"bop_pct": "BOP %", "plaque_pct": "Plaque %", "mean_pd": "Mean PD"}
    tolerance = {"bop_pct": 0.1, "plaque_pct": 0.1, "mean_pd": 0.01}
    expected = {
        labels[name]
        for name, value in stored.items()
        if value is not None
        and (worked_out := comparison.indices.get(name)) is not None
        and abs(float(value) - worked_out) > tolerance[name] + 1e-9
    }
    return list(comparison.found or ()) == [label for label in labels.values() if label in expected]


def baseline_stands_so(comparison: Comparison) -> bool:
    baseline, exams = comparison.values[0], [each for each in comparison.values[1:] if each]
    places = [place for place, exam in enumerate(exams) if exam == baseline]
    if not baseline:
        return bool(comparison.found == "NONE")
    if not places:
        return bool(comparison.found == "NOT_COMPARED")
    return bool(comparison.found == ("FIRST_EXAM" if places[0] == 0 else "RE_BASED"))


def status_fits_outcome(comparison: Comparison) -> bool:
    is_over = comparison.values[0] in ("COMPLETED", "NO_SHOW", "CANCELLED", "RESCHEDULED")
    return bool(comparison.found == ("DONE" if is_over else "TODO"))


def the_confirmed_member(comparison: Comparison) -> bool:
    members = comparison.line.options_of_transform.get("members", {})
    return bool(comparison.found == members.get(comparison.values[0] or ""))


def the_filled_in_order(comparison: Comparison) -> bool:
    return list(comparison.found or ()) == [spoken(value) for value in comparison.values if spoken(value)]


def same_words_and_figures(comparison: Comparison) -> bool:
    """The text that a reader of Twenty's note sees is the text that a reader of the source saw.

    Blanks may fall differently; nothing else may. The source's text is taken out by the plainer of two ways.
    """
    source = second_reading(comparison.values[0])
    if source is None:
        return False
    found = plain_text_of((comparison.found or {}).get("markdown") or "")
    return same_words(source, found)


def names_a_format(comparison: Comparison) -> bool:
    body = spoken(comparison.values[0])
    if not body.strip():
        return comparison.found in ("empty", "", None)
    if body.lstrip().startswith("{\\rtf"):
        return bool(comparison.found == "rtf")
    return comparison.found in ("plain", "html", "rtf", "unreadable")


def says_whether_formatting_was_lost(comparison: Comparison) -> bool:
    """A note may be marked; a note in plain text has no formatting to lose."""
    is_rich = spoken(comparison.values[0]).lstrip().startswith(("{\\rtf", "<"))
    return comparison.found is False or (is_rich and comparison.found is True)


def tells_what_was_left_out(comparison: Comparison) -> bool:
    """A picture in the source or a lost formatting has its remark; plain text leaves nothing out."""
    body, found = spoken(comparison.values[0]), comparison.found or ""
    is_rtf = body.lstrip().startswith("{\\rtf")
    must_tell = comparison.record.get("formattingLost") is True or (
        is_rtf and re.search(r"\{\\pict(?![a-z])", body) is not None
    )
    may_tell = is_rtf or "<" in body
    return bool(found) if must_tell else not found or may_tell


def same_custom_finding(comparison: Comparison) -> bool:
    """The finding's value by its definition; empty only where the text does not plainly fit the type."""
    options = comparison.line.options_of_transform
    findings, texts = comparison.values
    text = next(
        (spoken(t) for key, t in zip(findings, texts, strict=True) if key == options["finding_key"]), ""
    )
    found, kind = comparison.found, options["type"]
    if found in (None, ""):
        return not text.strip() or not _plainly_fits(kind, options["options"], text)
    if not text.strip():
        return False
    if kind == "NUMBER":
        return not isinstance(found, bool) and Decimal(str(found)) == Decimal(text.strip().replace(",", ""))
    if kind == "BOOLEAN":
        return found is (text.strip()[:1].casefold() in ("1", "y", "t"))
    if kind == "SELECT":
        return _words(options["options"].get(found, "")) == _words(text)
    if kind == "DATE":
        year, month, day = str(found).split("-")
        return {int(year), int(month), int(day)} <= {int(part) for part in re.findall(r"\d+", text)}
    return bool(found == text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _plainly_fits(kind: str, options: Mapping[str, str], text: str) -> bool:
    """Whether a text surely is a value of this type, so that leaving its field empty would be a loss."""
    if kind == "NUMBER":
        return re.fullmatch(r"\s*-?\d{1,9}(\.\d{1,4})?\s*", text) is not None
    if kind == "BOOLEAN":
        return text.strip().casefold() in ("yes", "no", "y", "n", "1", "0")
    if kind == "SELECT":
        return _words(text) in [_words(label) for label in options.values()]
    if kind == "DATE":
        return re.fullmatch(r"\s*(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])\s*", text) is not None
    return True
