# ruff: noqa: N802, N803
# Resolvers and their arguments are named as in the schema.
"""/metadata: a real GraphQL schema, so unknown fields and wrong variables are errors here."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    StringValueNode,
    ValueNode,
    build_schema,
    execute,
    validate,
)
from graphql.execution.values import get_variable_values

from panda_twenty.sandbox.twenty import graphql_documents, scalars
from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError, located
from panda_twenty.sandbox.twenty.field_changes import create_field, delete_field, update_field
from panda_twenty.sandbox.twenty.index_changes import create_index, delete_index
from panda_twenty.sandbox.twenty.metadata_views import (
    field_view,
    index_view,
    listed_fields,
    morph_views,
    object_view,
    relation_view,
)
from panda_twenty.sandbox.twenty.object_changes import (
    check_filled,
    create_object,
    delete_object,
    update_object,
)
from panda_twenty.sandbox.twenty.query_limits import check_extent
from panda_twenty.sandbox.twenty.schema import Schema
from panda_twenty.sandbox.twenty.workspace import Workspace, internal_to_user

Answer = dict[str, Any]
Resolver = Callable[..., Any]

SCHEMA_FILE = Path(__file__).with_name("metadata_schema.graphql")
LARGEST_PAGE = 1000
MOST_ROOT_FIELDS = DEEPEST = 10
NO_OPERATION = "Could not determine what operation to execute."
"""What graphql-core quotes with one mark, graphql-js quotes with two."""


@cache
def metadata_schema() -> GraphQLSchema:
    """The schema of /metadata, as far as the stand-in answers it."""
    schema = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
    uuid_type = schema.type_map["UUID"]
    if not isinstance(uuid_type, GraphQLScalarType):
        raise TypeError("UUID is not a scalar of the schema")
    uuid_type.parse_value = _parse_uuid  # type: ignore[method-assign]
    uuid_type.parse_literal = _as_written  # type: ignore[method-assign]
    return schema


def _asks_for_objects(query: str, variables: dict[str, Any]) -> bool:
    """Whether a query that was answered asks for objects and nothing else."""
    parsed = graphql_documents.parsed_document(query)
    return [root.name for root in graphql_documents.all_roots(parsed, variables)] == ["objects"]


@lru_cache(maxsize=64)
def _problems(query: str) -> tuple[GraphQLError, ...]:
    """What is wrong with a document of itself; a data model is made by hundreds of calls of the same one."""
    return tuple(validate(metadata_schema(), graphql_documents.parsed_document(query)))


def _parse_uuid(value: Any) -> Any:
    if not scalars.is_uuid(value):
        shown = f"'{value}'" if isinstance(value, str) else json.dumps(value)
        raise GraphQLError(f"Invalid UUID: {shown}", extensions={"value": value})
    return value


def _as_written(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """An id that the document itself holds, which only the database looks at."""
    return node.value if isinstance(node, StringValueNode) else None


def _check_written(key: str) -> None:
    if not scalars.is_uuid(key):
        raise internal_to_user(f'invalid input syntax for type uuid: "{key}"')


class MetadataApi:
    """Answers GraphQL on /metadata."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.changes = workspace.changes
        self._kept: dict[str, Answer] = {}
        self._kept_of: tuple[Schema, int] | None = None

    def run(
        self, query: str, operation_name: str | None, variables: dict[str, Any], upload: Any = None
    ) -> tuple[int, Answer]:
        """HTTP status and body. ``upload`` is the file of a multipart request.

        What all objects are takes a tenth of a second to tell, and is asked for again and again: it is kept
        until the schema changes.
        """
        with self.workspace.store.lock:
            schema = self.workspace.schema
            if self._kept_of != (schema, schema.version):
                self._kept, self._kept_of = {}, (schema, schema.version)
            question = json.dumps([query, operation_name, variables], sort_keys=True)
            if question in self._kept:
                self.workspace.statistics.count("objects")
                return 200, self._kept[question]
            status, answer = self._run(query, operation_name, variables, upload)
            if answer.get("data") and "errors" not in answer and _asks_for_objects(query, variables):
                self._kept[question] = answer
            return status, answer

    def run_as_stranger(
        self, query: str, operation_name: str | None, variables: dict[str, Any]
    ) -> tuple[int, Answer]:
        """HTTP status and body for a request without a token: it sees what is wrong, and nothing else."""
        return self._run(query, operation_name, variables, None, authorized=False)

    def _run(
        self,
        query: str,
        operation_name: str | None,
        variables: dict[str, Any],
        upload: Any,
        *,
        authorized: bool = True,
    ) -> tuple[int, Answer]:
        try:
            parsed = graphql_documents.parsed_document(query)
            check_extent(parsed, most_roots=MOST_ROOT_FIELDS, deepest=DEEPEST)
            document = graphql_documents.read(query, operation_name, variables)
        except graphql_documents.SeveralOperationsError:
            return 400, {"errors": [{"message": NO_OPERATION}]}
        except TwentyError as error:
            return 200, {"errors": [error.graphql()]}
        except GraphQLError as error:
            return 200, {"errors": [located(error)]}
        if document is None:
            return 400, {"errors": [{"message": NO_OPERATION}]}
        schema = metadata_schema()
        problems = list(_problems(query))
        if not authorized:
            problems += validate(schema, parsed, [NoSchemaIntrospectionCustomRule])
        if problems:
            return 200, {"errors": [_problem(each, with_hint=authorized) for each in problems]}
        operation = next(
            (
                each
                for each in parsed.definitions
                if hasattr(each, "variable_definitions") and hasattr(each, "operation")
            ),
            None,
        )
        if operation is not None:
            coerced = get_variable_values(schema, operation.variable_definitions, variables)
            if isinstance(coerced, list):
                return 400, {"errors": [_bad_variable(each) for each in coerced]}
        if not authorized and any(root.name != "__typename" for root in document.roots):
            forbidden = TwentyError("Forbidden resource", "FORBIDDEN", user_message=STANDARD_MESSAGE)
            return 200, {"errors": [forbidden.graphql()], "data": None}
        with self.workspace.store.lock:
            result = execute(
                schema,
                parsed,
                variable_values=variables,
                operation_name=operation_name,
                field_resolver=self._resolve,
                context_value={"upload": upload},
            )
        if not isinstance(result, ExecutionResult):
            raise TypeError("resolvers of the stand-in are not asynchronous")
        return 200, _answer(result.data, list(result.errors or []))

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        parent = info.parent_type.name
        if parent in ("Query", "Mutation"):
            self.workspace.statistics.count(info.field_name)
            resolver: Resolver = getattr(self, f"{parent.lower()}_{info.field_name}")
            if "file" in arguments:
                arguments["file"] = info.context["upload"]
            return resolver(**arguments)
        nested = getattr(self, f"of_{parent.lower()}_{info.field_name}", None)
        if nested is not None:
            return nested(source, **arguments)
        return source.get(info.field_name) if isinstance(source, dict) else None

    # --- queries --------------------------------------------------------------------------

    def query_objects(self, paging: Answer, filter: Answer) -> Answer:
        chosen = [object_view(each) for each in self.workspace.schema.objects.values()]
        return connection([view for view in chosen if _passes(view, filter)], paging)

    def query_object(self, id: str) -> Answer:
        _check_written(id)
        found = self.workspace.schema.objects.get(id)
        if found is None:
            told = f"Unable to find ObjectMetadataEntity with id: {id}"
            raise TwentyError(told, "NOT_FOUND", user_message=STANDARD_MESSAGE)
        return object_view(found)

    def query_fields(self, paging: Answer, filter: Answer) -> Answer:
        schema = self.workspace.schema
        chosen = [
            field_view(schema, one) for each in schema.objects.values() for one in listed_fields(schema, each)
        ]
        return connection([view for view in chosen if _passes(view, filter)], paging)

    def query_field(self, id: str) -> Answer:
        _check_written(id)
        found = self.workspace.schema.field_by_id.get(id)
        if found is None:
            told = f"Unable to find FieldMetadataEntity with id: {id}"
            raise TwentyError(told, "NOT_FOUND", user_message=STANDARD_MESSAGE)
        return field_view(self.workspace.schema, found)

    def query_apiKeys(self) -> list[Answer]:
        return [self.workspace.api_key_view(each) for each in self.workspace.store.all("api_key")]

    def query_apiKey(self, input: Answer) -> Answer | None:
        found = self.workspace.store.get("api_key", input["id"])
        return self.workspace.api_key_view(found) if found else None

    def query_getRoles(self) -> list[Answer]:
        return self.workspace.roles()

    def query_currentWorkspace(self) -> Answer:
        return self.workspace.view()

    def query_webhooks(self) -> list[Answer]:
        return self.workspace.store.all("webhook")

    def query_webhook(self, id: str) -> Answer | None:
        found: Answer | None = self.workspace.store.get("webhook", id)
        return found

    def query_getViews(
        self, objectMetadataId: str | None = None, viewTypes: list[str] | None = None
    ) -> list[Answer]:
        return self.workspace.views.all(objectMetadataId, viewTypes)

    def query_getView(self, id: str) -> Answer | None:
        return self.workspace.views.find(id)

    def query_getViewFields(self, viewId: str) -> list[Answer]:
        return self.workspace.views.fields(viewId)

    def query_getViewField(self, id: str) -> Answer | None:
        return self.workspace.views.field(id)

    def _nothing(self, *_: Any, **__: Any) -> list[Answer]:
        return []

    query_getViewFilters = query_getViewFilterGroups = query_getViewSorts = _nothing  # noqa: N815
    query_getViewGroups = query_getViewFieldGroups = _nothing  # noqa: N815

    def query_findManyApplications(self) -> list[Answer]:
        return self.workspace.applications.all()

    def query_findOneApplication(
        self, id: str | None = None, universalIdentifier: str | None = None
    ) -> Answer:
        return self.workspace.applications.find(id, universalIdentifier)

    # --- nested ---------------------------------------------------------------------------

    def of_object_fieldsList(self, source: Answer) -> list[Answer]:
        schema = self.workspace.schema
        return [field_view(schema, one) for one in listed_fields(schema, source["_object"])]

    def of_object_fields(self, source: Answer, paging: Answer, filter: Answer) -> Answer:
        return connection(
            [view for view in self.of_object_fieldsList(source) if _passes(view, filter)], paging
        )

    def of_object_indexMetadataList(self, source: Answer) -> list[Answer]:
        return [index_view(index) for index in source["_object"].indexes.values()]

    def of_object_indexMetadatas(self, source: Answer, paging: Answer, filter: Answer) -> Answer:
        return connection(
            [view for view in self.of_object_indexMetadataList(source) if _passes(view, filter)], paging
        )

    def of_field_relation(self, source: Answer) -> Answer | None:
        one = source["_field"]
        return relation_view(self.workspace.schema, one) if one.type == "RELATION" else None

    def of_field_morphRelations(self, source: Answer) -> list[Answer] | None:
        return morph_views(self.workspace.schema, source["_field"])

    def of_field_object(self, source: Answer) -> Answer:
        return object_view(self.workspace.schema.objects[source["objectMetadataId"]])

    def of_view_viewFields(self, source: Answer) -> list[Answer]:
        return self.workspace.views.fields(source["id"])

    of_view_viewFilters = of_view_viewFilterGroups = of_view_viewSorts = _nothing  # noqa: N815
    of_view_viewGroups = of_view_viewFieldGroups = _nothing  # noqa: N815

    # --- changes --------------------------------------------------------------------------

    def mutation_createOneObject(self, input: Answer) -> Answer:
        check_filled(input["object"], is_new=True)
        return object_view(create_object(self.changes, input["object"]))

    def mutation_updateOneObject(self, input: Answer) -> Answer:
        check_filled(input["update"], is_new=False)
        return object_view(update_object(self.changes, input["id"], input["update"]))

    def mutation_deleteOneObject(self, input: Answer) -> Answer:
        return object_view(delete_object(self.changes, input["id"]))

    def mutation_createOneField(self, input: Answer) -> Answer:
        return field_view(self.workspace.schema, create_field(self.changes, input["field"]))

    def mutation_updateOneField(self, input: Answer) -> Answer:
        return field_view(self.workspace.schema, update_field(self.changes, input["id"], input["update"]))

    def mutation_deleteOneField(self, input: Answer) -> Answer:
        return field_view(self.workspace.schema, delete_field(self.changes, input["id"]))

    def mutation_createOneIndex(self, input: Answer) -> Answer:
        return index_view(create_index(self.changes, input["index"]))

    def mutation_deleteOneIndex(self, input: Answer) -> Answer:
        return index_view(delete_index(self.changes, input["id"]))

    def mutation_createView(self, input: Answer) -> Answer:
        return self.workspace.views.create(input)

    def mutation_updateView(self, id: str, input: Answer) -> Answer:
        return self.workspace.views.update(id, input)

    def mutation_deleteView(self, id: str) -> bool:
        return self.workspace.views.remove(id, "delete")

    def mutation_destroyView(self, id: str) -> bool:
        return self.workspace.views.remove(id, "destroy")

    def mutation_createViewField(self, input: Answer) -> Answer:
        return self.workspace.views.create_field(input)

    def mutation_createManyViewFields(self, inputs: list[Answer]) -> list[Answer]:
        return [self.workspace.views.create_field(each) for each in inputs]

    def mutation_updateViewField(self, input: Answer) -> Answer:
        return self.workspace.views.update_field(input["id"], input["update"])

    def mutation_deleteViewField(self, input: Answer) -> Answer:
        return self.workspace.views.remove_field(input["id"])

    mutation_destroyViewField = mutation_deleteViewField  # noqa: N815

    def mutation_createWebhook(self, input: Answer) -> Answer:
        return self.workspace.put_webhook(None, input)

    def mutation_updateWebhook(self, input: Answer) -> Answer:
        return self.workspace.put_webhook(input["id"], input["update"])

    def mutation_deleteWebhook(self, id: str) -> Answer:
        return self.workspace.drop_webhook(id)

    def _user_only(self, **_: Any) -> Any:
        raise TwentyError("This endpoint requires a session access token", "FORBIDDEN", "FORBIDDEN_EXCEPTION")

    mutation_createApiKey = mutation_revokeApiKey = mutation_generateApiKeyToken = _user_only  # noqa: N815

    # --- files ----------------------------------------------------------------------------

    def mutation_uploadFilesFieldFile(self, file: Any, fieldMetadataId: str) -> Answer:
        return self.workspace.files.upload(file[0], file[1], self.workspace.files_field(fieldMetadataId))

    def mutation_createFileUpload(self, filename: str, size: float, fileFolder: str, **field: str) -> Answer:
        return self.workspace.announce_upload(filename, int(size), fileFolder, **field)

    def mutation_completeFileUpload(self, fileId: str) -> Answer:
        return self.workspace.files.complete(fileId)

    # --- applications ---------------------------------------------------------------------

    def mutation_createApplicationRegistration(self, input: Answer) -> Answer:
        return self.workspace.applications.register(input)

    def mutation_createDevelopmentApplication(self, universalIdentifier: str, name: str) -> Answer:
        return self.workspace.applications.create(universalIdentifier, name)

    def mutation_uploadApplicationFile(
        self, file: Any, applicationUniversalIdentifier: str, fileFolder: str, filePath: str
    ) -> Answer:
        return self.workspace.applications.upload(
            applicationUniversalIdentifier, fileFolder, filePath, file[1]
        )

    def mutation_syncApplication(self, manifest: Answer, dryRun: bool | None = None) -> Answer:
        return self.workspace.applications.sync(manifest, dry_run=bool(dryRun))

    def mutation_uninstallApplication(self, universalIdentifier: str) -> bool:
        return self.workspace.applications.uninstall(universalIdentifier)


