"""Rich text of clinical notes and letters -> Markdown, without changing a character of clinical meaning.

``to_markdown`` is the way there, ``plain_text_of`` reads Markdown back, ``plain_text`` is the independent
second route that both are held against, and ``same_words`` tells whether two of them say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from panda_twenty.mapping.rich_text.blocks import Document, Paragraph, Run
from panda_twenty.mapping.rich_text.characters import clean, reading_of, same_words
from panda_twenty.mapping.rich_text.html import read_html
from panda_twenty.mapping.rich_text.reading_back import plain_text_of
from panda_twenty.mapping.rich_text.rtf import read_rtf
from panda_twenty.mapping.rich_text.second_route import group_end, html_text, rtf_text
from panda_twenty.mapping.rich_text.sniffing import RTF_START, Kind, Sniffed, is_html, sniff
from panda_twenty.mapping.rich_text.writing import write, write_plain

_CONTROL_WORD = re.compile(r"\\(?:par|b|i|f\d+|fs\d+|pard|\*\\[a-z]+|'[0-9a-f]{2}|u-?\d+)(?![a-z])")

__all__ = [
    "Kind",
    "Markdown",
    "plain_text",
    "plain_text_of",
    "reading_of",
    "same_words",
    "second_reading",
    "to_markdown",
]


@dataclass(frozen=True, slots=True)
class Markdown:
    """A converted text."""

    text: str
    kind: Kind
    """What the stored value was."""
    is_fallback: bool = False
    """The converter was not certain: ``text`` is the plain text, without bold, lists and tables."""
    reason: str | None = None
    """Why it fell back, could not read, or what it left out, in words that hold nothing of the content."""


def to_markdown(body: str | bytes | None) -> Markdown:
    """Markdown of a stored note or letter. Pure and deterministic; no input makes it raise.

    What Markdown cannot say is said plainly: underline is dropped and its text stays, superscript digits
    become ³ and their like, line breaks within a table's cell become a gap, white space follows the rule
    of ``reading_of``. Hidden and deleted text of RTF, pictures, headers and footers are left out, and
    ``reason`` says so.

    For RTF and HTML the words of the result, as a reader of Markdown sees them, are compared with those of
    ``plain_text``; where one differs, the plain text is used instead.
    """
    try:
        sniffed = sniff(body)
        return _converted(sniffed)
    except Exception as problem:
        # A note that no rule foresaw must not stop a migration; the type names the gap, the text stays out.
        return Markdown("", "unreadable", reason=f"the reader failed: {type(problem).__name__}")


def plain_text(body: str | bytes | None) -> str:
    """The words of a stored note or letter, by the second route; empty for what is no text.

    Where it matters whether there was nothing or nothing could be read, ask :func:`second_reading`.
    """
    return second_reading(body) or ""


def second_reading(body: str | bytes | None) -> str | None:
    """The words by the second route; None for what it cannot read, which is not the same as none."""
    try:
        sniffed = sniff(body)
        return None if sniffed.kind == "unreadable" else _words(sniffed)
    except Exception:
        # No rule foresaw this body; the caller is told so and must not take it for an empty one.
        return None


def _converted(sniffed: Sniffed) -> Markdown:
    if sniffed.kind in ("empty", "unreadable"):
        return Markdown("", sniffed.kind, reason=sniffed.reason)
    if sniffed.kind == "plain":
        text = write_plain(clean(sniffed.text))
        return Markdown(text, "plain" if text else "empty")
    second = _words(sniffed)
    try:
        document = _document(sniffed)
        text = write(document.blocks)
        left_out, doubts = document.left_out, document.doubts
    except Exception as problem:
        text, left_out, doubts = "", set(), {f"the converter failed: {type(problem).__name__}"}
    if not doubts and not same_words(plain_text_of(text), second):
        doubts = {"two ways of reading it disagree"}
    if doubts:
        return Markdown(write_plain(second), sniffed.kind, is_fallback=True, reason="; ".join(sorted(doubts)))
    reason = f"left out: {', '.join(sorted(left_out))}" if left_out else None
    if not text and not reason:
        return Markdown("", "empty")
    return Markdown(text, sniffed.kind, reason=reason)


def _document(sniffed: Sniffed) -> Document:
    if sniffed.kind == "html":
        return read_html(clean(sniffed.text))
    whole = Document()
    for is_rtf, text in _parts(sniffed.text):
        if not is_rtf:
            part = read_html(text) if is_html(text) else Document([Paragraph((Run(text),))])
        else:
            part = read_rtf(text, is_eight_bit=sniffed.is_eight_bit)
        whole.blocks += part.blocks
        whole.left_out |= part.left_out
        whole.doubts |= part.doubts
    return whole


def _words(sniffed: Sniffed) -> str:
    if sniffed.kind == "plain":
        return clean(sniffed.text)
    if sniffed.kind == "html":
        return _tidied(html_text(clean(sniffed.text)))
    if sniffed.kind != "rtf":
        return ""
    found = []
    for is_rtf, text in _parts(sniffed.text):
        if not is_rtf:
            found.append(html_text(text) if is_html(text) else text)
        else:
            found.append(rtf_text(text, is_eight_bit=sniffed.is_eight_bit))
    return _tidied("\n".join(found))


def _parts(source: str) -> Iterator[tuple[bool, str]]:
    """RTF documents (True), and the text that somebody put before, between or after them (False).

    A brace too many ends a document early. What follows is RTF still, where it holds control words.
    """
    place = 0
    while place < len(source):
        start = source.find(RTF_START, place)
        raw = source[place : start if start >= 0 else len(source)]
        if place and _CONTROL_WORD.search(raw):
            yield True, f"{RTF_START}1 {raw}"
        else:
            text = clean(raw)
            text = text.lstrip("} \t\n") if place else text
            if text.strip():
                yield False, text
        if start < 0:
            return
        place = group_end(source, start)
        yield True, source[start:place]


def _tidied(text: str) -> str:
    """Lines without white space at their ends, never more than one blank line."""
    return reading_of("\n".join(line.strip() for line in clean(text).split("\n")))
