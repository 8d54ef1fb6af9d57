"""The sample through Dagster: one job over the ordinary assets, for the partition ``sample``."""

from __future__ import annotations

import dagster as dg
import pytest

from panda_twenty.headless import migrate_sample
from panda_twenty.ledger.outcomes import sample_is_over
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.retrying import retry_quarantine
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
            outcomes = migrated.outcomes()
            assert all(outcome.is_well for outcome in outcomes.values())
            with migrated.session() as session:
                sample = chosen_sample(session.ledger)
                reports = session.destination / "reports"
            assert sample is not None
            assert len(sample.keys) == 8
            assert outcomes["person"].source == 8 + 4
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
            outcomes = migrated.outcomes()
            assert outcomes["person"].source == people
            assert outcomes["treatmentPhase"].updated + outcomes["treatmentPhase"].created > 0
            with migrated.session() as session:
                assert not sample_is_over(session.ledger)
