"""The lists, rows and chart of the terse vendor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from panda_twenty.panda.profile.chart import Packed
from panda_twenty_tests.strangers.conversions import (
    as_charted,
    attachment_levels,
    bits,
    shifted,
    six,
    spelled,
)
from panda_twenty_tests.strangers.relaying import Column, Practice, Table, Values

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


PATIENT_STATUS = _List("PTSTA", "", (("A", "1", "Active"), ("I", "2", "Inactive"), ("D", "9", "Deceased")))
OUTCOME = _List(
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
PLAN_STATUS = _List(
    "TXSTA",
    "",
    (("A", "1", "Accepted"), ("P", "2", "Proposed"), ("C", "3", "Completed"), ("R", "4", "Declined")),
)
SEX = _in_codes("GND", ("M", "1", "Male"), ("F", "2", "Female"), ("X", "3", "Other"), ("U", "9", "Unknown"))
RELATION = _in_codes(
    "REL",
    ("SELF", "18", "Self"),
    ("SPOUSE", "01", "Spouse"),
    ("CHILD", "19", "Child"),
    ("OTHER", "G8", "Other"),
)
EXAM_TYPE = _in_codes(
    "EXT",
    ("I", "1", "Initial comprehensive"),
    ("R", "2", "Re-evaluation"),
    ("P", "3", "Post-surgical"),
    ("M", "4", "Maintenance"),
    ("S", "5", "Screening"),
)
STAGE = _in_codes(
    "STG", ("I", "1", "Stage I"), ("II", "2", "Stage II"), ("III", "3", "Stage III"), ("IV", "4", "Stage IV")
)
GRADE = _in_codes("GRD", ("A", "1", "Grade A"), ("B", "2", "Grade B"), ("C", "3", "Grade C"))
EXTENT = _in_codes(
    "XTN", ("L", "1", "Localized"), ("G", "2", "Generalized"), ("M", "3", "Molar-incisor pattern")
)
PROGNOSIS = _in_codes(
    "PRG",
    ("G", "1", "Good"),
    ("F", "2", "Fair"),
    ("P", "3", "Poor"),
    ("Q", "4", "Questionable"),
    ("H", "5", "Hopeless"),
)
HYGIENE = _in_codes("OHY", ("G", "1", "Good"), ("F", "2", "Fair"), ("P", "3", "Poor"))
SMOKING = _in_codes("SMK", ("N", "1", "Never"), ("F", "2", "Former"), ("C", "3", "Current"))
DIABETES = _in_codes(
    "DIA", ("N", "0", "None"), ("P", "1", "Prediabetes"), ("1", "2", "Type 1"), ("2", "3", "Type 2")
)
PHASE_STATUS = _in_codes("PHS", ("O", "1", "Proposed"), ("I", "2", "In progress"), ("C", "3", "Completed"))
ITEM_STATUS = _in_codes(
    "ITS", ("T", "1", "Proposed"), ("C", "2", "Completed"), ("D", "3", "Declined"), ("E", "4", "Existing")
)
VALUE_TYPE = _in_codes(
    "FVT",
    ("N", "1", "Number"),
    ("T", "2", "Text"),
    ("B", "3", "Yes/No"),
    ("C", "4", "Choice"),
    ("D", "5", "Date"),
)
TOOTH_STATUS = _in_codes(
    "TST",
    ("P", "1", "Present"),
    ("M", "2", "Missing"),
    ("I", "3", "Implant"),
    ("U", "4", "Unerupted"),
    ("X", "5", "Not examined"),
)
_LISTS = (
    SEX,
    RELATION,
    EXAM_TYPE,
    STAGE,
    GRADE,
    EXTENT,
    PROGNOSIS,
    HYGIENE,
    SMOKING,
    DIABETES,
    PHASE_STATUS,
    ITEM_STATUS,
    VALUE_TYPE,
    TOOTH_STATUS,
)
_OURS = {
    "status": {"1": "PRESENT", "2": "MISSING", "3": "IMPLANT", "4": "UNERUPTED", "5": "NOT_EXAMINED"},
    "prognosis": {"1": "GOOD", "2": "FAIR", "3": "POOR", "4": "QUESTIONABLE", "5": "HOPELESS"},
}
FLAG = {"1": "T", "0": "F"}


def coded(name: str, of: str, entries: _List, type_: str = "CHAR(2)") -> Column:
    return _C(
        name,
        type_,
        of,
        codes=entries.codes,
        words=entries.words,
        listed_in=(entries.table, "DSC"),
    )


def list_rows(entries: _List) -> Table:
    columns = (
        _C("CD", "CHAR(2)", made=lambda row: row["CD"]),
        _C("DSC", "NVARCHAR(40)", made=lambda row: row["DSC"]),
    )
    rows = [{"CD": here, "DSC": word} for _, here, word in entries.entries]
    return Table(entries.table, columns, rows=lambda _: rows, key=("CD",))


def codes_rows(_: Practice) -> Iterator[Values]:
    for entries in _LISTS:
        for place, (_theirs, here, word) in enumerate(entries.entries, 1):
            yield {"TYP": entries.type, "CD": here, "DSC": word, "SRT": place}
    for place, word in enumerate(("Letter", "Phone", "E-mail"), 1):
        yield {"TYP": "CTM", "CD": str(place), "DSC": word, "SRT": place}


def carriers(practice: Practice) -> Iterator[Values]:
    names = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    for number, name in enumerate(names, 1):
        yield {"CarrierNumber": 700 + number, "Carrier": name}


def policies(practice: Practice) -> Iterator[Values]:
    numbers = {row["Carrier"]: row["CarrierNumber"] for row in carriers(practice)}
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


def teeth(practice: Practice) -> Iterator[Values]:
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


def carried(name: str) -> Any:
    return lambda row: row[name]


PTID = shifted(40_000)

CHART = Packed(
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

UPDATED = _C("LSTUPD", "DATETIME", "ModifiedOn")
CREATED = _C("CRTD", "DATETIME", "CreatedOn")
