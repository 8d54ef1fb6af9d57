"""How a field of an existing record is emptied.

Measured on Twenty 2.21: null empties a plain field, but for a composite it means "keep what is there"; each
of its parts has to be set to null (names to "").
"""

from __future__ import annotations

from typing import Any

from panda_twenty.twenty.workspace import SUBFIELDS, ObjectFacts

_EMPTY_COMPOSITES: dict[str, dict[str, Any]] = {
    "EMAILS": {"primaryEmail": None, "additionalEmails": None},
    "PHONES": {
        "primaryPhoneNumber": None,
        "primaryPhoneCountryCode": None,
        "primaryPhoneCallingCode": None,
        "additionalPhones": None,
    },
    "ADDRESS": {
        "addressStreet1": None,
        "addressStreet2": None,
        "addressCity": None,
        "addressState": None,
        "addressPostcode": None,
        "addressCountry": None,
    },
    "LINKS": {"primaryLinkLabel": None, "primaryLinkUrl": None, "secondaryLinks": None},
    "CURRENCY": {"amountMicros": None, "currencyCode": None},
    "FULL_NAME": {"firstName": "", "lastName": ""},
    "RICH_TEXT": {"blocknote": None, "markdown": None},
}


def can_be_cleared(facts: ObjectFacts, column: str) -> bool:
    """False for what Twenty never leaves empty, such as ``createdAt``: there the value stays."""
    field = facts.fields.get(column)
    return field is None or field.is_nullable or field.type in _EMPTY_COMPOSITES


def put_back(facts: ObjectFacts, column: str, value: Any) -> Any:
    """What to send so that ``column`` holds ``value`` again, which Twenty once answered.

    It answers "" and [] for what is empty, and takes null for that (for names, "").
    """
    field = facts.fields.get(column)
    if field is None or field.type not in SUBFIELDS:
        return None if value in ("", []) and (field is None or field.is_nullable) else value
    if value is None:
        return cleared(facts, column)
    empty = "" if field.type == "FULL_NAME" else None
    return {
        part: empty if value.get(part) in (None, "", []) else value[part] for part in SUBFIELDS[field.type]
    }


def cleared(facts: ObjectFacts, column: str) -> Any:
    """What to send so that ``column`` of an existing record is empty afterwards."""
    field = facts.fields.get(column)
    return dict(_EMPTY_COMPOSITES[field.type]) if field and field.type in _EMPTY_COMPOSITES else None
