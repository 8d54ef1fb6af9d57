# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""``…GroupBy``: groups of records by fields, subfields, days or a field of a relation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from panda_twenty.sandbox.twenty import javascript, moments, ordering
from panda_twenty.sandbox.twenty.composites import subfield
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_query, internal, refused
from panda_twenty.sandbox.twenty.filter_rules import check as check_filter
from panda_twenty.sandbox.twenty.filters import Condition, FilterWriter, sorted_as
from panda_twenty.sandbox.twenty.graphql_documents import Selection
from panda_twenty.sandbox.twenty.reading import Reader
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata, ObjectMetadata
from panda_twenty.sandbox.twenty.selections import Plan, aggregate, is_aggregate, plan
from panda_twenty.sandbox.twenty.stretches import DAYS, MONTHS, WEEK_SHIFT

GROUPS = 50
RECORDS_PER_GROUP = 10
TRUNCATED = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
GRANULARITIES = (*TRUNCATED, "DAY_OF_THE_WEEK", "MONTH_OF_THE_YEAR", "QUARTER_OF_THE_YEAR", "NONE")
NOT_GROUPABLE = ("TS_VECTOR", "RAW_JSON", "FILES", "POSITION")
MISSING_ZONE = "Time zone should be specified for a group by date on Day, Week, Month, Quarter or Year"


@dataclass
class Dimension:
    """One thing to group by: a column, perhaps of a joined target, perhaps cut to a stretch of time."""

    field: FieldMetadata
    source: FieldMetadata
    """The field whose column is grouped: ``field`` itself, or the nested field of a relation."""
    column: Column
    part: str | None = None
    granularity: str | None = None
    week_start: str | None = None
    zone: str | None = None

    @property
    def is_nested(self) -> bool:
        return self.source is not self.field

    def sql(self, writer: FilterWriter) -> str:
        alias = writer.join(self.field) if self.is_nested else "t"
        reference = f'{alias}."{self.column.key}"'
        if self.granularity is None or self.granularity == "NONE":
            return reference
        zone = ""
        if self.column.type == "DATE_TIME" and self.granularity in TRUNCATED:
            if not self.zone:
                raise refused(MISSING_ZONE, "MISSING_TIMEZONE_FOR_DATE_GROUP_BY")
            if self.zone not in available_timezones():
                raise refused(f"Invalid timezone: {self.zone}", "INVALID_TIMEZONE")
            zone = self.zone
        week = self.week_start if self.week_start in WEEK_SHIFT else ""
        return f"stretch_of_time({reference}, '{self.granularity}', '{week}', '{zone}')"

    def order(self, sql: str) -> str:
        names = {"DAY_OF_THE_WEEK": DAYS, "MONTH_OF_THE_YEAR": MONTHS}.get(self.granularity or "")
        if names is None:
            return sql
        first = WEEK_SHIFT.get(self.week_start or "", 0) if names is DAYS else 0
        turned = (*names[len(names) - first :], *names[: len(names) - first])
        places = " ".join(f"WHEN '{name}' THEN {at}" for at, name in enumerate(turned))
        return f"CASE {sql} {places} END"

    def convert(self, value: Any) -> Any:
        whole = self.granularity in (None, "NONE")
        if value is not None and whole and self.column.type == "DATE_TIME":
            return moments.text(value)
        if value is None:
            return None
        if self.column.type == "MULTI_SELECT":
            return "{" + ",".join(json.loads(value)) + "}"
        if self.column.type == "ARRAY":
            return json.loads(value)
        if self.column.type == "BOOLEAN":
            return bool(value)
        return javascript.number(value) if isinstance(value, float) else value


# --- what to group by ----------------------------------------------------------------------------


def dimensions(reader: Reader, target: ObjectMetadata, given: Any) -> list[Dimension]:
    """The ``groupBy`` argument; raises what Twenty answers for one that it refuses."""
    found = []
    for entry in given if isinstance(given, list) else [given]:
        _single(
            entry,
            "You cannot provide multiple fields in one GroupByInput, split them into multiple GroupByInput",
        )
        for name, definition in entry.items():
            field = target.find(name)
            if field is None:
                raise bad_query(f"Unidentified field in groupBy: {name}")
            if not _groupable(field):
                raise bad_query(f'Field "{name}" is not supported in groupBy')
            found.append(_dimension(reader, target, field, name, definition))
    return found


def _single(entry: dict[str, Any], complaint: str) -> None:
    if len(entry) > 1:
        raise bad_query(complaint)


def _groupable(field: FieldMetadata) -> bool:
    if field.is_system and field.name not in ("createdAt", "updatedAt"):
        return False
    return not field.is_to_many and field.type not in NOT_GROUPABLE


