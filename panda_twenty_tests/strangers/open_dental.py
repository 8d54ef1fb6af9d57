"""Open Dental's public schema, filled from the reference practice.

Names and types of tables and columns are Open Dental's, which are public; ``open_dental_columns.txt`` lists
them: the tables that matter here whole, the others with their first columns; two texts were made wider for
what the reference practice holds. As in Open Dental, nothing is
NULL, lists of codes are numbers that no table explains, and no key refers to another table by declaration.
What has no place there is not written: phases, custom findings, comparisons, letters as they were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import Any

from panda_twenty.panda.profile.chart import MeasureRows
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, six, ten_digits
from panda_twenty_tests.strangers.junk import JUNK_WORDS
from panda_twenty_tests.strangers.relaying import Column, Practice, Stranger, Table, Values
from panda_twenty_tests.strangers.truth import AttributeName

_NO_DAY, _NO_MOMENT = "0001-01-01", "0001-01-01T00:00:00.000"
_EMPTY = {
    "BIGINT": 0,
    "TINYINT": 0,
    "FLOAT": 0.0,
    "DATE": _NO_DAY,
    "DATETIME2": _NO_MOMENT,
    "TIME": "00:00:00",
}
_BOOKED, _DONE, _UNSCHEDULED, _BROKEN = 1, 2, 3, 5
_REFERRED_TO, _REFERRED_FROM = 0, 1
_SPECIALTIES, _PRIORITIES = 35, 20
"""Categories of the table ``definition``."""
_MOBILITY, _FURCATION, _MARGIN, _MGJ, _PROBING, _SKIP, _MARKS = range(7)
"""What a row of ``periomeasure`` measures; 7 is the attachment level, which is never stored."""
_NO_READING = -1
_SITE_COLUMNS = ("MBvalue", "Bvalue", "DBvalue", "MLvalue", "Lvalue", "DLvalue")
_FROM_REFERENCE_ORDER = (2, 1, 0, 5, 4, 3)
"""Where each of ``_SITE_COLUMNS`` stands in the reference practice's order of sites."""
_COVERAGE = {"PreventivePct": 2, "BasicPct": 3, "MajorPct": 4}


def _columns_of_tables() -> dict[str, tuple[tuple[str, str], ...]]:
    listed = resources.files(__package__).joinpath("open_dental_columns.txt").read_text(encoding="utf-8")
    tables = {}
    for line in listed.splitlines():
        name, _, columns = line.partition(": ")
        pairs = (column.rsplit(" ", 1) for column in columns.split(", "))
        tables[name] = tuple((column, type_) for column, type_ in pairs)
    return tables


_LISTED = _columns_of_tables()
_SECRET = {
    "SSN",
    "Password",
    "EmailPassword",
    "AccessToken",
    "RefreshToken",
    "MobileWebPin",
    "EClipboardClinicalPin",
    "CCNumberMasked",
    "XChargeToken",
}


def _of(of: str, **settings: Any) -> Callable[[str, str], Column]:
    """A column that carries ``of``; Open Dental's empty value stands for NULL."""

    def column(name: str, type_: str) -> Column:
        # Zero is a code like any other.
        blank = None if "codes" in settings else _empty(type_)
        return Column(name, type_, of, **{"blank": blank, **settings})

    return column


def _made(make: Callable[[Values], Any], **settings: Any) -> Callable[[str, str], Column]:
    return lambda name, type_: Column(name, type_, made=make, **settings)


def _meant(*acceptable: AttributeName) -> Callable[[str, str], Column]:
    """A column that means an attribute and stands empty."""
    return lambda name, type_: Column(name, type_, blank=_empty(type_), acceptable=acceptable)


def _empty(type_: str) -> Any:
    return _EMPTY.get(type_, "")


def _table(
    name: str,
    of: str | None = None,
    rows: Callable[[Practice], Iterable[Values]] | None = None,
    *,
    is_part: bool = False,
    junk: bool = False,
    **columns: Callable[[str, str], Column],
) -> Table:
    listed = _LISTED[name]
    unknown = columns.keys() - {column for column, _ in listed}
    if unknown:
        raise ValueError(f"Open Dental's {name} has no {', '.join(sorted(unknown))}")
    made = tuple(
        columns[column](column, type_)
        if column in columns
        else Column(column, type_, blank=_empty(type_), never=column in _SECRET)
        for column, type_ in listed
    )
    return Table(name, made, of=of, rows=rows, key=(_number_of(name),), is_part=is_part, junk=junk)


