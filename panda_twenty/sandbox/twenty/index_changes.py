"""Indexes: unique ones come and go with ``isUnique``, plain ones by themselves."""

from __future__ import annotations

import hashlib
import sqlite3

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.metadata_changes import (
    Input,
    MetadataChanges,
    migration_failed,
    new_id,
    stamp,
)
from panda_twenty.sandbox.twenty.schema import FieldMetadata, IndexMetadata, ObjectMetadata


def index_name(parts: list[str], *, unique: bool = False) -> str:
    return f"IDX_{'UNIQUE_' if unique else ''}{hashlib.sha256(''.join(parts).encode()).hexdigest()[:27]}"


def create_unique_index(changes: MetadataChanges, parent: ObjectMetadata, one: FieldMetadata) -> None:
    now = stamp()
    index = IndexMetadata(
        new_id(),
        index_name([parent.id, one.id], unique=True),
        parent.id,
        [(one.id, None)],
        is_unique=True,
        is_custom=True,
        created_at=now,
        updated_at=now,
    )
    try:
        changes.store.create_index(parent, index)
    except sqlite3.IntegrityError:
        raise migration_failed("create", "index", index.id) from None


def add_own_index(
    changes: MetadataChanges, parent: ObjectMetadata, one: FieldMetadata, *, is_custom: bool = True
) -> None:
    """The index that comes with a field that points to a record, or with the search vector."""
    now = stamp()
    index = IndexMetadata(
        new_id(),
        index_name([parent.id, one.id]),
        parent.id,
        [(one.id, None)],
        is_custom=is_custom,
        index_type="GIN" if one.type == "TS_VECTOR" else "BTREE",
        created_at=now,
        updated_at=now,
    )
    changes.store.add_index(parent, index)


def create_index(changes: MetadataChanges, given: Input) -> IndexMetadata:
    """A plain index; unique ones come with ``isUnique`` fields only."""
    with changes.store.lock:
        wanted = given.get("fields") or []
        keys = [(each.get("fieldMetadataId"), each.get("subFieldName")) for each in wanted]
        if not keys:
            told = "fields must contain at least 1 elements, fields should not be empty"
            raise TwentyError(told, user_message=STANDARD_MESSAGE)
        if len(set(keys)) != len(keys):
            raise TwentyError(
                "Duplicate field+sub-field in index field list",
                sub_code="DUPLICATE_INDEX_FIELDS",
                user_message="The same column cannot appear twice in an index.",
            )
        parent = changes.schema.objects.get(given["objectMetadataId"])
        if parent is None:
            raise TwentyError(
                f"Object metadata {given['objectMetadataId']} not found",
                "NOT_FOUND",
                "INDEX_OBJECT_NOT_FOUND",
                "Could not find the object for this index.",
            )
        for field_id, part in keys:
            _check_indexed(parent, field_id, part)
        if given.get("indexType") == "GIN":
            _check_gin(parent, keys)
        if any(each.fields == keys and not each.is_unique for each in parent.indexes.values()):
            told = "Index with same name already exists"
            report = rules.Report()
            about = {"universalIdentifier": new_id(), "name": index_name([parent.id])}
            report.add("index", "create", about, [rules.problem("INDEX_ALREADY_EXISTS", told)])
            report.raise_if_any("Validation errors occurred while creating index")
        now = stamp()
        index = IndexMetadata(
            new_id(),
            index_name([parent.id, *(f"{key}{part}" for key, part in keys)]),
            parent.id,
            keys,
            is_custom=True,
            index_type=given.get("indexType") or "BTREE",
            created_at=now,
            updated_at=now,
        )
        with changes.making():
            changes.store.create_index(parent, index)
        return index


def _check_indexed(parent: ObjectMetadata, field_id: str, part: str | None) -> None:
    one = parent.fields.get(field_id)
    if one is None:
        raise TwentyError(
            f"Field {field_id} not found on object {parent.id}",
            sub_code="INDEX_FIELD_NOT_FOUND_ON_OBJECT",
            user_message="One of the selected fields does not belong to this object.",
        )
    code = "INDEX_NOT_SUPPORTED_FOR_COMPOSITE_FIELD"
    if one.is_relation and not one.is_to_one:
        raise TwentyError(
            f"Field {one.name} is a non-MANY_TO_ONE relation and has no join column to index",
            sub_code="INDEX_NOT_SUPPORTED_FOR_MORH_RELATION_FIELD_AND_RELATION_FIELD",
            user_message=f'"{one.label}" is a one-to-many relation and can\'t be indexed directly. Index the foreign-key side instead.',  # noqa: E501
        )
    if one.is_composite and not part:
        raise TwentyError(
            f"Composite field {one.name} requires a sub-field selection",
            sub_code=code,
            user_message=f'Pick a specific sub-field of "{one.label}" — composite fields can\'t be indexed as a whole.',  # noqa: E501
        )
    if one.is_composite and not any(column.subfield == part for column in one.columns):
        raise TwentyError(
            f"Unknown sub-field {part} on composite field {one.name}",
            sub_code=code,
            user_message=f'"{part}" is not a valid sub-field of "{one.label}".',
        )
    if not one.is_composite and part:
        raise TwentyError(
            f"Field {one.name} is not composite — subFieldName must not be set",
            sub_code=code,
            user_message=f'"{one.label}" is not a composite field — remove the sub-field selection.',
        )


def _check_gin(parent: ObjectMetadata, keys: list[tuple[str, str | None]]) -> None:
    for field_id, _ in keys:
        one = parent.fields[field_id]
        if one.type not in ("MULTI_SELECT", "ARRAY", "RAW_JSON", "TS_VECTOR", "FILES"):
            raise TwentyError(
                f"GIN index does not support field {one.name} of type {one.type}",
                sub_code="INDEX_TYPE_NOT_SUPPORTED_FOR_FIELD_TYPE",
                user_message=f'GIN indexes work on multi-select, array, JSON, and search-vector columns. "{one.label}" doesn\'t qualify.',  # noqa: E501
            )


def delete_index(changes: MetadataChanges, index_id: str) -> IndexMetadata:
    with changes.store.lock:
        for parent in changes.schema.objects.values():
            if index_id in parent.indexes:
                index = parent.indexes[index_id]
                if not index.is_custom:
                    raise TwentyError(
                        f"Index {index_id} is a system index and cannot be deleted",
                        "FORBIDDEN",
                        "CANNOT_DELETE_SYSTEM_INDEX",
                        "System indexes are required for Twenty to work and cannot be deleted.",
                    )
                with changes.making():
                    changes.store.drop_index(parent, index)
                return index
        raise TwentyError(
            f"Index {index_id} not found",
            "NOT_FOUND",
            "INDEX_NOT_FOUND",
            "This index does not exist or has already been deleted.",
        )
