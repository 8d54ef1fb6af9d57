"""One exam's chart, with what many fields ask of it worked out once: two hundred are made from one chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from operator import add
from typing import Any

from panda_twenty.panda.chart import (
    LOWER_TEETH,
    SITE_MARKS,
    UNRECORDED_SITES,
    UPPER_TEETH,
    Mark,
    Measurement,
    NotAssessable,
    Tooth,
    ToothStatus,
    measured,
)

Number = int | float

STANDING = (ToothStatus.PRESENT, ToothStatus.IMPLANT)
RIGHT_SIDE = frozenset(map(str, [*range(1, 9), *range(25, 33)]))
_SITES_OF_ASPECT = {"facial": slice(0, 3), "lingual": slice(3, 6)}

MOST_REMEMBERED = 20_000
"""Different cells of three sites whose text is remembered; some megabytes."""


class ExamChart:
    """The teeth of one exam, and what follows from them; everything is worked out when first asked for."""

    def __init__(self, teeth: Sequence[Tooth]) -> None:
        self.teeth = teeth
        self.indices: dict[str, Number | None] = {}
        self._rows: dict[str, dict[tuple[str, str], str | None]] = {}
        self._worst: dict[str, dict[str, Number | None]] = {}

    @cached_property
    def by_number(self) -> Mapping[str, Tooth]:
        return {tooth.number: tooth for tooth in self.teeth}

    @cached_property
    def statuses(self) -> Sequence[ToothStatus]:
        return [tooth.status for tooth in self.teeth]

    @cached_property
    def standing(self) -> Sequence[Tooth]:
        """The teeth that have sites to be examined, implants among them."""
        return [tooth for tooth in self.teeth if tooth.status in STANDING]

    @cached_property
    def present(self) -> Sequence[Tooth]:
        """The natural teeth that stand."""
        present = ToothStatus.PRESENT
        return [tooth for tooth in self.teeth if tooth.status is present]

    @cached_property
    def depths(self) -> Sequence[Number]:
        """Every measured probing depth."""
        return list(chain.from_iterable([tooth.measured_depths for tooth in self.standing]))

    @cached_property
    def losses(self) -> Sequence[Number]:
        """Every clinical attachment level that is known, implants left out."""
        return list(chain.from_iterable([tooth.measured_losses for tooth in self.present]))

    @cached_property
    def recessions(self) -> Sequence[Number]:
        """Every gingival margin apical to the cemento-enamel junction, implants left out."""
        margins = [measured(tooth.gingival_margin) for tooth in self.present]
        return [margin for margin in chain.from_iterable(margins) if margin > 0]

    @cached_property
    def how_deep(self) -> Mapping[Number, int]:
        """How many sites have each probing depth."""
        return Counter(self.depths)

    @cached_property
    def how_lost(self) -> Mapping[Number, int]:
        """How many sites have each clinical attachment level."""
        return Counter(self.losses)

    @cached_property
    def furcation_grades(self) -> Sequence[int]:
        """The worst grade of each tooth that has any."""
        return [
            max([grade for grade in tooth.furcation.values() if isinstance(grade, int)], default=0)
            for tooth in self.teeth
            if tooth.furcation
        ]

    @cached_property
    def mobilities(self) -> Sequence[str]:
        """The mobility of each tooth that has any, as recorded."""
        return [tooth.mobility.strip() for tooth in self.teeth if tooth.mobility]

    def worst(self, measure: str, number: str) -> Number | None:
        """The largest measured value of a tooth; None for one that is not there or has none."""
        known = self._worst.get(measure)
        if known is None:
            measured_of = _MEASURED[measure]
            known = self._worst[measure] = {
                tooth.number: max(measured_of(tooth), default=None) for tooth in self.teeth
            }
        return known.get(number)

    def row(self, measure: str, arch: str, aspect: str) -> str | None:
        """One chart row; None where no tooth of the arch has anything recorded in it."""
        rows = self._rows.get(measure)
        if rows is None:
            rows = self._rows[measure] = self._rows_of(measure)
        return rows[arch, aspect]

    @cached_property
    def _arches(self) -> Sequence[tuple[str, Sequence[Tooth], Sequence[str], Sequence[bool]]]:
        """The teeth of each arch that are charted, how a row names each, and whether it is a right one."""
        arches = []
        for arch, numbers in (("upper", UPPER_TEETH), ("lower", LOWER_TEETH)):
            teeth = [tooth for number in numbers if (tooth := self.by_number.get(number)) is not None]
            names = [f"{tooth.number}: " for tooth in teeth]
            arches.append((arch, teeth, names, [tooth.number in RIGHT_SIDE for tooth in teeth]))
        return arches

    def _rows_of(self, measure: str) -> dict[tuple[str, str], str | None]:
        cells_of = _mark_cells if measure in SITE_MARKS else _measurement_cells
        rows: dict[tuple[str, str], str | None] = {}
        for arch, teeth, names, on_right in self._arches:
            sixes = [tuple(site_values(tooth, measure)) for tooth in teeth]
            if sixes.count(UNRECORDED_SITES) == len(sixes):
                rows |= dict.fromkeys([(arch, aspect) for aspect in _SITES_OF_ASPECT])
                continue
            for aspect, sites in _SITES_OF_ASPECT.items():
                cells = list(map(cells_of, [six[sites] for six in sixes], on_right))
                is_empty = cells.count(_NOTHING) == len(cells)
                rows[arch, aspect] = None if is_empty else " | ".join(map(add, names, cells))
        return rows


_last = ExamChart(())


def exam_chart(teeth: Sequence[Tooth]) -> ExamChart:
    """The chart of these teeth; the one that was asked for last is kept."""
    global _last
    # Taken once: another thread may ask for another exam.
    chart = _last
    if chart.teeth is not teeth:
        chart = _last = ExamChart(teeth)
    return chart


def site_values(tooth: Tooth, measure: str) -> Sequence[Measurement | Mark]:
    """The six sites of a measure; the attachment level is worked out where the source does not store it."""
    if measure == "attachment_level":
        return tooth.attachment_losses
    values: Sequence[Measurement | Mark] = getattr(tooth, measure)
    return values


_MEASURED: Mapping[str, Callable[[Tooth], Sequence[Number]]] = {
    "probing_depth": lambda tooth: tooth.measured_depths,
    "gingival_margin": lambda tooth: measured(tooth.gingival_margin),
    "attachment_level": lambda tooth: tooth.measured_losses,
}
"""Of each measure of a site, the values of a tooth that are numbers."""


def cell_text(value: Measurement | Mark) -> str:
    if value is None:
        return "."
    if type(value) is int and -100 < value < 100:
        return str(value)
    if isinstance(value, NotAssessable):
        return "x"
    if isinstance(value, bool):
        return "+" if value else "-"
    return f"{value:g}"


_NOTHING = ". . ."


def _cells(three: tuple[Any, ...], is_right: bool) -> str:
    """The three cells of one aspect of a tooth as a chart shows them, from the patient's right to left."""
    return " ".join([cell_text(cell) for cell in (three if is_right else three[::-1])])


_Cells = Callable[[tuple[Any, ...], bool], str]
# One memory each: a mark that is True equals a depth of 1.
_measurement_cells: _Cells = lru_cache(MOST_REMEMBERED)(_cells)
_mark_cells: _Cells = lru_cache(MOST_REMEMBERED)(_cells)
