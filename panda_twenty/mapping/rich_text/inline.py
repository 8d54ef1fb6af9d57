"""One line of runs -> Markdown: escapes, and the marks of bold, italic, struck and linked text.

The text always comes through; its look may be narrowed. Markdown cannot begin or end emphasis next to
punctuation on the inside and a letter on the outside (``**Stage:**III``), nor stack two marks within a word.
There the emphasis shrinks to what Markdown can say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias
from urllib.parse import quote

from panda_twenty.mapping.rich_text.blocks import Run
from panda_twenty.mapping.rich_text.characters import TAB
from panda_twenty.mapping.rich_text.escaping import Surroundings, escapes

Place: TypeAlias = Literal["paragraph", "item", "heading", "cell"]

_NO_BREAK = "\xa0"
_WIDE_SPACE = re.compile(r"  +")
_INDENT = re.compile(r"[^\S\n]+")
_BOLD, _ITALIC, _STRIKE = 1, 2, 4
_LOOKS = (_BOLD, _ITALIC, _STRIKE)
_BITS = {look: re.compile(b"[%s]+" % bytes(value for value in range(8) if value & look)) for look in _LOOKS}
_SAME_LOOK = re.compile(rb"(.)\1*", re.DOTALL)
_GAP = re.compile(r"\s+")
_SAFE_IN_ADDRESS = "-._~:/?#@!$&'+,=%"


def spaced(text: str) -> str:
    """Columns of spaces stay columns: all but the last space of a run, and an indent, never collapse."""
    text = text.replace("\t", TAB)
    indent = _INDENT.match(text)
    if indent:
        text = _NO_BREAK * indent.end() + text[indent.end() :]
    return _WIDE_SPACE.sub(lambda wide: _NO_BREAK * (len(wide[0]) - 1) + " ", text)


def line_markdown(runs: Sequence[Run], around: Surroundings, place: Place) -> str:
    """``runs`` hold no line break, and no white space at their end."""
    if not any(run.bold or run.italic or run.strike or run.link for run in runs):
        return _plain(spaced("".join(run.text for run in runs)), around, place)
    return "".join(_parts(_Line.of(runs), around, place))


def _plain(text: str, around: Surroundings, place: Place) -> str:
    return _with_backslashes(
        text,
        escapes(text, around, in_cell=place == "cell", in_heading=place == "heading"),
    )


def _with_backslashes(text: str, places: set[int]) -> str:
    if not places:
        return text
    parts, last = [], 0
    for place in sorted(places):
        parts += [text[last:place], "\\"]
        last = place
    return "".join((*parts, text[last:]))


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    looks: bytearray
    """One byte per character, with a bit per look: lets the C of ``re`` find where looks begin and end."""
    links: list[str | None]

    @classmethod
    def of(cls, runs: Sequence[Run]) -> _Line:
        text, looks, links = [], bytearray(), []
        for run in runs:
            shown = run.text.replace("\t", TAB)
            text.append(shown)
            look = _BOLD * run.bold | _ITALIC * run.italic | _STRIKE * run.strike
            looks += bytes([look]) * len(shown)
            links += [run.link] * len(shown)
        line = cls(spaced("".join(text)), looks, links)
        line.narrow()
        return line

    def narrow(self) -> None:
        """Takes from each look the characters at its ends that Markdown cannot mark."""
        for gap in _GAP.finditer(self.text):
            start, end = gap.span()
            before = self.looks[start - 1] if start else 0
            if self.looks[start] != before or end - start > 1:
                for place in range(start, end):
                    self.looks[place] &= before
        for look, pattern in _BITS.items():
            for start, end in self._spans(pattern):
                self._narrow_span(look, start, end)

    def _spans(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
        """Where a look begins and ends; a link's border ends it, for a link holds its own marks."""
        for found in list(pattern.finditer(bytes(self.looks))):
            start, end = found.span()
            for place in range(start + 1, end):
                if self.links[place] != self.links[place - 1]:
                    yield start, place
                    start = place
            yield start, end

    def _narrow_span(self, look: int, start: int, end: int) -> None:
        first, last = start, end
        while first < end and self._is_bad_end(self.text[first], self._is_open_left(first)):
            first += 1
        if first < end and not self._is_open_left(first) and not self._is_free(look, first):
            while first < end and (not self._is_open_left(first) or self.text[first].isspace()):
                first += 1
        while last > first and self._is_bad_end(self.text[last - 1], self._is_open_right(last)):
            last -= 1
        if last > first and not self._is_open_right(last) and not self._is_free(look, last):
            while last > first and (not self._is_open_right(last) or self.text[last - 1].isspace()):
                last -= 1
        for place in (*range(start, first), *range(last, end)):
            self.looks[place] &= ~look

    def _is_open_left(self, place: int) -> bool:
        """Whether any mark may begin before the character at ``place``, as far as what precedes it goes."""
        return place == 0 or self.links[place - 1] != self.links[place] or _is_apart(self.text[place - 1])

    def _is_open_right(self, place: int) -> bool:
        return (
            place == len(self.text)
            or self.links[place] != self.links[place - 1]
            or _is_apart(self.text[place])
        )

    def _is_bad_end(self, character: str, is_open: bool) -> bool:
        return character.isspace() or (not is_open and _may_be_punctuation(character))

    def _is_free(self, look: int, place: int) -> bool:
        """Whether a mark of ``look`` may stand within a word: alone, and not as an underscore."""
        others = (self.looks[place - 1] ^ self.looks[place]) & ~look
        return not others and not (look == _ITALIC and self.italic_mark == "_")

    @property
    def italic_mark(self) -> str:
        """``*`` works within words, ``_`` next to the ``**`` of bold."""
        return "_" if any(look & ~_ITALIC for look in self.looks) else "*"


