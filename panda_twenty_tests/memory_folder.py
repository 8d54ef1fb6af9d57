"""A folder that lies in memory where there is room for it.

The ledger is flushed to the disk at every commit: on a slow disk that would be most of what a test waits for
and all that a benchmark measures.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from panda_twenty_tests.machine import spare_megabytes

_MEMORY = Path("/dev/shm")  # noqa: S108, the folder made in it has a name of its own
_BESIDE_MEGABYTES = 1_000
"""What the processes that work in the folder take of the same memory."""


class NoRoom(Exception):
    """Neither memory nor the disk has the room that is needed; the message says what to do."""


@contextmanager
def folder_in_memory(megabytes: int = 500, *, required: bool = False) -> Iterator[Path]:
    """An empty folder for as long as the block lasts, on disk where memory has not so much to spare.

    Containers often have 64 MB there. Raises NoRoom where the disk has not so much either and it is
    ``required``.
    """
    has_room = (
        os.access(_MEMORY, os.W_OK)
        and _free_megabytes(_MEMORY) > megabytes
        and spare_megabytes() > megabytes + _BESIDE_MEGABYTES
    )
    disk = Path(tempfile.gettempdir())
    if required and not has_room and _free_megabytes(disk) < megabytes:
        raise NoRoom(
            f"{disk} has {_free_megabytes(disk):,.0f} MB to spare, and that is not enough: "
            f"set TMPDIR to a folder with room, {math.ceil(megabytes / 1_000)} GB needed."
        )
    with tempfile.TemporaryDirectory(dir=_MEMORY if has_room else None) as name:
        yield Path(name)


def _free_megabytes(folder: Path) -> float:
    return shutil.disk_usage(folder).free / 1_000_000
