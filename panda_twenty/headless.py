"""A whole migration without the UI: the same jobs, assets and partitions, run one after the other."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from panda_twenty.cutover.committing import commit_delivered
from panda_twenty.definitions import defs
from panda_twenty.defs.jobs import MIGRATE_RANGES, PREPARE, REPORT, SAMPLE_MIGRATION
from panda_twenty.defs.orphans import end_orphans, waiting_for_the_living
from panda_twenty.defs.partitions import PATIENT_RANGES, RANGES_PER_RUN
from panda_twenty.defs.resources import Migration
from panda_twenty.defs.rollback_job import COUNTS, REPORT_FILE, rollback
from panda_twenty.ledger.outcomes import SAMPLE
from panda_twenty.ledger.state import quarantined
from panda_twenty.ledger.watermarks import standing_watermarks
from panda_twenty.private_folder import private_folder
from panda_twenty.progress import Step, announce
from panda_twenty.resuming import GOES_ON_SINCE, begin_or_go_on, end
from panda_twenty.session import WHOLE, open_session
from panda_twenty.settings import Settings, SettingsError

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The command line draws its own progress; Dagster's log goes to the event log, where the UI shows it."""


_AT_WORK = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


class MigrationFailed(Exception):
    """A run could not go on; the message is the advice of the step that failed."""


def dagster_home(settings: Settings) -> Path:
    """The folder of the Dagster instance: the one named, or one under the data folder with our dagster.yaml.

    Commands, UI and daemon have to use one instance: only within it does one run wait for another. Raises
    SettingsError where the folder named has no dagster.yaml.
    """
    named = settings.panda_twenty_dagster_home
    if named is not None:
        if not (named / "dagster.yaml").is_file():
            raise SettingsError(f"There is no dagster.yaml in {named}. Check PANDA_TWENTY_DAGSTER_HOME.")
        return named
    folder = private_folder(settings.panda_twenty_home / "dagster")
    configuration = Path(__file__).parent.parent / "dagster.yaml"
    text = configuration.read_text() if configuration.exists() else "telemetry:\n  enabled: false\n"
    (folder / "dagster.yaml").write_text(text)
    return folder


def end_killed_runs(home: Path) -> None:
    """Free what runs of this Dagster folder hold whose processes are gone, such as after a power cut."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        end_orphans(instance)


def jobs_at_work(home: Path) -> list[str]:
    """The jobs of which this Dagster folder has a run that goes on; killed ones are ended first."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        end_orphans(instance)
        return sorted({run.job_name for run in instance.get_runs(dg.RunsFilter(statuses=_AT_WORK))})


def migrate(settings: Settings, only_ranges: Collection[str] | None = None) -> None:
    """Run every job for every patient range (or for some), several ranges a run, in order.

    With ``only_ranges``, still every range where a record came out of quarantine that belongs to none.

    A range whose check fails does not keep the next ones from running: the counts tell. Anything else that
    fails ends the migration with MigrationFailed and the advice of that step; what was done stays accounted
    for, and the next run goes on from there: what it finds unchanged and verified is not read back again.
    """
    home = dagster_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    definitions = defs()
    with dg.DagsterInstance.get() as instance:
        end_orphans(instance)
        held_back = _held_back_without_range(settings) if only_ranges is not None else frozenset()
        _run(definitions, instance, PREPARE)
        if only_ranges is not None and held_back - _held_back_without_range(settings):
            # Records of any range may name what has just arrived, and went without that link.
            only_ranges = None
        tags = _tags_of_going_on(settings) if only_ranges is None else {}
        ranges = [key for key in instance.get_dynamic_partitions(PATIENT_RANGES) if key != SAMPLE]
        done = 0
        for together in runs_of_ranges(ranges, only_ranges):
            announce(Step("ranges", done, len(ranges), together[0]))
            _run(definitions, instance, MIGRATE_RANGES, together, tags=tags)
            done += len(together)
        for together in runs_of_ranges(ranges, _due_again(settings)):
            # What a later range set free, or brought back, belongs to records of these.
            _run(definitions, instance, MIGRATE_RANGES, together)
        announce(Step("ranges", len(ranges), len(ranges)))
        _run(definitions, instance, REPORT)
        if only_ranges is None:
            with open_session(settings) as session:
                end(session)


def _due_again(settings: Settings) -> frozenset[str]:
    """The ranges of which something has to be made anew although it was read and delivered."""
    with open_session(settings) as session:
        commit_delivered(session)
        standing = standing_watermarks(session.ledger)
        return frozenset(key for (_, key), mark in standing.items() if mark.is_stale and key != WHOLE)


