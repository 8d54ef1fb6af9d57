"""A practice of 40 patients through Dagster into the stand-in, and what a second, third and failing run do.

The tests of this file run in their order on one migration, because a migration is a history.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import dagster as dg
import pytest

from panda_twenty.confirming import forget_looks, parts_now, standing_confirmation
from panda_twenty.definitions import defs
from panda_twenty.headless import MigrationFailed
from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.state import known_records
from panda_twenty.panda.extraction import count_rows
from panda_twenty.twenty.records import count, read_by_ids
from panda_twenty.twenty.workspace import read_workspace
from panda_twenty.undo.snapshot import compare_snapshots, take_snapshot
from panda_twenty.verification.comparators import Comparator, Comparison
from panda_twenty.verification.compare import BY_NAME
from panda_twenty_tests.defs.migrated import (
    CANARY_BIRTH,
    CANARY_SURNAME,
    PATIENTS,
    Migrated,
    migrated_practice,
)
from panda_twenty_tests.memory_folder import folder_in_memory


@pytest.fixture(scope="module")
def once() -> Iterator[Migrated]:
    """The practice after its first run, in memory where that is possible: every run commits 1,000 times."""
    with (
        folder_in_memory() as folder,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        monkeypatch.chdir(folder)
        with migrated_practice(folder, monkeypatch) as migrated:
            write_down(migrated, "before")
            migrated.run()
            yield migrated


def write_down(migrated: Migrated, name: str) -> Path:
    """A snapshot of the whole workspace."""
    file = migrated.folder / f"{name}.jsonl"
    with migrated.session() as session:
        take_snapshot(session.client, read_workspace(session.client), file)
    return file


def test_the_first_run_creates_everything_and_verifies_every_record(once: Migrated) -> None:
    outcomes = once.outcomes()
    assert {"company", "person", "treatmentPlan", "perioExam"} <= set(outcomes)
    for name, outcome in outcomes.items():
        assert outcome.is_well, name
        assert outcome.source == outcome.created == outcome.verified, name
    assert outcomes["person"].source >= PATIENTS
    assert once.quarantined() == []


def test_the_counts_are_those_of_the_source(once: Migrated) -> None:
    outcomes = once.outcomes()
    with once.session() as session:
        for name, entity in (("treatmentPlan", "treatment_plan"), ("perioExam", "perio_exam")):
            assert outcomes[name].source == count_rows(session.source, session.profile, entity)
            assert count(session.client, session.facts(name)) == outcomes[name].source
        people = sum(count_rows(session.source, session.profile, each) for each in ("patient", "provider"))
        assert outcomes["person"].source == people


def test_sample_records_of_the_workspace_are_left_alone_and_its_workflow_runs_again(once: Migrated) -> None:
    with once.session() as session:
        found = session.client.records("{workflowAutomatedTriggers(first:50){edges{node{type}}}}")
        assert found["workflowAutomatedTriggers"]["edges"]
        in_twenty = count(session.client, session.facts("person"))
        assert in_twenty == once.outcomes()["person"].created + 5


def test_the_account_of_the_run_is_a_whole_chain_with_intents_before_outcomes(once: Migrated) -> None:
    with once.session() as session:
        assert list(broken_links(session.ledger)) == []
        entries = list(session.ledger.entries())
        kinds = [entry.kind for entry in entries]
        assert kinds[0] == "confirmation" or "confirmation" in kinds[: kinds.index("intent")]
        settled = {entry.content["intent"] for entry in entries if entry.kind == "written"}
        assert settled == {entry.sequence for entry in entries if entry.kind == "intent"}
        assert all(entry.run_id for entry in entries if entry.kind in ("intent", "written"))


def test_what_the_run_created_in_twenty_left_its_confirmation_standing(once: Migrated) -> None:
    """The sandbox signs for itself; that it had to only once says that its own data model is no change."""
    forget_looks()
    with once.session() as session:
        standing = standing_confirmation(session)
        assert [entry.content["digest"] for entry in session.ledger.entries("confirmation")] == [
            standing.digest
        ]
        assert standing.digest == parts_now(session).digest()


def test_everything_under_the_home_is_its_owners_alone(once: Migrated) -> None:
    """Dagster writes its own files as it likes, inside a folder that nobody else can enter."""
    assert stat.S_IMODE(once.home.stat().st_mode) == 0o700
    for path in once.home.rglob("*"):
        inside_dagster = once.home / "dagster" in path.parents
        assert inside_dagster or not stat.S_IMODE(path.stat().st_mode) & 0o077, path.relative_to(once.home)


def test_a_second_run_changes_nothing_and_makes_no_writing_call(once: Migrated) -> None:
    before = once.writing_calls()
    once.run()
    assert once.writing_calls() == before
    for name, outcome in once.outcomes().items():
        assert outcome.is_well, name
        assert outcome.source == outcome.unchanged == outcome.verified, name


def test_a_changed_source_row_updates_exactly_that_record_and_a_bad_one_is_set_aside(once: Migrated) -> None:
    """One run for both: a delta with a changed patient and a patient who becomes unreadable."""
    before = once.writing_calls()
    once.edit("UPDATE Patient SET MedicalAlert = 'Latex, since today' WHERE PatientID = 109")
    once.edit("UPDATE Patient SET BirthDate = 'the 4th of March' WHERE PatientID = 111")
    once.run()
    outcomes = once.outcomes()
    person = outcomes["person"]
    assert (person.created, person.updated, person.quarantined) == (0, 1, 1)
    assert person.unchanged == person.source - 2
    assert all(outcome.is_well for outcome in outcomes.values())
    assert all(not outcome.updated for name, outcome in outcomes.items() if name != "person")
    assert once.writing_calls() == before + 1
    (held_back,) = once.quarantined()
    assert (held_back.entity, held_back.source_key, held_back.code) == ("patient", "111", "unreadable_date")
    with once.session() as session:
        twenty_id = known_records(session.ledger, "patient", ["109"])["109"].twenty_id
        found = read_by_ids(session.client, session.facts("person"), [twenty_id], ["medicalAlert"])
        assert found[twenty_id]["medicalAlert"] == "Latex, since today"


def test_a_run_that_fails_in_an_unforeseen_way_says_so_without_quoting_a_value(
    once: Migrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong build might put a value into an exception; it has to stop at the edge of the step."""
    compare_names = BY_NAME["full_name"]

    def quoting(comparison: Comparison) -> bool:
        if CANARY_SURNAME in str(comparison.record):
            raise ValueError(f"cannot compare {comparison.record} with {comparison.values}")
        return compare_names(comparison)

    monkeypatch.setitem(cast(dict[str, Comparator], BY_NAME), "full_name", quoting)
    with pytest.raises(MigrationFailed) as failure:
        once.run()
    assert "\n" not in str(failure.value)
    assert "ValueError" in str(failure.value)


