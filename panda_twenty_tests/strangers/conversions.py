"""How vendors write what the reference practice holds: keys, days, yes and no, strings of sites."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from panda_twenty_tests.strangers.relaying import Values

_GUIDS = uuid.UUID("5f0c1a52-7f5e-4a7e-9a54-6a3b7c0d1e2f")

NOT_ASSESSABLE = 99
"""What the reference practice stores for a site that could not be assessed."""


def guid(kind: str) -> Callable[[Any], str]:
    """Turns a number into a GUID in capitals; the same number of one ``kind`` gives the same GUID."""
    return lambda value: str(uuid.uuid5(_GUIDS, f"{kind}/{value}")).upper()


def shifted(by: int) -> Callable[[Any], int]:
    """Numbers rows from another start."""
    return lambda value: int(value) + by


def midnight(value: str) -> str:
    """A day as a moment, as SQL Server before 2008 had to keep it."""
    return f"{value}T00:00:00.000"


def us_date(value: str) -> str:
    """``2024-12-02`` as ``12/02/2024``; of a moment, its day."""
    return f"{value[5:7]}/{value[8:10]}/{value[:4]}"


def us_moment(value: str) -> str:
    """``2024-12-02T14:36:14.780`` as ``12/02/2024 02:36:14 PM``; the fraction is lost."""
    return datetime.fromisoformat(value[:19]).strftime("%m/%d/%Y %I:%M:%S %p")


def ten_digits(value: str) -> str:
    """A telephone number without punctuation, extension or words."""
    return "".join(character for character in value if character.isdigit())[:10]


def chance(row: Values, topic: str, column: str) -> random.Random:
    """Random numbers that depend on nothing but the row's ``column`` and the topic."""
    return random.Random(f"{topic}/{row[column]}")


def six(row: Values, measure: str) -> list[int | None]:
    """The six values of a measure in a row of PerioTooth, in the reference practice's order of sites."""
    return [row[f"{measure}{place}"] for place in range(1, 7)]


def attachment_levels(row: Values) -> list[int | None]:
    """Depth plus margin per site; not assessable where either is, None where either was not recorded."""
    levels: list[int | None] = []
    for depth, margin in zip(six(row, "Pd"), six(row, "Gm"), strict=True):
        if depth is None or margin is None:
            levels.append(None)
        elif NOT_ASSESSABLE in (depth, margin):
            levels.append(NOT_ASSESSABLE)
        else:
            levels.append(depth + margin)
    return levels


def bits(total: int | None) -> list[int | None]:
    """The six sites of a bit sum, 0 or 1 each; None each where nothing was recorded."""
    if total is None:
        return [None] * 6
    return [total >> place & 1 for place in range(6)]


def as_charted(values: Sequence[Any], tooth: int) -> list[Any]:
    """The six values as they stand on screen: mesial before distal on the patient's left."""
    if tooth <= 8 or tooth >= 25:
        return list(values)
    return [*reversed(values[:3]), *reversed(values[3:])]


def spelled(
    values: Sequence[int | None], *, negated: bool = False, missing: str = "-", blocked: str = "X"
) -> list[str]:
    """Values as text, with signs for not recorded and not assessable."""
    return [
        missing
        if value is None
        else blocked
        if value == NOT_ASSESSABLE
        else str(-value if negated and value else value)
        for value in values
    ]


def numbered(codes: Sequence[str], start: int = 1) -> Mapping[str, int]:
    """Codes that a vendor numbers through."""
    return {code: number for number, code in enumerate(codes, start)}
