"""Files for the operator that hold personal data, such as what differs in a range: their owner's alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import pandas as pd

from panda_twenty.verification.differences import Difference


def differences_file(destination: Path, route: str, range_key: str) -> Path:
    return destination / "reports" / f"differences-{route}-{range_key}.csv"


def write_differences(
    destination: Path, route: str, range_key: str, differences: Sequence[Difference]
) -> Path | None:
    """Write one row per difference, readable by the owner alone; none leaves no file behind."""
    file = differences_file(destination, route, range_key)
    if not differences:
        file.unlink(missing_ok=True)
        return None
    rows = pd.DataFrame([each.__dict__ for each in differences])
    return write_private(file, rows.to_csv(index=False, lineterminator="\n"))


def write_private(file: Path, text: str) -> Path:
    """Write a report that only its owner may read."""
    with open_private(file) as opened:
        opened.write(text)
    return file


def open_private(file: Path, errors: str = "strict") -> TextIO:
    """Open a file for writing that only its owner may read, whatever rights one that is there has.

    ``errors`` is as for :func:`open`. Raises OSError, before anything is lost, for a file of somebody else's.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.is_file():
        # The mode below counts only for a file that is made.
        file.chmod(0o600)
    descriptor = os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", errors=errors, newline="")
