"""Treatment plans: phases in order, and items whose codes and letter wording do not always agree."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from panda_twenty.sandbox.practice.codes import LAST_DAY
from panda_twenty.sandbox.practice.history import Health, Visit
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import entered_and_modified, moment_text
from panda_twenty.sandbox.practice.people import Person
from panda_twenty.sandbox.practice.procedures import BY_CODE, Procedure
from panda_twenty.sandbox.practice.ugly_cases import UGLY_CASES
from panda_twenty.sandbox.practice.writing import RowWriter

_PHASES_PER_PLAN = 5
_ITEMS_PER_PHASE = 10
_PLAN_CASES = frozenset(case.name for case in UGLY_CASES if case.table in ("TxPlan", "TxItem"))
_ITEM_CASES = frozenset(case.name for case in UGLY_CASES if case.table == "TxItem")
_GOALS = (
    "Stop the disease, keep all teeth; PD ≤4 mm without bleeding.",
    "Regain attachment at the molars.\r\nReplace #19.",
    "Patient wants to keep the bridge.",
    None,
)


@dataclass(frozen=True)
class Phase:
    """A phase of a plan and the codes that may stand in it."""

    label: str
    codes: tuple[str, ...]
    days_after: int


_NON_SURGICAL = Phase(
    "Phase I non-surgical", ("D4341", "D4341UR", "D4341LL", "D4342", "D4355", "D4381", "D0210", "SPLINT"), 7
)
_RE_EVALUATION = Phase("Re-evaluation", ("PERIO1", "D0180"), 75)
_SURGICAL = Phase(
    "Phase II surgical", ("D4260", "D4261", "D4263", "D4266", "D4273", "D4249", "D7140", "RIDGE"), 120
)
_IMPLANT = Phase("Implant", ("D6010", "D6011.1", "RIDGE"), 240)
_MAINTENANCE = Phase("Maintenance", ("D4910", "D1206"), 330)


def write_plans(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    person: Person,
    health: Health,
    visits: list[Visit],
    first_day: date,
    cases: frozenset[str],
) -> None:
    """TxPlan, TxPhase and TxItem rows: none to three plans, most of them made at an exam."""
    count = 0 if not visits else rng.choices(range(4), (22, 55, 18, 5))[0]
    if "letter_wording_differs" in cases:
        count = max(count, 2)
    elif cases & _PLAN_CASES:
        count = max(count, 1)
    for number in range(count):
        visit = visits[min(number, len(visits) - 1)] if visits else None
        day = visit.day if visit else first_day
        planted = cases if number == 0 or "letter_wording_differs" in cases else frozenset()
        status = _plan_status(rng, day)
        plan_id = row_id("TxPlan", index, number)
        created, modified = entered_and_modified(rng, day, last=LAST_DAY)
        writer.add(
            "TxPlan",
            PlanID=plan_id,
            PatientID=person.patient_id,
            ProviderID=person.provider_id,
            ExamID=row_id("PerioExam", index, visit.slot) if visit else None,
            PlanName=rng.choice(("Perio plan", "Treatment plan", "Plan A", "Second opinion – Dr. Ñ."))
            + f" {day.year}",
            PlanStatus=status,
            PlanDate=day.isoformat(),
            Goal=rng.choice(_GOALS),
            CreatedOn=created,
            ModifiedOn=modified,
        )
        if "plan_without_phases" in planted:
            continue
        for place, phase in enumerate(_phases(rng, health, planted)):
            _write_phase(writer, rng, index, person, number, place, phase, day, status, modified, planted)


def _plan_status(rng: random.Random, day: date) -> str:
    if (LAST_DAY - day).days > 700:
        return rng.choices("CAR", (70, 18, 12))[0]
    return rng.choices("APRC", (50, 30, 8, 12))[0]


def _phases(rng: random.Random, health: Health, cases: frozenset[str]) -> list[Phase]:
    """What the severity asks for; at most five phases."""
    if health.severity == 0 and not cases & _ITEM_CASES:
        return [_MAINTENANCE]
    phases = [_NON_SURGICAL, _RE_EVALUATION]
    if health.severity >= 3 and rng.random() < 0.7:
        phases.append(_SURGICAL)
    if health.severity >= 3 and rng.random() < 0.3:
        phases.append(_IMPLANT)
    return [*phases, _MAINTENANCE]


def _write_phase(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    person: Person,
    plan: int,
    place: int,
    phase: Phase,
    plan_day: date,
    plan_status: str,
    modified: str,
    cases: frozenset[str],
) -> None:
    """One TxPhase row and its items; a phase now and then is still empty."""
    start = plan_day + timedelta(days=phase.days_after)
    done = plan_status == "C" and start < LAST_DAY
    open_status = "I" if plan_status == "A" and place == 0 and start < LAST_DAY else "O"
    slot = plan * _PHASES_PER_PLAN + place
    phase_id = row_id("TxPhase", index, slot)
    writer.add(
        "TxPhase",
        PhaseID=phase_id,
        PatientID=person.patient_id,
        PlanID=row_id("TxPlan", index, plan),
        PhaseOrder=place + 1,
        PhaseLabel=phase.label,
        PhaseStatus="C" if done else open_status,
        ProviderID=person.provider_id,
        StartDate=start.isoformat() if done or open_status == "I" else None,
        EndDate=min(start + timedelta(days=30), LAST_DAY).isoformat() if done else None,
        ModifiedOn=_touched(modified, min(start + timedelta(days=30), LAST_DAY) if done else None),
    )
    first = place == 0
    count = 0 if rng.random() < 0.03 and not first else rng.randrange(1, 6 if len(phase.codes) > 3 else 3)
    for number in range(count):
        planted = cases if first and number == 0 else frozenset()
        item = _item(rng, BY_CODE[rng.choice(phase.codes)], start, done, plan_status, modified)
        writer.add(
            "TxItem",
            ItemID=row_id("TxItem", index, slot * _ITEMS_PER_PHASE + number),
            PhaseID=phase_id,
            PatientID=person.patient_id,
            ItemOrder=number + 1,
            **(item | _planted_item(planted, plan)),
        )


def _item(
    rng: random.Random, procedure: Procedure, start: date, done: bool, plan_status: str, modified: str
) -> dict[str, object]:
    """What one item says: now and then with a remark in the letter wording or a reduced fee."""
    letter = procedure.letter
    if rng.random() < 0.1:
        letter = f"{letter} (as discussed)"
    fee = procedure.fee_cents if rng.random() < 0.85 else round(procedure.fee_cents * 0.9)
    status = "C" if done else rng.choices("TE", (95, 5))[0]
    if plan_status == "R":
        status = "D"
    completed = min(start + timedelta(days=rng.randrange(30)), LAST_DAY)
    return {
        "PmsCode": procedure.pms_code,
        "AdaCode": procedure.ada_code,
        "ClinicalDesc": procedure.clinical,
        "LetterDesc": letter or None,
        "ToothArea": rng.choice(procedure.areas) or None,
        "Surface": rng.choice(("MOD", "B", "DL")) if rng.random() < 0.04 else None,
        "Fee": f"{fee // 100}.{fee % 100:02d}",
        "ItemStatus": status,
        "PlannedOn": start.isoformat() if rng.random() < 0.8 else None,
        "CompletedOn": completed.isoformat() if status == "C" else None,
        "ModifiedOn": _touched(modified, completed if status == "C" else None),
    }


def _touched(modified: str, completed: date | None) -> str:
    """The plan's ModifiedOn, or the evening of the day on which this row was completed, if later."""
    return max(modified, moment_text(completed, 17 * 3600)) if completed else modified


def _planted_item(cases: frozenset[str], plan: int) -> dict[str, object]:
    """What the planted cases make of the first item of a plan."""
    if "letter_wording_differs" in cases:
        wording = ("deep cleaning, upper right", "scaling under the gum line, upper right")[plan % 2]
        return _coded("D4341") | {"LetterDesc": wording, "ToothArea": "UR"}
    if "suffixed_code" in cases:
        return _coded("D4341UR") | {"ToothArea": "UR"}
    if "local_code" in cases:
        return _coded("PERIO1")
    if "retired_code" in cases:
        return _coded("SPLINT") | {"ToothArea": "23-26"}
    if "primary_teeth_area" in cases:
        return _coded("D1206") | {"ToothArea": "A-T"}
    if "item_without_code" in cases:
        return {"PmsCode": None, "AdaCode": None, "ClinicalDesc": "Photos", "LetterDesc": "photographs"}
    if "item_without_fee" in cases:
        return {"Fee": None}
    return {}


def _coded(code: str) -> dict[str, object]:
    procedure = BY_CODE[code]
    return {
        "PmsCode": procedure.pms_code,
        "AdaCode": procedure.ada_code,
        "ClinicalDesc": procedure.clinical,
        "LetterDesc": procedure.letter or None,
    }
