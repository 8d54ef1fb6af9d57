"""HTML -> blocks, by the standard library's parser; no tag soup makes it fail or lose text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from panda_twenty.mapping.rich_text.blocks import (
    Block,
    Document,
    Heading,
    ListItem,
    Paragraph,
    Run,
    Runs,
    Table,
    as_lines,
    is_blank,
    joined,
)
from panda_twenty.mapping.rich_text.characters import raised
from panda_twenty.mapping.rich_text.code_pages import picture
from panda_twenty.mapping.rich_text.html_looks import Look, style_of, with_style
from panda_twenty.mapping.rich_text.html_tags import (
    BLOCK_TAGS,
    CELL_TAGS,
    DROPPED_TAGS,
    KNOWN_TAGS,
    LEFT_OUT_WITH,
    closed_names,
    is_literal,
    ordinal,
    whole_number,
)

_TAG = re.compile(
    r"""</?[A-Za-z](?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|"[^"]{0,300}+"|'[^']{0,300}+'|["']){0,80}+>"""
    r"""|<[!?][^<>]*>""",
)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_DEEPEST_TABLE = 12
_WIDEST_SPAN = 40
_MOST_COVERING_CELLS = 500
_MOST_RUNS_OF_AN_ITEM = 200
_SEARCHED_FOR_START = 200


class _List:
    def __init__(self, is_ordered: bool, number: int, kind: str):
        self.is_ordered = is_ordered
        self.number = number
        self.kind = kind


class _TableInWork:
    def __init__(self, before: list[Block]):
        self.before = before
        self.rows: list[list[list[Block]]] = []
        self.spans: dict[int, int] = {}
        """Column -> how many further rows a cell above reaches into it."""
        self.covered = 0

    def covers_more(self) -> bool:
        """A cell may not blow a table up: a note of 600 KB would become one of 7 MB."""
        self.covered += 1
        return self.covered <= _MOST_COVERING_CELLS

    def skip_covered(self) -> None:
        """Puts an empty cell where a cell above reaches down: what follows stays in its own column."""
        row = self.rows[-1]
        while self.spans.get(len(row), 0):
            self.spans[len(row)] -= 1
            row.append([])

    def end_row(self) -> None:
        if self.rows:
            self.skip_covered()


def read_html(source: str) -> Document:
    """The blocks of an HTML fragment or page."""
    reader = _Reader(closed_names(source))
    reader.feed(_without_dropped(source))
    reader.close()
    reader.finish()
    return reader.document


def _without_dropped(source: str) -> str:
    """``source`` without comments, scripts and styles, and with every ``<`` that begins no tag escaped.

    What is opened and never closed is not dropped: it would take the rest of the note with it.
    """
    for opening, closing in (("<!--", "-->"), *((f"<{name}", f"</{name}") for name in DROPPED_TAGS)):
        source = _without(source, opening, closing)
    if "<![CDATA[" in source:
        source = source.replace("<![CDATA[", "").replace("]]>", "")
    kept, place = [], 0
    while (start := source.find("<", place)) >= 0:
        match = _TAG.match(source, start)
        kept.append(source[place:start])
        if match is None:
            kept.append("&lt;")
            place = start + 1
            continue
        if match[0][1] not in "!?":
            kept.append(match[0])
        place = match.end()
    return "".join((*kept, source[place:]))


def _without(source: str, opening: str, closing: str) -> str:
    lowered = source.lower() if len(source.lower()) == len(source) else source
    kept, place = [], 0
    while (start := lowered.find(opening, place)) >= 0:
        after = start + len(opening)
        end = lowered.find(closing, after)
        if end >= 0 and closing != "-->":
            end = lowered.find(">", end)
        if end < 0:
            break
        if opening != "<!--" and lowered[after : after + 1] not in (">", " ", "\t", "\n", "\r", "/"):
            kept.append(source[place:after])
            place = after
            continue
        kept.append(source[place:start])
        place = end + (len(closing) if closing == "-->" else 1)
    return "".join((*kept, source[place:]))


