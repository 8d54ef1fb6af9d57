"""National Provider Identifiers and their check digit.

An NPI has ten digits, begins with 1 or 2, and ends in a check digit: the Luhn formula over the number with
80840 before it (80 for health applications, 840 for the United States), whether or not the prefix is written.
Source: CMS, *Requirements for NPI Check Digit*, and the final rule 69 FR 3434 of 23 January 2004.
"""

from __future__ import annotations

import re

CARD_ISSUER_PREFIX = "80840"


def clean_npi(text: str | None) -> str | None:
    """The bare NPI: without blanks, hyphens, dots, a label or the card issuer prefix; None if empty.

    A text that has no ten digits comes back as it is, but for blanks around it.
    """
    written = (text or "").strip()
    if not written:
        return None
    bare = re.sub(r"^NPI\s*(?:no\.?|number|#)?\s*[:#]?\s*", "", written, flags=re.IGNORECASE)
    bare = re.sub(r"\.0+$", "", bare)  # a number that passed through a spreadsheet
    bare = re.sub(r"[\s.\-\u2010-\u2015]", "", bare)
    if re.fullmatch(r"[0-9]{15}", bare):
        bare = bare.removeprefix(CARD_ISSUER_PREFIX)
    return bare if re.fullmatch(r"[0-9]{10}", bare) else written


def npi_problem(text: str | None) -> str | None:
    """What is wrong with an NPI, as a sentence for a person; None for a good one and for an empty field."""
    npi = clean_npi(text)
    if npi is None:
        return None
    if not re.fullmatch(r"[0-9]+", npi):
        return "The NPI holds something other than digits."
    if len(npi) != 10:
        return f"The NPI has {len(npi)} digits instead of 10."
    if npi[0] not in "12":
        return "The NPI does not begin with 1 or 2."
    if _luhn_total(CARD_ISSUER_PREFIX + npi) % 10:
        return "The check digit of the NPI is wrong: one of its digits is mistyped, or two are swapped."
    return None


def _luhn_total(digits: str) -> int:
    """The sum of the digits, every second one from the right doubled and counted digit by digit (18 is 9)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total