def _number_of(name: str) -> str:
    """The column that numbers the rows of a table: the first whole number."""
    return next(column for column, type_ in _LISTED[name] if type_ == "BIGINT")


def _carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def _procedure_number(row: Values) -> int:
    return int(row["ItemID"]) + 100_000


def _subscription_number(row: Values) -> int:
    return int(row["InsuranceID"]) + 5_000


def _head_of_family(row: Values) -> int:
    """Every fourth patient is on somebody else's account."""
    patient = int(row["PatientID"])
    return patient - 1 if patient % 4 == 0 else patient


def _numbered(names: Iterable[Any], first: int) -> dict[Any, int]:
    return {name: first + place for place, name in enumerate(dict.fromkeys(names))}


def _specialties(practice: Practice) -> dict[str, int]:
    return _numbered((row["Specialty"] for row in practice.rows("Provider") if row["Specialty"]), 300)


def _priorities(practice: Practice) -> dict[str, int]:
    return _numbered((row["PhaseLabel"] for row in practice.rows("TxPhase")), 400)


def _providers(practice: Practice) -> Iterator[Values]:
    numbers = _specialties(practice)
    for row in practice.rows("Provider"):
        yield {**row, "SpecialtyNumber": numbers.get(row["Specialty"], 0)}


def _definitions(practice: Practice) -> Iterator[Values]:
    for category, numbers in ((_SPECIALTIES, _specialties(practice)), (_PRIORITIES, _priorities(practice))):
        for place, (label, number) in enumerate(numbers.items()):
            yield {"number": number, "category": category, "place": place, "label": label}
    for place, label in enumerate(("Confirmed", "Left Message", "E-mailed", "Arrived")):
        yield {"number": 20 + place, "category": 2, "place": place, "label": label}


def _referred_from(practice: Practice) -> Iterator[Values]:
    for row in practice.rows("Patient"):
        if row["RefDrID"] is not None:
            yield {**row, "number": 2 * row["PatientID"], "kind": _REFERRED_FROM, "doctor": row["RefDrID"]}
        if row["PatientID"] % 3 == 0:
            yield {**row, "number": 2 * row["PatientID"] + 1, "kind": _REFERRED_TO, "doctor": 1}


def _plan_of(row: Values) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("Carrier", "GroupNo", *_COVERAGE))


def _policies(practice: Practice) -> list[dict[str, Any]]:
    rows = list(practice.rows("PatientInsurance"))
    carriers = _numbered(sorted({row["Carrier"] for row in rows}), 1)
    plans = _numbered((_plan_of(row) for row in rows), 1)
    return [
        {**row, "CarrierNumber": carriers[row["Carrier"]], "PlanNumber": plans[_plan_of(row)]} for row in rows
    ]


def _once(rows: Iterable[dict[str, Any]], key: str) -> Iterator[Values]:
    return iter({row[key]: row for row in rows}.values())


def _benefits(practice: Practice) -> Iterator[Values]:
    for row in _once(_policies(practice), "PlanNumber"):
        for column, category in _COVERAGE.items():
            if row[column] is not None:
                yield {
                    "number": row["PlanNumber"] * 10 + category,
                    "plan": row["PlanNumber"],
                    "category": category,
                    "percent": row[column],
                }


def _procedures(practice: Practice) -> Iterator[Values]:
    phases = practice.by_key("TxPhase", "PhaseID")
    codes = _numbered((row["PmsCode"] for row in practice.rows("ProcCode")), 1)
    priorities = _priorities(practice)
    for row in practice.rows("TxItem"):
        phase = phases[row["PhaseID"]]
        area = row["ToothArea"] or ""
        yield {
            **row,
            "PlanNumber": phase["PlanID"],
            "PriorityNumber": priorities[phase["PhaseLabel"]],
            "ProviderNumber": phase["ProviderID"],
            "CodeNumber": codes.get(row["PmsCode"], 0),
            "OneTooth": area if len(area) <= len("32") else "",
            "Teeth": area if len(area) > len("32") else "",
        }


