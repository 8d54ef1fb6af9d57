"""Prior values: sealed with the practice's key, bound to their place, thrown away after their time."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.ledger import Ledger, LedgerError
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.retention import due_priors, purge_priors
from panda_twenty.ledger.sealing import SealError, seal, unseal
from panda_twenty.ledger.state import Delivery, intend, settle
from panda_twenty.session import practice_key, undo_key
from panda_twenty.settings import Settings, SettingsError
from panda_twenty.undo.history import histories, merged_priors
from panda_twenty.undo.scope import Scope

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SECRET = "Tremblay-Xyzzy"
IN_SEVEN_YEARS = datetime.now(UTC) + timedelta(days=365 * 7)


def updated(ledger: Ledger, key: str = "1") -> None:
    """A record that stood in Twenty and was written over."""
    batch = [
        Delivery("patient", key, "person", f"id-{key}", "all", "1" * 64, "adopt", patient_key=key)._replace(
            prior={"name": {"firstName": "Ann", "lastName": SECRET}, "deletedAt": None},
        )
    ]
    settle(ledger, batch, intend(ledger, batch))


def prior_of(ledger: Ledger) -> dict[str, object] | None:
    ((history,),) = list(histories(ledger, Scope(), "person", 10))
    return merged_priors(ledger, history)


def test_what_is_sealed_opens_only_with_its_key_in_its_place_and_unaltered() -> None:
    sealed = seal(KEY, b"content", b"place")
    assert unseal(KEY, sealed, b"place") == b"content"
    assert b"content" not in sealed
    assert seal(KEY, b"content", b"place") != sealed, "each sealing has a nonce of its own"
    altered = [bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]]) for at in range(len(sealed))]
    for key, content, place in (
        (OTHER, sealed, b"place"),
        (KEY, sealed, b"elsewhere"),
        (KEY, b"", b"place"),
        *((KEY, each, b"place") for each in altered),
    ):
        with pytest.raises(SealError):
            unseal(key, content, place)


def test_prior_values_can_be_read_back_and_are_nowhere_in_the_files(ledger: Ledger, home: Path) -> None:
    updated(ledger)
    prior = prior_of(ledger)
    assert prior == {"name": {"firstName": "Ann", "lastName": SECRET}, "deletedAt": None}
    ledger.close()
    for file in home.iterdir():
        assert SECRET.encode() not in file.read_bytes(), file.name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_another_key_is_told_with_advice(ledger: Ledger, home: Path) -> None:
    updated(ledger)
    ledger.close()
    with closing(open_ledger(home, actor="tester", undo_key=OTHER)) as other:
        with pytest.raises(LedgerError, match=r"undo\.key"):
            prior_of(other)
        assert list(broken_links(other)) == [], "the chain can be checked without the undo key"


def replaces(home: Path, **undo: Any) -> str | None:
    """Replace values with this undo key, or the sentence that tells why nothing was written."""
    with closing(open_ledger(home, actor="tester", **undo)) as ledger:
        before = ledger.head()
        try:
            updated(ledger, "2")
        except LedgerError as problem:
            assert ledger.head() == before
            return str(problem)
        return None


def test_nothing_is_replaced_that_another_undo_key_would_have_to_put_back(ledger: Ledger, home: Path) -> None:
    updated(ledger)
    assert "PANDA_TWENTY_UNDO_KEY_IS_NEW" in (replaces(home, undo_key=OTHER) or "")
    assert replaces(home) is None, "with the key that fits"
    assert replaces(home, undo_key=OTHER, undo_key_is_new=True) is None
    assert replaces(home, undo_key=OTHER) is None, "it need not be said again"
    assert replaces(home) is not None


def test_an_undo_key_is_made_once_and_not_anew_for_a_ledger_with_prior_values(
    ledger: Ledger, home: Path, tmp_path: Path
) -> None:
    key = home / "undo.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    open_ledger(home, actor="tester").close()
    assert key.exists(), "nothing was sealed yet"
    updated(ledger)
    with closing(open_ledger(home, actor="tester", undo_key=tmp_path / "vault.key")) as other:
        assert list(broken_links(other)) == [], "the chain can be checked without the undo key"
        with pytest.raises(LedgerError, match=r"undo\.key"):
            prior_of(other)
    assert "undo.key" in (replaces(home, undo_key=tmp_path / "vault.key") or "")
    assert not (tmp_path / "vault.key").exists()
    assert replaces(home, undo_key=tmp_path / "vault.key", undo_key_is_new=True) is None
    assert (tmp_path / "vault.key").exists()


def test_a_prior_moved_to_another_record_is_told_and_does_not_open(ledger: Ledger, home: Path) -> None:
    updated(ledger, "1")
    updated(ledger, "2")
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.execute(
            "UPDATE priors SET sealed = (SELECT sealed FROM priors WHERE sequence = 3) WHERE sequence = 1"
        )
        connection.commit()
    assert any("altered" in sentence for sentence in broken_links(ledger))
    (first, _), *_ = list(histories(ledger, Scope(), "person", 10))
    with pytest.raises(LedgerError):
        merged_priors(ledger, first)


def test_after_their_time_prior_values_may_go_and_the_chain_stays_whole(ledger: Ledger, home: Path) -> None:
    updated(ledger)
    assert due_priors(ledger, 6).priors == 0
    due = due_priors(ledger, 6, IN_SEVEN_YEARS)
    assert due.priors == 1
    purge_priors(ledger, due)
    assert prior_of(ledger) is None
    assert list(broken_links(ledger)) == []
    assert due_priors(ledger, 6, IN_SEVEN_YEARS).priors == 0
    updated(ledger, "2")
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.execute("DELETE FROM priors")
        connection.commit()
    assert any("missing" in sentence for sentence in broken_links(ledger)), "this one's time is not over"


def test_a_purge_that_somebody_only_pretends_is_told(ledger: Ledger, home: Path) -> None:
    updated(ledger)
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.execute("DELETE FROM priors")
        connection.execute(
            "INSERT INTO entries SELECT 3, at, actor, run_id, 'retention', '{\"through\":2}', hash, hash"
            " FROM entries WHERE sequence = 2"
        )
        connection.commit()
    assert list(broken_links(ledger))


def test_who_holds_the_file_alone_cannot_write_the_chain_anew(ledger: Ledger, home: Path) -> None:
    """The same content under another key gives other hashes, so a forger without the key is found out."""
    ledger.note("setting", {"name": "a", "value": "1"})
    ledger.close()
    forged = Ledger(ledger.engine, OTHER, OTHER, "forger")
    assert list(broken_links(forged))
    forged.note("setting", {"name": "b", "value": "2"})
    with closing(open_ledger(home, actor="tester")) as again:
        assert list(broken_links(again))


def flipped(table: str, column: str) -> str:
    """A statement that alters one byte of one row."""
    return (
        f"UPDATE {table} SET {column} = substr({column}, 1, 1)"
        f" || CASE WHEN substr({column}, 2, 1) = 'x' THEN 'y' ELSE 'x' END || substr({column}, 3)"
        f" WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {column} IS NOT NULL)"
    )


ALTERED = {
    **{
        f"{table} {column}": flipped(table, column)
        for table, columns in {
            "records": ("entity", "source_key", "object", "twenty_id", "range_key", "state", "content_hash"),
            "claims": ("object", "field", "value_hash", "twenty_id", "seal"),
            "strangers": ("object", "twenty_id"),
            "settings": ("name", "value"),
            "outcomes": ("route", "range_key", "loaded", "verified"),
        }.items()
        for column in columns
    },
    "a record removed": "DELETE FROM records WHERE source_key = 'key-1'",
    "a record of an older entry": "UPDATE records SET sequence = 1 WHERE source_key = 'key-1'",
    "a record put in": "INSERT INTO records SELECT entity, 'key-9', object, twenty_id, range_key, state,"
    " content_hash, sequence FROM records WHERE source_key = 'key-1'",
    "a stranger removed": "DELETE FROM strangers WHERE twenty_id = 'stranger-1'",
    "a setting removed": "DELETE FROM settings",
}


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    from panda_twenty.ledger.outcomes import keep_loaded, keep_verified
    from panda_twenty.ledger.state import claim, keep_setting
    from panda_twenty.ledger.strangers import keep_strangers

    keep_setting(ledger, "range_width", "100")
    updated(ledger, "key-1")
    updated(ledger, "key-2")
    claim(ledger, "person", "emails", {"ann@quill.test": "id-key-1"})
    keep_strangers(ledger, "person", {"stranger-1", "stranger-2"})
    keep_loaded(ledger, "route", "0-9", "person", {"source": 1})
    keep_verified(ledger, "route", "0-9", "person", {"verified": 1})
    return ledger


def test_tables_that_follow_from_the_chain_agree_with_it(full: Ledger) -> None:
    assert list(broken_links(full)) == list(altered_state(full)) == []


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED)
def test_one_altered_byte_beside_the_chain_is_told(full: Ledger, home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()
    assert list(broken_links(full)) or list(altered_state(full))


def settings(tmp_path: Path, **values: object) -> Settings:
    return Settings(_env_file=None, panda_twenty_home=tmp_path / "home", **values)  # type: ignore[arg-type]


def test_the_practice_key_lies_in_the_ledgers_folder_or_is_taken_from_the_settings(tmp_path: Path) -> None:
    assert practice_key(settings(tmp_path)) is None
    file = tmp_path / "vault.key"
    assert practice_key(settings(tmp_path, panda_twenty_practice_key_file=file)) == file
    given = settings(
        tmp_path, panda_twenty_practice_key=SecretStr(f"{KEY.hex()}\n"), panda_twenty_practice_key_file=file
    )
    assert practice_key(given) == KEY
    with pytest.raises(SettingsError, match="PANDA_TWENTY_PRACTICE_KEY is not a key"):
        practice_key(settings(tmp_path, panda_twenty_practice_key=SecretStr("short")))


def test_the_undo_key_lies_in_the_home_or_is_taken_from_the_settings(tmp_path: Path) -> None:
    assert undo_key(settings(tmp_path)) == tmp_path / "home" / "undo.key"
    file = tmp_path / "vault.key"
    assert undo_key(settings(tmp_path, panda_twenty_undo_key_file=file)) == file
    assert undo_key(settings(tmp_path, panda_twenty_undo_key=SecretStr(KEY.hex()))) == KEY
    with pytest.raises(SettingsError, match="64 hexadecimal"):
        undo_key(settings(tmp_path, panda_twenty_undo_key=SecretStr("short")))
