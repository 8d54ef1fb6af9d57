from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.panda.entities import Attribute, Kind
from panda_twenty.panda.problems import Fault
from panda_twenty.panda.profile import AttributeSource
from panda_twenty.panda.values import exact_decimal, in_zone, reader_for, reader_of_day_and_time

CHICAGO = ZoneInfo("America/Chicago")


def read(kind: Kind, raw: Any, *, codes: tuple[str, ...] = (), **source: Any) -> Any:
    value = reader_for(Attribute("a", kind, "", codes), AttributeSource(column="C", **source), CHICAGO)(raw)
    return value.code if isinstance(value, Fault) else value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  Ann\t \r\n  ", "  Ann\t \r\n"),
        ("", None),
        ("   ", None),
        (7.0, "7"),
        (b"caf\xe9", "café"),
        (True, "1"),
    ],
)
def test_text_loses_trailing_blanks_and_nothing_else(raw: Any, text: str | None) -> None:
    assert read(Kind.TEXT, raw) == text


def test_text_is_trimmed_on_both_sides_only_when_the_profile_says_so() -> None:
    assert read(Kind.TEXT, " \tAnn \n", trim=True) == "Ann"


@pytest.mark.parametrize(
    ("raw", "key"),
    [(7, "7"), ("7 ", "7"), (7.0, "7"), ("7.0", "7"), (Decimal("7.00"), "7"), ("A.0", "A.0"), ("", None)],
)
def test_a_key_is_the_same_text_however_the_driver_gives_it(raw: Any, key: str | None) -> None:
    assert read(Kind.KEY, raw) == key


@pytest.mark.parametrize(
    ("raw", "value"),
    [("F", "FEMALE"), ("f ", "FEMALE"), (1, "MALE"), (True, "MALE"), (" ", None), ("Q", "unknown_code")],
)
def test_codes_are_translated_and_unknown_ones_reported(raw: Any, value: str | None) -> None:
    codes = {"F": "FEMALE", "1": "MALE"}
    reader = reader_for(
        Attribute("a", Kind.CODE, "", ("FEMALE", "MALE")), AttributeSource(column="C", codes=codes), CHICAGO
    )
    found = reader(raw)
    assert (found.code if isinstance(found, Fault) else found) == value


def test_without_a_code_list_our_own_codes_stand_for_themselves() -> None:
    assert read(Kind.CODE, "ii", codes=("I", "II")) == "II"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (5, 5),
        ("5", 5),
        ("5.0", 5),
        (5.0, 5),
        (Decimal("5.00"), 5),
        ("5.5", "unreadable_number"),
        ("many", "unreadable_number"),
        (2**63, "unreadable_number"),
        ("1e30", "unreadable_number"),
        ("", None),
    ],
)
def test_whole_numbers(raw: Any, value: Any) -> None:
    assert read(Kind.INTEGER, raw) == value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (10.5, "10.5"),
        ("10.50", "10.5"),
        (Decimal("100.00"), "100"),
        ("$1,234.50", "1234.5"),
        (0.1, "0.1"),
        (Decimal("-0.00"), "0"),
        ("12345678901234567890.123456789012345", "12345678901234567890.123456789012345"),
    ],
)
def test_decimals_are_exact_and_look_the_same_from_every_driver(raw: Any, text: str) -> None:
    assert str(read(Kind.DECIMAL, raw)) == text


@pytest.mark.parametrize("raw", ["NaN", "Infinity", float("nan"), "1,5", "ten"])
def test_what_is_no_number_is_reported(raw: Any) -> None:
    assert read(Kind.DECIMAL, raw) == "unreadable_number"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**13), max_value=10**13))
def test_making_a_decimal_exact_changes_only_its_looks(number: Decimal) -> None:
    assert exact_decimal(number) == number
    assert "E" not in str(exact_decimal(number))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (1, True),
        (0, False),
        (True, True),
        ("Y", True),
        ("no", False),
        (b"\x01", True),
        ("", None),
        ("maybe", "unreadable_boolean"),
    ],
)
def test_yes_and_no(raw: Any, value: Any) -> None:
    assert read(Kind.BOOLEAN, raw) == value


def test_yes_and_no_in_the_practices_own_words() -> None:
    source = AttributeSource(column="C", codes={"J": "true", "N": "false"})
    reader = reader_for(Attribute("a", Kind.BOOLEAN, ""), source, CHICAGO)
    assert (reader("J"), reader("n")) == (True, False)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29T00:00:00.000", date(2024, 2, 29)),
        (datetime(2024, 2, 29, 5), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2024, 2, 29)),
        ("02/29/2024", "unreadable_date"),
        ("2023-02-29", "unreadable_date"),
        ("", None),
    ],
)
def test_days(raw: Any, value: Any) -> None:
    assert read(Kind.DATE, raw) == value


def test_a_day_in_the_practices_own_spelling() -> None:
    assert read(Kind.DATE, "02/29/2024", format="%m/%d/%Y") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "raw", ["1900-01-01", "1900-01-01T00:00:00.000", date(1900, 1, 1), datetime(1900, 1, 1), "0000-00-00"]
)
def test_sentinel_days_mean_nothing(raw: Any) -> None:
    assert read(Kind.DATE, raw, blank=("1900-01-01", "0000-00-00")) is None


