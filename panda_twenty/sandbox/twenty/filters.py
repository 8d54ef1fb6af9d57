# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Checked filters as SQL.

The SQL is put together the way Twenty does it, without parentheses around single conditions; so an
``eq: ""`` beside another condition has the same surprising precedence.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.sandbox.twenty import javascript, moments, scalars
from panda_twenty.sandbox.twenty.columns import encode
from panda_twenty.sandbox.twenty.composites import ACTOR_SOURCES, COMPOSITES, subfield
from panda_twenty.sandbox.twenty.errors import (
    ORM_MESSAGE,
    TwentyError,
    bad_query,
    data_validation,
    from_orm,
)
from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata, ObjectMetadata, Schema

CHOICES = ("SELECT", "RATING")
WORKSPACE_SCHEMA = "workspace_1wgvd1injqtife6y4rvfbu3h5"


@dataclass
class Condition:
    """A WHERE clause with its parameters and the joins it needs (alias to SQL)."""

    sql: str = ""
    parameters: list[Any] = field(default_factory=list)
    joins: dict[str, str] = field(default_factory=dict)


def mentions_deleted_at(given: Any) -> bool:
    """Whether a filter asks about deletedAt itself, which makes deleted records visible."""
    if isinstance(given, list):
        return any(mentions_deleted_at(each) for each in given)
    if not isinstance(given, dict):
        return False
    return "deletedAt" in given or any(
        key in given and mentions_deleted_at(given[key]) for key in ("and", "or", "not")
    )


