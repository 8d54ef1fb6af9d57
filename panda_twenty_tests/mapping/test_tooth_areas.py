from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.tooth_areas import ARCHES, QUADRANTS, ToothArea, parse_tooth_area, tooth_area_text
from panda_twenty.panda.tooth_notation import TOOTH_ORDER, Notation, from_universal
from panda_twenty.sandbox.practice.procedures import PROCEDURES

NOT_UNDERSTOOD = ToothArea(is_understood=False)
PERMANENT = tuple(map(str, range(1, 33)))


def subset(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(names)).map(lambda chosen: tuple(name for name in names if name in chosen))


areas = st.builds(
    ToothArea,
    teeth=subset(tuple(TOOTH_ORDER)),
    quadrants=subset(QUADRANTS),
    arches=subset(ARCHES),
    mouth=st.booleans(),
)


@given(areas)
def test_an_area_comes_back_from_its_own_text(area: ToothArea) -> None:
    assert parse_tooth_area(tooth_area_text(area)) == area


@given(subset(PERMANENT).filter(bool), st.sampled_from(["universal", "fdi", "palmer"]))
def test_a_list_of_teeth_means_the_same_in_every_notation(teeth: tuple[str, ...], notation: Notation) -> None:
    written = ", ".join(from_universal(tooth, notation) for tooth in teeth)
    assert parse_tooth_area(written, notation) == ToothArea(teeth=teeth)


@given(st.text(max_size=20), st.sampled_from(["universal", "fdi", "palmer"]), st.booleans())
def test_a_text_is_understood_as_a_whole_or_not_at_all(
    text: str, notation: Notation, numeric_quadrants: bool
) -> None:
    area = parse_tooth_area(text, notation, numeric_quadrants=numeric_quadrants)
    assert area.is_understood or area == NOT_UNDERSTOOD
    assert all(tooth in TOOTH_ORDER for tooth in area.teeth)


@pytest.mark.parametrize(
    ("text", "teeth"),
    [
        ("14", "14"),
        ("#3", "3"),
        ("# 3", "3"),
        ("No.3", "3"),
        ("03", "3"),
        ("10", "10"),
        ("3-5", "3 4 5"),
        ("5-3", "3 4 5"),
        ("3 – 5", "3 4 5"),
        ("#3-#5", "3 4 5"),
        ("3 to 5", "3 4 5"),
        ("3,4,5", "3 4 5"),
        ("6 7 8", "6 7 8"),
        ("3/4", "3 4"),
        ("3, 3, 2-4", "2 3 4"),
        ("teeth 3, 5-7", "3 5 6 7"),
        ("Teeth #3 - #5 and 7", "3 4 5 7"),
        ("2-4,\t7\r\n", "2 3 4 7"),
        ("14-19", "14 15 16 17 18 19"),
        ("8-10", "8 9 10"),
        ("a", "A"),
        ("A, 3", "3 A"),
        ("51-53", "51 52 53"),
        ("01-04", "1 2 3 4"),
        ("02, 03", "2 3"),
    ],
)
def test_teeth_are_read_in_chart_order(text: str, teeth: str) -> None:
    assert parse_tooth_area(text) == ToothArea(teeth=tuple(teeth.split()))


def test_a_to_t_are_all_primary_teeth_and_1_to_32_all_permanent_ones() -> None:
    assert parse_tooth_area("A-T").teeth == tuple("ABCDEFGHIJKLMNOPQRST")
    assert parse_tooth_area("1-32").teeth == PERMANENT


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("UR", ToothArea(quadrants=("UR",))),
        ("  ur ", ToothArea(quadrants=("UR",))),
        ("Upper Right quad", ToothArea(quadrants=("UR",))),
        ("LR, UR", ToothArea(quadrants=("UR", "LR"))),
        ("UL/LL", ToothArea(quadrants=("UL", "LL"))),
        ("UA", ToothArea(arches=("UA",))),
        ("UA,LA", ToothArea(arches=ARCHES)),
        ("01", ToothArea(arches=("UA",))),
        ("02", ToothArea(arches=("LA",))),
        ("maxillary arch", ToothArea(arches=("UA",))),
        ("Max Left", ToothArea(quadrants=("UL",))),
        ("mandible", ToothArea(arches=("LA",))),
        ("00", ToothArea(mouth=True)),
        ("FM", ToothArea(mouth=True)),
        ("full mouth", ToothArea(mouth=True)),
        ("UR, 14", ToothArea(teeth=("14",), quadrants=("UR",))),
        (None, ToothArea()),
        ("", ToothArea()),
        ("  \t", ToothArea()),
        ("N/A", ToothArea()),
        ("none", ToothArea()),
    ],
)
def test_quadrants_arches_and_the_mouth_are_read(text: str | None, area: ToothArea) -> None:
    assert parse_tooth_area(text) == area


