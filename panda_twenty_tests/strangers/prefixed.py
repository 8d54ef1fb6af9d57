"""A vendor of tables like KPAPT: a prefix, a letter for the module, two for the thing.

Columns end in their kind. Days are numbers such as 20240318 and 0 where none is known; every code is a number
in one list by class. The chart is packed per tooth and side with blanks between the sites, and a recession is
a negative number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.profile.chart import Packed
from panda_twenty_tests.strangers.conversions import (
    as_charted,
    attachment_levels,
    bits,
    chance,
    shifted,
    six,
    spelled,
)
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies, system_tables
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table

_C = Column
_PATIENT, _EXAM = shifted(2_300_000), shifted(710_000)
_DAY = "%Y%m%d"


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


_CLASSES: Mapping[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "GENDER": (3, (("M", "Male"), ("F", "Female"), ("X", "Other"), ("U", "Unknown"))),
    "PAT STATUS": (7, (("A", "Active"), ("I", "Inactive"), ("D", "Deceased"))),
    "INS RELATION": (11, (("SELF", "Self"), ("SPOUSE", "Spouse"), ("CHILD", "Child"), ("OTHER", "Other"))),
    "EXAM TYPE": (
        14,
        (
            ("I", "Comprehensive exam"),
            ("R", "Re-evaluation"),
            ("P", "Post-op"),
            ("M", "Perio maintenance"),
            ("S", "Screening"),
        ),
    ),
    "PERIO STAGE": (21, tuple((stage, f"Stage {stage}") for stage in ("I", "II", "III", "IV"))),
    "PERIO GRADE": (22, tuple((grade, f"Grade {grade}") for grade in "ABC")),
    "EXTENT": (23, (("L", "Localized"), ("G", "Generalized"), ("M", "Molar/incisor"))),
    "PROGNOSIS": (
        24,
        (("G", "Good"), ("F", "Fair"), ("P", "Poor"), ("Q", "Questionable"), ("H", "Hopeless")),
    ),
    "HYGIENE": (25, (("G", "Good"), ("F", "Fair"), ("P", "Poor"))),
    "TOBACCO": (26, (("N", "Never"), ("F", "Former"), ("C", "Current"))),
    "DIABETES": (27, (("N", "None"), ("P", "Pre-diabetic"), ("1", "Type 1"), ("2", "Type 2"))),
    "TOOTH STATUS": (
        31,
        (("P", "Present"), ("M", "Missing"), ("I", "Implant"), ("U", "Unerupted"), ("X", "Not examined")),
    ),
    "TX PLAN STATUS": (
        41,
        (("P", "Proposed"), ("A", "Accepted"), ("C", "Completed"), ("R", "Declined")),
    ),
    "TX PHASE STATUS": (42, (("O", "Proposed"), ("I", "In progress"), ("C", "Completed"))),
    "TX PROC STATUS": (43, (("T", "Proposed"), ("C", "Completed"), ("D", "Declined"), ("E", "Existing"))),
    "APPT STATUS": (
        51,
        (
            ("S", "Scheduled"),
            ("C", "Completed"),
            ("N", "No show"),
            ("X", "Cancelled"),
            ("R", "Rescheduled"),
        ),
    ),
    "FINDING TYPE": (
        61,
        (("N", "Number"), ("T", "Text"), ("B", "Yes/No"), ("C", "Choice"), ("D", "Date")),
    ),
}
_CONTACT = (90, ("Phone", "Text", "Mail"))


def _numbers(class_: str) -> Mapping[str, int]:
    return {theirs: number for number, (theirs, _) in enumerate(_CLASSES[class_][1], 1)}


def _coded(name: str, of: str, class_: str) -> Column:
    words = dict(_CLASSES[class_][1])
    return _C(name, "SMALLINT", of, codes=_numbers(class_), words=words, listed_in=("KPACD", "CD_TXT"))


def _code_rows(_: Practice) -> Iterator[Values]:
    for number, entries in _CLASSES.values():
        for place, (_theirs, word) in enumerate(entries, 1):
            yield {"class": number, "code": place, "word": word}
    number, ways = _CONTACT
    for place, word in enumerate(ways, 1):
        yield {"class": number, "code": place, "word": word}


def _class_rows(_: Practice) -> Iterator[Values]:
    for name, (number, _entries) in _CLASSES.items():
        yield {"class": number, "name": name}
    yield {"class": _CONTACT[0], "name": "CONTACT BY"}


def _day(name: str, of: str) -> Column:
    return _C(name, "INT", of, written=lambda value: int(value[:10].replace("-", "")), blank=0, format=_DAY)


def _flag(name: str, of: str) -> Column:
    return _C(name, "CHAR(1)", of, codes={"1": "Y", "0": "N"})


def _stamp() -> tuple[Column, ...]:
    return (
        _C("UPD_TS", "DATETIME", "ModifiedOn"),
        _C("UPD_USR", "CHAR(8)", made=lambda row: "SYSADM"),
    )


def _side(values: list[str], tooth: int, start: int) -> str | None:
    if all(value == "." for value in values):
        return None
    return " ".join(as_charted(values, tooth)[start : start + 3])


def _teeth(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("PerioTooth"):
        tooth = row["ToothNo"]
        strings = {
            "PKT": spelled(six(row, "Pd"), missing=".", blocked="*"),
            "MRG": spelled(six(row, "Gm"), negated=True, missing=".", blocked="*"),
            "ATL": spelled(attachment_levels(row), missing=".", blocked="*"),
        }
        for name, of in (("BLD", "Bleeding"), ("PUS", "Suppuration"), ("PLQ", "Plaque"), ("CLC", "Calculus")):
            strings[name] = ["." if bit is None else "+" if bit else "-" for bit in bits(row[of])]
        sides = {
            f"{name}_{side}": _side(values, tooth, start)
            for name, values in strings.items()
            for side, start in (("F", 0), ("L", 3))
        }
        yield {**row, **sides}


def _both(name: str) -> dict[Any, str]:
    return {"facial": f"{name}_F", "lingual": f"{name}_L"}


_CHART = Packed(
    shape="packed",
    per="tooth",
    notation="universal",
    gingival_margin_sign="recession_negative",
    not_assessable=("*",),
    not_recorded=(".",),
    tooth="TTH_N",
    site_separator=" ",
    measures={
        "probing_depth": _both("PKT"),
        "gingival_margin": _both("MRG"),
        "attachment_level": _both("ATL"),
    },
    marks={
        "bleeding": _both("BLD"),
        "suppuration": _both("PUS"),
        "plaque": _both("PLQ"),
        "calculus": _both("CLC"),
    },
    mark_present=("+",),
    mark_absent=("-",),
    tooth_level={
        "status": "TTH_ST_C",
        "mobility": "MOBL",
        "furcation": {"B": "FRC_B", "L": "FRC_L", "M": "FRC_M", "D": "FRC_D"},
        "mucogingival_junction": {"facial": "MGJ_F", "lingual": "MGJ_L"},
        "prognosis": "PRGN_C",
    },
    status_codes={"1": "PRESENT", "2": "MISSING", "3": "IMPLANT", "4": "UNERUPTED", "5": "NOT_EXAMINED"},
    prognosis_codes={"1": "GOOD", "2": "FAIR", "3": "POOR", "4": "QUESTIONABLE", "5": "HOPELESS"},
)

_PT = _C("PT_SEQ", "INT", "PatientID", written=_PATIENT)
_DR = _C("DR_SEQ", "SMALLINT", "ProviderID", blank=0)
_LOC = _C("LOC_N", "SMALLINT", "OfficeID")
_EX = _C("EX_SEQ", "INT", "ExamID", written=_EXAM)

_PRACTICE = (
    Table(
        "KPALC",
        (
            _LOC,
            _C("LOC_NM", "VARCHAR(80)", "OfficeName"),
            _C("ADR_1", "VARCHAR(80)", "Street"),
            _C("ADR_2", "VARCHAR(80)", "Street2"),
            _C("CTY_NM", "VARCHAR(50)", "City"),
            _C("ST_CD", "VARCHAR(10)", "State"),
            _C("PST_CD", "VARCHAR(12)", "Zip"),
            _C("TEL_N", "VARCHAR(40)", "Phone"),
            _C("NPI_N", "VARCHAR(12)", "NPI"),
            _C("WEB_ADR", "VARCHAR(120)", "Website"),
            _flag("MN_F", "IsMain"),
            *_stamp(),
        ),
        of="Office",
        key=("LOC_N",),
    ),
    Table(
        "KPADR",
        (
            _C("DR_SEQ", "SMALLINT", "ProviderID"),
            _C("DR_INL", "CHAR(3)", made=lambda row: f"{row['FirstName'][0]}{row['LastName'][0]}"),
            _LOC,
            _C("FST_NM", "VARCHAR(50)", "FirstName"),
            _C("MDL_INL", "VARCHAR(5)", "MiddleInitial"),
            _C("LST_NM", "VARCHAR(60)", "LastName"),
            _C("DGR_T", "VARCHAR(40)", "Credentials"),
            _C("SPC_T", "VARCHAR(40)", "Specialty"),
            _C("NPI_N", "VARCHAR(12)", "NPI"),
            _C("EML_ADR", "VARCHAR(120)", "Email"),
            _C("TEL_N", "VARCHAR(40)", "Phone"),
            _flag("ACT_F", "IsActive"),
            *_stamp(),
        ),
        of="Provider",
        key=("DR_SEQ",),
    ),
    Table(
        "KPARS",
        (
            _C("RS_SEQ", "INT", "RefDrID"),
            _C("FST_NM", "VARCHAR(50)", "FirstName"),
            _C("LST_NM", "VARCHAR(60)", "LastName"),
            _C("DGR_T", "VARCHAR(40)", "Credentials"),
            _C("PRC_NM", "VARCHAR(100)", "PracticeName"),
            _C("ADR_1", "VARCHAR(80)", "Street"),
            _C("CTY_NM", "VARCHAR(50)", "City"),
            _C("ST_CD", "VARCHAR(10)", "State"),
            _C("PST_CD", "VARCHAR(12)", "Zip"),
            _C("TEL_N", "VARCHAR(40)", "Phone"),
            _C("FAX_N", "VARCHAR(40)", "Fax"),
            _C("EML_ADR", "VARCHAR(120)", "Email"),
            *_stamp(),
        ),
        of="RefDoctor",
        key=("RS_SEQ",),
    ),
    Table(
        "KPAPT",
        (
            _PT,
            _C("CHT_N", "VARCHAR(20)", "ChartNo"),
            _C("XRF_N", "VARCHAR(20)", "PmsPatNum"),
            _LOC,
            _DR,
            _C("RS_SEQ", "INT", "RefDrID", blank=0),
            _C("SLT_T", "VARCHAR(10)", "Title"),
            _C("LST_NM", "VARCHAR(60)", "LastName"),
            _C("FST_NM", "VARCHAR(50)", "FirstName"),
            _C("MDL_INL", "VARCHAR(5)", "MiddleInitial"),
            _C("SFX_T", "VARCHAR(10)", "Suffix"),
            _C("NCK_NM", "VARCHAR(50)", "PreferredName"),
            _coded("GND_C", "Sex", "GENDER"),
            _day("BTH_D", "BirthDate"),
            _C("NTL_ID", "VARCHAR(11)", "SSN"),
            _C("HM_TEL", "VARCHAR(40)", "HomePhone"),
            _C("WK_TEL", "VARCHAR(40)", "WorkPhone"),
            _C("CL_TEL", "VARCHAR(40)", "MobilePhone"),
            _C("EML_ADR", "VARCHAR(160)", "Email"),
            _C("ADR_1", "VARCHAR(80)", "Street"),
            _C("ADR_2", "VARCHAR(80)", "Street2"),
            _C("CTY_NM", "VARCHAR(50)", "City"),
            _C("ST_CD", "VARCHAR(10)", "State"),
            _C("PST_CD", "VARCHAR(12)", "Zip"),
            _coded("PT_ST_C", "Status", "PAT STATUS"),
            _day("FST_VST_D", "FirstVisit"),
            _C("MED_ALT_T", "VARCHAR(400)", "MedicalAlert"),
            _C("BAL_A", "DECIMAL(10,2)", made=lambda row: chance(row, "bal", "PatientID").randrange(500)),
            _C("STATUS", "CHAR(1)", made=lambda row: "RSC"[row["PatientID"] % 3], lure=True),
            _C("CNT_BY_C", "SMALLINT", made=lambda row: 1 + row["PatientID"] % 3, lure=True),
            _C("CRT_TS", "DATETIME", "CreatedOn"),
            *_stamp(),
        ),
        of="Patient",
        key=("PT_SEQ",),
        foreign_keys={"LOC_N": ("KPALC", "LOC_N")},
        indexes=(("LST_NM", "FST_NM"),),
    ),
    Table(
        "KPAIN",
        (
            _C("IN_SEQ", "INT", "InsuranceID"),
            _PT,
            _C("PRT_N", "SMALLINT", "Priority"),
            _C("CRR_NM", "VARCHAR(80)", "Carrier"),
            _C("PLC_N", "VARCHAR(40)", "PolicyNo"),
            _C("GRP_N", "VARCHAR(40)", "GroupNo"),
            _coded("REL_C", "SubscriberRel", "INS RELATION"),
            _C("PRV_PC", "SMALLINT", "PreventivePct"),
            _C("BSC_PC", "SMALLINT", "BasicPct"),
            _C("MJR_PC", "SMALLINT", "MajorPct"),
            *_stamp(),
        ),
        of="PatientInsurance",
        key=("IN_SEQ",),
        foreign_keys={"PT_SEQ": ("KPAPT", "PT_SEQ")},
    ),
)

_CLINICAL = (
    Table(
        "KPCEX",
        (
            _EX,
            _C(
                "PT_SEQ",
                "INT",
                "PatientID",
                written=_PATIENT,
                also=(("perio_chart", "patient_key"), ("custom_finding", "patient_key")),
            ),
            _DR,
            _C("LOC_N", "SMALLINT", "OfficeID", blank=0),
            _day("EX_D", "ExamDate"),
            _coded("EX_TYP_C", "ExamType", "EXAM TYPE"),
            _flag("BSL_F", "IsBaseline"),
            _coded("STG_C", "DxStage", "PERIO STAGE"),
            _coded("GRD_C", "DxGrade", "PERIO GRADE"),
            _coded("EXT_C", "DxExtent", "EXTENT"),
            _C("AAP_TYP", "VARCHAR(10)", "CaseType"),
            _C("DX_T", "VARCHAR(200)", "DxText"),
            _coded("PRGN_C", "Prognosis", "PROGNOSIS"),
            _coded("HYG_C", "OralHygiene", "HYGIENE"),
            _coded("TOB_C", "Smoking", "TOBACCO"),
            _C("CIG_DY_N", "SMALLINT", "CigsPerDay"),
            _coded("DBT_C", "Diabetes", "DIABETES"),
            _C("A1C_V", "DECIMAL(4,1)", "HbA1c"),
            _C("BLD_PC", "DECIMAL(5,1)", "BopPct"),
            _C("AVG_PKT", "DECIMAL(5,2)", "MeanPd"),
            _C("RCL_MO_N", "SMALLINT", "RecallMonths"),
            _C("EX_NT_T", "TEXT", "ExamNote"),
            _C("CRT_TS", "DATETIME", "CreatedOn"),
            *_stamp(),
        ),
        of="PerioExam",
        key=("EX_SEQ",),
        foreign_keys={"PT_SEQ": ("KPAPT", "PT_SEQ")},
        indexes=(("PT_SEQ", "EX_D"),),
    ),
    Table(
        "KPCTH",
        (
            _EX,
            _C("TTH_N", "SMALLINT", "ToothNo"),
            _C("TTH_ST_C", "SMALLINT", "ToothStatus", codes=_numbers("TOOTH STATUS")),
            *(
                _C(f"{name}_{side}", "VARCHAR(12)", f"{name}_{side}")
                for name in ("PKT", "MRG", "ATL", "BLD", "PUS", "PLQ", "CLC")
                for side in "FL"
            ),
            _C("MOBL", "VARCHAR(3)", "Mobility"),
            *(_C(f"FRC_{place}", "SMALLINT", f"Furc{place}") for place in "BLMD"),
            _C("MGJ_F", "SMALLINT", "MgjFacial"),
            _C("MGJ_L", "SMALLINT", "MgjLingual"),
            _C("PRGN_C", "SMALLINT", "Prognosis", codes=_numbers("PROGNOSIS")),
        ),
        of="PerioTooth",
        rows=_teeth,
        key=("EX_SEQ", "TTH_N"),
    ),
    Table(
        "KPCFD",
        (
            _C("FD_N", "SMALLINT", "FindingID"),
            _C("FD_LBL", "VARCHAR(60)", "Label"),
            _coded("FD_TYP_C", "ValueType", "FINDING TYPE"),
            _C("CHC_LST", "VARCHAR(400)", "Choices"),
            _C("ACT_F", "CHAR(1)", made=lambda row: "NY"[row["IsActive"]]),
        ),
        of="FindingDef",
        key=("FD_N",),
    ),
    Table(
        "KPCFV",
        (_EX, _C("FD_N", "SMALLINT", "FindingID"), _C("FD_VAL", "VARCHAR(400)", "ValueText")),
        of="FindingValue",
        key=("EX_SEQ", "FD_N"),
        foreign_keys={"FD_N": ("KPCFD", "FD_N")},
    ),
    Table(
        "KPCCP",
        (
            _C("CP_SEQ", "INT", "ComparisonID"),
            _PT,
            _C("CP_TTL", "VARCHAR(80)", "Title"),
            _C("BS_EX_SEQ", "INT", "BaselineExamID", written=_EXAM),
            *(_C(f"EX_SEQ_{place}", "INT", f"Exam{place}ID", written=_EXAM) for place in range(1, 6)),
            _C("MSR_T", "VARCHAR(80)", "Measures"),
            _C("CRT_TS", "DATETIME", "CreatedOn"),
            *_stamp(),
        ),
        of="Comparison",
        key=("CP_SEQ",),
    ),
    Table(
        "KPCNT",
        (
            _C("NT_SEQ", "INT", "NoteID"),
            _PT,
            _DR,
            _C("NT_TS", "DATETIME", "NoteDate"),
            _C("SBJ_T", "VARCHAR(120)", "Subject"),
            _C("NT_T", "TEXT", "NoteBody"),
            *_stamp(),
        ),
        of="ProgressNote",
        key=("NT_SEQ",),
        foreign_keys={"PT_SEQ": ("KPAPT", "PT_SEQ")},
    ),
)

_TREATMENT = (
    Table(
        "KPTPL",
        (
            _C("PL_SEQ", "INT", "PlanID"),
            _C(
                "PT_SEQ",
                "INT",
                "PatientID",
                written=_PATIENT,
                also=(("treatment_phase", "patient_key"), ("planned_procedure", "patient_key")),
            ),
            _DR,
            _C("EX_SEQ", "INT", "ExamID", written=_EXAM, blank=0),
            _C("PL_NM", "VARCHAR(80)", "PlanName"),
            _coded("PL_ST_C", "PlanStatus", "TX PLAN STATUS"),
            _day("PL_D", "PlanDate"),
            _C("GL_T", "VARCHAR(400)", "Goal"),
            _C("CRT_TS", "DATETIME", "CreatedOn"),
            *_stamp(),
        ),
        of="TxPlan",
        key=("PL_SEQ",),
        foreign_keys={"PT_SEQ": ("KPAPT", "PT_SEQ")},
    ),
    Table(
        "KPTPH",
        (
            _C("PH_SEQ", "INT", "PhaseID"),
            _C("PL_SEQ", "INT", "PlanID"),
            _C("ORD_N", "SMALLINT", "PhaseOrder"),
            _C("PH_LBL", "VARCHAR(60)", "PhaseLabel"),
            _coded("PH_ST_C", "PhaseStatus", "TX PHASE STATUS"),
            _DR,
            _day("STR_D", "StartDate"),
            _day("END_D", "EndDate"),
            *_stamp(),
        ),
        of="TxPhase",
        key=("PH_SEQ",),
    ),
    Table(
        "KPTPR",
        (
            _C("PR_SEQ", "INT", "ItemID"),
            _C("PH_SEQ", "INT", "PhaseID"),
            _C("ORD_N", "SMALLINT", "ItemOrder"),
            _C("PRC_C", "VARCHAR(12)", "PmsCode"),
            _C("ADA_C", "VARCHAR(12)", "AdaCode"),
            _C("CLN_DSC", "VARCHAR(120)", "ClinicalDesc"),
            _C("LTR_DSC", "VARCHAR(160)", "LetterDesc"),
            _C("TTH_AR", "VARCHAR(20)", "ToothArea"),
            _C("SRF_T", "VARCHAR(10)", "Surface"),
            _C("FEE_A", "DECIMAL(10,2)", "Fee"),
            _coded("PR_ST_C", "ItemStatus", "TX PROC STATUS"),
            _day("PLN_D", "PlannedOn"),
            _day("CMP_D", "CompletedOn"),
            *_stamp(),
        ),
        of="TxItem",
        key=("PR_SEQ",),
        foreign_keys={"PH_SEQ": ("KPTPH", "PH_SEQ")},
    ),
    Table(
        "KPTFS",
        (
            _C("PRC_C", "VARCHAR(12)", made=_carried("PmsCode")),
            _C("ADA_C", "VARCHAR(12)", made=_carried("AdaCode")),
            _C("DSC_T", "VARCHAR(120)", made=_carried("ShortDesc")),
            _C("FEE_A", "DECIMAL(10,2)", made=lambda row: 35 + 15 * len(row["ShortDesc"] or ""), lure=True),
        ),
        rows=lambda practice: practice.rows("ProcCode"),
        key=("PRC_C",),
    ),
)

_OFFICE = (
    Table(
        "KPLTM",
        (
            _C("TM_SEQ", "SMALLINT", "TemplateID"),
            _C("TM_NM", "VARCHAR(80)", "TemplateName"),
            _C("TM_BDY", "TEXT", "Body"),
            *_stamp(),
        ),
        of="LetterTemplate",
        key=("TM_SEQ",),
    ),
    Table(
        "KPLLT",
        (
            _C("LT_SEQ", "INT", "LetterID"),
            _PT,
            _C("TM_SEQ", "SMALLINT", "TemplateID", blank=0),
            _C("RS_SEQ", "INT", "RefDrID", blank=0),
            _C("RCP_NM", "VARCHAR(120)", "RecipientName"),
            _C("LT_TS", "DATETIME", "LetterDate"),
            _C("LT_BDY", "TEXT", "Body"),
            *_stamp(),
        ),
        of="Letter",
        key=("LT_SEQ",),
    ),
    Table(
        "KPSAP",
        (
            _C("AP_SEQ", "INT", "AppointmentID"),
            _PT,
            _DR,
            _C("LOC_N", "SMALLINT", "OfficeID", blank=0),
            _C("CHR_T", "VARCHAR(20)", "Operatory"),
            _C(
                "AP_D",
                "INT",
                "StartsAt",
                written=lambda value: int(value[:10].replace("-", "")),
                format=_DAY,
                time_column="AP_TM",
            ),
            _C("AP_TM", "SMALLINT", made=lambda row: int(row["StartsAt"][11:16].replace(":", ""))),
            _C("LEN_MIN", "SMALLINT", "Minutes"),
            _C("RSN_T", "VARCHAR(120)", "ProcedureText"),
            _coded("AP_ST_C", "Outcome", "APPT STATUS"),
            _C("NXT_AP_SEQ", "INT", "RescheduledTo", blank=0),
            *_stamp(),
        ),
        of="Appointment",
        key=("AP_SEQ",),
        foreign_keys={"PT_SEQ": ("KPAPT", "PT_SEQ")},
        indexes=(("AP_D",),),
    ),
    Table(
        "KPSRC",
        (
            _C("RC_SEQ", "INT", made=_carried("PatientID")),
            _C("PT_SEQ", "INT", made=lambda row: _PATIENT(row["PatientID"]), lure=True),
            _C("DUE_D", "INT", made=lambda row: 20260115 + 100 * (row["PatientID"] % 11)),
            _C("INT_MO_N", "SMALLINT", made=lambda row: (3, 4, 6)[row["PatientID"] % 3], lure=True),
            _C("RC_TYP", "CHAR(4)", made=lambda row: ("SPT", "PRO")[row["PatientID"] % 2], lure=True),
        ),
        rows=lambda practice: practice.rows("Patient"),
        key=("RC_SEQ",),
    ),
    Table(
        "KPDIM",
        (
            _C("IM_SEQ", "INT", "DocumentID"),
            _PT,
            _C("EX_SEQ", "INT", "ExamID", written=_EXAM, blank=0),
            _C("FIL_NM", "VARCHAR(120)", "FileName"),
            _C("IM_BLB", "VARBINARY(8000)", "Content"),
            _C("SCN_TS", "DATETIME", "ScannedOn"),
            *_stamp(),
        ),
        of="PatientDocument",
        key=("IM_SEQ",),
    ),
    Table(
        "KPACD",
        (
            _C("CLS_N", "SMALLINT", made=_carried("class")),
            _C("CD_N", "SMALLINT", made=_carried("code")),
            _C("CD_TXT", "VARCHAR(40)", made=_carried("word")),
        ),
        rows=_code_rows,
        key=("CLS_N", "CD_N"),
    ),
    Table(
        "KPACL",
        (
            _C("CLS_N", "SMALLINT", made=_carried("class")),
            _C("CLS_NM", "VARCHAR(30)", made=_carried("name")),
        ),
        rows=_class_rows,
        key=("CLS_N",),
    ),
)


def _ledger(practice: Practice) -> Iterator[Values]:
    number = 0
    for row in practice.rows("Patient"):
        rng = chance(row, "ledger", "PatientID")
        for _ in range(rng.randrange(30)):
            number += 1
            yield {"number": number, "patient": _PATIENT(row["PatientID"]), "amount": rng.randrange(9_000)}


_JUNK = (
    Table(
        "KPBLG",
        (
            _C("LG_SEQ", "INT", made=_carried("number")),
            _C("PT_SEQ", "INT", made=_carried("patient")),
            _C("PST_D", "INT", made=lambda row: 20200101 + row["number"] % 28),
            _C("LG_A", "DECIMAL(10,2)", made=_carried("amount")),
            _C("LG_DSC", "VARCHAR(60)", made=lambda row: "Patient payment - thank you"),
            _C("CRD_N", "VARCHAR(20)", made=lambda row: "4000000000000002", never=True),
        ),
        rows=_ledger,
        key=("LG_SEQ",),
        junk=True,
    ),
    Table(
        "KPZUS",
        (
            _C("US_SEQ", "INT", made=_carried("number")),
            _C("FST_NM", "VARCHAR(50)", made=_carried("word")),
            _C("LST_NM", "VARCHAR(60)", made=_carried("word")),
            _C("PSWD", "VARCHAR(40)", made=lambda row: "invented", never=True),
        ),
        rows=lambda _: [{"number": number, "word": word} for number, word in enumerate(JUNK_WORDS, 1)],
        key=("US_SEQ",),
        junk=True,
    ),
)
_PATIENTS = next(table for table in _PRACTICE if table.name == "KPAPT")

PREFIXED = Stranger(
    "prefixed",
    (
        *_PRACTICE,
        *_CLINICAL,
        *_TREATMENT,
        *_OFFICE,
        *_JUNK,
        patient_copies(_PATIENTS, "KPAPT_0312", every=2),
        *(table for table in system_tables(_PATIENT) if table.name in ("tmpImport", "sysdiagrams", "ErrLog")),
        empty_table(
            "KPAPX",
            {"PT_SEQ": "INT", "FIRST_NAME": "VARCHAR(50)", "LAST_NAME": "VARCHAR(60)", "SEX": "CHAR(1)"},
        ),
    ),
    "KPCTH",
    _CHART,
)