def _held_back_without_range(settings: Settings) -> frozenset[tuple[str, str]]:
    """What is in quarantine of the records that belong to no patient range, such as providers."""
    with open_session(settings) as session:
        return frozenset(
            (each.entity, each.source_key) for each in quarantined(session.ledger) if each.range_key == WHOLE
        )


def _tags_of_going_on(settings: Settings) -> Mapping[str, str]:
    with open_session(settings) as session:
        begun = begin_or_go_on(session)
    return {GOES_ON_SINCE: begun} if begun else {}


def take_back(settings: Settings, request: Mapping[str, object]) -> tuple[Path, Mapping[str, Any]]:
    """Run Dagster's job ``rollback`` with this op config, in this process.

    Returns the report that it wrote, which has a line per record, and the counts of ``Rollback``. Raises
    MigrationFailed with advice. What was undone before that stays undone and accounted for.
    """
    home = dagster_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    config = {**QUIET, "ops": {"take_back": {"config": dict(request)}}}
    with dg.DagsterInstance.get() as instance:
        end_orphans(instance)
        with waiting_for_the_living(instance):
            result = by_itself(rollback).execute_in_process(
                instance=instance, run_config=config, raise_on_error=False
            )
    raise_failure(result)
    (event,) = [each for each in result.all_node_events if each.event_type_value == "STEP_OUTPUT"]
    metadata = event.step_output_data.metadata
    counts: Mapping[str, Any] = metadata[COUNTS].value  # type: ignore[assignment]
    return Path(str(metadata[REPORT_FILE].value)), counts


def by_itself(job: dg.JobDefinition) -> dg.JobDefinition:
    """A job of ours that runs no assets, without them: to build them all takes seconds."""
    found = dg.Definitions(jobs=[job], resources={"migration": Migration()}, executor=dg.in_process_executor)
    return found.resolve_job_def(job.name)


def runs_of_ranges(ranges: Sequence[str], only: Collection[str] | None = None) -> list[list[str]]:
    """The ranges that go into one run each: neighbours, no more than a backfill would take."""
    runs: list[list[str]] = []
    follows = False
    for key in ranges:
        if only is not None and key not in only:
            follows = False
            continue
        if follows and len(runs[-1]) < RANGES_PER_RUN:
            runs[-1].append(key)
        else:
            runs.append([key])
        follows = True
    return runs


def migrate_sample(settings: Settings, patients: int, seed: int) -> None:
    """Run the sample's job, and the report even where a check failed. Raises as :func:`migrate` does."""
    home = dagster_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    definitions = defs()
    choice = {"ops": {"plan__sample": {"config": {"patients": patients, "seed": seed}}}}
    with dg.DagsterInstance.get() as instance:
        end_orphans(instance)
        if SAMPLE not in instance.get_dynamic_partitions(PATIENT_RANGES):
            instance.add_dynamic_partitions(PATIENT_RANGES, [SAMPLE])
        if not _run(definitions, instance, SAMPLE_MIGRATION, [SAMPLE], choice):
            _run(definitions, instance, REPORT)


def _run(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    job: str,
    ranges: Sequence[str] = (),
    configuration: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Run a job; False where a check failed. What fails otherwise raises MigrationFailed."""
    spans = {}
    if len(ranges) > 1:
        spans = {ASSET_PARTITION_RANGE_START_TAG: ranges[0], ASSET_PARTITION_RANGE_END_TAG: ranges[-1]}
    with waiting_for_the_living(instance):
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=ranges[0] if len(ranges) == 1 else None,
            tags={**tags, **spans},
            run_config={**QUIET, **(configuration or {})},
            raise_on_error=False,
        )
    raise_failure(result)
    return bool(result.success)


def raise_failure(result: dg.ExecuteInProcessResult) -> None:
    """MigrationFailed with the advice of the step that failed, if one did; a failed check is no failure."""
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None:
            raise MigrationFailed(data.user_failure_data.description or "A step failed.")
        if data.error is not None and data.error.cls_name == "DagsterExecutionInterruptedError":
            raise MigrationFailed(
                "It was stopped from outside, by Ctrl+C or by the system. What was done stays accounted for;"
                " run it again, and it goes on from there."
            )
        if data.error is not None and data.error.cls_name != "DagsterAssetCheckFailedError":
            raise MigrationFailed(
                f"Step {event.step_key} failed unexpectedly ({_kind(data.error)}). "
                f"Run {result.run_id} in the Dagster UI has the details."
            )


def _kind(error: object) -> str:
    """The class of the innermost error; its text may quote values."""
    while (cause := getattr(error, "cause", None)) is not None:
        error = cause
    return str(getattr(error, "cls_name", "unknown error"))
