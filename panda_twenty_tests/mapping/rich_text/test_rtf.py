"""RTF as Word, RichEdit and practice software of thirty years wrote it; every trap is from a real reader."""

from __future__ import annotations

import pytest

from panda_twenty.mapping.rich_text import plain_text, plain_text_of, same_words, to_markdown
from panda_twenty.sandbox.practice import rich_text as written

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil Arial;}"
    r"{\f1\fswiss\fcharset204{\*\fname Arial;}Arial Cyr;}"
    r"{\f2\froman\fcharset2{\*\panose 05050102010706020507}Symbol;}{\f3\fcharset238 Arial CE;}"
    r"{\f4\fcharset128 MS Mincho;}{\f5\fcharset2 Wingdings;}{\f6\fcharset134 SimSun;}}{\colortbl ;\red255;}"
    r"{\stylesheet{\s1 heading 1;}}{\info{\author Dr. Nobody}{\title Secret}}\uc1\pard "
)


def markdown(body: str) -> str:
    converted = to_markdown(HEAD + body + "}")
    assert (converted.kind, converted.is_fallback) == ("rtf", False), converted.reason
    return converted.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"PD \u8804?4 mm", "PD ≤4 mm"),
        (r"CAL \u8805?5mm", "CAL ≥5mm"),
        (r"Stage \u8212?III", "Stage —III"),
        (r"\u8804\'3f4 mm", "≤4 mm"),
        (r"{\uc0 \u8804 4 mm}", "≤4 mm"),
        (r"{\uc2 \u8804<=4 mm}", "≤4 mm"),
        (r"{\uc2 \u8804\'3c\'3d4 mm}", "≤4 mm"),
        (r"{\uc3\u189 1/2} turn", "½ turn"),
        (r"\u-3913?", "\uf0b7"),
        (r"\u178?", "²"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"\u128512?", "😀"),
        (r"\u8217\rquote s", "’s"),
        (r"\'80 50 \'96 60", "€ 50 – 60"),
        (r"caf\'e9, \'bd, \'b14", "café, ½, ±4"),
        (r"{\f1 \'cf\'e0\'f6\'e8\'e5\'ed\'f2}", "Пациент"),
        (r"{\f3 \'b3\'f3d\'9f}", "łódź"),
        (r"{\f4 \'93\'fa\'96\'7b}", "日本"),
        (r"{\f4 \'83A\'83\'5c}", "アソ"),
        (r"{\f6 \'d1\'c0}", "牙"),
        (r"PD {\f2\'a3}4, {\f2\'b3}5, {\f2 m}m, {\f2\'b1}1", "PD ≤4, ≥5, μm, ±1"),
        (r"{\f2\u-3933\'a3}4 mm", "≤4 mm"),
        (r"{\f5\'fc} done, {\f5\'fb} open", "✓ done, ✗ open"),
        (
            r"a\~b\_c\-d \{x\} \\ \bullet \emdash\endash\lquote\rquote\ldblquote\rdblquote",
            "a\xa0b‑cd {x} \\ •—–‘’“”",
        ),
        (r"10{\super 3}/\'b5l, 10{\super -3}, 1{\super st}, HbA{\sub 1c}", "10³/µl, 10⁻³, 1st, HbA1c"),
    ],
)
def test_every_character_is_the_one_that_was_written(body: str, expected: str) -> None:
    if "\uf0b7" in expected:
        assert to_markdown(HEAD + body + "}").is_fallback
    else:
        assert markdown(body) == expected
        assert plain_text(HEAD + body + "}") == plain_text_of(expected)


def test_the_document_code_page_counts_where_the_font_names_none() -> None:
    polish = r"{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0 Arial;}}\f0 z\'b9b g\'f3rny}"
    assert to_markdown(polish).text == "ząb górny"


def test_bytes_beyond_ascii_are_bytes_of_the_code_page_and_characters_stay_characters() -> None:
    assert to_markdown(b"{\\rtf1\\ansi\\ansicpg1251 \xcf\xe0}").text == "Па"
    assert to_markdown("{\\rtf1\\ansi\\ansicpg1251 é≤4}").text == "é≤4"


def test_a_missing_replacement_does_not_swallow_the_number() -> None:
    converted = to_markdown(HEAD + r"PD \u8804 4 mm}")
    assert plain_text_of(converted.text) == "PD ≤4 mm"
    assert converted.is_fallback
    assert "digit" in (converted.reason or "")


def test_bold_italic_and_struck_text_are_kept_and_underline_is_plain() -> None:
    assert markdown(r"\b Dx:\b0  III {\i mild} \strike old\strike0  \ul line\ulnone .") == (
        "**Dx:** III _mild_ ~~old~~ line."
    )


def test_plain_ends_every_look() -> None:
    assert markdown(r"\b\i a\plain  b") == "**_a_** b"


def test_emphasis_shrinks_where_markdown_cannot_say_it_and_the_text_stays() -> None:
    assert markdown(r"{\b Stage:}III {\b (}4{\b )}") == "**Stage**:III (4)"
    assert markdown(r"pre{\b post}fix") == "pre**post**fix"
    assert markdown(r"pre{\b\i post}fix {\b x}") == "prepostfix **x**"


def test_lists_keep_their_bullets_numbers_and_depth() -> None:
    body = (
        r"{\listtext\f2\'b7\tab}\ls1\ilvl0 one\par{\listtext 1.\tab}\ls2\ilvl1 two\par"
        r"{\listtext 2.\tab}\ls2\ilvl1 three\par{\listtext o\tab}\ls1\ilvl0 four\par\pard after"
    )
    assert markdown(body) == "- one\n  1. two\n  2. three\n- four\n\nafter"


