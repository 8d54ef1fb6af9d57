"""The mapping file: what it takes, what it refuses with a sentence, and what a practice gets of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from panda_twenty.mapping.confirmation import confirmation_digest
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.identity import panda_id, record_id
from panda_twenty.mapping.specification import (
    DEFAULT_MAPPING,
    MappingError,
    MappingSpecification,
    load_mapping,
)
from panda_twenty.mapping.transforms.registry import SETTLED_BY_THE_BUILDER, TRANSFORMS
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.profile import load_profile
from panda_twenty.session import available_attributes
from panda_twenty.twenty.data_model import FieldModel

PERSON: dict[str, Any] = {
    "name": "person",
    "plural": "people",
    "label": "Person",
    "label_plural": "People",
    "standard": True,
}
NAME: dict[str, Any] = {
    "field": "name",
    "from": ["first_name", "last_name", "suffix"],
    "transform": "full_name",
    "standard": True,
}


def document(*lines: dict[str, Any], **route: Any) -> dict[str, Any]:
    patients = {"name": "patients", "entity": "patient", "object": "person", "lines": [NAME, *lines]}
    return {"version": 1, "objects": [PERSON], "routes": [{**patients, **route}]}


def loaded(tmp_path: Path, content: Any) -> MappingSpecification:
    file = tmp_path / f"mapping{len(list(tmp_path.iterdir()))}.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
    return load_mapping(file)


def refused(tmp_path: Path, content: Any) -> str:
    with pytest.raises(MappingError) as problem:
        loaded(tmp_path, content)
    return str(problem.value)


TEXT_LINE = {"field": "remark", "from": ["medical_alert"], "transform": "text", "type": "TEXT"}


def test_the_default_mapping_loads_and_names_only_transforms_that_exist() -> None:
    mapping = load_mapping()
    used = {line.transform for route in mapping.routes for line in route.lines}
    assert used <= set(TRANSFORMS) | SETTLED_BY_THE_BUILDER


def test_the_objects_come_in_the_order_companies_people_plans_exams() -> None:
    names = [each.name for each in load_mapping().objects]
    order = [names.index(name) for name in ("company", "person", "treatmentPlan", "perioExam")]
    assert order == sorted(order)


def test_a_family_of_lines_is_written_out_once_for_every_combination(tmp_path: Path) -> None:
    family = {
        "for_each": {"tooth": "1-3", "kind": [{"name": "Pd"}, {"name": "Cal"}]},
        "field": "t{tooth:02}{kind[name]}",
        "from": ["medical_alert"],
        "transform": "text",
        "with": {"tooth": "{tooth}", "more": ["{kind[name]}"]},
        "type": "TEXT",
    }
    lines = loaded(tmp_path, document(family)).routes[0].lines[1:]
    assert [line.field for line in lines] == ["t01Pd", "t01Cal", "t02Pd", "t02Cal", "t03Pd", "t03Cal"]
    assert lines[3].options_of_transform == {"tooth": "2", "more": ["Cal"]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "version, objects and routes"),
        ("[]", "version, objects and routes"),
        ("just words", "version, objects and routes"),
        ("a: [", "not valid YAML"),
        ("routes: {a: 1}", "version, objects and routes"),
        ("routes: [words]", "version, objects and routes"),
        ("routes: [{lines: words}]", ""),
        ("version: 1\nobjects: []\nroutes: [{lines: [{for_each: {a: x-y}, field: f}]}]", ""),
        ("version: 1\nobjects: []\nroutes: [{lines: [{for_each: {a: 1-2}, field: '{b}'}]}]", ""),
        ("version: 1\nobjects: []\nroutes: [{lines: [{for_each: {a: 1-2}, field: '{'}]}]", ""),
        ("version: 1\nobjects: []\nroutes: [{lines: [{for_each: words, field: f}]}]", ""),
        ("version: 1\nobjects: []\nroutes: [{lines: [1]}]", ""),
        ("version: one\nobjects: []\nroutes: []", "version"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_a_sentence(tmp_path: Path, content: str, told: str) -> None:
    sentence = refused(tmp_path, content)
    assert sentence.startswith("The mapping ")
    assert told in sentence


def test_a_file_that_is_missing_or_no_text_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "nowhere.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x9f")
    with pytest.raises(MappingError):
        load_mapping(tmp_path / "binary.yaml")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({**TEXT_LINE, "from": ["shoe_size"]}, "shoe_size"),
        ({**TEXT_LINE, "from": ["nowhere.label"]}, "nowhere"),
        ({**TEXT_LINE, "transform": "alchemy"}, "alchemy"),
        ({**TEXT_LINE, "colour": "red"}, "colour"),
        ({**TEXT_LINE, "type": "NUMERIC"}, "type"),
        ({**TEXT_LINE, "type": "SELECT"}, "options"),
        ({**TEXT_LINE, "when_taken": "elsewhere"}, "elsewhere"),
        ({"field": "remark", "from": ["medical_alert"], "transform": "text"}, "type"),
        ({**TEXT_LINE, "field": "name"}, "two lines"),
        (
            {
                "field": "sex",
                "from": ["sex"],
                "transform": "code",
                "type": "SELECT",
                "options": {"FEMALE": "Female"},
            },
            "MALE",
        ),
        (
            {
                "field": "doctor",
                "from": ["first_name"],
                "transform": "relation",
                "relation": {"target": "person", "entity": "provider"},
            },
            "key attribute",
        ),
        (
            {
                "field": "doctor",
                "transform": "relation",
                "relation": {"target": "person", "entity": "provider"},
            },
            "doctor",
        ),
        (
            {
                "field": "doctor",
                "from": ["provider_key"],
                "transform": "relation",
                "relation": {"target": "spaceship", "entity": "provider"},
            },
            "spaceship",
        ),
    ],
)
def test_a_line_that_cannot_work_is_refused_and_named(
    tmp_path: Path, line: dict[str, Any], told: str
) -> None:
    assert told in refused(tmp_path, document(line))


def test_two_lines_that_give_one_field_different_types_are_refused(tmp_path: Path) -> None:
    content = document(TEXT_LINE)
    second = {
        "name": "providers",
        "entity": "provider",
        "object": "person",
        "lines": [{"field": "remark", "from": ["specialty"], "transform": "text", "type": "NUMBER"}],
    }
    content["routes"].append(second)
    assert "remark" in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ({"entity": "spaceship"}, "spaceship"),
        ({"object": "company"}, "company"),
        ({"joins": {"a": {"entity": "provider"}}}, "join"),
    ],
)
def test_a_route_that_cannot_work_is_refused_and_named(
    tmp_path: Path, route: dict[str, Any], told: str
) -> None:
    assert told in refused(tmp_path, document(**route))


def test_the_digest_follows_the_content_and_not_the_layout(tmp_path: Path) -> None:
    first = document(TEXT_LINE)
    assert (
        loaded(tmp_path, first).digest()
        == loaded(tmp_path, yaml.safe_dump(first, default_flow_style=True)).digest()
    )
    changed = document({**TEXT_LINE, "label": "Another label"})
    assert loaded(tmp_path, first).digest() != loaded(tmp_path, changed).digest()


def test_a_confirmation_covers_both_the_profile_and_the_mapping() -> None:
    assert len({confirmation_digest(a, b) for a in ("1", "2") for b in ("1", "2")}) == 4
    assert confirmation_digest("a", "b") != confirmation_digest("b", "a")


def everything() -> dict[str, frozenset[str]]:
    return {name: frozenset(entity.attributes) for name, entity in ENTITIES.items()}


def test_a_line_that_no_column_feeds_is_left_out_and_its_type_moves_to_the_next() -> None:
    mapping = load_mapping()
    available = {**everything(), "provider": frozenset({"key", "first_name", "last_name"})}
    restricted = mapping.restricted_to(available)
    provider, patient = restricted.route("person_provider"), restricted.route("person_patient")
    assert "phoneRemark" not in {line.field for line in provider.lines}
    remark = next(line for line in patient.lines if line.field == "phoneRemark")
    assert remark.type == "TEXT"
    assert remark.label == "Phone remark"
    wanted_objects(restricted)


def test_a_table_that_the_practice_lacks_takes_its_routes_and_joins_along() -> None:
    available = everything()
    for gone in ("insurance_policy", "treatment_phase", "perio_exam"):
        del available[gone]
    restricted = load_mapping().restricted_to(available)
    assert not {route.name for route in restricted.routes} & {"treatment_phase", "perio_exam"}
    assert not [each for each in wanted_objects(restricted) if each.name_singular == "treatmentPhase"]
    patient = restricted.route("person_patient")
    assert not {"primary", "secondary", "further"} & set(patient.joins)
    assert "primaryInsuranceCarrier" not in {line.field for line in patient.lines}
    for route in restricted.routes:
        for join in route.joins.values():
            assert join.through is None or join.through in route.joins


@pytest.mark.parametrize("gone", sorted(ENTITIES))
def test_a_practice_without_one_of_its_tables_still_has_a_mapping_that_holds_together(gone: str) -> None:
    available = everything()
    del available[gone]
    restricted = load_mapping().restricted_to(available)
    routed = {route.name for route in restricted.routes}
    objects = {each.name for each in restricted.objects}
    assert all(route.object in objects for route in restricted.routes)
    for route in restricted.routes:
        assert all(join.through is None or join.through in route.joins for join in route.joins.values())
        for line in route.lines:
            assert line.standard or line.relation or line.type, (route.name, line.field)
            assert not line.relation or line.relation.target in objects
    assert routed
    for each in wanted_objects(restricted):
        for field in each.fields:
            assert field.type != "SELECT" or field.options


def fields(object_name: str) -> dict[str, FieldModel]:
    (found,) = [each for each in wanted_objects(load_mapping()) if each.name_singular == object_name]
    return {field.name: field for field in found.fields}


def test_the_exam_has_a_field_per_tooth_and_rows_for_every_site() -> None:
    exam = fields("perioExam")
    for tooth in range(1, 33):
        assert exam[f"t{tooth:02}MaxPd"].type == "NUMBER"
        assert exam[f"t{tooth:02}MaxCal"].type == "NUMBER"
        assert exam[f"t{tooth:02}Mobility"].type == "SELECT"
        assert exam[f"t{tooth:02}Furcation"].type == "SELECT"
    rows = [
        f"{arch}{aspect}{measure}"
        for arch in ("upper", "lower")
        for aspect in ("Facial", "Lingual")
        for measure in ("Pd", "Gm", "Cal", "Bop", "Sup", "Plaque", "Calculus")
    ]
    assert all(exam[row].type == "TEXT" for row in rows)
    assert 200 < len(exam) < 300


def test_every_object_has_a_unique_panda_id_and_remembers_when_it_was_entered() -> None:
    for name in ("treatmentPlan", "perioExam", "person"):
        assert fields(name)["pandaId"].unique
        assert fields(name)["pandaCreatedAt"].type == "DATE_TIME"


def test_no_field_name_or_option_is_one_that_twenty_refuses() -> None:
    for each in wanted_objects(load_mapping()):
        if not each.standard:
            assert each.name_singular.isalpha(), "digits change the GraphQL name for ever"
            assert len(each.name_singular) <= 57
        for field in each.fields:
            assert field.name[0].islower()
            assert field.name.isalnum()
            assert len(field.name) <= 63
            assert len({option.value for option in field.options}) == len(field.options)
            assert len({option.label for option in field.options}) == len(field.options)
            for option in field.options:
                assert option.value[0].isalpha()
                assert option.value == option.value.upper()
                assert "," not in option.label


def test_reverse_fields_of_relations_do_not_collide() -> None:
    seen: set[tuple[str, str]] = set()
    for each in wanted_objects(load_mapping()):
        for field in each.fields:
            if field.relation is not None:
                reverse = (field.relation.target, field.relation.reverse_label.casefold())
                assert reverse not in seen, reverse
                seen.add(reverse)


def test_the_reference_profile_fills_most_of_the_mapping() -> None:
    profile = load_profile("reference-practice")
    restricted = load_mapping().restricted_to(available_attributes(profile))
    assert {"company_location", "person_provider", "person_patient", "treatment_plan", "perio_exam"} <= {
        route.name for route in restricted.routes
    }


def test_ids_are_the_same_on_every_run_and_differ_for_every_practice_entity_and_key() -> None:
    assert record_id("reference-practice", "patient", "104") == "ebdf43e2-5ba0-596c-a638-e65eda0d64c7"
    ids = {
        record_id(practice, entity, key)
        for practice in ("a", "b")
        for entity in ("patient", "provider")
        for key in ("1", "2")
    }
    assert len(ids) == 8
    assert all(each[14] == "5" for each in ids)
    assert panda_id("a", "patient", "1") == "a/patient/1"


def test_records_are_adopted_only_by_fields_whose_values_are_shared_out(tmp_path: Path) -> None:
    content = yaml.safe_load(DEFAULT_MAPPING.read_text())
    file = tmp_path / "mapping.yaml"
    content["choices"]["adopt_by"] = {"person": ["emails"], "company": ["domainName"]}
    file.write_text(yaml.safe_dump(content))
    assert load_mapping(file).choices.adopt_by == {"person": ("emails",), "company": ("domainName",)}
    content["choices"]["adopt_by"] = {"person": ["name"]}
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(MappingError, match="person cannot be adopted by name"):
        load_mapping(file)
