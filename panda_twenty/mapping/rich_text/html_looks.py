"""What tags and styles of HTML change in the look of their text."""

from __future__ import annotations

import re
from typing import NamedTuple

from panda_twenty.mapping.rich_text.code_pages import picture_font


class Look(NamedTuple):
    bold: bool = False
    italic: bool = False
    strike: bool = False
    raised: bool = False
    link: str | None = None
    font: str | None = None
    is_pre: bool = False


_STYLES = (
    ("bold", re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)")),
    ("-bold", re.compile(r"font-weight\s*:\s*(?:normal|lighter|[1-5]00)")),
    ("italic", re.compile(r"font-style\s*:\s*(?:italic|oblique)")),
    ("-italic", re.compile(r"font-style\s*:\s*normal")),
    ("strike", re.compile(r"text-decoration[a-z-]*\s*:[^;]*line-through")),
    ("raised", re.compile(r"vertical-align\s*:\s*super")),
    ("pre", re.compile(r"white-space\s*:\s*(?:pre|break-spaces)")),
)
_STYLE_OF_TAG = {
    **dict.fromkeys(("b", "strong", "th"), "bold"),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var", "address"), "italic"),
    **dict.fromkeys(("s", "strike", "del"), "strike"),
    "sup": "raised",
    "sub": "-raised",
    **dict.fromkeys(("pre", "textarea"), "pre"),
}
_FONT_FAMILY = re.compile(r"font-family\s*:\s*([^;,]{1,64})")


def style_of(tag: str, values: dict[str, str]) -> str:
    """What a tag changes, as words: ``bold -italic link=https://...``."""
    words = [_STYLE_OF_TAG[tag]] if tag in _STYLE_OF_TAG and tag != "th" else []
    css = values.get("style", "")[:2000].lower()
    words += [word for word, pattern in _STYLES if css and pattern.search(css)]
    family = _FONT_FAMILY.search(css)
    font = family[1] if family else values.get("face")
    if font is not None:
        words.append(f"font={picture_font(font) or ''}".replace(" ", "_"))
    address = values.get("href", "").strip()
    if tag == "a" and re.match(r"https?://[^\s]{1,2000}$", address, re.IGNORECASE):
        words.append(f"link={address}")
    return " ".join(words)


def with_style(look: Look, style: str) -> Look:
    """``look`` with what ``style_of`` found changed."""
    for word in style.split():
        name, _, value = word.partition("=")
        if name == "font":
            look = look._replace(font=value.replace("_", " ") or None)
        elif name == "link":
            look = look._replace(link=value)
        elif name == "pre":
            look = look._replace(is_pre=True)
        else:
            look = _turned(look, name.lstrip("-"), on=not name.startswith("-"))
    return look


def _turned(look: Look, name: str, *, on: bool) -> Look:
    match name:
        case "bold":
            return look._replace(bold=on)
        case "italic":
            return look._replace(italic=on)
        case "strike":
            return look._replace(strike=on)
    return look._replace(raised=on)
