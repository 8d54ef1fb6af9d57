"""A column reads as its values do one by one, whatever stands in it and in whatever company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.panda import column_readers
from panda_twenty.panda.column_readers import column_reader
from panda_twenty.panda.entities import Attribute, Kind
from panda_twenty.panda.problems import Fault
from panda_twenty.panda.profile import AttributeSource
from panda_twenty.panda.values import reader_for

CHICAGO = ZoneInfo("America/Chicago")

ODD: Sequence[Any] = (
    *("", " ", "x", "F", "f ", " F", "Ann  ", "yes", "No", "1", "0", "1.0", "-0", "$ 1,234.50", "1e5", "99"),
    *(
        "2024-03-10",
        " 2024-03-10",
        "2024-03-10 02:30:00",
        "2024-11-03T01:30:00.500",
        "20240310",
        "2024-02-30",
    ),
    *("2024-07-01T08:00:00+02:00", "2024-07-01T08:00:00Z", "0001-01-01", "9999-12-31T23:59:59", "1900-01-01"),
    *(0, 1, -1, 7, 99, 2**53 + 1, 2**63, -(2**63), 10**30, True, False),
    *(0.0, -0.0, 1.0, 7.5, 1e23, float("nan"), float("inf")),
    *(Decimal(0), Decimal("1.00"), Decimal("7.50"), Decimal("1E+5"), Decimal("NaN"), Decimal("1e-9")),
    *(date(2024, 3, 10), date(1900, 1, 1), date.max, time(8, 30)),
    *(datetime(2024, 3, 10, 2, 30), datetime(2024, 11, 3, 1, 30), datetime.min, datetime.max),
    # The same instant, on two days.
    *(datetime(2024, 7, 2, 1, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 7, 1, 23, tzinfo=UTC)),
    *(datetime(2024, 7, 1, 8, fold=1), b"", b"\x00", b"\x01", b"caf\xe9"),
)
SOURCES: Sequence[tuple[Kind, dict[str, Any]]] = (
    *((kind, {}) for kind in Kind if kind is not Kind.TEETH),
    *((kind, {"blank": ["1900-01-01", "99", "x"]}) for kind in Kind if kind is not Kind.TEETH),
    (Kind.TEXT, {"trim": True}),
    (Kind.TEXT, {"part": "last"}),
    (Kind.CODE, {"codes": {"F": "FEMALE", "1": "MALE"}}),
    (Kind.BOOLEAN, {"codes": {"F": "true", "1": "false"}}),
    (Kind.DATE, {"format": "%Y%m%d"}),
    (Kind.MOMENT, {"format": "%Y%m%d"}),
    (Kind.MOMENT, {"zone": "UTC"}),
    (Kind.MOMENT, {"zone": "America/Chicago"}),
)


TYPES = {type(each) for each in ODD}
COLUMNS = [
    st.lists(st.none() | st.sampled_from(among), min_size=1, max_size=8)
    for among in (ODD, *([each for each in ODD if type(each) is kind] for kind in sorted(TYPES, key=repr)))
]
"""Columns of anything, and columns of one type."""


def exactly(values: Sequence[Any]) -> list[tuple[type, str]]:
    """Values with their types: 1, 1.0 and True are told apart, and so are two moments of one instant."""
    return [(type(value), value.code if isinstance(value, Fault) else repr(value)) for value in values]


@pytest.mark.parametrize(("kind", "more"), SOURCES, ids=str)
@given(columns=st.lists(st.one_of(COLUMNS), min_size=1, max_size=4))
def test_a_column_reads_as_its_values_do(kind: Kind, more: dict[str, Any], columns: list[list[Any]]) -> None:
    attribute = Attribute("a", kind, "", ("FEMALE", "MALE"))
    source = AttributeSource(column="C", **more)
    one_by_one = reader_for(attribute, source, CHICAGO)
    # One reader reads all of them, as it does the chunks of a long table.
    read = column_reader(attribute, source, CHICAGO)
    for column in columns:
        if kind is Kind.BYTES:
            column = [raw for raw in column if raw is None or isinstance(raw, str | bytes)] or [None]
        assert exactly(read(tuple(column))) == exactly([one_by_one(raw) for raw in column])


def test_more_different_values_than_are_remembered_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_readers, "MOST_REMEMBERED", 3)
    read = column_reader(Attribute("a", Kind.DECIMAL, ""), AttributeSource(column="C"), CHICAGO)
    texts = [None, "1.50", "2.50", "3.50", "1.50", None, "4.50", "1.50"]
    assert read(texts) == [None if text is None else Decimal(text) for text in texts]
