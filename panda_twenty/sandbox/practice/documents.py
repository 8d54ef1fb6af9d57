"""Scanned documents: the smallest valid PNG, PDF and text files, made here and never loaded from anywhere."""

from __future__ import annotations

import random
import struct
import zlib
from datetime import date

from panda_twenty.sandbox.practice.codes import LAST_DAY
from panda_twenty.sandbox.practice.history import Visit
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import entered_and_modified
from panda_twenty.sandbox.practice.ugly_cases import UGLY_CASES
from panda_twenty.sandbox.practice.writing import RowWriter

_DOCUMENT_CASES = frozenset(case.name for case in UGLY_CASES if case.table == "PatientDocument")


def png(shade: int, side: int = 8) -> bytes:
    """A grey square of ``side`` pixels; ``shade`` 0 to 255."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + bytes([shade]) * side) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def pdf(line: str) -> bytes:
    """A page with one line of ASCII, with a correct cross-reference table."""
    stream = f"BT /F1 12 Tf 72 720 Td ({line}) Tj ET".encode("ascii", errors="replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    content = b"%PDF-1.4\n"
    offsets: list[int] = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, entries)
    return content + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )


def write_documents(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    patient: int,
    visits: list[Visit],
    first_day: date,
    cases: frozenset[str],
) -> None:
    """PatientDocument rows: two patients in five have one, a few have two."""
    draw = rng.random()
    count = 2 if draw < 0.08 else 1 if draw < 0.4 or cases & _DOCUMENT_CASES else 0
    for slot in range(count):
        visit = rng.choice(visits) if visits and rng.random() < 0.6 else None
        name, content = _document(rng, patient)
        if slot == 0:
            name, content = _planted(cases) or (name, content)
        scanned, modified = entered_and_modified(rng, visit.day if visit else first_day, last=LAST_DAY)
        writer.add(
            "PatientDocument",
            DocumentID=row_id("PatientDocument", index, slot),
            PatientID=patient,
            ExamID=row_id("PerioExam", index, visit.slot) if visit else None,
            FileName=name,
            Content=content,
            ScannedOn=scanned,
            ModifiedOn=modified,
        )


def _document(rng: random.Random, patient: int) -> tuple[str, bytes | None]:
    number = rng.randrange(1000)
    return rng.choice(
        (
            (f"bitewing_{number}.png", png(number % 256)),
            (f"consent {number}.pdf", pdf(f"Consent form {number} of patient {patient}")),
            (f"history-{number}.txt", f"Medical history {number}\r\nNo changes – naïve reader.\r\n".encode()),
        )
    )


def _planted(cases: frozenset[str]) -> tuple[str, bytes | None] | None:
    if "document_empty" in cases:
        return "empty scan.pdf", b""
    if "document_without_content" in cases:
        return "moved to archive.pdf", None
    if "document_with_odd_name" in cases:
        return "Röntgen: 3/4 #19 <links>?.png", png(120)
    return None


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
