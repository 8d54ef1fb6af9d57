"""A vendor of the nineties whose columns say something else than they hold.

``STATUS`` is the day of the first visit, ``DOB1`` the day of registration, ``CITY`` a route of the recall
van. Half of the references are not declared, rows are flagged as deleted, and the chart is one string of the
whole mouth per exam and kind of measurement.
"""

from __future__ import annotations

from dataclasses import replace

from panda_twenty.panda.profile.chart import PackedRows
from panda_twenty_tests.strangers.conversions import chance, midnight
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies, system_tables
from panda_twenty_tests.strangers.misnamed_sources import (
    GONE,
    RECNO,
    YES_NO,
    carried,
    carriers,
    coded,
    compact,
    groups,
    kind_rows,
    letter_codes_table,
    measurements,
    policies,
    with_deleted,
)
from panda_twenty_tests.strangers.relaying import Column, Stranger, Table, Values

_C = Column

_UPDATED = _C("UPDT", "DATETIME", "ModifiedOn")
_ENTERED = _C("ENTD", "DATETIME", "CreatedOn")
_DELETED = _C("DELF", "CHAR(1)", made=lambda row: row.get("DELF", "0"))
_TO_PATIENT = {"RECNO": ("PDW_MSTR", "RECNO")}


def _patient(*also: tuple[str, str]) -> Column:
    return _C("RECNO", "INT", "PatientID", written=RECNO, also=also)


def _address() -> tuple[Column, ...]:
    return (
        _C("AD1", "VARCHAR(80)", "Street"),
        _C("TWN", "VARCHAR(50)", "City"),
        _C("ST", "CHAR(2)", "State"),
        _C("ZIP", "VARCHAR(12)", "Zip"),
    )


_PEOPLE = (
    Table(
        "PDW_SITE",
        (
            _C("SID", "TINYINT", "OfficeID"),
            _C("NM", "VARCHAR(80)", "OfficeName"),
            *_address(),
            _C("AD2", "VARCHAR(80)", "Street2"),
            _C("PHN", "VARCHAR(40)", "Phone"),
            _C("NPI", "CHAR(10)", "NPI"),
            _C("TIN", "VARCHAR(11)", made=lambda row: f"90-00{row['OfficeID']:05d}"),
            _C("URL", "VARCHAR(120)", "Website"),
            _C("HQ", "BIT", "IsMain"),
            _UPDATED,
        ),
        of="Office",
        key=("SID",),
    ),
    Table(
        "PDW_DOC",
        (
            _C("DID", "SMALLINT", "ProviderID"),
            _C("INI", "CHAR(3)", made=lambda row: f"{row['FirstName'][:1]}{row['LastName'][:1]}".upper()),
            _C("LNM", "VARCHAR(60)", "LastName"),
            _C("FNM", "VARCHAR(50)", "FirstName"),
            _C("MNM", "VARCHAR(5)", "MiddleInitial"),
            _C("CRED", "VARCHAR(40)", "Credentials"),
            _C("SPEC", "VARCHAR(40)", "Specialty"),
            _C("NPI", "CHAR(10)", "NPI"),
            _C("DEA", "CHAR(9)", made=lambda row: f"XX{row['ProviderID']:07d}"),
            _C("SOCIAL", "VARCHAR(11)", made=lambda row: f"900-55-{row['ProviderID']:04d}", never=True),
            _C("EML", "VARCHAR(120)", "Email"),
            _C("PHN", "VARCHAR(40)", "Phone"),
            _C("SID", "TINYINT", "OfficeID"),
            _C("INACT", "BIT", "IsActive", codes=GONE),
            _UPDATED,
        ),
        of="Provider",
        key=("DID",),
    ),
    Table(
        "PDW_RDR",
        (
            _C("RID", "INT", "RefDrID"),
            _C("LNM", "VARCHAR(60)", "LastName"),
            _C("FNM", "VARCHAR(50)", "FirstName"),
            _C("CRED", "VARCHAR(40)", "Credentials"),
            _C("PRAC", "VARCHAR(100)", "PracticeName"),
            *_address(),
            _C("PHN", "VARCHAR(40)", "Phone"),
            _C("FAX", "VARCHAR(40)", "Fax"),
            _C("EML", "VARCHAR(120)", "Email"),
            _C("STATE", "CHAR(1)", made=lambda row: "DPO"[row["RefDrID"] % 3], lure=True),
            _C("CNT", "INT", made=lambda row: row["RefDrID"] % 41),
            _UPDATED,
        ),
        of="RefDoctor",
        key=("RID",),
    ),
    Table(
        "PDW_MSTR",
        (
            _C("RECNO", "INT", "PatientID", written=RECNO),
            _C("ACCT", "CHAR(20)", "ChartNo"),
            _C("XREF", "VARCHAR(20)", "PmsPatNum"),
            _C("SAL", "VARCHAR(10)", "Title"),
            _C("LNM", "VARCHAR(60)", "LastName"),
            _C("FNM", "VARCHAR(50)", "FirstName"),
            _C("MNM", "VARCHAR(5)", "MiddleInitial"),
            _C("SFX", "VARCHAR(10)", "Suffix"),
            _C("NICK", "VARCHAR(50)", "PreferredName"),
            _C("SX", "CHAR(1)", "Sex"),
            _C("BDT", "CHAR(8)", "BirthDate", written=compact, format="%Y%m%d"),
            _C("DOB1", "DATETIME", "CreatedOn"),
            _C("STATUS", "DATETIME", "FirstVisit", written=midnight),
            coded("ACTF", "Status", "ACT"),
            *_address(),
            _C("AD2", "VARCHAR(80)", "Street2"),
            _C("CITY", "CHAR(3)", made=lambda row: f"R{row['PatientID'] % 12:02d}", lure=True),
            _C("PH1", "VARCHAR(40)", "HomePhone"),
            _C("PH2", "VARCHAR(40)", "WorkPhone"),
            _C("PH3", "VARCHAR(40)", "MobilePhone"),
            _C("EML", "VARCHAR(160)", "Email"),
            _C("IDNO", "CHAR(11)", "SSN"),
            _C("CCNO", "VARCHAR(20)", made=lambda row: f"400000000000{row['PatientID']:04d}", never=True),
            _C("CCEXP", "CHAR(4)", made=lambda row: f"{1 + row['PatientID'] % 12:02d}29", never=True),
            _C("DID", "SMALLINT", "ProviderID"),
            _C("SID", "TINYINT", "OfficeID"),
            _C("RID", "INT", "RefDrID"),
            _C("ALRT", "VARCHAR(400)", "MedicalAlert"),
            _C("BAL", "MONEY", made=lambda row: chance(row, "balance", "PatientID").randrange(900)),
            _DELETED,
            _UPDATED,
            _C("UPDU", "CHAR(3)", made=lambda row: ("KAT", "JLM", "SYS")[row["PatientID"] % 3]),
        ),
        of="Patient",
        rows=with_deleted("Patient", "PatientID", every=19),
        key=("RECNO",),
        deleted="DELF",
    ),
)

