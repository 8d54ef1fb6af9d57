"""Two vendors with the terse vendor's rows under other names, codes and chart strings.

Letters stand for codes and few lists say what they mean, teeth are numbered by FDI, and recession is a
positive number. One calls keys differently where they point from than where they point to; with the other,
every column begins with its table's letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from panda_twenty.panda.profile.chart import Packed, ToothColumns
from panda_twenty.panda.tooth_notation import from_universal
from panda_twenty_tests.strangers import respelled_names as names
from panda_twenty_tests.strangers.conversions import (
    as_charted,
    attachment_levels,
    bits,
    shifted,
    six,
    spelled,
)
from panda_twenty_tests.strangers.junk import patient_copies, system_tables
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values, empty_table
from panda_twenty_tests.strangers.respelled_names import Names, read_names
from panda_twenty_tests.strangers.terse import TERSE
from panda_twenty_tests.strangers.truth import Home

_C = Column
_PATIENT = shifted(810_000)
_EXAM = shifted(5_200_000)

_LETTERS: Mapping[tuple[str, str], tuple[str, Mapping[str, str]]] = {
    ("PT", "GND"): ("", {"M": "MA", "F": "FE", "X": "OT", "U": "UN"}),
    ("PT", "STA"): ("PNTST", {"A": "C", "I": "F", "D": "X"}),
    ("INS", "REL"): ("", {"SELF": "SE", "SPOUSE": "SP", "CHILD": "CH", "OTHER": "OT"}),
    ("PEX", "TYP"): ("PXTYP", {"I": "CE", "R": "RE", "P": "PS", "M": "PM", "S": "SC"}),
    ("PEX", "STG"): ("", {"I": "1", "II": "2", "III": "3", "IV": "4"}),
    ("PEX", "GRD"): ("", {"A": "A", "B": "B", "C": "C"}),
    ("PEX", "XTN"): ("", {"L": "LO", "G": "GE", "M": "MI"}),
    ("PEX", "PRG"): ("OUTLK", {"G": "1", "F": "2", "P": "3", "Q": "4", "H": "5"}),
    ("PEX", "OHY"): ("", {"G": "GD", "F": "FR", "P": "PR"}),
    ("PEX", "SMK"): ("TOBAC", {"N": "0", "F": "1", "C": "2"}),
    ("PEX", "DIA"): ("DIAB", {"N": "0", "P": "1", "1": "2", "2": "3"}),
    ("PXT", "STS"): ("TOOTH", {"P": "0", "M": "1", "I": "2", "U": "3", "X": "4"}),
    ("PXT", "PRG"): ("OUTLK", {"G": "1", "F": "2", "P": "3", "Q": "4", "H": "5"}),
    ("FDF", "VT"): ("", {"N": "NUM", "T": "TXT", "B": "YN", "C": "LST", "D": "DAT"}),
    ("TXH", "STA"): ("TXAST", {"A": "AC", "P": "PR", "C": "CO", "R": "DE"}),
    ("TXP", "STA"): ("TXBST", {"O": "PR", "I": "IP", "C": "CO"}),
    ("TXI", "STA"): ("TXCST", {"T": "TP", "C": "CO", "D": "DE", "E": "EX"}),
    ("APT", "STA"): ("SCHST", {"S": "SC", "C": "SN", "N": "NS", "X": "CX", "R": "MV"}),
}
"""The codes here of each of the terse vendor's columns and the list that decodes them, if any does."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "PNTST": {"A": "Current", "I": "Former", "D": "Deceased"},
    "PXTYP": {"I": "Comp exam", "R": "Re-eval", "P": "Post surgical", "M": "Perio maint", "S": "Screening"},
    "OUTLK": {"G": "Good", "F": "Fair", "P": "Poor", "Q": "Questionable", "H": "Hopeless"},
    "TOBAC": {"N": "Never", "F": "Former", "C": "Current"},
    "DIAB": {"N": "None", "P": "Prediabetic", "1": "Type 1", "2": "Type 2"},
    "TOOTH": {"P": "Present", "M": "Missing", "I": "Implant", "U": "Unerupted", "X": "Not examined"},
    "TXAST": {"A": "Accepted", "P": "Proposed", "C": "Completed", "R": "Declined"},
    "TXBST": {"O": "Proposed", "I": "In progress", "C": "Completed"},
    "TXCST": {"T": "Proposed", "C": "Completed", "D": "Declined", "E": "Existing"},
    "SCHST": {"S": "Scheduled", "C": "Seen", "N": "No show", "X": "Cancelled", "R": "Rescheduled"},
}

_KEYS: Mapping[str, Any] = {"PatientID": _PATIENT, "ExamID": _EXAM, "BaselineExamID": _EXAM} | {
    f"Exam{number}ID": _EXAM for number in range(1, 6)
}
_Parents = Mapping[str, Mapping[str, Home]]


def _respelled(table: Table, spelling: Names, parents: _Parents) -> Table:
    name, names = spelling[table.name]
    return replace(
        table,
        name=name,
        columns=tuple(_column(table.name, column, names[column.name]) for column in table.columns),
        rows=_teeth if table.name == "PXT" else table.rows,
        key=tuple(names[each] for each in table.key),
        foreign_keys=parents.get(name, {}),
        indexes=tuple(tuple(names[each] for each in index) for index in table.indexes),
    )


