"""The sandbox's practice as a file under the data folder."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from panda_twenty.sandbox.practice import write_practice
from panda_twenty.sandbox.practice.codes import PRACTICE_NAME, SCHEMA_VERSION


def practice_file(home: Path, patients: int, seed: int) -> Path:
    return home / "sandbox" / f"practice-{patients}-{seed}.sqlite"


def ensure_practice(
    home: Path, patients: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> Path:
    """The practice of this size and seed, generated on first use."""
    file = practice_file(home, patients, seed)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_practice(file, patients=patients, seed=seed, progress=progress)
    return file


def is_reference_practice(connection: str) -> bool:
    """Whether a connection leads to a generated practice, which says so itself."""
    scheme, _, path = connection.partition("sqlite:///")
    if scheme or not path or not Path(path).is_file():
        return False
    with contextlib.closing(sqlite3.connect(f"file:{Path(path).absolute()}?mode=ro", uri=True)) as database:
        try:
            told = dict(database.execute("SELECT SiteKey, SiteValue FROM SiteInfo"))
        except sqlite3.Error:
            return False
    return (told.get("SchemaVersion"), told.get("PracticeName")) == (SCHEMA_VERSION, PRACTICE_NAME)
