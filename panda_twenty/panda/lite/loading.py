"""Turns an export folder into a database that is read like any other practice's.

The CSV files are loaded into a SQLite file of its owner's, which is built anew when a file of the folder
changes. A file whose rows do not have the columns of its header is refused, since its values would land in
the wrong places; a single value that cannot be read is loaded as it is, and its record goes to quarantine.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from panda_twenty.panda.errors import ProfileError, UnknownDatabaseError
from panda_twenty.panda.lite.checking import PRACTICE_NAME, is_time_zone, stored_file_fault
from panda_twenty.panda.lite.csv_files import (
    BrokenRecord,
    CsvLook,
    column_name,
    look_at,
    records,
)
from panda_twenty.panda.lite.tables import PRACTICE_COLUMNS, PRACTICE_FILE, TABLES, LiteTable
from panda_twenty.panda.profile import SourceProfile, load_profile
from panda_twenty.progress import Step, announce

SCHEME = "lite:"
LITE_PROFILE = "panda-lite"
HOME_SETTING, DEFAULT_HOME = "PANDA_TWENTY_HOME", ".panda-twenty"
ROWS_PER_INSERT = 2_000
FILES_PER_INSERT = 1

_ADVICE = "Run `panda-twenty lite check` on the folder, which tells every such line."
_SMALL_KEY = re.compile(r"0|[1-9]\d{0,8}")

_FILES = (PRACTICE_FILE, *(table.file for table in TABLES.values()))

Told = Callable[[str, int, int], None]
Seen = tuple[int, int]
"""Size in bytes and time of change in nanoseconds of a file."""


def is_lite(connection: str) -> bool:
    """Whether a connection leads to an export folder."""
    return connection.startswith(SCHEME)


def folder_of(connection: str) -> Path:
    """The folder of ``lite:///relative/path`` or ``lite:////absolute/path``.

    Raises UnknownDatabaseError where there is none.
    """
    folder = Path(connection.removeprefix(SCHEME).removeprefix("//").removeprefix("/") or ".")
    if not folder.is_dir():
        raise UnknownDatabaseError(
            f"There is no folder {folder}. Check PANDA_CONNECTION: lite:///name is relative to the working"
            " directory, lite:////name starts at the root."
        )
    return folder


def lite_profile(folder: Path) -> SourceProfile:
    """The profile ``panda-lite`` for this folder: its practice and time zone, its files and columns.

    Raises ProfileError where practice.csv or patient.csv is missing or a file lacks a required column.
    """
    base = load_profile(LITE_PROFILE).model_dump(mode="json")
    practice, zone = _practice(folder)
    headers = {
        name: _header(folder, table) for name, table in TABLES.items() if (folder / table.file).is_file()
    }
    if "patient" not in headers:
        raise ProfileError(f"The folder {folder} has no patient.csv, without which nothing can be migrated.")
    entities = {}
    for name, header in headers.items():
        table, entity = TABLES[name], base["entities"][name]
        lacking = [column.name for column in table.columns if column.required and column.name not in header]
        if lacking:
            raise ProfileError(f"{table.file} lacks the column {lacking[0]}. {_ADVICE}")
        given = {
            column.attribute.name for column in table.columns if column.attribute and column.name in header
        }
        entity["attributes"] = {key: value for key, value in entity["attributes"].items() if key in given}
        if "modified_at" not in given:
            entity["modified"] = None
        if "file" not in header:
            entity["not_read"] = {}
        entities[name] = entity
    return SourceProfile.model_validate(
        {**base, "practice": practice, "time_zone": zone, "entities": entities}
    )


def _announce(file: str, done: int, total: int) -> None:
    announce(Step(f"loading {file} (kB)", done // 1000, total // 1000))


def loaded_database(folder: Path, home: Path | None = None, told: Told = _announce) -> Path:
    """The SQLite file of an export folder, loaded again if a file of the folder has changed.

    It lies under ``home`` (the setting PANDA_TWENTY_HOME where it is not given), readable by its owner only.
    Raises UnreadableFileError or ProfileError where the files cannot be loaded.
    """
    kept = _kept_folder(home or Path(os.environ.get(HOME_SETTING) or DEFAULT_HOME))
    file = kept / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.sqlite"
    known = _known_state(file)
    if known is not None and _is_unchanged(folder, known, file):
        return file
    state = _state(folder)
    building = file.with_suffix(f".{os.getpid()}.building")
    building.unlink(missing_ok=True)
    building.touch(mode=0o600)
    try:
        with contextlib.closing(sqlite3.connect(building)) as database:
            _build(database, folder, _known_numbers(file), told)
            _note_state(database, folder, state)
            database.commit()
        building.replace(file)
    finally:
        building.unlink(missing_ok=True)
    return file


def purge_loaded(home: Path) -> int:
    """Remove every database that was loaded from an export folder; returns how many there were."""
    folder = home / "lite"
    count = len(list(folder.glob("*.sqlite")))
    shutil.rmtree(folder, ignore_errors=True)
    return count


def _kept_folder(home: Path) -> Path:
    folder = home.expanduser() / "lite"
    try:
        for each in (home.expanduser(), folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as problem:
        raise UnknownDatabaseError(
            f"The folder {folder}, where the export is loaded to, cannot be written ({problem.strerror})."
            " Make it writable or set PANDA_TWENTY_HOME to another folder."
        ) from None
    return folder


def _practice(folder: Path) -> tuple[str, str]:
    path = folder / PRACTICE_FILE
    if not path.is_file():
        raise ProfileError(
            f"The folder {folder} has no practice.csv with the columns practice and time_zone."
        )
    look = look_at(path, frozenset(PRACTICE_COLUMNS))
    rows = [each.fields for each in records(path, look) if not isinstance(each, BrokenRecord)]
    header = [column_name(cell) for cell in look.header]
    value = dict(zip(header, map(str.strip, rows[0]), strict=False)) if len(rows) == 1 else {}
    practice, zone = (value.get(column, "") for column in PRACTICE_COLUMNS)
    if PRACTICE_NAME.fullmatch(practice) is None or not is_time_zone(zone):
        raise ProfileError(
            "practice.csv must have one row: practice, a short name of small letters, digits and hyphens, and"
            " time_zone, such as America/Chicago."
        )
    return practice, zone


def _header(folder: Path, table: LiteTable) -> dict[str, int]:
    """Where each column stands. Raises ProfileError for a header that is not the template's."""
    return _places(table, look_at(folder / table.file, frozenset(table.names)))


