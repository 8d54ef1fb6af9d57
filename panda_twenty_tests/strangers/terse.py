"""A vendor of few letters: packed chart strings, lists in one CODES table, recession as a negative number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from panda_twenty.panda.profile.chart import Packed
from panda_twenty_tests.strangers.conversions import (
    as_charted,
    attachment_levels,
    bits,
    chance,
    midnight,
    shifted,
    six,
    spelled,
)
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies, system_tables
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table

_C = Column


@dataclass(frozen=True)
class _List:
    """One list: the reference practice's code, the code here, the word for it."""

    table: str
    type: str
    entries: tuple[tuple[str, str, str], ...]

    @property
    def codes(self) -> Mapping[str, str]:
        return {theirs: here for theirs, here, _ in self.entries}

    @property
    def words(self) -> Mapping[str, str]:
        return {theirs: word for theirs, _, word in self.entries}


def _in_codes(type_: str, *entries: tuple[str, str, str]) -> _List:
    return _List("CODES", type_, entries)


_PATIENT_STATUS = _List("PTSTA", "", (("A", "1", "Active"), ("I", "2", "Inactive"), ("D", "9", "Deceased")))
_OUTCOME = _List(
    "APSTA",
    "",
    (
        ("S", "10", "Scheduled"),
        ("C", "20", "Completed"),
        ("N", "30", "No show"),
        ("X", "40", "Cancelled"),
        ("R", "50", "Rescheduled"),
    ),
)
_PLAN_STATUS = _List(
    "TXSTA",
    "",
    (("A", "1", "Accepted"), ("P", "2", "Proposed"), ("C", "3", "Completed"), ("R", "4", "Declined")),
)
_SEX = _in_codes("GND", ("M", "1", "Male"), ("F", "2", "Female"), ("X", "3", "Other"), ("U", "9", "Unknown"))
_RELATION = _in_codes(
    "REL",
    ("SELF", "18", "Self"),
    ("SPOUSE", "01", "Spouse"),
    ("CHILD", "19", "Child"),
    ("OTHER", "G8", "Other"),
)
_EXAM_TYPE = _in_codes(
    "EXT",
    ("I", "1", "Initial comprehensive"),
    ("R", "2", "Re-evaluation"),
    ("P", "3", "Post-surgical"),
    ("M", "4", "Maintenance"),
    ("S", "5", "Screening"),
)
_STAGE = _in_codes(
    "STG", ("I", "1", "Stage I"), ("II", "2", "Stage II"), ("III", "3", "Stage III"), ("IV", "4", "Stage IV")
)
_GRADE = _in_codes("GRD", ("A", "1", "Grade A"), ("B", "2", "Grade B"), ("C", "3", "Grade C"))
_EXTENT = _in_codes(
    "XTN", ("L", "1", "Localized"), ("G", "2", "Generalized"), ("M", "3", "Molar-incisor pattern")
)
_PROGNOSIS = _in_codes(
    "PRG",
    ("G", "1", "Good"),
    ("F", "2", "Fair"),
    ("P", "3", "Poor"),
    ("Q", "4", "Questionable"),
    ("H", "5", "Hopeless"),
)
_HYGIENE = _in_codes("OHY", ("G", "1", "Good"), ("F", "2", "Fair"), ("P", "3", "Poor"))
_SMOKING = _in_codes("SMK", ("N", "1", "Never"), ("F", "2", "Former"), ("C", "3", "Current"))
_DIABETES = _in_codes(
    "DIA", ("N", "0", "None"), ("P", "1", "Prediabetes"), ("1", "2", "Type 1"), ("2", "3", "Type 2")
)
_PHASE_STATUS = _in_codes("PHS", ("O", "1", "Proposed"), ("I", "2", "In progress"), ("C", "3", "Completed"))
_ITEM_STATUS = _in_codes(
    "ITS", ("T", "1", "Proposed"), ("C", "2", "Completed"), ("D", "3", "Declined"), ("E", "4", "Existing")
)
_VALUE_TYPE = _in_codes(
    "FVT",
    ("N", "1", "Number"),
    ("T", "2", "Text"),
    ("B", "3", "Yes/No"),
    ("C", "4", "Choice"),
    ("D", "5", "Date"),
)
_TOOTH_STATUS = _in_codes(
    "TST",
    ("P", "1", "Present"),
    ("M", "2", "Missing"),
    ("I", "3", "Implant"),
    ("U", "4", "Unerupted"),
    ("X", "5", "Not examined"),
)
_LISTS = (
    _SEX,
    _RELATION,
    _EXAM_TYPE,
    _STAGE,
    _GRADE,
    _EXTENT,
    _PROGNOSIS,
    _HYGIENE,
    _SMOKING,
    _DIABETES,
    _PHASE_STATUS,
    _ITEM_STATUS,
    _VALUE_TYPE,
    _TOOTH_STATUS,
)
_OURS = {
    "status": {"1": "PRESENT", "2": "MISSING", "3": "IMPLANT", "4": "UNERUPTED", "5": "NOT_EXAMINED"},
    "prognosis": {"1": "GOOD", "2": "FAIR", "3": "POOR", "4": "QUESTIONABLE", "5": "HOPELESS"},
}
_FLAG = {"1": "T", "0": "F"}


