"""Counts and sums per column of both ends: a cheap second opinion on the comparison field by field.

The source's side is added up while its rows are compared; Twenty adds up its own side, in one call per
object.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.mapping.records import SourceRow
from panda_twenty.mapping.specification import Line, Route
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.naming import upper_first
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification.chart_comparators import tooth_maximum

RELATIVE_TOLERANCE = 1e-9
"""How far two sums of the same numbers may lie apart through the order in which they were added."""


@dataclass
class Totals:
    """What one object's records should add up to, by aggregate as Twenty names it."""

    records: int = 0
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    left_out: list[str] = field(default_factory=list)
    """Ids of records that stand in Twenty as an earlier run wrote them, their rows in quarantine since."""

    def add(self, route: Route, row: SourceRow, indices: Mapping[str, float | None]) -> None:
        """Add one source row that should stand in Twenty."""
        self.records += 1
        for line in route.lines:
            name = aggregate_of(line)
            if name is not None:
                self.sums[name] += _number(line, row, indices) or 0

    def merge(self, other: Totals) -> None:
        self.records += other.records
        for name, value in other.sums.items():
            self.sums[name] += value
        self.left_out += other.left_out

    def to_json(self) -> dict[str, Any]:
        return {"records": self.records, "sums": dict(self.sums), "left_out": self.left_out}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Totals:
        totals = cls(content.get("records", 0))
        totals.sums.update(content.get("sums", {}))
        totals.left_out += content.get("left_out", [])
        return totals


@dataclass(frozen=True)
class Total:
    """One number that both ends have."""

    object: str
    name: str
    source: float
    twenty: float

    @property
    def agrees(self) -> bool:
        return math.isclose(self.source, self.twenty, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-6)


def aggregate_of(line: Line) -> str | None:
    """How Twenty names the sum of a line's field; None for fields without one."""
    name = upper_first(line.field)
    if line.transform in ("number", "count", "chart_index", "tooth_worst"):
        return f"sum{name}"
    if line.transform == "us_dollars":
        return f"sum{name}AmountMicros"
    if line.transform == "boolean":
        return f"countTrue{name}"
    return None


def _number(line: Line, row: SourceRow, indices: Mapping[str, float | None]) -> float | None:
    options = line.options_of_transform
    if line.transform == "chart_index":
        return indices.get(options["index"])
    value = row.value(line.source[0])
    if line.transform == "tooth_worst":
        return tooth_maximum(value or (), str(options["tooth"]), options["measure"])
    if value is None:
        return None
    if line.transform == "count":
        return len(value)
    if line.transform == "us_dollars":
        return float(value) * 1_000_000
    return float(value)


def compared_totals(
    client: TwentyClient, facts: ObjectFacts, totals: Totals, where: Mapping[str, Any]
) -> list[Total]:
    """Both ends' counts and sums of the records that ``where`` holds, in one call."""
    names = sorted(name for name in totals.sums if _has(facts, name))
    root = facts.names.plural
    answer = client.records(
        f"query($filter:{facts.names.type_name}FilterInput)"
        f"{{{root}(filter:$filter){{{' '.join(['totalCount', *names])}}}}}",
        {"filter": where},
    )[root]
    twenty = Counter({name: float(answer.get(name) or 0) for name in names})
    return [
        Total(facts.name, "records", totals.records, int(answer["totalCount"])),
        *(Total(facts.name, name, totals.sums[name], twenty[name]) for name in names),
    ]


def _has(facts: ObjectFacts, aggregate: str) -> bool:
    name = aggregate.removeprefix("sum").removeprefix("countTrue").removesuffix("AmountMicros")
    found = facts.fields.get(name[:1].lower() + name[1:])
    return found is not None and found.is_active
