"""Our verdict on a value equals Twenty's, for every value of the measured matrix."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.json_bytes import strict
from panda_twenty.twenty.field_rules import check_record, check_value, is_storable, suspects_test
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, OptionFacts, RelationFacts

MATRIX = Path(__file__).with_name("validation-matrix.json")
OPTIONS = tuple(
    OptionFacts(id=value, value=value, label=value, color="red", position=place)
    for place, value in enumerate(("RED", "NO_SHOW", "BLUE_ONE"))
)
FIELDS = {
    name: FieldFacts(
        id=name, name=name.removeprefix("person."), type=kind, options=OPTIONS if "SELECT" in kind else ()
    )
    for name, kind in {
        "txt": "TEXT",
        "numInt": "NUMBER",
        "numFloat": "NUMBER",
        "numBigint": "NUMBER",
        "numPlain": "NUMBER",
        "date1": "DATE",
        "dt1": "DATE_TIME",
        "bool1": "BOOLEAN",
        "sel1": "SELECT",
        "msel1": "MULTI_SELECT",
        "rating1": "RATING",
        "cur1": "CURRENCY",
        "array1": "ARRAY",
        "json1": "RAW_JSON",
        "uuid1": "UUID",
        "rich1": "RICH_TEXT",
        "fullName1": "FULL_NAME",
        "address1": "ADDRESS",
        "links1": "LINKS",
        "person.phones": "PHONES",
        "person.emails": "EMAILS",
    }.items()
} | {"legacyId": FieldFacts(id="legacyId", name="legacyId", type="TEXT", is_unique=True)}


def measured() -> list[Any]:
    entries = json.loads(MATRIX.read_text())
    return [
        pytest.param(entry, id=f"{place}-{entry['field']}")
        for place, entry in enumerate(entries)
        # A duplicate depends on what else is there; long values are shown in the matrix by their length only.
        if entry["error"] is None
        or ("duplicate" not in entry["error"][0] and not str(entry["in"]).endswith(" chars>"))
    ]


@pytest.mark.parametrize("entry", measured())
def test_our_verdict_is_that_of_twenty(entry: dict[str, Any]) -> None:
    reason = check_value(FIELDS[entry["field"]], entry["in"])
    assert (reason is not None) == (entry["error"] is not None)
    if reason is not None:
        assert str(entry["in"]) not in reason.sentence or entry["in"] == ""


def test_the_short_test_passes_what_twenty_takes_and_nothing_else() -> None:
    passed = 0
    for entry in (param.values[0] for param in measured()):
        name = FIELDS[entry["field"]].name
        facts = ObjectFacts(id="", name="person", name_plural="people", fields={name: FIELDS[entry["field"]]})
        record = {name: entry["in"]}
        if not suspects_test(facts)([record]) and is_storable(strict(record)):
            assert entry["error"] is None
            passed += 1
    assert passed > 50


@pytest.mark.parametrize("value", ["", 7, True, ["fine"]])
def test_the_short_test_suspects_what_a_required_text_must_not_hold(value: Any) -> None:
    field = FieldFacts(id="", name="name", type="TEXT", is_nullable=False)
    facts = ObjectFacts(id="", name="person", name_plural="people", fields={"name": field})
    records = [{"name": "fine"}, {"name": value}, {"name": None}, {"other": "fine"}, {}, {"name": "fine"}]
    assert suspects_test(facts)(records) == {1, 3}


@pytest.mark.parametrize("value", ["\ud800", "a\0b", {"key\0": [1]}])
def test_text_that_cannot_be_stored_is_told_from_its_json(value: Any) -> None:
    assert not is_storable(strict({"name": value}))
    assert is_storable(strict({"name": "für\n\\"}))


def test_a_long_unique_text_is_refused_unless_it_can_be_compressed() -> None:
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))
    assert check_value(FIELDS["legacyId"], "x" * 9000) is None
    reason = check_value(FIELDS["legacyId"], noise)
    assert reason is not None
    assert reason.code is ReasonCode.UNIQUE_TEXT_TOO_LONG
    assert check_value(FIELDS["txt"], noise) is None


@pytest.mark.parametrize("value", ["\ud800", {"a": ["\udfff"]}, {"\ud800": 1}])
def test_half_of_a_surrogate_pair_is_refused_wherever_it_hides(value: Any) -> None:
    kind = "TEXT" if isinstance(value, str) else "RAW_JSON"
    reason = check_value(FieldFacts(id="x", name="x", type=kind), value)
    assert reason is not None
    assert reason.code is ReasonCode.LONE_SURROGATE


def test_a_nul_that_only_appears_when_json_text_is_parsed_is_found() -> None:
    reason = check_value(FIELDS["json1"], '{"a":"\\u0000"}')
    assert reason is not None
    assert reason.code is ReasonCode.NUL_CHARACTER


def test_an_empty_text_in_a_required_field_is_refused_because_twenty_stores_it_as_null() -> None:
    required = FieldFacts(id="x", name="x", type="TEXT", is_nullable=False)
    for value in (None, ""):
        reason = check_value(required, value)
        assert reason is not None
        assert reason.code is ReasonCode.REQUIRED


def visit() -> ObjectFacts:
    patient = RelationFacts("MANY_TO_ONE", "person", "visits", "patientId")
    fields = [
        FieldFacts(id="1", name="id", type="UUID", is_nullable=False, default="uuid"),
        FieldFacts(id="2", name="seen", type="DATE"),
        FieldFacts(id="3", name="patient", type="RELATION", relations=(patient,)),
        FieldFacts(id="4", name="gone", type="TEXT", is_active=False),
        FieldFacts(id="5", name="remark", type="TEXT"),
    ]
    return ObjectFacts(
        id="v", name="visit", name_plural="visits", fields={each.name: each for each in fields}
    )


def test_a_record_is_told_every_rule_it_breaks_without_its_values() -> None:
    record = {
        "id": "no-id",
        "seen": "31/12/2020",
        "patientId": "17",
        "gone": "x",
        "typo": 1,
        "patient": {"id": 1},
    }
    breaks = check_record(visit(), record)
    assert [(each.field, each.reason_code) for each in breaks] == [
        ("id", ReasonCode.BAD_UUID),
        ("seen", ReasonCode.BAD_DATE),
        ("patientId", ReasonCode.BAD_UUID),
        ("gone", ReasonCode.UNKNOWN_FIELD),
        ("typo", ReasonCode.UNKNOWN_FIELD),
        ("patient", ReasonCode.NOT_WRITABLE),
    ]
    assert not any("31/12" in each.sentence or "no-id" in each.sentence for each in breaks)


def test_a_record_larger_than_a_request_is_refused_as_a_whole() -> None:
    breaks = check_record(visit(), {"remark": "é" * 5_000_000})
    assert [(each.field, each.reason_code) for each in breaks] == [(None, ReasonCode.TOO_LARGE)]
