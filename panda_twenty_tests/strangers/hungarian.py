"""A vendor who came from Access: prefixes on every name, words for codes, days as text, wide FDI charts.

No key refers to another table by declaration. Referring doctors have one name in one column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from panda_twenty.panda.chart import PERMANENT_TEETH, SITES
from panda_twenty.panda.profile.chart import Wide
from panda_twenty.panda.tooth_notation import from_universal
from panda_twenty_tests.strangers.conversions import (
    NOT_ASSESSABLE,
    bits,
    chance,
    shifted,
    six,
    us_date,
    us_moment,
)
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table

_C = Column
_YES_NO = {"1": "Y", "0": "N"}
_DAY, _MOMENT = "%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p"
_BLOCKED = 88
"""What this vendor stores for a site that could not be assessed."""

_SEX = {"F": "Female", "M": "Male", "X": "Other", "U": "Unknown"}
_STATUS = {"A": "Active", "I": "Inactive", "D": "Deceased"}
_RELATION = {"SELF": "Self", "SPOUSE": "Spouse", "CHILD": "Dependent", "OTHER": "Other"}
_EXAM_TYPE = {
    "I": "Comprehensive",
    "R": "Re-Eval",
    "P": "Post-Op",
    "M": "Perio Maintenance",
    "S": "Screening",
}
_STAGE = {"I": "Stage I", "II": "Stage II", "III": "Stage III", "IV": "Stage IV"}
_GRADE = {"A": "Grade A", "B": "Grade B", "C": "Grade C"}
_EXTENT = {"L": "Localized", "G": "Generalized", "M": "Molar/Incisor"}
_PROGNOSIS = {"G": "Good", "F": "Fair", "P": "Poor", "Q": "Questionable", "H": "Hopeless"}
_HYGIENE = {"G": "Good", "F": "Fair", "P": "Poor"}
_SMOKING = {"N": "Never", "F": "Former", "C": "Current"}
_DIABETES = {"N": "No", "P": "Pre-Diabetic", "1": "Type I", "2": "Type II"}
_PLAN_STATUS = {"A": "Accepted", "P": "Presented", "C": "Completed", "R": "Declined"}
_PHASE_STATUS = {"O": "Not Started", "I": "In Progress", "C": "Complete"}
_ITEM_STATUS = {"T": "Planned", "C": "Completed", "D": "Declined", "E": "Existing"}
_OUTCOME = {"S": "Scheduled", "C": "Completed", "N": "No Show", "X": "Cancelled", "R": "Rescheduled"}
_VALUE_TYPE = {"N": "Number", "T": "Text", "B": "Yes/No", "C": "Choice", "D": "Date"}
_TOOTH_STATUS = {"P": "P", "M": "M", "I": "I", "U": "U", "X": "N"}

_PATIENT = shifted(0)
_PROVIDER = shifted(10)
_DOCTOR = shifted(5_000)


def _day(name: str, of: str) -> Column:
    return _C(name, "VARCHAR(10)", of, written=us_date, format=_DAY)


def _moment(name: str, of: str) -> Column:
    return _C(name, "VARCHAR(22)", of, written=us_moment, format=_MOMENT)


def _word(name: str, of: str, codes: Mapping[str, str]) -> Column:
    return _C(name, "NVARCHAR(20)", of, codes=codes)


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _fdi(tooth: str) -> str:
    return from_universal(tooth, "fdi")


_SITE_MEASURES = {"PD": "Pd", "GM": "Gm"}


def _charts(practice: Practice) -> Iterator[Values]:
    for exam, teeth in groupby(practice.rows("PerioTooth"), key=lambda row: row["ExamID"]):
        wide: dict[str, Any] = {"ExamID": exam}
        for row in teeth:
            fdi = _fdi(str(row["ToothNo"]))
            for measure, of in _SITE_MEASURES.items():
                for site, value in zip(SITES, six(row, of), strict=True):
                    wide[f"{measure}{fdi}{site}"] = _BLOCKED if value == NOT_ASSESSABLE else value
            for site, bit in zip(SITES, bits(row["Bleeding"]), strict=True):
                wide[f"BOP{fdi}{site}"] = None if bit is None else "NY"[bit]
            wide[f"ST{fdi}"] = _TOOTH_STATUS[row["ToothStatus"]]
            wide[f"MOB{fdi}"] = row["Mobility"]
            for entrance in "BLMD":
                wide[f"FUR{fdi}{entrance}"] = row[f"Furc{entrance}"]
        yield wide


def _chart_columns() -> Iterator[Column]:
    def column(name: str, type_: str) -> Column:
        return _C(name, type_, made=lambda row: row.get(name))

    for tooth in PERMANENT_TEETH:
        fdi = _fdi(tooth)
        yield column(f"ST{fdi}", "CHAR(1)")
        for measure in _SITE_MEASURES:
            yield from (column(f"{measure}{fdi}{site}", "SMALLINT") for site in SITES)
        yield from (column(f"BOP{fdi}{site}", "CHAR(1)") for site in SITES)
        yield column(f"MOB{fdi}", "VARCHAR(2)")
        yield from (column(f"FUR{fdi}{entrance}", "SMALLINT") for entrance in "BLMD")


_CHART = Wide(
    shape="wide",
    notation="fdi",
    gingival_margin_sign="recession_positive",
    not_assessable=(str(_BLOCKED),),
    measures={"probing_depth": "PD{tooth}{site}", "gingival_margin": "GM{tooth}{site}"},
    marks={"bleeding": "BOP{tooth}{site}"},
    mark_present=("Y",),
    mark_absent=("N",),
    tooth_digits=2,
    tooth_level={
        "status": "ST{tooth}",
        "mobility": "MOB{tooth}",
        "furcation": {entrance: f"FUR{{tooth}}{entrance}" for entrance in "BLMD"},
    },
    status_codes={
        "P": "PRESENT",
        "M": "MISSING",
        "I": "IMPLANT",
        "U": "UNERUPTED",
        "N": "NOT_EXAMINED",
    },
)


def _full_name(row: Values) -> str:
    return f"{row['LastName'] or ''}, {row['FirstName'] or ''}".removesuffix(", ")


_CREATED = _C("dtmEntered", "DATETIME", "CreatedOn")
_MODIFIED = _C("dtmLastModified", "DATETIME", "ModifiedOn")

_TABLES = (
    Table(
        "tblOffice",
        (
            _C("intOfficeKey", "INT", "OfficeID"),
            _C("strOfficeName", "NVARCHAR(80)", "OfficeName"),
            _C("strAddress1", "NVARCHAR(80)", "Street"),
            _C("strAddress2", "NVARCHAR(80)", "Street2"),
            _C("strCity", "NVARCHAR(50)", "City"),
            _C("strState", "NVARCHAR(10)", "State"),
            _C("strZipCode", "NVARCHAR(12)", "Zip"),
            _C("strTelephone", "NVARCHAR(40)", "Phone"),
            _C("strNPINumber", "NVARCHAR(12)", "NPI"),
            _C("strWebSite", "NVARCHAR(120)", "Website"),
            _C("ynMainOffice", "CHAR(1)", "IsMain", codes=_YES_NO),
            _MODIFIED,
        ),
        of="Office",
        key=("intOfficeKey",),
    ),
    Table(
        "tblProvider",
        (
            _C("intProviderKey", "INT", "ProviderID", written=_PROVIDER),
            _C("fkOffice", "INT", "OfficeID"),
            _C("strFirstName", "NVARCHAR(50)", "FirstName"),
            _C("strMiddleInit", "NVARCHAR(5)", "MiddleInitial"),
            _C("strLastName", "NVARCHAR(60)", "LastName"),
            _C("strDegrees", "NVARCHAR(40)", "Credentials"),
            _C("strSpecialty", "NVARCHAR(40)", "Specialty"),
            _C("strNPINumber", "NVARCHAR(12)", "NPI"),
            _C("strSocial", "VARCHAR(11)", made=lambda row: f"900-55-{row['ProviderID']:04d}", never=True),
            _C("strEMail", "NVARCHAR(120)", "Email"),
            _C("strTelephone", "NVARCHAR(40)", "Phone"),
            _C("ynActive", "CHAR(1)", "IsActive", codes=_YES_NO),
            _MODIFIED,
        ),
        of="Provider",
        key=("intProviderKey",),
    ),
    Table(
        "tblReferring Doctor",
        (
            _C("intRefDoctorKey", "INT", "RefDrID", written=_DOCTOR),
            _C(
                "strFullName",
                "NVARCHAR(120)",
                made=_full_name,
                also=(("referral_source", "first_name"), ("referral_source", "last_name")),
                is_out_of_reach=True,
            ),
            _C("strDegrees", "NVARCHAR(40)", "Credentials"),
            _C("strPracticeName", "NVARCHAR(100)", "PracticeName"),
            _C("strAddress1", "NVARCHAR(80)", "Street"),
            _C("strCity", "NVARCHAR(50)", "City"),
            _C("strState", "NVARCHAR(10)", "State"),
            _C("strZipCode", "NVARCHAR(12)", "Zip"),
            _C("strTelephone", "NVARCHAR(40)", "Phone"),
            _C("strFacsimile", "NVARCHAR(40)", "Fax"),
            _C("strEMail", "NVARCHAR(120)", "Email"),
            _MODIFIED,
        ),
        of="RefDoctor",
        key=("intRefDoctorKey",),
    ),
    Table(
        "tblPatient",
        (
            _C("intPatientKey", "INT", "PatientID", written=_PATIENT),
            _C("strChartNumber", "NVARCHAR(20)", "ChartNo"),
            _C("strBridgeID", "NVARCHAR(20)", "PmsPatNum"),
            _C("fkOffice", "INT", "OfficeID"),
            _C("fkProvider", "INT", "ProviderID", written=_PROVIDER),
            _C("fkRefDoctor", "INT", "RefDrID", written=_DOCTOR),
            _C("strTitle", "NVARCHAR(10)", "Title"),
            _C("strFirstName", "NVARCHAR(50)", "FirstName"),
            _C("strMiddleInit", "NVARCHAR(5)", "MiddleInitial"),
            _C("strLastName", "NVARCHAR(60)", "LastName"),
            _C("strSuffix", "NVARCHAR(10)", "Suffix"),
            _C("strNickName", "NVARCHAR(50)", "PreferredName"),
            _word("strGender", "Sex", _SEX),
            _day("dtmDOB", "BirthDate"),
            _C("strSocial", "VARCHAR(11)", "SSN"),
            _C("strHomePhone", "NVARCHAR(40)", "HomePhone", blank=""),
            _C("strWorkPhone", "NVARCHAR(40)", "WorkPhone", blank=""),
            _C("strCellPhone", "NVARCHAR(40)", "MobilePhone", blank=""),
            _C("strPager", "NVARCHAR(40)", blank=""),
            _C("strDriversLicense", "NVARCHAR(20)", made=lambda row: f"X{row['PatientID']:07d}", never=True),
            _C("strUser1", "NVARCHAR(40)", made=lambda row: _typed_in(row), never=True),
            _C("strEMail", "NVARCHAR(160)", "Email"),
            _C("strAddress1", "NVARCHAR(80)", "Street"),
            _C("strAddress2", "NVARCHAR(80)", "Street2"),
            _C("strCity", "NVARCHAR(50)", "City"),
            _C("strState", "NVARCHAR(10)", "State"),
            _C("strZipCode", "NVARCHAR(12)", "Zip"),
            _word("strPatientStatus", "Status", _STATUS),
            _C(
                "strSpouseName",
                "NVARCHAR(60)",
                made=lambda row: JUNK_WORDS[row["PatientID"] % 10] if row["PatientID"] % 4 == 0 else None,
                lure=True,
            ),
            _C("strMaritalStatus", "CHAR(1)", made=lambda row: "MSDW"[row["PatientID"] % 4]),
            _day("dtmFirstSeen", "FirstVisit"),
            _C("memMedicalAlert", "NTEXT", "MedicalAlert"),
            _C("ynHIPAASigned", "CHAR(1)", made=lambda row: "YN"[row["PatientID"] % 5 == 0]),
            _C(
                "curBalance", "DECIMAL(10,2)", made=lambda row: chance(row, "due", "PatientID").randrange(500)
            ),
            _CREATED,
            _MODIFIED,
        ),
        of="Patient",
        key=("intPatientKey",),
    ),
    Table(
        "tblPatientInsurance",
        (
            _C("intInsuranceKey", "INT", "InsuranceID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("intSequence", "INT", "Priority"),
            _C("strCompanyName", "NVARCHAR(80)", "Carrier"),
            _C("strMemberID", "NVARCHAR(40)", "PolicyNo"),
            _C("strGroupNumber", "NVARCHAR(40)", "GroupNo"),
            _word("strRelationToInsured", "SubscriberRel", _RELATION),
            _C("strInsuredSocial", "VARCHAR(11)", made=lambda row: "900-66-0001", never=True),
            _C("dtmInsuredDOB", "VARCHAR(10)", made=lambda row: "07/03/1961", lure=True),
            _C("intPctPreventive", "INT", "PreventivePct"),
            _C("intPctBasic", "INT", "BasicPct"),
            _C("intPctMajor", "INT", "MajorPct"),
            _MODIFIED,
        ),
        of="PatientInsurance",
        key=("intInsuranceKey",),
    ),
    Table(
        "tblPerioExam",
        (
            _C("intExamKey", "INT", "ExamID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("fkExaminer", "INT", "ProviderID", written=_PROVIDER),
            _C("fkOffice", "INT", "OfficeID"),
            _day("dtmExamDate", "ExamDate"),
            _word("strExamType", "ExamType", _EXAM_TYPE),
            _C("ynBaseline", "CHAR(1)", "IsBaseline", codes=_YES_NO),
            _word("strStage", "DxStage", _STAGE),
            _word("strGrade", "DxGrade", _GRADE),
            _word("strExtent", "DxExtent", _EXTENT),
            _C("strADACaseType", "NVARCHAR(10)", "CaseType"),
            _C("strDiagnosis", "NVARCHAR(200)", "DxText"),
            _word("strPrognosis", "Prognosis", _PROGNOSIS),
            _word("strOralHygiene", "OralHygiene", _HYGIENE),
            _word("strTobaccoUse", "Smoking", _SMOKING),
            _C("intCigarettesDaily", "INT", "CigsPerDay"),
            _word("strDiabetic", "Diabetes", _DIABETES),
            _C("dblHbA1c", "DECIMAL(4,1)", "HbA1c"),
            _C("dblBleedingPct", "DECIMAL(5,1)", "BopPct"),
            _C("dblAveragePD", "DECIMAL(5,2)", "MeanPd"),
            _C("intRecallInterval", "INT", "RecallMonths"),
            _C("memComments", "NTEXT", "ExamNote"),
            _CREATED,
            _MODIFIED,
        ),
        of="PerioExam",
        key=("intExamKey",),
    ),
    Table(
        "tblPerioChart",
        (_C("fkExam", "INT", "ExamID"), *_chart_columns()),
        of="PerioTooth",
        rows=_charts,
        key=("fkExam",),
    ),
    Table(
        "tblCustomFinding",
        (
            _C("intFindingKey", "INT", "FindingID"),
            _C("strCaption", "NVARCHAR(60)", "Label"),
            _word("strDataType", "ValueType", _VALUE_TYPE),
            _C("strPickList", "NVARCHAR(400)", "Choices"),
            _C("ynActive", "CHAR(1)", made=lambda row: "NY"[row["IsActive"]]),
        ),
        of="FindingDef",
        key=("intFindingKey",),
    ),
    Table(
        "tblExamFinding",
        (
            _C("fkExam", "INT", "ExamID"),
            _C("fkFinding", "INT", "FindingID"),
            _C("strAnswer", "NVARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("fkExam", "fkFinding"),
    ),
    Table(
        "tblTreatmentPlan",
        (
            _C("intPlanKey", "INT", "PlanID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("fkProvider", "INT", "ProviderID", written=_PROVIDER),
            _C("fkExam", "INT", "ExamID"),
            _C("strPlanName", "NVARCHAR(80)", "PlanName"),
            _word("strPlanStatus", "PlanStatus", _PLAN_STATUS),
            _day("dtmPlanDate", "PlanDate"),
            _C("memGoals", "NTEXT", "Goal"),
            _CREATED,
            _MODIFIED,
        ),
        of="TxPlan",
        key=("intPlanKey",),
    ),
    Table(
        "tblTreatmentPhase",
        (
            _C("intPhaseKey", "INT", "PhaseID"),
            _C("fkPlan", "INT", "PlanID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("intPhaseOrder", "INT", "PhaseOrder"),
            _C("strPhaseName", "NVARCHAR(60)", "PhaseLabel"),
            _word("strPhaseStatus", "PhaseStatus", _PHASE_STATUS),
            _C("fkProvider", "INT", "ProviderID", written=_PROVIDER),
            _day("dtmStart", "StartDate"),
            _day("dtmFinish", "EndDate"),
            _MODIFIED,
        ),
        of="TxPhase",
        key=("intPhaseKey",),
    ),
    Table(
        "tblTreatmentItem",
        (
            _C("intItemKey", "INT", "ItemID"),
            _C("fkPhase", "INT", "PhaseID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("intLineNumber", "INT", "ItemOrder"),
            _C("strOfficeCode", "NVARCHAR(12)", "PmsCode"),
            _C("strADACode", "NVARCHAR(12)", "AdaCode"),
            _C("strChartDescription", "NVARCHAR(120)", "ClinicalDesc"),
            _C("strLetterDescription", "NVARCHAR(160)", "LetterDesc"),
            _C("strToothArea", "NVARCHAR(20)", "ToothArea"),
            _C("strSurfaces", "NVARCHAR(10)", "Surface"),
            _C("curFee", "DECIMAL(10,2)", "Fee"),
            _word("strItemStatus", "ItemStatus", _ITEM_STATUS),
            _day("dtmPlanned", "PlannedOn"),
            _day("dtmCompleted", "CompletedOn"),
            _MODIFIED,
        ),
        of="TxItem",
        key=("intItemKey",),
    ),
    Table(
        "tblFeeSchedule",
        (
            _C("strOfficeCode", "NVARCHAR(12)", made=_carried("PmsCode")),
            _C("strADACode", "NVARCHAR(12)", made=_carried("AdaCode")),
            _C("strDescription", "NVARCHAR(120)", made=_carried("ShortDesc")),
            _C("curFee", "DECIMAL(10,2)", made=lambda row: 25 * len(row["PmsCode"]), lure=True),
        ),
        rows=lambda practice: practice.rows("ProcCode"),
        key=("strOfficeCode",),
    ),
    Table(
        "tblExamComparison",
        (
            _C("intComparisonKey", "INT", "ComparisonID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("strCaption", "NVARCHAR(80)", "Title"),
            _C("fkBaselineExam", "INT", "BaselineExamID"),
            *(_C(f"fkExam{number}", "INT", f"Exam{number}ID") for number in range(1, 6)),
            _C("strMeasures", "NVARCHAR(80)", "Measures"),
            _CREATED,
            _MODIFIED,
        ),
        of="Comparison",
        key=("intComparisonKey",),
    ),
    Table(
        "tblProgressNote",
        (
            _C("intNoteKey", "INT", "NoteID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("fkProvider", "INT", "ProviderID", written=_PROVIDER),
            _moment("dtmNoteDate", "NoteDate"),
            _C("strSubject", "NVARCHAR(120)", "Subject"),
            _C("memNoteText", "NTEXT", "NoteBody"),
            _MODIFIED,
        ),
        of="ProgressNote",
        key=("intNoteKey",),
    ),
    Table(
        "tblLetterTemplate",
        (
            _C("intTemplateKey", "INT", "TemplateID"),
            _C("strTemplateName", "NVARCHAR(80)", "TemplateName"),
            _C("memTemplateText", "NTEXT", "Body"),
            _MODIFIED,
        ),
        of="LetterTemplate",
        key=("intTemplateKey",),
    ),
    Table(
        "tblLetter",
        (
            _C("intLetterKey", "INT", "LetterID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("fkTemplate", "INT", "TemplateID"),
            _C("fkRefDoctor", "INT", "RefDrID", written=_DOCTOR),
            _C("strAddressee", "NVARCHAR(120)", "RecipientName"),
            _moment("dtmLetterDate", "LetterDate"),
            _C("memLetterText", "NTEXT", "Body"),
            _MODIFIED,
        ),
        of="Letter",
        key=("intLetterKey",),
    ),
    Table(
        "tblAppointment",
        (
            _C("intApptKey", "INT", "AppointmentID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("fkProvider", "INT", "ProviderID", written=_PROVIDER),
            _C("fkOffice", "INT", "OfficeID"),
            _C("strChair", "NVARCHAR(20)", "Operatory"),
            _moment("dtmApptStart", "StartsAt"),
            _C("intLengthMinutes", "INT", "Minutes"),
            _C("strReason", "NVARCHAR(120)", "ProcedureText"),
            _word("strApptStatus", "Outcome", _OUTCOME),
            _C("fkRescheduledAppt", "INT", "RescheduledTo"),
            _MODIFIED,
        ),
        of="Appointment",
        key=("intApptKey",),
    ),
    Table(
        "tblDocument",
        (
            _C("intDocumentKey", "INT", "DocumentID"),
            _C("fkPatient", "INT", "PatientID", written=_PATIENT),
            _C("fkExam", "INT", "ExamID"),
            _C("strFileName", "NVARCHAR(120)", "FileName"),
            _C("oleContent", "VARBINARY(8000)", "Content"),
            _moment("dtmScanned", "ScannedOn"),
            _MODIFIED,
        ),
        of="PatientDocument",
        key=("intDocumentKey",),
    ),
    Table(
        "tblPharmacy",
        (
            _C("intPharmacyKey", "INT", made=_carried("number")),
            _C("strName", "NVARCHAR(60)", made=_carried("name"), lure=True),
            _C("strTelephone", "NVARCHAR(40)", made=_carried("phone"), lure=True),
            _C("strFacsimile", "NVARCHAR(40)", made=_carried("phone"), lure=True),
        ),
        rows=lambda _: [
            {"number": number, "name": f"{word} Drugs", "phone": f"(512) 555-01{number:02d}"}
            for number, word in enumerate(JUNK_WORDS, 1)
        ],
        key=("intPharmacyKey",),
    ),
)


def _typed_in(row: Values) -> str | None:
    """A spare field in which the front desk keeps Social Security numbers."""
    return f"900-33-{row['PatientID'] % 10_000:04d}" if row["PatientID"] % 3 == 0 else None


_PATIENTS = next(table for table in _TABLES if table.name == "tblPatient")


def _log_rows(practice: Practice) -> Iterator[Values]:
    for number, row in enumerate(practice.rows("Appointment"), 1):
        yield {"number": number, "patient": row["PatientID"], "moment": row["ModifiedOn"]}


_JUNK = (
    empty_table(
        "tblPatients",
        {
            "PatientID": "INT",
            "FirstName": "NVARCHAR(50)",
            "LastName": "NVARCHAR(50)",
            "BirthDate": "DATETIME",
            "Gender": "NVARCHAR(1)",
        },
    ),
    empty_table(
        "tblAppointmentsOld",
        {"AppointmentID": "INT", "PatientID": "INT", "StartTime": "DATETIME", "Status": "NVARCHAR(10)"},
    ),
    patient_copies(_PATIENTS, "tblPatient_Backup", every=1),
    patient_copies(_PATIENTS, "tblPatient1", every=3),
    Table(
        "Paste Errors",
        (
            _C("Field0", "NVARCHAR(255)", made=_carried("number")),
            _C("Field1", "NVARCHAR(255)", made=_carried("patient")),
        ),
        rows=lambda practice: (row for row in _log_rows(practice) if row["number"] % 50 == 0),
        junk=True,
    ),
    Table(
        "dtproperties",
        (
            _C("id", "INT", made=lambda _: 1),
            _C("objectid", "INT", made=lambda _: 1),
            _C("property", "VARCHAR(64)", made=lambda _: "DtgSchemaOBJECT"),
            _C("value", "VARCHAR(255)"),
            _C("version", "INT", made=lambda _: 0),
        ),
        rows=lambda _: [{}],
        junk=True,
    ),
    Table(
        "tblUserLog",
        (
            _C("intLogKey", "INT", made=_carried("number")),
            _C("strUser", "NVARCHAR(20)", made=lambda row: JUNK_WORDS[row["number"] % 10]),
            _C("fkPatient", "INT", made=_carried("patient")),
            _C("dtmLogged", "DATETIME", made=_carried("moment")),
            _C("strForm", "NVARCHAR(40)", made=lambda _: "frmPatient"),
        ),
        rows=_log_rows,
        key=("intLogKey",),
        junk=True,
    ),
    Table(
        "tblLogin",
        (
            _C("strUser", "NVARCHAR(20)", made=_carried("word")),
            _C("strPassword", "NVARCHAR(40)", made=lambda _: "invented", never=True),
        ),
        rows=lambda _: [{"word": word} for word in JUNK_WORDS],
        key=("strUser",),
        junk=True,
    ),
)

HUNGARIAN = Stranger("hungarian", (*_TABLES, *_JUNK), "tblPerioChart", _CHART)
