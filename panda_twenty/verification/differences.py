"""What verification finds: counts that may be shown, and differences that hold values and may not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One field that does not say in Twenty what the source says. Holds personal data: for files only."""

    object: str
    twenty_id: str
    source_key: str
    field: str
    source: Any
    twenty: Any
    comparator: str


@dataclass
class Verification:
    """The outcome for one object (and range). Everything but ``differences`` is free of personal data."""

    object: str
    source: int = 0
    verified: int = 0
    different: int = 0
    missing: int = 0
    """Source rows that should stand in Twenty and do not."""
    quarantined: int = 0
    fields_compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    different_fields: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        return not self.different and not self.missing

    @property
    def adds_up(self) -> bool:
        return self.source == self.verified + self.different + self.missing + self.quarantined

    def add(self, other: Verification) -> None:
        for name in ("source", "verified", "different", "missing", "quarantined", "fields_compared"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.differences.extend(other.differences)
        self.different_fields.update(other.different_fields)
