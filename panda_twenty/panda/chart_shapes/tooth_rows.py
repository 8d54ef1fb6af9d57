"""One row per exam and tooth, and the wide shape, which is 32 such rows side by side in the exam's row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import getitem, itemgetter
from typing import Any

from panda_twenty.panda.chart import PERMANENT_TEETH, Tooth, ToothStatus, six_unrecorded, tooth_of
from panda_twenty.panda.chart_shapes.readings import Findings, Memo, Readings, in_chart_order, source_text
from panda_twenty.panda.problems import Fault, Problem
from panda_twenty.panda.profile import ToothRows, Wide
from panda_twenty.panda.profile.chart import ToothColumns
from panda_twenty.panda.tooth_notation import from_universal

Row = tuple[Any, ...]
Six = tuple[Any, ...]
Part = Callable[[Row, str, Findings], Any]
"""Reads one field of a tooth from a row; the text is the tooth's Universal number, for findings."""


@dataclass(frozen=True)
class _Source:
    """The columns of a part, all of one meaning: one value, six sites, or a group by ``names``."""

    memo: Memo
    places: tuple[int, ...]
    names: tuple[Any, ...] = ()
    is_single: bool = False


@dataclass(frozen=True)
class _Read:
    """A part that is looked up in columns, and in which."""

    read: Part
    source: _Source

    def __call__(self, row: Row, tooth: str, findings: Findings) -> Any:
        return self.read(row, tooth, findings)


def tooth_rows_decoder(
    chart: ToothRows, places: Mapping[str, int]
) -> Callable[[Sequence[Row]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]:
    """Decodes rows of (exam, tooth)."""
    readings = Readings(chart)
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
            one_column(readings.bit_sum(chart.mark_bits), places[source], empty=six_unrecorded())
            if isinstance(source, str)
            else six_columns(source, readings.mark, readings, places)
        )

    quick = _sound_teeth(chart, readings, places, parts)

    def decode(rows: Sequence[Row]) -> tuple[tuple[Tooth, ...], tuple[Problem, ...]]:
        sound = quick(rows)
        if sound is not None:
            return sound, ()
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


def _sound_teeth(
    chart: ToothRows, readings: Readings, places: Mapping[str, int], parts: Mapping[str, Part]
) -> Callable[[Sequence[Row]], tuple[Tooth, ...] | None]:
    """Decodes an exam whose rows have no fault, all columns of a row in one pass; None for another."""
    plain = {name: part.source for name, part in parts.items() if isinstance(part, _Read)}
    called = {name: part for name, part in parts.items() if name not in plain}
    in_order = sorted(plain.items(), key=lambda each: not each[1].is_single)
    memos = [each.memo for _, each in in_order for _ in each.places]
    columns = [place for _, each in in_order for place in each.places]
    if len(columns) < 2:
        return lambda rows: None
    pick, tooth_place = itemgetter(*columns), places[chart.tooth]
    singles = [name for name, each in in_order if each.is_single]
    ends = accumulate([len(each.places) for _, each in in_order])
    cuts = [
        (name, slice(end - len(each.places), end)) for (name, each), end in zip(in_order, ends, strict=True)
    ]
    sixes = [(name, cut) for name, cut in cuts[len(singles) :] if not plain[name].names]
    groups = [
        (name, cut, plain[name].names, (None,) * len(plain[name].names))
        for name, cut in cuts
        if plain[name].names
    ]
    different_memos = list({id(memo): memo for memo in (readings.tooth, *memos)}.values())
    written = Memo(source_text)
    nobody = Findings()

    def teeth_of(rows: Sequence[Row]) -> tuple[Tooth, ...] | None:
        teeth: dict[str, Tooth] = {}
        read: list[Any] = []
        for row in rows:
            raw = row[tooth_place]
            number = readings.tooth[raw]
            values = tuple(map(getitem, memos, pick(row)))
            read += (number, *values)
            fields: dict[str, Any] = dict(zip(singles, values, strict=False))
            for name, cut in sixes:
                fields[name] = values[cut]
            for name, cut, keys, nothing in groups:
                if (group := values[cut]) != nothing:
                    found = zip(keys, group, strict=True)
                    fields[name] = {key: value for key, value in found if value is not None}
            for name, part in called.items():
                fields[name] = part(row, number, nobody)
            if "status" in fields and fields["status"] is None:
                del fields["status"]
            teeth[number] = tooth_of(number, written[raw], fields)
        if len(teeth) < len(rows):
            return None
        if any(memo.met_a_fault for memo in different_memos) and Fault in map(type, read):
            return None
        return in_chart_order(teeth.values())

    return teeth_of


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
    return tooth_of(number, source_text(raw), fields)


def report_second_row(number: str, findings: Findings) -> None:
    """The exam has the same tooth twice; the first row stands."""
    findings.add(
        number,
        "duplicate_tooth",
        "The exam has more than one row for this tooth; the first was taken. Delete the wrong one in PANDA.",
    )


def six_columns(columns: Sequence[str], memo: Memo, readings: Readings, places: Mapping[str, int]) -> Part:
    """Reads six columns, given in the source's site order, into SITES order."""
    own = tuple([places[columns[place]] for place in readings.site_order])
    pick = itemgetter(*own)
    look_up = memo.__getitem__

    def read(row: Row, tooth: str, findings: Findings) -> Six:
        values = tuple(map(look_up, pick(row)))
        return findings.settled_six(values, tooth) if memo.met_a_fault else values

    return _Read(read, _Source(memo, own))


def one_column(memo: Memo, place: int, label: str = "", *, empty: Any = None) -> Part:
    """Reads one column; ``empty`` stands in for a value that could not be read."""

    def read(row: Row, tooth: str, findings: Findings) -> Any:
        value = memo[row[place]]
        if not memo.met_a_fault:
            return value
        value = findings.settled(value, tooth, label)
        return empty if value is None else value

    return _Read(read, _Source(memo, (place,), is_single=True))


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

    names, own = zip(*positions, strict=True)
    return _Read(read, _Source(memo, own, names))


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
