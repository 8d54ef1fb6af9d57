"""One row per exam and tooth, and the wide shape, which is 32 such rows side by side in the exam's row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from panda_twenty.panda.chart import PERMANENT_TEETH, UNRECORDED_SITES, Tooth, ToothStatus
from panda_twenty.panda.chart_shapes.readings import Findings, Memo, Readings, in_chart_order, source_text
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import ToothRows, Wide
from panda_twenty.panda.profile.chart import ToothColumns
from panda_twenty.panda.tooth_notation import from_universal

Row = Sequence[Any]
Six = tuple[Any, ...]
Part = Callable[[Row, str, Findings], Any]
"""Reads one field of a tooth from a row; the text is the tooth's Universal number, for findings."""


def tooth_rows_decoder(
    chart: ToothRows, readings: Readings, places: Mapping[str, int]
) -> Callable[[Sequence[Row]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]:
    """Decodes rows of (exam, tooth), one by one; what has no fault is decoded by ``tooth_columns.py``."""
    tooth_place = places[chart.tooth]
    parts = {
        **{
            measure: six_columns(columns, readings.measures[measure], readings, places)
            for measure, columns in chart.measures.items()
        },
        **tooth_level_parts(chart.tooth_level, readings, places),
    }
    for mark, source in chart.marks.items():
        parts[mark] = (
            one_column(readings.bit_sum(chart.mark_bits), places[source], empty=UNRECORDED_SITES)
            if isinstance(source, str)
            else six_columns(source, readings.mark, readings, places)
        )

    def decode(rows: Sequence[Row]) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        findings = Findings()
        teeth: dict[str, Tooth] = {}
        for row in rows:
            raw = row[tooth_place]
            number = findings.settled(readings.tooth[raw], "")
            if number is None:
                continue
            tooth = built_tooth(number, raw, parts, row, findings)
            if teeth.setdefault(number, tooth) is not tooth:
                report_second_row(number, findings)
        return in_chart_order(teeth.values()), findings.problems()

    return decode


def wide_decoder(
    chart: Wide, places: Mapping[str, int]
) -> Callable[[Sequence[Row]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]:
    """Decodes the one row of an exam; a tooth with nothing in any of its columns is left out."""
    readings = Readings(chart)
    teeth_parts = []
    for number in PERMANENT_TEETH:
        sixes = {name: chart.six_columns(pattern, number) for name, pattern in chart.measures.items()}
        parts = {
            name: six_columns(columns, readings.measures[name], readings, places)
            for name, columns in sixes.items()
        }
        for mark, pattern in chart.marks.items():
            columns = sixes[mark] = chart.six_columns(pattern, number)
            parts[mark] = six_columns(columns, readings.mark, readings, places)
        level = _at_tooth(chart, number)
        parts |= tooth_level_parts(level, readings, places)
        own = [places[column] for six in sixes.values() for column in six]
        own.extend(places[column] for column in level.named())
        teeth_parts.append((number, parts, own))

    def decode(rows: Sequence[Row]) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        findings = Findings()
        row = rows[0]
        teeth = [
            built_tooth(number, from_universal(number, chart.notation), parts, row, findings)
            for number, parts, own in teeth_parts
            if any(not readings.absent(source_text(row[place])) for place in own)
        ]
        return in_chart_order(teeth), findings.problems()

    return decode


def built_tooth(number: str, raw: Any, parts: Mapping[str, Part], row: Row, findings: Findings) -> Tooth:
    """The tooth of one row; a status that is not recorded counts as present."""
    fields = {name: part(row, number, findings) for name, part in parts.items()}
    if fields.get("status", ToothStatus.PRESENT) is None:
        del fields["status"]
    return Tooth(number, source_number=source_text(raw), **fields)


def report_second_row(number: str, findings: Findings) -> None:
    """The exam has the same tooth twice; the first row stands."""
    findings.add(
        number,
        "duplicate_tooth",
        "The exam has more than one row for this tooth; the first was taken. Delete the wrong one in PANDA.",
    )


def six_columns(columns: Sequence[str], memo: Memo, readings: Readings, places: Mapping[str, int]) -> Part:
    """Reads six columns, given in the source's site order, into SITES order."""
    pick = itemgetter(*(places[columns[place]] for place in readings.site_order))
    look_up = memo.__getitem__

    def read(row: Row, tooth: str, findings: Findings) -> Six:
        values = tuple(map(look_up, pick(row)))
        return findings.settled_six(values, tooth) if memo.faults else values

    return read


def one_column(memo: Memo, place: int, label: str = "", *, empty: Any = None) -> Part:
    """Reads one column; ``empty`` stands in for a value that could not be read."""

    def read(row: Row, tooth: str, findings: Findings) -> Any:
        value = memo[row[place]]
        if not memo.faults:
            return value
        value = findings.settled(value, tooth, label)
        return empty if value is None else value

    return read


def tooth_level_parts(
    columns: ToothColumns, readings: Readings, places: Mapping[str, int]
) -> dict[str, Part]:
    """The fields of a tooth that have one value for the tooth, an entrance or an aspect."""
    parts: dict[str, Part] = {}
    for name, column in (
        ("status", columns.status),
        ("mobility", columns.mobility),
        ("prognosis", columns.prognosis),
    ):
        if column is not None:
            parts[name] = one_column(getattr(readings, name), places[column])
    if columns.note is not None:
        note = places[columns.note]
        parts["note"] = lambda row, tooth, findings: source_text(row[note]) or None
    if columns.furcation:
        parts["furcation"] = _group(columns.furcation, readings.furcation, places)
    for name, aspects in (
        ("mucogingival_junction", columns.mucogingival_junction),
        ("keratinized_width", columns.keratinized_width),
    ):
        if aspects:
            parts[name] = _group(aspects, readings.measures[name], places)
    return parts


def _group(columns: Mapping[Any, str], memo: Memo, places: Mapping[str, int]) -> Part:
    """Reads columns per entrance or aspect into a mapping that holds only what was recorded."""
    positions = tuple((name, places[column]) for name, column in columns.items())

    def read(row: Row, tooth: str, findings: Findings) -> dict[str, Any]:
        found = {}
        for name, place in positions:
            value = memo[row[place]]
            if value is not None:
                value = findings.settled(value, tooth, name)
                if value is not None:
                    found[name] = value
        return found

    return read


def _at_tooth(chart: Wide, number: str) -> ToothColumns:
    """The tooth-level columns of one tooth, their patterns filled in."""

    def named(pattern: str | None) -> str | None:
        return None if pattern is None else chart.tooth_column(pattern, number)

    level = chart.tooth_level
    return ToothColumns(
        status=named(level.status),
        mobility=named(level.mobility),
        furcation={key: chart.tooth_column(pattern, number) for key, pattern in level.furcation.items()},
        mucogingival_junction={
            key: chart.tooth_column(pattern, number) for key, pattern in level.mucogingival_junction.items()
        },
        keratinized_width={
            key: chart.tooth_column(pattern, number) for key, pattern in level.keratinized_width.items()
        },
        prognosis=named(level.prognosis),
        note=named(level.note),
    )
