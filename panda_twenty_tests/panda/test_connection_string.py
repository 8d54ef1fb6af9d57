"""Connection strings: what is refused, what is added, and what is never shown."""

from __future__ import annotations

import pytest

from panda_twenty.panda.connection_string import prepare, server_address, written
from panda_twenty.panda.driver_keywords import FREETDS, MICROSOFT_17, MICROSOFT_18, SQLITE, Family, family_of
from panda_twenty.panda.errors import ConnectionStringError, DriverMissingError

INSTALLED = ("FreeTDS", "ODBC Driver 17 for SQL Server", "ODBC Driver 18 for SQL Server", "SQLite3")
MS18 = "DRIVER={ODBC Driver 18 for SQL Server};SERVER=db.local,1500;UID=a;PWD=b"
FT = "DRIVER=FreeTDS;SERVER=db.local;UID=a;PWD=b"


@pytest.mark.parametrize(
    ("driver", "family"),
    [
        ("FreeTDS", FREETDS),
        ("/usr/lib/odbc/libtdsodbc.so", FREETDS),
        ("ODBC Driver 17 for SQL Server", MICROSOFT_17),
        ("odbc driver 18 for sql server", MICROSOFT_18),
        ("/x/libmsodbcsql-17.10.so.6.1", MICROSOFT_17),
        ("/x/libmsodbcsql-18.6.so.2.1", MICROSOFT_18),
        ("/x/libmsodbcsql.18.dylib", MICROSOFT_18),
        ("SQLite3", SQLITE),
        ("SQL Server", None),
    ],
)
def test_a_driver_is_known_by_its_name_or_its_library(driver: str, family: Family | None) -> None:
    assert family_of(driver) is family


def test_freetds_is_told_to_encrypt_and_microsofts_driver_that_we_only_read() -> None:
    freetds = prepare(FT, INSTALLED)
    assert freetds.text == f"{FT};Encryption=require;APP=panda-twenty;ClientCharset=UTF-8"
    microsoft = prepare(MS18, INSTALLED)
    assert microsoft.text == f"{MS18};Encrypt=yes;ApplicationIntent=ReadOnly;APP=panda-twenty"
    sqlite = prepare("DRIVER=SQLite3;Database=/x", INSTALLED)
    assert sqlite.text == "DRIVER=SQLite3;Database=/x"


def test_what_the_string_says_itself_stands() -> None:
    said = f"{MS18};encrypt=Strict;applicationintent=ReadWrite;App=mine"
    assert prepare(said, INSTALLED).text == said
    said = f"{FT};encryption=off;app=mine;clientcharset=CP1252"
    assert prepare(said, INSTALLED).text == said


def test_a_data_source_keeps_its_own_encryption() -> None:
    prepared = prepare("DSN=panda;UID=a;PWD=b", INSTALLED, {"panda": "ODBC Driver 18 for SQL Server"})
    assert prepared.family is MICROSOFT_18
    assert prepared.text == "DSN=panda;UID=a;PWD=b;ApplicationIntent=ReadOnly;APP=panda-twenty"
    unknown = prepare("DSN=other;UID=a;PWD=b", INSTALLED, {})
    assert (unknown.family, unknown.text) == (None, "DSN=other;UID=a;PWD=b")


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (f"{FT};Encrypt=yes", "Write Encryption=require"),
        (f"{FT};TrustServerCertificate=yes", "checks no certificate"),
        (f"{FT};DumpFile=/tmp/x", "Take it out"),
        (f"{FT};Encrytpion=require", "did you mean Encryption"),
        (f"{FT};TDS_Version=7.1", "it takes auto, 7.3, 7.4, 8.0"),
        (f"{FT};PORT=ms-sql", "Port is a number"),
        (f"{MS18};Encryption=require", "Write Encrypt=yes"),
        (f"{MS18};PORT=1433", "SERVER=host,port"),
        (f"{MS18};Encrypt=require", "it takes yes, mandatory, strict, no, optional"),
        (f"{MS18};ApplicationIntent=Read", "it takes readonly, readwrite"),
        (f"{MS18};TrustServerCertificat=yes", "did you mean TrustServerCertificate"),
        (f"{MS18.replace('18', '17')};HostNameInCertificate=x", "ODBC Driver 17"),
        (f"{MS18.replace('18', '17')};Encrypt=strict", "it takes yes, no"),
        ("DRIVER=SQLite3;Databas=/x", "did you mean Database"),
        (f"{FT};UID=other", "twice"),
        (f"{FT};Database", "a part after PWD"),
        ("DRIVER=FreeTDS;SERVER=db.local,1500;PORT=1433", "two ports"),
        ("DRIVER=FreeTDS;SERVER=db.local,ms", "not a number"),
        ("mssql:///panda", "no address"),
        ("mssql://a:b@db.local:port/panda", "no address"),
    ],
)
def test_what_drivers_pass_over_in_silence_is_refused(connection: str, words: str) -> None:
    with pytest.raises(ConnectionStringError) as caught:
        prepare(connection, INSTALLED)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "connection", [f"{FT};hunter2=x", f"{FT}hunter2;Pass{{word", "DRIVER=FreeTDS;PWD=x;hunter2;UID=a"]
)
def test_a_piece_of_a_password_is_not_repeated(connection: str) -> None:
    with pytest.raises(ConnectionStringError) as caught:
        prepare(connection, INSTALLED)
    assert "hunter2" not in str(caught.value)
    assert "word" not in str(caught.value).replace("keyword", "").replace("password", "")
    assert "braces" in str(caught.value)


