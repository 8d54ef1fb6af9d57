"""The sample through Dagster: one job over the ordinary assets, for the partition ``sample``."""

from __future__ import annotations

import dagster as dg
import pytest
from sqlalchemy import delete

from panda_twenty.headless import migrate_sample
from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.outcomes import keep_loaded, sample_is_over
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.ledger.state import counts_by_object
from panda_twenty.ledger.tables import outcomes
from panda_twenty.quarantine_retry import retry_quarantine
from panda_twenty.sample_migration import run_rejection
from panda_twenty.settings import environment_of
from panda_twenty_tests.defs.migrated import CANARY_SURNAME, migrated_practice
from panda_twenty_tests.memory_folder import folder_in_memory


def test_the_job_migrates_and_verifies_a_sample_and_ends_in_the_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with folder_in_memory() as folder:
        monkeypatch.chdir(folder)
        with migrated_practice(folder, monkeypatch) as migrated:
            for setting, value in environment_of(migrated.settings).items():
                monkeypatch.setenv(setting, value)
            migrate_sample(migrated.settings, patients=8, seed=5)
            found = migrated.outcomes()
            assert all(outcome.is_well for outcome in found.values())
            with migrated.session() as session:
                sample = chosen_sample(session.ledger)
                reports = session.destination / "reports"
            assert sample is not None
            assert len(sample.keys) == 8
            assert found["person"].source == 8 + 4
            for file in ("verification.html", "verification.csv", "certificate.html"):
                assert CANARY_SURNAME not in (reports / file).read_text(encoding="utf-8")
            with dg.DagsterInstance.from_config(str(migrated.home / "dagster")) as instance:
                (run,) = instance.get_runs()
                assert run.job_name == "sample_migration"
                assert run.tags["dagster/partition"] == "sample"
                keys = instance.get_dynamic_partitions("patient_ranges")
                assert keys[0] == "sample"
                event = instance.get_latest_materialization_event(dg.AssetKey(["report", "migration"]))
                assert event is not None
                assert event.asset_materialization is not None
                assert {"report", "differences", "certificate"} <= set(event.asset_materialization.metadata)


def test_retrying_the_quarantine_of_a_sample_brings_the_sample_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with folder_in_memory() as folder:
        monkeypatch.chdir(folder)
        with migrated_practice(folder, monkeypatch) as migrated:
            for setting, value in environment_of(migrated.settings).items():
                monkeypatch.setenv(setting, value)
            migrated.edit("UPDATE TxPhase SET PlanID = PlanID + 900000")
            migrate_sample(migrated.settings, patients=3, seed=5)
            held_back = migrated.quarantined()
            assert {each.range_key for each in held_back} == {"sample"}
            assert "treatment_phase" in {each.entity for each in held_back}
            people = migrated.outcomes()["person"].source
            migrated.edit("UPDATE TxPhase SET PlanID = PlanID - 900000")
            assert retry_quarantine(migrated.settings) == 0
            assert migrated.quarantined() == []
            found = migrated.outcomes()
            assert found["person"].source == people
            assert found["treatmentPhase"].updated + found["treatmentPhase"].created > 0
            with migrated.session() as session:
                assert not sample_is_over(session.ledger)


def test_a_sample_is_rejected_by_the_rollback_job_in_its_pool_with_its_quarantine_until_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with folder_in_memory() as folder:
        monkeypatch.chdir(folder)
        with migrated_practice(folder, monkeypatch) as migrated:
            for setting, value in environment_of(migrated.settings).items():
                monkeypatch.setenv(setting, value)
            migrated.edit("UPDATE TxPhase SET PlanID = PlanID + 900000")
            migrate_sample(migrated.settings, patients=3, seed=5)
            assert migrated.quarantined()
            with migrated.session() as session:
                keep_loaded(session.ledger, "person_patient", "0000000-0000999", "person", {})
            assert run_rejection(migrated.settings, as_json=True) == 2
            with migrated.session() as session:
                assert counts_by_object(session.ledger)["person"] == 3 + 4
                with session.ledger.writing() as connection:
                    connection.execute(delete(outcomes).where(outcomes.c.range_key == "0000000-0000999"))
            assert run_rejection(migrated.settings, as_json=True) == 0
            assert migrated.quarantined() == []
            with migrated.session() as session:
                assert chosen_sample(session.ledger) is None
                assert not any(counts_by_object(session.ledger).values())
                assert list(broken_links(session.ledger)) == []
            with dg.DagsterInstance.from_config(str(migrated.home / "dagster")) as instance:
                rejected, refused, _ = instance.get_runs()
                assert {rejected.job_name, refused.job_name} == {"rollback"}
                assert (rejected.status.value, refused.status.value) == ("SUCCESS", "FAILURE")
