"""What holds for every note: the words stay, and so do bold, italic, struck text, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it.token import Token

from panda_twenty.mapping.rich_text import (
    plain_text,
    plain_text_of,
    reading_of,
    same_words,
    to_markdown,
)
from panda_twenty.mapping.rich_text.characters import clean
from panda_twenty.mapping.rich_text.reading_back import tokens_of
from panda_twenty.mapping.rich_text.sniffing import is_html
from panda_twenty.mapping.rich_text.writing import write_plain
from panda_twenty_tests.mapping.rich_text.documents import (
    LETTERS,
    SIGNS,
    Part,
    Text,
    as_html,
    as_rtf,
    documents,
    looks,
    shown,
    texts,
    words,
)

TRAPS = (
    *("- a", "+ b", "* c", "1. d", "12) e", "# f", "###", "> g", "    code", "\tcode", "---", "***", "___"),
    *("===", "--", "-", "```", "~~~", "| a | b |", "|---|---|", ":--|--:", "--- | ---", "a | b", "[x]: /y"),
    *("[ ] open", "[x](y)", "![x](y)", "<b>", "</b>", "<!-- x -->", "<div", "<p 4 mm", "<?x", "<http://x.y>"),
    *("&le;", "&#8804;", "&", "http://x.com/_a_", "www.x.com/*a*", "a@b.com", "\\", "\\*", "**b**", "__b__"),
    *(
        "a  b",
        "   ",
        "PD ≤4 mm",
        "3-2-3",
        "\xa0x",
        "\u2003y",
        "~5 ~6~ 7",
        "`a` ``",
        "*",
        "_",
        "=",
        "<x y='>'>",
    ),
)
plain_lines = st.text(alphabet=LETTERS + SIGNS + "0123456789" + "   \t\xa0", max_size=25) | st.sampled_from(
    TRAPS
)
plain_notes = st.lists(plain_lines, max_size=7).flatmap(
    lambda found: st.sampled_from(["\n", "\r\n", "\n\n"]).map(lambda end: end.join(found))
)


@given(plain_notes)
@settings(max_examples=400, deadline=None)
@example("PD ≤4 mm; 3-2-3; <5 mm; #14; *; 2+ mobility")
@example("1) SRP\n2) Crown\n-2\n- 2\n+ 2\n= 2")
@example("Exam\n====\nPD\n----\n| 3 | 2 |\n|---|---|\n| 4 | 5 |")
@example("a\n\tb\n    c\n  - d")
def test_plain_text_reads_back_exactly_but_for_the_white_space_rule(note: str) -> None:
    assert plain_text_of(write_plain(clean(note))) == reading_of(note)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_characters_at_all_read_back(note: str) -> None:
    assume(not is_html(note))
    converted = to_markdown(note)
    assume(converted.kind in ("plain", "empty"))
    assert plain_text_of(converted.text) == reading_of(note)
    assert "\x00" not in converted.text
    converted.text.encode()


@given(documents, st.sampled_from([0, 1, 2]), st.booleans())
@settings(max_examples=50, deadline=None)
def test_rtf_keeps_every_word_and_its_look(parts: tuple[Part, ...], replacements: int, grouped: bool) -> None:
    expect_same(as_rtf(parts, replacements=replacements, grouped=grouped), parts, "rtf")


@given(documents, st.booleans())
@settings(max_examples=50, deadline=None)
def test_html_keeps_every_word_and_its_look(parts: tuple[Part, ...], closed: bool) -> None:
    expect_same(as_html(parts, closed=closed), parts, "html")


def expect_same(source: str, parts: Sequence[Part], kind: str) -> None:
    converted = to_markdown(source)
    assert (converted.kind, converted.is_fallback) == (kind, False)
    assert plain_text_of(converted.text) == reading_of(shown(parts))
    assert looks_of(converted.text) == looks(parts)
    assert same_words(plain_text(source), shown(parts))


def looks_of(markdown: str) -> list[tuple[str, bool, bool, bool]]:
    """Every word of the Markdown with the look of its characters, which must be one."""
    found = []
    for token in tokens_of(markdown):
        if token.type == "inline":
            characters = characters_of(token.children or [])
            text = "".join(character for character, _ in characters)
            for word in re.finditer(r"\S+", text):
                seen = {look for _, look in characters[word.start() : word.end()]}
                assert len(seen) == 1
                found.append((word[0], *seen.pop()))
    return found


def characters_of(tokens: Sequence[Token]) -> list[tuple[str, tuple[bool, bool, bool]]]:
    """Every character with whether it is bold, italic and struck."""
    depth = {"strong": 0, "em": 0, "s": 0}
    found = []
    for token in tokens:
        name, _, end = token.type.rpartition("_")
        if name in depth and end in ("open", "close"):
            depth[name] += 1 if end == "open" else -1
        text = token.content if token.type in ("text", "text_special") else "\n"
        look = (depth["strong"] > 0, depth["em"] > 0, depth["s"] > 0)
        found += [(character, look) for character in text]
    return found


@given(texts, st.sampled_from([0, 1]))
@settings(max_examples=100, deadline=None)
def test_striprtf_reads_the_same_words(text: Text, replacements: int) -> None:
    striprtf = pytest.importorskip(
        "striprtf.striprtf", reason="striprtf is not installed: no foreign reader of RTF to compare with"
    )
    source = as_rtf([text], replacements=replacements)
    assert same_words(clean(striprtf.rtf_to_text(source)), plain_text(source))


@given(st.lists(st.tuples(words, st.booleans(), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_emphasis_within_words_never_costs_a_character(pieces: list[tuple[str, bool, bool]]) -> None:
    source = "".join(
        (r"\b" if bold else r"\b0")
        + (r"\i " if italic else r"\i0 ")
        + word.replace("\\", "\\\\").replace("{", r"\{").replace("}", r"\}")
        for word, bold, italic in pieces
    )
    text = "".join(word for word, _, _ in pieces)
    converted = to_markdown(r"{\rtf1\ansi " + source + "}")
    assert not converted.is_fallback
    assert plain_text_of(converted.text) == reading_of(text)


@given(st.text(max_size=300) | st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_input_makes_it_raise(body: str | bytes) -> None:
    for value in (body, r"{\rtf1 " + body if isinstance(body, str) else rb"{\rtf1 " + body):
        converted = to_markdown(value)
        assert converted == to_markdown(value)
        converted.text.encode()
        plain_text(value).encode()


SCRAPS = (
    *(
        "{",
        "}",
        "\\",
        "\\'",
        "\\'8",
        "\\'e9",
        "\\u8804",
        "\\u-4000?",
        "\\uc0 ",
        "\\uc2",
        "\\par",
        "\\cell",
        "\\row",
    ),
    *(
        "\\trowd",
        "{\\*",
        "{\\*\\foo ",
        "{\\listtext ",
        "{\\pntext",
        "{\\field",
        '{\\*\\fldinst HYPERLINK "http://x"}',
    ),
    *(
        "{\\fldrslt",
        "{\\fonttbl{\\f0\\fcharset128 A;}",
        "\\f0 ",
        "\\bin3 abc",
        "\\v ",
        "\\v0 ",
        "{\\upr{a}{\\*\\ud b}}",
    ),
    *(
        "\\super 3",
        "{\\footnote x}",
        "{\\pict 00}",
        "text 4 mm",
        "\r\n",
        "{\\rtf1 ",
        "\\b ",
        "\\i0 ",
        "\\plain ",
    ),
    *(
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<table>",
        "<tr>",
        "<td rowspan=2>",
        "</td>",
        "</table>",
        "<ul>",
        "<li>",
        "<ol start=3>",
    ),
    *(
        "</ul>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<pre>",
        "</pre>",
        "&le;",
        "&#x;",
        "<4",
        "<a href='http://x'>",
    ),
    *("<PatName>", "<o:p>", "<font face=Symbol>", "£", "<br/>", "<sup>2", "</sup>", "<", ">", '"', "'", "</"),
)


@given(st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join), st.sampled_from(["{\\rtf1 ", "<p>"]))
@settings(max_examples=300, deadline=None)
def test_scraps_of_markup_never_raise_nor_lose_a_word_unnoticed(scraps: str, start: str) -> None:
    converted = to_markdown(start + scraps)
    assert converted.kind in ("rtf", "html", "empty", "plain")
    assert "failed" not in (converted.reason or "")
    assert same_words(plain_text_of(converted.text), plain_text(start + scraps))
