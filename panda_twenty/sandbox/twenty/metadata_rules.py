"""What Twenty refuses in objects, fields and indexes, and the report it answers with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.sandbox.twenty.composites import COMPOSITES
from panda_twenty.sandbox.twenty.errors import TwentyError
from panda_twenty.sandbox.twenty.names import RESERVED, capitalize, from_label
from panda_twenty.sandbox.twenty.schema import ENUMS, FieldMetadata, ObjectMetadata, Schema

LONGEST_NAME = 63
NAME = re.compile(r"[a-z][a-zA-Z0-9]*")
OPTION_VALUE = re.compile(r"[A-Z_][A-Z0-9_]*")
QUOTED = re.compile(r"'.*'", re.DOTALL)
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
INVALID_NAME = "Name is not valid: it must start with lowercase letter and contain only alphanumeric letters"
RESERVED_NAME = 'This name is reserved. Use a different name or the system will add "Custom" suffix.'

Problem = dict[str, Any]


def problem(code: str, message: str, user_message: str | None = None, **value: Any) -> Problem:
    return {"code": code, "message": message, "userFriendlyMessage": user_message or message, **value}


PLURALS = {
    "index": "indices",
    **{kind: kind for kind in ("fieldMetadata", "objectMetadata", "searchFieldMetadata")},
}


@dataclass
class Report:
    """Everything wrong with a change: per kind of metadata, a list of failed entities."""

    failures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, kind: str, action: str, about: dict[str, Any], problems: list[Problem]) -> None:
        if problems:
            self.failures.setdefault(kind, []).append(
                {
                    "status": "fail",
                    "errors": problems,
                    "flatEntityMinimalInformation": about,
                    "metadataName": kind,
                    "type": action,
                }
            )

    def raise_if_any(self, message: str) -> None:
        if self.failures:
            raise MetadataRefused(message, self)

    def payload(self) -> dict[str, Any]:
        counts = {kind: len(failed) for kind, failed in self.failures.items()}
        total = sum(counts.values())
        first = next(iter(self.failures.values()))[0]["errors"][0]
        told = "Many validation errors" if total > 1 else first["userFriendlyMessage"]
        return {
            "errors": self.failures,
            "summary": {"totalErrors": total, **counts},
            "userFriendlyMessage": told,
        }


class MetadataRefused(TwentyError):
    """A change of metadata that did not pass; its report names every problem."""

    def __init__(self, message: str, report: Report) -> None:
        payload = report.payload()
        counts = [
            f"{count} {kind if count == 1 else PLURALS.get(kind, f'{kind}s')}"
            for kind, count in payload["summary"].items()
            if kind != "totalErrors"
        ]
        super().__init__(
            message,
            "METADATA_VALIDATION_FAILED",
            details={**payload, "message": f"Validation failed for {', '.join(counts)}"},
        )
        self.payload = payload

    def rest(self) -> dict[str, Any]:
        return {
            "statusCode": 400,
            "error": "METADATA_VALIDATION_ERROR",
            "message": self.message,
            **self.payload,
        }


# --- objects -------------------------------------------------------------------------------------


def object_problems(schema: Schema, each: ObjectMetadata) -> list[Problem]:
    """What is wrong with the names and labels of an object that is new or has changed."""
    code = "INVALID_OBJECT_INPUT"
    found: list[Problem] = []
    for name in (each.singular, each.plural):
        if len(name) > LONGEST_NAME:
            found.append(problem(code, "Name is too long", value=name))
        if not name:
            found.append(problem(code, "Name is too short", value=name))
        if not NAME.fullmatch(name):
            found.append(problem(code, INVALID_NAME, value=name))
        if name in RESERVED:
            found.append(problem(code, RESERVED_NAME, value=name))
    if each.singular.strip().lower() == each.plural.strip().lower():
        same = "The singular and plural names cannot be the same for an object"
        found.append(problem(code, same, value=each.plural))
    for label in (each.label_singular, each.label_plural):
        if not label:
            found.append(problem(code, "Object label is too short", value=label))
        if len(label) > LONGEST_NAME:
            found.append(problem(code, "Object label is too long", value=label))
    if each.is_label_synced and (
        from_label(each.label_singular) != each.singular or from_label(each.label_plural) != each.plural
    ):
        found.append(problem(code, "Names are not synced with labels"))
    if any(
        {each.singular, each.plural} & {other.singular, other.plural}
        for other in schema.objects.values()
        if other.id != each.id
    ):
        found.append(problem("OBJECT_ALREADY_EXISTS", "Object already exists"))
    return found


# --- fields --------------------------------------------------------------------------------------


def name_problems(name: str) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    found = []
    if len(name) > LONGEST_NAME:
        found.append(problem(code, "Name is too long", value=name))
    if not name:
        found.append(problem(code, "Name is too short", value=name))
    if not NAME.fullmatch(name):
        found.append(problem(code, INVALID_NAME, value=name))
    if name in RESERVED:
        found.append(problem(code, RESERVED_NAME, value=name))
    return found


def availability_problems(parent: ObjectMetadata, name: str) -> list[Problem]:
    """Whether ``name`` is taken: by a subfield's column, a field, or a relation's join column."""
    found = []
    taken_columns = {
        f"{one.name}{capitalize(part.name)}"
        for one in parent.fields.values()
        if one.is_composite
        for part in COMPOSITES[one.type]
    }
    if name in taken_columns:
        found.append(
            problem(
                "RESERVED_KEYWORD",
                f'Name "{name}" is reserved composite field name',
                f'Name "{name}" is not available',
                value=name,
            )
        )
    if name in parent.by_name:
        found.append(
            problem(
                "NOT_AVAILABLE",
                f'Name "{name}" is not available as it is already used by another field',
                value=name,
            )
        )
    if name in parent.by_join_column:
        found.append(
            problem(
                "NOT_AVAILABLE",
                f'Name "{name}" is not available as it is already used by another join column name',
                f'Name "{name}" is not available as it is already used by join column name',
                value=name,
            )
        )
    return found


def new_field_problems(parent: ObjectMetadata, one: FieldMetadata) -> list[Problem]:
    """What is wrong with a field that is to be created on ``parent``."""
    found = availability_problems(parent, one.name)
    if one.is_label_synced and from_label(one.label) != one.name:
        found.append(
            problem(
                "NAME_NOT_SYNCED_WITH_LABEL",
                "Name is not synced with label",
                "Field name is not synced with field label",
                value=one.label,
            )
        )
    found += name_problems(one.name)
    if one.is_to_one and one.join_column in {*parent.by_name, *parent.by_join_column}:
        found += availability_problems(parent, one.join_column)
    return found + type_problems(one, creating=True)


def type_problems(one: FieldMetadata, *, creating: bool) -> list[Problem]:
    """What is wrong with the options, settings and defaults that belong to the field's type."""
    code = "INVALID_FIELD_INPUT"
    if one.type == "NUMERIC" and creating:
        return [
            problem(
                code,
                "Field type NUMERIC is not supported for field creation. Use NUMBER instead.",
                "Field type NUMERIC is not supported. Use Number instead.",
                value="NUMERIC",
            )
        ]
    if one.type in ("POSITION", "TS_VECTOR"):
        wanted = "position" if one.type == "POSITION" else "searchVector"
        named = f'Field type {one.type} must be named "{wanted}"'
        found = (
            [problem(code, f'{named}, got "{one.name}"', named, value=one.name)] if one.name != wanted else []
        )
        if not one.is_system:
            found.append(problem(code, f"Field type {one.type} must be a system field", value=one.is_system))
        return found
    if one.type == "FILES":
        return _file_problems(one)
    if one.type in ENUMS:
        return _option_problems(one) + _option_default_problems(one)
    return []


