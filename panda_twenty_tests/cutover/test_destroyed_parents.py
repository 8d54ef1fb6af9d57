"""Somebody in Twenty destroys a patient, or the practice's location, that rows changed since belong to."""

from __future__ import annotations

from typing import Any

from panda_twenty.cutover.delivering import Asked, deliver
from panda_twenty.cutover.work import find_work
from panda_twenty.ledger.state import quarantined
from panda_twenty.route_verification import verify
from panda_twenty.session import WHOLE, Session
from panda_twenty.stages import load_route, patient_ranges, survey_workspace
from panda_twenty.twenty.records import destroy, soft_delete
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now

PREFIX = "reference-practice/patient"


def patients_with_exams(one: GoingOn) -> list[tuple[Any, ...]]:
    """Patient and their first exam."""
    return one.ask("SELECT PatientID, MIN(ExamID) FROM PerioExam GROUP BY PatientID ORDER BY PatientID")


def destroy_patient(one: GoingOn, session: Session, patient: int) -> str:
    """Returns the id of the location that they came to."""
    found = one.in_twenty("person", f"{PREFIX}/{patient}", "id", "companyId")
    destroy(session.client, session.facts("person"), [found["id"]])
    return str(found["companyId"])


def delta_rounds(session: Session) -> None:
    """What the ticks of the sensor do, one after the other, until nothing is pending."""
    work = find_work(session)
    for _ in range(3):
        deliver(session, Asked(work.whole, work.ranges, work.changed))
        work = find_work(session).only_pending()
        if not work.places:
            return
    raise AssertionError(f"{sorted(work.places)} stay pending")


def all_of_it(session: Session) -> list[tuple[str, str, dict[str, int]]]:
    """Routes and ranges that are not in Twenty as the practice has them, with the fields that differ."""
    wrong = []
    ranges = [each.key for each in patient_ranges(session)]
    for route in session.mapping.routes:
        for key in ranges if route.is_patient_scoped else [WHOLE]:
            found = verify(session, route, key)
            if not found.is_clean:
                wrong.append((route.name, key, {**found.different_fields, "missing": found.missing}))
    return wrong


def test_a_delta_brings_back_what_its_rows_belong_to_and_every_link_to_it(going_on: GoingOn) -> None:
    (named, exam), (changed, _) = patients_with_exams(going_on)[:2]
    going_on.copy_row("PerioExam", f"ExamID = {exam}", ExamID=999001, ModifiedOn=now())
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = ?", now(), changed)
    with going_on.session() as session:
        destroy_patient(going_on, session, named)
        destroy_patient(going_on, session, changed)
        delta_rounds(session)
        assert list(quarantined(session.ledger)) == []
        assert all_of_it(session) == []


def test_a_migration_links_what_was_emptied_in_one_go(going_on: GoingOn) -> None:
    ((patient, _), *_) = patients_with_exams(going_on)
    with going_on.session() as session:
        location = destroy_patient(going_on, session, patient)
        destroy(session.client, session.facts("company"), [location])
        survey_workspace(session)
        ranges = [each.key for each in patient_ranges(session)]
        for route in session.mapping.routes:
            load_route(session, route, ranges if route.is_patient_scoped else [WHOLE])
        assert all_of_it(session) == []


def test_a_new_row_of_a_patient_who_was_put_into_the_bin_is_linked_to_them(going_on: GoingOn) -> None:
    """They stay there: whoever takes them out again finds the row."""
    ((patient, exam), *_) = patients_with_exams(going_on)
    going_on.copy_row("PerioExam", f"ExamID = {exam}", ExamID=999001, ModifiedOn=now())
    with going_on.session() as session:
        person = going_on.in_twenty("person", f"{PREFIX}/{patient}", "id")["id"]
        soft_delete(session.client, session.facts("person"), [person])
        delta_rounds(session)
        assert list(quarantined(session.ledger)) == []
        found = going_on.in_twenty("perioExam", "reference-practice/perio_exam/999001", "patientId")
        assert found["patientId"] == person
        assert going_on.in_twenty("person", f"{PREFIX}/{patient}", "deletedAt")["deletedAt"] is not None
