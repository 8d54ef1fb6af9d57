"""Somebody works in Twenty, or something ends, between a load and what comes after it."""

from __future__ import annotations

import uuid

import pytest

from panda_twenty.ledger.field_hashes import edits
from panda_twenty.ledger.outcomes import keep_loaded
from panda_twenty.ledger.taken_back import places_taken_back
from panda_twenty.twenty.halting import REFUSALS_TOLERATED
from panda_twenty.twenty.records import destroy, upsert
from panda_twenty.undo import rolling_back
from panda_twenty_tests.undo.workspace_with_owners import ADOPT_BY_EMAIL, OwnedWorkspace


def test_whoever_is_added_by_hand_instead_of_a_destroyed_patient_is_left_alone(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.survey()
    practice.patient("1", first_name="Ann", email=practice.email("ann"))
    practice.load()
    destroy(owned.client, practice.facts("person"), [practice.id_of("1")])
    by_hand = str(uuid.uuid4())
    emails = {"primaryEmail": practice.email("ann")}
    body = {"id": by_hand, "name": {"firstName": "Added", "lastName": "Byhand"}, "emails": emails}
    upsert(owned.client, practice.facts("person"), [body])
    for alert in ("Latex", "Latex and penicillin"):
        practice.patients["1"]["medical_alert"] = alert
        assert practice.load().quarantined == 0
    found = owned.person(by_hand, "name", "pandaId", "medicalAlert")
    assert found is not None
    assert (found["name"]["firstName"], found["pandaId"], found["medicalAlert"]) == ("Added", "", "")
    ours = practice.in_twenty("1")["1"]
    assert ours["medicalAlert"] == "Latex and penicillin"
    assert ours["emails"]["primaryEmail"] in (None, "")
    assert practice.verify().is_clean
    owned.roll_back()
    assert owned.person(by_hand, "name") is not None


def test_a_record_that_a_delta_left_edited_is_not_taken_back_without_a_word(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("1", first_name="Bob", medical_alert="Latex", street="1 Elm")
    practice.load()
    owned.edit(practice.id_of("1"), medicalAlert="As the front desk has it")
    practice.patients["1"]["street"] = "2 Oak"
    practice.load()
    assert owned.roll_back(dry_run=True).objects["person"].edited == 1
    assert owned.roll_back().objects["person"].left_alone == 1
    found = owned.person(practice.id_of("1"), "medicalAlert")
    assert found is not None
    assert found["medicalAlert"] == "As the front desk has it"
    assert owned.roll_back(include_edited=True).objects["person"].destroyed == 1
    assert edits(practice.ledger) == []


def test_what_a_rollback_that_was_cut_off_put_back_is_sent_again(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = owned.practice
    theirs = owned.own("held", emails={"primaryEmail": practice.email("ann")}, medicalAlert="Before")
    practice.survey()
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient(
        "1", first_name="Ann", email=practice.email("ann"), medical_alert="Latex", street="1 Elm"
    )
    practice.load()
    with monkeypatch.context() as patch:
        patch.setattr(rolling_back, "_match_deletion", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            owned.roll_back()
    found = owned.person(theirs, "medicalAlert")
    assert found is not None
    assert found["medicalAlert"] == "Before"
    assert practice.load().updated == 1
    assert practice.verify().is_clean
    assert edits(practice.ledger) == []
    assert practice.load().unchanged == 1


def test_what_is_edited_after_a_rollback_was_cut_off_stays(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = owned.practice
    theirs = {
        each: owned.own(each, emails={"primaryEmail": practice.email(each)}, medicalAlert="Before")
        for each in ("ann", "bob")
    }
    practice.survey()
    practice.adoption = ADOPT_BY_EMAIL
    for each in theirs:
        practice.patient(each, first_name=each, email=practice.email(each), medical_alert="Latex")
    practice.load()
    with monkeypatch.context() as patch:
        patch.setattr(rolling_back, "_match_deletion", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            owned.roll_back()
    owned.edit(theirs["ann"], medicalAlert="As the front desk has it")
    assert owned.roll_back(dry_run=True).objects["person"].edited == 1
    tally = owned.roll_back().objects["person"]
    assert (tally.restored, tally.left_alone) == (1, 1)
    alerts = {each: (owned.person(identity, "medicalAlert") or {}) for each, identity in theirs.items()}
    assert alerts["ann"]["medicalAlert"] == "As the front desk has it"
    assert alerts["bob"]["medicalAlert"] == "Before"


def _cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_rollback_that_is_cut_off_has_told_what_it_takes_back(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = owned.practice
    practice.patient("1", first_name="Ann")
    counts = practice.load()
    keep_loaded(practice.ledger, "patients", "all", "person", counts.__dict__)
    with monkeypatch.context() as patch:
        patch.setattr(rolling_back, "intend_rollback", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            owned.roll_back()
    assert places_taken_back(practice.ledger) == {("patients", "all")}


def test_children_of_a_destroyed_record_do_not_halt_the_rest(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("7", first_name="Gus")
    practice.patient("8", first_name="Flo")
    practice.load()
    children = 2 * REFUSALS_TOLERATED
    for number in range(children):
        practice.visit(f"7{number:02}", "7")
    practice.load("visits")
    destroy(owned.client, practice.facts("person"), [practice.id_of("7")])
    assert practice.verify("visits").different == children
    practice.visit("800", "8")
    counts = practice.load("visits")
    assert (counts.created, counts.quarantined) == (1, children)
    assert {each.code for each in practice.held_back().values()} == {"missing_parent"}
