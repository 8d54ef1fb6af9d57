"""A verification that finds nothing is worth what it would have found: wrong transforms have to be caught.

For every transform the right result must pass its comparator, and every small wrong one must not. A sample
is a record, because some fields are compared with one another (name and suffix, numbers and remark).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from panda_twenty.mapping import rich_text
from panda_twenty.mapping.custom_findings import FindingDefinition, plan_custom_fields
from panda_twenty.mapping.specification import Line, Relation
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.mapping.transforms.registry import SETTLED_BY_THE_BUILDER, TRANSFORMS
from panda_twenty.panda.chart import NOT_ASSESSABLE, Tooth, ToothStatus
from panda_twenty.verification.chart_oracle import expected_indices
from panda_twenty.verification.comparators import Comparison
from panda_twenty.verification.compare import BY_NAME, comparator_of
from panda_twenty_tests.mapping.random_charts import chart
from panda_twenty_tests.verification.mutants import mutants


@dataclass(frozen=True)
class Cell:
    """One line of a sample record with its source values."""

    transform: str
    values: Sequence[Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    field: str = ""
    when_taken: str | None = None

    @property
    def name(self) -> str:
        return self.field or self.transform

    @property
    def line(self) -> Line:
        settings = {
            "field": self.name,
            "from": [f"value{place}" for place in range(len(self.values))],
            "transform": self.transform,
            "with": self.options,
            "when_taken": self.when_taken,
        }
        return Line.model_validate(settings)


TEETH = (
    Tooth(
        "3",
        probing_depth=(5, 3, 4, NOT_ASSESSABLE, None, 0),
        gingival_margin=(1, 0, -2, 2, 0, 3),
        bleeding=(True, False, None, NOT_ASSESSABLE, False, True),
        mobility="1+",
        furcation={"B": 1, "M": 3, "D": NOT_ASSESSABLE},
        keratinized_width={"facial": 3},
        note="furcation arrow",
    ),
    Tooth("14", ToothStatus.MISSING),
    Tooth("15", ToothStatus.IMPLANT, probing_depth=(3, 2.5, 3, 4, 4, 4), attachment_level=(None,) * 6),
    Tooth("19", probing_depth=(6, 5, 4, 3, 2, 1), gingival_margin=(1, 1, 2, 2, 3, 3), plaque=(True,) * 6),
    Tooth("A", probing_depth=(2, 2, 2, 2, 2, 2), bleeding=(False,) * 6, source_number="55"),
)

CENTRAL = timezone(timedelta(hours=-6))


def person(first: Any, last: Any, suffix: Any, email: Any, phones: Sequence[Any]) -> list[Cell]:
    return [
        Cell("full_name", [first, last, suffix], field="name"),
        Cell("name_suffix", [suffix, last], field="nameSuffix"),
        Cell("emails", [email], field="emails", when_taken="sharedEmails"),
        Cell("email_remark", [email], field="emailRemark"),
        Cell("phones", phones, field="phones"),
        Cell("phone_remarks", phones, field="phoneRemark"),
    ]


PEOPLE = [
    person("Ann", "Quill", None, "Ann@Quill.test", ["607-555-0142", None, None]),
    person("Ann", "Quill, Jr.", None, "ann@quill.test; second@quill.test", ["6075550142 x12", None, None]),
    person("Ann", "Quill", "III", "n/a", [None, "607-555-0142", None]),
    person("Ann", "Quill III", "M.D.", "ann@quill.test or <b@quill.test>", ["none", "607.555.0142", "ask"]),
    person("José María", "Núñez", None, "josé@quill.test", ["+44 20 7946 0958", "(416) 555-0134", "12345"]),
    person("J", None, None, None, ["607-555-0142/607-555-0143 call after 5", None, "607-555-0144"]),
]

CHART_ROWS = [
    Cell(
        "chart_row",
        [teeth],
        {"arch": arch, "aspect": aspect, "measure": measure},
        f"{arch}{aspect}{measure}{place}",
    )
    for place, teeth in enumerate((TEETH, chart(7, 14), chart(11, 32)))
    for arch in ("upper", "lower")
    for aspect in ("facial", "lingual")
    for measure in ("probing_depth", "gingival_margin", "attachment_level", "bleeding", "plaque")
]


def finding(key: str, kind: str) -> dict[str, Any]:
    """The options of a line for one practice-defined finding."""
    options = {"LIGHT_PINK": "Light pink", "RED": "Red"} if kind == "SELECT" else {}
    plan = plan_custom_fields(
        [FindingDefinition(key, "Papilla", DEFINED_AS[kind], "|".join(options.values()) or None)], 1, []
    )
    return asdict(plan.fields[0])


DEFINED_AS: dict[str, Any] = {"NUMBER": "NUMBER", "BOOLEAN": "YES_NO", "SELECT": "CHOICE", "TEXT": "TEXT"}

RECORDS: list[list[Cell]] = [
    *PEOPLE,
    [Cell("text", ["Bleeding gums,\r\nsince 2019 \u00e9"])],
    [Cell("text", [Decimal("12.50")])],
    [Cell("code", ["RE_EVALUATION"])],
    [Cell("number", [Decimal("12.5")])],
    [Cell("number", [0])],
    [Cell("boolean", [True])],
    [Cell("boolean", [False])],
    [Cell("civil_date", [date(2024, 2, 29)])],
    [Cell("civil_date", [date(2024, 1, 1)])],
    [Cell("moment", [datetime(2024, 2, 29, 22, 30, 15, 123000, tzinfo=CENTRAL)])],
    [Cell("moment", [datetime(2024, 1, 1, tzinfo=UTC)])],
    [Cell("constant", [], {"value": "PATIENT"})],
    [Cell("title", [date(2024, 2, 29), "RE_EVALUATION"], {"fallback": "Exam"})],
    [Cell("title", [1, "SRP_UL re-do_it"], {"fallback": "Phase"})],
    [Cell("title", [None, None], {"fallback": "Exam"})],
    [Cell("count", [("1", "2", "3")])],
    [Cell("distinct", [("D4341", "D1110", "D4341", None)])],
    [Cell("joined_text", ["Dr.", None, "Quill", "D.D.S."])],
    [
        Cell(
            "listed_rows",
            [("D4341", "D1110", None), (Decimal("250.00"), None, Decimal("1.5")), ("UR", "UL", "14 | 15")],
        )
    ],
    [Cell("links", ["https://Bellhaven.test/Our-Office"], when_taken="otherWebsite")],
    [Cell("address", ["1 Elm St", "Apt 2", "Bellhaven", "TX", "78699-0001", "US"])],
    [Cell("address", ["1 Elm St", None, "Bellhaven", None, None, None])],
    *[[cell] for cell in CHART_ROWS],
    *[
        [Cell("chart_index", [TEETH], {"index": name}, name)]
        for name in ("max_pd", "mean_cal", "sites_pd_5_plus", "bop_pct", "teeth_missing", "furcation_teeth_3")
    ],
    [Cell("tooth_worst", [TEETH], {"tooth": "3", "measure": "probing_depth"})],
    [Cell("tooth_worst", [TEETH], {"tooth": "19", "measure": "attachment_level"})],
    [Cell("tooth_mobility", [TEETH], {"tooth": "3"})],
    [Cell("tooth_furcation", [TEETH], {"tooth": "3"})],
    [Cell("teeth_with_status", [TEETH], {"status": "MISSING"})],
    [Cell("teeth_with_status", [TEETH], {"status": "IMPLANT"})],
    [Cell("findings_json", [TEETH])],
    [Cell("findings_json", [chart(7, 14)])],
    [Cell("filled_list", ["12", None, "7"])],
    [Cell("us_dollars", [Decimal("310.25")])],
    [Cell("npi_remark", ["1234567893"])],
    [Cell("code_status", ["D4341"])],
    [Cell("code_status", ["D4341UR"])],
    [Cell("teeth_of_area", ["3-5, 14"])],
    [Cell("quadrants_of_area", ["UR, LL"])],
    [Cell("stored_indices_that_differ", [TEETH, Decimal("99.9"), None, Decimal("9.99")])],
    [Cell("baseline_state", ["2", "1", "2", None, None, None])],
    [Cell("task_status", ["NO_SHOW"])],
    [Cell("workspace_member", ["4"], {"members": {"4": "member-of-four"}})],
    [Cell("custom_finding", [("1", "9"), ("other", "3.5")], finding("9", "NUMBER"))],
    [Cell("custom_finding", [("9",), ("Yes",)], finding("9", "BOOLEAN"))],
    [Cell("custom_finding", [("9",), ("light pink",)], finding("9", "SELECT"))],
    [Cell("custom_finding", [("9",), ("two roots visible",)], finding("9", "TEXT"))],
    [Cell("rich_text", ["PD \u22644 mm at 14, stage III"])],
    [Cell("rich_text_kind", ["PD \u22644 mm at 14"])],
    [Cell("rich_text_remark", ["PD \u22644 mm at 14"])],
    [Cell("rich_text_is_fallback", ["PD \u22644 mm at 14"])],
]

FOREIGN_NUMBER_LOST = ["phones: primaryPhoneNumber: lost"]
"""Which foreign digits are a number takes a library to say, so none is demanded; the remark has them all."""

SHAPES: dict[str, dict[str, type]] = {
    "full_name": {"firstName": str, "lastName": str},
    "emails": {"primaryEmail": str, "additionalEmails": list},
    "phones": {"primaryPhoneNumber": str, "primaryPhoneCallingCode": str, "additionalPhones": list},
    "address": {},
    "links": {"primaryLinkUrl": str},
}
"""Composites: Twenty gives back nothing of another shape, however wrong it is."""


def can_stand_in_twenty(cell: Cell, mutant: Any) -> bool:
    shape = SHAPES.get(cell.transform)
    if shape is None or mutant is None:
        return True
    return isinstance(mutant, dict) and all(
        mutant.get(name) is None or isinstance(mutant[name], kind) for name, kind in shape.items()
    )


def as_twenty_returns(value: Any) -> Any:
    """What Twenty gives back for a value: through JSON, e-mail in lower case, an empty composite blank."""
    return json.loads(json.dumps(value))


def right_record(cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        cell.name: as_twenty_returns(TRANSFORMS[cell.transform](cell.values, cell.options)) for cell in cells
    }


def comparison(cell: Cell, record: Mapping[str, Any]) -> Comparison:
    indices: dict[str, float | None] = {}
    if cell.transform in ("chart_index", "stored_indices_that_differ"):
        indices = expected_indices({"exam": cell.values[0]})["exam"]
    return Comparison(cell.line, cell.values, record, indices=indices)


def wrong_fields(cells: Sequence[Cell], record: Mapping[str, Any]) -> list[str]:
    return [cell.name for cell in cells if not comparator_of(cell.line)(comparison(cell, record))]


def title(cells: Sequence[Cell]) -> str:
    return cells[0].name if len(cells) == 1 else f"person {PEOPLE.index(list(cells))}"


@pytest.mark.parametrize("cells", RECORDS, ids=title)
def test_what_the_transform_makes_passes_the_comparator(cells: list[Cell]) -> None:
    assert wrong_fields(cells, right_record(cells)) == []


@pytest.mark.parametrize("cells", RECORDS, ids=title)
def test_every_small_wrong_is_caught(cells: list[Cell]) -> None:
    right = right_record(cells)
    survivors = []
    for cell in cells:
        for sentence, mutant in mutants(right[cell.name]):
            if not can_stand_in_twenty(cell, mutant):
                continue
            if not wrong_fields(cells, {**right, cell.name: mutant}):
                survivors.append(f"{cell.name}: {sentence}")
    assert survivors == (FOREIGN_NUMBER_LOST if cells is PEOPLE[4] else [])


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_every_transform_has_a_comparator_and_a_sample_that_proves_it(name: str) -> None:
    assert name in BY_NAME
    assert name in {cell.transform for cells in RECORDS for cell in cells}


@pytest.mark.parametrize("name", sorted(SETTLED_BY_THE_BUILDER))
def test_what_the_builder_settles_has_a_comparator_too(name: str) -> None:
    assert name in BY_NAME


@pytest.mark.parametrize("body", ["%PDF-1.4 probing depths", "PK\x03\x04word/document.xml"])
def test_a_note_that_cannot_be_read_goes_to_quarantine_and_is_never_equal_to_an_empty_one(body: str) -> None:
    cell = Cell("rich_text", [body], field="bodyV2")
    with pytest.raises(CannotTransform):
        TRANSFORMS["rich_text"](cell.values, {})
    for empty in (None, {"markdown": ""}, {"markdown": None}):
        assert wrong_fields([cell], {"bodyV2": empty}) == ["bodyV2"]


def test_a_note_whose_reader_fails_is_never_equal_to_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RecursionError

    monkeypatch.setattr(rich_text, "_words", fail)
    assert wrong_fields([Cell("rich_text", ["PD 4 mm"], field="bodyV2")], {"bodyV2": None}) == ["bodyV2"]


def test_a_picture_that_is_left_out_of_a_note_without_a_remark_is_caught() -> None:
    cell = Cell("rich_text_remark", [r"{\rtf1 seen {\pict\pngblip 89504e47}}"], field="formattingRemark")
    assert "pictures" in right_record([cell])["formattingRemark"]
    assert wrong_fields([cell], {"formattingRemark": None}) == ["formattingRemark"]


def test_a_wrong_npi_without_its_remark_is_caught() -> None:
    cells = [Cell("npi_remark", ["1234567890"])]
    assert right_record(cells)["npi_remark"]
    assert wrong_fields(cells, {"npi_remark": None}) == ["npi_remark"]


def test_swapped_first_and_last_names_are_caught() -> None:
    cells = PEOPLE[0]
    record = right_record(cells) | {"name": {"firstName": "Quill", "lastName": "Ann"}}
    assert "name" in wrong_fields(cells, record)


def test_the_digits_of_an_extension_run_into_the_number_are_caught() -> None:
    cells = PEOPLE[1]
    record = right_record(cells)
    record["phones"] = {**record["phones"], "primaryPhoneNumber": "607555014212"}
    assert "phones" in wrong_fields(cells, record)


def test_a_number_that_was_mobile_and_is_called_home_is_caught() -> None:
    cells = PEOPLE[2]
    assert "phoneRemark" in wrong_fields(cells, right_record(cells) | {"phoneRemark": "Mobile: 607-555-0142"})


def test_an_address_that_went_to_the_field_beside_is_no_difference_and_one_in_both_is() -> None:
    cells = PEOPLE[1]
    right = right_record(cells)
    beside = {
        **right,
        "emails": {"primaryEmail": "", "additionalEmails": None},
        "sharedEmails": right["emails"],
    }
    assert wrong_fields(cells, beside) == []
    assert "emails" in wrong_fields(cells, {**right, "sharedEmails": right["emails"]})


@pytest.mark.parametrize("empty", [None, {}, {"primaryEmail": "", "additionalEmails": None}])
def test_a_composite_that_is_empty_in_twenty_equals_nothing_in_the_source(empty: object) -> None:
    cells = PEOPLE[5]
    assert wrong_fields(cells, right_record(cells) | {"emails": empty}) == []


@pytest.mark.parametrize(
    ("found", "parent", "same"),
    [("a", "a", True), ("a", "b", False), (None, None, True), ("a", None, False), (None, "a", False)],
)
def test_a_relation_must_lead_to_the_parent_that_the_source_names(
    found: str | None, parent: str | None, same: bool
) -> None:
    line = Line(
        field="patient",
        **{"from": ("patient_key",)},
        transform="relation",
        relation=Relation(target="person", entity="patient"),
    )
    assert comparator_of(line)(Comparison(line, ["1"], {"patientId": found}, parent_id=parent)) is same


def test_another_practices_id_is_caught() -> None:
    line = Line(field="pandaId", **{"from": ("key",)}, transform="panda_id", type="TEXT")
    right = Comparison(line, ["1"], {"pandaId": "a/patient/1"}, panda_id="a/patient/1")
    wrong = Comparison(line, ["1"], {"pandaId": "b/patient/1"}, panda_id="a/patient/1")
    assert comparator_of(line)(right)
    assert not comparator_of(line)(wrong)
