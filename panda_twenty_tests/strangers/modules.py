"""A vendor of long names with the module in front: persons shared by roles, enumerations, soft deletes.

A patient and a practitioner are each one person and share its number. Rows are never deleted but flagged,
audit moments are in UTC, and the chart is one row per site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from panda_twenty.panda.profile.chart import SiteRows
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, chance, numbered, shifted, six
from panda_twenty_tests.strangers.junk import JUNK_WORDS
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values
from panda_twenty_tests.strangers.truth import AttributeName

_C = Column
_ZONE = ZoneInfo("America/Chicago")
_PATIENT, _PRACTITIONER = shifted(10_000), shifted(100)
_DELETED = 800_000
"""Numbers of deleted rows start here, so that they are nobody else's."""


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _utc(value: str) -> str:
    """A moment by the practice's clock as the server's own."""
    local = datetime.fromisoformat(value).replace(tzinfo=_ZONE)
    return local.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


_KINDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "GenderType": (("U", "Unknown"), ("F", "Female"), ("M", "Male"), ("X", "Other")),
    "PatientStatusType": (("A", "Active"), ("I", "Inactive"), ("D", "Deceased")),
    "InsuredRelationshipType": (
        ("SELF", "Self"),
        ("SPOUSE", "Spouse"),
        ("CHILD", "Child"),
        ("OTHER", "Other"),
    ),
    "EncounterType": (
        ("I", "Comprehensive"),
        ("M", "Maintenance"),
        ("P", "PostSurgical"),
        ("R", "ReEvaluation"),
        ("S", "Screening"),
    ),
    "PeriodontitisStageType": tuple((stage, f"Stage{stage}") for stage in ("I", "II", "III", "IV")),
    "PeriodontitisGradeType": tuple((grade, f"Grade{grade}") for grade in "ABC"),
    "DiseaseExtentType": (("L", "Localized"), ("G", "Generalized"), ("M", "MolarIncisorPattern")),
    "PrognosisType": (
        ("G", "Good"),
        ("F", "Fair"),
        ("P", "Poor"),
        ("Q", "Questionable"),
        ("H", "Hopeless"),
    ),
    "OralHygieneType": (("G", "Good"), ("F", "Fair"), ("P", "Poor")),
    "TobaccoUseType": (("N", "Never"), ("F", "Former"), ("C", "Current")),
    "DiabetesType": (("N", "None"), ("P", "PreDiabetes"), ("1", "Type1"), ("2", "Type2")),
    "CarePlanStatusType": (("P", "Proposed"), ("A", "Accepted"), ("C", "Completed"), ("R", "Declined")),
    "StageStatusType": (("O", "Proposed"), ("I", "InProgress"), ("C", "Completed")),
    "ServiceStatusType": (("T", "Proposed"), ("C", "Completed"), ("D", "Declined"), ("E", "Existing")),
    "BookingStatusType": (
        ("S", "Scheduled"),
        ("C", "Completed"),
        ("X", "Cancelled"),
        ("N", "NoShow"),
        ("R", "Rescheduled"),
    ),
    "ObservationValueType": (
        ("N", "Number"),
        ("T", "Text"),
        ("B", "YesNo"),
        ("C", "Choice"),
        ("D", "Date"),
    ),
    "ToothStatusType": (
        ("P", "Present"),
        ("M", "Missing"),
        ("I", "Implant"),
        ("U", "Unerupted"),
        ("X", "NotExamined"),
    ),
}


def _codes(kind: str) -> Mapping[str, int]:
    return numbered([theirs for theirs, _ in _KINDS[kind]], start=0)


def _coded(name: str, of: str, kind: str, *also: AttributeName) -> Column:
    words = dict(_KINDS[kind])
    return _C(name, "TINYINT", of, codes=_codes(kind), words=words, listed_in=(kind, "Name"), also=also)


def _kind_table(kind: str) -> Table:
    rows = [{"number": number, "name": name} for number, (_, name) in enumerate(_KINDS[kind])]
    return Table(
        kind,
        (
            _C(f"{kind}Id", "TINYINT", made=_carried("number")),
            _C("Name", "NVARCHAR(50)", made=_carried("name")),
            _C("SortOrder", "INT", made=lambda row: 10 * row["number"]),
            _C("IsDeleted", "BIT", made=lambda row: 0),
        ),
        rows=lambda _: rows,
        key=(f"{kind}Id",),
    )


