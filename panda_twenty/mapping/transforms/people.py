"""Names, addresses, e-mail addresses and telephones, in the forms of Twenty's composite fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import phonenumbers

from panda_twenty.mapping.transforms.plain import clean

SUFFIX = re.compile(r"(?<=\S),?\s+(?P<suffix>(?:jr|sr|ii|iii|iv|v|esq)\.?)\s*$", re.IGNORECASE)
"""A generational suffix glued to a family name. A lone V or similar needs a name before it."""

_PLAIN = r'[^@\s"<>()\[\]:;,\ufeff]'
EMAIL = re.compile(rf"{_PLAIN}{{1,64}}@{_PLAIN}+\.(?!\.){_PLAIN}+(?<!\.)")
LONGEST_EMAIL = 255
EMAIL_SEPARATORS = re.compile(r"[;,\s]+")
AROUND_EMAIL = "<>()[]\"'."
"""What people put around an address; it is left off, and the field as stored goes to the remark."""

BETWEEN_NUMBERS = re.compile(r"[;,\n]|\s/\s|(?<=\d{4})/(?=\(?\d{3})|\b(?:or|and)\b", re.IGNORECASE)
"""What stands between two telephones of one field; a slash also stands inside one, as in 607/555-0142."""

PHONE_KINDS = ("Mobile", "Home", "Work")


def full_name(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, str] | None:
    """FULL_NAME from given and family name and, where there is one, the suffix of its own column.

    A suffix glued to the family name goes to a field of its own, which holds one: where the column has a
    suffix already, the family name stays as it is stored.
    """
    first, last, *stored_suffix = (clean(value) for value in values)
    if last and not any(stored_suffix) and (found := SUFFIX.search(last)):
        last = last[: found.start()]
    if not first and not last:
        return None
    return {"firstName": first or "", "lastName": last or ""}


def name_suffix(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The suffix as stored, else the one glued to the family name."""
    suffix, last = (clean(value) for value in values)
    if suffix:
        return suffix
    found = SUFFIX.search(last) if last else None
    return found["suffix"] if found else None


def split_emails(raw: Any) -> tuple[list[str], str | None]:
    """The addresses in a field, lower-cased and each once, and the raw text if it holds more than them."""
    raw = clean(raw)
    if not raw:
        return [], None
    parts = [part for part in EMAIL_SEPARATORS.split(raw) if part]
    bare = [part.strip(AROUND_EMAIL).lower() for part in parts]
    addresses = [each for each in bare if EMAIL.fullmatch(each) and len(each) <= LONGEST_EMAIL]
    is_all = addresses == [part.lower() for part in parts]
    return list(dict.fromkeys(addresses)), None if is_all else raw


def emails(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """EMAILS: the first address is the main one, the others are additional."""
    addresses, _ = split_emails(values[0])
    if not addresses:
        return None
    return {"primaryEmail": addresses[0], "additionalEmails": addresses[1:] or None}


def email_remark(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The field as stored where it holds something that is no address."""
    return split_emails(values[0])[1]


def numbers_in(raw: str | None) -> list[phonenumbers.PhoneNumber]:
    """The telephone numbers in a text; one without a country is North American.

    The library also reads letters as on a telephone's keys and ``x`` as a sign within a number: it makes
    1212398 of ``12 12 ext`` and 5550145120 of ``555-0145 x12 0``. Such digits are no number; the remark has
    them as they stand.
    """
    if not raw:
        return []
    lenient = phonenumbers.Leniency.POSSIBLE
    return [
        match.number
        for part in BETWEEN_NUMBERS.split(raw)
        for match in phonenumbers.PhoneNumberMatcher(part, "US", leniency=lenient)
        if re.search(r"[^\w+]{0,4}".join(national_digits(match.number)), _western(match.raw_string))
    ]


def _western(text: str) -> str:
    """The text with every digit of any script as 0 to 9, which is how the library gives them back."""
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def phones(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """PHONES: the first number is the main one. Extensions and remarks go to :func:`phone_remarks`.

    Only the calling code is sent, never a country: Twenty works the country out, and refuses a Canadian
    number that claims to be from the US (measured on 2.21).
    """
    found: dict[str, str] = {}
    for raw in values:
        for number in numbers_in(clean(raw)):
            found.setdefault(national_digits(number), f"+{number.country_code}")
    if not found:
        return None
    (digits, calling_code), *others = found.items()
    return {
        "primaryPhoneNumber": digits,
        "primaryPhoneCallingCode": calling_code,
        "additionalPhones": [{"number": more, "callingCode": code} for more, code in others] or None,
    }


def national_digits(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.national_significant_number(number)


def phone_remarks(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """What the composite cannot hold: extensions, remarks, junk, and which number is which.

    None only where a single number stands alone and is the first kind, so that nothing more is to be said.
    """
    filled = [(kind, clean(raw)) for kind, raw in zip(PHONE_KINDS, values, strict=False) if clean(raw)]
    if not filled or (len(filled) == 1 and filled[0][0] == PHONE_KINDS[0] and _is_bare_number(filled[0][1])):
        return None
    if len(values) == 1:
        return filled[0][1]
    return "; ".join(f"{kind}: {raw}" for kind, raw in filled)


def _is_bare_number(raw: str | None) -> bool:
    numbers = numbers_in(raw)
    if raw is None or len(numbers) != 1 or numbers[0].extension:
        return False
    digits = phonenumbers.normalize_digits_only(raw)
    national, code = national_digits(numbers[0]), str(numbers[0].country_code)
    whole = (national, code + national, f"011{code}{national}")
    return re.fullmatch(r"[\d\s().+-]+", raw) is not None and digits in whole


def address(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, str | None] | None:
    street, street2, city, state, postal_code, country = (clean(value) for value in values)
    if not any((street, street2, city, state, postal_code, country)):
        return None
    return {
        "addressStreet1": street,
        "addressStreet2": street2,
        "addressCity": city,
        "addressState": state,
        "addressPostcode": postal_code,
        "addressCountry": country,
    }
