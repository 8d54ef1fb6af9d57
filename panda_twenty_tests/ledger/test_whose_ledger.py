"""A ledger is continued with its own key, for its own practice and workspace, and with nothing else.

On SQLite, and on PostgreSQL where a database is given.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.ledger import Ledger, LedgerError
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import Delivery, intend, keep_setting, settle

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def url(either: str | None, tmp_path: Path) -> str:
    """One database that several homes use."""
    return either or f"sqlite:///{tmp_path}/shared.sqlite"


@pytest.fixture
def ledger(home: Path, url: str) -> Ledger:
    """A ledger of the first machine, with entries, closed."""
    with closing(open_ledger(home, actor="first", url=url, practice="Quill", workspace="w-1")) as opened:
        keep_setting(opened, "range_width", "100")
        batch = [Delivery("patient", n, "person", f"id-{n}", "0-9", "1" * 64, "create") for n in "123"]
        settle(opened, batch, intend(opened, batch))
    return opened


def everything(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with closing(engine.connect()) as connection:
        rows = [
            tuple(row)
            for table in ("entries", "record_events", "records", "settings")
            for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))
        ]
    engine.dispose()
    return rows


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    engine.dispose()


def refused(url: str, attempt: Callable[[], Ledger]) -> str:
    """The sentence with which a ledger is not opened; nothing of it has changed."""
    before = everything(url)
    with pytest.raises(LedgerError) as problem:
        attempt()
    assert everything(url) == before
    return str(problem.value)


def test_another_home_without_the_key_is_refused_and_makes_none(
    ledger: Ledger, url: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    told = refused(url, lambda: open_ledger(other, actor="second", url=url))
    assert "practice.key is missing" in told
    assert "copy practice.key from the first" in told
    assert "PANDA_TWENTY_LEDGER_URL to a database of its own" in told
    assert not (other / "practice.key").exists()


def test_another_key_is_refused(ledger: Ledger, url: str, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    open_ledger(other, actor="second").close()
    for key in (None, OTHER, other / "practice.key"):
        attempt = partial(open_ledger, other, actor="second", url=url, key=key)
        assert "begun with another practice.key" in refused(url, attempt)


@pytest.mark.parametrize(
    ("practice", "workspace", "sentence"),
    [("Reed", "w-1", "belongs to another practice"), ("Quill", "w-2", "belongs to another workspace")],
)
def test_another_practice_or_workspace_is_refused_even_with_the_key(
    ledger: Ledger, url: str, home: Path, practice: str, workspace: str, sentence: str
) -> None:
    def attempt() -> Ledger:
        return open_ledger(home, actor="second", url=url, practice=practice, workspace=workspace)

    assert sentence in refused(url, attempt)


def test_another_machine_that_is_given_the_key_goes_on(
    ledger: Ledger, url: str, home: Path, tmp_path: Path
) -> None:
    given = bytes.fromhex((home / "practice.key").read_text())
    for key in (given, home / "practice.key"):
        with closing(
            open_ledger(tmp_path / "2", actor="second", url=url, key=key, practice="Quill", workspace="w-1")
        ) as second:
            second.note("setting", {"name": "range_width", "value": "100"})
            assert list(broken_links(second)) == list(altered_state(second)) == []
    assert not (tmp_path / "2" / "practice.key").exists()


def test_a_ledger_that_nobody_has_written_to_is_its_first_openers(url: str, tmp_path: Path) -> None:
    open_ledger(tmp_path / "1", actor="first", url=url, key=KEY, practice="Quill", workspace="w-1").close()
    assert "is missing" in refused(url, lambda: open_ledger(tmp_path / "2", actor="second", url=url))
    for practice in (None, "Quill"):
        open_ledger(tmp_path / "1", actor="sensor", url=url, key=KEY, practice=practice).close()


def test_whom_it_belongs_to_is_kept_as_keyed_hashes_alone(ledger: Ledger, url: str) -> None:
    assert len(ledger.owner) == 3
    assert set(map(len, ledger.owner.values())) == {64}
    assert not any("Quill" in str(row) or "w-1" in str(row) for row in everything(url))


def test_an_older_ledger_is_taken_on_by_who_has_its_key(ledger: Ledger, url: str, home: Path) -> None:
    execute(url, "DELETE FROM settings WHERE name LIKE 'owner:%'")
    told = refused(url, lambda: open_ledger(home, actor="second", url=url, key=OTHER))
    assert "newest entry of the ledger was altered, or signed with another practice.key" in told
    before = len([row for row in everything(url) if "setting" in row])
    with closing(open_ledger(home, actor="first", url=url, practice="Quill", workspace="w-1")) as again:
        assert again.owner == ledger.owner
        assert list(broken_links(again)) == list(altered_state(again)) == []
    assert len([row for row in everything(url) if "setting" in row]) == before, "no entry says so"


def test_a_row_that_is_altered_while_the_ledger_is_open_is_told(ledger: Ledger, url: str, home: Path) -> None:
    with closing(open_ledger(home, actor="first", url=url)) as again:
        execute(url, "UPDATE settings SET value = '0' WHERE name = 'owner: practice'")
        assert list(altered_state(again)) == ["The setting owner: practice is not the one that was kept."]
