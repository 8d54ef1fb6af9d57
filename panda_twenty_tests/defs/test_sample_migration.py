"""The sample through Dagster: one job over the ordinary assets, for the partition ``sample``."""

from __future__ import annotations

import dagster as dg
import pytest

from panda_twenty.headless import migrate_sample
from panda_twenty.ledger.sample import chosen_sample
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
