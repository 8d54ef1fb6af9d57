"""Blocks -> Markdown that Twenty shows as the blocks were.

Line breaks are a backslash at the end of the line. A Markdown list counts its own numbers, so an item keeps
its number as text where the list would count another. A table's cell holds one line: its line breaks become
a gap as wide as a tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from panda_twenty.mapping.rich_text.blocks import Block, Heading, ListItem, Paragraph, Run, Runs, Table
from panda_twenty.mapping.rich_text.characters import clean
from panda_twenty.mapping.rich_text.escaping import Surroundings
from panda_twenty.mapping.rich_text.inline import line_markdown

_COUNTED = re.compile(r"(0|[1-9]\d{0,8})([.)])", re.ASCII)
_RULER = re.compile(r"=+\s*")
_DEEPEST_LIST = 6
_PADDED_WIDTH = 40
_HARD_BREAK = "\\\n"


def write(blocks: Iterable[Block]) -> str:
    """Markdown without a line break at its end; empty for no text."""
    parts: list[str] = []
    for kind, group in groupby(blocks, type):
        if kind is ListItem:
            parts.append(_list([block for block in group if isinstance(block, ListItem)]))
        else:
            parts += (_block(block) for block in group)
    return "\n\n".join(filter(None, parts))


def write_plain(text: str) -> str:
    """Markdown that reads as ``text`` does."""
    return _paragraph(Paragraph((Run(text),)))


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Heading):
        mark = "#" * block.level
        lines = (line for lines in _paragraphs(block.runs) for line in lines)
        return "\n\n".join(f"{mark} {_one(_stripped(line), 'heading')}" for line in lines)
    return _paragraph(Paragraph(block.runs, getattr(block, "quoted", False)))


def _paragraph(block: Paragraph) -> str:
    parts = []
    for lines in _paragraphs(block.runs):
        around = Surroundings.of("\n".join(_text(line) for line in lines))
        written = _HARD_BREAK.join(line_markdown(line, around, "paragraph") for line in lines)
        parts.append("> " + written.replace("\n", "\n> ") if block.quoted else written)
    return ("\n>\n" if block.quoted else "\n\n").join(parts)


def _one(line: Sequence[Run], place: str) -> str:
    around = Surroundings.of(_text(line))
    return line_markdown(line, around, "heading" if place == "heading" else "item")


# -- lines ------------------------------------------------------------------------------------------------


def _paragraphs(runs: Runs) -> list[list[list[Run]]]:
    """Runs by paragraph and line, cleaned, without white space at the ends of lines."""
    found: list[list[list[Run]]] = [[]]
    for raw in _lines(runs):
        line = _without_end(raw)
        if not line or _RULER.fullmatch(_text(line)):
            found.append([])
        if line:
            found[-1].append(line)
    return [lines for lines in found if lines]


def _lines(runs: Runs) -> Iterator[list[Run]]:
    line: list[Run] = []
    for run in runs:
        first, *more = clean(run.text).split("\n")
        if first:
            line.append(_like(run, first))
        for text in more:
            yield line
            line = [_like(run, text)] if text else []
    yield line


def _like(run: Run, text: str) -> Run:
    return Run(text, run.bold, run.italic, run.strike, run.link)


def _text(line: Iterable[Run]) -> str:
    return "".join(run.text for run in line)


def _without_end(line: list[Run]) -> list[Run]:
    while line and not line[-1].text.rstrip():
        line.pop()
    if line:
        line[-1] = _like(line[-1], line[-1].text.rstrip())
    return line


def _stripped(line: list[Run]) -> list[Run]:
    """A line without the white space at its beginning, where that would be markup or nothing."""
    rest = list(line)
    while rest and not rest[0].text.lstrip():
        del rest[0]
    return [_like(rest[0], rest[0].text.lstrip()), *rest[1:]] if rest else []


# -- lists ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Level:
    depth: int
    indent: int
    """Columns before the marker."""
    inner: int = 0
    """Columns before the text of the latest item."""
    following: int | None = None
    """The number that the list would count next; None in a list of bullets."""
    delimiter: str = ""


def _list(items: list[ListItem]) -> str:
    lines: list[str] = []
    levels: list[_Level] = []
    for item in items:
        texts = [line for lines_ in _paragraphs(item.runs) for line in lines_]
        texts = [stripped for line in texts if (stripped := _stripped(line))]
        if not texts and not item.label:
            continue
        is_new = _enter(levels, item.depth)
        level = levels[-1]
        marker, begins = _marker(level, item.label, is_new=is_new, is_empty=not texts)
        if marker == "-" and item.label:
            texts[:1] = [[Run(f"{item.label} "), *texts[0]]] if texts else [[Run(item.label)]]
        if begins:
            lines.append("")
        level.inner = level.indent + len(marker) + 1
        indent, inner = " " * level.indent, " " * level.inner
        lines.append(f"{indent}{marker} {_one(texts[0], 'item')}")
        for text in texts[1:]:
            lines += ["", f"{inner}{_one(text, 'item')}"]
    return "\n".join(lines).strip("\n")


def _enter(levels: list[_Level], depth: int) -> bool:
    """Makes the last of ``levels`` the one of ``depth``; whether that level is new."""
    while len(levels) > 1 and levels[-1].depth > depth:
        levels.pop()
    if levels and (levels[-1].depth >= depth or len(levels) >= _DEEPEST_LIST):
        return False
    levels.append(_Level(depth, levels[-1].inner if levels else 0))
    return True


def _marker(level: _Level, label: str, *, is_new: bool, is_empty: bool) -> tuple[str, bool]:
    """The marker of an item, and whether a list begins with it that needs a blank line before it."""
    counted = _COUNTED.fullmatch(label)
    if not counted or is_empty:
        level.following = None
        return "-", False
    number, delimiter = int(counted[1]), counted[2]
    goes_on = number == level.following and delimiter == level.delimiter
    if not goes_on and not (is_new or level.following is None):
        level.following = None
        return "-", False
    begins = not goes_on
    level.following, level.delimiter = number + 1, delimiter
    return label, begins and number != 1


# -- tables -----------------------------------------------------------------------------------------------


def _table(table: Table) -> str:
    """The first row becomes the header, which Markdown demands; no row loses a cell."""
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    width = max(map(len, rows), default=0)
    if not any(any(row) for row in rows):
        return ""
    rows[0] += [""] * (width - len(rows[0]))
    if width <= _PADDED_WIDTH:
        rows = [row + [""] * (width - len(row)) for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, f"|{' --- |' * width}")
    return "\n".join(lines)


def _cell(runs: Runs) -> str:
    lines = [_stripped(line) for lines in _paragraphs(runs) for line in lines]
    flat: list[Run] = []
    for line in filter(None, lines):
        flat += [Run("\t"), *line] if flat else line
    return line_markdown(flat, Surroundings.of(_text(flat)), "cell")