MOST_FILES = 60


def _file_problems(one: FieldMetadata) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    found = []
    if one.is_unique:
        found.append(problem(code, "Files field is not supported for unique fields"))
    most = (one.settings or {}).get("maxNumberOfValues")
    if not isinstance(most, (int, float)) or not 1 <= most <= MOST_FILES:
        found.append(
            problem(
                code,
                "maxNumberOfValues must be defined in settings and be a number greater than 0"
                f" and less than or equal to {MOST_FILES}",
            )
        )
    return found


def _option_problems(one: FieldMetadata) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    if not one.options:
        return [problem(code, "Options are required for enum fields", value=one.options or [])]
    found = [
        each
        for option in one.options
        for each in (
            *_option_id_problems(option.get("id")),
            *_option_value_problems(option.get("value")),
            *_option_label_problems(option.get("label")),
        )
    ]
    for key in ("position", "id", "value"):
        if len({str(option.get(key)) for option in one.options}) != len(one.options):
            found.append(problem(code, f"Duplicated option {key}", value=one.options))
    return found


def _option_id_problems(value: Any) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    if not isinstance(value, str) or not UUID.fullmatch(value):
        return [problem(code, "Option id is invalid", value=value)]
    return []


def _option_value_problems(value: Any) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    if value is None:
        return [problem(code, "Option value is required")]
    if not isinstance(value, str) or not value:
        told = "Option value must be a string of at least one character"
        return [problem(code, told, "Option value format not supported", value=value)]
    found = []
    if len(value) > LONGEST_NAME:
        found.append(problem(code, "Option value exceeds 63 characters", value=value))
    if not OPTION_VALUE.fullmatch(value):
        found.append(
            problem(code, f'Value must be in UPPER_CASE and follow snake_case "{value}"', value=value)
        )
    return found


