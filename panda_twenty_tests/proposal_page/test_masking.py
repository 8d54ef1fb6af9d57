"""Examples show how values are written, and nothing of what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.proposal.masking import Shown, examples_of, mask, masked_examples
from panda_twenty.mapping.proposal.model import CodeReading, Proposal, ProposedEntity, ProposedLine
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("Quillington", Shown.SHAPE, "Xxxxxx"),
        ("O'Brien-Núñez, Ana", Shown.SHAPE, "X'Xxxxx-Xxxxx, Xxx"),
        ("Łukasz Żółć", Shown.SHAPE, "Xxxxxx Xxxx"),
        ("(555) 010-4477 x12", Shown.SHAPE, "(999) 999-9999 x99"),
        (104512, Shown.SHAPE, "999999"),
        ("ana.quill@mail.example.test", Shown.SHAPE, "xxx@xxx.xx"),
        (date(1961, 3, 4), Shown.DATE, "1961-##-##"),
        (datetime(2019, 3, 4, 14, 5), Shown.DATE, "2019-##-## ##:##"),
        ("1961-03-04", Shown.BIRTH_DATE, "19##-##-##"),
        ("03/04/2021 10:30:00 AM", Shown.DATE, "2021-##-## ##:##"),
        ("20210304", Shown.DATE, "2021-##-##"),
        ("03/04/61", Shown.BIRTH_DATE, "##/##/##"),
        ("the 4th of March", Shown.DATE, "xxx #xx xx Xxxxx"),
        ("A", Shown.CODE, "A"),
        ("A rare name", Shown.MEASUREMENT, "X xxxx xxxx"),
        ("323 425", Shown.MEASUREMENT, "323 425"),
        ("P", Shown.MEASUREMENT, "P"),
        (-2, Shown.MEASUREMENT, "-2"),
        (1250.5, Shown.MONEY, "###.##"),
        (b"\xff\xd8" * 600, Shown.SHAPE, "bytes, 1,200"),
        ("{\\rtf1 " + "x" * 1197, Shown.SHAPE, "RTF, 1,204 characters"),
        ("<p>Mrs Quill said so</p>", Shown.SHAPE, "HTML, 24 characters"),
        ("Latex allergy.\nTold by phone.", Shown.SHAPE, "text, 29 characters"),
        (None, Shown.SHAPE, ""),
        ("  ", Shown.DATE, ""),
    ],
)
def test_a_value_keeps_its_shape_and_loses_its_content(value: object, kind: Shown, shown: str) -> None:
    assert mask(value, kind) == shown


LETTERS = frozenset("Xx")
DESCRIBING = frozenset("RTFHMLtexcharactersby ,") | frozenset("0123456789") | frozenset("xxx@xxx.xx")


@given(st.text(max_size=30), st.sampled_from([Shown.SHAPE, Shown.DATE, Shown.BIRTH_DATE, Shown.MONEY]))
def test_no_letter_and_no_digit_of_a_text_survives(text: str, kind: Shown) -> None:
    shown = mask(text, kind)
    if shown.endswith("characters"):
        assert set(shown) <= DESCRIBING
        return
    letters = {character for character in shown if character.isalpha()}
    digits = [character for character in shown if character.isdigit()]
    assert letters <= LETTERS
    if kind is Shown.SHAPE:
        assert set(digits) <= {"9"}
    else:
        assert len(digits) <= 4, "a year at the most"


@given(st.dates(date(1900, 1, 1), date(2029, 12, 31)))
def test_a_birth_date_tells_its_century_alone(day: date) -> None:
    for text in (day.isoformat(), day.strftime("%m/%d/%Y"), day.strftime("%Y%m%d"), f"{day} 00:00:00"):
        assert mask(text, Shown.BIRTH_DATE).startswith(f"{day.year // 100}##-##-##")
        assert sum(character.isdigit() for character in mask(text, Shown.BIRTH_DATE)) == 2


STATUS = ProposedLine(
    "patient", "status", "P", "S", 0.9, (), codes=(CodeReading("A", 9, "ACTIVE", "the usual letter"),)
)


def test_only_what_discovery_listed_as_a_code_is_shown_as_one() -> None:
    assert masked_examples(STATUS, ["A", "Quill", None, "A"]) == ("A", "Xxxxx")
    assert masked_examples(replace(STATUS, codes=()), ["A"]) == ("X",)
    is_active = ProposedLine("provider", "is_active", "P", "A", 0.9, ())
    assert masked_examples(is_active, [1, "Y", "Quill"]) == ("1", "Y", "Xxxxx")
    note = ProposedLine("perio_chart", "teeth.note", "C", "N", 0.9, ())
    assert masked_examples(note, ["12 mm"]) == ("99 xx",)


def test_a_pattern_of_columns_draws_on_all_of_them() -> None:
    columns = {name: ColumnFacts(name, "int", "integer") for name in ("ExamID", "PD03DB", "PD14MB", "GM03DB")}
    table = TableFacts("Chart", 2, columns)
    discovery = Discovery(
        "db", "sqlite", {"Chart": table}, (), samples={"Chart": [(1, 3, 5, -2), (2, 3, 4, 0)]}
    )
    line = ProposedLine("perio_chart", "teeth.probing_depth", "Chart", "PD{tooth}{site}", 0.9, ())
    elsewhere = ProposedLine("perio_chart", "exam_key", "Other", "ExamID", 0.9, ())
    entity = ProposedEntity("perio_chart", "Chart", 0.9, (), ("ExamID",), lines=(line, elsewhere))
    assert examples_of(Proposal("p", "UTC", (entity,), ()), discovery) == {
        ("perio_chart", "teeth.probing_depth"): ("3", "5", "4"),
        ("perio_chart", "exam_key"): (),
    }


def test_three_different_examples_are_enough() -> None:
    line = ProposedLine("patient", "last_name", "P", "L", 0.9, ())
    names = ["Quill", "Brook", "Reed", "O'Neil", "van Dam", "Fisher", None, ""]
    assert masked_examples(line, names) == ("Xxxxx", "Xxxx", "X'Xxxx")
    charted = ProposedLine("perio_chart", "teeth.probing_depth", "C", "Pd1", 0.9, ())
    assert masked_examples(charted, [3, 3, 2, 5, 4]) == ("3", "2", "5")
    fee = ProposedLine("planned_procedure", "fee", "T", "Amt", 0.9, ())
    assert masked_examples(fee, [120.0, 85.5]) == ("###.##",)
    birth = ProposedLine("patient", "birth_date", "P", "B", 0.9, ())
    assert masked_examples(birth, [date(1944, 2, 29), "2001-01-01"]) == ("19##-##-##", "20##-##-##")
