"""Reads a long result in short steps by key, so that the practice can go on working and a break costs little.

Each step is one statement that starts after the last complete key and answers a bounded number of rows. A
step is held in memory until it is complete; when the session breaks in the middle of one, it is read again
whole. It is complete before its last row where its rows are large: what they take in memory is bounded too,
but for two keys, which a step always reads. The rows of one key are never divided between two steps: what
belongs to the last key of a full step is left to the next one. While the rows of a step are worked on, a
second thread reads the next step, so two of them are held at most. That thread also turns what the driver
gave it into columns, so that a step holds its values only and none of the driver's rows.

The order is the statement's own. Steps need keys whose order and equality mean the same here and in the
database, which holds for whole numbers and for uniqueidentifier; text is compared by the database's collation
('ABC' equals 'abc'), so a long table with a text key is read by one statement. If that breaks, only a read
from the start helps.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

from panda_twenty.panda.connection import Dialect, PracticeDatabase, Row
from panda_twenty.panda.errors import BusyConnectionError, QueryError

ROWS_PER_STEP, FILES_PER_STEP = 2_000, 20
"""Rows of the first step at most; fewer where a row holds a whole file."""
GROWTH, MOST_BYTES_PER_STEP = 10, 50_000_000
"""How far later steps may grow, where rows are small: without an index on the key each step sorts the table,
so fewer steps are kinder to the practice, but what is made of the last step's rows has nothing left to hide
behind. No step reads on once it holds so many bytes, and the next one asks for as many rows as should fit."""
FEWEST_ROWS_PER_STEP = 2
"""That a key is complete shows in the next one."""
ROWS_PER_FETCH, FILES_PER_FETCH = 500, 1
"""Rows that are handed out at once, after a look at their bytes: more of them do not fit in a processor's
cache and take longer. Of files, each may be as large as a step."""
ROWS_MEASURED = 10
"""Rows of a fetch by which its bytes are reckoned, evenly chosen; of files, every one is measured."""

_BYTES_OF_A_NUMBER, _BYTES_OF_A_TEXT = 32, 56
"""A number, a date or an empty place, and what a text takes besides its characters, as Python holds them."""

Key = tuple[Any, ...]

Columns = list[tuple[Any, ...]]
"""Some rows, at least one, column by column."""

_STEPPED_TYPES = re.compile(
    r"(tinyint|smallint|int|integer|bigint|uniqueidentifier)|(decimal|numeric)\(\d+,\s*0\)", re.IGNORECASE
)


@dataclass(frozen=True)
class KeyedSelect:
    """A SELECT that begins with ``SELECT`` and ends with ``ORDER BY`` its key, and where its key stands."""

    sql: str
    parameters: Sequence[object]
    key_columns: tuple[str, ...]
    """The key's columns, quoted and qualified as in ``ORDER BY``, which begins with them."""
    key_places: tuple[int, ...]
    """Where the parts of the key stand in a row."""


def has_stepped_key(database: PracticeDatabase, table: str, key: Sequence[str]) -> bool:
    """Whether every column of the key has a type by which a table can be read in steps."""
    declared = {name.casefold(): kind for name, kind in database.columns(table).items()}
    return all(_STEPPED_TYPES.fullmatch(declared.get(column.casefold(), "")) for column in key)


def read_in_steps(
    database: PracticeDatabase, select: KeyedSelect, *, stepped: bool, holds_files: bool = False
) -> Generator[Columns, None, None]:
    """All rows of ``select`` in its order, in pieces. Unless ``stepped``, a long result is one statement.

    Raises the SourceErrors of :meth:`PracticeDatabase.fetch`; without steps also LostConnectionError
    and LockTimeoutError once rows have been handed out.
    """
    per_step, fetch_size = (
        (FILES_PER_STEP, FILES_PER_FETCH) if holds_files else (ROWS_PER_STEP, ROWS_PER_FETCH)
    )
    measured = per_step if holds_files else ROWS_MEASURED
    after: Key | None = None
    most = per_step
    # What cannot be read in steps is better read whole while that can be repeated.
    limit = per_step if stepped else per_step * GROWTH

    def next_step() -> tuple[list[Columns], _Weight]:
        sql, parameters = _step(select, after, limit, database.dialect)
        weight = _Weight(select.key_places, measured)
        pieces = database.fetch_pieces(
            sql, parameters, _columns, fetch_size=fetch_size, is_enough=weight.is_enough
        )
        return pieces, weight

    pieces, weight = next_step()
    # Leaving the block waits for a step that is being read: then the connection is free again.
    with ThreadPoolExecutor(1, "read ahead") as reader:
        while True:
            if after is not None and not _go_on_from(after, pieces, select.key_places):
                raise QueryError(
                    f"The rows do not come in the order of {' and '.join(select.key_columns)}. Choose another"
                    " key in the source profile."
                )
            if sum(len(columns[0]) for columns in pieces) < limit and not weight.was_enough:
                yield from _handed_out(pieces, join=holds_files)
                return
            if not stepped:
                pieces.clear()
                with closing(database.stream(select.sql, select.parameters, fetch_size=fetch_size)) as rows:
                    yield from map(_columns, rows)
                return
            last = _key(pieces[-1], -1, select.key_places)
            if last == _key(pieces[0], 0, select.key_places):
                # One key alone fills the step.
                limit *= 2
                pieces.clear()
                pieces, weight = next_step()
                continue
            # Little by little: what the last step has read is worked on with nothing left to read ahead.
            most = min(2 * most, per_step * GROWTH)
            limit = max(FEWEST_ROWS_PER_STEP, min(most, weight.rows_in(MOST_BYTES_PER_STEP)))
            _drop(last, pieces, select.key_places)
            is_first = after is None
            after = _key(pieces[-1], -1, select.key_places)
            complete = _handed_out(pieces, join=holds_files)
            if is_first:
                # Who looks at the first rows only does not make the practice read a second step.
                yield next(complete)
            coming = reader.submit(next_step)
            yield from complete
            try:
                pieces, weight = coming.result()
            except BusyConnectionError:
                pieces, weight = next_step()


