"""The composite field types: which subfields each has, of which type, and what null reads as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ACTOR_SOURCES = (
    "EMAIL",
    "CALENDAR",
    "WORKFLOW",
    "AGENT",
    "API",
    "IMPORT",
    "MANUAL",
    "SYSTEM",
    "WEBHOOK",
    "APPLICATION",
)


@dataclass(frozen=True)
class Subfield:
    """One part of a composite; ``null_reads_as`` is what the API shows for a stored null."""

    name: str
    type: str = "TEXT"
    null_reads_as: Any = None
    unique: bool = False
    """Whether it is part of the key when the composite is unique."""


def _texts(*names: str) -> list[Subfield]:
    return [Subfield(name, null_reads_as="") for name in names]


COMPOSITES: dict[str, tuple[Subfield, ...]] = {
    "FULL_NAME": tuple(_texts("firstName", "lastName")),
    "EMAILS": (
        Subfield("primaryEmail", null_reads_as="", unique=True),
        Subfield("additionalEmails", "RAW_JSON", []),
    ),
    "PHONES": (
        Subfield("primaryPhoneNumber", null_reads_as="", unique=True),
        Subfield("primaryPhoneCountryCode", null_reads_as="", unique=True),
        Subfield("primaryPhoneCallingCode", null_reads_as="", unique=True),
        Subfield("additionalPhones", "RAW_JSON", []),
    ),
    "LINKS": (
        Subfield("primaryLinkLabel", null_reads_as=""),
        Subfield("primaryLinkUrl", null_reads_as="", unique=True),
        Subfield("secondaryLinks", "RAW_JSON", []),
    ),
    "ADDRESS": (
        *_texts(
            "addressStreet1",
            "addressStreet2",
            "addressCity",
            "addressPostcode",
            "addressState",
            "addressCountry",
        ),
        Subfield("addressLat", "NUMERIC"),
        Subfield("addressLng", "NUMERIC"),
    ),
    "CURRENCY": (Subfield("amountMicros", "NUMERIC"), Subfield("currencyCode")),
    "RICH_TEXT": (Subfield("blocknote"), Subfield("markdown", null_reads_as="")),
    "ACTOR": (
        Subfield("source", "SELECT"),
        Subfield("workspaceMemberId", "UUID"),
        Subfield("name", null_reads_as=""),
        Subfield("context", "RAW_JSON"),
    ),
}

LABELS = {
    "ACTOR": "actor",
    "ADDRESS": "address",
    "CURRENCY": "currency",
    "EMAILS": "emails",
    "FULL_NAME": "full name",
    "LINKS": "links",
    "PHONES": "phones",
    "RICH_TEXT": "rich text",
}
"""What an error message calls each of them."""

AGGREGATED = {
    "CURRENCY": ("amountMicros", "currencyCode"),
    "FULL_NAME": ("firstName", "lastName"),
    "ADDRESS": tuple(subfield.name for subfield in COMPOSITES["ADDRESS"]),
    "LINKS": ("primaryLinkUrl",),
    "ACTOR": ("workspaceMemberId", "source"),
    "EMAILS": ("primaryEmail",),
    "PHONES": ("primaryPhoneNumber", "primaryPhoneCountryCode", "primaryPhoneCallingCode"),
    "RICH_TEXT": ("blocknote", "markdown"),
}
"""The subfields that together make a composite empty or not for counting."""


def subfield(field_type: str, name: str) -> Subfield | None:
    return next((part for part in COMPOSITES[field_type] if part.name == name), None)
