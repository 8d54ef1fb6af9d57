"""``orderBy`` and cursors: base64 JSON of the ordering values and the id of a record."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.composites import COMPOSITES, subfield
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_cursor, bad_query, internal, refused
from panda_twenty.sandbox.twenty.filters import FilterWriter, sorted_as
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata, Schema

Order = list[dict[str, Any]]

DIRECTIONS = {
    "AscNullsFirst": ("ASC", "NULLS FIRST"),
    "AscNullsLast": ("ASC", "NULLS LAST"),
    "DescNullsFirst": ("DESC", "NULLS FIRST"),
    "DescNullsLast": ("DESC", "NULLS LAST"),
}
BY_ID: dict[str, Any] = {"id": "AscNullsFirst"}


@dataclass
class OrderBy:
    """An ORDER BY clause."""

    sql: str


def normalized(given: Any) -> Order:
    """``orderBy`` as a list; one object stands for a list of it."""
    if given is None:
        return []
    return list(given) if isinstance(given, list) else [given]


def _direction(value: Any, forward: bool) -> str:
    order, nulls = DIRECTIONS[value]
    if not forward:
        order = "DESC" if order == "ASC" else "ASC"
    return f"{order} {nulls}"


def _unsortable(message: str) -> TwentyError:
    error = bad_query(message)
    error.rest_name, error.rest_code = "Error", error.sub_code
    return error


def clause(
    schema: Schema, target: ObjectMetadata, order: Order, writer: FilterWriter, *, forward: bool = True
) -> OrderBy:
    """The SQL for ``order``; joins that it needs are added to ``writer``."""
    terms: dict[str, str] = {}
    for item in order:
        for name, value in javascript.entries(item):
            field = target.find(name)
            if field is None:
                error = refused(f'Field "{name}" does not exist or is not sortable', "FIELD_NOT_FOUND")
                error.rest_name, error.rest_code = "Error", "FIELD_NOT_FOUND"
                raise error
            if name in target.by_name and field.is_relation:
                if not isinstance(value, dict):
                    raise _unsortable(
                        f'Relation field "{name}" requires nested field ordering '
                        f"(e.g., {{ {name}: {{ fieldName: 'AscNullsFirst' }} }})"
                    )
                terms.update(_relation_terms(schema, field, value, writer, forward))
            elif field.is_composite:
                if not isinstance(value, dict):
                    raise _unsortable(
                        f'Composite field "{name}" requires subfield ordering '
                        f"(e.g., {{ {name}: {{ subFieldName: 'AscNullsFirst' }} }})"
                    )
                terms.update(_composite_terms(field, value, "t", forward))
            else:
                if not isinstance(value, str) or value not in DIRECTIONS:
                    raise _unsortable(
                        f'Scalar field "{name}" requires a direction value '
                        "(AscNullsFirst, AscNullsLast, DescNullsFirst, DescNullsLast)"
                    )
                if field.columns:
                    column = field.columns[0]
                    terms[sorted_as(field, column, f't."{column.key}"')] = _direction(value, forward)
    return OrderBy(", ".join(f"{column} {direction}" for column, direction in terms.items()))


def _composite_terms(
    field: FieldMetadata, value: dict[str, Any], alias: str, forward: bool
) -> dict[str, str]:
    terms = {}
    for part, direction in value.items():
        column = next((each for each in field.columns if each.subfield == part), None)
        if column is None:
            raise internal(f"Sub field metadata not found for composite type: {field.type}")
        if direction not in DIRECTIONS:
            raise internal(f"Sub field order by value must be of type OrderByDirection, but got: {direction}")
        terms[f'{alias}."{column.key}"'] = _direction(direction, forward)
    return terms


def _relation_terms(
    schema: Schema, relation: FieldMetadata, value: dict[str, Any], writer: FilterWriter, forward: bool
) -> dict[str, str]:
    target = schema.target(relation)
    name = next(iter(value), None)
    if name is None or value[name] is None:
        return {}
    nested = target.by_name.get(name)
    if nested is None:
        raise refused(
            f'Nested field "{name}" not found in target object "{target.singular}"', "FIELD_NOT_FOUND"
        )
    joined = writer.join(relation)
    if nested.is_composite:
        if not isinstance(value[name], dict):
            raise _unsortable(f'Composite field "{name}" requires a subfield to be specified')
        return _composite_terms(nested, value[name], joined, forward)
    if isinstance(value[name], str) and value[name] in DIRECTIONS and nested.columns:
        column = nested.columns[0]
        return {sorted_as(nested, column, f'{joined}."{column.key}"'): _direction(value[name], forward)}
    return {}


# --- cursors -------------------------------------------------------------------------------------


def encode_cursor(target: ObjectMetadata, order: Order, record: dict[str, Any]) -> str:
    """The cursor of ``record`` under ``order``."""
    values: dict[str, Any] = {}
    for item in order:
        for name, value in (item or {}).items():
            field = target.by_name.get(name)
            if field is None:
                continue
            if field.type in COMPOSITES and isinstance(value, dict):
                stored = record.get(name) or {}
                shown = {part: stored[part] for part in value if part in stored}
                values[name] = {**values.get(name, {}), **shown}
            elif name in record:
                values[name] = record[name]
    values["id"] = record["id"]
    return base64.b64encode(javascript.dumps(values).encode()).decode()


def decode_cursor(cursor: str) -> dict[str, Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded = javascript.loads(base64.b64decode(padded, altchars=None).decode("utf-8", "replace"))
    except (ValueError, binascii.Error):
        raise bad_cursor(f"Invalid cursor: {cursor}") from None
    return (
        dict(javascript.entries(decoded))
        if isinstance(decoded, list)
        else decoded
        if isinstance(decoded, dict)
        else {}
    )


def after_cursor(
    target: ObjectMetadata, cursor: dict[str, Any], order: Order, *, forward: bool
) -> dict[str, Any]:
    """The filter for the records beyond ``cursor``."""
    keys = list(cursor)
    choices = []
    for place, key in enumerate(keys):
        conditions = [_equal(target, before, cursor[before]) for before in keys[:place]]
        conditions.append(_beyond(target, key, cursor[key], order, forward))
        choices.append(conditions[0] if len(conditions) == 1 else {"and": conditions})
    return {"or": choices}


def _field(target: ObjectMetadata, key: str) -> FieldMetadata:
    field = target.by_name.get(key)
    if field is None:
        raise bad_cursor(f"Field metadata not found for key: {key}")
    return field


def _parts(field: FieldMetadata, value: Any) -> dict[str, Any]:
    given = value if isinstance(value, dict) else {}
    return {
        part: item
        for part, item in given.items()
        if (known := subfield(field.type, part)) is not None and known.type != "RAW_JSON"
    }


def _equal(target: ObjectMetadata, key: str, value: Any) -> dict[str, Any]:
    field = _field(target, key)
    if not field.is_composite:
        return {key: {"eq": value}}
    return {key: {part: {"eq": item} for part, item in _parts(field, value).items()}}


def _operator(direction: str, forward: bool) -> str:
    return "gt" if direction.startswith("Asc") == forward else "lt"


def _beyond(target: ObjectMetadata, key: str, value: Any, order: Order, forward: bool) -> dict[str, Any]:
    field = _field(target, key)
    entries = [item[key] for item in order if item and key in item]
    if not entries:
        raise bad_cursor()
    if not field.is_composite:
        if not isinstance(entries[0], str):
            raise bad_cursor("Expected non-composite field order by")
        return {key: {_operator(entries[0], forward): value}}
    directions: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise bad_cursor("Expected composite field order by")
        directions.update(entry)
    parts = _parts(field, value)
    choices = []
    names = list(parts)
    for place, part in enumerate(names):
        if part not in directions:
            raise bad_cursor()
        conditions = [{key: {before: {"eq": parts[before]}}} for before in names[:place]]
        conditions.append({key: {part: {_operator(directions[part], forward): parts[part]}}})
        choices.append(conditions[0] if len(conditions) == 1 else {"and": conditions})
    return choices[0] if len(choices) == 1 else {"or": choices}
