"""Plain text of a rich text by a second, simpler road, which knows nothing of the first.

It decides nothing about looks, lists or tables: it walks over the source once and keeps the words. The
converter's work is held against it, here at run time and by verification. The two share data (code pages,
names of groups and tags), and no way of reading.
"""

from __future__ import annotations

import html
import re

from panda_twenty.mapping.rich_text.characters import raised, spoken_label
from panda_twenty.mapping.rich_text.code_pages import (
    CHARACTER_WORDS,
    DEFAULT_CODEC,
    codec_of_character_set,
    codec_of_code_page,
    picture,
    picture_font,
)
from panda_twenty.mapping.rich_text.html_tags import (
    BLOCK_TAGS,
    CELL_TAGS,
    DROPPED_TAGS,
    closed_names,
    is_literal,
    ordinal,
    whole_number,
)
from panda_twenty.mapping.rich_text.rtf_words import READ_ALTHOUGH_STARRED, SKIPPED, FieldCode, is_replacement

_BRACE = re.compile(r"\\bin(\d{1,10}) ?|\\.|[{}]", re.DOTALL)
_DESTINATION = re.compile(r"\{\s*(\\\*)?\s*\\([a-zA-Z]{1,40})(?:-?\d+)? ?")
_WORD = re.compile(r"\\([a-zA-Z]{1,40})(-?\d{1,10})? ?")
_BYTES = re.compile(r"(?:\\'[0-9a-fA-F]{2}[\r\n]*)+")
_FONT = re.compile(r"\\f(\d{1,9})\b")
_JUMPED_WITH_A_WALK = re.compile(r"\\(?:listtext|pntext|fldinst)\b ?")
_CHUNK = re.compile(r"[^{}\\\r\n]+")
_LINE_WORDS = frozenset({"par", "line", "sect", "page", "column", "lbr", "row", "nestrow"})
_GAP_WORDS = frozenset({"tab", "cell", "nestcell"})


def rtf_text(source: str, *, is_eight_bit: bool = False) -> str:
    """The words of one RTF document."""
    return _Walk(is_eight_bit).text(source)


def group_end(source: str, start: int) -> int:
    """The place after the brace that closes the one at ``start``, or the end of all."""
    depth, place = 0, start
    while match := _BRACE.search(source, place):
        place = match.end()
        if match[1]:
            place += int(match[1])
        elif match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth <= 0:
                return place
    return len(source)