_INSURANCE = (
    Table(
        "PDW_CARR",
        (
            _C("CID", "INT", made=carried("CID")),
            _C("NM", "VARCHAR(80)", "Carrier"),
            _C("AD1", "VARCHAR(80)", made=lambda row: f"PO Box {row['CID'] * 11}", lure=True),
            _C("PAYR", "CHAR(5)", made=lambda row: f"{row['CID'] * 977:05d}"),
        ),
        of="PatientInsurance",
        rows=carriers,
        key=("CID",),
        is_part=True,
    ),
    Table(
        "PDW_GRP",
        (
            _C("GID", "INT", made=carried("GID")),
            _C("CID", "INT", made=carried("CID")),
            _C("GNO", "VARCHAR(40)", "GroupNo"),
            _C("EMP", "VARCHAR(60)", made=lambda row: f"{JUNK_WORDS[row['GID'] % 10]} Works", lure=True),
            _C("PCT1", "TINYINT", "PreventivePct"),
            _C("PCT2", "TINYINT", "BasicPct"),
            _C("PCT3", "TINYINT", "MajorPct"),
            _C("MAXB", "MONEY", made=lambda row: 500 * (2 + row["GID"] % 4)),
        ),
        of="PatientInsurance",
        rows=groups,
        key=("GID",),
        foreign_keys={"CID": ("PDW_CARR", "CID")},
        is_part=True,
    ),
    Table(
        "PDW_POL",
        (
            _C("PLID", "INT", "InsuranceID"),
            _patient(),
            _C("GID", "INT", made=carried("GID")),
            _C("SEQ", "TINYINT", "Priority"),
            _C("SUBID", "VARCHAR(40)", "PolicyNo"),
            _C("SUBNM", "VARCHAR(120)", made=carried("Subscriber"), lure=True),
            _C("SUBSS", "CHAR(11)", "SSN"),
            coded("REL", "SubscriberRel", "REL"),
            _C("EFFD", "DATETIME", made=lambda row: f"20{10 + row['InsuranceID'] % 15}-01-01T00:00:00.000"),
            _UPDATED,
        ),
        of="PatientInsurance",
        rows=policies,
        key=("PLID",),
        foreign_keys=_TO_PATIENT,
    ),
)

