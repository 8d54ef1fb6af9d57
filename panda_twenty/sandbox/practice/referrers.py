"""Referring doctors, and the many ways in which a front desk spells one practice."""

from __future__ import annotations

import random
from datetime import timedelta

from panda_twenty.sandbox.practice.codes import FIRST_DAY
from panda_twenty.sandbox.practice.contact import mailbox, phone_digits, typed_phone
from panda_twenty.sandbox.practice.identity import stream
from panda_twenty.sandbox.practice.moments import moment_text
from panda_twenty.sandbox.practice.names import LAST_NAMES, STREETS, TOWNS, first_name
from panda_twenty.sandbox.practice.writing import RowWriter

_PATIENTS_PER_DOCTOR = 12

#: (first, last, credentials, practice, street, town, phone): the planted ones, ids from 1; see ugly_cases.
_PLANTED: tuple[tuple[str, str, str | None, str | None, str, int, str], ...] = (
    ("Harold", "Nystrom", "DDS", "Cedar Park Dental", "200 Pecan Orchard Avenue", 0, "(512) 555-0110"),
    ("Yolanda", "Prieto", "DMD", "Cedar Park Dental, P.C.", "200 Pecan Orchard Ave.", 0, "512-555-0110"),
    ("GRANT", "ELLISON", "DDS", "CEDAR PARK DENTAL PC", "200 PECAN ORCHARD AVE", 0, "5125550110"),
    ("Soo-Jin", "Bae", "DMD", "Bae Family Dentistry", "31 Kestrel Path", 1, "(512) 555-0111"),
    ("Catherine", "MacAuley", "DDS", "Stonebridge Smiles PLLC", "8 Juniper Ridge", 2, "(512) 555-0112"),
    ("Kathryn", "McAuley", "D.D.S.", "Stone Bridge Smiles", "8 Juniper Rdg.", 2, "512.555.0112"),
    ("Milton", "Ferreira", "MD", None, "640 Fieldstone Lane", 3, "(512) 555-0113"),
    ("Priscilla", "Tan", "DDS", "Tan & Tan Orthodontics", "12 Alder Bend", 3, "(512) 555-0114"),
    ("Ruben", "Castro", "DDS", "Lakeside Dental Arts", "5100 Vista Perdida", 4, "(512) 555-0115"),
    ("Ellen", "Dwyer", "DMD", "Lakeside Dental Group", "77 Harvest Moon Drive", 5, "(737) 555-0116"),
    ("", "Dr. Whitcomb", None, "Whitcomb Dental", "19 Quail Run", 1, "NA"),
    ("Anil", "Mehrotra", "BDS, DDS", "Dental Care of Willow Ford", "3 Elm Crossing", 5, "(254) 555-0117"),
)
_PRACTICE_WORDS = ("Family Dentistry", "Dental Care", "Smiles", "Dental Studio", "Dental Associates")
_SURROUNDINGS = (
    "Alder",
    "Blue Heron",
    "Copperline",
    "Eastgate",
    "Fox Run",
    "Granite",
    "Hilltop",
    "Ivy",
    "Meadow",
)


def referrer_count(patients: int) -> int:
    """About one doctor per twelve patients, and never fewer than the planted ones."""
    return max(len(_PLANTED), patients // _PATIENTS_PER_DOCTOR)


def referrer_of(index: int, rng: random.Random) -> int:
    """The RefDrID for the patient at ``index``: the practice's first doctors send most patients.

    Only doctors who were known when this patient came are drawn, so that a larger practice leaves the
    choice alone.
    """
    known = referrer_count(index)
    return referrer_id(min(int(known * rng.random() ** 2), known - 1))


def referrer_id(place: int) -> int:
    """Ids from 1; every tenth after the planted ones was deleted."""
    beyond = max(0, place - len(_PLANTED))
    return place + 1 + beyond // 9


def referrer_name(seed: int, ref_dr_id: int) -> str:
    """The name for a letter to that doctor."""
    beyond = ref_dr_id - 1 - len(_PLANTED)
    place = ref_dr_id - 1 if beyond < 0 else len(_PLANTED) + beyond - beyond // 10
    first, last, credentials = _doctor(seed, place)[:3]
    return f"{first} {last}".strip() + (f", {credentials}" if credentials else "")


def write_referrers(writer: RowWriter, patients: int, seed: int) -> None:
    """RefDoctor rows."""
    for place in range(referrer_count(patients)):
        first, last, credentials, practice, street, town, phone = _doctor(seed, place)
        rng = stream(seed, place, "referrer-contact")
        city, state, postal_code = TOWNS[town]
        writer.add(
            "RefDoctor",
            RefDrID=referrer_id(place),
            FirstName=first,
            LastName=last,
            Credentials=credentials,
            PracticeName=practice,
            Street=street,
            City=city,
            State=state,
            Zip=postal_code,
            Phone=phone,
            Fax=typed_phone(rng) if rng.random() < 0.6 else None,
            Email=mailbox(first, last, place) if rng.random() < 0.7 else None,
            ModifiedOn=moment_text(FIRST_DAY + timedelta(days=rng.randrange(2_800)), 11 * 3600),
        )


def _doctor(seed: int, place: int) -> tuple[str, str, str | None, str | None, str, int, str]:
    """First name, last name, credentials, practice, street, town and phone of the doctor at ``place``.

    Beyond the planted ones two neighbours share a practice, and the second spells it anew half of the time.
    """
    if place < len(_PLANTED):
        return _PLANTED[place]
    rng = stream(seed, place, "referrer")
    pair = stream(seed, place // 2, "referring-practice")
    practice = f"{pair.choice(_SURROUNDINGS)} {pair.choice(LAST_NAMES)} {pair.choice(_PRACTICE_WORDS)}"
    street = f"{pair.randrange(10, 9000)} {pair.choice(STREETS)}"
    town = pair.randrange(len(TOWNS))
    phone = typed_phone(rng, phone_digits(pair))
    if place % 2 and rng.random() < 0.5:
        practice = rng.choice(
            (practice.upper(), f"{practice}, P.C.", f"{practice} PLLC", f"Dr. at {practice}")
        )
    credentials = rng.choice(("DDS", "DMD", "D.M.D.", "DDS, MS", None))
    named = practice if rng.random() > 0.1 else None
    return first_name(rng, rng.choice("FM")), rng.choice(LAST_NAMES), credentials, named, street, town, phone
