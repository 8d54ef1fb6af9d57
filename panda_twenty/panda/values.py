"""Coerces what a driver returned into the canonical Python value of an attribute's kind.

SQLite's drivers give dates as text and decimals as floats, SQL Server's give them typed; the same reader
takes either, so that an entity row is the same whatever stands underneath. A value that cannot be read
becomes a Fault, never an exception.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from panda_twenty.panda.entities import Attribute, Kind
from panda_twenty.panda.problems import Fault
from panda_twenty.panda.profile import AttributeSource

Reader = Callable[[Any], Any]
"""Takes what the driver returned; answers the canonical value, None for nothing, or a Fault."""

LARGEST_INTEGER = 2**63 - 1

_TRUE = frozenset(("1", "true", "t", "yes", "y", "-1"))
_FALSE = frozenset(("0", "false", "f", "no", "n"))
_GROUPED_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")

UNREADABLE_DATE = Fault(
    "unreadable_date",
    "The date cannot be read. Correct it in PANDA, or declare its format or that it means nothing (blank) in"
    " the source profile.",
)
UNREADABLE_NUMBER = Fault(
    "unreadable_number",
    "The number cannot be read. Correct it in PANDA, or declare in the source profile that it means nothing"
    " (blank).",
)
UNREADABLE_BOOLEAN = Fault(
    "unreadable_boolean",
    "It is neither yes nor no. Add what it means to 'codes' in the source profile.",
)
UNKNOWN_CODE = Fault(
    "unknown_code",
    "The source profile does not say what this code means. Add it to 'codes' there.",
)


def reader_for(attribute: Attribute, source: AttributeSource, zone: ZoneInfo) -> Reader:
    """How values of ``attribute`` are read from ``source``; local times are placed in ``zone``."""
    read = value_reader(attribute, source, zone)
    return lambda raw: None if raw is None else read(raw)


def value_reader(attribute: Attribute, source: AttributeSource, zone: ZoneInfo) -> Reader:
    """:func:`reader_for` what is known not to be None."""
    read = _reader_of_kind(attribute, source, zone)
    blanks = frozenset(source.blank)
    if not blanks:
        return read

    def read_unless_blank(raw: Any) -> Any:
        text = plain_text(raw).strip()
        if text in blanks or (text[:10] in blanks and _is_midnight(text)):
            return None
        return read(raw)

    return read_unless_blank


MomentReader = Callable[[Any, Any], Any]
"""Takes the day and the time of day; answers like a :data:`Reader`."""


def reader_of_day_and_time(source: AttributeSource, zone: ZoneInfo) -> MomentReader:
    """How a moment is read from two columns; a day without a time of day is its midnight."""
    blanks = frozenset(source.blank)
    told_in = zone if source.zone is None else ZoneInfo(source.zone)

    def read(day: Any, clock: Any) -> Any:
        if day is None or plain_text(day).strip() in blanks or plain_text(day)[:10] in blanks:
            return None
        found = _date(day, source.format)
        time_of_day = _time_of_day(clock)
        if not isinstance(found, date):
            return found
        if isinstance(time_of_day, Fault):
            return time_of_day
        return _moment(datetime.combine(found, time_of_day), None, told_in, zone)

    return read


_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AP]M)?", re.IGNORECASE)


def _time_of_day(raw: Any) -> time | Fault:
    """A time of day: ``14:30``, ``2:30 PM``, 1430, 143000, or a moment of which the day does not count."""
    if isinstance(raw, datetime):
        return raw.time()
    if isinstance(raw, time):
        return raw
    text = "" if raw is None else plain_text(raw).strip()
    text = re.sub(r"^\d{4}-\d{2}-\d{2}[T ]", "", text)
    if not text:
        return time()
    if text.isdigit():
        text = text.zfill(4 if len(text) <= 4 else 6)
        text = ":".join(text[at : at + 2] for at in range(0, len(text), 2))
    match = _CLOCK.fullmatch(text)
    if match is None:
        return UNREADABLE_DATE
    hour, half = int(match[1]), (match[4] or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    try:
        return time(hour, int(match[2]), int(match[3] or 0))
    except ValueError:
        return UNREADABLE_DATE


def plain_text(raw: Any) -> str:
    """Any value as text: 7, 7.0 and Decimal('7.00') are ``7``; days are ISO; a yes is ``1``."""
    if isinstance(raw, str):
        return raw
    if type(raw) is int:
        return str(raw)
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, float):
        return plain_text(exact_decimal(Decimal(repr(raw)))) if raw - raw == 0 else str(raw)
    if isinstance(raw, Decimal):
        return format(exact_decimal(raw), "f") if raw.is_finite() else str(raw)
    if isinstance(raw, date | time):
        return raw.isoformat()
    if isinstance(raw, uuid.UUID):
        return str(raw).upper()
    if isinstance(raw, bytes | bytearray | memoryview):
        try:
            return bytes(raw).decode("utf-8")
        except UnicodeDecodeError:
            return bytes(raw).decode("cp1252", "replace")
    return str(raw)


def key_text(raw: Any) -> str | None:
    """A key as text: without surrounding blanks and without a trailing ``.0``; None if nothing is left."""
    if raw is None:
        return None
    if type(raw) is int:
        return str(raw)
    text = plain_text(raw).strip()
    if "." in text and re.fullmatch(r"-?\d+\.0+", text):
        text = text.partition(".")[0]
    return text or None


def exact_decimal(value: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent, so that equal numbers look equal."""
    stripped = value.normalize() if len(value.as_tuple().digits) <= 28 else value
    exponent = stripped.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return stripped.quantize(Decimal(1)) if stripped.adjusted() < 28 else stripped
    return stripped if stripped else Decimal(0)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment in ``zone``; a time without an offset is taken as local time there.

    A local time that happened twice is taken as the first of the two (fold 0); one that never happened, as
    the clock was put forward, moves forward by that hour. Both choices are the same on every run.
    """
    if moment.tzinfo is None and has_one_offset(moment.toordinal(), zone):
        return moment.replace(tzinfo=zone, fold=0)
    placed = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone, fold=0)
    return placed.astimezone(UTC).astimezone(zone)


def has_one_offset(day: int, zone: ZoneInfo) -> bool:
    """Whether no clock is put forward or back around this day, so that it has each of its times once."""
    if not 1 < day < date.max.toordinal():
        return False
    return _noon_offset(day - 1, zone) == _noon_offset(day, zone) == _noon_offset(day + 1, zone)


@lru_cache(maxsize=40_000)
def _noon_offset(day: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(date.fromordinal(day), time(12), zone).utcoffset()


def code_table(codes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The codes, found also in other upper and lower case where that is not ambiguous."""
    folded: dict[str, list[str]] = {}
    for code in codes:
        folded.setdefault(code.casefold(), []).append(code)
    table = {variant: codes[found[0]] for variant, found in folded.items() if len(found) == 1}
    table.update({found[0].upper(): codes[found[0]] for found in folded.values() if len(found) == 1})
    table.update(codes)
    return table


