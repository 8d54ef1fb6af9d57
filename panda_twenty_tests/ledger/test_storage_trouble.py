"""A ledger whose disk is full, whose file is held by somebody else, or whose server has gone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from panda_twenty.advice import advice_for
from panda_twenty.ledger.ledger import Ledger, LedgerError
from panda_twenty.ledger.storage_trouble import storage_trouble
from panda_twenty.twenty.shared_bucket import StoredBucket, bucket_file


def test_a_full_disk_is_told_with_what_to_do(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(LedgerError, match="the disk has no room left") as caught:
        ledger.note("setting", {"name": "x" * 1_000_000})
    assert advice_for(caught.value) == str(caught.value)
    assert caught.value.__suppress_context__


def test_a_ledger_that_somebody_else_holds_is_told(ledger: Ledger, home: Path) -> None:
    with ledger.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process has held it for too long"):
            ledger.note("setting", {})
    ledger.note("setting", {})


def test_a_wrong_statement_is_a_fault_of_ours_and_stays_one(ledger: Ledger) -> None:
    with pytest.raises(OperationalError), ledger.reading() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


def test_the_record_of_calls_tells_its_trouble_as_the_ledger_does(tmp_path: Path) -> None:
    file = tmp_path / "rate_limit.sqlite"
    bucket = StoredBucket(bucket_file(file), "workspace")
    with bucket._locked() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="The record of calls to Twenty cannot be used"), bucket.held():
            pass
    bucket.close()


class _Told(Exception):
    """What psycopg2 raises, with its SQLSTATE."""

    def __init__(self, pgcode: str | None) -> None:
        self.pgcode = pgcode


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (OperationalError("", None, _Told(None), connection_invalidated=True), "connection to its database"),
        (OperationalError("", None, _Told("57P01")), "connection to its database"),
        (OperationalError("", None, _Told("53100")), "no room left"),
        (OperationalError("", None, _Told("55P03")), "another process has held it"),
        (InternalError("", None, _Told("25006")), "cannot be written"),
        (OperationalError("", None, _Told("58030")), "does not work as it should"),
    ],
)
def test_what_a_server_says_is_told_in_words(problem: DBAPIError, sentence: str) -> None:
    told = storage_trouble(problem, "The ledger")
    assert told is not None
    assert sentence in told