class _Walk:
    """Font, ``\\uc``, hidden and raised text are what a group gives back at its end."""

    def __init__(self, is_eight_bit: bool):
        self.is_eight_bit = is_eight_bit
        self.codec = DEFAULT_CODEC
        self.fonts: dict[int, tuple[str | None, str]] = {}
        self.font = -1
        self.default_font = -1
        self.replacements = 1
        self.is_hidden = False
        self.is_deleted = False
        self.is_raised = False
        self.out: list[str] = []

    def text(self, source: str) -> str:
        """The words of one group and all in it; every jump goes forward, so the time is linear."""
        saved: list[tuple[int, int, bool, bool, bool]] = []
        endings: list[tuple[str, FieldCode | None]] = []
        fields: list[FieldCode] = []
        place = 0
        while place < len(source):
            character = source[place]
            if character == "{":
                opened = _DESTINATION.match(source, place)
                name = opened[2] if opened else ""
                if opened and (jump := self._jump(source, place, opened, fields)):
                    place = jump
                    continue
                saved.append((self.font, self.replacements, self.is_hidden, self.is_deleted, self.is_raised))
                field = FieldCode(len(self.out)) if name == "field" else None
                endings.append((name, field))
                if field:
                    fields.append(field)
                if name == "footnote":
                    self._put(" ")
                place += 1
                if opened and name == "upr":
                    place = group_end(source, opened.end())
            elif character == "}":
                if saved:
                    self.font, self.replacements, self.is_hidden, self.is_deleted, self.is_raised = (
                        saved.pop()
                    )
                    name, field = endings.pop()
                    if name == "footnote":
                        self._put(" ")
                    if field:
                        fields.pop()
                        self._symbol_field(field)
                place += 1
            elif character == "\\":
                place = self._escape(source, place)
            elif character in "\r\n":
                place += 1
            else:
                place = self._plain(source, place)
        return "".join(self.out)

    def _jump(self, source: str, place: int, opened: re.Match[str], fields: list[FieldCode]) -> int:
        """Where to go on when the group that opens here is none of the document's; 0 to walk into it."""
        name, is_starred = opened[2], bool(opened[1])
        if name not in ("fonttbl", "pntext", "listtext", "fldinst") and (
            name not in SKIPPED and (not is_starred or name in READ_ALTHOUGH_STARRED)
        ):
            return 0
        end = group_end(source, place)
        inside = (
            source[opened.end() : end - 1] if source[end - 1 : end] == "}" else source[opened.end() : end]
        )
        if name == "fonttbl":
            self._read_fonts(inside)
        elif name in ("pntext", "listtext"):
            self._put(f"{spoken_label(self._of_part(inside))}\t")
        elif name == "fldinst" and fields:
            fields[-1].parts.append(self._of_part(inside))
        return end

    def _of_part(self, source: str) -> str:
        """The words of a label or a field code; what it holds of the same kind is walked as plain groups."""
        walk = _Walk(self.is_eight_bit)
        walk.codec, walk.fonts, walk.font = self.codec, self.fonts, self.font
        walk.replacements = self.replacements
        return walk.text(_JUMPED_WITH_A_WALK.sub("", source))

    def _read_fonts(self, table: str) -> None:
        for entry in re.split(r"(?=\\f\d)", table):
            number = _FONT.match(entry)
            if not number:
                continue
            sets, pages = re.findall(r"\\fcharset(\d{1,4})", entry), re.findall(r"\\cpg(\d{1,6})", entry)
            codec = codec_of_character_set(int(sets[-1])) if sets else None
            codec = codec_of_code_page(int(pages[-1])) if pages else codec
            bare = re.sub(r"\{\\\*[^{}]*\}|\\[a-z]+-?\d* ?|[{}\r\n]", "", entry)
            self.fonts[int(number[1])] = (codec, bare[:64])

    def _symbol_field(self, field: FieldCode) -> None:
        if field.symbol and len(self.out) == field.written_before:
            name, character = field.symbol
            font = picture_font(name)
            self._put((picture(font, character) if font else None) or character)

    def _put(self, text: str) -> None:
        if text and not self.is_hidden and not self.is_deleted:
            self.out.append(raised(text) if self.is_raised else text)

    def _letters(self, raw: bytes) -> str:
        codec, name = self.fonts.get(self.font, (None, ""))
        font = picture_font(name)
        if font:
            return "".join(picture(font, chr(code)) or chr(0xF000 | code) for code in raw)
        return raw.decode(codec or self.codec, "replace")

    def _plain(self, source: str, place: int) -> int:
        chunk = _CHUNK.match(source, place)
        text = chunk[0] if chunk else source[place]
        font = picture_font(self.fonts.get(self.font, (None, ""))[1])
        if font:
            text = "".join(picture(font, character) or character for character in text)
        elif self.is_eight_bit:
            text = self._letters(text.encode("latin-1", "replace")) if not text.isascii() else text
        self._put(text)
        return place + len(chunk[0]) if chunk else place + 1

    def _escape(self, source: str, place: int) -> int:
        if source.startswith("\\'", place):
            run = _BYTES.match(source, place)
            if not run:
                return place + 2
            raw = bytes.fromhex(re.sub(r"\\'|[\r\n]", "", run[0]))
            end = run.end()
            if self._ends_in_first_of_two(raw) and source[end : end + 1] not in ("{", "}", "\\", ""):
                raw += source[end].encode("latin-1", "replace")
                end += 1
            self._put(self._letters(raw))
            return end
        word = _WORD.match(source, place)
        if not word:
            symbol = source[place + 1 : place + 2]
            self._put({"~": "\xa0", "_": "\u2011", "\n": "\n", "\r": "\n", "\t": "\t"}.get(symbol, ""))
            if symbol and symbol in "\\{}":
                self._put(symbol)
            return place + 2
        name, number = word[1], int(word[2]) if word[2] else None
        if name == "u" and number is not None:
            return self._unicode(source, word.end(), number)
        if name == "bin":
            return word.end() + max(number or 0, 0)
        self._obey(name, number)
        return word.end()

    def _ends_in_first_of_two(self, raw: bytes) -> bool:
        codec, _ = self.fonts.get(self.font, (None, ""))
        try:
            raw.decode(codec or self.codec)
        except UnicodeDecodeError as problem:
            return problem.end == len(raw) and (codec or self.codec) in ("cp932", "cp936", "cp949", "cp950")
        return False

    def _obey(self, name: str, number: int | None) -> None:
        if name in CHARACTER_WORDS:
            self._put(CHARACTER_WORDS[name])
        elif name in _LINE_WORDS:
            self._put("\n")
        elif name in _GAP_WORDS:
            self._put("\t")
        elif name == "f" and number is not None:
            self.font = number
        elif name == "deff" and number is not None:
            self.font = self.default_font = number
        elif name == "uc" and number is not None:
            self.replacements = min(max(number, 0), 64)
        elif name == "ansicpg" and number is not None:
            self.codec = codec_of_code_page(number)
        elif name in ("mac", "pc", "pca"):
            self.codec = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[name]
        elif name == "v":
            self.is_hidden = number != 0
        elif name == "deleted":
            self.is_deleted = number != 0
        elif name in ("super", "up"):
            self.is_raised = number is None or number > 0
        elif name in ("sub", "dn", "nosupersub"):
            self.is_raised = False
        elif name == "plain":
            self.is_hidden = self.is_deleted = self.is_raised = False
            self.font = self.default_font

    def _unicode(self, source: str, place: int, number: int) -> int:
        code = number if 0x10000 <= number <= 0x10FFFF else number & 0xFFFF
        shown = chr(code)
        if 0xF000 <= code <= 0xF0FF:
            font = picture_font(self.fonts.get(self.font, (None, ""))[1])
            shown = (picture(font, shown) if font else None) or shown
        self._put(shown)
        for _ in range(self.replacements):
            while source[place : place + 1] in ("\r", "\n"):
                place += 1
            if _BYTES.match(source, place):
                if not is_replacement(chr(min(int(source[place + 2 : place + 4], 16), 0x7F)), chr(code)):
                    break
                place += 4
            elif (word := _WORD.match(source, place)) and word[1] in CHARACTER_WORDS:
                place = word.end()
            elif source[place : place + 2] in ("\\~", "\\_", "\\-", "\\\\", "\\{", "\\}"):
                place += 2
            elif source[place : place + 1] in ("{", "}", "\\", ""):
                break
            elif is_replacement(source[place], chr(code)):
                place += 1
            else:
                break
        return place


