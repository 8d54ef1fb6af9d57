"""A patient's course at the practice: how ill, how often examined, when, and what happened in between."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from panda_twenty.sandbox.practice.charting import DEPTHS_ONLY, ChartStyle
from panda_twenty.sandbox.practice.codes import FIRST_DAY, LAST_DAY, STAGING_SINCE
from panda_twenty.sandbox.practice.disease import draw_severity
from panda_twenty.sandbox.practice.moments import workday
from panda_twenty.sandbox.practice.ugly_cases import UGLY_CASES

#: Out of 100 patients, how many have 0, 1, 2 ... 8 exams; the mean is about 2.25.
EXAMS_WEIGHTS = (13, 28, 23, 15, 10, 5, 3, 2, 1)

#: Days between two exams by what happens in between: from, up to.
_DAYS_BETWEEN = {
    "therapy": (70, 130),
    "surgery": (120, 210),
    "maintenance": (90, 330),
    "relapse": (400, 760),
}
_LONGEST_COURSE = 2750

_AT_LEAST = {
    "eight_exams": 8,
    "five_exam_comparison": 6,
    "exam_without_teeth": 3,
    "relapse": 3,
    "baseline_changed": 3,
    "two_exams_on_one_day": 2,
    "baseline_exam_gone": 2,
}
#: Cases whose first exam must fall on a day.
_FIRST_EXAM_ON = {
    "exam_on_leap_day": date(2024, 2, 29),
    "modified_in_missing_hour": date(2021, 3, 12),
    "modified_in_double_hour": date(2022, 11, 4),
    "legacy_case_type": date(2018, 10, 9),
    "primary_teeth_area": date(2023, 4, 18),
    "minor_with_parents_email": date(2024, 10, 15),
}
_SEVERITY = {"stage_milder_than_chart": 3, "relapse": 3, "baseline_changed": 3, "five_exam_comparison": 3}
_EXAM_CASES = frozenset(case.name for case in UGLY_CASES if case.table == "PerioExam")


@dataclass(frozen=True)
class Health:
    """What makes this patient's disease: severity 0 to 4 (stage), smoking, diabetes."""

    severity: int
    grade: str
    extent: str
    smoking: str
    cigarettes: int | None
    diabetes: str
    hba1c_tenths: int | None


@dataclass(frozen=True)
class Visit:
    """One exam to come: ``course`` is what the mouth went through since the exam before."""

    slot: int
    day: date
    exam_type: str
    course: str
    style: ChartStyle
    charted: bool = True


def draw_health(rng: random.Random, age: int, cases: frozenset[str]) -> Health:
    """Severity and what goes with it; grade C for ten cigarettes a day or an HbA1c of 7 percent."""
    severity = next((_SEVERITY[name] for name in _SEVERITY if name in cases), draw_severity(rng, age))
    if "screening_depths_only" in cases:
        severity = max(severity, 1)
    adult = age >= 18
    smoking = rng.choices("NFC", (60, 24, 10 + 2 * severity))[0] if adult else "N"
    cigarettes = rng.randrange(2, 26) if smoking == "C" else None
    diabetes = rng.choices("NP12", (80, 8, 1, 8 + severity))[0] if adult else "N"
    hba1c = rng.randrange(58, 95) if diabetes in "12" else rng.randrange(57, 65) if diabetes == "P" else None
    if (cigarettes or 0) >= 10 or (hba1c or 0) >= 70:
        grade = "C"
    elif severity <= 1 and age > 50:
        grade = "A"
    else:
        grade = rng.choices("ABC", (15, 70, 15))[0]
    wide = (0.05, 0.1, 0.35, 0.6, 0.9)[severity]
    extent = "M" if age < 32 and rng.random() < 0.2 else "G" if rng.random() < wide else "L"
    return Health(severity, grade, extent, smoking, cigarettes, diabetes, hba1c)


