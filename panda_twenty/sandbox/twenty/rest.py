"""/rest: the same operations on records, with whole records as answers, and /rest/metadata."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from panda_twenty.sandbox.twenty import rest_queries as queries
from panda_twenty.sandbox.twenty.duplicates import RECORDS_NOT_FOUND
from panda_twenty.sandbox.twenty.errors import TwentyError, data_validation
from panda_twenty.sandbox.twenty.field_changes import create_field, delete_field, update_field
from panda_twenty.sandbox.twenty.graphql_documents import Selection
from panda_twenty.sandbox.twenty.metadata_views import (
    field_view,
    index_view,
    listed_fields,
    object_view,
    plain,
)
from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.object_changes import create_object, delete_object, update_object
from panda_twenty.sandbox.twenty.records import Records
from panda_twenty.sandbox.twenty.scalars import is_uuid
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata
from panda_twenty.sandbox.twenty.selections import Record, is_aggregate, whole
from panda_twenty.sandbox.twenty.views import EMPTY_LISTS
from panda_twenty.sandbox.twenty.workspace import Workspace

HOOKS_OR_KEYS = re.compile(r"/rest/(?:metadata/)?(webhooks|apiKeys)(?:/([^/]+))?/?")
VIEW_KINDS = ("views", "viewFields", "viewFilters", "viewSorts", "viewGroups", "viewFilterGroups")
Body = Any
Answer = tuple[int, Any]

ONLY_ID: Selection = {"id": {}}
GROUP_BY_COMPLAINT = (
    'Invalid group_by query parameter - should be a valid array of objects - ex: [{"firstField": true}, '
    '{"secondField": {"subField": true}}, {"dateField": {"granularity": \'DAY\'}}]'
)
ORDER_BY_COMPLAINT = (
    'Invalid order_by query parameter - should be a valid array of objects - ex: [{"firstField": '
    '"AscNullsFirst"}, {"secondField": {"subField": "DescNullsLast"}}, {"aggregate": {"aggregateField": '
    '"DescNullsLast"}}, {dateField: {"orderBy": "AscNullsFirst", "granularity": "DAY"}}]'
)
AGGREGATE_COMPLAINT = 'Invalid aggregate query parameter - should be a valid array of string - ex: ["countNotEmptyId", "countEmptyField"]'  # noqa: E501


FIELD_TYPES = (
    "ACTOR, ADDRESS, ARRAY, BOOLEAN, CURRENCY, DATE, DATE_TIME, EMAILS, FILES, FULL_NAME, LINKS, "
    "MORPH_RELATION, MULTI_SELECT, NUMBER, NUMERIC, PHONES, POSITION, RATING, RAW_JSON, RELATION, "
    "RICH_TEXT, SELECT, TEXT, TS_VECTOR, UUID"
)


def _counted(name: str, value: Any) -> Any:
    """Counts are 64 bit numbers in PostgreSQL, which REST passes on as text."""
    is_count = name == "totalCount" or name.startswith("count")
    return str(value) if is_count and value is not None else value


def _bad_request(message: str | list[str]) -> Record:
    return {"message": message, "error": "Bad Request", "statusCode": 400}


def body_complaints(kind: str, body: Body) -> list[str]:
    """What is wrong with the shape of a new object or field, before anything else is looked at."""
    given = body if isinstance(body, dict) else {}
    found = []
    if kind == "fields" and not is_uuid(given.get("objectMetadataId")):
        found.append("objectMetadataId must be a UUID")
    if kind == "fields" and not given.get("type"):
        found.append("type should not be empty")
    if kind == "fields" and given.get("type") not in FIELD_TYPES.split(", "):
        found.append(f"type must be one of the following values: {FIELD_TYPES}")
    texts = ("nameSingular", "namePlural", "labelSingular", "labelPlural")
    for name in texts if kind == "objects" else ("name", "label"):
        if not given.get(name):
            found.append(f"{name} should not be empty")
        if not isinstance(given.get(name), str):
            found.append(f"{name} must be a string")
    return found


class RestApi:
    """Answers REST requests on records and metadata."""

    def __init__(self, workspace: Workspace, records: Records) -> None:
        self.workspace = workspace
        self.records = records

    def run(self, method: str, path: str, parameters: queries.Parameters, body: Body) -> Answer:
        """HTTP status and body."""
        try:
            hooks = HOOKS_OR_KEYS.fullmatch(path)
            if hooks is not None and (hooks[2] is not None or method in ("GET", "POST")):
                return self._hooks_or_keys(method, hooks[1], hooks[2], body)
            if path.startswith("/rest/metadata/"):
                return self._metadata(method, path, parameters, body)
            return self._records(method, path, parameters, body)
        except TwentyError as error:
            return error.rest_status, error.rest()
        except sqlite3.DatabaseError:
            return 500, data_validation().rest()

    def _object(self, plural: str) -> ObjectMetadata:
        schema = self.workspace.schema
        found = schema.by_plural.get(plural)
        if found is None:
            singular = schema.by_singular.get(plural)
            hint = f"Did you mean '{singular.plural}'?" if singular else "eg: companies"
            raise queries.bad_request(f"object '{plural}' not found. {hint}")
        return found

    def _records(self, method: str, path: str, parameters: queries.Parameters, body: Body) -> Answer:
        plural, record_id = queries.path_parts(path)
        last = path.rstrip("/").rsplit("/", 1)[-1]
        if method == "POST":
            if path.startswith("/rest/batch/"):
                return 201, self._create(plural, parameters, body, "createMany")
            if last == "duplicates":
                return 200, self._duplicates(plural, parameters, body)
            return 201, self._create(plural, parameters, body, "createOne")
        if method == "GET":
            if last == "groupBy":
                return 200, self._group(plural, parameters)
            return 200, self._one(plural, record_id, parameters) if record_id else self._list(
                plural, parameters
            )
        if method == "DELETE":
            return 200, self._delete(plural, record_id, parameters)
        if method == "PATCH" and path.startswith("/rest/restore/"):
            return 200, self._restore(plural, parameters)
        if method == "PATCH" and last == "merge":
            return 200, self._merge(plural, parameters, body)
        return 200, self._update(plural, record_id, parameters, body)

    def _run(self, method: str, target: ObjectMetadata, arguments: Record, selection: Selection) -> Any:
        self.workspace.statistics.count(f"REST {method} {target.plural}")
        return self.records.run(method, target, arguments, selection)

    def _whole(self, target: ObjectMetadata, parameters: queries.Parameters) -> Selection:
        return whole(self.workspace.schema, target, queries.depth(parameters))

    def _shown(self, target: ObjectMetadata, record: Record, selection: Selection) -> Record:
        """A record as REST shows it: to-many relations as plain lists."""
        shown: Record = {}
        for name, inner in selection.items():
            value = record.get(name)
            one = target.by_name.get(name)
            if one is not None and one.is_relation and value is not None:
                related = self.workspace.schema.target(one)
                if one.is_to_many:
                    node = inner["edges"]["node"]
                    value = [self._shown(related, edge["node"], node) for edge in value["edges"]]
                else:
                    value = self._shown(related, value, inner)
            shown[name] = value
        return shown

    def _create(self, plural: str, parameters: queries.Parameters, body: Body, method: str) -> Record:
        depth = queries.depth(parameters)
        target = self._object(plural)
        selection = whole(self.workspace.schema, target, depth)
        arguments = {"data": body, "upsert": parameters.get("upsert") == "true"}
        made = self._run(method, target, arguments, selection)
        if method == "createOne":
            return {"data": {f"create{capitalize(target.singular)}": self._shown(target, made, selection)}}
        return {
            "data": {
                f"create{capitalize(target.plural)}": [self._shown(target, each, selection) for each in made]
            }
        }

    def _one(self, plural: str, record_id: str, parameters: queries.Parameters) -> Record:
        depth = queries.depth(parameters)
        target = self._object(plural)
        selection = whole(self.workspace.schema, target, depth)
        found = self._run("findOne", target, {"filter": {"id": {"eq": record_id}}}, selection)
        return {"data": {target.singular: self._shown(target, found, selection)}}

    def _list(self, plural: str, parameters: queries.Parameters) -> Record:
        depth, limit = queries.depth(parameters), queries.limit(parameters)
        order, given = queries.order_by(parameters), queries.filters(parameters)
        target = self._object(plural)
        selection = whole(self.workspace.schema, target, depth)
        before = parameters.get("ending_before")
        arguments = {
            "filter": given,
            "orderBy": order,
            "before": before,
            "after": parameters.get("starting_after"),
            ("last" if before else "first"): limit,
        }
        wanted: Selection = {"edges": {"node": selection}, "pageInfo": {}, "totalCount": {}}
        found = self._run(
            "findMany", target, {key: value for key, value in arguments.items() if value is not None}, wanted
        )
        shown = [self._shown(target, edge["node"], selection) for edge in found["edges"]]
        page = found["pageInfo"]
        if before:
            page = {**page, "startCursor": page["endCursor"], "endCursor": page["startCursor"]}
        return {"data": {target.plural: shown}, "totalCount": found["totalCount"], "pageInfo": page}

    def _update(
        self, plural: str, record_id: str | None, parameters: queries.Parameters, body: Body
    ) -> Record:
        depth = queries.depth(parameters)
        given = {} if record_id else queries.filters(parameters)
        target = self._object(plural)
        selection = whole(self.workspace.schema, target, depth)
        if record_id:
            changed = self._run("updateOne", target, {"id": record_id, "data": body}, selection)
            return {"data": {f"update{capitalize(target.singular)}": self._shown(target, changed, selection)}}
        many = self._run("updateMany", target, {"filter": given, "data": body}, selection)
        return {
            "data": {
                f"update{capitalize(target.plural)}": [self._shown(target, each, selection) for each in many]
            }
        }

    def _delete(self, plural: str, record_id: str | None, parameters: queries.Parameters) -> Record:
        verb = "delete" if parameters.get("soft_delete") == "true" else "destroy"
        given = {} if record_id else queries.filters(parameters)
        if not record_id and not given:
            raise queries.bad_request(
                f"Filters are mandatory for bulk {verb} operations. Please provide at least one filter to prevent "  # noqa: E501
                "accidental deletion of all records."
            )
        target = self._object(plural)
        selection = whole(self.workspace.schema, target, 0) if verb == "delete" else dict(ONLY_ID)
        if record_id:
            gone = self._run(f"{verb}One", target, {"id": record_id}, selection)
            return {"data": {f"delete{capitalize(target.singular)}": gone}}
        return {
            "data": {
                f"delete{capitalize(target.plural)}": self._run(
                    f"{verb}Many", target, {"filter": given}, selection
                )
            }
        }

    def _restore(self, plural: str, parameters: queries.Parameters) -> Record:
        given, depth = queries.filters(parameters), queries.depth(parameters)
        target = self._object(plural)
        selection = whole(self.workspace.schema, target, depth)
        found = self._run("restoreMany", target, {"filter": given}, selection)
        return {
            "data": {
                f"restore{capitalize(target.plural)}": [
                    self._shown(target, each, selection) for each in found
                ]
            }
        }

    def _merge(self, plural: str, parameters: queries.Parameters, body: Body) -> Record:
        target = self._object(plural)
        selection = self._whole(target, parameters)
        given = {"ids": [], "conflictPriorityIndex": 0, **(body if isinstance(body, dict) else {})}
        try:
            found = self._run("mergeMany", target, given, selection)
        except TwentyError as error:
            if error.message == RECORDS_NOT_FOUND:
                error.message = "Record not found"
            raise
        return {"data": {f"merge{capitalize(target.singular)}": self._shown(target, found, selection)}}

    def _duplicates(self, plural: str, parameters: queries.Parameters, body: Body) -> Record:
        target = self._object(plural)
        selection = self._whole(target, parameters)
        wanted: Selection = {"edges": {"node": selection}, "pageInfo": {}, "totalCount": {}}
        given = body if isinstance(body, dict) else {}
        arguments = {key: given[key] for key in ("data", "ids") if given.get(key) is not None}
        found = self._run("findDuplicates", target, arguments, wanted)
        return {
            "data": [
                {
                    f"{target.singular}Duplicates": [
                        self._shown(target, edge["node"], selection) for edge in each["edges"]
                    ],
                    "totalCount": each["totalCount"],
                    "pageInfo": each["pageInfo"],
                }
                for each in found
            ]
        }

    def _group(self, plural: str, parameters: queries.Parameters) -> list[Record]:
        target = self._object(plural)
        group_by = queries.json_parameter(parameters, "group_by", GROUP_BY_COMPLAINT, required=True)
        aggregates = queries.json_parameter(parameters, "aggregate", AGGREGATE_COMPLAINT) or []
        unknown = [name for name in aggregates if not is_aggregate(target, name)]
        if unknown:
            raise queries.bad_request(f"Unknown aggregate field(s): {', '.join(unknown)}")
        order = queries.json_parameter(parameters, "order_by", ORDER_BY_COMPLAINT)
        arguments = {
            "groupBy": group_by,
            "filter": queries.filters(parameters),
            "limit": queries.limit(parameters, 50),
        }
        if order is not None:
            arguments["orderBy"] = order
        wanted: Selection = {**{name: {} for name in aggregates}, "groupByDimensionValues": {}}
        found: list[Record] = self._run("groupBy", target, arguments, wanted)
        return [
            {key: _counted(key, value) for key, value in group.items() if key in wanted} for group in found
        ]

    # --- metadata -------------------------------------------------------------------------

    def _hooks_or_keys(self, method: str, kind: str, key: str | None, body: Body) -> Answer:
        """Webhooks, and API keys, which a key may only look at."""
        store, stored = self.workspace.store, "webhook" if kind == "webhooks" else "api_key"
        if key is not None and not is_uuid(key):
            raise queries.bad_request(f'invalid input syntax for type uuid: "{key}"')
        if method == "GET" and key is None:
            return 200, [self._owned(each) for each in store.all(stored)]
        if method == "GET":
            found = store.get(stored, key or "")
            return 200, found and self._owned(found)
        if kind == "apiKeys":
            told = "This endpoint requires a session access token"
            raise TwentyError(told, rest_name="Error", rest_code="FORBIDDEN_EXCEPTION")
        if method == "DELETE":
            self.workspace.drop_webhook(key or "")
            return 200, True
        target_url = str((body or {}).get("targetUrl", "" if key is None else "https://"))
        if not target_url.startswith(("http://", "https://")):
            told = "Multiple validation errors occurred while creating webhook"
            raise TwentyError(told, rest_name="WorkspaceMigrationBuilderException")
        return 201 if key is None else 200, self._owned(self.workspace.put_webhook(key, body or {}))

    def _views(self, kind: str, key: str | None, parameters: queries.Parameters) -> Any:
        views = self.workspace.views
        if kind == "views" and key is not None:
            found = views.find(key)
            if found is None:
                told = f"View (id: {key}) not found"
                raise TwentyError(told, rest_status=404, rest_name="Error", rest_code="VIEW_NOT_FOUND")
            return {**found, **{name: [] for name in EMPTY_LISTS}, "viewFields": views.fields(key)}
        if kind == "views":
            return views.all(parameters.get("objectMetadataId"))
        if kind == "viewFields":
            wanted = parameters.get("viewId")
            chosen = [wanted] if wanted else [each["id"] for each in views.all()]
            return [one for view_id in chosen for one in views.fields(view_id)]
        return []

    def _owned(self, view: Record) -> Record:
        return {**view, "workspaceId": self.workspace.settings["id"]}

    def _metadata(self, method: str, path: str, parameters: queries.Parameters, body: Body) -> Answer:
        parts = [part for part in path.removeprefix("/rest/metadata/").split("/") if part]
        kind, key = parts[0] if parts else "", parts[1] if len(parts) > 1 else None
        if not parts:
            raise queries.bad_request("object 'metadata' not found. eg: companies")
        if method == "GET" and kind in VIEW_KINDS:
            return 200, self._views(kind, key, parameters)
        if kind not in ("objects", "fields"):
            raise queries.bad_request(f"'{kind}' is not a valid UUID")
        if key is not None and not is_uuid(key):
            return 400, _bad_request("Validation failed (uuid is expected)")
        if method == "POST" and (complaints := body_complaints(kind, body)):
            return 400, _bad_request(complaints)
        if method == "GET":
            return 200, self._metadata_item(kind, key) if key else self._metadata_list(kind, parameters)
        if method != "POST" and key is None:
            raise queries.bad_request(f"'{kind}' is not a valid UUID")
        changes = self.workspace.changes
        if kind == "objects":
            if method == "POST":
                return 201, self._object_shown(create_object(changes, body), written=True)
            if method == "DELETE":
                return 200, plain(object_view(delete_object(changes, key or "")))
            return 200, self._object_shown(update_object(changes, key or "", body), written=True)
        if method == "POST":
            return 201, self._field_shown(create_field(changes, body), written=True)
        if method == "DELETE":
            return 200, self._field_shown(delete_field(changes, key or ""), written=True)
        return 200, self._field_shown(update_field(changes, key or "", body), written=True)

    def _object_shown(self, each: ObjectMetadata, *, written: bool = False) -> Record:
        fields = [self._field_shown(one) for one in listed_fields(self.workspace.schema, each)]
        shown = self._owned({**plain(object_view(each)), "fields": fields})
        if written:
            indexes = [index_view(index) for index in each.indexes.values()]
            picture = {"imageIdentifierFieldMetadataId": each.image_identifier_id}
            return {**shown, **picture, "indexMetadatas": indexes}
        del shown["searchFieldMetadataList"]
        return shown

    def _field_shown(self, one: FieldMetadata, *, written: bool = False) -> Record:
        return self._owned(plain(field_view(self.workspace.schema, one), written=written))

    def _metadata_item(self, kind: str, key: str) -> Record:
        schema = self.workspace.schema
        if kind == "objects" and key in schema.objects:
            return self._object_shown(schema.objects[key])
        if kind == "fields" and key in schema.field_by_id:
            return self._field_shown(schema.field_by_id[key])
        name = "Object" if kind == "objects" else "Field"
        raise TwentyError(
            f"{name} metadata not found",
            rest_status=404,
            rest_name="Error",
            rest_code=f"{name.upper()}_METADATA_NOT_FOUND",
        )

    def _metadata_list(self, kind: str, parameters: queries.Parameters) -> Record:
        schema = self.workspace.schema
        if kind == "objects":
            views = [self._object_shown(each) for each in schema.objects.values()]
        else:
            views = [
                self._field_shown(one)
                for each in schema.objects.values()
                for one in listed_fields(schema, each)
            ]
        start = next(
            (place + 1 for place, view in enumerate(views) if view["id"] == parameters.get("starting_after")),
            0,
        )
        try:
            page = views[start : start + int(queries.limit(parameters))]
        except TwentyError as error:
            error.rest_name, error.rest_code = "Error", "INVALID_LIMIT_QUERY_PARAM"
            raise
        info = {
            "hasNextPage": start + len(page) < len(views),
            "startCursor": page[0]["id"] if page else None,
            "endCursor": page[-1]["id"] if page else None,
        }
        return {"data": page, "pageInfo": info, "totalCount": len(views)}
