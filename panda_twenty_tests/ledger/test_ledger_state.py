"""What the account amounts to: known records, quarantine, claims, settings, outcomes.

On SQLite, and on PostgreSQL where a database is given.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import Connection

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.outcomes import Outcome, keep_loaded, keep_verified, outcomes_by_object
from panda_twenty.ledger.refusals import (
    count_refused,
    count_tried,
    forget_refusals,
    refused_before,
    remember_refusals,
)
from panda_twenty.ledger.state import (
    Delivery,
    Quarantined,
    claim,
    claim_for_others,
    counts_by_object,
    intend,
    keep_setting,
    known_records,
    quarantined,
    quarantined_keys,
    records_of,
    release,
    set_aside,
    setting,
    settle,
)
from panda_twenty.ledger.strangers import (
    count_strangers,
    forget_the_gone,
    keep_strangers,
    known_ids,
    stranger_ids,
)

HASH, OTHER = "1" * 64, "2" * 64


@pytest.fixture
def url(either: str | None) -> str | None:
    return either


def delivery(key: str, content: str = HASH, before: str | None = None) -> Delivery:
    action: Literal["create", "update"] = "update" if before else "create"
    return Delivery("patient", key, "person", f"id-{key}", "0-9", content, action, before)


def written(ledger: Ledger, *keys: str) -> None:
    batch = [delivery(key) for key in keys]
    settle(ledger, batch, intend(ledger, batch))


def held_back(key: str, code: str = "missing_parent") -> Quarantined:
    return Quarantined("patient", key, "person", "0-9", code, "patient", "It follows by itself.")


def test_an_intent_is_accounted_for_before_anything_counts_as_written(ledger: Ledger) -> None:
    sequence = intend(ledger, [delivery("1"), delivery("2")])
    assert known_records(ledger, "patient", ["1"])["1"].state == "intended"
    assert counts_by_object(ledger) == {}
    (entry,) = ledger.entries()
    assert (entry.sequence, entry.kind, entry.content["records"]) == (sequence, "intent", 2)


def test_an_outcome_names_its_intent_and_makes_the_records_known(ledger: Ledger) -> None:
    sequence = intend(ledger, [delivery("1")])
    settle(ledger, [delivery("1")], sequence)
    known = known_records(ledger, "patient", ["1", "2"])
    assert set(known) == {"1"}
    assert (known["1"].state, known["1"].content_hash, known["1"].twenty_id) == ("written", HASH, "id-1")
    assert next(iter(ledger.entries("written"))).content["intent"] == sequence
    assert counts_by_object(ledger) == {"person": 1}


def test_an_update_that_was_only_intended_keeps_the_content_that_stood_before(ledger: Ledger) -> None:
    written(ledger, "1")
    intend(ledger, [delivery("1", OTHER, before=HASH)])
    known = known_records(ledger, "patient", ["1"])["1"]
    assert known.state == "intended"
    assert known.content_hash == HASH, "so that the next run sends it again"


def test_settling_nothing_adds_no_entry(ledger: Ledger) -> None:
    settle(ledger, [], 1)
    set_aside(ledger, [])
    assert list(ledger.entries()) == []


def test_more_keys_than_a_statement_takes_can_be_looked_up(ledger: Ledger) -> None:
    keys = [str(number) for number in range(1201)]
    written(ledger, *keys)
    assert len(known_records(ledger, "patient", keys)) == 1201
    assert len(known_ids(ledger, "person", [f"id-{key}" for key in keys])) == 1201
    assert known_records(ledger, "provider", keys) == {}


def test_a_record_in_quarantine_has_a_reason_until_it_is_released(ledger: Ledger) -> None:
    set_aside(ledger, [held_back("1"), held_back("2", "bad_email")])
    assert [each.source_key for each in quarantined(ledger)] == ["1", "2"]
    assert quarantined_keys(ledger, "patient", ["1", "2", "3"]) == {"1", "2"}
    assert list(quarantined(ledger, "company")) == []
    release(ledger, "patient", ["1", "3"])
    assert [each.source_key for each in quarantined(ledger, "person")] == ["2"]


def test_the_same_reason_again_is_accounted_for_once_and_another_reason_anew(ledger: Ledger) -> None:
    set_aside(ledger, [held_back("1")])
    set_aside(ledger, [held_back("1")])
    assert len(list(ledger.entries("quarantined"))) == 1
    set_aside(ledger, [held_back("1", "bad_email")])
    assert len(list(ledger.entries("quarantined"))) == 2
    (only,) = quarantined(ledger)
    assert only.code == "bad_email"


def test_a_record_that_arrives_leaves_the_quarantine(ledger: Ledger) -> None:
    set_aside(ledger, [held_back("1"), held_back("2")])
    written(ledger, "1")
    assert quarantined_keys(ledger, "patient", ["1", "2"]) == {"2"}


def test_a_quarantined_record_that_stood_in_twenty_before_is_still_known(ledger: Ledger) -> None:
    written(ledger, "1")
    set_aside(ledger, [held_back("1")])
    assert known_records(ledger, "patient", ["1"])["1"].state == "written"


def test_a_record_refused_after_its_intent_is_still_known_to_stand_in_twenty(ledger: Ledger) -> None:
    written(ledger, "1")
    intend(ledger, [delivery("1", OTHER, before=HASH), delivery("2")])
    set_aside(ledger, [held_back("1", "bad_email"), held_back("2", "bad_email")])
    known = known_records(ledger, "patient", ["1", "2"])
    assert known["1"].stands, "its children may still point at it"
    assert known["1"].content_hash == HASH
    assert not known["2"].stands
    assert [each.source_key for each in records_of(ledger, "person")] == ["1"]
    assert counts_by_object(ledger) == {"person": 1}


def test_the_first_claim_of_a_value_holds_for_good(ledger: Ledger) -> None:
    assert claim(ledger, "person", "emails", {"a@quill.test": "ann"}) == {"a@quill.test": "ann"}
    later = claim(ledger, "person", "emails", {"a@quill.test": "bea", "b@quill.test": "bea"})
    assert later == {"a@quill.test": "ann", "b@quill.test": "bea"}
    assert claim(ledger, "person", "emails", {"a@quill.test": "ann"}) == {"a@quill.test": "ann"}


def test_claims_of_one_field_say_nothing_about_another(ledger: Ledger) -> None:
    claim(ledger, "person", "emails", {"x": "ann"})
    assert claim(ledger, "company", "domainName", {"x": "practice"}) == {"x": "practice"}
    assert claim(ledger, "person", "emails", {}) == {}


def test_claims_survive_reopening(ledger: Ledger, home: Path, url: str | None) -> None:
    claim(ledger, "person", "emails", {"a@quill.test": "ann"})
    ledger.close()
    again = open_ledger(home, actor="tester", url=url)
    assert claim(again, "person", "emails", {"a@quill.test": "bea"}) == {"a@quill.test": "ann"}
    again.close()


def test_what_records_of_others_hold_cannot_be_claimed(ledger: Ledger) -> None:
    assert claim_for_others(ledger, "person", "emails", [("a@quill.test", "stranger")]) == 1
    assert claim_for_others(ledger, "person", "emails", [("a@quill.test", "stranger")]) == 0
    assert claim(ledger, "person", "emails", {"a@quill.test": "ann"}) == {"a@quill.test": "stranger"}


def test_a_setting_is_kept_and_accounted_for(ledger: Ledger) -> None:
    assert setting(ledger, "range_width") is None
    keep_setting(ledger, "range_width", "500")
    keep_setting(ledger, "range_width", "1000")
    assert setting(ledger, "range_width") == "1000"
    assert [entry.content["value"] for entry in ledger.entries("setting")] == ["500", "1000"]


def test_strangers_are_remembered_as_they_were_last_seen(ledger: Ledger) -> None:
    keep_strangers(ledger, "person", {"a", "b"})
    keep_strangers(ledger, "company", {"c"})
    assert count_strangers(ledger, "person") == 2
    assert stranger_ids(ledger, "person", ["a", "c"]) == {"a"}
    keep_strangers(ledger, "person", set())
    assert count_strangers(ledger, "person") == 0
    assert count_strangers(ledger, "company") == 1


def test_records_that_are_gone_are_forgotten_and_that_is_accounted_for(ledger: Ledger) -> None:
    written(ledger, "1", "2", "3")
    assert forget_the_gone(ledger, "person", {"id-1", "id-3"}) == 1
    assert [each.source_key for each in records_of(ledger, "person")] == ["1", "3"]
    (entry,) = ledger.entries("gone")
    assert entry.content["records"] == 1
    assert list(broken_links(ledger)) == []


def test_a_workspace_that_was_wiped_is_forgotten_in_entries_of_some_records_each(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panda_twenty.ledger.strangers.GONE_IN_AN_ENTRY", 2)
    written(ledger, *"12345")
    provider = [delivery("1")._replace(entity="provider", twenty_id="id-of-provider")]
    settle(ledger, provider, intend(ledger, provider))
    assert forget_the_gone(ledger, "person", {"id-3"}) == 5
    assert sorted(entry.content["records"] for entry in ledger.entries("gone")) == [1, 2, 2]
    assert [(each.entity, each.source_key) for each in records_of(ledger, "person")] == [("patient", "3")]
    assert list(broken_links(ledger)) == []
    assert list(altered_state(ledger)) == []


def test_a_record_that_is_written_after_the_gone_were_looked_for_is_kept(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(ledger, "1", "2")
    writing = ledger.writing

    def after_another() -> AbstractContextManager[Connection]:
        monkeypatch.setattr(ledger, "writing", writing)
        written(ledger, "1")
        return writing()

    monkeypatch.setattr(ledger, "writing", after_another)
    assert forget_the_gone(ledger, "person", set()) == 1
    assert [each.source_key for each in records_of(ledger, "person")] == ["1"]


COUNTS = {"source": 10, "created": 4, "updated": 2, "unchanged": 3, "quarantined": 1}
CHECKED = {"source": 10, "verified": 9, "different": 0, "missing": 0}


def test_outcomes_add_up_over_routes_and_ranges(ledger: Ledger) -> None:
    for key in ("0-9", "10-19"):
        keep_loaded(ledger, "person_patient", key, "person", COUNTS)
        keep_verified(ledger, "person_patient", key, "person", CHECKED)
    keep_loaded(ledger, "person_provider", "all", "person", {**COUNTS, "shared_values": 1})
    keep_verified(ledger, "person_provider", "all", "person", CHECKED)
    found = outcomes_by_object(ledger)["person"]
    assert (found.source, found.created, found.verified, found.quarantined) == (30, 12, 27, 3)
    assert found.adds_up
    assert found.is_well


def test_what_was_verified_before_a_load_no_longer_counts_after_it(ledger: Ledger) -> None:
    keep_loaded(ledger, "person_patient", "0-9", "person", COUNTS)
    keep_verified(ledger, "person_patient", "0-9", "person", CHECKED)
    keep_loaded(ledger, "person_patient", "0-9", "person", COUNTS)
    found = outcomes_by_object(ledger)["person"]
    assert found.verified == 0
    assert not found.adds_up


def test_an_outcome_with_a_gap_or_a_difference_is_not_well() -> None:
    right = Outcome("person", 10, 4, 2, 3, 1, 9)
    assert right.is_well
    assert not replace(right, created=3).adds_up
    assert not replace(right, verified=8).adds_up
    assert not replace(right, verified=8, different=1).is_well
    assert not replace(right, verified=8, missing=1).is_well
    assert replace(right, verified=8, missing=1).adds_up


def test_what_twenty_refused_is_known_by_its_content_until_it_is_settled_or_tried_again(
    ledger: Ledger,
) -> None:
    remember_refusals(ledger, "patient", {"1": HASH, "2": HASH, "3": HASH})
    remember_refusals(ledger, "patient", {"2": OTHER})
    set_aside(ledger, [held_back("1"), held_back("2"), held_back("3")])
    assert refused_before(ledger, "patient", ["1", "2", "9"]) == {"1": HASH, "2": OTHER}
    assert refused_before(ledger, "provider", ["1"]) == {}
    assert (count_refused(ledger, "patient"), count_tried(ledger, "patient")) == (3, 3)
    batch = [delivery("1")]
    settle(ledger, batch, intend(ledger, batch))
    assert (count_refused(ledger, "patient"), count_tried(ledger, "patient")) == (2, 3)
    assert (count_refused(ledger, "provider"), count_tried(ledger, "provider")) == (0, 0)
    release(ledger, "patient", ["3"])
    assert refused_before(ledger, "patient", ["1", "2", "3"]) == {"2": OTHER}
    assert forget_refusals(ledger, "provider") == []
    assert refused_before(ledger, "patient", ["2"]) == {"2": OTHER}
    assert forget_refusals(ledger) == ["0-9"]
    assert refused_before(ledger, "patient", ["2"]) == {}
    assert [each.source_key for each in quarantined(ledger)] == ["2"]
