"""A vendor of numbered tables with German words: whole names, days as numbers, two rows per tooth.

A recession is a negative number and teeth have their FDI numbers; a row of the chart is the vestibular or the
oral side of a tooth, with three columns per measure from distal to mesial.
"""

from __future__ import annotations

from dataclasses import replace

from panda_twenty.panda.profile.chart import AspectRows
from panda_twenty_tests.strangers.conversions import chance
from panda_twenty_tests.strangers.german_sources import (
    BLOCKED,
    DAY,
    EXAM,
    PATIENT,
    TEXT_DAY,
    carried,
    carriers,
    coded,
    day_number,
    fdi,
    list_rows,
    named,
    patients,
    policies,
    sides,
    tariffs,
    text_day,
    text_moment,
)
from panda_twenty_tests.strangers.junk import JUNK_WORDS, patient_copies, system_tables
from panda_twenty_tests.strangers.relaying import Column, Stranger, Table
from panda_twenty_tests.strangers.truth import AttributeName

_C = Column

_CHANGED = _C("Geaendert", "VARCHAR(19)", "ModifiedOn", written=text_moment)
_CREATED = _C("Angelegt", "VARCHAR(19)", "CreatedOn", written=text_moment)


def _whole_name(entity: str, *parts: str) -> Column:
    homes: tuple[AttributeName, ...] = tuple((entity, f"{part}_name") for part in parts)
    return _C("NameVorname", "VARCHAR(100)", made=carried("WholeName"), also=homes)


def _patient(*also: AttributeName) -> Column:
    return _C("PatNr", "INT", "PatientID", written=PATIENT, also=also)


def _exam(name: str = "BefundNr", of: str = "ExamID") -> Column:
    return _C(name, "INT", of, written=EXAM)


def _day(name: str, of: str) -> Column:
    return _C(name, "INT", of, written=day_number, format=DAY)


def _address() -> tuple[Column, ...]:
    return (
        _C("Strasse", "VARCHAR(80)", "Street"),
        _C("Ort", "VARCHAR(50)", "City"),
        _C("Land", "VARCHAR(10)", "State"),
        _C("PLZ", "VARCHAR(12)", "Zip"),
    )


_PEOPLE = (
    Table(
        "Stamm03",
        (
            _C("PraxisNr", "INT", "OfficeID"),
            _C("Bezeichnung", "VARCHAR(80)", "OfficeName"),
            *_address(),
            _C("Strasse2", "VARCHAR(80)", "Street2"),
            _C("Telefon", "VARCHAR(40)", "Phone"),
            _C("Internet", "VARCHAR(120)", "Website"),
            _C("NPI", "VARCHAR(12)", "NPI"),
            _C("Hauptsitz", "BIT", "IsMain"),
            _CHANGED,
        ),
        of="Office",
        key=("PraxisNr",),
    ),
    Table(
        "Stamm02",
        (
            _C("BehNr", "INT", "ProviderID"),
            _C("Kuerzel", "CHAR(3)", made=lambda row: f"{row['LastName'][:3]}".upper()),
            _whole_name("provider", "first", "middle", "last"),
            _C("Abschluss", "VARCHAR(40)", "Credentials"),
            _C("Fachgebiet", "VARCHAR(40)", "Specialty"),
            _C("NPI", "VARCHAR(12)", "NPI"),
            _C("EMail", "VARCHAR(120)", "Email"),
            _C("Telefon", "VARCHAR(40)", "Phone"),
            _C("PraxisNr", "INT", "OfficeID"),
            _C("Aktiv", "BIT", "IsActive"),
            _CHANGED,
        ),
        of="Provider",
        rows=named("Provider"),
        key=("BehNr",),
    ),
    Table(
        "Stamm04",
        (
            _C("UeberwNr", "INT", "RefDrID"),
            _whole_name("referral_source", "first", "last"),
            _C("Abschluss", "VARCHAR(40)", "Credentials"),
            _C("Praxisname", "VARCHAR(100)", "PracticeName"),
            *_address(),
            _C("Telefon", "VARCHAR(40)", "Phone"),
            _C("Telefax", "VARCHAR(40)", "Fax"),
            _C("EMail", "VARCHAR(120)", "Email"),
            _CHANGED,
        ),
        of="RefDoctor",
        rows=named("RefDoctor"),
        key=("UeberwNr",),
    ),
    Table(
        "Stamm01",
        (
            _patient(),
            _C("KarteiNr", "VARCHAR(20)", "ChartNo"),
            _C("FremdNr", "VARCHAR(20)", "PmsPatNum"),
            _whole_name("patient", "first", "middle", "last"),
            _C("Titel", "VARCHAR(10)", "Title"),
            _C("Namenszusatz", "VARCHAR(10)", "Suffix"),
            _C("Rufname", "VARCHAR(50)", "PreferredName"),
            _C("Geschlecht", "CHAR(1)", "Sex", codes={"M": "m", "F": "w", "X": "d", "U": "u"}),
            _day("Geburt", "BirthDate"),
            *_address(),
            _C("Strasse2", "VARCHAR(80)", "Street2"),
            _C("TelPrivat", "VARCHAR(40)", "HomePhone"),
            _C("TelDienst", "VARCHAR(40)", "WorkPhone"),
            _C("TelMobil", "VARCHAR(40)", "MobilePhone"),
            _C("EMail", "VARCHAR(160)", "Email"),
            _C("SozialNr", "VARCHAR(11)", "SSN"),
            _C("KreditNr", "VARCHAR(20)", made=lambda row: f"400000000000{row['PatientID']:04d}", never=True),
            _C("BehNr", "INT", "ProviderID"),
            _C("PraxisNr", "INT", "OfficeID"),
            _C("UeberwNr", "INT", "RefDrID"),
            _C("Hinweis", "VARCHAR(400)", "MedicalAlert"),
            coded("Zustand", "Status"),
            _day("ErstBesuch", "FirstVisit"),
            _C("Saldo", "MONEY", made=lambda row: chance(row, "balance", "PatientID").randrange(900)),
            _C("Geloescht", "BIT", made=lambda row: row.get("Geloescht", 0)),
            _CREATED,
            _CHANGED,
        ),
        of="Patient",
        rows=patients,
        key=("PatNr",),
        deleted="Geloescht",
    ),
)

