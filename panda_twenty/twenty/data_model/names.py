"""Rules of Twenty's data model that can be checked before anything is asked of the server.

Measured on Twenty 2.21; the server has the last word. Each function returns sentences
about what is wrong, none where all is well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from panda_twenty.twenty.data_model.shapes import FieldModel, ObjectModel, Option
from panda_twenty.twenty.naming import camel_case, upper_first
from panda_twenty.twenty.workspace import SUBFIELDS

__all__ = [
    "COLUMN_LIMIT",
    "PROVIDED_FIELDS",
    "columns_of",
    "composite_columns",
    "field_faults",
    "object_faults",
]

PROVIDED_FIELDS = {
    "id": "UUID",
    "name": "TEXT",
    "createdAt": "DATE_TIME",
    "updatedAt": "DATE_TIME",
    "deletedAt": "DATE_TIME",
    "createdBy": "ACTOR",
    "updatedBy": "ACTOR",
    "position": "POSITION",
    "searchVector": "TS_VECTOR",
    "timelineActivities": "RELATION",
    "attachments": "RELATION",
    "noteTargets": "RELATION",
    "taskTargets": "RELATION",
}
"""What every new object has from the start."""

COLUMN_LIMIT = 1500
"""PostgreSQL takes 1600 columns, and removed ones go on counting."""

_NAME = re.compile(r"[a-z][a-zA-Z0-9]*")
_LONGEST_NAME = 63
# `target<Object>Id` on noteTarget, taskTarget and attachment must fit as well.
_LONGEST_SINGULAR = 57
_LONGEST_LABEL = 63
_OPTION_VALUE = re.compile(r"[A-Z][A-Z0-9_]*")
_CREATABLE = frozenset(
    (
        *("TEXT", "NUMBER", "DATE", "DATE_TIME", "BOOLEAN", "SELECT", "MULTI_SELECT", "RATING", "CURRENCY"),
        *("PHONES", "EMAILS", "ADDRESS", "LINKS", "FULL_NAME", "RICH_TEXT", "RAW_JSON", "ARRAY", "UUID"),
        *("FILES", "RELATION"),
    )
)
_CAN_BE_UNIQUE = frozenset(
    ("TEXT", "NUMBER", "SELECT", "BOOLEAN", "UUID", "EMAILS", "PHONES", "LINKS", "DATE", "DATE_TIME")
)
# Words that Twenty keeps for itself, as names of objects and of fields alike.
_RESERVED = frozenset(
    word
    for singular in (
        *("approvedAccessDomain", "appToken", "billingCustomer", "billingEntitlement", "billingMeter"),
        *("billingProduct", "billingSubscription", "billingSubscriptionItem", "event", "featureFlag"),
        *(
            "field",
            "job",
            "keyValuePair",
            "link",
            "object",
            "pageLayout",
            "pageLayoutTab",
            "pageLayoutWidget",
        ),
        *("plan", "relation", "role", "twoFactorMethod", "type", "user", "userWorkspace"),
        *("userWorkspaceRole", "workspace"),
    )
    for word in (singular, f"{singular}s")
) | {
    *("address", "addresses", "aggregate", "currency", "currencies", "fullNames", "index"),
    *("search", "searches"),
}


def object_faults(model: ObjectModel) -> list[str]:
    """What is wrong with the names of a new object."""
    faults: list[str] = []
    for name, longest in ((model.name_singular, _LONGEST_SINGULAR), (model.name_plural, _LONGEST_NAME)):
        faults.extend(_name_faults(name, longest))
        if _NAME.fullmatch(name) and camel_case(name) != name:
            faults.append(
                f"{name} would be called {camel_case(name)} by Twenty's API; use a name without digits and"
                " without two capitals in a row."
            )
    if model.name_singular == model.name_plural:
        faults.append("The singular and the plural name must differ.")
    for label in (model.label_singular, model.label_plural):
        if not 1 <= len(label) <= _LONGEST_LABEL:
            faults.append(f"A label has 1 to {_LONGEST_LABEL} characters, {label!r} has {len(label)}.")
    return faults


def field_faults(model: FieldModel) -> list[str]:
    """What is wrong with a new field, taken by itself."""
    faults = list(_name_faults(model.name, _LONGEST_NAME - (2 if model.relation else 0)))
    if model.type not in _CREATABLE:
        faults.append(f"Fields of type {model.type} cannot be created.")
    if model.unique and model.type not in _CAN_BE_UNIQUE:
        faults.append(f"Fields of type {model.type} cannot be unique.")
    if (model.type == "RELATION") != (model.relation is not None):
        faults.append("A relation needs a target, and only a relation has one.")
    if model.relation is not None:
        reverse = camel_case(model.relation.reverse_label)
        faults.extend(f"On the other side: {fault}" for fault in _name_faults(reverse, _LONGEST_NAME))
    if model.type in ("SELECT", "MULTI_SELECT"):
        faults.extend(option_faults(model.options))
    return faults


def option_faults(options: Collection[Option]) -> Iterator[str]:
    """What is wrong with a list of options."""
    if not options:
        yield "A choice needs at least one option."
    values = [option.value for option in options]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield f"Option {value} occurs more than once."
    for option in options:
        if not _OPTION_VALUE.fullmatch(option.value) or len(option.value) > _LONGEST_NAME:
            yield f"Option value {option.value!r} is not UPPER_SNAKE_CASE of 1 to {_LONGEST_NAME} letters."
        if "," in option.label or not 1 <= len(option.label) <= _LONGEST_LABEL:
            yield f"Label {option.label!r} must have 1 to {_LONGEST_LABEL} characters and no comma."


def composite_columns(name: str, kind: str) -> list[str]:
    """The names that a composite field occupies: ``emails`` takes ``emailsPrimaryEmail`` and others."""
    if kind in ("FILES", "ACTOR"):
        return []
    return [f"{name}{upper_first(part)}" for part in SUBFIELDS.get(kind, ())]


def columns_of(fields: Iterable[tuple[str, str]]) -> int:
    """How many database columns these fields take, given as name and type."""
    return sum(1 if kind == "FILES" else max(1, len(SUBFIELDS.get(kind, ()))) for _, kind in fields)


def _name_faults(name: str, longest: int) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{name!r} must begin with a lower-case letter and hold nothing but letters and digits."
    if len(name) > longest:
        yield f"{name} has {len(name)} characters; {longest} are allowed."
    if name in _RESERVED:
        yield f"{name} is a name that Twenty keeps for itself."
