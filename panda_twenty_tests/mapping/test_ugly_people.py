"""Names, days, addresses, e-mail and telephones of the planted ugly cases, each by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from panda_twenty_tests.mapping.built_practice import Mapped, built_practice


def source(mapped: Mapped, attribute: str) -> Any:
    return mapped.source.value(attribute)


def value(mapped: Mapped, field: str) -> Any:
    return mapped.record.values[field]


@pytest.mark.parametrize(
    "case",
    [
        "apostrophe_in_name",
        "accent_in_name",
        "particle_in_name",
        "hyphenated_name",
        "all_capitals_name",
        "one_letter_first_name",
        "preferred_name",
        "suffix_in_its_column",
    ],
)
def test_an_unusual_name_arrives_letter_for_letter(case: str) -> None:
    patient = built_practice().patient(case)
    assert value(patient, "name") == {
        "firstName": source(patient, "first_name"),
        "lastName": source(patient, "last_name"),
    }
    assert value(patient, "nameSuffix") == source(patient, "suffix")
    assert value(patient, "preferredName") == source(patient, "preferred_name")


def test_a_suffix_glued_to_the_family_name_gets_its_own_field() -> None:
    patient = built_practice().patient("suffix_in_last_name")
    assert source(patient, "last_name") == "Gutierrez Jr."
    assert value(patient, "name")["lastName"] == "Gutierrez"
    assert value(patient, "nameSuffix") == "Jr."


def test_spaces_at_the_end_of_names_and_cities_are_gone() -> None:
    patient = built_practice().patient("trailing_spaces")
    name, address = value(patient, "name"), value(patient, "homeAddress")
    assert name["firstName"] == name["firstName"].rstrip() != ""
    assert name["lastName"] == name["lastName"].rstrip() != ""
    assert address["addressCity"] == address["addressCity"].rstrip()


def test_a_patient_without_any_name_is_kept_and_has_no_name() -> None:
    patient = built_practice().patient("no_name")
    assert value(patient, "name") is None
    assert not patient.record.troubles


@pytest.mark.parametrize(
    ("case", "expected"),
    [("born_on_leap_day", "1964-02-29"), ("sentinel_birth_date", None), ("no_birth_date", None)],
)
def test_birth_dates_are_the_civil_day_or_nothing(case: str, expected: str | None) -> None:
    patient = built_practice().patient(case)
    assert value(patient, "dateOfBirth") == expected
    assert not patient.record.troubles


def test_one_person_entered_twice_stays_two_records_with_ids_of_their_own() -> None:
    first, second = (built_practice().patient("entered_twice", place) for place in (0, 1))
    assert value(first, "name") == value(second, "name")
    assert first.record.twenty_id != second.record.twenty_id


@pytest.mark.parametrize("case", ["spouses_share_email", "minor_with_parents_email"])
def test_people_who_share_an_address_both_carry_it_until_the_loader_decides(case: str) -> None:
    first, second = (built_practice().patient(case, place) for place in (0, 1))
    assert value(first, "emails") == value(second, "emails")
    assert first.record.twenty_id != second.record.twenty_id


def numbers(patient: Mapped) -> list[str]:
    phones = value(patient, "phones") or {}
    others = [each["number"] for each in phones.get("additionalPhones") or ()]
    return [phones["primaryPhoneNumber"], *others] if phones else []


def test_an_extension_is_no_part_of_the_number_and_is_kept_in_the_remark() -> None:
    patient = built_practice().patient("phone_with_extension")
    assert source(patient, "work_phone") == "2545550171 x12"
    assert numbers(patient) == ["7375550135", "8305550154", "2545550171"]
    assert "Work: 2545550171 x12" in value(patient, "phoneRemark")


@pytest.mark.parametrize(
    ("case", "number", "remark"),
    [
        ("phone_with_cell_note", "5125550140", "Home: 512-555-0140 (cell)"),
        ("phone_with_call_note", "2545550187", "Home: 254.555.0187 call after 5"),
    ],
)
def test_a_note_beside_a_number_is_kept_word_for_word(case: str, number: str, remark: str) -> None:
    patient = built_practice().patient(case)
    assert number in numbers(patient)
    assert remark in value(patient, "phoneRemark")


def test_a_canadian_number_names_its_calling_code_and_no_country() -> None:
    patient = built_practice().patient("canadian_patient")
    phones = value(patient, "phones")
    assert phones["primaryPhoneNumber"] == "4165550134"
    assert phones["primaryPhoneCallingCode"] == "+1"
    assert not phones.get("primaryPhoneCountryCode")
    assert value(patient, "homeAddress")["addressPostcode"] == "K0X 0A0"


def test_words_in_a_phone_field_become_a_remark_and_no_number() -> None:
    patient = built_practice().patient("phone_is_not_a_number")
    assert value(patient, "phones") is None
    assert value(patient, "phoneRemark") == "Mobile: ask wife; Home: none; Work: NA"


@pytest.mark.parametrize(("case", "count"), [("emails_with_semicolon", 2), ("emails_with_comma", 3)])
def test_several_addresses_in_one_field_are_told_apart_in_their_order(case: str, count: int) -> None:
    patient = built_practice().patient(case)
    emails = value(patient, "emails")
    held = [emails["primaryEmail"], *(emails["additionalEmails"] or ())]
    assert len(held) == count
    places = [source(patient, "email").find(address) for address in held]
    assert places == sorted(places)
    assert -1 not in places


def test_an_address_in_capitals_is_sent_in_lower_case_as_twenty_keeps_it() -> None:
    patient = built_practice().patient("email_in_capitals")
    assert value(patient, "emails")["primaryEmail"] == source(patient, "email").lower()


def test_what_is_no_address_is_no_email_and_is_not_lost() -> None:
    patient = built_practice().patient("email_is_not_an_address")
    assert value(patient, "emails") is None
    assert "n/a" in [text for text in patient.record.values.values() if isinstance(text, str)]


@pytest.mark.parametrize(
    ("case", "field", "attribute"),
    [
        ("no_chart_number", "chartNumber", "chart_number"),
        ("chart_number_twice", "chartNumber", "chart_number"),
        ("pms_number_like_chart", "pmsId", "pms_id"),
        ("long_medical_alert", "medicalAlert", "medical_alert"),
        ("medical_alert_with_lines", "medicalAlert", "medical_alert"),
        ("deceased", "patientStatus", "status"),
        ("inactive", "patientStatus", "status"),
    ],
)
def test_plain_values_of_a_patient_arrive_as_they_are(case: str, field: str, attribute: str) -> None:
    patient = built_practice().patient(case)
    assert value(patient, field) == source(patient, attribute)


def test_a_social_security_number_is_in_no_record() -> None:
    practice = built_practice()
    for patient in practice.people.values():
        assert "000000000" not in str(patient.record.values)
        assert not any("ssn" in column.lower() for column in patient.record.values)


def test_a_referring_doctor_who_is_gone_leaves_the_fields_empty() -> None:
    patient = built_practice().patient("referring_doctor_gone")
    assert value(patient, "referringDoctor") is None
    assert value(patient, "referringPractice") is None
    assert not patient.record.troubles


def test_a_patient_without_a_provider_names_no_parent_for_it() -> None:
    patient = built_practice().patient("no_provider")
    assert value(patient, "primaryProviderId") is None
    assert "provider" not in {parent.entity for parent in patient.record.parents}


def test_of_three_insurances_two_have_fields_and_the_third_is_listed() -> None:
    practice = built_practice()
    owner = next(
        each for each in practice.people.values() if len(each.source.value("further.key") or ()) == 1
    )
    assert value(owner, "primaryInsuranceCarrier") == source(owner, "primary.carrier")
    assert value(owner, "secondaryPolicyNumber") == source(owner, "secondary.policy_number")
    (further,) = value(owner, "furtherInsurance")
    assert further.split(" | ")[1] == source(owner, "further.policy_number")[0]


def test_no_ugly_patient_has_to_be_quarantined() -> None:
    practice = built_practice()
    assert [key for key, each in practice.people.items() if each.record.troubles] == []
    assert [key for key, each in practice.exams.items() if each.record.troubles] == []


@pytest.mark.parametrize(
    ("case", "field", "expected"),
    [
        ("exam_without_teeth", "upperFacialPd", None),
        ("exam_without_teeth", "findingsJson", None),
        ("exam_without_teeth", "meanPd", None),
        ("screening_depths_only", "upperFacialBop", None),
        ("screening_depths_only", "bopPct", None),
    ],
)
def test_what_an_exam_does_not_record_stays_empty(case: str, field: str, expected: object) -> None:
    exam = built_practice().exam(case)
    assert exam.record.values[field] == expected


def test_a_site_that_could_not_be_assessed_is_neither_a_number_nor_unrecorded() -> None:
    exam = built_practice().exam("site_not_assessable")
    rows = [exam.record.values[name] for name in exam.record.values if name.endswith("Pd") and "wer" in name]
    rows += [exam.record.values[name] for name in exam.record.values if name.startswith("upper")]
    assert any(" x" in (row or "") for row in rows if isinstance(row, str))
    assert value(exam, "sitesNotAssessable") > 0
    assert "99" not in {cell for row in rows if isinstance(row, str) for cell in row.split()}


def test_stored_percentages_that_are_stale_stand_beside_the_computed_ones() -> None:
    exam = built_practice().exam("stale_bleeding_percentage")
    assert value(exam, "storedBopPct") == pytest.approx(float(source(exam, "stored_bop_pct")))
    assert value(exam, "storedBopPct") != value(exam, "bopPct")


def test_an_implant_without_a_margin_has_depths_and_no_attachment_level() -> None:
    exam = built_practice().exam("implant_without_margin")
    implants = value(exam, "implantTeeth")
    assert implants
    number = int(implants[0])
    assert value(exam, f"t{number:02}MaxPd") is not None
    assert value(exam, f"t{number:02}MaxCal") is None


@pytest.mark.parametrize("case", ["modified_in_missing_hour", "modified_in_double_hour"])
def test_moments_in_the_hours_around_a_clock_change_are_told_in_utc(case: str) -> None:
    exam = built_practice().exam(case)
    sent = datetime.fromisoformat(value(exam, "pandaModifiedAt"))
    assert value(exam, "pandaModifiedAt").endswith("Z")
    assert abs((sent - source(exam, "modified_at")).total_seconds()) < 0.001
