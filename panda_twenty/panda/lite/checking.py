"""Reads an export folder from end to end and says, line by line, what the migration could not use.

Files are streamed: a million rows take the memory of a thousand. Values never leave this module but through
``heard``, which whoever wants them writes to a file of its owner's.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from panda_twenty.panda.errors import UnknownDatabaseError
from panda_twenty.panda.lite.cells import MISSING, CellCheck, Wrong, cell_checks
from panda_twenty.panda.lite.csv_files import (
    DELIMITERS,
    BrokenRecord,
    CsvLook,
    UnreadableFileError,
    column_name,
    look_at,
    records,
)
from panda_twenty.panda.lite.findings import FileRead, Finding, Findings, LiteReport
from panda_twenty.panda.lite.references import References
from panda_twenty.panda.lite.tables import (
    CHART,
    PRACTICE_COLUMNS,
    PRACTICE_FILE,
    TABLES,
    LiteColumn,
    LiteTable,
)
from panda_twenty.panda.profile import SourceProfile, load_profile
from panda_twenty.panda.tooth_notation import to_universal

Told = Callable[[str, int, int], None]
"""Hears which file is being read, and how many of its bytes have been."""

ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without BOM",
    "utf-16-be": "UTF-16 without BOM",
    "cp1252": "Windows-1252",
}
PRACTICE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")

_BROKEN = {
    "bad_quotes": (
        "a quote stands in the middle of a field",
        "quotes inside a field doubled, the field quoted",
    ),
    "unclosed_quote": (
        "a quote is opened and never closed, so the rest of the file was not checked",
        "a closing quote",
    ),
    "stray_line_break": ("a line break stands in a field without quotes", "the field quoted"),
}


def check_folder(
    folder: Path,
    *,
    kept: int = 10,
    heard: Callable[[Finding, str], None] | None = None,
    told: Told = lambda file, done, total: None,
) -> LiteReport:
    """Check every file of the template that is in ``folder``.

    ``kept`` findings of each kind are kept with their line, all are counted; ``heard`` gets every one, with
    the value. Raises UnknownDatabaseError where there is no folder, or no file of the template in it.
    """
    names = _csv_names(folder)
    findings = Findings(kept, heard)
    _check_names(names, findings)
    files: list[FileRead] = []
    profile = load_profile("panda-lite")
    _check_practice(folder, names, findings, files)
    with References() as references:
        for table in TABLES.values():
            if table.file in names:
                run = _FileCheck(folder, table, profile, findings, references)
                files.extend(run.check(told))
        references.settle()
        _check_references(references, findings)
    absent = tuple(table.file for table in TABLES.values() if table.file not in names)
    if TABLES["patient"].file in absent:
        patient_file = TABLES["patient"].file
        findings.add(
            Finding(
                patient_file, 0, "", "missing_file", "it is not in the folder", "the file of all patients"
            )
        )
    return LiteReport(tuple(files), absent, tuple(findings.kinds()))


def _csv_names(folder: Path) -> set[str]:
    if not folder.is_dir():
        raise UnknownDatabaseError(f"There is no folder {folder}. Give the folder that holds the CSV files.")
    names = {path.name for path in folder.iterdir() if path.suffix.lower() == ".csv"}
    if not names & {table.file for table in TABLES.values()}:
        raise UnknownDatabaseError(
            f"The folder {folder} holds no file of the template, such as patient.csv. Write the template with"
            " `panda-twenty lite template --out FOLDER` and fill it in."
        )
    return names


def _check_names(names: set[str], findings: Findings) -> None:
    known = [PRACTICE_FILE, *(table.file for table in TABLES.values())]
    for name in sorted(names - {*known, "fields.csv"}):
        findings.add(
            Finding(name, 0, "", "unknown_file", "the template has no such file", _nearest(name, known))
        )


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(column_name(name), known, 1, cutoff=0.55)
    return f"perhaps {near[0]}, else take it out" if near else "a name of the template, else take it out"


def _check_practice(folder: Path, names: set[str], findings: Findings, files: list[FileRead]) -> None:
    def found(line: int, column: str, code: str, what: str, expected: str, value: str = "") -> None:
        findings.add(Finding(PRACTICE_FILE, line, column, code, what, expected), value)

    if PRACTICE_FILE not in names:
        found(0, "", "missing_file", "it is not in the folder", "a file with practice and time_zone")
        return
    try:
        look = look_at(folder / PRACTICE_FILE, frozenset(PRACTICE_COLUMNS))
    except UnreadableFileError as problem:
        found(0, "", "unreadable_file", str(problem).rstrip("."), "CSV UTF-8")
        return
    rows = [
        record for record in records(folder / PRACTICE_FILE, look) if not isinstance(record, BrokenRecord)
    ]
    files.append(_file_read(PRACTICE_FILE, len(rows), look))
    header = [column_name(cell) for cell in look.header]
    missing = [column for column in PRACTICE_COLUMNS if column not in header]
    for column in missing:
        found(1, column, "missing_column", "the column is not there", "it in the header")
    if missing:
        return
    if len(rows) != 1:
        found(0, "", "one_row", f"it has {len(rows)} rows", "exactly one row below the header")
        return
    value = dict(zip(header, map(str.strip, rows[0].fields), strict=False))
    if PRACTICE_NAME.fullmatch(value.get("practice", "")) is None:
        expected = "small letters, digits and hyphens, such as lakeside-perio"
        found(
            rows[0].line,
            "practice",
            "unusable_name",
            "it cannot be a short name",
            expected,
            value["practice"],
        )
    if not is_time_zone(value.get("time_zone", "")):
        expected = "an IANA name such as America/Chicago"
        what = "it is no time zone"
        found(rows[0].line, "time_zone", "unknown_time_zone", what, expected, value.get("time_zone", ""))


def is_time_zone(name: str) -> bool:
    """Whether the IANA database has a zone of that name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def _file_read(file: str, rows: int, look: CsvLook, absent: tuple[str, ...] = ()) -> FileRead:
    return FileRead(file, rows, ENCODING_NAMES[look.encoding], DELIMITERS[look.delimiter], absent)


