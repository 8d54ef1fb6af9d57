"""Rich text as Windows practice software stores it: RTF with code pages and escapes, and HTML fragments."""

from __future__ import annotations

from collections.abc import Sequence

_HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0\uc1"
    r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fswiss\fcharset204 Arial Cyr;}{\f2\fnil\fcharset2 Symbol;}}"
    r"{\colortbl ;\red192\green0\blue0;}"
    r"\viewkind4\pard\f0\fs20 "
)


def rtf(*blocks: str) -> str:
    """A document of blocks that ``paragraph``, ``bullets`` or ``table`` built."""
    return _HEAD + "\r\n".join(blocks) + "}"


def paragraph(*runs: str) -> str:
    """One paragraph of runs that ``text``, ``bold`` or ``cyrillic`` built."""
    return "".join(runs) + r"\par"


def text(plain: str) -> str:
    """Escapes plain text: code page 1252 as ``\\'xx``, the rest as ``\\uN?``; CR LF is a line break."""
    return "".join(_escaped(character) for character in plain.replace("\r\n", "\n"))


def bold(plain: str) -> str:
    """Bold text."""
    return rf"\b {text(plain)}\b0 "


def cyrillic(plain: str) -> str:
    """Text in the Cyrillic font: bytes of code page 1251, which only the font's character set tells."""
    encoded = "".join(
        chr(byte) if byte < 0x80 else rf"\'{byte:02x}" for byte in plain.encode("cp1251", errors="replace")
    )
    return rf"{{\f1\lang1049 {encoded}}}"


def bullets(items: Sequence[str]) -> str:
    """A bulleted list in the old manner, with the bullet as ``\\pntext`` for readers that know no lists."""
    head = r"{\pntext\f2\'B7\tab}{\*\pn\pnlvlblt\pnf2\pnindent0{\pntxtb\'B7}}\fi-360\li720 "
    lines = [
        (head if place == 0 else r"{\pntext\f2\'B7\tab}") + text(item) + r"\par"
        for place, item in enumerate(items)
    ]
    return "\r\n".join(lines) + r"\pard "


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table; cells are plain text, columns are 1500 twips wide."""
    parts: list[str] = []
    for row in rows:
        edges = "".join(rf"\cellx{1500 * place}" for place in range(1, len(row) + 1))
        cells = "".join(rf"\intbl {text(cell)}\cell" for cell in row)
        parts.append(rf"\trowd\trgaph70{edges}{cells}\row")
    return "\r\n".join(parts) + r"\pard "


def html(title: str, paragraphs: Sequence[str], items: Sequence[str] = ()) -> str:
    """A fragment with a heading, paragraphs and perhaps a list, entities included."""
    body = "".join(f"<p>{_entities(line)}</p>\r\n" for line in paragraphs)
    points = "".join(f"<li>{_entities(item)}</li>" for item in items)
    listed = f"<ul>{points}</ul>" if items else ""
    return f'<div style="font-family:Arial"><h3>{_entities(title)}</h3>\r\n{body}{listed}</div>'


def _escaped(character: str) -> str:
    if character in "\\{}":
        return f"\\{character}"
    if character == "\n":
        return r"\line "
    if character == "\t":
        return r"\tab "
    code = ord(character)
    if code < 0x80:
        return character
    try:
        return rf"\'{character.encode('cp1252')[0]:02x}"
    except UnicodeEncodeError:
        return "".join(rf"\u{unit - 65536 if unit > 32767 else unit}?" for unit in _utf16_units(character))


def _utf16_units(character: str) -> list[int]:
    """RTF counts in 16-bit units: a character beyond them takes two."""
    raw = character.encode("utf-16-le")
    return [raw[place] | raw[place + 1] << 8 for place in range(0, len(raw), 2)]


def _entities(plain: str) -> str:
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("≤", "&le;").replace("–", "&ndash;").replace("é", "&eacute;")
