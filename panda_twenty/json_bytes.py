"""JSON as bytes: quickly where orjson can, and in one spelling whatever the value is.

orjson knows no half surrogate pair, no integer beyond 64 bits and no key that is not a text; those take the
standard library's encoder. Which of the two encodes a value follows from the value alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

# What orjson would write on its own terms is left to the standard library, which refuses it.
_AS_THE_STANDARD_LIBRARY = (
    orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_SORTED = _AS_THE_STANDARD_LIBRARY | orjson.OPT_SORT_KEYS

# Made once: json.dumps with these options makes an encoder at every call.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_STRICT = json.JSONEncoder(allow_nan=False, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> bytes:
    """JSON with one spelling: sorted keys, no blanks, so that equal content has equal bytes."""
    try:
        written = orjson.dumps(value, None, _SORTED)
    except TypeError:
        return _as_utf8(_CANONICAL.encode(value))
    # A number that is not finite must not look like nothing.
    if b"null" in written and not _has_no_other_null(written, value) and not _is_finite(value):
        return _as_utf8(_CANONICAL.encode(value))
    return written


def canonical_rows(rows: Sequence[tuple[str | int | None, ...]]) -> list[bytes]:
    """The same as :func:`canonical` for each of these rows, of which no number can be other than finite."""
    try:
        return [orjson.dumps(row, None, _SORTED) for row in rows]
    except TypeError:
        return [canonical(row) for row in rows]


def strict(value: Any) -> bytes:
    """JSON without blanks, keys in their own order. Raises ValueError for a number that is not finite."""
    try:
        written = orjson.dumps(value, None, _AS_THE_STANDARD_LIBRARY)
    except TypeError:
        return _as_utf8(_STRICT.encode(value))
    if b"null" in written and not _has_no_other_null(written, value) and not _is_finite(value):
        raise ValueError("a number that is not finite has no JSON")
    return written


def parsed(content: bytes) -> Any:
    """The value of this JSON. Raises ValueError (or UnicodeDecodeError, which is one) where it is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        # Half a surrogate pair, NaN: what the standard library reads, too.
        return json.loads(content)


def _has_no_other_null(written: bytes, value: Any) -> bool:
    """Whether every ``null`` in the JSON of this value is a part of it that holds nothing."""
    parts = list(value.values()) if type(value) is dict else value
    return isinstance(parts, list | tuple) and written.count(b"null") == parts.count(None)


def _is_finite(value: Any) -> bool:
    """Whether every number in it is: orjson writes the others as null."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return not isinstance(value, float) or value - value == 0
    kinds = set(map(type, value))
    if kinds <= _FINITE_KINDS:
        return True
    if kinds <= _NUMBERS_AND_NOTHING:
        return not any(each - each for each in value if each is not None)
    return all(map(_is_finite, value))


_FINITE_KINDS = frozenset({str, int, bool, type(None)})
_NUMBERS_AND_NOTHING = frozenset({int, float, type(None)})


def _as_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