def test_a_run_that_fails_with_advice_tells_the_advice(once: Migrated) -> None:
    once.edit("ALTER TABLE Provider RENAME COLUMN Specialty TO Speciality")
    with pytest.raises(MigrationFailed, match="Specialty"):
        once.run()
    once.edit("ALTER TABLE Provider RENAME COLUMN Speciality TO Specialty")


def test_no_run_left_a_trace_of_a_patient_in_dagster_or_in_what_it_said(once: Migrated) -> None:
    """After runs that passed and runs that failed."""
    given = given_name(once)
    everything_said = "\n".join(once.told)
    for canary in (CANARY_SURNAME, CANARY_BIRTH, "19130719"):
        assert canary not in everything_said
    assert given
    for file in files_under(once.home / "dagster"):
        content = file.read_bytes()
        for canary in (CANARY_SURNAME, CANARY_BIRTH, CANARY_SURNAME.upper()):
            assert canary.encode() not in content, file.name
            assert canary.encode("utf-16-le") not in content, file.name


def given_name(once: Migrated) -> str:
    with once.session() as session:
        known = known_records(session.ledger, "patient", ["108"])["108"]
        found = read_by_ids(
            session.client, session.facts("person"), [known.twenty_id], ["name", "dateOfBirth"]
        )
        record = found[known.twenty_id]
        assert record["name"]["lastName"] == CANARY_SURNAME, "the canary did arrive in Twenty"
        assert record["dateOfBirth"] == CANARY_BIRTH
        return str(record["name"]["firstName"])


