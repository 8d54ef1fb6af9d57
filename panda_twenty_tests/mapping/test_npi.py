from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.npi import clean_npi, npi_problem


def with_check_digit(nine: str) -> str:
    """CMS's own short way: the Luhn sum of the nine digits, plus the constant 24 for the prefix 80840."""
    doubled = sum(sum(map(int, str(2 * int(digit)))) for digit in nine[::-2])
    total = 24 + doubled + sum(int(digit) for digit in nine[-2::-2])
    return nine + str(-total % 10)


nine_digits = st.from_regex(r"[12][0-9]{8}", fullmatch=True)


def test_the_example_of_cms_is_right() -> None:
    assert with_check_digit("123456789") == "1234567893"
    assert npi_problem("1234567893") is None


@given(nine_digits)
def test_every_number_with_its_check_digit_is_right(nine: str) -> None:
    assert npi_problem(with_check_digit(nine)) is None


@given(nine_digits, st.integers(1, 9), st.integers(1, 9))
def test_any_single_mistyped_digit_is_found(nine: str, place: int, change: int) -> None:
    npi = with_check_digit(nine)
    wrong = str((int(npi[place]) + change) % 10)
    assert npi_problem(npi[:place] + wrong + npi[place + 1 :]) is not None


@pytest.mark.parametrize("text", [None, "", "   ", "\t\r\n"])
def test_an_empty_field_is_no_problem(text: str | None) -> None:
    assert npi_problem(text) is None
    assert clean_npi(text) is None


@pytest.mark.parametrize(
    "text",
    [
        " 1234567893 ",
        "123-456-7893",
        "123 456 7893",
        "123.456.7893",
        "NPI: 1234567893",
        "npi#1234567893",
        "NPI No. 1234567893",
        "808401234567893",
        "1234567893.0",
        "1234‑567‑893",
    ],
)
def test_usual_spellings_come_down_to_ten_digits(text: str) -> None:
    assert clean_npi(text) == "1234567893"
    assert npi_problem(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1234567890", "check digit"),
        ("1234567839", "check digit"),
        ("123456789", "9 digits"),
        ("12345678931", "11 digits"),
        ("3234567893", "begin with 1 or 2"),
        ("0000000000", "begin with 1 or 2"),
        ("12345A7893", "other than digits"),
        ("pending", "other than digits"),
        ("１２３４５６７８９３", "other than digits"),
        ("123456789³", "other than digits"),
    ],
)
def test_what_is_wrong_is_said_without_the_number(text: str, said: str) -> None:
    problem = npi_problem(text)
    assert problem is not None
    assert said in problem
    assert text not in problem


def test_a_text_that_is_no_npi_comes_back_as_it_is() -> None:
    assert clean_npi(" applied for - 2 wks ") == "applied for - 2 wks"


@given(st.text(max_size=30))
def test_no_text_upsets_it(text: str) -> None:
    problem = npi_problem(text)
    assert problem is None or problem.endswith(".")
