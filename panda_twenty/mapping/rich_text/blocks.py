"""What a rich text is made of, whatever it was written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look. Underline is not here: Markdown has none, and the text stays without it."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    link: str | None = None
    """http or https address."""

    def looks_like(self, other: Run) -> bool:
        return (self.bold, self.italic, self.strike, self.link) == (
            other.bold,
            other.italic,
            other.strike,
            other.link,
        )


Runs: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """LF inside the runs is a line break."""

    runs: Runs
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    runs: Runs
    level: int
    """1 to 6."""


@dataclass(frozen=True, slots=True)
class ListItem:
    runs: Runs
    depth: int
    """0 for the outermost list."""
    label: str = ""
    """As it was shown: ``1.``, ``b)``; empty for a bullet."""


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[Runs, ...], ...]


Block: TypeAlias = Paragraph | Heading | ListItem | Table


@dataclass(slots=True)
class Document:
    """What a reader found, and what it has to say about it."""

    blocks: list[Block] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    """Kinds of content that are not text, such as pictures."""
    doubts: set[str] = field(default_factory=set)
    """Why the reader is not certain of the text."""


def joined(runs: Iterable[Run]) -> Runs:
    """Neighbours of one look become one run; empty ones go."""
    merged: list[Run] = []
    parts: list[str] = []
    for run in runs:
        if not run.text:
            continue
        if merged and merged[-1].looks_like(run):
            parts.append(run.text)
            continue
        _settle(merged, parts)
        merged.append(run)
        parts = [run.text]
    _settle(merged, parts)
    return tuple(merged)


def _settle(merged: list[Run], parts: list[str]) -> None:
    if len(parts) > 1:
        last = merged[-1]
        merged[-1] = Run("".join(parts), last.bold, last.italic, last.strike, last.link)


def is_blank(runs: Iterable[Run]) -> bool:
    return not any(run.text.strip() for run in runs)


def as_lines(blocks: Iterable[Block]) -> Runs:
    """Blocks as the lines of one text, for a place that holds no blocks, such as a table cell."""
    found: list[Run] = []
    for block in blocks:
        rows = block.rows if isinstance(block, Table) else ((block.runs,),)
        for row in rows:
            if found:
                found.append(Run("\n"))
            if isinstance(block, ListItem):
                found.append(Run(f"{block.label or '•'} "))
            for place, runs in enumerate(row):
                found.extend((Run("\t"), *runs) if place else runs)
    return joined(found)
