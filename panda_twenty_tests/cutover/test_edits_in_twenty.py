"""A receptionist corrects something in Twenty: it stays, unless PANDA changed the same field."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from panda_twenty.cutover.freezing import verify_everything
from panda_twenty.ledger.field_hashes import edits, known_field_hashes, short_hash
from panda_twenty.ledger.state import records_of
from panda_twenty.mapping.specification import DEFAULT_MAPPING
from panda_twenty.twenty.edits import comparable
from panda_twenty.twenty.records import read_all, upsert
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now

PANDA_ID = "reference-practice/patient/108"


def edit_in_twenty(one: GoingOn, **fields: Any) -> None:
    with one.session() as session:
        facts = session.workspace().object("person")
        record = one.in_twenty("person", PANDA_ID, "id")
        upsert(session.client, facts, [{"id": record["id"], **fields}])


def person(one: GoingOn, *columns: str) -> dict[str, Any]:
    return one.in_twenty("person", PANDA_ID, *columns)


def listed(one: GoingOn) -> list[tuple[str, str, str]]:
    with one.session() as session:
        return [(row["field"], row["kind"], row["winner"]) for row in edits(session.ledger)]


def test_what_is_remembered_of_each_field_is_what_twenty_answers(going_on: GoingOn) -> None:
    """Otherwise an edit of one field would make others look edited."""
    with going_on.session() as session:
        for each in session.mapping.objects:
            facts = session.workspace().object(each.name)
            for route in session.mapping.routes_to(each.name):
                columns = [line.column for line in route.lines if line.transform != "file"]
                rows = {row["id"]: row for row in read_all(session.client, facts, columns)}
                mine = [one for one in records_of(session.ledger, each.name) if one.entity == route.identity]
                known = known_field_hashes(session.ledger, route.identity, [one.source_key for one in mine])
                assert len(known) == len(mine), route.name
                for one in mine:
                    for column, stored in known[one.source_key].stored.items():
                        stands = short_hash(
                            session.ledger, comparable(facts, column, rows[one.twenty_id][column])
                        )
                        assert stands == stored, (route.name, column)


def test_an_edit_of_another_field_is_kept_when_the_source_changes(going_on: GoingOn) -> None:
    edit_in_twenty(going_on, jobTitle=None, middleName="Edited here")
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    outcome = going_on.delta()
    assert outcome.is_well
    assert outcome.updated == 1
    found = person(going_on, "middleName", "homeAddress")
    assert found["middleName"] == "Edited here"
    assert found["homeAddress"]["addressCity"] == "Elsewhere"
    assert listed(going_on) == [("middleName", "kept", "twenty")]
    # And once more: what was kept is not taken for ours.
    going_on.edit("UPDATE Patient SET City = 'Again', ModifiedOn = ? WHERE PatientID = 108", now())
    assert going_on.delta().is_well
    assert person(going_on, "middleName")["middleName"] == "Edited here"


def test_an_edited_record_whose_source_did_not_change_is_not_touched(going_on: GoingOn) -> None:
    edit_in_twenty(going_on, middleName="Edited here")
    before = going_on.writing_calls()
    assert going_on.delta().is_well
    assert going_on.writing_calls() == before
    with going_on.session() as session:
        found = verify_everything(session)
    assert found.is_clean
    assert found.kept_edits == 1
    assert listed(going_on) == [("middleName", "kept", "twenty")]


@pytest.mark.parametrize("winner", ["source", "twenty"])
def test_a_field_changed_at_both_ends_is_a_conflict(going_on: GoingOn, winner: str) -> None:
    if winner == "twenty":
        mapping = yaml.safe_load(DEFAULT_MAPPING.read_text())
        mapping["choices"]["conflicts"] = {"default": "source", "person": "twenty"}
        going_on.mapping = going_on.folder / "mapping.yaml"
        going_on.mapping.write_text(yaml.safe_dump(mapping, sort_keys=False))
    going_on.delta()
    edit_in_twenty(going_on, middleName="Edited here")
    going_on.edit("UPDATE Patient SET MiddleInitial = 'Q', ModifiedOn = ? WHERE PatientID = 108", now())
    outcome = going_on.delta()
    assert outcome.new_conflicts == 1
    assert outcome.different == 0
    expected = "Q" if winner == "source" else "Edited here"
    assert person(going_on, "middleName")["middleName"] == expected
    assert listed(going_on) == [("middleName", "conflict", winner)]
    assert going_on.delta().is_well
    assert person(going_on, "middleName")["middleName"] == expected
