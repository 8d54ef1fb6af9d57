"""Reads CSV files as spreadsheets and export tools write them, one record at a time.

Encoding and delimiter are found out, not asked for. Records come with the line on which they begin; what is
no record comes as a fault with its line, so that one stray quote does not hide the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from panda_twenty.panda.errors import SourceError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
LONGEST_FIELD = 16_000_000
"""Characters of one field; more is a quote that was never closed."""
RECORDS_PER_TELLING = 2_000

_PIECE = 1 << 20

Told = Callable[[int, int], None]
"""Hears how many bytes of how many have been read."""


class UnreadableFileError(SourceError):
    """A file cannot be opened, or its bytes are text in none of the known encodings."""


@dataclass(frozen=True)
class CsvLook:
    """What a file looks like: how it is to be read, and its header as it stands there."""

    encoding: str
    """A name that Python's codecs know: utf-8, utf-8-sig, utf-16, utf-16-le, utf-16-be or cp1252."""
    delimiter: str
    header: tuple[str, ...]
    """Empty for an empty file."""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one row and the line, from 1, on which it begins."""

    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A row that is none: ``bad_quotes``, ``unclosed_quote`` or ``stray_line_break``."""

    line: int
    code: str


def look_at(path: Path, known: frozenset[str] = frozenset()) -> CsvLook:
    """Encoding, delimiter and header of a file; ``known`` column names help to tell the delimiter.

    Raises UnreadableFileError.
    """
    try:
        encoding = _encoding(path)
        with path.open("r", encoding=encoding, newline="") as opened:
            first = opened.readline(LONGEST_FIELD)
    except OSError as problem:
        raise UnreadableFileError(f"{path.name} cannot be read: {problem.strerror}.") from None
    delimiter = max(DELIMITERS, key=lambda each: _likelihood(first, each, known))
    return CsvLook(encoding, delimiter, _header(path, encoding, delimiter))


def column_name(text: str) -> str:
    """A header's cell as columns are compared: blanks around it and upper case do not count."""
    return text.strip().casefold()


def records(
    path: Path, look: CsvLook, told: Told = lambda done, total: None
) -> Iterator[Record | BrokenRecord]:
    """Every record behind the header, streamed. Rows without any value are passed over."""
    csv.field_size_limit(LONGEST_FIELD)
    with path.open("rb") as raw:
        total = path.stat().st_size
        text = io.TextIOWrapper(raw, encoding=look.encoding, newline="")
        reader = csv.reader(text, delimiter=look.delimiter, strict=True)
        line, count, is_header = 1, 0, True
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                told(total, total)
                return
            except csv.Error as failure:
                broken = BrokenRecord(line, _code(failure))
                yield broken
                if broken.code == "unclosed_quote":
                    return
                fields = []
            if not is_header and any(map(str.strip, fields)):
                yield Record(line, fields)
            is_header = False
            line = reader.line_num + 1
            count += 1
            if count % RECORDS_PER_TELLING == 0:
                told(raw.tell(), total)


def _header(path: Path, encoding: str, delimiter: str) -> tuple[str, ...]:
    csv.field_size_limit(LONGEST_FIELD)
    with path.open("r", encoding=encoding, newline="") as text:
        try:
            return tuple(next(csv.reader(text, delimiter=delimiter, strict=True), ()))
        except csv.Error:
            return ()


def _code(failure: csv.Error) -> str:
    text = str(failure)
    if "unexpected end" in text or "field limit" in text:
        return "unclosed_quote"
    return "stray_line_break" if "new-line" in text else "bad_quotes"


def _likelihood(line: str, delimiter: str, known: frozenset[str]) -> tuple[int, int]:
    parts = [column_name(part.strip().strip('"')) for part in line.split(delimiter)]
    return sum(part in known for part in parts), len(parts)


def _encoding(path: Path) -> str:
    with path.open("rb") as opened:
        start = opened.read(4096)
        for encoding in _candidates(start):
            opened.seek(0)
            if _decodes(opened, encoding):
                return encoding
    raise UnreadableFileError(
        f"{path.name} is neither UTF-8 nor UTF-16 nor Windows-1252 text. Save it again as CSV UTF-8."
    )


def _candidates(start: bytes) -> Iterator[str]:
    """Encodings to try, the likeliest first. Windows-1252 takes almost anything, so it comes last."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "utf-16"
    elif (without_mark := _utf16_without_mark(start)) is not None:
        yield without_mark
    else:
        yield "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
        if b"\0" not in start:
            yield "cp1252"


def _utf16_without_mark(start: bytes) -> str | None:
    """UTF-16 by its zero bytes: Western text has one in every second place."""
    half = max(len(start) // 2, 1)
    if start[1::2].count(0) > 0.8 * half:
        return "utf-16-le"
    if start[0::2].count(0) > 0.8 * half:
        return "utf-16-be"
    return None


def _decodes(opened: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := opened.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
