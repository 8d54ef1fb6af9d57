"""A comparator that cries wolf stops a migration: whatever a practice typed, the right result passes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from panda_twenty.mapping.specification import Line
from panda_twenty.mapping.transforms.registry import TRANSFORMS
from panda_twenty.verification.comparators import Comparison
from panda_twenty.verification.compare import comparator_of

AREAS: tuple[str, ...] = ("3", "5", "14", "32", "33", "40", "03", "01", "10", "1", "0", "A", "T", "K", "L")
AREAS += ("UR", "LL")
AREAS += ("UA", "FM", "3-5", "5-3", "A-C", "UR quad", "upper right", "lower arch", "full mouth", "#14", "all")
PHONES: tuple[str, ...] = ("607-555-0142", "(416) 555-0134", "6075550143", "+44 20 7946 0958", "x12")
PHONES += ("ext. 4", "cell", "none")
PHONES += (
    "call after 5",
    "1-607-555-0144",
    "607-555-0146 x12",
    "(607) 555-0147 cell",
    "555-0145",
    "12",
    "or",
    "/",
    ";",
    "fax:",
    "011 49 30 901820",
    "0",
)
EMAILS: tuple[str, ...] = (
    "ann@quill.test",
    "B.Quill@Quill.TEST",
    "n/a",
    "<c@quill.test>",
    "d@quill",
    "e@@quill.test",
    "mailto:",
)
EMAILS += ("(home)", "josé@quill.test", "f@quill.test.", ";", ",", "or", "@", "'g@quill.test'")
NAMES = ("Quill", "Jr.", "III", "de la", "O'Brien", "V", ",", "Núñez", "M.D.", "sr", " ", "McIv", "-Webb")
TITLES = ("RE_EVALUATION", "SRP", "full mouth", "2024-02-29", "Re-Do_It", "I", "ß", "STRASSE_1", "", "é É")


def phrase(
    words: tuple[str, ...], chance: random.Random, between: tuple[str, ...] = (" ", " ", ", ", ";")
) -> str | None:
    picked = [chance.choice(words) for _ in range(chance.randint(0, 4))]
    return chance.choice(between).join(picked) or None


def digits(chance: random.Random, length: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(length))


def npi(chance: random.Random) -> str:
    written = chance.choice("12") + digits(chance, chance.choice((8, 9, 9, 9, 10)))
    return chance.choice(("", "", "NPI ", " ", "80840")) + chance.choice(
        (written, f"{written[:3]}-{written[3:]}")
    )


def code(chance: random.Random) -> str:
    suffix = chance.choice(("", "", "UR", ".1", "-2", "x", " B", "_", "0", "+"))
    return chance.choice(("D", "d", "", " D")) + digits(chance, chance.choice((3, 4, 4, 4, 4))) + suffix


SOURCES: dict[str, Callable[[random.Random], list[Any]]] = {
    "teeth_of_area": lambda chance: [phrase(AREAS, chance)],
    "quadrants_of_area": lambda chance: [phrase(AREAS, chance)],
    "npi_remark": lambda chance: [npi(chance)],
    "code_status": lambda chance: [code(chance)],
    "title": lambda chance: [phrase(TITLES, chance), phrase(TITLES, chance)],
}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_what_the_transform_makes_of_anything_typed_passes_its_comparator(name: str) -> None:
    chance = random.Random(name)
    options = {"fallback": "Exam"} if name == "title" else {}
    for _ in range(1500):
        values = SOURCES[name](chance)
        sources = [f"value{place}" for place in range(len(values))]
        line = Line.model_validate({"field": "field", "from": sources, "transform": name, "with": options})
        found = TRANSFORMS[name](values, options)
        assert comparator_of(line)(Comparison(line, values, {"field": found})), (values, found)


def test_what_the_transforms_make_of_any_person_passes_together() -> None:
    """Names, addresses and telephones are compared with one another, so they are a record here."""
    chance = random.Random(7)
    for _ in range(3000):
        first, last, suffix = (phrase(NAMES, chance) for _ in range(3))
        email = phrase(EMAILS, chance)
        # With only a blank between, nobody can say where a number ends and the next extension begins.
        numbers = [phrase(PHONES, chance, (", ", "; ", " / ", " or ")) for _ in range(3)]
        cells = {
            "name": ("full_name", [first, last, suffix]),
            "nameSuffix": ("name_suffix", [suffix, last]),
            "emails": ("emails", [email]),
            "emailRemark": ("email_remark", [email]),
            "phones": ("phones", numbers),
            "phoneRemark": ("phone_remarks", numbers),
        }
        record = {field: TRANSFORMS[name](values, {}) for field, (name, values) in cells.items()}
        for field, (name, values) in cells.items():
            sources = [f"value{place}" for place in range(len(values))]
            line = Line.model_validate({"field": field, "from": sources, "transform": name})
            assert comparator_of(line)(Comparison(line, values, record)), (field, values, record)
