"""A folder that lies in memory where there is room for it.

The ledger is flushed to the disk at every commit: on a slow disk that would be most of what a test waits for
and all that a benchmark measures.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108, the folder made in it has a name of its own


@contextmanager
def folder_in_memory(megabytes: int = 500) -> Iterator[Path]:
    """An empty folder for as long as the block lasts, on disk where memory has not so much to spare.

    Containers often have 64 MB there.
    """
    has_room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > megabytes * 1_000_000
    with tempfile.TemporaryDirectory(dir=_MEMORY if has_room else None) as name:
        yield Path(name)