def _is_date(field: FieldMetadata, definition: Any) -> bool:
    return (
        field.type in ("DATE", "DATE_TIME")
        and isinstance(definition, dict)
        and definition.get("granularity") in GRANULARITIES
    )


def _dated(field: FieldMetadata, source: FieldMetadata, definition: dict[str, Any]) -> Dimension:
    return Dimension(
        field,
        source,
        source.columns[0],
        None,
        definition["granularity"],
        definition.get("weekStartDay"),
        definition.get("timeZone"),
    )


def _dimension(
    reader: Reader, target: ObjectMetadata, field: FieldMetadata, name: str, definition: Any
) -> Dimension:
    if field.is_to_one:
        if definition is True and name == field.join_column:
            return Dimension(field, field, field.columns[0])
        if isinstance(definition, dict):
            return _nested(reader, field, name, definition)
    if _is_date(field, definition):
        return _dated(field, field, definition)
    if definition is True:
        if field.is_composite or field.is_relation or not field.columns:
            raise internal(f"column {target.singular}.{name} does not exist")
        return Dimension(field, field, field.columns[0])
    if isinstance(definition, dict):
        if not field.is_composite:
            raise bad_query(f'Field "{name}" does not support nested subfields in groupBy')
        _single(
            definition,
            "You cannot provide multiple subfields in one GroupByInput, "
            "split them into multiple GroupByInput",
        )
        for part, wanted in definition.items():
            column = _part(field, part)
            if column is None:
                raise bad_query(f'Composite subfield "{part}" is not supported in groupBy for "{name}"')
            if wanted is not True:
                raise bad_query(f'Composite subfield "{part}" must be set to true in groupBy for "{name}"')
            return Dimension(field, field, column, part)
    raise bad_query(f'Invalid groupBy definition for field "{name}"')


def _part(field: FieldMetadata, part: str) -> Column | None:
    known = subfield(field.type, part)
    if known is None or known.type == "RAW_JSON":
        return None
    return next(column for column in field.columns if column.subfield == part)


def _nested(reader: Reader, field: FieldMetadata, name: str, given: dict[str, Any]) -> Dimension:
    target = reader.schema.target(field)
    _single(
        given,
        "You cannot provide multiple nested fields in one relation GroupByInput, "
        "split them into multiple GroupByInput",
    )
    nested_name, definition = next(iter(given.items()), ("undefined", None))
    nested = target.by_name.get(nested_name)
    if nested is None:
        raise bad_query(f'Nested field "{nested_name}" not found in target object "{target.singular}"')
    if nested_name != "id" and not _groupable(nested):
        raise bad_query(f'Nested field "{nested_name}" is not supported in groupBy')
    if nested.is_relation:
        raise bad_query(
            f'Cannot group by a relation field of the relation field: "{nested_name}" '
            f'is a relation field of "{target.singular}"'
        )
    if isinstance(definition, dict) and _is_date(nested, definition):
        return _dated(field, nested, definition)
    if nested.is_composite:
        if not isinstance(definition, dict):
            raise bad_query(f'Composite field "{nested_name}" requires a subfield to be specified')
        _single(
            definition,
            "You cannot provide multiple composite subfields in one GroupByInput, "
            "split them into multiple GroupByInput",
        )
        part = next(iter(definition), "undefined")
        column = _part(nested, part)
        if column is None or definition[part] is not True:
            raise bad_query(f'Composite subfield "{part}" is not supported in groupBy for "{nested_name}"')
        return Dimension(field, nested, column, part)
    if definition is True:
        return Dimension(field, nested, nested.columns[0])
    raise bad_query(f'Invalid groupBy definition for nested field "{name}.{nested_name}"')


# --- the order of groups -------------------------------------------------------------------------


def _order(
    target: ObjectMetadata, order: ordering.Order, found: list[Dimension], expressions: list[str]
) -> list[str]:
    terms = []
    for item in order:
        for name, value in item.items():
            if name == "aggregate":
                terms += [_by_aggregate(target, *pair) for pair in value.items()]
                continue
            field = target.by_name.get(name)
            if field is None:
                raise TwentyError(f"Cannot orderBy unknown field: {name}.")
            place, direction = _matching(field, value, found)
            order_by, nulls = ordering.DIRECTIONS[direction]
            terms.append(f"{found[place].order(expressions[place])} {order_by} {nulls}")
    return terms


def _by_aggregate(target: ObjectMetadata, name: str, direction: str) -> str:
    if not is_aggregate(target, name):
        raise TwentyError(f"Unknown aggregate field: {name}")
    order_by, nulls = ordering.DIRECTIONS[direction]
    return f"{aggregate(target, name).sql} {order_by} {nulls}"


