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


class Windows(Iterator[Window]):
    """Windows span ranges: what they ask Twenty costs a call each. One holds no record of two ranges.

    Rows with one key, of which nobody knows which is right, are neighbours and come in one window, unless
    they fill it alone. The first window may be smaller, so that there is something to send soon.
    """

    def __init__(
        self, records: Iterable[tuple[str, Record]], size: int = WINDOW, first: int | None = None
    ) -> None:
        self._records = iter(records)
        self._size = size
        self._room = first or size
        self._window = Window()
        self._range_of: dict[str, str] = {}
        self._file_bytes = 0
        self._beyond: tuple[str, Record] | None = None
        """The first record of the window after this one."""

    def __next__(self) -> Window:
        while self.read_ahead():
            pass
        window = self._window
        if not window.records:
            raise StopIteration
        self._window, self._range_of, self._file_bytes, self._room = Window(), {}, 0, self._size
        if self._beyond is not None:
            self._add(*self._beyond)
            self._beyond = None
        return window

    def read_ahead(self) -> bool:
        """Read one more record of the next window; False if that is complete."""
        if self._beyond is not None:
            return False
        following = next(self._records, None)
        if following is None:
            return False
        range_key, record = following
        # A record that was moved while the ranges were read stands in two of them.
        was_moved = self._range_of.get(record.source_key, range_key) != range_key
        if was_moved or (self._is_full(1) and not self._belongs_to_the_last(record)) or self._is_full(2):
            self._beyond = following
            return False
        self._add(range_key, record)
        return True

    def _is_full(self, times: int) -> bool:
        return (
            len(self._window.records) >= times * self._room
            or self._file_bytes > times * FILE_BYTES_PER_WINDOW
        )

    def _belongs_to_the_last(self, record: Record) -> bool:
        return record.source_key != "" and record.source_key == self._window.records[-1].source_key

    def _add(self, range_key: str, record: Record) -> None:
        self._window.add(range_key, record)
        self._range_of[record.source_key] = range_key
        if record.files:
            self._file_bytes += sum([len(file.content) for file in record.files.values()])


def kept_windows(kept: WaitingRecords, size: int = WINDOW) -> Windows:
    """The same for records that were put aside."""
    return Windows(((key, record) for key, records in kept.windows(size) for record in records), size)
