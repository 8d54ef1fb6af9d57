"""One line of the preflight page: what was looked at, what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a line ends. What could not be found out is a warning and says so, never a pass."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at. ``found`` and ``advice`` hold names and counts, never values of rows."""

    code: str
    """Stable name for scripts, such as ``read_only_login``."""
    title: str
    verdict: Verdict
    found: str
    advice: str = ""


def passed(code: str, title: str, found: str, advice: str = "") -> Line:
    return Line(code, title, Verdict.PASS, found, advice)


def warned(code: str, title: str, found: str, advice: str) -> Line:
    return Line(code, title, Verdict.WARN, found, advice)


def stopped(code: str, title: str, found: str, advice: str) -> Line:
    return Line(code, title, Verdict.STOP, found, advice)


def listed(names: list[str] | tuple[str, ...], most: int = 6) -> str:
    """Names as a sentence part; of a long list the first few and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def sized(count: float) -> str:
    """Bytes as a person reads them: ``512 kB``, ``3.4 GB`` (powers of 1,000)."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:,.0f} bytes"