_CHARTS = (
    Table(
        "PDW_EXH",
        (
            _C("EXID", "INT", "ExamID"),
            _patient(("perio_chart", "patient_key"), ("custom_finding", "patient_key")),
            _C("DID", "SMALLINT", "ProviderID"),
            _C("SID", "TINYINT", "OfficeID"),
            _C("EDT", "DATETIME", "ExamDate", written=midnight),
            coded("ETY", "ExamType", "ETY"),
            _C("BSL", "CHAR(1)", "IsBaseline", codes=YES_NO),
            coded("STG", "DxStage", "STG"),
            _C("GRD", "CHAR(1)", "DxGrade"),
            coded("XTN", "DxExtent", "XTN"),
            _C("CTYP", "VARCHAR(10)", "CaseType"),
            _C("DXT", "VARCHAR(200)", "DxText"),
            coded("PGN", "Prognosis", "PGN"),
            coded("HYG", "OralHygiene", "HYG"),
            coded("SMK", "Smoking", "SMK"),
            _C("CIG", "SMALLINT", "CigsPerDay"),
            coded("DIA", "Diabetes", "DIA"),
            _C("A1C", "DECIMAL(4,1)", "HbA1c"),
            _C("BOPP", "DECIMAL(5,1)", "BopPct"),
            _C("AVPD", "DECIMAL(5,2)", "MeanPd"),
            _C("RCL", "TINYINT", "RecallMonths"),
            _C("GRADE", "TINYINT", made=lambda row: row["ExamID"] % 4, lure=True),
            _C("CMT", "TEXT", "ExamNote"),
            _DELETED,
            _ENTERED,
            _UPDATED,
        ),
        of="PerioExam",
        rows=with_deleted("PerioExam", "ExamID", every=31),
        key=("EXID",),
        deleted="DELF",
    ),
    Table(
        "PDW_EXM",
        (
            _C("EXID", "INT", "ExamID"),
            _C("KND", "CHAR(1)", made=carried("KND")),
            _C("VALS", "VARCHAR(400)", made=carried("VALS")),
        ),
        of="PerioTooth",
        rows=measurements,
        key=("EXID", "KND"),
    ),
    Table(
        "PDW_KND",
        (
            _C("KCD", "CHAR(1)", made=carried("KCD")),
            _C("KDS", "VARCHAR(30)", made=carried("KDS")),
        ),
        rows=kind_rows,
        key=("KCD",),
    ),
    Table(
        "PDW_CFD",
        (
            _C("FID", "SMALLINT", "FindingID"),
            _C("FDS", "VARCHAR(60)", "Label"),
            coded("FTY", "ValueType", "FTY"),
            _C("FCH", "VARCHAR(400)", "Choices"),
        ),
        of="FindingDef",
        key=("FID",),
    ),
    Table(
        "PDW_CFV",
        (
            _C("EXID", "INT", "ExamID"),
            _C("FID", "SMALLINT", "FindingID"),
            _C("FVAL", "VARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("EXID", "FID"),
        foreign_keys={"FID": ("PDW_CFD", "FID")},
    ),
    Table(
        "PDW_CMP",
        (
            _C("CMID", "INT", "ComparisonID"),
            _patient(),
            _C("TTL", "VARCHAR(80)", "Title"),
            _C("BEX", "INT", "BaselineExamID"),
            *(_C(f"EX{number}", "INT", f"Exam{number}ID") for number in range(1, 6)),
            _C("MSR", "VARCHAR(80)", "Measures"),
            _ENTERED,
            _UPDATED,
        ),
        of="Comparison",
        key=("CMID",),
    ),
)

_PLANS = (
    Table(
        "PDW_TXP",
        (
            _C("TXID", "INT", "PlanID"),
            _patient(("treatment_phase", "patient_key"), ("planned_procedure", "patient_key")),
            _C("DID", "SMALLINT", "ProviderID"),
            _C("EXID", "INT", "ExamID"),
            _C("TNM", "VARCHAR(80)", "PlanName"),
            coded("STS", "PlanStatus", "TXS"),
            _C("TDT", "DATETIME", "PlanDate", written=midnight),
            _C("GOAL", "VARCHAR(400)", "Goal"),
            _ENTERED,
            _UPDATED,
        ),
        of="TxPlan",
        key=("TXID",),
        foreign_keys=_TO_PATIENT,
    ),
    Table(
        "PDW_TXS",
        (
            _C("TSID", "INT", "PhaseID"),
            _C("TXID", "INT", "PlanID"),
            _C("DID", "SMALLINT", "ProviderID"),
            _C("SEQ", "TINYINT", "PhaseOrder"),
            _C("SNM", "VARCHAR(60)", "PhaseLabel"),
            coded("STS", "PhaseStatus", "PHS"),
            _C("BEG", "DATETIME", "StartDate", written=midnight),
            _C("FIN", "DATETIME", "EndDate", written=midnight),
            _UPDATED,
        ),
        of="TxPhase",
        key=("TSID",),
    ),
    Table(
        "PDW_TXI",
        (
            _C("TIID", "INT", "ItemID"),
            _C("TSID", "INT", "PhaseID"),
            _C("SEQ", "TINYINT", "ItemOrder"),
            _C("PCD", "VARCHAR(12)", "PmsCode"),
            _C("CDT", "VARCHAR(12)", "AdaCode"),
            _C("DSC", "VARCHAR(120)", "ClinicalDesc"),
            _C("LDS", "VARCHAR(160)", "LetterDesc"),
            _C("TTH", "VARCHAR(20)", "ToothArea"),
            _C("SRF", "VARCHAR(10)", "Surface"),
            _C("FEE", "MONEY", "Fee"),
            coded("STS", "ItemStatus", "ITS"),
            _C("PLND", "DATETIME", "PlannedOn", written=midnight),
            _C("DONE", "DATETIME", "CompletedOn", written=midnight),
            _UPDATED,
        ),
        of="TxItem",
        key=("TIID",),
        foreign_keys={"TSID": ("PDW_TXS", "TSID")},
    ),
    Table(
        "PDW_PCD",
        (
            _C("PCD", "VARCHAR(12)", made=carried("PmsCode")),
            _C("CDT", "VARCHAR(12)", made=carried("AdaCode")),
            _C("DSC", "VARCHAR(120)", made=carried("ShortDesc")),
            _C("LDS", "VARCHAR(160)", made=carried("LetterDesc")),
            _C("FEE", "MONEY", made=lambda row: 35 + 15 * len(row["ShortDesc"] or ""), lure=True),
        ),
        rows=lambda practice: practice.rows("ProcCode"),
        key=("PCD",),
    ),
)

_PAPERS = (
    Table(
        "PDW_PNT",
        (
            _C("NID", "INT", "NoteID"),
            _patient(),
            _C("DID", "SMALLINT", "ProviderID"),
            _C("DATE1", "DATETIME", "NoteDate"),
            _C("SBJ", "VARCHAR(120)", "Subject"),
            _C("TXT", "TEXT", "NoteBody"),
            _C("LCK", "BIT", made=lambda row: row["NoteID"] % 2),
            _DELETED,
            _UPDATED,
        ),
        of="ProgressNote",
        rows=with_deleted("ProgressNote", "NoteID", every=40),
        key=("NID",),
        deleted="DELF",
    ),
    Table(
        "PDW_LTT",
        (
            _C("TPL", "SMALLINT", "TemplateID"),
            _C("NM", "VARCHAR(80)", "TemplateName"),
            _C("BODY", "TEXT", "Body"),
            _UPDATED,
        ),
        of="LetterTemplate",
        key=("TPL",),
    ),
    Table(
        "PDW_LTR",
        (
            _C("LID", "INT", "LetterID"),
            _patient(),
            _C("TPL", "SMALLINT", "TemplateID"),
            _C("RID", "INT", "RefDrID"),
            _C("ADDRE", "VARCHAR(120)", "RecipientName"),
            _C("LDT", "DATETIME", "LetterDate"),
            _C("BODY", "TEXT", "Body"),
            _C("PRTD", "BIT", made=lambda row: int(row["LetterID"] % 5 > 0)),
            _UPDATED,
        ),
        of="Letter",
        key=("LID",),
        foreign_keys=_TO_PATIENT,
    ),
    Table(
        "PDW_SCH",
        (
            _C("AID", "INT", "AppointmentID"),
            _patient(),
            _C("DID", "SMALLINT", "ProviderID"),
            _C("SID", "TINYINT", "OfficeID"),
            _C("CHR", "VARCHAR(20)", "Operatory"),
            _C("ADT", "DATETIME", "StartsAt"),
            _C("LEN", "SMALLINT", "Minutes"),
            _C("RSN", "VARCHAR(120)", "ProcedureText"),
            coded("STA", "Outcome", "STA"),
            _C("NXT", "INT", "RescheduledTo"),
            _UPDATED,
        ),
        of="Appointment",
        key=("AID",),
    ),
    Table(
        "PDW_DCS",
        (
            _C("DCID", "INT", "DocumentID"),
            _patient(),
            _C("EXID", "INT", "ExamID"),
            _C("FNAM", "VARCHAR(120)", "FileName"),
            _C("IMG", "VARBINARY(8000)", "Content"),
            _C("SDT", "DATETIME", "ScannedOn"),
            _UPDATED,
        ),
        of="PatientDocument",
        key=("DCID",),
    ),
)


def _due(row: Values) -> str:
    return f"2026-{1 + row['PatientID'] % 12:02d}-15T00:00:00.000"


_BESIDES = (
    letter_codes_table("PDW_COD"),
    Table(
        "PDW_RCL",
        (
            _C("RLID", "INT", made=carried("PatientID")),
            _C("RECNO", "INT", made=lambda row: RECNO(row["PatientID"]), lure=True),
            _C("EDT", "DATETIME", made=_due, lure=True),
            _C("SENT", "CHAR(1)", made=lambda row: "YN"[row["PatientID"] % 2], lure=True),
        ),
        rows=lambda practice: practice.rows("Patient"),
        key=("RLID",),
    ),
    Table(
        "PDW_OPR",
        (
            _C("CHR", "VARCHAR(20)", made=carried("CHR")),
            _C("SID", "TINYINT", made=carried("SID"), lure=True),
            _C("CLR", "INT", made=carried("CLR")),
        ),
        rows=lambda _: ({"CHR": f"OP{number}", "SID": 1, "CLR": 255 * number} for number in range(1, 7)),
        key=("CHR",),
    ),
    Table(
        "PDW_ZIP",
        (
            _C("ZIP", "CHAR(5)", made=carried("ZIP"), lure=True),
            _C("TWN", "VARCHAR(50)", made=carried("TWN"), lure=True),
            _C("ST", "CHAR(2)", made=carried("ST"), lure=True),
        ),
        rows=lambda _: (
            {"ZIP": f"{73_000 + number}", "TWN": f"{JUNK_WORDS[number % 10]}ville", "ST": "TX"}
            for number in range(300)
        ),
        key=("ZIP",),
    ),
    Table(
        "PDW_SYS",
        (
            _C("KEYW", "VARCHAR(30)", made=carried("KEYW")),
            _C("VAL", "VARCHAR(80)", made=carried("VAL")),
        ),
        rows=lambda _: ({"KEYW": f"OPT{number:02d}", "VAL": str(number % 2)} for number in range(60)),
        key=("KEYW",),
        junk=True,
    ),
    Table(
        "PDW_CCD",
        (
            _C("CCDID", "INT", made=carried("PatientID")),
            _C("RECNO", "INT", made=lambda row: RECNO(row["PatientID"])),
            _C("NUM", "CHAR(16)", made=lambda row: f"400000000000{row['PatientID']:04d}", never=True),
            _C("HOLDER", "VARCHAR(80)", made=lambda row: row["LastName"]),
        ),
        rows=lambda practice: (row for row in practice.rows("Patient") if row["PatientID"] % 4 == 0),
        key=("CCDID",),
        junk=True,
    ),
)

_PATIENTS = next(table for table in _PEOPLE if table.name == "PDW_MSTR")
_LETTERS = next(table for table in _PAPERS if table.name == "PDW_LTR")

_CHART = PackedRows(
    shape="packed_rows",
    notation="universal",
    gingival_margin_sign="recession_positive",
    not_assessable=("**",),
    measure="KND",
    measure_codes={
        "P": "probing_depth",
        "R": "gingival_margin",
        "A": "attachment_level",
        "B": "bleeding",
        "S": "suppuration",
        "Q": "plaque",
        "M": "mobility",
        "T": "status",
    },
    values="VALS",
    mark_present=("1",),
    mark_absent=("0",),
    status_codes={"P": "PRESENT", "M": "MISSING", "I": "IMPLANT", "U": "UNERUPTED", "X": "NOT_EXAMINED"},
)

MISNAMED = Stranger(
    "misnamed",
    (
        *_PEOPLE,
        *_INSURANCE,
        *_CHARTS,
        *_PLANS,
        *_PAPERS,
        *_BESIDES,
        patient_copies(_PATIENTS, "PDW_MSTR_BAK", every=2),
        patient_copies(_PATIENTS, "PDW_MSTR_2004", every=1),
        replace(_LETTERS, name="PDW_LTR_OLD", key=(), foreign_keys={}, junk=True),
        *system_tables(RECNO),
    ),
    "PDW_EXM",
    _CHART,
)
