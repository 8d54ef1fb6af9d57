"""A vendor who normalised: English names in full, GUIDs, addresses and policies through several tables.

The chart is one row per exam, tooth and site, a margin above the junction is 100 more than its millimetres,
and the bodies of letters stand in a table of their own as RTF bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.profile.chart import SiteRows
from panda_twenty.sandbox.practice.rich_text import paragraph, rtf, text
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, chance, guid, six
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table
from panda_twenty_tests.strangers.truth import AttributeName

_C = Column
_PROVIDER, _EXAM = guid("provider"), guid("exam")
_GUID = "UNIQUEIDENTIFIER"

_SEX = {"F": "F", "M": "M", "X": "O", "U": "U"}
_STATUS = {"A": "ACT", "I": "INA", "D": "DEC"}
_RELATION = {"SELF": "SEL", "SPOUSE": "SPO", "CHILD": "CHI", "OTHER": "OTH"}
_EXAM_TYPES = (
    ("I", 11, "Comprehensive Periodontal Evaluation"),
    ("R", 12, "Re-evaluation"),
    ("P", 13, "Post-surgical Evaluation"),
    ("M", 14, "Periodontal Maintenance"),
    ("S", 15, "Screening"),
)
_EXTENT = {"L": "LOC", "G": "GEN", "M": "MIP"}
_PROGNOSIS = {"G": "GOO", "F": "FAI", "P": "POO", "Q": "QUE", "H": "HOP"}
_HYGIENE = {"G": "GOO", "F": "FAI", "P": "POO"}
_SMOKING = {"N": "NEV", "F": "FOR", "C": "CUR"}
_DIABETES = {"N": "NON", "P": "PRE", "1": "DM1", "2": "DM2"}
_PLAN_STATUS = {"A": "ACC", "P": "PRO", "C": "COM", "R": "DCL"}
_PHASE_STATUS = {"O": "PRO", "I": "INP", "C": "COM"}
_ITEM_STATUS = {"T": "PRO", "C": "COM", "D": "DCL", "E": "EXI"}
_OUTCOME = {"S": "SCH", "C": "COM", "N": "NSH", "X": "CAN", "R": "RES"}
_VALUE_TYPE = {"N": "NUM", "T": "TXT", "B": "Y/N", "C": "CHO", "D": "DAT"}
_TOOTH_STATUS = {"P": "PRE", "M": "MIS", "I": "IMP", "U": "UNE", "X": "NEX"}

#: This vendor's number of a site, its place in the reference practice's order, name, and abbreviation.
_SITES = (
    (1, 2, "MB", "Mesio-buccal"),
    (2, 1, "B", "Mid-buccal"),
    (3, 0, "DB", "Disto-buccal"),
    (4, 5, "ML", "Mesio-lingual"),
    (5, 4, "L", "Mid-lingual"),
    (6, 3, "DL", "Disto-lingual"),
)
_ENTRANCE_SITE = {"B": "B", "L": "L", "M": "ML", "D": "DL"}
"""Where this vendor's screen takes the grade of an entrance."""
_MIDDLE_OF_FACE = 2


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


_ADDRESSED = (("Office", "OfficeID", 1), ("RefDoctor", "RefDrID", 2), ("Patient", "PatientID", 3))


def _address_number(kind: int, number: int) -> int:
    return number * 10 + kind


def _addresses(practice: Practice) -> Iterator[Values]:
    for table, key, kind in _ADDRESSED:
        for row in practice.rows(table):
            yield {"Street2": None, **row, "number": _address_number(kind, row[key])}


def _of_three(attribute: str) -> tuple[AttributeName, ...]:
    return tuple((entity, attribute) for entity in ("practice_location", "referral_source", "patient"))


def _plan_of(row: Values) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("Carrier", "GroupNo", "PreventivePct", "BasicPct", "MajorPct"))


def _carrier_numbers(practice: Practice) -> dict[str, int]:
    carriers = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    return {name: 50 + place for place, name in enumerate(carriers)}


def _plan_numbers(practice: Practice) -> dict[tuple[Any, ...], int]:
    plans = dict.fromkeys(_plan_of(row) for row in practice.rows("PatientInsurance"))
    return {plan: 3_000 + place for place, plan in enumerate(plans)}


