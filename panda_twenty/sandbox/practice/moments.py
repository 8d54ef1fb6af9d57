"""Days and moments as the practice's database stores them: text, in local time, without an offset."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

_SUNDAY = 6
_SATURDAY = 5
#: SQL Server's datetime counts in 1/300 of a second: these are the only last digits it shows.
_TICKS = (0, 3, 7)


def moment_text(day: date, second: int, millisecond: int = 0) -> str:
    """``YYYY-MM-DDTHH:MM:SS.mmm`` for a second of the day, which may run into the next day."""
    moment = datetime(day.year, day.month, day.day) + timedelta(seconds=second)
    return f"{moment.isoformat(timespec='seconds')}.{millisecond:03d}"


def workday(day: date) -> date:
    """``day``, or the Monday after it when it falls on a weekend."""
    weekday = day.weekday()
    if weekday == _SATURDAY:
        return day + timedelta(days=2)
    if weekday == _SUNDAY:
        return day + timedelta(days=1)
    return day


def entered_and_modified(rng: random.Random, day: date, *, last: date) -> tuple[str, str]:
    """CreatedOn in office hours of ``day`` and a ModifiedOn that is never earlier.

    Seven in ten rows are touched within the hour, the rest days or weeks later, though not after ``last``.
    """
    second = rng.randrange(8 * 3600, 17 * 3600)
    tick = 10 * rng.randrange(100) + rng.choice(_TICKS)
    created = moment_text(day, second, tick)
    if rng.random() < 0.7:
        return created, moment_text(day, second + rng.randrange(60, 3600), tick)
    later = min(day + timedelta(days=rng.randrange(1, 60)), last)
    if later <= day:
        return created, created
    return created, moment_text(later, rng.randrange(8 * 3600, 18 * 3600), tick)
