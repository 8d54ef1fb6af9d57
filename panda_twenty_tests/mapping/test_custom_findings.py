from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.custom_findings import (
    DEFINED_TWICE,
    MOST_OPTIONS,
    OVER_BUDGET,
    CustomField,
    FindingDefinition,
    ValueType,
    finding_value,
    place_findings,
    plan_custom_fields,
)
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.sandbox.practice.exams import FINDINGS
from panda_twenty.twenty.data_model import FieldModel, Option
from panda_twenty.twenty.data_model.names import PROVIDED_FIELDS, field_faults

VALUE_TYPES: dict[str, ValueType] = {"N": "NUMBER", "T": "TEXT", "B": "YES_NO", "C": "CHOICE", "D": "DATE"}

definitions = st.lists(
    st.builds(
        FindingDefinition,
        key=st.one_of(st.integers(0, 50).map(str), st.text(min_size=1, max_size=80)),
        label=st.one_of(
            st.text(max_size=90), st.sampled_from(["Type", "type", "Plan", "Dry mouth", "3rd molar", "牙周"])
        ),
        value_type=st.sampled_from(get_args(ValueType)),
        choices=st.one_of(st.none(), st.text(alphabet="ab|+-,;3 é牙\n", max_size=40)),
    ),
    max_size=12,
)


def model(field: CustomField) -> FieldModel:
    options = tuple(Option(value, label) for value, label in field.options.items())
    return FieldModel(field.name, field.type, field.label, options=options)


def one(value_type: ValueType, choices: str | None = None) -> CustomField:
    return plan_custom_fields([FindingDefinition("1", "Finding", value_type, choices)], 1, ()).fields[0]


def reference_definitions() -> list[FindingDefinition]:
    return [FindingDefinition(str(key), label, VALUE_TYPES[kind], c) for key, label, kind, c, _ in FINDINGS]


@given(definitions, st.integers(0, 15), st.sets(st.sampled_from(["dryMouth", "patient", "examDate"])))
def test_every_planned_field_is_one_that_twenty_takes(
    defined: list[FindingDefinition], budget: int, taken: set[str]
) -> None:
    plan = plan_custom_fields(defined, budget, taken)
    names = [field.name.casefold() for field in plan.fields]
    assert len(plan.fields) <= budget
    assert len(plan.fields) + len(plan.left_over) == len(defined)
    assert len(set(names)) == len(names)
    assert not set(names) & {name.casefold() for name in (*taken, "patientId", *PROVIDED_FIELDS)}
    for field in plan.fields:
        assert field_faults(model(field)) == []
        assert 1 <= len(field.label) <= 63
        assert set(field.choices.values()) == set(field.options)


@given(definitions, st.randoms(use_true_random=False))
def test_the_order_of_the_definitions_does_not_matter(
    defined: list[FindingDefinition], shuffler: Any
) -> None:
    shuffled = list(defined)
    shuffler.shuffle(shuffled)
    assert plan_custom_fields(shuffled, 8, ()) == plan_custom_fields(defined, 8, ())


@given(definitions, st.dictionaries(st.integers(0, 50).map(str), st.text(max_size=20), max_size=8))
def test_a_value_is_in_a_field_or_stays_as_text(
    defined: list[FindingDefinition], values: dict[str, str]
) -> None:
    fields = plan_custom_fields(defined, 6, ()).fields
    placed = place_findings(fields, values)
    kept = {each.finding_key for each in placed.kept_as_text}
    in_fields = {field.finding_key for field in fields if field.name in placed.values}
    assert not kept & in_fields
    assert kept | in_fields >= {key for key, value in values.items() if value.replace("\x00", "").strip()}


def test_the_findings_of_the_reference_practice_get_names_types_and_options() -> None:
    plan = plan_custom_fields(reference_definitions(), 350, ())
    assert [(field.name, field.type) for field in plan.fields] == [
        ("clenchingOrGrinding", "BOOLEAN"),
        ("nightGuard", "SELECT"),
        ("bloodPressureUpperValue", "NUMBER"),
        ("bloodPressureLowerValue", "NUMBER"),
        ("lastFullSetOfRadiographs", "DATE"),
        ("frenumRemark", "TEXT"),
        ("gingivalColour", "SELECT"),
        ("dryMouth", "BOOLEAN"),
        ("plaqueScoreOldForm", "NUMBER"),
    ]
    assert plan.fields[1].options == {"NONE": "none", "WORN": "worn", "BROKEN": "broken", "LOST": "lost"}
    assert plan.left_over == []


def test_the_budget_is_kept_and_the_rest_is_named() -> None:
    plan = plan_custom_fields(reference_definitions(), 7, ())
    assert [(each.finding_key, each.reason) for each in plan.left_over] == [
        ("9", OVER_BUDGET),
        ("12", OVER_BUDGET),
    ]
    assert plan_custom_fields(reference_definitions(), -3, ()).fields == []


