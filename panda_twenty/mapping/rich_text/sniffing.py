"""What a stored value is: RTF, HTML, plain text, or something that is no text at all.

Each value is judged by itself: one column of one practice holds all of them, row by row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["empty", "plain", "rtf", "html", "unreadable"]

RTF_START = "{\\rtf"
_FILE_SIGNS = (
    ("PK\x03\x04", "a ZIP file, such as a Word or OpenDocument text"),
    ("\xd0\xcf\x11\xe0", "an OLE file, such as an old Word text"),
    ("%PDF-", "a PDF file"),
    ("\x89PNG", "a picture"),
    ("\xff\xd8\xff", "a picture"),
    ("GIF8", "a picture"),
    ("\x1f\x8b\x08", "a compressed file"),
)
_COMPRESSED_RTF = ("LZFu", "MELA")
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_BINARY_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")
_BINARY_SHARE = 0.05

_BLOCK_TAG = re.compile(
    r"</?(?:html|head|body|p|br|div|span|ul|ol|li|table|tbody|thead|tr|td|th|h[1-6]|font|hr|pre|blockquote"
    r"|strong|em|center|small|sup|sub|strike|del|ins|img|dl|dt|dd|style|meta|o:p)"
    r"(?:\s[^<>]*)?/?>|<!doctype\s+html",
    re.IGNORECASE,
)
_SHORT_TAG_CLOSED = re.compile(r"</(a|b|i|u|s|big|tt)\s*>", re.IGNORECASE)
_SHORT_TAG = re.compile(r"<(a|b|i|u|s|big|tt)(?:\s[^<>]*)?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sniffed:
    kind: Kind
    text: str = ""
    reason: str | None = None
    is_eight_bit: bool = False
    """RTF from bytes: characters beyond ASCII are bytes of its code pages, not characters."""


def sniff(body: object) -> Sniffed:
    """The kind of a stored value, and its text."""
    if body is None:
        return Sniffed("empty")
    if isinstance(body, str):
        head = body[:64].encode("latin-1", "replace").decode("latin-1")
        return _unreadable(head) or _of_text(body)
    if not isinstance(body, bytes | bytearray | memoryview):
        return Sniffed("unreadable", reason="neither text nor bytes")
    return _of_bytes(bytes(body))


def is_html(text: str) -> bool:
    """Whether ``text`` holds tags of HTML; ``PD <4 mm`` and ``<<PatientName>>`` are none.

    A tag of one letter counts only when it is closed further on: "site <b>" may stand in a plain note.
    """
    if "<" not in text or ">" not in text:
        return False
    if _BLOCK_TAG.search(text):
        return True
    opened = {match[1].lower() for match in _SHORT_TAG.finditer(text)}
    return any(match[1].lower() in opened for match in _SHORT_TAG_CLOSED.finditer(text))


def _of_text(text: str, *, is_eight_bit: bool = False) -> Sniffed:
    if not text.strip("\x00\ufeff \t\r\n\v\f\xa0"):
        return Sniffed("empty")
    if RTF_START in text:
        return Sniffed("rtf", text, is_eight_bit=is_eight_bit)
    return Sniffed("html" if is_html(text) else "plain", text)


def _of_bytes(raw: bytes) -> Sniffed:
    refused = _unreadable(raw[:64].decode("latin-1"))
    if refused:
        return refused
    for mark, codec in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _of_text(raw[len(mark) :].decode(codec, "replace"))
    if _looks_like_utf_16(raw):
        return _of_text(raw.decode("utf-16-le", "replace"))
    if RTF_START.encode() in raw:
        return _of_text(raw.decode("latin-1"), is_eight_bit=True)
    if len(raw) - len(raw.translate(None, _BINARY_CONTROLS)) > _BINARY_SHARE * len(raw):
        return Sniffed("unreadable", reason="bytes that are no text")
    try:
        return _of_text(raw.decode("utf-8"))
    except UnicodeDecodeError:
        # The five bytes that code page 1252 leaves open are control characters here, and go with them.
        return _of_text(raw.decode("latin-1"))


def _unreadable(head: str) -> Sniffed | None:
    for sign, what in _FILE_SIGNS:
        if head.startswith(sign):
            return Sniffed("unreadable", reason=what)
    if head[8:12] in _COMPRESSED_RTF:
        return Sniffed("unreadable", reason="compressed RTF")
    return None


def _looks_like_utf_16(raw: bytes) -> bool:
    """SQL Server's nvarchar kept in a binary column: every second byte of Western text is zero."""
    half = len(raw) // 2
    return half > 1 and raw[1::2].count(0) >= 0.7 * half and raw[0::2].count(0) <= 0.05 * half
