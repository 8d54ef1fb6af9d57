"""Which characters of a text Markdown would take for markup, and how each is kept what it is.

Two readers count: CommonMark with GitHub's tables and strikethrough (remark in BlockNote up to 0.50,
markdown-it here), and the smaller parser that BlockNote has had since 0.51. The smaller one knows backslash
escapes of ``\\`*_{}[]()#+-.!~|>`` only and no entities, so an escape that both understand is taken wherever
there is one: of ``<tag>`` the ``>`` is escaped, not the ``<``.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

_PUNCTUATION = frozenset(string.punctuation)
_ALPHANUMERIC = frozenset(string.ascii_letters + string.digits)
_SUSPECTS = re.compile(r"[\\*`~<>&=\[\]|!]")
_UNDERSCORES = re.compile("_+")
_TAG_LIKE = re.compile(r"<[/A-Za-z]")
_ATTRIBUTE_LIKE = re.compile(r"<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*)+\s*=", re.ASCII)
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>")
_ENTITY = re.compile(r"&(#?)(?:x[0-9a-f]{1,6}|[0-9]{1,7}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_HTML_BLOCK = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s|/?$)")
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_TASK = re.compile(r"\[[ xX\xa0]\](?:\s|$)")
_BULLET = re.compile(r"[-+](?:\s|$)")
_NUMBER = re.compile(r"\d+([.)])(?:\s|$)", re.ASCII)
_RULE = re.compile(r"(-[-\s]*|_[_\s]*|\*[*\s]*)$")
_DELIMITER_ROW = re.compile(r"[\s|:-]*$")
_CLOSING_NUMBER_SIGNS = re.compile(r"(?:^|\s)(#+)$")
_ADDRESS = re.compile(r"(https?:|www\.)[^\s<]*", re.IGNORECASE)
_MANY_BRACKETS = 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the escapes of one line depend on beyond the line: the paragraph that it stands in."""

    has_tag: bool
    has_attribute: bool
    """An attribute's value may hold a backslash: ``<ol start=3\\>`` is a tag. Its name may not."""
    has_tildes: bool
    has_backticks: bool
    has_many_brackets: bool
    has_definition: bool
    """``[x]: y`` at the beginning of a line would vanish, and may run over two lines."""

    @classmethod
    def of(cls, text: str) -> Surroundings:
        """A single tilde or backtick opens nothing; pairs do."""
        return cls(
            _TAG_LIKE.search(text) is not None,
            ">" in text and _ATTRIBUTE_LIKE.search(text) is not None,
            text.count("~") > 1,
            text.count("`") > 1,
            text.count("[") > _MANY_BRACKETS,
            "]:" in text,
        )


def escapes(
    line: str,
    around: Surroundings,
    *,
    borders: Sequence[int] = (),
    starts_line: bool = True,
    in_cell: bool = False,
    in_heading: bool = False,
    in_link: bool = False,
    among_underscores: bool = False,
) -> set[int]:
    """The places in ``line`` before which a backslash goes.

    ``borders`` are the places before which markup will be inserted, ``len(line)`` included: next to them
    every suspect is escaped. ``among_underscores``: the line marks italic with underscores, and BlockNote's
    own parser ends italic at any of them.
    """
    found: set[int] = set()
    bordering = frozenset(borders)
    for match in _SUSPECTS.finditer(line):
        place = match.start()
        if _is_markup(line, place, around, bordering, in_cell, in_link):
            found.add(place)
        elif match[0] in "<&":
            found.update(_before_or_in(line, place))
    for run in _UNDERSCORES.finditer(line):
        if among_underscores or _opens_emphasis(line, run.start(), run.end(), bordering):
            found.update(range(*run.span()))
    if starts_line:
        found.update(_at_line_start(line, around))
    if in_heading and (closing := _CLOSING_NUMBER_SIGNS.search(line)):
        found.update(range(closing.start(1), closing.end(1)))
    if found and not in_link:
        found.update(_unlinked_addresses(line, found))
    return found


def _is_markup(
    line: str,
    place: int,
    around: Surroundings,
    borders: frozenset[int],
    in_cell: bool,
    in_link: bool,
) -> bool:
    character, following = line[place], line[place + 1 : place + 2]
    on_border = place in borders or place + 1 in borders
    match character:
        case "\\":
            return not following or following in _PUNCTUATION or on_border
        case "*":
            return on_border or line[max(place - 1, 0) : place] != " " or following != " "
        case "`":
            return around.has_backticks or on_border
        case "~":
            return around.has_tildes or on_border
        case ">":
            return around.has_tag
        case "=":
            return around.has_attribute
        case "[":
            return in_link or around.has_many_brackets
        case "]":
            return in_link or on_border or following == "("
        case "|":
            return in_cell
        case "!":
            return place + 1 in borders
    return False


def _opens_emphasis(line: str, start: int, end: int, borders: frozenset[int]) -> bool:
    """Underscores within a word of ASCII letters open nothing in either reader; all others may."""
    if end - start > 3 or any(border in borders for border in range(start, end + 1)):
        return True
    before, after = line[max(start - 1, 0) : start], line[end : end + 1]
    return before not in _ALPHANUMERIC or after not in _ALPHANUMERIC


def _before_or_in(line: str, place: int) -> set[int]:
    """For ``<`` and ``&``: where a backslash keeps what follows from being a tag, a link or an entity."""
    if line[place] == "&":
        entity = _ENTITY.match(line, place)
        if not entity:
            return set()
        return {place + 1} if entity[1] else {place}
    following = line[place + 1 : place + 2]
    if following == "!":
        return {place + 1}
    return {place} if following == "?" or _AUTOLINK.match(line, place) else set()


def _at_line_start(line: str, around: Surroundings) -> set[int]:
    indent = len(line) - len(line.lstrip())
    text = line[indent:]
    if not text:
        return set()
    first = text[0]
    if first in "#>-+_*|[<":
        if (
            first in ">|"
            or (first == "[" and (around.has_definition or _TASK.match(text)))
            or _HEADING.match(text)
            or _BULLET.match(text)
            or (len(text) > 1 and _RULE.match(text))
            or _HTML_BLOCK.match(text)
        ):
            return {indent}
    elif number := _NUMBER.match(text):
        return {indent + number.start(1)}
    if "-" in text and _DELIMITER_ROW.match(text):
        return {indent + text.index("-")}
    return set()


def _unlinked_addresses(line: str, found: set[int]) -> set[int]:
    """A bare address that holds an escape must not be linked: the link would show the backslash."""
    return {
        address.end(1) - 1
        for address in _ADDRESS.finditer(line)
        if any(address.start() < place < address.end() for place in found)
    }
