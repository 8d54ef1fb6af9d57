"""Undo against the stand-in, proved by snapshots of the whole workspace."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.state import known_records
from panda_twenty.twenty import loading
from panda_twenty.twenty.records import destroy, read_all, soft_delete, upsert
from panda_twenty.undo import dependants, rolling_back
from panda_twenty.undo.scope import Scope
from panda_twenty_tests.undo.workspace_with_owners import (
    ADOPT_BY_EMAIL,
    ADOPT_DELETED_TOO,
    LONG_AGO,
    OwnedWorkspace,
)

FULL: dict[str, Any] = {
    "first_name": "Ann",
    "last_name": "Quill",
    "mobile_phone": "607-555-0142",
    "street": "1 Elm",
    "medical_alert": "Latex",
    "birth_date": date(1951, 3, 4),
    "sex": "FEMALE",
    "created_at": datetime(2011, 4, 5, 6, 7, 8, tzinfo=UTC),
}


def assert_sound(owned: OwnedWorkspace) -> None:
    assert list(broken_links(owned.practice.ledger)) == []
    assert list(altered_state(owned.practice.ledger)) == []


def test_what_was_created_is_destroyed_and_the_workspace_is_as_before(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    owned.own_many(20)
    before = owned.snapshot()
    practice.survey()
    for key in ("1", "2", "3"):
        practice.patient(key, **FULL, email=practice.email(key))
        practice.visit(f"{key}0", key)
    practice.load()
    practice.load("visits")
    assert not owned.changes_since(before).is_equal
    outcome = owned.roll_back()
    assert {name: each.destroyed for name, each in outcome.objects.items()} == {"visit": 3, "person": 3}
    assert outcome.is_well
    assert owned.changes_since(before).changes == []
    assert_sound(owned)


def test_a_dry_run_is_silent_and_counts_what_the_real_one_does(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    owned.own("held", emails={"primaryEmail": practice.email("ann")})
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("1", **FULL, email=practice.email("ann"))
    practice.patient("2", **FULL)
    practice.visit("10", "1")
    practice.load()
    practice.load("visits")
    before, entries = owned.snapshot(), len(list(practice.ledger.entries()))
    planned = owned.roll_back(dry_run=True)
    assert owned.changes_since(before).changes == []
    assert owned.changes_since(before).ignored == {}
    assert len(list(practice.ledger.entries())) == entries
    done = owned.roll_back()
    assert planned.counts()["objects"] == done.counts()["objects"]
    assert planned.calls > 0


def test_an_adopted_record_gets_every_value_back_also_composites_and_the_moment_of_creation(
    owned: OwnedWorkspace,
) -> None:
    practice = owned.practice
    theirs = owned.own(
        "held",
        emails={"primaryEmail": practice.email("ann"), "additionalEmails": [practice.email("second")]},
        createdAt="2018-08-08T08:08:08.000Z",
        medicalAlert="Nickel",
        phones={
            "primaryPhoneNumber": "6075550199",
            "primaryPhoneCallingCode": "+1",
            "additionalPhones": [{"number": "6075550198", "callingCode": "+1", "countryCode": "US"}],
        },
        homeAddress={"addressStreet1": "9 Oak", "addressLat": 42.5},
        jobTitle="Untouched",
    )
    before = owned.snapshot()
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("1", **FULL, email=practice.email("ann"))
    loaded = practice.load()
    assert (loaded.created, loaded.updated, loaded.adopted) == (0, 1, 1)
    assert known_records(practice.ledger, "patient", ["1"])["1"].twenty_id == theirs
    written = owned.person(theirs, "name", "phones", "medicalAlert", "jobTitle")
    assert written is not None
    assert (written["name"]["firstName"], written["medicalAlert"]) == ("Ann", "Latex")
    assert written["jobTitle"] == "Untouched"
    assert written["createdAt"] == "2011-04-05T06:07:08.000Z"
    assert practice.verify().verified == 1
    outcome = owned.roll_back()
    assert outcome.objects["person"].restored == 1
    assert owned.changes_since(before).changes == []
    assert_sound(owned)


def test_a_soft_deleted_record_that_was_adopted_is_deleted_again_as_of_the_same_moment(
    owned: OwnedWorkspace,
) -> None:
    practice = owned.practice
    ids = owned.own_many(10)
    before = owned.snapshot()
    practice.adoption = ADOPT_DELETED_TOO
    practice.patient("1", **FULL, email=practice.email("own0"))
    practice.load()
    brought_back = owned.person(ids[0])
    assert brought_back is not None
    assert brought_back["deletedAt"] is None
    outcome = owned.roll_back()
    assert outcome.objects["person"].deleted_again == 1
    again = owned.person(ids[0])
    assert again is not None
    assert again["deletedAt"] == LONG_AGO
    assert owned.changes_since(before).changes == []


def test_nothing_is_adopted_without_a_policy_or_from_the_bin_or_by_two_of_ours(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    ids = owned.own_many(10)
    practice.patient("1", email=practice.email("own1"))
    practice.load()
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("2", email=practice.email("own0"))
    practice.patient("3", email=practice.email("own3"))
    practice.patient("4", email=practice.email("own3"))
    practice.patient("5", email=practice.email("own2"))
    loaded = practice.load()
    assert (loaded.created, loaded.adopted) == (3, 1)
    known = known_records(practice.ledger, "patient", list("12345"))
    assert known["5"].twenty_id == ids[2]
    assert all(known[key].twenty_id == practice.id_of(key) for key in "1234")


def test_two_who_share_an_address_are_never_written_onto_one_record(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are looked up in different windows, and the first is not on its way when the second is read."""
    monkeypatch.setattr(loading, "WINDOW_OF_UNIQUE_VALUES", 1)
    practice = owned.practice
    ids = owned.own_many(10)
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("1", email=practice.email("own3"))
    practice.patient("2", email=practice.email("own3"))
    loaded = practice.load()
    assert (loaded.created, loaded.adopted, loaded.shared_values) == (1, 1, 1)
    known = known_records(practice.ledger, "patient", ["1", "2"])
    assert (known["1"].twenty_id, known["2"].twenty_id) == (ids[3], practice.id_of("2"))
    assert practice.verify().verified == 2


