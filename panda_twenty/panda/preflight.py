"""The practice's half of the preflight page: each fact judged, with what to do. No question is asked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from panda_twenty.panda.discovery.set_aside import left_over_names
from panda_twenty.panda.practice_facts import EntityFacts, PatientIds, yearly_growth
from panda_twenty.panda.server_facts import Encryption, PracticeServer, Rights
from panda_twenty.preflight.line import Line, listed, passed, sized, stopped, warned

OLDEST_VERSION = 11
"""SQL Server 2012: what Microsoft's ODBC Driver 18 still connects to."""
YEARS = {
    9: "2005",
    10: "2008",
    11: "2012",
    12: "2014",
    13: "2016",
    14: "2017",
    15: "2019",
    16: "2022",
    17: "2025",
}
EXPRESS_LIMIT_BYTES = 10 * 1024**3
EXPRESS_2025_LIMIT_BYTES = 50 * 1024**3
"""Microsoft's published limits per database: 10 GB of data files, 50 GB from SQL Server 2025 on."""
NEARLY_FULL = 0.8
FEWEST_MONTHS = 12
CLOCK_TOLERANCE_SECONDS = 120.0
OLDEST_BACKUP_DAYS = 7
ORDINARY_CODE_PAGES = (0, 1252, 65001)
"""Unicode only, Western European, UTF-8."""


def server_line(server: PracticeServer) -> Line:
    """Product, version and edition."""
    code, title = "source_server", "Database server"
    if server.dialect == "sqlite":
        return passed(code, title, f"A SQLite file (library {server.version}).")
    if server.version is None:
        return warned(
            code, title, "The server does not tell its version.", "Ask who runs it: SQL Server 2012 or newer."
        )
    major = server.major_version
    if server.is_babelfish:
        return warned(
            code,
            title,
            f"Babelfish, which speaks SQL Server's language (it calls itself {server.version}).",
            "Some questions below have no answer there; look at the lines that say so.",
        )
    year = YEARS.get(major or 0)
    name = f"SQL Server {year}" if year else "SQL Server"
    found = f"{name} ({server.version}), {server.edition or 'edition unknown'}."
    if major is not None and major < OLDEST_VERSION:
        return warned(
            code,
            title,
            found,
            "Microsoft's ODBC Driver 18 does not connect to it and it may lack TLS 1.2: use FreeTDS, or "
            "restore a backup on a newer server and read that.",
        )
    return passed(code, title, found)


def size_line(server: PracticeServer, entities: Mapping[str, EntityFacts]) -> Line:
    """Size against the limit of the Express edition, and how long that will last."""
    code, title = "database_size", "Database size"
    if server.data_bytes is None:
        return warned(
            code,
            title,
            "The server does not tell the size of its data files.",
            "Look at the size of the .mdf file: SQL Server Express stops at 10 GB (50 GB from 2025 on).",
        )
    found = f"{sized(server.data_bytes)} of data files."
    if server.dialect == "sqlite" or "express" not in (server.edition or "").lower():
        return passed(code, title, f"{found} This edition has no limit of its own.")
    limit = EXPRESS_2025_LIMIT_BYTES if (server.major_version or 0) >= 17 else EXPRESS_LIMIT_BYTES
    share = server.data_bytes / limit
    found = f"{found} That is {share:.0%} of the {limit / 1024**3:.0f} GB that Express allows."
    months = months_until_full(server.data_bytes, limit, yearly_growth(entities))
    if months is not None:
        found += f" At the last year's growth it is full in about {months:,.0f} months."
    if share >= NEARLY_FULL or (months is not None and months < FEWEST_MONTHS):
        return warned(
            code,
            title,
            found,
            "Migrate before it is full: PANDA stops saving then. The migration itself adds nothing to it.",
        )
    return passed(code, title, found)


def months_until_full(size: int, limit: int, growth: float | None) -> float | None:
    """Months until ``size`` bytes have grown to ``limit``; ``growth`` is the last year's part of the rows.

    Assumes that rows keep their average size and go on coming as in the last 365 days. None without growth.
    """
    if not growth:
        return None
    return max(0.0, (limit - size) / (size * growth) * 12)


