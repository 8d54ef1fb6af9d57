"""A vendor who began with dBase: names of eight and ten letters, days as eight digits, blanks for nothing.

The tables were moved to SQL Server as they stood. The chart is one row per exam and tooth with two strings
per measure, the facial sites in one column and the lingual ones in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.profile.chart import Packed
from panda_twenty_tests.strangers.conversions import (
    NOT_ASSESSABLE,
    as_charted,
    bits,
    chance,
    shifted,
    six,
    spelled,
)
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table

_C = Column
_FLAG = {"1": "T", "0": "F"}
_NUMBER, _SMALL = "NUMERIC(8,0)", "NUMERIC(3,0)"
_DAY_FORMAT = "%Y%m%d"


def _eight_digits(value: str) -> str:
    return value[:10].replace("-", "")


def _day(name: str, of: str) -> Column:
    return _C(name, "CHAR(8)", of, written=_eight_digits, blank="", format=_DAY_FORMAT)


def _text(name: str, width: int, of: str) -> Column:
    return _C(name, f"CHAR({width})", of, blank="")


def _letter(name: str, of: str, codes: Mapping[str, str]) -> Column:
    return _C(name, "CHAR(1)", of, codes=codes, blank="")


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _not_deleted() -> Column:
    return _C("DELETED", "CHAR(1)", made=lambda _: "F")


_PATIENT, _EXAM = shifted(900), shifted(5_000)
_UPDATED = _C("UPD_DTTM", "DATETIME", "ModifiedOn")
_SEX = {"F": "F", "M": "M", "X": "O", "U": "U"}
_STATUS = {"A": "A", "I": "I", "D": "D"}
_EXAM_TYPE = {"I": "N", "R": "R", "P": "P", "M": "M", "S": "S"}
_OUTCOMES = (
    ("S", "S", "Scheduled"),
    ("C", "K", "Kept"),
    ("N", "B", "Broken - no show"),
    ("X", "C", "Cancelled by patient"),
    ("R", "M", "Moved to other date"),
)
_VISIT_TYPES = (
    ("I", "N", "New patient comprehensive"),
    ("R", "R", "Re-evaluation"),
    ("P", "P", "Post surgical check"),
    ("M", "M", "Perio maintenance"),
    ("S", "S", "Screening"),
)
_PLAN_STATUS = {"A": "A", "P": "P", "C": "C", "R": "R"}
_PHASE_STATUS = {"O": "P", "I": "I", "C": "C"}
_ITEM_STATUS = {"T": "P", "C": "C", "D": "R", "E": "X"}
_PROGNOSIS = {"G": "G", "F": "F", "P": "P", "Q": "Q", "H": "H"}
_TOOTH_STATUS = {"P": "", "M": "M", "I": "I", "U": "U", "X": "N"}
_VALUE_TYPE = {"N": "N", "T": "C", "B": "L", "C": "P", "D": "D"}


def _list_table(name: str, entries: tuple[tuple[str, str, str], ...]) -> Table:
    rows = [{"code": here, "word": word} for _, here, word in entries]
    return Table(
        name,
        (_C("CODE", "CHAR(1)", made=_carried("code")), _C("DESCRIPT", "CHAR(30)", made=_carried("word"))),
        rows=lambda _: rows,
    )


def _listed(name: str, of: str, table: str, entries: tuple[tuple[str, str, str], ...]) -> Column:
    return _C(
        name,
        "CHAR(1)",
        of,
        codes={theirs: here for theirs, here, _ in entries},
        words={theirs: word for theirs, _, word in entries},
        listed_in=(table, "DESCRIPT"),
    )


def _one_digit(values: list[int | None]) -> list[int | None]:
    return [
        value if value is None or value == NOT_ASSESSABLE else min(value, 9) if value >= 0 else None
        for value in values
    ]


def _sides(name: str, values: list[int | None], tooth: int) -> Iterator[tuple[str, str]]:
    """Two strings of three characters, blank where no site of the tooth was recorded."""
    written = as_charted(spelled(values, missing=".", blocked="*"), tooth)
    nothing = set(written) == {"."}
    yield f"{name}F", "" if nothing else "".join(written[:3])
    yield f"{name}L", "" if nothing else "".join(written[3:])


def _teeth(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("PerioTooth"):
        tooth = row["ToothNo"]
        strings = {
            "PPD": _one_digit(six(row, "Pd")),
            "GRM": _one_digit(six(row, "Gm")),
            "BLD": bits(row["Bleeding"]),
            "PUS": bits(row["Suppuration"]),
        }
        sides = (each for name, values in strings.items() for each in _sides(name, values, tooth))
        yield {**row, **dict(sides)}


_STRINGS = tuple(f"{name}{side}" for name in ("PPD", "GRM", "BLD", "PUS") for side in "FL")

CHART = Packed(
    shape="packed",
    per="tooth",
    notation="universal",
    gingival_margin_sign="recession_positive",
    not_assessable=("*",),
    not_recorded=(".",),
    tooth="TOOTH_NO",
    measures={
        "probing_depth": {"facial": "PPDF", "lingual": "PPDL"},
        "gingival_margin": {"facial": "GRMF", "lingual": "GRML"},
    },
    marks={
        "bleeding": {"facial": "BLDF", "lingual": "BLDL"},
        "suppuration": {"facial": "PUSF", "lingual": "PUSL"},
    },
    mark_present=("1",),
    mark_absent=("0",),
    tooth_level={
        "status": "TH_STAT",
        "mobility": "MOBIL",
        "furcation": {"B": "FURC_B", "L": "FURC_L", "M": "FURC_M", "D": "FURC_D"},
        "mucogingival_junction": {"facial": "MGJ_F", "lingual": "MGJ_L"},
        "prognosis": "TH_PROG",
    },
    status_codes={"M": "MISSING", "I": "IMPLANT", "U": "UNERUPTED", "N": "NOT_EXAMINED"},
    prognosis_codes={"G": "GOOD", "F": "FAIR", "P": "POOR", "Q": "QUESTIONABLE", "H": "HOPELESS"},
)

_TABLES = (
    Table(
        "LOCATN",
        (
            _C("LOC_ID", _SMALL, "OfficeID"),
            _text("LOC_NAME", 60, "OfficeName"),
            _text("LOC_ADDR1", 40, "Street"),
            _text("LOC_ADDR2", 40, "Street2"),
            _text("LOC_CITY", 30, "City"),
            _text("LOC_ST", 2, "State"),
            _text("LOC_ZIP", 10, "Zip"),
            _text("LOC_PHONE", 40, "Phone"),
            _text("LOC_NPI", 10, "NPI"),
            _text("LOC_URL", 60, "Website"),
            _letter("PRIMARY_", "IsMain", _FLAG),
            _C("TAX_ID", "CHAR(11)", made=lambda row: f"74-00{row['OfficeID']:05d}", never=True),
            _UPDATED,
        ),
        of="Office",
    ),
    Table(
        "DRFILE",
        (
            _C("DR_ID", _SMALL, "ProviderID"),
            _C("DR_INIT", "CHAR(3)", made=lambda row: f"{row['FirstName'][:1]}{row['LastName'][:1]}"),
            _C("LOC_ID", _SMALL, "OfficeID"),
            _text("DR_FIRST", 20, "FirstName"),
            _text("DR_MI", 1, "MiddleInitial"),
            _text("DR_LAST", 25, "LastName"),
            _text("DR_DEGREE", 20, "Credentials"),
            _text("DR_SPEC", 20, "Specialty"),
            _text("DR_NPI", 10, "NPI"),
            _text("DR_EMAIL", 60, "Email"),
            _text("DR_PHONE", 40, "Phone"),
            _letter("DR_ACTIVE", "IsActive", _FLAG),
            _UPDATED,
        ),
        of="Provider",
    ),
    Table(
        "REFDOCS",
        (
            _C("REF_ID", _NUMBER, "RefDrID"),
            _text("REF_FIRST", 20, "FirstName"),
            _text("REF_LAST", 25, "LastName"),
            _text("REF_DEGR", 20, "Credentials"),
            _text("REF_PRACT", 60, "PracticeName"),
            _text("REF_ADDR1", 40, "Street"),
            _text("REF_CITY", 30, "City"),
            _text("REF_ST", 2, "State"),
            _text("REF_ZIP", 10, "Zip"),
            _text("REF_PHONE", 40, "Phone"),
            _text("REF_FAX", 40, "Fax"),
            _text("REF_EMAIL", 60, "Email"),
            _C("REF_CNT", _SMALL, made=lambda row: row["RefDrID"] * 3 % 17),
            _UPDATED,
        ),
        of="RefDoctor",
    ),
    Table(
        "PATMAST",
        (
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _text("CHART_NO", 12, "ChartNo"),
            _text("LINK_ID", 12, "PmsPatNum"),
            _C("LOC_ID", _SMALL, "OfficeID"),
            _C("DR_ID", _SMALL, "ProviderID"),
            _C("REF_ID", _NUMBER, "RefDrID"),
            _text("PAT_SALUT", 10, "Title"),
            _text("PAT_FIRST", 20, "FirstName"),
            _text("PAT_MI", 5, "MiddleInitial"),
            _text("PAT_LAST", 25, "LastName"),
            _text("PAT_SUFX", 6, "Suffix"),
            _text("PAT_NICK", 20, "PreferredName"),
            _letter("PAT_SEX", "Sex", _SEX),
            _day("PAT_BIRTH", "BirthDate"),
            _C("BIRTHDATE", "DATETIME", made=lambda _: None, acceptable=(("patient", "birth_date"),)),
            _C("PAT_NO2", "CHAR(11)", "SSN", blank=""),
            _text("HM_PHONE", 40, "HomePhone"),
            _text("WK_PHONE", 40, "WorkPhone"),
            _text("CELL_PH", 40, "MobilePhone"),
            _text("EMAIL_ADR", 160, "Email"),
            _text("PAT_ADDR1", 40, "Street"),
            _text("PAT_ADDR2", 40, "Street2"),
            _text("PAT_CITY", 30, "City"),
            _text("PAT_ST", 2, "State"),
            _text("PAT_ZIP", 10, "Zip"),
            _C("SP_FIRST", "CHAR(20)", made=lambda row: JUNK_WORDS[row["PatientID"] % 10], lure=True),
            _C(
                "SP_PHONE", "CHAR(40)", made=lambda row: f"(830) 555-0{row['PatientID'] % 100:03d}", lure=True
            ),
            _letter("PAT_STAT", "Status", _STATUS),
            _day("FIRSTVIS", "FirstVisit"),
            _C("LASTVIS", "CHAR(8)", made=lambda row: _eight_digits(row["ModifiedOn"]), lure=True),
            _text("MED_ALERT", 400, "MedicalAlert"),
            _C("BALANCE", "NUMERIC(10,2)", made=lambda row: chance(row, "owed", "PatientID").randrange(700)),
            _C("ENT_DTTM", "DATETIME", "CreatedOn"),
            _UPDATED,
            _not_deleted(),
        ),
        of="Patient",
        indexes=(("PAT_ID",), ("PAT_LAST", "PAT_FIRST")),
    ),
    Table(
        "PATINS",
        (
            _C("INS_ID", _NUMBER, "InsuranceID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("INS_LEVEL", "NUMERIC(1,0)", "Priority"),
            _text("INS_CO", 40, "Carrier"),
            _text("POLICY_NO", 20, "PolicyNo"),
            _text("GROUP_NO", 20, "GroupNo"),
            _letter("REL_CODE", "SubscriberRel", {"SELF": "I", "SPOUSE": "S", "CHILD": "C", "OTHER": "O"}),
            _C(
                "INS_SS", "CHAR(11)", made=lambda row: f"900-33-{row['InsuranceID'] % 10_000:04d}", never=True
            ),
            _C("PREV_PCT", _SMALL, "PreventivePct"),
            _C("BASIC_PCT", _SMALL, "BasicPct"),
            _C("MAJOR_PCT", _SMALL, "MajorPct"),
            _UPDATED,
        ),
        of="PatientInsurance",
    ),
    Table(
        "PEREXAM",
        (
            _C("EXAM_ID", _NUMBER, "ExamID", written=_EXAM),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT, also=(("perio_chart", "patient_key"),)),
            _C("DR_ID", _SMALL, "ProviderID"),
            _C("LOC_ID", _SMALL, "OfficeID"),
            _day("EXAM_DATE", "ExamDate"),
            _listed("EXAM_TYPE", "ExamType", "EXTYPE", _VISIT_TYPES),
            _letter("BASELINE", "IsBaseline", _FLAG),
            _text("STAGE", 4, "DxStage"),
            _text("GRADE", 1, "DxGrade"),
            _letter("EXTENT", "DxExtent", {"L": "L", "G": "G", "M": "M"}),
            _text("CASE_TYPE", 4, "CaseType"),
            _text("DIAGNOSIS", 80, "DxText"),
            _letter("PROGNOSIS", "Prognosis", _PROGNOSIS),
            _letter("ORAL_HYG", "OralHygiene", {"G": "G", "F": "F", "P": "P"}),
            _letter("TOBACCO", "Smoking", {"N": "N", "F": "F", "C": "C"}),
            _C("CIG_DAY", _SMALL, "CigsPerDay"),
            _letter("DIABETIC", "Diabetes", {"N": "N", "P": "P", "1": "1", "2": "2"}),
            _C("A1C", "NUMERIC(4,1)", "HbA1c"),
            _C("BLEED_PCT", "NUMERIC(5,1)", "BopPct"),
            _C("AVG_PPD", "NUMERIC(5,2)", "MeanPd"),
            _C("RECALL_MO", "NUMERIC(2,0)", "RecallMonths"),
            _C("NOTES", "NTEXT", "ExamNote"),
            _C("ENT_DTTM", "DATETIME", "CreatedOn"),
            _UPDATED,
        ),
        of="PerioExam",
        indexes=(("EXAM_ID",),),
    ),
    Table(
        "PERTOOTH",
        (
            _C("EXAM_ID", _NUMBER, "ExamID", written=_EXAM),
            _C("TOOTH_NO", "CHAR(2)", "ToothNo", written=lambda value: f"{value:02d}"),
            _C("TH_STAT", "CHAR(1)", "ToothStatus", codes=_TOOTH_STATUS),
            *(_C(name, "CHAR(3)", name) for name in _STRINGS),
            _C("MOBIL", "CHAR(2)", "Mobility", blank=""),
            *(_C(f"FURC_{entrance}", "NUMERIC(1,0)", f"Furc{entrance}") for entrance in "BLMD"),
            _C("MGJ_F", "NUMERIC(2,0)", "MgjFacial"),
            _C("MGJ_L", "NUMERIC(2,0)", "MgjLingual"),
            _letter("TH_PROG", "Prognosis", _PROGNOSIS),
        ),
        of="PerioTooth",
        rows=_teeth,
        indexes=(("EXAM_ID", "TOOTH_NO"),),
    ),
    Table(
        "USRFIND",
        (
            _C("FIND_ID", _SMALL, "FindingID"),
            _text("FIND_DESC", 40, "Label"),
            _letter("FIND_TYPE", "ValueType", _VALUE_TYPE),
            _text("PICKLIST", 200, "Choices"),
        ),
        of="FindingDef",
    ),
    Table(
        "USRFVAL",
        (
            _C("EXAM_ID", _NUMBER, "ExamID", written=_EXAM),
            _C("FIND_ID", _SMALL, "FindingID"),
            _text("FIND_VAL", 200, "ValueText"),
        ),
        of="FindingValue",
    ),
    Table(
        "TPHEAD",
        (
            _C("TP_ID", _NUMBER, "PlanID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("DR_ID", _SMALL, "ProviderID"),
            _C("EXAM_ID", _NUMBER, "ExamID", written=_EXAM),
            _text("TP_NAME", 40, "PlanName"),
            _letter("TP_STAT", "PlanStatus", _PLAN_STATUS),
            _day("TP_DATE", "PlanDate"),
            _text("TP_GOAL", 200, "Goal"),
            _C("ENT_DTTM", "DATETIME", "CreatedOn"),
            _UPDATED,
        ),
        of="TxPlan",
    ),
    Table(
        "TPPHASE",
        (
            _C("PHASE_ID", _NUMBER, "PhaseID"),
            _C("TP_ID", _NUMBER, "PlanID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("PHASE_SEQ", _SMALL, "PhaseOrder"),
            _text("PHASE_DESC", 40, "PhaseLabel"),
            _letter("PHASE_STAT", "PhaseStatus", _PHASE_STATUS),
            _C("DR_ID", _SMALL, "ProviderID"),
            _day("START_DATE", "StartDate"),
            _day("END_DATE", "EndDate"),
            _UPDATED,
        ),
        of="TxPhase",
    ),
    Table(
        "TPDETAIL",
        (
            _C("TPD_ID", _NUMBER, "ItemID"),
            _C("PHASE_ID", _NUMBER, "PhaseID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("LINE_NO", _SMALL, "ItemOrder"),
            _text("PROC_CODE", 8, "PmsCode"),
            _text("ADA_CODE", 8, "AdaCode"),
            _text("PROC_DESC", 60, "ClinicalDesc"),
            _text("LTR_DESC", 80, "LetterDesc"),
            _text("TOOTH", 12, "ToothArea"),
            _text("SURF", 6, "Surface"),
            _C("FEE", "NUMERIC(9,2)", "Fee"),
            _letter("PROC_STAT", "ItemStatus", _ITEM_STATUS),
            _day("PLAN_DATE", "PlannedOn"),
            _day("COMP_DATE", "CompletedOn"),
            _UPDATED,
        ),
        of="TxItem",
    ),
    Table(
        "PERCOMP",
        (
            _C("COMP_ID", _NUMBER, "ComparisonID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _text("COMP_TITLE", 40, "Title"),
            _C("BASE_EXAM", _NUMBER, "BaselineExamID", written=_EXAM),
            *(_C(f"EXAM_{number}", _NUMBER, f"Exam{number}ID", written=_EXAM) for number in range(1, 6)),
            _text("MEASURES", 40, "Measures"),
            _C("ENT_DTTM", "DATETIME", "CreatedOn"),
            _UPDATED,
        ),
        of="Comparison",
    ),
    Table(
        "CLNOTES",
        (
            _C("NOTE_ID", _NUMBER, "NoteID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("DR_ID", _SMALL, "ProviderID"),
            _C("NOTE_DTTM", "DATETIME", "NoteDate"),
            _text("NOTE_SUBJ", 60, "Subject"),
            _C("NOTE_MEMO", "NTEXT", "NoteBody"),
            _UPDATED,
        ),
        of="ProgressNote",
    ),
    Table(
        "LTRFORM",
        (
            _C("FORM_ID", _SMALL, "TemplateID"),
            _text("FORM_NAME", 40, "TemplateName"),
            _C("FORM_MEMO", "NTEXT", "Body"),
            _UPDATED,
        ),
        of="LetterTemplate",
    ),
    Table(
        "LTRSENT",
        (
            _C("LTR_ID", _NUMBER, "LetterID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("FORM_ID", _SMALL, "TemplateID"),
            _C("REF_ID", _NUMBER, "RefDrID"),
            _text("ADDRESSEE", 60, "RecipientName"),
            _C("LTR_DTTM", "DATETIME", "LetterDate"),
            _C("LTR_MEMO", "NTEXT", "Body"),
            _UPDATED,
        ),
        of="Letter",
    ),
    Table(
        "APPTBOOK",
        (
            _C("APPT_ID", _NUMBER, "AppointmentID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("DR_ID", _SMALL, "ProviderID"),
            _C("LOC_ID", _SMALL, "OfficeID"),
            _text("CHAIR", 6, "Operatory"),
            _C("APPT_DTTM", "DATETIME", "StartsAt"),
            _C("APPT_LEN", _SMALL, "Minutes"),
            _text("APPT_DESC", 60, "ProcedureText"),
            _listed("APPT_STAT", "Outcome", "APSTAT", _OUTCOMES),
            _C("MOVED_TO", _NUMBER, "RescheduledTo"),
            _C("CONFIRMED", "CHAR(1)", made=lambda row: "TF"[row["AppointmentID"] % 2], lure=True),
            _UPDATED,
        ),
        of="Appointment",
    ),
    Table(
        "IMGDOCS",
        (
            _C("IMG_ID", _NUMBER, "DocumentID"),
            _C("PAT_ID", _NUMBER, "PatientID", written=_PATIENT),
            _C("EXAM_ID", _NUMBER, "ExamID", written=_EXAM),
            _text("IMG_FILE", 60, "FileName"),
            _C("IMG_BLOB", "VARBINARY(8000)", "Content"),
            _C("SCAN_DTTM", "DATETIME", "ScannedOn"),
            _UPDATED,
        ),
        of="PatientDocument",
    ),
    _list_table("EXTYPE", _VISIT_TYPES),
    _list_table("APSTAT", _OUTCOMES),
)


def _ledger(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("TxItem"):
        yield {
            "number": row["ItemID"],
            "patient": _PATIENT(row["PatientID"]),
            "fee": row["Fee"],
            "code": row["AdaCode"],
            "day": row["ModifiedOn"],
        }


def _tenth(practice: Practice) -> Iterator[Values]:
    return (row for number, row in enumerate(practice.rows("PerioExam")) if number % 10 == 0)


_PATIENTS = next(table for table in _TABLES if table.name == "PATMAST")
_EXAMS = next(table for table in _TABLES if table.name == "PEREXAM")

_JUNK = (
    patient_copies(_PATIENTS, "PATMAST2", every=1),
    patient_copies(_PATIENTS, "PATXFER", every=4),
    Table("PEREXBAK", _EXAMS.columns, of="PerioExam", rows=_tenth, junk=True),
    empty_table(
        "PATIENTS",
        {"PAT_ID": "INT", "FIRSTNAME": "CHAR(20)", "LASTNAME": "CHAR(25)", "BIRTHDATE": "DATETIME"},
    ),
    Table(
        "TRANSACT",
        (
            _C("TRAN_NO", _NUMBER, made=_carried("number")),
            _C("PAT_ID", _NUMBER, made=_carried("patient")),
            _C("TRAN_DATE", "DATETIME", made=_carried("day")),
            _C("ADA_CODE", "CHAR(8)", made=_carried("code")),
            _C("AMOUNT", "NUMERIC(9,2)", made=_carried("fee")),
            _C("CC_NO", "CHAR(16)", made=lambda _: "4000000000000002", never=True),
        ),
        rows=_ledger,
        junk=True,
    ),
    Table(
        "AGEDAR",
        (
            _C("PAT_ID", _NUMBER, made=_carried("patient")),
            _C("CUR_AMT", "NUMERIC(9,2)", made=_carried("fee")),
            _C("AMT_30", "NUMERIC(9,2)", made=lambda _: 0),
        ),
        rows=_ledger,
        junk=True,
    ),
    Table(
        "PASSWD",
        (
            _C("USER_INIT", "CHAR(3)", made=lambda row: row["word"][:3]),
            _C("USER_NAME", "CHAR(20)", made=_carried("word")),
            _C("PW", "CHAR(10)", made=lambda _: "invented", never=True),
        ),
        rows=lambda _: [{"word": word} for word in JUNK_WORDS],
        junk=True,
    ),
    Table(
        "FOXUSER",
        (_C("TYPE", "CHAR(12)", made=lambda _: "PREFW"), _C("ID", "CHAR(12)", made=lambda _: "WINDINFO")),
        rows=lambda _: [{}, {}],
        junk=True,
    ),
)

FOXPRO = Stranger("foxpro", (*_TABLES, *_JUNK), "PERTOOTH", CHART)
