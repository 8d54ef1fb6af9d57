"""Tags of HTML: which of them are tags at all, which end a line, and what is left out."""

from __future__ import annotations

import re

_BLOCK_TAGS_WORDS = (
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option p "
    "pre section select summary table tbody tfoot thead tr ul"
)
BLOCK_TAGS = frozenset(_BLOCK_TAGS_WORDS.split())
"""Tags before and after which the text begins a new line."""

CELL_TAGS = frozenset({"td", "th"})

_INLINE_TAGS_WORDS = (
    "a abbr acronym applet area audio b base basefont bdi bdo big blink button canvas cite code col "
    "colgroup data datalist del dfn em embed font frame frameset head i iframe img input ins isindex kbd "
    "label link map mark marquee meta meter nobr noframes noscript object optgroup output param picture "
    "progress q rp rt ruby s samp script small source span strike strong style sub sup svg template "
    "textarea time title track tt u var video wbr xml"
)
KNOWN_TAGS = BLOCK_TAGS | CELL_TAGS | frozenset(_INLINE_TAGS_WORDS.split())

DROPPED_TAGS = ("script", "style", "title", "template")
"""Tags whose content no reader sees."""

LEFT_OUT_WITH = {
    **dict.fromkeys(("img", "picture", "svg", "canvas"), "pictures"),
    **dict.fromkeys(("input", "textarea", "select", "button"), "form fields"),
    **dict.fromkeys(("object", "embed", "applet", "iframe", "audio", "video"), "embedded objects"),
}

_LETTERS_OF_TYPE = {"a": "abcdefghijklmnopqrstuvwxyz", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)


def is_literal(name: str, whole_tag: str, closed_names: frozenset[str]) -> bool:
    """Whether what looks like a tag is text, such as ``<PatFName>`` or ``<PD 4 mm>`` in a careless note.

    A browser would drop it; a note would lose words. Foreign tags that are real have a colon, an
    attribute or a closing tag.
    """
    lowered = name.lower()
    return (
        lowered not in KNOWN_TAGS and ":" not in name and "=" not in whole_tag and lowered not in closed_names
    )


def closed_names(source: str) -> frozenset[str]:
    """The names, lowered, of all closing tags in ``source``."""
    return frozenset(name.lower() for name in re.findall(r"</([A-Za-z][^\s<>/]{0,63})", source))


def ordinal(number: int, list_type: str) -> str:
    """The label of an ordered list's item: ``3.``, or ``c.`` and ``iii.`` where the list says so."""
    if list_type in _LETTERS_OF_TYPE and 1 <= number <= 26:
        return f"{_LETTERS_OF_TYPE[list_type][number - 1]}."
    if list_type in ("i", "I") and 1 <= number < 4000:
        roman, left = "", number
        for value, letters in _ROMAN:
            roman += letters * (left // value)
            left %= value
        return f"{roman.upper() if list_type == 'I' else roman}."
    return f"{number}."


def whole_number(text: str | None) -> int | None:
    """An attribute's number; None where it has none that a list or a table could mean."""
    return int(text) if text and re.fullmatch(r"\s*-?\d{1,6}\s*", text, re.ASCII) else None
