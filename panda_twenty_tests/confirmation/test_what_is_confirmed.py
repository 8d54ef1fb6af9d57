"""What a confirmation covers, part by part: each kind of change is noticed and named, and nothing else is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from panda_twenty.ledger.confirmation import NothingConfirmed, confirm, require_confirmation
from panda_twenty.ledger.confirmed_parts import ConfirmedParts, change_sentences, changes
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.mapping.confirmation import mapping_lines
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.workspace_fit import workspace_fit
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.profile import load_profile
from panda_twenty.panda.profile.lines import profile_lines
from panda_twenty.panda.source_schema import named_tables, source_schema
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.data_model import apply_data_model, plan_data_model
from panda_twenty.twenty.workspace import FieldFacts, RelationFacts, Workspace, read_workspace
from panda_twenty_tests.loading.small_practice import small_mapping

EMPTY = ConfirmedParts({}, {}, {}, {"workspace": "w"})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "home", actor="tester")
    yield opened
    opened.close()


def named(before: ConfirmedParts, now: ConfirmedParts) -> str:
    return change_sentences(changes(before, now))


# ------------------------------------------------------------------------------------------ profile, mapping


def changed_profile(tmp_path: Path, change: Any) -> dict[str, str]:
    content = load_profile("reference-practice").model_dump(mode="json", exclude_unset=True)
    change(content)
    file = tmp_path / "profile.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return profile_lines(load_profile(str(file)))


def test_a_changed_line_of_the_profile_is_named(tmp_path: Path) -> None:
    before = replace(EMPTY, profile=profile_lines(load_profile("reference-practice")))

    def change(content: Any) -> None:
        content["entities"]["patient"]["attributes"]["sex"]["codes"]["U"] = "OTHER"
        del content["entities"]["provider"]["attributes"]["specialty"]
        content["entities"]["perio_chart"]["chart"]["gingival_margin_sign"] = "recession_negative"

    now = replace(EMPTY, profile=changed_profile(tmp_path, change))
    found = changes(before, now)["profile"]
    assert found == [
        "patient.sex was changed",
        "perio_chart.chart.gingival_margin_sign was changed",
        "provider.specialty was taken out",
    ]


def test_an_untouched_profile_that_is_laid_out_differently_has_not_changed(tmp_path: Path) -> None:
    before = profile_lines(load_profile("reference-practice"))
    assert changed_profile(tmp_path, lambda content: None) == before


def test_a_changed_line_of_the_mapping_is_named() -> None:
    mapping = small_mapping()
    patients, *others = mapping.routes
    sex = next(line for line in patients.lines if line.field == "sex")
    relabelled = replace_line(patients, sex.model_copy(update={"label": "Gender"}))
    changed = mapping.model_copy(update={"routes": (relabelled, *others)})
    before = replace(EMPTY, mapping=mapping_lines(mapping))
    assert named(before, replace(EMPTY, mapping=mapping_lines(changed))) == (
        "In the mapping: patients.sex was changed."
    )
    threshold = mapping.choices.model_copy(update={"referral_threshold": 0.95})
    chosen = replace(EMPTY, mapping=mapping_lines(mapping.model_copy(update={"choices": threshold})))
    assert "choices.referral_threshold was changed" in named(before, chosen)


def replace_line(route: Any, line: Any) -> Any:
    lines = tuple(line if each.field == line.field else each for each in route.lines)
    return route.model_copy(update={"lines": lines})


# ------------------------------------------------------------------------------------------- the source


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    file = tmp_path / "practice.sqlite"
    write_practice(file, patients=1)
    return file


def schema_after(file: Path, *statements: str) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    with open_practice(f"sqlite:///{file}") as database:
        return source_schema(load_profile("reference-practice"), database)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("ALTER TABLE Patient ADD COLUMN Nickname nvarchar(40)", "column dbo.patient.nickname is new"),
        ("ALTER TABLE Patient DROP COLUMN SSN", "column dbo.patient.ssn is gone"),
        ("ALTER TABLE SiteInfo ADD COLUMN Clinic int", "column dbo.siteinfo.clinic is new"),
        (
            "ALTER TABLE Patient RENAME COLUMN MedicalAlert TO Alerts",
            "column dbo.patient.alerts is new; column dbo.patient.medicalalert is gone",
        ),
    ],
)
def test_a_change_of_a_table_that_the_profile_names_is_named(
    practice: Path, statement: str, sentence: str
) -> None:
    before = replace(EMPTY, source_schema=schema_after(practice))
    now = replace(EMPTY, source_schema=schema_after(practice, statement))
    assert named(before, now) == f"In the practice's database: {sentence}."


def test_a_retyped_column_is_named_with_both_types(practice: Path) -> None:
    before = replace(EMPTY, source_schema=schema_after(practice))
    now = schema_after(
        practice,
        "ALTER TABLE Patient DROP COLUMN MedicalAlert",
        "ALTER TABLE Patient ADD COLUMN MedicalAlert int",
    )
    kept = before.source_schema["dbo.patient.medicalalert"]
    assert kept != "int"
    assert named(before, replace(EMPTY, source_schema=now)) == (
        f"In the practice's database: column dbo.patient.medicalalert was {kept} and is int."
    )


def test_a_new_table_that_the_profile_does_not_name_is_no_change(practice: Path) -> None:
    before = schema_after(practice)
    assert before
    assert schema_after(practice, "CREATE TABLE Backup_Patient (PatientID int, Notes text)") == before


def test_names_that_differ_in_case_alone_are_the_same_schema(practice: Path, tmp_path: Path) -> None:
    content = load_profile("reference-practice").model_dump(mode="json", exclude_unset=True)
    content["entities"]["patient"]["table"] = "PATIENT"
    file = tmp_path / "profile.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    other = load_profile(str(file))
    assert len(named_tables(other)) == len(named_tables(load_profile("reference-practice")))
    with open_practice(f"sqlite:///{practice}") as database:
        assert source_schema(other, database) == schema_after(practice)


# ---------------------------------------------------------------------------------------- the workspace


@pytest.fixture(scope="module")
def stages_of_a_workspace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace]:
    """One workspace before and after the data model of the small mapping was brought about."""
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with (
        sandbox.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None) as server,
        TwentyClient(server.url, server.token) as client,
    ):
        before = read_workspace(client)
        plan = plan_data_model(before, wanted_objects(small_mapping()))
        apply_data_model(client, plan, lambda done, total, sentence: None, lambda what, created: None)
        return before, read_workspace(client)


def fit(workspace: Workspace, workspace_id: str = "w") -> ConfirmedParts:
    return replace(EMPTY, workspace=workspace_fit(small_mapping(), workspace, workspace_id))


def with_field(workspace: Workspace, object_name: str, name: str, **changed: Any) -> Workspace:
    facts = workspace.objects[object_name]
    found = facts.fields.get(name) or FieldFacts(id="new", name=name, type="TEXT")
    fields = {**facts.fields, name: replace(found, **changed)}
    return Workspace({**workspace.objects, object_name: replace(facts, fields=fields)})


def test_bringing_about_the_data_model_is_no_change(
    stages_of_a_workspace: tuple[Workspace, Workspace],
) -> None:
    before, after = stages_of_a_workspace
    assert "visit" not in before.objects
    assert "visit" in after.objects
    assert fit(before).workspace == fit(after).workspace
    assert fit(before).digest() == fit(after).digest()


@pytest.mark.parametrize(
    ("object_name", "field", "changed", "words"),
    [
        ("person", "dateOfBirth", {"is_active": False}, "switched off"),
        ("person", "dateOfBirth", {"type": "TEXT"}, "is of type TEXT, DATE is needed"),
        ("person", "medicalAlert", {"is_unique": True}, "is unique"),
        ("person", "pandaId", {"is_unique": False}, "is not unique"),
        ("person", "emails", {"is_active": False}, "switched off"),
        ("person", "emails", {"is_unique": False}, "person.emails: EMAILS"),
        ("person", "theirs", {"is_nullable": False}, "must always have a value"),
        ("person", "theirs", {"is_unique": True}, "is unique and not written by this mapping"),
        (
            "visit",
            "patient",
            {"relations": (RelationFacts("MANY_TO_ONE", "company", "visits", "patientId"),)},
            "leads to company instead of person",
        ),
        ("visit", "name", {"is_active": False}, "switched off"),
    ],
)
def test_a_field_that_somebody_changes_in_twenty_is_named(
    stages_of_a_workspace: tuple[Workspace, Workspace],
    object_name: str,
    field: str,
    changed: dict[str, Any],
    words: str,
) -> None:
    before, after = stages_of_a_workspace
    sentence = named(fit(before), fit(with_field(after, object_name, field, **changed)))
    assert sentence.startswith("In the workspace in Twenty: ")
    assert f"{object_name}.{field}" in sentence
    assert words in sentence


def test_an_option_that_is_removed_or_renamed_is_named(
    stages_of_a_workspace: tuple[Workspace, Workspace],
) -> None:
    before, after = stages_of_a_workspace
    options = after.objects["person"].fields["sex"].options
    fewer = with_field(after, "person", "sex", options=options[1:])
    assert "person.sex: lacks FEMALE" in named(fit(before), fit(fewer))
    renamed = (replace(options[0], value="WOMAN"), *options[1:])
    assert "person.sex: lacks FEMALE" in named(
        fit(before), fit(with_field(after, "person", "sex", options=renamed))
    )


def test_options_that_the_tool_added_to_a_field_of_somebody_else_are_no_change(
    stages_of_a_workspace: tuple[Workspace, Workspace],
) -> None:
    _, after = stages_of_a_workspace
    options = after.objects["person"].fields["sex"].options
    found = with_field(after, "person", "sex", options=options[:2])
    assert changes(fit(found), fit(after)) == {}
    assert "lacks" in named(fit(after), fit(found)), "the other way round it is one"


def test_fields_of_somebody_else_that_keep_nothing_out_are_no_change(
    stages_of_a_workspace: tuple[Workspace, Workspace],
) -> None:
    before, after = stages_of_a_workspace
    assert changes(fit(before), fit(with_field(after, "person", "shoeSize", type="NUMBER"))) == {}
    assert changes(fit(before), fit(with_field(after, "opportunity", "theirs", is_nullable=False))) == {}


def test_another_workspace_is_told(stages_of_a_workspace: tuple[Workspace, Workspace]) -> None:
    before, _ = stages_of_a_workspace
    assert (
        named(fit(before), fit(before, "another")) == "In the workspace in Twenty: it is another workspace."
    )


# ------------------------------------------------------------------------------------------- the ledger


def test_the_ledger_keeps_every_part_and_names_what_changed_since(ledger: Ledger) -> None:
    confirmed = ConfirmedParts(
        {"patient.sex": "aa"}, {"patients.sex": "bb"}, {"dbo.p.sex": "char(1)"}, {"workspace": "w"}
    )
    confirm(ledger, confirmed, "Ann", {"patients": 1})
    assert require_confirmation(ledger, confirmed).parts == confirmed
    now = replace(
        confirmed,
        mapping={"patients.sex": "cc"},
        source_schema={f"dbo.p.c{number}": "int" for number in range(9)},
    )
    with pytest.raises(NothingConfirmed) as refusal:
        require_confirmation(ledger, now)
    sentence = str(refusal.value)
    assert sentence.startswith("The mapping and the practice's database changed after Ann confirmed it")
    assert "patients.sex was changed" in sentence
    assert "column dbo.p.c0 is new" in sentence
    assert "and 6 more" in sentence
    assert "panda-twenty confirm --by" in sentence


def test_the_parts_in_the_ledger_are_names_types_and_digests(ledger: Ledger, practice: Path) -> None:
    profile = load_profile("reference-practice")
    parts = replace(EMPTY, profile=profile_lines(profile), source_schema=schema_after(practice))
    confirm(ledger, parts, "Ann", {})
    (entry,) = ledger.entries("confirmation")
    assert entry.content["digests"] == parts.digests()
    assert len(json.dumps(entry.content)) < 60_000


def test_a_signature_of_an_earlier_version_does_not_cover_the_ends(ledger: Ledger) -> None:
    ledger.note("confirmation", {"digest": "abc", "by": "Ann", "summary": {}})
    with pytest.raises(NothingConfirmed, match="earlier version"):
        require_confirmation(ledger, EMPTY)
