"""Consonants that stand for a word, and signs that stand for the sites of a tooth."""

from __future__ import annotations

import pytest

from panda_twenty.mapping.proposal.chart_names import site_measure
from panda_twenty.panda.discovery.names import phrase_score, shortens
from panda_twenty.panda.discovery.patterns import PATTERNS


@pytest.mark.parametrize(
    ("piece", "word", "does"),
    [
        ("cig", "cigarette", True),
        ("plc", "policy", True),
        ("crr", "carrier", True),
        ("prt", "priority", True),
        ("plc", "place", True),
        ("plc", "carrier", False),
        ("lcp", "policy", False),
        ("xrf", "reference", False),
    ],
)
def test_consonants_in_their_order_shorten_a_word(piece: str, word: str, does: bool) -> None:
    assert shortens(piece, word) is does


def test_words_of_the_table_and_of_the_kind_do_not_hide_what_a_name_says() -> None:
    phrases = ((("type",), 1.0),)
    assert phrase_score("FD_TYP_C", phrases, frozenset(("fd", "type"))) >= 0.85
    assert phrase_score("FD_LBL", phrases, frozenset(("fd", "type"))) < 0.5


@pytest.mark.parametrize(
    ("stem", "measure"),
    [("MRG", "gingival_margin"), ("PLQ", "plaque"), ("PRC", None), ("FEE", None), ("ORD", None)],
)
def test_a_measure_is_told_by_its_consonants(stem: str, measure: str | None) -> None:
    assert site_measure(stem) == measure


@pytest.mark.parametrize("text", ["3 2 4", "-1 * 2", "10 . 3", "3,2,X", "324"])
def test_three_sites_are_a_triplet_with_a_sign_between_them_or_without(text: str) -> None:
    assert PATTERNS["triplet"](text)


@pytest.mark.parametrize("text", ["* * *", "3 2 4 1", "12 Main", "555-1234"])
def test_what_holds_no_three_readings_is_no_triplet(text: str) -> None:
    assert not PATTERNS["triplet"](text)


@pytest.mark.parametrize(
    ("text", "are"), [("+ - +", True), ("1,0,0,0,1,0", True), ("+-", False), ("ab", False)]
)
def test_signs_for_three_or_six_sites_are_marks(text: str, are: bool) -> None:
    assert PATTERNS["marks"](text) is are
