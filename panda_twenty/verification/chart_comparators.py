"""The chart read back: Twenty's rows and JSON taken apart and held against the source's teeth.

A cell of a row is a number of millimetres, ``x`` for not assessable, ``+`` or ``-`` for a mark, or None:
numbers and marks stay apart, although Python holds 1 and True to be equal. Two hundred fields are compared
for each exam, so what six sites say is told once and remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from panda_twenty.panda.chart import SITE_MARKS, NotAssessable, Tooth, ToothStatus
from panda_twenty.verification.comparators import Comparison, spoken

_UPPER = [str(number) for number in range(1, 17)]
_LOWER = [str(number) for number in range(32, 16, -1)]
_LEFT_SIDE = {str(number) for number in range(9, 25)}

_SIGNS: Mapping[str, str | None] = {".": None, "+": "+", "-": "-", "x": "x"}
_MARKS: Mapping[Any, bool] = {"+": True, "-": False}

MOST_REMEMBERED = 20_000
"""Different sites of a tooth that are remembered, of each kind; some megabytes."""

Cells = tuple[float | str | None, ...]


def read_chart_row(text: str | None) -> dict[str, list[Any]]:
    """A chart row as Twenty holds it: three values per tooth, distal, middle, mesial; marks as booleans.

    Raises ValueError for a text that is no chart row.
    """
    return {number: [_MARKS.get(cell, cell) for cell in cells] for number, cells in _read_row(text).items()}


def _read_row(text: str | None) -> dict[str, Cells]:
    parts = text.split(" | ") if text else []
    teeth = dict(map(_read_tooth, parts))
    if len(teeth) < len(parts):
        raise ValueError("a chart row has each tooth once")
    return teeth


@lru_cache(MOST_REMEMBERED)
def _read_tooth(part: str) -> tuple[str, Cells]:
    number, _, cells = part.partition(": ")
    values = tuple([_SIGNS[cell] if cell in _SIGNS else float(cell) for cell in cells.split(" ")])
    if len(values) != 3:
        raise ValueError("a chart row has three values for each tooth")
    return number, values[::-1] if number in _LEFT_SIDE else values


def same_chart_row(comparison: Comparison) -> bool:
    options = comparison.line.options_of_transform
    arch = _UPPER if options["arch"] == "upper" else _LOWER
    sites = slice(0, 3) if options["aspect"] == "facial" else slice(3, 6)
    cells_of = _charted(comparison.values[0] or ()).cells(options["measure"])
    expected = {number: cells_of[number][sites] for number in arch if number in cells_of}
    try:
        found = _read_row(comparison.found)
    except ValueError:
        return False
    if not found:
        return all(cell is None for cells in expected.values() for cell in cells)
    if list(found) != list(expected):
        return False
    return found == expected or all(
        _alike(cell, other)
        for number, cells in found.items()
        for cell, other in zip(cells, expected[number], strict=True)
    )


def row_of_source(comparison: Comparison) -> str:
    """What the source says for a chart row, told as the row tells it."""
    options = comparison.line.options_of_transform
    arch = _UPPER if options["arch"] == "upper" else _LOWER
    sites = slice(0, 3) if options["aspect"] == "facial" else slice(3, 6)
    told = []
    for tooth in sorted(comparison.values[0] or (), key=lambda each: _order(arch, each.number)):
        if tooth.number in arch:
            cells = _cells(tooth, options["measure"])[sites]
            shown = [f"{cell:g}" if isinstance(cell, float) else cell or "." for cell in cells]
            told.append(f"{tooth.number}: {' '.join(shown[::-1] if tooth.number in _LEFT_SIDE else shown)}")
    return " | ".join(told)


def _order(arch: Sequence[str], number: str) -> int:
    return arch.index(number) if number in arch else len(arch)


def _alike(found: Any, expected: Any) -> bool:
    """Equal and of one kind: a depth of 0 is no absent mark, although Python holds 0 and False to be equal"""
    if isinstance(found, float) and isinstance(expected, float):
        return abs(found - expected) < 1e-6
    return type(found) is type(expected) and bool(found == expected)


def _cells(tooth: Tooth, measure: str) -> Cells:
    """What a row has to say of the six sites of one measure or mark."""
    six = tuple(getattr(tooth, measure))
    if measure == "attachment_level":
        is_implant = tooth.status is ToothStatus.IMPLANT
        return _level_cells(six, tuple(tooth.probing_depth), tuple(tooth.gingival_margin), is_implant)
    # Each kind has a memory of its own: a site that bleeds equals a depth of 1.
    return _mark_cells(six) if measure in SITE_MARKS else _measure_cells(six)


@lru_cache(MOST_REMEMBERED)
def _measure_cells(six: tuple[Any, ...]) -> Cells:
    return tuple(map(_plain, six))


@lru_cache(MOST_REMEMBERED)
def _mark_cells(six: tuple[Any, ...]) -> Cells:
    return tuple(["+" if mark is True else "-" if mark is False else mark for mark in map(_plain, six)])


def _level_cells(
    stored: tuple[Any, ...], depths: tuple[Any, ...], margins: tuple[Any, ...], is_implant: bool
) -> Cells:
    """The stored attachment level, else depth and margin together; an implant has nothing to measure from."""
    cells: list[float | str | None] = []
    for kept, depth, margin in zip(*map(_measure_cells, (stored, depths, margins)), strict=True):
        if kept is not None or is_implant or depth is None or margin is None:
            cells.append(kept)
        elif isinstance(depth, str) or isinstance(margin, str):
            cells.append("x")
        else:
            cells.append(depth + margin)
    return tuple(cells)


@lru_cache(MOST_REMEMBERED)
def _largest(cells: Cells) -> float | None:
    return max((cell for cell in cells if isinstance(cell, float)), default=None)


class _Charted:
    """The teeth of one exam by number, and what their sites have to say, told once for all fields."""

    def __init__(self, teeth: Sequence[Tooth]) -> None:
        self.teeth = teeth
        self.by_number = {tooth.number: tooth for tooth in teeth}
        self._cells: dict[str, Mapping[str, Cells]] = {}

    def cells(self, measure: str) -> Mapping[str, Cells]:
        """:func:`_cells` of every tooth."""
        known = self._cells.get(measure)
        if known is None:
            known = self._cells[measure] = {
                number: _cells(tooth, measure) for number, tooth in self.by_number.items()
            }
        return known


_last = _Charted(())


def _charted(teeth: Sequence[Tooth]) -> _Charted:
    """What is asked of these teeth; the exam that was asked for last is kept."""
    global _last
    # Taken once: another thread may ask for another exam.
    chart = _last
    if chart.teeth is not teeth:
        chart = _last = _Charted(teeth)
    return chart


def _plain(value: Any) -> Any:
    if value is None or value is True or value is False:
        return value
    return "x" if isinstance(value, NotAssessable) else float(value)


def same_index(comparison: Comparison) -> bool:
    expected = comparison.indices.get(comparison.line.options_of_transform["index"])
    if expected is None or comparison.found is None:
        return expected is None and comparison.found is None
    return abs(float(comparison.found) - float(expected)) < 1e-9


def tooth_maximum(teeth: Sequence[Tooth], number: str, measure: str) -> float | None:
    """The largest value of one measure on one tooth; None where nothing was measured."""
    cells = _charted(teeth).cells(measure).get(number)
    return _largest(cells) if cells else None


def same_tooth_maximum(comparison: Comparison) -> bool:
    options = comparison.line.options_of_transform
    expected = tooth_maximum(comparison.values[0] or (), str(options["tooth"]), options["measure"])
    if expected is None or comparison.found is None:
        return expected is None and comparison.found is None
    return not isinstance(comparison.found, bool) and expected == float(comparison.found)


def worst_of_source(comparison: Comparison) -> float | None:
    options = comparison.line.options_of_transform
    return tooth_maximum(comparison.values[0] or (), str(options["tooth"]), options["measure"])


def index_of_source(comparison: Comparison) -> float | None:
    return comparison.indices.get(comparison.line.options_of_transform["index"])


def mobility_of_source(comparison: Comparison) -> str | None:
    tooth = _tooth(comparison)
    return tooth.mobility if tooth else None


def furcation_of_source(comparison: Comparison) -> Mapping[str, Any]:
    tooth = _tooth(comparison)
    return dict(tooth.furcation) if tooth else {}


def status_of_source(comparison: Comparison) -> list[str]:
    """The teeth with the status that the line asks for."""
    status = comparison.line.options_of_transform["status"]
    return [tooth.number for tooth in comparison.values[0] or () if tooth.status.value == status]


def differing_teeth(comparison: Comparison) -> list[Tooth]:
    """The source's teeth that Twenty's JSON does not tell as they are; all where its list is another one."""
    teeth = comparison.values[0] or ()
    found = {each.get("tooth"): each for each in comparison.found or () if isinstance(each, Mapping)}
    wrong = [tooth for tooth in teeth if not _same_tooth(tooth, found.get(tooth.number, {}))]
    return wrong or list(teeth)


_SPELLINGS: Mapping[str, frozenset[str]] = {
    "0": frozenset({"0"}),
    "0_5": frozenset({"0.5", "1-", "1/2", "+"}),
    "1": frozenset({"1", "I"}),
    "1_5": frozenset({"1.5", "1+", "I+"}),
    "2": frozenset({"2", "II"}),
    "2_5": frozenset({"2.5", "2+", "II+"}),
    "3": frozenset({"3", "3+", "III", "III+"}),
}


def same_mobility(comparison: Comparison) -> bool:
    """GRADE_1_5 in Twenty stands for 1.5, 1+ or I+ in the source."""
    tooth = _tooth(comparison)
    grade = ((tooth.mobility if tooth else None) or "").strip()
    if comparison.found is None:
        return grade == ""
    return grade in _SPELLINGS.get(comparison.found.removeprefix("GRADE_"), ())


def same_furcation(comparison: Comparison) -> bool:
    tooth = _tooth(comparison)
    grades = sorted(grade for grade in (tooth.furcation if tooth else {}).values() if isinstance(grade, int))
    return bool(comparison.found == (f"GRADE_{grades[-1]}" if grades else None))


def same_teeth_with_status(comparison: Comparison) -> bool:
    return sorted(comparison.found or ()) == sorted(status_of_source(comparison))


def same_findings(comparison: Comparison) -> bool:
    """Every tooth with its status and whatever else is recorded, and nothing that the source has not."""
    teeth = comparison.values[0] or ()
    found = {each["tooth"]: each for each in comparison.found or ()}
    if [each["tooth"] for each in comparison.found or ()] != [tooth.number for tooth in teeth]:
        return False
    return all(_same_tooth(tooth, found[tooth.number]) for tooth in teeth)


def _same_tooth(tooth: Tooth, found: Mapping[str, Any]) -> bool:
    plain = ("mobility", "prognosis", "note", "source_number")
    places = ("furcation", "mucogingival_junction", "keratinized_width")
    sites = ("probing_depth", "gingival_margin", "attachment_level")
    marks = ("bleeding", "suppuration", "plaque", "calculus")
    if found.get("status") != tooth.status.value:
        return False
    if any((found.get(name) or "") != spoken(getattr(tooth, name)) for name in plain):
        return False
    for name in places:
        recorded = {
            place: _plain(value) for place, value in getattr(tooth, name).items() if value is not None
        }
        shown = found.get(name) or {}
        if shown.keys() != recorded.keys():
            return False
        if not all(_alike(_read(shown[place]), value) for place, value in recorded.items()):
            return False
    if tooth.number in _UPPER or tooth.number in _LOWER:
        return True
    return all(_same_sites(found.get(name), getattr(tooth, name)) for name in sites + marks)


def _same_sites(found: Any, recorded: Sequence[Any]) -> bool:
    return len(found or ()) == len(recorded) and all(
        _alike(_read(value), _plain(other)) for value, other in zip(found, recorded, strict=True)
    )


def _read(value: Any) -> Any:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _tooth(comparison: Comparison) -> Tooth | None:
    number = str(comparison.line.options_of_transform["tooth"])
    return _charted(comparison.values[0] or ()).by_number.get(number)