def _places(table: LiteTable, look: CsvLook) -> dict[str, int]:
    names = [column_name(cell) for cell in look.header]
    for name in names:
        if name and (name not in table.names or names.count(name) > 1):
            raise ProfileError(
                f"{table.file} has a column that the template has not, or one twice. {_ADVICE}"
            )
    return {name: place for place, name in enumerate(names) if name}


def _seen(folder: Path, name: str) -> Seen | None:
    """Size and time of change of a file; None where there is none."""
    try:
        told = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
    except (OSError, ValueError):
        return None
    return (told.st_size, told.st_mtime_ns) if stat.S_ISREG(told.st_mode) else None


def _state(folder: Path) -> dict[str, Seen | None]:
    """Every file that is loaded, by path within the folder; None for a document that cannot be."""
    found = {name: seen for name in _FILES if (seen := _seen(folder, name)) is not None}
    state: dict[str, Seen | None] = {**found}
    documents = TABLES["document"]
    if documents.file in found:
        for name in {row["file"] for row in _rows(folder, documents)}:
            if name:
                state[name] = _seen(folder, name) if stored_file_fault(folder, name) is None else None
    return state


def _known_state(file: Path) -> dict[str, tuple[Seen | None, str]] | None:
    if not file.is_file():
        return None
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT name, size, changed_ns, sha256 FROM lite_file").fetchall()
    except sqlite3.Error:
        return None
    return {name: (None if size is None else (size, changed), digest) for name, size, changed, digest in rows}


def _is_unchanged(folder: Path, known: Mapping[str, tuple[Seen | None, str]], file: Path) -> bool:
    """Whether every file has the content that was loaded; a copy of the same bytes with a new time has.

    Every session asks this of every document, so a file that looks as it did is looked at no further: which
    documents there are, document.csv told when it was loaded.
    """
    touched: dict[str, Seen] = {}
    for name in {*_FILES, *known}:
        seen, before = _seen(folder, name), known[name][0] if name in known else None
        if seen == before:
            continue
        if seen is None or (before is not None and seen[0] != before[0]):
            return False
        if name not in _FILES and stored_file_fault(folder, name) is not None:
            if before is not None:
                return False
        elif before is None or _digest(folder / name) != known[name][1]:
            return False
        else:
            touched[name] = seen
    if touched:
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.executemany(
                "UPDATE lite_file SET changed_ns = ? WHERE name = ?",
                [(changed, name) for name, (_, changed) in touched.items()],
            )
            database.commit()
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _note_state(database: sqlite3.Connection, folder: Path, state: Mapping[str, Seen | None]) -> None:
    database.execute("CREATE TABLE lite_file (name TEXT, size INTEGER, changed_ns INTEGER, sha256 TEXT)")
    database.executemany(
        "INSERT INTO lite_file VALUES (?, ?, ?, ?)",
        [
            (name, None, None, "") if seen is None else (name, *seen, _digest(folder / name))
            for name, seen in state.items()
        ],
    )


