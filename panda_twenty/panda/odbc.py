"""Sessions through pyodbc: SQL Server by Microsoft's driver or FreeTDS, and SQLite by its ODBC driver.

What drivers answer was measured (pyodbc 5.5, Microsoft ODBC 18.6, FreeTDS 1.3, libsqliteodbc 0.9998): the
same cause has another SQLSTATE and another exception class in each, so the server's own error number is
looked at first. Microsoft's driver reports a closed port as a login timeout after the whole timeout: a plain
TCP connection tells "down" from "slow" at once.
"""

from __future__ import annotations

import re
import socket
import struct
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from panda_twenty.panda import sqlite_file
from panda_twenty.panda.connection import Session
from panda_twenty.panda.errors import (
    CannotConnectError,
    DriverMissingError,
    LoginRefusedError,
    LostConnectionError,
    MissingColumnError,
    MissingTableError,
    PermissionRefusedError,
    QueryError,
    QueryTimeoutError,
    ServerUnreachableError,
    SourceError,
    UnknownDatabaseError,
)

SQL_SERVER_PORT = 1433
_DATETIMEOFFSET = -155
"""The ODBC type number that pyodbc does not know; its columns fail without a converter."""


def open_session(connection: str, *, connect_timeout_seconds: int, query_timeout_seconds: int) -> Session:
    """Opens an ODBC connection string read only. Raises a CannotConnectError that says what to do."""
    pyodbc = _pyodbc()
    keywords = parse_connection_string(connection)
    address = server_address(keywords)
    if address is not None:
        _require_listener(address, connect_timeout_seconds)
    _require_sqlite_file(keywords)
    failures = (pyodbc.Error, ValueError, OverflowError)
    try:
        opened = pyodbc.connect(connection, autocommit=True, timeout=connect_timeout_seconds, readonly=True)
    except failures as failure:
        told = explain_connecting(failure)
    else:
        opened.add_output_converter(_DATETIMEOFFSET, _datetimeoffset)
        if opened.getinfo(pyodbc.SQL_DBMS_NAME).lower() == "sqlite":
            return _sqlite_session(opened, failures)
        opened.timeout = query_timeout_seconds
        return Session(opened, failures, explain_reading, "sqlserver")
    raise told


def parse_connection_string(connection: str) -> dict[str, str]:
    """Keyword (upper case) to value of an ODBC connection string; a value in braces may hold semicolons."""
    found: dict[str, str] = {}
    for match in re.finditer(r"\s*([^=;{}]+?)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)\s*(?:;|$)", connection):
        value = match[2].strip()
        if value.startswith("{") and value.endswith("}"):
            value = value[1:-1].replace("}}", "}")
        found.setdefault(match[1].upper(), value)
    return found


def server_address(keywords: dict[str, str]) -> tuple[str, int] | None:
    """Host and port to try beforehand; None where only the driver knows (DSN, named instance, pipe)."""
    server = keywords.get("SERVER") or keywords.get("ADDR") or keywords.get("ADDRESS") or ""
    server = re.sub(r"^tcp:", "", server, flags=re.IGNORECASE)
    if not server or server.startswith("(") or "\\" in server or ":" in server:
        return None
    host, _, port = server.partition(",")
    port = port.strip() or keywords.get("PORT", "").strip() or str(SQL_SERVER_PORT)
    return (host.strip(), int(port)) if port.isdigit() else None


def explain_connecting(failure: Exception) -> CannotConnectError:
    """A sentence for a connection that could not be opened."""
    state, numbers, text = _facts(failure)
    if 18456 in numbers or state == "28000" or "invalid TDS authentication" in text:
        return LoginRefusedError(
            "The server refused the user name or password (error 18456). Check UID and PWD in"
            " PANDA_CONNECTION and whether the server allows SQL Server logins."
        )
    if numbers & {911, 4060} or state == "08004":
        return UnknownDatabaseError(
            "The server has no database of that name that this login may open (error 911 or 4060). Check"
            " DATABASE in PANDA_CONNECTION and ask for the login to be mapped to it."
        )
    if "Can't open lib" in text or state in ("IM002", "IM003", "IM004"):
        return DriverMissingError(
            f"The ODBC driver that PANDA_CONNECTION names is not installed ({state}). Install Microsoft's"
            " ODBC Driver 18 or FreeTDS (apt-get install tdsodbc) and name it in DRIVER=; odbcinst -q -d"
            " lists what there is."
        )
    if "certificate" in text or "SSL" in text:
        return CannotConnectError(
            f"The server's certificate is not trusted ({state}). Install its certificate authority, or set"
            " TrustServerCertificate=yes if the network between is your own."
        )
    if state in ("HYT00", "HYT01", "08S01", "08001"):
        return ServerUnreachableError(
            f"The server did not complete the login in time ({state}). Check SERVER, PORT (FreeTDS wants"
            " PORT=1433, Microsoft's driver SERVER=host,1433) and the encryption settings."
        )
    return CannotConnectError(
        f"The database could not be opened (ODBC state {state}). Check every keyword of PANDA_CONNECTION."
    )


