"""Details of the stand-in that were compared with a real Twenty 2.21.0, call by call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from graphql import GraphQLObjectType, build_client_schema, get_introspection_query

from panda_twenty_tests.sandbox.twenty_workspace import (
    CREATE_FIELD,
    UNKNOWN_ID,
    UPDATE_OBJECT,
    Workspace,
    message_of,
)


@pytest.fixture(autouse=True)
def no_records_left(workspace: Workspace) -> Iterator[None]:
    yield
    workspace.graphql("mutation{destroyVisits(filter:{}){id} destroyOwners(filter:{}){id}}")


# --- documents -----------------------------------------------------------------------------------


def test_several_operations_without_a_name_are_an_error_of_the_server(workspace: Workspace) -> None:
    several = {"query": "query A{people{totalCount}} query B{companies{totalCount}}"}
    assert workspace.client.post("/graphql", json=several).status_code == 500
    of_metadata = {"query": "query A{currentWorkspace{id}} query B{apiKeys{id}}"}
    assert workspace.client.post("/metadata", json=of_metadata).status_code == 400


@pytest.mark.parametrize(
    ("path", "query"),
    [("/graphql", "query A{people{totalCount}}"), ("/metadata", "query A{currentWorkspace{id}}")],
)
def test_an_operation_that_the_document_does_not_have_is_status_400(
    workspace: Workspace, path: str, query: str
) -> None:
    answer = workspace.client.post(path, json={"query": query, "operationName": "B"})
    assert answer.status_code == 400
    assert message_of(answer.json()) == "Could not determine what operation to execute."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"),
        ('{"a" 1}', "Expected ':' after property name in JSON at position 5 (line 1 column 6)"),
        ('{"a":[1 2]}', "Expected ',' or ']' after array element in JSON at position 8 (line 1 column 9)"),
        ('{"a":1 "b"}', "Expected ',' or '}' after property value in JSON at position 7 (line 1 column 8)"),
        ("[", "Unexpected end of JSON input"),
        (" ", "Unexpected end of JSON input"),
        ("5", "Unexpected token '5', \"5\" is not valid JSON"),
        ("this is not JSON, not at all", "Unexpected token 't', \"this is no\"... is not valid JSON"),
        ('{"a":tru}', 'Unexpected token \'}\', "{"a":tru}" is not valid JSON'),
        (
            '{"a":[{"b":nope}],"cdefghijklm":1}',
            'Unexpected token \'o\', ..."a":[{"b":nope}],"cde"... is not valid JSON',
        ),
        ('{"a":NaN}', 'Unexpected token \'N\', "{"a":NaN}" is not valid JSON'),
        (r'{"a":"\x"}', "Bad escaped character in JSON at position 7 (line 1 column 8)"),
        ('{"a":01}', "Unexpected number in JSON at position 6 (line 1 column 7)"),
        ('{"a":-}', "No number after minus sign in JSON at position 6 (line 1 column 7)"),
        ('{"a":"b', "Unterminated string in JSON at position 7 (line 1 column 8)"),
        ('{"a":"\\u12"}', "Bad Unicode escape in JSON at position 10 (line 1 column 11)"),
        ('{"a":1}\n{}', "Unexpected non-whitespace character after JSON at position 8 (line 2 column 1)"),
    ],
)
def test_broken_json_is_told_as_javascript_tells_it(workspace: Workspace, body: str, message: str) -> None:
    headers = {"content-type": "application/json"}
    answer = workspace.client.post("/rest/people", content=body, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_a_client_can_build_a_schema_out_of_the_introspection(workspace: Workspace) -> None:
    told = build_client_schema(workspace.graphql(get_introspection_query())["data"])
    actor = cast(GraphQLObjectType, told.type_map["Actor"])
    assert str(actor.fields["source"].type).startswith("ActorSourceEnum")
    assert {"fee", "colour"} <= set(cast(GraphQLObjectType, told.type_map["Visit"]).fields)


# --- metadata ------------------------------------------------------------------------------------


def test_a_bad_id_is_told_with_its_value(workspace: Workspace) -> None:
    answer = workspace.client.post(
        "/metadata", json={"query": "query($i:UUID!){object(id:$i){id}}", "variables": {"i": "x"}}
    )
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["message"] == "Invalid UUID: 'x'"
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_an_unknown_object_is_not_found_by_its_id(workspace: Workspace) -> None:
    answer = workspace.metadata("query($i:UUID!){object(id:$i){id}}", i=UNKNOWN_ID)
    assert message_of(answer) == f"Unable to find ObjectMetadataEntity with id: {UNKNOWN_ID}"
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_a_text_default_without_quotes_fails_in_the_migration_without_a_sub_code(
    workspace: Workspace,
) -> None:
    answer = workspace.update_field("note", defaultValue="unquoted")
    assert message_of(answer).startswith("Migration action 'update' for 'fieldMetadata'")
    assert "subCode" not in answer["errors"][0]["extensions"]
    again = workspace.update_field("note", description="kept")
    assert again["data"]["updateOneField"]["defaultValue"] is None


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"label": ""}, "label should not be empty"),
        ({"name": ""}, "name has failed the name validation check, name should not be empty"),
    ],
)
def test_a_field_needs_a_name_and_a_label(workspace: Workspace, update: dict[str, Any], message: str) -> None:
    assert message_of(workspace.update_field("note", **update)) == message


@pytest.mark.parametrize(
    ("empty", "told"),
    [
        (("labelPlural",), "labelPlural should not be empty"),
        (
            ("labelSingular", "namePlural"),
            "namePlural has failed the name validation check, namePlural should not be empty,"
            " labelSingular should not be empty",
        ),
    ],
)
def test_an_object_needs_names_and_labels(workspace: Workspace, empty: tuple[str, ...], told: str) -> None:
    names = {"nameSingular": "call", "namePlural": "calls", "labelSingular": "Call", "labelPlural": "Calls"}
    given = {**names, **dict.fromkeys(empty, "")}
    create = "mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id}}"
    answer = workspace.metadata(create, i={"object": given})
    assert message_of(answer) == told
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    renamed = workspace.metadata(UPDATE_OBJECT, i={"id": workspace.visit, "update": {"nameSingular": ""}})
    assert message_of(renamed) == "nameSingular has failed the name validation check"


def test_a_field_that_does_not_exist_cannot_be_changed(workspace: Workspace) -> None:
    answer = workspace.update_field(UNKNOWN_ID, label="x")
    assert message_of(answer) == "Validation errors occurred while updating field"
    problem = answer["errors"][0]["extensions"]["errors"]["fieldMetadata"][0]["errors"][0]
    assert problem["code"] == "FIELD_METADATA_NOT_FOUND"


def test_options_cannot_be_null(workspace: Workspace) -> None:
    assert message_of(workspace.update_field("colour", options=None)) == "toOptions is not iterable"


def test_an_object_survives_a_change_that_is_refused(workspace: Workspace) -> None:
    refused = workspace.metadata(UPDATE_OBJECT, i={"id": workspace.visit, "update": {"labelPlural": None}})
    assert message_of(refused) == "Cannot read properties of null (reading 'length')"
    made = workspace.metadata(UPDATE_OBJECT, i={"id": workspace.visit, "update": {"labelSingular": "Call"}})
    assert made["data"]["updateOneObject"]["labelSingular"] == "Call"


@pytest.mark.parametrize(("field", "is_allowed"), [("note", True), ("fee", False)])
def test_only_texts_ids_and_full_names_label_a_record(
    workspace: Workspace, field: str, is_allowed: bool
) -> None:
    update = {"labelIdentifierFieldMetadataId": workspace.fields[field]}
    answer = workspace.metadata(UPDATE_OBJECT, i={"id": workspace.visit, "update": update})
    assert ("errors" not in answer) is is_allowed


def test_a_relation_that_exists_is_refused_on_both_sides(workspace: Workspace) -> None:
    answer = workspace.relate("owner", "Other visits")
    failed = answer["errors"][0]["extensions"]["errors"]["fieldMetadata"]
    assert [each["errors"][0]["code"] for each in failed] == ["NOT_AVAILABLE", "FIELD_METADATA_NOT_FOUND"]


def test_a_relation_describes_itself(workspace: Workspace) -> None:
    made = workspace.relate("payer", "Paid visits")["data"]["createOneField"]
    assert made["description"] == "Visits tied to the Owner"


def test_an_index_is_made_once(workspace: Workspace) -> None:
    index = {"objectMetadataId": workspace.visit, "fields": [{"fieldMetadataId": workspace.fields["fee"]}]}
    create = "mutation($i:CreateOneIndexInput!){createOneIndex(input:$i){id}}"
    assert "errors" not in workspace.metadata(create, i={"index": index})
    again = workspace.metadata(create, i={"index": index})
    problem = again["errors"][0]["extensions"]["errors"]["index"][0]["errors"][0]
    assert problem["code"] == "INDEX_ALREADY_EXISTS"


def test_indexes_come_with_objects_and_with_relations(workspace: Workspace) -> None:
    asked = "query($i:UUID!){object(id:$i){indexMetadataList{indexType isUnique isCustom}}}"
    vector = {"indexType": "GIN", "isUnique": False, "isCustom": False}
    own = workspace.metadata(asked, i=workspace.owner)["data"]["object"]["indexMetadataList"]
    assert own == [vector]
    relation = workspace.relate("referrer", "Referred visits")["data"]["createOneField"]["id"]
    told = workspace.metadata(asked, i=workspace.visit)["data"]["object"]["indexMetadataList"]
    assert told[0] == vector
    assert {"indexType": "BTREE", "isUnique": False, "isCustom": True} in told
    create = "mutation($i:CreateOneIndexInput!){createOneIndex(input:$i){id}}"
    index = {"objectMetadataId": workspace.visit, "fields": [{"fieldMetadataId": relation}]}
    again = workspace.metadata(create, i={"index": index})
    problem = again["errors"][0]["extensions"]["errors"]["index"][0]["errors"][0]
    assert problem["code"] == "INDEX_ALREADY_EXISTS"


def test_a_unique_field_may_have_a_plain_index_besides(workspace: Workspace) -> None:
    given = {"objectMetadataId": workspace.owner, "type": "TEXT", "name": "badge", "label": "Badge"}
    badge = workspace.metadata(CREATE_FIELD, i={"field": {**given, "isUnique": True}})
    create = "mutation($i:CreateOneIndexInput!){createOneIndex(input:$i){isUnique isCustom}}"
    fields = [{"fieldMetadataId": badge["data"]["createOneField"]["id"]}]
    made = workspace.metadata(create, i={"index": {"objectMetadataId": workspace.owner, "fields": fields}})
    assert made["data"]["createOneIndex"] == {"isUnique": False, "isCustom": True}
    asked = "query($i:UUID!){object(id:$i){indexMetadataList{id isUnique isCustom}}}"
    told = workspace.metadata(asked, i=workspace.owner)["data"]["object"]["indexMetadataList"]
    assert sorted((each["isUnique"], each["isCustom"]) for each in told) == [
        (False, False),
        (False, True),
        (True, True),
    ]
    of_system = next(each["id"] for each in told if not each["isCustom"])
    delete = "mutation($i:DeleteOneIndexInput!){deleteOneIndex(input:$i){id}}"
    refused = _failed(workspace.metadata(delete, i={"id": of_system}))
    assert (refused["code"], refused["subCode"]) == ("FORBIDDEN", "CANNOT_DELETE_SYSTEM_INDEX")


def test_standard_objects_have_indexes_of_their_own(workspace: Workspace) -> None:
    node = "node{nameSingular indexMetadataList{indexType isUnique isCustom}}"
    asked = f"{{objects(paging:{{first:100}}){{edges{{{node}}}}}}}"
    nodes = [each["node"] for each in workspace.metadata(asked)["data"]["objects"]["edges"]]
    told = {
        each["nameSingular"]: sorted(
            (index["indexType"], index["isUnique"])
            for index in each["indexMetadataList"]
            if not index["isCustom"]
        )
        for each in nodes
    }
    assert told["person"] == [("BTREE", False), ("BTREE", True), ("GIN", False)]
    assert told["opportunity"] == [("BTREE", False)] * 3 + [("GIN", False)]
    assert told["noteTarget"] == [("BTREE", False)] * 4
    assert told["messageThread"] == []


def _failed(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer["errors"][0]["extensions"]
    return found


def test_all_that_a_refused_object_would_have_brought_fails_with_it(workspace: Workspace) -> None:
    given = {"nameSingular": "visit", "namePlural": "calls", "labelSingular": "C", "labelPlural": "Cs"}
    create = "mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id}}"
    failed = _failed(workspace.metadata(create, i={"object": given}))
    assert failed["userFriendlyMessage"] == "Many validation errors"
    assert failed["summary"] == {
        "totalErrors": 35,
        "fieldMetadata": 17,
        "objectMetadata": 1,
        "view": 2,
        "viewField": 9,
        "index": 5,
        "searchFieldMetadata": 1,
    }
    assert failed["message"] == (
        "Validation failed for 17 fieldMetadata, 1 objectMetadata, 2 views, 9 viewFields, 5 indices,"
        " 1 searchFieldMetadata"
    )


def test_a_refused_change_names_what_is_there(workspace: Workspace) -> None:
    renamed = workspace.metadata(UPDATE_OBJECT, i={"id": workspace.visit, "update": {"nameSingular": "Bad"}})
    about = _failed(renamed)["errors"]["objectMetadata"][0]["flatEntityMinimalInformation"]
    assert about["nameSingular"] == "visit"
    of_field = _failed(workspace.update_field("note", name="fee"))["errors"]["fieldMetadata"][0]
    assert of_field["flatEntityMinimalInformation"].keys() >= {"objectMetadataUniversalIdentifier"}


@pytest.mark.parametrize(
    ("more", "message", "problem"),
    [
        (
            {"targetObjectMetadataId": UNKNOWN_ID},
            "Multiple validation errors occurred while creating field",
            "Object metadata relation target not found for relation creation payload",
        ),
        (
            {"targetObjectMetadataId": None, "targetFieldIcon": None},
            "Multiple validation errors occurred while creating field",
            "Relation creation payload is invalid: targetObjectMetadataId must be a UUID,"
            " targetFieldIcon must be a string",
        ),
    ],
)
def test_a_relation_to_nothing_is_told_with_all_that_is_wrong(
    workspace: Workspace, more: dict[str, Any], message: str, problem: str
) -> None:
    answer = workspace.relate("nowhere", "Calls", **more)
    assert message_of(answer) == message
    assert _failed(answer)["errors"]["fieldMetadata"][0]["errors"][0]["message"] == problem


def test_a_field_holds_up_to_sixty_files(workspace: Workspace) -> None:
    field = {"objectMetadataId": workspace.visit, "type": "FILES", "label": "Scans"}
    few = {**field, "name": "scans", "settings": {"maxNumberOfValues": 60}}
    many = {**field, "name": "manyScans", "settings": {"maxNumberOfValues": 61}}
    assert "errors" not in workspace.metadata(CREATE_FIELD, i={"field": few})
    assert "errors" in workspace.metadata(CREATE_FIELD, i={"field": many})


def test_options_are_a_list(workspace: Workspace) -> None:
    field = {"objectMetadataId": workspace.visit, "type": "SELECT", "name": "shade", "label": "Shade"}
    answer = workspace.metadata(CREATE_FIELD, i={"field": {**field, "options": "RED"}})
    assert message_of(answer) == "options?.map is not a function"


# --- relations of records ------------------------------------------------------------------------


@pytest.fixture
def owned(workspace: Workspace) -> dict[str, str]:
    """An owner with two visits."""
    owner = workspace.graphql('mutation{createOwner(data:{name:"o"}){id}}')["data"]["createOwner"]["id"]
    rows = [{"name": "one", "ownerId": owner}, {"name": "two", "ownerId": owner}]
    made = workspace.graphql("mutation($d:X){createVisits(data:$d){id}}", d=rows)["data"]["createVisits"]
    return {"owner": owner, "one": made[0]["id"], "two": made[1]["id"]}


def test_what_hangs_on_a_record_reached_through_a_relation_is_lost(
    workspace: Workspace, owned: dict[str, str]
) -> None:
    query = "{visits(first:1){edges{node{owner{name visits{totalCount edges{node{name}}}}}}}}"
    lost = workspace.graphql(query)
    owner = lost["data"]["visits"]["edges"][0]["node"]["owner"]
    assert owner == {"name": "o", "visits": {"totalCount": 0, "edges": []}}
    direct = workspace.graphql("{owners{edges{node{visits{totalCount}}}}}")
    assert direct["data"]["owners"]["edges"][0]["node"]["visits"]["totalCount"] == 2


def test_a_destroyed_record_is_answered_without_what_hung_on_it(
    workspace: Workspace, owned: dict[str, str]
) -> None:
    gone = workspace.graphql("mutation($i:X){destroyOwner(id:$i){name visits{totalCount}}}", i=owned["owner"])
    assert gone["data"]["destroyOwner"] == {"name": "o", "visits": {"totalCount": 0}}


def test_links_to_a_custom_record_stay_when_it_is_destroyed(
    workspace: Workspace, owned: dict[str, str]
) -> None:
    link = "mutation($d:X){createAttachment(data:$d){id}}"
    made = workspace.graphql(link, d={"name": "a", "targetVisitId": owned["one"]})
    workspace.graphql("mutation($i:X){destroyVisit(id:$i){id}}", i=owned["one"])
    found = workspace.graphql(
        "query($f:X){attachment(filter:$f){name targetVisitId}}",
        f={"id": {"eq": made["data"]["createAttachment"]["id"]}},
    )
    assert found["data"]["attachment"] == {"name": "a", "targetVisitId": None}


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"connect": {"where": {}}},
            'Property "owner.connect" was not found in "visit". Make sure your query is correct.',
        ),
        ({"connect": {"where": {"id": "x"}}}, 'invalid input syntax for type uuid: "x"'),
    ],
)
def test_a_connect_that_names_nothing_is_refused_in_an_update(
    workspace: Workspace, owned: dict[str, str], operation: dict[str, Any], message: str
) -> None:
    update = "mutation($i:X,$d:X){updateVisit(id:$i,data:$d){id}}"
    assert message_of(workspace.graphql(update, i=owned["one"], d={"owner": operation})) == message


def test_a_merged_person_keeps_every_address(workspace: Workspace) -> None:
    people = [
        {"emails": {"primaryEmail": "a@x.test", "additionalEmails": ["c@x.test"]}},
        {"emails": {"primaryEmail": "b@x.test", "additionalEmails": ["d@x.test", "c@x.test"]}},
    ]
    made = workspace.graphql("mutation($d:X){createPeople(data:$d){id}}", d=people)["data"]["createPeople"]
    merge = (
        "mutation($i:X){mergePeople(ids:$i,conflictPriorityIndex:0){emails{primaryEmail additionalEmails}}}"
    )
    merged = workspace.graphql(merge, i=[each["id"] for each in made])["data"]["mergePeople"]["emails"]
    assert merged["primaryEmail"] == "a@x.test"
    assert merged["additionalEmails"] == ["c@x.test", "b@x.test", "d@x.test"]


# --- groups --------------------------------------------------------------------------------------


def test_groups_come_in_ascending_order_with_the_empty_one_last(workspace: Workspace) -> None:
    rows = [{"colour": "BLUE", "fee": 2}, {"colour": None, "fee": 1}, {"colour": "RED", "fee": 3}]
    workspace.graphql("mutation($d:X){createVisits(data:$d){id}}", d=rows)
    groups = workspace.graphql("{visitsGroupBy(groupBy:[{colour:true}]){groupByDimensionValues}}")
    shown = [each["groupByDimensionValues"][0] for each in groups["data"]["visitsGroupBy"]]
    assert shown == ["RED", "BLUE", None]


def test_rest_counts_groups_in_text(workspace: Workspace) -> None:
    workspace.graphql("mutation{createVisit(data:{fee:2}){id}}")
    parameters = {"group_by": '[{"fee":true}]', "aggregate": '["totalCount"]'}
    groups = workspace.client.get("/rest/visits/groupBy", params=parameters).json()
    assert groups == [{"groupByDimensionValues": [2], "totalCount": "1"}]


# --- REST ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "status", "told"),
    [
        ("GET /rest/", 404, {"error": "Not Found", "message": "Cannot GET /rest/"}),
        ("GET /rest/visits?filter=", 400, {"messages": ["'filter' invalid for 'and()'. eg: price[gte]:10"]}),
        ("GET /rest/visits?order_by=nope", 400, {"error": "Error", "code": "FIELD_NOT_FOUND"}),
        ("PATCH /rest/visits/merge", 400, {"error": "BadRequestException"}),
        (f"GET /rest/metadata/objects/{UNKNOWN_ID}", 404, {"code": "OBJECT_METADATA_NOT_FOUND"}),
        (f"DELETE /rest/metadata/fields/{UNKNOWN_ID}", 404, {"code": "FIELD_METADATA_NOT_FOUND"}),
        (f"DELETE /rest/metadata/objects/{UNKNOWN_ID}", 404, {"code": "ENTITY_NOT_FOUND"}),
        (f"PATCH /rest/metadata/objects/{UNKNOWN_ID}", 404, {"code": "OBJECT_METADATA_NOT_FOUND"}),
        ("GET /rest/metadata/fields/x", 400, {"message": "Validation failed (uuid is expected)"}),
        (
            "POST /rest/metadata/objects",
            400,
            {
                "message": [
                    f"{name} {complaint}"
                    for name in ("nameSingular", "namePlural", "labelSingular", "labelPlural")
                    for complaint in ("should not be empty", "must be a string")
                ]
            },
        ),
    ],
)
def test_rest_tells_what_is_wrong(workspace: Workspace, call: str, status: int, told: dict[str, Any]) -> None:
    method, path = call.split(" ")
    body: dict[str, Any] | None = {} if method in ("POST", "PATCH") else None
    answer = workspace.client.request(method, path, json=body)
    assert answer.status_code == status
    assert {key: answer.json()[key] for key in told} == told


def test_rest_answers_a_soft_deletion_with_the_whole_record(workspace: Workspace) -> None:
    made = workspace.client.post("/rest/visits", json={"name": "gone", "fee": 3}).json()["data"][
        "createVisit"
    ]
    gone = workspace.client.delete(f"/rest/visits/{made['id']}?soft_delete=true").json()["data"][
        "deleteVisit"
    ]
    assert (gone["name"], gone["fee"]) == ("gone", 3)
    assert gone["deletedAt"] is not None


# --- what goes and comes back with a record ------------------------------------------------------


@pytest.mark.parametrize("kind", ["Note", "Task"])
@pytest.mark.parametrize("many", [False, True])
def test_the_links_of_a_note_go_into_the_bin_and_come_back_with_it(
    workspace: Workspace, kind: str, many: bool
) -> None:
    lower = kind.lower()
    made = workspace.graphql(f'mutation{{create{kind}(data:{{title:"x"}}){{id}}}}')["data"][f"create{kind}"][
        "id"
    ]
    link = f'mutation{{create{kind}Target(data:{{{lower}Id:"{made}"}}){{id}}}}'
    link_id = workspace.graphql(link)["data"][f"create{kind}Target"]["id"]

    def change(verb: str) -> None:
        given = f'{kind}s(filter:{{id:{{eq:"{made}"}}}})' if many else f'{kind}(id:"{made}")'
        assert "errors" not in workspace.graphql(f"mutation{{{verb}{given}{{id}}}}")

    def links() -> list[str]:
        found = workspace.graphql(
            f'{{{lower}Targets(filter:{{{lower}Id:{{eq:"{made}"}}}}){{edges{{node{{id}}}}}}}}'
        )
        return [each["node"]["id"] for each in found["data"][f"{lower}Targets"]["edges"]]

    assert links() == [link_id]
    change("delete")
    assert links() == []
    change("restore")
    assert links() == [link_id]
    workspace.graphql(f'mutation{{delete{kind}Target(id:"{link_id}"){{id}}}}')
    change("delete")
    change("restore")
    assert links() == [link_id], "also a link that was deleted before"


@pytest.mark.parametrize("verb", ["create", "restore", "destroy", "delete"])
def test_members_do_not_come_and_go_as_records_do(workspace: Workspace, verb: str) -> None:
    given = "data:{}" if verb == "create" else f'id:"{UNKNOWN_ID}"'
    answer = workspace.graphql(f"mutation{{{verb}WorkspaceMember({given}){{id}}}}")
    code = answer["errors"][0]["extensions"]["code"]
    assert code == ("BAD_USER_INPUT" if verb == "delete" else "FORBIDDEN")


# --- notes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocks", "markdown"),
    [
        ([{"type": "paragraph", "content": "a\nb"}], "a\\\nb\n"),
        ([{"type": "unheard of"}], '[{"type": "unheard of"}]'),
        (
            [{"type": "table", "content": {"type": "tableContent", "rows": [{"cells": ["a", "b"]}]}}],
            "|            |            |\n| ---------- | ---------- |\n| a          | b          |\n",
        ),
    ],
)
def test_blocks_become_markdown(workspace: Workspace, blocks: list[Any], markdown: str) -> None:
    note = {"bodyV2": {"blocknote": json.dumps(blocks)}}
    made = workspace.graphql("mutation($d:X){createNote(data:$d){bodyV2{markdown}}}", d=note)
    assert made["data"]["createNote"]["bodyV2"]["markdown"] == markdown


@pytest.mark.parametrize(
    ("markdown", "text"), [("a\nb", "a\n b"), ("a  \nb", "a\n b"), ("x<br>y", "x\ny"), ("&amp;", "&amp;")]
)
def test_markdown_becomes_blocks(workspace: Workspace, markdown: str, text: str) -> None:
    note = {"bodyV2": {"markdown": markdown}}
    made = workspace.graphql("mutation($d:X){createNote(data:$d){bodyV2{blocknote}}}", d=note)
    blocks = json.loads(made["data"]["createNote"]["bodyV2"]["blocknote"])
    assert blocks[0]["content"][0]["text"] == text


def test_the_objects_are_told_as_they_are_after_every_change(workspace: Workspace) -> None:
    """What they were is kept between two changes, because telling it takes long."""
    question = "{objects(paging:{first:1000}){edges{node{id fieldsList{id name label}}}}}"

    def labels() -> set[str]:
        for _ in range(2):
            told = workspace.metadata(question)["data"]["objects"]["edges"]
        (visit,) = [edge["node"] for edge in told if edge["node"]["id"] == workspace.visit]
        return {field["label"] for field in visit["fieldsList"]}

    before = labels()
    field_id = workspace.make_field("keptField", "TEXT")
    assert labels() == {*before, "keptField"}
    workspace.update_field(field_id, label="Renamed")
    assert labels() == {*before, "Renamed"}
    refused = workspace.update_field(field_id, name="id")
    assert refused["errors"]
    assert labels() == {*before, "Renamed"}
    workspace.update_field(field_id, isActive=False)
    workspace.metadata("mutation($i:DeleteOneFieldInput!){deleteOneField(input:$i){id}}", i={"id": field_id})
    assert labels() == before