def _check_references(references: References, findings: Findings) -> None:
    for table in TABLES.values():
        what, place = ("the tooth", "tooth") if table.entity.name == CHART else ("the key", "key")
        for again in references.repeated(table.entity.name):
            expected = "each tooth once per exam" if place == "tooth" else "each key once"
            findings.add(
                Finding(
                    table.file,
                    again.line,
                    place,
                    "duplicate_key",
                    f"{what} stands on line {again.first_line} already",
                    expected,
                ),
                again.key,
            )
        for column in table.columns:
            target = TABLES.get(column.refers_to or "")
            if target is not None:
                _check_reference(references, table, column, target, findings)


def _check_reference(
    references: References, table: LiteTable, column: LiteColumn, target: LiteTable, findings: Findings
) -> None:
    entity, other = table.entity.name, target.entity.name
    for each in references.dangling(entity, column.name, other):
        what, expected = f"no row of {target.file} has this key", f"a key that stands in {target.file}"
        findings.add(
            Finding(table.file, each.line, column.name, "missing_reference", what, expected), each.key
        )
    for each in references.of_another_patient(entity, column.name, other):
        what = f"the row of {target.file} that it names belongs to another patient"
        findings.add(
            Finding(table.file, each.line, column.name, "another_patient", what, "a row of the same patient"),
            each.key,
        )