def read_only_line(server: PracticeServer, rights: Rights | None) -> Line:
    """Whether the login could write. That was asked of the server; no write was tried."""
    code, title = "read_only_login", "Rights of the login"
    if server.dialect == "sqlite":
        if server.reads_only:
            return passed(code, title, "The file is open read only and the session refuses every write.")
        return stopped(
            code, title, "The session does not say that it refuses writes.", "Read a copy of the file."
        )
    advice = (
        "Use a login with SELECT only: CREATE LOGIN ... ; CREATE USER ... ; "
        "ALTER ROLE db_datareader ADD MEMBER ... . Nothing else is needed."
    )
    if rights is None:
        return warned(code, title, "The server was not asked.", advice)
    if rights.can_write:
        parts = []
        if rights.roles:
            parts.append(f"it is in {listed(rights.roles)}")
        if rights.on_database:
            parts.append(f"it holds {listed(rights.on_database)} on the database")
        if rights.on_tables:
            held = [f"{table} ({', '.join(names)})" for table, names in rights.on_tables.items()]
            parts.append(f"it may change {listed(held, 3)}")
        return stopped(code, title, f"The login can write: {'; '.join(parts)}.", advice)
    if rights.unanswered:
        return warned(
            code,
            title,
            f"Not proven: the server does not answer for {listed(rights.unanswered)}.",
            f"Ask who runs it which rights the login has. {advice}",
        )
    found = "The server answers that the login may not insert, update, delete or alter anything."
    if rights.runs_procedures:
        return warned(
            code,
            title,
            f"{found} It may run stored procedures, though, and those write with their owner's rights.",
            "Take EXECUTE on the database from it. panda-twenty runs none.",
        )
    return passed(code, title, found)


def encryption_line(server: PracticeServer) -> Line:
    """Whether patient data crosses the network encrypted."""
    code, title = "source_encryption", "Encryption of the session"
    if server.dialect == "sqlite":
        return passed(code, title, "A file on this machine; nothing crosses a network.")
    encryption: Encryption | None = server.encryption
    if encryption is None:
        return warned(
            code,
            title,
            "Neither the driver nor the server tells (the server does to a login with VIEW SERVER STATE).",
            "Make sure of it: Encrypt=yes with Microsoft's driver, Encryption=require with FreeTDS, which "
            "ignores Encrypt.",
        )
    if not encryption.encrypted:
        return warned(
            code,
            title,
            "The session is plaintext: whoever listens on the network reads patient data.",
            "Set Encrypt=yes (Microsoft's driver) or Encryption=require (FreeTDS), or work on the server.",
        )
    if encryption.certificate_checked is False:
        return warned(
            code,
            title,
            "Encrypted, but nobody checks that it is the right server.",
            "Install the certificate authority of the server and take TrustServerCertificate out.",
        )
    return passed(
        code,
        title,
        "Encrypted."
        if encryption.certificate_checked is None
        else "Encrypted, and the server's certificate is checked.",
    )


def collation_line(server: PracticeServer) -> Line:
    """Code page and collation of the database."""
    code, title = "collation", "Code page and collation"
    if server.collation is None:
        return warned(
            code,
            title,
            "The server does not tell.",
            "Look at names with accents in the sample before the whole practice moves.",
        )
    page = "" if server.code_page is None else f", code page {server.code_page}"
    found = f"{server.collation}{page}."
    if server.code_page is not None and server.code_page not in ORDINARY_CODE_PAGES:
        return warned(
            code, title, found, "An unusual code page: look at names with accents in the sample first."
        )
    return passed(code, title, found)


