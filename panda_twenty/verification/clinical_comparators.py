"""Codes, areas, comparisons, appointments, notes: read back and held against the source."""

from __future__ import annotations

import re
from decimal import Decimal

from panda_twenty.mapping.rich_text import plain_text, plain_text_of
from panda_twenty.verification.comparators import Comparison, spoken


def sound_npi_has_no_remark(comparison: Comparison) -> bool:
    """A remark stands exactly where the check digit (Luhn over 80840 and the number) is wrong."""
    number = spoken(comparison.values[0])
    if not number:
        return not comparison.found
    digits = [int(each) for each in f"80840{number}"] if re.fullmatch(r"[12]\d{9}", number.strip()) else []
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_sound = bool(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return bool(comparison.found) is not is_sound


def code_has_that_status(comparison: Comparison) -> bool:
    """Current-looking and retired codes have the form D and four digits; the others have not."""
    code = spoken(comparison.values[0]).strip().upper()
    if not code:
        return comparison.found is None
    if re.fullmatch(r"D\d{4}", code):
        return comparison.found in ("CURRENT", "RETIRED")
    return bool(comparison.found == ("SUFFIXED" if re.match(r"D\d{4}", code) else "LOCAL"))


def teeth_stand_in_area(comparison: Comparison) -> bool:
    """Single teeth and ranges of the area, counted out; nothing for areas that are no teeth."""
    raw = spoken(comparison.values[0]).upper().replace("#", " ").replace("TEETH", " ").replace("TOOTH", " ")
    expected: list[str] = []
    for part in filter(None, re.split(r"[,;&\s]+", re.sub(r"\s*-\s*", "-", raw))):
        first, _, last = part.partition("-")
        if (
            first.isdigit()
            and (last or first).isdigit()
            and 1 <= int(first) <= 32
            and first == str(int(first))
        ):
            expected += [str(tooth) for tooth in range(int(first), int(last or first) + 1)]
        elif re.fullmatch(r"[A-T]", first) and re.fullmatch(r"[A-T]", last or first):
            expected += [chr(each) for each in range(ord(first), ord(last or first) + 1)]
        else:
            return True if not comparison.found else set(comparison.found) >= set(expected)
    return sorted(comparison.found or ()) == sorted(set(expected))


def quadrants_stand_in_area(comparison: Comparison) -> bool:
    """The quadrants that the area names by their letters; an area of bare teeth names none."""
    raw = spoken(comparison.values[0]).upper()
    named = set(re.findall(r"\b(UR|UL|LR|LL)\b", raw))
    found = set(comparison.found or ())
    return found == named if named or re.fullmatch(r"[\d,\- ]*", raw) else True


def same_money(comparison: Comparison) -> bool:
    source = comparison.values[0]
    micros = (comparison.found or {}).get("amountMicros")
    if source is None or micros is None:
        return source is None and micros is None
    return Decimal(str(micros)) == Decimal(str(source)) * 1_000_000


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
    return set(comparison.found or ()) == expected


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
    source = plain_text(comparison.values[0])
    found = plain_text_of((comparison.found or {}).get("markdown") or "")
    return "".join(source.split()) == "".join(found.split())


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
    return comparison.found in ((True, False, None) if is_rich else (False, None))