def _six_here(values: Iterable[int | None], *, margin: bool = False) -> list[int]:
    """Readings in the order of ``_SITE_COLUMNS``; a margin above the junction is 100 more."""
    listed = list(values)
    found = [listed[place] for place in _FROM_REFERENCE_ORDER]
    return [
        _NO_READING
        if value is None or value == NOT_ASSESSABLE
        else 100 - value
        if margin and value < 0
        else value
        for value in found
    ]


def _measures_of(row: Values) -> Iterator[tuple[int, int, list[int]]]:
    """What Open Dental stores of one tooth: kind of measure, value of the tooth, six values."""
    nothing = [_NO_READING] * 6
    if row["ToothStatus"] in "MU":
        yield _SKIP, 1, nothing
        return
    if row["Mobility"]:
        yield _MOBILITY, int(row["Mobility"][0]), nothing
    entrances = {"B": 1, "L": 4, "M": 5, "D": 3}
    grades: list[int | None] = [None] * 6
    for entrance, place in entrances.items():
        grades[place] = row[f"Furc{entrance}"]
    widths = [None, row["MgjFacial"], None, None, row["MgjLingual"], None]
    sums: list[int | None] = [None] * 6
    for weight, name in ((1, "Bleeding"), (2, "Suppuration"), (4, "Plaque"), (8, "Calculus")):
        if row[name] is not None:
            found = zip(sums, bits(row[name]), strict=True)
            sums = [(total or 0) + weight * (bit or 0) for total, bit in found]
    for kind, values in (
        (_FURCATION, _six_here(grades)),
        (_MARGIN, _six_here(six(row, "Gm"), margin=True)),
        (_MGJ, _six_here(widths)),
        (_PROBING, _six_here(six(row, "Pd"))),
        (_MARKS, _six_here(sums)),
    ):
        if values != nothing:
            yield kind, _NO_READING, values


def _measures(practice: Practice) -> Iterator[Values]:
    entered = {row["ExamID"]: row["CreatedOn"] for row in practice.rows("PerioExam")}
    number = 0
    for row in practice.rows("PerioTooth"):
        for kind, tooth_value, values in _measures_of(row):
            number += 1
            yield {
                "number": number,
                "ExamID": row["ExamID"],
                "kind": kind,
                "tooth": row["ToothNo"],
                "tooth_value": tooth_value,
                "entered": entered.get(row["ExamID"], _NO_MOMENT),
                **dict(zip(_SITE_COLUMNS, values, strict=True)),
            }


def _rooms(practice: Practice) -> dict[str, int]:
    return _numbered(
        sorted({row["Operatory"] for row in practice.rows("Appointment") if row["Operatory"]}), 1
    )


def _appointments(practice: Practice) -> Iterator[Values]:
    rooms = _rooms(practice)
    for row in practice.rows("Appointment"):
        yield {**row, "RoomNumber": rooms.get(row["Operatory"], 0)}


def _of_patients(every: int) -> Callable[[Practice], Iterator[Values]]:
    """Rows of a table that matters little: one for every so many patients."""

    def rows(practice: Practice) -> Iterator[Values]:
        for place, row in enumerate(practice.rows("Patient")):
            if place % every == 0:
                yield {**row, "number": place + 1, "word": JUNK_WORDS[place % len(JUNK_WORDS)]}

    return rows


def _minor(name: str, every: int, *, junk: bool, texts: tuple[str, ...] = ()) -> Table:
    """A table that holds nothing of ours, filled so that it looks used."""
    columns: dict[str, Any] = {}
    for column, type_ in _LISTED[name]:
        if column == _number_of(name):
            columns[column] = _made(_carried("number"))
        elif column == "PatNum":
            columns[column] = _made(_carried("PatientID"))
        elif column in texts:
            columns[column] = _made(_carried("word"), lure=not junk)
        elif type_ == "DATETIME2":
            columns[column] = _made(_carried("CreatedOn"))
        elif type_ == "FLOAT":
            columns[column] = _made(lambda row: round(row["PatientID"] * 1.25, 2))
    return _table(name, rows=_of_patients(every), junk=junk, **columns)