def test_a_real_moment_on_a_sentinel_day_is_no_sentinel() -> None:
    assert read(Kind.MOMENT, "1900-01-01T08:15:00", blank=("1900-01-01",)) is not None


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2024-07-01T08:00:00.997", datetime(2024, 7, 1, 13, 0, 0, 997000, UTC)),
        ("2024-01-01 08:00:00", datetime(2024, 1, 1, 14, tzinfo=UTC)),
        (datetime(2024, 1, 1, 8), datetime(2024, 1, 1, 14, tzinfo=UTC)),
        # The hour that happens twice: the first of the two.
        ("2024-11-03T01:30:00", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)),
        # The hour that never happens moves forward.
        ("2024-03-10T02:30:00", datetime(2024, 3, 10, 8, 30, tzinfo=UTC)),
        ("2024-01-01T08:00:00.1234567-05:00", datetime(2024, 1, 1, 13, 0, 0, 123456, UTC)),
        (datetime(2024, 1, 1, 8, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 1, 1, 6, tzinfo=UTC)),
    ],
)
def test_moments_are_placed_in_the_practices_time_zone(raw: Any, utc: datetime) -> None:
    found = read(Kind.MOMENT, raw)
    assert found.astimezone(UTC) == utc
    assert found.tzinfo is CHICAGO


def test_a_moment_of_another_clock_is_placed_in_the_practices_zone() -> None:
    found = read(Kind.MOMENT, "2024-07-01T13:00:00", zone="UTC")
    assert found == datetime(2024, 7, 1, 8, tzinfo=CHICAGO)
    assert found.tzinfo is CHICAGO


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        (20240701, 1430, datetime(2024, 7, 1, 14, 30)),
        (20240701, 905, datetime(2024, 7, 1, 9, 5)),
        (20240701, 80_500, datetime(2024, 7, 1, 8, 5)),
        ("20240701", "02:30 PM", datetime(2024, 7, 1, 14, 30)),
        ("20240701", "12:05 am", datetime(2024, 7, 1, 0, 5)),
        ("20240701", "14:30:59", datetime(2024, 7, 1, 14, 30, 59)),
        (date(2024, 7, 1), time(7, 45), datetime(2024, 7, 1, 7, 45)),
        (datetime(2024, 7, 1), datetime(1899, 12, 30, 7, 45), datetime(2024, 7, 1, 7, 45)),
        ("20240701", "1899-12-30 07:45:00", datetime(2024, 7, 1, 7, 45)),
        (20240701, None, datetime(2024, 7, 1)),
    ],
)
def test_a_moment_in_two_columns_is_put_together(day: Any, clock: Any, moment: datetime) -> None:
    source = AttributeSource(column="D", time_column="T", format="%Y%m%d")
    assert reader_of_day_and_time(source, CHICAGO)(day, clock) == moment.replace(tzinfo=CHICAGO)


def test_a_day_that_means_nothing_has_no_moment_whatever_the_time_says() -> None:
    source = AttributeSource(column="D", time_column="T", format="%Y%m%d", blank=("0",))
    assert reader_of_day_and_time(source, CHICAGO)(0, 1430) is None
    assert reader_of_day_and_time(source, CHICAGO)(None, 1430) is None


@pytest.mark.parametrize(("day", "clock"), [("soon", 1430), (20240701, 2475), (20240701, "noon")])
def test_a_day_or_a_time_that_cannot_be_read_is_reported(day: Any, clock: Any) -> None:
    source = AttributeSource(column="D", time_column="T", format="%Y%m%d")
    found = reader_of_day_and_time(source, CHICAGO)(day, clock)
    assert isinstance(found, Fault)
    assert found.code == "unreadable_date"


def test_the_hour_that_never_happened_reads_as_the_hour_after() -> None:
    assert read(Kind.MOMENT, "2024-03-10T02:30:00").replace(tzinfo=None) == datetime(2024, 3, 10, 3, 30)


@pytest.mark.parametrize("raw", ["soon", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00"])
def test_moments_that_cannot_be_read_or_placed_are_reported(raw: str) -> None:
    assert read(Kind.MOMENT, raw) == "unreadable_date"


def test_an_empty_file_is_something_else_than_no_file() -> None:
    assert read(Kind.BYTES, b"") == b""
    assert read(Kind.BYTES, None) is None


@pytest.mark.parametrize("name", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])
def test_the_short_way_of_placing_a_local_time_agrees_with_the_long_one(name: str) -> None:
    zone = ZoneInfo(name)
    moment = datetime(2021, 1, 1)
    while moment.year == 2021:
        placed = in_zone(moment, zone)
        expected = moment.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)
        assert (placed.isoformat(), placed.fold, placed.tzinfo) == (
            expected.isoformat(),
            expected.fold,
            expected.tzinfo,
        )
        moment += timedelta(minutes=30)
