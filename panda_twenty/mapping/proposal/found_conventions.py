"""What the data of a chart says about how its values are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from panda_twenty.mapping.proposal.model import Question

FEWEST_SITES = 30
"""Sites with a margin other than 0 that a verdict wants at least."""


@dataclass
class Conventions:
    """What the data says about how values are written."""

    settings: dict[str, Any] = field(default_factory=dict)
    """Settings that go into the chart section."""
    questions: list[Question] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    scores: dict[str, tuple[float, str]] = field(default_factory=dict)
    """For each convention how sure it is, and why."""

    def ask(self, about: str, question: str, evidence: str) -> None:
        self.questions.append(Question(f"perio_chart.{about}", question, evidence))