def test_the_ledger_and_its_reports_hold_no_value_of_a_patient(once: Migrated) -> None:
    for file in files_under(once.home):
        if "stage" in file.parts or "sandbox" in file.parts:
            continue
        assert CANARY_SURNAME.encode() not in file.read_bytes(), file.name


def test_the_api_key_is_nowhere_in_the_home(once: Migrated) -> None:
    secret = once.twenty.token.encode()
    for file in files_under(once.home):
        if "sandbox" not in file.parts:
            assert secret not in file.read_bytes(), file.name
    assert once.twenty.token not in "\n".join(once.told)


def files_under(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path


def test_dagster_has_a_run_for_every_job_with_counts_and_no_tag_of_a_person(once: Migrated) -> None:
    with dg.DagsterInstance.from_config(str(once.home / "dagster")) as instance:
        runs = instance.get_runs()
        assert {run.job_name for run in runs} >= {"prepare", "migrate_ranges", "report"}
        for run in runs:
            assert CANARY_SURNAME not in str(run.tags)
        keys = instance.get_dynamic_partitions("patient_ranges")
        sample, *ranges = keys
        assert sample == "sample"
        assert ranges == sorted(ranges)
        assert all(re.fullmatch(r"\d{7}-\d{7}", key) for key in ranges)
        event = instance.get_latest_materialization_event(dg.AssetKey(["twenty", "person_patient"]))
        assert event is not None
        assert event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
        assert metadata["source"].value == PATIENTS


def roll_back(once: Migrated, **config: object) -> dg.ExecuteInProcessResult:
    """Jobs, rollback, Launchpad, Launch."""
    with dg.DagsterInstance.from_config(str(once.home / "dagster")) as instance:
        return (
            defs()
            .resolve_job_def("rollback")
            .execute_in_process(
                instance=instance,
                run_config={"ops": {"take_back": {"config": config}}} if config else None,
            )
        )


def told_by(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [each for each in result.all_node_events if each.event_type_value == "STEP_OUTPUT"]
    return " ".join(str(each.value) for each in event.step_output_data.metadata.values())


def test_the_rollback_job_as_it_is_only_says_what_it_would_do(once: Migrated) -> None:
    before, writes = write_down(once, "migrated"), once.writing_calls()
    result = roll_back(once)
    assert result.success
    assert "Would be undone" in told_by(result)
    assert once.writing_calls() == writes
    assert compare_snapshots(before, write_down(once, "planned")).is_equal
    (report,) = once.home.glob("*/reports/rollback-*.json")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_the_rollback_job_takes_everything_back_and_the_assets_do_not_stay_green(once: Migrated) -> None:
    result = roll_back(once, dry_run=False, remove_data_model=True)
    assert result.success
    assert "left alone: 0" in told_by(result)
    changes = compare_snapshots(once.folder / "before.jsonl", write_down(once, "after")).changes
    assert changes == []
    with once.session() as session:
        assert list(broken_links(session.ledger)) == []
        assert list(altered_state(session.ledger)) == []
    with dg.DagsterInstance.from_config(str(once.home / "dagster")) as instance:
        key = dg.AssetCheckKey(dg.AssetKey(["twenty", "person_patient"]), "fields_match")
        (latest, *_) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert latest.status.value == "FAILED"
    for file in files_under(once.home / "dagster"):
        assert CANARY_SURNAME.encode() not in file.read_bytes(), file.name


def test_after_the_rollback_the_practice_can_be_migrated_again(once: Migrated) -> None:
    once.run()
    for name, outcome in once.outcomes().items():
        assert outcome.is_well, name
        assert outcome.created == outcome.source - outcome.quarantined, name
