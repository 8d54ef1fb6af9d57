"""What a verification says of what stands in Twenty, and what a later load makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty.twenty.records import destroy, read_by_ids, upsert
from panda_twenty.twenty.survey import look_closer_next_time
from panda_twenty.verification import compare
from panda_twenty_tests.loading.small_practice import SmallPractice, counts, stranger


def test_a_record_that_somebody_destroyed_is_noticed_and_sent_again(practice: SmallPractice) -> None:
    practice.patient("1")
    practice.patient("2")
    practice.survey()
    practice.load()
    destroy(practice.client, practice.facts("person"), [practice.id_of("1")])
    standing = practice.survey()
    assert (standing.ours, standing.gone) == (1, 1)
    assert counts(practice.load()) == (2, 1, 0, 1, 0)
    assert practice.verify().verified == 2


def test_a_destroyed_record_and_a_new_stranger_cancel_each_other_out_until_verification_doubts_it(
    practice: SmallPractice,
) -> None:
    practice.patient("1")
    practice.survey()
    practice.load()
    destroy(practice.client, practice.facts("person"), [practice.id_of("1")])
    stranger(practice, practice.email("stranger"))
    practice.survey()
    practice.load()
    assert practice.verify().missing == 1
    look_closer_next_time(practice.ledger, "person")
    assert practice.survey().gone == 1
    practice.load()
    assert practice.verify().verified == 1


def test_a_record_changed_by_hand_in_twenty_is_a_difference_and_named_by_field(
    practice: SmallPractice,
) -> None:
    practice.patient("1", medical_alert="Latex")
    practice.patient("2")
    practice.load()
    upsert(
        practice.client, practice.facts("person"), [{"id": practice.id_of("1"), "medicalAlert": "changed"}]
    )
    checked = practice.verify()
    assert (checked.verified, checked.different) == (1, 1)
    assert dict(checked.different_fields) == {"medicalAlert": 1}
    (difference,) = checked.differences
    assert (difference.source_key, difference.field) == ("1", "medicalAlert")


def test_a_record_that_is_missing_in_twenty_is_named_too(practice: SmallPractice) -> None:
    practice.patient("1")
    practice.patient("2")
    practice.load()
    destroy(practice.client, practice.facts("person"), [practice.id_of("1")])
    checked = practice.verify()
    assert (checked.verified, checked.missing, checked.is_clean) == (1, 1, False)
    assert [each.source_key for each in checked.differences] == ["1"]


def test_a_verification_compares_few_rows_at_once_where_they_hold_much_text(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("1", "2", "3", "4", "5"):
        practice.patient(key, medical_alert="x" * 5_000 if key == "2" else None)
    practice.load()
    asked: list[int] = []

    def read(client: Any, facts: Any, ids: list[str], *rest: Any, **options: Any) -> Any:
        asked.append(len(ids))
        return read_by_ids(client, facts, ids, *rest, **options)

    monkeypatch.setattr(compare, "read_by_ids", read)
    monkeypatch.setattr(compare, "TEXT_PER_WINDOW", 4_000)
    assert practice.verify().verified == 5
    assert asked == [2, 3]


def test_a_verification_beside_a_load_does_not_vouch_for_what_it_read_before_it(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.patient("1", street="1 Elm")
    practice.load()
    practice.verify()

    def written_meanwhile(*arguments: Any, **named: Any) -> Any:
        found = read_by_ids(*arguments, **named)
        practice.patients["1"]["street"] = "2 Oak"
        practice.load()
        return found

    with monkeypatch.context() as patch:
        patch.setattr("panda_twenty.verification.compare.read_by_ids", written_meanwhile)
        practice.verify()
    assert practice.verify().is_clean
