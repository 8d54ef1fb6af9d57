"""What a sweep finds, one JSON object a line, in a file that only its owner may read.

Differences go straight to the disk, so that memory stays flat however many there are; the file can be cut
back to where the ledger knows the sweep to be.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from panda_twenty.private_folder import private_folder
from panda_twenty.verification.differences import Difference
from panda_twenty.verification.unexplained import Unexplained

DIFFERENCE, WITHOUT_RECORD, WITHOUT_SOURCE = "differences", "without_record", "without_source"


class Findings:
    """The open file of one sweep."""

    def __init__(self, file: Path, size: int) -> None:
        private_folder(file.parent)
        self.file = file
        descriptor = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
        os.ftruncate(descriptor, size)
        self._opened = os.fdopen(descriptor, "ab")

    def add(self, finding: Difference | Unexplained) -> None:
        kind, document = sorted_finding(finding)
        line = json.dumps({"kind": kind, **document}, ensure_ascii=False)
        self._opened.write(line.encode("utf-8", "surrogatepass") + b"\n")

    def size(self) -> int:
        """Bytes on the disk once everything added so far is there."""
        self._opened.flush()
        os.fsync(self._opened.fileno())
        return self._opened.tell()

    def close(self) -> None:
        self._opened.close()


def sorted_finding(finding: Difference | Unexplained) -> tuple[str, dict[str, Any]]:
    """Under which heading a finding belongs, and what is told of it there."""
    if isinstance(finding, Unexplained):
        return WITHOUT_SOURCE, finding.document()
    record = {
        "object": finding.object,
        "twenty_id": finding.twenty_id,
        "source_key": finding.source_key,
    }
    if finding.comparator in ("missing", "deleted"):
        return WITHOUT_RECORD, {**record, "reason": finding.comparator}
    if finding.comparator == "quarantined":
        return WITHOUT_SOURCE, {**record, "reason": "quarantined"}
    return DIFFERENCE, {**finding.document(), "is_personal": finding.is_personal}


def read_findings(file: Path, kind: str | None = None) -> Iterator[dict[str, Any]]:
    """The findings of a file, of one kind or all."""
    if not file.exists():
        return
    with file.open("rb") as opened:
        for line in opened:
            found = json.loads(line.decode("utf-8", "surrogatepass"))
            if kind is None or found["kind"] == kind:
                yield found
