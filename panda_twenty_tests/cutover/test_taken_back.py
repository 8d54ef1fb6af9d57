"""What a rollback took back is not brought again by the next delta, but by a migration."""

from __future__ import annotations

import json

from panda_twenty.headless import migrate
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now
from panda_twenty_tests.cutover.test_board_and_freeze import command

RANGE = "0000120-0000159"


def test_a_range_that_was_rolled_back_stays_so_until_it_is_migrated_again(going_on: GoingOn) -> None:
    people = going_on.records("person")
    assert command(going_on, "rollback", "--yes", "--range", RANGE)[0] in (0, 1)
    rolled_back = going_on.records("person")
    assert rolled_back < people
    going_on.edit(
        "UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID IN (108, 149)", now()
    )
    assert going_on.delta().updated == 1
    assert going_on.records("person") == rolled_back, "the delta undid the rollback"
    code, printed = command(going_on, "status", "--json")
    board = json.loads(printed)
    assert (board["taken_back"], board["pending"]) == ([RANGE], 0)
    assert RANGE in command(going_on, "status")[1]
    code, printed = command(going_on, "cutover", "freeze", "--json")
    told = json.loads(printed)
    assert (code, told["nothing_left"], told["left"]["taken_back"]) == (1, False, 1)
    assert going_on.records("person") == rolled_back

    going_on.hand_down()
    migrate(going_on.settings)
    assert going_on.records("person") == people
    assert json.loads(command(going_on, "status", "--json")[1])["taken_back"] == []
    going_on.assert_all_is_in_twenty()
    going_on.edit("UPDATE Patient SET City = 'Again', ModifiedOn = ? WHERE PatientID = 149", now())
    assert going_on.delta().updated == 1
    going_on.assert_all_is_in_twenty()
