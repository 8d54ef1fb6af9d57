"""Tooth numbers in Universal, FDI (ISO 3950) and Palmer notation.

Inside the project a tooth is a Universal number: ``1``-``32``, ``A``-``T`` for primary teeth, ``51``-``82``
and ``AS``-``TS`` for supernumerary ones (ADA claim convention). FDI and Palmer have no agreed form for
supernumerary teeth; here they carry an ``S`` after the neighbour's number, ``18S`` or ``UR8S``.

``11`` to ``28`` are valid in both Universal and FDI and mean different teeth, so the notation is declared by
the source profile and never guessed from a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Notation = Literal["universal", "fdi", "palmer"]

_QUADRANTS = ("UR", "UL", "LL", "LR")
"""Clockwise from the patient's upper right: FDI quadrants 1-4, and 5-8 for primary teeth."""

_PALMER_SIGNS = {"┘": "UR", "└": "UL", "┌": "LL", "┐": "LR"}


def _permanent() -> list[tuple[str, str, str]]:
    rows = []
    for number in range(1, 33):
        quadrant, place = divmod(number - 1, 8)
        position = 8 - place if quadrant % 2 == 0 else place + 1
        rows.append((str(number), f"{quadrant + 1}{position}", f"{_QUADRANTS[quadrant]}{position}"))
    return rows


def _primary() -> list[tuple[str, str, str]]:
    rows = []
    for index, letter in enumerate("ABCDEFGHIJKLMNOPQRST"):
        quadrant, place = divmod(index, 5)
        position = 5 - place if quadrant % 2 == 0 else place + 1
        rows.append((letter, f"{quadrant + 5}{position}", f"{_QUADRANTS[quadrant]}{'ABCDE'[position - 1]}"))
    return rows


def _supernumerary(universal: str) -> str:
    return str(int(universal) + 50) if universal.isdigit() else f"{universal}S"


_NATURAL = [*_permanent(), *_primary()]
_TEETH = [*_NATURAL, *((_supernumerary(tooth), f"{fdi}S", f"{palmer}S") for tooth, fdi, palmer in _NATURAL)]

TOOTH_ORDER: Mapping[str, int] = {universal: place for place, (universal, _, _) in enumerate(_TEETH)}
"""Every Universal number with its place in a chart: permanent, primary, supernumerary."""

_TO_UNIVERSAL: Mapping[Notation, Mapping[str, str]] = {
    "universal": {universal: universal for universal, _, _ in _TEETH},
    "fdi": {fdi: universal for universal, fdi, _ in _TEETH},
    "palmer": {palmer: universal for universal, _, palmer in _TEETH},
}
_FROM_UNIVERSAL: Mapping[Notation, Mapping[str, str]] = {
    notation: {universal: other for other, universal in names.items()}
    for notation, names in _TO_UNIVERSAL.items()
}


def to_universal(text: str, notation: Notation) -> str | None:
    """The Universal number of a tooth written in ``notation``; None if that notation has no such tooth.

    Accepts a leading ``#``, leading zeros and lower case; FDI also as ``1.8`` or ``1-8``; Palmer as ``UR8``,
    ``8UR``, ``UR-8`` or with the quadrant sign, ``8┘``.
    """
    plain = text.strip().removeprefix("#").upper()
    if notation == "fdi":
        plain = re.sub(r"^([1-8])[.\-]([1-8]S?)$", r"\1\2", plain)
    elif notation == "palmer":
        for sign, quadrant in _PALMER_SIGNS.items():
            plain = plain.replace(sign, quadrant)
        plain = re.sub(r"^(UR|UL|LL|LR)[\s.\-]*([1-8A-E]S?)$", r"\1\2", plain)
        plain = re.sub(r"^([1-8A-E])[\s.\-]*(UR|UL|LL|LR)(S?)$", r"\2\1\3", plain)
    return _TO_UNIVERSAL[notation].get(plain.lstrip("0"))


def from_universal(universal: str, notation: Notation) -> str:
    """How ``notation`` writes the tooth; KeyError if ``universal`` is no Universal number."""
    return _FROM_UNIVERSAL[notation][universal]
