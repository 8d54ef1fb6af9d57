"""What only PostgreSQL does, where a database is given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, DateTime, MetaData, Table, Text, create_engine, event, func, select, text
from sqlalchemy.pool import NullPool

from panda_twenty.ledger.audit import account
from panda_twenty.ledger.bulk import put_rows
from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.database import take_turn
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.ledger import WRITE_LOCK, Ledger, LedgerError
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import (
    Delivery,
    Quarantined,
    claim,
    intend,
    quarantined,
    records_of,
    set_aside,
    settle,
)
from panda_twenty.twenty.shared_bucket import _TABLE_LOCK, StoredBucket


@pytest.fixture
def url(schema: str) -> str:
    return schema


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panda_twenty.ledger.database.LONGEST_WAIT", "100ms")


@contextmanager
def held(url: str, number: int, table: str | None = None) -> Iterator[None]:
    """Somebody else's turn."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        take_turn(connection, number, table=table)
        yield


Read = Callable[[Ledger], Iterable[Any]]
LONG: dict[str, tuple[Read, int]] = {
    "entries": (Ledger.entries, 11),
    "account": (account, 11),
    "records": (lambda ledger: records_of(ledger, "person"), 5),
    "quarantine": (quarantined, 5),
    "links": (broken_links, 0),
    "state": (altered_state, 0),
}


@pytest.mark.parametrize(("read", "rows"), LONG.values(), ids=LONG)
def test_a_result_of_any_length_is_fetched_part_by_part(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, read: Read, rows: int
) -> None:
    monkeypatch.setattr("panda_twenty.ledger.bulk.ROWS_AT_ONCE", 2)
    batch = [Delivery("patient", str(n), "person", f"id-{n}", "all", "1" * 64, "create") for n in range(5)]
    for each in batch:
        settle(ledger, [each], intend(ledger, [each]))
    claim(ledger, "person", "emails", {f"{n}@quill.test": f"id-{n}" for n in range(5)})
    set_aside(ledger, [Quarantined("patient", str(n), "person", "all", "code", None, "-") for n in range(5)])
    by_cursor: list[bool] = []

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        by_cursor.append(cursor.name is not None)

    event.listen(ledger.engine, "before_cursor_execute", note)
    assert len(list(read(ledger))) == rows
    assert any(by_cursor)


@pytest.mark.usefixtures("impatient")
def test_a_turn_is_not_waited_for_without_end(ledger: Ledger, url: str) -> None:
    too_long = "another process has held it for too long"
    with held(url, WRITE_LOCK, "entries"), pytest.raises(LedgerError, match=too_long):
        ledger.note("setting", {})
    ledger.note("setting", {})


@pytest.mark.usefixtures("impatient")
def test_ledgers_in_one_database_do_not_wait_for_each_other(
    ledger: Ledger, tmp_path: Path, another_schema: str
) -> None:
    with ledger.writing(), closing(open_ledger(tmp_path, actor="tester", url=another_schema)) as other:
        other.note("setting", {})
        assert other.count() == 1
    with held(another_schema, WRITE_LOCK, "entries"):
        ledger.note("setting", {})


@pytest.mark.usefixtures("impatient")
def test_the_record_of_calls_is_not_waited_for_without_end(url: str) -> None:
    bucket = StoredBucket(url, "workspace")
    with (
        held(url, bucket._lock_number),
        pytest.raises(LedgerError, match="held it for too long"),
        bucket.held(),
    ):
        pass
    with bucket.held():
        pass
    bucket.close()


def test_who_falls_silent_in_its_turn_loses_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panda_twenty.ledger.database.LONGEST_IDLE", "50ms")
    with pytest.raises(LedgerError, match="connection to its database was lost"), ledger.writing() as silent:
        ledger.append(silent, "setting", {"name": "half"})
        number = silent.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        with ledger.reading() as other:
            backends = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
            while other.execute(backends, {"pid": number}).scalar_one():
                time.sleep(0.05)
                # The list of activity stays as it was for as long as a transaction lasts.
                other.rollback()
        ledger.append(silent, "setting", {"name": "whole"})
    ledger.note("setting", {"name": "another"})
    assert [entry.content["name"] for entry in ledger.entries()] == ["another"]


def test_a_server_that_vanished_is_noticed_as_the_url_says_or_within_minutes(home: Path, url: str) -> None:
    own = f"{url}&keepalives_idle=7"
    with closing(open_ledger(home, actor="tester", url=own)) as ledger, ledger.reading() as connection:
        reached = connection.connection.dbapi_connection.get_dsn_parameters()  # type: ignore[union-attr]
    assert (reached["keepalives_idle"], reached["keepalives_count"]) == ("7", "6")
    assert reached["connect_timeout"] == "15"


def test_a_turn_sees_what_was_committed_before_it_whatever_the_servers_default(home: Path, url: str) -> None:
    strict = f"{url}%20-cdefault_transaction_isolation%3Dserializable"
    with closing(open_ledger(home, actor="tester", url=strict)) as ledger, ledger.writing() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


@pytest.mark.usefixtures("impatient")
def test_the_tables_are_made_by_one_process_at_a_time(home: Path, url: str) -> None:
    lock_not_available = "cannot be opened: LockNotAvailable"
    with held(url, WRITE_LOCK, "entries"), pytest.raises(LedgerError, match=lock_not_available):
        open_ledger(home, actor="tester", url=url)
    with held(url, _TABLE_LOCK), pytest.raises(LedgerError, match="held it for too long"):
        StoredBucket(url, "workspace")


def test_many_rows_are_brought_up_to_date_in_one_round_trip_and_the_last_of_a_key_stands(
    ledger: Ledger,
) -> None:
    """All that arrives with one message has the same ``statement_timestamp``."""
    stamped = Table(
        "stamped",
        MetaData(),
        Column("name", Text, primary_key=True),
        Column("value", Text),
        Column("at", DateTime(timezone=True), server_default=text("statement_timestamp()")),
    )
    with ledger.writing() as connection:
        stamped.create(connection)
        for value in ("old", "new"):
            rows = [{"name": str(number), "value": value} for number in range(60)]
            put_rows(connection, stamped, [*rows, {"name": "0", "value": "newest"}], ("name",))
            moments = select(func.count(stamped.c.at.distinct()))
            assert connection.execute(moments).scalar_one() == 1
        values = connection.execute(select(stamped.c.name, stamped.c.value)).all()
    assert dict(row._tuple() for row in values) == {str(n): "new" for n in range(1, 60)} | {"0": "newest"}
