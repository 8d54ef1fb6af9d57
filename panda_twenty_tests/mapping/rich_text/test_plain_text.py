"""Plain notes: readable as Markdown, and saying what they said."""

from __future__ import annotations

import pytest

from panda_twenty.mapping.rich_text import plain_text, plain_text_of, reading_of, to_markdown


@pytest.mark.parametrize(
    "note",
    [
        *("PD ≤4 mm", "3-2-3", "<5 mm", "#14", "2+ mobility", "BOP 30 %, 45.5°", "Ø 0.6 mm, ½ turn", "a_b_c"),
        *(
            "-2",
            "+1",
            "~5 mm",
            "5 < x > 3",
            "R&D",
            "C:\\temp",
            "pt`s",
            "[2]",
            "10 * 2",
            "€50 – “now”",
            "𝟛 sites",
        ),
    ],
)
def test_what_markdown_would_not_touch_is_not_escaped(note: str) -> None:
    assert to_markdown(note).text == note


@pytest.mark.parametrize(
    ("note", "markdown"),
    [
        ("1) SRP", "1\\) SRP"),
        ("14. extracted", "14\\. extracted"),
        ("- rinse", "\\- rinse"),
        ("+ rinse", "\\+ rinse"),
        ("# 14", "\\# 14"),
        (">4 mm", "\\>4 mm"),
        ("*", "\\*"),
        ("2*3*4", "2\\*3\\*4"),
        ("_x_", "\\_x\\_"),
        ("5~6, 7~8", "5\\~6, 7\\~8"),
        ("`a`", "\\`a\\`"),
        ("[x](y)", "[x\\](y)"),
        ("[ ] call", "\\[ ] call"),
        ("&le;", "\\&le;"),
        ("&#8804;", "&\\#8804;"),
        ("a\\*b", "a\\\\\\*b"),
        ("<<PatFName>>", "<<PatFName\\>\\>"),
        ("---", "\\---"),
    ],
)
def test_what_markdown_would_take_for_markup_is_escaped(note: str, markdown: str) -> None:
    assert to_markdown(note).text == markdown
    assert plain_text_of(markdown) == note


def test_line_breaks_are_kept_as_hard_breaks() -> None:
    assert to_markdown("S: sore\r\nO: PD 8\rA: abscess").text == "S: sore\\\nO: PD 8\\\nA: abscess"


def test_a_blank_line_begins_a_paragraph_and_more_of_them_change_nothing() -> None:
    assert to_markdown("a\n\n\n\nb").text == "a\n\nb"


def test_columns_of_spaces_and_indents_do_not_collapse() -> None:
    assert to_markdown("B  3   2\n  L 4").text == "B\xa0 3\xa0\xa0 2\\\n\xa0\xa0L 4"
    assert plain_text_of(to_markdown("\tB\t3").text) == "    B    3"


def test_a_row_of_equals_signs_makes_no_heading_of_the_line_above() -> None:
    assert to_markdown("EXAM\n====\nPD").text == "EXAM\n\n====\\\nPD"


def test_a_table_drawn_with_bars_stays_text() -> None:
    note = "| 3 | 2 |\n|---|---|\n| 4 | 5 |"
    converted = to_markdown(note)
    assert plain_text_of(converted.text) == note
    assert "<table>" not in converted.text


def test_nul_and_other_control_characters_are_removed() -> None:
    assert to_markdown("PD\x00 4\x07 mm\ufeff").text == "PD 4 mm"


def test_bytes_that_somebody_decoded_as_latin_1_become_what_they_were() -> None:
    assert to_markdown("3\x965 mm").text == "3–5 mm"


def test_half_a_surrogate_pair_does_not_break_the_note() -> None:
    assert to_markdown("a\ud83d b").text == "a\ufffd b"
    assert to_markdown("a \ud83d\ude00").text == "a 😀"


@pytest.mark.parametrize("body", [None, "", " \r\n\t", b"", b"\x00\x00", "\x00", b"\xef\xbb\xbf"])
def test_nothing_is_empty(body: str | bytes | None) -> None:
    converted = to_markdown(body)
    assert (converted.text, converted.kind, converted.is_fallback) == ("", "empty", False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("≤4 é".encode(), "≤4 é"),
        (b"\xef\xbb\xbf" + "≤4".encode(), "≤4"),
        ("≤4 é".encode("utf-16"), "≤4 é"),
        ("PD 4 mm, plaque".encode("utf-16-le"), "PD 4 mm, plaque"),
        ("caf\xe9 \x80 5 \x96 6".encode("latin-1"), "café € 5 – 6"),
        (b"PD 4 mm\x00\x00\x00\x00\x00\x00\x00\x00", "PD 4 mm"),
    ],
)
def test_bytes_are_decoded_by_mark_then_utf_8_then_code_page_1252(body: bytes, expected: str) -> None:
    assert to_markdown(body).text == expected
    assert plain_text(body).rstrip("\x00") == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PK\x03\x04....word/", "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE"),
        (b"%PDF-1.4", "PDF"),
        (b"\x10\x00\x00\x00\x20\x00\x00\x00LZFu\x00", "compressed RTF"),
        (b"\x89PNG\r\n", "picture"),
        (bytes(range(1, 32)) * 4, "no text"),
        ("%PDF-1.4", "PDF"),
    ],
)
def test_what_is_no_text_is_said_to_be_unreadable(body: str | bytes, reason: str) -> None:
    converted = to_markdown(body)
    assert (converted.text, converted.kind) == ("", "unreadable")
    assert reason in (converted.reason or "")
    assert plain_text(body) == ""


@pytest.mark.parametrize(
    "note",
    [
        *(
            "PD <4 mm, BOP >30%",
            "<<PatFName>> <LastName>",
            "site <b> and <a>",
            "a <i and > b",
            "x<y>z",
            "<3 mm>",
        ),
        *("&lt;4 mm&gt;", "<4 and </5"),
    ],
)
def test_angle_brackets_alone_make_no_html(note: str) -> None:
    converted = to_markdown(note)
    assert converted.kind == "plain"
    assert plain_text_of(converted.text) == reading_of(note)


@pytest.mark.parametrize(
    "note", ["<p>x", "a<br>b", "a<BR/>b", "<b>x</b>", '<div style="x">y', "<!DOCTYPE HTML>x>"]
)
def test_real_tags_make_html(note: str) -> None:
    assert to_markdown(note).kind == "html"