def _is_apart(character: str) -> bool:
    """White space, or what every reader takes for punctuation."""
    return character.isspace() or (
        character.isascii() and not character.isalnum() and not character.isspace()
    )


def _may_be_punctuation(character: str) -> bool:
    """Readers differ on symbols such as ≤, and on what lies beyond 16 bits."""
    return unicodedata.category(character)[0] in "PS" or character > "\uffff"


def _parts(line: _Line, around: Surroundings, place: Place) -> Iterator[str]:
    segments = []
    start = 0
    for link, group in groupby(line.links):
        end = start + sum(1 for _ in group)
        segments.append((start, end, link))
        start = end
    italic = line.italic_mark
    for start, end, link in segments:
        marked = _marked(line, start, end, around, place, italic, in_link=link is not None)
        if link is None or not line.text[start:end].strip():
            yield marked
        else:
            yield f"[{marked}]({quote(link, safe=_SAFE_IN_ADDRESS)})"


def _marked(
    line: _Line, start: int, end: int, around: Surroundings, place: Place, italic: str, *, in_link: bool
) -> str:
    text, looks = line.text[start:end], line.looks[start:end]
    changes = [same.start() for same in _SAME_LOOK.finditer(bytes(looks))]
    borders = [
        *(spot for spot in changes if spot or looks[0] or start),
        *([len(text)] if end < len(line.text) or looks[-1] else []),
    ]
    backslashes = escapes(
        text,
        around,
        borders=borders,
        starts_line=start == 0,
        in_cell=place == "cell",
        in_heading=place == "heading",
        in_link=in_link,
        among_underscores=italic == "_" and any(look & _ITALIC for look in looks),
    )
    marks = {_BOLD: "**", _ITALIC: italic, _STRIKE: "~~"}
    parts: list[str] = []
    stack: list[int] = []
    for first, last in zip(changes, [*changes[1:], len(text)], strict=True):
        wanted = looks[first]
        while any(not wanted & look for look in stack):
            parts.append(marks[stack.pop()])
        chunk = text[first:last]
        body = chunk.lstrip()
        indent = chunk[: len(chunk) - len(body)]
        parts.append(indent)
        missing = [look for look in _LOOKS if wanted & look and look not in stack]
        if body:
            missing.sort(key=lambda look: -_reach(looks, first, look))
            stack += missing
            parts += [marks[look] for look in missing]
        shift = first + len(indent)
        parts.append(_with_backslashes(body, {spot - shift for spot in backslashes if shift <= spot < last}))
    parts += [marks[look] for look in reversed(stack)]
    return "".join(parts)


def _reach(looks: Sequence[int], start: int, look: int) -> int:
    end = start
    while end < len(looks) and looks[end] & look:
        end += 1
    return end
