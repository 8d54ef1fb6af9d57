"""Spouses who share an e-mail address: one of them holds it in Twenty, for as long as PANDA says so."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty import stages
from panda_twenty.stages import load_route, patient_ranges, unique_fields
from panda_twenty.twenty.loading import LoadCounts
from panda_twenty_tests.cutover.going_on import GoingOn

SHARED = "SELECT LOWER(Email) FROM Patient WHERE Email <> '' GROUP BY LOWER(Email) HAVING COUNT(*) > 1"


def test_a_load_knows_which_addresses_patients_of_all_ranges_share(
    going_on: GoingOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {address for (address,) in going_on.ask(SHARED)}
    assert addresses
    told: list[set[str]] = []

    def load_ranges(load: Any, ranges: Any) -> Any:
        told.extend(load.shared(unique) for unique in load.unique_fields)
        return {key: LoadCounts() for key, _ in ranges}

    monkeypatch.setattr(stages, "load_ranges", load_ranges)
    with going_on.session() as session:
        (people,) = [each for each in session.mapping.routes if each.identity == "patient"]
        assert len(unique_fields(session, session.facts(people.object))) == 1
        load_route(session, people, [patient_ranges(session)[0].key])
    (found,) = told
    assert addresses <= found, "besides what a patient shares with a provider, who is a person too"
    assert len(found) < len(going_on.ask("SELECT DISTINCT LOWER(Email) FROM Patient WHERE Email <> ''"))
