"""What is sent, what is believed of the answer, and what is refused before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty.twenty.errors import Refused, SchemaChanged
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.records import (
    Actor,
    body_size,
    count,
    destroy,
    read_all,
    read_by_ids,
    soft_delete,
    upsert,
)
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, RelationFacts, selection
from panda_twenty_tests.twenty.scripted import Script, data, throttled


def visit() -> ObjectFacts:
    kinds = {
        "id": "UUID",
        "key": "TEXT",
        "deletedAt": "DATE_TIME",
        "createdBy": "ACTOR",
        "mail": "EMAILS",
        "off": "TEXT",
    }
    fields = {
        name: FieldFacts(id=name, name=name, type=kind, is_active=name != "off")
        for name, kind in kinds.items()
    }
    link = RelationFacts("MANY_TO_ONE", "person", "visits", "patientId")
    fields["patient"] = FieldFacts(id="p", name="patient", type="RELATION", relations=(link,))
    return ObjectFacts(id="v", name="visit", name_plural="visits", fields=fields)


def test_a_selection_names_the_parts_of_composites_and_the_join_columns() -> None:
    assert selection(visit(), ["key", "mail", "patientId", "key"]) == (
        "key mail{primaryEmail additionalEmails} patientId"
    )


@pytest.mark.parametrize("name", ["kee", "off", "patient"])
def test_a_field_that_would_silently_read_as_null_is_refused(name: str) -> None:
    with pytest.raises(SchemaChanged) as caught:
        selection(visit(), [name])
    assert caught.value.field == name


def test_an_upsert_is_matched_by_id_whatever_the_order_of_the_answer(script: Script) -> None:
    client, server, seen = script(data(createVisits=[{"id": "b"}, {"id": "a"}]))
    result = upsert(
        client, visit(), [{"id": "a", "patientId": None}, {"id": "b"}], actor=Actor("run 7", {"batch": 1})
    )
    assert result.written == {"a", "b"}
    sent = server.body(0)
    assert "createVisits(data:$data,upsert:true){id}" in sent["query"]
    assert sent["variables"]["data"][1] == {
        "id": "b",
        "createdBy": {"source": "IMPORT", "name": "run 7", "context": {"batch": 1}},
    }
    assert seen[0].records == 2


def test_what_landed_on_another_record_or_nowhere_does_not_count_as_written(script: Script) -> None:
    client, _, _ = script(
        data(createVisits=[{"id": "x", "key": "1"}, {"id": "b", "key": "2"}]),
        data(createVisits=[{"id": "a", "key": "1"}]),
    )
    batch = [{"id": "a", "key": "1"}, {"id": "B", "key": "2"}]
    elsewhere = upsert(client, visit(), batch, returning=["key"])
    assert elsewhere.written == {"b"}
    assert elsewhere.stored["x"]["key"] == "1"
    lost = upsert(client, visit(), batch, returning=["key"])
    assert lost.written == lost.stored.keys() == {"a"}


def test_what_twenty_would_refuse_as_a_whole_is_not_sent(script: Script) -> None:
    client, server, _ = script()
    facts = visit()
    for batch, error in (
        ([], ValueError),
        ([{"key": "no id"}], ValueError),
        ([{"id": "a"}, {"id": "a"}], ValueError),
        ([{"id": "a", "typo": 1}], SchemaChanged),
        ([{"id": "a", "patient": {"id": 1}}], SchemaChanged),
        ([{"id": str(place)} for place in range(201)], Refused),
        ([{"id": "a", "key": "x" * 9_600_000}], Refused),
    ):
        with pytest.raises(error):
            upsert(client, facts, batch)
    assert not server.requests


def test_the_size_of_a_body_counts_bytes_and_half_pairs() -> None:
    assert body_size([{"a": "é"}]) == len('{"a":"é"}'.encode()) + 1
    assert body_size([{"a": "\ud800"}]) > 0


@pytest.mark.parametrize("ids", [[], [""], ["a", ""], [None]])
def test_nothing_is_removed_without_ids_because_an_empty_filter_means_everything(
    script: Script, ids: Any
) -> None:
    client, server, _ = script()
    for remove in (destroy, soft_delete):
        with pytest.raises(ValueError, match="takes a list of ids"):
            remove(client, visit(), ids)
    assert not server.requests


def test_removing_goes_by_ids_in_groups_and_tells_what_was_not_there(script: Script) -> None:
    ids = [str(place) for place in range(250)]
    client, server, _ = script(
        data(destroyVisits=[{"id": each} for each in ids[:200]]), data(destroyVisits=[{"id": "200"}])
    )
    result = destroy(client, visit(), ids)
    assert len(result.done) == 201
    assert len(result.absent) == 49
    assert server.body(1)["variables"] == {"filter": {"id": {"in": ids[200:]}}}


def page(ids: list[str], cursor: str | None) -> Any:
    edges = [{"node": {"id": each}} for each in ids]
    return data(
        visits={"edges": edges, "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor or "end"}}
    )


def test_reading_all_walks_by_id_and_survives_throttling(script: Script) -> None:
    client, server, _ = script(page(["a", "b"], "after-b"), throttled(), page(["c"], None))
    where = {"key": {"eq": "x"}}
    found = [each["id"] for each in read_all(client, visit(), ["key"], where=where, include_deleted=True)]
    assert found == ["a", "b", "c"]
    assert [server.body(place)["variables"]["after"] for place in range(3)] == [None, "after-b", "after-b"]
    assert "orderBy:[{id:AscNullsFirst}]" in server.body(0)["query"]
    sent = server.body(0)["variables"]["filter"]
    assert sent["and"][0] == where
    assert {"deletedAt": {"is": "NOT_NULL"}} in sent["and"][1]["or"]


def test_reading_by_ids_asks_in_groups_and_leaves_out_what_is_not_there(script: Script) -> None:
    client, server, _ = script(page(["a"], None), page(["c"], None))
    assert set(read_by_ids(client, visit(), ["a", "b", "c", "a"], ["key"], per_call=2)) == {"a", "c"}
    assert server.body(1)["variables"]["filter"] == {"id": {"in": ["c"]}}


def test_counting_asks_for_nothing_but_the_count(script: Script) -> None:
    client, server, _ = script(data(visits={"totalCount": 7}))
    assert count(client, visit()) == 7
    assert "{visits(filter:$filter){totalCount}}" in server.body(0)["query"]


def test_a_batch_that_is_too_large_has_a_reason_a_caller_can_act_on(script: Script) -> None:
    client, _, _ = script()
    with pytest.raises(Refused) as caught:
        upsert(client, visit(), [{"id": str(place)} for place in range(201)])
    assert caught.value.reason is ReasonCode.TOO_MANY_RECORDS