_SPACES = re.compile(r"[ \t\n\r\f]+")
_END_OF_TAG = re.compile("[\"'<>]")
_NAME = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""([a-z-]{1,20})\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_PICTURE_FONT = re.compile(r"(?:font-family\s*:|face\s*=)[\s\"']*([\w ]+)", re.IGNORECASE)


def html_text(source: str) -> str:
    """The words of HTML; needs no tree, only to know which tags begin a line."""
    out: list[str] = []
    closed = closed_names(source)
    counters: list[tuple[int, str] | None] = []
    raised_depth = pre_depth = 0
    fonts: list[tuple[str, str | None]] = []
    never_closed: set[str] = set()
    place = 0
    while place < len(source):
        start = source.find("<", place)
        if start < 0:
            start = len(source)
        if start > place:
            piece = html.unescape(source[place:start])
            piece = piece if pre_depth > 0 else _SPACES.sub(" ", piece)
            font = fonts[-1][1] if fonts else None
            if font:
                piece = "".join(picture(font, character) or character for character in piece)
            out.append(raised(piece) if raised_depth > 0 else piece)
        if start == len(source):
            break
        end, tag = _tag_at(source, start, never_closed)
        place = end
        named = _NAME.match(tag)
        if not named:
            out.append("<" if tag == "<" else "")
            continue
        closing, name = bool(named[1]), named[2].lower()
        if not closing and is_literal(named[2], tag, closed):
            out.append(tag)
            continue
        if name == "br" or name in BLOCK_TAGS:
            out.append("\n")
        elif name in CELL_TAGS and not closing:
            out.append("\t")
        elif name == "sup":
            raised_depth += -1 if closing else 1
        if name == "pre":
            pre_depth += -1 if closing else 1
        if not tag.endswith("/>"):
            _follow_font(fonts, name, tag, closing)
        if name in ("ol", "ul", "menu", "dir"):
            if closing:
                del counters[-1:]
            else:
                attributes = _attributes(tag)
                first = whole_number(attributes.get("start"))
                ordered = (1 if first is None else first, attributes.get("type", ""))
                counters.append(ordered if name == "ol" else None)
        elif name == "li" and not closing:
            out.append(_item_label(counters, whole_number(_attributes(tag).get("value"))))
    return "".join(out)