def test_a_record_that_somebody_edited_is_left_alone_with_its_parent_unless_the_operator_says_so(
    owned: OwnedWorkspace,
) -> None:
    practice = owned.practice
    before = owned.snapshot()
    for key in ("1", "2"):
        practice.patient(key, **FULL)
        practice.visit(f"{key}0", key)
    practice.load()
    practice.load("visits")
    visit = practice.id_of("10", "perio_exam")
    upsert(practice.client, practice.facts("visit"), [{"id": visit, "name": "Changed by hand"}])
    planned = owned.roll_back(dry_run=True)
    assert planned.objects["visit"].edited == 1
    outcome = owned.roll_back()
    assert not outcome.is_well
    assert (outcome.objects["visit"].destroyed, outcome.objects["visit"].left_alone) == (1, 1)
    assert (outcome.objects["person"].destroyed, outcome.objects["person"].needed) == (1, 1)
    kept = practice.in_twenty("10", entity="perio_exam")["10"]
    assert kept["patientId"] == practice.id_of("1")
    assert_sound(owned)
    assert owned.roll_back(include_edited=True).is_well
    assert owned.changes_since(before).changes == []


def test_a_users_edit_of_another_field_of_an_adopted_record_stays(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    theirs = owned.own("held", emails={"primaryEmail": practice.email("ann")}, jobTitle="Old")
    before = owned.snapshot()
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("1", **FULL, email=practice.email("ann"))
    practice.load()
    owned.edit(theirs, jobTitle="New")
    outcome = owned.roll_back()
    assert outcome.objects["person"].restored == 1
    (change,) = owned.changes_since(before).changes
    assert (change.id, change.fields) == (f"record {theirs}", ("jobTitle",))


def test_a_users_edit_of_a_field_that_was_written_to_an_adopted_record_is_left_alone(
    owned: OwnedWorkspace,
) -> None:
    practice = owned.practice
    theirs = owned.own("held", emails={"primaryEmail": practice.email("ann")})
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("1", **FULL, email=practice.email("ann"))
    practice.load()
    owned.edit(theirs, medicalAlert="By hand")
    outcome = owned.roll_back()
    assert (outcome.objects["person"].edited, outcome.objects["person"].left_alone) == (1, 1)
    found = owned.person(theirs, "medicalAlert", "name")
    assert found is not None
    assert (found["medicalAlert"], found["name"]["firstName"]) == ("By hand", "Ann")


def test_a_run_is_undone_to_what_the_run_before_it_wrote(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    empty = owned.snapshot()
    practice.as_run("first")
    practice.patient("1", **FULL, email=practice.email("ann"))
    practice.load()
    after_first = owned.snapshot()
    practice.as_run("second")
    practice.patients["1"] |= {"medical_alert": None, "mobile_phone": None, "street": "2 Oak"}
    practice.patient("2", **FULL)
    practice.load()
    outcome = owned.roll_back(Scope(runs=("second",)))
    assert (outcome.objects["person"].reverted, outcome.objects["person"].destroyed) == (1, 1)
    assert owned.changes_since(after_first).changes == []
    assert_sound(owned)
    assert owned.roll_back(Scope(runs=("second",))).undone == 0
    loaded = practice.load()
    assert (loaded.created, loaded.updated) == (1, 1), "the source still says what the second run wrote"
    assert owned.roll_back(Scope(runs=("first",))).objects["person"].destroyed == 1
    assert owned.roll_back().objects["person"].destroyed == 1
    assert owned.changes_since(empty).changes == []
    assert_sound(owned)


def test_undoing_a_run_takes_later_writes_to_the_same_records_with_it_and_says_so(
    owned: OwnedWorkspace,
) -> None:
    practice = owned.practice
    before = owned.snapshot()
    practice.as_run("first")
    practice.patient("1", **FULL)
    practice.load()
    practice.as_run("second")
    practice.patients["1"]["medical_alert"] = "Penicillin"
    practice.load()
    outcome = owned.roll_back(Scope(runs=("first",)))
    assert outcome.objects["person"].also_later_runs == 1
    assert owned.changes_since(before).changes == []


def test_one_object_can_be_undone_and_what_pointed_at_it_is_sent_again(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("1", **FULL)
    practice.visit("10", "1")
    practice.load()
    practice.load("visits")
    planned = owned.roll_back(Scope(object="person"), dry_run=True)
    assert planned.objects["person"].ours_unlinked == 1
    owned.roll_back(Scope(object="person"))
    assert practice.in_twenty("10", entity="perio_exam")["10"]["patientId"] is None
    assert_sound(owned)
    assert practice.load().created == 1
    assert practice.load("visits").updated == 1
    assert practice.verify("visits").verified == 1


def test_one_record_can_be_undone(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("1", **FULL)
    practice.patient("2", **FULL)
    practice.load()
    outcome = owned.roll_back(Scope(record=("patient", "2")))
    assert outcome.objects["person"].destroyed == 1
    assert set(practice.in_twenty("1", "2")) == {"1"}


def test_links_of_others_to_a_destroyed_record_are_told(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("1", **FULL)
    practice.load()
    note = "0d3f3a4c-7a5e-5f2e-9d55-8d3a6a8e2b10"
    target = "1d3f3a4c-7a5e-5f2e-9d55-8d3a6a8e2b10"
    upsert(practice.client, practice.facts("note"), [{"id": note, "title": "By the staff"}])
    upsert(
        practice.client,
        practice.facts("noteTarget"),
        [{"id": target, "noteId": note, "targetPersonId": practice.id_of("1")}],
    )
    assert owned.roll_back(dry_run=True).objects["person"].links_of_others_removed == 1


def test_only_columns_that_hold_anything_are_searched_for_what_points_at_a_record(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = owned.practice
    for key in ("1", "2", "3"):
        practice.patient(key, **FULL)
        practice.visit(f"{key}0", key)
    practice.load()
    practice.load("visits")
    note, target = "0d3f3a4c-7a5e-5f2e-9d55-8d3a6a8e2b10", "1d3f3a4c-7a5e-5f2e-9d55-8d3a6a8e2b10"
    upsert(practice.client, practice.facts("note"), [{"id": note, "title": "By the staff"}])
    upsert(
        practice.client,
        practice.facts("noteTarget"),
        [{"id": target, "noteId": note, "targetPersonId": practice.id_of("1")}],
    )
    searched: list[tuple[str, str]] = []

    def noting(client: Any, holder: Any, *arguments: Any, **named: Any) -> Any:
        searched.extend((holder.name, column) for column in named["where"])
        return read_all(client, holder, *arguments, **named)

    monkeypatch.setattr(dependants, "read_all", noting)
    monkeypatch.setattr(rolling_back, "READ_PER_CALL", 2)
    outcome = owned.roll_back()
    assert searched == [("noteTarget", "targetPersonId")] * 2
    assert outcome.calls_for_dependants == 2
    assert outcome.calls == 2 + sum(each.calls for each in outcome.objects.values())


def test_what_points_at_a_record_is_counted_a_part_at_a_time(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may have every exam of a practice. Who stays because of an edited exam loses no note."""
    monkeypatch.setattr(rolling_back, "_DEPENDANTS_AT_ONCE", 1)
    practice = owned.practice
    for key in ("1", "2"):
        practice.patient(key, **FULL)
        practice.visit(f"{key}0", key)
        practice.visit(f"{key}1", key)
    practice.load()
    practice.load("visits")
    notes = [f"{number}d3f3a4c-7a5e-5f2e-9d55-8d3a6a8e2b10" for number in range(6)]
    upsert(practice.client, practice.facts("note"), [{"id": each, "title": "By the staff"} for each in notes])
    targets = [
        {"id": each.replace("d3", "e3", 1), "noteId": each, "targetPersonId": practice.id_of(key)}
        for each, key in zip(notes, "111122", strict=True)
    ]
    upsert(practice.client, practice.facts("noteTarget"), targets)
    visit = practice.id_of("21", "perio_exam")
    upsert(practice.client, practice.facts("visit"), [{"id": visit, "name": "Changed by hand"}])
    for dry_run in (True, False):
        tally = owned.roll_back(dry_run=dry_run).objects["person"]
        assert (tally.needed, tally.links_of_others_removed) == (1, 4)


def test_after_a_rollback_the_migration_runs_again_and_can_be_undone_again(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    owned.own("held", emails={"primaryEmail": practice.email("ann")})
    before = owned.snapshot()
    practice.adoption = ADOPT_BY_EMAIL
    practice.patient("1", **FULL, email=practice.email("ann"))
    practice.patient("2", **FULL, email=practice.email("bea"))
    for _ in range(2):
        practice.survey()
        loaded = practice.load()
        assert (loaded.created, loaded.adopted) == (1, 1)
        assert practice.verify().verified == 2
        assert owned.roll_back().undone == 2
        assert owned.changes_since(before).changes == []
        assert owned.roll_back().undone == 0, "nothing is left"
        assert_sound(owned)


def test_what_somebody_destroyed_already_counts_as_nothing_left(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("1", **FULL)
    practice.load()
    destroy(practice.client, practice.facts("person"), [practice.id_of("1")])
    outcome = owned.roll_back()
    assert (outcome.objects["person"].nothing_left, outcome.objects["person"].destroyed) == (1, 0)
    assert known_records(practice.ledger, "patient", ["1"]) == {}


def test_a_record_that_a_user_threw_away_is_an_edit(owned: OwnedWorkspace) -> None:
    practice = owned.practice
    practice.patient("1", **FULL)
    practice.load()
    soft_delete(practice.client, practice.facts("person"), [practice.id_of("1")])
    assert owned.roll_back().objects["person"].edited == 1
    assert owned.roll_back(include_edited=True).objects["person"].destroyed == 1


@pytest.mark.parametrize("step", ["settle_removed", "destroy", "upsert", "_match_deletion"])
def test_a_rollback_that_is_cut_off_is_finished_by_the_next(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    practice = owned.practice
    ids = owned.own_many(10)
    before = owned.snapshot()
    practice.adoption = ADOPT_DELETED_TOO
    practice.patient("1", **FULL, email=practice.email("own0"))
    practice.patient("2", **FULL, email=practice.email("own1"))
    practice.patient("3", **FULL)
    practice.load()
    assert owned.person(ids[0]) is not None
    original = getattr(rolling_back, step)

    def interrupted(*arguments: Any, **named: Any) -> Any:
        if step in ("destroy", "upsert"):
            # The call went through, its answer did not.
            original(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rolling_back, step, interrupted)
        owned.roll_back()
    outcome = owned.roll_back()
    assert outcome.is_well
    assert owned.changes_since(before).changes == []
    assert owned.roll_back().undone == 0
    assert_sound(owned)


def test_a_migration_that_was_cut_off_after_a_batch_was_sent_is_undone(
    owned: OwnedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from panda_twenty.twenty import sending

    practice = owned.practice
    owned.own_many(10)
    before = owned.snapshot()
    practice.adoption = ADOPT_DELETED_TOO
    practice.patient("1", **FULL, email=practice.email("own0"))
    practice.patient("2", **FULL, email=practice.email("own1"))
    practice.patient("3", **FULL)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(sending, "settle", interrupted)
        practice.load()
    assert not owned.changes_since(before).is_equal
    assert owned.roll_back().is_well
    assert owned.changes_since(before).changes == []
    assert_sound(owned)
