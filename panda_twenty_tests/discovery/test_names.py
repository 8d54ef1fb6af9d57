"""Names of columns as people write them: prefixes, abbreviations, runs of letters."""

from __future__ import annotations

import pytest

from panda_twenty.panda.discovery.names import (
    abbreviation_quality,
    phrase_score,
    shared_prefix,
    without_prefix,
    words_of,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("strFirstName", ("first", "name")),
        ("FNAME", ("first", "name")),
        ("LName", ("last", "name")),
        ("pat_dob", ("patient", "birth", "date")),
        ("dtmDOB", ("birth", "date")),
        ("HmPhone", ("home", "phone")),
        ("AptDateTime", ("appointment", "date", "time")),
        ("SecDateTEdit", ("sec", "date", "time", "edit")),
        ("fkProvider", ("provider",)),
        ("HbA1c", ("hba1c",)),
        ("A1C", ("hba1c",)),
        ("birthdate", ("birth", "date")),
        ("Addressee", ("addressee",)),
        ("Extra Fields", ("extra", "field")),
        ("Offices", ("office",)),
        ("EX_D", ("exam", "date")),
        ("FEE_A", ("fee", "amount")),
        ("NT_T", ("note", "text")),
        ("TNM", ("t", "name")),
        ("CTYPE", ("c", "type")),
        ("EXID", ("exam", "id")),
        ("DTC", ("dtc",)),
        ("Geburtsdatum", ("birth", "date")),
        ("KarteiNr", ("chart", "number")),
        ("Leistungstext", ("procedure", "description")),
    ],
)
def test_a_name_is_read_as_its_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_an_abbreviation_gives_every_word_its_first_letter() -> None:
    assert abbreviation_quality("fnm", ("first", "name")) > 0.6
    assert abbreviation_quality("fnm", ("last", "name")) == 0
    assert abbreviation_quality("xtn", ("extent",)) > 0.4
    assert abbreviation_quality("fn", ("first", "name")) < abbreviation_quality("fstnm", ("first", "name"))


def test_words_that_the_table_says_already_neither_help_nor_harm() -> None:
    phrases = ((("status",), 1.0),)
    assert phrase_score("PatStatus", phrases, frozenset(("patient",))) == 1.0
    assert phrase_score("PatStatus", phrases, frozenset()) < 1.0


def test_a_word_that_says_something_else_costs_more_than_a_neutral_one() -> None:
    phrases = ((("phone",), 1.0),)
    neutral = phrase_score("PhoneNumber", phrases, frozenset())
    other = phrase_score("EmployerPhone", phrases, frozenset())
    assert 0.8 < neutral < 1.0
    assert other < neutral


def test_a_beginning_that_the_whole_table_shares_is_dropped() -> None:
    columns = ["PT_FNM", "PT_LNM", "PT_DOB", "PT_SEX", "PT_ZIP"]
    assert shared_prefix(columns) == "pt"
    assert without_prefix("PT_FNM", "pt") == "FNM"
    assert shared_prefix(["FirstName", "LastName", "City", "Zip"]) == ""


def test_a_beginning_of_a_word_is_read_as_the_word_that_is_looked_for() -> None:
    wanted = ((("preventive", "percent"), 1.0),)
    assert phrase_score("PREV_PCT", wanted, frozenset()) > 0.85
    assert phrase_score("PREV_DT", wanted, frozenset()) < 0.5


def test_columns_of_six_sites_are_no_prefix_of_their_table() -> None:
    sites = [f"val_{site}" for site in ("db", "b", "mb", "dl", "l", "ml")]
    assert shared_prefix([*sites, "exam_id", "tooth_number", "metric", "tooth_value"]) == ""


def test_a_prefix_is_not_cut_through_a_word() -> None:
    assert shared_prefix(["PAT_FIRST", "PAT_FAX", "PAT_FEE", "PAT_FILE", "PAT_ST"]) == "pat"


def test_one_letter_is_a_prefix_where_all_columns_have_it() -> None:
    assert shared_prefix(["PID", "PLST", "PFST"]) == "p"
    assert shared_prefix(["XID", "XPAT", "XDATE", "XKIND", "XBASE", "Sex"]) == "x"
    assert shared_prefix(["PID", "PLST", "FEE"]) == ""


def test_a_letter_after_a_telephone_says_whose_it_is() -> None:
    assert [set(words_of(name)) for name in ("TEL_H", "PHN_W", "TEL_C")] == [
        {"phone", "home"},
        {"phone", "work"},
        {"phone", "mobile"},
    ]


def test_a_single_letter_before_a_kind_may_be_the_word_that_it_shortens() -> None:
    case_type, city = ((("case", "type"), 1.0),), ((("city",), 1.0),)
    assert phrase_score("CTYP", case_type, frozenset()) > 0.6
    assert phrase_score("CTYP", city, frozenset()) < 0.3


def test_the_last_letters_may_be_a_known_abbreviation() -> None:
    assert abbreviation_quality("gno", ("group", "number")) > 0.6
    assert abbreviation_quality("gxo", ("group", "number")) == 0
