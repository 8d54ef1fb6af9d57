"""What the check of an export found: every finding counted, the first of each kind kept. No values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. ``line`` is 0 for a whole file, ``column`` empty for a whole line."""

    file: str
    line: int
    column: str
    code: str
    what: str
    expected: str

    @property
    def sentence(self) -> str:
        """Such as ``patient.csv line 17, birth_date: it looks like a US date; expected: YYYY-MM-DD.``"""
        line = f" line {self.line}" if self.line else ""
        column = f", {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.what}; expected: {self.expected}."


@dataclass
class FindingKind:
    """All findings of one code in one column of one file."""

    file: str
    column: str
    code: str
    count: int = 0
    first: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class FileRead:
    """What was read of one file."""

    file: str
    rows: int
    encoding: str
    delimiter: str
    columns_not_given: tuple[str, ...] = ()


class Findings:
    """Counts findings by kind and keeps the first ``kept``; ``heard`` gets every one with its value."""

    def __init__(self, kept: int, heard: Callable[[Finding, str], None] | None = None) -> None:
        self._kept = kept
        self._heard = heard
        self._kinds: dict[tuple[str, str, str], FindingKind] = {}

    def add(self, finding: Finding, value: str = "") -> None:
        """One more; ``value`` goes to ``heard`` alone."""
        place = (finding.file, finding.column, finding.code)
        kind = self._kinds.setdefault(place, FindingKind(*place))
        kind.count += 1
        if len(kind.first) < self._kept:
            kind.first.append(finding)
        if self._heard is not None:
            self._heard(finding, value)

    def kinds(self) -> Sequence[FindingKind]:
        """Every kind in the order in which it was first met."""
        return tuple(self._kinds.values())


@dataclass(frozen=True)
class LiteReport:
    """What :func:`~panda_twenty.panda.lite.checking.check_folder` found."""

    files: tuple[FileRead, ...]
    files_not_given: tuple[str, ...]
    kinds: tuple[FindingKind, ...]

    @property
    def total(self) -> int:
        """How many findings there are."""
        return sum(kind.count for kind in self.kinds)

    @property
    def is_readable(self) -> bool:
        """Whether every file could be read at all."""
        return all(kind.code != "unreadable_file" for kind in self.kinds)
