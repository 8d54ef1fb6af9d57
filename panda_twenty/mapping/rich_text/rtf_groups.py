"""Groups of RTF: what a closing brace restores, and the words that change how text looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from panda_twenty.mapping.rich_text.rtf_words import FieldCode

BODY: Final = "body"
SKIP: Final = "skip"
EITHER: Final = "either"
"""Text that is there twice: skipped, but for its Unicode form."""
FONTS: Final = "fonts"
LABEL: Final = "label"
CODE: Final = "code"


class Group:
    """What a closing brace restores."""

    __slots__ = (
        *("bold", "italic", "strike", "raised", "hidden", "deleted"),
        *("depth", "in_table", "font", "skips", "mode", "field", "link", "is_footnote"),
    )

    def __init__(self) -> None:
        self.bold = self.italic = self.strike = self.raised = self.hidden = self.deleted = False
        self.depth = 0
        self.in_table = False
        self.font: int | None = None
        self.skips = 1
        self.mode: str = BODY
        self.field: FieldCode | None = None
        self.link: str | None = None
        self.is_footnote = False

    def copy(self) -> Group:
        twin = Group.__new__(Group)
        for name in Group.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin


def _switch(name: str) -> Callable[[Group, int | None], None]:
    def turn(group: Group, number: int | None) -> None:
        setattr(group, name, number != 0)

    return turn


def _off(name: str) -> Callable[[Group, int | None], None]:
    return lambda group, number: setattr(group, name, False)


def _lifted(group: Group, number: int | None) -> None:
    group.raised = (number if number is not None else 6) > 0


FORMATS: dict[str, Callable[[Group, int | None], None]] = {
    "b": _switch("bold"),
    "i": _switch("italic"),
    "strike": _switch("strike"),
    "striked": _switch("strike"),
    "v": _switch("hidden"),
    "deleted": _switch("deleted"),
    "super": _switch("raised"),
    "up": _lifted,
    "sub": _off("raised"),
    "dn": _off("raised"),
    "nosupersub": _off("raised"),
}