def _item_label(counters: list[tuple[int, str] | None], own: int | None) -> str:
    counter = counters[-1] if counters else None
    if counter is None:
        return "• "
    number = counter[0] if own is None else own
    counters[-1] = (number + 1, counter[1])
    return f"{ordinal(number, counter[1])} "


def _attributes(tag: str) -> dict[str, str]:
    return {match[1].lower(): match[2].strip("\"'") for match in _ATTRIBUTE.finditer(tag[:2000])}


def _follow_font(fonts: list[tuple[str, str | None]], name: str, tag: str, closing: bool) -> None:
    if name not in ("font", "span"):
        return
    if closing:
        if fonts and fonts[-1][0] == name:
            fonts.pop()
        return
    named = _PICTURE_FONT.search(tag[:2000])
    fonts.append((name, picture_font(named[1]) if named else (fonts[-1][1] if fonts else None)))


def _tag_at(source: str, start: int, never_closed: set[str]) -> tuple[int, str]:
    """The end of what begins with the ``<`` at ``start``, and the tag: empty for what is dropped."""
    following = source[start + 1 : start + 2]
    if source.startswith("<!--", start) and "<!--" not in never_closed:
        end = source.find("-->", start + 4)
        if end >= 0:
            return end + 3, ""
        never_closed.add("<!--")
    for name in DROPPED_TAGS:
        opening = source[start : start + len(name) + 2].lower()
        if opening[:-1] == f"<{name}" and opening[-1:] in "> \t\r\n/" and name not in never_closed:
            close = re.compile(f"</{name}[^>]*>", re.IGNORECASE).search(source, start)
            if close:
                return close.end(), ""
            never_closed.add(name)
    if not (following.isascii() and following.isalpha()) and following not in ("/", "!", "?"):
        return start + 1, "<"
    if following == "/" and not source[start + 2 : start + 3].isalpha():
        return start + 1, "<"
    place = start + 1
    while stop := _END_OF_TAG.search(source, place):
        place = stop.end()
        if stop[0] == ">":
            return place, "" if following in ("!", "?") else source[start:place]
        if stop[0] == "<":
            break
        if following not in ("!", "?") and (closed := source.find(stop[0], place)) >= 0:
            place = closed + 1
    return start + 1, "<"
