"""Dates and moments: what Twenty accepts, and the text it answers with.

A moment is kept as whole microseconds since 1970 in UTC, as PostgreSQL's timestamptz does.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = 1000
MONTHS = [
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
]
MONTH_NAME = "|".join(MONTHS)
MONTH_SHORT = "|".join(name[:3] for name in MONTHS)
YEAR, MONTH, DAY = r"(?P<year>\d{1,4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
NAMED, SHORT = rf"(?P<name>{MONTH_NAME}|{MONTH_SHORT})", rf"(?P<name>{MONTH_SHORT})"
CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})"
DAYS_ONLY = [
    rf"{YEAR}\.{MONTH}\.{DAY}",
    rf"{YEAR}/{MONTH}/{DAY}",
    rf"{MONTH}-{DAY}-{YEAR}",
    rf"{MONTH}/{DAY}/{YEAR}",
    rf"{MONTH}\.{DAY}\.{YEAR}",
    rf"{NAMED} {DAY}, {YEAR}",
    rf"{SHORT} {DAY}, {YEAR}",
    rf"{DAY} {NAMED} {YEAR}",
    rf"{DAY} {SHORT} {YEAR}",
    rf"{DAY}-{SHORT}-{YEAR}",
    rf"{YEAR}-{SHORT}-{DAY}",
]
NON_ISO = [re.compile(text + r"\s*", re.IGNORECASE) for text in DAYS_ONLY]
DATE_FORMATS = [
    re.compile(rf"{YEAR}-{MONTH}-{DAY}\s*"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{1,2})(?P<day>\d{1,2})\s*"),
    *NON_ISO,
    re.compile(rf"{YEAR}-{MONTH}-{DAY}T{CLOCK}(\.\d{{1,3}})?([+-]\d{{2}}(\d{{2}})?|Z)?\s*"),
    re.compile(rf"{YEAR}-{MONTH}-{DAY} {CLOCK}(\.\d{{1,3}})?\s*"),
]
ISO = re.compile(
    r"(?P<year>\d{4}|[+-]\d{6})(?P<dash>-?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"(?:[Tt ](?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)?)?)?"
    r"(?:\[!?[^\]]*\])*"
)


def now() -> int:
    """This moment in microseconds since 1970."""
    return time.time_ns() // 1000


def text(moment: int) -> str:
    """A moment as ``Date.toISOString`` prints it: UTC, cut to milliseconds."""
    at = EPOCH + timedelta(microseconds=moment // MILLISECOND * MILLISECOND)
    return f"{at.year:04}-{at.month:02}-{at.day:02}T{at.hour:02}:{at.minute:02}:{at.second:02}.{at.microsecond // 1000:03}Z"  # noqa: E501


def _day(found: re.Match[str]) -> date | None:
    parts = found.groupdict()
    month = (
        MONTHS.index(next(n for n in MONTHS if n.startswith(parts["name"].lower()))) + 1
        if parts.get("name")
        else int(parts["month"])
    )
    try:
        day = date(int(parts["year"]), month, int(parts["day"]))
    except ValueError:
        return None
    if parts.get("hour") and (
        int(parts["hour"]) > 23 or int(parts["minute"]) > 59 or int(parts["second"]) > 59
    ):
        return None
    return day


def parse_date(value: str) -> str | None:
    """``value`` as YYYY-MM-DD, or None where Twenty does not take it for a date."""
    for form in DATE_FORMATS:
        found = form.fullmatch(value)
        if found and (day := _day(found)):
            return day.isoformat()
    return None


def _offset(written: str) -> timezone | None:
    if written in ("Z", "z"):
        return UTC
    digits = re.sub(r"[.,].*|\D", "", written[1:])
    hours, minutes = int(digits[:2]), int(digits[2:4] or 0)
    if hours > 23 or minutes > 59:
        return None
    sign = -1 if written[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes, seconds=int(digits[4:6] or 0)))


def parse_moment(value: str) -> int | None:
    """``value`` in microseconds since 1970, or None where Twenty does not take it for a moment.

    Without an offset it is UTC, and a day alone is its midnight.
    """
    found = ISO.fullmatch(value)
    if found:
        return _iso_moment(found)
    for form in NON_ISO:
        named = form.fullmatch(value)
        if named and (day := _day(named)):
            return round(
                (datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH) / timedelta(microseconds=1)
            )
    return None


def _iso_moment(found: re.Match[str]) -> int | None:
    parts = found.groupdict()
    zone = _offset(parts["offset"]) if parts["offset"] else UTC
    if zone is None or parts["year"] == "-000000":
        return None
    try:
        at = datetime(
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            min(int(parts["second"] or 0), 59) if parts["second"] != "60" else 59,
            tzinfo=zone,
        )
    except ValueError:
        return None
    if int(parts["second"] or 0) > 60:
        return None
    fraction = int((parts["fraction"] or "").ljust(9, "0")[:9])
    return (at - EPOCH) // timedelta(microseconds=1) + (fraction + 500) // 1000
