"""Which column each attribute gets where several could have it."""

from __future__ import annotations

from panda_twenty.mapping.proposal.candidates import Candidate, assigned


def columns(**scores: dict[str, float]) -> dict[str, str]:
    """The columns that the attributes get, from their scores by column."""
    candidates = {
        attribute: [
            Candidate(attribute, "T", column, score, ())
            for column, score in sorted(by_column.items(), key=lambda each: -each[1])
        ]
        for attribute, by_column in scores.items()
    }
    return {attribute: each.column for attribute, each in assigned(candidates).items()}


def test_the_best_pairs_come_first() -> None:
    assert columns(city={"TWN": 0.9, "CITY": 0.8}, state={"TWN": 0.5, "ST": 0.9}) == {
        "city": "TWN",
        "state": "ST",
    }


def test_an_attribute_that_does_as_well_with_another_column_makes_room() -> None:
    found = columns(
        completed_on={"DTP": 0.65, "DTC": 0.65}, planned_on={"DTP": 0.65}, created_at={"DTC": 0.58}
    )
    assert found == {"completed_on": "DTC", "planned_on": "DTP"}


def test_none_makes_room_that_would_be_worse_off() -> None:
    assert columns(completed_on={"DTP": 0.9, "DTC": 0.6}, planned_on={"DTP": 0.65}) == {"completed_on": "DTP"}
