"""Makes a small stranger large, quickly, to see how long discovery takes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from panda_twenty_tests.strangers.truth import Home, Truth

_CHART_SHARE, _NOTE_SHARE = 0.6, 0.15
"""Of the rows that are added; the rest goes to the largest table of junk."""


def grow(sqlite_file: Path, rows: int, truth: Truth) -> int:
    """Repeats exams with their charts, notes and billing until the file holds about ``rows`` rows in all.

    Repeated rows get keys of their own and keep their patients, so every reference still holds. Patients and
    the tables that nothing is added to stay as they are. Answers the rows that the file then holds; it may be
    off by one repetition of each table. A file that is large enough already is left alone.
    """
    chart, exam, note = truth.chart_table, truth.tables["perio_exam"], truth.tables["clinical_note"]
    (exam_key,) = truth.attributes["perio_exam", "key"]
    (chart_exam,) = truth.attributes["perio_chart", "exam_key"]
    with closing(sqlite3.connect(sqlite_file)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        held = {name: _count(connection, name) for (name,) in names}
        missing = rows - sum(held.values())
        if missing > 0:
            billing = max((truth.junk_tables & held.keys()) or {note}, key=held.__getitem__)
            exams = round(missing * _CHART_SHARE / (held[chart] + held[exam]))
            span = _span(connection, exam_key)
            _repeat(connection, exam, exams, {exam_key[1]: span})
            _repeat(connection, chart, exams, {**_own_key(connection, chart), chart_exam[1]: span})
            notes = round(missing * _NOTE_SHARE / held[note])
            _repeat(connection, note, notes, _own_key(connection, note))
            left = rows - sum(_count(connection, table) for table in held)
            _repeat(connection, billing, round(left / held[billing]), _own_key(connection, billing))
        connection.commit()
        return sum(_count(connection, table) for table in held)


def _repeat(connection: sqlite3.Connection, table: str, times: int, shifted: dict[str, int]) -> None:
    """Inserts ``times`` copies of every row; ``shifted`` columns move by a multiple of their span."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info([{table}])")]
    listed = ", ".join(
        f"CASE TYPEOF([{column}]) WHEN 'integer' THEN [{column}] + copy.number * {shifted[column]}"
        f" ELSE PRINTF('%08X', copy.number) || SUBSTR([{column}], 9) END"
        if column in shifted
        else f"[{column}]"
        for column in columns
    )
    connection.execute(
        "WITH RECURSIVE copy(number) AS"
        f" (SELECT 1 WHERE {times} > 0 UNION ALL SELECT number + 1 FROM copy WHERE number < {times})"
        f" INSERT INTO [{table}] SELECT {listed} FROM copy, (SELECT * FROM [{table}])"
    )


def _own_key(connection: sqlite3.Connection, table: str) -> dict[str, int]:
    """The key of a table that has one column for it, with its span."""
    key = [row[1] for row in connection.execute(f"PRAGMA table_info([{table}])") if row[5]]
    return {key[0]: _span(connection, (table, key[0]))} if len(key) == 1 else {}


def _span(connection: sqlite3.Connection, home: Home) -> int:
    """How far whole-number keys have to move to be free; texts are told apart otherwise."""
    table, column = home
    low, high = connection.execute(f"SELECT MIN([{column}]), MAX([{column}]) FROM [{table}]").fetchone()
    return high - low + 1 if isinstance(low, int) else 0


def _count(connection: sqlite3.Connection, table: str) -> int:
    counted: int = connection.execute(f"SELECT COUNT(*) FROM [{table}]").fetchone()[0]
    return counted
