"""What the practice's database server tells about itself and about the login, one question at a time.

Every question stands alone: SQL Server refuses some of them to a login with few rights, and servers that only
speak its language (Babelfish) know fewer still. A question without an answer gives None, never an error, and
whoever judges the facts says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, quoted_table
from panda_twenty.panda.errors import SourceError

WRITE_RIGHTS = ("INSERT", "UPDATE", "DELETE", "ALTER", "CONTROL")
"""What a login that only reads must not hold, neither on the database nor on a table."""

WRITING_ROLES = {
    "sysadmin": "SELECT IS_SRVROLEMEMBER('sysadmin')",
    "db_owner": "SELECT IS_MEMBER('db_owner')",
    "db_datawriter": "SELECT IS_MEMBER('db_datawriter')",
    "db_ddladmin": "SELECT IS_MEMBER('db_ddladmin')",
}

_PRODUCT = (
    "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)),"
    " CAST(SERVERPROPERTY('Edition') AS nvarchar(128))"
)
_BABELFISH = "SELECT CAST(SERVERPROPERTY('Babelfish') AS nvarchar(16))"
_DATA_BYTES = "SELECT SUM(CAST([size] AS bigint)) * 8192 FROM [sys].[database_files] WHERE [type] = 0"
_ENCRYPTED = "SELECT [encrypt_option] FROM [sys].[dm_exec_connections] WHERE [session_id] = @@SPID"
_COLLATION = "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128))"
_CODE_PAGE = (
    "SELECT CAST(COLLATIONPROPERTY(CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)),"
    " 'CodePage') AS int)"
)
_SNAPSHOT = (
    "SELECT [snapshot_isolation_state], [is_read_committed_snapshot_on] FROM [sys].[databases]"
    " WHERE [name] = DB_NAME()"
)
_CHANGE_TRACKING = "SELECT OBJECT_NAME([object_id]) FROM [sys].[change_tracking_tables]"
_LAST_BACKUP = (
    "SELECT MAX([backup_finish_date]) FROM [msdb].[dbo].[backupset]"
    " WHERE [database_name] = DB_NAME() AND [type] = 'D'"
)
_CLOCKS = ("SELECT SYSUTCDATETIME()", "SELECT GETUTCDATE()")
_OFFSET = "SELECT DATEDIFF(minute, GETUTCDATE(), GETDATE())"

_SQLITE_VERSION = "SELECT sqlite_version()"
_SQLITE_BYTES = "SELECT [page_count] * [page_size] FROM pragma_page_count('main'), pragma_page_size('main')"
_SQLITE_READS_ONLY = "SELECT [query_only] FROM pragma_query_only"
_SQLITE_ENCODING = "SELECT [encoding] FROM pragma_encoding"


def ask(database: PracticeDatabase, sql: str, parameters: Sequence[object] = ()) -> tuple[Any, ...] | None:
    """The first row of the answer; None where the server or the login's rights give none."""
    try:
        return next(database.query(sql, parameters), None)
    except SourceError:
        return None


def ask_one(database: PracticeDatabase, sql: str, parameters: Sequence[object] = ()) -> Any:
    """The only value of the answer; None where there is none."""
    row = ask(database, sql, parameters)
    return row[0] if row else None


def read_practice_server(database: PracticeDatabase) -> PracticeServer:
    """Everything that does not depend on the source profile."""
    if database.dialect == "sqlite":
        return PracticeServer(
            dialect="sqlite",
            version=_text(ask_one(database, _SQLITE_VERSION)),
            data_bytes=_whole(ask_one(database, _SQLITE_BYTES)),
            reads_only=ask_one(database, _SQLITE_READS_ONLY) == 1,
            collation=_text(ask_one(database, _SQLITE_ENCODING)),
        )
    version, edition = ask(database, _PRODUCT) or (None, None)
    snapshot, committed_snapshot = ask(database, _SNAPSHOT) or (None, None)
    seconds_ahead = _seconds_ahead(database)
    return PracticeServer(
        dialect="sqlserver",
        version=_text(version),
        edition=_text(edition),
        is_babelfish=_text(ask_one(database, _BABELFISH)) == "1",
        data_bytes=_whole(ask_one(database, _DATA_BYTES)),
        encryption=_encryption(database),
        collation=_text(ask_one(database, _COLLATION)),
        code_page=_whole(ask_one(database, _CODE_PAGE)),
        snapshot_allowed=None if snapshot is None else int(snapshot) == 1,
        reads_committed_snapshots=None if committed_snapshot is None else bool(committed_snapshot),
        tracked_tables=_change_tracked(database),
        last_backup=_moment(ask_one(database, _LAST_BACKUP)),
        seconds_ahead=seconds_ahead,
        offset_minutes=_whole(ask_one(database, _OFFSET)),
    )


