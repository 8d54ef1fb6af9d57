"""Finds the column by which a program marks rows as deleted instead of deleting them.

Such rows look like any other and must not be migrated as if they were live.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from panda_twenty.mapping.proposal.vocabulary import code_words
from panda_twenty.panda.discovery.facts import ColumnFacts, TableFacts
from panda_twenty.panda.discovery.names import words_of

MOST_DELETED = 0.5
"""Share of rows marked as deleted from which the mark is asked about rather than believed."""

_DELETED = frozenset(("deleted", "voided"))
_SAID_WITH_IT = frozenset("is was has flag row record logical soft date time at on timestamp utc".split())
"""Words beside it that leave the mark what it is; ``deleted by`` and ``deleted reason`` are none."""


@dataclass(frozen=True)
class DeletionMark:
    """The column, the profile's condition that keeps the other rows, and the share that it leaves out."""

    column: str
    condition: Mapping[str, Any]
    share: float


def deletion_mark(table: TableFacts) -> DeletionMark | None:
    """How deleted rows of a table are told, if they are kept: by a yes or no, or by a day."""
    for column in table:
        said = set(words_of(column.name))
        if not said & _DELETED or said - _DELETED - _SAID_WITH_IT:
            continue
        if column.broad in ("date", "moment"):
            return DeletionMark(column.name, {"column": column.name, "is_null": True}, column.fill_share)
        marks = _yes(column)
        if marks:
            rows = sum(column.codes.get(mark, 0) for mark in marks)
            share = rows / column.sampled if column.sampled else 0.0
            return DeletionMark(column.name, {"column": column.name, "not_in": list(marks)}, share)
    return None


_OPPOSITES = {"0": "1", "N": "Y", "n": "y", "F": "T", "f": "t", "No": "Yes", "False": "True"}


def _yes(column: ColumnFacts) -> tuple[str, ...]:
    """What says that a row is deleted; nothing where the column is no yes or no."""
    if column.broad == "boolean":
        return ("1",)
    known = {*code_words("true"), *code_words("false")}
    if not column.codes or any(code.lower() not in known for code in column.codes):
        return ()
    seen = tuple(code for code in column.codes if code.lower() in code_words("true"))
    return seen or tuple(_OPPOSITES[code] for code in column.codes if code in _OPPOSITES)
