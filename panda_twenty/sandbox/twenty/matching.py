# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Which existing record an upserted one is: by id, and by every unique field that it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.errors import refused
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata, IndexMetadata, ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store, index_columns


@dataclass
class Key:
    """A unique key of an object: the fields it is made of and its columns."""

    fields: list[FieldMetadata]
    columns: list[tuple[FieldMetadata, Column]]

    def values(self, record: dict[str, Any]) -> list[Any]:
        return [_value(record, field, column) for field, column in self.columns]


def _value(record: dict[str, Any], field: FieldMetadata, column: Column) -> Any:
    if column.subfield is None:
        return record.get(column.name)
    composite = record.get(field.name)
    return composite.get(column.subfield) if isinstance(composite, dict) else None


def _path(field: FieldMetadata, column: Column) -> str:
    return column.name if column.subfield is None else f"{field.name}.{column.subfield}"


def keys(target: ObjectMetadata) -> list[Key]:
    """The id first, then every unique index in the order of its creation."""
    identity = target.by_name["id"]
    found = [Key([identity], [(identity, identity.columns[0])])]
    found += [_key(target, index) for index in target.indexes.values() if index.is_unique]
    return found


def _key(target: ObjectMetadata, index: IndexMetadata) -> Key:
    fields = [target.fields[field_id] for field_id, _ in index.fields]
    columns = []
    for (field_id, part), field in zip(index.fields, fields, strict=True):
        wanted = index_columns(target.fields[field_id], part)
        columns += [(field, column) for column in field.columns if column.key in wanted]
    return Key(fields, columns)


def match(store: Store, target: ObjectMetadata, records: list[dict[str, Any]]) -> list[str | None]:
    """For each record the id of the one existing record that it is, deleted ones included.

    Raises where the keys of one record point at two different ones.
    """
    known = keys(target)
    found = [_existing(store, target, key, records) for key in known]
    matched: list[str | None] = []
    for record in records:
        ids: list[str] = []
        for key, existing in zip(known, found, strict=True):
            values = key.values(record)
            if all(value is not None for value in values) and (record_id := existing.get(tuple(values))):
                ids.append(record_id)
        if len(set(ids)) > 1:
            shown = "; ".join(text for key in known if (text := _shown(key, record)))
            message = (
                f"Multiple records found with the same unique field values for {shown}. "
                "Cannot determine which record to update."
            )
            raise refused(message, "UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT", message)
        matched.append(ids[0] if ids else None)
    return matched


def _shown(key: Key, record: dict[str, Any]) -> str:
    values = [
        f"{_path(field, column)}: {javascript.as_text(value)}"
        for (field, column), value in zip(key.columns, key.values(record), strict=True)
        if value is not None
    ]
    return f"{', '.join(field.name for field in key.fields)} ({', '.join(values)})" if values else ""


def _existing(
    store: Store, target: ObjectMetadata, key: Key, records: list[dict[str, Any]]
) -> dict[tuple[Any, ...], str]:
    """Ids of existing records by the values of ``key``. Moments never match, as in Twenty."""
    if any(column.type == "DATE_TIME" for _, column in key.columns):
        return {}
    given = [key.values(record) for record in records]
    wanted = [values for values in given if all(value is not None for value in values)]
    if not wanted:
        return {}
    listed = ", ".join(f't."{column.key}"' for _, column in key.columns)
    first = json.dumps(
        list({json.dumps(values[0]): values[0] for values in wanted}.values()), ensure_ascii=False
    )
    rows = store.rows(
        f'SELECT t.id, {listed} FROM {target.table} t WHERE t."{key.columns[0][1].key}" IN (SELECT value FROM json_each(?))',  # noqa: E501
        [first],
    )
    return {tuple(values): record_id for record_id, *values in rows}
