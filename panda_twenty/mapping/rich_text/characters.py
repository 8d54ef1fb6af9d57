"""Characters: what is removed from any text, how white space reads, and when two texts say the same."""

from __future__ import annotations

import re

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]")
_RULER = re.compile(r"=+\s*")
_RAISED_MINUS = re.compile(r"[-\u2212](?=\d)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
TAB = " " * 4
BULLET = "•"


def clean(text: str) -> str:
    """``text`` with LF as the only line break and without characters that nothing can show.

    Removed: NUL and other control characters, byte order marks. The control characters U+0080 to U+009F
    are read as Windows code page 1252, as every browser does: they are bytes that somebody decoded as
    Latin-1, and U+0096 between two numbers is an en dash. Halves of surrogate pairs are joined; a half
    without the other becomes U+FFFD, for no database takes it.
    """
    text = _LINE_BREAKS.sub("\n", text)
    text = _CONTROLS.sub(_shown, text)
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return bytes([code]).decode("cp1252", "ignore") if 0x80 <= code < 0xA0 else ""


def paragraphs(text: str) -> list[list[str]]:
    """The lines of clean text, by paragraph; trailing white space is dropped, a tab is four spaces.

    Blank lines end a paragraph, and so does a line before a row of equals signs: readers of Markdown
    disagree on how such a row is kept from turning the line above it into a heading.
    """
    found: list[list[str]] = [[]]
    for raw in text.replace("\t", TAB).split("\n"):
        line = raw.rstrip()
        if not line or _RULER.fullmatch(line):
            found.append([])
        if line:
            found[-1].append(line)
    return [lines for lines in found if lines]


def reading_of(text: str) -> str:
    """The normal form in which a plain text equals what is read back from its Markdown.

    The white space rule: ``clean``; a tab is four spaces; every other Unicode space is a space; trailing
    spaces are dropped; any run of blank lines, and the break before a row of equals signs, is one blank
    line; blank lines at both ends are dropped. Everything else stays, character for character.
    """
    kept = "\n\n".join("\n".join(lines) for lines in paragraphs(clean(text)))
    return _SPACES.sub(" ", kept)


def same_words(one: str, other: str) -> bool:
    """Whether two texts have the same words in the same order: only the kind of white space may differ.

    Digits written as superscripts count as digits, and a bullet is no word.
    """
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return [word for word in text.translate(_LOWERED).split() if word != BULLET]


def raised(text: str) -> str:
    """Superscript digits: Markdown has no superscript, and 10³ must not become 103."""
    return _RAISED_MINUS.sub("⁻", text).translate(_RAISED)


def label_of(text: str) -> str:
    """What stands before a list item: ``1.``, ``b)``, or nothing for a bullet of whatever shape.

    The one letter that is a bullet is the ``o`` that Word sets in Courier.
    """
    label = "".join(text.split())
    return label if label != "o" and any(character.isalnum() for character in label) else ""


def spoken_label(text: str) -> str:
    """``label_of`` for plain text, where a bullet is a bullet."""
    return label_of(text) or BULLET