def test_old_bullets_of_pntext_are_a_list() -> None:
    note = written.rtf(written.bullets(("no smoking for 48 h", "call at ≥38 °C")))
    assert to_markdown(note).text == "- no smoking for 48 h\n- call at ≥38 °C"


def test_an_item_whose_number_markdown_would_change_keeps_it_as_text() -> None:
    body = r"{\listtext 14.\tab}x\par{\listtext 30.\tab}y\par{\listtext b)\tab}z\par"
    assert markdown(body) == "14. x\n- 30\\. y\n- b) z"


def test_tables_keep_rows_cells_and_bars() -> None:
    note = written.rtf(
        written.table((("Tooth", "PD"), ("#14", "3|2|3"), ("", "≤4"))), written.paragraph("End")
    )
    assert to_markdown(note).text == "| Tooth | PD |\n| --- | --- |\n| #14 | 3\\|2\\|3 |\n|  | ≤4 |\n\nEnd"


def test_paragraphs_in_a_cell_stay_apart() -> None:
    assert "3 2 3\xa0\xa0\xa0 4" in markdown(r"\trowd\intbl 3 2 3\par 4\cell\intbl x\cell\row")


def test_nested_tables_become_lines_of_the_outer_cell() -> None:
    body = (
        r"\trowd\pard\intbl\itap2 a\nestcell b\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables\par}"
        r"\pard\intbl after\cell\intbl x\cell\row"
    )
    assert plain_text_of(markdown(body)).split() == ["a", "b", "after", "x"]


def test_a_row_that_never_ends_is_kept() -> None:
    assert plain_text_of(markdown(r"\trowd\intbl a\cell\intbl b")) == "a    b"


def test_links_keep_their_text_and_only_web_addresses() -> None:
    link = r'{\field{\*\fldinst{HYPERLINK "%s"}}{\fldrslt{\ul %s}}}'
    assert markdown(link % ("https://a.b/c(d)_e", "see [1]")) == r"[see \[1\]](https://a.b/c%28d%29_e)"
    assert markdown(link % ("javascript:alert(1)", "x")) == "x"
    assert markdown(r"{\field{\*\fldinst MERGEFIELD Name}{\fldrslt \'abName\'bb}}") == "«Name»"


def test_a_symbol_field_without_a_result_shows_its_character() -> None:
    field = r'PD {\field{\*\fldinst SYMBOL 163 \\f "Symbol" \\s 10}{\fldrslt\f2}}4'
    assert markdown(field) == "PD ≤4"


def test_what_is_not_the_text_is_skipped_and_named() -> None:
    body = (
        r"{\header Letterhead}{\pict\pngblip 89504e47}{\*\generator Riched20;}{\*\unknown x {y}}"
        r"{\v hidden}{\deleted gone}{\*\annotation says}{\bin3 }}}}seen"
    )
    converted = to_markdown(HEAD + body + "}")
    assert converted.text == "seen"
    assert converted.reason == ("left out: comments, deleted text, headers or footers, hidden text, pictures")


def test_text_boxes_and_footnotes_are_read() -> None:
    body = r"a{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt\pard box\par}}{\shprslt twice}} b{\footnote note}c"
    assert plain_text_of(markdown(body)).split() == ["abox", "b", "note", "c"]


def test_the_unicode_form_is_taken_where_a_text_is_there_twice() -> None:
    assert markdown(r"{\upr{?4}{\*\ud{\u8804?4}}} mm") == "≤4 mm"


def test_text_around_the_rtf_is_kept() -> None:
    note = "Addendum 3/4: PD <5\r\n{\\rtf1 first}\r\n{\\rtf1 \\b second}}\x00\x00 * last"
    assert to_markdown(note).text == "Addendum 3/4: PD <5\n\nfirst\n\n**second**\n\n\\* last"


def test_a_brace_too_many_does_not_turn_the_rest_into_codes() -> None:
    note = r"{\rtf1 \b first}\par\b0 second \u8804?4 {\*\themedata 504b0304}}"
    assert to_markdown(note).text == "**first**\n\nsecond ≤4"


@pytest.mark.parametrize("depth", [10, 10_000])
def test_deep_nesting_is_read_without_recursion(depth: int) -> None:
    assert markdown("{" * depth + r"\b x" + "}" * depth + " y") == "**x** y"
    assert to_markdown(HEAD + "{" * depth + "x").text == "x"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (r"a}b}c", ["a", "b}c"]),
        (r"{{{a b c", ["a", "b", "c"]),
        (r"a\par{\b d", ["a", "d"]),
        (r"a \'e", ["a", "e"]),
        (r"a \u", ["a"]),
        (r"a \trowd\cell b", ["a", "b"]),
        (r"a{\fonttbl{\f9", ["a"]),
        ("a\\", ["a"]),
        (r"a {\field{\*\fldinst HYPERLINK", ["a"]),
    ],
)
def test_unbalanced_and_cut_off_rtf_loses_no_text(body: str, said: list[str]) -> None:
    assert plain_text_of(to_markdown(HEAD + body).text).split() == said
    assert same_words(" ".join(said), plain_text(HEAD + body))


def test_rtf_without_text_is_empty_and_pictures_alone_are_said_to_be_left_out() -> None:
    assert to_markdown(r"{\rtf1\ansi\par }").kind == "empty"
    picture = to_markdown(r"{\rtf1{\pict 00ff}}")
    assert (picture.text, picture.kind, picture.reason) == ("", "rtf", "left out: pictures")
