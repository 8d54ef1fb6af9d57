"""One exam's chart, with what many fields ask of it worked out once: two hundred are made from one chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from panda_twenty.panda.chart import (
    LOWER_TEETH,
    SITE_MARKS,
    UPPER_TEETH,
    Mark,
    Measurement,
    NotAssessable,
    Tooth,
    ToothStatus,
)

Number = int | float

STANDING = (ToothStatus.PRESENT, ToothStatus.IMPLANT)
RIGHT_SIDE = frozenset(map(str, [*range(1, 9), *range(25, 33)]))
ASPECT_OF_ROW = ("facial", "lingual")

MOST_REMEMBERED = 20_000
"""Sixes of one measure whose cells are remembered; some megabytes."""


class ExamChart:
    """The teeth of one exam, and what follows from them; everything is worked out when first asked for."""

    def __init__(self, teeth: Sequence[Tooth]) -> None:
        self.teeth = teeth
        self.indices: dict[str, Number | None] = {}
        self._rows: dict[str, dict[tuple[str, str], str | None]] = {}

    @cached_property
    def by_number(self) -> Mapping[str, Tooth]:
        return {tooth.number: tooth for tooth in self.teeth}

    @cached_property
    def standing(self) -> Sequence[Tooth]:
        """The teeth that have sites to be examined, implants among them."""
        return [tooth for tooth in self.teeth if tooth.status in STANDING]

    @cached_property
    def present(self) -> Sequence[Tooth]:
        """The natural teeth that stand."""
        return [tooth for tooth in self.teeth if tooth.status is ToothStatus.PRESENT]

    @cached_property
    def depths(self) -> Sequence[Number]:
        """Every measured probing depth."""
        return [depth for tooth in self.standing for depth in tooth.measured_depths]

    @cached_property
    def losses(self) -> Sequence[Number]:
        """Every clinical attachment level that is known, implants left out."""
        return [
            loss
            for tooth in self.present
            for loss in tooth.attachment_losses
            if isinstance(loss, int | float)
        ]

    @cached_property
    def recessions(self) -> Sequence[Number]:
        """Every gingival margin apical to the cemento-enamel junction, implants left out."""
        return [
            margin
            for tooth in self.present
            for margin in tooth.gingival_margin
            if isinstance(margin, int | float) and margin > 0
        ]

    def row(self, measure: str, arch: str, aspect: str) -> str | None:
        """One chart row; None where no tooth of the arch has anything recorded in it."""
        rows = self._rows.get(measure)
        if rows is None:
            rows = self._rows[measure] = self._rows_of(measure)
        return rows[arch, aspect]

    def _rows_of(self, measure: str) -> dict[tuple[str, str], str | None]:
        cells_of = _mark_cells if measure in SITE_MARKS else _measurement_cells
        rows: dict[tuple[str, str], str | None] = {}
        for arch, numbers in (("upper", UPPER_TEETH), ("lower", LOWER_TEETH)):
            teeth = [tooth for number in numbers if (tooth := self.by_number.get(number)) is not None]
            cells = [
                cells_of(tuple(site_values(tooth, measure)), tooth.number in RIGHT_SIDE) for tooth in teeth
            ]
            for place, aspect in enumerate(ASPECT_OF_ROW):
                texts = [of_tooth[place] for of_tooth in cells]
                rows[arch, aspect] = (
                    " | ".join([f"{tooth.number}: {text}" for tooth, text in zip(teeth, texts, strict=True)])
                    if texts.count(_NOTHING) < len(texts)
                    else None
                )
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


def _cells(six: tuple[Any, ...], is_right: bool) -> tuple[str, str]:
    """The facial and the lingual cells of a tooth as a chart shows them, from the patient's right to left."""
    return _three(six[:3], is_right), _three(six[3:], is_right)


def _three(cells: tuple[Any, ...], is_right: bool) -> str:
    return " ".join([cell_text(cell) for cell in (cells if is_right else cells[::-1])])


_Cells = Callable[[tuple[Any, ...], bool], tuple[str, str]]
# One memory each: a mark that is True equals a depth of 1.
_measurement_cells: _Cells = lru_cache(MOST_REMEMBERED)(_cells)
_mark_cells: _Cells = lru_cache(MOST_REMEMBERED)(_cells)
