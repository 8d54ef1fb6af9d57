"""Stretches of time that records can be grouped by: days, weeks, months, quarters, years."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from panda_twenty.sandbox.twenty import moments

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(name.capitalize() for name in moments.MONTHS)
WEEK_SHIFT = {"SUNDAY": 1, "SATURDAY": 2}


def stretch_of_time(value: int | str | None, granularity: str, week_start: str, zone: str) -> str | None:
    """The day that a stretch of time begins with, or the name of a day, month or quarter."""
    if value is None:
        return None
    if isinstance(value, int):
        moment = moments.EPOCH + timedelta(microseconds=value)
        day = (moment.astimezone(ZoneInfo(zone)) if zone else moment).date()
    else:
        day = date.fromisoformat(value)
    quarter = (day.month - 1) // 3
    if granularity == "WEEK":
        shift = timedelta(days=WEEK_SHIFT.get(week_start, 0))
        if isinstance(value, int) and zone:
            return _week(moments.EPOCH + timedelta(microseconds=value), shift, ZoneInfo(zone))
        shifted = day + shift
        return (shifted - timedelta(days=shifted.weekday()) - shift).isoformat()
    answers = {
        "DAY": day.isoformat(),
        "MONTH": day.replace(day=1).isoformat(),
        "QUARTER": day.replace(month=quarter * 3 + 1, day=1).isoformat(),
        "YEAR": day.replace(month=1, day=1).isoformat(),
        "DAY_OF_THE_WEEK": DAYS[day.weekday()],
        "MONTH_OF_THE_YEAR": MONTHS[day.month - 1],
        "QUARTER_OF_THE_YEAR": f"Q{quarter + 1}",
    }
    return answers[granularity]


def _week(moment: datetime, shift: timedelta, zone: ZoneInfo) -> str:
    """Twenty shifts the moment, not the day; near a clock change that shows a day earlier."""
    local = (moment + shift).astimezone(zone)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time(), zone)
    return (monday.astimezone(UTC) - shift).astimezone(zone).date().isoformat()
