"""What equality means, per kind of field: the source's value against what Twenty gave back.

No comparator calls a transform. Each reads Twenty's value back into the source's terms, or holds both to a
rule that a person would state: the same digits, the same civil day, the same text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from panda_twenty.mapping.specification import Line


@dataclass(slots=True)
class Comparison:
    """One field to compare. Made for every field of every record, hence not frozen, which costs time."""

    line: Line
    values: Sequence[Any]
    """The source's values of the line's attributes."""
    record: Mapping[str, Any]
    """The whole record as Twenty gives it back."""
    parent_id: str | None = None
    """For relations: the id under which the source's parent stands in Twenty; None where it does not."""
    panda_id: str = ""
    indices: Mapping[str, float | None] = field(default_factory=dict)
    file_sha256: str | None = None
    """Of the bytes that Twenty gives back, for a line that holds a file."""

    @property
    def found(self) -> Any:
        return self.record.get(self.line.column)

    @property
    def beside(self) -> Any:
        """The field that takes a unique value which another record holds."""
        return self.record.get(self.line.when_taken) if self.line.when_taken else None


Comparator = Callable[[Comparison], bool]


def spoken(value: Any) -> str:
    """A source value as the text that stands for it; nothing is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\x00", "")


def same_text(comparison: Comparison) -> bool:
    return (comparison.found or "") == spoken(comparison.values[0])


def same_number(comparison: Comparison) -> bool:
    source, found = comparison.values[0], comparison.found
    if source is None or found is None:
        return source is None and found is None
    return not isinstance(found, bool) and Decimal(str(source)) == Decimal(str(found))


def same_truth(comparison: Comparison) -> bool:
    """Yes, no and not recorded stay apart."""
    return comparison.found is comparison.values[0]


def same_day(comparison: Comparison) -> bool:
    source, found = comparison.values[0], comparison.found
    return bool(found == f"{source.year:04d}-{source:%m-%d}") if source else not found


def same_moment(comparison: Comparison) -> bool:
    """The same instant to the millisecond, which is what Twenty keeps."""
    source, found = comparison.values[0], comparison.found
    if source is None:
        return found is None or comparison.line.standard
    try:
        instant = datetime.fromisoformat(found)
        return bool(abs((instant - source).total_seconds()) < 0.001)
    except (TypeError, ValueError):
        return False


def the_constant(comparison: Comparison) -> bool:
    return bool(comparison.found == comparison.line.options_of_transform["value"])


def title_of_parts(comparison: Comparison) -> bool:
    """The parts that the source has, in order, codes as words; else the name for what has none."""
    parts = _words(" ".join(map(spoken, comparison.values)))
    return _words(comparison.found or "") == (
        parts or _words(comparison.line.options_of_transform["fallback"])
    )


def _words(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


def the_number_of_rows(comparison: Comparison) -> bool:
    return bool(comparison.found == len(comparison.values[0] or ()))


def the_same_set(comparison: Comparison) -> bool:
    """Each value once, in the order of its first appearance."""
    expected = dict.fromkeys(spoken(value) for value in comparison.values[0] or ())
    return list(comparison.found or ()) == [value for value in expected if value]


def words_in_order(comparison: Comparison) -> bool:
    return (comparison.found or "").split() == " ".join(map(spoken, comparison.values)).split()


def the_same_rows(comparison: Comparison) -> bool:
    rows = [[spoken(cell) for cell in row] for row in zip(*comparison.values, strict=True)]
    return [text.split(" | ") for text in comparison.found or ()] == [
        " | ".join(row).split(" | ") for row in rows
    ]


def same_link(comparison: Comparison) -> bool:
    """The same address but for the case of its host and a closing slash, which Twenty normalises."""
    held = [_url(each) for each in (comparison.found, comparison.beside)]
    return sorted(filter(None, held)) == sorted(filter(None, [_bare_url(spoken(comparison.values[0]))]))


def _url(composite: Any) -> str:
    return _bare_url((composite or {}).get("primaryLinkUrl") or "")


def _bare_url(text: str) -> str:
    scheme_and_host = re.match(r"\s*(?:[A-Za-z][\w+.-]*://)?[^/?#]*", text)
    cut = scheme_and_host.end() if scheme_and_host else 0
    return (text[:cut].casefold() + text[cut:]).strip().rstrip("/")


def same_person_name(comparison: Comparison) -> bool:
    """Given and family name as stored, but for a suffix that stands in a field of its own."""
    first, last = (spoken(value) for value in comparison.values[:2])
    name = comparison.found or {}
    suffix = comparison.record.get("nameSuffix") or ""
    family = name.get("lastName") or ""
    rejoined = suffix != "" and _without_commas(f"{family} {suffix}") == _without_commas(last)
    return (name.get("firstName") or "") == first and (family == last or rejoined)


def _without_commas(text: str) -> str:
    return re.sub(r"[\s,]+", " ", text).strip()


def suffix_kept(comparison: Comparison) -> bool:
    """The stored suffix, or else one that the family name ends with and Twenty's family name does not."""
    suffix, last = (spoken(value) for value in comparison.values)
    found = comparison.found or ""
    if suffix:
        return bool(found == suffix)
    family = (comparison.record.get("name") or {}).get("lastName") or ""
    return bool(_without_commas(last.removeprefix(family)) == found)


def same_emails(comparison: Comparison) -> bool:
    """Twenty's addresses stand in the source, whole and in this order; each plain one of the source is there.

    They are in the main field or in the one beside it, never in both.
    """
    source = spoken(comparison.values[0]).lower()
    held = _held_emails(comparison.found) + _held_emails(comparison.beside)
    places = [_place_of_email(address, source) for address in held]
    plain = {each for each in _PLAIN_EMAIL.findall(source) if len(each) <= 255}
    return -1 not in places and places == sorted(set(places)) and plain <= set(held)


