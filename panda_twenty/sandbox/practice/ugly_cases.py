"""The ugly cases that are planted on purpose, as data: which rows hold them, and what is wrong with each.

A case sits on fixed patient indexes: it comes back every ``PERIOD`` patients, or once per practice. All
offsets are below 100, so that a practice of the default 200 patients holds every case and half of its
patients are ordinary ones. (Ordinary patients still have phones in many formats, missing teeth, sites that
could not be assessed and notes in RTF.)
"""

from __future__ import annotations

from dataclasses import dataclass

from panda_twenty.sandbox.practice.identity import SLOTS, patient_id, row_id

PERIOD = 200

#: Ids that rows point to although no such row exists.
GONE_REF_DOCTOR = 987_654
GONE_PROVIDER = 977
GONE_EXAM = 99_000_001
GONE_TEMPLATE = 960
GONE_APPOINTMENT = 99_000_002

#: TxItem slots: ten per phase, five phases per plan.
FIRST_ITEM = 0
FIRST_ITEM_OF_SECOND_PLAN = 50


@dataclass(frozen=True)
class UglyCase:
    """One planted case.

    ``offsets`` are the patient indexes within each ``PERIOD``; ``slots`` the patient's rows in ``table``
    that hold it (see ``identity.row_id``), without meaning for Patient; ``fixed`` lists ids in a table
    that does not belong to a patient.
    """

    name: str
    table: str
    sentence: str
    offsets: tuple[int, ...] = ()
    slots: tuple[int, ...] = (0,)
    once: bool = False
    fixed: tuple[int, ...] = ()

    def indexes(self, patients: int) -> list[int]:
        """The patient indexes that hold this case in a practice of ``patients``."""
        starts = range(0, 1 if self.once else max(patients, 1), PERIOD)
        return [start + offset for start in starts for offset in self.offsets if start + offset < patients]


