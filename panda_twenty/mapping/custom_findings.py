"""Findings that a practice defined for itself become fields of their own, typed from their definition.

=========  =======  ==========================================================================================
defined    field    a value that fits
=========  =======  ==========================================================================================
TEXT       TEXT     any text, character for character
NUMBER     NUMBER   a number that a 64-bit float holds exactly; thousands may be set off by commas
YES_NO     BOOLEAN  yes, no, y, n, true, false, t, f, 1, 0
CHOICE     SELECT   one of the definition's choices, whatever its case and blanks
DATE       DATE     2024-02-29 or, month first as in the US, 2/29/2024; with a time only if it is midnight
=========  =======  ==========================================================================================

Nothing is lost: a value that does not fit its type, and every value of a finding that got no field, stays as
text in the digest of the exam's practice-defined findings. :func:`place_findings` says which.

Names follow from label and key alone, so they are the same on every run, in whatever order definitions come.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from panda_twenty.mapping.transforms.plain import clean
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.twenty.data_model import FieldModel
from panda_twenty.twenty.data_model.names import PROVIDED_FIELDS, field_faults
from panda_twenty.twenty.naming import camel_case

ValueType = Literal["TEXT", "NUMBER", "YES_NO", "CHOICE", "DATE"]
CustomType = Literal["TEXT", "NUMBER", "BOOLEAN", "SELECT", "DATE"]

OVER_BUDGET = "over budget"
DEFINED_TWICE = "defined twice"
LONGEST_NAME = 63
"""Characters that Twenty takes in a name, a label and an option's value."""
MOST_OPTIONS = 150
"""A choice with more than these is kept as text (reference, section 3.1)."""

_FIELD_TYPES: Mapping[ValueType, CustomType] = {
    "TEXT": "TEXT",
    "NUMBER": "NUMBER",
    "YES_NO": "BOOLEAN",
    "CHOICE": "SELECT",
    "DATE": "DATE",
}
_YES = frozenset(("yes", "y", "true", "t", "1"))
_NO = frozenset(("no", "n", "false", "f", "0"))
_NUMBER = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|[+-]?\.[0-9]+")
_DAY = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"|(?P<us_month>[0-9]{1,2})/(?P<us_day>[0-9]{1,2})/(?P<us_year>[0-9]{4}))"
    r"(?:[T ](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?AM))?"
)
_SIGNS = {
    "+": " plus ",
    "<": " under ",
    ">": " over ",
    "≤": " up to ",
    "≥": " at least ",
    "%": " percent ",
    "±": " plus minus ",
}
_STAYS = "The value stays as text among the practice-defined findings."


def plan_custom_fields(
    definitions: Iterable[FindingDefinition], budget: int, taken: Collection[str]
) -> CustomFieldPlan:
    """A field for each definition, by key, until ``budget`` fields are planned.

    ``taken`` has the names of the object's other fields; their join columns (``patientId``) and the fields
    that every object has are taken too.
    """
    used = {name.casefold() for name in (*taken, *(f"{name}Id" for name in taken), *PROVIDED_FIELDS)}
    fields: list[CustomField] = []
    left_over: list[LeftOver] = []
    seen: set[str] = set()
    for definition in sorted(definitions, key=_definition_order):
        label = _label(definition)
        if definition.key in seen:
            left_over.append(LeftOver(definition.key, label, DEFINED_TWICE))
        elif len(fields) >= budget:
            left_over.append(LeftOver(definition.key, label, OVER_BUDGET))
        else:
            name = _free_name(definition, used)
            used.add(name.casefold())
            fields.append(_field(definition, name, label))
        seen.add(definition.key)
    return CustomFieldPlan(fields, left_over)


def finding_value(field: CustomField, text: str | None) -> Any:
    """The value as Twenty's API takes it; None for nothing. CannotTransform if it does not fit its type."""
    written = clean(text)
    if written is None or field.type == "TEXT":
        return written
    bare = " ".join(written.split())
    return _READERS[field.type](field, bare) if bare else None


def place_findings(fields: Iterable[CustomField], values: Mapping[str, str | None]) -> PlacedFindings:
    """One exam's values, by finding key: what goes into fields, and which findings stay as text and why."""
    by_key = {field.finding_key: field for field in fields}
    placed: dict[str, Any] = {}
    kept: list[KeptAsText] = []
    for key in sorted(values, key=_key_order):
        if clean(values[key]) is None:
            continue
        if key not in by_key:
            kept.append(KeptAsText(key, "no_field_of_its_own"))
            continue
        try:
            value = finding_value(by_key[key], values[key])
        except CannotTransform as refusal:
            kept.append(KeptAsText(key, refusal.code))
        else:
            if value is not None:
                placed[by_key[key].name] = value
    return PlacedFindings(placed, tuple(kept))


def _number(field: CustomField, text: str) -> int | float:
    if _NUMBER.fullmatch(text):
        exact = Decimal(text.replace(",", ""))
        stored = float(exact)
        if math.isfinite(stored) and Decimal(repr(stored)) == exact:
            return int(exact) if exact == int(exact) else stored
    raise CannotTransform("finding_is_not_a_number", f"It is defined as a number and is none. {_STAYS}")


def _yes_or_no(field: CustomField, text: str) -> bool:
    if text.casefold() in _YES | _NO:
        return text.casefold() in _YES
    raise CannotTransform("finding_is_not_yes_or_no", f"It is neither yes nor no. {_STAYS}")


def _choice(field: CustomField, text: str) -> str:
    for choice, value in field.choices.items():
        if _same(choice) == _same(text):
            return value
    raise CannotTransform("finding_is_not_a_choice", f"It is none of the choices of its definition. {_STAYS}")


