from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.panda.tooth_notation import TOOTH_ORDER, Notation, from_universal, to_universal

NOTATIONS: tuple[Notation, ...] = ("universal", "fdi", "palmer")


@given(st.sampled_from(sorted(TOOTH_ORDER)), st.sampled_from(NOTATIONS))
def test_every_tooth_survives_the_way_through_every_notation(tooth: str, notation: Notation) -> None:
    assert to_universal(from_universal(tooth, notation), notation) == tooth


@pytest.mark.parametrize("notation", NOTATIONS)
def test_no_two_teeth_share_a_name(notation: Notation) -> None:
    assert len({from_universal(tooth, notation) for tooth in TOOTH_ORDER}) == len(TOOTH_ORDER) == 104


@pytest.mark.parametrize(
    ("universal", "fdi", "palmer"),
    [
        ("1", "18", "UR8"),
        ("8", "11", "UR1"),
        ("9", "21", "UL1"),
        ("16", "28", "UL8"),
        ("17", "38", "LL8"),
        ("24", "31", "LL1"),
        ("25", "41", "LR1"),
        ("32", "48", "LR8"),
        ("A", "55", "URE"),
        ("E", "51", "URA"),
        ("F", "61", "ULA"),
        ("K", "75", "LLE"),
        ("T", "85", "LRE"),
        ("51", "18S", "UR8S"),
        ("82", "48S", "LR8S"),
        ("AS", "55S", "URES"),
    ],
)
def test_known_teeth_are_where_they_belong(universal: str, fdi: str, palmer: str) -> None:
    assert from_universal(universal, "fdi") == fdi
    assert from_universal(universal, "palmer") == palmer


@pytest.mark.parametrize(
    ("text", "notation", "universal"),
    [
        ("#3", "universal", "3"),
        ("03", "universal", "3"),
        ("a", "universal", "A"),
        ("1.8", "fdi", "1"),
        ("1-8", "fdi", "1"),
        ("8UR", "palmer", "1"),
        ("ur-8", "palmer", "1"),
        ("8┘", "palmer", "1"),
        ("└1", "palmer", "9"),
        ("11", "universal", "11"),
        ("11", "fdi", "8"),
    ],
)
def test_usual_spellings_are_understood(text: str, notation: Notation, universal: str) -> None:
    assert to_universal(text, notation) == universal


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("0", "universal"),
        ("33", "universal"),
        ("1.0", "universal"),
        ("-1", "universal"),
        ("U", "universal"),
        ("19", "fdi"),
        ("56", "fdi"),
        ("UR9", "palmer"),
        ("8", "palmer"),
        ("", "fdi"),
    ],
)
def test_a_tooth_that_the_notation_lacks_is_none(text: str, notation: Notation) -> None:
    assert to_universal(text, notation) is None
