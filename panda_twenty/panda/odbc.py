"""Sessions through pyodbc: SQL Server by Microsoft's driver or FreeTDS, and SQLite by its ODBC driver.

A session is handed out only when it is known to be encrypted, or the operator has allowed plaintext, and it
is set up so that the practice can go on working: it waits for locks only briefly, is the one to give way in
a deadlock, and reads row versions where the database keeps them. It never reads uncommitted rows.

Microsoft's driver reports a closed port as a login timeout after the whole timeout (measured): a plain TCP
connection tells "down" from "slow" at once.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from panda_twenty.panda import sqlite_file
from panda_twenty.panda.connection import Session
from panda_twenty.panda.connection_string import PreparedString, prepare, server_address
from panda_twenty.panda.driver_watch import watched_calls
from panda_twenty.panda.errors import (
    CannotConnectError,
    ConnectionStringError,
    DriverMissingError,
    LostConnectionError,
    NotEncryptedError,
    QueryError,
    QueryTimeoutError,
    ServerUnreachableError,
    UnknownDatabaseError,
)
from panda_twenty.panda.odbc_failures import explain_connecting, explain_reading
from panda_twenty.panda.session_security import Evidence, SessionSecurity

LOCK_WAIT_MILLISECONDS = 10_000
BABELFISH = "Babelfish for PostgreSQL"
LONGEST_VALUE_BYTES = 2_147_483_647
_DATETIMEOFFSET = -155
"""The ODBC type number that pyodbc does not know; its columns fail without a converter."""


def open_session(
    connection: str,
    *,
    connect_timeout_seconds: int,
    query_timeout_seconds: int,
    allow_plaintext: bool = False,
) -> Session:
    """Opens an ODBC connection string read only. Raises a CannotConnectError that says what to do."""
    pyodbc = _pyodbc()
    installed = pyodbc.drivers()
    prepared = prepare(connection, installed, pyodbc.dataSources())
    if not allow_plaintext and prepared.family and prepared.family.always_plaintext(prepared.keywords):
        # Said before connecting, since the login itself would show the password to the network.
        raise NotEncryptedError(_NOT_ENCRYPTED)
    address = server_address(prepared.keywords)
    if address is not None:
        _require_listener(address, connect_timeout_seconds)
    _require_sqlite_file(prepared)
    failures = (pyodbc.Error, ValueError, OverflowError)
    try:
        opened = pyodbc.connect(
            prepared.text, autocommit=True, timeout=connect_timeout_seconds, readonly=True
        )
    except failures as failure:
        told = explain_connecting(failure, installed)
    else:
        try:
            if opened.getinfo(pyodbc.SQL_DBMS_NAME).lower() == "sqlite":
                return _sqlite_session(opened, failures, _driver(pyodbc, opened))
            # As soon as there is any, pyodbc looks for one at every cell: a fifth of the time of a fetch.
            opened.add_output_converter(_DATETIMEOFFSET, _datetimeoffset)
            opened.timeout = query_timeout_seconds
            watched = prepared.family is not None and prepared.family.vendor == "freetds"
            security = secured(
                _Asking(opened, failures, watched=watched),
                prepared,
                _driver(pyodbc, opened),
                allow_plaintext=allow_plaintext,
            )
        except failures as failure:
            told = explain_connecting(failure, installed)
        except CannotConnectError:
            opened.close()
            raise
        else:
            return Session(opened, failures, explain_reading, "sqlserver", security, watched=watched)
        opened.close()
    raise told


def secured(
    ask: Callable[[str], tuple[Any, ...]],
    prepared: PreparedString,
    driver: tuple[str, str],
    *,
    allow_plaintext: bool,
) -> SessionSecurity:
    """Sets the open session up for reading and says how it is protected.

    ``ask`` runs one statement and answers its first row, empty if it has none; a refusal is a QueryError.
    Raises NotEncryptedError for a plaintext session, unless ``allow_plaintext``.
    """
    product, version = _server(ask)
    encrypted, evidence, protocol = _encryption(ask, prepared, product)
    notes = list(prepared.notes)
    if encrypted is not True and evidence != "same machine":
        if not allow_plaintext:
            raise NotEncryptedError(_NOT_ENCRYPTED if encrypted is False else _PERHAPS_NOT_ENCRYPTED)
        notes.append("PANDA_ALLOW_PLAINTEXT is set: patients' data may travel unencrypted.")
    checked = bool(encrypted and prepared.family and prepared.family.checks_certificate(prepared.keywords))
    if encrypted and not checked:
        notes.append(
            "The server's certificate was not checked: use Microsoft's driver without"
            " TrustServerCertificate=yes where somebody might pose as the server."
        )
    isolation = _quiet_reader(ask, notes)
    return SessionSecurity(
        encrypted=encrypted,
        evidence=evidence,
        certificate_checked=checked,
        protocol=protocol,
        driver=driver[0],
        driver_version=driver[1],
        server_product=product,
        server_version=version,
        isolation=isolation,
        notes=tuple(notes),
    )


_NOT_ENCRYPTED = (
    "The session is not encrypted, so patients' data would travel in the clear. Write Encrypt=yes"
    " (Microsoft's driver) or Encryption=require (FreeTDS) into PANDA_CONNECTION; on a network of your own,"
    " PANDA_ALLOW_PLAINTEXT=true accepts it."
)
_PERHAPS_NOT_ENCRYPTED = (
    "Nobody can say whether the session is encrypted: the login may not ask the server (VIEW SERVER STATE)"
    " and the driver promises nothing. Write Encrypt=yes (Microsoft's driver) or Encryption=require (FreeTDS)"
    " into PANDA_CONNECTION, or grant the login VIEW SERVER STATE;"
    " PANDA_ALLOW_PLAINTEXT=true accepts a plaintext session."
)
# The function answers sql_variant, which no driver reads.
_TRANSPORT = (
    "SELECT CAST(CONNECTIONPROPERTY('net_transport') AS nvarchar(128)),"
    " CAST(CONNECTIONPROPERTY('protocol_type') AS nvarchar(128))"
)
_ENCRYPT_OPTION = "SELECT [encrypt_option] FROM [sys].[dm_exec_connections] WHERE [session_id] = @@SPID"
"""Needs VIEW SERVER STATE (from SQL Server 2022 on VIEW SERVER SECURITY STATE)."""
_BABELFISH_ENCRYPTION = "SELECT CAST([ssl] AS int) FROM [pg_stat_ssl] WHERE [pid] = @@SPID"
_YES, _NO = ("TRUE", "1"), ("FALSE", "0")


def _encryption(
    ask: Callable[[str], tuple[Any, ...]], prepared: PreparedString, product: str
) -> tuple[bool | None, Evidence, str]:
    """Encrypted or not, who says so, and the protocol."""
    transport = _asked(ask, _TRANSPORT)
    protocol = " over ".join(str(each).strip() for each in reversed(transport) if each) or "TDS"
    for question in (_ENCRYPT_OPTION, *([_BABELFISH_ENCRYPTION] if product == BABELFISH else [])):
        told = str((*_asked(ask, question), "")[0]).strip().upper()
        if told in (*_YES, *_NO):
            return told in _YES, "server", protocol
    if transport and str(transport[0]).strip().lower() == "shared memory":
        return None, "same machine", protocol
    if prepared.family is not None and prepared.family.never_plaintext(prepared.keywords):
        return True, "driver", protocol
    return None, "nothing", protocol


def _quiet_reader(ask: Callable[[str], tuple[Any, ...]], notes: list[str]) -> str:
    """Session settings that keep out of the practice's way; answers the isolation level."""
    # FreeTDS's own configuration may cut long text and documents at 64 KB without a word.
    if _refuses(ask, f"SET TEXTSIZE {LONGEST_VALUE_BYTES}"):
        size = _asked(ask, "SELECT @@TEXTSIZE")
        if not size or int(size[0]) not in (-1, LONGEST_VALUE_BYTES):
            raise CannotConnectError(
                "The server refuses SET TEXTSIZE, so long text and documents would be cut short. Take 'text"
                " size' out of freetds.conf, or use Microsoft's driver."
            )
    if _refuses(ask, f"SET LOCK_TIMEOUT {LOCK_WAIT_MILLISECONDS}"):
        notes.append("The server refused SET LOCK_TIMEOUT: a read may wait until the query timeout.")
    if _refuses(ask, "SET DEADLOCK_PRIORITY LOW"):
        notes.append("The server refused SET DEADLOCK_PRIORITY: a read may win a deadlock.")
    versions = _asked(
        ask,
        "SELECT [snapshot_isolation_state], [is_read_committed_snapshot_on] FROM [sys].[databases]"
        " WHERE [database_id] = DB_ID()",
    )
    if versions and int(versions[0] or 0) == 1:
        if not _refuses(ask, "SET TRANSACTION ISOLATION LEVEL SNAPSHOT"):
            return "snapshot"
        notes.append("The server refused snapshot isolation: reads see committed rows.")
    # A server that refuses even this keeps its default, which is the same level.
    _refuses(ask, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    if not (versions and bool(versions[1])):
        notes.append(
            "The database keeps no row versions, so a read may wait for somebody's change (10 seconds, then"
            " again). ALLOW_SNAPSHOT_ISOLATION ON would avoid that."
        )
    return "read committed"


def _server(ask: Callable[[str], tuple[Any, ...]]) -> tuple[str, str]:
    """Product and version; Babelfish answers to a property that SQL Server does not have."""
    version = _asked(ask, "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))")
    babelfish = _asked(ask, "SELECT CAST(SERVERPROPERTY('BabelfishVersion') AS nvarchar(128))")
    if babelfish and babelfish[0]:
        return BABELFISH, str(babelfish[0])
    return "Microsoft SQL Server", str(version[0] if version and version[0] else "unknown")


def _asked(ask: Callable[[str], tuple[Any, ...]], sql: str) -> tuple[Any, ...]:
    """The first row; empty where the server does not answer the question."""
    try:
        return ask(sql)
    except QueryError:
        return ()


def _refuses(ask: Callable[[str], tuple[Any, ...]], sql: str) -> bool:
    try:
        ask(sql)
    except QueryError:
        return True
    return False


class _Asking:
    """Asks an open connection one thing at a time."""

    def __init__(self, opened: Any, failures: tuple[type[Exception], ...], *, watched: bool) -> None:
        self._opened = opened
        self._failures = failures
        self._watched = watched

    def __call__(self, sql: str) -> tuple[Any, ...]:
        cursor = self._opened.cursor()
        try:
            with watched_calls(cursor, needed=self._watched) as calling, calling():
                cursor.execute(sql)
                row = cursor.fetchone() if cursor.description else None
        except self._failures as failure:
            told = explain_reading(failure)
        else:
            return tuple(row) if row is not None else ()
        finally:
            cursor.close()
        if isinstance(told, LostConnectionError | QueryTimeoutError):
            raise ServerUnreachableError(str(told))
        raise QueryError(str(told))


def _pyodbc() -> Any:
    try:
        import pyodbc
    except ImportError:
        raise DriverMissingError(
            "pyodbc cannot be loaded: the ODBC driver manager (libodbc.so.2) is missing. Install it with"
            " apt-get install unixodbc, or run the project's Docker image, which holds it."
        ) from None
    # A pool would hand a broken session out again, with whatever was set in it.
    pyodbc.pooling = False
    return pyodbc


def _driver(pyodbc: Any, opened: Any) -> tuple[str, str]:
    return str(opened.getinfo(pyodbc.SQL_DRIVER_NAME)), str(opened.getinfo(pyodbc.SQL_DRIVER_VER))


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


def _require_sqlite_file(prepared: PreparedString) -> None:
    """SQLite's ODBC driver would create a file that is not there, and answer from the empty one."""
    if prepared.family is None or prepared.family.vendor != "sqlite" or "DSN" in prepared.keywords:
        return
    file = prepared.keywords.get("DATABASE")
    if not file:
        raise ConnectionStringError("PANDA_CONNECTION names no file. Write Database=/path/of/the/file.")
    if not Path(file).is_file():
        raise UnknownDatabaseError(f"There is no file {file}. Check Database in PANDA_CONNECTION.")


def _sqlite_session(opened: Any, failures: tuple[type[Exception], ...], driver: tuple[str, str]) -> Session:
    """SQLite behind ODBC: no statement timeout, every error HY000, and it wants the SQL Server costume."""
    try:
        path = next(row[2] for row in opened.execute("PRAGMA database_list") if row[1] == "main")
        sqlite_file.present_as_sql_server(opened.execute, path)
        opened.execute("PRAGMA query_only = 1")
    except failures as failure:
        told = sqlite_file.explain(failure)
    else:
        security = replace(sqlite_file.SECURITY, driver=driver[0], driver_version=driver[1])
        return Session(opened, failures, sqlite_file.explain, "sqlite", security)
    raise CannotConnectError(f"The SQLite file cannot be opened as a practice's database. {told}")


def _datetimeoffset(packed: bytes) -> datetime:
    year, month, day, hour, minute, second, nanoseconds, hours, minutes = struct.unpack("<6hI2h", packed)
    offset = timezone(timedelta(hours=hours, minutes=minutes))
    return datetime(year, month, day, hour, minute, second, nanoseconds // 1000, tzinfo=offset)
