"""A perio chart drawn as on paper, as one SVG.

Four strips: upper facial, upper lingual, lower lingual, lower facial. In each the root points away from the
mouth's middle; the blue line is the gingival margin, the red one the bottom of the pocket, both measured from
the cemento-enamel junction at 4 px a millimetre. A margin of 2 (recession) lies 2 mm towards the root, and
the pocket's bottom lies the probing depth further.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from markupsafe import Markup, escape

from panda_twenty.report.charted import SITES_OF_ASPECT, Cell, Chart, ChartedTooth

UPPER = tuple(str(number) for number in range(1, 17))
LOWER = tuple(str(number) for number in range(32, 16, -1))
RIGHT_SIDE = frozenset(map(str, [*range(1, 9), *range(25, 33)]))
STRIPS = (
    (UPPER, "facial", True),
    (UPPER, "lingual", False),
    (LOWER, "lingual", True),
    (LOWER, "facial", False),
)
"""Teeth from left to right, aspect, and whether the roots point up."""

MM = 4
ROOT_MM, CROWN_MM = 13, 6
TEXT = 11
STRIP = (ROOT_MM + CROWN_MM) * MM + 2 * TEXT + 10
LABELS = 40
WIDTHS = {"molar": 40, "premolar": 32, "canine": 30, "incisor": 28}


def drawn_chart(chart: Chart, differing: Collection[tuple[str, int]], title: str) -> Markup:
    """The chart as SVG; the sites in ``differing`` stand on a coloured ground."""
    width = LABELS + sum(_width(number) for number in UPPER) + 6
    height = 4 * STRIP + 46
    parts = [
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    top = 4
    for place, (teeth, aspect, is_up) in enumerate(STRIPS):
        if place in (1, 3):
            parts += _numbers(teeth, chart, top)
            top += 16
        parts += _strip(chart, teeth, aspect, is_up, top, differing)
        top += STRIP + (6 if place == 1 else 0)
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it was escaped


def _width(number: str) -> int:
    place = min((int(number) - 1) % 16, 15 - (int(number) - 1) % 16)
    kind = "molar" if place < 3 else "premolar" if place < 5 else "canine" if place == 5 else "incisor"
    return WIDTHS[kind]


def _numbers(teeth: Collection[str], chart: Chart, top: float) -> Iterator[str]:
    left = LABELS
    for number in teeth:
        tooth = chart.get(number)
        middle = left + _width(number) / 2
        mark = {"MISSING": "missing", "IMPLANT": "implant", "PONTIC": "pontic"}.get(
            tooth.status if tooth else "", ""
        )
        yield f'<text class="number {mark}" x="{middle}" y="{top + 11}">{number}</text>'
        if tooth and tooth.mobility not in (None, "0"):
            yield (
                f'<text class="mobility" x="{middle + 9}" y="{top + 7}">'
                f"<title>mobility {escape(tooth.mobility)}</title>{escape(tooth.mobility)}</text>"
            )
        left += _width(number)


def _strip(
    chart: Chart,
    teeth: tuple[str, ...],
    aspect: str,
    is_up: bool,
    top: float,
    differing: Collection[tuple[str, int]],
) -> Iterator[str]:
    """One aspect of one arch. Texts stand at the root's end, the crown at the other."""
    width = sum(_width(number) for number in teeth)
    texts = 2 * TEXT + 4
    junction = top + texts + ROOT_MM * MM if is_up else top + 4 + CROWN_MM * MM
    towards_root = -MM if is_up else MM
    depth_text = top + TEXT if is_up else top + STRIP - 4
    margin_text = depth_text + TEXT if is_up else depth_text - TEXT
    for millimetres in range(2, ROOT_MM, 2):
        y = junction + towards_root * millimetres
        yield f'<line class="grid" x1="{LABELS}" x2="{LABELS + width}" y1="{y}" y2="{y}"/>'
    yield f'<text class="label" x="2" y="{junction + 3}">{aspect}</text>'
    yield f'<text class="label pd" x="{LABELS - 4}" y="{depth_text}" text-anchor="end">PD</text>'
    yield f'<text class="label gm" x="{LABELS - 4}" y="{margin_text}" text-anchor="end">GM</text>'
    margins: list[tuple[float, float] | None] = []
    pockets: list[tuple[float, float] | None] = []
    left = float(LABELS)
    for number in teeth:
        tooth = chart.get(number)
        yield from _tooth(tooth, number, left, junction, towards_root)
        sites = SITES_OF_ASPECT[aspect]
        for place, site in enumerate(sites if number in RIGHT_SIDE else reversed(sites)):
            x = left + _width(number) * (place + 0.5) / 3
            if (number, site) in differing:
                yield (
                    f'<rect class="differs" x="{x - _width(number) / 6:.1f}" y="{top}" '
                    f'width="{_width(number) / 3:.1f}" height="{STRIP - 2}"/>'
                )
            if tooth is None or tooth.status in ("MISSING", "UNERUPTED"):
                margins.append(None)
                pockets.append(None)
                continue
            depth, margin = tooth.probing_depth[site], tooth.gingival_margin[site]
            yield _value("pd", x, depth_text, depth)
            yield _value("gm", x, margin_text, margin)
            at_margin = junction + towards_root * (margin if _is_number(margin) else 0)  # type: ignore[operator]
            margins.append((x, at_margin) if _is_number(margin) or _is_number(depth) else None)
            pockets.append((x, at_margin + towards_root * depth) if _is_number(depth) else None)  # type: ignore[operator]
            yield from _marks(tooth, site, x, at_margin, towards_root)
        left += _width(number)
        margins.append(None)
        pockets.append(None)
    yield f'<line class="junction" x1="{LABELS}" x2="{LABELS + width}" y1="{junction}" y2="{junction}"/>'
    yield from _lines("margin", margins)
    yield from _lines("pocket", pockets)
    yield from _furcations(chart, teeth, aspect, junction, towards_root)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _value(kind: str, x: float, y: float, cell: Cell) -> str:
    if cell is None:
        return ""
    text = f"{cell:g}" if isinstance(cell, float) else str(cell)
    deep = " deep" if kind == "pd" and isinstance(cell, float) and cell >= 5 else ""
    return f'<text class="value {kind}{deep}" x="{x:.1f}" y="{y}">{escape(text)}</text>'


