"""Small hand-made practices in SQLite files, and what SQLite behind ODBC needs."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

MakeDatabase = Callable[[str], Path]


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """Takes SQL statements, answers the file of a database in which they were run."""

    def make(script: str) -> Path:
        file = tmp_path / f"practice{len(list(tmp_path.iterdir()))}.sqlite"
        connection = sqlite3.connect(file)
        connection.executescript(script)
        connection.commit()
        connection.close()
        return file

    return make


@pytest.fixture
def sqlite_odbc() -> None:
    """Skips the test, naming what is missing, unless SQLite can be reached through pyodbc here."""
    missing = _missing_for_odbc()
    if missing is not None:
        pytest.skip(f"needs {missing}")


def _missing_for_odbc() -> str | None:
    if importlib.util.find_spec("pyodbc") is None:
        return "pyodbc"
    try:
        import pyodbc
    except ImportError:
        return "the ODBC driver manager (apt-get install unixodbc)"
    return None if "SQLite3" in pyodbc.drivers() else "SQLite's ODBC driver (apt-get install libsqliteodbc)"
