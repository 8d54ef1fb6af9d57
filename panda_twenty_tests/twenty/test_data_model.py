"""Planning: what is created, what is left alone, and what a person has to settle first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from panda_twenty.twenty.data_model import (
    AddOptions,
    CreateField,
    CreateObject,
    FieldModel,
    ObjectModel,
    Option,
    RelationModel,
    apply_data_model,
    describe,
    plan_data_model,
)
from panda_twenty.twenty.errors import SchemaChanged, Unclear
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, OptionFacts, RelationFacts, Workspace
from panda_twenty_tests.twenty.scripted import Script, data, failure

STANDARD = "standard-application"
PATIENT = RelationFacts("MANY_TO_ONE", "person", "visits", "patientId")


def facts(name: str, plural: str, *fields: FieldFacts, **more: Any) -> ObjectFacts:
    return ObjectFacts(
        id=f"{name}-id", name=name, name_plural=plural, fields={each.name: each for each in fields}, **more
    )


def field(name: str, kind: str = "TEXT", **more: Any) -> FieldFacts:
    return FieldFacts(id=f"{name}-id", name=name, type=kind, **more)


def workspace(*visit_fields: FieldFacts) -> Workspace:
    emails = field("emails", "EMAILS", is_unique=True, application_id=STANDARD)
    visit = facts("visit", "visits", field("name"), *visit_fields)
    person = facts("person", "people", emails, application_id=STANDARD)
    return Workspace({"person": person, "visit": visit})


def visit(*fields: FieldModel) -> ObjectModel:
    return ObjectModel("visit", "visits", "Visit", "Visits", fields=fields)


def conflicts_of(found: Workspace, *wanted: ObjectModel) -> str:
    return " | ".join(conflict.sentence for conflict in plan_data_model(found, wanted).conflicts)


def test_missing_objects_come_first_and_relations_last() -> None:
    exam = ObjectModel(
        "exam",
        "exams",
        "Exam",
        "Exams",
        fields=(
            FieldModel("patient", "RELATION", "Patient", relation=RelationModel("person", "Exams")),
            FieldModel("name", "TEXT", "Name"),
            FieldModel("depth", "NUMBER", "Depth"),
        ),
    )
    plan = plan_data_model(workspace(), [exam])
    assert plan.can_be_applied
    assert plan.steps == (
        CreateObject(exam),
        CreateField("exam", exam.fields[2]),
        CreateField("exam", exam.fields[0]),
    )
    assert describe(plan)[-1] == "Create field exam.patient (RELATION to person)."


def test_what_is_there_is_left_alone_and_told_by_whom_it_was_made() -> None:
    person = ObjectModel(
        "person",
        "people",
        "Person",
        "People",
        standard=True,
        fields=(FieldModel("emails", "EMAILS", "E-mail"),),
    )
    wanted = [person, visit(FieldModel("depth", "TEXT", "Depth"))]
    plan = plan_data_model(workspace(field("depth")), wanted)
    assert plan.steps == ()
    assert plan.unchanged == ("person", "person.emails")
    assert plan.adopted == ("visit", "visit.depth")
    again = plan_data_model(workspace(field("depth")), wanted, ours=["visit-id", "depth-id"])
    assert again.adopted == ()
    assert describe(again) == [
        "Already there: 4 objects and fields.",
        "The workspace has everything that is needed.",
    ]


def test_missing_options_are_added_and_none_is_taken_away() -> None:
    options = (OptionFacts("1", "RED", "Red", "red", 0), OptionFacts("2", "OLD", "Old", "gray", 1))
    found = workspace(field("kind", "SELECT", options=options))
    wanted = visit(
        FieldModel("kind", "SELECT", "Kind", options=(Option("RED", "Red"), Option("BLUE", "Blue")))
    )
    plan = plan_data_model(found, [wanted])
    assert plan.steps == (AddOptions("visit", "kind", (Option("BLUE", "Blue"),)),)


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        (field("x", "NUMBER"), FieldModel("x", "TEXT", "X"), "is of type NUMBER, TEXT is needed"),
        (field("x", is_active=False), FieldModel("x", "TEXT", "X"), "switched off"),
        (field("x"), FieldModel("x", "TEXT", "X", unique=True), "is not unique"),
        (field("x", is_unique=True), FieldModel("x", "TEXT", "X"), "would overwrite each other"),
        (
            field("patient", "RELATION", relations=(PATIENT,)),
            FieldModel("patient", "RELATION", "P", relation=RelationModel("company", "Visits")),
            "leads to person instead of company",
        ),
        (
            field("x", "SELECT", options=(OptionFacts(None, "A", "A", "red", 0),)),
            FieldModel("x", "SELECT", "X", options=(Option("A", "A"),)),
            "options without ids",
        ),
        (field("must", is_nullable=False), FieldModel("x", "TEXT", "X"), "must always have a value"),
        (
            field("patient", "RELATION", relations=(PATIENT,)),
            FieldModel("patientId", "TEXT", "P"),
            "the link patient takes that name",
        ),
        (
            field("patientId"),
            FieldModel("patient", "RELATION", "P", relation=RelationModel("person", "Visits")),
            "patientId is a field already",
        ),
        (
            field("mail", "EMAILS"),
            FieldModel("mailPrimaryEmail", "TEXT", "P"),
            "a part of mail takes that name",
        ),
        (field("y"), FieldModel("plan", "TEXT", "Plan"), "keeps for itself"),
        (field("y"), FieldModel("Bad_name", "TEXT", "X"), "must begin with a lower-case letter"),
        (field("y"), FieldModel("a" * 64, "TEXT", "X"), "63 are allowed"),
        (field("y"), FieldModel("x", "NUMERIC", "X"), "cannot be created"),
        (field("y"), FieldModel("x", "CURRENCY", "X", unique=True), "cannot be unique"),
        (field("y"), FieldModel("x", "SELECT", "X"), "at least one option"),
        (field("y"), FieldModel("x", "SELECT", "X", options=(Option("3MM", "3"),)), "UPPER_SNAKE_CASE"),
        (field("y"), FieldModel("x", "SELECT", "X", options=(Option("A", "A, b"),)), "no comma"),
        (field("y"), FieldModel("x", "SELECT", "X", options=(Option("A", "A"),) * 2), "more than once"),
        (
            field("y"),
            FieldModel("x", "RELATION", "X", relation=RelationModel("nobody", "X")),
            "no object nobody",
        ),
        (
            field("y"),
            FieldModel("x", "RELATION", "X", relation=RelationModel("person", "Emails")),
            "person already has a field emails",
        ),
    ],
)
def test_what_cannot_be_is_a_conflict_with_a_sentence(
    found: FieldFacts, wanted: FieldModel, said: str
) -> None:
    assert said in conflicts_of(workspace(found), visit(wanted))


@pytest.mark.parametrize(
    ("singular", "plural", "said"),
    [
        ("exam1x", "exams", "would be called exam1X"),
        ("examABC", "exams", "would be called examAbc"),
        ("job", "jobList", "keeps for itself"),
        ("exams", "exams", "must differ"),
        ("a" * 58, "exams", "57 are allowed"),
        ("exam", "visits", "is a name of object visit"),
    ],
)
def test_object_names_are_checked_before_anything_is_created(singular: str, plural: str, said: str) -> None:
    assert said in conflicts_of(workspace(), ObjectModel(singular, plural, "Exam", "Exams"))


def test_a_missing_standard_object_and_an_object_switched_off_are_conflicts() -> None:
    company = ObjectModel("company", "companies", "Company", "Companies", standard=True)
    assert "no object company" in conflicts_of(workspace(), company)
    found = workspace()
    off = Workspace({**found.objects, "visit": replace(found.objects["visit"], is_active=False)})
    assert "switched off" in conflicts_of(off, visit())


def test_a_plan_with_conflicts_is_not_applied(script: Script) -> None:
    client, server, _ = script()
    plan = plan_data_model(workspace(field("x", "NUMBER")), [visit(FieldModel("x", "TEXT", "X"))])
    with pytest.raises(ValueError, match="conflicts"):
        apply_data_model(client, plan)
    assert not server.requests


def as_read(*fields: tuple[str, str]) -> Any:
    """The answer to the question for all objects: one object, visit, with these fields."""
    node = {
        "id": "visit-id",
        "nameSingular": "visit",
        "namePlural": "visits",
        "labelSingular": "Visit",
        "isActive": True,
        "isSystem": False,
        "fieldsList": [{"id": f"{name}-id", "name": name, "type": kind} for name, kind in fields],
    }
    return data(objects={"edges": [{"node": node}], "pageInfo": {"hasNextPage": False, "endCursor": None}})


def test_an_unclear_answer_is_settled_by_looking_and_the_field_counts_as_ours(script: Script) -> None:
    plan = plan_data_model(workspace(), [visit(FieldModel("x", "TEXT", "X"))])
    cut = failure("Connection terminated unexpectedly", "INTERNAL_SERVER_ERROR")
    client, server, _ = script(as_read(), cut, as_read(("x", "TEXT")), as_read(("x", "TEXT")))
    made: list[tuple[str, str]] = []
    apply_data_model(client, plan, created=lambda what, identity: made.append((what, identity)))
    assert made == [("visit.x", "x-id")]
    assert not server.answers


def test_a_step_that_was_taken_before_is_not_taken_again(script: Script) -> None:
    plan = plan_data_model(workspace(), [visit(FieldModel("x", "TEXT", "X"))])
    client, server, _ = script(as_read(("x", "TEXT")), as_read(("x", "TEXT")))
    told: list[tuple[int, int]] = []
    apply_data_model(client, plan, progress=lambda done, total, sentence: told.append((done, total)))
    assert told == [(0, 1), (1, 1)]
    assert not server.answers


def test_another_field_that_took_the_name_meanwhile_stops_the_plan(script: Script) -> None:
    plan = plan_data_model(workspace(), [visit(FieldModel("x", "TEXT", "X"))])
    taken = {"code": "NOT_AVAILABLE", "message": 'Name "x" is not available'}
    refusal = failure(
        "Multiple validation errors",
        "METADATA_VALIDATION_FAILED",
        errors={"fieldMetadata": [{"errors": [taken]}]},
    )
    client, _, _ = script(as_read(), refusal, as_read(("x", "NUMBER")))
    with pytest.raises(SchemaChanged, match="is of type NUMBER"):
        apply_data_model(client, plan)


def test_options_are_sent_back_whole_with_their_ids(script: Script) -> None:
    present = [{"id": "1", "value": "RED", "label": "Red", "color": "red", "position": 0}]
    after = [*present, {"id": "2", "value": "BLUE"}]
    option = OptionFacts("1", "RED", "Red", "red", 0)
    wanted = visit(
        FieldModel("kind", "SELECT", "Kind", options=(Option("RED", "Red"), Option("BLUE", "Blue")))
    )
    plan = plan_data_model(workspace(field("kind", "SELECT", options=(option,))), [wanted])
    client, server, _ = script(
        as_read(("kind", "SELECT")),
        data(field={"options": present}),
        data(updateOneField={"id": "kind-id", "options": after}),
        as_read(("kind", "SELECT")),
    )
    apply_data_model(client, plan)
    sent = server.body(2)["variables"]["input"]["update"]["options"]
    assert [(each.get("id"), each["value"], each["position"]) for each in sent] == [
        ("1", "RED", 0),
        (None, "BLUE", 1),
    ]


def test_an_unclear_answer_to_new_options_is_not_sent_again_blindly(script: Script) -> None:
    option = OptionFacts("1", "RED", "Red", "red", 0)
    wanted = visit(FieldModel("kind", "SELECT", "Kind", options=(Option("BLUE", "Blue"),)))
    plan = plan_data_model(workspace(field("kind", "SELECT", options=(option,))), [wanted])
    cut = failure("Connection terminated unexpectedly", "INTERNAL_SERVER_ERROR")
    client, _, _ = script(as_read(("kind", "SELECT")), data(field={"options": []}), cut)
    with pytest.raises(Unclear):
        apply_data_model(client, plan)
