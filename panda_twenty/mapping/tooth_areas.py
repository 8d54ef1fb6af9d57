"""The place of a procedure in the mouth: teeth, quadrants, arches or all of it.

Sources write ``14``, ``3-5``, ``#3, #5 and 7``, ``UR``, ``LA``, ``A-T`` or the area codes of dental claims
(ISO 3950): 00 is the mouth, 01 and 02 the arches, 10 to 40 the quadrants. Where a text means two things, the
rule is one for the whole practice and never a guess about one value:

- A bare number from 1 to 32 is a tooth, also 10, 20 and 30. They are quadrants only where the caller passes
  ``numeric_quadrants``, and never as the end of a range. In FDI and Palmer no tooth is called so, and they
  are always quadrants.
- ``01`` and ``02`` with their zero are arches, except in a range or beside another tooth with a zero before
  it (``01-04``, ``02, 03``): there they are teeth. ``03`` to ``09`` are teeth; but where quadrants are
  numeric, 03 to 08 would be sextants, which are not read.
- With only a blank between, ``3 B`` or ``UR 3`` are not read: they may be a tooth and its surface. With a
  comma they are two things. ``L/R`` and the like are left and right, not the primary teeth L and R.

A text is understood as a whole or not at all. The caller keeps the raw text in every case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from panda_twenty.panda.tooth_notation import TOOTH_ORDER, Notation, to_universal

QUADRANTS = ("UR", "UL", "LL", "LR")
ARCHES = ("UA", "LA")
MOUTH = "FM"
SECTIONS = (32, 52, 84, 104)
"""Where permanent, primary and the two kinds of supernumerary teeth end in TOOTH_ORDER."""

_NUMERIC_QUADRANTS = dict(zip(("10", "20", "30", "40"), QUADRANTS, strict=True))
_NUMERIC_ARCHES = dict(zip(("01", "02"), ARCHES, strict=True))
_NOTHING = frozenset(("", "N/A", "NA", "N.A", "NONE", "-"))
_SIDES = re.compile(r"(?<![^\W_])[A-T]\s*[/&+]|[/&+]\s*[A-T](?![^\W_])|^(?:R(?:, ?| )L|L(?:, ?| )R)$")
_SEXTANTS = frozenset(("03", "04", "05", "06", "07", "08"))
_PHRASES = (
    (r"(?:FULL|WHOLE|ENTIRE) MOUTH|MOUTH", MOUTH),
    (r"(?:UPPER|MAXILLARY|MAX) (RIGHT|LEFT)", r"U\1"),
    (r"(?:LOWER|MANDIBULAR|MAND) (RIGHT|LEFT)", r"L\1"),
    (r"([UL])RIGHT", r"\1R"),
    (r"([UL])LEFT", r"\1L"),
    (r"UPPER(?: ARCH)?|MAXILLA|MAXILLARY(?: ARCH)?", "UA"),
    (r"LOWER(?: ARCH)?|MANDIBLE|MANDIBULAR(?: ARCH)?", "LA"),
    (r"TEETH|TOOTH|QUADRANTS?|QUADS?|ARCH(?:ES)?", " "),
    (r"AND", ","),
    (r"TO|THRU|THROUGH", "-"),
)
_REPLACEMENTS = tuple((re.compile(rf"(?<![^\W_])(?:{old})(?![^\W_])"), new) for old, new in _PHRASES)


def parse_tooth_area(
    raw: str | None, notation: Notation = "universal", *, numeric_quadrants: bool = False
) -> ToothArea:
    """What the text means. An empty text is understood and names nothing; see the module for the rules."""
    text = _plain(raw)
    if text in _NOTHING:
        return ToothArea()
    if _SIDES.search(text):
        return ToothArea(is_understood=False)
    chunks = [chunk.strip() for chunk in re.split(r"[,;/&+]", text)]
    reading = _Reading(notation, numeric_quadrants or notation != "universal", _pads_teeth(chunks, notation))
    found: list[str] = []
    for chunk in chunks:
        names = reading.read(chunk) if chunk else []
        if names is None:
            return ToothArea(is_understood=False)
        found += names
    return ToothArea(
        teeth=tuple(sorted({name for name in found if name in TOOTH_ORDER}, key=TOOTH_ORDER.__getitem__)),
        quadrants=tuple(name for name in QUADRANTS if name in found),
        arches=tuple(name for name in ARCHES if name in found),
        mouth=MOUTH in found,
        is_understood=bool(found),
    )


def tooth_area_text(area: ToothArea) -> str:
    """One form for one area, in Universal numbers: ``FM, UA, UR, 3-5, 14``; empty if not understood."""
    teeth = [_run_text(run) for run in _runs(area.teeth)]
    return ", ".join([*([MOUTH] if area.mouth else []), *area.arches, *area.quadrants, *teeth])


def _plain(raw: str | None) -> str:
    """In capitals, with one kind of dash, words turned into signs, and no number sign."""
    text = re.sub(r"#|\bNOS?\.", " ", re.sub(r"[\u2010-\u2015\u2212]", "-", (raw or "").upper()))
    text = " ".join(text.split())
    for old, new in _REPLACEMENTS:
        text = old.sub(new, text)
    text = re.sub(r"\s*-\s*", "-", " ".join(text.split()))
    return text.rstrip(".").strip()


def _pads_teeth(chunks: Iterable[str], notation: Notation) -> bool:
    """Whether the text writes teeth with a zero before, so that its 01 is a tooth as well."""
    words = " ".join(chunks).split()
    return notation == "universal" and any(re.fullmatch(r"0[3-9]", word) for word in words)


def _range(first: str, last: str, *, numbers_run_on: bool) -> list[str] | None:
    """The teeth from one to the other, either way round within an arch; None if that is no range.

    Universal numbers run on from the upper to the lower arch, so 1-32 and A-T are ranges; the others begin
    anew in each quadrant, and a range there stays in its arch.
    """
    one, other = TOOTH_ORDER[first], TOOTH_ORDER[last]
    if _section(one) != _section(other):
        return None
    if _arch(one) != _arch(other) and (one > other or not numbers_run_on):
        return None
    return _TEETH[min(one, other) : max(one, other) + 1]


def _section(place: int) -> int:
    return sum(place >= end for end in SECTIONS)


def _arch(place: int) -> bool:
    """Whether the tooth at this place of TOOTH_ORDER is in the lower arch."""
    start = (0, *SECTIONS)[_section(place)]
    return place - start >= (SECTIONS[_section(place)] - start) // 2


def _runs(teeth: Iterable[str]) -> list[list[str]]:
    """Neighbours together: 3 4 5 14 as [3 4 5] [14]."""
    places = enumerate(sorted(TOOTH_ORDER[tooth] for tooth in set(teeth)))
    together = groupby(places, key=lambda pair: (_section(pair[1]), pair[1] - pair[0]))
    return [[_TEETH[place] for _, place in run] for _, run in together]


def _run_text(run: list[str]) -> str:
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(run)


_TEETH = list(TOOTH_ORDER)


@dataclass(frozen=True)
class ToothArea:
    """Where in the mouth: teeth in Universal numbers in chart order, quadrants UR UL LL LR, arches UA LA."""

    teeth: tuple[str, ...] = ()
    quadrants: tuple[str, ...] = ()
    arches: tuple[str, ...] = ()
    mouth: bool = False
    is_understood: bool = True
    """False where the text has a part that could not be read; then nothing else is filled."""


@dataclass(frozen=True)
class _Reading:
    """How one text is read."""

    notation: Notation
    numeric_quadrants: bool
    pads_teeth: bool

    def read(self, chunk: str) -> list[str] | None:
        """The names in a text without commas: one item, a range, or items of one kind with blanks between."""
        single = self._item(chunk)
        if single is not None:
            return [single]
        names: list[str] = []
        for word in chunk.split():
            read = self._range_or_item(word)
            if read is None:
                return None
            names += read
        return names if len({_kind(name) for name in names}) == 1 else None

    def _range_or_item(self, word: str) -> list[str] | None:
        item = self._item(word)
        if item is not None:
            return [item]
        first, dash, last = word.partition("-")
        teeth = [to_universal(end, self.notation) for end in (first, last)]
        if not dash or teeth[0] is None or teeth[1] is None:
            return None
        return _range(teeth[0], teeth[1], numbers_run_on=self.notation == "universal")

    def _item(self, word: str) -> str | None:
        if word in (MOUTH, "00"):
            return MOUTH
        if word in (*QUADRANTS, *ARCHES):
            return word
        if word in _NUMERIC_ARCHES and not self.pads_teeth:
            return _NUMERIC_ARCHES[word]
        if self.numeric_quadrants and word in _NUMERIC_QUADRANTS:
            return _NUMERIC_QUADRANTS[word]
        if self.numeric_quadrants and word in _SEXTANTS:
            return None
        return to_universal(word, self.notation)


def _kind(name: str) -> int:
    """Teeth of one kind, quadrants and arches do not mix without a comma."""
    return _section(TOOTH_ORDER[name]) if name in TOOTH_ORDER else -1 - (name in ARCHES) - 2 * (name == MOUTH)
