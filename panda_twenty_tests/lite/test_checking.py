"""The check of an export: every kind of mistake is planted once, and exactly that is found, with its line."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from panda_twenty.cli import main
from panda_twenty.panda.errors import UnknownDatabaseError
from panda_twenty.panda.lite.checking import check_folder
from panda_twenty.panda.lite.tables import TABLES
from panda_twenty.panda.lite.template import write_template

SECRET = "Zyxwvutsrq"
Place = tuple[str, int, str, str]
"""File, line, column and code of a finding."""


class Folder:
    """A clean export of invented people that a test spoils."""

    def __init__(self, path: Path) -> None:
        write_template(path)
        self.path = path / "examples"

    def lines(self, file: str) -> list[str]:
        return (self.path / file).read_text(encoding="utf-8-sig").split("\r\n")

    def text(self, file: str) -> str:
        return (self.path / file).read_text(encoding="utf-8-sig")

    def write(self, file: str, text: str, encoding: str = "utf-8") -> None:
        (self.path / file).write_bytes(text.encode(encoding))

    def rows(self, file: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text(file), newline="")))

    def write_rows(self, file: str, rows: Sequence[Sequence[str]], **how: Any) -> None:
        encoding = how.pop("encoding", "utf-8")
        out = io.StringIO()
        csv.writer(out, **{"lineterminator": "\r\n", **how}).writerows(rows)
        self.write(file, out.getvalue(), encoding)

    def put(self, file: str, row: int, column: str, value: str) -> None:
        """Put a value into the row-th row below the header."""
        rows = self.rows(file)
        rows[row][rows[0].index(column)] = value
        self.write_rows(file, rows)

    def found(self) -> set[Place]:
        report = check_folder(self.path, kept=1000)
        found = [(f.file, f.line, f.column, f.code) for kind in report.kinds for f in kind.first]
        assert len(set(found)) == len(found) == report.total
        return set(found)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "template")


def test_the_example_of_the_template_is_clean(folder: Folder) -> None:
    assert folder.found() == set()


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "code"),
    [
        ("patient.csv", 2, "birth_date", "03/17/1990", "us_date"),
        ("patient.csv", 2, "birth_date", "31/02/1990", "day_first_date"),
        ("patient.csv", 2, "birth_date", "44/44/1990", "impossible_date"),
        ("patient.csv", 2, "birth_date", "1990-02-31", "impossible_date"),
        ("patient.csv", 2, "birth_date", "32948", "serial_date"),
        ("patient.csv", 2, "birth_date", "spring of 1990", "unreadable_date"),
        ("patient.csv", 2, "birth_date", "1990-03-04T15:30:00", "time_in_date"),
        ("patient.csv", 2, "birth_date", "1990-\n03-04", "line_break"),
        ("patient.csv", 2, "created_at", "1/2/2020 9:30 AM", "us_date"),
        ("patient.csv", 2, "created_at", "2020-01-02 25:00", "impossible_date"),
        ("patient.csv", 2, "sex", "woman", "unknown_code"),
        ("insurance_policy.csv", 2, "key", " ", "missing_value"),
        ("patient.csv", 2, "referral_key", "R9", "missing_reference"),
        ("appointment.csv", 2, "successor_key", "A9", "missing_reference"),
        ("appointment.csv", 2, "minutes", "an hour", "unreadable_number"),
        ("appointment.csv", 2, "minutes", "12.5", "unreadable_number"),
        ("perio_exam.csv", 2, "is_baseline", "perhaps", "unreadable_boolean"),
        ("perio_exam.csv", 2, "hba1c_pct", "6,9", "decimal_comma"),
        ("perio_exam.csv", 2, "exam_date", "", "missing_value"),
        ("document.csv", 1, "file", "files/lost.pdf", "file_not_found"),
        ("document.csv", 1, "file", "../README.html", "file_outside"),
        ("clinical_note.csv", 2, "patient_key", "7777", "missing_reference"),
        ("treatment_plan.csv", 2, "exam_key", "E1", "another_patient"),
        ("perio_chart.csv", 4, "tooth", "33", "tooth_out_of_range"),
        ("perio_chart.csv", 4, "tooth", "03 ", "duplicate_key"),
        ("perio_chart.csv", 4, "status", "GONE", "unknown_status"),
        ("perio_chart.csv", 4, "probing_depth_db", "20", "depth_out_of_range"),
        ("perio_chart.csv", 4, "probing_depth_db", "3.2", "half_millimetre"),
        ("perio_chart.csv", 4, "probing_depth_db", "deep", "unreadable_measurement"),
        ("perio_chart.csv", 4, "gingival_margin_ml", "-16", "margin_out_of_range"),
        ("perio_chart.csv", 4, "attachment_level_l", "39", "level_out_of_range"),
        ("perio_chart.csv", 4, "keratinized_width_facial", "21", "width_out_of_range"),
        ("perio_chart.csv", 4, "bleeding_b", "2", "unreadable_mark"),
        ("perio_chart.csv", 4, "mobility", "4", "unknown_mobility"),
        ("perio_chart.csv", 4, "furcation_m", "V", "unknown_furcation"),
        ("perio_chart.csv", 4, "prognosis", "BLEAK", "unknown_prognosis"),
    ],
)
def test_a_wrong_value_is_found_where_it_stands(
    folder: Folder, file: str, row: int, column: str, value: str, code: str
) -> None:
    if code == "duplicate_key":
        # The same tooth of the same exam: the row before last is tooth 3 of exam E2 as well.
        folder.put(file, row - 1, "exam_key", "E2")
        folder.put(file, row - 1, "tooth", "3")
    folder.put(file, row, column, value)
    line = _line_of(folder, file, row)
    place = "tooth" if code == "duplicate_key" else column
    assert folder.found() == {(file, line, place, code)}


def _line_of(folder: Folder, file: str, row: int) -> int:
    """The physical line on which a row begins: rows before it may hold line breaks."""
    line = 1
    for fields in folder.rows(file)[:row]:
        line += 1 + sum(cell.count("\n") for cell in fields)
    return line


def test_a_repeated_key_names_the_line_that_had_it_first(folder: Folder) -> None:
    rows = folder.rows("provider.csv")
    folder.write_rows("provider.csv", [*rows, rows[1]])
    assert folder.found() == {("provider.csv", 4, "key", "duplicate_key")}
    (kind,) = check_folder(folder.path).kinds
    assert "line 2 already" in kind.first[0].sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_told_and_taken(folder: Folder, encoding: str, delimiter: str) -> None:
    folder.put("patient.csv", 1, "last_name", "Müller-Ångström")
    folder.write_rows("patient.csv", folder.rows("patient.csv"), encoding=encoding, delimiter=delimiter)
    report = check_folder(folder.path)
    assert report.total == 0
    (read,) = [each for each in report.files if each.file == "patient.csv"]
    assert read.rows == 2
    assert read.delimiter == {",": "comma", ";": "semicolon", "\t": "tab"}[delimiter]
    assert {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "cp1252": "Windows-1252"}.get(
        encoding, "UTF-16"
    ) in read.encoding


def _rename(rows: list[list[str]], old: str, new: str) -> list[list[str]]:
    return [[new if cell == old else cell for cell in rows[0]], *rows[1:]]


def _without(rows: list[list[str]], column: str) -> list[list[str]]:
    place = rows[0].index(column)
    return [row[:place] + row[place + 1 :] for row in rows]


@pytest.mark.parametrize(
    ("spoil", "expected", "said"),
    [
        (
            lambda rows: _rename(rows, "birth_date", "birthdate"),
            {("patient.csv", 1, "birthdate", "unknown_column")},
            "perhaps birth_date",
        ),
        (
            lambda rows: [[*rows[0], "ssn"], *([*row, ""] for row in rows[1:])],
            {("patient.csv", 1, "ssn", "unknown_column")},
            "take it out",
        ),
        (
            lambda rows: _rename(rows, "city", "state"),
            {("patient.csv", 1, "state", "duplicate_column")},
            "twice",
        ),
        (
            lambda rows: _rename(rows, "first_name", " FIRST_NAME "),
            set(),
            "",
        ),
        (
            lambda rows: [*rows[:2], rows[2][:-1]],
            {("patient.csv", 3, "", "ragged_line")},
            "fields, the header",
        ),
        (
            lambda rows: [*rows, [""] * len(rows[0])],
            set(),
            "",
        ),
    ],
)
def test_headers_and_rows_that_do_not_fit_are_told(
    folder: Folder, spoil: Callable[[list[list[str]]], list[list[str]]], expected: set[Place], said: str
) -> None:
    folder.write_rows("patient.csv", spoil(folder.rows("patient.csv")))
    if any(code == "ragged_line" for *_, code in expected):
        # A row that is not read has no key, so what refers to it dangles.
        expected = expected | {
            ("clinical_note.csv", 3 + 1, "patient_key", "missing_reference"),
            ("treatment_plan.csv", 3, "patient_key", "missing_reference"),
        }
    assert folder.found() == expected
    assert said in " ".join(kind.first[0].sentence for kind in check_folder(folder.path).kinds)


def test_a_missing_required_column_is_told_and_an_optional_one_is_not(folder: Folder) -> None:
    folder.write_rows("letter.csv", _without(folder.rows("letter.csv"), "written_at"))
    folder.write_rows("provider.csv", _without(folder.rows("provider.csv"), "suffix"))
    assert folder.found() == {("letter.csv", 1, "written_at", "missing_column")}
    (provider,) = [each for each in check_folder(folder.path).files if each.file == "provider.csv"]
    assert provider.columns_not_given == ("suffix",)


def test_broken_quotes_are_told_and_the_rest_of_the_file_is_still_read(folder: Folder) -> None:
    header = "key,patient_key,noted_at,body"
    rows = ['N1,1001,2023-03-14,"good"', 'N2,1001,2023-03-14,"bad" quotes', "N3,1001,14.03.2023,x"]
    folder.write("clinical_note.csv", "\n".join([header, *rows]) + "\n")
    assert folder.found() == {
        ("clinical_note.csv", 3, "", "bad_quotes"),
        ("clinical_note.csv", 4, "noted_at", "day_first_date"),
    }


def test_a_quote_that_is_never_closed_is_told_where_it_opens(folder: Folder) -> None:
    rows = ["N1,1001,2023-03-14,fine", 'N2,1001,2023-03-14,"open', "N3,1001,2023-03-14,swallowed"]
    folder.write("clinical_note.csv", "\n".join(["key,patient_key,noted_at,body", *rows]))
    assert folder.found() == {("clinical_note.csv", 3, "", "unclosed_quote")}


def test_line_breaks_inside_quotes_belong_to_the_text_and_lines_are_counted_on(folder: Folder) -> None:
    rows = ['N1,1001,2023-03-14,"one\ntwo\nthree"', "N2,1001,tomorrow,x"]
    folder.write("clinical_note.csv", "\n".join(["key,patient_key,noted_at,body", *rows]))
    assert folder.found() == {("clinical_note.csv", 5, "noted_at", "unreadable_date")}


def test_files_that_are_empty_unknown_or_missing_are_told(folder: Folder) -> None:
    folder.write("letter_template.csv", "")
    folder.write("letters.csv", "key\n")
    (folder.path / "practice.csv").unlink()
    assert folder.found() == {
        ("practice.csv", 0, "", "missing_file"),
        ("letters.csv", 0, "", "unknown_file"),
        ("letter_template.csv", 0, "", "empty_file"),
        ("letter.csv", 2, "template_key", "missing_reference"),
    }
    sentences = [kind.first[0].sentence for kind in check_folder(folder.path).kinds]
    assert any("perhaps letter.csv" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("practice,time_zone\nLakeside Perio!,America/Chicago\n", (2, "practice", "unusable_name")),
        ("practice,time_zone\nlakeside,Central\n", (2, "time_zone", "unknown_time_zone")),
        ("practice\nlakeside\n", (1, "time_zone", "missing_column")),
        ("practice,time_zone\n", (0, "", "one_row")),
    ],
)
def test_the_practice_file_is_held_to_one_row_that_can_be_used(
    folder: Folder, text: str, expected: tuple[int, str, str]
) -> None:
    folder.write("practice.csv", text)
    assert folder.found() == {("practice.csv", *expected)}


def test_thousands_of_findings_are_counted_and_the_first_are_listed(folder: Folder) -> None:
    rows = [f"N{number},1001,03/04/2020,{SECRET}" for number in range(5000)]
    folder.write("clinical_note.csv", "\n".join(["key,patient_key,noted_at,body", *rows]))
    (kind,) = check_folder(folder.path, kept=3).kinds
    assert kind.count == 5000
    assert [finding.line for finding in kind.first] == [2, 3, 4]


def test_the_command_prints_no_value_and_answers_by_its_exit_code(folder: Folder, tmp_path: Path) -> None:
    run = CliRunner()
    clean = run.invoke(main, ["lite", "check", str(folder.path)])
    assert clean.exit_code == 0, clean.output
    folder.put("patient.csv", 2, "birth_date", SECRET)
    folder.put("patient.csv", 2, "referral_key", SECRET)
    json_file, values_file = tmp_path / "found.json", tmp_path / "values.csv"
    options = ["--json", str(json_file), "--show-values", str(values_file)]
    spoilt = run.invoke(main, ["lite", "check", str(folder.path), *options])
    assert spoilt.exit_code == 1, spoilt.output
    assert "patient.csv line 3, birth_date: it is no date; expected: YYYY-MM-DD." in spoilt.output
    assert SECRET not in spoilt.output + json_file.read_text()
    assert json.loads(json_file.read_text())["total"] == 2
    assert values_file.read_text().count(SECRET) == 2
    for file in (json_file, values_file):
        assert file.stat().st_mode & 0o077 == 0
    (folder.path / "letter.csv").write_bytes(b"key\x00\x81\xff\n\x8d")
    assert run.invoke(main, ["lite", "check", str(folder.path)]).exit_code == 2
    missing = run.invoke(main, ["lite", "check", str(tmp_path / "nowhere")])
    assert missing.exit_code == 2
    assert "nowhere" in missing.output


def test_a_folder_without_any_file_of_the_template_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UnknownDatabaseError, match="lite template"):
        check_folder(tmp_path)


def test_memory_does_not_grow_with_the_number_of_rows(folder: Folder) -> None:
    def peak(rows: int) -> int:
        lines = (f"N{number},1001,2020-03-04T10:{number % 60:02}:00,text" for number in range(rows))
        folder.write("clinical_note.csv", "\n".join(["key,patient_key,noted_at,body", *lines]))
        tracemalloc.start()
        try:
            assert check_folder(folder.path).total == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(10_000), peak(60_000)
    assert large < small + 1_000_000


def test_every_table_of_the_template_has_an_example_for_every_column(folder: Folder) -> None:
    fields = list(csv.DictReader(io.StringIO((folder.path.parent / "fields.csv").read_text("utf-8-sig"))))
    assert [(row["file"], row["column"]) for row in fields] == [
        (table.file, name) for table in TABLES.values() for name in table.names
    ]
    assert [row["column"] for row in fields if not row["example"]] == []