_INSURANCE = (
    Table(
        "Kasse10",
        (
            _C("KasseNr", "INT", made=carried("KasseNr")),
            _C("Bezeichnung", "VARCHAR(80)", "Carrier"),
            _C("Telefon", "VARCHAR(40)", made=lambda row: f"405-555-0{row['KasseNr']:03d}", lure=True),
        ),
        of="PatientInsurance",
        rows=carriers,
        key=("KasseNr",),
        is_part=True,
    ),
    Table(
        "Tarif11",
        (
            _C("TarifNr", "INT", made=carried("TarifNr")),
            _C("KasseNr", "INT", made=carried("KasseNr")),
            _C("GruppenNr", "VARCHAR(40)", "GroupNo"),
            _C("Arbeitgeber", "VARCHAR(60)", made=lambda row: f"{JUNK_WORDS[row['TarifNr'] % 10]} Co."),
            _C("SatzVorsorge", "SMALLINT", "PreventivePct"),
            _C("SatzGrund", "SMALLINT", "BasicPct"),
            _C("SatzGross", "SMALLINT", "MajorPct"),
        ),
        of="PatientInsurance",
        rows=tariffs,
        key=("TarifNr",),
        foreign_keys={"KasseNr": ("Kasse10", "KasseNr")},
        is_part=True,
    ),
    Table(
        "Vers12",
        (
            _C("VersNr", "INT", "InsuranceID"),
            _patient(),
            _C("TarifNr", "INT", made=carried("TarifNr")),
            _C("Rang", "SMALLINT", "Priority"),
            _C("MitgliedNr", "VARCHAR(40)", "PolicyNo"),
            coded("Verhaeltnis", "SubscriberRel"),
            _C("GueltigAb", "INT", made=lambda row: 20_000_101 + 10_000 * (row["InsuranceID"] % 20)),
            _CHANGED,
        ),
        of="PatientInsurance",
        rows=policies,
        key=("VersNr",),
        foreign_keys={"TarifNr": ("Tarif11", "TarifNr")},
    ),
)

