"""Values as JavaScript has them: numbers, JSON text and ``util.inspect``.

Twenty is a Node program, and its answers show it: 9007199254740993 comes back as ...992, 1.0 as 1,
and an error message quotes a refused value the way ``inspect`` prints it.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

LARGEST_PLAIN_INTEGER = 1e21
"""From here on JavaScript prints a number with an exponent."""

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
IDENTIFIER = re.compile(r"^[a-zA-Z_][a-zA-Z_0-9]*$")
BREAK_LENGTH = 80
COMPACT_LEVELS = 3


def number(value: float) -> int | float:
    """``value`` as JavaScript would print it: an int where it is integral, else a float."""
    if math.isinf(value) or math.isnan(value):
        return value
    if value == int(value) and abs(value) < LARGEST_PLAIN_INTEGER:
        return int(value) if abs(value) <= 2**53 else int(Decimal(repr(value)))
    return value


def _integer(text: str) -> int | float:
    value = int(text)
    return value if abs(value) <= 2**53 else number(float(text))


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is a word of JavaScript and not of JSON")


def loads(text: str | bytes) -> Any:
    """Parse JSON as ``JSON.parse`` does, and put U+FFFD where a lone surrogate stands."""
    parsed = json.loads(
        text,
        parse_int=_integer,
        parse_float=lambda number_text: number(float(number_text)),
        parse_constant=_no_json,
    )
    escaped = b"\\ud" in text.lower() if isinstance(text, bytes) else "\\ud" in text.lower()
    return without_lone_surrogates(parsed) if escaped else parsed


def without_lone_surrogates(value: Any) -> Any:
    """``value`` with every lone surrogate replaced, as encoding to UTF-8 does in Node."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_lone_surrogates(key): without_lone_surrogates(item) for key, item in value.items()}
    return value


def dumps(value: Any) -> str:
    """``JSON.stringify(value)``."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def entries(value: Any) -> list[tuple[str, Any]]:
    """The properties that JavaScript finds in a value: those of an object, or places in a list or a text."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, str)):
        return [(str(place), each) for place, each in enumerate(value)]
    return []


def kind(value: Any) -> str:
    """What ``typeof`` says of a JSON value."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number" if is_number(value) else "object"


def to_number(value: Any) -> float:
    """``Number(value)`` for what JSON can hold; NaN where it is none."""
    if value is None or value is False or value == [] or value == "":
        return 0
    if value is True:
        return 1
    if is_number(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, list):
        return to_number(as_text(value))
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return 0
        if re.fullmatch(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+", text):
            return int(text, 0)
        if re.fullmatch(r"[+-]?Infinity", text):
            return -math.inf if text.startswith("-") else math.inf
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            return number(float(text))
    return math.nan


def parse_float(text: str) -> float:
    """``parseFloat(text)``: the number that ``text`` starts with, or NaN."""
    found = re.match(r"\s*([+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))", text)
    if not found:
        return math.nan
    return math.inf if found[1].endswith("Infinity") else number(float(found[1]))


def as_text(value: Any) -> str:
    """``String(value)``, as a template literal shows it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if item is None else as_text(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


def number_text(value: int | float) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return repr(value).replace("e-0", "e-").replace("e+0", "e+")
    return str(value)


def _quoted(text: str) -> str:
    quote = "'"
    if "'" in text:
        quote = '"' if '"' not in text else "`" if "`" not in text and "${" not in text else "'"
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\\": "\\\\"}
    shown = []
    for character in text:
        if character == quote:
            shown.append("\\" + character)
        elif character in escapes:
            shown.append(escapes[character])
        elif ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F:
            shown.append(f"\\x{ord(character):02X}")
        else:
            shown.append(character)
    return quote + "".join(shown) + quote


def inspect(value: Any) -> str:
    """``util.inspect(value)`` of Node with its default options."""
    return _inspect(value, 0, 0)[0]


def _inspect(value: Any, depth: int, indentation: int) -> tuple[str, int]:
    """The text of ``value`` and how many levels of entries it holds."""
    if isinstance(value, str):
        return _quoted(value), 0
    if not isinstance(value, (list, dict)):
        return as_text(value), 0
    is_list = isinstance(value, list)
    if not value:
        return ("[]" if is_list else "{}"), 0
    if depth > 2:
        return ("[Array]" if is_list else "[Object]"), 0
    inner = 0
    entries: list[str] = []
    if is_list:
        for item in value[:100]:
            text, levels = _inspect(item, depth + 1, indentation + 2)
            inner = max(inner, levels)
            entries.append(text)
        if len(value) > 100:
            rest = len(value) - 100
            entries.append(f"... {rest} more item{'s' if rest > 1 else ''}")
    elif isinstance(value, dict):
        for key, item in value.items():
            text, levels = _inspect(item, depth + 1, indentation + 2)
            inner = max(inner, levels)
            entries.append(f"{key if IDENTIFIER.match(key) else _quoted(key)}: {text}")
    opening, closing = ("[", "]") if is_list else ("{", "}")
    grouped = (
        _in_columns(entries, value, indentation) if isinstance(value, list) and len(entries) > 6 else entries
    )
    if inner < COMPACT_LEVELS and len(grouped) == len(entries):
        start = len(entries) + indentation + len(opening) + 10
        if sum(map(len, entries)) + len(entries) + start <= BREAK_LENGTH and not any(
            "\n" in text for text in entries
        ):
            return f"{opening} {', '.join(entries)} {closing}", inner + 1
    margin = "\n" + " " * indentation
    return f"{opening}{margin}  {(',' + margin + '  ').join(grouped)}{margin}{closing}", inner + 1


def _in_columns(entries: list[str], value: list[Any], indentation: int) -> list[str]:
    """Short entries of a long array, several to a line, as ``inspect`` lays them out."""
    shown = entries[:-1] if len(value) > 100 else entries
    lengths = [len(text) for text in shown]
    widest = max(lengths) + 2
    total = sum(lengths) + 2 * len(lengths)
    if not (widest * 3 + indentation < BREAK_LENGTH and (total / widest > 5 or widest - 2 <= 6)):
        return entries
    bias = math.sqrt(widest - total / len(entries))
    biased = max(widest - 3 - bias, 1)
    columns = min(
        math.floor(math.sqrt(2.5 * biased * len(shown)) / biased + 0.5),
        (BREAK_LENGTH - indentation) // widest,
        COMPACT_LEVELS * 4,
        15,
    )
    if columns <= 1:
        return entries
    widths = [max(lengths[start::columns]) + 2 for start in range(min(columns, len(lengths)))]
    to_the_right = all(is_number(item) for item in value)
    lines = []
    for start in range(0, len(shown), columns):
        row = shown[start : start + columns]
        if to_the_right:
            cells = [f"{text}, ".rjust(widths[place]) for place, text in enumerate(row[:-1])]
            cells.append(row[-1].rjust(widths[len(row) - 1] - 2))
        else:
            cells = [f"{text}, ".ljust(widths[place]) for place, text in enumerate(row[:-1])]
            cells.append(row[-1])
        lines.append("".join(cells))
    return lines + entries[len(shown) :]
