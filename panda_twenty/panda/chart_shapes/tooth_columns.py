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

from panda_twenty.panda.chart import TOOTH_FIELDS, Tooth, ToothStatus, teeth_of
from panda_twenty.panda.chart_shapes.readings import Memo, Readings, source_text
from panda_twenty.panda.chart_shapes.tooth_rows import tooth_rows_decoder
from panda_twenty.panda.problems import Fault, Problem
from panda_twenty.panda.profile import ToothRows
from panda_twenty.panda.tooth_notation import TOOTH_ORDER

Chart = tuple[tuple[Tooth, ...], tuple[Problem, ...]]

MOST_COMBINATIONS = 20_000
"""Combinations of six sites, or of what belongs to a whole tooth, that are remembered; some megabytes."""


_GROUPS = ("furcation", "mucogingival_junction", "keratinized_width")
_BARE = Tooth("")


class _Part:
    """A field of a tooth, or several, read from some columns at once."""

    def __init__(self, places: Sequence[int], memo: Memo) -> None:
        self._places = places
        self._memo = memo

    def read(self, columns: Sequence[Sequence[Any]], damaged: set[int]) -> list[Any]:
        """What each row says; the numbers of rows with a fault are added to ``damaged``."""
        if len(self._memo) > MOST_COMBINATIONS:
            self._memo.forget()
        # A zip that nobody keeps the tuples of makes one tuple for all.
        found = list(map(self._memo.__getitem__, self._raw(columns)))
        faults = self._memo.faults
        if faults and not faults.isdisjoint(self._raw(columns)):
            damaged.update(number for number, each in enumerate(self._raw(columns)) if each in faults)
        return found

    def _raw(self, columns: Sequence[Sequence[Any]]) -> Iterable[Any]:
        if len(self._places) == 1:
            return columns[self._places[0]]
        return zip(*[columns[place] for place in self._places], strict=True)


def tooth_columns_decoder(
    chart: ToothRows, places: Mapping[str, int]
) -> Callable[[Sequence[Sequence[Any]], Sequence[int]], Iterator[Chart]]:
    """Decodes the columns of several exams; the second argument says where each begins, and where all end."""
    readings = Readings(chart)
    one_by_one = tooth_rows_decoder(chart, readings, places)
    parts = {**_own(chart, readings, places), **_sixes(chart, readings, places)}
    parts |= _groups(chart, readings, places)
    ranks = _Part((places[chart.tooth],), Memo(lambda raw: _rank(readings.tooth[raw])))

    def decode(columns: Sequence[Sequence[Any]], bounds: Sequence[int]) -> Iterator[Chart]:
        def alone(start: int, end: int) -> Chart:
            return one_by_one(list(zip(*(column[start:end] for column in columns), strict=True)))

        damaged: set[int] = set()
        order = ranks.read(columns, damaged)
        fields = {name: part.read(columns, damaged) for name, part in parts.items()}
        # A field that the chart does not have is the same in all of them.
        teeth = list(teeth_of(*(fields.get(name) or repeat(getattr(_BARE, name)) for name in TOOTH_FIELDS)))
        for start, end in pairwise(bounds):
            if damaged and not damaged.isdisjoint(range(start, end)):
                yield alone(start, end)
            elif all(map(lt, order[start:end], order[start + 1 : end])):
                yield tuple(teeth[start:end]), ()
            elif len(set(order[start:end])) == end - start:
                yield tuple([teeth[at] for at in sorted(range(start, end), key=order.__getitem__)]), ()
            else:
                yield alone(start, end)

    return decode


def _of_each(memo: Memo) -> Memo:
    """Reads several values of one meaning at once."""
    return Memo(lambda raw: tuple(map(memo.__getitem__, raw)))


def _rank(number: str | Fault) -> int | Fault:
    return number if isinstance(number, Fault) else TOOTH_ORDER[number]


def _own(chart: ToothRows, readings: Readings, places: Mapping[str, int]) -> dict[str, _Part]:
    """What is said once of each tooth."""
    level = chart.tooth_level
    parts = {
        "number": _Part((places[chart.tooth],), readings.tooth),
        "source_number": _Part((places[chart.tooth],), Memo(source_text)),
    }
    memos = {
        "status": Memo(lambda raw: readings.status[raw] or ToothStatus.PRESENT),
        "mobility": readings.mobility,
        "prognosis": readings.prognosis,
        "note": Memo(lambda raw: source_text(raw) or None),
    }
    for name, memo in memos.items():
        column = getattr(level, name)
        if column is not None:
            parts[name] = _Part((places[column],), memo)
    return parts


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