_CHARTS = (
    Table(
        "ParBefund20",
        (
            _exam(),
            _patient(("perio_chart", "patient_key"), ("custom_finding", "patient_key")),
            _C("BehNr", "INT", "ProviderID"),
            _C("PraxisNr", "INT", "OfficeID"),
            _day("Datum", "ExamDate"),
            coded("Art", "ExamType"),
            _C("Ausgangsbefund", "BIT", "IsBaseline"),
            _C("Stadium", "VARCHAR(4)", "DxStage"),
            _C("Grad", "CHAR(1)", "DxGrade"),
            coded("Ausdehnung", "DxExtent"),
            _C("FallTyp", "VARCHAR(10)", "CaseType"),
            _C("Diagnose", "VARCHAR(200)", "DxText"),
            coded("Prognose", "Prognosis"),
            coded("Mundhygiene", "OralHygiene"),
            coded("Rauchen", "Smoking"),
            _C("ZigarettenTag", "SMALLINT", "CigsPerDay"),
            coded("Diabetes", "Diabetes"),
            _C("HbA1c", "DECIMAL(4,1)", "HbA1c"),
            _C("BlutungProz", "DECIMAL(5,1)", "BopPct"),
            _C("MittlereTiefe", "DECIMAL(5,2)", "MeanPd"),
            _C("RecallMonate", "SMALLINT", "RecallMonths"),
            _C("Bemerkung", "TEXT", "ExamNote"),
            _CREATED,
            _CHANGED,
        ),
        of="PerioExam",
        key=("BefundNr",),
        foreign_keys={"PatNr": ("Stamm01", "PatNr")},
    ),
    Table(
        "ParZahn21",
        (
            _C("LfdNr", "INT", made=carried("LfdNr")),
            _exam(),
            _C("Zahn", "SMALLINT", "ToothNo", written=fdi),
            _C("Flaeche", "CHAR(1)", made=carried("Flaeche")),
            *(_C(f"Tiefe{n}", "SMALLINT", f"Depth{n}") for n in (1, 2, 3)),
            *(_C(f"Rand{n}", "SMALLINT", f"Margin{n}") for n in (1, 2, 3)),
            *(_C(f"Blut{n}", "BIT", f"Bleeding{n}") for n in (1, 2, 3)),
            *(_C(f"Eiter{n}", "BIT", f"Suppuration{n}") for n in (1, 2, 3)),
            *(_C(f"Plaque{n}", "BIT", f"Plaque{n}") for n in (1, 2, 3)),
            _C("Lockerung", "VARCHAR(3)", "Mobility"),
        ),
        of="PerioTooth",
        rows=sides,
        key=("LfdNr",),
        indexes=(("BefundNr",),),
    ),
    Table(
        "ParMerkmal23",
        (
            _C("MerkmalNr", "INT", "FindingID"),
            _C("Bezeichnung", "VARCHAR(60)", "Label"),
            coded("Typ", "ValueType"),
            _C("Auswahl", "VARCHAR(400)", "Choices"),
        ),
        of="FindingDef",
        key=("MerkmalNr",),
    ),
    Table(
        "ParWert24",
        (
            _exam(),
            _C("MerkmalNr", "INT", "FindingID"),
            _C("Wert", "VARCHAR(400)", "ValueText"),
        ),
        of="FindingValue",
        key=("BefundNr", "MerkmalNr"),
    ),
    Table(
        "Vergleich25",
        (
            _C("VergleichNr", "INT", "ComparisonID"),
            _patient(),
            _C("Titel", "VARCHAR(80)", "Title"),
            _exam("AusgangNr", "BaselineExamID"),
            *(_exam(f"Befund{number}", f"Exam{number}ID") for number in range(1, 6)),
            _C("Messwerte", "VARCHAR(80)", "Measures"),
            _CREATED,
            _CHANGED,
        ),
        of="Comparison",
        key=("VergleichNr",),
    ),
)