UGLY_CASES: tuple[UglyCase, ...] = (
    UglyCase(
        "provider_is_patient",
        "Patient",
        "A provider is also a patient, with the same e-mail.",
        (3,),
        once=True,
    ),
    UglyCase("apostrophe_in_name", "Patient", "The last name holds an apostrophe.", (5,)),
    UglyCase("accent_in_name", "Patient", "Both names hold accented letters.", (6,)),
    UglyCase("particle_in_name", "Patient", "The last name begins with lower-case particles.", (7,)),
    UglyCase("hyphenated_name", "Patient", "First and last name are hyphenated.", (8,)),
    UglyCase("all_capitals_name", "Patient", "The whole name is in capitals.", (9,)),
    UglyCase("suffix_in_last_name", "Patient", "The suffix is glued to the last name.", (10,)),
    UglyCase("suffix_in_its_column", "Patient", "The suffix stands in its own column.", (11,)),
    UglyCase("trailing_spaces", "Patient", "Names and city end in spaces.", (12,)),
    UglyCase("preferred_name", "Patient", "The preferred name differs from the first name.", (13,)),
    UglyCase("one_letter_first_name", "Patient", "The first name is one letter.", (14,)),
    UglyCase("no_name", "Patient", "Neither first nor last name is filled.", (15,), once=True),
    UglyCase("born_on_leap_day", "Patient", "The birth date is 29 February.", (16,)),
    UglyCase("sentinel_birth_date", "Patient", "The birth date is the sentinel 1801-01-01.", (17,)),
    UglyCase("no_birth_date", "Patient", "The birth date is NULL.", (18,)),
    UglyCase(
        "entered_twice", "Patient", "One person was entered twice: name and birth date agree.", (19, 20)
    ),
    UglyCase("spouses_share_email", "Patient", "Spouses share one e-mail address.", (21, 22, 91, 92)),
    UglyCase("minor_with_parents_email", "Patient", "A minor carries the e-mail of a parent.", (23, 24)),
    UglyCase(
        "phone_with_extension", "Patient", "The work phone carries an extension without punctuation.", (25,)
    ),
    UglyCase("phone_with_cell_note", "Patient", "The home phone is a cell phone and says so.", (26,)),
    UglyCase("phone_with_call_note", "Patient", "The home phone says when to call.", (27,)),
    UglyCase("canadian_patient", "Patient", "Phone and postal code are Canadian.", (28,)),
    UglyCase("phone_is_not_a_number", "Patient", "The phone fields hold words.", (29,)),
    UglyCase("emails_with_semicolon", "Patient", "Two addresses in one field, with a semicolon.", (30,)),
    UglyCase("emails_with_comma", "Patient", "Three addresses in one field, with commas.", (31,)),
    UglyCase("email_in_capitals", "Patient", "The e-mail is in capitals.", (32,)),
    UglyCase("email_is_not_an_address", "Patient", "The e-mail field says n/a.", (33,)),
    UglyCase("no_chart_number", "Patient", "The chart number is empty.", (34,)),
    UglyCase("chart_number_twice", "Patient", "Two patients share a chart number.", (35, 36)),
    UglyCase("pms_number_like_chart", "Patient", "The practice system's number is a chart number.", (37,)),
    UglyCase("zero_ssn", "Patient", "The social security number is all zeros.", (38,)),
    UglyCase("deceased", "Patient", "The patient died.", (39,)),
    UglyCase("inactive", "Patient", "The patient left the practice.", (40,)),
    UglyCase("long_medical_alert", "Patient", "The medical alert fills its 400 characters.", (41,)),
    UglyCase("medical_alert_with_lines", "Patient", "The medical alert holds line breaks and a tab.", (42,)),
    UglyCase("referring_doctor_gone", "Patient", "The referring doctor does not exist any more.", (43,)),
    UglyCase("three_insurances", "PatientInsurance", "The patient has three policies.", (44,), (0, 1, 2)),
    UglyCase("no_exams", "Patient", "The patient was never charted.", (45,)),
    UglyCase("eight_exams", "PerioExam", "The patient has eight exams.", (46,), tuple(range(8))),
    UglyCase("no_provider", "Patient", "Neither provider nor referring doctor is known.", (47,)),
    UglyCase("exam_without_teeth", "PerioExam", "The exam has no tooth rows and no figures.", (48,), (1,)),
    UglyCase("screening_depths_only", "PerioExam", "The exam holds probing depths and nothing else.", (49,)),
    UglyCase("stale_bleeding_percentage", "PerioExam", "BopPct is not what the chart gives.", (50, 93)),
    UglyCase("stale_mean_depth", "PerioExam", "MeanPd is not what the chart gives.", (51, 94)),
    UglyCase("site_not_assessable", "PerioExam", "Depth and margin of some sites are 99.", (52,)),
    UglyCase("bleeding_without_depth", "PerioExam", "Sites bleed whose depth was not recorded.", (53,)),
    UglyCase("implant_without_margin", "PerioExam", "An implant is probed but has no margin.", (54,)),
    UglyCase("exam_provider_gone", "PerioExam", "The examiner does not exist any more.", (55,)),
    UglyCase("exam_on_leap_day", "PerioExam", "The exam was on 29 February.", (56,)),
    UglyCase(
        "modified_in_missing_hour", "PerioExam", "ModifiedOn lies in the hour that spring skips.", (57,)
    ),
    UglyCase(
        "modified_in_double_hour", "PerioExam", "ModifiedOn lies in the hour that autumn repeats.", (58,)
    ),
    UglyCase("legacy_case_type", "PerioExam", "The exam has a case type and no stage.", (59,)),
    UglyCase("two_exams_on_one_day", "PerioExam", "Two exams of a patient carry one date.", (60,), (0, 1)),
    UglyCase(
        "stage_milder_than_chart", "PerioExam", "Stage II is recorded beside losses of 5 mm and more.", (61,)
    ),
    UglyCase("relapse", "PerioExam", "The pockets deepened again since the exam before.", (62,), (2,)),
    UglyCase("choice_not_in_list", "PerioExam", "A choice finding holds a word outside its list.", (63,)),
    UglyCase(
        "letter_wording_differs",
        "TxItem",
        "One code is worded differently in two plans of the patient.",
        (64,),
        (FIRST_ITEM, FIRST_ITEM_OF_SECOND_PLAN),
    ),
    UglyCase("suffixed_code", "TxItem", "The practice's code is a CDT number with a suffix.", (65,)),
    UglyCase("local_code", "TxItem", "The practice's code is its own, without an ADA code.", (66,)),
    UglyCase("retired_code", "TxItem", "The ADA code is retired.", (67,)),
    UglyCase("primary_teeth_area", "TxItem", "The tooth area counts primary teeth by letter.", (68,)),
    UglyCase("item_without_code", "TxItem", "The item has a description and no code.", (69,)),
    UglyCase("plan_without_phases", "TxPlan", "The plan has no phases.", (70,)),
    UglyCase("item_without_fee", "TxItem", "The item has no fee.", (71,)),
    UglyCase("baseline_changed", "Comparison", "The baseline is a later exam than the first.", (72,)),
    UglyCase("baseline_exam_gone", "Comparison", "The baseline exam does not exist any more.", (73,)),
    UglyCase("five_exam_comparison", "Comparison", "Five exams are compared.", (74,)),
    UglyCase("rtf_in_cyrillic", "ProgressNote", "An RTF note is partly in a Cyrillic character set.", (75,)),
    UglyCase("rtf_with_table", "ProgressNote", "An RTF note holds a table and a list.", (76,)),
    UglyCase("rtf_with_unicode", "ProgressNote", "An RTF note writes signs as numbers and as bytes.", (77,)),
    UglyCase("html_note", "ProgressNote", "A note is HTML.", (78,)),
    UglyCase("empty_note", "ProgressNote", "A note has no body.", (79,)),
    UglyCase(
        "note_with_line_breaks", "ProgressNote", "A plain note holds CR LF line breaks and a tab.", (80,)
    ),
    UglyCase("full_length_note", "ProgressNote", "A note fills its 4000 characters.", (81,)),
    UglyCase("letter_template_gone", "Letter", "The letter's template does not exist any more.", (82,)),
    UglyCase("unresolved_merge_field", "Letter", "A merge field was never filled.", (83,)),
    UglyCase("rescheduled", "Appointment", "The appointment points to its successor.", (84,)),
    UglyCase("rescheduled_to_nothing", "Appointment", "The appointment's successor does not exist.", (85,)),
    UglyCase("appointment_never_closed", "Appointment", "A past appointment is still scheduled.", (86,)),
    UglyCase("document_empty", "PatientDocument", "The document has zero bytes.", (87,)),
    UglyCase("document_without_content", "PatientDocument", "The document's content is NULL.", (88,)),
    UglyCase(
        "document_with_odd_name", "PatientDocument", "The file name holds signs no file system takes.", (89,)
    ),
    UglyCase("npi_with_wrong_check_digit", "Provider", "The NPI fails its check digit.", fixed=(4,)),
    UglyCase(
        "one_practice_many_spellings", "RefDoctor", "One practice is spelled in three ways.", fixed=(1, 2, 3)
    ),
    UglyCase("doctor_twice", "RefDoctor", "One doctor was entered twice, spelled differently.", fixed=(5, 6)),
    UglyCase("doctor_without_practice", "RefDoctor", "A doctor has no practice name.", fixed=(7,)),
    UglyCase("similar_practices", "RefDoctor", "Two different practices have similar names.", fixed=(9, 10)),
)


