from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.errors import ProfileError
from panda_twenty.panda.profile import (
    AspectRows,
    AttributeSource,
    EntitySource,
    MeasureRows,
    Packed,
    PackedRows,
    SiteRows,
    SourceProfile,
    ToothRows,
    Wide,
    check_profile,
    load_profile,
    parse_profile,
)
from panda_twenty.panda.profile.chart import ToothColumns

MakeDatabase = Callable[[str], Path]

HEAD = "profile: p\npractice: p\ntime_zone: America/Chicago\nentities:\n"
WIDE = "{shape: wide, notation: fdi, "
PATIENT = HEAD + "  patient:\n    table: Patient\n    key: PatientID\n    range: PatientID\n"


def complaint(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text, "p.yaml")
    return str(caught.value)


def test_the_reference_profile_describes_every_entity() -> None:
    own = {name for name, entity in ENTITIES.items() if entity.derived_from is None}
    assert set(load_profile("reference-practice").entities) == own


def test_the_reference_profile_does_not_read_social_security_numbers() -> None:
    patient = load_profile("reference-practice").entities["patient"]
    assert "SSN" in patient.not_read
    assert all(source.column != "SSN" for source in patient.attributes.values())


def test_the_digest_follows_the_content_and_not_the_layout() -> None:
    one = parse_profile(PATIENT + "    attributes: {first_name: First, last_name: Last}\n", "p.yaml")
    same = parse_profile(
        "# a comment\n"
        + PATIENT
        + "    attributes:\n      last_name: {column: Last}\n      first_name: First\n",
        "other.yaml",
    )
    other = parse_profile(PATIENT + "    attributes: {first_name: First, last_name: Surname}\n", "p.yaml")
    assert one.digest() == same.digest() != other.digest()
    assert len(one.digest()) == 64


def test_codes_stay_text_even_where_yaml_sees_a_truth_value_or_a_number() -> None:
    profile = parse_profile(
        HEAD + "  perio_exam:\n    table: E\n    key: K\n    range: P\n    attributes:\n"
        "      exam_date: D\n      diabetes: {column: C, codes: {N: NO, 01: YES}}\n",
        "p.yaml",
    )
    assert profile.entities["perio_exam"].attributes["diabetes"].codes == {"N": "NO", "01": "YES"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            PATIENT + "    tabel: x\n",
            ["p.yaml: entity patient", "'tabel' is no setting", "did you mean 'table'"],
        ),
        (
            PATIENT + "    attributes: {sex: {colum: Sex}}\n",
            ["entity patient, attribute sex", "'colum' is no setting", "did you mean 'column'"],
        ),
        (
            PATIENT + "    attributes: {sex: {column: Sex, codes: {F: FEMAIL}}}\n",
            ["entity patient: attribute sex", "'FEMAIL' is not one of its codes", "FEMALE, MALE"],
        ),
        (
            PATIENT + "    attributes: {fist_name: F}\n",
            ["attribute fist_name: there is no such", "first_name"],
        ),
        (
            PATIENT + "    attributes: {sex: {trim: true}}\n",
            ["attribute sex", "either a column or a constant"],
        ),
        (PATIENT + "    attributes: {email: SSN}\n    not_read: {ssn: reason}\n", ["both read and listed"]),
        (
            PATIENT + "    attributes: {created_at: {column: C, zone: Mars}}\n",
            ["attribute created_at", "'Mars' is no IANA time zone"],
        ),
        (
            PATIENT + "    attributes: {birth_date: {column: B, zone: UTC, time_column: T}}\n",
            ["'zone' fits only moments", "'time_column' fits only moments"],
        ),
        (PATIENT + "    where: {column: A}\n", ["exactly one of equals, not_in, is_null"]),
        (PATIENT.replace("    range: PatientID\n", ""), ["entity patient: 'range' must name"]),
        (PATIENT.replace("Chicago", "Chigago"), ["'America/Chigago' is no IANA time zone"]),
        (PATIENT.replace("  patient:", "  patiens:"), ["entity patiens: there is no such entity"]),
        (PATIENT.replace("practice: p\n", ""), ["'practice' is missing"]),
        (PATIENT.replace("practice: p\n", "practice: My Practice\n"), ["practice: string should match"]),
        (PATIENT + "    table: Again\n", ["p.yaml, line 9", "'table' stands here twice"]),
        (HEAD + "  letter: {table: L, key: K, range: P}\n", ["attribute written_at is required"]),
        (
            HEAD + "  perio_chart: {table: T, key: E, range: P, attributes: {exam_key: E}}\n",
            ["'chart' describes the chart"],
        ),
        (HEAD + "  provider: {table: P, key: K, range: X}\n", ["does not belong to one patient"]),
        ("- a list", ["a source profile is a mapping"]),
        ("a: [", ["p.yaml, line"]),
    ],
)
def test_mistakes_are_told_in_sentences(text: str, words: list[str]) -> None:
    told = complaint(text)
    assert all(each in told for each in words), told


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ("{shape: sideways}", ["entity perio_chart", "tooth_rows"]),
        (
            "{shape: tooth_rows, tooth: T, measures: {}}",
            ["'notation' is missing", "'gingival_margin_sign' is"],
        ),
        (
            WIDE + "gingival_margin_sign: recession_positive, measures: {probing_depth: PD}}",
            ["column pattern 'PD' must hold {tooth} and {site}"],
        ),
        (
            WIDE + "gingival_margin_sign: up, measures: {depth: 'P{tooth}{site}'}, x: 1}",
            ["recession_positive", "'depth' is none of probing_depth", "'x' is no setting here"],
        ),
    ],
)
def test_mistakes_in_the_chart_section_are_told_in_sentences(chart: str, words: list[str]) -> None:
    told = complaint(
        HEAD + "  perio_chart:\n    table: T\n    key: E\n    range: P\n    attributes: {exam_key: E}\n"
        f"    chart: {chart}\n"
    )
    assert all(each in told for each in words), told


