"""The font table of an RTF document: which code page and which pictures a font stands for."""

from __future__ import annotations

from panda_twenty.mapping.rich_text.code_pages import (
    DEFAULT_CODEC,
    codec_of_character_set,
    codec_of_code_page,
    picture_font,
)

_LONGEST_NAME = 64


class Fonts:
    """Filled while the font table is read; asked for every byte after it."""

    def __init__(self) -> None:
        self.document_codec = DEFAULT_CODEC
        self._entries: dict[int | None, tuple[str | None, str]] = {}
        self._latest: int | None = None

    def read_word(self, word: str, number: int | None) -> None:
        """A control word within the font table."""
        if number is None:
            return
        if word == "f":
            self._latest = number
            self._entries[number] = (None, "")
        elif word in ("fcharset", "cpg") and self._latest is not None:
            codec = codec_of_character_set(number) if word == "fcharset" else codec_of_code_page(number)
            self._entries[self._latest] = (codec, self._entries[self._latest][1])

    def read_name(self, text: str) -> None:
        """A piece of the name of the font that ``\\f`` began."""
        if self._latest is not None:
            codec, name = self._entries[self._latest]
            self._entries[self._latest] = (codec, (name + text)[:_LONGEST_NAME])

    def codec(self, font: int | None) -> str:
        """The codec of bytes in ``font``: its own, else the document's."""
        return self._entries.get(font, (None, ""))[0] or self.document_codec

    def pictures(self, font: int | None) -> str | None:
        """The table of pictures that ``font`` shows; None for letters."""
        name = self._entries.get(font, (None, ""))[1]
        return picture_font(name) if name else None