def connection(views: list[Answer], paging: Answer) -> Answer:
    """A page of ``views`` by its id cursors."""
    start = 0
    if paging.get("after"):
        try:
            wanted = json.loads(base64.b64decode(paging["after"])).get("id")
        except (ValueError, AttributeError):
            raise TwentyError(
                'Provided "offset" value is not a number. Please provide a numeric value.',
                "INTERNAL_SERVER_ERROR",
                user_message=STANDARD_MESSAGE,
            ) from None
        start = next((place + 1 for place, view in enumerate(views) if view["id"] == wanted), 0)
    given = paging.get("first")
    if given is None:
        given = 0 if paging.get("last") is not None else 10
    size = max(0, min(given, LARGEST_PAGE))
    page = views[start : start + size]
    edges = [
        {"node": view, "cursor": base64.b64encode(json.dumps({"id": view["id"]}).encode()).decode()}
        for view in page
    ]
    info = {
        "hasNextPage": start + size < len(views),
        "hasPreviousPage": start > 0,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return {"edges": edges, "pageInfo": info}


def _passes(view: Answer, condition: Answer | None) -> bool:
    for key, wanted in (condition or {}).items():
        if key == "and":
            if not all(_passes(view, each) for each in wanted):
                return False
        elif key == "or":
            if not any(_passes(view, each) for each in wanted):
                return False
        elif not _compares(view.get(key), wanted or {}):
            return False
    return True


def _compares(value: Any, wanted: Answer) -> bool:
    checks: dict[str, Callable[[Any], bool]] = {
        "eq": lambda other: bool(value == other),
        "neq": lambda other: bool(value != other),
        "in": lambda others: value in others,
        "notIn": lambda others: value not in others,
        "is": lambda other: value is other,
        "isNot": lambda other: value is not other,
    }
    return all(checks[operator](operand) for operator, operand in wanted.items() if operator in checks)


def _problem(error: GraphQLError, *, with_hint: bool) -> Answer:
    shown = located(error)
    return shown if with_hint else {**shown, "message": shown["message"].partition(" Did you mean ")[0]}


def _bad_variable(error: GraphQLError) -> Answer:
    """Twenty shows the last part of what graphql says, and the status once more."""
    extensions = {"userFriendlyMessage": STANDARD_MESSAGE, "http": {"status": 400}, "code": "BAD_USER_INPUT"}
    origin = error.original_error
    if isinstance(origin, GraphQLError) and origin.message.startswith("Invalid UUID"):
        told = {**extensions, **(origin.extensions or {}), "code": "GRAPHQL_VALIDATION_FAILED"}
        return {"message": origin.message, "extensions": told}
    message = error.message.split("; ", 1)[-1].replace("'", '"').replace("to be None.", "to be null.")
    return {"message": message, "extensions": extensions}


def _answer(data: Any, errors: list[GraphQLError]) -> Answer:
    if not errors:
        return {"data": data}
    shown = []
    for error in errors:
        original = error.original_error
        if isinstance(original, TwentyError):
            shown.append(original.graphql())
        else:
            shown.append({"message": error.message, "extensions": {"code": "INTERNAL_SERVER_ERROR"}})
    return {"data": data, "errors": shown}