_PLANS = (
    Table(
        "Plan30",
        (
            _C("PlanNr", "INT", "PlanID"),
            _patient(("treatment_phase", "patient_key"), ("planned_procedure", "patient_key")),
            _C("BehNr", "INT", "ProviderID"),
            _exam(),
            _C("Bezeichnung", "VARCHAR(80)", "PlanName"),
            coded("Zustand", "PlanStatus", "PlanZustand"),
            _day("Datum", "PlanDate"),
            _C("Ziel", "VARCHAR(400)", "Goal"),
            _CREATED,
            _CHANGED,
        ),
        of="TxPlan",
        key=("PlanNr",),
    ),
    Table(
        "Phase31",
        (
            _C("PhaseNr", "INT", "PhaseID"),
            _C("PlanNr", "INT", "PlanID"),
            _C("BehNr", "INT", "ProviderID"),
            _C("Reihe", "SMALLINT", "PhaseOrder"),
            _C("Bezeichnung", "VARCHAR(60)", "PhaseLabel"),
            coded("Zustand", "PhaseStatus", "PhaseZustand"),
            _day("Beginn", "StartDate"),
            _day("Ende", "EndDate"),
            _CHANGED,
        ),
        of="TxPhase",
        key=("PhaseNr",),
        foreign_keys={"PlanNr": ("Plan30", "PlanNr")},
    ),
    Table(
        "Leistung32",
        (
            _C("LeistungNr", "INT", "ItemID"),
            _C("PhaseNr", "INT", "PhaseID"),
            _C("Reihe", "SMALLINT", "ItemOrder"),
            _C("Ziffer", "VARCHAR(12)", "PmsCode"),
            _C("AdaCode", "VARCHAR(12)", "AdaCode"),
            _C("Leistungstext", "VARCHAR(120)", "ClinicalDesc"),
            _C("Brieftext", "VARCHAR(160)", "LetterDesc"),
            _C("Zahn", "VARCHAR(20)", "ToothArea"),
            _C("Flaeche", "VARCHAR(10)", "Surface"),
            _C("Betrag", "MONEY", "Fee"),
            coded("Zustand", "ItemStatus", "LeistungZustand"),
            _day("Geplant", "PlannedOn"),
            _day("Erledigt", "CompletedOn"),
            _CHANGED,
        ),
        of="TxItem",
        key=("LeistungNr",),
    ),
    Table(
        "Katalog33",
        (
            _C("Ziffer", "VARCHAR(12)", made=carried("PmsCode")),
            _C("AdaCode", "VARCHAR(12)", made=carried("AdaCode")),
            _C("Leistungstext", "VARCHAR(120)", made=carried("ShortDesc")),
            _C("Brieftext", "VARCHAR(160)", made=carried("LetterDesc")),
            _C("Dauer", "SMALLINT", made=lambda row: 15 * (1 + len(row["PmsCode"]) % 4), lure=True),
        ),
        rows=lambda practice: practice.rows("ProcCode"),
        key=("Ziffer",),
    ),
)

_PAPERS = (
    Table(
        "Karte40",
        (
            _C("EintragNr", "INT", "NoteID"),
            _patient(),
            _C("BehNr", "INT", "ProviderID"),
            _C("Zeitpunkt", "VARCHAR(19)", "NoteDate", written=text_moment),
            _C("Betreff", "VARCHAR(120)", "Subject"),
            _C("Inhalt", "TEXT", "NoteBody"),
            _CHANGED,
        ),
        of="ProgressNote",
        key=("EintragNr",),
        foreign_keys={"PatNr": ("Stamm01", "PatNr")},
    ),
    Table(
        "Vorlage42",
        (
            _C("VorlageNr", "INT", "TemplateID"),
            _C("Bezeichnung", "VARCHAR(80)", "TemplateName"),
            _C("Inhalt", "TEXT", "Body"),
            _CHANGED,
        ),
        of="LetterTemplate",
        key=("VorlageNr",),
    ),
    Table(
        "Brief41",
        (
            _C("BriefNr", "INT", "LetterID"),
            _patient(),
            _C("VorlageNr", "INT", "TemplateID"),
            _C("UeberwNr", "INT", "RefDrID"),
            _C("Empfaenger", "VARCHAR(120)", "RecipientName"),
            _C("Datum", "CHAR(10)", "LetterDate", written=text_day, format=TEXT_DAY),
            _C("Inhalt", "TEXT", "Body"),
            _CHANGED,
        ),
        of="Letter",
        key=("BriefNr",),
    ),
    Table(
        "Termin50",
        (
            _C("TerminNr", "INT", "AppointmentID"),
            _patient(),
            _C("BehNr", "INT", "ProviderID"),
            _C("PraxisNr", "INT", "OfficeID"),
            _C("Raum", "VARCHAR(20)", "Operatory"),
            _C("Beginn", "VARCHAR(19)", "StartsAt", written=text_moment),
            _C("Dauer", "SMALLINT", "Minutes"),
            _C("Grund", "VARCHAR(120)", "ProcedureText"),
            coded("Ergebnis", "Outcome"),
            _C("FolgeNr", "INT", "RescheduledTo"),
            _CHANGED,
        ),
        of="Appointment",
        key=("TerminNr",),
        foreign_keys={"PatNr": ("Stamm01", "PatNr")},
    ),
    Table(
        "Dokument60",
        (
            _C("DokumentNr", "INT", "DocumentID"),
            _patient(),
            _exam(),
            _C("Dateiname", "VARCHAR(120)", "FileName"),
            _C("Inhalt", "VARBINARY(8000)", "Content"),
            _C("Erfasst", "VARCHAR(19)", "ScannedOn", written=text_moment),
            _CHANGED,
        ),
        of="PatientDocument",
        key=("DokumentNr",),
    ),
)

