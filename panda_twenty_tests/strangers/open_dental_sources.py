"""How rows of the reference practice become rows of Open Dental."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import Any

from panda_twenty.panda.profile.chart import MeasureRows
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, six
from panda_twenty_tests.strangers.junk import JUNK_WORDS
from panda_twenty_tests.strangers.relaying import Column, Practice, Table, Values
from panda_twenty_tests.strangers.truth import AttributeName

NO_DAY, _NO_MOMENT = "0001-01-01", "0001-01-01T00:00:00.000"
_EMPTY = {
    "BIGINT": 0,
    "TINYINT": 0,
    "FLOAT": 0.0,
    "DATE": NO_DAY,
    "DATETIME2": _NO_MOMENT,
    "TIME": "00:00:00",
}
_BOOKED, _DONE, _UNSCHEDULED, _BROKEN = 1, 2, 3, 5
_REFERRED_TO, _REFERRED_FROM = 0, 1
_SPECIALTIES, _PRIORITIES = 35, 20
"""Categories of the table ``definition``."""
_MOBILITY, _FURCATION, _MARGIN, _MGJ, _PROBING, _SKIP, _MARKS = range(7)
"""What a row of ``periomeasure`` measures; 7 is the attachment level, which is never stored."""
_NO_READING = -1
_SITE_COLUMNS = ("MBvalue", "Bvalue", "DBvalue", "MLvalue", "Lvalue", "DLvalue")
_FROM_REFERENCE_ORDER = (2, 1, 0, 5, 4, 3)
"""Where each of ``_SITE_COLUMNS`` stands in the reference practice's order of sites."""
_COVERAGE = {"PreventivePct": 2, "BasicPct": 3, "MajorPct": 4}


def _columns_of_tables() -> dict[str, tuple[tuple[str, str], ...]]:
    listed = resources.files(__package__).joinpath("open_dental_columns.txt").read_text(encoding="utf-8")
    tables = {}
    for line in listed.splitlines():
        name, _, columns = line.partition(": ")
        pairs = (column.rsplit(" ", 1) for column in columns.split(", "))
        tables[name] = tuple((column, type_) for column, type_ in pairs)
    return tables


_LISTED = _columns_of_tables()
_SECRET = {
    "SSN",
    "Password",
    "EmailPassword",
    "AccessToken",
    "RefreshToken",
    "MobileWebPin",
    "EClipboardClinicalPin",
    "CCNumberMasked",
    "XChargeToken",
}


def of(of: str, **settings: Any) -> Callable[[str, str], Column]:
    """A column that carries ``of``; Open Dental's empty value stands for NULL."""

    def column(name: str, type_: str) -> Column:
        # Zero is a code like any other.
        blank = None if "codes" in settings else _empty(type_)
        return Column(name, type_, of, **{"blank": blank, **settings})

    return column


def made(make: Callable[[Values], Any], **settings: Any) -> Callable[[str, str], Column]:
    return lambda name, type_: Column(name, type_, made=make, **settings)


def meant(*acceptable: AttributeName) -> Callable[[str, str], Column]:
    """A column that means an attribute and stands empty."""
    return lambda name, type_: Column(name, type_, blank=_empty(type_), acceptable=acceptable)


def _empty(type_: str) -> Any:
    return _EMPTY.get(type_, "")


def table(
    name: str,
    of: str | None = None,
    rows: Callable[[Practice], Iterable[Values]] | None = None,
    *,
    is_part: bool = False,
    junk: bool = False,
    **columns: Callable[[str, str], Column],
) -> Table:
    listed = _LISTED[name]
    unknown = columns.keys() - {column for column, _ in listed}
    if unknown:
        raise ValueError(f"Open Dental's {name} has no {', '.join(sorted(unknown))}")
    made = tuple(
        columns[column](column, type_)
        if column in columns
        else Column(column, type_, blank=_empty(type_), never=column in _SECRET)
        for column, type_ in listed
    )
    return Table(name, made, of=of, rows=rows, key=(_number_of(name),), is_part=is_part, junk=junk)


def _number_of(name: str) -> str:
    """The column that numbers the rows of a table: the first whole number."""
    return next(column for column, type_ in _LISTED[name] if type_ == "BIGINT")


def carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def procedure_number(row: Values) -> int:
    return int(row["ItemID"]) + 100_000


def subscription_number(row: Values) -> int:
    return int(row["InsuranceID"]) + 5_000


def head_of_family(row: Values) -> int:
    """Every fourth patient is on somebody else's account."""
    patient = int(row["PatientID"])
    return patient - 1 if patient % 4 == 0 else patient


