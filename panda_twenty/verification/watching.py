"""Fields beside those that a route fills, and how a record looked when it was last right.

A comparator says whether a field says what the source says. Some fields leave it room (a remark, a kind of
text, the blanks of a note), and some of our records' fields come from no source at all. For those a keyed
hash of every field is kept when a record is found right; a field whose hash differs later was changed in
Twenty by somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from panda_twenty.json_bytes import canonical
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.verified import Baseline
from panda_twenty.mapping.specification import Line, Route
from panda_twenty.twenty.workspace import ObjectFacts

UNCHANGED = "unchanged_since_verified"
"""The comparator of a field that was right and is now another, whether or not the source can tell."""

EMPTY = "nothing_in_the_source"
"""The comparator of a field that other records of the object have and this one's source does not."""

OURS = "written_by_the_migration"
"""The comparator of the creator that Twenty shows."""

SET_BY_THE_LOADER = ("createdAt", "createdBy", "position")
LINK_OBJECTS = ("noteTarget", "taskTarget", "attachment")
"""Objects whose records are links: besides the right target there must be no other."""

HASH_BYTES = 4

READ_TOGETHER = (
    frozenset({"name", "nameSuffix"}),
    frozenset({"emails", "emailRemark", "sharedEmails"}),
    frozenset({"phones", "phoneRemark"}),
    frozenset({"telephone", "telephoneRemark"}),
    frozenset({"domainName", "otherWebsite"}),
    frozenset({"formattingLost", "formattingRemark"}),
)
"""Fields whose comparators look at one another: a change of one would also be told of the other."""


def columns_of(lines: Iterable[Line]) -> list[str]:
    """The columns that lines fill, with those beside unique ones, each once."""
    names: dict[str, None] = {}
    for line in lines:
        names[line.column] = None
        if line.when_taken:
            names[line.when_taken] = None
    return list(names)


def watched_columns(facts: ObjectFacts, route: Route, routes: Sequence[Route]) -> list[str]:
    """The route's columns, those of other routes to the same object, and what the loader sets by itself."""
    names = dict.fromkeys(columns_of(route.lines))
    for other in routes:
        names |= dict.fromkeys(columns_of(other.lines))
    names |= dict.fromkeys(SET_BY_THE_LOADER)
    if facts.name in LINK_OBJECTS:
        names |= dict.fromkeys(facts.join_columns)
    return [name for name in names if name in facts.join_columns or _is_active(facts, name)]


def _is_active(facts: ObjectFacts, name: str) -> bool:
    found = facts.fields.get(name)
    return found is not None and found.is_active


def must_be_empty(facts: ObjectFacts, route: Route, watched: Sequence[str]) -> list[str]:
    """Watched columns for which this route has no source."""
    own = {*columns_of(route.lines), *SET_BY_THE_LOADER}
    return [name for name in watched if name not in own]


def is_empty(facts: ObjectFacts, column: str, value: Any) -> bool:
    """Nothing, or what Twenty itself puts where nothing was sent."""
    found = facts.fields.get(column)
    if found is not None and found.default is not None and value == found.default:
        return True
    if isinstance(value, Mapping):
        return not any(value.values())
    return value is None or value in ("", []) or value is False


class RecordHashes:
    """Four bytes of a keyed hash per column of a record, in order.

    The hash of a short value is kept: most fields of a chart hold nothing or one of a few numbers or options.
    """

    def __init__(self, ledger: Ledger, columns: Sequence[str]) -> None:
        self._ledger = ledger
        self._columns: list[tuple[str, dict[tuple[type, Any], bytes]]] = [(column, {}) for column in columns]

    def of(self, record: Mapping[str, Any]) -> bytes:
        found = []
        for column, kept in self._columns:
            value = record.get(column)
            kind = type(value)
            if kind not in _KEPT_KINDS or (isinstance(value, str) and len(value) > LONGEST_KEPT):
                found.append(self._hash(column, value))
                continue
            # By kind as well: True, 1 and 1.0 are one key and not one value.
            hashed = kept.get((kind, value))
            if hashed is None:
                hashed = self._hash(column, value)
                if len(kept) < MOST_KEPT:
                    kept[kind, value] = hashed
            found.append(hashed)
        return b"".join(found)

    def _hash(self, column: str, value: Any) -> bytes:
        return self._ledger.field_hash(canonical([column, _settled(value)]))[:HASH_BYTES]


_KEPT_KINDS = frozenset({type(None), bool, int, float, str})
LONGEST_KEPT, MOST_KEPT = 40, 200
"""Characters of a text whose hash is kept, and hashes that are kept of each column: some megabytes."""


def columns_hash(ledger: Ledger, columns: Sequence[str]) -> str:
    """Tells whether two sets of hashes are about the same columns, and made in the same way."""
    return ledger.keyed_hash(["blake2b", *columns])[:16]


def _settled(value: Any) -> Any:
    """Without a file's address, which Twenty signs anew for every reader."""
    if isinstance(value, list):
        return [
            {name: part for name, part in each.items() if name != "url"} if isinstance(each, dict) else each
            for each in value
        ]
    return value


def changed_columns(
    columns: Sequence[str], now: bytes, baseline: Baseline | None, written: int | None, about: str
) -> frozenset[str] | None:
    """The columns that differ from when the record was last right; None where that says nothing any more."""
    if baseline is None or baseline.fields is None or baseline.columns_hash != about:
        return None
    if baseline.written != written:
        return None
    return frozenset(
        column
        for place, column in enumerate(columns)
        if now[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        != baseline.fields[place * HASH_BYTES : (place + 1) * HASH_BYTES]
    )


def is_an_echo(column: str, changed: frozenset[str]) -> bool:
    """Whether a field that stands as it did only looks wrong because one that it is read with was changed."""
    return column not in changed and any(column in group and group & changed for group in READ_TOGETHER)
