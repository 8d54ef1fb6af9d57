"""What values look like, and which columns hold Social Security numbers whatever they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from panda_twenty.mapping.proposal.evidence import is_social_security
from panda_twenty.panda.discovery.catalogue import CatalogueColumn, broad_type
from panda_twenty.panda.discovery.facts import ColumnFacts
from panda_twenty.panda.discovery.patterns import date_of, npi_is_sound
from panda_twenty.panda.discovery.profiling import column_facts


def facts(name: str, values: Sequence[Any], declared: str = "nvarchar(40)") -> ColumnFacts:
    return column_facts(CatalogueColumn(name, declared, broad_type(declared), True), values)


def test_dates_are_told_apart_by_the_way_they_are_written() -> None:
    assert date_of("2024-02-29T10:00:00") is not None
    written = ("02/29/2024", "29/02/2024", "29.02.2024", "20240229")
    assert [found[0] for text in written if (found := date_of(text))] == ["us", "day_first", "dotted", "bare"]
    assert date_of("31.02.2024") is None
    assert date_of("2024-02-30") is None
    assert date_of("512-555-0119") is None


def test_an_npi_is_ten_digits_with_the_right_check_digit() -> None:
    assert npi_is_sound("1234567893")
    assert not npi_is_sound("1234567890")


@pytest.mark.parametrize("name", ["SSN", "SocSec", "TaxNo", "Fld17"])
def test_social_security_numbers_are_known_by_name_or_by_their_shape(name: str) -> None:
    dashed = [f"900-{place:02}-{1000 + place}" for place in range(1, 40)]
    bare = [f"9{place:08}" for place in range(1, 40)]
    assert is_social_security(facts(name, dashed))
    assert is_social_security(facts(name, bare))


@pytest.mark.parametrize("name", ["HomePhone", "ZipCode", "PolicyNo", "LicenseNo"])
def test_nine_digits_under_the_name_of_something_else_are_no_social_security_numbers(name: str) -> None:
    assert not is_social_security(facts(name, [f"5{place:08}" for place in range(1, 40)]))


def test_a_code_column_keeps_its_codes_and_a_name_column_keeps_nothing() -> None:
    codes = facts("Status", ["A"] * 30 + ["I"] * 9 + [None] * 3)
    assert dict(codes.codes) == {"A": 30, "I": 9}
    names = facts("LastName", [f"Quill{place}" for place in range(60)])
    assert not names.codes
    assert "Quill" not in repr(names)


def test_blank_dates_are_seen_as_such() -> None:
    found = facts("BirthDate", ["1900-01-01"] * 5 + ["1961-10-05"] * 20, "date")
    assert 0.15 < found.share("blank_date") < 0.25
