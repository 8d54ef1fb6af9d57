"""Codes are read by words, letters and lists, and never by a guess."""

from __future__ import annotations

import pytest

from panda_twenty.mapping.proposal.codes import meaning_of, meanings
from panda_twenty.panda.entities import ENTITIES

OUTCOME = ENTITIES["appointment"].attributes["outcome"].codes
COMPLETION = ENTITIES["treatment_phase"].attributes["status"].codes
STATUS = ("PRESENT", "MISSING", "IMPLANT", "UNERUPTED", "PONTIC", "NOT_EXAMINED")


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Completed", "COMPLETED"),
        ("No-Show", "NO_SHOW"),
        ("NSH", "NO_SHOW"),
        ("Broken appointment", "NO_SHOW"),
        ("CANCELED", "CANCELLED"),
        ("resched", "RESCHEDULED"),
    ],
)
def test_words_and_short_words_say_what_they_mean(text: str, ours: str) -> None:
    assert meaning_of(text, OUTCOME) == ours


@pytest.mark.parametrize("text", ["7", "??", "Zebra", ""])
def test_what_says_nothing_is_read_as_nothing(text: str) -> None:
    assert meaning_of(text, OUTCOME) is None


def test_a_letter_that_could_be_two_things_is_what_no_other_code_is() -> None:
    assert meanings(["P", "M", "I", "U", "X"], STATUS) == {
        "P": "PRESENT",
        "M": "MISSING",
        "I": "IMPLANT",
        "U": "UNERUPTED",
        "X": "NOT_EXAMINED",
    }


def test_two_letters_never_share_a_meaning_by_chance() -> None:
    read = meanings(["P", "N"], STATUS)
    assert read["P"] == "PRESENT"
    assert read["N"] != "PRESENT"


def test_prediabetes_is_not_diabetes() -> None:
    diabetes = ENTITIES["perio_exam"].attributes["diabetes"].codes
    assert meaning_of("Pre-Diabetic", diabetes) == "PRE_DIABETES"
    assert meaning_of("Diabetic", diabetes) == "YES"


def test_a_code_of_another_list_is_not_taken() -> None:
    assert meaning_of("In progress", COMPLETION) == "IN_PROGRESS"
    assert meaning_of("Existing", COMPLETION) is None
