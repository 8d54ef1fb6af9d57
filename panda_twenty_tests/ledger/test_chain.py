"""The chain: entries in order, and every later change of the account told from outside."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.confirmation import (
    NothingConfirmed,
    confirm,
    latest_confirmation,
    require_confirmation,
)
from panda_twenty.ledger.confirmed_parts import ConfirmedParts
from panda_twenty.ledger.ledger import GENESIS, Ledger, LedgerError
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import Delivery, claim, intend, settle
from panda_twenty.progress import listening


def delivery(key: str, content: str = "0" * 64, action: Literal["create", "update"] = "create") -> Delivery:
    return Delivery("patient", key, "person", f"id-{key}", "all", content, action)


def parts(line: str) -> ConfirmedParts:
    return ConfirmedParts({"patient.first_name": line}, {}, {}, {"workspace": "w"})


@pytest.fixture
def account(ledger: Ledger) -> Ledger:
    """A ledger with some entries of each kind."""
    ledger.note("setting", {"name": "a", "value": "1"})
    batch = [delivery("1"), delivery("2", action="update")._replace(prior={"jobTitle": "Smith"})]
    settle(ledger, batch, intend(ledger, batch))
    ledger.note("setting", {"name": "b", "value": "2"})
    confirm(ledger, parts("one"), "Ann", {"lines": 3})
    return ledger


def edit(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, "the edit must hit something"
        connection.commit()


def test_an_untouched_account_has_no_broken_links(account: Ledger) -> None:
    assert list(broken_links(account)) == []
    assert [entry.sequence for entry in account.entries()] == [1, 2, 3, 4, 5]
    assert [entry.kind for entry in account.entries()] == [
        "setting",
        "intent",
        "written",
        "setting",
        "confirmation",
    ]


def test_an_empty_account_is_sound_and_has_the_genesis_head(ledger: Ledger) -> None:
    assert list(broken_links(ledger)) == []
    assert ledger.head() == GENESIS


def test_the_head_changes_with_every_entry_and_is_the_last_hash(account: Ledger) -> None:
    before = account.head()
    account.note("setting", {"name": "c", "value": "3"})
    assert account.head() != before
    assert account.head() == list(account.entries())[-1].hash


ENTRY_EDITS = {
    "content": "UPDATE entries SET content = replace(content, '1', '9') WHERE sequence = 1",
    "moment": "UPDATE entries SET at = '2020-01-01T00:00:00.000+00:00' WHERE sequence = 3",
    "actor": "UPDATE entries SET actor = 'somebody else' WHERE sequence = 2",
    "run": "UPDATE entries SET run_id = NULL WHERE sequence = 2",
    "kind": "UPDATE entries SET kind = 'intent' WHERE sequence = 3",
    "previous hash": f"UPDATE entries SET previous_hash = '{GENESIS}' WHERE sequence = 2",
    "hash": f"UPDATE entries SET hash = '{'f' * 64}' WHERE sequence = 5",
}
EVENT_EDITS = {
    "source key": "UPDATE record_events SET source_key = '3' WHERE sequence = 2 AND place = 0",
    "twenty id": "UPDATE record_events SET twenty_id = 'other' WHERE sequence = 3 AND place = 1",
    "action": "UPDATE record_events SET action = 'adopted' WHERE sequence = 3 AND place = 1",
    "entity": "UPDATE record_events SET entity = 'provider' WHERE sequence = 3 AND place = 1",
    "object": "UPDATE record_events SET object = 'company' WHERE sequence = 3 AND place = 1",
    "before": f"UPDATE record_events SET before_hash = '{'a' * 64}' WHERE sequence = 2 AND place = 1",
    "after": f"UPDATE record_events SET after_hash = '{'a' * 64}' WHERE sequence = 2 AND place = 1",
    "what stood there": f"UPDATE record_events SET prior_hash = '{'a' * 64}'"
    " WHERE sequence = 2 AND place = 0",
    "no prior": "UPDATE record_events SET prior_hash = NULL WHERE sequence = 2 AND place = 1",
    "range": "UPDATE record_events SET range_key = 'other' WHERE sequence = 2 AND place = 1",
    "patient": "UPDATE record_events SET patient_key = '9' WHERE sequence = 2 AND place = 1",
    "stored at": "UPDATE record_events SET stored_at = '2020' WHERE sequence = 3 AND place = 1",
    "stored": f"UPDATE record_events SET stored_hash = '{'a' * 64}' WHERE sequence = 3 AND place = 1",
    "one byte of a sealed prior": "UPDATE priors SET sealed = CAST(substr(sealed, 1, 20) || x'00'"
    " || substr(sealed, 22) AS BLOB) WHERE sequence = 2 AND place = 1",
    "a sealed prior removed": "DELETE FROM priors WHERE sequence = 2 AND place = 1",
    "a sealed prior put in": "INSERT INTO priors SELECT 2, 0, sealed FROM priors",
    "order": "UPDATE record_events SET place = 7 WHERE sequence = 2 AND place = 0",
    "removed": "DELETE FROM record_events WHERE sequence = 2 AND place = 1",
    "all removed": "DELETE FROM record_events WHERE sequence = 3",
    "put in": "INSERT INTO record_events SELECT 2, 2, entity, '9', object, twenty_id, range_key,"
    " patient_key, action, NULL, NULL, NULL, NULL, NULL FROM record_events WHERE sequence = 2 AND place = 0",
    "moved to another entry": "UPDATE record_events SET sequence = 4 WHERE sequence = 3 AND place = 1",
    "of no entry": "UPDATE record_events SET sequence = 99 WHERE sequence = 3 AND place = 1",
}


@pytest.mark.parametrize("statement", ENTRY_EDITS.values(), ids=ENTRY_EDITS)
def test_an_altered_entry_is_told(account: Ledger, home: Path, statement: str) -> None:
    edit(home, statement)
    assert list(broken_links(account))


@pytest.mark.parametrize("statement", EVENT_EDITS.values(), ids=EVENT_EDITS)
def test_an_altered_record_event_is_told(account: Ledger, home: Path, statement: str) -> None:
    edit(home, statement)
    assert list(broken_links(account))


@pytest.mark.parametrize("sequence", [1, 2, 3, 4])
def test_a_removed_entry_is_told_even_with_its_events(account: Ledger, home: Path, sequence: int) -> None:
    edit(home, f"DELETE FROM entries WHERE sequence = {sequence}")
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.execute("DELETE FROM record_events WHERE sequence = ?", (sequence,))
        connection.commit()
    assert any(str(sequence) in sentence for sentence in broken_links(account))


def test_an_entry_put_in_between_is_told(account: Ledger, home: Path) -> None:
    edit(
        home,
        "UPDATE entries SET sequence = sequence + 10 WHERE sequence > 2",
        "UPDATE entries SET sequence = sequence - 9 WHERE sequence > 10",
        "INSERT INTO entries SELECT 3, at, actor, run_id, kind, content, hash, hash FROM entries"
        " WHERE sequence = 2",
    )
    assert list(broken_links(account))


def test_an_entry_put_in_at_the_end_without_the_right_hash_is_told(account: Ledger, home: Path) -> None:
    edit(
        home,
        "INSERT INTO entries SELECT 6, at, actor, run_id, kind, content, hash, previous_hash FROM entries"
        " WHERE sequence = 5",
    )
    assert list(broken_links(account))


def test_two_entries_swapped_are_told(account: Ledger, home: Path) -> None:
    edit(
        home,
        "UPDATE entries SET sequence = 50 WHERE sequence = 1",
        "UPDATE entries SET sequence = 1 WHERE sequence = 4",
        "UPDATE entries SET sequence = 4 WHERE sequence = 50",
    )
    assert list(broken_links(account))


def test_the_newest_entries_cut_off_are_told_where_records_stem_from_them(ledger: Ledger, home: Path) -> None:
    batch = [delivery("1")]
    intent = intend(ledger, batch)
    settle(ledger, batch, intent)
    edit(
        home,
        f"DELETE FROM entries WHERE sequence > {intent}",
        f"DELETE FROM record_events WHERE sequence > {intent}",
    )
    assert list(broken_links(ledger))


def test_the_sentences_about_broken_links_hold_no_content(account: Ledger, home: Path) -> None:
    edit(home, 'UPDATE entries SET content = \'{"name":"Quill"}\' WHERE sequence = 1')
    assert "Quill" not in " ".join(broken_links(account))


def test_an_entry_that_cannot_be_finished_leaves_nothing_behind(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.writing() as connection:
        ledger.append(connection, "setting", {"name": "half"})
        raise RuntimeError
    assert list(ledger.entries()) == []
    ledger.note("setting", {"name": "whole"})
    assert [entry.sequence for entry in ledger.entries()] == [1]


def test_entries_survive_reopening_with_actor_run_and_moment(home: Path, account: Ledger) -> None:
    account.close()
    again = open_ledger(home, actor="somebody else", run_id="run-2")
    again.note("setting", {"name": "later"})
    entries = list(again.entries())
    assert (entries[0].actor, entries[0].run_id) == ("tester", "run-1")
    assert (entries[-1].actor, entries[-1].run_id) == ("somebody else", "run-2")
    assert all(entry.at.endswith("+00:00") for entry in entries)
    assert list(broken_links(again)) == []
    again.close()


def test_every_file_is_its_owners_alone(home: Path, account: Ledger) -> None:
    claim(account, "person", "emails", {"ann@quill.test": "1"})
    for folder in (home, home.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder.name
    for file in home.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert {"ledger.sqlite", "practice.key"} <= {file.name for file in home.iterdir()}


def test_a_value_is_kept_as_a_keyed_hash_that_only_this_practice_can_compare(
    ledger: Ledger, home: Path, tmp_path: Path
) -> None:
    other = open_ledger(tmp_path / "other", actor="tester")
    value = {"emails": {"primaryEmail": "ann@quill.test"}}
    assert ledger.keyed_hash(value) == ledger.keyed_hash(json.loads(json.dumps(value)))
    assert ledger.keyed_hash(value) != other.keyed_hash(value)
    ledger.close()
    again = open_ledger(home, actor="tester")
    assert again.keyed_hash(value) == ledger.keyed_hash(value)
    again.close()
    other.close()


def test_the_order_of_keys_does_not_change_a_hash_and_any_value_can_be_hashed(ledger: Ledger) -> None:
    assert ledger.keyed_hash({"a": 1, "b": None}) == ledger.keyed_hash({"b": None, "a": 1})
    assert ledger.keyed_hash("a") != ledger.keyed_hash(["a"])
    assert ledger.keyed_hash("\ud800") != ledger.keyed_hash("\udfff"), "half a character pair has a hash too"


def test_nothing_that_was_hashed_or_claimed_can_be_read_in_the_files(ledger: Ledger, home: Path) -> None:
    secret = "tremblay-quill@familymail.test"
    claim(ledger, "person", "emails", {secret: "id-1"})
    batch = [delivery("1", ledger.keyed_hash({"email": secret, "born": "1951-03-04"}))]
    settle(ledger, batch, intend(ledger, batch))
    ledger.close()
    for file in home.iterdir():
        content = file.read_bytes()
        assert secret.encode() not in content
        assert b"1951-03-04" not in content


def unwritable(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("no folder")
    return tmp_path / "file" / "home"


def damaged(tmp_path: Path) -> Path:
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 100)
    return tmp_path


def half_a_key(tmp_path: Path) -> Path:
    (tmp_path / "practice.key").write_text("abc")
    return tmp_path


def a_folder_in_its_place(tmp_path: Path) -> Path:
    (tmp_path / "ledger.sqlite").mkdir()
    return tmp_path


@pytest.mark.parametrize("make", [unwritable, damaged, half_a_key, a_folder_in_its_place])
def test_a_folder_that_will_not_do_is_refused_with_one_sentence(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    with pytest.raises(LedgerError) as problem:
        open_ledger(make(tmp_path), actor="tester")
    assert "\n" not in str(problem.value)
    assert str(tmp_path) in str(problem.value)


def test_only_the_confirmation_of_this_very_digest_will_do(ledger: Ledger) -> None:
    with pytest.raises(NothingConfirmed, match="Nobody has confirmed"):
        require_confirmation(ledger, parts("one"))
    assert latest_confirmation(ledger) is None
    signed = confirm(ledger, parts("one"), "Ann", {"lines": 1})
    assert require_confirmation(ledger, parts("one")) == signed
    assert (signed.by, signed.digest) == ("Ann", parts("one").digest())
    with pytest.raises(NothingConfirmed, match="changed after Ann"):
        require_confirmation(ledger, parts("two"))
    confirm(ledger, parts("two"), "Bea", {"lines": 2})
    assert require_confirmation(ledger, parts("two")).by == "Bea"
    with pytest.raises(NothingConfirmed, match="changed after Bea"):
        require_confirmation(ledger, parts("one"))


def test_the_newest_signature_is_found_without_reading_the_older_ones(ledger: Ledger) -> None:
    ledger.note("confirmation", {"of": "a version that is not known here"})
    signed = confirm(ledger, parts("one"), "Ann", {"lines": 1})
    assert require_confirmation(ledger, parts("one")) == signed


def test_a_check_of_the_chain_tells_how_far_it_is(account: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panda_twenty.ledger.chain.ENTRIES_OF_A_STEP", 2)
    told: list[str] = []
    with listening(lambda step: told.append(step.detail)):
        assert list(broken_links(account)) == []
    assert told == ["entry 2 of 5", "entry 4 of 5"]