def read_rights(database: PracticeDatabase, tables: Iterable[str]) -> Rights:
    """What the login may write, asked and never tried. One question for the database and each table."""
    unanswered: list[str] = []
    on_database: list[str] = []
    for right in WRITE_RIGHTS:
        held = ask_one(database, f"SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', '{right}')")
        if held is None:
            unanswered.append(f"{right} on the database")
        elif held:
            on_database.append(right)
    on_tables: dict[str, tuple[str, ...]] = {}
    asked = ", ".join(f"HAS_PERMS_BY_NAME(?, 'OBJECT', '{right}')" for right in WRITE_RIGHTS)
    for table in dict.fromkeys(tables):
        name = quoted_table(table)
        answers = ask(database, f"SELECT {asked}", [name] * len(WRITE_RIGHTS))
        if answers is None or None in answers:
            unanswered.append(table)
        held_here = tuple(right for right, held in zip(WRITE_RIGHTS, answers or (), strict=False) if held)
        if held_here:
            on_tables[table] = held_here
    roles = tuple(role for role, question in WRITING_ROLES.items() if ask_one(database, question) == 1)
    runs_procedures = ask_one(database, "SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'EXECUTE')") == 1
    return Rights(tuple(on_database), on_tables, roles, tuple(unanswered), runs_procedures)


def _encryption(database: PracticeDatabase) -> Encryption | None:
    """As the connection has found it, else as the server tells it (which takes VIEW SERVER STATE)."""
    security = getattr(database, "security", None)
    encrypted = getattr(security, "encrypted", None)
    if encrypted is None:
        told = _text(ask_one(database, _ENCRYPTED))
        return None if told is None else Encryption(told.upper() == "TRUE", None)
    return Encryption(bool(encrypted), getattr(security, "certificate_checked", None))


def _change_tracked(database: PracticeDatabase) -> frozenset[str] | None:
    try:
        return frozenset(str(row[0]) for row in database.query(_CHANGE_TRACKING))
    except SourceError:
        return None


def _seconds_ahead(database: PracticeDatabase) -> float | None:
    """How far the server's clock is ahead of ours, give or take half the time of the question."""
    for question in _CLOCKS:
        before = time.time()
        told = _moment(ask_one(database, question))
        if told is not None:
            return told.timestamp() - (before + time.time()) / 2
    return None


def _moment(value: Any) -> datetime | None:
    """A moment without a zone is taken as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip()


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


@dataclass(frozen=True)
class Encryption:
    """Whether the session is encrypted, and whether the server's certificate was checked where known."""

    encrypted: bool
    certificate_checked: bool | None


@dataclass(frozen=True)
class PracticeServer:
    """The server as it tells itself. None where it does not tell."""

    dialect: str
    version: str | None = None
    edition: str | None = None
    is_babelfish: bool = False
    data_bytes: int | None = None
    """Bytes of the data files, which is what the limit of the Express edition counts."""
    reads_only: bool = False
    """Only for files: the session refuses every write."""
    encryption: Encryption | None = None
    collation: str | None = None
    code_page: int | None = None
    snapshot_allowed: bool | None = None
    reads_committed_snapshots: bool | None = None
    tracked_tables: frozenset[str] | None = None
    last_backup: datetime | None = None
    """When the newest full backup ended, by the server's local clock."""
    seconds_ahead: float | None = None
    offset_minutes: int | None = None
    """How far the server's local time is ahead of UTC."""

    @property
    def major_version(self) -> int | None:
        """15 for SQL Server 2019, and so on."""
        first = (self.version or "").partition(".")[0]
        return int(first) if first.isdigit() else None


@dataclass(frozen=True)
class Rights:
    """What the login may write."""

    on_database: tuple[str, ...]
    on_tables: Mapping[str, tuple[str, ...]]
    roles: tuple[str, ...]
    unanswered: tuple[str, ...] = ()
    """What the server did not answer for."""
    runs_procedures: bool = False
    """Whether it may run every stored procedure: those write with their owner's rights."""

    @property
    def can_write(self) -> bool:
        return bool(self.on_database or self.on_tables or self.roles)
