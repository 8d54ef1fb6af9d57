"""Between the API's values and the columns of the record tables."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from panda_twenty.sandbox.twenty import javascript, moments
from panda_twenty.sandbox.twenty.composites import subfield
from panda_twenty.sandbox.twenty.errors import data_validation
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata

SHORT_YEAR = re.compile(r"\d{1,2}-")
"""A day that Twenty lets pass and PostgreSQL cannot read: 24-02-29."""

JSON_TYPES = ("RAW_JSON", "FILES", "MULTI_SELECT", "ARRAY")


def jsonb(value: Any) -> str:
    """``value`` as PostgreSQL prints jsonb: keys by length, then by bytes."""
    return json.dumps(_ordered(value), ensure_ascii=False)


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def encode(column_type: str, value: Any) -> Any:
    """A validated value as its column stores it. Raises for what PostgreSQL cannot store."""
    if value is None:
        return None
    if column_type in JSON_TYPES:
        stored = jsonb(value)
        if "\\u0000" in stored and "\0" in _all_text(value):
            raise data_validation()
        return stored
    if isinstance(value, str):
        if "\0" in value:
            raise data_validation()
        if column_type == "UUID":
            return value.lower()
        if column_type == "DATE_TIME":
            return moments.parse_moment(value)
        if column_type == "DATE":
            if SHORT_YEAR.match(value):
                raise data_validation()
            return moments.parse_date(value)
    elif column_type == "BOOLEAN":
        return int(value)
    elif isinstance(value, int) and abs(value) > 2**53:
        return float(value)
    return value


def _all_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_all_text(item) for item in value)
    if isinstance(value, dict):
        return "".join(key + _all_text(item) for key, item in value.items())
    return ""


def _micros(value: float) -> int | float:
    return javascript.number(float(int(value)))


DECODERS: dict[str, Callable[[Any], Any]] = {
    "NUMBER": javascript.number,
    "NUMERIC": javascript.number,
    "POSITION": javascript.number,
    "BOOLEAN": bool,
    "DATE_TIME": moments.text,
    **dict.fromkeys(JSON_TYPES, json.loads),
}
NULL_READS_AS: dict[str, Any] = {"TEXT": "", "MULTI_SELECT": [], "ARRAY": []}


def decoder(field_metadata: FieldMetadata, column: Column) -> Callable[[Any], Any]:
    """What turns a value of ``column`` into what the API answers."""
    if column.subfield is not None:
        part = subfield(field_metadata.type, column.subfield)
        null = part.null_reads_as if part else None
    else:
        null = NULL_READS_AS.get(column.type)
    convert = _micros if column.subfield == "amountMicros" else DECODERS.get(column.type)
    if convert is None:
        return (lambda value: value) if null is None else (lambda value: null if value is None else value)
    chosen = convert
    return lambda value: null if value is None else chosen(value)


def default_value(column: Column) -> Any:
    """What a new row gets in ``column`` when a record does not say; stored form.

    Twenty keeps text defaults in SQL quoting ("'RED'"), and the words ``uuid`` and ``now``.
    """
    default = column.default
    if default is None or isinstance(default, bool):
        return default if default is None else int(default)
    if column.type == "DATE_TIME" and default == "now":
        return moments.now()
    if isinstance(default, str):
        return encode(column.type, unquoted(default))
    if isinstance(default, list) and column.type in JSON_TYPES:
        return jsonb([unquoted(item) if isinstance(item, str) else item for item in default])
    return encode(column.type, default)


def unquoted(text: str) -> str:
    """``'it''s'`` as ``it's``; text without the quotes as it is."""
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text
