from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping import letter_templates
from panda_twenty.mapping.letter_templates import (
    NEEDS_REBUILD,
    SAMPLE_LENGTH,
    TemplateUse,
    meaning_of,
    merge_fields,
    static_sample,
    template_documentation,
)
from panda_twenty.mapping.specification import load_mapping
from panda_twenty.sandbox.practice.letters import TEMPLATES
from panda_twenty.twenty.workspace import SUBFIELDS

BRIDGE_KEYS = (
    "PatID Title FirstName LastName MiddleInitial NickName Sex BirthDate HomePhone WorkPhone WorkPhoneExt "
    "SSN ProviderName AccountNO Suffix Street City State Zip RefdrID RefdrLastName RefdrFirstName RefdrFax "
    "RefdrMiddleInitial RefdrNickName RefdrStreet RefdrStreet2 RefdrCity RefdrState RefdrZip RefdrWorkPhone"
)
STATIC_TEXT_FIELDS = (
    "nameF nameFL nameFLFormal nameL nameLF nameMI namePref priProvNameFormal referredFrom recallInterval "
    "dateToday salutation PatNum HmPhone WirelessPhone WkPhone address Birthdate carrierName carrier2Name "
    "apptDateMonthSpelled apptProcs apptProvNameFormal nextSchedApptDateT treatmentPlanProcs "
    "dateOfLastSavedTP tpResponsPartyNameFL Email clinicName clinicPhone age"
)


def tokens(body: str) -> list[str]:
    return [field.token for field in merge_fields(body)]


@pytest.mark.parametrize(
    ("body", "token", "syntax", "name"),
    [
        ("Dear [PatFName],", "[PatFName]", "[Field]", "PatFName"),
        ("Dear [Patient First Name],", "[Patient First Name]", "[Field]", "Patient First Name"),
        ("<<RefDrName>>", "<<RefDrName>>", "<<Field>>", "RefDrName"),
        ("<< firstname >>", "<< firstname >>", "<<Field>>", "firstname"),
        ("«FirstName»", "«FirstName»", "«Field»", "FirstName"),
        ("{RecallMonths}", "{RecallMonths}", "{Field}", "RecallMonths"),
        ("{{first_name}}", "{{first_name}}", "{Field}", "first_name"),
        ("%PatLName%", "%PatLName%", "%Field%", "PatLName"),
        ("to &RefDrLName,", "&RefDrLName", "&Field", "RefDrLName"),
        ("[appt.DateTime]", "[appt.DateTime]", "[Field]", "appt.DateTime"),
        (
            "{ MERGEFIELD PatLName \\* MERGEFORMAT }",
            "{ MERGEFIELD PatLName \\* MERGEFORMAT }",
            "«Field»",
            "PatLName",
        ),
    ],
)
def test_every_syntax_is_recognised(body: str, token: str, syntax: str, name: str) -> None:
    assert [(each.token, each.syntax, each.name) for each in merge_fields(body)] == [(token, syntax, name)]


@pytest.mark.parametrize(
    "body",
    [
        "as he said [sic]",
        "[1] [x] [ ] [] [see chart] [See Chart] [illegible]",
        "{\\rtf1\\ansi {\\fonttbl{\\f0 Calibri;}}}",
        "{Calibri}",
        "p {color: red}",
        "{see above}",
        "5% to 10% of sites",
        "BOP 12%, plaque 30%",
        "A&B Dental, Tan & Tan, AT&T, Brown &Sons",
        "&nbsp;&Eacute;&amp;",
        "https://example.test/?a=1&PatFName=x",
        "« Bonjour tout le monde »",
        "5 < 6 << 7 >> 3",
        "array[i]",
        "",
    ],
)
def test_signs_of_ordinary_text_are_no_merge_fields(body: str) -> None:
    assert merge_fields(body) == []


def test_each_token_comes_once_in_the_order_of_the_text() -> None:
    assert tokens("[PatLName] [PatFName] <<PatLName>> [PatLName]") == [
        "[PatLName]",
        "[PatFName]",
        "<<PatLName>>",
    ]


def test_a_template_without_a_body_has_no_fields() -> None:
    assert merge_fields(None) == []
    assert static_sample(None) == ""


@pytest.mark.parametrize("name", [*BRIDGE_KEYS.split(), *STATIC_TEXT_FIELDS.split()])
def test_the_keys_of_the_bridge_and_open_dentals_fields_are_known(name: str) -> None:
    assert meaning_of(name).subject != "unknown"