def _audited(*, created: bool = False) -> tuple[Column, ...]:
    def by(row: Mapping[str, Any]) -> int:
        return 1 + len(row["ModifiedOn"]) % 7

    made_on = (
        _C("CreatedDateUtc", "DATETIME", "CreatedOn", written=_utc, zone="UTC")
        if created
        else _C("CreatedDateUtc", "DATETIME", made=lambda row: _utc(row["ModifiedOn"]))
    )
    return (
        _C("CreatedByUserId", "INT", made=by),
        made_on,
        _C("LastModifiedByUserId", "INT", made=by),
        _C("LastModifiedDateUtc", "DATETIME", "ModifiedOn", written=_utc, zone="UTC"),
        _C("IsDeleted", "BIT", made=lambda row: row.get("IsDeleted", 0)),
        _C("RowVersion", "BINARY(8)", made=lambda row: b"\x00\x00\x00\x00\x00\x01\x86\xa0"),
    )


def _with_deleted(table: str, key: str, *, every: int) -> Callable[[Practice], Iterator[Values]]:
    """Each ``every``-th row once more as it was entered by mistake and deleted."""

    def rows(practice: Practice) -> Iterator[Values]:
        for number, row in enumerate(practice.rows(table)):
            yield row
            if number % every == 1:
                yield {**row, key: _DELETED + row[key], "IsDeleted": 1}

    return rows


def _persons(practice: Practice) -> Iterator[Values]:
    of_patients = (
        "Title Suffix PreferredName Sex BirthDate SSN HomePhone MobilePhone Street Street2 City State Zip"
    ).split()
    for row in practice.rows("Provider"):
        yield {
            **dict.fromkeys(of_patients),
            **row,
            "person": _PRACTITIONER(row["ProviderID"]),
            "WorkPhone": row["Phone"],
        }
    for patient in _with_deleted("Patient", "PatientID", every=23)(practice):
        yield {**patient, "person": _PATIENT(patient["PatientID"])}


def _both(attribute: str) -> tuple[AttributeName, ...]:
    return (("patient", attribute), ("provider", attribute))


def _of_patient(attribute: str) -> tuple[AttributeName, ...]:
    return (("patient", attribute),)


def _companies(practice: Practice) -> Iterator[Values]:
    carriers = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    for number, name in enumerate(carriers, 1):
        yield {"CompanyNumber": number, "Carrier": name}


def _coverages(practice: Practice) -> Iterator[Values]:
    numbers = {row["Carrier"]: row["CompanyNumber"] for row in _companies(practice)}
    patients = practice.by_key("Patient", "PatientID")
    for row in practice.rows("PatientInsurance"):
        owner = patients[row["PatientID"]]
        yield {
            **row,
            "CompanyNumber": numbers[row["Carrier"]],
            "SSN": owner["SSN"],
            "Born": owner["BirthDate"],
        }


_SITES = (
    (1, 0, "DB", "DistoBuccal"),
    (2, 1, "B", "MidBuccal"),
    (3, 2, "MB", "MesioBuccal"),
    (4, 3, "DL", "DistoLingual"),
    (5, 4, "L", "MidLingual"),
    (6, 5, "ML", "MesioLingual"),
)
_ENTRANCES = {"B": "B", "L": "L", "ML": "M", "DL": "D"}
_BLOCKED = 255


def _reading(value: int | None) -> int | None:
    return _BLOCKED if value == NOT_ASSESSABLE else value


def _sites(practice: Practice) -> Iterator[Values]:
    number = 0
    for row in practice.rows("PerioTooth"):
        depths, margins = six(row, "Pd"), six(row, "Gm")
        marks = {name: bits(row[name]) for name in ("Bleeding", "Suppuration", "Plaque", "Calculus")}
        for code, place, name, _label in _SITES:
            if row["ToothStatus"] in "MUX" and code != 1:
                continue
            number += 1
            yield {
                **row,
                "number": number,
                "SiteCode": code,
                "Depth": _reading(depths[place]),
                "Margin": _reading(margins[place]),
                **{mark: values[place] for mark, values in marks.items()},
                "Furcation": row[f"Furc{_ENTRANCES[name]}"] if name in _ENTRANCES else None,
            }