def _known_numbers(file: Path) -> dict[str, int]:
    """The patients' numbers of the database before, so that patients stay in their ranges."""
    if not file.is_file():
        return {}
    try:
        with contextlib.closing(sqlite3.connect(file)) as database:
            return dict(database.execute("SELECT key, number FROM lite_patient_number"))
    except sqlite3.Error:
        return {}


def _build(database: sqlite3.Connection, folder: Path, known_numbers: dict[str, int], told: Told) -> None:
    database.execute("PRAGMA journal_mode = OFF")
    present = [table for table in TABLES.values() if (folder / table.file).is_file()]
    numbers = _patient_numbers(folder, known_numbers)
    database.execute("CREATE TABLE lite_patient_number (key TEXT PRIMARY KEY, number INTEGER)")
    database.executemany("INSERT INTO lite_patient_number VALUES (?, ?)", numbers.items())
    for table in TABLES.values():
        columns = ", ".join(f"[{name}] TEXT" for name in table.names)
        number = ", patient_number INTEGER" if table.entity.patient_scoped else ""
        content = ", content BLOB" if table.entity.name == "document" else ""
        database.execute(f"CREATE TABLE {table.entity.name} ({columns}{number}{content})")
    for table in present:
        _load(database, folder, table, numbers, told)
        key = ", ".join(table.key)
        name = table.entity.name
        database.execute(f"CREATE INDEX {name}_by_key ON {name} ({key})")
        if table.entity.patient_scoped:
            database.execute(f"CREATE INDEX {name}_by_patient ON {name} (patient_number, {key})")


def _patient_numbers(folder: Path, known: dict[str, int]) -> dict[str, int]:
    """A whole number for each patient's key: the key itself where it is one, else the next that is free."""
    table = TABLES["patient"]
    if not (folder / table.file).is_file():
        return {}
    keys = list(dict.fromkeys(row["key"] for row in _rows(folder, table) if row["key"] is not None))
    numbers = {key: known[key] for key in keys if key in known}
    taken = set(numbers.values())
    others = []
    for key in keys:
        if key in numbers:
            continue
        if _SMALL_KEY.fullmatch(key) and int(key) not in taken:
            numbers[key] = int(key)
            taken.add(int(key))
        else:
            others.append(key)
    following = max(taken, default=0) + 1
    numbers.update({key: following + place for place, key in enumerate(others)})
    return numbers


def _rows(
    folder: Path, table: LiteTable, told: Told = lambda file, done, total: None
) -> Iterator[dict[str, str | None]]:
    """The file's rows by column, None where nothing is entered; keys without blanks around them."""
    path = folder / table.file
    look = look_at(path, frozenset(table.names))
    places = _places(table, look)
    empty: dict[str, str | None] = dict.fromkeys(table.names)
    keys = [column.name for column in table.columns if column.type in ("key", "tooth", "file")]
    for record in records(path, look, lambda done, total: told(table.file, done, total)):
        if isinstance(record, BrokenRecord) or len(record.fields) != len(look.header):
            raise ProfileError(
                f"{table.file} line {record.line} does not have the header's columns. {_ADVICE}"
            )
        row = empty.copy()
        for name, place in places.items():
            row[name] = record.fields[place] or None
        for name in keys:
            row[name] = (row[name] or "").strip() or None
        if row.get("file"):
            row["file"] = (row["file"] or "").replace("\\", "/")
        yield row


def _load(
    database: sqlite3.Connection, folder: Path, table: LiteTable, numbers: Mapping[str, int], told: Told
) -> None:
    own_key = "key" if table.entity.name == "patient" else "patient_key"
    is_document = table.entity.name == "document"

    def values() -> Iterable[tuple[object, ...]]:
        for row in _rows(folder, table, told):
            value: list[object] = list(row.values())
            if table.entity.patient_scoped:
                # Rows of nobody are read with the first range, so that they are counted and set aside.
                value.append(numbers.get(row[own_key] or "", 0))
            if is_document:
                value.append(_stored_file(folder, row["file"]))
            yield tuple(value)

    batch: list[tuple[object, ...]] = []
    size = FILES_PER_INSERT if is_document else ROWS_PER_INSERT
    for value in values():
        batch.append(value)
        if len(batch) >= size:
            _insert(database, table, batch)
            batch = []
    _insert(database, table, batch)


def _insert(database: sqlite3.Connection, table: LiteTable, batch: list[tuple[object, ...]]) -> None:
    if batch:
        places = ", ".join("?" * len(batch[0]))
        database.executemany(f"INSERT INTO {table.entity.name} VALUES ({places})", batch)  # noqa: S608


def _stored_file(folder: Path, name: str | None) -> bytes | None:
    """The bytes of a document; None for one that is not there or lies outside of the folder."""
    if name is None or stored_file_fault(folder, name) is not None:
        return None
    return (folder / name).read_bytes()


__all__ = ["folder_of", "is_lite", "lite_profile", "loaded_database", "purge_loaded"]