def _reader_of_kind(attribute: Attribute, source: AttributeSource, zone: ZoneInfo) -> Reader:
    kind, pattern = attribute.kind, source.format
    if kind is Kind.KEY:
        return key_text
    if kind is Kind.TEXT:
        if source.part is not None:
            return _part_reader(source.part)
        return _trimmed_text if source.trim else _text
    if kind is Kind.CODE:
        return _code_reader(source.codes or {code: code for code in attribute.codes})
    if kind is Kind.INTEGER:
        return _integer
    if kind is Kind.DECIMAL:
        return _decimal
    if kind is Kind.BOOLEAN:
        return _boolean_reader(source.codes)
    if kind is Kind.DATE:
        return lambda raw: _date(raw, pattern)
    if kind is Kind.MOMENT:
        told_in = zone if source.zone is None else ZoneInfo(source.zone)
        return lambda raw: _moment(raw, pattern, told_in, zone)
    if kind is Kind.BYTES:
        return _bytes
    raise ValueError(f"attributes of kind {kind.value} are not read from one column")


def _text(raw: Any) -> str | None:
    return (raw if type(raw) is str else plain_text(raw)).rstrip(" ") or None


def _trimmed_text(raw: Any) -> str | None:
    return plain_text(raw).strip() or None


def _part_reader(part: str) -> Reader:
    """One part of a whole name; what follows the first given name counts as the middle name."""

    def read(raw: Any) -> str | None:
        family, comma, given = plain_text(raw).partition(",")
        words = given.split() if comma else family.split()
        if comma:
            parts = {"last": family.strip(), "first": "".join(words[:1]), "middle": " ".join(words[1:])}
        else:
            parts = {
                "last": " ".join(words[-1:]),
                "first": "".join(words[:-1][:1]),
                "middle": " ".join(words[1:-1]),
            }
        return parts[part] or None

    return read