_CHART = SiteRows(
    shape="site_rows",
    notation="universal",
    gingival_margin_sign="recession_positive",
    not_assessable=(str(_BLOCKED),),
    tooth="ToothNumber",
    site="PerioSiteTypeId",
    site_codes={str(code): name for code, _, name, _ in _SITES},
    measures={"probing_depth": "ProbingDepthMm", "gingival_margin": "RecessionMm"},
    marks={
        "bleeding": "IsBleeding",
        "suppuration": "IsSuppurating",
        "plaque": "HasPlaque",
        "calculus": "HasCalculus",
    },
    mark_present=("1",),
    mark_absent=("0",),
    furcation="FurcationGrade",
    tooth_level={
        "status": "ToothStatusTypeId",
        "mobility": "MobilityGrade",
        "mucogingival_junction": {"facial": "FacialMucogingivalMm", "lingual": "LingualMucogingivalMm"},
        "prognosis": "PrognosisTypeId",
    },
    status_codes={"0": "PRESENT", "1": "MISSING", "2": "IMPLANT", "3": "UNERUPTED", "4": "NOT_EXAMINED"},
    prognosis_codes={"0": "GOOD", "1": "FAIR", "2": "POOR", "3": "QUESTIONABLE", "4": "HOPELESS"},
)


def _patient(*also: AttributeName) -> Column:
    return _C("PatientId", "INT", "PatientID", written=_PATIENT, also=also)


def _practitioner(name: str = "PractitionerId") -> Column:
    return _C(name, "INT", "ProviderID", written=_PRACTITIONER)


_FACILITY = _C("FacilityId", "INT", "OfficeID")
_TO_PATIENT = {"PatientId": ("Patient", "PersonId")}