def draw_visits(rng: random.Random, health: Health, cases: frozenset[str]) -> list[Visit]:
    """The exams of one patient in order of day, from 2018-07 to 2026-06."""
    count = _exam_count(rng, cases)
    if not count:
        return []
    plan = [_next_step(rng, slot, health, cases) for slot in range(count)]
    plan = _without_orphans(plan)
    gaps = [0] + [rng.randrange(*_DAYS_BETWEEN[course]) for _, course in plan[1:]]
    if "two_exams_on_one_day" in cases:
        gaps[1] = 0
    if sum(gaps) > _LONGEST_COURSE:
        gaps = [gap * _LONGEST_COURSE // sum(gaps) for gap in gaps]
    day = _first_day(rng, sum(gaps), cases)
    visits: list[Visit] = []
    for slot, ((exam_type, course), gap) in enumerate(zip(plan, gaps, strict=True)):
        day = workday(day + timedelta(days=gap))
        style = _style(rng, exam_type, course, health)
        charted = not (slot == 1 and "exam_without_teeth" in cases)
        visits.append(Visit(slot, day, exam_type, course, style, charted))
    return visits


def staged_on(day: date) -> bool:
    """Whether the practice had moved from case types to stages and grades."""
    return day >= STAGING_SINCE


def _exam_count(rng: random.Random, cases: frozenset[str]) -> int:
    count = rng.choices(range(9), EXAMS_WEIGHTS)[0]
    if "no_exams" in cases:
        return 0
    if any(name in cases for name in _FIRST_EXAM_ON):
        return min(max(count, 1), 2)
    least = max((_AT_LEAST.get(name, 1 if name in _EXAM_CASES else 0) for name in cases), default=0)
    return max(count, least)


def _next_step(rng: random.Random, slot: int, health: Health, cases: frozenset[str]) -> tuple[str, str]:
    """Exam type and the course that led to it, for the ``slot``-th exam."""
    draw = rng.random()
    if slot == 0:
        if "screening_depths_only" in cases:
            return "S", "therapy"
        return ("S" if draw < 0.07 and not cases & _EXAM_CASES else "I"), "therapy"
    if slot == 1:
        if "exam_without_teeth" in cases or health.severity == 0:
            return "M", "maintenance"
        return "R", "therapy"
    if slot == 2 and "relapse" in cases:
        return "M", "relapse"
    if slot == 2 and health.severity >= 3 and (draw < 0.55 or "baseline_changed" in cases):
        return "P", "surgery"
    return "M", ("relapse" if draw > 0.93 else "maintenance")


def _without_orphans(plan: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """After a screening comes the comprehensive exam, not a re-evaluation."""
    if len(plan) > 1 and plan[0][0] == "S":
        return [plan[0], ("I", "maintenance"), *plan[2:]]
    return plan


def _first_day(rng: random.Random, length: int, cases: frozenset[str]) -> date:
    """A day that leaves ``length`` days and some weekends before the data end."""
    for name, day in _FIRST_EXAM_ON.items():
        if name in cases:
            return day
    latest = (LAST_DAY - FIRST_DAY).days - length - 25
    return workday(FIRST_DAY + timedelta(days=rng.randrange(max(latest, 1))))


def _style(rng: random.Random, exam_type: str, course: str, health: Health) -> ChartStyle:
    """What an exam of that type records; a first exam nearly everything, maintenance what time allows."""
    draws = [rng.random() for _ in range(6)]
    if exam_type == "S":
        return DEPTHS_ONLY
    if exam_type == "I":
        return ChartStyle(
            gingiva=draws[0] < 0.6,
            prognosis=health.severity >= 3,
            plaque=draws[1] < 0.9,
            calculus=draws[2] < 0.8,
            inflammation=3 if draws[3] < 0.35 else 2,
        )
    maintenance = exam_type == "M"
    return ChartStyle(
        margins=draws[0] < 0.9 or not maintenance,
        plaque=draws[1] < 0.65,
        calculus=draws[2] < 0.4,
        mobility=draws[3] < 0.75 or not maintenance,
        furcation=draws[4] < 0.6 or not maintenance,
        third_molars=draws[5] < 0.3,
        inflammation=3 if course == "relapse" else 0 if exam_type == "P" else 1,
    )
