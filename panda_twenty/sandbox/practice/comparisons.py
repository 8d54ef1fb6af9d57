"""Comparison sets: two to five exams that the practice looks at side by side, against a baseline."""

from __future__ import annotations

import random

from panda_twenty.sandbox.practice.codes import LAST_DAY
from panda_twenty.sandbox.practice.history import Visit
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import entered_and_modified
from panda_twenty.sandbox.practice.ugly_cases import GONE_EXAM
from panda_twenty.sandbox.practice.writing import RowWriter

_MEASURES = ("PD", "PD,GM,CAL", "PD,CAL,MOB", "PD,BOP", "PD,GM,CAL,MOB,BOP")
_PLANTED = frozenset({"baseline_changed", "baseline_exam_gone", "five_exam_comparison"})
_MOST_EXAMS = 5


def write_comparisons(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    patient: int,
    visits: list[Visit],
    cases: frozenset[str],
) -> None:
    """Comparison rows: two patients in five with more than one exam have one, some have two."""
    if len(visits) < 2:
        return
    draw = rng.random()
    count = 2 if draw < 0.08 else 1 if draw < 0.4 or cases & _PLANTED else 0
    for slot in range(count):
        planted = cases if slot == 0 else frozenset()
        most = min(len(visits), _MOST_EXAMS)
        chosen = most if planted & _PLANTED else rng.randrange(2, most + 1)
        compared = [visits[0], *visits[len(visits) - chosen + 1 :]]
        exams = [row_id("PerioExam", index, visit.slot) for visit in compared]
        baseline = exams[0]
        # After surgery the practice measures from the post-surgical exam on.
        if "baseline_changed" in planted or rng.random() < 0.08:
            baseline = exams[-1] if len(exams) < 3 else row_id("PerioExam", index, compared[2].slot)
        if "baseline_exam_gone" in planted:
            baseline = GONE_EXAM
        created, modified = entered_and_modified(rng, compared[-1].day, last=LAST_DAY)
        writer.add(
            "Comparison",
            ComparisonID=row_id("Comparison", index, slot),
            PatientID=patient,
            Title=rng.choice(("Before and after", "Progress", "Surgery follow-up – Δ PD", None)),
            BaselineExamID=baseline,
            Measures=rng.choice(_MEASURES),
            CreatedOn=created,
            ModifiedOn=modified,
            **{f"Exam{place}ID": exam for place, exam in enumerate(exams, start=1)},
        )
