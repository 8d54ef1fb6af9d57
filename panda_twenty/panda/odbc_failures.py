"""What ODBC drivers say when something fails, told as advice.

The same cause has another SQLSTATE and another exception class in each driver (measured with pyodbc 5.5,
Microsoft ODBC 18.6 and FreeTDS 1.3), so the server's own error number is looked at first, then the state.
Numbers are those of SQL Server's catalogue of errors, from 20000 on FreeTDS's own, and Winsock's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from panda_twenty.panda.connection_string import list_of_drivers
from panda_twenty.panda.errors import (
    CannotConnectError,
    CertificateError,
    DatabaseOfflineError,
    DriverMissingError,
    LockTimeoutError,
    LoginRefusedError,
    LostConnectionError,
    MissingColumnError,
    MissingTableError,
    PermissionRefusedError,
    QueryError,
    QueryTimeoutError,
    ServerUnreachableError,
    SourceError,
    TooManyConnectionsError,
    UnknownDatabaseError,
)

_ErrorT = TypeVar("_ErrorT", bound=SourceError)
_Told = tuple[type[_ErrorT], str]


def _numbers(*cases: tuple[tuple[int, ...], type[_ErrorT], str]) -> Mapping[int, _Told[_ErrorT]]:
    return {number: (kind, sentence) for numbers, kind, sentence in cases for number in numbers}


_CONNECTING: Mapping[int, _Told[CannotConnectError]] = _numbers(
    (
        (18456,),
        LoginRefusedError,
        "The server refused the user name or password. Check UID and PWD in PANDA_CONNECTION and whether the"
        " server allows SQL Server logins (mixed mode).",
    ),
    ((18470,), LoginRefusedError, "The login is disabled. Ask for it to be enabled (ALTER LOGIN)."),
    (
        (18486,),
        LoginRefusedError,
        "The login is locked after too many wrong passwords. Ask for it to be unlocked.",
    ),
    (
        (18487, 18488),
        LoginRefusedError,
        "The login's password has expired or must be changed. Ask for a new one without CHECK_EXPIRATION.",
    ),
    (
        (18452, 17806),
        LoginRefusedError,
        "The server does not take this Windows login. Use a SQL Server login with UID and PWD, or run on a"
        " computer of the practice's domain.",
    ),
    (
        (17892,),
        LoginRefusedError,
        "A logon trigger of the server turned the login away. Ask for an exception.",
    ),
    (
        (911, 4060, 4064),
        UnknownDatabaseError,
        "The server has no database of that name that this login may open. Check DATABASE in"
        " PANDA_CONNECTION and ask for the login to be mapped to it (CREATE USER).",
    ),
    (
        (916,),
        LoginRefusedError,
        "The login is no user of that database. Ask for CREATE USER there and GRANT SELECT ON SCHEMA::dbo.",
    ),
    ((942,), DatabaseOfflineError, "The database is offline. Ask for it to be set online (ALTER DATABASE)."),
    (
        (921, 922, 927),
        DatabaseOfflineError,
        "The database is being recovered or restored. Wait until that is finished and try again.",
    ),
    (
        (926, 945, 946, 948),
        DatabaseOfflineError,
        "The database is damaged, or its files cannot be opened by this server. Ask its administrator.",
    ),
    (
        (924, 18461),
        DatabaseOfflineError,
        "The database or the server is in single-user mode and somebody else is in. Wait, or ask for"
        " SET MULTI_USER.",
    ),
    (
        (976, 978, 979, 983),
        DatabaseOfflineError,
        "This copy of the database (availability group) cannot be read. Name the listener or a readable"
        " secondary in SERVER.",
    ),
    (
        (18451, 17142, 6005),
        DatabaseOfflineError,
        "The server is starting, paused or shutting down and takes no logins. Try again later.",
    ),
    (
        (17809, 17810, 10928, 10929),
        TooManyConnectionsError,
        "The server takes no more connections. Try again later, or ask for 'user connections' to be raised.",
    ),
)

_SESSION_ENDED = (
    *(64, 109, 121, 232, 233, 10053, 10054, 10060),  # the network
    *(596, 921, 922, 924, 927, 942, 6005),  # the server, shutting down or taking the database away
    *(20003, 20004, 20006, 20017, 20047),  # FreeTDS, about either
)

_READING: Mapping[int, _Told[SourceError]] = _numbers(
    (
        (229, 230, 916),
        PermissionRefusedError,
        "The login may not read a table that the source profile names. Grant it SELECT there.",
    ),
    (
        (262, 297, 300),
        PermissionRefusedError,
        "The login lacks a right that this statement needs; reading tables needs SELECT only. Ask its"
        " administrator.",
    ),
    (
        (1222,),
        LockTimeoutError,
        "A read waited too long for a lock that somebody in the practice holds. Try a quieter hour, or ask"
        " for ALLOW_SNAPSHOT_ISOLATION ON, which reads without waiting.",
    ),
    ((1205,), LockTimeoutError, "A read gave way to somebody's change in a deadlock. Try a quieter hour."),
    (
        (3952, 3958, 3966),
        QueryError,
        "A table lives in a database that does not keep row versions, or no longer has the one asked for. Ask"
        " for ALLOW_SNAPSHOT_ISOLATION ON there too, and for room in tempdb.",
    ),
    (
        (823, 824, 825, 829),
        QueryError,
        "The server cannot read a page of the database: it is damaged. Have DBCC CHECKDB run first.",
    ),
    (
        (701, 802, 1101, 1105, 8645, 9002),
        QueryError,
        "The server ran out of memory or disk while it read. Ask its administrator for room in tempdb.",
    ),
    (
        _SESSION_ENDED,
        LostConnectionError,
        "The connection to the practice's database was lost. Run the same range again: reading it twice is"
        " safe.",
    ),
)


def explain_connecting(failure: Exception, installed: Sequence[str] = ()) -> CannotConnectError:
    """A sentence for a connection that could not be opened."""
    state, numbers, text = _facts(failure)
    codes = _codes(state, numbers)
    for number in sorted(numbers & _CONNECTING.keys()):
        kind, sentence = _CONNECTING[number]
        return kind(f"{sentence} {codes}")
    if state == "28000" or "invalid TDS authentication" in text:
        kind, sentence = _CONNECTING[18456]
        return LoginRefusedError(f"{sentence} {codes}")
    if state == "08004":
        kind, sentence = _CONNECTING[4060]
        return UnknownDatabaseError(f"{sentence} {codes}")
    if "Can't open lib" in text or state in ("IM002", "IM003", "IM004"):
        return DriverMissingError(
            "The ODBC driver that PANDA_CONNECTION names is not installed, or a library that it needs is not."
            f" {list_of_drivers(installed)} {codes}"
        )
    if "certificate" in text or re.search(r"\bSSL\b|\bTLS\b|encryption", text):
        return CertificateError(
            "Encryption could not be agreed on, most often because the server's certificate is not trusted or"
            " bears another name than SERVER. Install its certificate authority, or set"
            f" TrustServerCertificate=yes if the network between is your own. {codes}"
        )
    if state in ("HYT00", "HYT01", "08S01", "08001"):
        return ServerUnreachableError(
            "The server answered, but the login was not completed. Check the port (FreeTDS wants PORT=1433,"
            " Microsoft's driver SERVER=host,1433), that no other program listens there, and that the server"
            f" can encrypt. {codes}"
        )
    return CannotConnectError(
        f"The database could not be opened. Check every keyword of PANDA_CONNECTION. {codes}"
    )


def explain_reading(failure: Exception) -> SourceError:
    """A sentence for a statement or a fetch that failed."""
    state, numbers, text = _facts(failure)
    codes = _codes(state, numbers)
    for number in sorted(numbers & _READING.keys()):
        kind, sentence = _READING[number]
        return kind(f"{sentence} {codes}")
    if "permission denied" in text.lower():
        kind, sentence = _READING[229]
        return kind(f"{sentence} {codes}")
    if 208 in numbers or state == "42S02":
        return MissingTableError(
            f"The database has no table {_name(text)}. Correct the source profile. {codes}"
        )
    if 207 in numbers or state == "42S22":
        return MissingColumnError(
            f"The database has no column {_name(text)}. Correct the source profile. {codes}"
        )
    if state in ("HYT00", "HYT01"):
        return QueryTimeoutError(
            "A read took longer than its timeout. Try narrower patient ranges, a quieter hour, or an index"
            f" on the patient id column of that table. {codes}"
        )
    if state.startswith("08") or (state == "HY000" and "Unknown error" in text):
        kind, sentence = _READING[10054]
        return kind(f"{sentence} {codes}")
    return QueryError(
        "The database refused a statement. Check the source profile against the database with check_profile."
        f" {codes}"
    )


def _facts(failure: Exception) -> tuple[str, set[int], str]:
    """SQLSTATE, the server's error numbers and the text; pyodbc swaps its arguments for some failures."""
    arguments = [str(argument) for argument in failure.args]
    state = next((each for each in arguments if re.fullmatch(r"[0-9A-Z]{5}", each)), "HY000")
    text = " ".join(each for each in arguments if each != state)
    return state, {int(number) for number in re.findall(r"\((\d{1,9})\) \(SQL", text)}, text


def _codes(state: str, numbers: set[int]) -> str:
    """The driver's own codes, to look up or to pass on."""
    named = ", ".join(f"error {number}" for number in sorted(numbers) if number)
    return f"[{state}{', ' if named else ''}{named}]"


def _name(text: str) -> str:
    match = re.search(r"name '([\w.\[\] $#]{1,128})'", text)
    return match[1] if match else "that the profile names"
