"""Turns the rows of one exam into teeth, whichever of the known shapes they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import Tooth
from panda_twenty.panda.chart_shapes.aspect_rows import aspect_rows_decoder
from panda_twenty.panda.chart_shapes.measure_rows import measure_rows_decoder
from panda_twenty.panda.chart_shapes.packed import packed_decoder, packed_rows_decoder
from panda_twenty.panda.chart_shapes.site_rows import site_rows_decoder
from panda_twenty.panda.chart_shapes.tooth_rows import tooth_rows_decoder, wide_decoder
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import (
    AspectRows,
    ChartSource,
    MeasureRows,
    Packed,
    PackedRows,
    SiteRows,
    ToothRows,
    Wide,
)

ChartDecoder = Callable[[Sequence[tuple[Any, ...]]], tuple[tuple[Tooth, ...], tuple[Problem, ...]]]
"""Takes all rows of one exam; answers its teeth in chart order and what could not be read."""


def chart_decoder(chart: ChartSource, places: Mapping[str, int]) -> ChartDecoder:
    """The decoder for ``chart``; ``places`` says where each of its columns stands in a row."""
    if isinstance(chart, ToothRows):
        return tooth_rows_decoder(chart, places)
    if isinstance(chart, MeasureRows):
        return measure_rows_decoder(chart, places)
    if isinstance(chart, SiteRows):
        return site_rows_decoder(chart, places)
    if isinstance(chart, Wide):
        return wide_decoder(chart, places)
    if isinstance(chart, AspectRows):
        return aspect_rows_decoder(chart, places)
    if isinstance(chart, PackedRows):
        return packed_rows_decoder(chart, places)
    return packed_decoder(chart, places)


def is_one_row_per_exam(chart: ChartSource) -> bool:
    """Whether the whole chart stands in the exam's own row."""
    return isinstance(chart, Wide) or (isinstance(chart, Packed) and chart.per != "tooth")


__all__ = ["ChartDecoder", "chart_decoder", "is_one_row_per_exam"]