def _coded(name: str, of: str, entries: _List, type_: str = "CHAR(2)") -> Column:
    return _C(
        name,
        type_,
        of,
        codes=entries.codes,
        words=entries.words,
        listed_in=(entries.table, "DSC"),
    )


def _list_rows(entries: _List) -> Table:
    columns = (
        _C("CD", "CHAR(2)", made=lambda row: row["CD"]),
        _C("DSC", "NVARCHAR(40)", made=lambda row: row["DSC"]),
    )
    rows = [{"CD": here, "DSC": word} for _, here, word in entries.entries]
    return Table(entries.table, columns, rows=lambda _: rows, key=("CD",))


def _codes_rows(_: Practice) -> Iterator[Values]:
    for entries in _LISTS:
        for place, (_theirs, here, word) in enumerate(entries.entries, 1):
            yield {"TYP": entries.type, "CD": here, "DSC": word, "SRT": place}
    for place, word in enumerate(("Letter", "Phone", "E-mail"), 1):
        yield {"TYP": "CTM", "CD": str(place), "DSC": word, "SRT": place}


def _carriers(practice: Practice) -> Iterator[Values]:
    names = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    for number, name in enumerate(names, 1):
        yield {"CarrierNumber": 700 + number, "Carrier": name}


def _policies(practice: Practice) -> Iterator[Values]:
    numbers = {row["Carrier"]: row["CarrierNumber"] for row in _carriers(practice)}
    patients = practice.by_key("Patient", "PatientID")
    for row in practice.rows("PatientInsurance"):
        patient = patients[row["PatientID"]]
        born = patient["BirthDate"] if row["SubscriberRel"] == "SELF" else "1961-07-03"
        yield {
            **row,
            "CarrierNumber": numbers[row["Carrier"]],
            "Born": born,
            "Subscriber": f"{patient['LastName'] or ''}, {patient['FirstName'] or ''}",
            "SSN": patient["SSN"],
        }


