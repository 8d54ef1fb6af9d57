"""Teeth that are put together from several rows or strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import NotAssessable, Tooth, ToothStatus
from panda_twenty.panda.chart_shapes.readings import Findings, in_chart_order
from panda_twenty.panda.problems import Problem

ENTRANCE_SITES: Mapping[str, tuple[int, ...]] = {"B": (1,), "L": (4,), "M": (5, 2), "D": (3, 0)}
"""Where furcation grades of an entrance stand when they are recorded per site, as indexes of SITES: the
mesial and distal entrances of upper molars are probed from the palate (ML, DL), those of premolars also from
the cheek."""

ASPECT_SITES: Mapping[str, tuple[int, ...]] = {"facial": (1, 0, 2), "lingual": (4, 3, 5)}
"""Where a width of an aspect stands when it is recorded per site: in the middle, else beside it."""


class Drafts:
    """The teeth of one exam while they are being put together."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._fields: dict[str, dict[str, Any]] = {}

    def tooth(self, number: str, source_number: str) -> dict[str, Any]:
        """The fields of a tooth so far, by name; empty ones for a new tooth."""
        return self._fields.setdefault(number, {"source_number": source_number})

    def six(self, number: str, name: str) -> list[Any]:
        """The six sites of one measure or mark of a known tooth, in SITES order, to be filled in."""
        six: list[Any] = self._fields[number].setdefault(name, [None] * 6)
        return six

    def put(self, number: str, name: str, value: Any) -> None:
        """One value of a tooth; a different one that stood there already is kept, and reported."""
        fields = self._fields[number]
        if value is not None and fields.setdefault(name, value) != value:
            self.conflict(number, name)

    def conflict(self, number: str, name: str) -> None:
        """The source says two things about one place; the first, or for furcations the higher, stands."""
        self.findings.add(
            number,
            "conflicting_values",
            f"The source has different values for {name.replace('_', ' ')}; one of them was taken."
            " Correct it in PANDA.",
        )

    def furcations(self, number: str, six: Sequence[Any]) -> None:
        """Furcation grades that are recorded per site (SITES order), brought to the entrances."""
        found: dict[str, Any] = dict(self._fields[number].get("furcation", {}))
        for entrance, sites in ENTRANCE_SITES.items():
            for site in sites:
                grade = six[site]
                if grade is None:
                    continue
                known = found.setdefault(entrance, grade)
                if known != grade:
                    self.conflict(number, "furcation")
                    grades = [each for each in (known, grade) if not isinstance(each, NotAssessable)]
                    found[entrance] = max(grades)
        self._fields[number]["furcation"] = found

    def aspects(self, number: str, name: str, six: Sequence[Any]) -> None:
        """Widths that are recorded per site (SITES order), brought to the aspects."""
        found = {}
        for aspect, sites in ASPECT_SITES.items():
            recorded = [six[site] for site in sites if six[site] is not None]
            if recorded:
                found[aspect] = recorded[0]
                if any(value != recorded[0] for value in recorded):
                    self.conflict(number, name)
        self._fields[number][name] = found

    def finished(self) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        """The teeth in chart order, and what was found on the way."""
        teeth = []
        for number, fields in self._fields.items():
            ready: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
            }
            if ready.get("status") is None:
                ready["status"] = ToothStatus.PRESENT
            teeth.append(Tooth(number, **ready))
        return in_chart_order(teeth), self.findings.problems()
