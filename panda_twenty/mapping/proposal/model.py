"""What a proposal says: one line per attribute, each with its score, its reasons and its runners-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SURE, LIKELY, POSSIBLE = 0.8, 0.5, 0.35
"""From SURE on a line stands by itself; from LIKELY on it is part of the profile and wants a look; from
POSSIBLE on it is written down as a comment, for a person to take up."""


LONGEST_TOLD = 3
"""Characters of a code that is told although it stands in a column that may hold something else."""


@dataclass(frozen=True)
class Step:
    """One join on the way to a table: columns of the table before it to columns of this one."""

    table: str
    on: Mapping[str, str]


@dataclass(frozen=True)
class RunnerUp:
    """A place that was considered and lost."""

    table: str
    column: str
    score: float


@dataclass(frozen=True)
class CodeReading:
    """What one code of the source was taken for; ``ours`` is None where nobody knows."""

    theirs: str
    rows: int
    ours: str | None
    because: str


@dataclass(frozen=True)
class ProposedLine:
    """Where one attribute lives."""

    entity: str
    attribute: str
    table: str
    column: str
    """A column; for charts several with commas between, or a pattern such as ``PD{tooth}{site}``."""
    score: float
    reasons: tuple[str, ...]
    runners_up: tuple[RunnerUp, ...] = ()
    lookup: tuple[Step, ...] = ()
    codes: tuple[CodeReading, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Further settings of the profile's line: ``format``, ``blank``, ``part``."""

    @property
    def told_codes(self) -> tuple[CodeReading, ...]:
        """The codes that may be written down: those that were read, and others if they can only be codes.

        A column of which hardly anything was read may hold names; of it nothing longer than an initial or two
        is told.
        """
        rows = sum(code.rows for code in self.codes)
        is_list = 2 * sum(code.rows for code in self.codes if code.ours is not None) >= rows
        return tuple(
            code
            for code in self.codes
            if code.ours is not None or is_list or len(code.theirs) <= LONGEST_TOLD
        )

    @property
    def is_usable(self) -> bool:
        """Whether the line goes into the profile."""
        unread = [code for code in self.codes if code.ours is None]
        return self.score >= LIKELY and not unread


@dataclass(frozen=True)
class ProposedEntity:
    """Which table an entity lives in, how it is reached from a patient id, and its lines."""

    entity: str
    table: str
    score: float
    reasons: tuple[str, ...]
    key: tuple[str, ...]
    runners_up: tuple[RunnerUp, ...] = ()
    range: str | None = None
    parents: tuple[Step, ...] = ()
    modified: str | None = None
    lines: tuple[ProposedLine, ...] = ()
    chart: Mapping[str, Any] | None = None
    """The chart section of the profile, as plain data."""
    where: tuple[Mapping[str, Any], ...] = ()
    """Conditions of the profile by which rows are left out, as plain data."""

    def line(self, attribute: str) -> ProposedLine | None:
        """The line of an attribute, if one was proposed."""
        return next((line for line in self.lines if line.attribute == attribute), None)


@dataclass(frozen=True)
class Question:
    """Something that the data does not settle. While one is open, nothing can be confirmed."""

    about: str
    """Such as ``perio_chart.gingival_margin_sign``."""
    question: str
    evidence: str


@dataclass(frozen=True)
class NotRead:
    """A column, or a whole table where ``column`` is empty, that no line draws on."""

    table: str
    column: str
    reason: str
    is_undecided: bool = False
    """Whether a line that is not sure enough names it: a person has yet to say what becomes of it."""


@dataclass(frozen=True)
class Proposal:
    """A whole proposal for one practice."""

    practice: str
    time_zone: str
    entities: tuple[ProposedEntity, ...]
    not_read: tuple[NotRead, ...]
    questions: tuple[Question, ...] = ()
    remarks: tuple[str, ...] = ()

    def entity(self, name: str) -> ProposedEntity | None:
        """The proposal for one entity, if it was found."""
        return next((each for each in self.entities if each.entity == name), None)

    def lines(self) -> Iterator[ProposedLine]:
        """Every line, entity by entity."""
        for entity in self.entities:
            yield from entity.lines