def _teeth(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("PerioTooth"):
        tooth = row["ToothNo"]
        yield {
            **row,
            "depths": _packed(spelled(six(row, "Pd")), tooth),
            "margins": _packed(spelled(six(row, "Gm"), negated=True), tooth),
            "levels": _packed(spelled(attachment_levels(row)), tooth),
            **{
                name.lower(): _packed(spelled(bits(row[name])), tooth)
                for name in ("Bleeding", "Suppuration", "Plaque", "Calculus")
            },
        }


def _packed(values: list[str], tooth: int) -> str | None:
    """``3,2,4/3,2,3``; NULL where no site was recorded."""
    if all(value == "-" for value in values):
        return None
    on_screen = as_charted(values, tooth)
    return f"{','.join(on_screen[:3])}/{','.join(on_screen[3:])}"


def _carried(name: str) -> Any:
    return lambda row: row[name]


_PTID = shifted(40_000)

_CHART = Packed(
    shape="packed",
    per="tooth",
    notation="universal",
    gingival_margin_sign="recession_negative",
    not_assessable=("X",),
    not_recorded=("-",),
    tooth="TN",
    site_separator=",",
    side_separator="/",
    measures={"probing_depth": "PD", "gingival_margin": "GM", "attachment_level": "CAL"},
    marks={"bleeding": "BL", "suppuration": "SU", "plaque": "PQ", "calculus": "CK"},
    mark_present=("1",),
    mark_absent=("0",),
    tooth_level={
        "status": "STS",
        "mobility": "MOB",
        "furcation": {"B": "FB", "L": "FL", "M": "FM", "D": "FD"},
        "mucogingival_junction": {"facial": "MGF", "lingual": "MGL"},
        "prognosis": "PRG",
    },
    status_codes=_OURS["status"],
    prognosis_codes=_OURS["prognosis"],
)

_UPDATED = _C("LSTUPD", "DATETIME", "ModifiedOn")
_CREATED = _C("CRTD", "DATETIME", "CreatedOn")

_TABLES = (
    Table(
        "OFC",
        (
            _C("OFCID", "SMALLINT", "OfficeID"),
            _C("NM", "NVARCHAR(80)", "OfficeName"),
            _C("AD1", "NVARCHAR(80)", "Street"),
            _C("AD2", "NVARCHAR(80)", "Street2"),
            _C("CTY", "NVARCHAR(50)", "City"),
            _C("ST", "NVARCHAR(10)", "State"),
            _C("ZP", "NVARCHAR(12)", "Zip"),
            _C("PH", "NVARCHAR(40)", "Phone"),
            _C("NPI", "NVARCHAR(12)", "NPI"),
            _C("WEB", "NVARCHAR(120)", "Website"),
            _C("MAIN", "CHAR(1)", "IsMain", codes=_FLAG),
            _UPDATED,
        ),
        of="Office",
        key=("OFCID",),
    ),
    Table(
        "PRV",
        (
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("PRVCD", "CHAR(4)", made=lambda row: f"{row['FirstName'][:1]}{row['LastName'][:2]}".upper()),
            _C("OFCID", "SMALLINT", "OfficeID"),
            _C("FNM", "NVARCHAR(50)", "FirstName"),
            _C("MI", "NVARCHAR(5)", "MiddleInitial"),
            _C("LNM", "NVARCHAR(60)", "LastName"),
            _C("DEG", "NVARCHAR(40)", "Credentials"),
            _C("SPC", "NVARCHAR(40)", "Specialty"),
            _C("NPI", "NVARCHAR(12)", "NPI"),
            _C("TaxNo", "NVARCHAR(11)", made=lambda row: f"900-44-{row['ProviderID']:04d}", never=True),
            _C("EML", "NVARCHAR(120)", "Email"),
            _C("PHN", "NVARCHAR(40)", "Phone"),
            _C("ACT", "CHAR(1)", "IsActive", codes=_FLAG),
            _C("CLR", "INT", made=lambda row: 255 * row["ProviderID"]),
            _UPDATED,
        ),
        of="Provider",
        key=("PRVID",),
    ),
    Table(
        "RFD",
        (
            _C("RFID", "INT", "RefDrID"),
            _C("FNM", "NVARCHAR(50)", "FirstName"),
            _C("LNM", "NVARCHAR(60)", "LastName"),
            _C("DEG", "NVARCHAR(40)", "Credentials"),
            _C("PRNM", "NVARCHAR(100)", "PracticeName"),
            _C("AD1", "NVARCHAR(80)", "Street"),
            _C("CTY", "NVARCHAR(50)", "City"),
            _C("ST", "NVARCHAR(10)", "State"),
            _C("ZP", "NVARCHAR(12)", "Zip"),
            _C("Phone1", "NVARCHAR(40)", "Phone"),
            _C("Phone2", "NVARCHAR(40)", "Fax"),
            _C("EML", "NVARCHAR(120)", "Email"),
            _C("Sex", "CHAR(1)", made=lambda row: "NY"[row["RefDrID"] % 2], lure=True),
            _UPDATED,
        ),
        of="RefDoctor",
        key=("RFID",),
    ),
    Table(
        "PT",
        (
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("FName_OLD", "NVARCHAR(50)", made=lambda row: _old_name(row), lure=True),
            _C("CHNO", "NVARCHAR(20)", "ChartNo"),
            _C("PMSID", "NVARCHAR(20)", "PmsPatNum"),
            _C("OFCID", "SMALLINT", "OfficeID"),
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("RFID", "INT", "RefDrID"),
            _C("TTL", "NVARCHAR(10)", "Title"),
            _C("FNM", "NVARCHAR(50)", "FirstName"),
            _C("MI", "NVARCHAR(5)", "MiddleInitial"),
            _C("LNM", "NVARCHAR(60)", "LastName"),
            _C("SFX", "NVARCHAR(10)", "Suffix"),
            _C("NICK", "NVARCHAR(50)", "PreferredName"),
            _coded("GND", "Sex", _SEX, "CHAR(1)"),
            _C("BDT", "DATETIME", "BirthDate", written=midnight),
            _C("TaxNo", "NVARCHAR(11)", "SSN"),
            _C("HPH", "NVARCHAR(40)", "HomePhone"),
            _C("WPH", "NVARCHAR(40)", "WorkPhone"),
            _C("CPH", "NVARCHAR(40)", "MobilePhone"),
            _C("EML", "NVARCHAR(160)", "Email"),
            _C("AD1", "NVARCHAR(80)", "Street"),
            _C("AD2", "NVARCHAR(80)", "Street2"),
            _C("CTY", "NVARCHAR(50)", "City"),
            _C("ST", "NVARCHAR(10)", "State"),
            _C("ZP", "NVARCHAR(12)", "Zip"),
            _coded("STA", "Status", _PATIENT_STATUS, "TINYINT"),
            _C("FVIS", "DATETIME", "FirstVisit", written=midnight),
            _C("ALRT", "NVARCHAR(400)", "MedicalAlert"),
            _C("BAL", "DECIMAL(10,2)", made=lambda row: chance(row, "balance", "PatientID").randrange(900)),
            _CREATED,
            _UPDATED,
        ),
        of="Patient",
        key=("PTID",),
        indexes=(("LNM", "FNM"), ("CHNO",)),
    ),
    Table(
        "EMC",
        (
            _C("EMCID", "INT", made=_carried("PatientID")),
            _C("PTID", "INT", made=lambda row: _PTID(row["PatientID"]), lure=True),
            _C("LastName", "NVARCHAR(60)", made=_carried("LastName"), lure=True),
            _C("FirstName", "NVARCHAR(50)", made=lambda row: JUNK_WORDS[row["PatientID"] % 9], lure=True),
            _C("Phone", "NVARCHAR(40)", made=_carried("HomePhone"), lure=True),
            _C("REL", "NVARCHAR(20)", made=lambda row: ("Spouse", "Parent")[row["PatientID"] % 2], lure=True),
        ),
        rows=lambda practice: (row for row in practice.rows("Patient") if row["PatientID"] % 3 == 0),
        key=("EMCID",),
        foreign_keys={"PTID": ("PT", "PTID")},
    ),
    Table(
        "CAR",
        (
            _C("CARID", "SMALLINT", made=_carried("CarrierNumber")),
            _C("CNM", "NVARCHAR(80)", "Carrier"),
            _C("AD1", "NVARCHAR(80)", made=lambda row: f"PO Box {row['CarrierNumber'] * 7}", lure=True),
            _C("PAYOR", "CHAR(5)", made=lambda row: f"{row['CarrierNumber'] * 91:05d}"),
        ),
        of="PatientInsurance",
        rows=_carriers,
        key=("CARID",),
        is_part=True,
    ),
    Table(
        "INS",
        (
            _C("INSID", "INT", "InsuranceID"),
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("SEQ", "TINYINT", "Priority"),
            _C("CARID", "SMALLINT", made=_carried("CarrierNumber")),
            _C("POLNO", "NVARCHAR(40)", "PolicyNo"),
            _C("GRPNO", "NVARCHAR(40)", "GroupNo"),
            _coded("REL", "SubscriberRel", _RELATION),
            _C("SUBNM", "NVARCHAR(120)", made=_carried("Subscriber"), lure=True),
            _C("DOB", "DATETIME", made=lambda row: row["Born"] and midnight(row["Born"]), lure=True),
            _C("SUBTAX", "NVARCHAR(11)", "SSN"),
            _C("PV", "TINYINT", "PreventivePct"),
            _C("BS", "TINYINT", "BasicPct"),
            _C("MJ", "TINYINT", "MajorPct"),
            _UPDATED,
        ),
        of="PatientInsurance",
        rows=_policies,
        key=("INSID",),
        foreign_keys={"PTID": ("PT", "PTID")},
    ),
    Table(
        "PEX",
        (
            _C("PEXID", "INT", "ExamID"),
            _C("PTID", "INT", "PatientID", written=_PTID, also=(("perio_chart", "patient_key"),)),
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("OFCID", "SMALLINT", "OfficeID"),
            _C("EXDT", "DATETIME", "ExamDate", written=midnight),
            _coded("TYP", "ExamType", _EXAM_TYPE),
            _C("BSLN", "CHAR(1)", "IsBaseline", codes=_FLAG),
            _C("Sex", "BIT", made=lambda row: int(row["ExamType"] != "I"), lure=True),
            _coded("STG", "DxStage", _STAGE),
            _coded("GRD", "DxGrade", _GRADE),
            _coded("XTN", "DxExtent", _EXTENT),
            _C("AAP", "NVARCHAR(10)", "CaseType"),
            _C("DXT", "NVARCHAR(200)", "DxText"),
            _coded("PRG", "Prognosis", _PROGNOSIS),
            _coded("OHY", "OralHygiene", _HYGIENE),
            _coded("SMK", "Smoking", _SMOKING),
            _C("CIGS", "SMALLINT", "CigsPerDay"),
            _coded("DIA", "Diabetes", _DIABETES),
            _C("A1C", "DECIMAL(4,1)", "HbA1c"),
            _C("BOP", "DECIMAL(5,1)", "BopPct"),
            _C("MPD", "DECIMAL(5,2)", "MeanPd"),
            _C("RCL", "TINYINT", "RecallMonths"),
            _C("NT", "NTEXT", "ExamNote"),
            _CREATED,
            _UPDATED,
        ),
        of="PerioExam",
        key=("PEXID",),
        foreign_keys={"PTID": ("PT", "PTID")},
        indexes=(("PTID",),),
    ),
    Table(
        "PXT",
        (
            _C("PEXID", "INT", "ExamID"),
            _C("TN", "TINYINT", "ToothNo"),
            _C("STS", "CHAR(1)", "ToothStatus", codes=_TOOTH_STATUS.codes),
            _C("PD", "NVARCHAR(24)", "depths"),
            _C("GM", "NVARCHAR(24)", "margins"),
            _C("CAL", "NVARCHAR(24)", "levels"),
            _C("BL", "NVARCHAR(12)", "bleeding"),
            _C("SU", "NVARCHAR(12)", "suppuration"),
            _C("PQ", "NVARCHAR(12)", "plaque"),
            _C("CK", "NVARCHAR(12)", "calculus"),
            _C("MOB", "NVARCHAR(3)", "Mobility"),
            _C("FB", "TINYINT", "FurcB"),
            _C("FL", "TINYINT", "FurcL"),
            _C("FM", "TINYINT", "FurcM"),
            _C("FD", "TINYINT", "FurcD"),
            _C("MGF", "TINYINT", "MgjFacial"),
            _C("MGL", "TINYINT", "MgjLingual"),
            _C("PRG", "CHAR(1)", "Prognosis", codes=_PROGNOSIS.codes),
        ),
        of="PerioTooth",
        rows=_teeth,
        key=("PEXID", "TN"),
        foreign_keys={"PEXID": ("PEX", "PEXID")},
    ),
    Table(
        "FDF",
        (
            _C("FDFID", "SMALLINT", "FindingID"),
            _C("LBL", "NVARCHAR(60)", "Label"),
            _coded("VT", "ValueType", _VALUE_TYPE),
            _C("CHC", "NVARCHAR(400)", "Choices"),
            _C("ACT", "CHAR(1)", made=lambda row: "FT"[row["IsActive"]]),
        ),
        of="FindingDef",
        key=("FDFID",),
    ),
    Table(
        "FVL",
        (
            _C("PEXID", "INT", "ExamID"),
            _C("FDFID", "SMALLINT", "FindingID"),
            _C("VAL", "NVARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("PEXID", "FDFID"),
    ),
    Table(
        "TXH",
        (
            _C("TXHID", "INT", "PlanID"),
            _C(
                "PTID",
                "INT",
                "PatientID",
                written=_PTID,
                also=(("treatment_phase", "patient_key"), ("planned_procedure", "patient_key")),
            ),
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("PEXID", "INT", "ExamID"),
            _C("NM", "NVARCHAR(80)", "PlanName"),
            _coded("STA", "PlanStatus", _PLAN_STATUS, "TINYINT"),
            _C("DT", "DATETIME", "PlanDate", written=midnight),
            _C("GOAL", "NVARCHAR(400)", "Goal"),
            _CREATED,
            _UPDATED,
        ),
        of="TxPlan",
        key=("TXHID",),
        foreign_keys={"PTID": ("PT", "PTID")},
    ),
    Table(
        "TXP",
        (
            _C("TXPID", "INT", "PhaseID"),
            _C("TXHID", "INT", "PlanID"),
            _C("SEQ", "TINYINT", "PhaseOrder"),
            _C("LBL", "NVARCHAR(60)", "PhaseLabel"),
            _coded("STA", "PhaseStatus", _PHASE_STATUS),
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("DT1", "DATETIME", "StartDate", written=midnight),
            _C("DT2", "DATETIME", "EndDate", written=midnight),
            _UPDATED,
        ),
        of="TxPhase",
        key=("TXPID",),
        foreign_keys={"TXHID": ("TXH", "TXHID")},
    ),
    Table(
        "TXI",
        (
            _C("TXIID", "INT", "ItemID"),
            _C("TXPID", "INT", "PhaseID"),
            _C("SEQ", "TINYINT", "ItemOrder"),
            _C("PCD", "NVARCHAR(12)", "PmsCode"),
            _C("ADA", "NVARCHAR(12)", "AdaCode"),
            _C("CDSC", "NVARCHAR(120)", "ClinicalDesc"),
            _C("LDSC", "NVARCHAR(160)", "LetterDesc"),
            _C("TTH", "NVARCHAR(20)", "ToothArea"),
            _C("SRF", "NVARCHAR(10)", "Surface"),
            _C("FEE", "DECIMAL(10,2)", "Fee"),
            _coded("STA", "ItemStatus", _ITEM_STATUS),
            _C("DTP", "DATETIME", "PlannedOn", written=midnight),
            _C("DTC", "DATETIME", "CompletedOn", written=midnight),
            _UPDATED,
        ),
        of="TxItem",
        key=("TXIID",),
        foreign_keys={"TXPID": ("TXP", "TXPID")},
    ),
    Table(
        "PRC",
        (
            _C("PCD", "NVARCHAR(12)", made=_carried("PmsCode")),
            _C("ADA", "NVARCHAR(12)", made=_carried("AdaCode")),
            _C("DSC", "NVARCHAR(120)", made=_carried("ShortDesc")),
            _C("FEE", "DECIMAL(10,2)", made=lambda row: 40 + len(row["ShortDesc"] or "") * 15, lure=True),
        ),
        rows=lambda practice: practice.rows("ProcCode"),
        key=("PCD",),
    ),
    Table(
        "CMP",
        (
            _C("CMPID", "INT", "ComparisonID"),
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("TTL", "NVARCHAR(80)", "Title"),
            _C("BASEX", "INT", "BaselineExamID"),
            *(_C(f"EX{number}", "INT", f"Exam{number}ID") for number in range(1, 6)),
            _C("MEAS", "NVARCHAR(80)", "Measures"),
            _CREATED,
            _UPDATED,
        ),
        of="Comparison",
        key=("CMPID",),
    ),
    Table(
        "NTE",
        (
            _C("NTEID", "INT", "NoteID"),
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("DT", "DATETIME", "NoteDate"),
            _C("SUBJ", "NVARCHAR(120)", "Subject"),
            _C("TXT", "NTEXT", "NoteBody"),
            _UPDATED,
        ),
        of="ProgressNote",
        key=("NTEID",),
        foreign_keys={"PTID": ("PT", "PTID")},
        indexes=(("PTID", "DT"),),
    ),
    Table(
        "LTT",
        (
            _C("LTTID", "SMALLINT", "TemplateID"),
            _C("NM", "NVARCHAR(80)", "TemplateName"),
            _C("TXT", "NTEXT", "Body"),
            _UPDATED,
        ),
        of="LetterTemplate",
        key=("LTTID",),
    ),
    Table(
        "LTR",
        (
            _C("LTRID", "INT", "LetterID"),
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("LTTID", "SMALLINT", "TemplateID"),
            _C("RFID", "INT", "RefDrID"),
            _C("RCPT", "NVARCHAR(120)", "RecipientName"),
            _C("DT", "DATETIME", "LetterDate"),
            _C("TXT", "NTEXT", "Body"),
            _UPDATED,
        ),
        of="Letter",
        key=("LTRID",),
    ),
    Table(
        "APT",
        (
            _C("APTID", "INT", "AppointmentID"),
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("PRVID", "SMALLINT", "ProviderID"),
            _C("OFCID", "SMALLINT", "OfficeID"),
            _C("OPR", "NVARCHAR(20)", "Operatory"),
            _C("DT", "DATETIME", "StartsAt"),
            _C("MINS", "SMALLINT", "Minutes"),
            _C("DESC", "NVARCHAR(120)", "ProcedureText"),
            _coded("STA", "Outcome", _OUTCOME, "TINYINT"),
            _C("NXTID", "INT", "RescheduledTo"),
            _UPDATED,
        ),
        of="Appointment",
        key=("APTID",),
        foreign_keys={"PTID": ("PT", "PTID")},
        indexes=(("DT",),),
    ),
    Table(
        "DOC",
        (
            _C("DOCID", "INT", "DocumentID"),
            _C("PTID", "INT", "PatientID", written=_PTID),
            _C("PEXID", "INT", "ExamID"),
            _C("FNM", "NVARCHAR(120)", "FileName"),
            _C("BIN", "VARBINARY(8000)", "Content"),
            _C("DT", "DATETIME", "ScannedOn"),
            _UPDATED,
        ),
        of="PatientDocument",
        key=("DOCID",),
    ),
    Table(
        "RCL",
        (
            _C("RCLID", "INT", made=_carried("PatientID")),
            _C("PTID", "INT", made=lambda row: _PTID(row["PatientID"]), lure=True),
            _C("Status", "CHAR(1)", made=lambda row: "ADI"[row["PatientID"] % 3], lure=True),
            _C("DUE", "DATETIME", made=lambda row: f"2026-{1 + row['PatientID'] % 12:02d}-15T00:00:00.000"),
            _C("INTV", "TINYINT", made=lambda row: (3, 4, 6)[row["PatientID"] % 3], lure=True),
        ),
        rows=lambda practice: practice.rows("Patient"),
        key=("RCLID",),
    ),
    Table(
        "CODES",
        (
            _C("TYP", "CHAR(3)", made=_carried("TYP")),
            _C("CD", "CHAR(2)", made=_carried("CD")),
            _C("DSC", "NVARCHAR(40)", made=_carried("DSC")),
            _C("SRT", "TINYINT", made=_carried("SRT")),
        ),
        rows=_codes_rows,
        key=("TYP", "CD"),
    ),
    _list_rows(_PATIENT_STATUS),
    _list_rows(_OUTCOME),
    _list_rows(_PLAN_STATUS),
)


def _old_name(row: Values) -> str | None:
    return JUNK_WORDS[row["PatientID"] % len(JUNK_WORDS)] if row["PatientID"] % 11 == 0 else None


_PATIENTS = next(table for table in _TABLES if table.name == "PT")

TERSE = Stranger(
    "terse",
    (
        *_TABLES,
        patient_copies(_PATIENTS, "PT_BAK_2019", every=2),
        patient_copies(_PATIENTS, "PT_OLD", every=1),
        *system_tables(_PTID),
        empty_table(
            "PATIENT",
            {
                "PatientID": "INT",
                "ChartNumber": "NVARCHAR(20)",
                "FirstName": "NVARCHAR(50)",
                "LastName": "NVARCHAR(60)",
                "Sex": "NCHAR(1)",
                "BirthDate": "DATETIME",
                "HomePhone": "NVARCHAR(40)",
            },
        ),
    ),
    "PXT",
    _CHART,
    views={
        "vPatientList": "SELECT [PTID] AS [PatientID], [FNM] AS [FirstName], [LNM] AS [LastName],"
        " [BDT] AS [BirthDate], [TaxNo] AS [SSN] FROM [PT] WHERE [STA] = 1"
    },
)