@pytest.mark.parametrize(
    ("name", "subject", "field"),
    [
        ("PatFName", "patient", "person.name.firstName"),
        ("pat_l_name", "patient", "person.name.lastName"),
        ("Date Of Birth", "patient", "person.dateOfBirth"),
        ("RefDrName", "referring doctor", "person.referringDoctor"),
        ("RefdrFax", "referring doctor", "company.fax"),
        ("ProviderName", "provider", "person.name"),
        ("PracticeName", "practice", "company.name"),
        ("GuarantorName", "guarantor", "person.guarantorName"),
        ("DxStage", "diagnosis", "perioExam.stage"),
        ("ExamDate", "exam finding", "perioExam.examDate"),
        ("RecallMonths", "exam finding", "perioExam.recallMonths"),
        ("ApptDate", "appointment", "task.dueAt"),
        ("PlanDate", "plan", "treatmentPlan.planDate"),
    ],
)
def test_a_name_has_a_subject_and_a_twenty_field(name: str, subject: str, field: str) -> None:
    assert (meaning_of(name).subject, meaning_of(name).field) == (subject, field)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("TeethPD5Plus", "exam finding"),
        ("TxPlanByPhase", "plan"),
        ("HisHer", "patient"),
        ("Age", "patient"),
        ("Signature", "provider"),
        ("TodaysDate", "date"),
        ("SSN", "patient"),
        ("XYZ_1", "unknown"),
    ],
)
def test_what_no_field_holds_must_be_rebuilt_and_says_why(name: str, subject: str) -> None:
    meaning = meaning_of(name)
    assert (meaning.subject, meaning.field) == (subject, None)
    assert meaning.remark


def test_every_twenty_field_of_the_vocabulary_stands_in_the_mapping() -> None:
    mapping = load_mapping()
    known = {f"{route.object}.{line.field}" for route in mapping.routes for line in route.lines}
    parts = {part for subfields in SUBFIELDS.values() for part in subfields}
    for patterns in letter_templates._VOCABULARY.values():
        for carrier in patterns.values():
            named = re.findall(r"\b[a-z]+[A-Za-z]*\.[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)?", carrier)
            assert named or carrier.startswith("!")
            for path in named:
                object_name, field, *part = path.split(".")
                assert f"{object_name}.{field}" in known, path
                assert set(part) <= parts, path


def test_the_sample_keeps_the_words_and_drops_whoever_is_named_in_them() -> None:
    body = (
        "Dear Dr. Jane Smith-Lopez, dear robert,\r\nplease call us at (512) 555-0110 or mail"
        " jane.doe@mail.test, 12345 Oak Street, on 3/4/2021. Pockets of ≥5 mm at 2 sites. [PatFName]"
    )
    sample = static_sample(body)
    assert sample.startswith("Dear Dr. …")
    assert "please call us at …" in sample
    assert "Pockets of ≥5 mm at 2 sites. [PatFName]" in sample
    for secret in ("Jane", "Smith", "Lopez", "robert", "555", "0110", "jane.doe", "Oak", "12345", "2021"):
        assert secret not in sample


@given(st.text(max_size=400))
def test_the_sample_is_short_and_has_no_long_numbers_or_addresses(body: str) -> None:
    sample = static_sample(body)
    static = sample
    for field in merge_fields(body):
        static = static.replace(" ".join(field.token.split()), "")
    assert len(sample) <= SAMPLE_LENGTH + 2
    assert not re.search(r"[0-9]{3}", static)
    assert "\n" not in sample


def uses() -> list[TemplateUse]:
    return [
        TemplateUse(
            each.name, "Dear [PatFName]" if each.is_rtf else each.body, each.template_id, "plain text"
        )
        for each in TEMPLATES
    ]


def test_the_document_lists_each_template_of_the_reference_practice() -> None:
    document = template_documentation(uses())
    for each in TEMPLATES:
        assert f"## {each.name}\n" in document
    assert "| `{RecallMonths}` | `{Field}` | exam finding | `perioExam.recallMonths` |" in document
    assert document.index("## Motivation") < document.index("## Referral thank-you")
    assert document == template_documentation(uses()[::-1])


def test_the_document_says_what_must_be_rebuilt() -> None:
    document = template_documentation([TemplateUse("Pockets", "See <<TeethPD5Plus>> %Foo%", 3, "RTF")])
    assert "| Pockets | 3 | RTF | 2 | `<<TeethPD5Plus>>`, `%Foo%` |" in document
    assert document.count(f"| {NEEDS_REBUILD} |") == 2
    assert "perioExam.t01MaxPd" in document


def test_odd_names_do_not_break_the_document() -> None:
    document = template_documentation(
        [
            TemplateUse("A | B *c*\n# d `e`", "{ MERGEFIELD X1 \\| a`b }", 0, "DOC"),
            TemplateUse("", None, 0, ""),
        ]
    )
    rows = [line for line in document.splitlines() if line.startswith("| A")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 6
    assert "(no name)" in document
    assert "may not need rebuilding" in document


def test_no_templates_make_an_empty_document() -> None:
    assert template_documentation([]).startswith("# Letter templates\n")
