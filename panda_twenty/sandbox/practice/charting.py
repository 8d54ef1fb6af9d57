"""One exam's chart: a PerioTooth row per tooth that was looked at, and the figures the exam stores.

This is the inner loop of the generator: some thirty rows for each of tens of thousands of exams, so chance
comes as bytes that index tables, drawn once per exam.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from panda_twenty.sandbox.practice.codes import NOT_ASSESSABLE
from panda_twenty.sandbox.practice.disease import Mouth
from panda_twenty.sandbox.practice.mouth import MANDIBLE, TEETH, THIRD_MOLARS, furcation_entrances
from panda_twenty.sandbox.practice.writing import Row

_BYTES_PER_TOOTH = 16
_NOTHING: Row = (None,) * 6
_ENTRANCES = tuple(furcation_entrances(max(tooth, 1)) for tooth in range(33))
_FURCATION_PLACE = {"B": 0, "L": 1, "M": 2, "D": 3}
#: The sites beside an entrance.
_ENTRANCE_SITES = {"B": (1,), "L": (4,), "M": (2, 5), "D": (0, 3)}

#: Out of 256, how often a site of that depth (0 to 7 mm and more) bleeds, by inflammation: 0 is quiet,
#: 3 untreated with poor hygiene.
_BLEEDING_PER_DEPTH = (
    (4, 6, 10, 18, 46, 80, 110, 140),
    (10, 14, 22, 44, 84, 124, 158, 184),
    (18, 26, 42, 76, 120, 160, 190, 214),
    (30, 44, 66, 104, 150, 190, 216, 234),
)
_BLEEDING = tuple(tuple(row[min(depth, 7)] for depth in range(21)) for row in _BLEEDING_PER_DEPTH)


def _deposit_patterns(share: float) -> tuple[int, ...]:
    """256 sums over six sites, each set with about ``share``, between teeth twice as often."""
    rng = random.Random(f"deposits/{share}")
    weights = (1.3, 0.6, 1.2, 1.1, 0.7, 1.1)
    return tuple(
        sum(1 << site for site in range(6) if rng.random() < share * weights[site]) for _ in range(256)
    )


_PLAQUE = tuple(_deposit_patterns(share) for share in (0.12, 0.28, 0.5))
_CALCULUS = tuple(_deposit_patterns(share) for share in (0.04, 0.12, 0.3))


def _ladder(*steps: tuple[int, str]) -> tuple[str, ...]:
    """256 words, each as often as its weight says."""
    return tuple(word for weight, word in steps for _ in range(weight))


#: By mean attachment loss of the tooth in whole mm.
_FIRM = _ladder((246, "0"), (8, "1"), (2, ""))
_MOBILITY = (
    _FIRM,
    _FIRM,
    _FIRM,
    _ladder((206, "0"), (40, "1"), (6, "1+"), (2, "2"), (2, "")),
    _ladder((150, "0"), (70, "1"), (20, "1+"), (14, "2"), (2, "")),
    _ladder((100, "0"), (80, "1"), (40, "1+"), (30, "2"), (4, "3"), (2, "")),
    _ladder((50, "0"), (80, "1"), (50, "1+"), (56, "2"), (18, "3"), (2, "")),
    _ladder((10, "0"), (50, "1"), (60, "1+"), (86, "2"), (48, "3"), (2, "")),
)
#: By attachment loss at the entrance, from 4 mm: Glickman grades.
_FURCATION = (
    _ladder((200, "0"), (56, "1")),
    _ladder((120, "0"), (96, "1"), (40, "2")),
    _ladder((40, "0"), (90, "1"), (106, "2"), (20, "3")),
    _ladder((10, "0"), (46, "1"), (130, "2"), (70, "3")),
)
_FURCATION_FROM = 4
_THROUGH_AND_VISIBLE = 10
_PROGNOSIS = "GGGFFQQPPHHH"


@dataclass(frozen=True)
class ChartStyle:
    """Which findings this exam records."""

    margins: bool = True
    bleeding: bool = True
    plaque: bool = True
    calculus: bool = True
    mobility: bool = True
    furcation: bool = True
    gingiva: bool = False
    prognosis: bool = False
    third_molars: bool = True
    inflammation: int = 2
    """0 to 3: how readily sites bleed."""


#: A screening: depths and nothing else.
DEPTHS_ONLY = ChartStyle(
    margins=False,
    bleeding=False,
    plaque=False,
    calculus=False,
    mobility=False,
    furcation=False,
    third_molars=False,
)


@dataclass(frozen=True)
class Chart:
    """The rows of one exam and the sums behind its figures.

    ``sites`` counts sites whose depth is a number, ``bleeding_sites`` those of them that bled, ``depth_sum``
    is in mm. Missing teeth and teeth that were not examined count nowhere; implants do.
    """

    rows: list[Row]
    sites: int
    bleeding_sites: int
    depth_sum: int
    deep_sites: int

    @property
    def bleeding_percentage(self) -> str | None:
        """Percent with one decimal, halves up; None without sites."""
        if not self.sites:
            return None
        tenths = (self.bleeding_sites * 2000 + self.sites) // (2 * self.sites)
        return f"{tenths // 10}.{tenths % 10}"

    @property
    def mean_depth(self) -> str | None:
        """Millimetres with two decimals, halves up; None without sites."""
        if not self.sites:
            return None
        hundredths = (self.depth_sum * 200 + self.sites) // (2 * self.sites)
        return f"{hundredths // 100}.{hundredths % 100:02d}"


def chart_exam(
    exam_id: int, mouth: Mouth, style: ChartStyle, rng: random.Random, cases: frozenset[str] = frozenset()
) -> Chart:
    """Charts the mouth as it is, in the style of this exam; ``cases`` plants what concerns single sites."""
    noise = rng.randbytes(33 * _BYTES_PER_TOOTH)
    rows: list[Row] = []
    sites = bleeding_sites = depth_sum = deep_sites = 0
    shown = [tooth for tooth in TEETH if style.third_molars or tooth not in THIRD_MOLARS]
    natural = [tooth for tooth in shown if mouth.status[tooth] == "P"]
    blocked = set(natural[:2]) if "site_not_assessable" in cases else set()
    bled_unprobed = set(natural[:1]) if "bleeding_without_depth" in cases else set()
    for tooth in shown:
        status = mouth.status[tooth]
        chance = noise[tooth * _BYTES_PER_TOOTH : (tooth + 1) * _BYTES_PER_TOOTH]
        if status == "P" and chance[0] == 0 and chance[1] < 140:
            status = "X"
        if status in "MUX":
            rows.append((exam_id, tooth, status, *_NOTHING, *_NOTHING, *((None,) * 12)))
            continue
        depths: list[int | None] = list(mouth.depths[tooth])
        margins = _margins(mouth, tooth, status, style, chance)
        if status == "I" and "implant_without_margin" in cases:
            margins = [None] * 6
        if tooth in blocked or (chance[2] < 3 and tooth not in bled_unprobed):
            _block(depths, margins, chance[3] | (tooth in blocked))
        if tooth in bled_unprobed:
            depths[0] = margins[0] = None
        bleeding = suppuration = 0
        rates = _BLEEDING[style.inflammation]
        for site, depth in enumerate(depths):
            if depth is None or depth == NOT_ASSESSABLE:
                continue
            sites += 1
            depth_sum += depth
            if chance[4 + site] < rates[depth]:
                bleeding |= 1 << site
            if depth >= 5:
                deep_sites += 1
                if depth >= 6 and chance[4 + site] < 14:
                    suppuration |= 1 << site
        # One tooth in 26 has its bleeding left open.
        recorded_bleeding = bleeding if style.bleeding and chance[10] >= 10 else None
        if recorded_bleeding:
            bleeding_sites += recorded_bleeding.bit_count()
        if tooth in bled_unprobed:
            recorded_bleeding = (recorded_bleeding or 0) | 1
        rows.append(
            (
                exam_id,
                tooth,
                status,
                *depths,
                *margins,
                recorded_bleeding,
                suppuration if recorded_bleeding is not None else None,
                _PLAQUE[mouth.hygiene][chance[11]] if style.plaque else None,
                _CALCULUS[mouth.hygiene][chance[12]] if style.calculus else None,
                *_tooth_findings(mouth, tooth, status, style),
            )
        )
    return Chart(rows, sites, bleeding_sites, depth_sum, deep_sites)


def _margins(mouth: Mouth, tooth: int, status: str, style: ChartStyle, chance: bytes) -> list[int | None]:
    """Margins as recorded, in mm.

    An implant has no junction to measure from: one in ten is charted all the same. Most examiners leave a
    margin above the junction open; some chart it as a negative number.
    """
    if not style.margins or (status == "I" and chance[13] < 230):
        return [None] * 6
    margins = mouth.margins[tooth]
    if mouth.charts_coronal_margins:
        return list(margins)
    return [margin if margin >= 0 else None for margin in margins]


def _block(depths: list[int | None], margins: list[int | None], pattern: int) -> None:
    """Marks the sites of a bit pattern as not assessable (calculus, a crown margin, a tilted neighbour)."""
    for site in range(6):
        if pattern >> site & 1:
            depths[site] = NOT_ASSESSABLE
            margins[site] = NOT_ASSESSABLE if margins[site] is not None else None


def _tooth_findings(mouth: Mouth, tooth: int, status: str, style: ChartStyle) -> Row:
    """Mobility, four furcations, two mucogingival widths and the prognosis of one tooth, as recorded."""
    latent = mouth.latent[tooth * 8 : tooth * 8 + 8]
    if status == "I":
        return ("0" if style.mobility else None, None, None, None, None, None, None, None)
    depths, margins = mouth.depths[tooth], mouth.margins[tooth]
    loss = (sum(depths) + sum(margins)) // 6
    mobility = _MOBILITY[min(loss, 7)][latent[0]] if style.mobility else None
    furcations: list[int | None] = [None] * 4
    if style.furcation and _ENTRANCES[tooth]:
        furcations = _furcations(mouth, tooth, latent)
    facial = lingual = None
    if style.gingiva:
        # Keratinised width of 1 to 6 mm below the margin; the palate has no mucogingival junction.
        facial = min(9, max(margins[1], 0) + 1 + latent[5] % 6)
        lingual = min(9, max(margins[4], 0) + 1 + latent[6] % 5) if tooth in MANDIBLE else None
    prognosis = None
    if style.prognosis and (loss >= 5 or latent[7] < 40):
        prognosis = _PROGNOSIS[min(loss + latent[7] % 3, len(_PROGNOSIS) - 1)]
    return (mobility, *furcations, facial, lingual, prognosis)


def _furcations(mouth: Mouth, tooth: int, latent: bytes) -> list[int | None]:
    """Glickman grades 0 to 4 in the order B, L, M, D; None where the tooth has no entrance.

    A grade never falls again: bone that is gone stays gone.
    """
    grades: list[int | None] = [None] * 4
    worst = mouth.furcations.setdefault(tooth, [0, 0, 0, 0])
    depths, margins = mouth.depths[tooth], mouth.margins[tooth]
    for entrance in _ENTRANCES[tooth]:
        place = _FURCATION_PLACE[entrance]
        site = max(_ENTRANCE_SITES[entrance], key=lambda number: depths[number] + margins[number])
        loss = depths[site] + margins[site]
        if loss >= _FURCATION_FROM:
            grade = int(_FURCATION[min(loss - _FURCATION_FROM, 3)][latent[1 + place]])
            if grade == 3 and loss >= _THROUGH_AND_VISIBLE and margins[site] >= 3:
                grade = 4
            worst[place] = max(worst[place], grade)
        grades[place] = worst[place]
    return grades
