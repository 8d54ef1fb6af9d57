"""Everything the practice holds on one patient, in the order in which it came about."""

from __future__ import annotations

from datetime import date, timedelta

from panda_twenty.sandbox.practice.appointments import write_appointments
from panda_twenty.sandbox.practice.codes import FIRST_DAY, LAST_DAY
from panda_twenty.sandbox.practice.comparisons import write_comparisons
from panda_twenty.sandbox.practice.documents import write_documents
from panda_twenty.sandbox.practice.exams import write_exams
from panda_twenty.sandbox.practice.history import Visit, draw_health, draw_visits
from panda_twenty.sandbox.practice.identity import stream
from panda_twenty.sandbox.practice.insurance import write_insurance
from panda_twenty.sandbox.practice.letters import write_letters
from panda_twenty.sandbox.practice.moments import entered_and_modified, workday
from panda_twenty.sandbox.practice.notes import write_notes
from panda_twenty.sandbox.practice.people import patient_row, person_at
from panda_twenty.sandbox.practice.plans import write_plans
from panda_twenty.sandbox.practice.staff import Staff
from panda_twenty.sandbox.practice.ugly_cases import cases_at
from panda_twenty.sandbox.practice.writing import RowWriter


def write_patient(writer: RowWriter, seed: int, index: int, staff: Staff) -> None:
    """All rows of the patient at ``index``; each topic draws from its own stream of chance."""
    cases = cases_at(index)
    person = person_at(seed, index, staff)
    course = stream(seed, index, "course")
    health = draw_health(course, person.age_on(FIRST_DAY), cases)
    visits = draw_visits(course, health, cases)
    first_day = _first_day(visits, index)

    entry = stream(seed, index, "entry")
    # Patients are entered when they call for their first appointment.
    called = workday(first_day - timedelta(days=entry.randrange(4, 30)))
    created, modified = entered_and_modified(entry, called, last=LAST_DAY)
    first_visit = visits[0].day if visits else None
    writer.add("Patient", **patient_row(person, first_visit, created, modified))
    write_insurance(writer, stream(seed, index, "insurance"), index, person.patient_id, first_day, cases)
    write_exams(writer, stream(seed, index, "exams"), index, person, staff, health, visits, cases)
    write_comparisons(writer, stream(seed, index, "comparisons"), index, person.patient_id, visits, cases)
    write_plans(writer, stream(seed, index, "plans"), index, person, health, visits, first_day, cases)
    write_notes(writer, stream(seed, index, "notes"), index, person, visits, first_day, cases)
    write_letters(writer, stream(seed, index, "letters"), seed, index, person, staff, health, visits, cases)
    write_appointments(
        writer, stream(seed, index, "appointments"), index, person, staff, visits, first_day, cases
    )
    write_documents(
        writer, stream(seed, index, "documents"), index, person.patient_id, visits, first_day, cases
    )


def _first_day(visits: list[Visit], index: int) -> date:
    """The day on which the patient was entered: the first exam, or some day for those never examined."""
    if visits:
        return visits[0].day
    return workday(FIRST_DAY + timedelta(days=index * 37 % 2_800))