_BESIDES = (
    Table(
        "Code90",
        tuple(
            _C(name, type_, made=carried(name))
            for name, type_ in (
                ("Liste", "SMALLINT"),
                ("ListenName", "VARCHAR(30)"),
                ("Nr", "SMALLINT"),
                ("Text", "VARCHAR(40)"),
            )
        ),
        rows=list_rows,
        key=("Liste", "Nr"),
    ),
    Table(
        "Raum51",
        (
            _C("Raum", "VARCHAR(20)", made=carried("Raum")),
            _C("PraxisNr", "INT", made=carried("PraxisNr"), lure=True),
        ),
        rows=lambda _: ({"Raum": f"OP{number}", "PraxisNr": 1} for number in range(1, 7)),
        key=("Raum",),
    ),
    Table(
        "Recall52",
        (
            _C("RecallNr", "INT", made=carried("PatientID")),
            _C("PatNr", "INT", made=lambda row: PATIENT(row["PatientID"]), lure=True),
            _C("Faellig", "INT", made=lambda row: 20_260_115 + 100 * (row["PatientID"] % 11)),
            _C("Monate", "SMALLINT", made=lambda row: (3, 4, 6)[row["PatientID"] % 3], lure=True),
        ),
        rows=lambda practice: practice.rows("Patient"),
        key=("RecallNr",),
    ),
    Table(
        "Sperrzeit53",
        (
            _C("SperrNr", "INT", made=carried("n")),
            _C("BehNr", "INT", made=carried("BehNr"), lure=True),
            _C("Beginn", "VARCHAR(19)", made=carried("Beginn"), lure=True),
            _C("Dauer", "SMALLINT", made=lambda row: 60, lure=True),
            _C("Grund", "VARCHAR(40)", made=lambda row: "Besprechung", lure=True),
        ),
        rows=lambda _: (
            {"n": n, "BehNr": 1 + n % 2, "Beginn": f"2025-{1 + n % 12:02d}-0{1 + n % 9} 12:00:00"}
            for n in range(80)
        ),
        key=("SperrNr",),
    ),
    Table(
        "Zahlung70",
        (
            _C("ZahlungNr", "INT", made=carried("PatientID")),
            _C("PatNr", "INT", made=lambda row: PATIENT(row["PatientID"])),
            _C("KartenNr", "CHAR(16)", made=lambda row: f"400000000000{row['PatientID']:04d}", never=True),
            _C("Betrag", "MONEY", made=lambda row: row["PatientID"] % 70 * 5),
        ),
        rows=lambda practice: practice.rows("Patient"),
        key=("ZahlungNr",),
        junk=True,
    ),
    Table(
        "Einstellung94",
        (
            _C("Schluessel", "VARCHAR(30)", made=carried("key")),
            _C("Wert", "VARCHAR(80)", made=carried("value")),
        ),
        rows=lambda _: ({"key": f"Opt{number}", "value": str(number % 2)} for number in range(60)),
        key=("Schluessel",),
        junk=True,
    ),
)

_PATIENTS = next(table for table in _PEOPLE if table.name == "Stamm01")
_LETTERS = next(table for table in _PAPERS if table.name == "Brief41")

_CHART = AspectRows(
    shape="aspect_rows",
    notation="fdi",
    gingival_margin_sign="recession_negative",
    not_assessable=(str(BLOCKED),),
    tooth="Zahn",
    aspect="Flaeche",
    aspect_codes={"v": "facial", "o": "lingual"},
    measures={
        "probing_depth": ("Tiefe1", "Tiefe2", "Tiefe3"),
        "gingival_margin": ("Rand1", "Rand2", "Rand3"),
    },
    marks={
        "bleeding": ("Blut1", "Blut2", "Blut3"),
        "suppuration": ("Eiter1", "Eiter2", "Eiter3"),
        "plaque": ("Plaque1", "Plaque2", "Plaque3"),
    },
    mark_present=("1",),
    mark_absent=("0",),
    tooth_level={"mobility": "Lockerung"},
)

GERMAN = Stranger(
    "german",
    (
        *_PEOPLE,
        *_INSURANCE,
        *_CHARTS,
        *_PLANS,
        *_PAPERS,
        *_BESIDES,
        patient_copies(_PATIENTS, "Stamm01_Kopie", every=2),
        patient_copies(_PATIENTS, "Stamm01_2009", every=1),
        replace(_LETTERS, name="Brief41_alt", key=(), foreign_keys={}, junk=True),
        *system_tables(PATIENT),
    ),
    "ParZahn21",
    _CHART,
)