_STATUS = {"A": 0, "I": 2, "D": 5}
_GENDER = {"M": 0, "F": 1, "U": 2, "X": 3}
_RELATION = {"SELF": 0, "SPOUSE": 1, "CHILD": 2, "OTHER": 5}
_PLAN_STATUS = {"P": 0, "A": 1, "C": 2, "R": 2}
_PROCEDURE_STATUS = {"T": 1, "C": 2, "E": 3, "D": 6}
_APPOINTMENT_STATUS = {"S": _BOOKED, "C": _DONE, "R": _UNSCHEDULED, "N": _BROKEN, "X": _BROKEN}

_CHART = MeasureRows(
    shape="measure_rows",
    notation="universal",
    gingival_margin_sign="recession_positive",
    negative_offset=100,
    not_recorded=(str(_NO_READING),),
    site_order=("MB", "B", "DB", "ML", "L", "DL"),
    tooth="IntTooth",
    measure="SequenceType",
    measure_codes={
        str(_MOBILITY): "mobility",
        str(_FURCATION): "furcation",
        str(_MARGIN): "gingival_margin",
        str(_MGJ): "mucogingival_junction",
        str(_PROBING): "probing_depth",
        str(_SKIP): "status",
        str(_MARKS): "site_marks",
    },
    values=_SITE_COLUMNS,
    tooth_value="ToothValue",
    mark_bits={"bleeding": 1, "suppuration": 2, "plaque": 4, "calculus": 8},
    status_codes={"1": "MISSING"},
)

