"""The lists, rows and strings of the vendor whose column names mislead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.chart import LOWER_TEETH, UPPER_TEETH
from panda_twenty_tests.strangers.conversions import (
    NOT_ASSESSABLE,
    as_charted,
    attachment_levels,
    bits,
    shifted,
    six,
)
from panda_twenty_tests.strangers.relaying import Column, Practice, Table, Values

_C = Column

RECNO = shifted(5_000)
_DELETED = 700_000
"""Numbers of deleted rows start here, so that they are nobody else's."""

LISTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "ACT": (("A", "A", "Active"), ("I", "I", "Inactive"), ("D", "X", "Deceased")),
    "REL": (
        ("SELF", "S", "Self"),
        ("SPOUSE", "P", "Spouse"),
        ("CHILD", "C", "Child"),
        ("OTHER", "O", "Other"),
    ),
    "ETY": (
        ("I", "C", "Comprehensive"),
        ("R", "R", "Re-eval"),
        ("P", "P", "Post surgery"),
        ("M", "M", "Maintenance"),
        ("S", "S", "Screening"),
    ),
    "STG": (
        ("I", "1", "Stage I"),
        ("II", "2", "Stage II"),
        ("III", "3", "Stage III"),
        ("IV", "4", "Stage IV"),
    ),
    "XTN": (("L", "L", "Localized"), ("G", "G", "Generalized"), ("M", "M", "Molar-incisor")),
    "PGN": (
        ("G", "1", "Good"),
        ("F", "2", "Fair"),
        ("Q", "3", "Questionable"),
        ("P", "4", "Poor"),
        ("H", "5", "Hopeless"),
    ),
    "HYG": (("G", "1", "Good"), ("F", "2", "Fair"), ("P", "3", "Poor")),
    "SMK": (("N", "N", "Never"), ("F", "Q", "Quit"), ("C", "Y", "Current smoker")),
    "DIA": (("N", "N", "None"), ("P", "P", "Prediabetes"), ("1", "1", "Type 1"), ("2", "2", "Type 2")),
    "TXS": (("P", "P", "Proposed"), ("A", "A", "Accepted"), ("C", "C", "Completed"), ("R", "D", "Declined")),
    "PHS": (("O", "P", "Proposed"), ("I", "I", "In progress"), ("C", "C", "Completed")),
    "ITS": (("T", "P", "Proposed"), ("C", "C", "Completed"), ("D", "D", "Declined"), ("E", "E", "Existing")),
    "STA": (
        ("S", "S", "Scheduled"),
        ("C", "K", "Kept"),
        ("N", "N", "No show"),
        ("X", "X", "Cancelled"),
        ("R", "M", "Moved"),
    ),
    "FTY": (
        ("N", "N", "Number"),
        ("T", "T", "Text"),
        ("B", "Y", "Yes/No"),
        ("C", "C", "Choice"),
        ("D", "D", "Date"),
    ),
}
YES_NO = {"1": "Y", "0": "N"}
GONE = {"1": "0", "0": "1"}
"""A flag that is set for who has left."""


def coded(name: str, of: str, entries: str) -> Column:
    """A column of letters that PDW_COD explains."""
    return _C(
        name,
        "CHAR(1)",
        of,
        codes={theirs: here for theirs, here, _ in LISTS[entries]},
        words={theirs: word for theirs, _, word in LISTS[entries]},
        listed_in=("PDW_COD", "DS"),
    )


def list_rows(_: Practice) -> Iterator[Values]:
    for name, entries in LISTS.items():
        for _theirs, here, word in entries:
            yield {"LST": name, "CD": here, "DS": word}
    for number, word in enumerate(("Check", "Cash", "Visa"), 1):
        yield {"LST": "PMT", "CD": str(number), "DS": word}


def carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def compact(value: str) -> str:
    """A day as eight digits."""
    return value.replace("-", "")


def with_deleted(table: str, key: str, *, every: int) -> Callable[[Practice], Iterator[Values]]:
    """Each ``every``-th row once more as it was entered by mistake and deleted."""

    def rows(practice: Practice) -> Iterator[Values]:
        for number, row in enumerate(practice.rows(table)):
            yield {**row, "DELF": "0"}
            if number % every == 2:
                yield {**row, key: _DELETED + row[key], "DELF": "1"}

    return rows


