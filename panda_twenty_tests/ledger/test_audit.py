"""The account as rows: filters, runs, and files to hand over."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from panda_twenty.ledger.audit import COLUMNS, account, export_account, runs
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import Delivery, intend, settle


@pytest.fixture
def account_of_two(ledger: Ledger, home: Path) -> Ledger:
    """Two patients; the second has an exam, which another run wrote."""
    ledger.note("setting", {"name": "a", "value": "1"})
    for batch in (
        [
            Delivery("patient", key, "person", f"id-{key}", "0-9", "1" * 64, "create", patient_key=key)
            for key in ("1", "2")
        ],
    ):
        settle(ledger, batch, intend(ledger, batch))
    ledger.close()
    second = open_ledger(home, actor="somebody", run_id="run-2")
    exam = [Delivery("perio_exam", "70", "perioExam", "id-70", "0-9", "2" * 64, "create", patient_key="2")]
    settle(second, exam, intend(second, exam))
    return second


def test_a_patients_account_has_all_that_belongs_to_them_and_nothing_else(account_of_two: Ledger) -> None:
    rows = list(account(account_of_two, patient="2"))
    assert [(row["entity"], row["source_key"], row["action"]) for row in rows] == [
        ("patient", "2", "create"),
        ("patient", "2", "created"),
        ("perio_exam", "70", "create"),
        ("perio_exam", "70", "created"),
    ]
    assert {row["patient_key"] for row in rows} == {"2"}


def test_the_account_of_a_run_an_object_and_a_record(account_of_two: Ledger) -> None:
    assert {row["entity"] for row in account(account_of_two, run="run-2")} == {"perio_exam"}
    assert {row["source_key"] for row in account(account_of_two, object_name="person")} == {"1", "2"}
    one = list(account(account_of_two, record=("patient", "1")))
    assert [row["action"] for row in one] == ["create", "created"]
    assert next(row["kind"] for row in account(account_of_two, run="run-1")) == "setting"
    assert list(account(account_of_two, patient="3")) == []


def test_runs_are_listed_with_the_records_they_wrote(account_of_two: Ledger) -> None:
    assert [(row["run_id"], row["records"]) for row in runs(account_of_two)] == [("run-1", 2), ("run-2", 1)]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_whole_account_can_be_handed_over_as_a_file_for_its_owner_alone(
    account_of_two: Ledger, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / "export" / f"account.{ending}"
    rows = export_account(account_of_two, file)
    read = pd.read_csv(file) if ending == "csv" else pd.read_parquet(file)
    assert len(read) == rows == len(list(account(account_of_two)))
    assert list(read.columns) == list(COLUMNS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_is_made_part_by_part_and_has_what_the_account_has(
    account_of_two: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr("panda_twenty.ledger.audit.ROWS_OF_A_GROUP", 2)
    file = tmp_path / f"account.{ending}"
    export_account(account_of_two, file)
    expected = pd.DataFrame(list(account(account_of_two)), columns=list(COLUMNS))
    if ending == "csv":
        assert file.read_bytes() == expected.to_csv(index=False, lineterminator="\n").encode()
    else:
        assert pq.ParquetFile(file).num_row_groups == 4
        assert pq.read_table(file).to_pylist() == list(account(account_of_two))


def test_a_file_that_others_may_read_is_replaced_by_one_for_its_owner_once_that_is_whole(
    account_of_two: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "account.csv"
    file.write_text("of last year")
    file.chmod(0o644)
    with monkeypatch.context() as broken:
        broken.setattr("panda_twenty.ledger.audit.COLUMNS", ("sequence", "no such column"))
        with pytest.raises(KeyError):
            export_account(account_of_two, file)
    assert file.read_text() == "of last year"
    assert [each.name for each in tmp_path.glob("account*")] == ["account.csv"]
    export_account(account_of_two, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
