"""The kinds of things that a practice keeps in PANDA, in the field's own terms.

An entity is what this project means, not how a practice stores it: the source profile says in which table
and column each attribute lives. Everything that follows (extraction, mapping, verification, the proposal of
a profile for an unknown database) speaks in these attributes, so this catalogue is where a new attribute
begins.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """What a value of an attribute is, and thus how its source column is read."""

    KEY = "key"
    """A row's identity or a reference to another row, kept as text so that 7, '7' and a GUID all work."""
    TEXT = "text"
    CODE = "code"
    """One of the attribute's ``codes``; the profile translates the source's own codes into these."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    """A civil day, without a time zone."""
    MOMENT = "moment"
    """A date and time; local times are placed in the practice's time zone by the profile."""
    BYTES = "bytes"
    TEETH = "teeth"
    """A tuple of chart.Tooth, read from the chart by its shape (see chart.py)."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of an entity; ``meaning`` is what a migration engineer reads when in doubt."""

    name: str
    kind: Kind
    meaning: str
    codes: tuple[str, ...] = ()
    refers_to: str | None = None
    """For keys: the entity whose row this names."""
    required: bool = False
    """A row without it cannot stand in Twenty and goes to quarantine."""


@dataclass(frozen=True)
class Entity:
    """One kind of thing; ``patient_scoped`` entities are read by patient range, the others whole."""

    name: str
    label: str
    meaning: str
    patient_scoped: bool
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    derived_from: str | None = None
    """The entity whose rows it is worked out from; a derived entity has no table in any practice."""


def _entity(
    name: str,
    label: str,
    meaning: str,
    *attributes: Attribute,
    patient_scoped: bool,
    derived_from: str | None = None,
) -> Entity:
    by_name = {each.name: each for each in attributes}
    return Entity(name, label, meaning, patient_scoped, by_name, derived_from)


def _key(name: str, meaning: str, refers_to: str | None = None, *, required: bool = False) -> Attribute:
    return Attribute(name, Kind.KEY, meaning, refers_to=refers_to, required=required)


def _text(name: str, meaning: str, *, required: bool = False) -> Attribute:
    return Attribute(name, Kind.TEXT, meaning, required=required)


def _code(name: str, meaning: str, *codes: str) -> Attribute:
    return Attribute(name, Kind.CODE, meaning, codes=codes)


def _integer(name: str, meaning: str) -> Attribute:
    return Attribute(name, Kind.INTEGER, meaning)


def _decimal(name: str, meaning: str) -> Attribute:
    return Attribute(name, Kind.DECIMAL, meaning)


def _boolean(name: str, meaning: str) -> Attribute:
    return Attribute(name, Kind.BOOLEAN, meaning)


def _date(name: str, meaning: str, *, required: bool = False) -> Attribute:
    return Attribute(name, Kind.DATE, meaning, required=required)


def _moment(name: str, meaning: str, *, required: bool = False) -> Attribute:
    return Attribute(name, Kind.MOMENT, meaning, required=required)


_KEY = _key("key", "the row's own identity", required=True)
_CREATED = _moment("created_at", "when the row was entered in PANDA")
_MODIFIED = _moment("modified_at", "when the row was last changed in PANDA")
_PATIENT = _key("patient_key", "the patient it belongs to", "patient", required=True)
_ADDRESS = (
    _text("street", "first address line"),
    _text("street2", "second address line"),
    _text("city", "city"),
    _text("state", "state or province"),
    _text("postal_code", "ZIP or postal code"),
    _text("country", "country, where the source has one"),
)
_SEVERITY = ("NONE", "SLIGHT", "MODERATE", "SEVERE")
_PROGNOSIS = ("GOOD", "FAIR", "POOR", "QUESTIONABLE", "HOPELESS")
_COMPLETION = ("PROPOSED", "ACCEPTED", "IN_PROGRESS", "COMPLETED", "DECLINED")

