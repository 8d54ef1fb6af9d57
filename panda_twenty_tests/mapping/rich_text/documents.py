"""Random notes as a small model, what a reader of them sees, and two writers: RTF and HTML.

The writers share nothing with the code under test; they write the way practice software does.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st


@dataclass(frozen=True)
class Phrase:
    """Words of one look; phrases are a space apart."""

    words: tuple[str, ...]
    bold: bool = False
    italic: bool = False
    strike: bool = False


Line: TypeAlias = tuple[Phrase, ...]


@dataclass(frozen=True)
class Text:
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Listing:
    first: int | None
    """The first number; None for bullets."""
    entries: tuple[tuple[Line, Listing | None], ...]


@dataclass(frozen=True)
class Grid:
    rows: tuple[tuple[Line, ...], ...]


Part: TypeAlias = Text | Listing | Grid

LETTERS = "abcxyzABCéñüßД"
SIGNS = "≤≥<>=±+-−%°.,/½×µ≈–—#*_|`~[](){}&\\!'\":;@$^?“”’€𝟛"
words = st.text(alphabet="0123456789" * 3 + LETTERS + SIGNS, min_size=1, max_size=7) | st.sampled_from(
    [
        "PD",
        "≤4",
        "mm",
        "3-2-3",
        "<5",
        "#14",
        "*",
        "2+",
        "1)",
        "1.",
        "-",
        "+",
        "---",
        "===",
        "&le;",
        "<b>",
        "**x**",
        "[x](y)",
        "![x](y)",
        "[x]:",
        "[ ]",
        "http://x.com/_a_",
        "\\",
        "a_b_c",
        "__x__",
        "~5~6",
        "```",
        "|",
        "(2+)",
    ]
)
phrases = st.builds(
    Phrase, st.lists(words, min_size=1, max_size=4).map(tuple), st.booleans(), st.booleans(), st.booleans()
)
lines = st.lists(phrases, min_size=1, max_size=4).map(tuple)
texts = st.lists(lines, min_size=1, max_size=3).map(lambda found: Text(tuple(found)))
grids = st.integers(2, 4).flatmap(
    lambda width: (
        st.lists(
            st.lists(lines | st.just(()), min_size=width, max_size=width).map(tuple), min_size=1, max_size=3
        )
        .filter(lambda rows: any(any(row) for row in rows))
        .map(lambda rows: Grid(tuple(rows)))
    )
)
listings = st.recursive(
    st.builds(
        Listing,
        st.none() | st.integers(0, 30),
        st.lists(st.tuples(lines, st.none()), min_size=1, max_size=3).map(tuple),
    ),
    lambda inner: st.builds(
        Listing,
        st.none() | st.integers(0, 30),
        st.lists(st.tuples(lines, st.none() | inner), min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=4,
)
documents = st.lists(st.tuples(texts, st.none() | grids | listings), min_size=1, max_size=4).map(
    lambda pairs: tuple(part for pair in pairs for part in pair if part is not None)
)


# -- what a reader sees -----------------------------------------------------------------------------------


def shown(parts: Sequence[Part]) -> str:
    """The text, in the form that ``plain_text_of`` gives."""
    found = []
    for part in parts:
        if isinstance(part, Text):
            found.append("\n".join(map(_said, part.lines)))
        elif isinstance(part, Grid):
            found.append("\n".join("    ".join(map(_said, row)).rstrip() for row in part.rows))
        else:
            found.append("\n".join(_listed(part, 0)))
    return "\n\n".join(found)


def _listed(listing: Listing, depth: int) -> Iterator[str]:
    for place, (line, inner) in enumerate(listing.entries):
        label = "•" if listing.first is None else f"{listing.first + place}."
        yield f"{'  ' * depth}{label} {_said(line)}"
        if inner:
            yield from _listed(inner, depth + 1)


def _said(line: Line) -> str:
    return " ".join(word for phrase in line for word in phrase.words)


def looks(parts: Sequence[Part]) -> list[tuple[str, bool, bool, bool]]:
    """Every word with its look, without labels."""
    return [
        (word, phrase.bold, phrase.italic, phrase.strike)
        for line in _all_lines(parts)
        for phrase in line
        for word in " ".join(phrase.words).split()
    ]


def _all_lines(parts: Sequence[Part]) -> Iterator[Line]:
    for part in parts:
        if isinstance(part, Text):
            yield from part.lines
        elif isinstance(part, Grid):
            for row in part.rows:
                yield from row
        else:
            for line, inner in part.entries:
                yield line
                yield from _all_lines([inner] if inner else [])


# -- RTF --------------------------------------------------------------------------------------------------


def as_rtf(parts: Sequence[Part], *, replacements: int = 1, grouped: bool = False) -> str:
    """``replacements``: how many ``?`` follow each ``\\u``; ``grouped``: looks as groups, not switches."""
    writer = _Rtf(replacements, grouped)
    body = "\r\n".join(writer.part(part) for part in parts)
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial Cyr;}}"
        rf"{{\colortbl ;\red255\green0\blue0;}}\viewkind4\uc{replacements}\pard\f0\fs20 {body}}}"
    )


@dataclass(frozen=True)
class _Rtf:
    replacements: int
    grouped: bool

    def part(self, part: Part) -> str:
        if isinstance(part, Text):
            return r"\pard " + r"\line ".join(map(self.line, part.lines)) + r"\par"
        if isinstance(part, Grid):
            return "".join(
                r"\trowd\trgaph70"
                + "".join(rf"\cellx{900 * place}" for place in range(1, len(row) + 1))
                + "".join(rf"\pard\intbl {self.line(cell)}\cell" for cell in row)
                + r"\row"
                for row in part.rows
            )
        return "".join(self.items(part, 0))

    def items(self, listing: Listing, depth: int) -> Iterator[str]:
        for place, (line, inner) in enumerate(listing.entries):
            label = r"\f0\'b7" if listing.first is None else f"{listing.first + place}."
            yield rf"\pard{{\listtext {label}\tab}}\ls1\ilvl{depth} {self.line(line)}\par"
            if inner:
                yield from self.items(inner, depth + 1)

    def line(self, line: Line) -> str:
        return " ".join(map(self.phrase, line))

    def phrase(self, phrase: Phrase) -> str:
        text = " ".join("".join(map(self.character, word)) for word in phrase.words)
        on = [name for name in ("bold", "italic", "strike") if getattr(phrase, name)]
        switches = {"bold": "b", "italic": "i", "strike": "strike"}
        if not on:
            return text
        begin = "".join(rf"\{switches[name]}" for name in on)
        end = "".join(rf"\{switches[name]}0" for name in on)
        return f"{{{begin} {text}}}" if self.grouped else f"{begin} {text}{end} "

    def character(self, character: str) -> str:
        if character in "\\{}":
            return f"\\{character}"
        if character < "\x80":
            return character
        if "\u0400" <= character <= "\u045f":
            return rf"{{\f1\'{character.encode('cp1251')[0]:02x}}}"
        encoded = character.encode("cp1252", "ignore")
        if encoded and self.replacements != 2:
            return rf"\'{encoded[0]:02x}"
        units = character.encode("utf-16-le")
        codes = [units[place] | units[place + 1] << 8 for place in range(0, len(units), 2)]
        tail = {0: " ", 1: "?", 2: r"\'3f?"}[self.replacements]
        return "".join(rf"\u{code - 65536 if code > 32767 else code}{tail}" for code in codes)


# -- HTML -------------------------------------------------------------------------------------------------


def as_html(parts: Sequence[Part], *, closed: bool = True) -> str:
    """``closed``: whether list items, cells and paragraphs are closed, which HTML leaves open."""
    return f"<div>{''.join(_html_part(part, closed) for part in parts)}</div>"


def _html_part(part: Part, closed: bool) -> str:
    if isinstance(part, Text):
        return f"<p>{'<br>'.join(map(_html_line, part.lines))}{'</p>' if closed else ''}\n"
    if isinstance(part, Grid):
        end = "</td>" if closed else ""
        rows = ("".join(f"<td>{_html_line(cell)}{end}" for cell in row) for row in part.rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    tag, start = ("ul", "") if part.first is None else ("ol", f' start="{part.first}"')
    end = "</li>" if closed else ""
    items = (
        f"<li>{_html_line(line)}{_html_part(inner, closed) if inner else ''}{end}"
        for line, inner in part.entries
    )
    return f"<{tag}{start}>{''.join(items)}</{tag}>"


def _html_line(line: Line) -> str:
    return " ".join(map(_html_phrase, line))


def _html_phrase(phrase: Phrase) -> str:
    text = html.escape(" ".join(phrase.words)).replace("≤", "&le;").replace("½", "&#189;")
    for name, tag in (("bold", "b"), ("italic", "em"), ("strike", "s")):
        if getattr(phrase, name):
            text = f"<{tag}>{text}</{tag}>"
    return text
