"""Markdown -> the plain text that a reader of it sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from panda_twenty.mapping.rich_text.characters import BULLET, reading_of

_NO_BREAK = "\xa0"


def _parser() -> MarkdownIt:
    """CommonMark with GitHub's tables and strikethrough; HTML in it is HTML, which Twenty would drop."""
    return MarkdownIt("commonmark", {"maxNesting": 64}).enable(["table", "strikethrough"])


_PARSER = _parser()


def plain_text_of(markdown: str) -> str:
    """What ``markdown`` says, in the normal form of ``reading_of``.

    Paragraphs are a blank line apart, list items carry ``• `` or their number, a table's cells are four
    spaces apart. Markup, addresses of links, pictures and HTML are gone.
    """
    return reading_of("".join(_texts(markdown)))


def tokens_of(markdown: str) -> list[Token]:
    """The parser's tokens, for readers that look for more than the text."""
    return _PARSER.parse(markdown)


def _texts(markdown: str) -> Iterator[str]:
    source = markdown.split("\n")
    lists: list[list[int]] = []
    item_begins = False
    cells = 0
    for token in tokens_of(markdown):
        kind = token.type
        if kind == "inline":
            if token.map and not item_begins and not cells:
                yield _indent(source[token.map[0]])
            yield from _inline(token.children or ())
            item_begins = False
        elif kind in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")
            lists.append([int(start) if start is not None else 1, kind == "ordered_list_open"])
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            yield "" if lists else "\n"
        elif kind == "list_item_open":
            number, is_ordered = lists[-1]
            lists[-1][0] += 1
            yield "  " * (len(lists) - 1) + (f"{number}{token.markup} " if is_ordered else f"{BULLET} ")
            item_begins = True
        elif kind in ("paragraph_close", "heading_close"):
            yield "\n" if lists else "\n\n"
        elif kind in ("th_open", "td_open"):
            yield "\t" if cells else ""
            cells += 1
        elif kind == "tr_close":
            yield "\n"
            cells = 0
        elif kind == "table_close":
            yield "\n"
        elif kind in ("code_block", "fence"):
            yield f"{token.content}\n"


def _indent(line: str) -> str:
    """No-break spaces at the beginning of a paragraph, which the parser trims."""
    text = line.lstrip(" \t>")
    return _NO_BREAK * (len(text) - len(text.lstrip(_NO_BREAK)))


def _inline(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            yield token.content
        elif token.type == "hardbreak":
            yield "\n"
        elif token.type == "softbreak":
            yield " "