def _marks(tooth: ChartedTooth, site: int, x: float, y: float, towards_root: int) -> Iterator[str]:
    if tooth.bleeding[site] is True:
        yield f'<circle class="bleeding" cx="{x:.1f}" cy="{y - towards_root * 1.2:.1f}" r="2.2"/>'
    if tooth.suppuration[site] is True:
        yield f'<circle class="suppuration" cx="{x:.1f}" cy="{y - towards_root * 2.4:.1f}" r="2.2"/>'


def _lines(kind: str, points: list[tuple[float, float] | None]) -> Iterator[str]:
    """One line per stretch of neighbouring sites; a single site is a dot."""
    stretch: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            stretch.append(point)
            continue
        if len(stretch) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in stretch)
            yield f'<polyline class="{kind}" points="{path}"/>'
        elif stretch:
            yield f'<circle class="{kind}" cx="{stretch[0][0]:.1f}" cy="{stretch[0][1]:.1f}" r="1.2"/>'
        stretch = []


def _tooth(
    tooth: ChartedTooth | None, number: str, left: float, junction: float, towards_root: int
) -> Iterator[str]:
    """Crown and roots in outline; a screw for an implant, a cross for a missing tooth."""
    width = _width(number)
    inner, middle = left + 3, left + width / 2
    right = left + width - 3
    crown, tip = junction - towards_root * (CROWN_MM - 0.5), junction + towards_root * (ROOT_MM - 2)
    status = tooth.status if tooth else "NOT_EXAMINED"
    kind = "ghost" if status in ("MISSING", "UNERUPTED", "NOT_EXAMINED") else "tooth"
    bow = (crown + junction) / 2
    yield (
        f'<path class="{kind}" d="M{inner} {junction} Q{inner - 1} {bow} {inner + 3} {crown} '
        f'L{right - 3} {crown} Q{right + 1} {bow} {right} {junction} Z"/>'
    )
    if status == "IMPLANT":
        yield (
            f'<rect class="screw" x="{middle - 5}" y="{min(junction, tip)}" width="10" '
            f'height="{abs(tip - junction)}"/>'
        )
        for millimetres in range(2, ROOT_MM - 2, 2):
            y = junction + towards_root * millimetres
            yield f'<line class="thread" x1="{middle - 7}" x2="{middle + 7}" y1="{y}" y2="{y}"/>'
    elif status != "PONTIC":
        roots = 2 if width == WIDTHS["molar"] else 1
        span = (right - inner) / roots
        for root in range(roots):
            start, waist = inner + root * span, (junction + tip) / 2
            yield (
                f'<path class="{kind}" d="M{start} {junction} Q{start + 1} {waist} {start + span / 2} {tip} '
                f'Q{start + span - 1} {waist} {start + span} {junction} Z"/>'
            )
    if status == "MISSING":
        yield f'<line class="cross" x1="{inner}" y1="{crown}" x2="{right}" y2="{tip}"/>'
        yield f'<line class="cross" x1="{right}" y1="{crown}" x2="{inner}" y2="{tip}"/>'


ENTRANCES = {"facial": ("B",), "lingual": ("L", "M", "D")}


def _furcations(
    chart: Chart, teeth: tuple[str, ...], aspect: str, junction: float, towards_root: int
) -> Iterator[str]:
    """A triangle with its grade at each recorded entrance; mesial and distal ones on the lingual side."""
    left = float(LABELS)
    for number in teeth:
        tooth = chart.get(number)
        for entrance in ENTRANCES[aspect] if tooth else ():
            grade = tooth.furcation.get(entrance) if tooth else None
            if grade in (None, 0, 0.0):
                continue
            shift = {"B": 0.5, "L": 0.5, "M": 0.8, "D": 0.2}[entrance]
            shift = shift if number in RIGHT_SIDE else 1 - shift
            x, y = left + _width(number) * shift, junction + towards_root * 5
            text = f"{grade:g}" if isinstance(grade, float) else str(grade)
            yield (
                f'<path class="furcation" d="M{x - 5} {y + 4} L{x + 5} {y + 4} L{x} {y - 5} Z"/>'
                f'<text class="grade" x="{x}" y="{y + 3}"><title>furcation {entrance} {escape(text)}</title>'
                f"{escape(text)}</text>"
            )
        left += _width(number)
