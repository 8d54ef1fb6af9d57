"""Rows that are deleted in PANDA, by each choice of the mapping, and rows that come back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
import yaml

from panda_twenty.mapping.specification import DEFAULT_MAPPING
from panda_twenty.twenty.records import upsert
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.test_board_and_freeze import command

PREFIX = "reference-practice"


def choose(one: GoingOn, deleted_in_source: str) -> None:
    mapping = yaml.safe_load(DEFAULT_MAPPING.read_text())
    mapping["choices"]["deleted_in_source"] = deleted_in_source
    one.mapping = one.folder / "mapping.yaml"
    one.mapping.write_text(yaml.safe_dump(mapping, sort_keys=False))


def taken_out(one: GoingOn, table: str, where: str) -> dict[str, Any]:
    """Delete one row; returns it, to be put back."""
    with closing(sqlite3.connect(one.practice)) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute(f"SELECT * FROM {table} WHERE {where}").fetchone())
    assert one.edit(f"DELETE FROM {table} WHERE {where}") == 1
    return row


def put_back(one: GoingOn, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(f"[{name}]" for name in row), ", ".join("?" * len(row))
    one.edit(f"INSERT INTO {table} ({names}) VALUES ({marks})", *row.values())


def appointment_of(one: GoingOn, patient: int) -> int:
    found: int = one.ask("SELECT MIN(AppointmentID) FROM Appointment WHERE PatientID = ?", patient)[0][0]
    return found


@pytest.mark.parametrize(
    ("choice", "done", "gone"),
    # The appointment's link to its patient has no field to be marked in.
    [("mark", "marked", 1), ("soft_delete", "hidden", 2), ("ignore", "left", 0)],
)
def test_a_deleted_row_is_told_and_comes_back(going_on: GoingOn, choice: str, done: str, gone: int) -> None:
    choose(going_on, choice)
    key = appointment_of(going_on, 149)
    name = f"{PREFIX}/appointment/{key}"
    row = taken_out(going_on, "Appointment", f"AppointmentID = {key}")
    outcome = going_on.delta()
    assert outcome.is_well, outcome
    assert outcome.gone == gone
    found = going_on.in_twenty("task", name, "deletedAt", "sourceDeletedAt")
    assert (found["deletedAt"] is not None) == (done == "hidden")
    assert (found["sourceDeletedAt"] is not None) == (done == "marked")
    going_on.assert_all_is_in_twenty()

    board = json.loads(command(going_on, "status", "--json")[1])
    (told,) = [each for each in board["gone"] if each["object"] == "task"]
    assert (told["source_key"], told["done"]) == (str(key), done)
    assert set(told) == {"entity", "source_key", "object", "twenty_id", "done", "at"}
    printed = command(going_on, "status")[1]
    assert str(key) in printed
    assert told["twenty_id"] in printed

    before = going_on.writing_calls()
    assert going_on.delta().is_well
    assert going_on.writing_calls() == before, "what was done about it was done again"
    put_back(going_on, "Appointment", row)
    outcome = going_on.delta()
    assert (outcome.created, outcome.is_well) == (0, True)
    again = going_on.in_twenty("task", name, "id", "deletedAt", "sourceDeletedAt")
    assert (again["id"], again["deletedAt"], again["sourceDeletedAt"]) == (told["twenty_id"], None, None)
    assert json.loads(command(going_on, "status", "--json")[1])["gone"] == []
    going_on.assert_all_is_in_twenty()


def test_a_patient_whose_records_are_soft_deleted(going_on: GoingOn) -> None:
    choose(going_on, "soft_delete")
    people = going_on.records("person")
    going_on.edit("DELETE FROM Patient WHERE PatientID = 147")
    assert going_on.delta().gone >= 1
    assert going_on.records("person") == people - 1
    going_on.assert_all_is_in_twenty()


def test_what_was_edited_in_twenty_before_its_row_was_deleted_stays(just_migrated: GoingOn) -> None:
    going_on = just_migrated
    key = appointment_of(going_on, 149)
    name = f"{PREFIX}/appointment/{key}"
    with going_on.session() as session:
        body = {"id": going_on.in_twenty("task", name, "id")["id"], "title": "As the front desk has it"}
        upsert(session.client, session.facts("task"), [body])
    row = taken_out(going_on, "Appointment", f"AppointmentID = {key}")
    assert going_on.delta().gone == 1
    edit = json.loads(command(going_on, "cutover", "conflicts", "--json")[1])
    assert (edit["source_key"], edit["field"], edit["winner"]) == (str(key), "title", "twenty")
    put_back(going_on, "Appointment", row)
    assert going_on.delta().is_well
    found = going_on.in_twenty("task", name, "title", "sourceDeletedAt")
    assert (found["title"], found["sourceDeletedAt"]) == ("As the front desk has it", None)
