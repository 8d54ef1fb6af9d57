"""The practice itself: its offices, its providers, and who sees whom."""

from __future__ import annotations

import random
from dataclasses import dataclass

from panda_twenty.sandbox.practice.codes import PRACTICE_NAME, SCHEMA_VERSION, TIME_ZONE
from panda_twenty.sandbox.practice.writing import RowWriter

#: From this size on the practice has three offices and eight providers, below one office and four.
GROUP_PRACTICE_FROM = 100
_SINCE = "2018-06-25T09:00:00.000"

#: (last name, first name, middle initial, credentials, specialty, nine digits of the NPI, active)
_PROVIDERS = (
    ("Kessler", "Miriam", "A", "DDS, MS", "Periodontics", "200000001", 1),
    ("Okonkwo-Reyes", "Tobias", "", "DMD, MSD", "Periodontics", "200000002", 1),
    ("Lindqvist", "Dana", "R", "RDH", "Hygiene", "200000003", 1),
    ("Abreu", "Paloma", "", "RDH, BS", "Hygiene", "200000004", 1),
    ("Thackeray", "Wendell", "J", "DDS, MS, PhD", "Periodontics", "200000005", 1),
    ("Farrokhzad", "Leila", "", "DMD, Diplomate ABP", "Implant surgery", "200000006", 1),
    ("Ngata", "Hemi", "", "RDH", "Hygiene", "200000007", 1),
    ("Summerfield", "Orla", "M", "DDS", "Periodontics", "200000008", 0),
)
_WRONG_NPI_PROVIDER = 4

_OFFICES = (
    ("Bellhaven", "410 North Quarry Street", "Suite 200", "78699", "200000101", 1),
    ("Cotter Springs", "77 Old Ferry Road", None, "78698", "200000102", 0),
    ("Willow Ford", "1902 Sycamore Loop", "Bldg. C", "78693", "200000103", 0),
)


def npi_check_digit(nine_digits: str) -> int:
    """The Luhn digit that completes an NPI, computed over the prefix 80840 and the nine digits.

    Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI check digit".
    """
    total = 0
    for place, digit in enumerate(reversed("80840" + nine_digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def npi(nine_digits: str) -> str:
    """Ten digits. Ours begin with 2, which the numbering allows and has not issued so far."""
    return f"{nine_digits}{npi_check_digit(nine_digits)}"


def provider_email(first: str, last: str) -> str:
    """A provider's address at the practice."""
    return f"{first}.{last}@bellhavenperio.test".lower()


@dataclass(frozen=True)
class Staff:
    """The ids that patients and visits point to; ``periodontists`` and ``hygienists`` are provider ids."""

    offices: tuple[int, ...]
    periodontists: tuple[int, ...]
    hygienists: tuple[int, ...]
    patient_provider: tuple[str, str, str]
    """First name, last name and e-mail of the provider who is also a patient."""

    def office(self, rng: random.Random) -> int:
        """The main office three times in five."""
        return self.offices[0] if rng.random() < 0.6 else rng.choice(self.offices)

    def examiner(self, rng: random.Random, exam_type: str, periodontist: int) -> int:
        """Maintenance is charted by a hygienist, the rest by the patient's own periodontist."""
        return rng.choice(self.hygienists) if exam_type == "M" and rng.random() < 0.8 else periodontist


def staff_of(patients: int) -> Staff:
    """The staff of a practice of that size."""
    group = patients >= GROUP_PRACTICE_FROM
    providers = _PROVIDERS if group else _PROVIDERS[:4]
    # A provider who has left keeps the id, but sees nobody.
    active = [place for place, provider in enumerate(providers, start=1) if provider[6]]
    last, first = _PROVIDERS[2][:2]
    return Staff(
        offices=(1, 2, 3) if group else (1,),
        periodontists=tuple(place for place in active if not providers[place - 1][3].startswith("RDH")),
        hygienists=tuple(place for place in active if providers[place - 1][3].startswith("RDH")),
        patient_provider=(first, last, provider_email(first, last)),
    )


def provider_name(provider_id: int) -> str:
    """``Miriam A. Kessler, DDS, MS``, for the letters."""
    last, first, middle, credentials = _PROVIDERS[provider_id - 1][:4]
    return f"{first} {middle + '. ' if middle else ''}{last}, {credentials}"


def write_staff(writer: RowWriter, patients: int) -> None:
    """Office, Provider and SiteInfo rows."""
    group = patients >= GROUP_PRACTICE_FROM
    for place, office in enumerate(_OFFICES if group else _OFFICES[:1], start=1):
        town, street, street2, postal_code, digits, main = office
        writer.add(
            "Office",
            OfficeID=place,
            OfficeName=f"{PRACTICE_NAME} – {town}" if group else PRACTICE_NAME,
            Street=street,
            Street2=street2,
            City=town,
            State="TX",
            Zip=postal_code,
            Phone=f"(512) 555-01{place:02d}",
            NPI=npi(digits),
            Website="https://www.bellhavenperio.test" if main else None,
            IsMain=main,
            ModifiedOn=_SINCE,
        )
    for place, provider in enumerate(_PROVIDERS if group else _PROVIDERS[:4], start=1):
        last, first, middle, credentials, specialty, digits, active = provider
        number = npi(digits)
        if place == _WRONG_NPI_PROVIDER:
            number = digits + str((int(number[-1]) + 5) % 10)
        writer.add(
            "Provider",
            ProviderID=place,
            OfficeID=1 + (place - 1) % (3 if group else 1),
            FirstName=first,
            MiddleInitial=middle or None,
            LastName=last,
            Credentials=credentials,
            Specialty=specialty,
            NPI=number,
            Email=provider_email(first, last),
            Phone=f"(512) 555-01{place:02d} x{20 + place}",
            IsActive=active,
            ModifiedOn=_SINCE,
        )
    for key, value in (
        ("SchemaVersion", SCHEMA_VERSION),
        ("PracticeName", PRACTICE_NAME),
        ("TimeZone", TIME_ZONE),
    ):
        writer.add("SiteInfo", SiteKey=key, SiteValue=value)