def snapshot_line(server: PracticeServer) -> Line:
    """Whether reading waits for the practice's work, and the other way round."""
    code, title = "snapshot", "Reading while the practice works"
    if server.dialect == "sqlite":
        return passed(code, title, "A file: readers see it as it was when they began.")
    if server.snapshot_allowed:
        return passed(code, title, "Snapshot isolation is allowed: reads neither wait nor make anybody wait.")
    if server.reads_committed_snapshots:
        return passed(code, title, "Reads see committed snapshots: they neither wait nor make anybody wait.")
    if server.snapshot_allowed is None and server.reads_committed_snapshots is None:
        found = "The server does not tell whether snapshots are allowed."
    else:
        found = "Snapshots are not allowed: reads wait for writers, and short locks may delay the practice."
    return warned(code, title, found, "Extract outside office hours, or from a restored backup.")


def rows_line(entities: Mapping[str, EntityFacts]) -> Line:
    """Rows of each entity."""
    code, title = "row_counts", "Rows to read"
    refused = [each for each in entities.values() if each.rows is None]
    if refused:
        return stopped(
            code,
            title,
            f"These entities cannot be counted: {listed([each.entity for each in refused])}.",
            " ".join(dict.fromkeys(each.trouble for each in refused)),
        )
    patients = entities.get("patient")
    largest = sorted(entities.values(), key=lambda each: -(each.rows or 0))
    told = [f"{each.entity} {each.rows:,}" for each in largest if each.rows]
    found = (
        f"{sum(each.rows or 0 for each in largest):,} rows of {len(entities)} entities: {listed(told, 20)}."
    )
    if patients is not None and not patients.rows:
        return stopped(
            code,
            title,
            f"Table {patients.table} holds no patient. {found}",
            "Check that PANDA_CONNECTION names the practice's own database, and the filter in the profile.",
        )
    empty = [each.entity for each in entities.values() if each.rows == 0]
    if empty:
        return warned(
            code,
            title,
            f"{found} Empty: {listed(empty)}.",
            "Make sure that the practice has none of them; another table may hold them.",
        )
    return passed(code, title, found)


def tables_line(rows: Mapping[str, int], uncounted: int) -> Line:
    """Rows of the largest tables, where no source profile says which of them matter."""
    code, title = "row_counts", "Rows to read"
    if not rows:
        return stopped(
            code,
            title,
            "The login sees no table that it may count.",
            "Check that PANDA_CONNECTION names the practice's own database, and grant the login SELECT.",
        )
    largest = sorted(rows.items(), key=lambda each: -each[1])[:12]
    told = ", ".join(f"{table} {count:,}" for table, count in largest)
    rest = f" {uncounted} tables were not counted." if uncounted else ""
    return warned(
        code,
        title,
        f"{sum(rows.values()):,} rows in {len(rows)} tables. The largest: {told}.{rest}",
        "A source profile says which tables matter: let `panda-twenty propose` propose one.",
    )


def patient_ids_line(ids: PatientIds) -> Line:
    """The integer ids by which everything is read in ranges."""
    code, title = "patient_ids", "Patient ids"
    found = f"{ids.patients:,} patients, ids {ids.lowest} to {ids.highest} ({ids.declared})."
    if ids.out_of_reach:
        return warned(
            code,
            title,
            f"{found} {ids.out_of_reach} have no id or a negative one, which no patient range holds.",
            "They will be missing in Twenty: give them an id in PANDA, or move them by hand.",
        )
    return passed(code, title, found)


def documents_line(stored: int | None, *, wanted: bool, limit_megabytes: int) -> Line:
    """Bytes of stored documents against the limit that the mapping sets."""
    code, title = "documents", "Stored documents"
    if stored is None:
        return passed(code, title, "The source profile locates no stored documents.")
    if not wanted:
        return passed(code, title, f"{sized(stored)}, which stay where they are (choices.documents: false).")
    found = f"{sized(stored)}; the mapping allows {limit_megabytes:,} MB."
    if stored > limit_megabytes * 1_000_000:
        return stopped(
            code,
            title,
            found,
            "In your mapping, set choices.documents to false to leave them, or raise "
            "choices.documents_limit_mb, and confirm it again.",
        )
    return passed(code, title, found)