def carriers(practice: Practice) -> Iterator[Values]:
    names = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    for number, name in enumerate(names, 1):
        yield {"CID": 30 + number, "Carrier": name}


_OF_GROUP = ("Carrier", "GroupNo", "PreventivePct", "BasicPct", "MajorPct")


def _group_numbers(practice: Practice) -> dict[tuple[Any, ...], int]:
    numbers: dict[tuple[Any, ...], int] = {}
    for row in practice.rows("PatientInsurance"):
        numbers.setdefault(tuple(row[name] for name in _OF_GROUP), 1_001 + len(numbers))
    return numbers


def groups(practice: Practice) -> Iterator[Values]:
    carrier_of = {row["Carrier"]: row["CID"] for row in carriers(practice)}
    for group, number in _group_numbers(practice).items():
        values = dict(zip(_OF_GROUP, group, strict=True))
        yield {**values, "GID": number, "CID": carrier_of[values["Carrier"]]}


def policies(practice: Practice) -> Iterator[Values]:
    numbers = _group_numbers(practice)
    patients = practice.by_key("Patient", "PatientID")
    for row in practice.rows("PatientInsurance"):
        owner = patients[row["PatientID"]]
        yield {
            **row,
            "GID": numbers[tuple(row[name] for name in _OF_GROUP)],
            "SSN": owner["SSN"],
            "Subscriber": f"{owner['FirstName'] or ''} {owner['LastName'] or ''}",
        }


def measurements(practice: Practice) -> Iterator[Values]:
    """One row per exam and kind of measurement: the whole mouth in one string of fixed places."""
    teeth: dict[str, Values] = {}
    exam: Any = None
    for row in practice.rows("PerioTooth"):
        if row["ExamID"] != exam and teeth:
            yield from _strings(exam, teeth)
            teeth = {}
        exam = row["ExamID"]
        teeth[str(row["ToothNo"])] = row
    if teeth:
        yield from _strings(exam, teeth)


def _strings(exam: int, teeth: Mapping[str, Values]) -> Iterator[Values]:
    for kind, (_, write) in KINDS.items():
        written = "".join(write(teeth[tooth]) if tooth in teeth else write(_NO_TOOTH) for tooth in _MOUTH)
        if written.strip():
            yield {"ExamID": exam, "KND": kind, "VALS": written}


class _NoTooth(dict[str, Any]):
    def __missing__(self, name: str) -> None:
        return None


_NO_TOOTH: Values = _NoTooth(ToothNo=1)
_MOUTH = (*UPPER_TEETH, *LOWER_TEETH)


def _two_places(values: list[int | None], tooth: int) -> str:
    return "".join(
        "  " if value is None else "**" if value == NOT_ASSESSABLE else f"{value:>2}"
        for value in as_charted(values, tooth)
    )


def _one_place(values: list[int | None], tooth: int) -> str:
    return "".join(" " if value is None else str(value) for value in as_charted(values, tooth))


def _mark(name: str) -> Callable[[Values], str]:
    return lambda row: _one_place(bits(row[name]), row["ToothNo"])


KINDS: Mapping[str, tuple[str, Callable[[Values], str]]] = {
    "P": ("Pocket depth", lambda row: _two_places(six(row, "Pd"), row["ToothNo"])),
    "R": ("Recession", lambda row: _two_places(six(row, "Gm"), row["ToothNo"])),
    "A": ("Attachment loss", lambda row: _two_places(attachment_levels(row), row["ToothNo"])),
    "B": ("Bleeding", _mark("Bleeding")),
    "S": ("Pus", _mark("Suppuration")),
    "Q": ("Plaque", _mark("Plaque")),
    "M": ("Mobility", lambda row: f"{row['Mobility'] or '':<2}"),
    "T": ("Tooth status", lambda row: row["ToothStatus"] or " "),
}


def kind_rows(_: Practice) -> Iterator[Values]:
    for kind, (word, _write) in KINDS.items():
        yield {"KCD": kind, "KDS": word}


def letter_codes_table(name: str) -> Table:
    return Table(
        name,
        (
            _C("LST", "CHAR(3)", made=carried("LST")),
            _C("CD", "CHAR(1)", made=carried("CD")),
            _C("DS", "VARCHAR(40)", made=carried("DS")),
        ),
        rows=list_rows,
        key=("LST", "CD"),
    )