def test_reserved_taken_and_equal_names_are_told_apart_by_prefix_and_key() -> None:
    labels = {
        "1": "Type",
        "2": "type",
        "3": "Patient id",
        "4": "3rd molar",
        "5": "牙周",
        "6": "",
        "7": "Dry mouth",
    }
    defined = [FindingDefinition(key, label, "TEXT") for key, label in labels.items()]
    plan = plan_custom_fields(defined, 10, ["patient", "dryMouth"])
    assert [field.name for field in plan.fields] == [
        "findingType",
        "findingType2",
        "findingPatientId",
        "finding3rdMolar",
        "finding5",
        "finding6",
        "findingDryMouth",
    ]
    assert [plan.fields[4].label, plan.fields[5].label] == ["牙周", "Finding 6"]


def test_a_key_defined_twice_gets_one_field() -> None:
    plan = plan_custom_fields(
        [FindingDefinition("1", "A", "TEXT"), FindingDefinition("1", "B", "DATE")], 9, ()
    )
    assert [field.label for field in plan.fields] == ["A"]
    assert [(each.label, each.reason) for each in plan.left_over] == [("B", DEFINED_TWICE)]


def test_odd_choices_become_options_that_twenty_takes() -> None:
    field = one("CHOICE", "red, swollen|3mm|3 mm|+|++|-|牙|red swollen|RED, Swollen||")
    assert field.options == {
        "RED_SWOLLEN": "red; swollen",
        "V_3MM": "3mm",
        "V_3_MM": "3 mm",
        "PLUS": "+",
        "PLUS_PLUS": "++",
        "MINUS": "-",
        "OPTION": "牙",
        "RED_SWOLLEN_2": "red swollen",
    }
    assert finding_value(field, " Red,  swollen") == "RED_SWOLLEN"
    assert finding_value(field, "red swollen") == "RED_SWOLLEN_2"


@pytest.mark.parametrize("choices", [None, "", " | ", "|".join(map(str, range(MOST_OPTIONS + 1)))])
def test_a_choice_without_usable_choices_is_text_and_says_why(choices: str | None) -> None:
    field = one("CHOICE", choices)
    assert field.type == "TEXT"
    assert field.remark


@pytest.mark.parametrize(
    ("value_type", "text", "value"),
    [
        ("NUMBER", "120", 120),
        ("NUMBER", " 120.50 ", 120.5),
        ("NUMBER", "-3", -3),
        ("NUMBER", "1,200", 1200),
        ("NUMBER", ".5", 0.5),
        ("NUMBER", "0", 0),
        ("YES_NO", "Y", True),
        ("YES_NO", "no", False),
        ("YES_NO", "1", True),
        ("DATE", "2024-02-29", "2024-02-29"),
        ("DATE", "2/29/2024", "2024-02-29"),
        ("DATE", "2024-02-29T00:00:00.000", "2024-02-29"),
        ("TEXT", " 5 mm ≤ x\r\n", " 5 mm ≤ x\r\n"),
        ("NUMBER", "", None),
        ("DATE", "  ", None),
        ("YES_NO", None, None),
    ],
)
def test_a_value_that_fits_becomes_what_twenty_takes(value_type: ValueType, text: str, value: object) -> None:
    found = finding_value(one(value_type), text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value_type", "text", "code"),
    [
        ("NUMBER", "120 mmHg", "finding_is_not_a_number"),
        ("NUMBER", "1,5", "finding_is_not_a_number"),
        ("NUMBER", "120/80", "finding_is_not_a_number"),
        ("NUMBER", "9007199254740993", "finding_is_not_a_number"),
        ("NUMBER", "0.1234567890123456789", "finding_is_not_a_number"),
        ("NUMBER", "1" * 400, "finding_is_not_a_number"),
        ("NUMBER", "nan", "finding_is_not_a_number"),
        ("NUMBER", "٣", "finding_is_not_a_number"),
        ("YES_NO", "maybe", "finding_is_not_yes_or_no"),
        ("YES_NO", "2", "finding_is_not_yes_or_no"),
        ("CHOICE", "coral pink", "finding_is_not_a_choice"),
        ("DATE", "unknown", "finding_is_not_a_date"),
        ("DATE", "2023-02-29", "finding_is_not_a_date"),
        ("DATE", "29/2/2024", "finding_is_not_a_date"),
        ("DATE", "2/29/24", "finding_is_not_a_date"),
        ("DATE", "2024-02-29 14:30", "finding_is_not_a_date"),
        ("DATE", "0000-00-00", "finding_is_not_a_date"),
    ],
)
def test_a_value_that_does_not_fit_stays_as_text_and_the_refusal_keeps_it_to_itself(
    value_type: ValueType, text: str, code: str
) -> None:
    field = one(value_type, "pink|red")
    with pytest.raises(CannotTransform) as refusal:
        finding_value(field, text)
    assert refusal.value.code == code
    assert text not in str(refusal.value)
    assert "stays as text" in refusal.value.advice
    placed = place_findings([field], {"1": text})
    assert (placed.values, [each.reason for each in placed.kept_as_text]) == ({}, [code])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_a_number_that_is_taken_keeps_its_value(number: Any) -> None:
    assert math.isclose(finding_value(one("NUMBER"), f"{number:f}"), number, rel_tol=0, abs_tol=1e-6)


@given(st.dates())
def test_every_day_survives_in_both_spellings(day: Any) -> None:
    assert finding_value(one("DATE"), day.isoformat()) == day.isoformat()
    assert finding_value(one("DATE"), f"{day.month}/{day.day}/{day.year:04d}") == day.isoformat()