_PEOPLE = (
    Table(
        "Facility",
        (
            _FACILITY,
            _C("FacilityName", "NVARCHAR(80)", "OfficeName"),
            _C("AddressLine1", "NVARCHAR(80)", "Street"),
            _C("AddressLine2", "NVARCHAR(80)", "Street2"),
            _C("CityName", "NVARCHAR(50)", "City"),
            _C("StateCode", "NVARCHAR(10)", "State"),
            _C("PostalCode", "NVARCHAR(12)", "Zip"),
            _C("MainTelephone", "NVARCHAR(40)", "Phone"),
            _C("NationalProviderIdentifier", "NVARCHAR(12)", "NPI"),
            _C("WebsiteUrl", "NVARCHAR(120)", "Website"),
            _C("IsPrimaryFacility", "BIT", "IsMain"),
            *_audited(),
        ),
        of="Office",
        key=("FacilityId",),
    ),
    Table(
        "Person",
        (
            _C("PersonId", "INT", made=_carried("person")),
            _C("Salutation", "NVARCHAR(10)", "Title", also=_of_patient("title")),
            _C("GivenName", "NVARCHAR(50)", "FirstName", also=_both("first_name")),
            _C("MiddleName", "NVARCHAR(5)", "MiddleInitial", also=_both("middle_name")),
            _C("Surname", "NVARCHAR(60)", "LastName", also=_both("last_name")),
            _C("NameSuffix", "NVARCHAR(10)", "Suffix", also=_of_patient("suffix")),
            _C("KnownAs", "NVARCHAR(50)", "PreferredName", also=_of_patient("preferred_name")),
            _coded("GenderTypeId", "Sex", "GenderType", ("patient", "sex")),
            _C("DateOfBirth", "DATETIME", "BirthDate", also=_of_patient("birth_date")),
            _C("GovernmentIdNumber", "NVARCHAR(11)", "SSN"),
            _C("HomeTelephone", "NVARCHAR(40)", "HomePhone", also=_of_patient("home_phone")),
            _C(
                "BusinessTelephone",
                "NVARCHAR(40)",
                "WorkPhone",
                also=(("patient", "work_phone"), ("provider", "phone")),
            ),
            _C("CellTelephone", "NVARCHAR(40)", "MobilePhone", also=_of_patient("mobile_phone")),
            _C("EmailAddress", "NVARCHAR(160)", "Email", also=_both("email")),
            _C("AddressLine1", "NVARCHAR(80)", "Street", also=_of_patient("street")),
            _C("AddressLine2", "NVARCHAR(80)", "Street2", also=_of_patient("street2")),
            _C("CityName", "NVARCHAR(50)", "City", also=_of_patient("city")),
            _C("StateCode", "NVARCHAR(10)", "State", also=_of_patient("state")),
            _C("PostalCode", "NVARCHAR(12)", "Zip", also=_of_patient("postal_code")),
            *(_C(column.name, column.type, made=column.value) for column in _audited()),
        ),
        rows=_persons,
        key=("PersonId",),
    ),
    Table(
        "Practitioner",
        (
            _practitioner("PersonId"),
            _FACILITY,
            _C("ProfessionalDesignation", "NVARCHAR(40)", "Credentials"),
            _C("SpecialtyName", "NVARCHAR(40)", "Specialty"),
            _C("NationalProviderIdentifier", "NVARCHAR(12)", "NPI"),
            _C("IsActive", "BIT", "IsActive"),
            _C("BookingColorArgb", "INT", made=lambda row: -256 * row["ProviderID"]),
            *_audited(),
        ),
        of="Provider",
        key=("PersonId",),
        foreign_keys={"PersonId": ("Person", "PersonId")},
    ),
    Table(
        "Referrer",
        (
            _C("ReferrerId", "INT", "RefDrID"),
            _C("GivenName", "NVARCHAR(50)", "FirstName"),
            _C("Surname", "NVARCHAR(60)", "LastName"),
            _C("ProfessionalDesignation", "NVARCHAR(40)", "Credentials"),
            _C("OrganizationName", "NVARCHAR(100)", "PracticeName"),
            _C("AddressLine1", "NVARCHAR(80)", "Street"),
            _C("CityName", "NVARCHAR(50)", "City"),
            _C("StateCode", "NVARCHAR(10)", "State"),
            _C("PostalCode", "NVARCHAR(12)", "Zip"),
            _C("BusinessTelephone", "NVARCHAR(40)", "Phone"),
            _C("FacsimileNumber", "NVARCHAR(40)", "Fax"),
            _C("EmailAddress", "NVARCHAR(120)", "Email"),
            *_audited(),
        ),
        of="RefDoctor",
        key=("ReferrerId",),
    ),
    Table(
        "Patient",
        (
            _C("PersonId", "INT", "PatientID", written=_PATIENT),
            _C("RecordNumber", "NVARCHAR(20)", "ChartNo"),
            _C("ExternalSystemId", "NVARCHAR(20)", "PmsPatNum"),
            _C("HomeFacilityId", "INT", "OfficeID"),
            _practitioner("PrimaryPractitionerId"),
            _C("ReferrerId", "INT", "RefDrID"),
            _coded("PatientStatusTypeId", "Status", "PatientStatusType"),
            _C("InitialVisitDate", "DATETIME", "FirstVisit"),
            _C("ClinicalWarningText", "NVARCHAR(400)", "MedicalAlert"),
            _C("NextRecallDate", "DATETIME", made=lambda row: f"2026-{1 + row['PatientID'] % 12:02d}-01"),
            _C("IsBillingContact", "BIT", made=lambda row: int(row["PatientID"] % 4 == 0)),
            _C(
                "StatusNote", "NVARCHAR(20)", made=lambda row: ("OK", "Call")[row["PatientID"] % 2], lure=True
            ),
            *_audited(created=True),
        ),
        of="Patient",
        rows=_with_deleted("Patient", "PatientID", every=23),
        key=("PersonId",),
        foreign_keys={"PersonId": ("Person", "PersonId")},
        deleted="IsDeleted",
    ),
    Table(
        "InsuranceCompany",
        (
            _C("InsuranceCompanyId", "INT", made=_carried("CompanyNumber")),
            _C("CompanyName", "NVARCHAR(80)", "Carrier"),
            _C("ElectronicPayerCode", "NVARCHAR(10)", made=lambda row: f"{row['CompanyNumber'] * 137:05d}"),
        ),
        of="PatientInsurance",
        rows=_companies,
        key=("InsuranceCompanyId",),
        is_part=True,
    ),
    Table(
        "InsuranceCoverage",
        (
            _C("InsuranceCoverageId", "INT", "InsuranceID"),
            _patient(),
            _C("InsuranceCompanyId", "INT", made=_carried("CompanyNumber")),
            _C("CoverageSequence", "TINYINT", "Priority"),
            _C("MemberNumber", "NVARCHAR(40)", "PolicyNo"),
            _C("GroupNumber", "NVARCHAR(40)", "GroupNo"),
            _coded("InsuredRelationshipTypeId", "SubscriberRel", "InsuredRelationshipType"),
            _C("SubscriberGovernmentIdNumber", "NVARCHAR(11)", "SSN"),
            _C("SubscriberDateOfBirth", "DATETIME", made=_carried("Born"), lure=True),
            _C("PreventivePercentage", "DECIMAL(5,2)", "PreventivePct"),
            _C("BasicPercentage", "DECIMAL(5,2)", "BasicPct"),
            _C("MajorPercentage", "DECIMAL(5,2)", "MajorPct"),
            *_audited(),
        ),
        of="PatientInsurance",
        rows=_coverages,
        key=("InsuranceCoverageId",),
        foreign_keys={"InsuranceCompanyId": ("InsuranceCompany", "InsuranceCompanyId")},
    ),
)

