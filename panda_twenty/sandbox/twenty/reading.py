# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Queries on records: many, one, and what hangs on them."""

from __future__ import annotations

import json
import math
from typing import Any

from panda_twenty.sandbox.twenty import javascript, ordering
from panda_twenty.sandbox.twenty.errors import bad_query, data_validation, not_found, refused
from panda_twenty.sandbox.twenty.files import FileShelf
from panda_twenty.sandbox.twenty.filter_rules import check as check_filter
from panda_twenty.sandbox.twenty.filters import Condition, FilterWriter
from panda_twenty.sandbox.twenty.graphql_documents import Selection
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata, Schema
from panda_twenty.sandbox.twenty.selections import Plan, Record, aggregate, decode, plan
from panda_twenty.sandbox.twenty.store import Store

PAGE = 200
"""How many records a list holds when ``first`` is not given, and the most that one call writes."""

NESTED_PAGE = 60
"""How many records a to-many relation shows per parent, whatever is asked."""


class Reader:
    """Answers queries from the store."""

    def __init__(self, store: Store, files: FileShelf) -> None:
        self.store = store
        self.files = files

    @property
    def schema(self) -> Schema:
        return self.store.schema

    # --- lists ----------------------------------------------------------------------------

    def find_many(self, target: ObjectMetadata, arguments: dict[str, Any], selection: Selection) -> Record:
        """A page as a connection: ``edges``, ``pageInfo``, ``totalCount`` and aggregates."""
        check_paging(arguments)
        made = plan(self.schema, target, selection)
        order = ordering.normalized(arguments.get("orderBy"))
        given = check_filter(self.schema, target, arguments.get("filter") or {})
        made.check_complexity(_relations_in(target, order))
        answer: Record = {"edges": [], "pageInfo": {}, "totalCount": None}
        aggregates = self.aggregates(target, made.aggregates, FilterWriter(self.schema, target).write(given))
        records, page = self._page(target, arguments, made, given, order)
        self.follow(made, records, NESTED_PAGE, with_aggregates=True)
        full_order = [*order, ordering.BY_ID]
        if "cursor" in selection.get("edges", {}):
            cursors = [ordering.encode_cursor(target, full_order, record) for record in records]
        else:
            cursors = [""] * len(records)
        answer["edges"] = [
            {"node": record, "cursor": cursor} for record, cursor in zip(records, cursors, strict=True)
        ]
        ends = [ordering.encode_cursor(target, full_order, each) for each in (records[:1] + records[-1:])]
        answer["pageInfo"] = {
            **page,
            "startCursor": ends[0] if ends else None,
            "endCursor": ends[-1] if ends else None,
        }
        return {**answer, **aggregates}

    def _page(
        self,
        target: ObjectMetadata,
        arguments: dict[str, Any],
        made: Plan,
        given: dict[str, Any],
        order: ordering.Order,
    ) -> tuple[list[Record], dict[str, bool]]:
        forward = arguments.get("before") is None
        cursor_text = arguments.get("after") or arguments.get("before")
        full_order = [*order, ordering.BY_ID]
        applied = given
        if cursor_text:
            cursor = ordering.decode_cursor(cursor_text)
            beyond = ordering.after_cursor(target, cursor, full_order, forward=forward)
            applied = {"and": [given, beyond]} if given else beyond
        writer = FilterWriter(self.schema, target)
        condition = writer.write(applied)
        clause = ordering.clause(self.schema, target, full_order, writer, forward=forward)
        limit = _limit(arguments)
        if (arguments.get("offset") or 0) < 0:
            raise data_validation()
        rows = self.select(
            made,
            condition,
            f"ORDER BY {clause.sql} LIMIT ? OFFSET ?",
            [math.floor(limit + 1.5), int(arguments.get("offset") or 0)],
        )
        more = len(rows) > limit
        records = rows[:-1] if more else rows
        if not forward:
            records.reverse()
        return records, {"hasNextPage": forward and more, "hasPreviousPage": not forward and more}

    def aggregates(self, target: ObjectMetadata, names: list[str], condition: Condition) -> Record:
        if not names:
            return {}
        chosen = [aggregate(target, name) for name in names]
        joins = " ".join(condition.joins.values())
        listed = ", ".join(each.sql for each in chosen)
        row = self.store.rows(
            f"SELECT {listed} FROM {target.table} t {joins} WHERE {condition.sql}", condition.parameters
        )[0]
        return {name: each.convert(value) for name, each, value in zip(names, chosen, row, strict=True)}

    # --- one, and by id -------------------------------------------------------------------

    def find_one(self, target: ObjectMetadata, given: dict[str, Any], selection: Selection) -> Record:
        if not given:
            raise bad_query("Missing filter argument")
        made = plan(self.schema, target, selection)
        checked = check_filter(self.schema, target, given)
        made.check_complexity()
        condition = FilterWriter(self.schema, target).write(checked)
        records = self.select(made, condition, "LIMIT 1", [])
        if not records:
            raise not_found()
        self.follow(made, records, NESTED_PAGE)
        return records[0]

    def by_ids(
        self, made: Plan, ids: list[str], nested_limit: int = NESTED_PAGE, *, followed: bool = True
    ) -> list[Record]:
        """Records in the order of ``ids``, deleted ones too, each once; with relations if ``followed``."""
        condition = Condition("t.id IN (SELECT value FROM json_each(?))", [json.dumps(ids)])
        found = {record["id"]: record for record in self.select(made, condition, "", [])}
        records = [found[each] for each in dict.fromkeys(ids) if each in found]
        if followed:
            self.follow(made, records, nested_limit)
        return records

    def select(self, made: Plan, condition: Condition, tail: str, parameters: list[Any]) -> list[Record]:
        listed = ", ".join(f't."{column.key}"' for _, column, _ in made.columns)
        joins = " ".join(condition.joins.values())
        rows = self.store.rows(
            f"SELECT {listed} FROM {made.target.table} t {joins} WHERE {condition.sql} {tail}",
            [*condition.parameters, *parameters],
        )
        records = [decode(made, row) for row in rows]
        self._sign_files(made, records)
        return records

    def _sign_files(self, made: Plan, records: list[Record]) -> None:
        for one, _, _ in made.columns:
            if one.type == "FILES":
                for record in records:
                    if record[one.name]:
                        record[one.name] = [
                            {**item, "url": self.files.url(item["fileId"])} for item in record[one.name]
                        ]

    # --- relations ------------------------------------------------------------------------

    def follow(
        self,
        made: Plan,
        records: list[Record],
        limit: int = NESTED_PAGE,
        *,
        with_aggregates: bool = False,
    ) -> None:
        for relation, nested in made.relations:
            if not records:
                continue
            if relation.is_to_one:
                self._follow_to_one(relation, nested, records, limit)
            else:
                self._follow_to_many(relation, nested, records, limit, with_aggregates)

    def _follow_to_one(
        self, relation: FieldMetadata, nested: Plan, records: list[Record], limit: int
    ) -> None:
        """Attach the target; where it is soft-deleted, both it and the id of it read as null.

        Unless ``deletedAt`` is asked for, Twenty attaches a copy before it follows the target's own
        relations, and they are lost: lists are empty and single records null.
        """
        key = relation.join_column
        wanted = list(dict.fromkeys(record[key] for record in records if record.get(key)))
        deleted_at = nested.target.by_name["deletedAt"]
        asked_for = any(one.id == deleted_at.id for one, _, _ in nested.columns)
        nested.need(deleted_at, deleted_at.columns[0])
        condition = Condition("t.id IN (SELECT value FROM json_each(?))", [json.dumps(wanted)])
        found = {each["id"]: each for each in self.select(nested, condition, "", [])} if wanted else {}
        for record in records:
            parent = found.get(record.get(key) or "")
            if parent is not None and parent["deletedAt"] is not None:
                record[key] = parent = None
            if parent is not None and not asked_for:
                parent = {name: value for name, value in parent.items() if name != "deletedAt"}
                parent |= _nothing_below(nested)
            record[relation.name] = parent
        if asked_for:
            self.follow(nested, list(found.values()), limit)

    def _follow_to_many(
        self, relation: FieldMetadata, nested: Plan, records: list[Record], limit: int, with_aggregates: bool
    ) -> None:
        inverse = self.schema.inverse(relation)
        if inverse is None:
            return
        column = inverse.columns[0]
        already = any(known.key == column.key for _, known, _ in nested.columns)
        nested.need(inverse, column)
        table = nested.target.table
        ids = json.dumps([record["id"] for record in records])
        condition = Condition(
            f'''t.rowid IN (SELECT row FROM (SELECT rowid AS row, ROW_NUMBER() OVER (PARTITION BY "{column.key}" ORDER BY rowid)
            AS place FROM {table} WHERE "{column.key}" IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL)
            WHERE place <= ?)''',  # noqa: E501
            [ids, limit],
        )
        children = self.select(nested, condition, "ORDER BY t.rowid", [])
        by_parent: dict[str, list[Record]] = {}
        for child in children:
            by_parent.setdefault(child[column.name] if already else child.pop(column.name), []).append(child)
        self.follow(nested, children, limit)
        sums = self._nested_aggregates(nested, column.key, ids) if with_aggregates else {}
        for record in records:
            mine = by_parent.get(record["id"], [])
            record[relation.name] = {**sums.get(record["id"], {}), **nested_connection(nested.target, mine)}

    def _nested_aggregates(self, nested: Plan, key: str, ids: str) -> dict[str, Record]:
        names = [name for name in nested.aggregates if name != "totalCount"]
        if not names:
            return {}
        chosen = [aggregate(nested.target, name) for name in names]
        rows = self.store.rows(
            f'''SELECT t."{key}", {", ".join(each.sql for each in chosen)} FROM {nested.target.table} t
            WHERE t."{key}" IN (SELECT value FROM json_each(?)) AND t.deleted_at IS NULL GROUP BY 1''',
            [ids],
        )
        return {
            row[0]: {
                name: each.convert(value) for name, each, value in zip(names, chosen, row[1:], strict=True)
            }
            for row in rows
        }


