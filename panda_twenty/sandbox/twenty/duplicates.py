# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""``…Duplicates`` and ``merge…``."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from panda_twenty.sandbox.twenty import ordering, scalars
from panda_twenty.sandbox.twenty.errors import (
    NOT_FOUND_MESSAGE,
    ORM_MESSAGE,
    TwentyError,
    bad_query,
    from_orm,
)
from panda_twenty.sandbox.twenty.filters import FilterWriter
from panda_twenty.sandbox.twenty.graphql_documents import Selection
from panda_twenty.sandbox.twenty.reading import PAGE, Reader
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata, ObjectMetadata
from panda_twenty.sandbox.twenty.selections import Plan, Record, plan, whole
from panda_twenty.sandbox.twenty.validation import check_record
from panda_twenty.sandbox.twenty.writing import Writer

SHORTEST = 3
"""Shorter texts are not compared."""

MOST_MERGED = 9
RECORDS_NOT_FOUND = "One or more records not found"
JOINED = ("ARRAY", "MULTI_SELECT")


def find(
    reader: Reader, target: ObjectMetadata, arguments: dict[str, Any], selection: Selection
) -> list[Record]:
    """Per record, given by ``data`` or ``ids``, a connection of the records that resemble it."""
    data, ids = arguments.get("data"), arguments.get("ids")
    if data is None and ids is None:
        raise bad_query('You have to provide either "data" or "ids" argument')
    if data is not None and ids is not None:
        raise bad_query('You cannot provide both "data" and "ids" arguments')
    if ids is None and not data:
        raise bad_query('The "data" condition can not be empty when "ids" input not provided')
    made = plan(reader.schema, target, selection)
    for each in ids or []:
        if not scalars.is_uuid(each):
            raise from_orm(f'invalid input syntax for type uuid: "{each}"', ORM_MESSAGE)
    records = (
        [check_record(reader.schema, target, each) for each in data or []]
        if ids is None
        else reader.by_ids(made, ids)
    )
    return [_duplicates(reader, target, made, record) for record in records]