_CLINICAL = (
    Table(
        "ClinicalEncounter",
        (
            _C("EncounterId", "INT", "ExamID"),
            _patient(("perio_chart", "patient_key"), ("custom_finding", "patient_key")),
            _practitioner(),
            _FACILITY,
            _C("EncounterDate", "DATETIME", "ExamDate"),
            _coded("EncounterTypeId", "ExamType", "EncounterType"),
            _C("IsBaselineEncounter", "BIT", "IsBaseline"),
            _coded("PeriodontitisStageTypeId", "DxStage", "PeriodontitisStageType"),
            _coded("PeriodontitisGradeTypeId", "DxGrade", "PeriodontitisGradeType"),
            _coded("DiseaseExtentTypeId", "DxExtent", "DiseaseExtentType"),
            _C("LegacyCaseClassification", "NVARCHAR(10)", "CaseType"),
            _C("DiagnosisDescription", "NVARCHAR(200)", "DxText"),
            _coded("OverallPrognosisTypeId", "Prognosis", "PrognosisType"),
            _coded("OralHygieneTypeId", "OralHygiene", "OralHygieneType"),
            _coded("TobaccoUseTypeId", "Smoking", "TobaccoUseType"),
            _C("CigarettesPerDay", "INT", "CigsPerDay"),
            _coded("DiabetesTypeId", "Diabetes", "DiabetesType"),
            _C("GlycatedHemoglobin", "DECIMAL(4,1)", "HbA1c"),
            _C("BleedingSitePercentage", "DECIMAL(5,1)", "BopPct"),
            _C("AverageProbingDepthMm", "DECIMAL(5,2)", "MeanPd"),
            _C("RecallIntervalMonths", "INT", "RecallMonths"),
            _C("EncounterComments", "NVARCHAR(2000)", "ExamNote"),
            *_audited(created=True),
        ),
        of="PerioExam",
        key=("EncounterId",),
        foreign_keys=_TO_PATIENT,
        indexes=(("PatientId",),),
    ),
    Table(
        "ClinicalPerioChartEntry",
        (
            _C("PerioChartEntryId", "INT", made=_carried("number")),
            _C("EncounterId", "INT", "ExamID"),
            _C("ToothNumber", "TINYINT", "ToothNo"),
            _C("PerioSiteTypeId", "TINYINT", "SiteCode"),
            _C("ProbingDepthMm", "SMALLINT", "Depth"),
            _C("RecessionMm", "SMALLINT", "Margin"),
            _C("IsBleeding", "BIT", "Bleeding"),
            _C("IsSuppurating", "BIT", "Suppuration"),
            _C("HasPlaque", "BIT", "Plaque"),
            _C("HasCalculus", "BIT", "Calculus"),
            _C("FurcationGrade", "TINYINT", "Furcation"),
            _C("ToothStatusTypeId", "TINYINT", "ToothStatus", codes=_codes("ToothStatusType")),
            _C("MobilityGrade", "NVARCHAR(3)", "Mobility"),
            _C("FacialMucogingivalMm", "TINYINT", "MgjFacial"),
            _C("LingualMucogingivalMm", "TINYINT", "MgjLingual"),
            _C("PrognosisTypeId", "TINYINT", "Prognosis", codes=_codes("PrognosisType")),
            _C("IsDeleted", "BIT", made=lambda row: 0),
        ),
        of="PerioTooth",
        rows=_sites,
        key=("PerioChartEntryId",),
        foreign_keys={"EncounterId": ("ClinicalEncounter", "EncounterId")},
        indexes=(("EncounterId", "ToothNumber", "PerioSiteTypeId"),),
    ),
    Table(
        "PerioSiteType",
        (
            _C("PerioSiteTypeId", "TINYINT", made=_carried("code")),
            _C("Name", "NVARCHAR(30)", made=_carried("label")),
        ),
        rows=lambda _: [{"code": code, "label": label} for code, _, _, label in _SITES],
        key=("PerioSiteTypeId",),
    ),
    Table(
        "ClinicalObservationDefinition",
        (
            _C("ObservationDefinitionId", "INT", "FindingID"),
            _C("DisplayLabel", "NVARCHAR(60)", "Label"),
            _coded("ObservationValueTypeId", "ValueType", "ObservationValueType"),
            _C("AllowedValues", "NVARCHAR(400)", "Choices"),
            _C("IsEnabled", "BIT", made=_carried("IsActive")),
        ),
        of="FindingDef",
        key=("ObservationDefinitionId",),
    ),
    Table(
        "ClinicalObservation",
        (
            _C("EncounterId", "INT", "ExamID"),
            _C("ObservationDefinitionId", "INT", "FindingID"),
            _C("ObservedValue", "NVARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("EncounterId", "ObservationDefinitionId"),
    ),
    Table(
        "ClinicalEncounterComparison",
        (
            _C("EncounterComparisonId", "INT", "ComparisonID"),
            _patient(),
            _C("ComparisonTitle", "NVARCHAR(80)", "Title"),
            _C("BaselineEncounterId", "INT", "BaselineExamID"),
            *(
                _C(f"{ordinal}EncounterId", "INT", f"Exam{place}ID")
                for place, ordinal in enumerate(("First", "Second", "Third", "Fourth", "Fifth"), 1)
            ),
            _C("SelectedMeasurements", "NVARCHAR(80)", "Measures"),
            *_audited(created=True),
        ),
        of="Comparison",
        key=("EncounterComparisonId",),
    ),
    Table(
        "ClinicalNoteEntry",
        (
            _C("NoteEntryId", "INT", "NoteID"),
            _patient(),
            _practitioner("AuthorPractitionerId"),
            _C("EntryDateTime", "DATETIME", "NoteDate"),
            _C("Headline", "NVARCHAR(120)", "Subject"),
            _C("Narrative", "NVARCHAR(4000)", "NoteBody"),
            *_audited(),
        ),
        of="ProgressNote",
        rows=_with_deleted("ProgressNote", "NoteID", every=9),
        key=("NoteEntryId",),
        foreign_keys=_TO_PATIENT,
        deleted="IsDeleted",
    ),
)

_TREATMENT = (
    Table(
        "TreatmentCarePlan",
        (
            _C("CarePlanId", "INT", "PlanID"),
            _patient(("treatment_phase", "patient_key"), ("planned_procedure", "patient_key")),
            _practitioner(),
            _C("EncounterId", "INT", "ExamID"),
            _C("CarePlanName", "NVARCHAR(80)", "PlanName"),
            _coded("CarePlanStatusTypeId", "PlanStatus", "CarePlanStatusType"),
            _C("PresentedDate", "DATETIME", "PlanDate"),
            _C("Objective", "NVARCHAR(400)", "Goal"),
            *_audited(created=True),
        ),
        of="TxPlan",
        key=("CarePlanId",),
    ),
    Table(
        "TreatmentCarePlanStage",
        (
            _C("CarePlanStageId", "INT", "PhaseID"),
            _C("CarePlanId", "INT", "PlanID"),
            _C("StageSequence", "TINYINT", "PhaseOrder"),
            _C("StageName", "NVARCHAR(60)", "PhaseLabel"),
            _coded("StageStatusTypeId", "PhaseStatus", "StageStatusType"),
            _practitioner(),
            _C("CommencedDate", "DATETIME", "StartDate"),
            _C("FinishedDate", "DATETIME", "EndDate"),
            *_audited(),
        ),
        of="TxPhase",
        key=("CarePlanStageId",),
        foreign_keys={"CarePlanId": ("TreatmentCarePlan", "CarePlanId")},
    ),
    Table(
        "TreatmentCarePlanService",
        (
            _C("CarePlanServiceId", "INT", "ItemID"),
            _C("CarePlanStageId", "INT", "PhaseID"),
            _C("ServiceSequence", "SMALLINT", "ItemOrder"),
            _C("ServiceCode", "NVARCHAR(12)", "PmsCode"),
            _C("CdtCode", "NVARCHAR(12)", "AdaCode"),
            _C("ServiceDescription", "NVARCHAR(120)", "ClinicalDesc"),
            _C("CorrespondenceDescription", "NVARCHAR(160)", "LetterDesc"),
            _C("OralRegion", "NVARCHAR(20)", "ToothArea"),
            _C("SurfaceCodes", "NVARCHAR(10)", "Surface"),
            _C("FeeAmount", "MONEY", "Fee"),
            _coded("ServiceStatusTypeId", "ItemStatus", "ServiceStatusType"),
            _C("ProposedDate", "DATETIME", "PlannedOn"),
            _C("PerformedDate", "DATETIME", "CompletedOn"),
            *_audited(),
        ),
        of="TxItem",
        rows=_with_deleted("TxItem", "ItemID", every=17),
        key=("CarePlanServiceId",),
        deleted="IsDeleted",
    ),
)

_OFFICE = (
    Table(
        "CorrespondenceTemplate",
        (
            _C("CorrespondenceTemplateId", "INT", "TemplateID"),
            _C("TemplateTitle", "NVARCHAR(80)", "TemplateName"),
            _C("TemplateMarkup", "NTEXT", "Body"),
            *_audited(),
        ),
        of="LetterTemplate",
        key=("CorrespondenceTemplateId",),
    ),
    Table(
        "Correspondence",
        (
            _C("CorrespondenceId", "INT", "LetterID"),
            _patient(),
            _C("CorrespondenceTemplateId", "INT", "TemplateID"),
            _C("ReferrerId", "INT", "RefDrID"),
            _C("AddresseeName", "NVARCHAR(120)", "RecipientName"),
            _C("ProducedDateTime", "DATETIME", "LetterDate"),
            _C("ContentMarkup", "NTEXT", "Body"),
            *_audited(),
        ),
        of="Letter",
        key=("CorrespondenceId",),
        foreign_keys=_TO_PATIENT,
    ),
    Table(
        "SchedulingBooking",
        (
            _C("BookingId", "INT", "AppointmentID"),
            _patient(),
            _practitioner(),
            _FACILITY,
            _C("TreatmentRoom", "NVARCHAR(20)", "Operatory"),
            _C("StartDateTime", "DATETIME", "StartsAt"),
            _C("DurationMinutes", "INT", "Minutes"),
            _C("ReasonForVisit", "NVARCHAR(120)", "ProcedureText"),
            _coded("BookingStatusTypeId", "Outcome", "BookingStatusType"),
            _C("ReplacementBookingId", "INT", "RescheduledTo"),
            _C("ReminderStatus", "NVARCHAR(10)", made=lambda row: ("Sent", "None")[row["AppointmentID"] % 2]),
            *_audited(),
        ),
        of="Appointment",
        rows=_with_deleted("Appointment", "AppointmentID", every=11),
        key=("BookingId",),
        foreign_keys=_TO_PATIENT,
        deleted="IsDeleted",
    ),
    Table(
        "ImagingAttachment",
        (
            _C("AttachmentId", "INT", "DocumentID"),
            _patient(),
            _C("EncounterId", "INT", "ExamID"),
            _C("OriginalFileName", "NVARCHAR(120)", "FileName"),
            _C("BinaryContent", "VARBINARY(8000)", "Content"),
            _C("AcquiredDateTime", "DATETIME", "ScannedOn"),
            *_audited(),
        ),
        of="PatientDocument",
        key=("AttachmentId",),
    ),
)


def _transactions(practice: Practice) -> Iterator[Values]:
    number = 0
    for row in practice.rows("Patient"):
        rng = chance(row, "transactions", "PatientID")
        for _ in range(rng.randrange(24)):
            number += 1
            yield {
                "number": number,
                "patient": _PATIENT(row["PatientID"]),
                "amount": rng.randrange(-5_000, 9_000) / 10,
                "day": f"20{rng.randrange(15, 26)}-0{rng.randrange(1, 10)}-14T00:00:00.000",
                "last": row["LastName"],
            }


_JUNK = (
    Table(
        "BillingTransaction",
        (
            _C("BillingTransactionId", "INT", made=_carried("number")),
            _C("PatientId", "INT", made=_carried("patient")),
            _C("TransactionDate", "DATETIME", made=_carried("day")),
            _C("Amount", "MONEY", made=_carried("amount")),
            _C("PaymentCardNumber", "NVARCHAR(20)", made=lambda row: "4000000000000002", never=True),
            _C("IsDeleted", "BIT", made=lambda row: 0),
        ),
        rows=_transactions,
        key=("BillingTransactionId",),
        junk=True,
    ),
    Table(
        "SystemAuditEntry",
        (
            _C("AuditEntryId", "BIGINT", made=_carried("number")),
            _C("EntityName", "NVARCHAR(60)", made=lambda row: "Patient"),
            _C("PatientId", "INT", made=_carried("patient")),
            _C("EventDateUtc", "DATETIME", made=_carried("day")),
            _C("OldValue", "NVARCHAR(200)", made=_carried("last")),
            _C("NewValue", "NVARCHAR(200)", made=_carried("last")),
        ),
        rows=_transactions,
        key=("AuditEntryId",),
        junk=True,
    ),
    Table(
        "SecurityUser",
        (
            _C("UserId", "INT", made=_carried("number")),
            _C("GivenName", "NVARCHAR(50)", made=_carried("word")),
            _C("Surname", "NVARCHAR(60)", made=_carried("word")),
            _C("PasswordHash", "NVARCHAR(64)", made=lambda row: "invented", never=True),
        ),
        rows=lambda _: [{"number": number, "word": word} for number, word in enumerate(JUNK_WORDS, 1)],
        key=("UserId",),
        junk=True,
    ),
    Table(
        "Person_Backup20110402",
        (
            _C("PersonId", "INT", made=lambda row: _PATIENT(row["PatientID"])),
            _C("GivenName", "NVARCHAR(50)", made=_carried("FirstName")),
            _C("Surname", "NVARCHAR(60)", made=_carried("LastName")),
            _C("DateOfBirth", "DATETIME", made=_carried("BirthDate")),
            _C("GovernmentIdNumber", "NVARCHAR(11)", made=_carried("SSN"), never=True),
        ),
        rows=lambda practice: (row for row in practice.rows("Patient") if row["PatientID"] % 3),
        junk=True,
    ),
)

MODULES = Stranger(
    "modules",
    (*_PEOPLE, *_CLINICAL, *_TREATMENT, *_OFFICE, *(_kind_table(kind) for kind in _KINDS), *_JUNK),
    "ClinicalPerioChartEntry",
    _CHART,
    views={
        "ReportingPatientList": "SELECT p.[PersonId], p.[GivenName] AS [FirstName],"
        " p.[Surname] AS [LastName], p.[DateOfBirth] AS [BirthDate]"
        " FROM [Person] AS p JOIN [Patient] AS q ON q.[PersonId] = p.[PersonId]"
    },
)
