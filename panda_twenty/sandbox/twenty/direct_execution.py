"""/graphql as Twenty runs it: root fields straight to their resolvers, without GraphQL's own validation."""

from __future__ import annotations

import sqlite3
from typing import Any

from graphql import GraphQLError

from panda_twenty.sandbox.twenty import graphql_documents, introspection, javascript, scalars
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_query, data_validation, located
from panda_twenty.sandbox.twenty.graphql_documents import Document, RootField
from panda_twenty.sandbox.twenty.query_limits import check_extent
from panda_twenty.sandbox.twenty.records import Records
from panda_twenty.sandbox.twenty.schema import Operation
from panda_twenty.sandbox.twenty.selections import shaped, shaped_connection

MOST_ROOT_FIELDS = 20
INTROSPECTION = ("__schema", "__type")
USER_SESSION_ONLY = (
    "activateWorkflowVersion",
    "deactivateWorkflowVersion",
    "runWorkflowVersion",
    "createDraftFromWorkflowVersion",
    "createWorkflowVersionStep",
    "updateWorkflowVersionStep",
    "deleteWorkflowVersionStep",
    "duplicateWorkflow",
)
"""Root fields that an API key may not use."""

Answer = dict[str, Any]

OBJECT, NUMBER, TEXT, BOOLEAN, ARRAY = "object", "number", "string", "boolean", "array"
ALLOWED: dict[str, dict[str, str]] = {
    "findMany": {
        "filter": OBJECT,
        "orderBy": "orderBy",
        "first": NUMBER,
        "last": NUMBER,
        "before": TEXT,
        "after": TEXT,
        "offset": NUMBER,
    },
    "findOne": {"filter": OBJECT},
    "findDuplicates": {"data": ARRAY, "ids": ARRAY},
    "groupBy": {
        "filter": OBJECT,
        "orderBy": "orderBy",
        "orderByForRecords": "orderBy",
        "groupBy": "groupBy",
        "viewId": TEXT,
        "includeRecords": BOOLEAN,
        "limit": NUMBER,
        "offsetForRecords": NUMBER,
    },
    "createOne": {"data": OBJECT, "upsert": BOOLEAN},
    "createMany": {"data": ARRAY, "upsert": BOOLEAN},
    "updateOne": {"id": "id", "data": OBJECT},
    "updateMany": {"filter": OBJECT, "data": OBJECT},
    **{method: {"id": "id"} for method in ("deleteOne", "destroyOne", "restoreOne")},
    **{method: {"filter": OBJECT} for method in ("deleteMany", "destroyMany", "restoreMany")},
    "mergeMany": {"ids": ARRAY, "conflictPriorityIndex": NUMBER, "dryRun": BOOLEAN},
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "createOne": ("data",),
    "createMany": ("data",),
    "updateOne": ("id", "data"),
    "updateMany": ("filter", "data"),
    **dict.fromkeys(("deleteOne", "destroyOne", "restoreOne"), ("id",)),
    **dict.fromkeys(("deleteMany", "destroyMany", "restoreMany"), ("filter",)),
    "groupBy": ("groupBy",),
    "mergeMany": ("ids", "conflictPriorityIndex"),
}
KINDS: dict[str, tuple[type, ...]] = {
    OBJECT: (dict,),
    TEXT: (str,),
    BOOLEAN: (bool,),
    ARRAY: (list,),
    "orderBy": (dict, list),
    "groupBy": (dict, list),
}


def check_arguments(method: str, arguments: dict[str, Any]) -> None:
    """Raise for arguments that are unknown, missing or of the wrong kind; this costs no token."""
    allowed = ALLOWED[method]
    for name in arguments:
        if name not in allowed:
            raise bad_query(f"Argument not allowed: {name}")
    for name in REQUIRED.get(method, ()):
        if not _is_kind(arguments.get(name), allowed[name]):
            if name == "groupBy":
                raise bad_query('Missing required argument: "groupBy" must be an array.')
            kind = "UUID" if allowed[name] == "id" else allowed[name]
            raise bad_query(f'Missing required argument: "{name}" ({kind})')
    for name, value in arguments.items():
        if not _is_kind(value, allowed[name]):
            kind = (
                "an array"
                if allowed[name] in ("orderBy", ARRAY)
                else "an object"
                if allowed[name] == OBJECT
                else f"a {allowed[name]}"
            )
            raise bad_query(f'Invalid argument: "{name}" must be {kind}')


def _is_kind(value: Any, kind: str) -> bool:
    if kind == NUMBER:
        return javascript.is_number(value)
    if kind == "id":
        return scalars.is_uuid(value)
    return isinstance(value, KINDS[kind])


