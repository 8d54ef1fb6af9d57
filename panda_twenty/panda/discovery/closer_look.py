"""Reads what a sample cannot tell: every code of a column, and the whole charts of some exams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, quoted, quoted_table
from panda_twenty.panda.discovery.facts import Discovery
from panda_twenty.panda.discovery.profiling import MOST_CODES
from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.values import plain_text

KEYS_PER_STATEMENT = 60


class CloserLook:
    """Looks again at one database, in short statements; what cannot be read is simply not known."""

    def __init__(self, database: PracticeDatabase, discovery: Discovery) -> None:
        self._database = database
        self._discovery = discovery
        self._codes: dict[tuple[str, str], Mapping[str, int] | None] = {}

    def codes(self, table: str, column: str) -> Mapping[str, int] | None:
        """Every value of a column with its count, blanks left out; None for more than a code list has."""
        if (table, column) not in self._codes:
            self._codes[table, column] = self._counted(table, column)
        return self._codes[table, column]

    def rows_of(self, table: str, column: str, keys: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """All rows whose column has one of these values, columns in the table's order."""
        facts = self._discovery.tables[table].columns
        is_number = facts[column].broad in ("integer", "number")
        columns = ", ".join(quoted(name) for name in facts)
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), KEYS_PER_STATEMENT):
            chunk: list[object] = [
                int(key) if is_number else key for key in keys[start : start + KEYS_PER_STATEMENT]
            ]
            sql = (
                f"SELECT {columns} FROM {quoted_table(table)}"  # noqa: S608
                f" WHERE {quoted(column)} IN ({', '.join('?' * len(chunk))})"
            )
            try:
                found.extend(self._database.fetch(sql, chunk))
            except SourceError:
                return ()
        return found

    def _counted(self, table: str, column: str) -> Mapping[str, int] | None:
        own = quoted(column)
        sql = f"SELECT {own}, COUNT(*) FROM {quoted_table(table)} GROUP BY {own}"  # noqa: S608
        counts: dict[str, int] = {}
        try:
            for value, rows in self._database.fetch(sql):
                text = "" if value is None else plain_text(value).strip()
                if text:
                    counts[text] = counts.get(text, 0) + int(rows)
                if len(counts) > MOST_CODES:
                    return None
        except SourceError:
            return None
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