def _numbered(names: Iterable[Any], first: int) -> dict[Any, int]:
    return {name: first + place for place, name in enumerate(dict.fromkeys(names))}


def _specialties(practice: Practice) -> dict[str, int]:
    return _numbered((row["Specialty"] for row in practice.rows("Provider") if row["Specialty"]), 300)


def _priorities(practice: Practice) -> dict[str, int]:
    return _numbered((row["PhaseLabel"] for row in practice.rows("TxPhase")), 400)


def providers(practice: Practice) -> Iterator[Values]:
    numbers = _specialties(practice)
    for row in practice.rows("Provider"):
        yield {**row, "SpecialtyNumber": numbers.get(row["Specialty"], 0)}


def definitions(practice: Practice) -> Iterator[Values]:
    for category, numbers in ((_SPECIALTIES, _specialties(practice)), (_PRIORITIES, _priorities(practice))):
        for place, (label, number) in enumerate(numbers.items()):
            yield {"number": number, "category": category, "place": place, "label": label}
    for place, label in enumerate(("Confirmed", "Left Message", "E-mailed", "Arrived")):
        yield {"number": 20 + place, "category": 2, "place": place, "label": label}


def referred_from(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("Patient"):
        if row["RefDrID"] is not None:
            yield {**row, "number": 2 * row["PatientID"], "kind": _REFERRED_FROM, "doctor": row["RefDrID"]}
        if row["PatientID"] % 3 == 0:
            yield {**row, "number": 2 * row["PatientID"] + 1, "kind": _REFERRED_TO, "doctor": 1}


def _plan_of(row: Values) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("Carrier", "GroupNo", *_COVERAGE))


def policies(practice: Practice) -> list[dict[str, Any]]:
    rows = list(practice.rows("PatientInsurance"))
    carriers = _numbered(sorted({row["Carrier"] for row in rows}), 1)
    plans = _numbered((_plan_of(row) for row in rows), 1)
    return [
        {**row, "CarrierNumber": carriers[row["Carrier"]], "PlanNumber": plans[_plan_of(row)]} for row in rows
    ]


def once(rows: Iterable[dict[str, Any]], key: str) -> Iterator[Values]:
    return iter({row[key]: row for row in rows}.values())


def benefits(practice: Practice) -> Iterator[Values]:
    for row in once(policies(practice), "PlanNumber"):
        for column, category in _COVERAGE.items():
            if row[column] is not None:
                yield {
                    "number": row["PlanNumber"] * 10 + category,
                    "plan": row["PlanNumber"],
                    "category": category,
                    "percent": row[column],
                }


def procedures(practice: Practice) -> Iterator[Values]:
    phases = practice.by_key("TxPhase", "PhaseID")
    codes = _numbered((row["PmsCode"] for row in practice.rows("ProcCode")), 1)
    priorities = _priorities(practice)
    for row in practice.rows("TxItem"):
        phase = phases[row["PhaseID"]]
        area = row["ToothArea"] or ""
        yield {
            **row,
            "PlanNumber": phase["PlanID"],
            "PriorityNumber": priorities[phase["PhaseLabel"]],
            "ProviderNumber": phase["ProviderID"],
            "CodeNumber": codes.get(row["PmsCode"], 0),
            "OneTooth": area if len(area) <= len("32") else "",
            "Teeth": area if len(area) > len("32") else "",
        }


def _six_here(values: Iterable[int | None], *, margin: bool = False) -> list[int]:
    """Readings in the order of ``_SITE_COLUMNS``; a margin above the junction is 100 more."""
    listed = list(values)
    found = [listed[place] for place in _FROM_REFERENCE_ORDER]
    return [
        _NO_READING
        if value is None or value == NOT_ASSESSABLE
        else 100 - value
        if margin and value < 0
        else value
        for value in found
    ]


