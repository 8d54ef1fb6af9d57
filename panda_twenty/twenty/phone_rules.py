"""Which telephone numbers Twenty takes.

Measured on Twenty 2.21, which parses with libphonenumber-js and does not ask whether a number exists:
``12`` and ``000-000-0000`` pass with a country, ``4155552671`` without country and calling code does not,
and a Canadian number sent with country US conflicts. Extensions are dropped silently: keep them elsewhere.
"""

from __future__ import annotations

import re

import phonenumbers

from panda_twenty.twenty.reasons import ReasonCode

__all__ = ["check_phone"]

_LONGEST_INPUT = 250
_SHORTEST_NUMBER, _LONGEST_NUMBER = 2, 17
_START = re.compile(r"[+＋\d]")
_TRAILING = re.compile(r"[^\d#]+$")
_EXTENSION = re.compile(
    r"(?:;ext=|[ \t,;.]*(?:e?xt(?:n|ensi(?:ó|o)n?)?|[x#~])[:.．]?[ \t,-]*)\d{1,15}#?$", re.IGNORECASE
)
_LETTER = re.compile(r"[A-Za-z]")
_CALLING_CODE = re.compile(r"\+?([1-9]\d{0,2})")


def check_phone(number: str | None, country_code: str | None, calling_code: str | None) -> ReasonCode | None:
    """Why Twenty would refuse this number with these codes, or None. Empty parts count as not given."""
    if country_code and country_code not in phonenumbers.SUPPORTED_REGIONS:
        return ReasonCode.BAD_PHONE_CODE
    countries = _countries(calling_code) if calling_code else ()
    if calling_code and not countries:
        return ReasonCode.BAD_PHONE_CODE
    if calling_code and country_code and country_code not in countries:
        return ReasonCode.PHONE_CODES_CONFLICT
    if not number:
        return None
    return _check_number(number, country_code or None, calling_code or None)


def _check_number(number: str, country: str | None, calling_code: str | None) -> ReasonCode | None:
    local = _dialled_part(number)
    if local is None:
        return ReasonCode.BAD_PHONE
    if calling_code and not country and not local.startswith(("+", "＋")):
        # Without a country, a leading 011 or 00 is no way to dial abroad.
        local = f"+{calling_code.removeprefix('+')} {local}"
    try:
        parsed = phonenumbers.parse(local, country)
    except phonenumbers.NumberParseException:
        return ReasonCode.BAD_PHONE
    if not _SHORTEST_NUMBER <= len(phonenumbers.national_significant_number(parsed)) <= _LONGEST_NUMBER:
        return ReasonCode.BAD_PHONE
    belongs_to = phonenumbers.region_code_for_number(parsed)
    is_geographic = belongs_to not in (None, "001", "ZZ")
    if is_geographic and country and belongs_to != country:
        return ReasonCode.PHONE_CODES_CONFLICT
    if calling_code and str(parsed.country_code) != calling_code.replace("+", ""):
        return ReasonCode.PHONE_CODES_CONFLICT
    return None


def _dialled_part(number: str) -> str | None:
    """The part that is dialled, or None where libphonenumber-js finds no number.

    The Python library reads letters as keypad digits (``call mom`` is a number to it); Twenty's does not.
    """
    begin = _START.search(number)
    if begin is None or len(number) > _LONGEST_INPUT:
        return None
    text = _EXTENSION.sub("", _TRAILING.sub("", number[begin.start() :]))
    return None if _LETTER.search(text) else text


def _countries(calling_code: str) -> tuple[str, ...]:
    found = _CALLING_CODE.fullmatch(calling_code)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(found[1]), ()) if found else ()
    return tuple(region for region in regions if region != "001")