PRACTICE_LOCATION = _entity(
    "practice_location",
    "Practice location",
    "an office of the practice; one of them is the main one",
    _KEY,
    _text("name", "name of the office", required=True),
    *_ADDRESS,
    _text("phone", "telephone of the office"),
    _text("fax", "fax of the office"),
    _text("email", "e-mail of the office"),
    _text("npi", "National Provider Identifier of the organisation, 10 digits with a check digit"),
    _text("website", "web address"),
    _boolean("is_main", "whether this is the main office"),
    _CREATED,
    _MODIFIED,
    patient_scoped=False,
)

PROVIDER = _entity(
    "provider",
    "Provider",
    "a dentist, periodontist or hygienist of the practice",
    _KEY,
    _key("location_key", "the office where the provider mainly works", "practice_location"),
    _text("title", "title before the name"),
    _text("first_name", "given name"),
    _text("middle_name", "middle name or initial"),
    _text("last_name", "family name"),
    _text("suffix", "suffix of the name"),
    _text("credentials", "degrees after the name, such as DDS, MS"),
    _text("specialty", "specialty"),
    _text("npi", "National Provider Identifier, 10 digits with a check digit"),
    _text("license_number", "state licence"),
    _text("email", "e-mail"),
    _text("phone", "telephone"),
    _boolean("is_active", "whether the provider still works here"),
    _CREATED,
    _MODIFIED,
    patient_scoped=False,
)

REFERRING_PRACTICE = _entity(
    "referring_practice",
    "Referring practice",
    "a practice that refers patients: referral sources whose spellings were found to be one",
    _KEY,
    _text("name", "the most complete spelling of its name", required=True),
    *_ADDRESS,
    _text("phone", "telephone"),
    _text("fax", "fax"),
    _text("email", "e-mail"),
    _text("doctors", "the doctors who refer from there"),
    _text("spellings", "every spelling that stands in the source"),
    patient_scoped=False,
    derived_from="referral_source",
)

REFERRAL_SOURCE = _entity(
    "referral_source",
    "Referral source",
    "a doctor or practice that refers patients",
    _KEY,
    _text("title", "title before the name"),
    _text("first_name", "given name of the referring person"),
    _text("middle_name", "middle name or initial"),
    _text("last_name", "family name of the referring person"),
    _text("credentials", "degrees after the name"),
    _text("practice_name", "name of the referring practice"),
    _key("practice_key", "the referring practice, worked out by matching", "referring_practice"),
    *_ADDRESS,
    _text("phone", "telephone"),
    _text("fax", "fax"),
    _text("email", "e-mail"),
    _CREATED,
    _MODIFIED,
    patient_scoped=False,
)

