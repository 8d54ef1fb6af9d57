"""Telephone numbers as Twenty takes them: parsed with libphonenumber's rules, not checked for validity."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
from phonenumbers import phonenumberutil

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.errors import TwentyError

START = re.compile("[+＋0-9０-９٠-٩۰-۹]")
AFTER_THE_END = re.compile(r"[^0-9０-９٠-٩۰-۹#]+$")
LONGEST_INPUT = 250
MOST_DIGITS = 18


def _refused(message: str, code: str) -> TwentyError:
    return TwentyError(
        message, sub_code=code, user_message=message, rest_name="RecordTransformerException", rest_code=code
    )


def _countries(calling_code: str) -> list[str]:
    digits = calling_code.removeprefix("+")
    regions = (
        phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits), ())
        if re.fullmatch(r"[1-9]\d*", digits)
        else ()
    )
    return [region for region in regions if region != "001"]


def _parse(number: str, country: str | None, calling_code: str | None) -> tuple[str | None, str, str]:
    """Country (where it can be told), calling code without plus, and national digits of ``number``."""
    invalid = _refused(f"Provided phone number is invalid {number}", "INVALID_PHONE_NUMBER")
    begin = START.search(number)
    if len(number) > LONGEST_INPUT or begin is None:
        raise invalid
    text = AFTER_THE_END.sub("", number[begin.start() :])
    region = country or next(iter(_countries(calling_code or "")), None)
    _, without_extension = phonenumberutil._maybe_strip_extension(text)
    if re.search(r"[a-zA-Z]", without_extension) or len(re.sub(r"\D", "", without_extension)) > MOST_DIGITS:
        raise invalid
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise invalid from None
    digits = phonenumbers.national_significant_number(parsed)
    found = phonenumbers.region_code_for_number(parsed)
    if found in (None, "001", "ZZ"):
        local = not text.startswith(("+", "＋"))
        found = country if local else None
    return found, str(parsed.country_code), digits


def _phone(number: Any, country: Any, calling_code: Any) -> dict[str, Any]:
    """The checked parts of one phone; a part that was not given and cannot be told is left out."""
    if country and country not in phonenumbers.SUPPORTED_REGIONS:
        raise _refused(f"Invalid country code {country}", "INVALID_PHONE_COUNTRY_CODE")
    if calling_code:
        expected = _countries(calling_code)
        if not expected:
            raise _refused(f"Invalid calling code {calling_code}", "INVALID_PHONE_CALLING_CODE")
        if country and country not in expected:
            raise _refused(
                "Provided country code and calling code are conflicting",
                "CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE",
            )
    if not number:
        given = {"number": number, "countryCode": country, "callingCode": calling_code}
        return {key: value or None for key, value in given.items() if value is not MISSING}
    found, code, digits = _parse(number, country or None, calling_code or None)
    if found and country and found != country:
        raise _refused("Provided and inferred country code are conflicting", "CONFLICTING_PHONE_COUNTRY_CODE")
    if calling_code and code != calling_code.replace("+", ""):
        raise _refused("Provided and inferred calling code are conflicting", "CONFLICTING_PHONE_CALLING_CODE")
    phone = {"countryCode": country or found, "callingCode": calling_code or f"+{code}", "number": digits}
    return {key: value for key, value in phone.items() if value is not None}


class _Missing:
    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


def transform(value: dict[str, Any]) -> dict[str, Any]:
    """A PHONES value as it is stored. ``additionalPhones`` is written even when it was not given."""
    primary = _phone(
        value.get("primaryPhoneNumber", MISSING),
        value.get("primaryPhoneCountryCode", MISSING),
        value.get("primaryPhoneCallingCode", MISSING),
    )
    additional = value.get("additionalPhones")
    if isinstance(additional, str):
        additional = javascript.loads(additional)
    phones = [
        _phone(
            item.get("number", MISSING), item.get("countryCode", MISSING), item.get("callingCode", MISSING)
        )
        if isinstance(item, dict)
        else {}
        for item in (additional if isinstance(additional, list) else [])
    ]
    names = {
        "number": "primaryPhoneNumber",
        "countryCode": "primaryPhoneCountryCode",
        "callingCode": "primaryPhoneCallingCode",
    }
    return {"additionalPhones": phones or None, **{names[key]: part for key, part in primary.items()}}