@pytest.mark.parametrize(
    "text",
    [
        "33",
        "40",
        "1-33",
        "A-5",
        "32-1",
        "3.5",
        "14.0",
        "14 MOD",
        "3 B",
        "UR 3",
        "L/R",
        "R L",
        "A & B",
        "foo",
        "3, foo",
        "5-Mar",
        "³",
        "3²",
        "1⁄2",
        ",",
        "-3",
        "3-",
        "3--5",
        "see chart",
        "UR-LR",
    ],
)
def test_what_may_mean_something_else_is_left_to_the_raw_text(text: str) -> None:
    assert parse_tooth_area(text) == NOT_UNDERSTOOD
    assert tooth_area_text(parse_tooth_area(text)) == ""


def test_numeric_quadrants_are_read_only_where_the_practice_writes_them() -> None:
    assert parse_tooth_area("10, 20").teeth == ("10", "20")
    assert parse_tooth_area("10, 20", numeric_quadrants=True) == ToothArea(quadrants=("UR", "UL"))
    assert parse_tooth_area("40", numeric_quadrants=True) == ToothArea(quadrants=("LR",))
    assert parse_tooth_area("11", numeric_quadrants=True) == ToothArea(teeth=("11",))
    assert parse_tooth_area("8-10", numeric_quadrants=True).teeth == ("8", "9", "10")


def test_a_sextant_is_not_taken_for_a_tooth() -> None:
    assert parse_tooth_area("05", numeric_quadrants=True) == NOT_UNDERSTOOD
    assert parse_tooth_area("05").teeth == ("5",)


@pytest.mark.parametrize(
    ("text", "notation", "teeth"),
    [
        ("18", "fdi", "1"),
        ("18-15", "fdi", "1 2 3 4"),
        ("15-18", "fdi", "1 2 3 4"),
        ("11-21", "fdi", "8 9"),
        ("55-51", "fdi", "A B C D E"),
        ("16, 26", "fdi", "3 14"),
        ("UR8-UR5", "palmer", "1 2 3 4"),
        ("UR 8", "palmer", "1"),
        ("8┘", "palmer", "1"),
    ],
)
def test_other_notations_become_universal(text: str, notation: Notation, teeth: str) -> None:
    assert parse_tooth_area(text, notation).teeth == tuple(teeth.split())


def test_in_fdi_a_range_stays_in_its_arch_and_10_is_always_a_quadrant() -> None:
    assert parse_tooth_area("18-48", "fdi") == NOT_UNDERSTOOD
    assert parse_tooth_area("19", "fdi") == NOT_UNDERSTOOD
    assert parse_tooth_area("10", "fdi") == ToothArea(quadrants=("UR",))


def test_every_area_of_the_reference_practice_is_understood_but_a_lone_40() -> None:
    """It writes 30 for tooth 30 and for the lower left quadrant, which no setting can tell apart."""
    areas = {text for procedure in PROCEDURES for text in procedure.areas}
    assert {text for text in areas if not parse_tooth_area(text).is_understood} == {"40"}
    assert all(parse_tooth_area(text, numeric_quadrants=True).is_understood for text in areas)


def test_the_canonical_text_joins_three_neighbours_and_more() -> None:
    area = ToothArea(teeth=("3", "4", "5", "14", "15", "B"), quadrants=("UR",), arches=("LA",), mouth=True)
    assert tooth_area_text(area) == "FM, LA, UR, 3-5, 14, 15, B"