def _date(field: CustomField, text: str) -> str:
    if found := _DAY.fullmatch(text):
        parts = ("year", "month", "day") if found["year"] else ("us_year", "us_month", "us_day")
        try:
            return date(*(int(found[part]) for part in parts)).isoformat()
        except ValueError:
            pass
    raise CannotTransform("finding_is_not_a_date", f"It is defined as a date and is none. {_STAYS}")


_READERS = {"NUMBER": _number, "BOOLEAN": _yes_or_no, "SELECT": _choice, "DATE": _date}


def _field(definition: FindingDefinition, name: str, label: str) -> CustomField:
    kind = _FIELD_TYPES[definition.value_type]
    if kind != "SELECT":
        return CustomField(definition.key, name, label, kind)
    choices = _choices(definition.choices)
    if not choices:
        return CustomField(definition.key, name, label, "TEXT", remark="Its definition has no choices.")
    if len(choices) > MOST_OPTIONS:
        remark = f"Its definition has {len(choices)} choices, more than {MOST_OPTIONS}."
        return CustomField(definition.key, name, label, "TEXT", remark=remark)
    values = dict(zip(choices, _option_values(choices), strict=True))
    options = dict(zip(values.values(), _option_labels(choices), strict=True))
    return CustomField(definition.key, name, label, "SELECT", options, values)


def _choices(text: str | None) -> list[str]:
    """The choices as written, each once; between bars, else lines, else semicolons, else commas."""
    separator = next((sign for sign in "|\n;," if sign in (text or "").strip()), "|")
    first: dict[str, str] = {}
    for part in (clean(text) or "").split(separator):
        if part.strip():
            first.setdefault(_same(part), " ".join(part.split()))
    return list(first.values())


def _option_values(choices: Sequence[str]) -> Iterator[str]:
    """UPPER_SNAKE, unique, and never numbered so that it could meet another choice's own value."""
    wished = [_upper_snake(choice) for choice in choices]
    used: set[str] = set()
    for value in wished:
        unique, number = value, 1
        while unique in used or (number > 1 and unique in wished):
            number += 1
            unique = f"{value[: LONGEST_NAME - 4]}_{number}"
        used.add(unique)
        yield unique


def _option_labels(choices: Sequence[str]) -> Iterator[str]:
    """The choices without commas, which Twenty refuses, and no longer than it takes."""
    for choice in choices:
        plain = " ".join(re.sub(r"\s*,\s*", "; ", choice).split())
        yield plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - 1]}…"


def _upper_snake(text: str) -> str:
    words = _ascii("minus" if text == "-" else "".join(_SIGNS.get(sign, sign) for sign in text)).upper()
    value = re.sub(r"[^A-Z0-9]+", "_", words).strip("_") or "OPTION"
    return (value if value[0].isalpha() else f"V_{value}")[:LONGEST_NAME].rstrip("_")


def _label(definition: FindingDefinition) -> str:
    label = " ".join((clean(definition.label) or "").split()) or f"Finding {definition.key}"
    return label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1]}…"


def _free_name(definition: FindingDefinition, used: Collection[str]) -> str:
    """camelCase of the label; else with ``finding`` before it; else with the key behind it."""
    spelled = _ascii("".join(_SIGNS.get(sign, sign) for sign in definition.label))
    name = camel_case(spelled)[:LONGEST_NAME]
    key = camel_case(f"key {_ascii(definition.key)}").removeprefix("key")[:20]
    prefixed = camel_case(f"finding {spelled}")
    room = LONGEST_NAME - 10
    candidates = (name, prefixed[:LONGEST_NAME], prefixed[: room - len(key)] + key, f"finding{key}"[:room])
    for candidate in candidates:
        is_telling = candidate != "finding"
        if (
            is_telling
            and candidate.casefold() not in used
            and not field_faults(FieldModel(candidate, "TEXT", "-"))
        ):
            return candidate
    number = 2
    while f"{candidates[2][:room]}{number}".casefold() in used:
        number += 1
    return f"{candidates[2][:room]}{number}"


def _ascii(text: str) -> str:
    """The text in ASCII letters; what has none is left out."""
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return folded.encode("ascii", "ignore").decode().replace("'", "")


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()


def _key_order(key: str) -> tuple[bool, int, str]:
    """Numeric keys by number, the others behind them."""
    is_number = key.isascii() and key.isdigit()
    return not is_number, int(key) if is_number else 0, key


def _definition_order(definition: FindingDefinition) -> tuple[tuple[bool, int, str], str, str, str]:
    return (
        _key_order(definition.key),
        definition.label,
        definition.value_type,
        definition.choices or "",
    )


@dataclass(frozen=True)
class FindingDefinition:
    """A finding as the practice defined it; ``choices`` is text such as ``pink|red|magenta``."""

    key: str
    label: str
    value_type: ValueType
    choices: str | None = None


@dataclass(frozen=True)
class CustomField:
    """A field for one finding. ``options`` are value to label, ``choices`` the source's text to value."""

    finding_key: str
    name: str
    label: str
    type: CustomType
    options: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    """Why the field has another type than the definition, where it has."""


@dataclass(frozen=True)
class LeftOver:
    """A finding without a field; its values stay as text in the digest."""

    finding_key: str
    label: str
    reason: str


@dataclass(frozen=True)
class CustomFieldPlan:
    """Fields in the order of their finding keys, and the findings that got none."""

    fields: list[CustomField]
    left_over: list[LeftOver]


@dataclass(frozen=True)
class KeptAsText:
    """A value that stays as text in the digest, with the code of the reason; the value is not in it."""

    finding_key: str
    reason: str


@dataclass(frozen=True)
class PlacedFindings:
    """One exam's values by field name, and what stays as text. Each value is in one of both."""

    values: Mapping[str, Any]
    kept_as_text: tuple[KeptAsText, ...]
