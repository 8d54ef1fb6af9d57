"""What equality means, per kind of field: the source's value against what Twenty gave back.

No comparator calls a transform. Each reads Twenty's value back into the source's terms, or holds both to a
rule that a person would state: the same digits, the same civil day, the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from panda_twenty.mapping.specification import Line


@dataclass(frozen=True)
class Comparison:
    """One field to compare."""

    line: Line
    values: Sequence[Any]
    """The source's values of the line's attributes."""
    record: Mapping[str, Any]
    """The whole record as Twenty gives it back."""
    parent_id: str | None = None
    """For relations: the id under which the source's parent stands in Twenty; None where it does not."""
    panda_id: str = ""
    indices: Mapping[str, float | None] = field(default_factory=dict)

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
    source, found = comparison.values[0], comparison.found
    return found is source or (source is False and found is None)


def same_day(comparison: Comparison) -> bool:
    source, found = comparison.values[0], comparison.found
    return bool((date.fromisoformat(found) if found else None) == source)


def same_moment(comparison: Comparison) -> bool:
    """The same instant to the millisecond, which is what Twenty keeps."""
    source, found = comparison.values[0], comparison.found
    if source is None:
        return found is None or comparison.line.standard
    if not found:
        return False
    instant = datetime.fromisoformat(found.replace("Z", "+00:00"))
    return bool(abs((instant - source).total_seconds()) < 0.001)


def the_constant(comparison: Comparison) -> bool:
    return bool(comparison.found == comparison.line.options_of_transform["value"])


def title_of_parts(comparison: Comparison) -> bool:
    """The title holds each part that the source has, in order; codes as words."""
    found, place = (comparison.found or "").casefold(), 0
    for value in comparison.values:
        part = spoken(value)
        if not part:
            continue
        words = [part.casefold(), part.replace("_", " ").casefold(), part.replace("_", "-").casefold()]
        places = [found.find(word, place) for word in words]
        if max(places) < 0:
            return False
        place = max(places)
    return found != ""


def the_number_of_rows(comparison: Comparison) -> bool:
    return bool(comparison.found == len(comparison.values[0] or ()))


def the_same_set(comparison: Comparison) -> bool:
    return set(comparison.found or ()) == {spoken(value) for value in comparison.values[0] or ()} - {""}


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
    return text.strip().rstrip("/").casefold()


def same_person_name(comparison: Comparison) -> bool:
    """Given and family name as stored, but for a suffix that stands in a field of its own."""
    first, last = (spoken(value) for value in comparison.values[:2])
    name = comparison.found or {}
    suffix = (comparison.record.get("nameSuffix") or "").strip()
    family = name.get("lastName") or ""
    rebuilt = {family, f"{family} {suffix}", f"{family}, {suffix}"}
    return (name.get("firstName") or "") == first and last in rebuilt


def suffix_kept(comparison: Comparison) -> bool:
    """The stored suffix, or else one that the family name ends with and Twenty's family name does not."""
    suffix, last = (spoken(value) for value in comparison.values)
    found = comparison.found or ""
    if suffix:
        return bool(found == suffix)
    family = (comparison.record.get("name") or {}).get("lastName") or ""
    return last.removeprefix(family).strip(" ,") == found


def same_emails(comparison: Comparison) -> bool:
    """Every address of the source, in the main field or in the one beside it, and no other."""
    source = {part.casefold() for part in re.split(r"[;,\s]+", spoken(comparison.values[0])) if "@" in part}
    junk = {each for each in source if not re.fullmatch(r"[!-~]{1,64}@[!-~]+\.[a-z0-9-]+", each)}
    held: set[str] = set()
    for composite in (comparison.found, comparison.beside):
        if composite:
            held |= {(composite.get("primaryEmail") or "").casefold()}
            held |= {each.casefold() for each in composite.get("additionalEmails") or ()}
    return held - {""} == source - junk


def remark_of_emails(comparison: Comparison) -> bool:
    """What is no address is kept as it stood."""
    source = spoken(comparison.values[0])
    parts = [part for part in re.split(r"[;,\s]+", source) if part]
    all_addresses = all(re.fullmatch(r"[!-~]{1,64}@[!-~]+\.[A-Za-z0-9-]+", part) for part in parts)
    return (comparison.found or "") == ("" if all_addresses else source)


def same_phone_digits(comparison: Comparison) -> bool:
    """Every number in Twenty stands in the source, and every whole number of the source in Twenty."""
    composite = comparison.found or {}
    held = [composite.get("primaryPhoneNumber") or ""]
    held += [each.get("number") or "" for each in composite.get("additionalPhones") or ()]
    digits = [re.sub(r"\D", "", each) for each in held if each]
    sources = [re.sub(r"\D", "", spoken(value)) for value in comparison.values]
    if any(not any(number in source for source in sources) for number in digits):
        return False
    return all(any(number in source for number in digits) for source in sources if len(source) >= 10)


def remark_of_phones(comparison: Comparison) -> bool:
    """Whatever is more than a bare number stands in the remark, word for word."""
    remark = comparison.found or ""
    filled = [spoken(value) for value in comparison.values if spoken(value)]
    if any(source not in remark for source in filled if re.search(r"[^\d\s().+-]", source)):
        return False
    return len(filled) < 2 or all(source in remark for source in filled)


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
