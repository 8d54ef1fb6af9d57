"""What the declared type of a column says about the numbers in it."""

from __future__ import annotations

import re

_INTEGERS = re.compile(r"(tiny|small|medium|big)?int(eger)?\d?|serial")
_WITHOUT_DECIMALS = re.compile(r"(dec|decimal|numeric)\s*\(\s*(\d|1[0-8])\s*(,\s*0\s*)?\)")
"""Up to 18 digits, as many as a whole number of 64 bits holds. Tables that came from dBase number their rows
with such decimals."""


def holds_whole_numbers(declared: str) -> bool:
    """Whether a column declared ``bigint`` or ``numeric(8,0)`` holds whole numbers of up to 64 bits."""
    bare = declared.lower().replace("unsigned", "").replace("identity", "").strip()
    return bool(_WITHOUT_DECIMALS.fullmatch(bare) or _INTEGERS.fullmatch(bare.partition("(")[0].strip()))
