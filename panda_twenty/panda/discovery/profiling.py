"""Bounded samples of every table, and what each column's values look like in them.

A sample is some eight short stretches of rows spread over the table's key, so that old and new rows are both
seen and no statement is long. Of long texts and files only the beginning is read.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, quoted, quoted_table
from panda_twenty.panda.discovery.catalogue import CatalogueColumn, CatalogueTable
from panda_twenty.panda.discovery.facts import ColumnFacts
from panda_twenty.panda.discovery.patterns import PATTERNS, date_of, is_file_beginning
from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.values import plain_text

STRETCHES, ROWS_PER_STRETCH = 8, 150
LONGEST_TEXT, LONGEST_FILE = 600, 64
"""Characters of a text and bytes of a file that are looked at."""

MOST_CODES, LONGEST_CODE = 48, 32
"""A column with more different values, or longer ones, is no code list."""

_LONG_TEXT = ("(max)", "text", "ntext", "xml", "clob")
_UNREADABLE = ("sql_variant", "geography", "geometry", "hierarchyid")


def sample_rows(database: PracticeDatabase, table: CatalogueTable) -> list[tuple[Any, ...]]:
    """Up to some 1,200 rows, columns in the table's order. Empty where the table cannot be read."""
    columns = ", ".join(_expression(column) for column in table.columns.values())
    try:
        return list(_stretches(database, table, columns))
    except SourceError:
        return []


def _stretches(database: PracticeDatabase, table: CatalogueTable, columns: str) -> Iterator[tuple[Any, ...]]:
    name = quoted_table(table.name)
    rows = table.rows or 0
    lead = next((column for column in table.key[:1]), None)
    by_number = lead is not None and table.columns[lead].broad == "integer"
    whole = STRETCHES * ROWS_PER_STRETCH
    if rows <= whole or not by_number or lead is None:
        order = f" ORDER BY {', '.join(quoted(each) for each in table.key)}" if table.key else ""
        yield from database.fetch(
            first_rows(database, f"{columns} FROM {name}{order}", whole), fetch_size=400
        )
        return
    key = quoted(lead)
    lowest, highest = database.fetch(f"SELECT MIN({key}), MAX({key}) FROM {name}")[0]  # noqa: S608
    if lowest is None:
        return
    low, high = int(lowest), int(highest)
    order = ", ".join(quoted(each) for each in table.key)
    seen = low - 1
    for place in range(STRETCHES):
        start = max(seen + 1, low + (high - low) * place // STRETCHES)
        statement = first_rows(
            database, f"{columns} FROM {name} WHERE {key} >= ? ORDER BY {order}", ROWS_PER_STRETCH
        )
        position = list(table.columns).index(lead)
        for row in database.fetch(statement, (start,), fetch_size=ROWS_PER_STRETCH):
            yield row
            seen = max(seen, int(row[position]))


def first_rows(database: PracticeDatabase, rest: str, rows: int) -> str:
    """A SELECT of so many first rows, in the words of the database at hand."""
    if database.dialect == "sqlite":
        return f"SELECT {rest} LIMIT {rows}"
    return f"SELECT TOP ({rows}) {rest}"


def _expression(column: CatalogueColumn) -> str:
    name = quoted(column.name)
    if column.declared.startswith(_UNREADABLE):
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE '(not read)' END"
    if column.broad == "bytes" and not column.declared.startswith(("rowversion", "timestamp")):
        return f"SUBSTRING({name}, 1, {LONGEST_FILE})"
    if column.broad == "text" and (
        column.declared.endswith(_LONG_TEXT) or column.declared.startswith(_LONG_TEXT)
    ):
        plain = f"CAST({name} AS nvarchar(max))" if column.declared.startswith("xml") else name
        return f"SUBSTRING({plain}, 1, {LONGEST_TEXT})"
    if column.declared.startswith("datetimeoffset"):
        return f"CAST({name} AS varchar(34))"
    return name


def column_facts(column: CatalogueColumn, values: Sequence[Any]) -> ColumnFacts:
    """What the sampled values of one column look like."""
    if column.broad == "bytes":
        return _file_facts(column, values)
    texts = [text for value in values if value is not None and (text := plain_text(value).strip())]
    counts = Counter(texts)
    lengths = [len(text) for text in texts]
    numbers = [number for text in texts if (number := _number(text)) is not None]
    years, forms = _dates(values, texts)
    shares = {
        name: hits / len(texts)
        for name, test in PATTERNS.items()
        if (hits := sum(count for text, count in counts.items() if test(text)))
    }
    shares |= {f"date_{form}": count / len(texts) for form, count in forms.items()}
    longest = max(lengths, default=0)
    few = len(counts) < max(3, len(texts) * 0.5) or (
        len(texts) <= 60 and longest <= 3 and len(counts) < len(texts)
    )
    is_code = 0 < len(counts) <= MOST_CODES and longest <= LONGEST_CODE and few
    is_code = is_code and not any(
        shares.get(each, 0) > 0.3 for each in ("phone", "email", "date_iso", "date_us")
    )
    return ColumnFacts(
        column.name,
        column.declared,
        column.broad,
        column.nullable,
        sampled=len(values),
        filled=len(texts),
        distinct=len(counts),
        patterns=shares,
        lowest=min(numbers, default=None),
        highest=max(numbers, default=None),
        first_year=min(years, default=None),
        last_year=max(years, default=None),
        mean_length=sum(lengths) / len(lengths) if lengths else 0.0,
        longest=longest,
        codes=dict(counts.most_common()) if is_code else {},
    )


def _file_facts(column: CatalogueColumn, values: Sequence[Any]) -> ColumnFacts:
    filled = [bytes(value) if not isinstance(value, str) else value.encode() for value in values if value]
    rtf = sum(value.lstrip().startswith(b"{\\rtf") for value in filled)
    files = sum(is_file_beginning(value) for value in filled)
    shares = {"rtf": rtf / len(filled), "file": files / len(filled)} if filled else {}
    return ColumnFacts(
        column.name,
        column.declared,
        column.broad,
        column.nullable,
        sampled=len(values),
        filled=len(filled),
        distinct=len(set(filled)),
        patterns={name: share for name, share in shares.items() if share},
        longest=max((len(value) for value in filled), default=0),
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _dates(values: Sequence[Any], texts: Sequence[str]) -> tuple[list[int], Mapping[str, int]]:
    """Years of the values that are dates, and how often each way of writing one occurs."""
    years: list[int] = []
    forms: Counter[str] = Counter()
    typed = [value for value in values if isinstance(value, date | datetime)]
    if typed:
        return [value.year for value in typed], {"iso": len(typed)}
    for text in texts:
        found = date_of(text)
        if found is not None:
            forms[found[0]] += 1
            if 1800 < found[1].year < 2200:
                years.append(found[1].year)
    return years, forms


Profiled = tuple[dict[str, ColumnFacts], list[tuple[Any, ...]]]


def profile_table(database: PracticeDatabase, table: CatalogueTable) -> Profiled:
    """Facts of every column of one table, and the sample that they come from."""
    rows = sample_rows(database, table) if table.rows else []
    facts = {
        column.name: column_facts(column, [row[place] for row in rows])
        for place, column in enumerate(table.columns.values())
    }
    return facts, rows


Progress = Callable[[int, int, str], None]