def _carriers(practice: Practice) -> Iterator[Values]:
    for name, number in _carrier_numbers(practice).items():
        yield {"Carrier": name, "number": number}


def _plans(practice: Practice) -> Iterator[Values]:
    carriers = _carrier_numbers(practice)
    for (carrier, group, *shares), number in _plan_numbers(practice).items():
        shares_named = dict(zip(("PreventivePct", "BasicPct", "MajorPct"), shares, strict=True))
        yield {"number": number, "CarrierNumber": carriers[carrier], "GroupNo": group, **shares_named}


def _subscribers(practice: Practice) -> Iterator[Values]:
    plans = _plan_numbers(practice)
    for row in practice.rows("PatientInsurance"):
        yield {**row, "number": 90_000 + row["InsuranceID"], "PlanNumber": plans[_plan_of(row)]}


def _letter_body(body: str) -> bytes:
    """A letter as RTF; what is rich text already stays as it is."""
    if body.startswith(("{\\rtf", "<")):
        return body.encode()
    return rtf(paragraph(text(body))).encode("ascii")


def _sites(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("PerioTooth"):
        depths, margins = six(row, "Pd"), six(row, "Gm")
        marks = {name: bits(row[name]) for name in ("Bleeding", "Suppuration", "Plaque", "Calculus")}
        for code, place, name, _label in _SITES:
            if row["ToothStatus"] in "MUX" and code != _MIDDLE_OF_FACE:
                continue
            margin = margins[place]
            yield {
                **row,
                "SiteCode": code,
                "Depth": depths[place],
                "Margin": 100 - margin if margin is not None and margin < 0 else margin,
                **{mark: values[place] for mark, values in marks.items()},
                "Furcation": next(
                    (row[f"Furc{entrance}"] for entrance, site in _ENTRANCE_SITE.items() if site == name),
                    None,
                ),
            }


_CHART = SiteRows(
    shape="site_rows",
    notation="universal",
    gingival_margin_sign="recession_positive",
    negative_offset=100,
    not_assessable=(str(NOT_ASSESSABLE),),
    tooth="Tooth_Number",
    site="Site_Code",
    site_codes={str(code): name for code, _, name, _ in _SITES},
    measures={"probing_depth": "Pocket_Depth", "gingival_margin": "Gingival_Margin"},
    marks={
        "bleeding": "Bleeding_On_Probing",
        "suppuration": "Suppuration",
        "plaque": "Plaque_Present",
        "calculus": "Calculus_Present",
    },
    mark_present=("1",),
    mark_absent=("0",),
    furcation="Furcation_Grade",
    tooth_level={
        "status": "Tooth_Status",
        "mobility": "Mobility",
        "mucogingival_junction": {"facial": "MGJ_Facial", "lingual": "MGJ_Lingual"},
        "prognosis": "Tooth_Prognosis",
    },
    status_codes={
        "PRE": "PRESENT",
        "MIS": "MISSING",
        "IMP": "IMPLANT",
        "UNE": "UNERUPTED",
        "NEX": "NOT_EXAMINED",
    },
    prognosis_codes={"GOO": "GOOD", "FAI": "FAIR", "POO": "POOR", "QUE": "QUESTIONABLE", "HOP": "HOPELESS"},
)

_CREATED = _C("Created_Date", "DATETIME", "CreatedOn")
_MODIFIED = _C("Last_Modified_Date", "DATETIME", "ModifiedOn")


def _coded(name: str, of: str, codes: Mapping[str, str]) -> Column:
    return _C(name, "CHAR(3)", of, codes=codes)


def _address_of(kind: int, key: str) -> Column:
    return _C("Address_ID", "INT", made=lambda row: _address_number(kind, row[key]))


_SITE_TABLE = (
    _C("Exam_GUID", _GUID, "ExamID", written=_EXAM),
    _C("Tooth_Number", "TINYINT", "ToothNo"),
    _C("Site_Code", "TINYINT", "SiteCode"),
    _C("Pocket_Depth", "SMALLINT", "Depth"),
    _C("Gingival_Margin", "SMALLINT", "Margin"),
    _C("Bleeding_On_Probing", "BIT", "Bleeding"),
    _C("Suppuration", "BIT", "Suppuration"),
    _C("Plaque_Present", "BIT", "Plaque"),
    _C("Calculus_Present", "BIT", "Calculus"),
    _C("Furcation_Grade", "TINYINT", "Furcation"),
    _C("Tooth_Status", "CHAR(3)", "ToothStatus", codes=_TOOTH_STATUS),
    _C("Mobility", "VARCHAR(3)", "Mobility"),
    _C("MGJ_Facial", "TINYINT", "MgjFacial"),
    _C("MGJ_Lingual", "TINYINT", "MgjLingual"),
    _C("Tooth_Prognosis", "CHAR(3)", "Prognosis", codes=_PROGNOSIS),
)

_TABLES = (
    Table(
        "Address",
        (
            _C("Address_ID", "INT", made=_carried("number")),
            _C("Address_Line_1", "NVARCHAR(80)", "Street", also=_of_three("street")),
            _C(
                "Address_Line_2",
                "NVARCHAR(80)",
                "Street2",
                also=(("practice_location", "street2"), ("patient", "street2")),
            ),
            _C("City_Name", "NVARCHAR(50)", "City", also=_of_three("city")),
            _C("State_Code", "NVARCHAR(10)", "State", also=_of_three("state")),
            _C("Postal_Code", "NVARCHAR(12)", "Zip", also=_of_three("postal_code")),
        ),
        rows=_addresses,
        key=("Address_ID",),
    ),
    Table(
        "Practice_Location",
        (
            _C("Location_ID", "INT", "OfficeID"),
            _C("Location_Name", "NVARCHAR(80)", "OfficeName"),
            _address_of(1, "OfficeID"),
            _C("Main_Phone_Number", "NVARCHAR(40)", "Phone"),
            _C("National_Provider_Identifier", "NVARCHAR(12)", "NPI"),
            _C("Web_Site_Address", "NVARCHAR(120)", "Website"),
            _C("Is_Primary_Location", "BIT", "IsMain"),
            _MODIFIED,
        ),
        of="Office",
        key=("Location_ID",),
        foreign_keys={"Address_ID": ("Address", "Address_ID")},
    ),
    Table(
        "Care_Provider",
        (
            _C("Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Location_ID", "INT", "OfficeID"),
            _C("Given_Name", "NVARCHAR(50)", "FirstName"),
            _C("Middle_Initial", "NVARCHAR(5)", "MiddleInitial"),
            _C("Family_Name", "NVARCHAR(60)", "LastName"),
            _C("Professional_Credentials", "NVARCHAR(40)", "Credentials"),
            _C("Specialty_Description", "NVARCHAR(40)", "Specialty"),
            _C("National_Provider_Identifier", "NVARCHAR(12)", "NPI"),
            _C("Electronic_Mail_Address", "NVARCHAR(120)", "Email"),
            _C("Phone_Number", "NVARCHAR(40)", "Phone"),
            _C("Is_Active", "BIT", "IsActive"),
            _MODIFIED,
        ),
        of="Provider",
        key=("Provider_GUID",),
        foreign_keys={"Location_ID": ("Practice_Location", "Location_ID")},
    ),
    Table(
        "Referral_Source",
        (
            _C("Referral_Source_ID", "INT", "RefDrID"),
            _C("Given_Name", "NVARCHAR(50)", "FirstName"),
            _C("Family_Name", "NVARCHAR(60)", "LastName"),
            _C("Professional_Credentials", "NVARCHAR(40)", "Credentials"),
            _C("Organization_Name", "NVARCHAR(100)", "PracticeName"),
            _address_of(2, "RefDrID"),
            _C("Phone_Number", "NVARCHAR(40)", "Phone"),
            _C("Fax_Number", "NVARCHAR(40)", "Fax"),
            _C("Electronic_Mail_Address", "NVARCHAR(120)", "Email"),
            _MODIFIED,
        ),
        of="RefDoctor",
        key=("Referral_Source_ID",),
        foreign_keys={"Address_ID": ("Address", "Address_ID")},
    ),
    Table(
        "Patient_Master",
        (
            _C("Patient_Number", "INT", "PatientID"),
            _C("Chart_Identifier", "NVARCHAR(20)", "ChartNo"),
            _C("External_System_Identifier", "NVARCHAR(20)", "PmsPatNum"),
            _C("Home_Location_ID", "INT", "OfficeID"),
            _C("Primary_Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Referral_Source_ID", "INT", "RefDrID"),
            _address_of(3, "PatientID"),
            _C("Name_Prefix", "NVARCHAR(10)", "Title"),
            _C("Given_Name", "NVARCHAR(50)", "FirstName"),
            _C("Middle_Initial", "NVARCHAR(5)", "MiddleInitial"),
            _C("Family_Name", "NVARCHAR(60)", "LastName"),
            _C("Name_Suffix", "NVARCHAR(10)", "Suffix"),
            _C("Preferred_Name", "NVARCHAR(50)", "PreferredName"),
            _coded("Gender_Code", "Sex", _SEX),
            _C("Date_Of_Birth", "DATE", "BirthDate"),
            _C("Government_Identifier", "NVARCHAR(11)", "SSN"),
            _C("Home_Phone_Number", "NVARCHAR(40)", "HomePhone"),
            _C("Work_Phone_Number", "NVARCHAR(40)", "WorkPhone"),
            _C("Mobile_Phone_Number", "NVARCHAR(40)", "MobilePhone"),
            _C("Electronic_Mail_Address", "NVARCHAR(160)", "Email"),
            _coded("Patient_Status_Code", "Status", _STATUS),
            _C("First_Visit_Date", "DATE", "FirstVisit"),
            _C("Medical_Alert_Text", "NVARCHAR(400)", "MedicalAlert"),
            _C("Emergency_Contact_Name", "NVARCHAR(80)", made=lambda row: _contact(row), lure=True),
            _C("Emergency_Phone_Number", "NVARCHAR(40)", made=lambda row: "(512) 555-0199", lure=True),
            _C("Language_Code", "CHAR(2)", made=lambda row: "es" if row["PatientID"] % 9 == 0 else "en"),
            _CREATED,
            _MODIFIED,
        ),
        of="Patient",
        key=("Patient_Number",),
        foreign_keys={"Address_ID": ("Address", "Address_ID")},
        indexes=(("Family_Name",),),
    ),
    Table(
        "Insurance_Carrier",
        (
            _C("Carrier_ID", "INT", made=_carried("number")),
            _C("Carrier_Name", "NVARCHAR(80)", "Carrier", is_out_of_reach=True),
            _C("Electronic_Payer_Identifier", "CHAR(5)", made=lambda row: f"{row['number'] * 311:05d}"),
        ),
        of="PatientInsurance",
        rows=_carriers,
        key=("Carrier_ID",),
        is_part=True,
    ),
    Table(
        "Insurance_Plan",
        (
            _C("Plan_ID", "INT", made=_carried("number")),
            _C("Carrier_ID", "INT", made=_carried("CarrierNumber")),
            _C("Group_Identifier", "NVARCHAR(40)", "GroupNo", is_out_of_reach=True),
            _C("Preventive_Percentage", "INT", "PreventivePct", is_out_of_reach=True),
            _C("Basic_Percentage", "INT", "BasicPct", is_out_of_reach=True),
            _C("Major_Percentage", "INT", "MajorPct", is_out_of_reach=True),
        ),
        of="PatientInsurance",
        rows=_plans,
        key=("Plan_ID",),
        foreign_keys={"Carrier_ID": ("Insurance_Carrier", "Carrier_ID")},
        is_part=True,
    ),
    Table(
        "Plan_Subscriber",
        (
            _C("Subscriber_ID", "INT", made=_carried("number")),
            _C("Plan_ID", "INT", made=_carried("PlanNumber")),
            _C("Member_Identifier", "NVARCHAR(40)", "PolicyNo"),
            _C("Subscriber_Given_Name", "NVARCHAR(50)", made=lambda row: _contact(row), lure=True),
            _C("Subscriber_Date_Of_Birth", "DATE", made=lambda row: "1961-07-03", lure=True),
            _C(
                "Subscriber_Government_Identifier",
                "NVARCHAR(11)",
                made=lambda row: f"900-77-{row['InsuranceID'] % 10_000:04d}",
                never=True,
            ),
        ),
        of="PatientInsurance",
        rows=_subscribers,
        key=("Subscriber_ID",),
        foreign_keys={"Plan_ID": ("Insurance_Plan", "Plan_ID")},
        is_part=True,
    ),
    Table(
        "Patient_Coverage",
        (
            _C("Coverage_ID", "INT", "InsuranceID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Subscriber_ID", "INT", made=_carried("number")),
            _C("Coverage_Order", "INT", "Priority"),
            _coded("Relationship_To_Subscriber", "SubscriberRel", _RELATION),
            _MODIFIED,
        ),
        of="PatientInsurance",
        rows=_subscribers,
        key=("Coverage_ID",),
        foreign_keys={
            "Patient_Number": ("Patient_Master", "Patient_Number"),
            "Subscriber_ID": ("Plan_Subscriber", "Subscriber_ID"),
        },
    ),
    Table(
        "Exam_Type",
        (
            _C("Exam_Type_ID", "INT", made=_carried("number")),
            _C("Exam_Type_Description", "NVARCHAR(60)", made=_carried("label")),
        ),
        rows=lambda _: [{"number": number, "label": label} for _, number, label in _EXAM_TYPES],
        key=("Exam_Type_ID",),
    ),
    Table(
        "Periodontal_Examination",
        (
            _C("Exam_GUID", _GUID, "ExamID", written=_EXAM),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Examining_Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Location_ID", "INT", "OfficeID"),
            _C("Examination_Date", "DATE", "ExamDate"),
            _C(
                "Exam_Type_ID",
                "INT",
                "ExamType",
                codes={theirs: number for theirs, number, _ in _EXAM_TYPES},
                words={theirs: label for theirs, _, label in _EXAM_TYPES},
                listed_in=("Exam_Type", "Exam_Type_Description"),
            ),
            _C("Is_Baseline_Exam", "BIT", "IsBaseline"),
            _C("Disease_Stage", "VARCHAR(4)", "DxStage"),
            _C("Disease_Grade", "CHAR(1)", "DxGrade"),
            _coded("Disease_Extent", "DxExtent", _EXTENT),
            _C("Legacy_Case_Type", "NVARCHAR(10)", "CaseType"),
            _C("Diagnosis_Text", "NVARCHAR(200)", "DxText"),
            _coded("Overall_Prognosis", "Prognosis", _PROGNOSIS),
            _coded("Oral_Hygiene_Rating", "OralHygiene", _HYGIENE),
            _coded("Smoking_Status", "Smoking", _SMOKING),
            _C("Cigarettes_Per_Day", "INT", "CigsPerDay"),
            _coded("Diabetes_Status", "Diabetes", _DIABETES),
            _C("Hemoglobin_A1c", "DECIMAL(4,1)", "HbA1c"),
            _C("Bleeding_Percentage", "DECIMAL(5,1)", "BopPct"),
            _C("Average_Pocket_Depth", "DECIMAL(5,2)", "MeanPd"),
            _C("Recall_Interval_Months", "INT", "RecallMonths"),
            _C("Examination_Comments", "NVARCHAR(2000)", "ExamNote"),
            _CREATED,
            _MODIFIED,
        ),
        of="PerioExam",
        key=("Exam_GUID",),
        foreign_keys={
            "Patient_Number": ("Patient_Master", "Patient_Number"),
            "Exam_Type_ID": ("Exam_Type", "Exam_Type_ID"),
        },
        indexes=(("Patient_Number",),),
    ),
    Table(
        "Periodontal_Site",
        (
            _C("Site_Code", "TINYINT", made=_carried("code")),
            _C("Site_Abbreviation", "CHAR(2)", made=_carried("name")),
            _C("Site_Description", "NVARCHAR(30)", made=_carried("label")),
        ),
        rows=lambda _: [{"code": code, "name": name, "label": label} for code, _, name, label in _SITES],
        key=("Site_Code",),
    ),
    Table(
        "Periodontal_Site_Measurement",
        _SITE_TABLE,
        of="PerioTooth",
        rows=_sites,
        key=("Exam_GUID", "Tooth_Number", "Site_Code"),
        foreign_keys={
            "Exam_GUID": ("Periodontal_Examination", "Exam_GUID"),
            "Site_Code": ("Periodontal_Site", "Site_Code"),
        },
    ),
    Table(
        "Custom_Finding_Definition",
        (
            _C("Finding_Definition_ID", "INT", "FindingID"),
            _C("Finding_Label", "NVARCHAR(60)", "Label"),
            _coded("Value_Type_Code", "ValueType", _VALUE_TYPE),
            _C("Allowed_Values", "NVARCHAR(400)", "Choices"),
            _C("Is_Active", "BIT", made=_carried("IsActive")),
        ),
        of="FindingDef",
        key=("Finding_Definition_ID",),
    ),
    Table(
        "Custom_Finding_Value",
        (
            _C("Exam_GUID", _GUID, "ExamID", written=_EXAM),
            _C("Finding_Definition_ID", "INT", "FindingID"),
            _C("Finding_Value", "NVARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("Exam_GUID", "Finding_Definition_ID"),
        foreign_keys={"Exam_GUID": ("Periodontal_Examination", "Exam_GUID")},
    ),
    Table(
        "Treatment_Plan",
        (
            _C("Treatment_Plan_ID", "INT", "PlanID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Exam_GUID", _GUID, "ExamID", written=_EXAM),
            _C("Plan_Name", "NVARCHAR(80)", "PlanName"),
            _coded("Plan_Status_Code", "PlanStatus", _PLAN_STATUS),
            _C("Plan_Date", "DATE", "PlanDate"),
            _C("Plan_Goal_Text", "NVARCHAR(400)", "Goal"),
            _CREATED,
            _MODIFIED,
        ),
        of="TxPlan",
        key=("Treatment_Plan_ID",),
        foreign_keys={"Patient_Number": ("Patient_Master", "Patient_Number")},
    ),
    Table(
        "Treatment_Plan_Phase",
        (
            _C("Plan_Phase_ID", "INT", "PhaseID"),
            _C("Treatment_Plan_ID", "INT", "PlanID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Phase_Sequence", "INT", "PhaseOrder"),
            _C("Phase_Description", "NVARCHAR(60)", "PhaseLabel"),
            _coded("Phase_Status_Code", "PhaseStatus", _PHASE_STATUS),
            _C("Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Start_Date", "DATE", "StartDate"),
            _C("End_Date", "DATE", "EndDate"),
            _MODIFIED,
        ),
        of="TxPhase",
        key=("Plan_Phase_ID",),
        foreign_keys={"Treatment_Plan_ID": ("Treatment_Plan", "Treatment_Plan_ID")},
    ),
    Table(
        "Treatment_Plan_Procedure",
        (
            _C("Plan_Procedure_ID", "INT", "ItemID"),
            _C("Plan_Phase_ID", "INT", "PhaseID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Line_Sequence", "INT", "ItemOrder"),
            _C("Office_Procedure_Code", "NVARCHAR(12)", "PmsCode"),
            _C("ADA_Procedure_Code", "NVARCHAR(12)", "AdaCode"),
            _C("Clinical_Description", "NVARCHAR(120)", "ClinicalDesc"),
            _C("Correspondence_Description", "NVARCHAR(160)", "LetterDesc"),
            _C("Tooth_Or_Area", "NVARCHAR(20)", "ToothArea"),
            _C("Surface_Codes", "NVARCHAR(10)", "Surface"),
            _C("Fee_Amount", "DECIMAL(10,2)", "Fee"),
            _coded("Procedure_Status_Code", "ItemStatus", _ITEM_STATUS),
            _C("Planned_Date", "DATE", "PlannedOn"),
            _C("Completed_Date", "DATE", "CompletedOn"),
            _MODIFIED,
        ),
        of="TxItem",
        key=("Plan_Procedure_ID",),
        foreign_keys={"Plan_Phase_ID": ("Treatment_Plan_Phase", "Plan_Phase_ID")},
    ),
    Table(
        "Exam_Comparison",
        (
            _C("Comparison_ID", "INT", "ComparisonID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Comparison_Title", "NVARCHAR(80)", "Title"),
            _C("Baseline_Exam_GUID", _GUID, "BaselineExamID", written=_EXAM),
            *(_C(f"Exam_{n}_GUID", _GUID, f"Exam{n}ID", written=_EXAM) for n in range(1, 6)),
            _C("Compared_Measures", "NVARCHAR(80)", "Measures"),
            _CREATED,
            _MODIFIED,
        ),
        of="Comparison",
        key=("Comparison_ID",),
        foreign_keys={"Patient_Number": ("Patient_Master", "Patient_Number")},
    ),
    Table(
        "Clinical_Note",
        (
            _C("Clinical_Note_ID", "INT", "NoteID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Author_Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Note_Date_Time", "DATETIME", "NoteDate"),
            _C("Note_Subject", "NVARCHAR(120)", "Subject"),
            _C("Note_Text", "NTEXT", "NoteBody"),
            _MODIFIED,
        ),
        of="ProgressNote",
        key=("Clinical_Note_ID",),
        foreign_keys={"Patient_Number": ("Patient_Master", "Patient_Number")},
    ),
    Table(
        "Letter_Template",
        (
            _C("Letter_Template_ID", "INT", "TemplateID"),
            _C("Template_Name", "NVARCHAR(80)", "TemplateName"),
            _C("Template_Text", "NTEXT", "Body"),
            _MODIFIED,
        ),
        of="LetterTemplate",
        key=("Letter_Template_ID",),
    ),
    Table(
        "Correspondence",
        (
            _C("Correspondence_ID", "INT", "LetterID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Letter_Template_ID", "INT", "TemplateID"),
            _C("Referral_Source_ID", "INT", "RefDrID"),
            _C("Recipient_Name", "NVARCHAR(120)", "RecipientName"),
            _C("Correspondence_Date_Time", "DATETIME", "LetterDate"),
            _MODIFIED,
        ),
        of="Letter",
        key=("Correspondence_ID",),
        foreign_keys={"Patient_Number": ("Patient_Master", "Patient_Number")},
    ),
    Table(
        "Correspondence_Body",
        (
            _C("Correspondence_ID", "INT", made=_carried("LetterID")),
            _C("Document_Format", "CHAR(3)", made=lambda _: "RTF"),
            _C("Document_Body", "VARBINARY(8000)", "Body", written=_letter_body),
        ),
        of="Letter",
        key=("Correspondence_ID",),
        foreign_keys={"Correspondence_ID": ("Correspondence", "Correspondence_ID")},
        is_part=True,
    ),
    Table(
        "Scheduled_Appointment",
        (
            _C("Appointment_ID", "INT", "AppointmentID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Provider_GUID", _GUID, "ProviderID", written=_PROVIDER),
            _C("Location_ID", "INT", "OfficeID"),
            _C("Operatory_Name", "NVARCHAR(20)", "Operatory"),
            _C("Start_Date_Time", "DATETIME", "StartsAt"),
            _C("Duration_Minutes", "INT", "Minutes"),
            _C("Reason_Description", "NVARCHAR(120)", "ProcedureText"),
            _coded("Appointment_Status_Code", "Outcome", _OUTCOME),
            _C("Rescheduled_Appointment_ID", "INT", "RescheduledTo"),
            _MODIFIED,
        ),
        of="Appointment",
        key=("Appointment_ID",),
        foreign_keys={"Patient_Number": ("Patient_Master", "Patient_Number")},
    ),
    Table(
        "Stored_Document",
        (
            _C("Document_ID", "INT", "DocumentID"),
            _C("Patient_Number", "INT", "PatientID"),
            _C("Exam_GUID", _GUID, "ExamID", written=_EXAM),
            _C("Original_File_Name", "NVARCHAR(120)", "FileName"),
            _C("File_Content", "VARBINARY(8000)", "Content"),
            _C("Stored_Date_Time", "DATETIME", "ScannedOn"),
            _MODIFIED,
        ),
        of="PatientDocument",
        key=("Document_ID",),
        foreign_keys={"Patient_Number": ("Patient_Master", "Patient_Number")},
    ),
    Table(
        "Employee_Directory",
        (
            _C("Employee_ID", "INT", made=_carried("number")),
            _C("Given_Name", "NVARCHAR(50)", made=_carried("word"), lure=True),
            _C("Family_Name", "NVARCHAR(60)", made=_carried("word"), lure=True),
            _C("Date_Of_Birth", "DATE", made=lambda row: f"19{60 + row['number']}-05-04", lure=True),
            _C(
                "Government_Identifier",
                "NVARCHAR(11)",
                made=lambda row: f"900-88-{row['number']:04d}",
                never=True,
            ),
        ),
        rows=lambda _: [{"number": number, "word": word} for number, word in enumerate(JUNK_WORDS, 1)],
        key=("Employee_ID",),
    ),
)


def _contact(row: Values) -> str:
    return chance(row, "contact", "PatientID").choice(JUNK_WORDS)


_PATIENTS = next(table for table in _TABLES if table.name == "Patient_Master")


def _every_tenth_site(practice: Practice) -> Iterator[Values]:
    return (row for number, row in enumerate(_sites(practice)) if number % 10 == 0)


def _statement_lines(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("TxItem"):
        yield {
            "number": row["ItemID"],
            "patient": row["PatientID"],
            "fee": row["Fee"],
            "code": row["AdaCode"],
        }


_JUNK = (
    empty_table(
        "Patient_Letter",
        {
            "Letter_ID": "INT",
            "Patient_Number": "INT",
            "Letter_Date": "DATETIME",
            "Letter_Body": "NTEXT",
            "Recipient_Name": "NVARCHAR(120)",
        },
    ),
    patient_copies(_PATIENTS, "Patient_Master_20180614", every=1),
    patient_copies(_PATIENTS, "Staging_Patient_Load", every=5),
    Table(
        "Temp_Periodontal_Site_Measurement", _SITE_TABLE, of="PerioTooth", rows=_every_tenth_site, junk=True
    ),
    Table(
        "Billing_Statement_Line",
        (
            _C("Statement_Line_ID", "INT", made=_carried("number")),
            _C("Patient_Number", "INT", made=_carried("patient")),
            _C("Fee_Amount", "DECIMAL(10,2)", made=_carried("fee")),
            _C("ADA_Procedure_Code", "NVARCHAR(12)", made=_carried("code")),
            _C("Credit_Card_Number", "VARCHAR(19)", made=lambda _: "4000000000000002", never=True),
        ),
        rows=_statement_lines,
        key=("Statement_Line_ID",),
        junk=True,
    ),
    Table(
        "Audit_Trail",
        (
            _C("Audit_Trail_ID", "INT", made=_carried("number")),
            _C("Table_Name", "NVARCHAR(60)", made=lambda _: "Patient_Master"),
            _C("Patient_Number", "INT", made=_carried("patient")),
            _C("Changed_By", "NVARCHAR(40)", made=lambda row: JUNK_WORDS[row["number"] % 10]),
            _C("Old_Value", "NVARCHAR(200)", made=lambda row: str(row["fee"])),
        ),
        rows=_statement_lines,
        key=("Audit_Trail_ID",),
        junk=True,
    ),
    Table(
        "Schema_Version",
        (
            _C("Version_Number", "NVARCHAR(20)", made=lambda _: "7.3.1"),
            _C("Applied_Date", "DATETIME", made=lambda _: "2014-03-02T08:00:00.000"),
        ),
        rows=lambda _: [{}],
        junk=True,
    ),
    Table(
        "Application_User",
        (
            _C("User_Name", "NVARCHAR(40)", made=_carried("word")),
            _C("Password_Hash", "NVARCHAR(80)", made=lambda row: guid("user")(row["word"]), never=True),
        ),
        rows=lambda _: [{"word": word} for word in JUNK_WORDS],
        key=("User_Name",),
        junk=True,
    ),
)

ROWS = Stranger(
    "rows",
    (*_TABLES, *_JUNK),
    "Periodontal_Site_Measurement",
    _CHART,
    views={
        "Active_Patients": "SELECT [Patient_Number], [Given_Name], [Family_Name], [Date_Of_Birth],"
        " [Government_Identifier] FROM [Patient_Master] WHERE [Patient_Status_Code] = 'ACT'"
    },
)