def test_an_unknown_name_lists_the_built_in_profiles() -> None:
    with pytest.raises(ProfileError, match="reference-practice"):
        load_profile("referense-practice")


def test_the_check_names_what_the_database_lacks_and_what_is_near(make_database: MakeDatabase) -> None:
    file = make_database(
        "CREATE TABLE Patients (PatientID INT, FirstName NVARCHAR(9));"
        "CREATE TABLE Exam (ExamID INT, ExamDate DATE, Pat NVARCHAR(9));"
    )
    profile = parse_profile(
        PATIENT + "    attributes: {first_name: FirstName}\n"
        "  perio_exam:\n    table: Exam\n    key: ExamID\n    range: Pat\n"
        "    attributes: {exam_date: ExamDay, provider_key: ProviderID}\n",
        "p.yaml",
    )
    with open_practice(f"sqlite:///{file}") as database:
        assert check_profile(profile, database) == [
            "entity patient: the database has no table Patient (did you mean Patients?).",
            "entity perio_exam: table Exam has no column ExamDay (did you mean ExamDate?).",
            "entity perio_exam: table Exam has no column ProviderID.",
            "entity perio_exam: Exam.Pat is declared nvarchar(9); 'range' wants a column of whole numbers,"
            " because patients are read by ranges of ids.",
        ]


def test_the_document_about_profiles_names_every_setting() -> None:
    text = (Path(__file__).parents[2] / "docs" / "profile.md").read_text(encoding="utf-8")
    shapes = (ToothRows, SiteRows, AspectRows, MeasureRows, Wide, Packed, PackedRows)
    for model in (SourceProfile, EntitySource, AttributeSource, ToothColumns, *shapes):
        names = set(model.model_fields) - {"description"}
        unnamed = [name for name in names if not re.search(rf"\b{name}\b", text)]
        assert not unnamed, model.__name__
    for shape in shapes:
        (literal,) = get_args(shape.model_fields["shape"].annotation)
        assert f"`{literal}`" in text
