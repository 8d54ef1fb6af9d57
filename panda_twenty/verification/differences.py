"""What verification finds: counts that may be shown, and differences that hold values and may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
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
    is_personal: bool = True
    """False for values that say nothing about a person; reports mask the others."""

    def document(self) -> dict[str, Any]:
        """As JSON, with both values in a form that JSON has."""
        names = ("object", "twenty_id", "source_key", "field")
        return {
            **{name: getattr(self, name) for name in names},
            "source": plain(self.source),
            "twenty": plain(self.twenty),
            "comparator": self.comparator,
        }


THE_RECORD = "(the record)"
"""Stands for the field where a whole record is missing or should not be there."""


def plain(value: Any) -> Any:
    """A value as JSON holds it: text for dates and decimals, lists for tuples, a size for bytes."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Sequence | frozenset | set):
        return [plain(part) for part in value]
    return str(value)


@dataclass
class Verification:
    """The outcome for one object (and range). Everything but ``differences`` is free of personal data."""

    object: str
    source: int = 0
    verified: int = 0
    different: int = 0
    missing: int = 0
    """Source rows that should stand in Twenty and do not, or stand there deleted."""
    quarantined: int = 0
    fields_compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    different_fields: Counter[str] = field(default_factory=Counter)
    compared_fields: Counter[str] = field(default_factory=Counter)
    """How often each column was compared, and how often it was found right."""
    right_fields: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    """Differences by comparator, those about whole records too."""

    @property
    def is_clean(self) -> bool:
        return not self.different and not self.missing and not self.told["quarantined"]

    def is_within(self, allowed: float) -> bool:
        """Whether at most this share of the records (0 to 1) differs, is missing or should not be there."""
        wrong = self.different + self.missing + self.told["quarantined"]
        return wrong <= allowed * self.source

    @property
    def adds_up(self) -> bool:
        return self.source == self.verified + self.different + self.missing + self.quarantined

    def count_fields(self, columns: Collection[str], wrong: Collection[str]) -> None:
        self.compared_fields.update(columns)
        self.right_fields.update(column for column in columns if column not in wrong)

    def counts(self) -> dict[str, Any]:
        """Everything but the differences, as JSON."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {**numbers, **{name: dict(getattr(self, name)) for name in _COUNTERS}}

    @classmethod
    def from_counts(cls, object_name: str, counts: Mapping[str, Any]) -> Verification:
        made = cls(object_name)
        for name in _NUMBERS:
            setattr(made, name, counts.get(name, 0))
        for name in _COUNTERS:
            getattr(made, name).update(counts.get(name, {}))
        return made

    def add(self, other: Verification) -> None:
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.differences.extend(other.differences)
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))


_NUMBERS = ("source", "verified", "different", "missing", "quarantined", "fields_compared")
_COUNTERS = ("different_fields", "compared_fields", "right_fields", "told")
