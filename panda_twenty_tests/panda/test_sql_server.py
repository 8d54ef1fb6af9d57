"""Against a real server: set PANDA_TEST_SQLSERVER to a connection string whose login may create tables.

SQL Server and Babelfish will do, through FreeTDS or Microsoft's driver. Nothing is left behind.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from panda_twenty.panda import short_reads
from panda_twenty.panda.connection import PracticeDatabase, open_practice, quoted_table, readable_column
from panda_twenty.panda.connection_string import PreparedString, prepare, server_address
from panda_twenty.panda.errors import (
    LoginRefusedError,
    MissingTableError,
    NotEncryptedError,
    QueryError,
    SourceError,
    UnknownDatabaseError,
)
from panda_twenty.panda.extraction import read_entity
from panda_twenty.panda.profile import parse_profile
from panda_twenty.panda.short_reads import KeyedSelect, has_stepped_key, read_in_steps
from panda_twenty_tests.panda.cutting_proxy import CuttingProxy

CONNECTION = os.environ.get("PANDA_TEST_SQLSERVER", "")
pytestmark = pytest.mark.skipif(not CONNECTION, reason="needs PANDA_TEST_SQLSERVER, a connection string")

MakeTable = Callable[[str], str]


def prepared() -> PreparedString:
    import pyodbc

    return prepare(CONNECTION, pyodbc.drivers(), pyodbc.dataSources())


def with_keywords(**changed: str) -> str:
    """The connection string with other values for some keywords."""
    keywords = dict(prepared().keywords) | {name.upper(): value for name, value in changed.items()}
    return ";".join(f"{name}={{{value.replace('}', '}}')}}}" for name, value in keywords.items() if value)


@pytest.fixture
def make_table() -> Iterator[MakeTable]:
    """Takes the definition of columns after ``{table}`` and statements that fill it; answers its name."""
    import pyodbc

    owner = pyodbc.connect(prepared().text, autocommit=True, timeout=15)
    made: list[str] = []

    def make(script: str) -> str:
        made.append(f"PandaTwentyTest{uuid.uuid4().hex[:8]}")
        for statement in script.format(table=quoted_table(made[-1])).split(";"):
            owner.execute(statement)
        return made[-1]

    yield make
    for table in made:
        owner.execute(f"DROP TABLE {quoted_table(table)}")
    owner.close()


@pytest.fixture
def database() -> Iterator[PracticeDatabase]:
    with open_practice(CONNECTION) as opened:
        yield opened


NUMBERS = (
    "CREATE TABLE {table} (Id int NULL, Code decimal(18,0), Mark uniqueidentifier, Name nvarchar(60));"
    "INSERT INTO {table} SELECT a.n * 100 + b.n * 10 + c.n, (a.n * 100 + b.n * 10 + c.n) / 3, NEWID(),"
    " N'Zoë ' + CAST(a.n AS nvarchar(9)) FROM (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) a(n)"
    " CROSS JOIN (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) b(n)"
    " CROSS JOIN (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) c(n);"
    "INSERT INTO {table} VALUES (NULL, NULL, NULL, N'no key'), (NULL, 7, NULL, N'nor this')"
)


def test_the_session_is_encrypted_and_says_what_it_is(database: PracticeDatabase) -> None:
    security = database.security
    assert security.encrypted is True
    assert security.evidence in ("server", "driver")
    assert security.server_product in ("Microsoft SQL Server", "Babelfish for PostgreSQL")
    assert security.server_version[0].isdigit()
    assert security.isolation in ("snapshot", "read committed")
    assert security.driver_version
    assert database.dialect == "sqlserver"
    assert database.fetch("SELECT @@LOCK_TIMEOUT") == [(10_000,)]
    names = "SELECT [program_name] FROM [sys].[dm_exec_sessions] WHERE [session_id] = @@SPID"
    assert database.fetch(names) == [("panda-twenty",)]


def test_a_plaintext_session_is_refused_unless_allowed() -> None:
    family = prepared().family
    assert family is not None
    plain = with_keywords(**({"Encryption": "off"} if family.splits_port else {"Encrypt": "no"}))
    try:
        with open_practice(plain, allow_plaintext=True) as allowed:
            encrypted = allowed.security.encrypted
    except SourceError:
        pytest.skip("needs a server that takes plaintext sessions")
    if encrypted:
        pytest.skip("needs a server that does not force encryption")
    with pytest.raises(NotEncryptedError, match="PANDA_ALLOW_PLAINTEXT"):
        open_practice(plain)


def test_wrong_passwords_and_databases_are_told_without_a_value() -> None:
    with pytest.raises(LoginRefusedError, match="18456") as caught:
        open_practice(with_keywords(PWD="Wrong-Pass-77"))
    assert "77" not in str(caught.value)
    with pytest.raises((UnknownDatabaseError, LoginRefusedError)):
        open_practice(with_keywords(DATABASE="NoSuchDatabase"))


def test_every_type_is_read_as_what_it_is(make_table: MakeTable, database: PracticeDatabase) -> None:
    table = make_table(
        "CREATE TABLE {table} (Id int NOT NULL PRIMARY KEY, Small smallmoney, Money money,"
        " Exact decimal(38,10), Moment datetimeoffset, At datetime, At2 datetime2, Day date, Flag bit,"
        " Mark uniqueidentifier, Document xml, Mixed sql_variant, Page varchar(40), Long nvarchar(max),"
        " Content varbinary(max), Tiny tinyint, Big bigint, Real float);"
        "INSERT INTO {table} VALUES (1, 1.5, -922337203685477.5808, 1234567890123456789012345678.0123456789,"
        " '2024-02-29T13:14:15.1234560+05:30', '2024-02-29T13:14:15.997', '2024-02-29T13:14:15.123456',"
        " '1899-12-31', 1, '0f8fad5b-d9cb-469f-a165-70867728950e', '<a>b</a>', CAST(3 AS int), 'café € “q”',"
        " REPLICATE(CAST(N'日本' AS nvarchar(max)), 60000), CAST(REPLICATE(CAST('x' AS varchar(max)), 200000)"
        " AS varbinary(max)), 255, -9223372036854775808, 0.1);"
        "INSERT INTO {table} (Id) VALUES (2)"
    )
    columns = database.columns(table)
    selected = ", ".join(readable_column(name, kind) for name, kind in columns.items())
    full, empty = database.fetch(f"SELECT {selected} FROM {quoted_table(table)} ORDER BY [Id]")
    row: dict[str, Any] = dict(zip(columns, full, strict=True))
    assert row["Small"] == Decimal("1.5")
    assert row["Money"] == Decimal("-922337203685477.5808")
    assert row["Exact"] == Decimal("1234567890123456789012345678.0123456789")
    offset = timezone(timedelta(hours=5, minutes=30))
    assert row["Moment"] == datetime(2024, 2, 29, 13, 14, 15, 123456, tzinfo=offset)
    assert row["At"] == datetime(2024, 2, 29, 13, 14, 15, 997000)
    assert row["At2"] == datetime(2024, 2, 29, 13, 14, 15, 123456)
    assert row["Day"] == date(1899, 12, 31)
    assert row["Flag"] is True
    assert row["Mark"].lower() == "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert row["Document"] == "<a>b</a>"
    assert row["Mixed"] == "3"
    assert row["Page"] == "café € “q”"
    assert row["Long"] == "日本" * 60_000
    assert row["Content"] == b"x" * 200_000
    assert (row["Tiny"], row["Big"], row["Real"]) == (255, -(2**63), 0.1)
    assert empty == (2, *[None] * (len(columns) - 1))


@pytest.mark.parametrize("key", [("Id",), ("Code",), ("Mark",), ("Code", "Id"), ("Mark", "Id")])
def test_steps_give_what_one_statement_gives(
    make_table: MakeTable, database: PracticeDatabase, monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...]
) -> None:
    table = make_table(NUMBERS)
    assert has_stepped_key(database, table, key)
    select = selecting(table, key)
    expected = database.fetch(select.sql)
    assert len(expected) == 1_002
    monkeypatch.setattr(short_reads, "ROWS_PER_STEP", 70)
    monkeypatch.setattr(short_reads, "GROWTH", 2)
    # Within one key the order is the server's own choice, so there only the set of rows counts.
    pieces = read_in_steps(database, select, stepped=True)
    stepped = [row for columns in pieces for row in zip(*columns, strict=True)]
    assert [row[: len(key)] for row in stepped] == [row[: len(key)] for row in expected]
    assert sorted(map(repr, stepped)) == sorted(map(repr, expected))


def selecting(table: str, key: tuple[str, ...]) -> KeyedSelect:
    columns = [f"[own].[{name}]" for name in (*key, *({"Id", "Code", "Mark", "Name"} - {*key}))]
    order = ", ".join(columns[: len(key)])
    sql = f"SELECT {', '.join(columns)} FROM {quoted_table(table)} AS [own] ORDER BY {order}"
    return KeyedSelect(sql, [], tuple(columns[: len(key)]), tuple(range(len(key))))


def test_a_link_that_is_cut_again_and_again_loses_and_doubles_nothing(
    make_table: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = make_table(NUMBERS)
    profile = parse_profile(
        "profile: p\npractice: p\ntime_zone: UTC\nentities:\n  patient:\n"
        f"    table: {table}\n    key: Id\n    range: Id\n    attributes: {{first_name: Name}}\n",
        "p.yaml",
    )
    monkeypatch.setattr(short_reads, "ROWS_PER_STEP", 100)
    monkeypatch.setattr(short_reads, "GROWTH", 1)
    address = server_address(prepared().keywords)
    if address is None:
        pytest.skip("needs a connection string with host and port")
    with CuttingProxy(address) as proxy:
        family = prepared().family
        if family is not None and family.splits_port:
            through = with_keywords(SERVER="127.0.0.1", PORT=str(proxy.port))
        else:
            # The proxy has another name than the certificate.
            through = with_keywords(SERVER=f"127.0.0.1,{proxy.port}", TrustServerCertificate="yes")
        with open_practice(through, connect_timeout_seconds=30) as database:
            undisturbed = list(read_entity(database, profile, "patient"))
            assert len(undisturbed) == 1_002
            for answered_bytes in (1, 900, 3_000):
                read = []
                for number, row in enumerate(read_entity(database, profile, "patient")):
                    if number % 350 == 0:
                        proxy.cut_after(answered_bytes)
                    read.append(row)
                assert read == undisturbed
        assert proxy.cuts >= 6
        assert proxy.connections > proxy.cuts


def test_what_the_login_may_not_do_is_told(make_table: MakeTable, database: PracticeDatabase) -> None:
    table = make_table("CREATE TABLE {table} (Id int NOT NULL)")
    with pytest.raises((MissingTableError, QueryError)):
        database.fetch("SELECT [Id] FROM [dbo].[NoSuchTable]")
    # The session is still good after a refusal.
    assert database.fetch(f"SELECT COUNT(*) FROM {quoted_table(table)}") == [(0,)]
    with contextlib.closing(database.query("SELECT 1 UNION ALL SELECT 2", fetch_size=1)) as rows:  # type: ignore[type-var]
        assert next(rows) == (1,)
    assert database.fetch("SELECT 3") == [(3,)]