class DirectExecution:
    """Runs the operations that are sent to /graphql."""

    def __init__(self, records: Records, *, only_core: bool = False) -> None:
        """``only_core``: as for a GET, whose query direct execution never sees."""
        self.records = records
        self.only_core = only_core
        self.is_direct = True
        """Whether direct execution answered, or else the GraphQL server behind it."""

    def run(self, query: str, operation_name: str | None, variables: dict[str, Any]) -> Answer | None:
        """The answer, or None where the document does not have the operation that is asked for."""
        try:
            document = graphql_documents.read(query, operation_name, variables)
        except graphql_documents.SeveralOperationsError:
            raise
        except GraphQLError as error:
            self.is_direct = False
            return {"errors": [located(error)]}
        if document is None:
            return None
        operations = {} if self.only_core else self.records.schema.operations
        of_records = [root for root in document.roots if root.name in operations]
        of_introspection = [root for root in document.roots if root.name in INTROSPECTION]
        of_core = [root for root in document.roots if root not in of_records and root not in of_introspection]
        if of_core and of_records:
            message = (
                "This query cannot be executed as a single request. Please split it into separate queries."
            )
            return {"errors": [TwentyError(message).graphql()]}
        if of_core or document.operation == "subscription":
            self.is_direct = False
            return run_core(document, authorized=True)
        answer = introspection.run(self.records.schema, of_introspection) if of_introspection else {}
        if of_records:
            answer = _merged(answer, self._run_records(of_records))
        return answer

    def _run_records(self, roots: list[RootField]) -> Answer:
        try:
            check_roots(roots)
        except TwentyError as error:
            return {"data": {}, "errors": [error.graphql()]}
        data: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for root in roots:
            operation = self.records.schema.operations[root.name]
            self.records.statistics.count(root.name)
            try:
                data[root.key] = self._run_one(operation, root)
            except TwentyError as error:
                data[root.key] = None
                errors.append(error.graphql())
            except sqlite3.DatabaseError:
                data[root.key] = None
                errors.append(data_validation().graphql())
        return {"data": data, "errors": errors} if errors else {"data": data}

    def _run_one(self, operation: Operation, root: RootField) -> Any:
        arguments = root.arguments()
        check_arguments(operation.method, arguments)
        schema = self.records.schema
        target = schema.objects[operation.object_id]
        selection = root.selection()
        result = self.records.run(operation.method, target, arguments, selection)
        if operation.method == "groupBy":
            for group in result:
                group.setdefault("pageInfo", {})
        if operation.method in ("groupBy", "findDuplicates"):
            return [shaped_connection(schema, target, each, selection) for each in result]
        if operation.method == "findMany":
            return shaped_connection(schema, target, result, selection)
        if isinstance(result, list):
            return [shaped(schema, target, record, selection) for record in result]
        return shaped(schema, target, result, selection)


def check_roots(roots: list[RootField]) -> None:
    """Raise where there are too many root fields, or one twice."""
    if len(roots) > MOST_ROOT_FIELDS:
        raise TwentyError(
            f"Query too complex - Too many root resolvers requested: {len(roots)} - "
            f"Maximum allowed root resolvers: {MOST_ROOT_FIELDS}"
        )
    seen = set()
    for root in roots:
        if root.name in seen:
            raise TwentyError(f'Duplicate root resolver: "{root.name}"')
        seen.add(root.name)


def run_core(document: Document, *, authorized: bool) -> Answer:
    """Root fields that are not about records: few exist, and to a stranger no object does."""
    if document.operation == "subscription":
        told = "Schema is not configured to execute subscription operation."
        return {"errors": [{"message": told, "locations": [{"line": 1, "column": 1}]}]}
    try:
        check_extent(document.parsed, most_roots=MOST_ROOT_FIELDS)
    except TwentyError as too_much:
        return {"errors": [too_much.graphql()]}
    if authorized and any(root.name in USER_SESSION_ONLY for root in document.roots):
        error = TwentyError("Forbidden resource", "FORBIDDEN", "FORBIDDEN_EXCEPTION")
        return {"data": None, "errors": [error.graphql()]}
    kind = document.operation.capitalize()
    unknown = [root for root in document.roots if root.name != "__typename"]
    if unknown:
        return {
            "errors": [
                {
                    "message": f'Cannot query field "{root.name}" on type "{kind}".',
                    "locations": [root.location],
                }
                for root in unknown
            ]
        }
    return {"data": {root.key: kind for root in document.roots}}


def _merged(one: Answer, other: Answer) -> Answer:
    errors = [*one.get("errors", []), *other.get("errors", [])]
    merged: Answer = (
        {"data": {**(one.get("data") or {}), **(other.get("data") or {})}}
        if "data" in one or "data" in other
        else {}
    )
    return {**merged, "errors": errors} if errors else merged
