"""Windows: records that are looked up together, in the ledger and in Twenty, whatever range they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.waiting import WaitingRecords

WINDOW = 400
"""Records looked up in the ledger together."""

WINDOW_OF_UNIQUE_VALUES = 5_000
"""The same for records with values that Twenty keeps unique: whether they are free costs a call a window."""

FILE_BYTES_PER_WINDOW = 32_000_000
"""Fewer where they bring large files, which are in memory until they are uploaded."""


@dataclass
class Window:
    """Records that are looked up together, and the range that each was read in."""

    records: list[Record] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)

    def add(self, range_key: str, record: Record) -> None:
        self.records.append(record)
        self.ranges.append(range_key)

    def __iter__(self) -> Iterator[tuple[str, Record]]:
        return zip(self.ranges, self.records, strict=True)


def windows(records: Iterable[tuple[str, Record]], size: int = WINDOW) -> Iterator[Window]:
    """Windows span ranges: what they ask Twenty costs a call each. One holds no record twice."""
    window, range_of = Window(), dict[str, str]()
    file_bytes = 0
    for range_key, record in records:
        # A record that was moved while the ranges were read stands in two of them.
        is_moved = range_of.get(record.source_key, range_key) != range_key
        if len(window.records) == size or file_bytes > FILE_BYTES_PER_WINDOW or is_moved:
            yield window
            window, range_of, file_bytes = Window(), {}, 0
        window.add(range_key, record)
        range_of[record.source_key] = range_key
        if record.files:
            file_bytes += sum([len(file.content) for file in record.files.values()])
    if window.records:
        yield window


def kept_windows(kept: WaitingRecords, size: int = WINDOW) -> Iterator[Window]:
    """The same for records that were put aside."""
    return windows(((key, record) for key, records in kept.windows(size) for record in records), size)
