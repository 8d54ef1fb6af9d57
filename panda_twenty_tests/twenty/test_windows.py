"""Windows of records: they span ranges, and a record that stands in two of them is seen in both."""

from __future__ import annotations

from collections.abc import Iterator

from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.windows import WINDOW, Windows


def record(key: str) -> Record:
    return Record("person_patient", "person", "patient", key, f"id-{key}", {})


def test_a_window_holds_records_of_several_ranges() -> None:
    read = [(f"range-{number % 7}", record(str(number))) for number in range(WINDOW + 1)]
    found = list(Windows(sorted(read, key=lambda each: each[0])))
    assert [len(each.records) for each in found] == [WINDOW, 1]
    assert len(set(found[0].ranges)) == 7


def test_a_record_that_was_moved_between_ranges_begins_a_window() -> None:
    read = [
        ("a", record("1")),
        ("a", record("2")),
        ("b", record("3")),
        ("b", record("1")),
        ("b", record("4")),
    ]
    assert [[each.source_key for each in window.records] for window in Windows(read)] == [
        ["1", "2", "3"],
        ["1", "4"],
    ]


def test_rows_with_one_key_come_in_one_window_unless_they_fill_it() -> None:
    read = [("a", record(key)) for key in ["1", "2", "2", "2", "3", *["4"] * 7, "", "", "", ""]]
    assert [[each.source_key for each in window.records] for window in Windows(read, 2)] == [
        ["1", "2", "2", "2"],
        ["3", "4", "4", "4"],
        ["4", "4", "4", "4"],
        ["", ""],
        ["", ""],
    ]


def test_what_was_read_ahead_is_the_next_window() -> None:
    told: list[str] = []

    def reading() -> Iterator[tuple[str, Record]]:
        for key in "1234567":
            told.append(key)
            yield "a", record(key)

    windows = Windows(reading(), 3, first=2)
    assert [each.source_key for each in next(windows).records] == ["1", "2"]
    assert windows.read_ahead()
    assert windows.read_ahead()
    assert told == ["1", "2", "3", "4", "5"]
    assert not windows.read_ahead(), "no further than one beyond the window"
    assert not windows.read_ahead()
    assert told == ["1", "2", "3", "4", "5", "6"]
    assert [[each.source_key for each in window.records] for window in windows] == [
        ["3", "4", "5"],
        ["6", "7"],
    ]
    assert not windows.read_ahead()
