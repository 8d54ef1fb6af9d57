"""/rest/open-api: the REST API of a workspace as an OpenAPI document, made from its objects.

Paths, parameters and schemas are those of a real server; its prose, examples and webhooks are left out.
"""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata, Schema

Node = dict[str, Any]

TEXT: Node = {"type": "string"}
REAL: Node = {"type": "number"}
TRUTH: Node = {"type": "boolean"}
ID: Node = {"type": "string", "format": "uuid"}
SOURCES = ["EMAIL", "CALENDAR", "WORKFLOW", "AGENT", "API", "IMPORT", "MANUAL", "SYSTEM", "WEBHOOK"]
SIMPLE: dict[str, Node] = {
    "UUID": ID,
    "DATE": {"type": "string", "format": "date"},
    "DATE_TIME": {"type": "string", "format": "date-time"},
    "BOOLEAN": TRUTH,
    "NUMERIC": REAL,
    "POSITION": REAL,
    "RAW_JSON": {"type": "object"},
    "ARRAY": {"type": "array", "items": TEXT},
}
METADATA_KINDS = (
    "objects",
    "fields",
    "webhooks",
    "apiKeys",
    "views",
    "viewFields",
    "viewFilters",
    "viewSorts",
    "viewGroups",
    "viewFilterGroups",
    "pageLayouts",
    "pageLayoutTabs",
    "pageLayoutWidgets",
)
NOT_WRITTEN = ("id", "createdAt", "updatedAt", "deletedAt", "searchVector")


def _object(**properties: Node) -> Node:
    return {"type": "object", "properties": properties}


def _list(items: Node) -> Node:
    return {"type": "array", "items": items}


def _ref(kind: str, name: str) -> Node:
    return {"$ref": f"#/components/{kind}/{name}"}


COMPOSITES: dict[str, Node] = {
    "FULL_NAME": _object(firstName=TEXT, lastName=TEXT),
    "CURRENCY": _object(amountMicros=REAL, currencyCode=TEXT),
    "EMAILS": _object(primaryEmail=TEXT, additionalEmails=_list({"type": "string", "format": "email"})),
    "PHONES": _object(
        additionalPhones=_list(_object(number=TEXT, countryCode=TEXT, callingCode=TEXT)),
        primaryPhoneCountryCode=TEXT,
        primaryPhoneCallingCode=TEXT,
        primaryPhoneNumber=TEXT,
    ),
    "LINKS": _object(
        primaryLinkLabel=TEXT,
        primaryLinkUrl=TEXT,
        secondaryLinks=_list(_object(url={"type": "string", "format": "uri"}, label=TEXT)),
    ),
    "ADDRESS": _object(
        addressStreet1=TEXT,
        addressStreet2=TEXT,
        addressCity=TEXT,
        addressPostcode=TEXT,
        addressState=TEXT,
        addressCountry=TEXT,
        addressLat=REAL,
        addressLng=REAL,
    ),
    "RICH_TEXT": _object(blocknote=TEXT, markdown=TEXT),
}


def _parameter(name: str, schema: Node, where: str = "query", *, required: bool = False) -> Node:
    return {"name": name, "in": where, "required": required, "schema": schema}


PARAMETERS: dict[str, Node] = {
    "idPath": _parameter("id", ID, "path", required=True),
    "startingAfter": _parameter("starting_after", TEXT),
    "endingBefore": _parameter("ending_before", TEXT),
    "filter": _parameter("filter", TEXT),
    "depth": _parameter("depth", {"type": "integer", "enum": [0, 1], "default": 1}),
    "upsert": _parameter("upsert", {"type": "boolean", "default": False}),
    "softDelete": _parameter("soft_delete", {"type": "boolean", "default": False}),
    "orderBy": _parameter("order_by", TEXT),
    "limit": _parameter("limit", {"type": "integer", "minimum": 0, "maximum": 200, "default": 60}),
    "groupBy": _parameter("group_by", TEXT, required=True),
    "viewId": _parameter("viewId", ID),
    "aggregate": _parameter("aggregate", TEXT),
    "includeRecordsSample": _parameter("include_records_sample", {"type": "boolean", "default": False}),
    "orderByForRecords": _parameter("order_by_for_records", TEXT),
}
PAGE_INFO = _object(hasNextPage=TRUTH, startCursor=TEXT, endCursor=TEXT)


