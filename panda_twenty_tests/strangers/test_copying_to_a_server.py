"""A stranger on a server holds what its file holds."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from panda_twenty_tests.strangers import write_stranger
from panda_twenty_tests.strangers.servers import copy_to_server

_EMPTY_DATABASE = "PANDA_TEST_EMPTY_DATABASE"
"""Environment variable: an ODBC connection string for an empty database that may be written to."""


@pytest.fixture
def empty_database() -> str:
    connection_string = os.environ.get(_EMPTY_DATABASE)
    if not connection_string:
        pytest.skip(f"needs an empty SQL Server database; name it in {_EMPTY_DATABASE}")
    return connection_string


def test_a_copied_stranger_is_the_same(empty_database: str, tmp_path: Path) -> None:
    import pyodbc

    file = tmp_path / "terse.sqlite"
    write_stranger("terse", file, patients=40, seed=3)
    counts = copy_to_server(file, empty_database)
    with closing(sqlite3.connect(file)) as source, closing(pyodbc.connect(empty_database)) as server:
        cursor = server.cursor()
        for table, rows in counts.items():
            assert cursor.execute(f"SELECT COUNT_BIG(*) FROM [dbo].[{table}]").fetchone()[0] == rows
        for table, columns, key in (
            ("PT", "FNM, LNM, ALRT, BDT, TaxNo", "PTID"),
            ("PXT", "PD, GM, CAL, MOB, FB", "PEXID, TN"),
            ("NTE", "SUBJ, TXT", "NTEID"),
            ("DOC", "FNM, BIN", "DOCID"),
        ):
            query = f"SELECT {columns} FROM {{}}[{table}] ORDER BY {key}"
            here = source.execute(query.format("")).fetchall()
            there = cursor.execute(query.format("[dbo].")).fetchall()
            assert [tuple(map(_plain, row)) for row in there] == [tuple(map(_plain, row)) for row in here]


def _plain(value: Any) -> Any:
    """Moments as the file writes them."""
    return value.isoformat(timespec="milliseconds") if hasattr(value, "isoformat") else value
