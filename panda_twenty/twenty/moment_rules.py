"""Which texts Twenty takes as a date or a moment.

Measured on Twenty 2.21: a date may come in a dozen notations (US order with two-digit parts, months in
letters, ISO with a time behind it), a moment as ISO 8601 with or without offset or in the date notations
that are not ISO. Both must exist in the calendar. Send ``YYYY-MM-DD`` and ISO with an offset nevertheless.

Stricter than Twenty in one thing: a year of two digits is refused, because Twenty guesses the century of
``12/31/99``, and these dates are dates of birth.
"""

from __future__ import annotations

import re
from datetime import date

__all__ = ["is_date", "is_date_time"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_SHORT, _LONG = rf"(?P<name>{'|'.join(_MONTHS)})", rf"(?P<name>{'|'.join((*_LONG_MONTHS, *_MONTHS))})"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})"
_OFFSET = r"(?:Z|[+-]\d{2}(?:\d{2})?)"

_NOT_ISO = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}\.{_MONTH}\.{_DAY}",
        rf"{_YEAR}/{_MONTH}/{_DAY}",
        rf"{_MONTH}-{_DAY}-{_YEAR}",
        rf"{_MONTH}/{_DAY}/{_YEAR}",
        rf"{_MONTH}\.{_DAY}\.{_YEAR}",
        rf"{_LONG} {_DAY}, {_YEAR}",
        rf"{_DAY} {_LONG} {_YEAR}",
        rf"{_DAY}-{_SHORT}-{_YEAR}",
        rf"{_YEAR}-{_SHORT}-{_DAY}",
    )
)
_DATES = (
    re.compile(rf"{_YEAR}-{_MONTH}-{_DAY}"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{1,2})"),
    *_NOT_ISO,
    re.compile(rf"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}(?:\.\d{{1,3}})?{_OFFSET}?"),
    re.compile(rf"{_YEAR}-{_MONTH}-{_DAY} {_CLOCK}(?:\.\d{{1,3}})?"),
)
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"(?:[Tt ](?P<hour>\d{2})"
    r"(?:(?P<colon>:?)(?P<minute>\d{2})(?:(?P=colon)(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
    r"(?:[Zz]|(?P<offset>[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?))?)?"
)

# The form that our own transforms write, told at once.
_OURS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z")


def is_date(text: str) -> bool:
    """Whether Twenty takes ``text`` for a DATE. White space behind it is ignored, as Twenty does."""
    if len(text) == 10 and text[4] == text[7] == "-" and _is_day(text):
        return True
    return any(_exists(pattern.fullmatch(text.rstrip())) for pattern in _DATES)


def is_date_time(text: str) -> bool:
    """Whether Twenty takes ``text`` for a DATE_TIME."""
    if _OURS.fullmatch(text) and _is_day(text[:10]):
        return True
    return any(_exists(pattern.fullmatch(text)) for pattern in (_ISO, *_NOT_ISO))


def _is_day(text: str) -> bool:
    """Whether ``YYYY-MM-DD`` is on the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _exists(found: re.Match[str] | None) -> bool:
    """Whether what a pattern has found is on the calendar and on the clock."""
    if found is None or not found[0].isascii():
        return False
    parts = found.groupdict()
    name = (parts.get("name") or "")[:3].lower()
    month = _MONTHS.index(name) + 1 if name else int(parts["month"])
    try:
        day = date(int(parts["year"]), month, int(parts["day"]))
    except ValueError:
        return False
    if day == date.min and (parts.get("offset") or "").startswith("+"):
        # In UTC this may be the year 0, which PostgreSQL does not know.
        return False
    # A leap second is a second of the next minute to Twenty's ISO parser only.
    last_second = 60 if "dash" in parts else 59
    return (
        int(parts.get("hour") or 0) <= 23
        and int(parts.get("minute") or 0) <= 59
        and int(parts.get("second") or 0) <= last_second
    )
