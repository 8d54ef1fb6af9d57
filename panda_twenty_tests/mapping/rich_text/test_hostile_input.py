"""No note stops a migration: time grows with length, nesting is bounded, reasons hold no content."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from panda_twenty.mapping.rich_text import to_markdown

COUNT = 2_000
PIECES = {
    "open braces": ("{\\rtf1 ", "{"),
    "RTF after RTF": ("", "{\\rtf1 a}"),
    "RTF in RTF": ("", "{\\rtf1 a"),
    "labels in labels": ("{\\rtf1 ", "{\\listtext "),
    "fields in fields": ("{\\rtf1 ", "{\\field{\\*\\fldinst "),
    "twofold text": ("{\\rtf1 ", "{\\upr{a}{\\*\\ud b"),
    "rows": ("{\\rtf1 ", "a\\cell\\row "),
    "fonts": ("{\\rtf1{\\fonttbl", "{\\f1 aaaaaaaa;}"),
    "first bytes": ("{\\rtf1\\ansicpg932 ", "\\'83"),
    "divs": ("<div>", "<div>"),
    "open tags": ("<p>", "<a "),
    "open quotes": ("<p>", "<a \"'"),
    "quoted tags": ("<p><a ", '"<a"'),
    "open comments": ("<p>", "<!--"),
    "open scripts": ("<p>", "<script>"),
    "crossed tags": ("<p>", "<b>x<i>y</b>z</i>"),
    "tables in tables": ("<p>", "<table><tr><td>"),
    "spans": ("<table><tr>", "<td colspan=1000 rowspan=1000>x"),
    "items": ("<ul><li>", "<p>x</p>"),
    "lists in lists": ("<p>", "<ul><li>"),
    "links": ("<p>", "<a href='http://x'>y</a> "),
    "brackets": ("", "["),
    "stars": ("", "*a "),
    "underscores": ("", "_"),
    "backslashes": ("", "\\"),
    "backticks": ("", "` "),
    "lines": ("", "a\n"),
    "bars": ("", "a|b\n"),
}


def calls_to_convert(text: str) -> int:
    """How many functions are called and left on the way: the effort, whatever else the machine does."""
    seen = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal seen
        seen += 1

    sys.setprofile(count)
    try:
        to_markdown(text)
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_twice_the_effort(piece: str) -> None:
    start, repeated = PIECES[piece]
    converted = to_markdown(start + repeated * COUNT)
    assert "failed" not in (converted.reason or "")
    assert len(converted.text) < 200_000
    half = calls_to_convert(start + repeated * (COUNT // 2))
    assert calls_to_convert(start + repeated * COUNT) < 2.2 * half


def test_a_digit_string_too_long_for_an_integer_is_no_problem() -> None:
    assert to_markdown("{\\rtf1 \\u" + "9" * 9_000 + " x}").kind == "rtf"
    assert to_markdown("9" * 9_000 + ". x").kind == "plain"


def test_binary_data_is_jumped_over_even_when_its_length_lies() -> None:
    assert to_markdown("{\\rtf1 a\\bin4 }}{{b}").text == "ab"
    assert to_markdown("{\\rtf1 a\\bin999999999 b}").text == "a"


@pytest.mark.parametrize("body", [3, object(), ["x"]])
def test_even_a_wrong_type_does_not_raise(body: object) -> None:
    assert to_markdown(body).kind == "unreadable"  # type: ignore[arg-type]