def change_markers_line(entities: Mapping[str, EntityFacts]) -> Line:
    """What tells that a row changed, by table: a later delta reads only those rows."""
    code, title = "change_markers", "Finding changed rows"
    without = [each.table for each in entities.values() if each.marker is None]
    kinds: dict[str, int] = {}
    for each in entities.values():
        if each.marker is not None:
            first = each.marker.partition(" ")[0]
            kind = {"row": "row version", "column": "column that dates changes"}.get(first, "change record")
            kinds[kind] = kinds.get(kind, 0) + 1
    found = ", ".join(f"{count} tables with a {kind}" for kind, count in sorted(kinds.items()))
    if without:
        tables = listed(list(dict.fromkeys(without)))
        return warned(
            code,
            title,
            f"{found or 'No table with one'}. Nothing tells changes in {tables}.",
            "A delta reads these tables whole and compares by content, which takes longer. Name a column "
            "under 'modified' in the source profile if there is one.",
        )
    return passed(code, title, f"{found}.")


def set_aside_line(tables: Sequence[str], read: Sequence[str]) -> Line:
    """Tables whose names say that they are copies; reading one of them by mistake moves old data."""
    code, title = "backup_tables", "Copies of tables"
    copies = left_over_names(tables)
    by_mistake = [table for table in read if table in copies]
    if by_mistake:
        return warned(
            code,
            title,
            f"The source profile reads {listed(by_mistake)}, which by its name is a copy.",
            "Make sure that it is the table PANDA writes to.",
        )
    if copies:
        return passed(
            code, title, f"{len(copies)} tables look like copies and are not read: {listed(copies)}."
        )
    return passed(code, title, "No table looks like a copy.")


def backup_line(server: PracticeServer, now: datetime) -> Line:
    """When the database was last backed up whole."""
    code, title = "last_backup", "Last full backup"
    advice = "Make a full backup before the migration and keep it; the rules for patient records ask for it."
    if server.dialect == "sqlite":
        return passed(code, title, "A file: copy it before the migration and keep the copy.")
    if server.last_backup is None:
        return warned(code, title, "None is on record, or the login may not see the record (msdb).", advice)
    days = (now - server.last_backup).days
    found = f"{server.last_backup:%Y-%m-%d}, {max(0, days)} days ago."
    return warned(code, title, found, advice) if days > OLDEST_BACKUP_DAYS else passed(code, title, found)


def clock_line(server: PracticeServer) -> Line:
    """The server's clock against ours: watermarks of deltas are taken from it."""
    code, title = "clock", "Clock of the server"
    if server.dialect == "sqlite":
        return passed(code, title, "A file; its moments are those of whoever wrote them.")
    ahead = server.seconds_ahead
    if ahead is None:
        return warned(code, title, "The server does not tell its time.", "Compare it with this machine's.")
    if abs(ahead) > CLOCK_TOLERANCE_SECONDS:
        way = "ahead of" if ahead > 0 else "behind"
        return warned(
            code,
            title,
            f"It is {abs(ahead):,.0f} s {way} this machine's.",
            "Set both clocks by the network time: a delta may otherwise miss what changed last.",
        )
    return passed(code, title, f"Within {max(1, round(abs(ahead)))} s of this machine's.")


def time_zone_line(server: PracticeServer, zone_name: str, zone_offset_minutes: int) -> Line:
    """The profile's time zone against the one in which the server's clock runs now."""
    code, title = "time_zone", "Time zone"
    found = f"The profile places the practice in {zone_name}."
    if server.offset_minutes is None:
        return passed(code, title, found, "Make sure of it: every appointment depends on it.")
    if server.offset_minutes != zone_offset_minutes:
        return warned(
            code,
            title,
            f"{found} Clocks there are {_hours(zone_offset_minutes)} UTC now, the server's is "
            f"{_hours(server.offset_minutes)} it.",
            "If PANDA stores the server's local time, correct time_zone in the source profile: appointments "
            "would otherwise be off by the difference.",
        )
    return passed(code, title, f"{found} The server's clock runs in the same offset.")


def _hours(minutes: int) -> str:
    return f"{abs(minutes) / 60:g} h {'ahead of' if minutes >= 0 else 'behind'}"
