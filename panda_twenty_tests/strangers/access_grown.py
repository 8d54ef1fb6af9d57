"""A practice's own Access database that grew: plural tables, blanks in names, tlkp lists, autonumbers.

The chart is one row per exam and tooth with a column per site; recession is negative and the attachment
level is stored beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from panda_twenty.panda.profile.chart import ToothRows
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, attachment_levels, bits, midnight, six
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table

_C = Column
_AUTO = "INT"


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _day(name: str, of: str) -> Column:
    return _C(name, "DATETIME", of, written=midnight)


_LISTS = {
    "tlkpGender": (
        "Gender",
        (("F", 1, "Female"), ("M", 2, "Male"), ("X", 3, "Other"), ("U", 4, "Not stated")),
    ),
    "tlkpPatientType": ("Patient Type", (("A", 1, "Active"), ("I", 2, "Inactive"), ("D", 3, "Deceased"))),
    "tlkpRelationship": (
        "Relationship",
        (("SELF", 1, "Self"), ("SPOUSE", 2, "Husband/Wife"), ("CHILD", 3, "Child"), ("OTHER", 4, "Other")),
    ),
    "tlkpExamReason": (
        "Exam Reason",
        (
            ("I", 5, "Initial exam"),
            ("R", 6, "Re-eval after SRP"),
            ("P", 7, "Post surgery"),
            ("M", 8, "Recall / maintenance"),
            ("S", 9, "Screening"),
        ),
    ),
    "tlkpPrognosis": (
        "Prognosis",
        (
            ("G", 1, "Good"),
            ("F", 2, "Fair"),
            ("P", 3, "Poor"),
            ("Q", 4, "Questionable"),
            ("H", 5, "Hopeless"),
        ),
    ),
    "tlkpHygiene": ("Hygiene", (("G", 1, "Good"), ("F", 2, "Fair"), ("P", 3, "Poor"))),
    "tlkpSmoker": ("Smoker", (("N", 1, "Never smoked"), ("F", 2, "Quit"), ("C", 3, "Smokes"))),
    "tlkpDiabetes": (
        "Diabetes",
        (("N", 1, "No diabetes"), ("P", 2, "Borderline"), ("1", 3, "Type 1"), ("2", 4, "Type 2")),
    ),
    "tlkpExtent": ("Extent", (("L", 1, "Localized"), ("G", 2, "Generalized"), ("M", 3, "Molar incisor"))),
    "tlkpPlanStatus": (
        "Plan Status",
        (("A", 1, "Accepted"), ("P", 2, "Presented"), ("C", 3, "Completed"), ("R", 4, "Refused")),
    ),
    "tlkpStepStatus": ("Step Status", (("O", 1, "Planned"), ("I", 2, "Started"), ("C", 3, "Done"))),
    "tlkpLineStatus": (
        "Line Status",
        (("T", 1, "Treatment planned"), ("C", 2, "Completed"), ("D", 3, "Declined"), ("E", 4, "Existing")),
    ),
    "tlkpVisitOutcome": (
        "Visit Outcome",
        (
            ("S", 1, "Booked"),
            ("C", 2, "Seen"),
            ("N", 3, "DNA - did not attend"),
            ("X", 4, "Cancelled"),
            ("R", 5, "Rebooked"),
        ),
    ),
    "tlkpToothCondition": (
        "Condition",
        (
            ("P", 1, "Present"),
            ("M", 2, "Missing"),
            ("I", 3, "Implant"),
            ("U", 4, "Unerupted"),
            ("X", 5, "Not charted"),
        ),
    ),
    "tlkpFieldType": (
        "Field Type",
        (
            ("N", 1, "Number"),
            ("T", 2, "Text"),
            ("B", 3, "Check box"),
            ("C", 4, "Drop-down list"),
            ("D", 5, "Date"),
        ),
    ),
}


def _listed(name: str, of: str, table: str) -> Column:
    word, entries = _LISTS[table]
    return _C(
        name,
        "INT",
        of,
        codes={theirs: here for theirs, here, _ in entries},
        words={theirs: text for theirs, _, text in entries},
        listed_in=(table, word),
    )


def _list_table(name: str) -> Table:
    word, entries = _LISTS[name]
    rows = [{"ID": number, "word": text} for _, number, text in entries]
    return Table(
        name,
        (_C("ID", _AUTO, made=_carried("ID")), _C(word, "NVARCHAR(50)", made=_carried("word"))),
        rows=lambda _: rows,
        key=("ID",),
    )


_STAMP = _C("Last Changed", "DATETIME", "ModifiedOn")
_ENTERED = _C("Date Entered", "DATETIME", "CreatedOn")
_UPSIZED = _C("upsize_ts", "BINARY(8)", made=lambda _: None)
_YES_NO = {"1": -1, "0": 0}
"""Access keeps yes as minus one."""

_SITES = ("DF", "F", "MF", "DL", "L", "ML")
_MEASURES = {"PD": "Pd", "GM": "Gm"}
_MARKS = {"BOP": "Bleeding", "Pus": "Suppuration", "Plq": "Plaque"}


def _teeth(practice: Practice) -> Iterator[Values]:
    for number, row in enumerate(practice.rows("PerioTooth"), 1):
        values: dict[str, Any] = {**row, "number": number}
        for site, depth, margin, level in zip(
            _SITES, six(row, "Pd"), six(row, "Gm"), attachment_levels(row), strict=True
        ):
            values[f"PD {site}"] = _blocked(depth)
            values[f"GM {site}"] = _blocked(margin, -1)
            values[f"CAL {site}"] = _blocked(level)
        for name, of in _MARKS.items():
            for site, bit in zip(_SITES, bits(row[of]), strict=True):
                values[f"{name} {site}"] = None if bit is None else -bit
        yield values


def _blocked(value: int | None, factor: int = 1) -> int | None:
    return 55 if value == NOT_ASSESSABLE else None if value is None else factor * value


def _six_of(name: str) -> tuple[str, ...]:
    return tuple(f"{name} {site}" for site in _SITES)


CHART = ToothRows(
    shape="tooth_rows",
    notation="universal",
    gingival_margin_sign="recession_negative",
    not_assessable=("55",),
    tooth="Tooth",
    measures={
        "probing_depth": _six_of("PD"),
        "gingival_margin": _six_of("GM"),
        "attachment_level": _six_of("CAL"),
    },
    marks={"bleeding": _six_of("BOP"), "suppuration": _six_of("Pus"), "plaque": _six_of("Plq")},
    mark_present=("-1",),
    mark_absent=("0",),
    tooth_level={
        "status": "Condition",
        "mobility": "Mobility",
        "furcation": {"B": "Furc B", "L": "Furc L", "M": "Furc M", "D": "Furc D"},
        "prognosis": "Tooth Prognosis",
    },
    status_codes={"1": "PRESENT", "2": "MISSING", "3": "IMPLANT", "4": "UNERUPTED", "5": "NOT_EXAMINED"},
    prognosis_codes={"1": "GOOD", "2": "FAIR", "3": "POOR", "4": "QUESTIONABLE", "5": "HOPELESS"},
)


def _full_name(row: Values) -> str:
    return f"{row['FirstName'] or ''} {row['LastName'] or ''}".strip()


_TABLES = (
    Table(
        "Offices",
        (
            _C("Office ID", _AUTO, "OfficeID"),
            _C("Office", "NVARCHAR(80)", "OfficeName"),
            _C("Address", "NVARCHAR(80)", "Street"),
            _C("Address (cont)", "NVARCHAR(80)", "Street2"),
            _C("City", "NVARCHAR(50)", "City"),
            _C("State/Province", "NVARCHAR(10)", "State"),
            _C("ZIP/Postal Code", "NVARCHAR(12)", "Zip"),
            _C("Main Phone", "NVARCHAR(40)", "Phone"),
            _C("NPI Number", "NVARCHAR(12)", "NPI"),
            _C("Web Page", "NVARCHAR(120)", "Website"),
            _C("Headquarters?", "SMALLINT", "IsMain", codes=_YES_NO),
            _STAMP,
        ),
        of="Office",
        key=("Office ID",),
    ),
    Table(
        "Doctors & Hygienists",
        (
            _C("ID", _AUTO, "ProviderID"),
            _C("Office", "INT", "OfficeID"),
            _C("First Name", "NVARCHAR(50)", "FirstName"),
            _C("Init", "NVARCHAR(5)", "MiddleInitial"),
            _C("Last Name", "NVARCHAR(60)", "LastName"),
            _C("Job Title", "NVARCHAR(40)", "Credentials"),
            _C("Type of Practice", "NVARCHAR(40)", "Specialty"),
            _C("NPI Number", "NVARCHAR(12)", "NPI"),
            _C("ID Number", "NVARCHAR(11)", made=lambda row: f"900-21-{row['ProviderID']:04d}", never=True),
            _C("E-mail Address", "NVARCHAR(120)", "Email"),
            _C("Business Phone", "NVARCHAR(40)", "Phone"),
            _C("Current?", "SMALLINT", "IsActive", codes=_YES_NO),
            _STAMP,
        ),
        of="Provider",
        key=("ID",),
    ),
    Table(
        "Referring Dentists",
        (
            _C("ID", _AUTO, "RefDrID"),
            _C("First Name", "NVARCHAR(50)", "FirstName"),
            _C("Last Name", "NVARCHAR(60)", "LastName"),
            _C("Degree(s)", "NVARCHAR(40)", "Credentials"),
            _C("Company", "NVARCHAR(100)", "PracticeName"),
            _C("Address", "NVARCHAR(80)", "Street"),
            _C("City", "NVARCHAR(50)", "City"),
            _C("State/Province", "NVARCHAR(10)", "State"),
            _C("ZIP/Postal Code", "NVARCHAR(12)", "Zip"),
            _C("Business Phone", "NVARCHAR(40)", "Phone"),
            _C("Fax Number", "NVARCHAR(40)", "Fax"),
            _C("E-mail Address", "NVARCHAR(120)", "Email"),
            _C("Christmas Card?", "SMALLINT", made=lambda row: -(row["RefDrID"] % 2)),
            _STAMP,
        ),
        of="RefDoctor",
        key=("ID",),
    ),
    Table(
        "Patients",
        (
            _C("Patient ID", _AUTO, "PatientID"),
            _C("File Number", "NVARCHAR(20)", "ChartNo"),
            _C("Office System ID", "NVARCHAR(20)", "PmsPatNum"),
            _C("Home Office", "INT", "OfficeID"),
            _C("Our Doctor", "INT", "ProviderID"),
            _C("Referred By", "INT", "RefDrID"),
            _C("Title", "NVARCHAR(10)", "Title"),
            _C("First Name", "NVARCHAR(50)", "FirstName"),
            _C("Init", "NVARCHAR(5)", "MiddleInitial"),
            _C("Last Name", "NVARCHAR(60)", "LastName"),
            _C("Suffix", "NVARCHAR(10)", "Suffix"),
            _C("Goes By", "NVARCHAR(50)", "PreferredName"),
            _listed("Gender", "Sex", "tlkpGender"),
            _C("Birthday", "DATETIME", "BirthDate", written=midnight),
            _C("ID Number", "NVARCHAR(11)", "SSN"),
            _C("Home Phone", "NVARCHAR(40)", "HomePhone"),
            _C("Business Phone", "NVARCHAR(40)", "WorkPhone"),
            _C("Mobile", "NVARCHAR(40)", "MobilePhone"),
            _C("E-mail Address", "NVARCHAR(160)", "Email"),
            _C("Address", "NVARCHAR(80)", "Street"),
            _C("Address (cont)", "NVARCHAR(80)", "Street2"),
            _C("City", "NVARCHAR(50)", "City"),
            _C("State/Province", "NVARCHAR(10)", "State"),
            _C("ZIP/Postal Code", "NVARCHAR(12)", "Zip"),
            _listed("Patient Type", "Status", "tlkpPatientType"),
            _day("Patient Since", "FirstVisit"),
            _C("Alert!", "NVARCHAR(400)", "MedicalAlert"),
            _C(
                "Emergency Contact",
                "NVARCHAR(80)",
                made=lambda row: JUNK_WORDS[row["PatientID"] % 10],
                lure=True,
            ),
            _C(
                "Name",
                "NVARCHAR(120)",
                made=_full_name,
                acceptable=(("patient", "first_name"), ("patient", "last_name")),
            ),
            _C("Field1", "NVARCHAR(255)", made=lambda _: None),
            _ENTERED,
            _STAMP,
            _UPSIZED,
        ),
        of="Patient",
        key=("Patient ID",),
    ),
    Table(
        "Patient Insurance Info",
        (
            _C("ID", _AUTO, "InsuranceID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("1st/2nd", "INT", "Priority"),
            _C("Insurance Company", "NVARCHAR(80)", "Carrier"),
            _C("Subscriber ID", "NVARCHAR(40)", "PolicyNo"),
            _C("Group #", "NVARCHAR(40)", "GroupNo"),
            _listed("Relationship", "SubscriberRel", "tlkpRelationship"),
            _C(
                "Insured ID Number",
                "NVARCHAR(11)",
                made=lambda row: f"900-61-{row['PatientID'] % 10_000:04d}",
                never=True,
            ),
            _C("Insured Birthday", "DATETIME", made=lambda _: midnight("1958-02-11"), lure=True),
            _C("% Preventive", "INT", "PreventivePct"),
            _C("% Basic", "INT", "BasicPct"),
            _C("% Major", "INT", "MajorPct"),
            _STAMP,
        ),
        of="PatientInsurance",
        key=("ID",),
    ),
    Table(
        "Perio Exams",
        (
            _C("Exam ID", _AUTO, "ExamID"),
            _C("Patient ID", "INT", "PatientID", also=(("perio_chart", "patient_key"),)),
            _C("Examined By", "INT", "ProviderID"),
            _C("Office", "INT", "OfficeID"),
            _day("Date of Exam", "ExamDate"),
            _listed("Reason", "ExamType", "tlkpExamReason"),
            _C("Baseline?", "SMALLINT", "IsBaseline", codes=_YES_NO),
            _C("Stage", "NVARCHAR(4)", "DxStage"),
            _C("Grade", "NVARCHAR(1)", "DxGrade"),
            _listed("Extent", "DxExtent", "tlkpExtent"),
            _C("AAP Type", "NVARCHAR(10)", "CaseType"),
            _C("Diagnosis", "NVARCHAR(200)", "DxText"),
            _listed("Prognosis", "Prognosis", "tlkpPrognosis"),
            _listed("Home Care", "OralHygiene", "tlkpHygiene"),
            _listed("Smoker", "Smoking", "tlkpSmoker"),
            _C("Cigs/Day", "INT", "CigsPerDay"),
            _listed("Diabetic", "Diabetes", "tlkpDiabetes"),
            _C("A1c %", "DECIMAL(4,1)", "HbA1c"),
            _C("% Bleeding", "DECIMAL(5,1)", "BopPct"),
            _C("Avg Pocket", "DECIMAL(5,2)", "MeanPd"),
            _C("Recall (months)", "INT", "RecallMonths"),
            _C("Remarks", "NTEXT", "ExamNote"),
            _ENTERED,
            _STAMP,
        ),
        of="PerioExam",
        key=("Exam ID",),
    ),
    Table(
        "Perio Exam Details",
        (
            _C("ID", _AUTO, made=_carried("number")),
            _C("Exam ID", "INT", "ExamID"),
            _C("Tooth", "SMALLINT", "ToothNo"),
            _listed("Condition", "ToothStatus", "tlkpToothCondition"),
            *(
                _C(f"{name} {site}", "SMALLINT", f"{name} {site}")
                for name in ("PD", "GM", "CAL", *_MARKS)
                for site in _SITES
            ),
            _C("Mobility", "NVARCHAR(3)", "Mobility"),
            *(_C(f"Furc {entrance}", "SMALLINT", f"Furc{entrance}") for entrance in "BLMD"),
            _listed("Tooth Prognosis", "Prognosis", "tlkpPrognosis"),
        ),
        of="PerioTooth",
        rows=_teeth,
        key=("ID",),
    ),
    Table(
        "Extra Fields",
        (
            _C("ID", _AUTO, "FindingID"),
            _C("Field Name", "NVARCHAR(60)", "Label"),
            _listed("Field Type", "ValueType", "tlkpFieldType"),
            _C("List Items", "NVARCHAR(400)", "Choices"),
        ),
        of="FindingDef",
        key=("ID",),
    ),
    Table(
        "Extra Field Answers",
        (
            _C("Exam ID", "INT", "ExamID"),
            _C("Extra Field", "INT", "FindingID"),
            _C("Answer", "NVARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("Exam ID", "Extra Field"),
    ),
    Table(
        "Treatment Plans",
        (
            _C("Plan ID", _AUTO, "PlanID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Planned By", "INT", "ProviderID"),
            _C("Exam ID", "INT", "ExamID"),
            _C("Plan Title", "NVARCHAR(80)", "PlanName"),
            _listed("Status", "PlanStatus", "tlkpPlanStatus"),
            _day("Plan Date", "PlanDate"),
            _C("Objective", "NVARCHAR(400)", "Goal"),
            _ENTERED,
            _STAMP,
        ),
        of="TxPlan",
        key=("Plan ID",),
    ),
    Table(
        "Treatment Plan Steps",
        (
            _C("Step ID", _AUTO, "PhaseID"),
            _C("Plan ID", "INT", "PlanID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Step #", "INT", "PhaseOrder"),
            _C("Step", "NVARCHAR(60)", "PhaseLabel"),
            _listed("Status", "PhaseStatus", "tlkpStepStatus"),
            _C("Done By", "INT", "ProviderID"),
            _day("Begin Date", "StartDate"),
            _day("Finish Date", "EndDate"),
            _STAMP,
        ),
        of="TxPhase",
        key=("Step ID",),
    ),
    Table(
        "Treatment Plan Details",
        (
            _C("ID", _AUTO, "ItemID"),
            _C("Step ID", "INT", "PhaseID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Line #", "INT", "ItemOrder"),
            _C("Our Code", "NVARCHAR(12)", "PmsCode"),
            _C("ADA Code", "NVARCHAR(12)", "AdaCode"),
            _C("Procedure", "NVARCHAR(120)", "ClinicalDesc"),
            _C("Letter Wording", "NVARCHAR(160)", "LetterDesc"),
            _C("Tooth/Quad", "NVARCHAR(20)", "ToothArea"),
            _C("Surfaces", "NVARCHAR(10)", "Surface"),
            _C("Charge", "MONEY", "Fee"),
            _listed("Status", "ItemStatus", "tlkpLineStatus"),
            _day("Date Planned", "PlannedOn"),
            _day("Date Done", "CompletedOn"),
            _STAMP,
        ),
        of="TxItem",
        key=("ID",),
    ),
    Table(
        "Exam Comparisons",
        (
            _C("ID", _AUTO, "ComparisonID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Heading", "NVARCHAR(80)", "Title"),
            _C("First Exam", "INT", "BaselineExamID"),
            *(_C(f"Compare {number}", "INT", f"Exam{number}ID") for number in range(1, 6)),
            _C("Show", "NVARCHAR(80)", "Measures"),
            _ENTERED,
            _STAMP,
        ),
        of="Comparison",
        key=("ID",),
    ),
    Table(
        "Chart Notes",
        (
            _C("ID", _AUTO, "NoteID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Written By", "INT", "ProviderID"),
            _C("Date/Time", "DATETIME", "NoteDate"),
            _C("Regarding", "NVARCHAR(120)", "Subject"),
            _C("Memo", "NTEXT", "NoteBody"),
            _STAMP,
        ),
        of="ProgressNote",
        key=("ID",),
    ),
    Table(
        "Form Letters",
        (
            _C("ID", _AUTO, "TemplateID"),
            _C("Form Letter", "NVARCHAR(80)", "TemplateName"),
            _C("Wording", "NTEXT", "Body"),
            _STAMP,
        ),
        of="LetterTemplate",
        key=("ID",),
    ),
    Table(
        "Letters Sent",
        (
            _C("ID", _AUTO, "LetterID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Form Letter", "INT", "TemplateID"),
            _C("Referring Dentist", "INT", "RefDrID"),
            _C("Sent To", "NVARCHAR(120)", "RecipientName"),
            _C("Sent", "DATETIME", "LetterDate"),
            _C("Letter", "NTEXT", "Body"),
            _STAMP,
        ),
        of="Letter",
        key=("ID",),
    ),
    Table(
        "Schedule",
        (
            _C("ID", _AUTO, "AppointmentID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("With", "INT", "ProviderID"),
            _C("Office", "INT", "OfficeID"),
            _C("Room", "NVARCHAR(20)", "Operatory"),
            _C("Start", "DATETIME", "StartsAt"),
            _C("Length (min)", "INT", "Minutes"),
            _C("For", "NVARCHAR(120)", "ProcedureText"),
            _listed("Outcome", "Outcome", "tlkpVisitOutcome"),
            _C("Moved To", "INT", "RescheduledTo"),
            _STAMP,
        ),
        of="Appointment",
        key=("ID",),
    ),
    Table(
        "Scanned Documents",
        (
            _C("ID", _AUTO, "DocumentID"),
            _C("Patient ID", "INT", "PatientID"),
            _C("Exam ID", "INT", "ExamID"),
            _C("File Name", "NVARCHAR(120)", "FileName"),
            _C("Attachment", "VARBINARY(8000)", "Content"),
            _C("Date Scanned", "DATETIME", "ScannedOn"),
            _STAMP,
        ),
        of="PatientDocument",
        key=("ID",),
    ),
    Table(
        "Employees",
        (
            _C("ID", _AUTO, made=_carried("number")),
            _C("First Name", "NVARCHAR(50)", made=_carried("word"), lure=True),
            _C("Last Name", "NVARCHAR(60)", made=_carried("word"), lure=True),
            _C("Job Title", "NVARCHAR(40)", made=lambda _: "Front desk"),
            _C("ID Number", "NVARCHAR(11)", made=lambda row: f"900-19-{row['number']:04d}", never=True),
        ),
        rows=lambda _: [{"number": number, "word": word} for number, word in enumerate(JUNK_WORDS, 1)],
        key=("ID",),
    ),
    *(_list_table(name) for name in _LISTS),
)

_PATIENTS = next(table for table in _TABLES if table.name == "Patients")
_NOTES = next(table for table in _TABLES if table.name == "Chart Notes")


def _payments(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("TxItem"):
        yield {
            "number": row["ItemID"],
            "patient": row["PatientID"],
            "fee": row["Fee"],
            "code": row["AdaCode"],
        }


_JUNK = (
    patient_copies(_PATIENTS, "Copy Of Patients", every=1),
    patient_copies(_PATIENTS, "Patients_Old", every=3),
    Table(
        "Chart Notes Archive 2009",
        _NOTES.columns,
        of="ProgressNote",
        rows=lambda practice: (row for n, row in enumerate(practice.rows("ProgressNote")) if n % 9 == 0),
        junk=True,
    ),
    Table(
        "Patients$_ImportErrors",
        (
            _C("Error", "NVARCHAR(255)", made=lambda _: "Type Conversion Failure"),
            _C("Field", "NVARCHAR(255)", made=lambda _: "Birthday"),
            _C("Row", "INT", made=_carried("PatientID")),
        ),
        rows=lambda practice: (row for row in practice.rows("Patient") if row["PatientID"] % 13 == 0),
        junk=True,
    ),
    Table(
        "Switchboard Items",
        (
            _C("SwitchboardID", "INT", made=lambda _: 1),
            _C("ItemNumber", "SMALLINT", made=_carried("number")),
            _C("ItemText", "NVARCHAR(255)", made=_carried("word")),
            _C("Command", "SMALLINT", made=lambda _: 3),
            _C("Argument", "NVARCHAR(255)", made=lambda _: "frmMain"),
        ),
        rows=lambda _: [
            {"number": number, "word": word} for number, word in enumerate(("Patients", "Exams"))
        ],
        key=("SwitchboardID", "ItemNumber"),
        junk=True,
    ),
    Table(
        "Payments",
        (
            _C("ID", _AUTO, made=_carried("number")),
            _C("Patient ID", "INT", made=_carried("patient")),
            _C("Amount", "MONEY", made=_carried("fee")),
            _C("ADA Code", "NVARCHAR(12)", made=_carried("code")),
            _C("Card Number", "NVARCHAR(20)", made=lambda _: "4000000000000002", never=True),
        ),
        rows=_payments,
        key=("ID",),
        junk=True,
    ),
    empty_table("Table1", {"ID": "INT", "Field1": "NVARCHAR(255)"}),
    empty_table("Letters", {"ID": "INT", "Patient ID": "INT", "Letter Date": "DATETIME", "Letter": "NTEXT"}),
)

ACCESS_GROWN = Stranger(
    "access_grown",
    (*_TABLES, *_JUNK),
    "Perio Exam Details",
    CHART,
    views={
        "qryActivePatients": "SELECT [Patient ID], [First Name], [Last Name], [Birthday], [ID Number]"
        " FROM [Patients] WHERE [Patient Type] = 1"
    },
)
