"""HTML as editors, Word and copy-and-paste left it in note columns."""

from __future__ import annotations

import pytest

from panda_twenty.mapping.rich_text import plain_text, plain_text_of, same_words, to_markdown
from panda_twenty.sandbox.practice import rich_text as written


def markdown(body: str) -> str:
    converted = to_markdown(body)
    assert (converted.kind, converted.is_fallback) == ("html", False), converted.reason
    return converted.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>PD &le;4 mm &amp; CAL &#8805;5&nbsp;mm</p>", "PD ≤4 mm & CAL ≥5\xa0mm"),
        ("<p>PD <4 mm, BOP >30%, a<5</p>", "PD <4 mm, BOP >30%, a<5"),
        ("<p>Dear <<RefDrName>>, <PatFName></p>", "Dear <<RefDrName\\>\\>, <PatFName\\>"),
        ("<p>3&#150;5 mm, &lt;b&gt;</p>", "3–5 mm, <b\\>"),
        ("<p>10<sup>3</sup>/µl, 1<sup>st</sup>, H<sub>2</sub>O</p>", "10³/µl, 1st, H2O"),
        ('<p>PD <font face="Symbol">£</font>4 <span style="font-family:Symbol">m</span>m</p>', "PD ≤4 μm"),
        ("<p>a\r\n   b\tc</p>", "a b c"),
        ("<div>a<br>b<br/><br>c</div>", "a\\\nb\n\nc"),
        ("<b>a</b><strong>b</strong> <i>c</i> <u>d</u> <s>e</s>", "**ab** _c_ d ~~e~~"),
        ("<p><b>a<p>b</b> c</p>", "**a**\n\n**b** c"),
        ("<b><i>a</b> b</i> c", "_**a** b_ c"),
        ('<span style="font-weight: bold">a</span> <b style="font-weight:normal">b</b>', "**a** b"),
        ("<o:p>a</o:p> <st1:place>b</st1:place> <custom>c</custom>", "a b c"),
        ("<h2>Plan #</h2><p>x</p>", "## Plan \\#\n\nx"),
        ("<blockquote>a<br>b</blockquote>c", "> a\\\n> b\n\nc"),
        ("<pre>B  3 2\n   L 4</pre>", "B\xa0 3 2\\\n\xa0\xa0\xa0L 4"),
        ("<p>a</p><hr><p>b</p>", "a\n\nb"),
        (
            "<a href='https://x.y/a b'>t</a><a href=\"http://x.y/?a=1&amp;b=(2)\">u</a>",
            "t[u](http://x.y/?a=1&b=%282%29)",
        ),
        ("<a href='javascript:x()'>t</a> <a href='mailto:a@b.c'>m</a>", "t m"),
        ("wow!<a href='http://x'>[1]</a>", "wow\\![\\[1\\]](http://x)"),
    ],
)
def test_html_reads_as_a_browser_shows_it(body: str, expected: str) -> None:
    assert markdown(body) == expected


def test_lists_nest_count_and_survive_missing_end_tags() -> None:
    body = "<ol start=3><li><p>x</p><ul><li>y<li>z</ul><li>q</ol><ol type=a><li>r</ol>"
    assert markdown(body) == "3. x\n   - y\n   - z\n4. q\n- a. r"


def test_an_item_of_several_paragraphs_stays_one_item() -> None:
    assert markdown("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>") == "- a\n\n  b\n- c"


def test_a_number_without_text_is_kept() -> None:
    assert plain_text_of(markdown("<ol><li>a</li><li></li><li>c</li></ol>")).split() == (
        ["1.", "a", "•", "2.", "3.", "c"]
    )


def test_tables_keep_columns_where_cells_span() -> None:
    rows = ("<th colspan=2>Tooth<th>PD", "<td rowspan=2>14<td>b<td>3|2<br>3", "<td>l<td><b>5</b>")
    body = f"<table><tr>{'<tr>'.join(rows)}</table>"
    assert markdown(body) == (
        "| Tooth |  | PD |\n| --- | --- | --- |\n| 14 | b | 3\\|2\xa0\xa0\xa0 3 |\n|  | l | **5** |"
    )


def test_a_table_for_layout_is_no_table() -> None:
    body = "<table><tr><td><p>Dear X</p><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>"
    assert markdown(body) == "Dear X\n\n| a | b |\n| --- | --- |"


@pytest.mark.parametrize(
    "hidden", ["<script>x<b>y</script>", "<style>p{}</style>", "<title>T</title>", "<!-- <p> -->"]
)
def test_what_no_reader_sees_is_dropped(hidden: str) -> None:
    assert markdown(f"<html><head>{hidden}</head><body><p>a{hidden}b</p></body></html>") == "ab"


@pytest.mark.parametrize("opened", ["<script>", "<!--", "<style>", "<p title='", "<td", "<![if x"])
def test_what_is_opened_and_never_closed_takes_nothing_with_it(opened: str) -> None:
    body = f"<p>a</p> PD 4 {opened} mm 5"
    converted = to_markdown(body)
    assert "PD 4" in converted.text
    assert "mm 5" in converted.text
    assert same_words(plain_text_of(converted.text), plain_text(body))


def test_pictures_and_form_fields_are_said_to_be_left_out() -> None:
    assert to_markdown("<p>a<img src=x><input type=checkbox checked></p>").reason == (
        "left out: form fields, pictures"
    )


def test_the_note_of_the_sandbox_reads_as_written() -> None:
    note = written.html("Consult – naïve & <new>", ("PD ≤4 mm",), ("brush", "floss | pick"))
    assert markdown(note) == "### Consult – naïve & <new\\>\n\nPD ≤4 mm\n\n- brush\n- floss | pick"


def test_a_disagreement_of_the_two_readers_falls_back_to_plain_text() -> None:
    converted = to_markdown("<table><tr><td>1</td><td>2</td></tr><tr>stray</tr></table>")
    assert converted.is_fallback
    assert converted.reason == "two ways of reading it disagree"
    assert plain_text_of(converted.text).split() == ["1", "2", "stray"]
