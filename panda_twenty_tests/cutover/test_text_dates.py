"""SQLite keeps dates as text: what is written with a blank and what is written with a T are one date."""

from __future__ import annotations

from panda_twenty_tests.cutover.going_on import RARELY, GoingOn
from panda_twenty_tests.cutover.scripted_days import now


def test_a_blank_between_day_and_time_hides_no_change(going_on: GoingOn) -> None:
    going_on.sweep_minutes = RARELY
    going_on.overlap_minutes = 0
    # The cursor comes to stand on a date with a T ...
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    assert going_on.delta().updated == 1
    # ... and a blank sorts before it, on the same day, whatever the time.
    later = now().replace("T", " ")
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 149", later)
    assert going_on.delta().updated == 1
    going_on.edit("UPDATE Patient SET City = 'Further', ModifiedOn = ? WHERE PatientID = 126", now())
    assert going_on.delta().updated == 1
    going_on.assert_all_is_in_twenty()


def test_a_text_that_is_no_date_stops_no_delta(going_on: GoingOn) -> None:
    going_on.sweep_minutes = RARELY
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = 'unknown' WHERE PatientID = 108")
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 109", now())
    assert going_on.delta().updated >= 1
    assert going_on.delta(everything=True).is_well
    going_on.assert_all_is_in_twenty()
