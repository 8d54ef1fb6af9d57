"""People of the workspace who are not ours: never overwritten, whenever they came."""

from __future__ import annotations

import pytest

from panda_twenty.ledger.verified import stood_before
from panda_twenty.twenty import loading
from panda_twenty.twenty import survey as survey_module
from panda_twenty.twenty.records import destroy, soft_delete
from panda_twenty_tests.loading.small_practice import (
    SmallPractice,
    counts,
    killed_here,
    read_person,
    stranger,
)


@pytest.mark.parametrize("deleted", [False, True])
def test_somebody_else_with_the_same_address_is_neither_overwritten_nor_brought_back(
    practice: SmallPractice, deleted: bool
) -> None:
    facts, email = practice.facts("person"), practice.email("ann")
    theirs = stranger(practice, email)
    if deleted:
        soft_delete(practice.client, facts, [theirs])
    practice.survey()
    practice.patient("1", first_name="Ann", email=email)
    assert counts(practice.load()) == (1, 1, 0, 0, 0)
    found = read_person(practice, theirs)
    assert found["name"]["firstName"] == "Stranger"
    assert found["emails"]["primaryEmail"] == email
    assert (found["deletedAt"] is not None) is deleted
    ours = practice.in_twenty("1")["1"]
    assert ours["sharedEmails"]["primaryEmail"] == email
    assert practice.verify().verified == 1


def test_a_stranger_who_came_after_the_survey_is_not_overwritten(practice: SmallPractice) -> None:
    practice.survey()
    email = practice.email("ann")
    theirs = stranger(practice, email)
    practice.patient("1", first_name="Ann", email=email)
    practice.load()
    assert read_person(practice, theirs)["name"]["firstName"] == "Stranger"


@pytest.mark.parametrize("reason", ["a rule of ours", "a cut-off run"])
def test_a_stranger_who_came_after_the_claim_is_not_overwritten(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """The address is claimed for Ann, who does not arrive; then the front desk adds her by hand."""
    practice.survey()
    email = practice.email("ann")
    practice.patient("1", first_name="Ann", email=email, medical_alert="half a pair \ud800")
    if reason == "a rule of ours":
        practice.load()
        assert set(practice.held_back()) == {"1"}
    else:
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(loading, "_checked", killed_here)
            practice.load()
    theirs = stranger(practice, email)
    practice.patients["1"]["medical_alert"] = None
    assert counts(practice.load()) == (1, 1, 0, 0, 0)
    assert read_person(practice, theirs)["name"]["firstName"] == "Stranger"
    arrived = practice.in_twenty("1")["1"]
    assert arrived["sharedEmails"]["primaryEmail"] == email
    assert (practice.verify().verified, practice.held_back()) == (1, {})


def test_a_stranger_who_took_the_place_of_another_is_seen_by_the_next_survey(
    practice: SmallPractice,
) -> None:
    first = stranger(practice, practice.email("first"), "First")
    practice.survey()
    destroy(practice.client, practice.facts("person"), [first])
    email = practice.email("ann")
    theirs = stranger(practice, email, "Second")
    practice.survey()
    practice.patient("1", first_name="Ann", email=email)
    practice.load()
    assert read_person(practice, theirs)["name"]["firstName"] == "Second"


def test_a_survey_that_is_cut_off_between_its_notes_is_made_again(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = stranger(practice, practice.email("theirs"))
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(survey_module, "keep_setting", killed_here)
        practice.survey()
    practice.survey()
    assert stood_before(practice.ledger, "person", [theirs]) == {theirs}
