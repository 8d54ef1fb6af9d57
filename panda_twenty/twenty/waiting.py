"""Records that wait for another of their own kind, such as an appointment for the one it was moved to."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence

from panda_twenty.twenty.outgoing import Record

BYTES_IN_MEMORY = 16_000_000
"""What waits beyond that lies in a file without a name, which ends with the process."""


class WaitingRecords:
    """Records with their ranges, in the order they came; memory stays flat however many there are."""

    def __init__(self) -> None:
        # Closed when it is forgotten: the file has no name and nobody else can open it.
        self._file = tempfile.SpooledTemporaryFile(max_size=BYTES_IN_MEMORY)  # noqa: SIM115
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, range_key: str, record: Record) -> None:
        pickle.dump((range_key, record), self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def windows(self, size: int) -> Iterator[tuple[str, Sequence[Record]]]:
        """Up to ``size`` records of one range at a time, from the first."""
        self._file.seek(0)
        window: list[Record] = []
        current = ""
        for _ in range(self._count):
            range_key, record = pickle.load(self._file)  # noqa: S301, our own bytes from our own file
            if window and (range_key != current or len(window) == size):
                yield current, window
                window = []
            current = range_key
            window.append(record)
        if window:
            yield current, window