def explain_reading(failure: Exception) -> SourceError:
    """A sentence for a statement or a fetch that failed."""
    state, numbers, text = _facts(failure)
    if 229 in numbers or 230 in numbers or "permission denied" in text.lower():
        return PermissionRefusedError(
            "The login may not read a table that the source profile names (error 229). Grant it SELECT there."
        )
    if 208 in numbers or state == "42S02":
        return MissingTableError(
            f"The database has no table {_name(text)} (error 208). Correct the source profile."
        )
    if 207 in numbers or state == "42S22":
        return MissingColumnError(
            f"The database has no column {_name(text)} (error 207). Correct the source profile."
        )
    if state in ("HYT00", "HYT01"):
        return QueryTimeoutError(
            "A read took longer than its timeout. Try narrower patient ranges, a quieter hour, or an index"
            " on the patient id column of that table."
        )
    if 1222 in numbers:
        return QueryTimeoutError("A read waited too long for a lock (error 1222). Try a quieter hour.")
    if state.startswith("08") or numbers == {0}:
        return LostConnectionError(
            f"The connection to the practice's database was lost ({state}). Run the same range again:"
            " reading it twice is safe."
        )
    return QueryError(
        f"The database refused a statement (ODBC state {state}, error"
        f" {', '.join(str(number) for number in sorted(numbers)) or 'unknown'}). Check the source profile"
        " against the database with check_profile."
    )


def _pyodbc() -> Any:
    try:
        import pyodbc
    except ImportError:
        raise DriverMissingError(
            "pyodbc cannot be loaded: the ODBC driver manager (libodbc.so.2) is missing. Install it with"
            " apt-get install unixodbc, or run the project's Docker image, which holds it."
        ) from None
    return pyodbc


def _require_listener(address: tuple[str, int], seconds: int) -> None:
    host, port = address
    try:
        with socket.create_connection(address, timeout=seconds):
            return
    except socket.gaierror:
        told = f"No computer is called {host}. Check SERVER in PANDA_CONNECTION."
    except ConnectionRefusedError:
        told = (
            f"{host} is there, but nothing listens on port {port}. Check that SQL Server runs and has TCP/IP"
            " switched on, and the port."
        )
    except OSError:
        told = (
            f"{host} did not answer on port {port} within {seconds} seconds. Check that the server is on and"
            " that no firewall stands between."
        )
    raise ServerUnreachableError(told)


def _require_sqlite_file(keywords: dict[str, str]) -> None:
    """SQLite's ODBC driver would create a file that is not there, and answer from the empty one."""
    file = keywords.get("DATABASE", "")
    if "sqlite" in keywords.get("DRIVER", "").lower() and not Path(file).is_file():
        raise UnknownDatabaseError(f"There is no file {file}. Check Database in PANDA_CONNECTION.")


def _sqlite_session(opened: Any, failures: tuple[type[Exception], ...]) -> Session:
    """SQLite behind ODBC: no statement timeout, every error HY000, and it wants the SQL Server costume."""
    try:
        path = next(row[2] for row in opened.execute("PRAGMA database_list") if row[1] == "main")
        sqlite_file.present_as_sql_server(opened.execute, path)
        opened.execute("PRAGMA query_only = 1")
    except failures as failure:
        told = sqlite_file.explain(failure)
    else:
        return Session(opened, failures, sqlite_file.explain, "sqlite")
    raise CannotConnectError(f"The SQLite file cannot be opened as a practice's database. {told}")


def _facts(failure: Exception) -> tuple[str, set[int], str]:
    """SQLSTATE, the server's error numbers and the text; pyodbc swaps its arguments for some failures."""
    arguments = [str(argument) for argument in failure.args]
    state = next((each for each in arguments if re.fullmatch(r"[0-9A-Z]{5}", each)), "HY000")
    text = " ".join(each for each in arguments if each != state)
    return state, {int(number) for number in re.findall(r"\((\d{1,9})\) \(SQL", text)}, text


def _name(text: str) -> str:
    match = re.search(r"name '([\w.\[\] $#]{1,128})'", text)
    return match[1] if match else "that the profile names"


def _datetimeoffset(packed: bytes) -> datetime:
    year, month, day, hour, minute, second, nanoseconds, hours, minutes = struct.unpack("<6hI2h", packed)
    offset = timezone(timedelta(hours=hours, minutes=minutes))
    return datetime(year, month, day, hour, minute, second, nanoseconds // 1000, tzinfo=offset)
