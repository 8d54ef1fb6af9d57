"""The data model document: what it says, how it looks, and that following it by hand leaves nothing to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from panda_twenty.cli import main
from panda_twenty.data_model_document import TYPE_LABELS, FieldFamily, data_model_document
from panda_twenty.data_model_page import data_model_markdown, data_model_page
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.specification import load_mapping
from panda_twenty.panda.profile import load_profile
from panda_twenty.session import available_attributes
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.data_model import (
    AddOptions,
    Conflict,
    CreateField,
    CreateObject,
    DataModelPlan,
    FieldModel,
    ObjectModel,
    Option,
    RelationModel,
    plan_data_model,
)
from panda_twenty.twenty.workspace import read_workspace

WANTED = wanted_objects(
    load_mapping().restricted_to(available_attributes(load_profile("reference-practice")))
)


def document_of(*models: ObjectModel, plan: DataModelPlan | None = None) -> Any:
    return data_model_document(
        models,
        practice="lakeside",
        mapping_digest="0" * 64,
        workspace="http://t" if plan else None,
        plan=plan,
    )


EXAM = ObjectModel(
    "exam",
    "exams",
    "Exam",
    "Exams",
    fields=(
        FieldModel("name", "TEXT", "Name"),
        FieldModel(
            "kind", "SELECT", "Kind", options=(Option("B", "Bee", "red", 1), Option("A", "Ay", "blue", 0))
        ),
        *(FieldModel(f"t{tooth:02}Pd", "NUMBER", f"Tooth {tooth} depth (mm)") for tooth in range(1, 33)),
        FieldModel("patient", "RELATION", "Patient", relation=RelationModel("person", "Exams of patient")),
    ),
)
PERSON = ObjectModel(
    "person", "people", "Person", "People", standard=True, fields=(FieldModel("x", "TEXT", "X"),)
)


def test_steps_run_objects_fields_relations_and_leave_out_what_comes_with_an_object() -> None:
    document = document_of(PERSON, EXAM)
    person, exam = document.objects
    assert (person.step, exam.step) == ("", "1.1")
    assert person.fields[0].step == "2.1.1"
    assert [field.step for field in exam.fields[:3]] == ["", "2.2.1", "2.2.2"]
    assert exam.fields[0].state == "comes with the object"
    (patient,) = exam.relations
    assert patient.step == "3.1"
    assert (patient.relation.target_label, patient.relation.reverse_name) == ("Person", "examsOfPatient")
    assert patient.relation.join_column == "patientId"


def test_options_stand_in_their_order_with_value_label_and_colour() -> None:
    kind = document_of(EXAM).objects[0].fields[1]
    assert [(each.value, each.label, each.color, each.position) for each in kind.options] == [
        ("A", "Ay", "blue", 0),
        ("B", "Bee", "red", 1),
    ]


def test_fields_that_differ_in_a_number_are_one_entry_with_all_names() -> None:
    entries = list(document_of(EXAM).objects[0].entries())
    (family,) = [each for each in entries if isinstance(each, FieldFamily)]
    assert (family.name, family.label, family.span) == ("t#Pd", "Tooth # depth (mm)", "01-32")
    assert len(family.members) == 32
    assert len(entries) == 3


def test_each_entry_is_marked_with_what_is_done_about_it() -> None:
    plan = DataModelPlan(
        steps=(
            CreateObject(EXAM),
            CreateField("exam", EXAM.fields[2]),
            AddOptions("exam", "kind", (Option("C", "Sea"),)),
        ),
        conflicts=(
            Conflict("exam", "t02Pd", "Field exam.t02Pd is of type TEXT."),
            Conflict("exam", "t02Pd", "It is unique."),
        ),
        unchanged=("person",),
        adopted=("person.x",),
    )
    document = document_of(PERSON, EXAM, plan=plan)
    person, exam = document.objects
    assert (person.state, person.fields[0].state, exam.state) == ("already there", "adopted", "create")
    states = {field.name: (field.state, field.advice) for field in exam.fields}
    assert states["t01Pd"] == ("create", "")
    assert states["kind"][0] == "add options"
    assert "C" in states["kind"][1]
    assert states["t02Pd"] == ("conflict", "Field exam.t02Pd is of type TEXT. It is unique.")
    page = data_model_page(document)
    assert "Field exam.t02Pd is of type TEXT." in page


class _Structure(HTMLParser):
    """Collects ids, links, and whether every tag that is opened is closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        self.outside += [str(given[name]) for name in ("src", "srcset") if name in given]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_self_contained_well_formed_and_its_contents_lead_somewhere() -> None:
    page = data_model_page(document_of(*WANTED))
    structure = _Structure()
    structure.feed(page)
    assert structure.open == []
    assert structure.outside == []
    assert {link.removeprefix("#") for link in structure.links} <= set(structure.ids)
    assert len(set(structure.ids)) == len(structure.ids)
    for model in WANTED:
        for field in model.fields:
            assert f"<code>{field.name}</code>" in page


def test_labels_of_a_practice_are_text_and_never_markup() -> None:
    hostile = ObjectModel("exam", "exams", "<script>alert(1)</script>", "Exams", fields=EXAM.fields)
    page = data_model_page(document_of(hostile))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a \\| b" in data_model_markdown(document_of(ObjectModel("exam", "exams", "a | b", "Exams")))