def _matching(field: FieldMetadata, value: Any, found: list[Dimension]) -> tuple[int, str]:
    """The place of the dimension that an ``orderBy`` entry names, and the direction."""
    mine = [place for place, each in enumerate(found) if each.field.id == field.id]
    if isinstance(value, str):
        if value not in ordering.DIRECTIONS:
            raise TwentyError(f"Unknown orderBy value: {value}")
        if not mine:
            raise TwentyError(
                f"Cannot order by a field that is not an aggregate nor in groupBy criteria: {field.name}."
            )
        return mine[0], value
    if "granularity" in value and "orderBy" in value:
        same = [place for place in mine if found[place].granularity == value["granularity"]]
        if not same:
            raise TwentyError(
                f"Cannot order by a date granularity that is not in groupBy criteria: {value['granularity']}"
            )
        return same[0], value["orderBy"]
    part, inner = next(iter(value.items()))
    if field.is_relation:
        same = [place for place in mine if found[place].source.name == part]
        if isinstance(inner, dict):
            inner = inner.get("orderBy") or next(iter(inner.values()))
    else:
        same = [place for place in mine if found[place].part == part]
    if not same:
        raise TwentyError(
            f"Cannot order by a field that is not in groupBy or that is not an aggregate field: {part}"
        )
    return same[0], inner


# --- groups --------------------------------------------------------------------------------------


def group_by(
    reader: Reader, target: ObjectMetadata, arguments: dict[str, Any], selection: Selection
) -> list[Any]:
    """Groups with their dimension values and aggregates, and up to ten records of each when asked."""
    found = dimensions(reader, target, arguments.get("groupBy"))
    checked = check_filter(reader.schema, target, arguments.get("filter") or {})
    writer = FilterWriter(reader.schema, target)
    condition = writer.write(checked)
    expressions = [each.sql(writer) for each in found]
    names = [name for name in selection if is_aggregate(target, name)]
    chosen = [aggregate(target, name) for name in names]
    order = _order(target, ordering.normalized(arguments.get("orderBy")), found, expressions)
    order = order or [
        f"{sorted_as(each.source, each.column, sql)} ASC NULLS LAST"
        for each, sql in zip(found, expressions, strict=True)
    ]
    listed = ", ".join([*expressions, *(each.sql for each in chosen)]) or "NULL"
    grouped = f"GROUP BY {', '.join(expressions)}" if expressions else ""
    ordered = f"ORDER BY {', '.join(order)}" if order else ""
    limit = arguments.get("limit")
    rows = reader.store.rows(
        f"SELECT {listed} FROM {target.table} t {' '.join(condition.joins.values())} "
        f"WHERE {condition.sql} {grouped} {ordered} LIMIT ?",
        [*condition.parameters, limit if isinstance(limit, int) and limit > 0 else GROUPS],
    )
    answer = []
    with_records = "edges" in selection or arguments.get("includeRecords")
    made = plan(reader.schema, target, selection) if with_records else None
    for row in rows:
        keys, values = row[: len(found)], row[len(found) :]
        group: dict[str, Any] = {
            name: each.convert(value) for name, each, value in zip(names, chosen, values, strict=False)
        }
        group["groupByDimensionValues"] = [
            each.convert(value) for each, value in zip(found, keys, strict=True)
        ]
        if made is not None:
            group |= _records(reader, target, made, arguments, checked, found, keys)
        answer.append(group)
    return answer


def _records(
    reader: Reader,
    target: ObjectMetadata,
    made: Plan,
    arguments: dict[str, Any],
    checked: dict[str, Any],
    found: list[Dimension],
    keys: tuple[Any, ...],
) -> dict[str, Any]:
    writer = FilterWriter(reader.schema, target)
    condition = writer.write(checked)
    same = " AND ".join(f"{each.sql(writer)} IS ?" for each in found) or "1"
    wanted = ordering.normalized(arguments.get("orderByForRecords"))
    clause = ordering.clause(reader.schema, target, [*wanted, ordering.BY_ID], writer)
    grouped = Condition(f"{condition.sql} AND {same}", [*condition.parameters, *keys], writer.condition.joins)
    records = reader.select(
        made,
        grouped,
        f"ORDER BY {clause.sql} LIMIT ? OFFSET ?",
        [RECORDS_PER_GROUP, int(arguments.get("offsetForRecords") or 0)],
    )
    edges = [{"node": record, "cursor": ordering.encode_cursor(target, wanted, record)} for record in records]
    return {
        "edges": edges,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }
