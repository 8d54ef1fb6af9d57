"""Many sites in one string: per tooth, per side of an arch, or per exam.

On screen a chart runs from the patient's right to left; the three sites of a tooth then run distal to mesial
on the right side and mesial to distal on the left, which is how most programs string them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import LOWER_TEETH, UPPER_TEETH, Tooth
from panda_twenty.panda.chart_shapes.drafts import Drafts
from panda_twenty.panda.chart_shapes.readings import Findings, Memo, Readings, source_text
from panda_twenty.panda.chart_shapes.tooth_rows import report_second_row, tooth_level_parts
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import Packed
from panda_twenty.panda.tooth_notation import from_universal

Row = tuple[Any, ...]
Decoded = tuple[tuple[Tooth, ...], tuple[Problem, ...]]

_SIDES = {"facial": (0, 1, 2), "lingual": (3, 4, 5)}
"""The sites of a side from distal to mesial, as indexes of SITES."""


def packed_decoder(chart: Packed, places: Mapping[str, int]) -> Callable[[Sequence[Row]], Decoded]:
    """Decodes strings of sites."""
    readings = Readings(chart)
    memos: dict[str, Memo] = {
        **{name: readings.measures[name] for name in chart.measures},
        **dict.fromkeys(chart.marks, readings.mark),
    }
    sources: dict[str, Any] = {**chart.measures, **chart.marks}
    arches = {"upper": _teeth("upper", chart.upper_order), "lower": _teeth("lower", chart.lower_order)}

    def per_tooth(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        seen = set()
        for row in rows:
            raw = row[places[chart.tooth or ""]]
            number = drafts.findings.settled(readings.tooth[raw], "")
            if number is None:
                continue
            if number in seen:
                report_second_row(number, drafts.findings)
                continue
            seen.add(number)
            drafts.tooth(number, source_text(raw))
            for name, source in sources.items():
                if isinstance(source, str):
                    _both_sides(_text(row[places[source]]), number, name)(drafts)
                else:
                    for side, column in source.items():
                        fill(drafts, number, name, side, _text(row[places[column]]))
            for name, part in tooth_level.items():
                drafts.put(number, name, part(row, number, drafts.findings))
        return drafts.finished()

    def per_exam(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        teeth = (*arches["upper"], *arches["lower"])
        for name, column in sources.items():
            text = _text(rows[0][places[column]])
            for number, part in _shared_out(text, teeth, drafts, name):
                _both_sides(part, number, name)(drafts)
        return drafts.finished()

    def per_arch_side(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        for name, columns in sources.items():
            for segment, column in columns.items():
                arch, _, side = segment.partition("_")
                text = _text(rows[0][places[column]])
                for number, part in _shared_out(text, arches[arch], drafts, name):
                    fill(drafts, number, name, side, part)
        return drafts.finished()

    def _shared_out(text: str, teeth: Sequence[str], drafts: Drafts, name: str) -> Iterator[tuple[str, str]]:
        """Each tooth with its part of the string; nothing but a finding if the string does not fit."""
        if not text:
            return
        if chart.tooth_separator:
            parts = text.split(chart.tooth_separator)
        else:
            length, rest = divmod(len(text), len(teeth))
            parts = [] if rest else [text[at : at + length] for at in range(0, len(text), length)]
        if len(parts) != len(teeth):
            _wrong_length(drafts.findings, "", name)
            return
        for number, part in zip(teeth, parts, strict=True):
            if not all(readings.absent(value) for value in values_of(part)):
                drafts.tooth(number, from_universal(number, chart.notation))
                yield number, part

    def _both_sides(text: str, number: str, name: str) -> Callable[[Drafts], None]:
        """Fills in the facial and the lingual sites of one tooth."""

        def put(drafts: Drafts) -> None:
            if not text.strip():
                return
            if chart.side_separator:
                sides = text.split(chart.side_separator)
            elif chart.site_separator:
                sites = text.split(chart.site_separator)
                sides = [chart.site_separator.join(sites[:3]), chart.site_separator.join(sites[3:])]
            else:
                sides = [text[: len(text) // 2], text[len(text) // 2 :]]
            if len(sides) != 2:
                _wrong_length(drafts.findings, number, name)
                return
            for side, part in zip(_SIDES, sides, strict=True):
                fill(drafts, number, name, side, part)

        return put

    def values_of(part: str) -> list[str]:
        """The single values of a part of a string, both sides alike."""
        sides = part.split(chart.side_separator) if chart.side_separator else [part]
        return [
            value.strip()
            for side in sides
            for value in (side.split(chart.site_separator) if chart.site_separator else side)
        ]

    def fill(drafts: Drafts, number: str, name: str, side: str, part: str) -> None:
        if not part.strip():
            return
        values = values_of(part)
        if len(values) != 3:
            _wrong_length(drafts.findings, number, name)
            return
        sites = _SIDES[side]
        if chart.directions[_quadrant(number)] == "mesial_to_distal":
            sites = sites[::-1]
        six = drafts.six(number, name)
        for site, value in zip(sites, values, strict=True):
            six[site] = drafts.findings.settled(memos[name][value], number)

    tooth_level = tooth_level_parts(chart.tooth_level, readings, places)
    return {"tooth": per_tooth, "exam": per_exam, "arch_side": per_arch_side}[chart.per]


def _text(raw: Any) -> str:
    return "" if raw is None else str(raw).rstrip("\r\n")


def _teeth(arch: str, order: str) -> tuple[str, ...]:
    teeth = UPPER_TEETH if arch == "upper" else LOWER_TEETH
    return teeth if order == "right_to_left" else teeth[::-1]


def _quadrant(number: str) -> Any:
    """The quadrant of a tooth, by the first digit of its FDI number."""
    return ("upper_right", "upper_left", "lower_left", "lower_right")[
        (int(from_universal(number, "fdi")[0]) - 1) % 4
    ]


def _wrong_length(findings: Findings, number: str, name: str) -> None:
    findings.add(
        number,
        "wrong_length",
        f"A string of {name.replace('_', ' ')} has more or fewer sites than the profile says, so it was left"
        " out. Check the separators in the source profile, or correct the chart in PANDA.",
    )