class _Reader(HTMLParser):
    def __init__(self, closed: frozenset[str]):
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self.closed = closed
        self.blocks: list[Block] = self.document.blocks
        self.open: list[tuple[str, str, Look]] = []
        """Open tags: name, style, and the look they add up to."""
        self.look = Look()
        self.runs: list[Run] = []
        self.at_space = True
        self.lists: list[_List] = []
        self.tables: list[_TableInWork] = []
        self.item: str | None = None
        self.item_open = False
        self.heading = 0
        self.quotes = 0

    def finish(self) -> None:
        self._end_paragraph()
        while self.tables:
            self._end_table()

    # -- the parser's calls -----------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        whole = self.get_starttag_text() or ""
        if is_literal(tag, whole, self.closed):
            self.handle_data(whole)
            return
        if tag in LEFT_OUT_WITH:
            self.document.left_out.add(LEFT_OUT_WITH[tag])
        values = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._text_break()
        elif tag in CELL_TAGS:
            self._start_cell(values)
        elif tag in BLOCK_TAGS:
            self._start_block(tag, values)
        if tag not in ("br", "hr", "img", "input", "meta", "link", "col", "wbr", "base", "area"):
            style = "" if tag == "table" else style_of(tag, values)
            self.open.append((tag, style, self.look))
            self._restyle(len(self.open) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in KNOWN_TAGS or tag in ("span", "p", "div", "a", "td", "th", "b", "i"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" or tag in BLOCK_TAGS or tag in CELL_TAGS:
            self._end_block(tag)
        for place in range(len(self.open) - 1, max(-1, len(self.open) - 1 - _SEARCHED_FOR_START), -1):
            if self.open[place][0] == tag:
                if tag in CELL_TAGS or tag in ("table", "tr"):
                    del self.open[place:]
                else:
                    del self.open[place]
                self._restyle(place)
                return

    def handle_data(self, data: str) -> None:
        look = self.look
        if look.font:
            data = self._pictures(data, look.font)
        if look.is_pre:
            text = data.replace("\r\n", "\n")
        else:
            text = _SPACE.sub(" ", data)
            if self.at_space and text.startswith(" "):
                text = text[1:]
        if not text:
            return
        if look.raised:
            text = raised(text)
        self.at_space = not look.is_pre and text.endswith(" ")
        self.runs.append(Run(text, look.bold, look.italic, look.strike, look.link))

    # -- looks ------------------------------------------------------------------------------------------

    def _restyle(self, start: int) -> None:
        look = self.open[start - 1][2] if start else Look()
        for place in range(start, len(self.open)):
            tag, style, _ = self.open[place]
            look = with_style(look, style)
            self.open[place] = (tag, style, look)
        self.look = look

    def _pictures(self, data: str, font: str) -> str:
        shown = []
        for character in data:
            known = character if character.isspace() else picture(font, character)
            if known is None:
                self.document.doubts.add("characters of a font of pictures")
            shown.append(known or character)
        return "".join(shown)

    # -- blocks -----------------------------------------------------------------------------------------

    def _text_break(self) -> None:
        self.runs.append(Run("\n"))
        self.at_space = True

    def _start_block(self, tag: str, values: dict[str, str]) -> None:
        self._end_paragraph()
        if tag in ("ul", "ol", "menu", "dir"):
            self._settle_item()
            first = whole_number(values.get("start"))
            self.lists.append(_List(tag == "ol", 1 if first is None else first, values.get("type", "")))
            self.item_open = False
        elif tag == "li":
            self._start_item(values)
        elif tag == "table":
            self._start_table()
        elif tag == "tr" and self.tables:
            self._start_row()
        elif tag == "blockquote":
            self.quotes += 1
        elif tag[0] == "h" and tag[1:].isdigit():
            self.heading = int(tag[1:])

    def _start_item(self, values: dict[str, str]) -> None:
        self._settle_item()
        self.item, self.item_open = "", True
        current = self.lists[-1] if self.lists else None
        if current and current.is_ordered:
            own = whole_number(values.get("value"))
            current.number = current.number if own is None else own
            self.item = ordinal(current.number, current.kind)
            current.number += 1

    def _end_block(self, tag: str) -> None:
        if tag in CELL_TAGS:
            self._end_paragraph()
            return
        self._end_paragraph()
        if tag in ("ul", "ol", "menu", "dir") and self.lists:
            self._settle_item()
            self.lists.pop()
            self.item, self.item_open = None, False
        elif tag == "li":
            self._settle_item()
            self.item, self.item_open = None, False
        elif tag == "table" and self.tables:
            self._end_table()
        elif tag == "blockquote" and self.quotes:
            self.quotes -= 1
        elif tag[0] == "h" and tag[1:].isdigit():
            self.heading = 0

    def _end_paragraph(self) -> None:
        runs = joined(self.runs)
        self.runs.clear()
        self.at_space = True
        if is_blank(runs):
            return
        if self.item is not None:
            self._add_item(runs)
        elif (
            self.item_open
            and self.blocks
            and isinstance(last := self.blocks[-1], ListItem)
            and len(last.runs) < _MOST_RUNS_OF_AN_ITEM
        ):
            self.blocks[-1] = ListItem(joined((*last.runs, Run("\n"), *runs)), last.depth, last.label)
        elif self.heading:
            self.blocks.append(Heading(runs, self.heading))
        else:
            self.blocks.append(Paragraph(runs, quoted=self.quotes > 0))

    def _settle_item(self) -> None:
        """A numbered item without text keeps its number."""
        if self.item:
            self._add_item(())

    def _add_item(self, runs: Runs) -> None:
        self.blocks.append(ListItem(runs, max(len(self.lists) - 1, 0), self.item or ""))
        self.item = None

    # -- tables -----------------------------------------------------------------------------------------

    def _start_table(self) -> None:
        if len(self.tables) < _DEEPEST_TABLE:
            self.tables.append(_TableInWork(self.blocks))

    def _start_row(self) -> None:
        table = self.tables[-1]
        table.end_row()
        table.rows.append([])
        self.blocks = table.before

    def _start_cell(self, values: dict[str, str]) -> None:
        self._end_paragraph()
        self.item, self.item_open = None, False
        if not self.tables:
            self._text_break()
            return
        table = self.tables[-1]
        if not table.rows:
            table.rows.append([])
        table.skip_covered()
        row = table.rows[-1]
        across = min(max(whole_number(values.get("colspan")) or 1, 1), _WIDEST_SPAN)
        across = across if across == 1 or table.covers_more() else 1
        down = min(max(whole_number(values.get("rowspan")) or 1, 1), _WIDEST_SPAN)
        self.blocks = []
        for place in range(across):
            if down > 1 and table.covers_more():
                table.spans[len(row)] = down - 1
            row.append(self.blocks if place == 0 else [])

    def _end_table(self) -> None:
        table = self.tables.pop()
        self.blocks = table.before
        self.item, self.item_open = None, False
        cells = [cell for row in table.rows for cell in row]
        is_layout = max(map(len, table.rows), default=0) < 2 or any(
            isinstance(block, Table) for cell in cells for block in cell
        )
        if is_layout:
            for cell in cells:
                self.blocks.extend(cell)
        elif any(cells):
            self.blocks.append(
                Table(tuple(tuple(as_lines(cell) for cell in row) for row in table.rows if row))
            )
