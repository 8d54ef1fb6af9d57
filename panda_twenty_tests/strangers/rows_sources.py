"""The rows, codes and chart of the vendor who normalised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.profile.chart import SiteRows
from panda_twenty.sandbox.practice.rich_text import paragraph, rtf, text
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, guid, six
from panda_twenty_tests.strangers.relaying import Column, Practice, Values
from panda_twenty_tests.strangers.truth import AttributeName

_C = Column
PROVIDER, EXAM = guid("provider"), guid("exam")
GUID = "UNIQUEIDENTIFIER"

SEX = {"F": "F", "M": "M", "X": "O", "U": "U"}
STATUS = {"A": "ACT", "I": "INA", "D": "DEC"}
RELATION = {"SELF": "SEL", "SPOUSE": "SPO", "CHILD": "CHI", "OTHER": "OTH"}
EXAM_TYPES = (
    ("I", 11, "Comprehensive Periodontal Evaluation"),
    ("R", 12, "Re-evaluation"),
    ("P", 13, "Post-surgical Evaluation"),
    ("M", 14, "Periodontal Maintenance"),
    ("S", 15, "Screening"),
)
EXTENT = {"L": "LOC", "G": "GEN", "M": "MIP"}
PROGNOSIS = {"G": "GOO", "F": "FAI", "P": "POO", "Q": "QUE", "H": "HOP"}
HYGIENE = {"G": "GOO", "F": "FAI", "P": "POO"}
SMOKING = {"N": "NEV", "F": "FOR", "C": "CUR"}
DIABETES = {"N": "NON", "P": "PRE", "1": "DM1", "2": "DM2"}
PLAN_STATUS = {"A": "ACC", "P": "PRO", "C": "COM", "R": "DCL"}
PHASE_STATUS = {"O": "PRO", "I": "INP", "C": "COM"}
ITEM_STATUS = {"T": "PRO", "C": "COM", "D": "DCL", "E": "EXI"}
OUTCOME = {"S": "SCH", "C": "COM", "N": "NSH", "X": "CAN", "R": "RES"}
VALUE_TYPE = {"N": "NUM", "T": "TXT", "B": "Y/N", "C": "CHO", "D": "DAT"}
_TOOTH_STATUS = {"P": "PRE", "M": "MIS", "I": "IMP", "U": "UNE", "X": "NEX"}

#: This vendor's number of a site, its place in the reference practice's order, name, and abbreviation.
SITES = (
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


def carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


_ADDRESSED = (("Office", "OfficeID", 1), ("RefDoctor", "RefDrID", 2), ("Patient", "PatientID", 3))


def _address_number(kind: int, number: int) -> int:
    return number * 10 + kind


def addresses(practice: Practice) -> Iterator[Values]:
    for table, key, kind in _ADDRESSED:
        for row in practice.rows(table):
            yield {"Street2": None, **row, "number": _address_number(kind, row[key])}


def of_three(attribute: str) -> tuple[AttributeName, ...]:
    return tuple((entity, attribute) for entity in ("practice_location", "referral_source", "patient"))


def _plan_of(row: Values) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("Carrier", "GroupNo", "PreventivePct", "BasicPct", "MajorPct"))


def _carrier_numbers(practice: Practice) -> dict[str, int]:
    carriers = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    return {name: 50 + place for place, name in enumerate(carriers)}


def _plan_numbers(practice: Practice) -> dict[tuple[Any, ...], int]:
    plans = dict.fromkeys(_plan_of(row) for row in practice.rows("PatientInsurance"))
    return {plan: 3_000 + place for place, plan in enumerate(plans)}


def carriers(practice: Practice) -> Iterator[Values]:
    for name, number in _carrier_numbers(practice).items():
        yield {"Carrier": name, "number": number}


def plans(practice: Practice) -> Iterator[Values]:
    carriers = _carrier_numbers(practice)
    for (carrier, group, *shares), number in _plan_numbers(practice).items():
        shares_named = dict(zip(("PreventivePct", "BasicPct", "MajorPct"), shares, strict=True))
        yield {"number": number, "CarrierNumber": carriers[carrier], "GroupNo": group, **shares_named}


def subscribers(practice: Practice) -> Iterator[Values]:
    plans = _plan_numbers(practice)
    for row in practice.rows("PatientInsurance"):
        yield {**row, "number": 90_000 + row["InsuranceID"], "PlanNumber": plans[_plan_of(row)]}


def letter_body(body: str) -> bytes:
    """A letter as RTF; what is rich text already stays as it is."""
    if body.startswith(("{\\rtf", "<")):
        return body.encode()
    return rtf(paragraph(text(body))).encode("ascii")


def sites(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("PerioTooth"):
        depths, margins = six(row, "Pd"), six(row, "Gm")
        marks = {name: bits(row[name]) for name in ("Bleeding", "Suppuration", "Plaque", "Calculus")}
        for code, place, name, _label in SITES:
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


CHART = SiteRows(
    shape="site_rows",
    notation="universal",
    gingival_margin_sign="recession_positive",
    negative_offset=100,
    not_assessable=(str(NOT_ASSESSABLE),),
    tooth="Tooth_Number",
    site="Site_Code",
    site_codes={str(code): name for code, _, name, _ in SITES},
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

CREATED = _C("Created_Date", "DATETIME", "CreatedOn")
MODIFIED = _C("Last_Modified_Date", "DATETIME", "ModifiedOn")


def coded(name: str, of: str, codes: Mapping[str, str]) -> Column:
    return _C(name, "CHAR(3)", of, codes=codes)


def address_of(kind: int, key: str) -> Column:
    return _C("Address_ID", "INT", made=lambda row: _address_number(kind, row[key]))


SITE_TABLE = (
    _C("Exam_GUID", GUID, "ExamID", written=EXAM),
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
    _C("Tooth_Prognosis", "CHAR(3)", "Prognosis", codes=PROGNOSIS),
)
