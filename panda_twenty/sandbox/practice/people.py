"""Patients: who they are, how to reach them, and how untidily all that was typed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from panda_twenty.sandbox.practice import names
from panda_twenty.sandbox.practice.contact import mailbox, phone_digits, typed_phone
from panda_twenty.sandbox.practice.identity import patient_id, stream
from panda_twenty.sandbox.practice.referrers import referrer_of
from panda_twenty.sandbox.practice.staff import Staff
from panda_twenty.sandbox.practice.ugly_cases import GONE_REF_DOCTOR, PERIOD, cases_at

_T = TypeVar("_T")

_ALERTS = (
    "Penicillin allergy",
    "Latex allergy",
    "Anticoagulant: check INR before surgery",
    "Bisphosphonate since 2017",
    "Premedicate: prosthetic heart valve",
    "Hypertension, controlled",
    "Asthma – brings inhaler",
    "Type 2 diabetes, last HbA1c see exam",
)


@dataclass(frozen=True)
class Person:
    """One patient as the Patient table tells it; empty text where nothing was typed."""

    patient_id: int
    sex: str
    title: str = ""
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    preferred: str = ""
    born: date | None = None
    born_text: str | None = None
    email: str = ""
    home_phone: str = ""
    work_phone: str = ""
    mobile_phone: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    chart_number: str = ""
    pms_number: str = ""
    ssn: str = ""
    status: str = "A"
    alert: str = ""
    office_id: int = 1
    provider_id: int | None = None
    ref_dr_id: int | None = None

    @property
    def full_name(self) -> str:
        """First and last name, for letters."""
        return f"{self.first.strip()} {self.last.strip()}".strip() or "patient"

    def age_on(self, day: date) -> int:
        """Years; 45 where no birth date is known."""
        return (day - self.born).days * 100 // 36525 if self.born else 45


def person_at(seed: int, index: int, staff: Staff) -> Person:
    """The patient at ``index``: always the same for one seed and one staff."""
    cases = cases_at(index)
    person = _ordinary(stream(seed, index, "person"), seed, index, staff)
    if not cases:
        return person
    return _contact_cases(_name_cases(person, cases, seed, index, staff), cases, seed, index, staff)


def patient_row(person: Person, first_visit: date | None, created: str, modified: str) -> dict[str, object]:
    """The Patient row; a field in which nothing was typed is NULL."""
    return {
        "PatientID": person.patient_id,
        "ChartNo": person.chart_number or None,
        "PmsPatNum": person.pms_number or None,
        "OfficeID": person.office_id,
        "ProviderID": person.provider_id,
        "RefDrID": person.ref_dr_id,
        "Title": person.title or None,
        "FirstName": person.first or None,
        "MiddleInitial": person.middle or None,
        "LastName": person.last or None,
        "Suffix": person.suffix or None,
        "PreferredName": person.preferred or None,
        "Sex": person.sex,
        "BirthDate": person.born_text,
        "SSN": person.ssn or None,
        "HomePhone": person.home_phone or None,
        "WorkPhone": person.work_phone or None,
        "MobilePhone": person.mobile_phone or None,
        "Email": person.email or None,
        "Street": person.street or None,
        "Street2": person.street2 or None,
        "City": person.city or None,
        "State": person.state or None,
        "Zip": person.postal_code or None,
        "Status": person.status,
        "FirstVisit": first_visit.isoformat() if first_visit else None,
        "MedicalAlert": person.alert or None,
        "CreatedOn": created,
        "ModifiedOn": modified,
    }


def _ordinary(rng: random.Random, seed: int, index: int, staff: Staff) -> Person:
    """A patient without planted trouble: aged 16 to 88, most of them reachable."""
    draw = rng.random()
    sex = "F" if draw < 0.53 else "M" if draw < 0.98 else "X" if draw < 0.99 else "U"
    first, last = names.first_name(rng, sex), rng.choice(names.LAST_NAMES)
    born = date(2008, 1, 1) - timedelta(
        days=int(365.25 * min(78, max(0, rng.gauss(41, 15)))) + rng.randrange(365)
    )
    city, state, postal_code = rng.choice(names.TOWNS)
    status = rng.random()
    chart_number = f"P{10_000 + index * 7 % 90_000:05d}" if index < 12_000 else f"P{100_000 + index}"
    titles = {"F": ("Ms.", "Ms.", "Mrs.", "", "", "Dr."), "M": ("Mr.", "Mr.", "Mr.", "", "", "Dr.")}
    return Person(
        patient_id=patient_id(index),
        sex=sex,
        title=rng.choice(titles.get(sex, ("",))),
        first=first,
        middle=rng.choice("ABCDEFGHJKLMNPRSTW") if rng.random() < 0.5 else "",
        last=last,
        preferred=rng.choice(names.NICKNAMES) if rng.random() < 0.08 else "",
        born=born,
        born_text=born.isoformat(),
        email=mailbox(first, last, index) if rng.random() < 0.78 else "",
        home_phone=typed_phone(rng) if rng.random() < 0.6 else "",
        work_phone=typed_phone(rng) if rng.random() < 0.25 else "",
        mobile_phone=typed_phone(rng) if rng.random() < 0.8 else "",
        street=names.street_address(rng),
        street2=f"Apt {rng.randrange(1, 400)}" if rng.random() < 0.15 else "",
        city=city,
        state=state,
        postal_code=f"{postal_code}-{rng.randrange(10_000):04d}" if rng.random() < 0.1 else postal_code,
        chart_number=chart_number if rng.random() < 0.97 else "",
        pms_number=str(20_001 + index),
        ssn=f"900-00-{rng.randrange(1, 10_000):04d}" if rng.random() < 0.4 else "",
        status="A" if status < 0.84 else "I" if status < 0.98 else "D",
        alert="; ".join(rng.sample(_ALERTS, k=rng.randrange(1, 3))) if rng.random() < 0.3 else "",
        office_id=staff.office(rng),
        provider_id=rng.choice(staff.periodontists),
        ref_dr_id=referrer_of(index, stream(seed, index, "referrer")) if rng.random() < 0.85 else None,
    )


def _name_cases(person: Person, cases: frozenset[str], seed: int, index: int, staff: Staff) -> Person:
    """Who the person is: names, birth dates, and the pairs of patients that resemble each other."""
    turn = index // PERIOD
    if "provider_is_patient" in cases:
        first, last, email = staff.patient_provider
        return replace(person, first=first, last=last, email=email, sex="F", title="Ms.")
    if "apostrophe_in_name" in cases:
        return replace(person, last=_turn(names.APOSTROPHE_NAMES, turn))
    if "accent_in_name" in cases:
        first, last = _turn(names.ACCENTED_NAMES, turn)
        return replace(person, first=first, last=last, preferred=first.split()[0], sex="M", title="")
    if "particle_in_name" in cases:
        return replace(person, last=_turn(names.PARTICLE_NAMES, turn))
    if "hyphenated_name" in cases:
        first, last = _turn(names.HYPHENATED_NAMES, turn)
        return replace(person, first=first, last=last)
    if "all_capitals_name" in cases:
        return replace(person, first=person.first.upper(), last=f"MC{person.last.upper()}")
    if "suffix_in_last_name" in cases:
        return _male(replace(person, last=f"{person.last} {_turn(('Jr.', 'III', ', Sr'), turn)}"), turn)
    if "suffix_in_its_column" in cases:
        return _male(replace(person, suffix=_turn(("III", "Jr.", "IV"), turn)), turn)
    if "trailing_spaces" in cases:
        return replace(person, first=f"{person.first}  ", last=f" {person.last} ", city=f"{person.city}   ")
    if "preferred_name" in cases:
        return replace(person, preferred=_turn(names.NICKNAMES, turn))
    if "one_letter_first_name" in cases:
        return replace(person, first="J", preferred="")
    if "no_name" in cases:
        return replace(person, first="", last="", middle="", title="", preferred="", email="")
    if "born_on_leap_day" in cases:
        return _born(person, date(1964 + 4 * (turn % 10), 2, 29))
    if "sentinel_birth_date" in cases:
        return replace(person, born=None, born_text="1801-01-01")
    if "no_birth_date" in cases:
        return replace(person, born=None, born_text=None)
    if "primary_teeth_area" in cases:
        return _born(person, date(2014, 5, 6))
    if "legacy_case_type" in cases:
        return _born(person, date(1958, 8, 19))
    if index % 2:
        return person
    # The second of a pair looks at the first, who sits on the odd index before.
    if "entered_twice" in cases:
        first_entry = person_at(seed, index - 1, staff)
        return replace(
            first_entry,
            patient_id=person.patient_id,
            chart_number=person.chart_number,
            pms_number=person.pms_number,
            middle="",
            email="",
            status="I",
        )
    if "spouses_share_email" in cases:
        spouse = person_at(seed, index - 1, staff)
        return replace(
            person, last=spouse.last, street=spouse.street, street2=spouse.street2, city=spouse.city
        )
    if "minor_with_parents_email" in cases:
        parent = person_at(seed, index - 1, staff)
        child = replace(
            person, last=parent.last, street=parent.street, street2=parent.street2, city=parent.city
        )
        return _born(child, date(2012, 9, 3))
    return person


def _contact_cases(person: Person, cases: frozenset[str], seed: int, index: int, staff: Staff) -> Person:
    """How the person is reached and filed: e-mail, phones, numbers, status, alert, referrer."""
    rng = stream(seed, index, "contact-case")
    typed = _typed_in_fields(person, index, rng)
    for name in sorted(cases & typed.keys()):
        person = typed[name]
    if "referring_doctor_gone" in cases:
        return replace(person, ref_dr_id=GONE_REF_DOCTOR)
    if "no_provider" in cases:
        return replace(person, provider_id=None, ref_dr_id=None)
    if "spouses_share_email" in cases or "minor_with_parents_email" in cases:
        holder = index if index % 2 else index - 1
        adult = stream(seed, holder, "shared-email")
        return replace(person, email=f"the.{adult.choice(names.LAST_NAMES).lower()}s{holder}@familymail.test")
    if "chart_number_twice" in cases:
        return replace(person, chart_number=f"F{index - 1 + index % 2:05d}")
    return person


def _typed_in_fields(person: Person, index: int, rng: random.Random) -> dict[str, Person]:
    """Case name to the person with the one field as it was typed."""
    digits = phone_digits(rng)
    own = mailbox(person.first, person.last, index)
    spaced = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return {
        "phone_with_extension": replace(person, work_phone=f"{digits} x12"),
        "phone_with_cell_note": replace(person, home_phone=f"{spaced} (cell)"),
        "phone_with_call_note": replace(person, home_phone=f"{spaced.replace('-', '.')} call after 5"),
        "canadian_patient": replace(
            person, mobile_phone="416-555-0134", city="Port Larkspur", state="ON", postal_code="K0X 0A0"
        ),
        "phone_is_not_a_number": replace(person, home_phone="none", work_phone="NA", mobile_phone="ask wife"),
        "emails_with_semicolon": replace(person, email=f"{own}; work.{own}"),
        "emails_with_comma": replace(person, email=f"{own},home.{own}, office.{own}"),
        "email_in_capitals": replace(person, email=own.upper()),
        "email_is_not_an_address": replace(person, email="n/a"),
        "no_chart_number": replace(person, chart_number=""),
        "pms_number_like_chart": replace(person, pms_number=f"CH-{index:05d}A"),
        "zero_ssn": replace(person, ssn="000-00-0000"),
        "deceased": replace(person, status="D"),
        "inactive": replace(person, status="I"),
        "long_medical_alert": replace(person, alert=_long_alert()),
        "medical_alert_with_lines": replace(
            person, alert="ALLERGIES:\r\n\t- penicillin\r\n\t- sulfa\r\nCall Dr. Ortega first"
        ),
    }


def _born(person: Person, day: date) -> Person:
    title = "" if day.year >= 2008 else person.title
    return replace(person, born=day, born_text=day.isoformat(), title=title)


def _male(person: Person, turn: int) -> Person:
    """Sons are named after their fathers."""
    return replace(person, first=_turn(names.MALE_NAMES, turn), preferred="", sex="M", title="Mr.")


def _turn(choices: Sequence[_T], turn: int) -> _T:
    return choices[turn % len(choices)]


def _long_alert() -> str:
    text = "; ".join(f"{alert}, reviewed with the patient and the physician" for alert in _ALERTS)
    return f"{text}; {text}"[:400]
