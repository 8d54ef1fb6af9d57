"""Which operators and values a filter may use, per field type."""

from __future__ import annotations

import re
from typing import Any

from panda_twenty.sandbox.twenty import javascript, moments, scalars
from panda_twenty.sandbox.twenty.composites import subfield
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_filter
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata, Schema

COMPARED = ("eq", "neq", "gt", "gte", "lt", "lte", "in", "is")
OPERATORS: dict[str, tuple[str, ...]] = {
    "TEXT": (*COMPARED, "like", "ilike", "startsWith", "endsWith"),
    **dict.fromkeys(
        ("NUMBER", "NUMERIC", "POSITION", "DATE", "DATE_TIME", "UUID", "RELATION", "MORPH_RELATION"), COMPARED
    ),
    "BOOLEAN": ("eq", "is"),
    "ARRAY": ("containsIlike", "is", "isEmptyArray"),
    "MULTI_SELECT": ("containsAny", "is", "isEmptyArray"),
    **dict.fromkeys(("SELECT", "RATING"), (*COMPARED[:-1], "containsAny", "is", "isEmptyArray")),
    **dict.fromkeys(("RAW_JSON", "FILES"), ("is", "like")),
    "TS_VECTOR": ("eq", "neq", "is"),
}
NUMBERS = ("NUMBER", "NUMERIC", "POSITION")
IDS = ("UUID", "RELATION", "MORPH_RELATION")
DATE_TIME_FORMATS = [
    re.compile(r"\d{1,4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,3})?(Z|[+-]\d{2}(:?\d{2})?)?"),
    re.compile(r"\d{1,4}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,3})?)?)?"),
    re.compile(r"\d{8}"),
]


def check(schema: Schema, target: ObjectMetadata, given: Any, depth: int = 0) -> dict[str, Any]:
    """The filter with its values converted; raises what Twenty answers for one that it refuses."""
    checked: dict[str, Any] = {}
    for key, value in javascript.entries(given):
        if key in ("and", "or"):
            if not isinstance(value, list):
                raise TwentyError("value.map is not a function", "INTERNAL_SERVER_ERROR")
            checked[key] = [check(schema, target, each, depth) for each in value]
        elif key == "not":
            checked[key] = check(schema, target, value, depth)
        elif (relation := target.by_name.get(key)) is not None and relation.is_relation:
            checked[key] = _check_relation(schema, relation, key, value, depth)
        else:
            checked[key] = _check_field(target, key, value)
    return checked


def _check_relation(
    schema: Schema, relation: FieldMetadata, key: str, value: Any, depth: int
) -> dict[str, Any]:
    if not relation.is_to_one:
        raise bad_filter(
            f'Cannot filter by relation field "{key}"',
            f'Invalid filter: filtering by relation field "{key}" is not supported',
        )
    if not isinstance(value, dict):
        raise bad_filter(
            f'Cannot filter by relation field "{key}": use "{key}Id" instead',
            f'Invalid filter: use "{key}Id" to filter by this relation field',
        )
    if depth >= 1:
        raise bad_filter(
            "Relation filter nesting deeper than 1 hop is not supported",
            "Relation filters can only traverse one relation deep",
        )
    return check(schema, schema.target(relation), value, depth + 1)


def _check_field(target: ObjectMetadata, key: str, value: Any) -> dict[str, Any]:
    found = target.find(key)
    if found is None:
        message = f'Object {target.singular} doesn\'t have any "{key}" field.'
        raise bad_filter(
            message, f'Invalid filter : {target.singular} object doesn\'t have any "{key}" field.'
        )
    if not found.is_composite:
        return _check_operator(key, value, found.type)
    checked = {}
    for part, condition in _entries(value):
        known = subfield(found.type, part)
        if known is None:
            raise bad_filter(f'Sub field "{part}" not found for composite type: {found.type}')
        checked[part] = _check_operator(f"{found.name}.{part}", condition, known.type)
    return checked


def _entries(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, str)):
        return [(str(place), item) for place, item in enumerate(value)]
    return []


def _check_operator(name: str, condition: Any, field_type: str) -> dict[str, Any]:
    if not isinstance(condition, (dict, list)):
        raise bad_filter(
            f'Filter value for field "{name}" must be an object',
            "Invalid filter: filter value must be an object",
        )
    entries = _entries(condition)
    if len(entries) != 1:
        raise bad_filter(
            f'Filter for field "{name}" must have exactly one operator',
            "Invalid filter: exactly one operator per field is required",
        )
    operator, value = entries[0]
    allowed = OPERATORS.get(field_type, ("eq", "neq", "is"))
    if operator not in allowed:
        raise bad_filter(
            f'Operator "{operator}" is not valid for field "{name}" of type {field_type} - '
            f"Allowed operators: {', '.join(allowed)}",
            f'Invalid filter : Operator "{operator}" is not valid for this "{name}" {field_type} field',
        )
    return {operator: _check_value(operator, value, field_type, name)}


def _check_value(operator: str, value: Any, field_type: str, name: str) -> Any:
    if operator == "is":
        if value not in ("NULL", "NOT_NULL"):
            raise bad_filter(
                'Invalid filter value for "is" operator. Expected "NULL" or "NOT_NULL"',
                'Invalid value for "is" operator',
            )
    elif operator == "isEmptyArray":
        if not isinstance(value, bool):
            raise bad_filter(
                f'Filter operator "isEmptyArray" requires a boolean value for field {name}',
                'Invalid filter: "isEmptyArray" operator requires a boolean',
            )
    elif operator in ("in", "containsAny"):
        if not isinstance(value, list):
            raise bad_filter(
                f'Filter operator "{operator}" requires an array value for field {name}',
                f'Invalid filter: "{operator}" operator requires an array',
            )
        if operator == "in":
            return [None if item is None else _convert(item, field_type, name) for item in value]
    elif operator in ("like", "ilike", "startsWith", "endsWith", "containsIlike"):
        if not isinstance(value, str):
            kind = (
                "number"
                if javascript.is_number(value)
                else "boolean"
                if isinstance(value, bool)
                else "object"
            )
            raise bad_filter(
                f'Filter operator "{operator}" requires a string value for field "{name}", got {kind}',
                f'Invalid filter: "{operator}" operator requires a String',
            )
    else:
        return _convert(value, field_type, name)
    return value


def _convert(value: Any, field_type: str, name: str) -> Any:
    if field_type in NUMBERS:
        return scalars.check_number(
            javascript.parse_float(value) if isinstance(value, str) else value, name, bad_filter
        )
    if field_type == "BOOLEAN":
        words = {"true": True, "false": False}
        converted = words.get(value.lower(), value) if isinstance(value, str) else value
        return scalars.check_boolean(converted, name, bad_filter)
    if field_type in IDS:
        return scalars.check_uuid(value, name, bad_filter)
    if field_type == "DATE":
        return scalars.check_date(value, name, bad_filter)
    if field_type == "DATE_TIME" and value is not None:
        shaped = isinstance(value, str) and (
            any(form.fullmatch(value) for form in DATE_TIME_FORMATS) or moments.parse_date(value) is not None
        )
        if not shaped or moments.parse_moment(value) is None:
            raise scalars.refused_moment(value, name, bad_filter)
    return value
