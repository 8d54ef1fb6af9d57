"""Records into Twenty, against the stand-in: what arrives, what does not, and what a second run does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import stamina

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import known_records
from panda_twenty.panda.extraction import EntityRow
from panda_twenty.panda.problems import Problem
from panda_twenty.twenty import loading, sending
from panda_twenty.twenty.errors import Unclear
from panda_twenty.twenty.records import destroy, upsert
from panda_twenty_tests.loading.small_practice import SmallPractice, counts

Writes = Callable[[], int]


def test_records_arrive_and_an_unchanged_second_load_makes_no_call(
    practice: SmallPractice, writes: Writes
) -> None:
    for key in ("1", "2", "3"):
        practice.patient(key, email=practice.email(key), birth_date=date(1951, 3, int(key)))
    assert counts(practice.load()) == (3, 3, 0, 0, 0)
    assert writes() == 1
    assert practice.in_twenty("2")["2"]["emails"]["primaryEmail"] == practice.email("2")
    assert counts(practice.load()) == (3, 0, 0, 3, 0)
    assert writes() == 0
    checked = practice.verify()
    assert (checked.verified, checked.different, checked.missing) == (3, 0, 0)


def test_only_the_row_that_changed_is_sent(practice: SmallPractice, writes: Writes) -> None:
    for number in range(210):
        practice.patient(f"{number:03}")
    assert counts(practice.load()) == (210, 210, 0, 0, 0)
    assert writes() == 2
    practice.patients["007"]["medical_alert"] = "Penicillin"
    assert counts(practice.load()) == (210, 0, 1, 209, 0)
    assert writes() == 1
    assert practice.in_twenty("007")["007"]["medicalAlert"] == "Penicillin"
    (entry,) = list(practice.ledger.entries("written"))[-1:]
    assert entry.content["records"] == 1


def test_one_record_that_only_twenty_refuses_is_found_among_200_and_the_others_arrive(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    for number in range(200):
        practice.patient(f"{number:03}", email=practice.email(f"n{number}"))
    practice.patients["123"]["sex"] = "MARTIAN"
    assert counts(practice.load()) == (200, 199, 0, 0, 1)
    held_back = practice.held_back()
    assert set(held_back) == {"123"}
    assert held_back["123"].code == "not_an_option"
    assert held_back["123"].field == "sex"
    assert "MARTIAN" not in held_back["123"].advice
    assert len(practice.in_twenty(*practice.patients)) == 199
    practice.patients["123"]["sex"] = "FEMALE"
    assert counts(practice.load()) == (200, 1, 0, 199, 0)
    assert practice.held_back() == {}


def test_three_bad_records_with_values_that_twenty_does_not_quote_are_found_by_halving(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    for number in range(50):
        practice.patient(f"{number:02}")
    for key in ("03", "27", "49"):
        practice.patients[key]["medical_alert"] = 5
    monkeypatch.setattr(sending, "holders_of_quoted_value", lambda batch, refusal: [])
    monkeypatch.setattr(sending, "holders_of_text", lambda batch, refusal: [])
    monkeypatch.setattr(
        "panda_twenty.mapping.transforms.plain.written_out", lambda value: value if value == 5 else str(value)
    )
    monkeypatch.setattr("panda_twenty.mapping.transforms.plain.clean", lambda value: value)
    assert counts(practice.load()) == (50, 47, 0, 0, 3)
    assert set(practice.held_back()) == {"03", "27", "49"}


def test_a_value_that_breaks_a_local_rule_is_set_aside_without_a_call_for_it(
    practice: SmallPractice, writes: Writes
) -> None:
    practice.patient("1", medical_alert="half a pair \ud800")
    practice.patient("2")
    assert counts(practice.load()) == (2, 1, 0, 0, 1)
    assert writes() == 1
    assert practice.held_back()["1"].code == "lone_surrogate"


def test_a_row_that_could_not_be_read_is_set_aside_with_the_readers_advice(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.patient("1")
    practice.patient("2")
    read = practice.read

    def with_a_problem(entity: str) -> Any:
        for row in read(entity):
            problem = (Problem("birth_date", "unreadable_date", "Correct it in PANDA."),)
            yield EntityRow(row.entity, row.key, row.values, problem if row.key == "1" else ())

    monkeypatch.setattr(practice, "read", with_a_problem)
    assert counts(practice.load()) == (2, 1, 0, 0, 1)
    held_back = practice.held_back()["1"]
    assert (held_back.code, held_back.field, held_back.advice) == (
        "unreadable_date",
        "birth_date",
        "Correct it in PANDA.",
    )
    checked = practice.verify()
    assert (checked.verified, checked.quarantined, checked.missing) == (1, 1, 0)
    assert checked.adds_up


def test_spouses_who_share_an_address_stay_two_people_and_both_keep_it(practice: SmallPractice) -> None:
    shared = practice.email("the.quills")
    practice.patient("1", first_name="Ann", email=shared)
    practice.patient("2", first_name="Bea", email=shared.upper())
    loaded = practice.load()
    assert counts(loaded) == (2, 2, 0, 0, 0)
    assert loaded.shared_values == 1
    found = practice.in_twenty("1", "2")
    assert found["1"]["emails"]["primaryEmail"] == shared
    assert not found["2"]["emails"]["primaryEmail"]
    assert found["2"]["sharedEmails"]["primaryEmail"] == shared
    assert [found[key]["name"]["firstName"] for key in ("1", "2")] == ["Ann", "Bea"]
    assert practice.verify().verified == 2
    assert counts(practice.load()) == (2, 0, 0, 2, 0)


def test_who_holds_a_shared_address_does_not_change_when_a_later_run_meets_the_other_first(
    practice: SmallPractice,
) -> None:
    shared = practice.email("the.quills")
    practice.patient("5", email=shared)
    practice.load()
    practice.patient("1", email=shared)
    assert counts(practice.load()) == (2, 1, 0, 1, 0)
    found = practice.in_twenty("1", "5")
    assert found["5"]["emails"]["primaryEmail"] == shared
    assert found["1"]["sharedEmails"]["primaryEmail"] == shared


def test_a_child_whose_required_parent_is_not_there_waits_and_comes_by_itself(
    practice: SmallPractice,
) -> None:
    practice.visit("10", "1")
    practice.visit("11", "2")
    practice.patient("2")
    practice.load()
    assert counts(practice.load("visits")) == (2, 1, 0, 0, 1)
    waiting = practice.held_back()["10"]
    assert (waiting.code, waiting.field) == ("missing_parent", "patient")
    assert practice.in_twenty("10", entity="perio_exam") == {}
    checked = practice.verify("visits")
    assert (checked.verified, checked.quarantined, checked.missing) == (1, 1, 0)
    practice.patient("1")
    practice.load()
    assert counts(practice.load("visits")) == (2, 1, 0, 1, 0)
    assert practice.held_back() == {}
    found = practice.in_twenty("10", entity="perio_exam")["10"]
    assert found["patientId"] == practice.id_of("1")


def test_a_link_that_was_lost_with_its_parent_is_written_again(
    practice: SmallPractice, writes: Writes
) -> None:
    """Twenty empties it in its database when somebody destroys the parent, and says nothing of it."""
    practice.patient("1")
    practice.patient("2")
    practice.visit("10", "1")
    practice.visit("11", "2")
    practice.survey()
    practice.load()
    practice.load("visits")
    assert practice.verify("visits").verified == 2
    destroy(practice.client, practice.facts("person"), [practice.id_of("1")])
    practice.survey()
    assert counts(practice.load()) == (2, 1, 0, 1, 0)
    assert counts(practice.load("visits")) == (2, 0, 0, 2, 0), "as far as the ledger knows"
    assert (practice.verify("visits").different, practice.verify("visits").verified) == (1, 1)
    assert counts(practice.load("visits")) == (2, 0, 1, 1, 0)
    assert practice.in_twenty("10", entity="perio_exam")["10"]["patientId"] == practice.id_of("1")
    assert practice.verify("visits").verified == 2
    writes()
    assert counts(practice.load("visits")) == (2, 0, 0, 2, 0)
    assert writes() == 0


def test_a_difference_that_somebody_made_is_not_written_over(practice: SmallPractice, writes: Writes) -> None:
    practice.patient("1", medical_alert="Latex")
    practice.load()
    written = {"id": practice.id_of("1"), "medicalAlert": "Latex, says the desk"}
    upsert(practice.client, practice.facts("person"), [written])
    assert practice.verify().different == 1
    writes()
    assert counts(practice.load()) == (1, 0, 0, 1, 0)
    assert writes() == 0


def test_an_update_that_twenty_refused_hides_no_edit_made_since(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    practice.patient("1", medical_alert="Latex", sex="MALE")
    practice.load()
    practice.patients["1"]["sex"] = "MARTIAN"
    assert counts(practice.load()) == (1, 0, 0, 0, 1)
    edited = {"id": practice.id_of("1"), "medicalAlert": "Latex, says the desk"}
    upsert(practice.client, practice.facts("person"), [edited])
    practice.patients["1"]["sex"] = "FEMALE"
    assert counts(practice.load()) == (1, 0, 1, 0, 0)
    stands = practice.in_twenty("1")["1"]
    assert (stands["sex"], stands["medicalAlert"]) == ("FEMALE", "Latex, says the desk")


def test_a_child_that_names_no_parent_is_set_aside(practice: SmallPractice) -> None:
    practice.visit("10", None)
    assert counts(practice.load("visits")) == (1, 0, 0, 0, 1)
    assert practice.held_back()["10"].code == "missing_parent"


def test_a_look_up_that_leads_nowhere_is_left_empty_and_counted(practice: SmallPractice) -> None:
    practice.patient("1")
    practice.visit("10", "1", provider_key="977")
    practice.load()
    loaded = practice.load("visits")
    assert counts(loaded) == (1, 1, 0, 0, 0)
    assert loaded.empty_lookups == 1
    assert practice.in_twenty("10", entity="perio_exam")["10"]["doctorId"] is None
    assert practice.verify("visits").verified == 1


def test_children_of_a_parent_whose_update_was_refused_stay_where_they_are(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.patient("1")
    practice.visit("10", "1")
    practice.load()
    practice.load("visits")
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    practice.patients["1"]["sex"] = "MARTIAN"
    assert counts(practice.load()) == (1, 0, 0, 0, 1)
    assert counts(practice.load("visits")) == (1, 0, 0, 1, 0)
    assert practice.verify("visits").verified == 1


def test_an_answer_that_is_lost_after_the_write_doubles_nothing(
    practice: SmallPractice, running: Any
) -> None:
    for key in ("1", "2", "3"):
        practice.patient(key, email=practice.email(key))
    running.faults.set(cut_after_next=1)
    with stamina.set_testing(True, attempts=1), pytest.raises(Unclear):
        practice.load()
    assert len(practice.in_twenty("1", "2", "3")) == 3
    assert {each.state for each in known_records(practice.ledger, "patient", ["1", "2", "3"]).values()} == {
        "intended"
    }
    assert counts(practice.load()) == (3, 3, 0, 0, 0)
    assert counts(practice.load()) == (3, 0, 0, 3, 0)
    assert practice.verify().verified == 3
    assert list(broken_links(practice.ledger)) == []


def test_a_lost_answer_is_asked_for_again_at_once(practice: SmallPractice, running: Any) -> None:
    practice.patient("1")
    running.faults.set(cut_after_next=2)
    assert counts(practice.load()) == (1, 1, 0, 0, 0)


def test_a_process_that_dies_between_the_call_and_its_outcome_doubles_nothing(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.patient("1", email=practice.email("ann"))
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(sending, "settle", _interrupted)
        practice.load()
    assert [entry.kind for entry in practice.ledger.entries()] == ["intent"]
    practice.patients["1"]["medical_alert"] = "changed meanwhile"
    assert counts(practice.load()) == (1, 1, 0, 0, 0)
    assert practice.in_twenty("1")["1"]["medicalAlert"] == "changed meanwhile"
    assert practice.verify().verified == 1


def _interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_half_done_update_is_sent_again_even_if_the_source_went_back(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.patient("1", medical_alert="first")
    practice.load()
    practice.patients["1"]["medical_alert"] = "second"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(sending, "settle", _interrupted)
        practice.load()
    practice.patients["1"]["medical_alert"] = "first"
    assert counts(practice.load()) == (1, 0, 1, 0, 0)
    assert practice.in_twenty("1")["1"]["medicalAlert"] == "first"


FULL = {
    "suffix": "Jr.",
    "email": "",
    "mobile_phone": "607-555-0142",
    "home_phone": "607-555-0143 (cell)",
    "street": "1 Elm",
    "city": "Bellhaven",
    "postal_code": "78699",
    "medical_alert": "Latex",
    "birth_date": date(1951, 3, 4),
    "sex": "FEMALE",
    "created_at": datetime(2011, 4, 5, 6, 7, 8, tzinfo=UTC),
}


@pytest.mark.parametrize("gone", [*FULL, "first_name", "last_name"])
def test_a_value_removed_in_the_source_becomes_empty_in_twenty(practice: SmallPractice, gone: str) -> None:
    practice.patient("1", **{**FULL, "email": practice.email("ann")})
    practice.load()
    assert practice.verify().verified == 1
    practice.patients["1"][gone] = None
    loaded = practice.load()
    assert loaded.quarantined == 0, practice.held_back()
    assert loaded.updated == 1
    checked = practice.verify()
    assert (checked.verified, dict(checked.different_fields)) == (1, {})


def test_everything_removed_in_the_source_is_empty_in_twenty_also_composites(
    practice: SmallPractice,
) -> None:
    practice.patient("1", **{**FULL, "email": f"{practice.email('a')};{practice.email('b')}"})
    practice.load()
    practice.patients["1"] = {}
    assert counts(practice.load()) == (1, 0, 1, 0, 0)
    found = practice.in_twenty("1")["1"]
    assert not found["emails"]["primaryEmail"]
    assert not found["emails"]["additionalEmails"]
    assert not found["phones"]["primaryPhoneNumber"]
    assert not found["phones"]["additionalPhones"]
    assert not found["homeAddress"]["addressStreet1"]
    assert found["name"]["firstName"] == found["name"]["lastName"] == ""
    assert found["dateOfBirth"] is None
    assert not found["sex"]
    assert practice.verify().verified == 1


def test_an_address_that_moves_out_of_the_shared_field_leaves_nothing_behind(
    practice: SmallPractice,
) -> None:
    shared = practice.email("the.quills")
    practice.patient("1", email=shared)
    practice.patient("2", email=shared)
    practice.load()
    practice.patients["2"]["email"] = practice.email("own")
    practice.load()
    found = practice.in_twenty("2")["2"]
    assert found["emails"]["primaryEmail"] == practice.email("own")
    assert not found["sharedEmails"]["primaryEmail"]
    assert practice.verify().verified == 2


def test_yes_no_and_not_recorded_arrive_apart_and_a_zero_stays_a_zero(practice: SmallPractice) -> None:
    practice.patient("1")
    practice.visit("10", "1", is_baseline=True, teeth_lost_to_perio=0)
    practice.visit("11", "1", is_baseline=False, teeth_lost_to_perio=None)
    practice.visit("12", "1", is_baseline=None, teeth_lost_to_perio=3)
    practice.load()
    practice.load("visits")
    found = practice.in_twenty("10", "11", "12", entity="perio_exam")
    assert [found[key]["isFirst"] for key in ("10", "11", "12")] == [True, False, None]
    assert [found[key]["missed"] for key in ("10", "11", "12")] == [0, None, 3]
    assert practice.verify("visits").verified == 3


def test_historical_time_is_kept_and_the_creator_is_named(practice: SmallPractice) -> None:
    practice.patient("1", created_at=datetime(2011, 4, 5, 6, 7, 8, tzinfo=UTC))
    practice.load()
    assert practice.in_twenty("1")["1"]["createdAt"] == "2011-04-05T06:07:08.000Z"


def test_a_lost_ledger_takes_its_own_records_over_instead_of_doubling_them(
    practice: SmallPractice,
) -> None:
    shared = practice.email("the.quills")
    practice.patient("1", email=shared, medical_alert="old")
    practice.patient("2", email=shared)
    practice.load()
    practice.ledger.close()
    practice.ledger = open_ledger(practice.home / "new", actor="tester")
    practice.survey()
    practice.patients["1"]["medical_alert"] = None
    assert counts(practice.load()) == (2, 0, 2, 0, 0)
    found = practice.in_twenty("1", "2")
    assert found["1"]["emails"]["primaryEmail"] == shared
    assert found["2"]["sharedEmails"]["primaryEmail"] == shared
    assert not found["1"]["medicalAlert"]
    assert practice.verify().verified == 2


def test_two_source_rows_with_one_key_are_set_aside_instead_of_ending_the_run(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.patient("1")
    practice.patient("2")
    read = practice.read

    def doubled(entity: str) -> Any:
        for row in read(entity):
            yield row
            if row.key == "1":
                problem = (Problem("key", "duplicate_key", "Another row has the same key."),)
                yield EntityRow(row.entity, row.key, row.values, problem)

    monkeypatch.setattr(practice, "read", doubled)
    loaded = practice.load()
    assert loaded.source == 3
    assert loaded.adds_up
    checked = practice.verify()
    assert checked.adds_up
    assert checked.quarantined == loaded.quarantined
    assert checked.verified == loaded.created


def test_no_value_of_a_record_gets_into_the_ledger(practice: SmallPractice) -> None:
    practice.patient(
        "1", last_name="Tremblay-Xyzzy", email=practice.email("xyzzy"), medical_alert="\ud800 Xyzzy"
    )
    practice.patient(
        "2", last_name="Tremblay-Xyzzy", email=practice.email("xyzzy"), birth_date=date(1951, 3, 4)
    )
    practice.load()
    practice.verify()
    practice.ledger.close()
    for file in practice.home.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            assert b"xyzzy" not in content, file.name
            assert b"1951-03-04" not in content, file.name
