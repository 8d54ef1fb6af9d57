"""Every planted case is where ``ugly_cases`` says, and is what its sentence says."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from panda_twenty.sandbox.practice import UGLY_CASES, UglyCase, ugly_cases, write_practice
from panda_twenty.sandbox.practice.codes import APPOINTMENT_OUTCOME, ITEM_STATUS, PHASE_STATUS, PLAN_STATUS
from panda_twenty.sandbox.practice.documents import pdf, png

_KEYS = {
    "Patient": "PatientID",
    "PatientInsurance": "InsuranceID",
    "PerioExam": "ExamID",
    "TxPlan": "PlanID",
    "TxItem": "ItemID",
    "Comparison": "ComparisonID",
    "ProgressNote": "NoteID",
    "Letter": "LetterID",
    "Appointment": "AppointmentID",
    "PatientDocument": "DocumentID",
    "Provider": "ProviderID",
    "RefDoctor": "RefDrID",
}
#: A condition that every row of the case meets; {t} is the row.
_CONDITIONS = {
    "provider_is_patient": "Email IN (SELECT Email FROM Provider)",
    "apostrophe_in_name": "LastName LIKE '%''%'",
    "accent_in_name": "LastName GLOB '*[^ -~]*' AND FirstName GLOB '*[^ -~]*'",
    "particle_in_name": "LastName GLOB '[a-z]* *'",
    "hyphenated_name": "LastName LIKE '%-%' AND FirstName LIKE '%-%'",
    "all_capitals_name": "LastName = UPPER(LastName) AND FirstName = UPPER(FirstName)",
    "suffix_in_last_name": "LastName LIKE '% Jr.' OR LastName LIKE '% III' OR LastName LIKE '%, Sr'",
    "suffix_in_its_column": "Suffix IS NOT NULL",
    "trailing_spaces": "FirstName <> RTRIM(FirstName) AND LastName <> RTRIM(LastName) AND City LIKE '% '",
    "preferred_name": "PreferredName <> FirstName",
    "one_letter_first_name": "LENGTH(FirstName) = 1",
    "no_name": "FirstName IS NULL AND LastName IS NULL",
    "born_on_leap_day": "BirthDate LIKE '%-02-29'",
    "sentinel_birth_date": "BirthDate = '1801-01-01'",
    "no_birth_date": "BirthDate IS NULL",
    "entered_twice": "(SELECT COUNT(*) FROM Patient o WHERE o.FirstName = {t}.FirstName "
    "AND o.LastName = {t}.LastName AND o.BirthDate = {t}.BirthDate) = 2",
    "spouses_share_email": "(SELECT COUNT(*) FROM Patient o WHERE o.Email = {t}.Email "
    "AND o.LastName = {t}.LastName) = 2",
    "minor_with_parents_email": "(SELECT MAX(o.BirthDate) FROM Patient o WHERE o.Email = {t}.Email) > '2010' "
    "AND (SELECT COUNT(*) FROM Patient o WHERE o.Email = {t}.Email) = 2",
    "phone_with_extension": "WorkPhone GLOB '[0-9]* x12'",
    "phone_with_cell_note": "HomePhone LIKE '%(cell)'",
    "phone_with_call_note": "HomePhone LIKE '%call after 5'",
    "canadian_patient": "MobilePhone = '416-555-0134' AND State = 'ON'",
    "phone_is_not_a_number": "HomePhone = 'none' AND WorkPhone = 'NA'",
    "emails_with_semicolon": "Email LIKE '%@%;%@%'",
    "emails_with_comma": "Email LIKE '%@%,%@%,%@%'",
    "email_in_capitals": "Email = UPPER(Email) AND Email LIKE '%@%'",
    "email_is_not_an_address": "Email = 'n/a'",
    "no_chart_number": "ChartNo IS NULL",
    "chart_number_twice": "(SELECT COUNT(*) FROM Patient o WHERE o.ChartNo = {t}.ChartNo) = 2",
    "pms_number_like_chart": "PmsPatNum LIKE 'CH-%'",
    "zero_ssn": "SSN = '000-00-0000'",
    "deceased": "Status = 'D'",
    "inactive": "Status = 'I'",
    "long_medical_alert": "LENGTH(MedicalAlert) = 400",
    "medical_alert_with_lines": "MedicalAlert LIKE '%' || CHAR(13, 10, 9) || '%'",
    "referring_doctor_gone": "RefDrID NOT IN (SELECT RefDrID FROM RefDoctor)",
    "three_insurances": "(SELECT COUNT(*) FROM PatientInsurance o WHERE o.PatientID = {t}.PatientID) = 3",
    "no_exams": "PatientID NOT IN (SELECT PatientID FROM PerioExam)",
    "eight_exams": "(SELECT COUNT(*) FROM PerioExam o WHERE o.PatientID = {t}.PatientID) = 8",
    "no_provider": "ProviderID IS NULL AND RefDrID IS NULL",
    "exam_without_teeth": "BopPct IS NULL AND MeanPd IS NULL "
    "AND ExamID NOT IN (SELECT ExamID FROM PerioTooth)",
    "screening_depths_only": "MeanPd IS NOT NULL AND BopPct IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM PerioTooth o WHERE o.ExamID = {t}.ExamID "
    "AND COALESCE(Gm1, Bleeding, Plaque, Mobility, FurcB, MgjFacial) IS NOT NULL)",
    "stale_bleeding_percentage": "BopPct BETWEEN 0 AND 100",
    "stale_mean_depth": "MeanPd > 0",
    "site_not_assessable": "EXISTS (SELECT 1 FROM PerioTooth o WHERE o.ExamID = {t}.ExamID AND o.Pd1 = 99)",
    "bleeding_without_depth": "EXISTS (SELECT 1 FROM PerioTooth o WHERE o.ExamID = {t}.ExamID "
    "AND o.Pd1 IS NULL AND o.Bleeding & 1)",
    "implant_without_margin": "EXISTS (SELECT 1 FROM PerioTooth o WHERE o.ExamID = {t}.ExamID "
    "AND o.ToothStatus = 'I' AND o.Gm1 IS NULL AND o.Pd1 IS NOT NULL)",
    "exam_provider_gone": "ProviderID NOT IN (SELECT ProviderID FROM Provider)",
    "exam_on_leap_day": "ExamDate = '2024-02-29'",
    "modified_in_missing_hour": "ModifiedOn LIKE '2021-03-14T02:%'",
    "modified_in_double_hour": "ModifiedOn LIKE '2022-11-06T01:%'",
    "legacy_case_type": "CaseType IS NOT NULL AND DxStage IS NULL",
    "two_exams_on_one_day": "(SELECT COUNT(*) FROM PerioExam o WHERE o.PatientID = {t}.PatientID "
    "AND o.ExamDate = {t}.ExamDate) = 2",
    "stage_milder_than_chart": "DxStage = 'II' AND EXISTS (SELECT 1 FROM PerioTooth o "
    "WHERE o.ExamID = {t}.ExamID AND o.ToothStatus = 'P' AND o.Pd1 < 99 AND o.Pd1 + o.Gm1 >= 5)",
    "relapse": "MeanPd > (SELECT o.MeanPd FROM PerioExam o WHERE o.PatientID = {t}.PatientID "
    "AND o.ExamDate < {t}.ExamDate ORDER BY o.ExamDate DESC LIMIT 1) + 0.2",
    "choice_not_in_list": "EXISTS (SELECT 1 FROM FindingValue o WHERE o.ExamID = {t}.ExamID "
    "AND o.ValueText = 'coral pink')",
    "letter_wording_differs": "PmsCode = 'D4341' AND LetterDesc LIKE '%upper right'",
    "suffixed_code": "PmsCode = 'D4341UR' AND AdaCode = 'D4341'",
    "local_code": "PmsCode = 'PERIO1' AND AdaCode IS NULL",
    "retired_code": "AdaCode = 'D4320'",
    "primary_teeth_area": "ToothArea = 'A-T'",
    "item_without_code": "PmsCode IS NULL AND AdaCode IS NULL AND ClinicalDesc IS NOT NULL",
    "plan_without_phases": "PlanID NOT IN (SELECT PlanID FROM TxPhase)",
    "item_without_fee": "Fee IS NULL",
    "baseline_changed": "BaselineExamID <> Exam1ID AND BaselineExamID IN (SELECT ExamID FROM PerioExam)",
    "baseline_exam_gone": "BaselineExamID NOT IN (SELECT ExamID FROM PerioExam)",
    "five_exam_comparison": "Exam5ID IS NOT NULL",
    "rtf_in_cyrillic": "NoteBody LIKE '{{\\rtf1%\\fcharset204%\\f1%\\''cf%'",
    "rtf_with_table": "NoteBody LIKE '%\\trowd%\\pntext%'",
    "rtf_with_unicode": "NoteBody LIKE '%\\u8804?%\\u8805?%\\''80%'",
    "html_note": "NoteBody LIKE '<div%<li>%'",
    "empty_note": "NoteBody = ''",
    "note_with_line_breaks": "NoteBody LIKE '%' || CHAR(13, 10, 13, 10, 9) || '%'",
    "full_length_note": "LENGTH(NoteBody) = 4000",
    "letter_template_gone": "TemplateID NOT IN (SELECT TemplateID FROM LetterTemplate)",
    "unresolved_merge_field": "Body LIKE '%{{RecallMonths}}%'",
    "rescheduled": "Outcome = 'R' AND (SELECT o.Outcome FROM Appointment o "
    "WHERE o.AppointmentID = {t}.RescheduledTo) = 'C'",
    "rescheduled_to_nothing": "RescheduledTo NOT IN (SELECT AppointmentID FROM Appointment)",
    "appointment_never_closed": "Outcome = 'S' AND StartsAt < '2026-07'",
    "document_empty": "LENGTH(Content) = 0",
    "document_without_content": "Content IS NULL",
    "document_with_odd_name": "FileName LIKE '%/%' AND FileName LIKE '%?%'",
    "npi_with_wrong_check_digit": "LENGTH(NPI) = 10",
    "one_practice_many_spellings": "UPPER(PracticeName) LIKE 'CEDAR PARK DENTAL%'",
    "doctor_twice": "LastName LIKE 'M%cAuley'",
    "doctor_without_practice": "PracticeName IS NULL",
    "similar_practices": "PracticeName LIKE 'Lakeside Dental%'",
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    file = tmp_path_factory.mktemp("practice") / "practice.sqlite"
    write_practice(file)
    return sqlite3.connect(file)


def _rows_meeting(connection: sqlite3.Connection, case: UglyCase, ids: list[int]) -> int:
    condition = _CONDITIONS[case.name].format(t=f"[{case.table}]")
    marks = ", ".join("?" * len(ids))
    query = f"SELECT COUNT(*) FROM [{case.table}] WHERE [{_KEYS[case.table]}] IN ({marks}) AND ({condition})"
    found = connection.execute(query, ids).fetchone()[0]
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("case", UGLY_CASES, ids=lambda case: case.name)
def test_the_default_practice_holds_the_case_where_it_is_announced(
    connection: sqlite3.Connection, case: UglyCase
) -> None:
    ids = ugly_cases(200, 20)[case.name]
    assert ids
    assert _rows_meeting(connection, case, ids) == len(ids)


@pytest.mark.parametrize("seed", [1, 2])
def test_cases_come_back_in_larger_practices_of_any_seed(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "practice.sqlite"
    write_practice(file, patients=300, seed=seed)
    connection = sqlite3.connect(file)
    announced = ugly_cases(300, seed)
    for case in UGLY_CASES:
        assert _rows_meeting(connection, case, announced[case.name]) == len(announced[case.name]), case.name
    assert len(announced["apostrophe_in_name"]) == 2
    assert len(announced["no_name"]) == 1


def test_case_names_are_unique_and_sentences_end() -> None:
    assert len({case.name for case in UGLY_CASES}) == len(UGLY_CASES)
    assert all(case.sentence.endswith(".") for case in UGLY_CASES)


def test_half_of_the_patients_are_ordinary() -> None:
    places = {offset for case in UGLY_CASES for offset in case.offsets}
    assert max(places) < 100


def test_a_small_practice_announces_only_what_it_holds() -> None:
    announced = ugly_cases(10)
    assert announced["all_capitals_name"] == [112]
    assert announced["suffix_in_last_name"] == []


def test_the_two_letter_wordings_of_one_code_differ(connection: sqlite3.Connection) -> None:
    first, second = ugly_cases()["letter_wording_differs"]
    wordings = connection.execute(
        "SELECT DISTINCT i.LetterDesc, p.PlanID FROM TxItem i JOIN TxPhase p ON p.PhaseID = i.PhaseID "
        "WHERE i.ItemID IN (?, ?)",
        (first, second),
    ).fetchall()
    assert len({wording for wording, _ in wordings}) == 2
    assert len({plan for _, plan in wordings}) == 2


def test_plans_and_appointments_use_every_code_of_their_lists(connection: sqlite3.Connection) -> None:
    for table, column, codes in (
        ("TxPlan", "PlanStatus", PLAN_STATUS),
        ("TxPhase", "PhaseStatus", PHASE_STATUS),
        ("TxItem", "ItemStatus", ITEM_STATUS),
        ("Appointment", "Outcome", APPOINTMENT_OUTCOME),
    ):
        used = {row[0] for row in connection.execute(f"SELECT DISTINCT [{column}] FROM [{table}]")}
        assert used == codes.keys(), column


def test_phases_are_numbered_from_one_within_a_plan(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT MIN(PhaseOrder), MAX(PhaseOrder), COUNT(*) FROM TxPhase GROUP BY PlanID"
    )
    assert all((low, high) == (1, count) for low, high, count in rows)


def test_letters_hold_no_merge_field_except_where_planted(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT LetterID FROM Letter "
        "WHERE Body LIKE '%<<%' OR Body LIKE '%[Pat%' OR Body LIKE '%{RecallMonths}%'"
    )
    assert [row[0] for row in rows] == ugly_cases()["unresolved_merge_field"]


def test_documents_are_valid_files() -> None:
    assert png(7).startswith(b"\x89PNG\r\n\x1a\n")
    assert png(7).endswith(b"IEND\xaeB`\x82")
    document = pdf("Hello")
    table = int(document.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert document[table:].startswith(b"xref\n0 6")
    first = int(document[table:].split(b"\n")[3][:10])
    assert document[first:].startswith(b"1 0 obj")
