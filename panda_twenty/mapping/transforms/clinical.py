"""Codes, tooth areas, comparisons and appointments, in the forms that Twenty can filter on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from panda_twenty.mapping.chart_indices import INDICES
from panda_twenty.mapping.custom_findings import CustomField, finding_value
from panda_twenty.mapping.npi import npi_problem
from panda_twenty.mapping.procedure_codes import code_status as status_of_code
from panda_twenty.mapping.tooth_areas import parse_tooth_area
from panda_twenty.mapping.transforms.plain import clean
from panda_twenty.mapping.transforms.refusal import CannotTransform

STORED_INDICES = (("bop_pct", "BOP %", 0.1), ("plaque_pct", "Plaque %", 0.1), ("mean_pd", "Mean PD", 0.01))
"""Index, what it is called, and how far a stored value may lie off through rounding."""

OPEN_OUTCOMES = frozenset({"SCHEDULED", "UNSCHEDULED"})


_area = lru_cache(5_000)(parse_tooth_area)
"""Two lines of a procedure ask for the same area, and few areas stand in most procedures."""


def npi_remark(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """Why an NPI cannot be right; None for a sound one and for none at all."""
    number = clean(values[0])
    return npi_problem(number) if number else None


def code_status(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """Whether an ADA code looks current, is retired, local, or carries a suffix; the code stays as it is."""
    return status_of_code(values[0])


def teeth_of_area(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    """Universal numbers of the teeth that an area names or spans."""
    return list(_area(values[0]).teeth) or None


def quadrants_of_area(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    return sorted(_area(values[0]).quadrants) or None


def stored_indices_that_differ(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    """Indices stored in the source that do not follow from its chart. Both values stand in fields."""
    teeth, *stored = values
    differing = []
    for (index, label, tolerance), value in zip(STORED_INDICES, stored, strict=True):
        worked_out = INDICES[index](teeth) if teeth else None
        if value is not None and worked_out is not None and abs(float(value) - worked_out) > tolerance + 1e-9:
            differing.append(label)
    return differing or None


def baseline_state(values: Sequence[Any], options: Mapping[str, Any]) -> str:
    """How the baseline stands among the compared exams: the first, a later one, or none of them."""
    baseline, *exams = values
    compared = [exam for exam in exams if exam]
    if not baseline:
        return "NONE"
    if baseline not in compared:
        return "NOT_COMPARED"
    return "FIRST_EXAM" if baseline == compared[0] else "RE_BASED"


def task_status(values: Sequence[Any], options: Mapping[str, Any]) -> str:
    """Twenty knows TODO, IN_PROGRESS and DONE; what became of the appointment stands in its outcome."""
    return "TODO" if values[0] is None or values[0] in OPEN_OUTCOMES else "DONE"


def workspace_member(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The workspace member whom the operator's table names for a provider; nobody without one."""
    members: Mapping[str, str] = options.get("members", {})
    return members.get(values[0]) if values[0] else None


def custom_finding(values: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """The value of one practice-defined finding, typed as its definition says.

    What does not fit the type leaves the field empty; the digest of all findings has it as it was written.
    """
    findings, texts = values
    wanted = options["finding_key"]
    text = next((text for key, text in zip(findings, texts, strict=True) if key == wanted), None)
    if text is None:
        return None
    try:
        return finding_value(CustomField(**options), text)
    except CannotTransform:
        return None
