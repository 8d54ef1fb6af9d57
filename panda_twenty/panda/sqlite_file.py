"""A practice in a SQLite file, made to answer the SQL text that SQL Server answers.

The file is attached a second time as ``dbo``, so that ``[dbo].[Table]`` works, and INFORMATION_SCHEMA is a
small database in memory. :func:`present_as_sql_server` also serves SQLite behind ODBC.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

from panda_twenty.panda.connection import Session
from panda_twenty.panda.errors import (
    CannotConnectError,
    MissingColumnError,
    MissingTableError,
    QueryError,
    SourceError,
    UnknownDatabaseError,
)
from panda_twenty.panda.session_security import SessionSecurity

SECURITY = SessionSecurity(
    encrypted=None,
    evidence="local file",
    certificate_checked=False,
    protocol="file",
    driver="sqlite3",
    driver_version=sqlite3.sqlite_version,
    server_product="SQLite",
    server_version=sqlite3.sqlite_version,
    isolation="read committed",
)

_CATALOGUE = (
    """
    CREATE TABLE INFORMATION_SCHEMA.TABLES (
        TABLE_SCHEMA TEXT COLLATE NOCASE, TABLE_NAME TEXT COLLATE NOCASE, TABLE_TYPE TEXT)
    """,
    """
    CREATE TABLE INFORMATION_SCHEMA.COLUMNS (
        TABLE_SCHEMA TEXT COLLATE NOCASE, TABLE_NAME TEXT COLLATE NOCASE, COLUMN_NAME TEXT COLLATE NOCASE,
        ORDINAL_POSITION INT, DATA_TYPE TEXT, IS_NULLABLE TEXT,
        CHARACTER_MAXIMUM_LENGTH INT, NUMERIC_PRECISION INT, NUMERIC_SCALE INT)
    """,
    """
    INSERT INTO INFORMATION_SCHEMA.TABLES
    SELECT 'dbo', name, CASE type WHEN 'view' THEN 'VIEW' ELSE 'BASE TABLE' END
    FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite|_%' ESCAPE '|'
    """,
    """
    INSERT INTO INFORMATION_SCHEMA.COLUMNS
    SELECT 'dbo', entry.name, field.name, field.cid + 1, lower(field.type),
           CASE WHEN field."notnull" THEN 'NO' ELSE 'YES' END, NULL, NULL, NULL
    FROM main.sqlite_master AS entry, pragma_table_info(entry.name, 'main') AS field
    WHERE entry.type IN ('table', 'view') AND entry.name NOT LIKE 'sqlite|_%' ESCAPE '|'
    """,
)


def open_session(connection: str, *, busy_seconds: int) -> Session:
    """Opens ``sqlite:///path`` read only; waits up to ``busy_seconds`` for a writer that holds the file."""
    path = Path(connection.removeprefix("sqlite:").removeprefix("//").removeprefix("/") or ".")
    if not path.is_file():
        raise UnknownDatabaseError(
            f"There is no file {path}. Check PANDA_CONNECTION: sqlite:///name is relative to the working"
            " directory, sqlite:////name starts at the root."
        )
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        opened = sqlite3.connect(address, uri=True, timeout=busy_seconds, check_same_thread=False)
        opened.text_factory = decoded
        opened.create_function("DATALENGTH", 1, _data_length, deterministic=True)
        present_as_sql_server(opened.execute, address)
        # The catalogue above is all that this session ever writes, and it lives in memory.
        opened.commit()
        opened.execute("PRAGMA query_only = 1")
    except sqlite3.Error as failure:
        told = explain(failure)
    else:
        return Session(opened, (sqlite3.Error, ValueError, OverflowError), explain, "sqlite", SECURITY)
    raise CannotConnectError(f"{path} cannot be opened as a practice's database. {told}")


def _data_length(value: object) -> int | None:
    """T-SQL's DATALENGTH: bytes of a value, NULL for NULL."""
    if value is None:
        return None
    return len(value) if isinstance(value, bytes) else len(str(value).encode())


def present_as_sql_server(execute: Callable[[str], object], address: str) -> None:
    """Attaches the open SQLite file as ``dbo`` and lays out its INFORMATION_SCHEMA."""
    quoted_address = address.replace("'", "''")
    execute(f"ATTACH DATABASE '{quoted_address}' AS dbo")
    execute("ATTACH DATABASE ':memory:' AS INFORMATION_SCHEMA")
    for statement in _CATALOGUE:
        execute(statement)


def decoded(text: bytes) -> str:
    """UTF-8, else Windows-1252: imports into SQLite sometimes keep the bytes of the old system."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def explain(failure: Exception) -> SourceError:
    """A sentence for a failure of SQLite, whether it came through sqlite3 or through ODBC."""
    text = str(failure)
    if match := re.search(r"no such table: ([\w. ]+)", text):
        name = match[1].removeprefix("dbo.").strip()
        return MissingTableError(f"The database has no table {name}. Correct the source profile.")
    if match := re.search(r"no such column: ([\w.]+)", text):
        column = match[1].rpartition(".")[2]
        return MissingColumnError(f"The database has no column {column}. Correct the source profile.")
    if "locked" in text:
        return QueryError("Another program is writing the database file. Close it, or read a copy.")
    if "not a database" in text or "malformed" in text:
        return QueryError("The file is not a SQLite database, or it is damaged. Check the path.")
    if "readonly" in text or "read-only" in text:
        return QueryError("The source is open read only and refused to be written to.")
    if "interrupted" in text:
        return QueryError("The read was interrupted. Run it again.")
    return QueryError("The database refused a statement. Check the source profile with check_profile.")
