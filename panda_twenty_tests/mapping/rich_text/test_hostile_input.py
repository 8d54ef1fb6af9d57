"""No note stops a migration: time grows with length, nesting is bounded, reasons hold no content."""

from __future__ import annotations

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


@pytest.mark.parametrize("piece", PIECES)
def test_a_great_many_of_one_thing_come_to_an_end(piece: str) -> None:
    """Where the effort grows faster than the text, this does not return."""
    start, repeated = PIECES[piece]
    converted = to_markdown(start + repeated * COUNT)
    assert "failed" not in (converted.reason or "")
    assert len(converted.text) < 200_000


def test_a_digit_string_too_long_for_an_integer_is_no_problem() -> None:
    assert to_markdown("{\\rtf1 \\u" + "9" * 9_000 + " x}").kind == "rtf"
    assert to_markdown("9" * 9_000 + ". x").kind == "plain"


def test_binary_data_is_jumped_over_even_when_its_length_lies() -> None:
    assert to_markdown("{\\rtf1 a\\bin4 }}{{b}").text == "ab"
    assert to_markdown("{\\rtf1 a\\bin999999999 b}").text == "a"


@pytest.mark.parametrize("body", [3, object(), ["x"]])
def test_even_a_wrong_type_does_not_raise(body: object) -> None:
    assert to_markdown(body).kind == "unreadable"  # type: ignore[arg-type]
