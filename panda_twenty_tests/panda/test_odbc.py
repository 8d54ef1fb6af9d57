"""pyodbc: what can be seen without a SQL Server, and SQLite behind its ODBC driver where it is installed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from panda_twenty.panda import errors
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.connection_string import parse_connection_string, server_address
from panda_twenty.panda.odbc_failures import explain_connecting, explain_reading

MakeDatabase = Callable[[str], Path]


def as_raised(state: str, message: str) -> Exception:
    """The failure with its arguments as pyodbc orders them."""
    if state == "HY106":
        return Exception(message, state)
    return Exception(state, f"[{state}] [vendor]{message} (SQLExecDirectW)")


SECRET = "Pa;ss}word"


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        ("DRIVER=FreeTDS;SERVER=db.local;PORT=1500;UID=a", ("db.local", 1500)),
        ("Driver={ODBC Driver 18 for SQL Server};Server=tcp:db.local,1500", ("db.local", 1500)),
        ("DRIVER=x;SERVER=db.local", ("db.local", 1433)),
        ("DRIVER=x;SERVER=db.local\\SQLEXPRESS", None),
        ("DRIVER=x;SERVER=(localdb)\\v11", None),
        ("DSN=panda", None),
    ],
)
def test_the_server_is_found_in_every_spelling(connection: str, address: tuple[str, int] | None) -> None:
    assert server_address(parse_connection_string(connection)) == address


def test_a_braced_password_may_hold_semicolons_and_braces() -> None:
    found = parse_connection_string("DRIVER={x y};PWD={Pa;ss}}word}; UID = sa ;DATABASE=d")
    assert found == {"DRIVER": "x y", "PWD": SECRET, "UID": "sa", "DATABASE": "d"}


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("42000", "[FreeTDS]Login failed for user 'sa'. (18456)"), "LoginRefused"),
        (("28000", "[Microsoft]Login failed for user 'sa'. (18456)"), "LoginRefused"),
        (("42000", "invalid TDS authentication request (33557097)"), "LoginRefused"),
        (("08004", 'database "x" does not exist (911)'), "UnknownDatabase"),
        (("42000", "Cannot open database (4060)"), "UnknownDatabase"),
        (("01000", "[unixODBC]Can't open lib '/x.so' : file not found (0)"), "DriverMissing"),
        (("IM002", "Data source name not found (0)"), "DriverMissing"),
        (("IM004", "Driver's SQLAllocHandle failed (0)"), "DriverMissing"),
        (("HYT00", "Login timeout expired (0)"), "ServerUnreachable"),
        (("42000", "Login failed because the account is disabled. (18470)"), "LoginRefused"),
        (("28000", "Login failed because the account is locked. (18486)"), "LoginRefused"),
        (("28000", "The password of the account must be changed. (18488)"), "LoginRefused"),
        (("28000", "The login is from an untrusted domain. (18452)"), "LoginRefused"),
        (("08004", "The principal is not able to access the database. (916)"), "LoginRefused"),
        (("42000", "Database 'x' cannot be opened because it is offline. (942)"), "DatabaseOffline"),
        (("42000", "Database 'x' is in the middle of a restore. (927)"), "DatabaseOffline"),
        (("28000", "Server is in single user mode. (18461)"), "DatabaseOffline"),
        (("08004", "The target database is accessible for read-intent only. (978)"), "DatabaseOffline"),
        (("HY000", "The maximum number of user connections was reached. (17809)"), "TooManyConnections"),
        (("08001", "SSL Provider: certificate verify failed (0)"), "Certificate"),
    ],
)
def test_measured_connection_failures_become_advice(arguments: tuple[str, str], kind: str) -> None:
    told = explain_connecting(as_raised(*arguments))
    assert type(told).__name__ == f"{kind}Error"
    assert "'sa'" not in str(told)
    assert str(told).count(". ") <= 2


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("42S02", "Invalid object name 'dbo.Exam'. (208)"), "MissingTable", "dbo.Exam"),
        (("42S22", "Invalid column name 'Nick'. (207)"), "MissingColumn", "Nick"),
        (
            ("42000", "The SELECT permission was denied on the object 'Patient' (229)"),
            "PermissionRefused",
            "SELECT",
        ),
        (("HYT00", "Query timeout expired (0)"), "QueryTimeout", "narrower"),
        (("08S01", "Communication link failure (0)"), "LostConnection", "again"),
        (("HY000", "Unknown error (0)"), "LostConnection", "again"),
        (("08S01", "Read from the server failed (20004)"), "LostConnection", "20004"),
        (("HY000", "The session is in the kill state. (596)"), "LostConnection", "596"),
        (("HY000", "Connection is busy with results for another command (0)"), "Query", "HY000"),
        (("42000", "Lock request time out period exceeded. (1222)"), "LockTimeout", "1222"),
        (("40001", "Transaction was deadlocked on lock resources. (1205)"), "LockTimeout", "1205"),
        (("HY000", "Snapshot isolation transaction failed accessing 'x'. (3952)"), "Query", "there too"),
        (("42000", "VIEW SERVER STATE permission was denied. (300)"), "PermissionRefused", "300"),
        (("HY000", "I/O error (824)"), "Query", "CHECKDB"),
        (("HY106", "ODBC SQL type -155 is not yet supported."), "Query", "HY106"),
        (("22018", "Conversion failed when converting 'Jane Doe' to int. (245)"), "Query", "245"),
    ],
)
def test_measured_read_failures_become_advice_without_values(
    arguments: tuple[str, str], kind: str, words: str
) -> None:
    told = explain_reading(as_raised(*arguments))
    assert type(told).__name__ == f"{kind}Error"
    assert words in str(told)
    assert "Jane" not in str(told)


@pytest.mark.usefixtures("sqlite_odbc")
def test_a_closed_port_is_told_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = "Pa;ss=word"
    with pytest.raises(errors.ServerUnreachableError, match=f"nothing listens on port {port}") as caught:
        open_practice(f"DRIVER=FreeTDS;SERVER=127.0.0.1;PORT={port};UID=sa;PWD={{{secret}}}")
    assert secret not in str(caught.value)


@pytest.mark.usefixtures("sqlite_odbc")
def test_a_driver_that_is_not_installed_is_told_so() -> None:
    with pytest.raises(errors.DriverMissingError, match="not installed"):
        open_practice("DRIVER=No Such Driver;DATABASE=x")


@pytest.mark.usefixtures("sqlite_odbc")
def test_sqlite_behind_odbc_answers_like_sqlite_itself(make_database: MakeDatabase) -> None:
    file = make_database("CREATE TABLE T (id INT, b NVARCHAR(9)); INSERT INTO T VALUES (1, 'x'), (2, NULL);")
    with open_practice(f"DRIVER=SQLite3;Database={file};StepAPI=1") as database:
        assert list(database.query("SELECT [id], [b] FROM [dbo].[T] WHERE [id] > ?", (1,))) == [(2, None)]
        assert database.columns("T") == {"id": "int", "b": "nvarchar(9)"}
        with pytest.raises(errors.MissingTableError, match="no table Gone"):
            list(database.query("SELECT [id] FROM [dbo].[Gone]"))
        with pytest.raises(errors.SourceError):
            list(database.query("DELETE FROM [dbo].[T]"))


@pytest.mark.usefixtures("sqlite_odbc")
def test_sqlite_behind_odbc_does_not_create_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(errors.UnknownDatabaseError, match="There is no file"):
        open_practice(f"DRIVER=SQLite3;Database={tmp_path / 'gone.sqlite'}")
    assert not list(tmp_path.iterdir())
