"""Turns the rows of one exam into teeth, whichever of the known shapes they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from panda_twenty.panda.chart import Tooth
from panda_twenty.panda.chart_shapes.aspect_rows import aspect_rows_decoder
from panda_twenty.panda.chart_shapes.measure_rows import measure_rows_decoder
from panda_twenty.panda.chart_shapes.packed import packed_decoder, packed_rows_decoder
from panda_twenty.panda.chart_shapes.site_rows import site_rows_decoder
from panda_twenty.panda.chart_shapes.tooth_columns import tooth_columns_decoder
from panda_twenty.panda.chart_shapes.tooth_rows import wide_decoder
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

Chart = tuple[tuple[Tooth, ...], tuple[Problem, ...]]
"""The teeth of one exam in chart order, and what could not be read."""

ChartDecoder = Callable[[Sequence[Sequence[Any]]], Chart]
"""Takes all rows of one exam."""

ChartsDecoder = Callable[[Sequence[Sequence[Any]], Sequence[int]], Iterator[Chart]]
"""Takes the rows of several exams column by column, and where each begins and, at last, where all end."""


def chart_decoder(chart: ChartSource, places: Mapping[str, int]) -> ChartDecoder:
    """The decoder of one exam; ``places`` says where each of its columns stands in a row."""
    decode = charts_decoder(chart, places)
    return lambda rows: next(decode(list(zip(*rows, strict=True)), (0, len(rows))))


def charts_decoder(chart: ChartSource, places: Mapping[str, int]) -> ChartsDecoder:
    """The decoder of many exams; ``places`` says where each of its columns stands in a row."""
    if isinstance(chart, ToothRows):
        return tooth_columns_decoder(chart, places)
    if isinstance(chart, MeasureRows):
        return _one_by_one(measure_rows_decoder(chart, places))
    if isinstance(chart, SiteRows):
        return _one_by_one(site_rows_decoder(chart, places))
    if isinstance(chart, Wide):
        return _one_by_one(wide_decoder(chart, places))
    if isinstance(chart, AspectRows):
        return _one_by_one(aspect_rows_decoder(chart, places))
    if isinstance(chart, PackedRows):
        return _one_by_one(packed_rows_decoder(chart, places))
    return _one_by_one(packed_decoder(chart, places))


def _one_by_one(decode: ChartDecoder) -> ChartsDecoder:
    def decode_each(columns: Sequence[Sequence[Any]], bounds: Sequence[int]) -> Iterator[Chart]:
        rows = list(zip(*columns, strict=True))
        return (decode(rows[start:end]) for start, end in pairwise(bounds))

    return decode_each


def is_one_row_per_exam(chart: ChartSource) -> bool:
    """Whether the whole chart stands in the exam's own row."""
    return isinstance(chart, Wide) or (isinstance(chart, Packed) and chart.per != "tooth")


__all__ = ["Chart", "ChartDecoder", "ChartsDecoder", "chart_decoder", "charts_decoder", "is_one_row_per_exam"]