def _columns(rows: Sequence[Row]) -> Columns:
    return list(zip(*rows, strict=True))


def _handed_out(pieces: list[Columns], *, join: bool) -> Iterator[Columns]:
    """The pieces, each of which is held no longer; together if there is little in each of them."""
    if join and pieces:
        together = [tuple(chain.from_iterable(parts)) for parts in zip(*pieces, strict=True)]
        pieces.clear()
        yield together
    pieces.reverse()
    while pieces:
        yield pieces.pop()


class _Weight:
    """Reckons what the rows of a step take in memory, each piece looked at once, as they come."""

    def __init__(self, key_places: Sequence[int], measured: int) -> None:
        self._key_places = key_places
        self._measured = measured
        self._rows = 0
        self._bytes = 0
        self.was_enough = False
        """Whether the step was left before its end."""

    def is_enough(self, pieces: Sequence[Columns]) -> bool:
        """Whether these are all the rows that may be held: those of the last time and a piece more."""
        if len(pieces) == 1:
            # It may be that the connection was lost, and the step begins anew.
            self._rows = self._bytes = 0
        self._rows += len(pieces[-1][0])
        self._bytes += _bytes_of(pieces[-1], self._measured)
        first, last = _key(pieces[0], 0, self._key_places), _key(pieces[-1], -1, self._key_places)
        self.was_enough = first != last and self._bytes >= MOST_BYTES_PER_STEP
        return self.was_enough

    def rows_in(self, size: int) -> int:
        """About how many rows take so many bytes."""
        return size * self._rows // max(self._bytes, 1)


def _bytes_of(columns: Columns, measured: int) -> int:
    """About how much memory the rows take, by so many of them."""
    rows = len(columns[0])
    every = -(-rows // measured)
    sample = [column[::every] for column in columns]
    size = sum(
        _BYTES_OF_A_TEXT + len(value) if isinstance(value, str | bytes) else _BYTES_OF_A_NUMBER
        for values in sample
        for value in values
    )
    return size * rows // len(sample[0])


def _key(columns: Columns, row: int, places: Sequence[int]) -> Key:
    return tuple(columns[place][row] for place in places)


def _drop(last: Key, pieces: list[Columns], places: Sequence[int]) -> None:
    """Takes out the rows of the last key, of which there may be more than were read."""
    while _key(pieces[-1], 0, places) == last:
        pieces.pop()
    end = len(pieces[-1][0])
    while _key(pieces[-1], end - 1, places) == last:
        end -= 1
    pieces[-1] = [column[:end] for column in pieces[-1]]


def _go_on_from(after: Key, pieces: Sequence[Columns], places: Sequence[int]) -> bool:
    """Whether the rows are later than the step before; if not, steps would double rows or go round."""
    ends = [_key(pieces[0], 0, places), _key(pieces[-1], -1, places)] if pieces else []
    return all(_comes_after(key, after) for key in ends)


def _comes_after(key: Key, before: Key) -> bool:
    """Whether the key is a later one; NULL comes first, and what is not a number is only told apart."""
    for part, earlier in zip(key, before, strict=True):
        if part == earlier:
            continue
        if part is None or earlier is None:
            return earlier is None
        numbers = isinstance(part, int | Decimal) and isinstance(earlier, int | Decimal)
        return part > earlier if numbers else True
    return False


def _step(select: KeyedSelect, after: Key | None, limit: int, dialect: Dialect) -> tuple[str, list[object]]:
    """The statement of one step: at most ``limit`` rows behind the key ``after``."""
    head, order_by, order = select.sql.rpartition(" ORDER BY ")
    parameters = list(select.parameters)
    if after is not None:
        condition, values = _behind(select.key_columns, after)
        head += f" {'AND' if _has_where(head) else 'WHERE'} {condition}"
        parameters += values
    sql = f"{head}{order_by}{order}"
    if dialect == "sqlserver":
        return sql.replace("SELECT ", f"SELECT TOP ({limit}) ", 1), parameters
    return f"{sql} LIMIT {limit}", parameters


def _has_where(sql: str) -> bool:
    return " WHERE " in re.sub(r"\[(?:[^\]]|\]\])*\]", "", sql)


def _behind(columns: Sequence[str], key: Key) -> tuple[str, list[object]]:
    """The rows whose key comes after ``key`` in the order of the columns; NULL comes first in it."""
    alternatives: list[str] = []
    parameters: list[object] = []
    for position in range(len(columns)):
        terms: list[str] = []
        for column, part in zip(columns[:position], key[:position], strict=True):
            terms.append(f"{column} IS NULL" if part is None else f"{column} = ?")
            parameters += [] if part is None else [part]
        column, part = columns[position], key[position]
        terms.append(f"{column} IS NOT NULL" if part is None else f"{column} > ?")
        parameters += [] if part is None else [part]
        alternatives.append(" AND ".join(terms))
    if len(alternatives) == 1:
        return alternatives[0], parameters
    either = " OR ".join(f"({each})" for each in alternatives)
    if key[0] is None:
        return f"({either})", parameters
    # Said again so that the server can seek to it: an OR alone makes it read the whole index.
    return f"({columns[0]} >= ? AND ({either}))", [key[0], *parameters]