def nested_connection(target: ObjectMetadata, records: list[Record]) -> Record:
    """A to-many relation as a connection that claims to be complete, however many there are."""
    edges = [{"node": record, "cursor": ordering.encode_cursor(target, [], record)} for record in records]
    info: Record = {"hasNextPage": False, "hasPreviousPage": False}
    if edges:
        info |= {"startCursor": edges[0]["cursor"], "endCursor": edges[-1]["cursor"]}
    return {"edges": edges, "pageInfo": info, "totalCount": len(records)}


def _nothing_below(nested: Plan) -> Record:
    return {
        one.name: nested_connection(below.target, []) if one.is_to_many else None
        for one, below in nested.relations
    }


def _limit(arguments: dict[str, Any]) -> float:
    for name in ("first", "last"):
        if arguments.get(name) is not None:
            return float(arguments[name])
    return PAGE


def _relations_in(target: ObjectMetadata, order: ordering.Order) -> int:
    names = [next(iter(item), "") for item in order if isinstance(item, dict)]
    return sum(
        1 for name in names if (one := target.by_name.get(name)) is not None and one.type == "RELATION"
    )


def check_paging(arguments: dict[str, Any]) -> None:
    """Raise for paging arguments that contradict each other or are negative."""
    for one, other in (("first", "last"), ("before", "after"), ("before", "first"), ("after", "last")):
        if arguments.get(one) and arguments.get(other):
            raise refused(f"Cannot provide both {one} and {other}", "ARGS_CONFLICT")
    for name, code in (("first", "INVALID_ARGS_FIRST"), ("last", "INVALID_ARGS_LAST")):
        if javascript.is_number(arguments.get(name)) and arguments[name] < 0:
            raise refused(f"{name.capitalize()} argument must be non-negative", code)
