"""A scripted second and third day in the practice, for each way in which a database tells of changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panda_twenty.ledger.chain import broken_links
from panda_twenty.panda.changes import Means
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import (
    second_day,
    third_day,
    with_rowversions,
    without_markers,
)

PREFIX = "reference-practice"


def by_modified_date(one: GoingOn) -> Means:
    return Means.MODIFIED


def by_hashes(one: GoingOn) -> Means:
    one.use_profile(without_markers)
    find_nothing(one)
    return Means.HASHES


def by_rowversion(one: GoingOn) -> Means:
    with_rowversions(one)
    one.use_profile(without_markers)
    find_nothing(one)
    return Means.ROWVERSION


def find_nothing(one: GoingOn) -> None:
    """The first delta by another means than the one before it."""
    first = one.delta()
    assert (first.created, first.updated, first.gone) == (0, 0, 0)


@pytest.mark.parametrize("prepare", [by_modified_date, by_hashes, by_rowversion])
def test_two_days_in_the_practice_arrive(going_on: GoingOn, prepare: Callable[[GoingOn], Means]) -> None:
    means = prepare(going_on)
    with going_on.session() as session:
        assert session.change_markers["patient"].means is means
    people = going_on.records("person")

    second_day(going_on)
    before = going_on.writing_calls()
    outcome = going_on.delta()
    assert outcome.is_well, outcome
    assert going_on.writing_calls() - before < 30
    going_on.assert_all_is_in_twenty()
    assert going_on.records("person") == people + 2

    third_day(going_on)
    before = going_on.writing_calls()
    outcome = going_on.delta()
    assert outcome.is_well, outcome
    assert outcome.gone > 0
    assert going_on.writing_calls() - before < 30
    going_on.assert_all_is_in_twenty()
    for patient in (118, 147):
        marked = going_on.in_twenty("person", f"{PREFIX}/patient/{patient}", "sourceDeletedAt")
        assert marked["sourceDeletedAt"] is not None, patient
    kept = going_on.in_twenty("person", f"{PREFIX}/patient/143", "sourceDeletedAt")
    assert kept["sourceDeletedAt"] is None
    with going_on.session() as session:
        assert list(broken_links(session.ledger)) == []

    before = going_on.writing_calls()
    assert going_on.delta().is_well
    assert going_on.writing_calls() == before
