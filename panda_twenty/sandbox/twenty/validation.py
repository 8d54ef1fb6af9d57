"""The checks that a record passes before it is written, field type by field type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from panda_twenty.sandbox.twenty import javascript, json_complaints, links, phones, rich_text
from panda_twenty.sandbox.twenty.composites import ACTOR_SOURCES, COMPOSITES, LABELS
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_data, internal
from panda_twenty.sandbox.twenty.javascript import inspect
from panda_twenty.sandbox.twenty.scalars import (
    check_array,
    check_boolean,
    check_date,
    check_email,
    check_json,
    check_moment,
    check_more_emails,
    check_number,
    check_numeric,
    check_option,
    check_options,
    check_position,
    check_raw_json,
    check_text,
    check_uuid,
)
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata, Schema

UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


def _parts(value: Any, name: str, field_type: str) -> dict[str, Any] | None:
    """The subfields of a composite; text and lists have subfields called 0, 1, ... to JavaScript."""
    checked = check_json(value, name)
    if checked is None or isinstance(checked, dict):
        return checked
    if not checked:
        return {}
    shown = "'0'" if field_type == "RICH_TEXT" else "0"
    raise _unknown_part(shown, name, field_type)


def _unknown_part(part: str, name: str, field_type: str) -> TwentyError:
    label = LABELS[field_type]
    return bad_data(f'Invalid subfield {part} for {label} field "{name}"', f"Invalid value for {label}.")


PART_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "primaryEmail": check_email,
    "additionalEmails": check_more_emails,
    "source": lambda value, name: check_option(value, name, ACTOR_SOURCES),
    "blocknote": rich_text.check_blocknote,
    **dict.fromkeys(("context", "secondaryLinks", "additionalPhones"), check_json),
    **dict.fromkeys(("amountMicros", "addressLat", "addressLng"), check_numeric),
    "workspaceMemberId": check_uuid,
}


def check_composite(value: Any, name: str, field_type: str) -> dict[str, Any] | None:
    parts = _parts(value, name, field_type)
    if parts is None:
        if field_type == "RICH_TEXT":
            raise internal("Cannot read properties of null (reading 'blocknote')")
        return None
    known = {part.name for part in COMPOSITES[field_type]}
    checked = {}
    for part, given in parts.items():
        if part not in known:
            raise _unknown_part(inspect(part) if field_type == "RICH_TEXT" else part, name, field_type)
        check: Callable[[Any, str], Any] = PART_CHECKS.get(part, check_text)
        checked[part] = check(given, f"{name}.{part}")
    transform = COMPOSITE_TRANSFORMS.get(field_type)
    return checked if transform is None else transform(checked)


def _emails(value: dict[str, Any]) -> dict[str, Any]:
    """Lower case; a primary address that is not given is emptied, additional ones are kept."""
    stored: dict[str, Any] = {"primaryEmail": (value.get("primaryEmail") or "").lower() or None}
    if "additionalEmails" in value:
        more = value["additionalEmails"]
        if isinstance(more, str) and more:
            more = _parsed(more)
        stored["additionalEmails"] = [address.lower() for address in more] if more else None
    return stored


def _parsed(text: str) -> Any:
    try:
        return javascript.loads(text)
    except ValueError:
        raise internal(json_complaints.parse_complaint(text) or "") from None


def _actor(value: dict[str, Any]) -> dict[str, Any]:
    if "context" in value:
        context = value["context"]
        value["context"] = javascript.loads(context) if isinstance(context, str) else context or None
    return value


COMPOSITE_TRANSFORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "EMAILS": _emails,
    "PHONES": phones.transform,
    "LINKS": links.transform,
    "RICH_TEXT": rich_text.transform,
    "ACTOR": _actor,
}


def check_files(field: FieldMetadata, name: str, value: Any) -> list[dict[str, Any]] | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = javascript.loads(value)
        except ValueError:
            complaint = 'It should be an array of objects with "fileId" and "label" properties.'
            message = f'Invalid value "{inspect(value)}" for FILES field "{name}" - {complaint}'
            raise bad_data(message, message) from None
    problems = list(_file_problems(value))
    if problems:
        told = ", ".join(problems)
        raise bad_data(
            f'Invalid value "{inspect(value)}" for FILES field "{name}" - {told}',
            f'Invalid value for FILES field "{name}" - {told}',
        )
    most = (field.settings or {}).get("maxNumberOfValues", 10)
    if len(value) > most:
        message = f'Max number of files is {most} for field "{name}"'
        raise bad_data(message, message)
    return value or None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {"str": "string", "bool": "boolean", "list": "array", "dict": "object"}.get(
        type(value).__name__, "number"
    )


def _file_problems(value: Any) -> list[str]:
    if not isinstance(value, list):
        return [f": Invalid input: expected array, received {_kind(value)}"]
    found = []
    for place, item in enumerate(value):
        if not isinstance(item, dict):
            found.append(f"{place}: Invalid input: expected object, received {_kind(item)}")
            continue
        for key in ("fileId", "label"):
            if not isinstance(item.get(key), str):
                received = _kind(item[key]) if key in item else "undefined"
                found.append(f"{place}.{key}: Invalid input: expected string, received {received}")
            elif key == "fileId" and not UUID_4.fullmatch(item[key]):
                found.append(f"{place}.fileId: Invalid UUID")
        unknown = [key for key in item if key not in ("fileId", "label")]
        if unknown:
            keys = ", ".join(f'"{key}"' for key in unknown)
            found.append(f"{place}: Unrecognized key{'s' if len(unknown) > 1 else ''}: {keys}")
    return found


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "POSITION": check_position,
    "NUMERIC": check_numeric,
    "NUMBER": check_number,
    "TEXT": check_text,
    "DATE_TIME": check_moment,
    "DATE": check_date,
    "BOOLEAN": check_boolean,
    "UUID": check_uuid,
    "ARRAY": check_array,
    "RAW_JSON": check_raw_json,
}


def check_field(schema: Schema, field: FieldMetadata, name: str, value: Any) -> Any:
    """``value`` as it is to be stored in ``field``; raises what Twenty answers where it is refused."""
    check = CHECKS.get(field.type)
    if check is not None:
        return check(value, name)
    if field.type in ("SELECT", "RATING"):
        return check_option(value, name, field.option_values)
    if field.type == "MULTI_SELECT":
        return check_options(value, name, field.option_values)
    if field.is_relation:
        return _check_relation(schema, field, name, value)
    if field.type == "FILES":
        return check_files(field, name, value)
    if field.type == "TS_VECTOR":
        raise bad_data(f"{name} {field.type}-typed field does not support write operations")
    return check_composite(value, name, field.type)


def _check_relation(schema: Schema, field: FieldMetadata, name: str, value: Any) -> Any:
    if not field.is_to_one:
        raise bad_data(f"One-to-many relation {name} field does not support write operations.")
    if name == field.join_column:
        return check_uuid(value, name)
    if not isinstance(value, dict) or (value.get("connect") is None and value.get("disconnect") is None):
        raise bad_data(f'Relation "{name}" requires connect or disconnect operation')
    connect = value.get("connect")
    if not isinstance(connect, dict) or not isinstance(connect.get("where"), dict):
        return value
    target = schema.target(field)
    where = {key: _connect_value(schema, target, key, given) for key, given in connect["where"].items()}
    return {**value, "connect": {**connect, "where": where}}


def _connect_value(schema: Schema, target: ObjectMetadata, key: str, given: Any) -> Any:
    """A key of ``where`` as it is stored, so that an e-mail address finds its lower-case self."""
    field = target.by_name.get(key)
    if field is None:
        return given
    try:
        checked = check_field(schema, field, key, given)
    except TwentyError:
        return given
    if isinstance(given, dict) and isinstance(checked, dict):
        return {part: item for part, item in checked.items() if part in given}
    return checked


def check_record(schema: Schema, target: ObjectMetadata, record: dict[str, Any]) -> dict[str, Any]:
    """A record with every value checked and as it is to be stored."""
    checked = {}
    for key, value in record.items():
        field = target.find(key)
        if field is None:
            raise bad_data(f'Object {target.singular} doesn\'t have any "{key}" field.')
        if value is None and not field.is_nullable and field.default is None:
            raise bad_data(
                f"Field {key} is not nullable and has no default value.", "A required field is missing."
            )
        checked[key] = check_field(schema, field, key, value)
    return checked
