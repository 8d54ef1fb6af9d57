"""What Twenty would refuse, known before it is sent.

One bad value fails a batch of 200 and Twenty names neither the record nor its place, so every record is
checked here first. The rules are those of Twenty 2.21 as measured per field type (validation-matrix.json
beside the tests): not stricter, so that nothing is held back which Twenty would take.
No sentence holds a value.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from panda_twenty.twenty.columns import by_columns
from panda_twenty.twenty.link_rules import is_link
from panda_twenty.twenty.moment_rules import is_date, is_date_time
from panda_twenty.twenty.phone_rules import check_phone
from panda_twenty.twenty.reasons import ReasonCode, sentence_for
from panda_twenty.twenty.records import BODY_LIMIT_BYTES, body_size
from panda_twenty.twenty.workspace import SUBFIELDS, FieldFacts, ObjectFacts

__all__ = ["Reason", "RuleBreak", "check_record", "check_value", "is_storable", "suspects_test"]

# What a browser calls white space, which is what Twenty's pattern for addresses excludes.
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_EMAIL = re.compile(rf'[^{_SPACE}@"]{{1,64}}@[^{_SPACE}@]{{1,255}}')
_LONGEST_EMAIL = 255
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_FILE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMERIC_TEXT = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_UNSAFE_ADDRESS = re.compile(r'"(?:url|href)"\s*:\s*"\s*(?!https?:|mailto:|tel:|/(?!/)|\s*")', re.IGNORECASE)
_RATINGS = tuple(f"RATING_{stars}" for stars in range(1, 6))
_ACTOR_SOURCES = (
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
# A B-tree entry of PostgreSQL holds 2,704 bytes after its own, weak compression.
_LONGEST_UNIQUE_BYTES = 2_690
_PARTS = {kind: frozenset(parts) for kind, parts in SUBFIELDS.items()}
_UNIQUE_PARTS = {"EMAILS": "primaryEmail", "LINKS": "primaryLinkUrl", "PHONES": "primaryPhoneNumber"}


def check_value(field: FieldFacts, value: Any) -> Reason | None:
    """Why Twenty would refuse ``value`` for this field, or None. Null is refused by required fields only."""
    if value is None:
        # A default fills a field that is left out, not a null. Null for a composite changes nothing.
        is_required = not field.is_nullable and field.type not in SUBFIELDS
        return Reason(ReasonCode.REQUIRED) if is_required else None
    if (found := _unstorable_text(value)) is not None:
        return Reason(found)
    rule = _RULES.get(field.type)
    if rule is None:
        return Reason(ReasonCode.NOT_WRITABLE)
    code = rule(field, value)
    if code is None and field.is_unique:
        code = _check_unique_length(field, value)
    return None if code is None else Reason(code)


def check_record(facts: ObjectFacts, record: Mapping[str, Any]) -> list[RuleBreak]:
    """Every rule this record breaks, in the order of its fields; an empty list where Twenty would take it.

    Relations stand under their join columns. Whether the parent exists and whether a unique value is free
    is not known here.
    """
    breaks = []
    for name, value in record.items():
        reason = _check_named(facts, name, value)
        if reason is not None:
            breaks.append(RuleBreak(name, reason.code, reason.sentence))
    if not breaks and body_size([record]) > BODY_LIMIT_BYTES:
        breaks.append(RuleBreak(None, ReasonCode.TOO_LARGE, sentence_for(ReasonCode.TOO_LARGE)))
    return breaks


Test = Callable[[Any], bool]


def suspects_test(facts: ObjectFacts) -> Callable[[Sequence[Mapping[str, Any]]], set[int]]:
    """A short test for many records of one object: the places of those that may break a rule.

    Of the others every value is right beyond doubt; to be suspected is no verdict, which is for
    :func:`check_record`. None is never suspected: what holds nothing is left out or cleared, not sent. Text
    that cannot be stored is for :func:`is_storable`.
    """
    rules = {
        name: (_right_types(field), _plain_test(field))
        for name, field in facts.fields.items()
        if field.is_active
    }
    rules.update(dict.fromkeys(facts.join_columns, (frozenset[type](), _is_uuid)))

    def suspects(records: Sequence[Mapping[str, Any]]) -> set[int]:
        found: set[int] = set()
        for places, columns in by_columns(records):
            for name, values in columns.items():
                kinds = set(map(type, values)) - _NOTHING
                if not kinds:
                    continue
                if name not in rules:
                    found.update(places)
                    break
                # Most fields hold something whose type is all there is to test, or one of a few texts.
                right_types, is_right = rules[name]
                if kinds <= right_types:
                    continue
                if kinds in _TELL_APART:
                    wrong = {value for value in set(values) if value is not None and not is_right(value)}
                    wrongs = [value in wrong for value in values] if wrong else []
                else:
                    wrongs = [value is not None and not is_right(value) for value in values]
                found.update(compress(places, wrongs))
        return found

    return suspects


_NOTHING = frozenset({type(None)})
_TELL_APART: tuple[set[type], ...] = ({str}, {int})
"""Kinds of which equal values are the same value, as yes and one are not."""


def is_storable(written: bytes) -> bool:
    """Whether no text in this JSON holds NUL or half a surrogate pair."""
    if b"\\u0000" in written:
        return False
    try:
        return written.isascii() or bool(written.decode())
    except UnicodeDecodeError:
        return False


def _right_types(field: FieldFacts) -> frozenset[type]:
    """The types of which every value, of which JSON could be made, is right in this field."""
    if field.type not in _RULES or field.is_unique or not field.is_nullable:
        return frozenset()
    by_type: dict[str, tuple[type, ...]] = {
        "TEXT": (str,),
        "NUMBER": (float,),
        "BOOLEAN": (bool,),
        "RAW_JSON": (list, dict),
    }
    return frozenset((type(None), *by_type.get(field.type, ())))


def _plain_test(field: FieldFacts) -> Test:
    """Whether a value, of which JSON could be made, is right beyond doubt; no is no verdict."""
    rule = _RULES.get(field.type)
    if rule is None or field.is_unique:
        return lambda value: check_value(field, value) is None
    if not field.is_nullable:
        return lambda value: value is not None and rule(field, value) is None
    options = frozenset(option.value for option in field.options)
    tests: dict[str, Test] = {
        "NUMBER": lambda value: type(value) is int and abs(value) < 2**63,
        "SELECT": lambda value: type(value) is str and value in options,
    }
    right = _right_types(field)
    test = tests.get(field.type, lambda value: rule(field, value) is None)
    return lambda value: type(value) in right or test(value)


def _check_named(facts: ObjectFacts, name: str, value: Any) -> Reason | None:
    if name in facts.join_columns:
        return None if value is None or _is_uuid(value) else Reason(ReasonCode.BAD_UUID)
    field = facts.fields.get(name)
    if field is None or not field.is_active:
        return Reason(ReasonCode.UNKNOWN_FIELD)
    return check_value(field, value)


def _unstorable_text(value: Any) -> ReasonCode | None:
    """A NUL character or half a surrogate pair, anywhere inside the value."""
    if isinstance(value, str):
        if "\0" in value:
            return ReasonCode.NUL_CHARACTER
        return ReasonCode.LONE_SURROGATE if _SURROGATE.search(value) else None
    parts: list[Any] = []
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        parts = list(value)
    return next((found for part in parts if (found := _unstorable_text(part)) is not None), None)


def _check_unique_length(field: FieldFacts, value: Any) -> ReasonCode | None:
    part = value.get(_UNIQUE_PARTS.get(field.type)) if isinstance(value, Mapping) else value
    if not isinstance(part, str) or len(encoded := part.encode()) <= _LONGEST_UNIQUE_BYTES:
        return None
    # PostgreSQL's compression is weaker than the fastest zlib, hence the allowance.
    estimate = len(zlib.compress(encoded, 1)) * 1.3
    return ReasonCode.UNIQUE_TEXT_TOO_LONG if estimate > _LONGEST_UNIQUE_BYTES else None


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _check_text(field: FieldFacts, value: Any) -> ReasonCode | None:
    if not isinstance(value, str):
        return ReasonCode.WRONG_TYPE
    # Twenty stores an empty text as NULL.
    return ReasonCode.REQUIRED if value == "" and not field.is_nullable else None


def _check_number(field: FieldFacts, value: Any) -> ReasonCode | None:
    return None if _is_number(value) else ReasonCode.NOT_A_NUMBER


def _check_position(field: FieldFacts, value: Any) -> ReasonCode | None:
    return None if value in ("first", "last") or _is_number(value) else ReasonCode.NOT_A_NUMBER


def _check_boolean(field: FieldFacts, value: Any) -> ReasonCode | None:
    return None if isinstance(value, bool) else ReasonCode.WRONG_TYPE


def _check_date(field: FieldFacts, value: Any) -> ReasonCode | None:
    return None if isinstance(value, str) and is_date(value) else ReasonCode.BAD_DATE


def _check_date_time(field: FieldFacts, value: Any) -> ReasonCode | None:
    return None if isinstance(value, str) and is_date_time(value) else ReasonCode.BAD_DATE_TIME


def _check_uuid(field: FieldFacts, value: Any) -> ReasonCode | None:
    return None if _is_uuid(value) else ReasonCode.BAD_UUID


def _check_select(field: FieldFacts, value: Any) -> ReasonCode | None:
    if not isinstance(value, str):
        return ReasonCode.WRONG_TYPE
    options = tuple(option.value for option in field.options)
    if field.type == "RATING" and not options:
        options = _RATINGS
    return None if value in options else ReasonCode.NOT_AN_OPTION


def _check_array(field: FieldFacts, value: Any) -> ReasonCode | None:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        return ReasonCode.WRONG_TYPE
    return None


def _check_multi_select(field: FieldFacts, value: Any) -> ReasonCode | None:
    if (wrong := _check_array(field, value)) is not None:
        return wrong
    options = {option.value for option in field.options}
    chosen = {value} if isinstance(value, str) else set(value)
    return None if chosen <= options else ReasonCode.NOT_AN_OPTION


def _check_raw_json(field: FieldFacts, value: Any) -> ReasonCode | None:
    if isinstance(value, str):
        try:
            return _unstorable_text(json.loads(value))
        except ValueError:
            return ReasonCode.BAD_JSON
    return None if isinstance(value, Mapping | list | tuple) else ReasonCode.BAD_JSON


def _check_files(field: FieldFacts, value: Any) -> ReasonCode | None:
    if not isinstance(value, list | tuple) or len(value) > field.settings.get(
        "maxNumberOfValues", len(value)
    ):
        return ReasonCode.BAD_FILE
    for file in value:
        is_known = isinstance(file, Mapping) and set(file) == {"fileId", "label"}
        if not is_known or not isinstance(file["label"], str) or not _FILE_ID.fullmatch(str(file["fileId"])):
            return ReasonCode.BAD_FILE
    return None


def _check_composite(field: FieldFacts, value: Any) -> ReasonCode | None:
    """A composite: a mapping with known parts only, each right for itself, then the parts together."""
    if type(value) is not dict and not isinstance(value, Mapping):
        return ReasonCode.BAD_JSON
    if not value.keys() <= _PARTS[field.type]:
        return ReasonCode.UNKNOWN_SUBFIELD
    for name, part in value.items():
        if part is None:
            continue
        code = _PART_RULES.get(name, _check_text_part)(part)
        if code is not None:
            return code
    return _check_phones(value) if field.type == "PHONES" else None


def _check_text_part(part: Any) -> ReasonCode | None:
    return None if isinstance(part, str) else ReasonCode.WRONG_TYPE


def _check_numeric_part(part: Any) -> ReasonCode | None:
    """Amounts and coordinates may be texts that hold a number; an empty one is none."""
    if isinstance(part, str) and (part == "" or _NUMERIC_TEXT.fullmatch(part)):
        return None
    return None if _is_number(part) else ReasonCode.NOT_A_NUMBER


def _check_email_part(part: Any) -> ReasonCode | None:
    if not isinstance(part, str):
        return ReasonCode.BAD_EMAIL
    if part == "":
        return None
    is_short_enough = len(part.encode("utf-16-le")) // 2 <= _LONGEST_EMAIL
    return None if is_short_enough and _EMAIL.fullmatch(part) else ReasonCode.BAD_EMAIL


def _check_emails_part(part: Any) -> ReasonCode | None:
    if not isinstance(part, list | tuple):
        return ReasonCode.WRONG_TYPE
    return next((code for each in part if (code := _check_email_part(each)) is not None), None)


def _check_link_part(part: Any) -> ReasonCode | None:
    if not isinstance(part, str):
        return ReasonCode.WRONG_TYPE
    return None if part == "" or is_link(part) else ReasonCode.BAD_LINK


def _check_links_part(part: Any) -> ReasonCode | None:
    links = _json_list(part)
    if links is None:
        return ReasonCode.BAD_JSON
    urls = [link.get("url") for link in links if isinstance(link, Mapping)]
    return next((code for url in urls if url and (code := _check_link_part(url)) is not None), None)


def _check_json_list_part(part: Any) -> ReasonCode | None:
    return None if _json_list(part) is not None else ReasonCode.BAD_JSON


def _check_json_part(part: Any) -> ReasonCode | None:
    return _check_raw_json(FieldFacts(id="", name="", type="RAW_JSON"), part)


def _check_blocknote_part(part: Any) -> ReasonCode | None:
    if not isinstance(part, str):
        return ReasonCode.WRONG_TYPE
    if part == "":
        return None
    return (
        None
        if _json_list(part) is not None and not _UNSAFE_ADDRESS.search(part)
        else ReasonCode.BAD_RICH_TEXT
    )


def _check_source_part(part: Any) -> ReasonCode | None:
    return None if part in _ACTOR_SOURCES else ReasonCode.NOT_AN_OPTION


def _check_uuid_part(part: Any) -> ReasonCode | None:
    return None if _is_uuid(part) else ReasonCode.BAD_UUID


def _check_phones(value: Mapping[str, Any]) -> ReasonCode | None:
    code = check_phone(
        value.get("primaryPhoneNumber"),
        value.get("primaryPhoneCountryCode"),
        value.get("primaryPhoneCallingCode"),
    )
    if code is not None:
        return code
    for phone in _json_list(value.get("additionalPhones") or []) or ():
        parts = phone if isinstance(phone, Mapping) else {}
        code = check_phone(parts.get("number"), parts.get("countryCode"), parts.get("callingCode"))
        if code is not None:
            return code
    return None


def _json_list(value: Any) -> list[Any] | None:
    """The list that ``value`` is or, as a text, holds."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return list(value) if isinstance(value, list | tuple) else None