_PLAIN_EMAIL = re.compile(
    r"(?<![^\s;,<])[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z0-9-]+(?![^\s;,>])"
)
"""An address that nobody would doubt, between blanks or separators."""


def _held_emails(composite: Mapping[str, Any] | None) -> list[str]:
    if not composite:
        return []
    return [
        each for each in (composite.get("primaryEmail"), *(composite.get("additionalEmails") or ())) if each
    ]


def _place_of_email(address: str, source: str) -> int:
    found = re.search(rf"(?<![^\s;,<>()\[\]\"'.]){re.escape(address)}(?!\.*[^\s;,<>()\[\]\"'.])", source)
    return found.start() if found else -1


def remark_of_emails(comparison: Comparison) -> bool:
    """The field as it stood, where it holds anything but the addresses that Twenty has."""
    source = spoken(comparison.values[0])
    rest = source.lower()
    held = _held_emails(comparison.record.get("emails")) + _held_emails(comparison.record.get("sharedEmails"))
    for address in sorted(held, key=len, reverse=True):
        rest = rest.replace(address, " ")
    return (comparison.found or "") == (source if re.search(r"[^\s;,]", rest) else "")


def same_phone_digits(comparison: Comparison) -> bool:
    """Twenty's numbers stand in the source, whole and in this order; what is plainly one stands in Twenty."""
    source = "\n".join(_with_western_digits(spoken(value)) for value in comparison.values)
    held = _held_numbers(comparison.found)
    place = 0
    for number, code in held:
        place = _end_of_number(number, code, source, place)
        if place < 0:
            return False
    plain = {number for line in source.split("\n") for number in _plain_numbers(line)}
    numbers = {number for number, _ in held}
    return len(numbers) == len(held) and plain <= numbers


_PLAIN_NUMBER = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-]?)\d{3}[ .-]?\d{4}")
"""A North American number that nobody would doubt."""


def _plain_numbers(text: str) -> set[str]:
    """The numbers of a field that has nothing doubtful beside them: words, signs, an extension."""
    pieces = [piece.strip(" .-") for piece in re.split(r"[/,;]|[^\W\d_]+", text)]
    pieces = [piece for piece in pieces if sum(letter.isdigit() for letter in piece) > 5]
    if not all(_PLAIN_NUMBER.fullmatch(piece) for piece in pieces):
        return set()
    return {re.sub(r"\D", "", piece)[-10:] for piece in pieces}


def _with_western_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def _held_numbers(composite: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Number and calling code, without its plus, of each telephone that Twenty holds."""
    if not composite:
        return []
    held = [(composite.get("primaryPhoneNumber"), composite.get("primaryPhoneCallingCode"))]
    held += [
        (each.get("number"), each.get("callingCode")) for each in composite.get("additionalPhones") or ()
    ]
    return [(number, code[1:] if code and code[0] == "+" else "") for number, code in held if number]


def _end_of_number(number: str, code: str, source: str, start: int) -> int:
    """Where these digits end, with nothing but punctuation between and no further digit around; else -1."""
    if not code or not re.fullmatch(r"\d+", number) or (code == "1" and len(number) not in (7, 10)):
        return -1
    gap = r"[^\w+]{0,4}"
    abroad = rf"(?:\+|011{gap}){code}{gap}(?:0{gap})?"
    before = rf"(?:(?:\+|011{gap})?1{gap})?" if code == "1" else abroad
    found = re.compile(rf"(?<!\d){before}{gap.join(number)}(?!\d)").search(source, start)
    return found.end() if found else -1


def remark_of_phones(comparison: Comparison) -> bool:
    """Every field as it stood with its kind; nothing for a bare number that Twenty holds as the first kind"""
    filled = [(place, spoken(value)) for place, value in enumerate(comparison.values) if spoken(value)]
    remark = comparison.found or ""
    if not filled or (
        len(filled) == 1 and filled[0][0] == 0 and _is_said_by_number(comparison, filled[0][1])
    ):
        return remark == ""
    if len(comparison.values) == 1:
        return bool(remark == filled[0][1])
    kinds = ("Mobile", "Home", "Work")
    return bool(remark == "; ".join(f"{kinds[place]}: {source}" for place, source in filled))


def _is_said_by_number(comparison: Comparison, source: str) -> bool:
    """Whether the only number that Twenty holds says all that the source says."""
    composites = [value for value in comparison.record.values() if isinstance(value, Mapping)]
    held = [each for value in composites for each in _held_numbers(value)]
    if len(held) != 1 or not re.fullmatch(r"[\d\s().+-]+", source):
        return False
    (number, code), digits = held[0], re.sub(r"\D", "", _with_western_digits(source))
    return digits in (number, code + number, f"011{code}{number}")


def same_address(comparison: Comparison) -> bool:
    parts = ("Street1", "Street2", "City", "State", "Postcode", "Country")
    composite = comparison.found or {}
    return [composite.get(f"address{part}") or "" for part in parts] == [
        spoken(value) for value in comparison.values
    ]


def the_parent(comparison: Comparison) -> bool:
    """The record that the source names; none where that one is not in Twenty."""
    return bool(comparison.found == comparison.parent_id)


def the_panda_id(comparison: Comparison) -> bool:
    return bool(comparison.found == comparison.panda_id)


def only_beside(comparison: Comparison) -> bool:
    """The field beside a unique one; the unique field's own line compares both."""
    return True


def the_same_bytes(comparison: Comparison) -> bool:
    """The file under its name, byte for byte; of the source, verification holds the bytes' hash."""
    name, content = comparison.values
    labels = [each.get("label") for each in comparison.found or ()]
    return labels == [name] and content is not None and content.sha256 == comparison.file_sha256
