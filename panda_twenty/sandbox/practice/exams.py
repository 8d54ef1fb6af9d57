"""Exam headers: the diagnosis beside the chart, stored figures, the note, and the practice's own findings."""

from __future__ import annotations

import random

from panda_twenty.sandbox.practice.charting import Chart, chart_exam
from panda_twenty.sandbox.practice.codes import LAST_DAY
from panda_twenty.sandbox.practice.disease import first_mouth
from panda_twenty.sandbox.practice.history import Health, Visit, staged_on
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import entered_and_modified
from panda_twenty.sandbox.practice.people import Person
from panda_twenty.sandbox.practice.progression import advance
from panda_twenty.sandbox.practice.staff import Staff
from panda_twenty.sandbox.practice.ugly_cases import GONE_PROVIDER
from panda_twenty.sandbox.practice.writing import RowWriter

_STAGES = (None, "I", "II", "III", "IV")
_STALE_BLEEDING_BY = 7.5
_STALE_DEPTH_BY = 0.4
_MISSING_HOUR = "2021-03-14T02:30:15.003"
_DOUBLE_HOUR = "2022-11-06T01:30:00.000"

_NOTE_PARTS = (
    "Tissue pink and firm, stippling present.",
    "Marginal redness upper right, bleeds readily.",
    "PD ≤4 mm throughout except as charted.",
    "Pockets ≥6 mm at the molars reviewed with the patient.",
    "Patient naïve to interdental brushes; demonstrated.",
    "Café-au-lait stain on the lower front teeth.",
    "Oral hygiene instruction repeated – 2 × daily.",
    "Occlusal guard checked, fits.",
    "Sensitivity to cold where roots are exposed, ±½ mm since last visit.",
    "Denies changes in medical history.",
)

#: (FindingID, label, value type, choices, active)
FINDINGS: tuple[tuple[int, str, str, str | None, int], ...] = (
    (1, "Clenching or grinding", "B", None, 1),
    (2, "Night guard", "C", "none|worn|broken|lost", 1),
    (3, "Blood pressure, upper value", "N", None, 1),
    (4, "Blood pressure, lower value", "N", None, 1),
    (5, "Last full set of radiographs", "D", None, 1),
    (6, "Frenum remark", "T", None, 1),
    (7, "Gingival colour", "C", "pink|red|magenta|pigmented", 1),
    (9, "Dry mouth", "B", None, 1),
    (12, "Plaque score (old form)", "N", None, 0),
)
_CHOICE_FINDING = 7


def write_finding_definitions(writer: RowWriter) -> None:
    """FindingDef rows."""
    for finding, label, value_type, choices, active in FINDINGS:
        writer.add(
            "FindingDef",
            FindingID=finding,
            Label=label,
            ValueType=value_type,
            Choices=choices,
            IsActive=active,
        )


def write_exams(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    person: Person,
    staff: Staff,
    health: Health,
    visits: list[Visit],
    cases: frozenset[str],
) -> None:
    """PerioExam, PerioTooth and FindingValue rows of one patient, the mouth carried from visit to visit."""
    if not visits:
        return
    mouth = first_mouth(rng, person.age_on(visits[0].day), health.severity)
    if "implant_without_margin" in cases:
        mouth.status[4] = "I"
        mouth.depths[4] = [3, 3, 4, 3, 2, 3]
        # Later exams find one, also where no tooth stood before.
        mouth.margins[4] = mouth.margins[4] or [0] * 6
    baseline = 2 if "baseline_changed" in cases else next((v.slot for v in visits if v.exam_type != "S"), 0)
    for visit in visits:
        planted = cases if visit.slot == 0 else frozenset()
        if visit.slot:
            advance(mouth, visit.course, rng)
        exam_id = row_id("PerioExam", index, visit.slot)
        chart = None
        if visit.charted:
            chart = chart_exam(exam_id, mouth, visit.style, rng, planted)
            writer.add_rows("PerioTooth", chart.rows)
        header = _header(rng, person, staff, health, visit, chart, mouth.hygiene)
        header.update(ExamID=exam_id, IsBaseline=int(visit.slot == baseline))
        writer.add("PerioExam", **(header | _planted_changes(header, planted)))
        if visit.charted:
            _write_findings(writer, rng, exam_id, visit, planted)


