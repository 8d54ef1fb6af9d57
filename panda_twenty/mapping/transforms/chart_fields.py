"""The perio chart as fields: readable rows of sites, worst values per tooth, and the rest as JSON.

A chart row holds one measure of one aspect of one arch in the order in which a chart shows it, from the
patient's right to left: ``2: 3 2 4 | 3: 5 x . | ...``. A number is millimetres, ``x`` not assessable, ``.``
not recorded; for marks ``+`` is present and ``-`` absent. On the right side a tooth's sites stand distal to
mesial, on the left side mesial to distal, as on the examiner's screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.mapping.chart_indices import INDICES
from panda_twenty.mapping.exam_chart import exam_chart
from panda_twenty.mapping.transforms.plain import clean
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.panda.chart import (
    PERMANENT_TEETH,
    Mark,
    Measurement,
    NotAssessable,
    Tooth,
    ToothStatus,
)

_PERMANENT = frozenset(PERMANENT_TEETH)

MOBILITY_GRADES = {
    **dict.fromkeys(("0",), "GRADE_0"),
    **dict.fromkeys(("0.5", "1-", "1/2", "+"), "GRADE_0_5"),
    **dict.fromkeys(("1", "I"), "GRADE_1"),
    **dict.fromkeys(("1.5", "1+", "I+"), "GRADE_1_5"),
    **dict.fromkeys(("2", "II"), "GRADE_2"),
    **dict.fromkeys(("2.5", "2+", "II+"), "GRADE_2_5"),
    **dict.fromkeys(("3", "3+", "III", "III+"), "GRADE_3"),
}
"""Miller grades with the halves that charts write as 1+ or 1.5. The spelling stays in findings_json."""


def chart_row(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """One chart row; None where no tooth of the arch has anything recorded in it."""
    return exam_chart(values[0] or ()).row(options["measure"], options["arch"], options["aspect"])


def chart_index(values: Sequence[Any], options: Mapping[str, Any]) -> int | float | None:
    """One exam-level index; None for an exam without a chart."""
    teeth = values[0]
    return INDICES[options["index"]](teeth) if teeth else None


def tooth_worst(values: Sequence[Any], options: Mapping[str, Any]) -> int | float | None:
    """The largest measured value of a tooth, in millimetres."""
    return exam_chart(values[0] or ()).worst(options["measure"], options["tooth"])


def tooth_mobility(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    tooth = _tooth(values[0], options["tooth"])
    if tooth is None or not tooth.mobility:
        return None
    grade = MOBILITY_GRADES.get(tooth.mobility.strip())
    if grade is None:
        raise CannotTransform(
            "unknown_mobility",
            f"Tooth {tooth.number} has a mobility outside the Miller grades; translate it in the profile.",
        )
    return grade


def tooth_furcation(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The worst grade over a tooth's entrances, on the exam's furcation scale."""
    tooth = _tooth(values[0], options["tooth"])
    if tooth is None or not tooth.furcation:
        return None
    grades = [grade for grade in tooth.furcation.values() if isinstance(grade, int)]
    return f"GRADE_{max(grades)}" if grades else None


def teeth_with_status(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    """Numbers of the teeth with one status, for example the missing ones."""
    status = ToothStatus(options["status"])
    return [tooth.number for tooth in values[0] or () if tooth.status is status] or None


def findings_json(values: Sequence[Any], options: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Per tooth, what no other field holds; whole teeth outside 1-32, which chart rows have no place for."""
    return [_findings(tooth) for tooth in values[0] or ()] or None


def _findings(tooth: Tooth) -> dict[str, Any]:
    found: dict[str, Any] = {"tooth": tooth.number, "status": f"{tooth.status}"}
    for name, text in (
        ("mobility", tooth.mobility),
        ("prognosis", tooth.prognosis),
        ("note", tooth.note),
        ("source_number", tooth.source_number),
    ):
        if text is not None and (written := clean(text)) is not None:
            found[name] = written
    for name, group in (
        ("furcation", tooth.furcation),
        ("mucogingival_junction", tooth.mucogingival_junction),
        ("keratinized_width", tooth.keratinized_width),
    ):
        if group and (cells := {place: _cell(value) for place, value in group.items() if value is not None}):
            found[name] = cells
    if tooth.number not in _PERMANENT:
        for name in ("probing_depth", "gingival_margin", "attachment_level"):
            found[name] = [_cell(value) for value in getattr(tooth, name)]
        for name in ("bleeding", "suppuration", "plaque", "calculus"):
            found[name] = [_cell(value) for value in getattr(tooth, name)]
    return found


def _cell(value: Measurement | Mark) -> bool | int | float | str | None:
    return value.value if isinstance(value, NotAssessable) else value


def _tooth(teeth: Sequence[Tooth] | None, number: str) -> Tooth | None:
    return exam_chart(teeth or ()).by_number.get(number)