def _code_reader(codes: Mapping[str, str]) -> Reader:
    table = code_table(codes)
    spelt: dict[str, str] = {
        code: meaning for code, meaning in table.items() if meaning and code and code == code.strip()
    }

    def read(raw: Any) -> str | Fault | None:
        if type(raw) is str and (found := spelt.get(raw)):
            return found
        text = plain_text(raw).strip()
        if not text:
            return None
        return table.get(text) or table.get(text.casefold()) or UNKNOWN_CODE

    return read


def _boolean_reader(codes: Mapping[str, str]) -> Reader:
    table = _spellings(_TRUE, _FALSE) if not codes else {k: v == "true" for k, v in code_table(codes).items()}

    def read(raw: Any) -> bool | Fault | None:
        if isinstance(raw, bytes) and len(raw) == 1 and raw < b"\x02":
            return raw == b"\x01"
        text = plain_text(raw).strip()
        if not text:
            return None
        found = table.get(text)
        return table.get(text.casefold(), UNREADABLE_BOOLEAN) if found is None else found

    return read


def _spellings(true: Iterable[str], false: Iterable[str]) -> dict[str, bool]:
    return {**dict.fromkeys(true, True), **dict.fromkeys(false, False)}


def _number(raw: Any) -> Decimal | Fault | None:
    if isinstance(raw, Decimal):
        number = raw
    else:
        text = plain_text(raw).strip().removeprefix("$").strip()
        if not text:
            return None
        if _GROUPED_NUMBER.fullmatch(text):
            text = text.replace(",", "")
        try:
            number = Decimal(text)
        except InvalidOperation:
            return UNREADABLE_NUMBER
    return exact_decimal(number) if number.is_finite() else UNREADABLE_NUMBER


def _decimal(raw: Any) -> Decimal | Fault | None:
    return _number(raw)


def _integer(raw: Any) -> int | Fault | None:
    if type(raw) is int:
        return raw if abs(raw) <= LARGEST_INTEGER else UNREADABLE_NUMBER
    number = _number(raw)
    if not isinstance(number, Decimal):
        return number
    if number.adjusted() > 18 or number != number.to_integral_value() or abs(number) > LARGEST_INTEGER:
        return UNREADABLE_NUMBER
    return int(number)


def _date(raw: Any, pattern: str | None) -> date | Fault | None:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    found = _parsed(raw, pattern)
    return found.date() if isinstance(found, datetime) else found


def _moment(raw: Any, pattern: str | None, told_in: ZoneInfo, zone: ZoneInfo) -> datetime | Fault | None:
    """The moment in ``zone``; a time without an offset is one of the clock of ``told_in``."""
    if isinstance(raw, datetime):
        found: datetime | Fault | None = raw
    elif isinstance(raw, date):
        found = datetime(raw.year, raw.month, raw.day)
    else:
        found = _parsed(raw, pattern)
    if not isinstance(found, datetime):
        return found
    try:
        return in_zone(found, told_in).astimezone(zone)
    except OverflowError:
        return UNREADABLE_DATE


def _parsed(raw: Any, pattern: str | None) -> datetime | Fault | None:
    text = plain_text(raw).strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text) if pattern is None else datetime.strptime(text, pattern)
    except ValueError:
        return UNREADABLE_DATE


def _bytes(raw: Any) -> bytes:
    """An empty file stays one: it is something else than no file."""
    return raw.encode("utf-8") if isinstance(raw, str) else bytes(raw)


def _is_midnight(text: str) -> bool:
    return re.fullmatch(r"[T ]00:00(:00(\.0+)?)?", text[10:]) is not None