PATIENT = _entity(
    "patient",
    "Patient",
    "a patient of the practice",
    _KEY,
    _text("chart_number", "chart number as the practice writes it"),
    _text("pms_id", "id in the practice management system that the bridge passes (PatNum or ChartNumber)"),
    _key("location_key", "the patient's home office", "practice_location"),
    _key("provider_key", "the patient's primary provider", "provider"),
    _key("referral_key", "who referred the patient", "referral_source"),
    _text("title", "title before the name"),
    _text("first_name", "given name"),
    _text("middle_name", "middle name or initial"),
    _text("last_name", "family name"),
    _text("suffix", "suffix such as Jr. or III"),
    _text("preferred_name", "what the patient is called"),
    _code("sex", "sex as recorded", "FEMALE", "MALE", "OTHER", "UNKNOWN"),
    _date("birth_date", "date of birth"),
    _text("home_phone", "home telephone"),
    _text("work_phone", "work telephone"),
    _text("mobile_phone", "mobile telephone"),
    _text("email", "e-mail; several may stand in one field"),
    *_ADDRESS,
    _code("status", "whether the patient is active", "ACTIVE", "INACTIVE", "DECEASED"),
    _date("first_visit", "date of the first visit"),
    _text("medical_alert", "medical alert"),
    _text("guarantor_name", "who pays, where another person does"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

INSURANCE_POLICY = _entity(
    "insurance_policy",
    "Insurance policy",
    "one dental insurance of one patient",
    _KEY,
    _PATIENT,
    _integer("priority", "1 primary, 2 secondary, and so on"),
    _text("carrier", "insurance company"),
    _text("policy_number", "policy or member number"),
    _text("group_number", "group number"),
    _code(
        "subscriber_relation", "relation of the patient to the subscriber", "SELF", "SPOUSE", "CHILD", "OTHER"
    ),
    _integer("preventive_pct", "coverage of preventive care in percent"),
    _integer("basic_pct", "coverage of basic care in percent"),
    _integer("major_pct", "coverage of major care in percent"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

PERIO_EXAM = _entity(
    "perio_exam",
    "Perio exam",
    "one periodontal examination: the chart and what was found besides",
    _KEY,
    _PATIENT,
    _key("provider_key", "who examined or is responsible", "provider"),
    _key("location_key", "where it took place", "practice_location"),
    _date("exam_date", "day of the examination", required=True),
    _code(
        "exam_type",
        "occasion",
        "COMPREHENSIVE",
        "RE_EVALUATION",
        "MAINTENANCE",
        "SCREENING",
        "POST_SURGICAL",
        "OTHER",
    ),
    _boolean("is_baseline", "whether later exams are compared with this one"),
    _code("furcation_scale", "scale of the furcation grades", "GLICKMAN", "HAMP", "TARNOW_FLETCHER"),
    _decimal("stored_bop_pct", "bleeding on probing in percent as the source stores it"),
    _decimal("stored_plaque_pct", "plaque index in percent as the source stores it"),
    _decimal("stored_mean_pd", "mean probing depth in millimetres as the source stores it"),
    _code("stage", "recorded stage of periodontitis (2017 AAP/EFP)", "I", "II", "III", "IV"),
    _code("grade", "recorded grade of periodontitis (2017 AAP/EFP)", "A", "B", "C"),
    _code("extent", "recorded extent", "LOCALIZED", "GENERALIZED", "MOLAR_INCISOR"),
    _text("case_type", "case type of the older AAP classification, as recorded"),
    _text("diagnosis", "diagnosis as written"),
    _text("gingival_diagnosis", "gingival diagnosis as written"),
    _text("peri_implant_diagnosis", "peri-implant diagnosis as written"),
    _code("prognosis", "overall prognosis", *_PROGNOSIS),
    _decimal("bone_loss_pct", "radiographic bone loss in percent"),
    _integer("teeth_lost_to_perio", "teeth lost to periodontitis"),
    _text("gingiva_color", "colour of the gingiva"),
    _text("gingiva_contour", "contour of the gingiva"),
    _text("gingiva_consistency", "consistency of the gingiva"),
    _text("gingiva_texture", "texture of the gingiva"),
    _text("papillae", "state of the papillae"),
    _code("bleeding_severity", "severity of bleeding", *_SEVERITY),
    _code("exudate_severity", "severity of exudate", *_SEVERITY),
    _code("oral_hygiene", "oral hygiene", "EXCELLENT", "GOOD", "FAIR", "POOR"),
    _code("plaque_level", "amount of plaque", *_SEVERITY),
    _code("calculus_supra", "supragingival calculus", *_SEVERITY),
    _code("calculus_sub", "subgingival calculus", *_SEVERITY),
    _code("stain", "stain", *_SEVERITY),
    _text("radiograph_type", "kind of radiographs"),
    _date("radiograph_date", "day of the radiographs"),
    _text("bone_pattern", "pattern of bone loss"),
    _code("bone_loss_severity", "severity of bone loss", *_SEVERITY),
    _text("bone_defects", "bone defects"),
    _text("occlusion", "occlusal findings"),
    _text("parafunction", "bruxism, clenching and the like"),
    _boolean("occlusal_guard", "whether an occlusal guard is worn"),
    _text("tmj_finding", "temporomandibular findings"),
    _code("smoking", "smoking", "NEVER", "FORMER", "CURRENT", "UNKNOWN"),
    _integer("cigarettes_per_day", "cigarettes a day"),
    _code(
        "diabetes",
        "diabetes",
        "NO",
        "PRE_DIABETES",
        "CONTROLLED",
        "UNCONTROLLED",
        "TYPE_1",
        "TYPE_2",
        "YES",
        "UNKNOWN",
    ),
    _decimal("hba1c_pct", "glycated haemoglobin in percent"),
    _integer("recall_months", "recall interval in months"),
    _text("recommended_next", "recommended next step"),
    _text("note", "note on the exam"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

PERIO_CHART = _entity(
    "perio_chart",
    "Perio chart",
    "the chart of one exam: every tooth with its sites",
    _KEY,
    _PATIENT,
    _key("exam_key", "the exam it belongs to", "perio_exam", required=True),
    Attribute("teeth", Kind.TEETH, "every tooth that the source has something about"),
    patient_scoped=True,
)

FINDING_DEFINITION = _entity(
    "finding_definition",
    "Finding definition",
    "a finding that the practice defined for itself",
    _KEY,
    _text("label", "what the practice calls the finding", required=True),
    _code("value_type", "what it allows", "TEXT", "NUMBER", "YES_NO", "CHOICE", "DATE"),
    _text("choices", "its choices, with | between"),
    patient_scoped=False,
)

CUSTOM_FINDING = _entity(
    "custom_finding",
    "Custom finding",
    "the value of a finding that the practice defined for itself, at one exam",
    _KEY,
    _PATIENT,
    _key("exam_key", "the exam it belongs to", "perio_exam", required=True),
    _key("definition_key", "the finding's definition", "finding_definition"),
    _text("label", "what the practice calls the finding", required=True),
    _code("value_type", "what its definition allows", "TEXT", "NUMBER", "YES_NO", "CHOICE", "DATE"),
    _text("choices", "the choices of its definition"),
    _text("value", "the value as stored"),
    patient_scoped=True,
)

TREATMENT_PLAN = _entity(
    "treatment_plan",
    "Treatment plan",
    "a plan as saved: a snapshot of what was proposed",
    _KEY,
    _PATIENT,
    _key("provider_key", "who made the plan", "provider"),
    _key("exam_key", "the exam that it follows from", "perio_exam"),
    _text("name", "name of the plan"),
    _code(
        "status", "state of the plan", "DRAFT", "PROPOSED", "ACCEPTED", "COMPLETED", "DECLINED", "INACTIVE"
    ),
    _date("plan_date", "day of the plan"),
    _text("goal", "goal as written"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

TREATMENT_PHASE = _entity(
    "treatment_phase",
    "Treatment phase",
    "one phase of a plan",
    _KEY,
    _PATIENT,
    _key("plan_key", "the plan it belongs to", "treatment_plan", required=True),
    _key("provider_key", "who carries it out", "provider"),
    _integer("phase_order", "place among the phases of the plan, from 1"),
    _text("label", "what the practice calls the phase"),
    _code("status", "state of the phase", *_COMPLETION),
    _date("start_date", "first day"),
    _date("end_date", "last day"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

PLANNED_PROCEDURE = _entity(
    "planned_procedure",
    "Planned procedure",
    "one procedure of a phase",
    _KEY,
    _PATIENT,
    _key("phase_key", "the phase it belongs to", "treatment_phase", required=True),
    _integer("item_order", "place within the phase"),
    _text("pms_code", "code in the practice management system, as stored"),
    _text("ada_code", "ADA procedure code (CDT number), as stored"),
    _text("clinical_description", "what the clinical record calls it"),
    _text("letter_description", "what letters call it"),
    _text("tooth_area", "tooth, quadrant, arch or range, as stored"),
    _text("surface", "surfaces"),
    _decimal("fee", "fee"),
    _code(
        "status", "state of the procedure; EXISTING is work found, not planned here", *_COMPLETION, "EXISTING"
    ),
    _date("planned_on", "day planned"),
    _date("completed_on", "day completed"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

PERIO_COMPARISON = _entity(
    "perio_comparison",
    "Perio comparison",
    "up to five exams set side by side",
    _KEY,
    _PATIENT,
    _text("title", "title of the comparison"),
    _key("baseline_exam_key", "the exam the others are compared with", "perio_exam"),
    *(_key(f"exam{number}_key", f"exam {number} of the comparison", "perio_exam") for number in range(1, 6)),
    _text("measures", "what is compared"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

CLINICAL_NOTE = _entity(
    "clinical_note",
    "Clinical note",
    "a progress note",
    _KEY,
    _PATIENT,
    _key("provider_key", "who wrote it", "provider"),
    _moment("noted_at", "when it was written", required=True),
    _text("subject", "subject"),
    _text("body", "text: plain, HTML or RTF"),
    _MODIFIED,
    patient_scoped=True,
)

LETTER = _entity(
    "letter",
    "Letter",
    "a letter as it was generated",
    _KEY,
    _PATIENT,
    _key("template_key", "the template it was made from", "letter_template"),
    _key("referral_key", "the referral source it went to", "referral_source"),
    _text("recipient", "name of the recipient"),
    _moment("written_at", "when it was generated", required=True),
    _text("body", "text: plain, HTML or RTF"),
    _MODIFIED,
    patient_scoped=True,
)

LETTER_TEMPLATE = _entity(
    "letter_template",
    "Letter template",
    "a template with merge fields",
    _KEY,
    _text("name", "name of the template", required=True),
    _text("body", "text with merge fields"),
    _MODIFIED,
    patient_scoped=False,
)

APPOINTMENT = _entity(
    "appointment",
    "Appointment",
    "an appointment and what became of it",
    _KEY,
    _PATIENT,
    _key("provider_key", "with whom", "provider"),
    _key("location_key", "where", "practice_location"),
    _text("operatory", "operatory"),
    _moment("starts_at", "when it begins", required=True),
    _integer("minutes", "length in minutes"),
    _text("procedure", "what for"),
    _code(
        "outcome",
        "what became of it",
        "SCHEDULED",
        "COMPLETED",
        "NO_SHOW",
        "CANCELLED",
        "RESCHEDULED",
        "UNSCHEDULED",
    ),
    _key("successor_key", "the appointment it was moved to", "appointment"),
    _CREATED,
    _MODIFIED,
    patient_scoped=True,
)

DOCUMENT = _entity(
    "document",
    "Document",
    "a stored file",
    _KEY,
    _PATIENT,
    _key("exam_key", "the exam it belongs to", "perio_exam"),
    _text("file_name", "name of the file", required=True),
    Attribute("content", Kind.BYTES, "the bytes of the file"),
    _moment("scanned_at", "when it was stored"),
    _MODIFIED,
    patient_scoped=True,
)

ENTITIES: Mapping[str, Entity] = {
    each.name: each
    for each in (
        PRACTICE_LOCATION,
        PROVIDER,
        REFERRAL_SOURCE,
        REFERRING_PRACTICE,
        PATIENT,
        INSURANCE_POLICY,
        TREATMENT_PLAN,
        TREATMENT_PHASE,
        PLANNED_PROCEDURE,
        PERIO_EXAM,
        PERIO_CHART,
        FINDING_DEFINITION,
        CUSTOM_FINDING,
        PERIO_COMPARISON,
        CLINICAL_NOTE,
        LETTER,
        LETTER_TEMPLATE,
        APPOINTMENT,
        DOCUMENT,
    )
}
"""Every entity by name, parents before children."""
