# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""``connect`` and ``disconnect``: writing a relation by the id or a unique field of its target."""

from __future__ import annotations

import json
from typing import Any

from panda_twenty.sandbox.twenty import javascript, scalars
from panda_twenty.sandbox.twenty.errors import ORM_MESSAGE, TwentyError, from_orm, internal
from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store

Condition = list[tuple[str, Any]]


def resolve(
    store: Store, target: ObjectMetadata, records: list[dict[str, Any]], *, updating: bool = False
) -> list[dict[str, Any]]:
    """``records`` with every relation operation turned into a value of its join column.

    Raises where a target is missing or soft-deleted, or where records of one batch use different
    kinds of key for one relation.
    """
    conditions: dict[str, dict[int, Condition]] = {}
    keys_used: dict[str, list[str]] = {}
    resolved = [dict(record) for record in records]
    for place, record in enumerate(records):
        for name, value in record.items():
            relation = target.by_name.get(name)
            if relation is None or not relation.is_relation:
                continue
            del resolved[place][name]
            where = _where(value)
            if isinstance(value.get("disconnect"), bool):
                if where is not None:
                    raise from_orm(
                        "Cannot have both connect and disconnect for the same field on undefined.",
                        "This connection is not allowed.",
                    )
                if value["disconnect"]:
                    resolved[place][relation.join_column] = None
            elif where is not None:
                _check_keys(store, relation, record, where)
                if keys_used.setdefault(name, list(where)) != list(where):
                    message = f"Expected the same constraint fields to be used consistently across all operations for {name}."  # noqa: E501
                    raise from_orm(message, message)
                conditions.setdefault(name, {})[place] = _condition(store.schema.target(relation), where)
            elif updating:
                raise internal(
                    f'Property "{name}.connect" was not found in "{target.singular}". Make sure your query is correct.'  # noqa: E501
                )
    for name, by_place in conditions.items():
        relation = target.by_name[name]
        found = _look_up(store, store.schema.target(relation), list(by_place.values()))
        for place, condition in by_place.items():
            ids = found.get(tuple(value for _, value in condition), [])
            if len(ids) != 1:
                raise _not_found(name, len(ids), condition)
            resolved[place][relation.join_column] = ids[0]
    return resolved


def _where(value: Any) -> dict[str, Any] | None:
    """The ``where`` of a connect that Twenty recognizes: every value is text or an object of texts."""
    connect = value.get("connect")
    where = connect.get("where") if isinstance(connect, dict) else None
    if not isinstance(where, dict) or not where:
        return None
    for given in where.values():
        parts = list(given.values()) if isinstance(given, dict) else [given]
        if not all(isinstance(part, str) for part in parts):
            return None
    return where


def _unique_sets(target: ObjectMetadata) -> list[list[str]]:
    sets = [["id"]]
    for index in target.indexes.values():
        if index.is_unique:
            sets.append([target.fields[field_id].name for field_id, _ in index.fields])
    return sets


def _check_keys(store: Store, relation: FieldMetadata, record: dict[str, Any], where: dict[str, Any]) -> None:
    name = relation.name
    if record.get(relation.join_column) is not None:
        message = f"{name} and {name}Id cannot be both provided."
        raise from_orm(message, message)
    sets = _unique_sets(store.schema.target(relation))
    if not any(all(where.get(key) is not None for key in keys) for keys in sets):
        message = "Missing required fields: at least one unique constraint have to be fully populated for "
        raise from_orm(f"{message}'{name}'.", f"{message}{{connectFieldName}}.")
    for key in where:
        if not any(key in keys for keys in sets):
            raise from_orm(f"Field {key} is not a unique constraint field for '{name}'.")


def _condition(target: ObjectMetadata, where: dict[str, Any]) -> Condition:
    condition: Condition = []
    for key, value in where.items():
        if target.by_name[key].is_composite and isinstance(value, dict):
            condition += [(f"{key}{capitalize(part)}", item) for part, item in value.items()]
        else:
            condition.append((key, value))
    return condition


def _look_up(
    store: Store, target: ObjectMetadata, conditions: list[Condition]
) -> dict[tuple[Any, ...], list[str]]:
    """Ids of live records by the values of the condition's columns."""
    columns = [target.column_by_name[name] for name, _ in conditions[0]]
    for condition in conditions:
        for column, (_, value) in zip(columns, condition, strict=True):
            if column.type == "UUID" and not scalars.is_uuid(value):
                raise from_orm(f'invalid input syntax for type uuid: "{value}"', ORM_MESSAGE)
    listed = ", ".join(f't."{column.key}"' for column in columns)
    first = json.dumps(list({condition[0][1] for condition in conditions}))
    rows = store.rows(
        f'SELECT t.id, {listed} FROM {target.table} t WHERE t."{columns[0].key}" IN (SELECT value FROM json_each(?)) '  # noqa: E501
        "AND t.deleted_at IS NULL",
        [first],
    )
    found: dict[tuple[Any, ...], list[str]] = {}
    for record_id, *values in rows:
        found.setdefault(tuple(values), []).append(record_id)
    return found


def _not_found(name: str, count: int, condition: Condition) -> TwentyError:
    shown = " and ".join(f"{column} = {javascript.as_text(value)}" for column, value in condition)
    return from_orm(
        f"Expected 1 record to connect to {name}, but found {count} for {shown}",
        f"Can't connect to {name}. No unique record found with condition: {shown}",
    )