def document(schema: Schema, kind: str, url: str, *, authorized: bool) -> Node:
    """The document of ``core`` or ``metadata``; a stranger gets it without what the workspace holds."""
    path = "/rest/" if kind == "core" else "/rest/metadata"
    opened: Node = {
        "openapi": "3.1.1",
        "info": {"title": "Twenty Api", "description": "The REST API of this workspace.", "version": "v0.1"},
        "servers": [{"url": f"{url}{path}", "description": "Production Development"}],
        "components": {
            "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        },
        "security": [{"bearerAuth": []}],
        "externalDocs": {"description": "Find out more about **Twenty**", "url": "https://twenty.com"},
        "paths": {f"/open-api/{kind}": {"get": _own_operation(url)}},
    }
    if not authorized:
        return opened
    schemas: dict[str, Node] = {}
    if kind == "metadata":
        names = list(METADATA_KINDS)
        for name in names:
            schemas |= _metadata_schemas(name)
            opened["paths"] |= _metadata_paths(name)
    else:
        active = [each for each in schema.objects.values() if each.is_active]
        objects = sorted(active, key=lambda each: each.plural)
        names = [each.plural for each in objects]
        for each in objects:
            schemas |= _schemas(schema, each)
            opened["paths"] |= _paths(each)
    opened["components"] |= {
        "schemas": schemas,
        "parameters": PARAMETERS,
        "responses": {"400": _failure("Bad Request"), "401": _failure("Unauthorized")},
    }
    tags = [{"name": name, "description": f"Object `{capitalize(name)}`"} for name in names]
    return {**opened, "tags": [{"name": "General", "description": "General requests"}, *tags]}


def _own_operation(url: str) -> Node:
    return {
        "tags": ["General"],
        "summary": "Get Open Api Schema",
        "operationId": "GetOpenApiSchema",
        "servers": [{"url": url}],
        "responses": {"200": _success(_object(openapi=TEXT, info=_object(title=TEXT)))},
    }


def _success(content: Node) -> Node:
    return {"description": "Successful operation", "content": {"application/json": {"schema": content}}}


def _failure(description: str) -> Node:
    body = _object(statusCode=REAL, messages=_list(TEXT), error=TEXT)
    return {**_success(body), "description": description}


# --- objects as schemas --------------------------------------------------------------------------


def _schemas(schema: Schema, each: ObjectMetadata) -> dict[str, Node]:
    written: Node = {}
    shown: Node = {}
    required = []
    for one in each.fields.values():
        if not one.is_active or one.type == "TS_VECTOR":
            continue
        described = {"description": one.description} if one.description else {}
        if one.is_relation:
            if one.is_to_one:
                written[one.join_column] = shown[one.join_column] = ID
            shown[one.name] = {**_related(schema, one), **described}
            if not one.is_nullable:
                required.append(one.name)
            continue
        shown[one.name] = {**_value(one, shown=True), **described}
        if one.name not in NOT_WRITTEN:
            written[one.name] = {**_value(one, shown=False), **described}
            if not one.is_nullable and one.default is None:
                required.append(one.name)
    name = capitalize(each.singular)
    about = {"description": each.description} if each.description else {}
    needed = {"required": required} if required else {}
    return {
        name: {"type": "object", **about, "properties": written, **needed},
        f"{name}ForUpdate": {"type": "object", **about, "properties": written},
        f"{name}ForResponse": {"type": "object", **about, "properties": shown},
    }


def _related(schema: Schema, one: FieldMetadata) -> Node:
    target = _ref("schemas", f"{capitalize(schema.target(one).singular)}ForResponse")
    return _list(target) if one.is_to_many else {"type": "object", "oneOf": [target]}


def _value(one: FieldMetadata, *, shown: bool) -> Node:
    if one.type in ("SELECT", "RATING", "MULTI_SELECT"):
        choice = {"type": "string", "enum": [option["value"] for option in one.options or []]}
        return _list(choice) if one.type == "MULTI_SELECT" else choice
    if one.type == "NUMBER":
        settings = one.settings or {}
        whole = not settings.get("decimals") and settings.get("dataType") != "float"
        return {"type": "integer"} if whole else REAL
    if one.type == "ACTOR":
        source = {"type": "string", "enum": SOURCES}
        return _object(source=source, **({"workspaceMemberId": ID, "name": TEXT} if shown else {}))
    if one.type == "FILES":
        return _list(_object(fileId=ID, label=TEXT, **({"extension": TEXT, "url": TEXT} if shown else {})))
    return SIMPLE.get(one.type) or COMPOSITES.get(one.type) or TEXT


# --- paths ---------------------------------------------------------------------------------------


def _operation(
    tag: str, summary: str, operation: str, parameters: str, data: Node, body: Node | None = None
) -> Node:
    status = "201" if summary.startswith("Create") else "200"
    found: Node = {
        "tags": [tag],
        "summary": summary,
        "operationId": operation,
        "parameters": [_ref("parameters", name) for name in parameters.split()],
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    failures = {code: _ref("responses", code) for code in ("400", "401")}
    return {**found, "responses": {status: _success(_object(**data)), **failures}}


def _paths(each: ObjectMetadata) -> dict[str, Node]:
    one, many = each.singular, each.plural
    title, titles = capitalize(one), capitalize(many)
    new, change, shown = (_ref("schemas", f"{title}{kind}") for kind in ("", "ForUpdate", "ForResponse"))
    gone = _object(id=ID)

    def does(summary: str, name: str, parameters: str, body: Node | None = None, **data: Node) -> Node:
        return _operation(many, summary, name, parameters, {"data": _object(**data)}, body)

    found_many = does(
        f"Find Many {many}",
        f"findMany{titles}",
        "orderBy filter limit depth startingAfter endingBefore",
        **{many: _list(shown)},
    )
    answer = found_many["responses"]["200"]["content"]["application/json"]["schema"]
    answer["properties"] |= {"pageInfo": PAGE_INFO, "totalCount": {"type": "integer"}}
    duplicates = _list(_object(totalCount=REAL, pageInfo=PAGE_INFO, **{f"{one}Duplicates": _list(shown)}))
    groups = _list(_object(groupByDimensionValues=_list(TEXT), records=_list(shown)))
    merge = _object(ids=_list(ID), conflictPriorityIndex=REAL, dryRun={"type": "boolean", "default": False})
    ids_or_data = _object(data=_list(new), ids=_list(ID))
    return {
        f"/{many}": {
            "get": found_many,
            "post": does(
                f"Create One {one}", f"createOne{title}", "depth upsert", new, **{f"create{title}": shown}
            ),
            "delete": does(
                f"Delete Many {many}",
                f"deleteMany{titles}",
                "filter softDelete",
                **{f"delete{titles}": _list(gone)},
            ),
            "patch": does(
                f"Update Many {many}",
                f"updateMany{titles}",
                "depth filter",
                change,
                **{f"update{titles}": _list(shown)},
            ),
        },
        f"/batch/{many}": {
            "post": does(
                f"Create Many {many}",
                f"createMany{titles}",
                "depth upsert",
                _list(new),
                **{f"create{titles}": _list(shown)},
            )
        },
        f"/{many}/{{id}}": {
            "get": does(f"Find One {one}", f"findOne{title}", "idPath depth", **{one: shown}),
            "delete": does(
                f"Delete One {one}", f"deleteOne{title}", "idPath softDelete", **{f"delete{title}": gone}
            ),
            "patch": does(
                f"Update One {one}", f"UpdateOne{title}", "idPath depth", change, **{f"update{title}": shown}
            ),
        },
        f"/{many}/duplicates": {
            "post": _operation(
                many,
                f"Find {one} Duplicates",
                f"find{title}Duplicates",
                "depth",
                {"data": duplicates},
                ids_or_data,
            )
        },
        f"/restore/{many}/{{id}}": {
            "patch": does(
                f"Restore One {one}", f"restoreOne{title}", "idPath depth", **{f"restore{title}": shown}
            )
        },
        f"/restore/{many}": {
            "patch": does(
                f"Restore Many {many}",
                f"restoreMany{titles}",
                "filter depth",
                **{f"restore{titles}": _list(shown)},
            )
        },
        f"/{many}/merge": {
            "patch": does(
                f"Merge Many {many}", f"mergeMany{titles}", "depth", merge, **{f"merge{titles}": shown}
            )
        },
        f"/{many}/groupBy": {
            "get": does(
                f"Group By {many}",
                f"groupBy{titles}",
                "groupBy filter orderBy limit viewId aggregate includeRecordsSample orderByForRecords",
                **{f"{many}GroupBy": groups},
            )
        },
    }


def _metadata_schemas(name: str) -> dict[str, Node]:
    title = capitalize(name)
    one = title.removesuffix("s")
    shown = {f"{one}ForResponse": _object(id=ID), f"{title}ForResponse": _list(_object(id=ID))}
    return {one: _object(), title: _list(_object()), f"{one}ForUpdate": _object(), **shown}


def _metadata_paths(name: str) -> dict[str, Node]:
    title = capitalize(name)
    one = title.removesuffix("s")
    new, change, shown = (_ref("schemas", f"{one}{kind}") for kind in ("", "ForUpdate", "ForResponse"))
    paging = "limit startingAfter endingBefore"

    def does(verb: str, parameters: str, data: Node, body: Node | None = None) -> Node:
        plural = verb == "Find Many"
        named = f"{verb} {name if plural else name.removesuffix('s')}"
        operation = verb.title().replace(" ", "")
        wanted = f"{operation[:1].lower()}{operation[1:]}{title if plural else one}"
        made = _operation(name, named, wanted, parameters, {"data": data}, body)
        if verb.startswith("Find"):
            del made["operationId"]
        return made

    return {
        f"/{name}": {
            "get": does("Find Many", paging, _object(**{name: _list(shown)})),
            "post": does("Create One", "", _object(**{f"createOne{one}": shown}), new),
        },
        f"/{name}/{{id}}": {
            "delete": does("Delete One", "idPath", _object(**{f"deleteOne{one}": _object(id=ID)})),
            "get": does("Find One", "idPath", _object(**{name.removesuffix("s"): shown})),
            "patch": does("Update One", "idPath", _object(**{f"updateOne{one}": shown}), change),
        },
    }