def _option_label_problems(label: Any) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    if label is None:
        return [problem(code, "Option label is required")]
    if not isinstance(label, str) or not label:
        told = "Option label must be a string of at least one character"
        return [problem(code, told, "Option label format not supported", value=label)]
    found = []
    if len(label) > LONGEST_NAME:
        found.append(problem(code, "Option label exceeds 63 characters", value=label))
    if "," in label:
        found.append(problem(code, "Label must not contain a comma", value=label))
    if label == " ":
        found.append(problem(code, "Label must not be empty", value=label))
    return found


def _option_default_problems(one: FieldMetadata) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    if one.default is None:
        return []
    values = [option.get("value") for option in one.options or []]
    if one.type != "MULTI_SELECT":
        return _one_default_problems(one.default, values)
    if not isinstance(one.default, list):
        told = f"Default value for multi-select must be an array got {one.default}"
        return [problem(code, told, "Multi-select field default value must be an array", value=one.default)]
    found = []
    if not one.default:
        found.append(
            problem(code, "If defined default value must contain at least one value", value=one.default)
        )
    if len(set(map(str, one.default))) != len(one.default):
        found.append(problem(code, "Default values must be unique", value=one.default))
    for default in one.default:
        found += _one_default_problems(default, values)
    return found


def _one_default_problems(default: Any, values: list[Any]) -> list[Problem]:
    code = "INVALID_FIELD_INPUT"
    if not isinstance(default, str):
        told = f"Default value for select must be a string got {default}"
        return [problem(code, told, "Default value must be a string", value=default)]
    found = []
    if not QUOTED.fullmatch(default):
        found.append(problem(code, "Default value should be as quoted string", value=default))
    bare = default[1:-1] if QUOTED.fullmatch(default) else default
    if bare not in values:
        found.append(
            problem(code, f'Default value "{default}" must be one of the option values', value=default)
        )
    return found


# --- unique indexes ------------------------------------------------------------------------------


def unique_problems(one: FieldMetadata) -> list[Problem]:
    """Why ``one`` cannot have a unique index, if it cannot."""
    told = f"Unique index cannot be created for field {one.name} of type {one.type}"
    has_default = (
        any(part is not None for part in one.default.values())
        if isinstance(one.default, dict)
        else one.default is not None
    )
    found = []
    if has_default:
        found.append(
            problem(
                "INDEX_FIELD_INVALID_DEFAULT_VALUE", told, f"{one.type} fields cannot have a default value."
            )
        )
    not_unique = one.is_composite and not any(part.unique for part in COMPOSITES[one.type])
    if not_unique or (one.is_relation and (one.type == "MORPH_RELATION" or not one.is_to_one)):
        found.append(
            problem("INDEX_FIELD_INVALID_TYPE_FOR_UNIQUE", told, f"{one.type} fields cannot be unique.")
        )
    return found
