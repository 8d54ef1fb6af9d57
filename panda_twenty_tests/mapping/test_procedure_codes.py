from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping import procedure_codes
from panda_twenty.mapping.procedure_codes import (
    KEYS_SHOWN,
    CodedProcedure,
    CodeStatus,
    code_mismatches,
    code_number,
    code_status,
    procedure_group,
)
from panda_twenty.sandbox.practice.procedures import PROCEDURES


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("D4341", "CURRENT"),
        (" d4341 ", "CURRENT"),
        ("D4341UR", "SUFFIXED"),
        ("D4341 UR", "SUFFIXED"),
        ("D4341-1", "SUFFIXED"),
        ("D6011.1", "SUFFIXED"),
        ("D4320", "RETIRED"),
        ("D4271", "RETIRED"),
        ("D7960", "RETIRED"),
        ("D4320UR", "RETIRED"),
        ("PERIO1", "LOCAL"),
        ("4341", "LOCAL"),
        ("D43411", "LOCAL"),
        ("D434", "LOCAL"),
        ("DD4341", "LOCAL"),
        ("D４３４１", "LOCAL"),
        ("D4341 see note", "LOCAL"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_a_code_is_flagged_by_how_it_looks(code: str | None, status: CodeStatus | None) -> None:
    assert code_status(code) == status


def test_a_practice_can_bring_its_own_list_of_retired_numbers() -> None:
    assert code_status("D1110", retired={"D1110"}) == "RETIRED"
    assert code_status("D4320", retired=()) == "CURRENT"


@pytest.mark.parametrize(
    ("code", "number"), [("D4341UR", "D4341"), ("d6011.1", "D6011"), ("PERIO1", None), (None, None)]
)
def test_the_number_stands_without_the_suffix(code: str | None, number: str | None) -> None:
    assert code_number(code) == number


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("D0180", "EVALUATION"),
        ("D0366", "IMAGING"),
        ("D4260", "PERIO_SURGICAL"),
        ("D4277", "PERIO_SURGICAL"),
        ("D4341LL", "PERIO_NONSURGICAL"),
        ("D4320", "PERIO_NONSURGICAL"),
        ("D4910", "PERIO_OTHER"),
        ("D6010", "IMPLANT"),
        ("D7953", "EXTRACTION_AND_BONE"),
        ("D9243", "SEDATION"),
        ("D9987", "ADMINISTRATIVE"),
        ("D2740", None),
        ("PERIO1", None),
        (None, None),
    ],
)
def test_a_number_belongs_to_a_group_of_our_own(code: str | None, group: str | None) -> None:
    assert procedure_group(code) == group


def test_every_ada_code_of_the_reference_practice_has_a_status_and_a_group() -> None:
    codes = [each.ada_code for each in PROCEDURES if each.ada_code]
    assert all(code_status(code) in ("CURRENT", "RETIRED") for code in codes)
    assert all(procedure_group(code) for code in codes)


def test_the_module_holds_numbers_and_none_of_the_ada_wording() -> None:
    source = Path(procedure_codes.__file__).read_text()
    for word in ("scaling", "prophylaxis", "osseous", "gingivectomy", "radiographic image", "by report"):
        assert not re.search(word, source, re.IGNORECASE)


def row(key: str, pms: str | None, ada: str | None = None, letter: str | None = None) -> CodedProcedure:
    return CodedProcedure(key, pms, ada, "clinical words", letter)


def test_one_pms_code_beside_two_ada_codes_is_reported_with_both() -> None:
    found = code_mismatches([row("1", "SRP", "D4341"), row("2", "srp ", "D4342"), row("3", "SRP", "D4341")])
    assert [(each.kind, each.values, each.keys) for each in found] == [
        ("SEVERAL_ADA_CODES", (("D4341", 2), ("D4342", 1)), ("1", "2", "3"))
    ]


def test_letter_wording_that_differs_is_reported_as_stored() -> None:
    found = code_mismatches(
        [
            row("1", "D4341", "D4341", "deep cleaning"),
            row("2", "D4341", "D4341", "Deep  cleaning"),
            row("3", "D4341", "D4341", "root cleaning"),
            row("4", "D4341", "D4341", None),
        ]
    )
    assert [each.kind for each in found] == ["SEVERAL_LETTER_TEXTS"]
    assert found[0].values == (("Deep  cleaning", 2), ("root cleaning", 1))
    assert "cleaning" not in found[0].sentence


def test_a_difference_in_case_and_blanks_alone_is_none() -> None:
    assert code_mismatches([row("1", "D4341", "D4341", "a b"), row("2", "d4341", "d4341 ", "A  B")]) == []


def test_a_letter_text_without_any_code_is_reported_once_for_all() -> None:
    found = code_mismatches(
        [
            row("1", None, None, "a talk"),
            row("2", " ", "", "a talk"),
            row("3", None, "D0180", "x"),
            row("4", None),
        ]
    )
    assert [(each.kind, each.values, each.keys) for each in found] == [
        ("LETTER_TEXT_WITHOUT_CODE", (("a talk", 2),), ("1", "2"))
    ]


def test_a_code_that_the_code_list_lacks_is_reported_only_where_there_is_a_list() -> None:
    rows = [row("1", "D4341"), row("2", "OLD7"), row("3", "old7")]
    assert code_mismatches(rows) == []
    found = code_mismatches(rows, code_list=["d4341"])
    assert [(each.kind, each.pms_code, each.rows) for each in found] == [("NOT_IN_CODE_LIST", "OLD7", 2)]


def test_the_four_facts_stay_what_they_were() -> None:
    rows = [row("1", "D4341UR", None, "x"), row("2", "D4341UR", "D4341", "y")]
    before = list(rows)
    code_mismatches(rows)
    assert rows == before


def test_a_mismatch_of_many_rows_shows_a_few_keys_and_the_full_count() -> None:
    found = code_mismatches(row(str(key), "X", None, f"text {key % 2}") for key in range(5_000))
    assert found[0].rows == 5_000
    assert found[0].keys == tuple(str(key) for key in range(KEYS_SHOWN))


codes = st.sampled_from(["D4341", "d4341", "SRP", "PERIO1", "", None])
texts = st.sampled_from(["deep cleaning", "Deep cleaning", "root cleaning", "", None])


@given(st.lists(st.tuples(codes, codes, texts), max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    facts: list[tuple[str | None, str | None, str | None]], shuffler: random.Random
) -> None:
    rows = [row(str(place), *fact) for place, fact in enumerate(facts)]
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    assert code_mismatches(rows, ["SRP"]) == code_mismatches(shuffled, ["SRP"])
