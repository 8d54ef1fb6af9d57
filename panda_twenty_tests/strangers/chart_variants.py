"""The reference practice with another chart: one convention differs, or two are mixed in one column."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from panda_twenty.panda.chart import LOWER_TEETH, UPPER_TEETH
from panda_twenty.panda.profile import ChartSource, ToothRows, load_profile
from panda_twenty.panda.profile.chart import Packed
from panda_twenty.panda.tooth_notation import from_universal
from panda_twenty.sandbox.practice.writing import schema_statements
from panda_twenty_tests.strangers.conversions import (
    NOT_ASSESSABLE,
    as_charted,
    attachment_levels,
    bits,
    six,
    spelled,
)
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values

_CHART_TABLE = "PerioTooth"
_PLACES = range(1, 7)


def _reference_tables() -> tuple[Table, ...]:
    """Every table of the reference practice, column by column."""
    with sqlite3.connect(":memory:") as connection:
        for statement in schema_statements()[0]:
            connection.execute(statement)
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return tuple(_reference_table(connection, name) for name in names)


def _reference_table(connection: sqlite3.Connection, name: str) -> Table:
    described = connection.execute(f"PRAGMA table_info([{name}])").fetchall()
    columns = tuple(Column(column, type_, column) for _, column, type_, *_ in described)
    key = tuple(row[1] for row in described if row[5])
    return Table(name, columns, of=name, key=key)


_REFERENCE = _reference_tables()
_UNTOUCHED = tuple(table for table in _REFERENCE if table.name != _CHART_TABLE)
_TEETH = next(table for table in _REFERENCE if table.name == _CHART_TABLE)


def _reference_chart() -> ToothRows:
    chart = load_profile("reference-practice").entities["perio_chart"].chart
    if not isinstance(chart, ToothRows):
        raise TypeError("the reference practice charts one row per tooth")
    return chart


_ROWS = _reference_chart()


def _variant(
    name: str, table: Table, chart: ChartSource, *, questions: frozenset[str] = frozenset()
) -> Stranger:
    return Stranger(name, (*_UNTOUCHED, table), table.name, chart, questions)


def _teeth_table(rows: Callable[[Practice], Iterator[Values]], *further: Column) -> Table:
    return Table(_CHART_TABLE, (*_TEETH.columns, *further), of=_CHART_TABLE, rows=rows, key=_TEETH.key)


def _negated(row: Values) -> dict[str, Any]:
    margins = zip(_PLACES, six(row, "Gm"), strict=True)
    return {
        f"Gm{place}": margin if margin is None or margin == NOT_ASSESSABLE else -margin
        for place, margin in margins
    }


def _flipped(is_flipped: Callable[[Values], bool]) -> Callable[[Practice], Iterator[Values]]:
    def rows(practice: Practice) -> Iterator[Values]:
        for row in practice.rows(_CHART_TABLE):
            levels = {f"Cal{n}": level for n, level in enumerate(attachment_levels(row), 1)}
            yield {**row, **levels, **(_negated(row) if is_flipped(row) else {})}

    return rows


_LEVELS = tuple(Column(f"Cal{place}", "INT", f"Cal{place}") for place in _PLACES)
_WITH_LEVELS = {**_ROWS.measures, "attachment_level": tuple(column.name for column in _LEVELS)}

FLIPPED = _variant(
    "flipped",
    _teeth_table(_flipped(lambda _: True), *_LEVELS),
    _ROWS.model_copy(update={"gingival_margin_sign": "recession_negative", "measures": _WITH_LEVELS}),
)

MIXED_SIGN = _variant(
    "mixed_sign",
    _teeth_table(_flipped(lambda row: row["ExamID"] % 2 == 0), *_LEVELS),
    _ROWS.model_copy(update={"measures": _WITH_LEVELS}),
    questions=frozenset({"gingival_margin_sign"}),
)


def _renumbered(is_fdi: Callable[[Values], bool]) -> Callable[[Practice], Iterator[Values]]:
    def rows(practice: Practice) -> Iterator[Values]:
        for row in practice.rows(_CHART_TABLE):
            fdi = int(from_universal(str(row["ToothNo"]), "fdi"))
            yield {**row, "ToothNo": fdi} if is_fdi(row) else row

    return rows


FDI = _variant("fdi", _teeth_table(_renumbered(lambda _: True)), _ROWS.model_copy(update={"notation": "fdi"}))

MIXED_NOTATION = _variant(
    "mixed_notation",
    _teeth_table(_renumbered(lambda row: row["ExamID"] % 2 == 0)),
    _ROWS,
    questions=frozenset({"notation"}),
)


def _one_digit(values: list[int | None]) -> list[int | None]:
    """A site is one character: 9 stands for more, and nothing for a margin above the junction."""
    return [
        value if value is None or value == NOT_ASSESSABLE else min(value, 9) if value >= 0 else None
        for value in values
    ]


def _strings_of(row: Values) -> Mapping[str, str]:
    """The six characters of each measure of one tooth, as they stand on screen."""
    sixes = {
        "Pd": _one_digit(six(row, "Pd")),
        "Gm": _one_digit(six(row, "Gm")),
        "Bop": bits(row["Bleeding"]),
    }
    return {name: "".join(as_charted(spelled(values), row["ToothNo"])) for name, values in sixes.items()}


def _triplets(practice: Practice) -> Iterator[Values]:
    for row in practice.rows(_CHART_TABLE):
        yield {**row, **_strings_of(row)}


_NO_SITES = frozenset({"Pd", "Gm", "Bleeding", "Suppuration", "Plaque", "Calculus"})
_STRINGS = tuple(Column(name, "NVARCHAR(6)", name) for name in ("Pd", "Gm", "Bop"))

TRIPLETS = _variant(
    "triplets",
    Table(
        _CHART_TABLE,
        (
            *(column for column in _TEETH.columns if column.name.rstrip("123456") not in _NO_SITES),
            *_STRINGS,
        ),
        of=_CHART_TABLE,
        rows=_triplets,
        key=_TEETH.key,
    ),
    Packed(
        shape="packed",
        per="tooth",
        notation="universal",
        gingival_margin_sign="recession_positive",
        not_assessable=("X",),
        not_recorded=("-",),
        tooth="ToothNo",
        measures={"probing_depth": "Pd", "gingival_margin": "Gm"},
        marks={"bleeding": "Bop"},
        mark_present=("1",),
        mark_absent=("0",),
        tooth_level=_ROWS.tooth_level,
        status_codes=_ROWS.status_codes,
        prognosis_codes=_ROWS.prognosis_codes,
    ),
)

_SIDES = {
    "upper_facial": ("UF", UPPER_TEETH, slice(0, 3)),
    "upper_lingual": ("UL", UPPER_TEETH, slice(3, 6)),
    "lower_facial": ("LF", LOWER_TEETH, slice(0, 3)),
    "lower_lingual": ("LL", LOWER_TEETH, slice(3, 6)),
}


def _arch_sides(practice: Practice) -> Iterator[Values]:
    for exam, rows in groupby(practice.rows(_CHART_TABLE), key=lambda row: row["ExamID"]):
        strings = {str(row["ToothNo"]): _strings_of(row) for row in rows}
        packed: dict[str, Any] = {"ExamID": exam}
        for name in ("Pd", "Gm", "Bop"):
            for side, teeth, part in _SIDES.values():
                packed[f"{name}{side}"] = " ".join(
                    strings[tooth][name][part] if tooth in strings else "---" for tooth in teeth
                )
        yield packed


def _side_columns(name: str) -> dict[str, str]:
    return {segment: f"{name}{side}" for segment, (side, _, _) in _SIDES.items()}


PACKED = _variant(
    "packed",
    Table(
        "PerioChart",
        (
            Column("ExamID", "INT", "ExamID"),
            *(
                Column(column, "NVARCHAR(64)", column)
                for name in ("Pd", "Gm", "Bop")
                for column in _side_columns(name).values()
            ),
        ),
        of=_CHART_TABLE,
        rows=_arch_sides,
        key=("ExamID",),
    ),
    Packed(
        shape="packed",
        per="arch_side",
        notation="universal",
        gingival_margin_sign="recession_positive",
        not_assessable=("X",),
        not_recorded=("-",),
        tooth_separator=" ",
        measures={"probing_depth": _side_columns("Pd"), "gingival_margin": _side_columns("Gm")},
        marks={"bleeding": _side_columns("Bop")},
        mark_present=("1",),
        mark_absent=("0",),
    ),
)


def _whole_mouths(practice: Practice) -> Iterator[Values]:
    """One string per exam and measure: ``3,2,3/2,2,3;-,-,-/-,-,-;...``, upper right to left, then lower."""
    for exam, rows in groupby(practice.rows(_CHART_TABLE), key=lambda row: row["ExamID"]):
        strings = {str(row["ToothNo"]): row for row in rows}
        packed: dict[str, Any] = {"ExamID": exam}
        for name, of in (("PocketData", "Pd"), ("RecessionData", "Gm"), ("BleedData", "Bleeding")):
            packed[name] = ";".join(
                _tooth_part(strings.get(tooth), of, int(tooth)) for tooth in (*UPPER_TEETH, *LOWER_TEETH)
            )
        yield packed


def _tooth_part(row: Values | None, of: str, tooth: int) -> str:
    values = [None] * 6 if row is None else bits(row[of]) if of == "Bleeding" else six(row, of)
    written = as_charted(spelled(values, missing="", blocked="X"), tooth)
    return "/".join((",".join(written[:3]), ",".join(written[3:])))


WHOLE_MOUTH = _variant(
    "whole_mouth",
    Table(
        "PerioChart",
        (
            Column("ExamID", "INT", "ExamID"),
            *(Column(name, "VARCHAR(1200)", name) for name in ("PocketData", "RecessionData", "BleedData")),
        ),
        of=_CHART_TABLE,
        rows=_whole_mouths,
        key=("ExamID",),
    ),
    Packed(
        shape="packed",
        per="exam",
        notation="universal",
        gingival_margin_sign="recession_positive",
        not_assessable=("X",),
        site_separator=",",
        side_separator="/",
        tooth_separator=";",
        measures={"probing_depth": "PocketData", "gingival_margin": "RecessionData"},
        marks={"bleeding": "BleedData"},
        mark_present=("1",),
        mark_absent=("0",),
    ),
)

CHART_VARIANTS = (FLIPPED, FDI, PACKED, WHOLE_MOUTH, TRIPLETS, MIXED_SIGN, MIXED_NOTATION)
