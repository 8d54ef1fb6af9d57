"""Examples that show how a value is written and not what it says.

A proposal is looked over by people who need to see that a column holds dates, and not whose. So nothing
that tells one person from another passes: letters, digits, days and lengths of names go, shapes stay.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from panda_twenty.mapping.proposal.model import Proposal, ProposedLine
from panda_twenty.panda.discovery.facts import Discovery
from panda_twenty.panda.entities import ENTITIES, Kind

EXAMPLES = 3
LONGEST_RUN = 6
"""Letters of one word that are shown as such: the length of a rare name would tell it."""
LONGEST_LINE = 48
"""Characters from which on a text is described and not shown, even masked."""

_YEAR = re.compile(r"(?<!\d)(1[89]|20)(\d\d)(?=\D|$|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\D|$))")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MONEY = ("fee",)
_CHARTED = re.compile(r"[-+.,;:/|xX\d\s]{1,60}|\s*\S{1,2}\s*")
_YES_AND_NO = frozenset({"0", "1", "-1", "true", "false", "yes", "no", "y", "n", "t", "f"})


class Shown(enum.StrEnum):
    """How values of an attribute are shown."""

    SHAPE = "shape"
    """Letters as X and x, digits as 9: names, keys, numbers, telephone numbers."""
    CODE = "code"
    """As it is: a code of a code list is no personal data."""
    MEASUREMENT = "measurement"
    """As it is, if it is a number, a string of numbers or one or two letters: millimetres, marks, grades."""
    DATE = "date"
    """The year alone."""
    BIRTH_DATE = "birth date"
    """The century alone."""
    MONEY = "money"
    """No digit."""


def mask(value: Any, kind: Shown) -> str:
    """The value as an example: how it is written, and nothing that identifies. Empty for NULL and blanks."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"bytes, {len(value):,}"
    text = str(value)
    if kind is Shown.CODE:
        return text.strip()
    if kind is Shown.MEASUREMENT and _CHARTED.fullmatch(text):
        return text.strip()
    if kind is Shown.MONEY:
        return "###.##"
    if kind in (Shown.DATE, Shown.BIRTH_DATE) or isinstance(value, date):
        return _date(value, text, century_only=kind is Shown.BIRTH_DATE)
    if described := _described(text):
        return described
    return "xxx@xxx.xx" if _EMAIL.fullmatch(text.strip()) else _shape(text.strip())


def shown_as(line: ProposedLine, value: Any) -> Shown:
    """How a value of this line may be shown. A code counts as one only if discovery has listed it as such."""
    if line.attribute.startswith("teeth"):
        return Shown.SHAPE if line.attribute == "teeth.note" else Shown.MEASUREMENT
    attribute = ENTITIES[line.entity].attributes.get(line.attribute)
    kind = attribute.kind if attribute is not None else Kind.TEXT
    if kind in (Kind.CODE, Kind.BOOLEAN):
        text = str(value).strip()
        is_plain = kind is Kind.BOOLEAN and text.casefold() in _YES_AND_NO
        return Shown.CODE if is_plain or any(text == code.theirs for code in line.codes) else Shown.SHAPE
    if kind in (Kind.DATE, Kind.MOMENT):
        return Shown.BIRTH_DATE if "birth" in line.attribute else Shown.DATE
    return Shown.MONEY if line.attribute in _MONEY else Shown.SHAPE


def masked_examples(line: ProposedLine, values: Sequence[Any], limit: int = EXAMPLES) -> tuple[str, ...]:
    """The first different examples among these values of the line's column."""
    found: dict[str, None] = {}
    for value in values:
        if shown := mask(value, shown_as(line, value)):
            found.setdefault(shown)
        if len(found) == limit:
            break
    return tuple(found)


def examples_of(proposal: Proposal, discovery: Discovery) -> dict[tuple[str, str], tuple[str, ...]]:
    """Masked examples for every line, by entity and attribute, from what discovery has sampled."""
    return {
        (line.entity, line.attribute): masked_examples(line, _sampled(line, discovery))
        for line in proposal.lines()
    }


def _sampled(line: ProposedLine, discovery: Discovery) -> list[Any]:
    """The sampled values of all columns that the line names, row by row."""
    table = discovery.tables.get(line.table)
    if table is None:
        return []
    named = [re.escape(column) for column in line.column.split(", ")]
    patterns = [
        each.replace(re.escape("{tooth}"), r"\w+").replace(re.escape("{site}"), r"\w+") for each in named
    ]
    columns = [column for column in table.columns if any(re.fullmatch(each, column) for each in patterns)]
    by_column = [discovery.sampled_values(line.table, column) for column in columns]
    return [value for row in zip(*by_column, strict=True) for value in row]


def _date(value: Any, text: str, *, century_only: bool) -> str:
    if isinstance(value, date):
        year, has_time = f"{value.year:04}", isinstance(value, datetime) and value.time() != value.time().min
    elif (match := _YEAR.search(text)) is not None:
        year, has_time = match.group(1) + match.group(2), ":" in text
    else:
        return re.sub(r"\d", "#", _shape(text).replace("9", "#"))[:LONGEST_LINE]
    shown = f"{year[:2]}##" if century_only else year
    return f"{shown}-##-##" + (" ##:##" if has_time else "")


def _described(text: str) -> str:
    """What a long or formatted text is, and how long; empty for a short plain one."""
    start = text.lstrip()[:200].lower()
    if start.startswith("{\\rtf"):
        return f"RTF, {len(text):,} characters"
    if re.match(r"<(!doctype|html|head|body|p|div|span|b|i|font|table)\b", start):
        return f"HTML, {len(text):,} characters"
    if len(text) > LONGEST_LINE or "\n" in text.strip():
        return f"text, {len(text):,} characters"
    return ""


def _shape(text: str) -> str:
    shown: list[str] = []
    run = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        run = run + 1 if category[0] in "LM" else 0
        if category[0] == "L":
            if run <= LONGEST_RUN:
                shown.append("X" if category in ("Lu", "Lt") else "x")
        elif category[0] == "N":
            shown.append("9")
        elif category[0] != "M":
            shown.append(character if character.isascii() and character.isprintable() else "·")
    return "".join(shown)
