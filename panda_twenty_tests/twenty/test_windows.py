"""Windows of records: they span ranges, and a record that stands in two of them is seen in both."""

from __future__ import annotations

from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.windows import WINDOW, windows


def record(key: str) -> Record:
    return Record("person_patient", "person", "patient", key, f"id-{key}", {})


def test_a_window_holds_records_of_several_ranges() -> None:
    read = [(f"range-{number % 7}", record(str(number))) for number in range(WINDOW + 1)]
    found = list(windows(sorted(read, key=lambda each: each[0])))
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
    assert [[each.source_key for each in window.records] for window in windows(read)] == [
        ["1", "2", "3"],
        ["1", "4"],
    ]
