"""The whole way against a server: the stand-in always, a real Twenty where there is one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from panda_twenty.twenty.automations import PausedAutomation, find_automations, pause, restore
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.data_model import (
    FieldModel,
    ObjectModel,
    Option,
    RelationModel,
    apply_data_model,
    plan_data_model,
)
from panda_twenty.twenty.errors import Refused, SchemaChanged, TokenProblem, TokenRefused
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.records import (
    Actor,
    count,
    destroy,
    read_all,
    read_by_ids,
    soft_delete,
    upsert,
)
from panda_twenty.twenty.records import restore as restore_records
from panda_twenty.twenty.workspace import Workspace, read_workspace

KIND = FieldModel("kind", "SELECT", "Kind", options=(Option("ONE", "One"), Option("TWO", "Two", position=1)))
PROBE = ObjectModel(
    "wayProbe",
    "wayProbes",
    "Way probe",
    "Way probes",
    fields=(
        FieldModel("name", "TEXT", "Name"),
        FieldModel("patient", "RELATION", "Patient", relation=RelationModel("person", "Way probes")),
        FieldModel("pandaKey", "TEXT", "Key", unique=True),
        FieldModel("depth", "NUMBER", "Depth"),
        FieldModel("remark", "RICH_TEXT", "Remark"),
        KIND,
    ),
)


def new_id() -> str:
    return str(uuid.uuid4())


@pytest.fixture(scope="module")
def deployed(twenty: TwentyClient) -> Iterator[Workspace]:
    workspace = apply_data_model(twenty, plan_data_model(read_workspace(twenty), [PROBE]))
    yield workspace
    query = "mutation($input:DeleteOneObjectInput!){deleteOneObject(input:$input){id}}"
    twenty.metadata(query, {"input": {"id": workspace.object("wayProbe").id}})


def test_the_key_is_accepted_and_a_wrong_one_is_not(twenty: TwentyClient) -> None:
    twenty.check()
    with TwentyClient(twenty.url, "garbage") as stranger, pytest.raises(TokenRefused) as caught:
        stranger.check()
    assert caught.value.problem is TokenProblem.GARBAGE


def test_the_links_of_notes_are_known_by_their_columns(twenty: TwentyClient) -> None:
    workspace = read_workspace(twenty)
    answer = twenty.records('{__type(name:"NoteTargetCreateInput"){inputFields{name}}}')
    accepted = {each["name"] for each in answer["__type"]["inputFields"]}
    note_target = workspace.object("noteTarget")
    assert set(note_target.join_columns) <= accepted
    assert note_target.join_column_to("person") == "targetPersonId"
    assert "emails" in workspace.object("person").unique_fields


def test_a_data_model_is_applied_once_and_extended_without_losing_values(
    twenty: TwentyClient, deployed: Workspace
) -> None:
    again = plan_data_model(deployed, [PROBE])
    assert (again.steps, again.conflicts) == ((), ())
    probe = deployed.object("wayProbe")
    assert probe.join_columns["patientId"].target == "person"
    assert deployed.object("noteTarget").join_column_to("wayProbe") == "targetWayProbeId"
    upsert(twenty, probe, [{"id": (identity := new_id()), "kind": "TWO"}])
    more = FieldModel("kind", "SELECT", "Kind", options=(*KIND.options, Option("THREE", "Three")))
    wider = ObjectModel("wayProbe", "wayProbes", "Way probe", "Way probes", fields=(more,))
    extended = apply_data_model(twenty, plan_data_model(deployed, [wider]))
    values = [option.value for option in extended.object("wayProbe").fields["kind"].options]
    assert values == ["ONE", "TWO", "THREE"]
    assert read_by_ids(twenty, probe, [identity], ["kind"])[identity]["kind"] == "TWO"
    assert extended.fingerprint(["wayProbe"]) != deployed.fingerprint(["wayProbe"])
    assert extended.fingerprint(["person"]) == deployed.fingerprint(["person"])


def test_records_are_written_read_back_hidden_restored_and_removed(
    twenty: TwentyClient, deployed: Workspace
) -> None:
    probe = deployed.object("wayProbe")
    ids = [new_id() for _ in range(230)]
    batch = [{"id": each, "pandaKey": f"k{place}", "depth": 1.5} for place, each in enumerate(ids)]
    actor = Actor(f"run {ids[0]}", {"batch": 1})
    assert upsert(twenty, probe, batch[:200], actor=actor).written == set(ids[:200])
    assert upsert(twenty, probe, batch[200:], actor=actor).written == set(ids[200:])
    mine = {"createdBy": {"name": {"eq": actor.name}}}
    assert count(twenty, probe, mine) == 230
    assert [
        each["id"] for each in read_all(twenty, probe, ["pandaKey"], where=mine, page_size=100)
    ] == sorted(ids)
    found = read_by_ids(twenty, probe, [ids[0], new_id()], ["depth", "createdBy", "remark", "patientId"])
    assert found[ids[0]]["depth"] == 1.5
    assert found[ids[0]]["createdBy"]["source"] == "IMPORT"
    assert len(soft_delete(twenty, probe, ids[:3]).done) == 3
    assert count(twenty, probe, mine) == 227
    assert count(twenty, probe, mine, include_deleted=True) == 230
    hidden = read_by_ids(twenty, probe, ids[:3], ["deletedAt"], include_deleted=True)
    assert all(each["deletedAt"] for each in hidden.values())
    assert restore_records(twenty, probe, ids[:2]).done == set(ids[:2])
    removed = destroy(twenty, probe, [*ids, absent := new_id()])
    assert removed.done == set(ids)
    assert removed.absent == {absent}


def test_a_unique_key_that_stood_there_keeps_its_id_and_that_is_told(
    twenty: TwentyClient, deployed: Workspace
) -> None:
    probe = deployed.object("wayProbe")
    old, other, new, newer = (new_id() for _ in range(4))
    upsert(twenty, probe, [{"id": old, "pandaKey": "A"}, {"id": other, "pandaKey": "B"}])
    batch = [{"id": new, "pandaKey": "A"}, {"id": newer, "pandaKey": "B"}]
    result = upsert(twenty, probe, batch, returning=["pandaKey"])
    assert not result.written
    assert {key: each["pandaKey"] for key, each in result.stored.items()} == {old: "A", other: "B"}


def test_refusals_name_the_reason_and_no_value(twenty: TwentyClient, deployed: Workspace) -> None:
    probe = deployed.object("wayProbe")
    for values, reason in (
        ({"patientId": new_id()}, ReasonCode.MISSING_PARENT),
        ({"name": "nul\0"}, ReasonCode.DATABASE_REFUSED),
        ({"kind": "Geheimnis"}, ReasonCode.NOT_AN_OPTION),
        ({"depth": "Geheimnis"}, ReasonCode.NOT_A_NUMBER),
        ({"id": "Geheimnis"}, ReasonCode.BAD_UUID),
    ):
        with pytest.raises(Refused) as caught:
            upsert(twenty, probe, [{"id": new_id(), **values}])
        assert caught.value.reason is reason
        assert "Geheimnis" not in str(caught.value)
    with pytest.raises(SchemaChanged):
        twenty.records("{nosuchthings{totalCount}}")


def test_what_reacts_to_new_persons_is_found_paused_and_put_back(twenty: TwentyClient) -> None:
    found = find_automations(twenty, ["person"])
    assert [each.events for each in found] == [("person.upserted",)]
    stored = PausedAutomation(found[0]).to_json()
    for _ in range(2):
        pause(twenty, found[0])
        assert find_automations(twenty, ["person"]) == []
    assert [restore(twenty, PausedAutomation.from_json(stored)).changed for _ in range(2)] == [True, False]
    assert find_automations(twenty, ["person"]) == found
    assert find_automations(twenty, ["company"]) == []