class _FileCheck:
    """The check of one file."""

    def __init__(
        self,
        folder: Path,
        table: LiteTable,
        profile: SourceProfile,
        findings: Findings,
        references: References,
    ) -> None:
        self._folder = folder
        self._table = table
        self._entity = table.entity.name
        self._findings = findings
        self._references = references
        self._checks = cell_checks(table.columns, profile, self._entity)

    def check(self, told: Told) -> Iterator[FileRead]:
        """Read the file; nothing is answered for one that cannot be read."""
        file, path = self._table.file, self._folder / self._table.file
        try:
            look = look_at(path, frozenset(self._table.names))
        except UnreadableFileError as problem:
            self._found(0, "", Wrong("unreadable_file", str(problem).rstrip("."), "CSV UTF-8"))
            return
        places = self._places(look)
        rows = 0
        if look.header:
            rows = self._check_rows(path, look, places, lambda done, total: told(file, done, total))
        absent = tuple(name for name in self._table.names if name not in places)
        yield _file_read(file, rows, look, absent)

    def _found(self, line: int, column: str, wrong: Wrong, value: str = "") -> None:
        self._findings.add(
            Finding(self._table.file, line, column, wrong.code, wrong.what, wrong.expected), value
        )

    def _places(self, look: CsvLook) -> dict[str, int]:
        """Where each known column stands; what is wrong with the header is found on the way."""
        if not look.header:
            self._found(0, "", Wrong("empty_file", "it has no header", "the header of the template"))
            return {}
        places: dict[str, int] = {}
        unknown: list[str] = []
        for place, cell in enumerate(look.header):
            name = column_name(cell)
            if name in places:
                self._found(1, name, Wrong("duplicate_column", "the column stands there twice", "it once"))
            elif name in self._table.names:
                places[name] = place
            elif name:
                unknown.append(name)
        free = [name for name in self._table.names if name not in places]
        for name in unknown:
            expected = _nearest(name, free)
            self._found(1, name, Wrong("unknown_column", "the template has no such column", expected))
        for column in self._table.columns:
            if column.required and column.name not in places:
                missing = Wrong("missing_column", "the column is not there", "it in the header, with values")
                self._found(1, column.name, missing)
        return places

    def _check_rows(
        self, path: Path, look: CsvLook, places: dict[str, int], told: Callable[[int, int], None]
    ) -> int:
        columns = [column for column in self._table.columns if column.name in places]
        checks: list[tuple[int, str, CellCheck]] = [
            (places[name], name, check) for name, check in self._checks.items() if name in places
        ]
        required = [(places[column.name], column.name) for column in columns if column.required]
        linking = [
            (places[column.name], column.name)
            for column in columns
            if column.refers_to in TABLES and column.attribute is not None
        ]
        width, rows = len(look.header), 0
        for record in records(path, look, told):
            if isinstance(record, BrokenRecord):
                self._found(record.line, "", Wrong(record.code, *_BROKEN[record.code]))
                continue
            rows += 1
            fields, line = record.fields, record.line
            if len(fields) != width:
                what = f"it has {len(fields)} fields, the header {width}"
                self._found(line, "", Wrong("ragged_line", what, "as many as the header"))
                continue
            for place, name in required:
                if not fields[place].strip():
                    self._found(line, name, MISSING)
            for place, name, check in checks:
                text = fields[place]
                if text and (wrong := check(text)) is not None:
                    self._found(line, name, wrong, text)
            self._note_keys(fields, line, places, linking)
        return rows

    def _note_keys(
        self, fields: list[str], line: int, places: dict[str, int], linking: list[tuple[int, str]]
    ) -> None:
        patient = fields[places["patient_key"]].strip() if "patient_key" in places else None
        own = [fields[places[name]].strip() for name in self._table.key if name in places]
        if all(own) and len(own) == len(self._table.key):
            if self._entity == CHART:
                own[1] = to_universal(own[1], "universal") or own[1]
            self._references.key(self._entity, "\x1f".join(own), line, patient)
        for place, name in linking:
            key = fields[place].strip()
            if key:
                owner = patient if name != "patient_key" else None
                self._references.reference(self._entity, name, key, line, owner)
        if self._entity == "document" and "file" in places:
            self._check_stored_file(fields[places["file"]].strip(), line)

    def _check_stored_file(self, text: str, line: int) -> None:
        if text and (wrong := stored_file_fault(self._folder, text)) is not None:
            self._found(line, "file", wrong, text)


def stored_file_fault(folder: Path, text: str) -> Wrong | None:
    """Why a document's file cannot be taken along; None where it can."""
    expected = "the path of a file beside the CSV files, relative to the folder"
    try:
        path = (folder / text.replace("\\", "/")).resolve()
        if not path.is_relative_to(folder.resolve()):
            return Wrong("file_outside", "it leads out of the folder", expected)
        if not path.is_file():
            return Wrong("file_not_found", "there is no such file", expected)
    except (OSError, ValueError):
        return Wrong("file_not_found", "there is no such file", expected)
    return None


__all__ = ["check_folder", "is_time_zone", "stored_file_fault"]