def test_a_driver_that_is_not_known_is_used_without_a_check() -> None:
    said = "DRIVER={SQL Server Native Client 11.0};SERVER=x;NoSuchKeyword=1"
    prepared = prepare(said, INSTALLED)
    assert prepared.text == said
    assert "not checked" in prepared.notes[0]


def test_the_port_behind_a_comma_is_split_off_for_freetds_only() -> None:
    freetds = prepare("DRIVER=FreeTDS;SERVER=tcp:db.local, 1500;PWD={a;b}", INSTALLED)
    assert freetds.text.startswith("DRIVER=FreeTDS;SERVER=db.local;PORT=1500;PWD={a;b};")
    assert server_address(freetds.keywords) == ("db.local", 1500)
    assert "SERVER=db.local,1500" in prepare(MS18, INSTALLED).text


def test_an_address_becomes_a_string_for_the_best_installed_driver() -> None:
    address = "mssql://panda_ro:p%40ss%3Bw%7Drd@db.local:1500/Panda%20Perio?TrustServerCertificate=yes"
    best = prepare(address, INSTALLED)
    assert best.text.startswith(
        "DRIVER=ODBC Driver 18 for SQL Server;SERVER=db.local,1500;DATABASE=Panda Perio;UID=panda_ro;"
        "PWD={p@ss;w}}rd};TrustServerCertificate=yes;"
    )
    assert best.keywords["PWD"] == "p@ss;w}rd"
    only = prepare("mssql://a:b@db.local/panda", ("SQLite3", "FreeTDS"))
    assert only.text.startswith("DRIVER=FreeTDS;SERVER=db.local;PORT=1433;DATABASE=panda;UID=a;PWD=b;")
    named = prepare("mssql://a:b@db.local/panda?driver=/lib/libtdsodbc.so", INSTALLED)
    assert named.text.startswith("DRIVER=/lib/libtdsodbc.so;SERVER=db.local;PORT=1433;")
    instance = prepare("mssql://a:b@db.local%5CSQLEXPRESS/panda", INSTALLED)
    assert "SERVER=db.local\\SQLEXPRESS;" in instance.text


def test_no_driver_at_all_is_told_with_what_there_is() -> None:
    with pytest.raises(DriverMissingError, match="Installed are: SQLite3"):
        prepare("mssql://a:b@db.local/panda", ("SQLite3",))
    with pytest.raises(DriverMissingError, match="names no driver"):
        prepare("SERVER=db.local;UID=a", INSTALLED)
    with pytest.raises(DriverMissingError, match="No ODBC driver is installed"):
        prepare("", ())


@pytest.mark.parametrize(
    ("value", "microsoft", "freetds"),
    [
        ("plain-1", "plain-1", "plain-1"),
        ("a;b", "{a;b}", "{a;b}"),
        (" a", "{ a}", "{ a}"),
        ("a}b", "{a}}b}", "a}b"),
        ("a=b", "{a=b}", "{a=b}"),
    ],
)
def test_a_value_is_put_in_braces_where_its_driver_needs_them(
    value: str, microsoft: str, freetds: str
) -> None:
    assert written("PWD", value, MICROSOFT_18) == f"PWD={microsoft}"
    assert written("PWD", value, FREETDS) == f"PWD={freetds}"


def test_freetds_gets_braces_as_it_reads_them() -> None:
    prepared = prepare(
        "DRIVER={FreeTDS};SERVER={db.local,1500};ClientCharset={UTF-8};PWD={a}}b};UID=a", INSTALLED
    )
    assert prepared.text == (
        "DRIVER=FreeTDS;SERVER=db.local;PORT=1500;ClientCharset=UTF-8;PWD=a}b;UID=a"
        ";Encryption=require;APP=panda-twenty"
    )
    for impossible in ("{a}};b}", "{{a}}b}"):
        with pytest.raises(ConnectionStringError, match="Choose another password"):
            prepare(f"DRIVER=FreeTDS;SERVER=db.local;PWD={impossible}", INSTALLED)


@pytest.mark.parametrize(
    ("family", "keywords", "never_plaintext", "checked"),
    [
        (MICROSOFT_18, {"ENCRYPT": "yes"}, True, True),
        (MICROSOFT_18, {"ENCRYPT": "Mandatory", "TRUSTSERVERCERTIFICATE": "Yes"}, True, False),
        (MICROSOFT_18, {"ENCRYPT": "strict", "TRUSTSERVERCERTIFICATE": "yes"}, True, True),
        (MICROSOFT_18, {"ENCRYPT": "optional"}, False, False),
        (MICROSOFT_17, {}, False, False),
        (FREETDS, {"ENCRYPTION": "require"}, True, False),
        (FREETDS, {"ENCRYPTION": "request"}, False, False),
        (SQLITE, {}, False, False),
    ],
)
def test_what_a_driver_promises(
    family: Family, keywords: dict[str, str], never_plaintext: bool, checked: bool
) -> None:
    assert family.never_plaintext(keywords) is never_plaintext
    assert family.checks_certificate(keywords) is checked