def _header(
    rng: random.Random,
    person: Person,
    staff: Staff,
    health: Health,
    visit: Visit,
    chart: Chart | None,
    hygiene: int,
) -> dict[str, object]:
    """One PerioExam row without its id."""
    created, modified = entered_and_modified(rng, visit.day, last=LAST_DAY)
    periodontist = person.provider_id or staff.periodontists[0]
    comprehensive = visit.exam_type != "S" and chart is not None
    staged = comprehensive and staged_on(visit.day)
    ill = health.severity > 0
    hba1c = health.hba1c_tenths
    return {
        "PatientID": person.patient_id,
        "ProviderID": staff.examiner(rng, visit.exam_type, periodontist),
        "OfficeID": person.office_id,
        "ExamDate": visit.day.isoformat(),
        "ExamType": visit.exam_type,
        "DxStage": _STAGES[health.severity] if staged else None,
        "DxGrade": health.grade if staged and ill else None,
        "DxExtent": health.extent if staged and ill else None,
        "CaseType": _case_type(rng, health) if comprehensive and not staged else None,
        "DxText": _diagnosis(health, chart, staged) if comprehensive and rng.random() < 0.8 else None,
        "Prognosis": ("G", "G", "F", "Q", "P")[health.severity] if comprehensive else None,
        "OralHygiene": "GFP"[hygiene] if comprehensive and rng.random() < 0.9 else None,
        "Smoking": health.smoking if comprehensive else None,
        "CigsPerDay": health.cigarettes if comprehensive else None,
        "Diabetes": health.diabetes if comprehensive else None,
        "HbA1c": f"{hba1c // 10}.{hba1c % 10}" if hba1c and comprehensive and rng.random() < 0.8 else None,
        "BopPct": chart.bleeding_percentage if chart and visit.style.bleeding else None,
        "MeanPd": chart.mean_depth if chart else None,
        "RecallMonths": (6, 6, 4, 3, 3)[health.severity] if visit.exam_type in "MRP" else None,
        "ExamNote": _note(rng),
        "CreatedOn": created,
        "ModifiedOn": modified,
    }


def _planted_changes(header: dict[str, object], cases: frozenset[str]) -> dict[str, object]:
    """What the planted cases change in the first exam's header."""
    changes: dict[str, object] = {}
    if "stale_bleeding_percentage" in cases:
        stored = float(str(header["BopPct"]))
        changed = stored + (_STALE_BLEEDING_BY if stored < 50 else -_STALE_BLEEDING_BY)
        changes["BopPct"] = f"{changed:.1f}"
    if "stale_mean_depth" in cases:
        changes["MeanPd"] = f"{float(str(header['MeanPd'])) + _STALE_DEPTH_BY:.2f}"
    if "exam_provider_gone" in cases:
        changes["ProviderID"] = GONE_PROVIDER
    if "modified_in_missing_hour" in cases:
        changes["ModifiedOn"] = _MISSING_HOUR
    if "modified_in_double_hour" in cases:
        changes["ModifiedOn"] = _DOUBLE_HOUR
    if "stage_milder_than_chart" in cases:
        changes.update(DxStage="II", DxGrade="B", DxExtent="G", CaseType=None, DxText=None)
    return changes


def _case_type(rng: random.Random, health: Health) -> str:
    """The legacy words: case types I to IV, or the initials of chronic and aggressive disease."""
    if health.severity >= 3 and rng.random() < 0.15:
        return rng.choice(("CP", "CP", "AP"))
    return ("I", "II", "III", "IV", "IV")[health.severity]


def _diagnosis(health: Health, chart: Chart | None, staged: bool) -> str:
    deep = f"; PD ≥5 mm at {chart.deep_sites} sites" if chart and chart.deep_sites else ""
    spread = {"L": "Localized", "G": "Generalized", "M": "Molar-incisor pattern of"}[health.extent]
    if health.severity == 0:
        return "Gingivitis induced by plaque, intact attachment"
    if not staged:
        return f"{spread} chronic periodontitis{deep}"
    stage = f"stage {_STAGES[health.severity]}, grade {health.grade}"
    return f"{spread} periodontitis, {stage}{deep}"


def _note(rng: random.Random) -> str | None:
    draw = rng.random()
    if draw < 0.3:
        return None
    separator = "\r\n" if draw > 0.6 else " "
    return separator.join(rng.sample(_NOTE_PARTS, k=rng.randrange(1, 4)))


def _write_findings(
    writer: RowWriter, rng: random.Random, exam_id: int, visit: Visit, cases: frozenset[str]
) -> None:
    """FindingValue rows: a third of the exams fill some of the practice's own findings."""
    chosen = rng.sample(FINDINGS, k=rng.randrange(1, 5)) if rng.random() < 0.35 else []
    values = {
        finding: _value(rng, value_type, choices, visit) for finding, _, value_type, choices, _ in chosen
    }
    if "choice_not_in_list" in cases:
        values[_CHOICE_FINDING] = "coral pink"
    for finding, value in sorted(values.items()):
        writer.add("FindingValue", ExamID=exam_id, FindingID=finding, ValueText=value)


def _value(rng: random.Random, value_type: str, choices: str | None, visit: Visit) -> str:
    if value_type == "B":
        return rng.choice(("Y", "N", "Y", "N", "Yes", "no"))
    if value_type == "C":
        return rng.choice((choices or "").split("|"))
    if value_type == "N":
        number = str(rng.randrange(64, 170))
        return number if rng.random() < 0.95 else f"{number} mmHg"
    if value_type == "D":
        return visit.day.replace(day=1).isoformat() if rng.random() < 0.95 else "unknown"
    return rng.choice(
        ("Broad attachment, lower midline", "Pulls on the papilla", "Unremarkable – recheck in 6 mo.")
    )
