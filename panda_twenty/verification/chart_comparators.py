"""The chart read back: Twenty's rows and JSON taken apart and held against the source's teeth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import NotAssessable, Tooth
from panda_twenty.verification.comparators import Comparison, spoken

_UPPER = [str(number) for number in range(1, 17)]
_LOWER = [str(number) for number in range(32, 16, -1)]
_LEFT_SIDE = {str(number) for number in range(9, 25)}

_CELLS: Mapping[str, Any] = {".": None, "+": True, "-": False, "x": "x"}


def read_chart_row(text: str | None) -> dict[str, list[Any]]:
    """A chart row as Twenty holds it: three values per tooth, distal, middle, mesial.

    Raises ValueError for a text that is no chart row.
    """
    teeth: dict[str, list[Any]] = {}
    for part in (text or "").split(" | ") if text else ():
        number, _, cells = part.partition(": ")
        values = [_CELLS[cell] if cell in _CELLS else float(cell) for cell in cells.split(" ")]
        if len(values) != 3 or number in teeth:
            raise ValueError("a chart row has three values for each tooth, once")
        teeth[number] = values[::-1] if number in _LEFT_SIDE else values
    return teeth


def same_chart_row(comparison: Comparison) -> bool:
    options = comparison.line.options_of_transform
    arch = _UPPER if options["arch"] == "upper" else _LOWER
    first = 0 if options["aspect"] == "facial" else 3
    sites, measure = range(first, first + 3), options["measure"]
    teeth = {tooth.number: tooth for tooth in comparison.values[0] or ()}
    expected = {
        number: [_cell(teeth[number], measure, site) for site in sites] for number in arch if number in teeth
    }
    try:
        found = read_chart_row(comparison.found)
    except ValueError:
        return False
    if not found:
        return all(cell is None for cells in expected.values() for cell in cells)
    return list(found) == list(expected) and all(
        _alike(cell, other)
        for number, cells in found.items()
        for cell, other in zip(cells, expected[number], strict=True)
    )


def row_of_source(comparison: Comparison) -> str:
    """What the source says for a chart row, told as the row tells it."""
    options = comparison.line.options_of_transform
    arch = _UPPER if options["arch"] == "upper" else _LOWER
    first = 0 if options["aspect"] == "facial" else 3
    signs = {None: ".", True: "+", False: "-", "x": "x"}
    told = []
    for tooth in sorted(comparison.values[0] or (), key=lambda each: _order(arch, each.number)):
        if tooth.number in arch:
            cells = [_cell(tooth, options["measure"], site) for site in range(first, first + 3)]
            shown = [f"{cell:g}" if isinstance(cell, float) else signs[cell] for cell in cells]
            told.append(f"{tooth.number}: {' '.join(shown[::-1] if tooth.number in _LEFT_SIDE else shown)}")
    return " | ".join(told)


def _order(arch: Sequence[str], number: str) -> int:
    return arch.index(number) if number in arch else len(arch)


def _alike(found: Any, expected: Any) -> bool:
    """Equal & of one kind: a depth of 0 is no absent mark, although Python holds 0 and False to be equal"""
    if isinstance(found, float) and isinstance(expected, float):
        return abs(found - expected) < 1e-6
    return type(found) is type(expected) and bool(found == expected)


def _cell(tooth: Tooth, measure: str, site: int) -> Any:
    if measure != "attachment_level":
        return _plain(getattr(tooth, measure)[site])
    stored = _plain(tooth.attachment_level[site])
    if stored is not None or tooth.status.value == "IMPLANT":
        return stored
    depth, margin = _plain(tooth.probing_depth[site]), _plain(tooth.gingival_margin[site])
    if depth is None or margin is None:
        return None
    return "x" if "x" in (depth, margin) else depth + margin


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
    tooth = next((each for each in teeth if each.number == number), None)
    cells = [_cell(tooth, measure, site) for site in range(6)] if tooth else []
    return max((cell for cell in cells if isinstance(cell, float)), default=None)


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


def same_mobility(comparison: Comparison) -> bool:
    """GRADE_1_5 in Twenty stands for 1.5, 1+ or I+ in the source."""
    tooth = _tooth(comparison)
    grade = ((tooth.mobility if tooth else None) or "").strip()
    if comparison.found is None:
        return grade == ""
    spellings = {
        "0": {"0"},
        "0_5": {"0.5", "1-", "1/2", "+"},
        "1": {"1", "I"},
        "1_5": {"1.5", "1+", "I+"},
        "2": {"2", "II"},
        "2_5": {"2.5", "2+", "II+"},
        "3": {"3", "3+", "III", "III+"},
    }
    return grade in spellings.get(comparison.found.removeprefix("GRADE_"), set())


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
    return next((tooth for tooth in comparison.values[0] or () if tooth.number == number), None)
