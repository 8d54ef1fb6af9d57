"""The words, wide charts and days as text of the vendor with prefixes."""

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
    shifted,
    six,
    us_date,
    us_moment,
)
from panda_twenty_tests.strangers.relaying import Column, Practice, Values

_C = Column
YES_NO = {"1": "Y", "0": "N"}
_DAY, _MOMENT = "%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p"
_BLOCKED = 88
"""What this vendor stores for a site that could not be assessed."""

SEX = {"F": "Female", "M": "Male", "X": "Other", "U": "Unknown"}
STATUS = {"A": "Active", "I": "Inactive", "D": "Deceased"}
RELATION = {"SELF": "Self", "SPOUSE": "Spouse", "CHILD": "Dependent", "OTHER": "Other"}
EXAM_TYPE = {
    "I": "Comprehensive",
    "R": "Re-Eval",
    "P": "Post-Op",
    "M": "Perio Maintenance",
    "S": "Screening",
}
STAGE = {"I": "Stage I", "II": "Stage II", "III": "Stage III", "IV": "Stage IV"}
GRADE = {"A": "Grade A", "B": "Grade B", "C": "Grade C"}
EXTENT = {"L": "Localized", "G": "Generalized", "M": "Molar/Incisor"}
PROGNOSIS = {"G": "Good", "F": "Fair", "P": "Poor", "Q": "Questionable", "H": "Hopeless"}
HYGIENE = {"G": "Good", "F": "Fair", "P": "Poor"}
SMOKING = {"N": "Never", "F": "Former", "C": "Current"}
DIABETES = {"N": "No", "P": "Pre-Diabetic", "1": "Type I", "2": "Type II"}
PLAN_STATUS = {"A": "Accepted", "P": "Presented", "C": "Completed", "R": "Declined"}
PHASE_STATUS = {"O": "Not Started", "I": "In Progress", "C": "Complete"}
ITEM_STATUS = {"T": "Planned", "C": "Completed", "D": "Declined", "E": "Existing"}
OUTCOME = {"S": "Scheduled", "C": "Completed", "N": "No Show", "X": "Cancelled", "R": "Rescheduled"}
VALUE_TYPE = {"N": "Number", "T": "Text", "B": "Yes/No", "C": "Choice", "D": "Date"}
_TOOTH_STATUS = {"P": "P", "M": "M", "I": "I", "U": "U", "X": "N"}

PATIENT = shifted(0)
PROVIDER = shifted(10)
DOCTOR = shifted(5_000)


def day(name: str, of: str) -> Column:
    return _C(name, "VARCHAR(10)", of, written=us_date, format=_DAY)


def moment(name: str, of: str) -> Column:
    return _C(name, "VARCHAR(22)", of, written=us_moment, format=_MOMENT)


def word(name: str, of: str, codes: Mapping[str, str]) -> Column:
    return _C(name, "NVARCHAR(20)", of, codes=codes)


def carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _fdi(tooth: str) -> str:
    return from_universal(tooth, "fdi")


_SITE_MEASURES = {"PD": "Pd", "GM": "Gm"}


def charts(practice: Practice) -> Iterator[Values]:
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


def chart_columns() -> Iterator[Column]:
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


CHART = Wide(
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


def full_name(row: Values) -> str:
    return f"{row['LastName'] or ''}, {row['FirstName'] or ''}"


CREATED = _C("dtmEntered", "DATETIME", "CreatedOn")
MODIFIED = _C("dtmLastModified", "DATETIME", "ModifiedOn")