_PART_RULES: Mapping[str, Callable[[Any], ReasonCode | None]] = {
    "addressLat": _check_numeric_part,
    "addressLng": _check_numeric_part,
    "amountMicros": _check_numeric_part,
    "primaryEmail": _check_email_part,
    "additionalEmails": _check_emails_part,
    "additionalPhones": _check_json_list_part,
    "primaryLinkUrl": _check_link_part,
    "secondaryLinks": _check_links_part,
    "blocknote": _check_blocknote_part,
    "source": _check_source_part,
    "workspaceMemberId": _check_uuid_part,
    "context": _check_json_part,
}

_RULES: Mapping[str, Callable[[FieldFacts, Any], ReasonCode | None]] = {
    "TEXT": _check_text,
    "NUMBER": _check_number,
    "NUMERIC": lambda field, value: _check_numeric_part(value),
    "POSITION": _check_position,
    "BOOLEAN": _check_boolean,
    "DATE": _check_date,
    "DATE_TIME": _check_date_time,
    "UUID": _check_uuid,
    "SELECT": _check_select,
    "RATING": _check_select,
    "MULTI_SELECT": _check_multi_select,
    "ARRAY": _check_array,
    "RAW_JSON": _check_raw_json,
    "FILES": _check_files,
    **{kind: _check_composite for kind in SUBFIELDS if kind != "FILES"},
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value would be refused."""

    code: ReasonCode

    @property
    def sentence(self) -> str:
        return sentence_for(self.code)


@dataclass(frozen=True, slots=True)
class RuleBreak:
    """One rule that a record breaks. ``field`` is None where the record as a whole is at fault."""

    field: str | None
    reason_code: ReasonCode
    sentence: str
