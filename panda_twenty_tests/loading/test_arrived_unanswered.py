"""A new record whose answer was lost, edited in Twenty before the next run sends it again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from panda_twenty.ledger.field_hashes import edits
from panda_twenty.twenty import sending
from panda_twenty.twenty.records import upsert
from panda_twenty_tests.loading.small_practice import SmallPractice


def cut_off_load(practice: SmallPractice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load whose process dies between the call and its outcome."""
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(sending, "settle", _interrupted)
        practice.load()


def _interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def edit(practice: SmallPractice, key: str, **fields: Any) -> None:
    upsert(practice.client, practice.facts("person"), [{"id": practice.id_of(key), **fields}])


def ann(practice: SmallPractice) -> None:
    practice.patient(
        "1",
        first_name="Ann",
        mobile_phone="607-555-0142",
        home_phone="+1 607 555 0143",
        medical_alert="Latex",
        street="1 Elm",
        birth_date=date(1951, 3, 4),
    )


def kept(practice: SmallPractice) -> set[tuple[str, str]]:
    return {(row["source_key"], row["field"]) for row in edits(practice.ledger)}


def test_what_somebody_edited_meanwhile_stays(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a field, or a part of one, that PANDA has nothing for; later updates leave it alone as well."""
    practice.patient("0")
    practice.load()
    ann(practice)
    practice.patient("2", medical_alert="Latex")
    cut_off_load(practice, monkeypatch)
    practice.patients["0"]["medical_alert"] = "None known"
    edit(
        practice,
        "1",
        medicalAlert="Latex, says the desk",
        sex="FEMALE",
        homeAddress={"addressStreet1": "1 Elm", "addressCity": "Bellhaven"},
    )
    loaded = practice.load()
    assert (loaded.created, loaded.updated, loaded.adds_up) == (2, 1, True)
    stood = {("1", "medicalAlert"), ("1", "sex"), ("1", "homeAddress")}
    assert kept(practice) == stood
    for _ in range(2):
        found = practice.in_twenty("1")["1"]
        assert (found["medicalAlert"], found["sex"]) == ("Latex, says the desk", "FEMALE")
        assert found["homeAddress"]["addressCity"] == "Bellhaven"
        assert practice.verify().is_clean
        practice.patients["1"]["birth_date"] = date(1951, 3, 5)
        practice.load()
        assert practice.in_twenty("1")["1"]["dateOfBirth"] == "1951-03-05"
    assert kept(practice) == stood


def test_a_number_that_somebody_edited_meanwhile_stays(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann(practice)
    cut_off_load(practice, monkeypatch)
    edit(practice, "1", phones={"primaryPhoneNumber": "6075550199", "primaryPhoneCallingCode": "+1"})
    practice.load()
    assert practice.in_twenty("1")["1"]["phones"]["primaryPhoneNumber"] == "6075550199"
    assert kept(practice) == {("1", "phones")}


def test_what_nobody_edited_is_no_edit(practice: SmallPractice, monkeypatch: pytest.MonkeyPatch) -> None:
    ann(practice)
    practice.patient("2", email=practice.email("two"))
    cut_off_load(practice, monkeypatch)
    practice.patient("3")
    assert practice.load().created == 3
    assert kept(practice) == set()
    assert practice.verify().verified == 3


def test_where_the_source_changed_meanwhile_it_wins(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was edited and what was changed cannot be told apart then."""
    ann(practice)
    cut_off_load(practice, monkeypatch)
    edit(practice, "1", medicalAlert="Latex, says the desk")
    practice.patients["1"]["medical_alert"] = "Penicillin"
    assert practice.load().created == 1
    assert practice.in_twenty("1")["1"]["medicalAlert"] == "Penicillin"
    assert kept(practice) == set()
