"""A whole migration without the UI: the same jobs, assets and partitions, run one after the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from panda_twenty.definitions import defs
from panda_twenty.defs.jobs import MIGRATE_RANGES, PREPARE, REPORT
from panda_twenty.defs.orphans import BY_COMMAND, without_orphans
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.defs.rollback_job import REPORT_FILE, ROLLBACK
from panda_twenty.ledger.ledger import private_folder
from panda_twenty.progress import Step, announce
from panda_twenty.settings import Settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The command line draws its own progress; Dagster's log goes to the event log, where the UI shows it."""


class MigrationFailed(Exception):
    """A run could not go on; the message is the advice of the step that failed."""


def dagster_home(home: Path) -> Path:
    """Dagster's folder under the data folder, with the project's dagster.yaml in it."""
    folder = private_folder(home / "dagster")
    configuration = Path(__file__).parent.parent / "dagster.yaml"
    text = configuration.read_text() if configuration.exists() else "telemetry:\n  enabled: false\n"
    (folder / "dagster.yaml").write_text(text)
    return folder


def migrate(settings: Settings) -> None:
    """Run every job for every patient range, in order.

    A range whose check fails does not keep the next ones from running: the counts tell. Anything else that
    fails ends the migration with MigrationFailed and the advice of that step; what was done stays accounted
    for, and the next run goes on from there.
    """
    home = dagster_home(settings.panda_twenty_home)
    os.environ["DAGSTER_HOME"] = str(home)
    definitions = defs()
    with dg.DagsterInstance.get() as instance, without_orphans(instance, home):
        _run(definitions, instance, PREPARE)
        ranges = instance.get_dynamic_partitions(PATIENT_RANGES)
        for place, key in enumerate(ranges):
            announce(Step("ranges", place, len(ranges), key))
            _run(definitions, instance, MIGRATE_RANGES, key)
        announce(Step("ranges", len(ranges), len(ranges)))
        _run(definitions, instance, REPORT)


def take_back(settings: Settings, request: Mapping[str, object]) -> Path:
    """Run Dagster's job ``rollback`` with this op config, in this process; returns the report that it wrote.

    Raises MigrationFailed with advice. What was undone before that stays undone and accounted for.
    """
    home = dagster_home(settings.panda_twenty_home)
    os.environ["DAGSTER_HOME"] = str(home)
    config = {**QUIET, "ops": {"take_back": {"config": dict(request)}}}
    with dg.DagsterInstance.get() as instance, without_orphans(instance, home):
        result = (
            defs()
            .resolve_job_def(ROLLBACK)
            .execute_in_process(instance=instance, run_config=config, tags=BY_COMMAND, raise_on_error=False)
        )
    _raise_failure(result)
    (event,) = [each for each in result.all_node_events if each.event_type_value == "STEP_OUTPUT"]
    return Path(str(event.step_output_data.metadata[REPORT_FILE].value))


def _run(
    definitions: dg.Definitions, instance: dg.DagsterInstance, job: str, range_key: str | None = None
) -> None:
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=range_key, run_config=QUIET, tags=BY_COMMAND, raise_on_error=False
    )
    _raise_failure(result)


def _raise_failure(result: dg.ExecuteInProcessResult) -> None:
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None:
            raise MigrationFailed(data.user_failure_data.description or "A step failed.")
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
