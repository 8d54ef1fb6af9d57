"""RTF -> blocks: one pass over the tokens, with the state of each open group on a stack.

The rules are those of Microsoft's RTF specification 1.9.1, and where programs disagree with it, the
reading that loses no text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from panda_twenty.mapping.rich_text.blocks import Document, Run, is_blank
from panda_twenty.mapping.rich_text.characters import raised
from panda_twenty.mapping.rich_text.code_pages import (
    CHARACTER_WORDS,
    MULTI_BYTE,
    codec_of_code_page,
    picture,
    picture_font,
)
from panda_twenty.mapping.rich_text.rtf_blocks import BlocksInWork
from panda_twenty.mapping.rich_text.rtf_fonts import Fonts
from panda_twenty.mapping.rich_text.rtf_groups import BODY, CODE, EITHER, FONTS, FORMATS, LABEL, SKIP, Group
from panda_twenty.mapping.rich_text.rtf_words import (
    LEFT_OUT_WITH,
    READ_ALTHOUGH_STARRED,
    SKIPPED,
    FieldCode,
    is_replacement,
)

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,40})(-?\d{1,10})? ?"  # 1, 2: control word and its number
    r"|\\'([0-9a-fA-F]{2})?"  # 3: a byte
    r"|\\([^a-zA-Z'])"  # 4: control symbol
    r"|([{}])"  # 5
    r"|([^\\{}\r\n]+)"  # 6: text
    r"|[\r\n]+|\\",
    re.DOTALL,
)
_SYMBOLS = {"~": "\xa0", "_": "\u2011", "\\": "\\", "{": "{", "}": "}", "\t": "\t"}


def read_rtf(source: str, *, is_eight_bit: bool = False) -> Document:
    """The blocks of one RTF document, up to the brace that closes it; never raises.

    ``is_eight_bit``: characters from U+0080 to U+00FF in ``source`` are bytes of the code pages.
    """
    reader = _Reader(source, is_eight_bit)
    reader.read()
    return reader.document


class _Reader:
    def __init__(self, source: str, is_eight_bit: bool):
        self.source = source
        self.is_eight_bit = is_eight_bit
        self.document = Document()
        self.group = Group()
        self.stack: list[Group] = []
        self.starred = False
        self.to_skip = 0
        self.replaced = ""
        self.fonts = Fonts()
        self.default_font: int | None = None
        self.decoder: codecs.IncrementalDecoder | None = None
        self.decoder_codec = ""
        self.work = BlocksInWork()
        self.written = 0
        """How many pieces of text went into the document: tells whether a field has a result."""

    def read(self) -> None:
        source, match_token, place = self.source, _TOKEN.match, 0
        while match := match_token(source, place):
            place = match.end()
            kind = match.lastindex
            if kind == 6:
                self._text(match[6])
            elif kind in (1, 2):
                place += self._word(match[1], match[2])
            elif kind == 3:
                self._byte(int(match[3], 16))
            elif kind == 4:
                self._symbol(match[4])
            elif kind == 5:
                self._flush()
                self.to_skip = 0
                if match[5] == "{":
                    self.stack.append(self.group)
                    self.group = self.group.copy()
                elif self._close_group():
                    break
        else:
            self.document.left_out.add("the end, which is cut off")
        self._flush()
        self._end_paragraph()
        self.work.end_table()
        self.document.blocks = self.work.blocks

    def _close_group(self) -> bool:
        """Whether that was the document's last brace."""
        inner = self.group
        if not self.stack:
            return True
        self.group = self.stack.pop()
        self.starred = False
        if inner.is_footnote and not self.group.is_footnote:
            self._emit(" ")
        if inner.field is not None and inner.field is not self.group.field:
            self._end_field(inner.field)
        return not self.stack

    def _end_field(self, field: FieldCode) -> None:
        if field.is_check_box:
            self.document.left_out.add("form check boxes")
        if field.symbol and self.written == field.written_before:
            font, character = field.symbol
            self._show(picture_font(font), character)

    # -- characters ---------------------------------------------------------------------------------

    def _byte(self, code: int) -> None:
        if self.to_skip and self._skipped(chr(code) if code < 0x80 else ""):
            return
        font = self.fonts.pictures(self.group.font)
        if font and self.group.mode in (BODY, LABEL):
            self._show(font, chr(code))
            return
        self._decode(code)

    def _decode(self, code: int) -> None:
        codec = self.fonts.codec(self.group.font)
        if self.decoder is None or codec != self.decoder_codec:
            self._flush()
            self.decoder = codecs.getincrementaldecoder(codec)("replace")
            self.decoder_codec = codec
        self._decoded(self.decoder.decode(bytes([code])))

    def _decoded(self, text: str) -> None:
        if "\ufffd" in text and self.group.mode == BODY:
            self.document.doubts.add("bytes that the code page does not define")
        self._emit(text)

    def _flush(self) -> None:
        """A first byte of two that is followed by none is shown as what it is, a loss."""
        if self.decoder is not None and self.decoder_codec in MULTI_BYTE:
            self._decoded(self.decoder.decode(b"", final=True))
            self.decoder.reset()

    def _text(self, text: str) -> None:
        if self.group.mode == SKIP:
            self.to_skip = 0
            return
        while self.to_skip and text:
            if not self._skipped(text[0]):
                break
            text = text[1:]
        if not text:
            return
        if self.decoder is not None and self.decoder_codec in MULTI_BYTE and self.decoder.getstate()[0]:
            if ord(text[0]) < 0x100:
                self._decoded(self.decoder.decode(bytes([ord(text[0])])))
                text = text[1:]
            self._flush()
        if self.group.mode == FONTS:
            self.fonts.read_name(text)
        elif (font := self.fonts.pictures(self.group.font)) and self.group.mode == BODY:
            for character in text:
                self._show(font, character)
        elif self.is_eight_bit and not text.isascii():
            for character in text:
                if ord(character) < 0x80:
                    self._flush()
                    self._emit(character)
                else:
                    self._decode(ord(character))
        else:
            self._emit(text)

    def _skipped(self, character: str) -> bool:
        """Whether ``character`` is the replacement for readers that know no ``\\u``."""
        self.to_skip -= 1
        if is_replacement(character, self.replaced):
            return True
        self.to_skip = 0
        self.document.doubts.add("a digit where the replacement of a Unicode escape should be")
        return False

    def _unicode(self, number: int) -> None:
        self._flush()
        character = chr(number if 0x10000 <= number <= 0x10FFFF else number & 0xFFFF)
        font = self.fonts.pictures(self.group.font)
        self.to_skip = self.group.skips
        self.replaced = character
        if "\uf000" <= character <= "\uf0ff" and self.group.mode in (BODY, LABEL):
            self._show(font, character)
        elif self.group.mode != FONTS:
            self._emit(character)

    def _show(self, font: str | None, character: str) -> None:
        shown = picture(font, character) if font else None
        if shown is None:
            if self.group.mode == BODY and not character.isspace():
                self.document.doubts.add("characters of a font of pictures")
            shown = chr(0xF000 | ord(character)) if ord(character) < 0x100 else character
        self._emit(shown)

    def _emit(self, text: str) -> None:
        group = self.group
        if not text or group.mode == SKIP:
            return
        if group.mode == LABEL:
            self.work.label.append(text)
        elif group.mode == CODE:
            if group.field is not None:
                group.field.parts.append(text)
        elif group.hidden or group.deleted:
            if text.strip():
                self.document.left_out.add("hidden text" if group.hidden else "deleted text")
        elif group.mode == BODY:
            self.written += 1
            self.work.runs.append(
                Run(
                    raised(text) if group.raised else text, group.bold, group.italic, group.strike, group.link
                )
            )

    # -- control words and symbols --------------------------------------------------------------------

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.starred = True
            return
        if self.to_skip and self._skipped(symbol):
            return
        if symbol in "\r\n":
            self._flush()
            self._paragraph_word()
        elif symbol in "\\{}":
            self._text(symbol)
        elif symbol in _SYMBOLS:
            self._flush()
            self._emit(_SYMBOLS[symbol])

    def _word(self, word: str, digits: str | None) -> int:
        """Does what the control word says; returns how many characters of binary data follow it."""
        number = int(digits) if digits else None
        starred, self.starred = self.starred, False
        group = self.group
        if word == "bin":
            return max(number or 0, 0)
        if word == "u" and number is not None:
            self._unicode(number)
            return 0
        if self.to_skip and word in CHARACTER_WORDS:
            self.to_skip -= 1
            return 0
        self.to_skip = 0
        if group.mode == SKIP:
            return 0
        if group.mode == FONTS:
            if starred or word in SKIPPED:
                group.mode = SKIP
            self.fonts.read_word(word, number)
            return 0
        self._flush()
        if word in CHARACTER_WORDS:
            self._emit(CHARACTER_WORDS[word])
        elif word in FORMATS:
            FORMATS[word](group, number)
        elif word in _PARAGRAPH_WORDS and group.mode == BODY:
            _PARAGRAPH_WORDS[word](self)
        elif word == "tab":
            self._emit("\t")
        elif word == "f":
            group.font = number
        elif word == "plain":
            group.bold = group.italic = group.strike = group.raised = group.hidden = group.deleted = False
            group.font = self.default_font
        elif word in _DESTINATIONS:
            _DESTINATIONS[word](self)
        elif word in SKIPPED or (starred and word not in READ_ALTHOUGH_STARRED):
            group.mode = SKIP
            if word in LEFT_OUT_WITH:
                self.document.left_out.add(LEFT_OUT_WITH[word])
        elif number is not None:
            self._number_word(word, number)
        return 0

    def _number_word(self, word: str, number: int) -> None:
        group = self.group
        if word == "uc":
            group.skips = min(max(number, 0), 64)
        elif word == "ilvl":
            group.depth = min(max(number, 0), 8)
        elif word == "ansicpg":
            self.fonts.document_codec = codec_of_code_page(number)
        elif word == "deff":
            self.default_font = group.font = number

    def _document_code_page(self, codec: str) -> None:
        self.fonts.document_codec = codec

    # -- destinations ---------------------------------------------------------------------------------

    def _font_table(self) -> None:
        self.group.mode = FONTS

    def _list_label(self) -> None:
        if is_blank(self.work.runs) and self.group.mode == BODY:
            self.work.label.clear()
            self.group.mode = LABEL

    def _twofold(self) -> None:
        if self.group.mode == BODY:
            self.group.mode = EITHER

    def _unicode_form(self) -> None:
        if self.group.mode == EITHER:
            self.group.mode = BODY

    def _footnote(self) -> None:
        self._emit(" ")
        self.group.is_footnote = True

    def _field(self) -> None:
        self.group.field = FieldCode(self.written)

    def _field_code(self) -> None:
        self.group.mode = CODE if self.group.mode == BODY else self.group.mode

    def _field_result(self) -> None:
        if self.group.field is not None:
            self.group.link = self.group.field.address or self.group.link

    # -- paragraphs and tables ------------------------------------------------------------------------

    def _paragraph_word(self) -> None:
        if self.group.mode == BODY:
            self._end_paragraph(is_marked=True)

    def _line_word(self) -> None:
        self._emit("\n")

    def _reset_paragraph(self) -> None:
        self.group.depth = 0
        self.group.in_table = False

    def _in_table(self) -> None:
        self.group.in_table = True

    def _start_row(self) -> None:
        self.work.in_row = True

    def _end_paragraph(self, *, is_marked: bool = False) -> None:
        group = self.group
        self.work.end_paragraph(group.depth, in_table=group.in_table, is_marked=is_marked)

    def _end_row(self) -> None:
        self.work.end_row()
        self.group.in_table = False


_PARAGRAPH_WORDS: dict[str, Callable[[_Reader], None]] = {
    **dict.fromkeys(("par", "sect", "page", "column"), _Reader._paragraph_word),
    **dict.fromkeys(("line", "lbr", "nestrow"), _Reader._line_word),
    "pard": _Reader._reset_paragraph,
    "intbl": _Reader._in_table,
    "trowd": _Reader._start_row,
    "cell": lambda reader: reader.work.end_cell(),
    "row": _Reader._end_row,
    "nestcell": lambda reader: reader.work.end_nested_cell(),
}
_DESTINATIONS: dict[str, Callable[[_Reader], None]] = {
    "fonttbl": _Reader._font_table,
    **dict.fromkeys(("pntext", "listtext"), _Reader._list_label),
    "upr": _Reader._twofold,
    "ud": _Reader._unicode_form,
    "footnote": _Reader._footnote,
    "field": _Reader._field,
    "fldinst": _Reader._field_code,
    "fldrslt": _Reader._field_result,
    "mac": lambda reader: reader._document_code_page("mac_roman"),
    "pc": lambda reader: reader._document_code_page("cp437"),
    "pca": lambda reader: reader._document_code_page("cp850"),
}
