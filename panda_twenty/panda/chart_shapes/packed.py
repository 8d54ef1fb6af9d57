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
from panda_twenty.panda.chart_shapes.sides import SIDES, sites_of
from panda_twenty.panda.chart_shapes.tooth_rows import report_second_row, tooth_level_parts
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import Packed, PackedRows
from panda_twenty.panda.profile.chart import Packing
from panda_twenty.panda.tooth_notation import from_universal

Row = Sequence[Any]
Decoded = tuple[tuple[Tooth, ...], tuple[Problem, ...]]


def packed_decoder(chart: Packed, places: Mapping[str, int]) -> Callable[[Sequence[Row]], Decoded]:
    """Decodes strings of sites."""
    strings = _Strings(chart)
    sources: dict[str, Any] = {**chart.measures, **chart.marks}
    tooth_level = tooth_level_parts(chart.tooth_level, strings.readings, places)

    def per_tooth(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        seen = set()
        for row in rows:
            raw = row[places[chart.tooth or ""]]
            number = drafts.findings.settled(strings.readings.tooth[raw], "")
            if number is None:
                continue
            if number in seen:
                report_second_row(number, drafts.findings)
                continue
            seen.add(number)
            drafts.tooth(number, source_text(raw))
            for name, source in sources.items():
                if isinstance(source, str):
                    strings.fill_tooth(drafts, number, name, _text(row[places[source]]))
                else:
                    for side, column in source.items():
                        strings.fill_side(drafts, number, name, side, _text(row[places[column]]))
            for name, part in tooth_level.items():
                drafts.put(number, name, part(row, number, drafts.findings))
        return drafts.finished()

    def per_exam(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        for name, column in sources.items():
            strings.fill_mouth(drafts, name, _text(rows[0][places[column]]))
        return drafts.finished()

    def per_arch_side(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        for name, columns in sources.items():
            for segment, column in columns.items():
                arch, _, side = segment.partition("_")
                text = _text(rows[0][places[column]])
                for number, part in strings.shared_out(text, strings.arches[arch], drafts, name, sites=3):
                    strings.fill_side(drafts, number, name, side, part)
        return drafts.finished()

    return {"tooth": per_tooth, "exam": per_exam, "arch_side": per_arch_side}[chart.per]


def packed_rows_decoder(chart: PackedRows, places: Mapping[str, int]) -> Callable[[Sequence[Row]], Decoded]:
    """Decodes rows of (exam, kind of measure), each with a string of the whole mouth."""
    strings = _Strings(chart)
    measure_place, values_place = places[chart.measure], places[chart.values]

    def decode(rows: Sequence[Row]) -> Decoded:
        drafts = Drafts(Findings())
        seen: set[str] = set()
        for row in rows:
            measure = chart.measure_codes.get(source_text(row[measure_place]))
            if measure is None:
                drafts.findings.add(
                    "",
                    "unknown_measure",
                    "The source profile does not say what a row measures. Add its code to measure_codes.",
                )
            elif measure in seen:
                drafts.findings.add(
                    "",
                    "second_row",
                    f"An exam has two rows of {measure.replace('_', ' ')}; the first was taken."
                    " Correct it in PANDA.",
                )
            else:
                seen.add(measure)
                strings.fill_mouth(drafts, measure, _text(row[values_place]))
        return drafts.finished()

    return decode


class _Strings:
    """Reads strings by the conventions of one chart."""

    def __init__(self, chart: Packing) -> None:
        self._chart = chart
        self.readings = Readings(chart)
        self.arches = {
            "upper": _teeth("upper", chart.upper_order),
            "lower": _teeth("lower", chart.lower_order),
        }
        self._of_tooth = {"mobility": self.readings.mobility, "status": self.readings.status}

    def fill_mouth(self, drafts: Drafts, name: str, text: str) -> None:
        """One measure, mark, mobility or status of every tooth."""
        is_of_tooth = name in self._of_tooth
        teeth = (*self.arches["upper"], *self.arches["lower"])
        for number, part in self.shared_out(text, teeth, drafts, name, sites=1 if is_of_tooth else 6):
            if is_of_tooth:
                drafts.put(number, name, drafts.findings.settled(self._of_tooth[name][part], number))
            else:
                self.fill_tooth(drafts, number, name, part)

    def shared_out(
        self, text: str, teeth: Sequence[str], drafts: Drafts, name: str, *, sites: int
    ) -> Iterator[tuple[str, str]]:
        """Each tooth with its part of the string; nothing but a finding if the string does not fit."""
        if not text:
            return
        if self._chart.tooth_separator:
            parts = text.split(self._chart.tooth_separator)
        else:
            length, rest = divmod(len(text), len(teeth))
            parts = [] if rest else [text[at : at + length] for at in range(0, len(text), length)]
        if len(parts) != len(teeth):
            _wrong_length(drafts.findings, "", name)
            return
        for number, part in zip(teeth, parts, strict=True):
            if not all(self.readings.absent(value) for value in self._values(part, sites)):
                drafts.tooth(number, from_universal(number, self._chart.notation))
                yield number, part

    def fill_tooth(self, drafts: Drafts, number: str, name: str, text: str) -> None:
        """The facial and the lingual sites of one tooth."""
        if not text.strip():
            return
        if self._chart.side_separator:
            sides = text.split(self._chart.side_separator)
        elif self._chart.site_separator:
            sites = text.split(self._chart.site_separator)
            sides = [self._chart.site_separator.join(sites[:3]), self._chart.site_separator.join(sites[3:])]
        else:
            sides = [text[: len(text) // 2], text[len(text) // 2 :]]
        if len(sides) != 2:
            _wrong_length(drafts.findings, number, name)
            return
        for side, part in zip(SIDES, sides, strict=True):
            self.fill_side(drafts, number, name, side, part)

    def fill_side(self, drafts: Drafts, number: str, name: str, side: str, part: str) -> None:
        """The three sites of one side of a tooth."""
        if not part.strip():
            return
        values = self._values(part)
        if len(values) != 3:
            _wrong_length(drafts.findings, number, name)
            return
        memo: Memo = self.readings.measures.get(name, self.readings.mark)
        six = drafts.six(number, name)
        for site, value in zip(sites_of(side, number, self._chart.directions), values, strict=True):
            six[site] = drafts.findings.settled(memo[value], number)

    def _values(self, part: str, sites: int = 3) -> list[str]:
        """The values of a part of a string that has so many sites, unless it says otherwise itself."""
        if self._chart.side_separator and sites > 3:
            return [value for side in part.split(self._chart.side_separator) for value in self._values(side)]
        if self._chart.site_separator:
            return [value.strip() for value in part.split(self._chart.site_separator)]
        width = len(part) // sites if len(part) % sites == 0 else 1
        return [part[at : at + width].strip() for at in range(0, len(part), max(1, width))]


def _text(raw: Any) -> str:
    return "" if raw is None else str(raw).rstrip("\r\n")


def _teeth(arch: str, order: str) -> tuple[str, ...]:
    teeth = UPPER_TEETH if arch == "upper" else LOWER_TEETH
    return teeth if order == "right_to_left" else teeth[::-1]


def _wrong_length(findings: Findings, number: str, name: str) -> None:
    findings.add(
        number,
        "wrong_length",
        f"A string of {name.replace('_', ' ')} has more or fewer sites than the profile says, so it was left"
        " out. Check the separators in the source profile, or correct the chart in PANDA.",
    )