def test_the_markdown_has_a_row_for_every_field() -> None:
    text = data_model_markdown(document_of(*WANTED))
    for model in WANTED:
        for field in model.fields:
            assert f"| `{field.name}` |" in text


def test_every_type_of_the_mapping_has_the_name_that_the_settings_show() -> None:
    assert {field.type for model in WANTED for field in model.fields} <= set(TYPE_LABELS)


@pytest.fixture
def fresh_twenty(tmp_path: Path) -> Iterator[TwentyClient]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with (
        sandbox.running_twenty(tmp_path / "twenty", rate_limit=None) as server,
        TwentyClient(server.url, server.token) as client,
    ):
        yield client


def create_by_hand(client: TwentyClient, document: Mapping[str, Any]) -> None:
    """What an administrator does who follows the document's own JSON, in the order of its steps."""
    ids = {name: facts.id for name, facts in read_workspace(client).objects.items()}
    for each in document["objects"]:
        if each["step"]:
            made = {
                "nameSingular": each["name_singular"],
                "namePlural": each["name_plural"],
                "labelSingular": each["label_singular"],
                "labelPlural": each["label_plural"],
                "icon": each["icon"],
                "description": each["description"],
                "isLabelSyncedWithName": False,
            }
            answer = client.metadata(
                "mutation($input:CreateOneObjectInput!){createOneObject(input:$input){id}}",
                {"input": {"object": made}},
            )
            ids[each["name_singular"]] = answer["createOneObject"]["id"]
    for kind in ("fields", "relations"):
        for each in document["objects"]:
            for field in each[kind]:
                if field["step"]:
                    _create_field(client, ids, each["name_singular"], field)


def _create_field(client: TwentyClient, ids: Mapping[str, str], owner: str, field: Mapping[str, Any]) -> None:
    made = {name: field[name] for name in ("name", "label", "type", "description", "icon")}
    made |= {"objectMetadataId": ids[owner], "isUnique": field["unique"], "isLabelSyncedWithName": False}
    if field["options"]:
        made["options"] = field["options"]
    if field["relation"]:
        made["relationCreationPayload"] = {
            "type": "MANY_TO_ONE",
            "targetObjectMetadataId": ids[field["relation"]["target"]],
            "targetFieldLabel": field["relation"]["reverse_label"],
            "targetFieldIcon": field["relation"]["reverse_icon"],
        }
    client.metadata(
        "mutation($input:CreateOneFieldMetadataInput!){createOneField(input:$input){id}}",
        {"input": {"field": made}},
    )


def test_whoever_creates_it_all_by_hand_leaves_nothing_to_be_done(fresh_twenty: TwentyClient) -> None:
    before = plan_data_model(read_workspace(fresh_twenty), WANTED)
    assert before.can_be_applied
    create_by_hand(fresh_twenty, json.loads(json.dumps(document_of(*WANTED).as_json())))
    after = plan_data_model(read_workspace(fresh_twenty), WANTED)
    assert (after.steps, after.conflicts) == ((), ())
    adopted = {step.object_name for step in before.steps if isinstance(step, CreateObject)}
    assert adopted <= set(after.adopted), "somebody else made them"
    document = document_of(*WANTED, plan=after)
    assert not document.states.get("create")
    assert "The workspace has everything that is needed." in data_model_page(document)
    # The list that each target gained has the name that the document foretold.
    workspace = read_workspace(fresh_twenty)
    for each in document.objects:
        for field in each.relations:
            assert field.relation.reverse_name in workspace.object(field.relation.target).fields


@pytest.fixture
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    kept, mask = dict(os.environ), os.umask(0o077)
    for name in list(os.environ):
        if name.startswith(("TWENTY_", "PANDA_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATIENTS", "3")
    yield tmp_path
    os.umask(mask)
    os.environ.clear()
    os.environ.update(kept)


def test_offline_there_is_the_document_without_a_diff_and_it_says_so(clean_environment: Path) -> None:
    shown = CliRunner().invoke(main, ["data-model", "--offline", "--html", "page.html"])
    assert shown.exit_code == 0, shown.output
    assert "No workspace was looked at" in shown.output
    page = clean_environment / "page.html"
    assert "No workspace was looked at" in page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert not (clean_environment / ".panda-twenty" / "sandbox" / "twenty").exists()
    told = CliRunner().invoke(main, ["data-model", "--offline", "--json"])
    document = json.loads(told.stdout)
    assert document["workspace"] is None
    assert {field["state"] for each in document["objects"] for field in each["fields"]} <= {
        "",
        "comes with the object",
    }


def test_a_practice_of_ones_own_is_not_compared_with_the_sandbox(clean_environment: Path) -> None:
    made = CliRunner().invoke(main, ["sandbox", "practice", "--patients", "2", "--out", "own.sqlite"])
    assert made.exit_code == 0, made.output
    shown = CliRunner().invoke(main, ["data-model"], env={"PANDA_CONNECTION": "sqlite:///own.sqlite"})
    assert shown.exit_code == 0, shown.output
    assert "No workspace was looked at" in shown.output


def test_the_sandbox_is_compared_with_its_own_twenty(clean_environment: Path) -> None:
    shown = CliRunner().invoke(main, ["data-model", "--markdown", "model.md"])
    assert shown.exit_code == 0, shown.output
    assert "create" in shown.output
    assert "perioExams" in (clean_environment / "model.md").read_text()