def _duplicates(reader: Reader, target: ObjectMetadata, made: Plan, record: Record) -> Record:
    alternatives = [
        _condition(target, criterion, record)
        for criterion in target.duplicate_criteria or []
        if all(len(_text(target, name, record)) >= SHORTEST for name in criterion)
    ]
    found: list[Record] = []
    total = 0
    if alternatives:
        given: dict[str, Any] = {"or": alternatives}
        if record.get("id"):
            given["id"] = {"neq": record["id"]}
        condition = FilterWriter(reader.schema, target).write(given)
        found = reader.select(made, condition, "ORDER BY t.rowid LIMIT ?", [PAGE])
        reader.follow(made, found)
        total = reader.aggregates(target, ["totalCount"], condition)["totalCount"]
    cursors = [ordering.encode_cursor(target, [], each) for each in found]
    return {
        "edges": [{"node": each, "cursor": cursor} for each, cursor in zip(found, cursors, strict=True)],
        "totalCount": total,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _located(target: ObjectMetadata, name: str) -> tuple[FieldMetadata, Column]:
    """The field of a column that Twenty's criteria name like ``nameFirstName``."""
    for field in target.fields.values():
        for column in field.columns:
            if column.name == name:
                return field, column
    raise KeyError(name)


def _text(target: ObjectMetadata, name: str, record: Record) -> str:
    field, column = _located(target, name)
    value = record.get(field.name)
    if column.subfield is not None:
        value = value.get(column.subfield) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _condition(target: ObjectMetadata, criterion: list[str], record: Record) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    for name in criterion:
        field, column = _located(target, name)
        equal = {"eq": _text(target, name, record)}
        if column.subfield is None:
            condition[field.name] = equal
        else:
            condition.setdefault(field.name, {})[column.subfield] = equal
    return condition


GATHERED: dict[str, tuple[str, str, dict[str, str]]] = {
    "EMAILS": ("primaryEmail", "additionalEmails", {"email": "primaryEmail"}),
    "PHONES": (
        "primaryPhoneNumber",
        "additionalPhones",
        {
            "number": "primaryPhoneNumber",
            "callingCode": "primaryPhoneCallingCode",
            "countryCode": "primaryPhoneCountryCode",
        },
    ),
    "LINKS": (
        "primaryLinkUrl",
        "secondaryLinks",
        {"url": "primaryLinkUrl", "label": "primaryLinkLabel"},
    ),
}
"""Types of which a merged record keeps every entry: the primary one, the list of others, and the parts."""

# --- merging -------------------------------------------------------------------------------------


def merge(
    reader: Reader, writer: Writer, target: ObjectMetadata, arguments: dict[str, Any], selection: Selection
) -> Record:
    """One record out of several: values of the one with priority first, what hangs on the others moved."""
    ids, priority = arguments["ids"], arguments["conflictPriorityIndex"]
    _check_merge(target, ids, priority)
    made = plan(reader.schema, target, selection)
    everything = plan(reader.schema, target, whole(reader.schema, target, 0))
    records = [each for each in reader.by_ids(everything, ids) if each.get("deletedAt") is None]
    if len(records) != len(ids):
        raise _missing(RECORDS_NOT_FOUND, "One or more records were not found.")
    kept = next((each for each in records if each["id"] == ids[priority]), None)
    if kept is None:
        raise _missing("Priority record not found", NOT_FOUND_MESSAGE)
    merged = {
        field.join_column if field.is_to_one else field.name: value
        for field in target.fields.values()
        if not field.is_system and not field.is_to_many and field.type != "TS_VECTOR"
        if (value := _merged(field, kept, records)) is not None
    }
    if arguments.get("dryRun"):
        return {**kept, **merged, "id": str(uuid4())}
    gone = [each for each in ids if each != kept["id"]]
    with reader.store.transaction():
        _move(reader, target, gone, kept["id"])
        writer.destroy(target, gone)
        writer.update(target, [kept["id"]], merged)
    return reader.by_ids(made, [kept["id"]])[0]


def _check_merge(target: ObjectMetadata, ids: list[str], priority: int) -> None:
    if not target.duplicate_criteria:
        raise bad_query(
            "Merge is only available for objects with duplicate criteria. "
            f"Object '{target.singular}' does not have duplicate criteria defined.",
            "This type of record cannot be merged.",
        )
    if len(ids) < 2:
        raise bad_query(
            "At least 2 record IDs are required for merge", "Please select at least 2 records to merge."
        )
    if len(ids) > MOST_MERGED:
        raise bad_query(
            f"Maximum {MOST_MERGED} records can be merged at once",
            f"You can merge up to {MOST_MERGED} records at once.",
        )
    if not 0 <= priority < len(ids):
        raise bad_query(
            f"Invalid conflict priority '{priority}'. Valid options for {len(ids)} records: 0-{len(ids) - 1}"
        )


def _missing(message: str, user_message: str) -> TwentyError:
    return TwentyError(
        message,
        "NOT_FOUND",
        "RECORD_NOT_FOUND",
        user_message,
        rest_status=404,
        rest_name="NotFoundException",
    )


def _has_value(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_value(part) for part in value.values())
    return value is not None and value not in ("", [])


def _merged(field: FieldMetadata, kept: Record, records: list[Record]) -> Any:
    key = field.join_column if field.is_to_one else field.name
    values = [record[key] for record in records if _has_value(record.get(key))]
    if field.type in GATHERED:
        return _gathered(field, kept, values) if values else None
    if field.type in JOINED and len(values) > 1:
        return list(dict.fromkeys(item for value in values for item in value))
    if _has_value(kept.get(key)):
        return kept[key]
    return values[0] if values else None


def _gathered(field: FieldMetadata, kept: Record, values: list[Record]) -> Record:
    """One primary entry, and every other one, primary or not, in the list beside it."""
    main, others, names = GATHERED[field.type]
    own = kept.get(field.name) or {}
    first = own if own.get(main) else next((value for value in values if value.get(main)), {})
    merged: Record = {part: first.get(part) for part in names.values()}
    items: list[Any] = []
    for value in values:
        primary = {name: value.get(part) for name, part in names.items()}
        if value.get(main) and value[main] != first.get(main):
            items.append(primary if len(names) > 1 else value[main])
        items += value.get(others) or []
    merged[others] = [item for place, item in enumerate(items) if item not in items[:place]]
    return merged


def _move(reader: Reader, target: ObjectMetadata, gone: list[str], kept: str) -> None:
    """Let what points at the records that go away point at the one that stays."""
    for relation in target.fields.values():
        inverse = reader.schema.inverse(relation) if relation.is_to_many else None
        if inverse is None:
            continue
        table, key = reader.schema.target(relation).table, inverse.columns[0].key
        reader.store.connection.executemany(
            f'UPDATE {table} SET "{key}" = ? WHERE "{key}" = ?', [(kept, each) for each in gone]
        )