def _measures_of(row: Values) -> Iterator[tuple[int, int, list[int]]]:
    """What Open Dental stores of one tooth: kind of measure, value of the tooth, six values."""
    nothing = [_NO_READING] * 6
    if row["ToothStatus"] in "MU":
        yield _SKIP, 1, nothing
        return
    if row["Mobility"]:
        yield _MOBILITY, int(row["Mobility"][0]), nothing
    entrances = {"B": 1, "L": 4, "M": 5, "D": 3}
    grades: list[int | None] = [None] * 6
    for entrance, place in entrances.items():
        grades[place] = row[f"Furc{entrance}"]
    widths = [None, row["MgjFacial"], None, None, row["MgjLingual"], None]
    sums: list[int | None] = [None] * 6
    for weight, name in ((1, "Bleeding"), (2, "Suppuration"), (4, "Plaque"), (8, "Calculus")):
        if row[name] is not None:
            found = zip(sums, bits(row[name]), strict=True)
            sums = [(total or 0) + weight * (bit or 0) for total, bit in found]
    for kind, values in (
        (_FURCATION, _six_here(grades)),
        (_MARGIN, _six_here(six(row, "Gm"), margin=True)),
        (_MGJ, _six_here(widths)),
        (_PROBING, _six_here(six(row, "Pd"))),
        (_MARKS, _six_here(sums)),
    ):
        if values != nothing:
            yield kind, _NO_READING, values


def measures(practice: Practice) -> Iterator[Values]:
    entered = {row["ExamID"]: row["CreatedOn"] for row in practice.rows("PerioExam")}
    number = 0
    for row in practice.rows("PerioTooth"):
        for kind, tooth_value, values in _measures_of(row):
            number += 1
            yield {
                "number": number,
                "ExamID": row["ExamID"],
                "kind": kind,
                "tooth": row["ToothNo"],
                "tooth_value": tooth_value,
                "entered": entered.get(row["ExamID"], _NO_MOMENT),
                **dict(zip(_SITE_COLUMNS, values, strict=True)),
            }


def rooms(practice: Practice) -> dict[str, int]:
    return _numbered(
        sorted({row["Operatory"] for row in practice.rows("Appointment") if row["Operatory"]}), 1
    )


def appointments(practice: Practice) -> Iterator[Values]:
    numbers = rooms(practice)
    for row in practice.rows("Appointment"):
        yield {**row, "RoomNumber": numbers.get(row["Operatory"], 0)}


def of_patients(every: int) -> Callable[[Practice], Iterator[Values]]:
    """Rows of a table that matters little: one for every so many patients."""

    def rows(practice: Practice) -> Iterator[Values]:
        for place, row in enumerate(practice.rows("Patient")):
            if place % every == 0:
                yield {**row, "number": place + 1, "word": JUNK_WORDS[place % len(JUNK_WORDS)]}

    return rows


def minor(name: str, every: int, *, junk: bool, texts: tuple[str, ...] = ()) -> Table:
    """A table that holds nothing of ours, filled so that it looks used."""
    columns: dict[str, Any] = {}
    for column, type_ in _LISTED[name]:
        if column == _number_of(name):
            columns[column] = made(carried("number"))
        elif column == "PatNum":
            columns[column] = made(carried("PatientID"))
        elif column in texts:
            columns[column] = made(carried("word"), lure=not junk)
        elif type_ == "DATETIME2":
            columns[column] = made(carried("CreatedOn"))
        elif type_ == "FLOAT":
            columns[column] = made(lambda row: round(row["PatientID"] * 1.25, 2))
    return table(name, rows=of_patients(every), junk=junk, **columns)


STATUS = {"A": 0, "I": 2, "D": 5}
GENDER = {"M": 0, "F": 1, "U": 2, "X": 3}
RELATION = {"SELF": 0, "SPOUSE": 1, "CHILD": 2, "OTHER": 5}
PLAN_STATUS = {"P": 0, "A": 1, "C": 2, "R": 2}
PROCEDURE_STATUS = {"T": 1, "C": 2, "E": 3, "D": 6}
APPOINTMENT_STATUS = {"S": _BOOKED, "C": _DONE, "R": _UNSCHEDULED, "N": _BROKEN, "X": _BROKEN}

CHART = MeasureRows(
    shape="measure_rows",
    notation="universal",
    gingival_margin_sign="recession_positive",
    negative_offset=100,
    not_recorded=(str(_NO_READING),),
    site_order=("MB", "B", "DB", "ML", "L", "DL"),
    tooth="IntTooth",
    measure="SequenceType",
    measure_codes={
        str(_MOBILITY): "mobility",
        str(_FURCATION): "furcation",
        str(_MARGIN): "gingival_margin",
        str(_MGJ): "mucogingival_junction",
        str(_PROBING): "probing_depth",
        str(_SKIP): "status",
        str(_MARKS): "site_marks",
    },
    values=_SITE_COLUMNS,
    tooth_value="ToothValue",
    mark_bits={"bleeding": 1, "suppuration": 2, "plaque": 4, "calculus": 8},
    status_codes={"1": "MISSING"},
)
