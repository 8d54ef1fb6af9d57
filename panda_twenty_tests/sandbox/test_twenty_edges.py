"""The edges of the stand-in, compared with a real Twenty 2.21.0: routes, tokens, limits and broken bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from panda_twenty.sandbox.twenty import running_twenty

UNKNOWN_ID = "6f3a1f0e-9f55-4a51-8a5c-0f3b9c1f8aff"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running_twenty(tmp_path_factory.mktemp("edges"), rate_limit=None) as twenty:
        headers = {"Authorization": f"Bearer {twenty.token}"}
        yield httpx.Client(base_url=twenty.url, headers=headers, timeout=60)


def _send(client: httpx.Client, path: str, query: str, key: str | None = "own", **variables: Any) -> Any:
    headers = {} if key == "own" else {"Authorization": f"Bearer {key}" if key else ""}
    return client.post(path, json={"query": query, "variables": variables}, headers=headers).json()


def _message(answer: Any) -> str:
    message: str = answer["errors"][0]["message"]
    return message


# --- routes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["GET /", "GET /nosuch", "POST /healthz", "GET /rest", "PATCH /rest/"])
def test_what_is_not_there_is_told_in_json(client: httpx.Client, call: str) -> None:
    method, path = call.split()
    answer = client.request(method, path, headers={"Authorization": ""})
    assert answer.status_code == 404
    assert answer.json() == {"message": f"Cannot {call}", "error": "Not Found", "statusCode": 404}


@pytest.mark.parametrize("path", ["/graphql", "/metadata"])
def test_graphql_is_posted_or_got(client: httpx.Client, path: str) -> None:
    assert client.get(path, params={"query": "{__typename}"}).json() == {"data": {"__typename": "Query"}}
    refused = client.get(path, params={"query": "mutation{deleteWebhook(id:1){id}}"})
    assert refused.status_code == 405
    assert _message(refused.json()) == "Can only perform a mutation operation from a POST request."
    assert client.get(path).json() == {"errors": [{"message": "Must provide query string."}]}
    put = client.put(path)
    assert put.status_code == 405
    assert _message(put.json()) == "GraphQL only supports GET and POST requests."


def test_records_are_not_got_through_graphql(client: httpx.Client) -> None:
    answer = client.get("/graphql", params={"query": "{people{totalCount}}"}).json()
    assert _message(answer) == 'Cannot query field "people" on type "Query".'


@pytest.mark.parametrize(
    ("call", "query", "kind"),
    [
        ("POST /graphql", "{people{totalCount}}", "application/json"),
        ("POST /graphql", "{nosuch}", "application/json; charset=utf-8"),
        ("POST /metadata", "{webhooks{id}}", "application/json; charset=utf-8"),
        ("GET /rest/companies", None, "application/json; charset=utf-8"),
        ("GET /healthz", None, "application/json; charset=utf-8"),
    ],
)
def test_only_direct_execution_leaves_out_the_charset(
    client: httpx.Client, call: str, query: str | None, kind: str
) -> None:
    method, path = call.split()
    answer = client.request(method, path, json={"query": query} if query else None)
    assert answer.headers["content-type"] == kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"extra": 1}, 'Unexpected parameter "extra" in the request body.'),
        ({"variables": []}, 'Expected "variables" param to be empty or an object, but given array.'),
        ({"variables": "x"}, 'Expected "variables" param to be empty or an object, but given string.'),
        ({"operationName": ""}, "Could not determine what operation to execute."),
    ],
)
def test_metadata_looks_at_all_of_a_body(client: httpx.Client, body: dict[str, Any], message: str) -> None:
    answer = client.post("/metadata", json={"query": "{webhooks{id}}", **body})
    assert (answer.status_code, _message(answer.json())) == (400, message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"a":1,}', "Expected double-quoted property name in JSON at position 7 (line 1 column 8)"),
        ('{"a":"\x01"}', "Bad control character in string literal in JSON at position 6 (line 1 column 7)"),
    ],
)
def test_broken_json_is_told_by_its_place(client: httpx.Client, body: str, message: str) -> None:
    answer = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (400, message)


# --- without a token -----------------------------------------------------------------------------


def test_a_stranger_sees_what_is_wrong_on_metadata_and_nothing_else(client: httpx.Client) -> None:
    refused = _send(client, "/metadata", "{webhooks{id}}", key=None)
    told = {"userFriendlyMessage": "An error occurred.", "code": "FORBIDDEN"}
    assert refused == {"errors": [{"message": "Forbidden resource", "extensions": told}], "data": None}
    assert _send(client, "/metadata", "{__typename}", key=None) == {"data": {"__typename": "Query"}}
    unknown = _send(client, "/metadata", "{webhook{id} objectss{id}}", key=None)
    assert 'Cannot query field "objectss" on type "Query".' in [each["message"] for each in unknown["errors"]]


@pytest.mark.parametrize("path", ["/graphql", "/metadata"])
def test_a_stranger_may_not_introspect(client: httpx.Client, path: str) -> None:
    answer = _send(client, path, "{__schema{queryType{name}}}", key=None)
    hidden = "GraphQL introspection has been disabled, but the requested query contained the field "
    assert [each["message"] for each in answer["errors"]] == [f'{hidden}"__schema".', f'{hidden}"queryType".']


def test_the_text_of_a_bad_token_comes_with_the_id_of_its_translation(client: httpx.Client) -> None:
    answer = _send(client, "/graphql", "{people{totalCount}}", key="garbage")
    assert answer["errors"][0]["extensions"]["userFriendlyMessage"]["id"] == "z+7x/s"


# --- limits of a document ------------------------------------------------------------------------


def _fields(count: int) -> str:
    return " ".join(f"a{number}:id" for number in range(count))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/metadata", f"{{objects{{edges{{node{{{_fields(1998)}}}}}}}}}"),
        ("/metadata", f"{{objects{{edges{{node{{...F}}}}}}}} fragment F on Object{{{_fields(1998)}}}"),
        ("/graphql", f"{{nosuch{{{_fields(2000)}}}}}"),
    ],
)
def test_more_than_two_thousand_fields_are_too_many(client: httpx.Client, path: str, query: str) -> None:
    error = _send(client, path, query)["errors"][0]
    too_many = "Query too complex - Too many fields requested: 2001 - Maximum allowed fields: 2000"
    assert (error["message"], error["extensions"]["code"]) == (too_many, "BAD_USER_INPUT")
    assert error["extensions"]["userFriendlyMessage"]["id"] == "pv+BoZ"


def test_records_may_be_asked_for_more_fields(client: httpx.Client) -> None:
    assert "errors" not in _send(client, "/graphql", f"{{people{{edges{{node{{{_fields(2001)}}}}}}}}}")


def test_metadata_is_ten_fields_deep_and_ten_wide(client: httpx.Client) -> None:
    nested = "object{fields(paging:{first:1}){edges{node{"
    deep = f"{{objects(paging:{{first:1}}){{edges{{node{{fields{{edges{{node{{{nested}object{{id}}"
    answer = _send(client, "/metadata", deep + "}" * (deep.count("{") - deep.count("}")))
    assert _message(answer).startswith("Query too complex - Too many nested fields requested: 12 - Maximum")
    wide = _send(client, "/metadata", "{a b c d e f g h i j k}")
    assert _message(wide) == (
        "Query too complex - Too many root resolvers requested: 11 - Maximum allowed root resolvers: 10"
    )


def test_a_root_field_comes_once_in_all_operations_of_a_document(client: httpx.Client) -> None:
    query = "query A{webhooks{id}} query B{webhooks{id}}"
    answer = client.post("/metadata", json={"query": query, "operationName": "A"}).json()
    assert _message(answer) == 'Duplicate root resolver: "webhooks"'
    assert answer["errors"][0]["extensions"]["userFriendlyMessage"]["id"] == "UrzTjS"


# --- oddities of direct execution ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{people(filter:{not:[{id:{is:NULL}}]}){totalCount}}", 'Object person doesn\'t have any "0" field.'),
        ('{people(orderBy:["id"]){totalCount}}', 'Field "0" does not exist or is not sortable'),
        ('{people(after:"WzFd"){totalCount}}', "Field metadata not found for key: 0"),
        ("query($b:X){people{totalCount @skip(if:$b)}}", "Cannot read properties of undefined (reading 'b')"),
    ],
)
def test_what_is_not_meant_is_told_as_javascript_sees_it(
    client: httpx.Client, query: str, message: str
) -> None:
    assert _message(_send(client, "/graphql", query, b=True)) == message


def test_a_field_is_left_out_where_the_document_says_so(client: httpx.Client) -> None:
    query = "{people(first:1){totalCount @skip(if:true) pageInfo{hasNextPage @include(if:true)}}}"
    assert _send(client, "/graphql", query)["data"] == {"people": {"pageInfo": {"hasNextPage": True}}}


def test_a_connect_is_looked_up_before_the_record_that_it_changes(client: httpx.Client) -> None:
    query = "mutation($i:X,$d:X){updatePerson(id:$i,data:$d){id}}"
    data = {"company": {"connect": {"where": {"id": UNKNOWN_ID}}}}
    answer = _send(client, "/graphql", query, i=UNKNOWN_ID, d=data)
    assert _message(answer) == f"Expected 1 record to connect to company, but found 0 for id = {UNKNOWN_ID}"


def test_an_id_within_a_document_is_looked_at_by_the_database(client: httpx.Client) -> None:
    answer = _send(client, "/metadata", '{object(id:"x"){id}}')
    assert _message(answer) == 'invalid input syntax for type uuid: "x"'
    assert answer["data"] is None


# --- REST ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("GET /rest/companies?order_by=address", {"error": "Error", "code": "INVALID_QUERY_INPUT"}),
        (
            'GET /rest/companies/groupBy?group_by=[{"name":true}]&aggregate=["nope","x"]',
            {"messages": ["Unknown aggregate field(s): nope, x"]},
        ),
        ("GET /rest/metadata/", {"messages": ["object 'metadata' not found. eg: companies"]}),
        ("GET /rest/metadata/objects?limit=x", {"error": "Error", "code": "INVALID_LIMIT_QUERY_PARAM"}),
        ("PATCH /rest/metadata/fields", {"messages": ["'fields' is not a valid UUID"]}),
        ("DELETE /rest/metadata/objects", {"messages": ["'objects' is not a valid UUID"]}),
        (f"DELETE /rest/webhooks/{UNKNOWN_ID}", {"error": "Error", "code": "WEBHOOK_NOT_FOUND"}),
        ("GET /rest/webhooks/x", {"messages": ['invalid input syntax for type uuid: "x"']}),
        ("POST /rest/webhooks", {"error": "WorkspaceMigrationBuilderException"}),
        ("POST /rest/apiKeys", {"error": "Error", "code": "FORBIDDEN_EXCEPTION"}),
    ],
)
def test_rest_refuses(client: httpx.Client, call: str, told: dict[str, Any]) -> None:
    method, path = call.split()
    answer = client.request(method, path, json={} if method in ("POST", "PATCH") else None)
    assert answer.status_code == 400
    assert {key: answer.json().get(key) for key in told} == told


def test_merging_what_is_not_there_finds_no_record(client: httpx.Client) -> None:
    ids = {"ids": [UNKNOWN_ID, UNKNOWN_ID[:-1] + "0"], "conflictPriorityIndex": 0}
    assert client.patch("/rest/companies/merge", json=ids).json()["messages"] == ["Record not found"]


def test_a_page_of_rest_that_goes_back_has_its_cursors_the_other_way_round(client: httpx.Client) -> None:
    last = client.get("/rest/companies?limit=4").json()["pageInfo"]["endCursor"]
    page = client.get(f"/rest/companies?limit=2&ending_before={last}").json()
    forward = client.get("/rest/companies?limit=3").json()["data"]["companies"]
    assert [each["id"] for each in page["data"]["companies"]] == [each["id"] for each in forward[1:]]
    to_end = client.get(f"/rest/companies?limit=9&starting_after={page['pageInfo']['startCursor']}").json()
    assert len(to_end["data"]["companies"]) == 2


def test_webhooks_live_under_two_addresses(client: httpx.Client) -> None:
    hook = {"targetUrl": "https://example.test/hook"}
    made = client.post("/rest/webhooks", json=hook)
    assert made.status_code == 201
    path = f"/rest/metadata/webhooks/{made.json()['id']}"
    assert client.patch(path, json={"description": "x"}).json()["description"] == "x"
    assert [each["id"] for each in client.get("/rest/webhooks").json()] == [made.json()["id"]]
    assert client.delete(path).json() is True
    gone = client.get(path)
    assert (gone.status_code, gone.content) == (200, b"")
    assert [set(each) >= {"id", "name", "workspaceId"} for each in client.get("/rest/apiKeys").json()] == [
        True
    ]


def test_a_field_without_anything_lacks_everything(client: httpx.Client) -> None:
    complaints = client.post("/rest/metadata/fields", json={}).json()["message"]
    assert complaints[:2] == ["objectMetadataId must be a UUID", "type should not be empty"]


def test_rest_names_the_workspace_of_metadata(client: httpx.Client) -> None:
    each = client.get("/rest/metadata/objects?limit=1").json()["data"][0]
    workspace = _send(client, "/metadata", "{currentWorkspace{id}}")["data"]["currentWorkspace"]["id"]
    assert {each["workspaceId"], each["fields"][0]["workspaceId"]} == {workspace}


# --- the OpenAPI document ------------------------------------------------------------------------


def test_the_open_api_document_tells_the_paths_and_fields_of_every_object(client: httpx.Client) -> None:
    answer = client.get("/rest/open-api/core").json()
    assert (answer["openapi"], answer["info"]["version"]) == ("3.1.1", "v0.1")
    assert answer["servers"][0]["url"].endswith("/rest/")
    assert set(answer["paths"]) >= {
        "/open-api/core",
        "/people",
        "/batch/people",
        "/people/{id}",
        "/people/duplicates",
        "/people/merge",
        "/people/groupBy",
        "/restore/people",
        "/restore/people/{id}",
    }
    assert answer["paths"]["/people"]["get"]["operationId"] == "findManyPeople"
    schemas = answer["components"]["schemas"]
    assert set(schemas) >= {"Person", "PersonForUpdate", "PersonForResponse"}
    assert "id" not in schemas["Person"]["properties"]
    shown = schemas["PersonForResponse"]["properties"]
    assert shown["companyId"] == {"type": "string", "format": "uuid"}
    assert shown["company"]["oneOf"] == [{"$ref": "#/components/schemas/CompanyForResponse"}]
    assert shown["name"]["properties"] == {"firstName": {"type": "string"}, "lastName": {"type": "string"}}
    assert schemas["Task"]["properties"]["status"]["enum"] == ["TODO", "IN_PROGRESS", "DONE"]


def test_the_open_api_document_of_metadata_tells_its_kinds(client: httpx.Client) -> None:
    answer = client.get("/rest/open-api/metadata").json()
    assert set(answer["paths"]) >= {"/objects", "/objects/{id}", "/fields", "/views/{id}"}
    assert set(answer["components"]["schemas"]) >= {"Object", "ObjectForUpdate", "FieldsForResponse"}


@pytest.mark.parametrize("kind", ["core", "metadata"])
def test_a_stranger_gets_the_open_api_document_of_nothing(client: httpx.Client, kind: str) -> None:
    nothing = {"Authorization": ""}
    assert client.get(f"/rest/open-api/{kind}", headers=nothing).status_code == 403
    answer = client.get(f"/open-api/{kind}", headers=nothing).json()
    assert list(answer["paths"]) == [f"/open-api/{kind}"]
    assert list(answer["components"]) == ["securitySchemes"]


def test_there_is_no_other_open_api_document(client: httpx.Client) -> None:
    told = client.get("/rest/open-api").json()
    assert told["messages"] == ["object 'open-api' not found. eg: companies"]


# --- views ---------------------------------------------------------------------------------------


def _company_views(client: httpx.Client) -> list[dict[str, Any]]:
    objects = "{objects(paging:{first:99}){edges{node{id nameSingular fieldsList{id name}}}}}"
    found = _send(client, "/metadata", objects)["data"]["objects"]["edges"]
    company = next(edge["node"] for edge in found if edge["node"]["nameSingular"] == "company")
    query = """query($o:String){getViews(objectMetadataId:$o){
        id name type key objectMetadataId viewFields{id fieldMetadataId isVisible position}}}"""
    views: list[dict[str, Any]] = _send(client, "/metadata", query, o=company["id"])["data"]["getViews"]
    names = {one["id"]: one["name"] for one in company["fieldsList"]}
    return [
        {**view, "shown": [names[one["fieldMetadataId"]] for one in view["viewFields"] if one["isVisible"]]}
        for view in views
    ]


def test_an_object_has_a_view_of_all_and_one_of_its_page(client: httpx.Client) -> None:
    table, page = _company_views(client)
    assert (table["name"], table["type"], table["key"]) == ("All Companies", "TABLE", "INDEX")
    assert (page["name"], page["type"], page["key"]) == ("Company Record Page Fields", "FIELDS_WIDGET", None)
    assert table["shown"] == ["name", "createdAt", "createdBy", "updatedAt", "updatedBy"]
    assert [each["position"] for each in table["viewFields"]] == list(range(len(table["viewFields"])))
    assert "name" not in page["shown"]
    listed = client.get("/rest/metadata/views", params={"objectMetadataId": table["objectMetadataId"]}).json()
    assert [each["id"] for each in listed] == [table["id"], page["id"]]


def test_a_view_is_made_changed_and_removed(client: httpx.Client) -> None:
    table, _ = _company_views(client)
    create = "mutation($i:CreateViewInput!){createView(input:$i){id type viewFields{id}}}"
    given = {"name": "Mine", "icon": "IconX", "objectMetadataId": table["objectMetadataId"]}
    made = _send(client, "/metadata", create, i=given)["data"]["createView"]
    assert (made["type"], made["viewFields"]) == ("TABLE", [])
    field = {"viewId": made["id"], "fieldMetadataId": table["viewFields"][0]["fieldMetadataId"]}
    add = "mutation($i:CreateViewFieldInput!){createViewField(input:$i){id isVisible size}}"
    added = _send(client, "/metadata", add, i=field)["data"]["createViewField"]
    assert (added["isVisible"], added["size"]) == (True, 0)
    again = _send(client, "/metadata", add, i=field)["errors"][0]["extensions"]
    assert (again["code"], again["userFriendlyMessage"]) == (
        "METADATA_VALIDATION_FAILED",
        "View field already exists",
    )
    rename = "mutation($v:String!,$i:UpdateViewInput!){updateView(id:$v,input:$i){name}}"
    assert _send(client, "/metadata", rename, v=made["id"], i={"name": "Ours"})["data"] == {
        "updateView": {"name": "Ours"}
    }
    for verb in ("delete", "destroy"):
        remove = f"mutation($v:String!){{{verb}View(id:$v)}}"
        assert _send(client, "/metadata", remove, v=made["id"])["data"] == {f"{verb}View": True}
    gone = _send(client, "/metadata", "query($v:String!){getView(id:$v){id}}", v=made["id"])
    assert gone["data"] == {"getView": None}
    refused = _send(client, "/metadata", "mutation($v:String!){deleteView(id:$v)}", v=made["id"])
    assert _message(refused) == "View to delete not found"
    missing = client.get(f"/rest/metadata/views/{UNKNOWN_ID}")
    assert (missing.status_code, missing.json()["code"]) == (404, "VIEW_NOT_FOUND")


def test_what_is_changed_of_a_given_view_stays_changed(client: httpx.Client) -> None:
    _, page = _company_views(client)
    hide = "mutation($i:UpdateViewFieldInput!){updateViewField(input:$i){isVisible}}"
    field = page["viewFields"][0]["id"]
    _send(client, "/metadata", hide, i={"id": field, "update": {"isVisible": False}})
    _, changed = _company_views(client)
    assert len(changed["shown"]) == len(page["shown"]) - 1


# --- what a new workspace holds ------------------------------------------------------------------


def test_the_people_of_a_new_workspace_have_the_ids_that_they_have_everywhere(client: httpx.Client) -> None:
    query = "{people(orderBy:[{position:AscNullsFirst}]){edges{node{id createdBy{source context}}}}}"
    people = [edge["node"] for edge in _send(client, "/graphql", query)["data"]["people"]["edges"]]
    assert [each["id"].split("-")[0] for each in people] == [
        "a2e78a5e",
        "93c72d2e",
        "edf6d445",
        "b1e26fa6",
        "7a93d1e5",
    ]
    assert people[0]["createdBy"] == {"source": "SYSTEM", "context": None}


def test_members_may_do_all_but_change_settings(client: httpx.Client) -> None:
    query = "{getRoles{label icon canUpdateAllSettings canUpdateAllObjectRecords canBeAssignedToApiKeys}}"
    member = _send(client, "/metadata", query)["data"]["getRoles"][1]
    assert member == {
        "label": "Member",
        "icon": "IconUser",
        "canUpdateAllSettings": False,
        "canUpdateAllObjectRecords": True,
        "canBeAssignedToApiKeys": False,
    }