class FilterWriter:
    """Writes checked filters on one object as SQL over the alias ``t``."""

    def __init__(self, schema: Schema, target: ObjectMetadata) -> None:
        self.schema = schema
        self.target = target
        self.with_deleted = False
        self.condition = Condition()

    def write(self, given: dict[str, Any] | None, *, with_deleted: bool | None = None) -> Condition:
        """The condition for ``given``; deleted records are left out unless it mentions deletedAt."""
        given = given or {}
        self.with_deleted = mentions_deleted_at(given) if with_deleted is None else with_deleted
        written = self._all(self.target, "t", given)
        parts = [f"({written})"] if written else []
        if not self.with_deleted:
            parts.append("t.deleted_at IS NULL")
        self.condition.sql = " AND ".join(parts) or "1"
        return self.condition

    def _all(self, target: ObjectMetadata, alias: str, given: dict[str, Any]) -> str:
        return " AND ".join(
            part for key, value in given.items() if (part := self._one(target, alias, key, value))
        )

    def _one(self, target: ObjectMetadata, alias: str, key: str, value: Any) -> str:
        if key in ("and", "or"):
            written = [self._all(target, alias, each) or "1" for each in value] or ["1"]
            return "(" + f" {key.upper()} ".join(f"({part})" for part in written) + ")"
        if key == "not":
            return f"NOT({self._all(target, alias, value) or '1'})"
        relation = target.by_name.get(key)
        if relation is not None and relation.is_to_one:
            return self._relation(relation, alias, value)
        found = target.find(key)
        if found is None:
            raise TwentyError(f"Field metadata not found for field: {key}", "INTERNAL_SERVER_ERROR")
        if not found.is_composite:
            operator, operand = next(iter(value.items()))
            return self._operator(
                target, found, found.columns[0] if found.columns else None, alias, key, operator, operand
            )
        written = []
        for part, condition in value.items():
            operator, operand = next(iter(condition.items()))
            column = next(each for each in found.columns if each.subfield == part)
            written.append(self._operator(target, found, column, alias, part, operator, operand))
        return " AND ".join(written)

    def _relation(self, relation: FieldMetadata, alias: str, value: dict[str, Any]) -> str:
        joined = self.join(relation, alias)
        written = self._all(self.schema.target(relation), joined, value)
        if not written:
            raise data_validation()
        return f"({written})"

    def join(self, relation: FieldMetadata, alias: str = "t") -> str:
        """Join the target of ``relation`` and return its alias."""
        joined = f"j{relation.number}"
        target = self.schema.target(relation)
        alive = "" if self.with_deleted else f" AND {joined}.deleted_at IS NULL"
        self.condition.joins[joined] = (
            f'LEFT JOIN {target.table} {joined} ON {joined}.id = {alias}."{relation.columns[0].key}"{alive}'
        )
        return joined

    def _operator(
        self,
        target: ObjectMetadata,
        found: FieldMetadata,
        column: Column | None,
        alias: str,
        key: str,
        operator: str,
        operand: Any,
    ) -> str:
        if operator == "in" and (not isinstance(operand, list) or not operand):
            shown = javascript.as_text(operand)
            raise bad_query(
                f"Invalid filter value for field {key}. Expected non-empty array",
                f'Invalid filter value: "{shown}"',
            )
        if column is None:
            return "NULL"
        reference = f'{alias}."{column.key}"'
        nullish = _is_null_equivalent(found, column, operand)
        or_null = f" OR {reference} IS NULL" if nullish else ""
        simple = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "neq": "!="}
        parameters = self.condition.parameters
        if operator == "is":
            return f"{reference} IS {'NULL' if operand == 'NULL' else 'NOT NULL'}"
        if operator == "isEmptyArray":
            return f"{reference} = '[]'"
        if operator in simple:
            stored = self._stored(target, found, column, operand)
            if column.type == "DATE_TIME" and operator in ("eq", "neq", "gt", "lte") and stored is not None:
                return self._moment(reference, operator, stored, nullish)
            parameters.append(stored)
            also = (
                f" AND {reference} IS NOT NULL"
                if operator == "neq" and nullish
                else or_null
                if operator == "eq"
                else ""
            )
            if operator in ("gt", "gte", "lt", "lte") and column.type in CHOICES and stored is not None:
                parameters[-1] = found.option_values.index(stored) if stored in found.option_values else -1
                reference = sorted_as(found, column, reference)
            return f"{reference} {simple[operator]} ?{also}"
        if operator in ("in", "containsAny"):
            values = [self._stored(target, found, column, item) for item in operand]
            parameters.append(json.dumps(values, ensure_ascii=False))
            listed = "(SELECT value FROM json_each(?))"
            if operator == "in":
                return f"{reference} IN {listed}"
            return f"EXISTS (SELECT 1 FROM json_each({reference}) AS item WHERE item.value IN {listed})"
        return self._text(reference, operator, operand) + (or_null if operator in ("like", "ilike") else "")

    def _moment(self, reference: str, operator: str, stored: int, nullish: bool) -> str:
        """Moments compare to the millisecond that the API shows."""
        after = stored + moments.MILLISECOND
        both = {"eq": "({0} >= ? AND {0} < ?)", "neq": "({0} < ? OR {0} >= ?)"}
        if operator in both:
            self.condition.parameters += [stored, after]
            return both[operator].format(reference)
        self.condition.parameters.append(after)
        return f"{reference} {'>=' if operator == 'gt' else '<'} ?"

    def _text(self, reference: str, operator: str, operand: str) -> str:
        if "\0" in operand:
            raise data_validation()
        parameters = self.condition.parameters
        if operator == "startsWith":
            parameters += [operand, operand]
            return f"substr({reference}, 1, length(?)) = ?"
        if operator == "endsWith":
            parameters += [operand, operand, operand]
            return f"(length(?) = 0 AND {reference} IS NOT NULL OR substr({reference}, -length(?)) = ?)"
        if re.search(r"(?<!\\)(\\\\)*\\$", operand):
            raise data_validation()
        parameters.append(operand)
        if operator == "containsIlike":
            return f"EXISTS (SELECT 1 FROM json_each({reference}) AS item WHERE ilike(item.value, ?))"
        if operator == "like":
            return f"{reference} LIKE ? ESCAPE '\\'"
        if operand.isascii():
            return f"lower({reference}) LIKE lower(?) ESCAPE '\\'"
        return f"ilike({reference}, ?)"

    def _stored(self, target: ObjectMetadata, found: FieldMetadata, column: Column, operand: Any) -> Any:
        if operand is None:
            return None
        if column.type == "TEXT" and not isinstance(operand, str):
            return javascript.as_text(operand)
        if column.type in ("SELECT", "RATING", "MULTI_SELECT"):
            options = ACTOR_SOURCES if found.type == "ACTOR" else found.option_values
            if operand not in options and column.type != "MULTI_SELECT":
                name = f"{target.postgres_table}_{found.name}{'Source' if found.type == 'ACTOR' else ''}_enum"
                quoted = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else f'"{name}"'
                raise from_orm(
                    f'invalid input value for enum {WORKSPACE_SCHEMA}.{quoted}: "{javascript.as_text(operand)}"',  # noqa: E501
                    ORM_MESSAGE,
                )
            return operand
        if column.type == "UUID" and not scalars.is_uuid(operand):
            raise from_orm(
                f'invalid input syntax for type uuid: "{javascript.as_text(operand)}"', ORM_MESSAGE
            )
        stored = encode(column.type, operand)
        if isinstance(stored, float) and math.isnan(stored):
            raise data_validation()
        return stored


def _is_null_equivalent(found: FieldMetadata, column: Column, operand: Any) -> bool:
    """Whether ``operand`` stands for an empty value that is stored as null."""
    if found.type == "TEXT":
        return operand is None or operand == "" or operand == "NULL"
    if found.type in ("MULTI_SELECT", "ARRAY"):
        return operand is None or operand == [] or operand == "NULL"
    if found.type in COMPOSITES and column.subfield is not None:
        part = subfield(found.type, column.subfield)
        if part is None or part.null_reads_as is None:
            return False
        return operand is None or operand == part.null_reads_as or operand == "NULL"
    return False


def sorted_as(found: FieldMetadata, column: Column, reference: str) -> str:
    """What a column sorts by; options come in the order of their declaration."""
    if column.type in CHOICES and found.option_values:
        places = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(found.option_values))
        return f"CASE {reference} {places} END"
    if column.type == "MULTI_SELECT":
        options = json.dumps(found.option_values).replace("'", "''")
        return f"option_places({reference}, '{options}')"
    return reference


def column_of(target: ObjectMetadata, name: str, part: str | None) -> Column | None:
    """The column of a field (or of one subfield) by its API name."""
    return target.column_by_name.get(name if part is None else f"{name}{capitalize(part)}")
