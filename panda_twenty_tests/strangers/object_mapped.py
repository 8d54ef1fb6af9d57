"""A vendor whose tables a program generated from its classes: parties, persons, code values, versions.

Names and addresses hang on a party, telephones are rows by kind, every code is the number of a row in
``code_value``. The chart is one row per tooth and measure with six values; teeth are numbered as FDI does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.profile.chart import MeasureRows
from panda_twenty.panda.tooth_notation import from_universal
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, guid, six
from panda_twenty_tests.strangers.junk import JUNK_WORDS
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values
from panda_twenty_tests.strangers.truth import AttributeName

_C = Column
_KEY = "BIGINT"


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _version() -> Column:
    return _C("row_version", "INT", made=lambda row: 3)


_CREATED = _C("created_ts", "DATETIME2(7)", "CreatedOn")
_UPDATED = _C("updated_ts", "DATETIME2(7)", "ModifiedOn")

_SETS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "administrative_gender": (
        ("F", "F", "Female"),
        ("M", "M", "Male"),
        ("X", "O", "Other"),
        ("U", "U", "Unknown"),
    ),
    "patient_state": (("A", "ACT", "Active"), ("I", "INACT", "Inactive"), ("D", "DECD", "Deceased")),
    "insured_relation": (
        ("SELF", "S", "Self"),
        ("SPOUSE", "P", "Spouse"),
        ("CHILD", "C", "Child"),
        ("OTHER", "O", "Other"),
    ),
    "encounter_kind": (
        ("I", "COMP", "Comprehensive"),
        ("R", "REEV", "Reevaluation"),
        ("P", "POST", "Postoperative"),
        ("M", "SPT", "Supportive therapy"),
        ("S", "SCRN", "Screening"),
    ),
    "perio_stage": tuple((stage, stage, f"Stage {stage}") for stage in ("I", "II", "III", "IV")),
    "perio_grade": tuple((grade, grade, f"Grade {grade}") for grade in "ABC"),
    "perio_extent": (("L", "L", "Localized"), ("G", "G", "Generalized"), ("M", "M", "Molar-incisor")),
    "prognosis": (
        ("G", "G", "Good"),
        ("F", "F", "Fair"),
        ("P", "P", "Poor"),
        ("Q", "Q", "Questionable"),
        ("H", "H", "Hopeless"),
    ),
    "hygiene_level": (("G", "G", "Good"), ("F", "F", "Fair"), ("P", "P", "Poor")),
    "tobacco_use": (("N", "N", "Never"), ("F", "F", "Former"), ("C", "C", "Current")),
    "diabetic_status": (
        ("N", "N", "None"),
        ("P", "P", "Prediabetes"),
        ("1", "1", "Type 1"),
        ("2", "2", "Type 2"),
    ),
    "plan_state": (
        ("A", "ACC", "Accepted"),
        ("P", "PROP", "Proposed"),
        ("C", "DONE", "Completed"),
        ("R", "REJ", "Rejected"),
    ),
    "stage_state": (("O", "OPEN", "Proposed"), ("I", "WIP", "In progress"), ("C", "DONE", "Completed")),
    "act_state": (
        ("T", "PROP", "Proposed"),
        ("C", "DONE", "Completed"),
        ("D", "REJ", "Declined"),
        ("E", "EXST", "Existing"),
    ),
    "booking_state": (
        ("S", "BOOKED", "Scheduled"),
        ("C", "FULFILLED", "Completed"),
        ("N", "NOSHOW", "No show"),
        ("X", "CANCELLED", "Cancelled"),
        ("R", "MOVED", "Rescheduled"),
    ),
    "observation_type": (
        ("N", "NM", "Numeric"),
        ("T", "ST", "Text"),
        ("B", "BL", "Yes/No"),
        ("C", "CE", "Choice"),
        ("D", "DT", "Date"),
    ),
}


def _number(code_set: str, place: int) -> int:
    return 10_000 + 100 * list(_SETS).index(code_set) + place


def _listed(name: str, of: str, code_set: str) -> Column:
    entries = _SETS[code_set]
    return _C(
        name,
        _KEY,
        of,
        codes={theirs: _number(code_set, place) for place, (theirs, _, _) in enumerate(entries)},
        words={theirs: word for theirs, _, word in entries},
        listed_in=("code_value", "display_text"),
    )


def _code_values(_: Practice) -> Iterator[Values]:
    for code_set, entries in _SETS.items():
        for place, (_theirs, code, word) in enumerate(entries):
            yield {"number": _number(code_set, place), "set": code_set, "code": code, "word": word}


_PARTIES = (
    ("Office", "OfficeID", 1),
    ("Provider", "ProviderID", 2),
    ("RefDoctor", "RefDrID", 3),
    ("Patient", "PatientID", 4),
)
_ENTITY_OF = {1: "practice_location", 2: "provider", 3: "referral_source", 4: "patient"}


def _party(kind: int, number: int) -> int:
    return 500_000 + number * 10 + kind


def _party_rows(*kinds: int) -> Callable[[Practice], Iterator[Values]]:
    def rows(practice: Practice) -> Iterator[Values]:
        for table, key, kind in _PARTIES:
            for row in practice.rows(table) if kind in kinds else ():
                blank = dict.fromkeys(
                    (
                        "Street",
                        "Street2",
                        "Credentials",
                        "PreferredName",
                        "MiddleInitial",
                        "Title",
                        "Suffix",
                        "Email",
                        "Website",
                        "SSN",
                        "Sex",
                        "BirthDate",
                    )
                )
                yield {**blank, **row, "party": _party(kind, row[key]), "kind": kind}

    return rows


def _telecom(practice: Practice) -> Iterator[Values]:
    columns = {"Phone": "MAIN", "HomePhone": "HOME", "WorkPhone": "WORK", "MobilePhone": "CELL", "Fax": "FAX"}
    number = 0
    for row in _party_rows(1, 2, 3, 4)(practice):
        for of, use in columns.items():
            if row.get(of):
                number += 1
                yield {"number": number, "party": row["party"], "use": use, "digits": row[of]}


def _of(attribute: str, *kinds: int) -> tuple[AttributeName, ...]:
    return tuple((_ENTITY_OF[kind], attribute) for kind in kinds)


def _party_id(kind: int, key: str) -> Column:
    return _C("party_id", _KEY, made=lambda row: _party(kind, row[key]))


_MEASURES = (("PROBING", "Pd"), ("MARGIN", "Gm"), ("BLEEDING", "Bleeding"), ("PLAQUE", "Plaque"))
_MEASURE_CODES = {"PROBING": "PD", "MARGIN": "GM", "BLEEDING": "BOP", "PLAQUE": "PL"}
_VALUES = ("val_db", "val_b", "val_mb", "val_dl", "val_l", "val_ml")


def _measurements(practice: Practice) -> Iterator[Values]:
    number = 0
    for row in practice.rows("PerioTooth"):
        tooth = int(from_universal(str(row["ToothNo"]), "fdi"))
        common = {**row, "tooth": tooth, "whole": None, **dict.fromkeys(_VALUES)}
        if row["ToothStatus"] != "P":
            number += 1
            yield {**common, "number": number, "metric": "ST", "whole": row["ToothStatus"]}
        for name, of in _MEASURES:
            values = six(row, of) if of in ("Pd", "Gm") else bits(row[of])
            if any(value is not None for value in values):
                number += 1
                written = [-9 if value == NOT_ASSESSABLE else value for value in values]
                yield {
                    **common,
                    "number": number,
                    "metric": _MEASURE_CODES[name],
                    **dict(zip(_VALUES, written, strict=True)),
                }
        if row["Mobility"]:
            number += 1
            yield {**common, "number": number, "metric": "MOB", "whole": row["Mobility"]}


CHART = MeasureRows(
    shape="measure_rows",
    notation="fdi",
    gingival_margin_sign="recession_positive",
    not_assessable=("-9",),
    tooth="tooth_number",
    measure="metric",
    measure_codes={
        "PD": "probing_depth",
        "GM": "gingival_margin",
        "BOP": "bleeding",
        "PL": "plaque",
        "MOB": "mobility",
        "ST": "status",
    },
    values=_VALUES,
    tooth_value="tooth_value",
    mark_present=("1",),
    mark_absent=("0",),
    status_codes={"M": "MISSING", "I": "IMPLANT", "U": "UNERUPTED", "X": "NOT_EXAMINED"},
)

_EXAM = guid("examination")

_TABLES = (
    Table(
        "party",
        (
            _C("party_id", _KEY, made=_carried("party")),
            _C("party_type", "CHAR(1)", made=lambda row: "O" if row["kind"] == 1 else "P"),
            _version(),
        ),
        rows=_party_rows(1, 2, 3, 4),
        key=("party_id",),
    ),
    Table(
        "person",
        (
            _C("party_id", _KEY, made=_carried("party")),
            _C("name_prefix", "VARCHAR(10)", "Title", also=_of("title", 4)),
            _C("first_name", "VARCHAR(50)", "FirstName", also=_of("first_name", 2, 3, 4)),
            _C("middle_name", "VARCHAR(50)", "MiddleInitial", also=_of("middle_name", 2, 4)),
            _C("last_name", "VARCHAR(60)", "LastName", also=_of("last_name", 2, 3, 4)),
            _C("name_suffix", "VARCHAR(10)", "Suffix", also=_of("suffix", 4)),
            _C("nick_name", "VARCHAR(50)", "PreferredName", also=_of("preferred_name", 4)),
            _listed("gender_cd", "Sex", "administrative_gender"),
            _C("birth_dt", "DATE", "BirthDate"),
            _C("national_number", "VARCHAR(11)", "SSN", never=True),
            _C("email", "VARCHAR(160)", "Email", also=_of("email", 2, 3, 4)),
            _version(),
        ),
        of="Patient",
        rows=_party_rows(2, 3, 4),
        key=("party_id",),
        foreign_keys={"party_id": ("party", "party_id")},
        is_part=True,
    ),
    Table(
        "postal_address",
        (
            _C("postal_address_id", _KEY, made=_carried("party")),
            _C("party_id", _KEY, made=_carried("party")),
            _C("line_1", "VARCHAR(80)", "Street", also=_of("street", 1, 3, 4)),
            _C("line_2", "VARCHAR(80)", "Street2", also=_of("street2", 1, 4)),
            _C("city", "VARCHAR(50)", "City", also=_of("city", 1, 3, 4)),
            _C("region", "VARCHAR(10)", "State", also=_of("state", 1, 3, 4)),
            _C("postal_code", "VARCHAR(12)", "Zip", also=_of("postal_code", 1, 3, 4)),
            _version(),
        ),
        rows=_party_rows(1, 3, 4),
        key=("postal_address_id",),
        foreign_keys={"party_id": ("party", "party_id")},
    ),
    Table(
        "telecom_address",
        (
            _C("telecom_address_id", _KEY, made=_carried("number")),
            _C("party_id", _KEY, made=_carried("party")),
            _C("use_cd", "VARCHAR(8)", made=_carried("use")),
            _C(
                "digits",
                "VARCHAR(40)",
                made=_carried("digits"),
                also=(
                    *_of("phone", 1, 2, 3),
                    *_of("fax", 3),
                    *_of("home_phone", 4),
                    *_of("work_phone", 4),
                    *_of("mobile_phone", 4),
                ),
                is_out_of_reach=True,
            ),
        ),
        rows=_telecom,
        key=("telecom_address_id",),
    ),
    Table(
        "code_value",
        (
            _C("code_value_id", _KEY, made=_carried("number")),
            _C("code_set", "VARCHAR(40)", made=_carried("set")),
            _C("code", "VARCHAR(20)", made=_carried("code")),
            _C("display_text", "VARCHAR(80)", made=_carried("word")),
        ),
        rows=_code_values,
        key=("code_value_id",),
    ),
    Table(
        "clinic",
        (
            _C("clinic_id", _KEY, "OfficeID"),
            _party_id(1, "OfficeID"),
            _C("clinic_name", "VARCHAR(80)", "OfficeName"),
            _C("npi", "VARCHAR(12)", "NPI"),
            _C("home_page_url", "VARCHAR(120)", "Website"),
            _C("is_head_office", "BIT", "IsMain"),
            _UPDATED,
            _version(),
        ),
        of="Office",
        key=("clinic_id",),
        foreign_keys={"party_id": ("party", "party_id")},
    ),
    Table(
        "practitioner",
        (
            _C("practitioner_id", _KEY, "ProviderID"),
            _party_id(2, "ProviderID"),
            _C("clinic_id", _KEY, "OfficeID"),
            _C("qualification", "VARCHAR(40)", "Credentials"),
            _C("speciality", "VARCHAR(40)", "Specialty"),
            _C("npi", "VARCHAR(12)", "NPI"),
            _C("is_active", "BIT", "IsActive"),
            _UPDATED,
            _version(),
        ),
        of="Provider",
        key=("practitioner_id",),
        foreign_keys={"clinic_id": ("clinic", "clinic_id")},
    ),
    Table(
        "external_referrer",
        (
            _C("external_referrer_id", _KEY, "RefDrID"),
            _party_id(3, "RefDrID"),
            _C("qualification", "VARCHAR(40)", "Credentials"),
            _C("organisation_name", "VARCHAR(100)", "PracticeName"),
            _UPDATED,
            _version(),
        ),
        of="RefDoctor",
        key=("external_referrer_id",),
        foreign_keys={"party_id": ("party", "party_id")},
    ),
    Table(
        "patient",
        (
            _C("patient_id", _KEY, "PatientID"),
            _party_id(4, "PatientID"),
            _C("medical_record_number", "VARCHAR(20)", "ChartNo"),
            _C("foreign_system_ref", "VARCHAR(20)", "PmsPatNum"),
            _C("clinic_id", _KEY, "OfficeID"),
            _C("lead_practitioner_id", _KEY, "ProviderID"),
            _C("external_referrer_id", _KEY, "RefDrID"),
            _listed("state_cd", "Status", "patient_state"),
            _C("registered_dt", "DATE", "FirstVisit"),
            _C("alert_text", "VARCHAR(400)", "MedicalAlert"),
            _CREATED,
            _UPDATED,
            _version(),
        ),
        of="Patient",
        key=("patient_id",),
        foreign_keys={"party_id": ("party", "party_id"), "clinic_id": ("clinic", "clinic_id")},
    ),
    Table(
        "coverage",
        (
            _C("coverage_id", _KEY, "InsuranceID"),
            _C("patient_id", _KEY, "PatientID"),
            _C("rank", "INT", "Priority"),
            _C("payer_name", "VARCHAR(80)", "Carrier"),
            _C("member_number", "VARCHAR(40)", "PolicyNo"),
            _C("group_number", "VARCHAR(40)", "GroupNo"),
            _listed("relation_cd", "SubscriberRel", "insured_relation"),
            _C(
                "holder_national_number",
                "VARCHAR(11)",
                made=lambda row: f"900-81-{row['PatientID'] % 10_000:04d}",
                never=True,
            ),
            _C("preventive_rate", "INT", "PreventivePct"),
            _C("basic_rate", "INT", "BasicPct"),
            _C("major_rate", "INT", "MajorPct"),
            _UPDATED,
            _version(),
        ),
        of="PatientInsurance",
        key=("coverage_id",),
        foreign_keys={"patient_id": ("patient", "patient_id")},
    ),
    Table(
        "examination",
        (
            _C("examination_id", "CHAR(36)", "ExamID", written=_EXAM),
            _C("patient_id", _KEY, "PatientID", also=(("perio_chart", "patient_key"),)),
            _C("practitioner_id", _KEY, "ProviderID"),
            _C("clinic_id", _KEY, "OfficeID"),
            _C("performed_dt", "DATE", "ExamDate"),
            _listed("kind_cd", "ExamType", "encounter_kind"),
            _C("is_reference", "BIT", "IsBaseline"),
            _listed("stage_cd", "DxStage", "perio_stage"),
            _listed("grade_cd", "DxGrade", "perio_grade"),
            _listed("extent_cd", "DxExtent", "perio_extent"),
            _C("aap_class", "VARCHAR(10)", "CaseType"),
            _C("diagnosis_text", "VARCHAR(200)", "DxText"),
            _listed("prognosis_cd", "Prognosis", "prognosis"),
            _listed("hygiene_cd", "OralHygiene", "hygiene_level"),
            _listed("tobacco_cd", "Smoking", "tobacco_use"),
            _C("cigarettes_daily", "INT", "CigsPerDay"),
            _listed("diabetic_cd", "Diabetes", "diabetic_status"),
            _C("hba1c", "DECIMAL(4,1)", "HbA1c"),
            _C("bleeding_index", "DECIMAL(5,1)", "BopPct"),
            _C("mean_depth", "DECIMAL(5,2)", "MeanPd"),
            _C("recall_interval", "INT", "RecallMonths"),
            _C("comment_text", "VARCHAR(2000)", "ExamNote"),
            _CREATED,
            _UPDATED,
            _version(),
        ),
        of="PerioExam",
        key=("examination_id",),
        foreign_keys={"patient_id": ("patient", "patient_id")},
    ),
    Table(
        "tooth_measurement",
        (
            _C("tooth_measurement_id", _KEY, made=_carried("number")),
            _C("examination_id", "CHAR(36)", "ExamID", written=_EXAM),
            _C("tooth_number", "SMALLINT", "tooth", also=()),
            _C("metric", "VARCHAR(4)", "metric"),
            *(_C(name, "SMALLINT", name) for name in _VALUES),
            _C("tooth_value", "VARCHAR(4)", "whole"),
        ),
        of="PerioTooth",
        rows=_measurements,
        key=("tooth_measurement_id",),
        foreign_keys={"examination_id": ("examination", "examination_id")},
    ),
    Table(
        "observation_definition",
        (
            _C("observation_definition_id", _KEY, "FindingID"),
            _C("caption", "VARCHAR(60)", "Label"),
            _listed("data_type_cd", "ValueType", "observation_type"),
            _C("allowed_values", "VARCHAR(400)", "Choices"),
            _version(),
        ),
        of="FindingDef",
        key=("observation_definition_id",),
    ),
    Table(
        "observation",
        (
            _C("examination_id", "CHAR(36)", "ExamID", written=_EXAM),
            _C("observation_definition_id", _KEY, "FindingID"),
            _C("observed_value", "VARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("examination_id", "observation_definition_id"),
    ),
    Table(
        "care_plan",
        (
            _C("care_plan_id", _KEY, "PlanID"),
            _C(
                "patient_id",
                _KEY,
                "PatientID",
                also=(("treatment_phase", "patient_key"), ("planned_procedure", "patient_key")),
            ),
            _C("author_id", _KEY, "ProviderID"),
            _C("examination_id", "CHAR(36)", "ExamID", written=_EXAM),
            _C("caption", "VARCHAR(80)", "PlanName"),
            _listed("state_cd", "PlanStatus", "plan_state"),
            _C("issued_dt", "DATE", "PlanDate"),
            _C("objective", "VARCHAR(400)", "Goal"),
            _CREATED,
            _UPDATED,
            _version(),
        ),
        of="TxPlan",
        key=("care_plan_id",),
        foreign_keys={"patient_id": ("patient", "patient_id")},
    ),
    Table(
        "care_plan_stage",
        (
            _C("care_plan_stage_id", _KEY, "PhaseID"),
            _C("care_plan_id", _KEY, "PlanID"),
            _C("ordinal", "INT", "PhaseOrder"),
            _C("caption", "VARCHAR(60)", "PhaseLabel"),
            _listed("state_cd", "PhaseStatus", "stage_state"),
            _C("practitioner_id", _KEY, "ProviderID"),
            _C("start_dt", "DATE", "StartDate"),
            _C("end_dt", "DATE", "EndDate"),
            _UPDATED,
            _version(),
        ),
        of="TxPhase",
        key=("care_plan_stage_id",),
        foreign_keys={"care_plan_id": ("care_plan", "care_plan_id")},
    ),
    Table(
        "care_plan_act",
        (
            _C("care_plan_act_id", _KEY, "ItemID"),
            _C("care_plan_stage_id", _KEY, "PhaseID"),
            _C("ordinal", "INT", "ItemOrder"),
            _C("local_code", "VARCHAR(12)", "PmsCode"),
            _C("cdt_code", "VARCHAR(12)", "AdaCode"),
            _C("description", "VARCHAR(120)", "ClinicalDesc"),
            _C("lay_description", "VARCHAR(160)", "LetterDesc"),
            _C("location_text", "VARCHAR(20)", "ToothArea"),
            _C("surfaces", "VARCHAR(10)", "Surface"),
            _C("price", "DECIMAL(10,2)", "Fee"),
            _listed("state_cd", "ItemStatus", "act_state"),
            _C("planned_dt", "DATE", "PlannedOn"),
            _C("performed_dt", "DATE", "CompletedOn"),
            _UPDATED,
            _version(),
        ),
        of="TxItem",
        key=("care_plan_act_id",),
        foreign_keys={"care_plan_stage_id": ("care_plan_stage", "care_plan_stage_id")},
    ),
    Table(
        "examination_comparison",
        (
            _C("examination_comparison_id", _KEY, "ComparisonID"),
            _C("patient_id", _KEY, "PatientID"),
            _C("caption", "VARCHAR(80)", "Title"),
            _C("reference_examination_id", "CHAR(36)", "BaselineExamID", written=_EXAM),
            *(
                _C(f"examination_{number}_id", "CHAR(36)", f"Exam{number}ID", written=_EXAM)
                for number in range(1, 6)
            ),
            _C("metrics", "VARCHAR(80)", "Measures"),
            _CREATED,
            _UPDATED,
            _version(),
        ),
        of="Comparison",
        key=("examination_comparison_id",),
    ),
    Table(
        "journal_entry",
        (
            _C("journal_entry_id", _KEY, "NoteID"),
            _C("patient_id", _KEY, "PatientID"),
            _C("author_id", _KEY, "ProviderID"),
            _C("entered_ts", "DATETIME2(7)", "NoteDate"),
            _C("headline", "VARCHAR(120)", "Subject"),
            _C("entry_text", "VARCHAR(8000)", "NoteBody"),
            _UPDATED,
            _version(),
        ),
        of="ProgressNote",
        key=("journal_entry_id",),
        foreign_keys={"patient_id": ("patient", "patient_id")},
    ),
    Table(
        "document_template",
        (
            _C("document_template_id", _KEY, "TemplateID"),
            _C("caption", "VARCHAR(80)", "TemplateName"),
            _C("content_text", "VARCHAR(8000)", "Body"),
            _UPDATED,
            _version(),
        ),
        of="LetterTemplate",
        key=("document_template_id",),
    ),
    Table(
        "outgoing_letter",
        (
            _C("outgoing_letter_id", _KEY, "LetterID"),
            _C("patient_id", _KEY, "PatientID"),
            _C("document_template_id", _KEY, "TemplateID"),
            _C("external_referrer_id", _KEY, "RefDrID"),
            _C("addressee", "VARCHAR(120)", "RecipientName"),
            _C("printed_ts", "DATETIME2(7)", "LetterDate"),
            _C("content_text", "VARCHAR(8000)", "Body"),
            _UPDATED,
            _version(),
        ),
        of="Letter",
        key=("outgoing_letter_id",),
    ),
    Table(
        "booking",
        (
            _C("booking_id", _KEY, "AppointmentID"),
            _C("patient_id", _KEY, "PatientID"),
            _C("practitioner_id", _KEY, "ProviderID"),
            _C("clinic_id", _KEY, "OfficeID"),
            _C("room", "VARCHAR(20)", "Operatory"),
            _C("start_ts", "DATETIME2(7)", "StartsAt"),
            _C("duration_min", "INT", "Minutes"),
            _C("purpose", "VARCHAR(120)", "ProcedureText"),
            _listed("state_cd", "Outcome", "booking_state"),
            _C("successor_booking_id", _KEY, "RescheduledTo"),
            _UPDATED,
            _version(),
        ),
        of="Appointment",
        key=("booking_id",),
        foreign_keys={"patient_id": ("patient", "patient_id")},
    ),
    Table(
        "attachment",
        (
            _C("attachment_id", _KEY, "DocumentID"),
            _C("patient_id", _KEY, "PatientID"),
            _C("examination_id", "CHAR(36)", "ExamID", written=_EXAM),
            _C("original_filename", "VARCHAR(120)", "FileName"),
            _C("payload", "VARBINARY(8000)", "Content"),
            _C("stored_ts", "DATETIME2(7)", "ScannedOn"),
            _UPDATED,
            _version(),
        ),
        of="PatientDocument",
        key=("attachment_id",),
        foreign_keys={"patient_id": ("patient", "patient_id")},
    ),
)


def _invoices(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("TxItem"):
        yield {
            "number": row["ItemID"],
            "patient": row["PatientID"],
            "fee": row["Fee"],
            "code": row["AdaCode"],
        }


_JUNK = (
    Table(
        "patient_aud",
        (
            _C("patient_id", _KEY, made=_carried("PatientID")),
            _C("rev", "INT", made=_carried("PatientID")),
            _C("revtype", "SMALLINT", made=lambda _: 1),
            _C("first_name", "VARCHAR(50)", made=_carried("FirstName"), lure=True),
            _C("last_name", "VARCHAR(60)", made=_carried("LastName"), lure=True),
            _C("birth_dt", "DATE", made=_carried("BirthDate"), lure=True),
        ),
        rows=lambda practice: practice.rows("Patient"),
        key=("patient_id", "rev"),
        junk=True,
    ),
    Table(
        "hibernate_sequences",
        (
            _C("sequence_name", "VARCHAR(80)", made=_carried("word")),
            _C("next_val", _KEY, made=lambda _: 4_000),
        ),
        rows=lambda _: [{"word": word} for word in ("patient", "booking")],
        key=("sequence_name",),
        junk=True,
    ),
    Table(
        "databasechangelog",
        (
            _C("id", "VARCHAR(255)", made=_carried("word")),
            _C("author", "VARCHAR(255)", made=_carried("word")),
            _C("filename", "VARCHAR(255)", made=lambda _: "db.changelog.xml"),
            _C("dateexecuted", "DATETIME2(3)", made=lambda _: "2013-02-01T00:00:00.000"),
        ),
        rows=lambda _: [{"word": word} for word in JUNK_WORDS],
        junk=True,
    ),
    Table(
        "invoice_item",
        (
            _C("invoice_item_id", _KEY, made=_carried("number")),
            _C("patient_id", _KEY, made=_carried("patient")),
            _C("cdt_code", "VARCHAR(12)", made=_carried("code")),
            _C("amount", "DECIMAL(10,2)", made=_carried("fee")),
            _C("card_pan", "VARCHAR(19)", made=lambda _: "4000000000000002", never=True),
        ),
        rows=_invoices,
        key=("invoice_item_id",),
        junk=True,
    ),
    Table(
        "app_user",
        (
            _C("app_user_id", _KEY, made=_carried("number")),
            _C("login_name", "VARCHAR(50)", made=_carried("word")),
            _C("credential_digest", "VARCHAR(80)", made=lambda row: guid("user")(row["word"]), never=True),
        ),
        rows=lambda _: [{"number": number, "word": word} for number, word in enumerate(JUNK_WORDS, 1)],
        key=("app_user_id",),
        junk=True,
    ),
)

OBJECT_MAPPED = Stranger("object_mapped", (*_TABLES, *_JUNK), "tooth_measurement", CHART)
