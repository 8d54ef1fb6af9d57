"""Text, numbers, codes, days and moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

NUL = "\x00"


def text(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The value as text, character for character, but for NUL, which Twenty's database cannot hold."""
    return clean(values[0])


def clean(value: Any) -> str | None:
    """``value`` as text without NUL; None for nothing."""
    if value is None:
        return None
    written = value if type(value) is str else written_out(value)
    return (written.replace(NUL, "") if NUL in written else written) or None


def written_out(value: Any) -> str:
    """How a value of any attribute kind is written into text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def code(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """One of the attribute's codes, which are Twenty's option values as they are."""
    return values[0] or None


def number(values: Sequence[Any], options: Mapping[str, Any]) -> int | float | None:
    """A JSON number; whole decimals become integers."""
    return as_json_number(values[0])


def as_json_number(value: Any) -> int | float | None:
    if value is None:
        return None
    if isinstance(value, int):
        return value
    return int(value) if value == int(value) else float(value)


def boolean(values: Sequence[Any], options: Mapping[str, Any]) -> bool | None:
    return None if values[0] is None else bool(values[0])


def civil_date(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """YYYY-MM-DD: a day is a day, whatever the time zone."""
    value = values[0]
    return None if value is None else f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def moment(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """ISO 8601 in UTC with milliseconds, the form in which Twenty gives moments back."""
    value = values[0]
    if value is None:
        return None
    return str(value.astimezone(UTC).isoformat(timespec="milliseconds")).replace("+00:00", "Z")


def constant(values: Sequence[Any], options: Mapping[str, Any]) -> Any:
    return options["value"]


def title(values: Sequence[Any], options: Mapping[str, Any]) -> str:
    """What a record is called in lists: the filled parts in a row, or the line's fallback."""
    parts = [clean(_spoken(value)) for value in values if value is not None]
    return " ".join(part for part in parts if part) or str(options["fallback"])


def _spoken(value: Any) -> Any:
    """A code as words: RE_EVALUATION as Re-evaluation."""
    if isinstance(value, str) and value.isupper() and len(value) > 3:
        return value.replace("RE_", "RE-", 1).replace("_", " ").capitalize()
    return value


def count(values: Sequence[Any], options: Mapping[str, Any]) -> int:
    return len(values[0])


def distinct(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    """Each value once, in the order of its first appearance."""
    return list(dict.fromkeys(filter(None, map(clean, values[0])))) or None


def joined_text(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The filled parts with a space between."""
    return clean(" ".join(_filled(values)))


def listed_rows(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    """One text per joined row, its parts with `` | `` between; an empty part keeps its place."""
    rows = [" | ".join(clean(part) or "" for part in row) for row in zip(*values, strict=True)]
    return rows or None


def links(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, str] | None:
    url = clean(values[0])
    return {"primaryLinkUrl": url} if url else None


def _filled(values: Iterable[Any]) -> list[str]:
    return [part for part in map(clean, values) if part]


def filled_list(values: Sequence[Any], options: Mapping[str, Any]) -> list[str] | None:
    """The filled values in order, one item each."""
    return _filled(values) or None


def us_dollars(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """CURRENCY in millionths of a dollar, exactly."""
    if values[0] is None:
        return None
    return {"amountMicros": int(Decimal(values[0]) * 1_000_000), "currencyCode": "USD"}
