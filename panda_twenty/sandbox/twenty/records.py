# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""The operations on records that GraphQL and REST share, each checked in Twenty's order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from panda_twenty.sandbox.twenty import duplicates, grouping, positions, scalars
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_query, internal, not_found, refused
from panda_twenty.sandbox.twenty.files import FileShelf
from panda_twenty.sandbox.twenty.filter_rules import check as check_filter
from panda_twenty.sandbox.twenty.filters import FilterWriter
from panda_twenty.sandbox.twenty.graphql_documents import Selection
from panda_twenty.sandbox.twenty.rate_limit import Throttle
from panda_twenty.sandbox.twenty.reading import NESTED_PAGE, PAGE, Reader
from panda_twenty.sandbox.twenty.schema import ObjectMetadata, Schema
from panda_twenty.sandbox.twenty.selections import Plan, Record, plan
from panda_twenty.sandbox.twenty.statistics import Statistics
from panda_twenty.sandbox.twenty.store import Store
from panda_twenty.sandbox.twenty.taken_along import after_change
from panda_twenty.sandbox.twenty.validation import check_record
from panda_twenty.sandbox.twenty.writing import Writer

Arguments = dict[str, Any]


class Records:
    """Runs operations on records for one API key."""

    def __init__(
        self,
        store: Store,
        files: FileShelf,
        throttle: Throttle,
        statistics: Statistics,
        key_name: str,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self.throttle = throttle
        self.statistics = statistics
        self.actor: dict[str, Any] = {
            "source": "API",
            "name": key_name,
            "workspaceMemberId": None,
            "context": {},
        }
        self.reader = Reader(store, files)
        self.writer = Writer(store, files, between)

    @property
    def schema(self) -> Schema:
        return self.store.schema

    def run(self, method: str, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Any:
        """Run ``method`` and return records, one record or a connection, not yet cut to the selection."""
        try:
            self.throttle.take()
        except TwentyError:
            self.statistics.count(throttled=1)
            raise
        self.statistics.count(tokens_used=1)
        if target.singular == "workspaceMember":
            _refuse_about_members(method)
        with self.store.lock:
            return getattr(self, METHODS[method])(target, arguments, selection)

    # --- reading --------------------------------------------------------------------------

    def find_many(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return self.reader.find_many(target, arguments, selection)

    def find_one(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return self.reader.find_one(target, arguments.get("filter") or {}, selection)

    def group_by(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> list[Record]:
        return grouping.group_by(self.reader, target, arguments, selection)

    def find_duplicates(
        self, target: ObjectMetadata, arguments: Arguments, selection: Selection
    ) -> list[Record]:
        return duplicates.find(self.reader, target, arguments, selection)

    def merge_many(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return duplicates.merge(self.reader, self.writer, target, arguments, selection)

    # --- creating -------------------------------------------------------------------------

    def create_many(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> list[Record]:
        given, upsert = arguments["data"], bool(arguments.get("upsert"))
        if not isinstance(given, list):
            raise TwentyError(
                "args.data.forEach is not a function", "INTERNAL_SERVER_ERROR", rest_name="TypeError"
            )
        for record in given:
            if isinstance(record, dict) and record.get("id"):
                assert_uuid(record["id"])
        made = plan(self.schema, target, selection)
        ordered = positions.assign(
            self.store, target, [_as_record(record) for record in given], fill=not upsert
        )
        checked = [check_record(self.schema, target, record) for record in ordered]
        made.check_complexity()
        if len(checked) > PAGE:
            message = f"Maximum number of records to upsert is {PAGE}."
            raise refused(message, "TOO_MANY_RECORDS_TO_UPDATE", message)
        stamped = [self._stamped(target, record, creating=True) for record in checked]
        ids = self.writer.upsert(target, stamped) if upsert else self.writer.insert(target, stamped)
        self.statistics.count(records_written=len(stamped))
        return self.reader.by_ids(made, ids, PAGE)

    def create_one(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return self.create_many(target, {**arguments, "data": [arguments["data"]]}, selection)[0]

    def _stamped(self, target: ObjectMetadata, record: Record, *, creating: bool) -> Record:
        """``record`` with the actors that Twenty writes, whoever was given as its creator.

        A creator without a name becomes the API key; of what was given source and context stay.
        """
        stamped = dict(record)
        if creating and "createdBy" in target.by_name:
            given = record.get("createdBy")
            if not given or not given.get("name"):
                kept = {part: (given or {}).get(part) or self.actor[part] for part in ("source", "context")}
                stamped["createdBy"] = {**self.actor, **kept}
        if "updatedBy" in target.by_name:
            stamped["updatedBy"] = dict(self.actor)
        return stamped

    # --- changing -------------------------------------------------------------------------

    def update_many(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> list[Record]:
        given = self._mutation_filter(arguments)
        made = plan(self.schema, target, selection)
        checked = check_filter(self.schema, target, given)
        return self._update(target, arguments["data"], checked, made)

    def update_one(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        assert_uuid(arguments["id"])
        made = plan(self.schema, target, selection)
        return _first(self._update(target, arguments["data"], {"id": {"eq": arguments["id"]}}, made))

    def _update(self, target: ObjectMetadata, data: Any, given: Arguments, made: Plan) -> list[Record]:
        record = positions.assign(self.store, target, [_as_record(data)], fill=False)[0]
        checked = check_record(self.schema, target, record)
        made.check_complexity()
        stamped = self._stamped(target, checked, creating=False)
        ids = self._matching(target, given)
        if len(ids) > PAGE:
            raise TwentyError(
                f"Cannot update more than {PAGE} records at once",
                user_message=f"You can only update up to {PAGE} records at once.",
                rest_name="TwentyORMException",
                rest_code="TOO_MANY_RECORDS_TO_UPDATE",
            )
        self.writer.update(target, ids, stamped)
        self.statistics.count(records_written=len(ids))
        changed = [str(checked["id"]).lower()] if checked.get("id") and len(ids) == 1 else ids
        return self.reader.by_ids(made, changed, NESTED_PAGE)

    # --- removing -------------------------------------------------------------------------

    def delete_many(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> list[Record]:
        return self._remove("delete", target, self._mutation_filter(arguments), selection, check=True)

    def delete_one(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return _first(self._remove("delete", target, _by_id(arguments), selection))

    def destroy_many(
        self, target: ObjectMetadata, arguments: Arguments, selection: Selection
    ) -> list[Record]:
        return self._remove("destroy", target, self._mutation_filter(arguments), selection, check=True)

    def destroy_one(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return _first(self._remove("destroy", target, _by_id(arguments), selection))

    def restore_many(
        self, target: ObjectMetadata, arguments: Arguments, selection: Selection
    ) -> list[Record]:
        return self._remove("restore", target, self._mutation_filter(arguments), selection, check=True)

    def restore_one(self, target: ObjectMetadata, arguments: Arguments, selection: Selection) -> Record:
        return _first(self._remove("restore", target, _by_id(arguments), selection))

    def _remove(
        self,
        verb: str,
        target: ObjectMetadata,
        given: Arguments,
        selection: Selection,
        *,
        check: bool = False,
    ) -> list[Record]:
        made = plan(self.schema, target, selection)
        checked = check_filter(self.schema, target, given) if check else given
        made.check_complexity()
        ids = self._matching(target, checked)
        before = self.reader.by_ids(made, ids, NESTED_PAGE, followed=False) if verb == "destroy" else []
        with self.store.transaction():
            if verb == "destroy":
                self.writer.destroy(target, ids)
            elif verb == "delete":
                self.writer.soft_delete(target, ids)
            else:
                self.writer.restore(target, ids)
            after_change(self.store, target, verb, ids)
        self.statistics.count(records_removed=len(ids) if verb != "restore" else 0)
        if verb != "destroy":
            return self.reader.by_ids(made, ids, NESTED_PAGE)
        self.reader.follow(made, before, NESTED_PAGE)
        return before

    def _mutation_filter(self, arguments: Arguments) -> Arguments:
        given: Arguments | None = arguments.get("filter")
        if given is None:
            raise bad_query("Filter is required")
        by_id = given.get("id") if isinstance(given, dict) else None
        if isinstance(by_id, dict) and isinstance(by_id.get("in"), list):
            for each in by_id["in"]:
                assert_uuid(each)
        return given

    def _matching(self, target: ObjectMetadata, given: Arguments) -> list[str]:
        """Ids of all matches, soft-deleted ones too, in the order they were written."""
        condition = FilterWriter(self.schema, target).write(given, with_deleted=True)
        joins = " ".join(condition.joins.values())
        rows = self.store.rows(
            f"SELECT t.id FROM {target.table} t {joins} WHERE {condition.sql} ORDER BY t.rowid",
            condition.parameters,
        )
        return [row[0] for row in rows]


METHODS = {
    "findMany": "find_many",
    "findOne": "find_one",
    "groupBy": "group_by",
    "findDuplicates": "find_duplicates",
    "createMany": "create_many",
    "createOne": "create_one",
    "updateMany": "update_many",
    "updateOne": "update_one",
    "deleteMany": "delete_many",
    "deleteOne": "delete_one",
    "destroyMany": "destroy_many",
    "destroyOne": "destroy_one",
    "restoreMany": "restore_many",
    "restoreOne": "restore_one",
    "mergeMany": "merge_many",
}


_NEVER_ON_MEMBERS = frozenset(
    {"createOne", "createMany", "updateMany", "destroyOne", "destroyMany", "restoreOne", "restoreMany"}
)


def _refuse_about_members(method: str) -> None:
    """Members come and go by other ways than records do."""
    if method in _NEVER_ON_MEMBERS:
        raise TwentyError(
            "Entity performing the request does not have permission",
            "FORBIDDEN",
            "PERMISSION_DENIED",
            "User does not have permission.",
            rest_name="Error",
            rest_code="PERMISSION_DENIED",
        )
    if method in ("deleteOne", "deleteMany"):
        raise TwentyError(
            "Please use /deleteUserFromWorkspace to remove a workspace member.",
            sub_code="BAD_REQUEST",
            user_message="Please use Settings to remove a workspace member.",
        )


def assert_uuid(value: Any) -> None:
    if not scalars.is_uuid(value):
        shown = value if isinstance(value, str) else json.dumps(value)
        error = bad_query(f'Value "{shown}" is not a valid UUID', "Invalid UUID format.")
        error.rest_name, error.rest_code = "Error", "INVALID_QUERY_INPUT"
        raise error


def _as_record(value: Any) -> Record:
    """What JavaScript's ``Object.entries`` sees in a value that should be a record."""
    if isinstance(value, dict):
        return dict(value)
    if value is None:
        raise internal("Cannot read properties of null (reading 'position')")
    if isinstance(value, str):
        raise internal(f"Cannot create property 'position' on string '{value}'")
    return {str(place): item for place, item in enumerate(value)} if isinstance(value, list) else {}


def _by_id(arguments: Arguments) -> Arguments:
    assert_uuid(arguments["id"])
    return {"id": {"eq": arguments["id"]}}


def _first(records: list[Record]) -> Record:
    if not records:
        raise not_found()
    return records[0]
