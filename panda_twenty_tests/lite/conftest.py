"""An exported practice for the tests of the Lite road."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.profile import load_profile
from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.lite.exporting import export_practice

EVERY_UGLY_CASE, FEW = 100, 16
"""Patients of a practice that has every ugly case, and of one that is clean and quickly migrated."""


@dataclass(frozen=True)
class Exported:
    """The generated practice and the folder that it was exported to."""

    practice_file: Path
    folder: Path


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A practice with every ugly case."""
    return _exported(tmp_path_factory.mktemp("ugly"), EVERY_UGLY_CASE)


@pytest.fixture(scope="session")
def small_export(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small, clean practice."""
    return _exported(tmp_path_factory.mktemp("small"), FEW)


def _exported(place: Path, patients: int) -> Exported:
    file, folder = place / "practice.sqlite", place / "export"
    write_practice(file, patients=patients)
    profile = load_profile("reference-practice")
    with open_practice(f"sqlite:///{file}") as database:
        export_practice(database, profile, folder, practice=profile.practice, time_zone=profile.time_zone)
    return Exported(file, folder)
