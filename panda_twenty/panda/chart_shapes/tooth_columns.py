"""Rows of one tooth each, decoded many exams at a time and column by column.

A practice with ten thousand patients has a million such rows of thirty columns. Six sites that are read
together are looked up together, and what does not vary from site to site is copied from a tooth that had
the same. An exam with anything that cannot be read, or with a tooth twice, is left to ``tooth_rows.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, repeat
from operator import lt
from typing import Any

from panda_twenty.panda.chart import SITE_MARKS, SITE_MEASURES, Tooth, six_unrecorded, tooth_of
from panda_twenty.panda.chart_shapes.readings import Memo, Readings, source_text
from panda_twenty.panda.chart_shapes.tooth_rows import tooth_rows_decoder
from panda_twenty.panda.problems import Fault, Problem
from panda_twenty.panda.profile import ToothRows
from panda_twenty.panda.tooth_notation import TOOTH_ORDER

Chart = tuple[tuple[Tooth, ...], tuple[Problem, ...]]

MOST_COMBINATIONS = 20_000
"""Combinations of six sites, or of what belongs to a whole tooth, that are remembered; some megabytes."""


_GROUPS = ("furcation", "mucogingival_junction", "keratinized_width")
_WITHOUT: Mapping[tuple[str, ...], Any] = {(*SITE_MEASURES, *SITE_MARKS): six_unrecorded(), _GROUPS: {}}
"""The fields that are read by site and those by group, and what stands in one that the chart does not have."""


class _Part:
    """A field of a tooth, or several, read from some columns at once."""

    def __init__(self, places: Sequence[int], memo: Memo) -> None:
        self._places = places
        self._memo = memo

    def read(self, columns: Sequence[Sequence[Any]], damaged: set[int]) -> list[Any]:
        """What each row says; the numbers of rows with a fault are added to ``damaged``."""
        if len(self._memo) > MOST_COMBINATIONS:
            self._memo.forget()
        if len(self._places) == 1:
            raw = columns[self._places[0]]
        else:
            raw = list(zip(*[columns[place] for place in self._places], strict=True))
        found = list(map(self._memo.__getitem__, raw))
        faults = self._memo.faults
        if faults and not faults.isdisjoint(raw):
            damaged.update(number for number, each in enumerate(raw) if each in faults)
        return found


def tooth_columns_decoder(
    chart: ToothRows, places: Mapping[str, int]
) -> Callable[[Sequence[Sequence[Any]], Sequence[int]], Iterator[Chart]]:
    """Decodes the rows of several exams; the second argument says where each begins, and where all end."""
    readings = Readings(chart)
    one_by_one = tooth_rows_decoder(chart, readings, places)
    ranks = _Part((places[chart.tooth],), Memo(lambda raw: _rank(readings.tooth[raw])))
    whole_tooth = _whole_tooth(chart, readings, places)
    parts = {**_sixes(chart, readings, places), **_groups(chart, readings, places)}
    note = None if chart.tooth_level.note is None else places[chart.tooth_level.note]

    def decode(rows: Sequence[Sequence[Any]], bounds: Sequence[int]) -> Iterator[Chart]:
        columns = list(zip(*rows, strict=True))
        damaged: set[int] = set()
        order = ranks.read(columns, damaged)
        alike = whole_tooth.read(columns, damaged)
        found = [
            parts[name].read(columns, damaged) if name in parts else repeat(nothing)
            for names, nothing in _WITHOUT.items()
            for name in names
        ]
        for number in damaged:
            alike[number] = {}
        teeth = _teeth(alike, found)
        if note is not None:
            for tooth, written in zip(teeth, columns[note], strict=True):
                tooth.__dict__["note"] = source_text(written) or None
        for start, end in pairwise(bounds):
            if damaged and not damaged.isdisjoint(range(start, end)):
                yield one_by_one(rows[start:end])
            elif all(map(lt, order[start:end], order[start + 1 : end])):
                yield tuple(teeth[start:end]), ()
            elif len(set(order[start:end])) == end - start:
                yield tuple([teeth[at] for at in sorted(range(start, end), key=order.__getitem__)]), ()
            else:
                yield one_by_one(rows[start:end])

    return decode


def _teeth(alike: Sequence[Mapping[str, Any]], found: Sequence[Iterable[Any]]) -> list[Tooth]:
    """One tooth a row: the fields of ``alike``, and over them what was ``found`` by site, then by group."""
    teeth = []
    new = object.__new__
    for (
        fields,
        depth,
        margin,
        level,
        bleeding,
        suppuration,
        plaque,
        calculus,
        furcation,
        junction,
        width,
    ) in zip(alike, *found, strict=False):
        tooth = new(Tooth)
        # As in chart.tooth_of: a frozen dataclass sets each field by a call.
        own = tooth.__dict__
        own.update(fields)
        own["probing_depth"] = depth
        own["gingival_margin"] = margin
        own["attachment_level"] = level
        own["bleeding"] = bleeding
        own["suppuration"] = suppuration
        own["plaque"] = plaque
        own["calculus"] = calculus
        own["furcation"] = furcation
        own["mucogingival_junction"] = junction
        own["keratinized_width"] = width
        teeth.append(tooth)
    return teeth


def _of_each(memo: Memo) -> Memo:
    """Reads several values of one meaning at once."""
    return Memo(lambda raw: tuple(map(memo.__getitem__, raw)))


def _rank(number: str | Fault) -> int | Fault:
    return number if isinstance(number, Fault) else TOOTH_ORDER[number]


def _whole_tooth(chart: ToothRows, readings: Readings, places: Mapping[str, int]) -> _Part:
    """What is said of a tooth as a whole, as the fields of a tooth that has nothing else."""
    level = chart.tooth_level
    memos = {"status": readings.status, "mobility": readings.mobility, "prognosis": readings.prognosis}
    named = {name: column for name in memos if (column := getattr(level, name)) is not None}

    def read(raw: Any) -> dict[str, Any] | Fault:
        written, *cells = raw if named else (raw,)
        fields = {name: memos[name][cell] for name, cell in zip(named, cells, strict=True)}
        number = readings.tooth[written]
        for each in (number, *fields.values()):
            if isinstance(each, Fault):
                return each
        if "status" in fields and fields["status"] is None:
            del fields["status"]
        return dict(tooth_of(number, source_text(written), fields).__dict__)

    return _Part(tuple(places[column] for column in (chart.tooth, *named.values())), Memo(read))


def _sixes(chart: ToothRows, readings: Readings, places: Mapping[str, int]) -> dict[str, _Part]:
    """What is said per site, in SITES order."""
    sixes: dict[str, _Part] = {}
    for name, source in {**chart.measures, **chart.marks}.items():
        if isinstance(source, str):
            sixes[name] = _Part((places[source],), readings.bit_sum(chart.mark_bits))
        else:
            memo = readings.measures[name] if name in chart.measures else readings.mark
            own = tuple(places[source[place]] for place in readings.site_order)
            sixes[name] = _Part(own, _of_each(memo))
    return sixes


def _groups(chart: ToothRows, readings: Readings, places: Mapping[str, int]) -> dict[str, _Part]:
    """What is said per entrance or aspect: a mapping that holds only what was recorded."""
    groups = {}
    for name in _GROUPS:
        columns = getattr(chart.tooth_level, name)
        if columns:
            memo = readings.furcation if name == "furcation" else readings.measures[name]
            own = tuple(places[column] for column in columns.values())
            groups[name] = _Part(own, _of_group(tuple(columns), memo))
    return groups


def _of_group(names: Sequence[Any], memo: Memo) -> Memo:
    def read(raw: Any) -> dict[Any, Any] | Fault:
        found = [memo[cell] for cell in (raw if len(names) > 1 else (raw,))]
        for each in found:
            if isinstance(each, Fault):
                return each
        return {name: value for name, value in zip(names, found, strict=True) if value is not None}

    return Memo(read)
