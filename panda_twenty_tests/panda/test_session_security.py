"""What a session must prove before it is handed out, with servers that answer and refuse as real ones do."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty.panda.connection_string import prepare
from panda_twenty.panda.errors import CannotConnectError, NotEncryptedError, QueryError
from panda_twenty.panda.odbc import secured
from panda_twenty.panda.session_security import SessionSecurity

MS18 = "DRIVER={ODBC Driver 18 for SQL Server};SERVER=db.local;UID=a;PWD=b"
FT = "DRIVER=FreeTDS;SERVER=db.local;UID=a;PWD=b"
OTHER = "DRIVER={SQL Server};SERVER=db.local;UID=a;PWD=b"

SQL_SERVER: dict[str, tuple[Any, ...] | None] = {
    "encrypt_option": None,
    "net_transport": ("TCP", "TSQL"),
    "pg_stat_ssl": None,
    "snapshot_isolation_state": (0, False),
    "ProductVersion": ("16.0.1000.6",),
    "BabelfishVersion": (None,),
    "SET ": (),
}
"""A server that a login without VIEW SERVER STATE sees: part of a statement to its first row, or refused."""


class Server:
    def __init__(self, **answers: tuple[Any, ...] | None) -> None:
        self._answers = {name.replace("__", " "): answer for name, answer in answers.items()} | SQL_SERVER
        self._answers |= {name.replace("__", " "): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    def __call__(self, sql: str) -> tuple[Any, ...]:
        self.asked.append(sql)
        answer = next((row for part, row in self._answers.items() if part in sql), None)
        if answer is None:
            raise QueryError("refused")
        return answer


def session(connection: str, server: Server, *, allow_plaintext: bool = False) -> SessionSecurity:
    return secured(server, prepare(connection, ()), ("driver", "1"), allow_plaintext=allow_plaintext)


@pytest.mark.parametrize(
    ("connection", "answers", "encrypted", "evidence", "checked"),
    [
        (MS18, {"encrypt_option": ("TRUE",)}, True, "server", True),
        (f"{MS18};TrustServerCertificate=yes", {"encrypt_option": ("TRUE",)}, True, "server", False),
        (f"{MS18};Encrypt=no", {"encrypt_option": ("TRUE ",)}, True, "server", False),
        (MS18, {}, True, "driver", True),
        (f"{MS18};Encrypt=strict;TrustServerCertificate=yes", {}, True, "driver", True),
        (FT, {}, True, "driver", False),
        (OTHER, {"encrypt_option": ("TRUE",)}, True, "server", False),
        (OTHER, {"net_transport": ("Shared memory", "TSQL")}, None, "same machine", False),
        (
            f"{FT};Encryption=request",
            {"BabelfishVersion": ("4.3.0",), "pg_stat_ssl": (1,)},
            True,
            "server",
            False,
        ),
    ],
)
def test_encryption_is_proved_by_the_server_or_promised_by_the_driver(
    connection: str, answers: dict[str, Any], encrypted: bool | None, evidence: str, checked: bool
) -> None:
    security = session(connection, Server(**answers))
    assert (security.encrypted, security.evidence, security.certificate_checked) == (
        encrypted,
        evidence,
        checked,
    )
    assert any("certificate was not checked" in note for note in security.notes) == (
        encrypted is True and not checked
    )


@pytest.mark.parametrize(
    ("connection", "answers", "words"),
    [
        (FT, {"encrypt_option": ("FALSE",)}, "is not encrypted"),
        (f"{MS18};Encrypt=no", {"encrypt_option": ("FALSE",)}, "is not encrypted"),
        (f"{MS18};Encrypt=no", {}, "Nobody can say"),
        (f"{FT};Encryption=request", {}, "Nobody can say"),
        (OTHER, {}, "VIEW SERVER STATE"),
        (f"{FT};Encryption=request", {"BabelfishVersion": ("4",), "pg_stat_ssl": (0,)}, "is not encrypted"),
    ],
)
def test_plaintext_and_doubt_stop_unless_they_are_allowed(
    connection: str, answers: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotEncryptedError, match=words):
        session(connection, Server(**answers))
    allowed = session(connection, Server(**answers), allow_plaintext=True)
    assert allowed.encrypted is not True
    assert any("PANDA_ALLOW_PLAINTEXT" in note for note in allowed.notes)


def test_reads_use_row_versions_where_the_database_keeps_them() -> None:
    server = Server(snapshot_isolation_state=(1, True))
    assert session(MS18, server).isolation == "snapshot"
    assert "SET TRANSACTION ISOLATION LEVEL SNAPSHOT" in server.asked
    committed = Server(snapshot_isolation_state=(0, True))
    security = session(MS18, committed)
    assert (security.isolation, security.notes) == ("read committed", ())
    assert not any("UNCOMMITTED" in sql or "NOLOCK" in sql for sql in committed.asked)
    waits = session(MS18, Server(snapshot_isolation_state=(3, False)))
    assert waits.isolation == "read committed"
    assert "may wait" in waits.notes[0]


def test_a_setting_that_the_server_refuses_is_noted_where_that_is_safe() -> None:
    quiet = Server(
        snapshot_isolation_state=(1, True),
        SET__LOCK_TIMEOUT=None,
        SET__DEADLOCK_PRIORITY=None,
        SET__TRANSACTION=None,
    )
    security = session(MS18, quiet)
    assert security.isolation == "read committed"
    assert [note.split(":")[0] for note in security.notes] == [
        "The server refused SET LOCK_TIMEOUT",
        "The server refused SET DEADLOCK_PRIORITY",
        "The server refused snapshot isolation",
    ]


def test_text_that_would_be_cut_short_stops() -> None:
    with pytest.raises(CannotConnectError, match="cut short"):
        session(FT, Server(SET__TEXTSIZE=None, TEXTSIZE=(64_512,)))
    assert session(FT, Server(SET__TEXTSIZE=None, TEXTSIZE=(-1,))).encrypted


def test_the_product_is_told() -> None:
    assert session(MS18, Server()).server_product == "Microsoft SQL Server"
    assert session(MS18, Server()).server_version == "16.0.1000.6"
    babelfish = session(MS18, Server(BabelfishVersion=("4.3.0",)))
    assert (babelfish.server_product, babelfish.server_version) == ("Babelfish for PostgreSQL", "4.3.0")
