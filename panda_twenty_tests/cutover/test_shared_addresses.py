"""Spouses who share an e-mail address: one of them holds it in Twenty, for as long as PANDA says so."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty import headless, stages
from panda_twenty.cutover.committing import commit_delivered
from panda_twenty.defs.jobs import MIGRATE_RANGES
from panda_twenty.ledger.watermarks import make_stale
from panda_twenty.stages import load_route, patient_ranges, unique_fields
from panda_twenty.twenty.loading import LoadCounts
from panda_twenty_tests.cutover.going_on import GoingOn
from panda_twenty_tests.cutover.scripted_days import now
from panda_twenty_tests.cutover.test_destroyed_parents import PREFIX, delta_rounds

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


def test_who_shared_an_address_gets_it_once_the_other_one_has_a_new_one(going_on: GoingOn) -> None:
    """Although their own row did not change, so that it is not read with that of the other."""
    going_on.whole_rows, going_on.sweep_minutes = 0, 100_000
    ((address, *_), *_) = going_on.ask(SHARED)
    pair = [key for (key,) in going_on.ask("SELECT PatientID FROM Patient WHERE LOWER(Email) = ?", address)]
    holder, other = sorted(pair, key=lambda key: primary(going_on, key) != address)
    assert primary(going_on, other) is None
    going_on.edit(
        "UPDATE Patient SET Email = 'new@familymail.test', ModifiedOn = ? WHERE PatientID = ?", now(), holder
    )
    with going_on.session() as session:
        delta_rounds(session)
    assert primary(going_on, holder) == "new@familymail.test"
    assert primary(going_on, other) == address
    assert not going_on.in_twenty("person", f"{PREFIX}/{other}", "sharedEmails")["sharedEmails"][
        "primaryEmail"
    ]


def test_a_migration_reads_again_what_a_later_range_has_made_due(
    going_on: GoingOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, list[str]]] = []

    def run(definitions: Any, instance: Any, job: str, ranges: Any = (), **_: Any) -> bool:
        ran.append((job, list(ranges)))
        return True

    with going_on.session() as session:
        keys = [each.key for each in patient_ranges(session)]
        commit_delivered(session)
        make_stale(session.ledger, {("patient", keys[0])})
    monkeypatch.setattr(headless, "_run", run)
    headless.migrate(going_on.settings)
    assert [ranges for job, ranges in ran if job == MIGRATE_RANGES] == [keys, keys[:1]]


def primary(one: GoingOn, patient: int) -> str | None:
    found = one.in_twenty("person", f"{PREFIX}/{patient}", "emails")
    return found["emails"]["primaryEmail"] or None
