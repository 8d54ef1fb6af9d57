"""A sample shows every kind of patient; the full migration goes on from it, a rejected one leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.outcomes import SAMPLE, outcomes_by_object
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.ledger.state import counts_by_object, records_of
from panda_twenty.mapping.specification import TwentyObject
from panda_twenty.panda.sampling import TRAITS, patient_traits, pick_patients
from panda_twenty.sampling import choose_sample, reject_sample
from panda_twenty.session import Session
from panda_twenty.stages import CannotGoOn, patient_ranges, patients_of
from panda_twenty.sweeping import Scope
from panda_twenty.twenty.records import read_all
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import (
    Workspace,
    findings,
    migrate_range,
    migrated_workspace,
    prepare,
)

PATIENTS = 24


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with (
        folder_in_memory() as folder,
        migrated_workspace(folder, patients=PATIENTS) as migrated,
    ):
        yield migrated


def ids_in_twenty(session: Session) -> dict[str, set[str]]:
    return {
        each.name: {
            record["id"]
            for record in read_all(session.client, session.facts(each.name), [], include_deleted=True)
        }
        for each in session.mapping.objects
    }


def test_the_same_seed_picks_the_same_patients_and_another_picks_others(workspace: Workspace) -> None:
    with workspace.session() as session:
        traits = patient_traits(session.source, session.profile)
        picked = pick_patients(traits, 10, seed=1)
        backwards = dict(sorted(traits.items(), reverse=True))
        assert pick_patients(backwards, 10, seed=1) == picked
        assert pick_patients(traits, 10, seed=2).keys != picked.keys
        assert len(set(picked.keys)) == 10
        assert len(pick_patients(traits, 500, seed=1).keys) == len(traits)


def test_every_kind_of_patient_that_there_is_comes_into_the_sample() -> None:
    kinds = {str(number): frozenset({TRAITS[number % len(TRAITS)]}) for number in range(1000)}
    kinds |= {str(number): frozenset({"one exam"}) for number in range(1000, 5000)}
    picked = pick_patients(kinds, 100, seed=3)
    assert set(picked.strata) == set(TRAITS)
    assert min(picked.strata.values()) >= 100 // len(TRAITS)


def test_a_rejected_sample_leaves_the_workspace_as_it_was(workspace: Workspace) -> None:
    with workspace.session() as session:
        prepare(session)
        reject_sample(session)
        before = ids_in_twenty(session)
        choose_sample(session, 6, seed=1)
        prepare(session)
        migrate_range(session, SAMPLE)
        result, found = findings(session)
        assert found == []
        assert result.objects["person"].source >= 6
        with pytest.raises(CannotGoOn, match="--reject"):
            choose_sample(session, 7, seed=1)
        assert reject_sample(session).objects["person"].destroyed >= 6
        assert ids_in_twenty(session) == before
        assert chosen_sample(session.ledger) is None
        assert not any(counts_by_object(session.ledger).values())
        assert list(altered_state(session.ledger)) == []


def test_the_full_migration_goes_on_from_the_sample_and_takes_its_records_over(workspace: Workspace) -> None:
    with workspace.session() as session:
        sample = choose_sample(session, 6, seed=1)
        prepare(session)
        migrate_range(session, SAMPLE)
        assert {str(each) for each in patients_of(session, SAMPLE).ids} == set(sample.keys)  # type: ignore[union-attr]
        of_sample = {
            each.name: list(records_of(session.ledger, each.name, SAMPLE)) for each in _objects(session)
        }
        assert {each.source_key for each in of_sample["person"]} == set(sample.keys)
        created = sum(len(each) for each in of_sample.values())
        for key in [each.key for each in patient_ranges(session)]:
            migrate_range(session, key)
        outcomes = outcomes_by_object(session.ledger)
        assert sum(each.unchanged for each in outcomes.values()) == created
        assert all(each.is_well for each in outcomes.values())
        assert outcomes["person"].source == PATIENTS + 4
        assert not any(list(records_of(session.ledger, each.name, SAMPLE)) for each in _objects(session))
        assert findings(session)[1] == []
        assert findings(session, Scope(fingerprint=True))[0].read_again == 0
        assert list(altered_state(session.ledger)) == []


def test_the_sample_is_over_once_the_full_migration_has_begun(workspace: Workspace) -> None:
    with workspace.session() as session:
        for refused in (lambda: choose_sample(session, 6, seed=1), lambda: reject_sample(session)):
            with pytest.raises(CannotGoOn, match="full migration has begun"):
                refused()
        assert patients_of(session, SAMPLE).ids == ()  # type: ignore[union-attr]


def _objects(session: Session) -> list[TwentyObject]:
    return list(session.mapping.objects)