def cases_at(index: int) -> frozenset[str]:
    """The names of the cases that the patient at ``index`` holds."""
    place = index % PERIOD
    names = _CASES_BY_PLACE.get(place, frozenset())
    return names if index < PERIOD else names - _ONCE


def ugly_cases(patients: int = 200, seed: int = 20) -> dict[str, list[int]]:
    """Case name to the ids, in the case's table, that hold it in a practice of ``patients``.

    Cheap: ids follow from the index. ``seed`` is accepted because callers name a practice by both numbers;
    where a case sits does not depend on it. Look up table and sentence in ``UGLY_CASES``.
    """
    del seed
    return {case.name: _ids(case, patients) for case in UGLY_CASES}


def _ids(case: UglyCase, patients: int) -> list[int]:
    if case.fixed:
        return list(case.fixed)
    indexes = case.indexes(patients)
    if case.table in SLOTS:
        return [row_id(case.table, index, slot) for index in indexes for slot in case.slots]
    return [patient_id(index) for index in indexes]


_ONCE = frozenset(case.name for case in UGLY_CASES if case.once)
_CASES_BY_PLACE = {
    place: frozenset(case.name for case in UGLY_CASES if place in case.offsets)
    for place in range(PERIOD)
    if any(place in case.offsets for case in UGLY_CASES)
}
