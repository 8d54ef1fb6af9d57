"""Code pages of RTF, and the fonts whose letters are other characters than their codes say."""

from __future__ import annotations

from functools import lru_cache

_CODEC_OF_CHARACTER_SET = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_CODEC_OF_CODE_PAGE = {
    **{
        number: f"cp{number}"
        for number in (
            *(437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874),
            *(932, 936, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258),
        )
    },
    1361: "johab",
    10000: "mac_roman",
    10006: "mac_greek",
    10007: "mac_cyrillic",
    10029: "mac_latin2",
    10081: "mac_turkish",
    20127: "cp1252",
    28591: "cp1252",
    65001: "utf-8",
}
DEFAULT_CODEC = "cp1252"
MULTI_BYTE = frozenset({"cp932", "cp936", "cp949", "cp950", "johab", "utf-8"})

CHARACTER_WORDS = {
    "bullet": "•",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "ltrmark": "\u200e",
    "rtlmark": "\u200f",
}
"""Control words that are one character each."""

_SYMBOL = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_HIGH = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\uf8ff〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
_PICTURE_FONTS: dict[str, dict[int, str]] = {
    "symbol": {
        **dict(enumerate(_SYMBOL, 0x20)),
        **{code: character for code, character in enumerate(_SYMBOL_HIGH, 0xA0) if character != "\uf8ff"},
    },
    "wingdings": {
        0x20: " ",
        0x4A: "☺",
        0x4C: "☹",
        0x6C: "●",
        0x6E: "■",
        0x6F: "□",
        0x71: "❑",
        0x75: "◆",
        0x76: "❖",
        0x78: "☒",
        0x9F: "•",
        0xA7: "▪",
        0xA8: "◻",
        0xD8: "➢",
        0xDF: "←",
        0xE0: "→",
        0xE1: "↑",
        0xE2: "↓",
        0xE8: "➔",
        0xFB: "✗",
        0xFC: "✓",
        0xFD: "☒",
        0xFE: "☑",
    },
    "wingdings 2": {0x20: " ", 0x4F: "✗", 0x50: "✓", 0x52: "☑", 0x53: "☒", 0xA3: "◻"},
    "wingdings 3": {0x20: " "},
    "webdings": {0x20: " ", 0x61: "✓", 0x72: "✗"},
}
"""Only the codes that this project is sure of; 0xA3 in Symbol is ≤, and a note of 1998 may say so."""


def codec_of_character_set(number: int) -> str | None:
    """The codec for a font's ``\\fcharset``; None where the document's own counts."""
    return _CODEC_OF_CHARACTER_SET.get(number)


def codec_of_code_page(number: int) -> str:
    """The codec for ``\\ansicpg`` or ``\\cpg``."""
    return _CODEC_OF_CODE_PAGE.get(number, DEFAULT_CODEC)


@lru_cache(maxsize=512)
def picture_font(name: str) -> str | None:
    """The table for a font of pictures or Greek, by the font's name; None for a font of letters."""
    wanted = " ".join(name.strip(" ;'\"").lower().split())
    return wanted if wanted in _PICTURE_FONTS else None


def picture(font: str, character: str) -> str | None:
    """What ``character`` shows in the picture font; None where this project does not know."""
    code = ord(character)
    if 0xF000 <= code <= 0xF0FF:
        code -= 0xF000
    elif code > 0xFF:
        code = character.encode("cp1252", "ignore")[0] if character.encode("cp1252", "ignore") else -1
    return _PICTURE_FONTS[font].get(code)