def _column(table: str, column: Column, name: str) -> Column:
    renamed = replace(column, name=name)
    if (table, column.name) in _LETTERS:
        list_, codes = _LETTERS[table, column.name]
        words = _WORDS.get(list_)
        listed = ("LLST", "LTXT") if words else None
        return replace(renamed, type="CHAR(3)", codes=codes, words=words, listed_in=listed)
    if column.codes == {"1": "T", "0": "F"}:
        return replace(renamed, type="SMALLINT", codes={"1": -1, "0": 0})
    if column.of is not None and column.of in _KEYS:
        return replace(renamed, written=_KEYS[column.of])
    if column.name == "PTID" and column.made is not None:
        return replace(renamed, made=lambda row: _PATIENT(row["PatientID"]))
    if column.name == "TN":
        return replace(renamed, written=lambda tooth: int(from_universal(str(tooth), "fdi")))
    if column.name == "ACT":
        return replace(renamed, type="SMALLINT", made=lambda row: -row["IsActive"])
    return renamed


def _list_rows(_: Practice) -> Iterator[Values]:
    for (_table, _name), (list_, codes) in reversed(list(_LETTERS.items())):
        for theirs, word in _WORDS.get(list_, {}).items():
            if _table != "PXT" or list_ == "TOOTH":
                yield {"list": list_, "code": codes[theirs], "word": word}


def _teeth(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("PerioTooth"):
        tooth = row["ToothNo"]
        numbers = {
            "depths": six(row, "Pd"),
            "margins": six(row, "Gm"),
            "levels": attachment_levels(row),
        }
        yield {
            **row,
            **{
                name: _packed(spelled(values, missing="", blocked="U"), tooth)
                for name, values in numbers.items()
            },
            **{
                name.lower(): _packed(["" if bit is None else "NY"[bit] for bit in bits(row[name])], tooth)
                for name in ("Bleeding", "Suppuration", "Plaque", "Calculus")
            },
        }


def _packed(values: list[str], tooth: int) -> str | None:
    """``3;2;4|3;2;3``; NULL where no site was recorded."""
    if not any(values):
        return None
    on_screen = as_charted(values, tooth)
    return f"{';'.join(on_screen[:3])}|{';'.join(on_screen[3:])}"


_LIST = Table(
    "LLST",
    (
        _C("LCLS", "CHAR(6)", made=lambda row: row["list"]),
        _C("LVAL", "CHAR(3)", made=lambda row: row["code"]),
        _C("LTXT", "NVARCHAR(40)", made=lambda row: row["word"]),
    ),
    rows=_list_rows,
    key=("LCLS", "LVAL"),
)


def _chart(names: Mapping[str, str]) -> Packed:
    return Packed(
        shape="packed",
        per="tooth",
        notation="fdi",
        gingival_margin_sign="recession_positive",
        not_assessable=("U",),
        tooth=names["TN"],
        site_separator=";",
        side_separator="|",
        measures={
            "probing_depth": names["PD"],
            "gingival_margin": names["GM"],
            "attachment_level": names["CAL"],
        },
        marks={
            "bleeding": names["BL"],
            "suppuration": names["SU"],
            "plaque": names["PQ"],
            "calculus": names["CK"],
        },
        mark_present=("Y",),
        mark_absent=("N",),
        tooth_level=ToothColumns(
            status=names["STS"],
            mobility=names["MOB"],
            furcation={"B": names["FB"], "L": names["FL"], "M": names["FM"], "D": names["FD"]},
            mucogingival_junction={"facial": names["MGF"], "lingual": names["MGL"]},
            prognosis=names["PRG"],
        ),
        status_codes={"0": "PRESENT", "1": "MISSING", "2": "IMPLANT", "3": "UNERUPTED", "4": "NOT_EXAMINED"},
        prognosis_codes={"1": "GOOD", "2": "FAIR", "3": "POOR", "4": "QUESTIONABLE", "5": "HOPELESS"},
    )


def _stranger(name: str, spelling: Names, parents: _Parents) -> Stranger:
    tables = [_respelled(table, spelling, parents) for table in TERSE.tables if table.name in spelling]
    patients_name = spelling["PT"][0]
    patients = next(table for table in tables if table.name == patients_name)
    left_over = {
        "PatientNo": "INT",
        "FirstName": "NVARCHAR(50)",
        "LastName": "NVARCHAR(60)",
        "Gender": "NCHAR(1)",
    }
    return Stranger(
        name,
        (
            *tables,
            _LIST,
            patient_copies(patients, f"{patients_name}_X", every=2),
            *system_tables(_PATIENT),
            empty_table("PATIENTS", left_over),
        ),
        spelling["PXT"][0],
        _chart(spelling["PXT"][1]),
    )


STEMS = _stranger(
    "stems",
    read_names(names.STEMS),
    {
        "XCOV": {"PNT": ("MPNT", "PNT_NO")},
        "DPXH": {"PNT": ("MPNT", "PNT_NO")},
        "DPXL": {"PXH": ("DPXH", "PXH_NO")},
        "DTXB": {"TXA": ("DTXA", "TXA_NO")},
        "DJRN": {"PNT": ("MPNT", "PNT_NO")},
    },
)
LETTERS = _stranger(
    "letters",
    read_names(names.LETTERS),
    {
        "PINM": {"NPAT": ("PATM", "PID")},
        "EXMH": {"XPAT": ("PATM", "PID")},
        "TPLP": {"FHID": ("TPLH", "HID")},
        "APTM": {"APAT": ("PATM", "PID")},
    },
)