_TABLES = (
    _table(
        "clinic",
        "Office",
        ClinicNum=_of("OfficeID"),
        Description=_of("OfficeName"),
        Address=_of("Street"),
        Address2=_of("Street2"),
        City=_of("City"),
        State=_of("State"),
        Zip=_of("Zip"),
        Phone=_of("Phone"),
        Fax=_meant(("practice_location", "fax")),
        Abbr=_made(lambda row: row["OfficeName"][-8:], acceptable=(("practice_location", "name"),)),
        TimeZone=_made(lambda _: "America/Chicago"),
    ),
    _table(
        "provider",
        "Provider",
        _providers,
        ProvNum=_of("ProviderID"),
        Abbr=_made(lambda row: row["LastName"][:4].upper()),
        LName=_of("LastName"),
        FName=_of("FirstName"),
        MI=_of("MiddleInitial"),
        Suffix=_of("Credentials", acceptable=(("provider", "suffix"),)),
        Specialty=_made(_carried("SpecialtyNumber"), acceptable=(("provider", "specialty"),)),
        StateLicense=_meant(("provider", "license_number")),
        NationalProvID=_of("NPI"),
        EmailAddressNum=_made(lambda row: 100 + row["ProviderID"]),
        IsHidden=_of("IsActive", codes={"1": 0, "0": 1}),
        ProvStatus=_made(lambda _: 0, acceptable=(("provider", "is_active"),)),
        SSN=_made(lambda row: f"90099{row['ProviderID']:04d}", never=True),
        DateTStamp=_of("ModifiedOn"),
    ),
    _table(
        "emailaddress",
        "Provider",
        is_part=True,
        EmailAddressNum=_made(lambda row: 100 + row["ProviderID"]),
        SMTPserver=_made(lambda _: "mail.bellhavenperio.test"),
        EmailUsername=_of("Email"),
        SenderAddress=_of("Email"),
        EmailPassword=_made(lambda _: "invented", never=True),
    ),
    _table(
        "userod",
        None,
        lambda practice: practice.rows("Provider"),
        UserNum=_made(lambda row: 100 + row["ProviderID"]),
        UserName=_made(_carried("FirstName")),
        Password=_made(lambda _: "invented", never=True),
        ProvNum=_made(_carried("ProviderID"), acceptable=(("clinical_note", "provider_key"),)),
    ),
    _table(
        "definition",
        None,
        _definitions,
        DefNum=_made(_carried("number")),
        Category=_made(_carried("category")),
        ItemOrder=_made(_carried("place")),
        ItemName=_made(
            _carried("label"),
            also=(("provider", "specialty"),),
            acceptable=(("treatment_phase", "label"),),
        ),
    ),
    _table(
        "referral",
        "RefDoctor",
        ReferralNum=_of("RefDrID"),
        LName=_of("LastName"),
        FName=_of("FirstName"),
        MName=_meant(("referral_source", "middle_name")),
        Title=_of("Credentials", acceptable=(("referral_source", "title"),)),
        BusinessName=_of("PracticeName"),
        Telephone=_of("Phone", written=ten_digits),
        Phone2=_meant(),
        Address=_of("Street"),
        Address2=_meant(("referral_source", "street2")),
        City=_of("City"),
        ST=_of("State"),
        Zip=_of("Zip"),
        EMail=_of("Email"),
        IsDoctor=_made(lambda _: 1),
        DateTStamp=_of("ModifiedOn"),
    ),
    _table(
        "patient",
        "Patient",
        PatNum=_of("PatientID", acceptable=(("patient", "pms_id"),)),
        LName=_of("LastName"),
        FName=_of("FirstName"),
        MiddleI=_of("MiddleInitial"),
        Preferred=_of("PreferredName"),
        Title=_of("Title"),
        Salutation=_meant(),
        PatStatus=_of("Status", codes=_STATUS),
        Gender=_of("Sex", codes=_GENDER),
        Birthdate=_of("BirthDate"),
        SSN=_of("SSN"),
        Address=_of("Street"),
        Address2=_of("Street2"),
        City=_of("City"),
        State=_of("State"),
        Zip=_of("Zip"),
        Country=_meant(("patient", "country")),
        HmPhone=_of("HomePhone"),
        WkPhone=_of("WorkPhone"),
        WirelessPhone=_of("MobilePhone"),
        Guarantor=_made(_head_of_family, acceptable=(("patient", "guarantor_name"),)),
        Email=_of("Email"),
        PriProv=_of("ProviderID"),
        MedUrgNote=_of("MedicalAlert"),
        ChartNumber=_of("ChartNo"),
        DateFirstVisit=_of("FirstVisit"),
        ClinicNum=_of("OfficeID"),
        SecDateEntry=_of("CreatedOn", written=lambda moment: moment[:10]),
        DateTStamp=_of("ModifiedOn"),
    ),
    _table(
        "patientnote",
        None,
        _of_patients(2),
        PatNum=_made(_carried("PatientID")),
        ICEName=_made(_carried("word"), lure=True),
        ICEPhone=_made(lambda _: "(512) 555-0198", lure=True),
        Medical=_meant(("patient", "medical_alert")),
    ),
    _table(
        "refattach",
        "Patient",
        _referred_from,
        is_part=True,
        RefAttachNum=_made(_carried("number")),
        ReferralNum=_made(_carried("doctor"), also=(("patient", "referral_key"),), is_out_of_reach=True),
        PatNum=_made(_carried("PatientID")),
        RefDate=_made(lambda row: row["FirstVisit"] or _NO_DAY),
        RefType=_made(_carried("kind")),
    ),
    _table(
        "carrier",
        "PatientInsurance",
        lambda practice: _once(_policies(practice), "CarrierNumber"),
        is_part=True,
        CarrierNum=_made(_carried("CarrierNumber")),
        CarrierName=_of("Carrier", is_out_of_reach=True),
        ElectID=_made(lambda row: f"{row['CarrierNumber'] * 317:05d}"),
        Phone=_made(lambda _: "(800) 555-0190", lure=True),
    ),
    _table(
        "insplan",
        "PatientInsurance",
        lambda practice: _once(_policies(practice), "PlanNumber"),
        is_part=True,
        PlanNum=_made(_carried("PlanNumber")),
        CarrierNum=_made(_carried("CarrierNumber")),
        GroupNum=_of("GroupNo", is_out_of_reach=True),
        GroupName=_made(lambda row: f"Group of {row['Carrier']}", lure=True),
    ),
    _table(
        "inssub",
        "PatientInsurance",
        _policies,
        is_part=True,
        InsSubNum=_made(_subscription_number),
        PlanNum=_made(_carried("PlanNumber")),
        Subscriber=_made(_carried("PatientID")),
        SubscriberID=_of("PolicyNo"),
    ),
    _table(
        "patplan",
        "PatientInsurance",
        _policies,
        PatPlanNum=_of("InsuranceID"),
        PatNum=_of("PatientID"),
        Ordinal=_of("Priority", blank=None),
        Relationship=_of("SubscriberRel", codes=_RELATION),
        PatID=_meant(("insurance_policy", "policy_number")),
        InsSubNum=_made(_subscription_number),
        SecDateTEntry=_meant(("insurance_policy", "created_at")),
        SecDateTEdit=_of("ModifiedOn"),
    ),
    _table(
        "covcat",
        None,
        lambda _: [
            {"number": 2, "label": "Diagnostic and Preventive", "share": 100},
            {"number": 3, "label": "Basic", "share": 80},
            {"number": 4, "label": "Major", "share": 50},
        ],
        CovCatNum=_made(_carried("number")),
        Description=_made(_carried("label")),
        DefaultPercent=_made(_carried("share"), lure=True),
    ),
    _table(
        "benefit",
        None,
        _benefits,
        BenefitNum=_made(_carried("number")),
        PlanNum=_made(_carried("plan")),
        CovCatNum=_made(_carried("category")),
        BenefitType=_made(lambda _: 1),
        Percent=_made(
            _carried("percent"),
            acceptable=tuple(
                ("insurance_policy", f"{kind}_pct") for kind in ("preventive", "basic", "major")
            ),
        ),
    ),
    _table(
        "perioexam",
        "PerioExam",
        PerioExamNum=_of("ExamID"),
        PatNum=_of("PatientID", acceptable=(("perio_chart", "patient_key"),)),
        ExamDate=_of("ExamDate"),
        ProvNum=_of("ProviderID"),
        DateTMeasureEdit=_of("ModifiedOn"),
        Note=_of("ExamNote"),
    ),
    _table(
        "periomeasure",
        "PerioTooth",
        _measures,
        PerioMeasureNum=_made(_carried("number")),
        PerioExamNum=_of("ExamID"),
        SequenceType=_made(_carried("kind")),
        IntTooth=_made(_carried("tooth")),
        ToothValue=_made(_carried("tooth_value")),
        SecDateTEntry=_made(_carried("entered")),
        SecDateTEdit=_made(_carried("entered")),
        MBvalue=_made(_carried("MBvalue")),
        Bvalue=_made(_carried("Bvalue")),
        DBvalue=_made(_carried("DBvalue")),
        MLvalue=_made(_carried("MLvalue")),
        Lvalue=_made(_carried("Lvalue")),
        DLvalue=_made(_carried("DLvalue")),
    ),
    _table(
        "treatplan",
        "TxPlan",
        TreatPlanNum=_of("PlanID"),
        PatNum=_of("PatientID"),
        DateTP=_of("PlanDate"),
        Heading=_of("PlanName"),
        Note=_of("Goal"),
        TPStatus=_of(
            "PlanStatus",
            codes=_PLAN_STATUS,
            ours={"0": "PROPOSED", "1": "ACCEPTED", "2": "INACTIVE"},
        ),
        SecDateEntry=_of("CreatedOn", written=lambda moment: moment[:10]),
        SecDateTEdit=_of("ModifiedOn"),
    ),
    _table(
        "treatplanattach",
        None,
        _procedures,
        TreatPlanAttachNum=_made(_carried("ItemID")),
        TreatPlanNum=_made(_carried("PlanNumber")),
        ProcNum=_made(_procedure_number),
        Priority=_made(_carried("PriorityNumber")),
    ),
    _table(
        "proctp",
        "TxItem",
        _procedures,
        ProcTPNum=_of("ItemID"),
        TreatPlanNum=_made(_carried("PlanNumber"), acceptable=(("planned_procedure", "phase_key"),)),
        PatNum=_of("PatientID"),
        ProcNumOrig=_made(_procedure_number),
        ItemOrder=_of("ItemOrder", blank=None),
        Priority=_made(_carried("PriorityNumber"), acceptable=(("planned_procedure", "phase_key"),)),
        ToothNumTP=_of("ToothArea"),
        Surf=_of("Surface"),
        ProcCode=_of("PmsCode", acceptable=(("planned_procedure", "ada_code"),)),
        Descript=_of("ClinicalDesc", acceptable=(("planned_procedure", "letter_description"),)),
        FeeAmt=_of("Fee", blank=None),
        DateTP=_of("PlannedOn"),
        ProvNum=_made(_carried("ProviderNumber")),
        SecDateTEdit=_of("ModifiedOn"),
    ),
    _table(
        "procedurelog",
        "TxItem",
        _procedures,
        is_part=True,
        ProcNum=_made(_procedure_number, acceptable=(("planned_procedure", "key"),)),
        PatNum=_made(_carried("PatientID"), acceptable=(("planned_procedure", "patient_key"),)),
        ProcDate=_made(
            lambda row: row["CompletedOn"] or row["PlannedOn"] or _NO_DAY,
            acceptable=(("planned_procedure", "planned_on"), ("planned_procedure", "completed_on")),
        ),
        ProcFee=_of("Fee", blank=None),
        Surf=_of("Surface"),
        ToothNum=_made(_carried("OneTooth"), acceptable=(("planned_procedure", "tooth_area"),)),
        ToothRange=_made(_carried("Teeth"), acceptable=(("planned_procedure", "tooth_area"),)),
        Priority=_made(_carried("PriorityNumber"), acceptable=(("planned_procedure", "phase_key"),)),
        ProcStatus=_of(
            "ItemStatus",
            codes=_PROCEDURE_STATUS,
            ours={"1": "PROPOSED", "2": "COMPLETED", "3": "EXISTING", "6": "DECLINED"},
        ),
        ProvNum=_made(_carried("ProviderNumber")),
        CodeNum=_made(_carried("CodeNumber")),
        DateTP=_of("PlannedOn"),
        DateComplete=_of("CompletedOn"),
        DateTStamp=_of("ModifiedOn"),
    ),
    _table(
        "procedurecode",
        None,
        lambda practice: ({**row, "number": n} for n, row in enumerate(practice.rows("ProcCode"), 1)),
        CodeNum=_made(_carried("number")),
        ProcCode=_made(
            _carried("PmsCode"),
            acceptable=(("planned_procedure", "pms_code"), ("planned_procedure", "ada_code")),
        ),
        Descript=_made(_carried("ShortDesc"), acceptable=(("planned_procedure", "clinical_description"),)),
        AbbrDesc=_made(
            lambda row: (row["ShortDesc"] or "")[:12],
            acceptable=(("planned_procedure", "clinical_description"),),
        ),
        LaymanTerm=_made(_carried("LetterDesc"), acceptable=(("planned_procedure", "letter_description"),)),
    ),
    _table(
        "procnote",
        "ProgressNote",
        ProcNoteNum=_of("NoteID"),
        PatNum=_of("PatientID"),
        EntryDateTime=_of("NoteDate", acceptable=(("clinical_note", "modified_at"),)),
        UserNum=_made(lambda row: 100 + (row["ProviderID"] or 0)),
        Note=_of("NoteBody"),
    ),
    _table(
        "letter",
        "LetterTemplate",
        LetterNum=_of("TemplateID"),
        Description=_of("TemplateName"),
        BodyText=_of("Body"),
    ),
    _table(
        "operatory",
        "Appointment",
        lambda practice: ({"Operatory": name, "number": number} for name, number in _rooms(practice).items()),
        is_part=True,
        OperatoryNum=_made(_carried("number")),
        OpName=_of("Operatory"),
        Abbrev=_of("Operatory"),
        ItemOrder=_made(_carried("number")),
    ),
    _table(
        "appointment",
        "Appointment",
        _appointments,
        AptNum=_of("AppointmentID"),
        PatNum=_of("PatientID"),
        AptStatus=_of(
            "Outcome",
            codes=_APPOINTMENT_STATUS,
            ours={"1": "SCHEDULED", "2": "COMPLETED", "3": "UNSCHEDULED", "5": "NO_SHOW"},
        ),
        Pattern=_made(
            lambda row: "X" * ((row["Minutes"] or 0) // 5), acceptable=(("appointment", "minutes"),)
        ),
        Op=_made(_carried("RoomNumber")),
        ProvNum=_of("ProviderID"),
        AptDateTime=_of("StartsAt"),
        NextAptNum=_meant(("appointment", "successor_key")),
        ProcDescript=_of("ProcedureText"),
        ClinicNum=_of("OfficeID"),
        DateTStamp=_of("ModifiedOn"),
        SecDateTEntry=_meant(("appointment", "created_at")),
    ),
    _table(
        "document",
        "PatientDocument",
        DocNum=_of("DocumentID"),
        Description=_made(lambda _: "Scanned"),
        DateCreated=_of("ScannedOn"),
        PatNum=_of("PatientID"),
        FileName=_of("FileName"),
        DateTStamp=_of("ModifiedOn"),
        RawBase64=_meant(("document", "content")),
    ),
    _table(
        "commlog",
        None,
        _of_patients(1),
        CommlogNum=_made(_carried("number")),
        PatNum=_made(_carried("PatientID")),
        CommDateTime=_made(_carried("ModifiedOn"), lure=True),
        Note=_made(lambda _: "Called to confirm the appointment; left a message.", lure=True),
        Mode_=_made(lambda row: row["PatientID"] % 4),
    ),
    _table(
        "toothinitial",
        None,
        _of_patients(3),
        ToothInitialNum=_made(_carried("number")),
        PatNum=_made(_carried("PatientID")),
        ToothNum=_made(lambda row: str(1 + row["PatientID"] % 32)),
    ),
    _minor("recall", 1, junk=False),
    *(
        _minor(name, every, junk=False, texts=texts)
        for name, every, texts in (
            ("lettermerge", 60, ("Description", "TemplateName")),
            ("lettermergefield", 60, ()),
            ("allergydef", 40, ("Description",)),
            ("appointmenttype", 50, ("AppointmentTypeName",)),
            ("employee", 20, ("LName", "FName", "WirelessPhone")),
            ("employer", 30, ("EmpName", "City")),
            ("pharmacy", 30, ("StoreName", "Phone", "Fax")),
            ("laboratory", 50, ("Description", "Phone", "Email")),
            ("popup", 20, ("Description",)),
            ("rxpat", 4, ("Drug", "Sig")),
            ("medication", 20, ("MedName",)),
            ("medicationpat", 4, ()),
            ("diseasedef", 20, ("DiseaseName",)),
            ("disease", 6, ()),
            ("allergy", 8, ("Reaction",)),
            ("guardian", 40, ()),
            ("emailmessage", 5, ("Subject", "BodyText")),
            ("sheet", 3, ("Description",)),
            ("sheetfield", 2, ("FieldName", "FieldValue")),
            ("task", 6, ("Descript",)),
            ("tasklist", 60, ("Descript",)),
            ("tasknote", 6, ("Note",)),
            ("quickpastenote", 30, ("Note",)),
            ("labcase", 15, ("Instructions",)),
            ("site", 90, ("Description",)),
            ("zipcode", 15, ("City",)),
            ("fee", 2, ()),
            ("feesched", 60, ("Description",)),
            ("schedule", 4, ()),
            ("apptview", 60, ("Description",)),
            ("recalltype", 60, ("Description",)),
            ("treatplanparam", 6, ()),
            ("covspan", 40, ()),
            ("familyhealth", 30, ("PersonName",)),
            ("patfield", 9, ("FieldName", "FieldValue")),
            ("patfielddef", 60, ("FieldName",)),
            ("screen", 60, ()),
            ("mount", 10, ("Description",)),
            ("insverify", 9, ()),
            ("ehrpatient", 5, ()),
        )
    ),
    *(
        _minor(name, every, junk=True, texts=texts)
        for name, every, texts in (
            ("securitylog", 1, ("LogText", "CompName")),
            ("histappointment", 1, ()),
            ("signalod", 2, ()),
            ("statement", 1, ("Note",)),
            ("claim", 1, ()),
            ("claimproc", 1, ()),
            ("claimpayment", 5, ("CarrierName",)),
            ("payment", 1, ("PayNote",)),
            ("paysplit", 1, ()),
            ("payplan", 20, ()),
            ("adjustment", 3, ("AdjNote",)),
            ("creditcard", 9, ()),
            ("journalentry", 2, ("Memo",)),
            ("etrans", 3, ()),
            ("loginattempt", 10, ("UserName",)),
            ("clockevent", 5, ()),
            ("computer", 60, ("CompName",)),
            ("program", 60, ("ProgName",)),
            ("preference", 30, ("PrefName", "ValueString")),
            ("updatehistory", 60, ()),
            ("usergroup", 60, ("Description",)),
            ("smstomobile", 3, ("MsgText",)),
        )
    ),
)

OPEN_DENTAL = Stranger("open_dental", _TABLES, "periomeasure", _CHART)
