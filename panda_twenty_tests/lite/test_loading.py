"""An export folder as a database: loaded once, loaded again when it changes, refused when it does not fit."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.errors import ProfileError, UnknownDatabaseError
from panda_twenty.panda.extraction import patient_id_bounds, read_entity
from panda_twenty.panda.lite import loading
from panda_twenty.panda.lite.checking import stored_file_fault
from panda_twenty.panda.lite.loading import folder_of, lite_profile, loaded_database, purge_loaded
from panda_twenty.panda.lite.tables import TABLES
from panda_twenty.panda.lite.template import FolderInUseError, write_template
from panda_twenty.panda.profile import check_profile, load_profile
from panda_twenty.panda.ranges import PatientRange


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "template")
    return tmp_path / "template" / "examples"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8-sig")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def numbers(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as opened:
        return dict(opened.execute("SELECT key, number FROM lite_patient_number"))


def test_the_built_in_profile_has_every_file_and_column_of_the_template() -> None:
    profile = load_profile("panda-lite")
    assert set(profile.entities) == set(TABLES)
    for name, table in TABLES.items():
        own = {column.attribute.name for column in table.columns if column.attribute} - {"key"}
        assert set(profile.entities[name].attributes) == own
        in_chart = {column.name for column in table.columns if column.reading}
        chart = profile.entities[name].chart
        assert set(chart.columns() if chart else ()) == in_chart


def test_the_example_is_read_with_the_practice_and_zone_of_its_folder(folder: Path, home: Path) -> None:
    profile = lite_profile(folder)
    assert (profile.practice, profile.time_zone) == ("lakeside-perio", "America/Chicago")
    with open_practice(f"lite:///{folder}", home=home) as database:
        assert check_profile(profile, database) == []
        for entity in profile.entities:
            assert [row.problems for row in read_entity(database, profile, entity) if row.problems] == []
        (document,) = read_entity(database, profile, "document")
        assert document.values["content"].startswith(b"I agree")
        (note, _) = read_entity(database, profile, "clinical_note")
        assert note.values["noted_at"].utcoffset().total_seconds() == -5 * 3600
    assert all(path.stat().st_mode & 0o077 == 0 for path in (home, *home.rglob("*")))


def test_it_is_loaded_again_only_when_bytes_change(folder: Path, home: Path) -> None:
    file = loaded_database(folder, home)
    first = file.stat().st_ino
    assert loaded_database(folder, home) == file
    os.utime(folder / "patient.csv", (1_700_000_000, 1_700_000_000))
    assert loaded_database(folder, home).stat().st_ino == first, "the bytes are the same"
    replaced(folder / "patient.csv", "Jordan", "Jordyn")
    os.utime(folder / "patient.csv", (1_700_000_000, 1_700_000_000))
    os.utime(folder / "patient.csv", (1_700_000_001, 1_700_000_001))
    assert loaded_database(folder, home).stat().st_ino != first
    second = file.stat().st_ino
    (folder / "files" / "consent.txt").write_text("changed")
    assert loaded_database(folder, home).stat().st_ino != second, "a document is part of the export"
    assert [path.name for path in (home / "lite").iterdir()] == [file.name]


def test_a_document_that_looks_as_it_did_is_looked_at_no_further(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved: list[str] = []

    def watched(folder: Path, name: str) -> object:
        resolved.append(name)
        return stored_file_fault(folder, name)

    monkeypatch.setattr(loading, "stored_file_fault", watched)
    loaded_database(folder, home)
    assert resolved
    resolved.clear()
    loaded_database(folder, home)
    assert resolved == []


def test_a_document_that_comes_is_loaded_and_one_that_leads_out_of_the_folder_is_not(
    folder: Path, home: Path, tmp_path: Path
) -> None:
    def content() -> bytes | None:
        with closing(sqlite3.connect(loaded_database(folder, home))) as opened:
            ((found,),) = opened.execute("SELECT content FROM document").fetchall()
        return found if found is None else bytes(found)

    place, outside = folder / "files" / "consent.txt", tmp_path / "outside.txt"
    text = place.read_bytes()
    place.unlink()
    assert content() is None
    place.write_bytes(text)
    assert content() == text
    outside.write_bytes(text)
    os.utime(outside, (1_700_000_000, 1_700_000_000))
    place.unlink()
    place.symlink_to(outside)
    assert content() is None, "the same bytes, but not the folder's"
    loaded = loaded_database(folder, home).stat().st_ino
    assert loaded_database(folder, home).stat().st_ino == loaded, "still outside, so nothing to load"
    place.unlink()
    place.write_bytes(text)
    assert content() == text


def test_purge_removes_what_was_loaded(folder: Path, home: Path) -> None:
    file = loaded_database(folder, home)
    assert purge_loaded(home) == 1
    assert not file.exists()
    assert purge_loaded(home) == 0


def test_keys_that_are_no_numbers_get_numbers_that_stay(folder: Path, home: Path) -> None:
    for table in TABLES.values():
        text = (folder / table.file).read_text(encoding="utf-8-sig")
        (folder / table.file).write_text(text.replace("1001", "b7-41").replace("1002", "a0-11"))
    file = loaded_database(folder, home)
    assert numbers(file) == {"b7-41": 1, "a0-11": 2}
    lines = (folder / "patient.csv").read_text().splitlines()
    lines.insert(1, lines[2].replace("a0-11", "00-new"))
    (folder / "patient.csv").write_text("\n".join(lines))
    assert numbers(loaded_database(folder, home)) == {"b7-41": 1, "a0-11": 2, "00-new": 3}
    profile = lite_profile(folder)
    with open_practice(f"lite:///{folder}", home=home) as database:
        assert patient_id_bounds(database, profile) == (1, 3, 3)
        exams = list(read_entity(database, profile, "perio_exam", PatientRange(1, 2)))
        assert {exam.values["patient_key"] for exam in exams} == {"b7-41"}


def test_a_row_of_nobody_is_read_with_the_first_range(folder: Path, home: Path) -> None:
    replaced(folder / "clinical_note.csv", "N2,1002", "N2,9999")
    profile = lite_profile(folder)
    with open_practice(f"lite:///{folder}", home=home) as database:
        notes = list(read_entity(database, profile, "clinical_note", PatientRange(0, 1)))
        assert [note.values["patient_key"] for note in notes] == ["9999"]


def test_files_and_columns_that_are_not_there_are_left_out_of_the_profile(folder: Path, home: Path) -> None:
    (folder / "letter.csv").unlink()
    (folder / "provider.csv").write_text("key,last_name\nD1,Quill\n")
    profile = lite_profile(folder)
    assert "letter" not in profile.entities
    assert set(profile.entities["provider"].attributes) == {"last_name"}
    with open_practice(f"lite:///{folder}", home=home) as database:
        assert check_profile(profile, database) == []
        (provider,) = read_entity(database, profile, "provider")
        assert provider.values["last_name"] == "Quill"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("provider.csv", "key,last_name\nD1,Quill,DDS\n"),
        ("provider.csv", 'key,last_name\nD1,"Quill" DDS\n'),
        ("provider.csv", "key,lastname\nD1,Quill\n"),
        ("provider.csv", "key,last_name,last_name\nD1,Quill,Quill\n"),
    ],
)
def test_a_file_whose_values_would_land_in_wrong_places_is_refused(
    folder: Path, home: Path, file: str, text: str
) -> None:
    (folder / file).write_text(text)
    with pytest.raises(ProfileError, match="lite check"):
        loaded_database(folder, home)
    assert list((home / "lite").iterdir()) == []


@pytest.mark.parametrize("file", ["practice.csv", "patient.csv"])
def test_a_folder_without_its_practice_or_patients_is_refused(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(ProfileError, match=file):
        lite_profile(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownDatabaseError, match="nowhere"):
        folder_of(f"lite:///{tmp_path}/nowhere")


def test_paths_are_relative_to_the_working_directory_or_start_at_the_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert folder_of("lite:///examples").resolve() == folder.resolve()
    assert folder_of(f"lite:///{folder}") == folder


def test_a_template_is_not_written_over_a_filled_one(folder: Path) -> None:
    with pytest.raises(FolderInUseError, match="empty folder"):
        write_template(folder.parent)
    shutil.rmtree(folder.parent)
    write_template(folder.parent)
