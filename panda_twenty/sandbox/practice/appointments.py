"""Appointments: kept, missed, cancelled, moved, and those still to come."""

from __future__ import annotations

import random
from datetime import date, timedelta

from panda_twenty.sandbox.practice.codes import LAST_DAY
from panda_twenty.sandbox.practice.history import Visit
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import moment_text, workday
from panda_twenty.sandbox.practice.people import Person
from panda_twenty.sandbox.practice.staff import Staff
from panda_twenty.sandbox.practice.ugly_cases import GONE_APPOINTMENT
from panda_twenty.sandbox.practice.writing import RowWriter

_PROCEDURES = {
    "I": "New patient exam",
    "R": "Re-eval 6-8 wks",
    "P": "Post-op check",
    "M": "Perio recall",
    "S": "Screening",
}
_PLANTED = {
    "rescheduled": (("R", 1), ("C", None)),
    "rescheduled_to_nothing": (("R", GONE_APPOINTMENT),),
    "appointment_never_closed": (("S", None),),
}


def write_appointments(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    person: Person,
    staff: Staff,
    visits: list[Visit],
    first_day: date,
    cases: frozenset[str],
) -> None:
    """Appointment rows. Each exam was an appointment; one in eight was missed, cancelled or moved before."""
    days: list[tuple[date, str, str, int | None]] = []
    for name, planted in _PLANTED.items():
        if name in cases:
            for place, (outcome, successor) in enumerate(planted):
                moved_to = row_id("Appointment", index, 1) if successor == 1 else successor
                days.append((first_day + timedelta(days=14 * place), outcome, "Perio recall", moved_to))
    for visit in visits:
        text = _PROCEDURES[visit.exam_type]
        draw = rng.random()
        earlier = workday(visit.day - timedelta(days=rng.randrange(3, 20)))
        if draw < 0.045:
            days.append((earlier, "R", text, row_id("Appointment", index, len(days) + 1)))
        elif draw < 0.125:
            days.append((earlier, "N" if draw < 0.08 else "X", text, None))
        days.append((visit.day, "C", text, None))
        if rng.random() < 0.5:
            therapy = workday(visit.day + timedelta(days=rng.randrange(7, 28)))
            if therapy <= LAST_DAY:
                days.append(
                    (therapy, "C", rng.choice(("Deep cleaning R", "Deep cleaning L", "Suture removal")), None)
                )
    if person.status == "A" and rng.random() < 0.55:
        days.append((workday(LAST_DAY + timedelta(days=rng.randrange(1, 180))), "S", "Perio recall", None))
    office = person.office_id
    for slot, (day, outcome, text, moved_to) in enumerate(days):
        booked = min(day, LAST_DAY) - timedelta(days=rng.randrange(1, 60)) if outcome == "S" else day
        writer.add(
            "Appointment",
            AppointmentID=row_id("Appointment", index, slot),
            PatientID=person.patient_id,
            ProviderID=rng.choice(staff.hygienists) if text == "Perio recall" else person.provider_id,
            OfficeID=office,
            Operatory=f"OP{rng.randrange(1, 7)}",
            StartsAt=moment_text(day, rng.randrange(16, 33) * 1800),
            Minutes=rng.choice((30, 45, 60, 60, 90)),
            ProcedureText=text,
            Outcome=outcome,
            RescheduledTo=moved_to,
            ModifiedOn=moment_text(booked, rng.randrange(17 * 3600, 19 * 3600)),
        )
