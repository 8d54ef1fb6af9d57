"""Every record of a rollback with the values it gets back, written as it is decided: there may be many."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from panda_twenty.verification.reporting import open_private

_ENCODER = json.JSONEncoder(ensure_ascii=False)


class RollbackReport:
    """A JSON document: ``records``, one on each line, then what :meth:`Rollback.counts` has."""

    def __init__(self, opened: TextIO) -> None:
        self._opened = opened
        self._before_next = "\n"
        opened.write('{"records": [')

    def add(self, line: Mapping[str, Any]) -> None:
        """Write down one record."""
        self._opened.write(f"{self._before_next}{_ENCODER.encode(line)}")
        self._before_next = ",\n"

    def finish(self, counts: Mapping[str, Any]) -> None:
        """Write the counts, after which the document is whole."""
        self._opened.write(f"\n],{json.dumps(counts, indent=1, ensure_ascii=False)[1:]}\n")


@contextmanager
def rollback_report(file: Path) -> Iterator[RollbackReport]:
    """A report that its owner alone may read; nothing is left of one that did not get to its end."""
    opened = open_private(file)
    try:
        with opened:
            yield RollbackReport(opened)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def copy_report(report: Path, file: Path) -> Path:
    """Copy a report to where the operator wants it, for its owner alone."""
    with report.open(encoding="utf-8", newline="") as opened, open_private(file) as copy:
        shutil.copyfileobj(opened, copy)
    return file
