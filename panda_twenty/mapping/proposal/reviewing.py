"""A second opinion on a proposal, from whatever a practice chooses to plug in; off by default.

A reviewer (a language model behind a function, say) is told names, declared types and which *patterns* values
fit, never a value, a code, a range or a date, so that nothing of a patient leaves the machine. It may doubt
lines and say why. A doubt takes a line below the score that stands by itself; what a line reads is changed by
people only.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from panda_twenty.mapping.proposal.model import SURE, Proposal, ProposedLine
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery
from panda_twenty.panda.entities import ENTITIES

Reviewer = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]
"""Takes the request of :func:`review_request`; answers doubts: ``entity``, ``attribute`` and ``remark``."""


class ReviewerError(Exception):
    """The reviewer that the settings name cannot be used; the message says why."""


@dataclass(frozen=True)
class Doubt:
    """What a reviewer holds against one line."""

    entity: str
    attribute: str
    remark: str


def load_reviewer(name: str) -> Reviewer:
    """The function that ``package.module:function`` names. Raises ReviewerError where there is none."""
    module_name, _, function_name = name.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError):
        raise ReviewerError(
            f"There is no reviewer {name}: write package.module:function, importable from here."
        ) from None
    if not callable(found):
        raise ReviewerError(f"{name} is no function.")
    reviewer: Reviewer = found
    return reviewer


def review_request(proposal: Proposal, discovery: Discovery) -> dict[str, Any]:
    """What a reviewer is told: per line where it reads and what else was considered; per column its shape."""
    return {
        "lines": [
            {
                "entity": line.entity,
                "attribute": line.attribute,
                "meaning": _meaning(line),
                "table": line.table,
                "column": line.column,
                "score": line.score,
                "runners_up": [[each.table, each.column] for each in line.runners_up],
            }
            for line in proposal.lines()
            if not line.attribute.startswith("chart.")
        ],
        "tables": {
            table.name: [_shape(column) for column in table]
            for table in discovery.tables.values()
            if not table.set_aside
        },
    }


def reviewed(proposal: Proposal, discovery: Discovery, reviewer: Reviewer) -> Proposal:
    """The proposal with the reviewer's doubts in it. Raises ReviewerError for an answer of another form."""
    doubts = {
        (doubt.entity, doubt.attribute): doubt
        for doubt in _doubts(reviewer(review_request(proposal, discovery)))
    }
    return replace(
        proposal,
        entities=tuple(
            replace(entity, lines=tuple(_doubted(line, doubts) for line in entity.lines))
            for entity in proposal.entities
        ),
    )


def _doubts(answer: Any) -> list[Doubt]:
    try:
        return [Doubt(str(each["entity"]), str(each["attribute"]), str(each["remark"])) for each in answer]
    except (TypeError, KeyError):
        raise ReviewerError(
            "The reviewer's answer is no list of objects with entity, attribute and remark."
        ) from None


def _doubted(line: ProposedLine, doubts: Mapping[tuple[str, str], Doubt]) -> ProposedLine:
    doubt = doubts.get((line.entity, line.attribute))
    if doubt is None:
        return line
    remark = " ".join(doubt.remark.split())[:300]
    return replace(
        line, score=min(line.score, round(SURE - 0.01, 3)), reasons=(*line.reasons, f"the reviewer: {remark}")
    )


def _meaning(line: ProposedLine) -> str:
    attribute = ENTITIES[line.entity].attributes.get(line.attribute)
    return attribute.meaning if attribute is not None else line.attribute


def _shape(column: ColumnFacts) -> dict[str, Any]:
    return {
        "column": column.name,
        "type": column.declared,
        "filled": round(column.fill_share, 2),
        "patterns": sorted(name for name, share in column.patterns.items() if share >= 0.5),
    }
