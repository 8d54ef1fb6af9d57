"""The chart as fields: whatever is written can be read back to the last site, by another reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from panda_twenty.mapping.chart_indices import INDICES, rounded
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.mapping.transforms.registry import TRANSFORMS
from panda_twenty.panda.chart import (
    INTERDENTAL_SITES,
    LOWER_TEETH,
    NOT_ASSESSABLE,
    PERMANENT_TEETH,
    SITE_MARKS,
    UPPER_TEETH,
    NotAssessable,
    Tooth,
    ToothStatus,
)
from panda_twenty.twenty.field_rules import check_value
from panda_twenty.twenty.workspace import FieldFacts
from panda_twenty.verification.chart_comparators import read_chart_row
from panda_twenty.verification.chart_oracle import expected_indices
from panda_twenty_tests.mapping.random_charts import charts

ARCHES = {"upper": UPPER_TEETH, "lower": LOWER_TEETH}
ASPECTS = {"facial": slice(0, 3), "lingual": slice(3, 6)}


def transformed(name: str, teeth: Any, **options: Any) -> Any:
    return TRANSFORMS[name]([teeth], options)


def spoken(value: Any) -> Any:
    """A site's value in the reader's terms: millimetres, a mark, ``x`` or nothing."""
    if isinstance(value, NotAssessable):
        return "x"
    return value if value is None or isinstance(value, bool) else float(value)


def attachment(tooth: Tooth, site: int) -> Any:
    """Stored, else depth plus margin; an implant has no cemento-enamel junction to measure from."""
    stored = spoken(tooth.attachment_level[site])
    if stored is not None or tooth.status is ToothStatus.IMPLANT:
        return stored
    depth, margin = spoken(tooth.probing_depth[site]), spoken(tooth.gingival_margin[site])
    if depth is None or margin is None:
        return None
    return "x" if "x" in (depth, margin) else depth + margin


def sites(tooth: Tooth, measure: str) -> list[Any]:
    if measure == "attachment_level":
        return [attachment(tooth, site) for site in range(6)]
    return [spoken(value) for value in getattr(tooth, measure)]


MEASURES = ("probing_depth", "gingival_margin", "attachment_level", *SITE_MARKS)


@settings(max_examples=60, deadline=None)
@given(charts())
def test_every_site_of_every_tooth_can_be_read_back_from_the_rows(teeth: tuple[Tooth, ...]) -> None:
    for arch, numbers in ARCHES.items():
        here = [tooth for tooth in teeth if tooth.number in numbers]
        for aspect, part in ASPECTS.items():
            for measure in MEASURES:
                row = transformed("chart_row", teeth, arch=arch, aspect=aspect, measure=measure)
                recorded = {tooth.number: sites(tooth, measure)[part] for tooth in here}
                nothing = all(cell is None for cells in recorded.values() for cell in cells)
                if nothing:
                    assert row is None
                    continue
                read = read_chart_row(row)
                assert read == recorded
                assert list(read) == [number for number in numbers if number in recorded]
                kinds = {n: [type(cell) for cell in cells] for n, cells in read.items()}
                assert kinds == {n: [type(cell) for cell in cells] for n, cells in recorded.items()}


def test_a_row_runs_from_the_patients_right_to_left_as_on_a_chart() -> None:
    teeth = tuple(Tooth(number, probing_depth=(1, 2, 3, 4, 5, 6)) for number in ("8", "9", "25", "24"))
    upper = transformed("chart_row", teeth, arch="upper", aspect="facial", measure="probing_depth")
    lower = transformed("chart_row", teeth, arch="lower", aspect="lingual", measure="probing_depth")
    assert upper == "8: 1 2 3 | 9: 3 2 1"
    assert lower == "25: 4 5 6 | 24: 6 5 4"


def test_the_three_states_have_signs_of_their_own() -> None:
    tooth = Tooth(
        "3",
        probing_depth=(3, NOT_ASSESSABLE, None, 0, 2.5, None),
        gingival_margin=(-2, 0, None, 1, None, None),
        bleeding=(True, False, None, NOT_ASSESSABLE, True, None),
    )

    def row(aspect: str, measure: str) -> Any:
        return transformed("chart_row", [tooth], arch="upper", aspect=aspect, measure=measure)

    assert row("facial", "probing_depth") == "3: 3 x ."
    assert row("lingual", "probing_depth") == "3: 0 2.5 ."
    assert row("facial", "gingival_margin") == "3: -2 0 ."
    assert row("facial", "attachment_level") == "3: 1 x ."
    assert row("facial", "bleeding") == "3: + - ."
    assert row("lingual", "bleeding") == "3: x + ."
    assert row("facial", "plaque") is None


@settings(max_examples=60, deadline=None)
@given(charts())
def test_both_ways_of_working_out_the_indices_agree(teeth: tuple[Tooth, ...]) -> None:
    if not teeth:
        assert {transformed("chart_index", teeth, index=name) for name in INDICES} == {None}
        return
    expected = expected_indices({"exam": teeth})["exam"]
    assert expected.keys() == INDICES.keys()
    for name in INDICES:
        assert transformed("chart_index", teeth, index=name) == expected[name], name


def test_indices_of_a_chart_worked_out_by_hand() -> None:
    teeth = (
        Tooth(
            "3",
            probing_depth=(5, 3, 4, 6, NOT_ASSESSABLE, None),
            gingival_margin=(1, 0, -1, 2, 0, 0),
            bleeding=(True, False, False, True, True, True),
            plaque=(None,) * 6,
            mobility="1+",
            furcation={"B": 2, "M": NOT_ASSESSABLE, "D": None},
            keratinized_width={"facial": 2, "lingual": 4},
        ),
        Tooth("14", ToothStatus.MISSING),
        Tooth("19", ToothStatus.IMPLANT, probing_depth=(7, 2, 2, 2, 2, 2), gingival_margin=(3,) * 6),
    )
    by_hand = {
        "teeth_present": 1,
        "teeth_missing": 1,
        "implants_present": 1,
        "sites_examined": 10,
        "sites_not_assessable": 1,
        "mean_pd": 3.5,
        "max_pd": 7,
        "sites_pd_4_plus": 4,
        "sites_pd_5_plus": 3,
        "sites_pd_6_plus": 2,
        "sites_pd_7_plus": 1,
        "teeth_pd_5_plus": 2,
        # tooth 3: 6, 3, 3, 8; the implant's recession makes no attachment loss
        "mean_cal": 5.0,
        "max_cal": 8,
        "max_interdental_cal": 8,
        "sites_cal_3_plus": 4,
        "sites_cal_5_plus": 2,
        # two of ten examined sites; the sites without a depth do not count
        "bop_pct": 20.0,
        "plaque_pct": None,
        "mean_recession": 1.5,
        "max_recession": 2,
        "furcation_teeth_2": 1,
        "furcation_teeth_1": 0,
        "mobility_teeth_1": 1,
        "mobility_teeth_2": 0,
        "min_keratinized": 2,
    }
    found = {name: transformed("chart_index", teeth, index=name) for name in by_hand}
    assert found == by_hand


def test_interdental_loss_leaves_the_middle_sites_out() -> None:
    tooth = Tooth("3", probing_depth=(1, 9, 1, 1, 9, 1), gingival_margin=(0,) * 6)
    assert INTERDENTAL_SITES == (0, 2, 3, 5)
    assert transformed("chart_index", [tooth], index="max_interdental_cal") == 1
    assert transformed("chart_index", [tooth], index="max_cal") == 9


def test_bleeding_recorded_nowhere_is_not_the_same_as_no_bleeding() -> None:
    depths = (3,) * 6
    unrecorded, none = (
        Tooth("3", probing_depth=depths),
        Tooth("3", probing_depth=depths, bleeding=(False,) * 6),
    )
    assert transformed("chart_index", [unrecorded], index="bop_pct") is None
    assert transformed("chart_index", [none], index="bop_pct") == 0.0


@pytest.mark.parametrize(("value", "places", "expected"), [(2.345, 2, 2.35), (2.5, 0, 3.0), (12.25, 1, 12.3)])
def test_halves_are_rounded_up_as_people_do(value: float, places: int, expected: float) -> None:
    assert rounded(value, places) == expected


@settings(max_examples=60, deadline=None)
@given(charts((*PERMANENT_TEETH[:4], "A", "K", "T", "51", "82")))
def test_findings_hold_every_tooth_and_can_be_stored_as_json(teeth: tuple[Tooth, ...]) -> None:
    findings = transformed("findings_json", teeth)
    assert check_value(FieldFacts(id="1", name="field", type="RAW_JSON"), findings) is None
    by_tooth = {each["tooth"]: each for each in json.loads(json.dumps(findings)) or ()}
    assert list(by_tooth) == [tooth.number for tooth in teeth]
    for tooth in teeth:
        found = by_tooth[tooth.number]
        assert found["status"] == tooth.status
        assert found.get("mobility") == tooth.mobility
        assert (found.get("note") or "") == (tooth.note or "").replace("\x00", "")
        for name in ("furcation", "mucogingival_junction", "keratinized_width"):
            recorded = {k: spoken(v) for k, v in getattr(tooth, name).items() if v is not None}
            assert found.get(name, {}) == recorded
        if tooth.number not in PERMANENT_TEETH:
            for name in ("probing_depth", "gingival_margin", "attachment_level", *SITE_MARKS):
                assert found[name] == [spoken(value) for value in getattr(tooth, name)]


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        (None, None),
        ("0", "GRADE_0"),
        ("0.5", "GRADE_0_5"),
        ("1-", "GRADE_0_5"),
        ("1", "GRADE_1"),
        ("I", "GRADE_1"),
        ("1+", "GRADE_1_5"),
        ("1.5", "GRADE_1_5"),
        ("2", "GRADE_2"),
        ("2.5", "GRADE_2_5"),
        ("3", "GRADE_3"),
        ("III", "GRADE_3"),
    ],
)
def test_mobility_becomes_a_miller_grade(written: str | None, grade: str | None) -> None:
    assert transformed("tooth_mobility", [Tooth("3", mobility=written)], tooth="3") == grade


def test_a_mobility_outside_the_grades_says_so_without_its_value() -> None:
    with pytest.raises(CannotTransform) as refusal:
        transformed("tooth_mobility", [Tooth("3", mobility="wobbly Ann")], tooth="3")
    assert refusal.value.code == "unknown_mobility"
    assert "Ann" not in str(refusal.value) + refusal.value.advice


def test_the_worst_furcation_counts_and_one_not_assessable_does_not() -> None:
    tooth = Tooth("3", furcation={"B": 1, "M": 3, "D": NOT_ASSESSABLE, "L": None})
    assert transformed("tooth_furcation", [tooth], tooth="3") == "GRADE_3"
    assert transformed("tooth_furcation", [Tooth("3", furcation={"B": NOT_ASSESSABLE})], tooth="3") is None
    assert transformed("tooth_furcation", [Tooth("3", furcation={"B": 0})], tooth="3") == "GRADE_0"


def test_the_worst_depth_of_a_tooth_ignores_what_could_not_be_measured() -> None:
    tooth = Tooth("3", probing_depth=(3, NOT_ASSESSABLE, None, 6.5, 2, None))
    assert transformed("tooth_worst", [tooth], tooth="3", measure="probing_depth") == 6.5
    assert transformed("tooth_worst", [tooth], tooth="4", measure="probing_depth") is None
    assert transformed("tooth_worst", None, tooth="3", measure="probing_depth") is None


def test_teeth_are_listed_by_their_status() -> None:
    teeth = [Tooth("1", ToothStatus.MISSING), Tooth("3"), Tooth("19", ToothStatus.IMPLANT)]
    assert transformed("teeth_with_status", teeth, status="MISSING") == ["1"]
    assert transformed("teeth_with_status", teeth, status="IMPLANT") == ["19"]
    assert transformed("teeth_with_status", [Tooth("3")], status="MISSING") is None
