"""The sensor that lets changes follow by themselves, and what is told when something goes wrong.

It asks the practice and the ledger, never Twenty. It keeps no cursor: Dagster's would move when a run is
asked for, the ledger's watermarks move when a run has delivered and verified. What failed, or was killed, is
therefore offered again by itself.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from panda_twenty.advice import advice_for
from panda_twenty.cutover.board import read_board
from panda_twenty.cutover.notifying import Notice, notices_of, notify
from panda_twenty.cutover.switch import is_on
from panda_twenty.cutover.work import Work, find_work
from panda_twenty.defs.cutover_job import DELIVER_CHANGES, WORK_TAG, deliver_changes, ranges_of, run_config
from panda_twenty.defs.failures import as_failure
from panda_twenty.defs.jobs import MIGRATE_RANGES, PREPARE
from panda_twenty.defs.orphans import end_orphans
from panda_twenty.defs.partitions import PATIENT_RANGES, patient_ranges
from panda_twenty.defs.quarantine_job import QUARANTINE_RETRY
from panda_twenty.session import WHOLE, open_session
from panda_twenty.settings import read_settings

RANGES_PER_TICK = 50
"""Ranges that one tick asks for at most; the next tick asks for the next ones."""

IN_FLIGHT = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

_RANGE_TAGS = (
    "dagster/partition",
    "dagster/asset_partition_range_start",
    "dagster/asset_partition_range_end",
)


@dg.sensor(
    name="cutover_deltas",
    job=deliver_changes,
    minimum_interval_seconds=read_settings().panda_twenty_delta_seconds,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Asks the practice what changed since what is in Twenty, and starts a delta run for exactly that. "
        "Start it for the cutover, after `panda-twenty cutover on`."
    ),
)
def cutover_deltas(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick; see the module. An error that carries advice skips the tick with that advice."""
    try:
        with open_session(read_settings(), is_offline=True) as session:
            if not is_on(session.ledger):
                return dg.SkipReason("The cutover window is closed: open it with `panda-twenty cutover on`.")
            work = find_work(session)
            for notice in notices_of(session, read_board(session, work)):
                notify(session.settings, notice)
    except Exception as problem:
        if (advice := advice_for(problem)) is not None:
            return dg.SkipReason(advice)
        # Dagster keeps the message of what a sensor raises, and a message may quote a patient's data.
        with as_failure():
            raise
    end_orphans(context.instance, all_run_here=True)
    return requested(context.instance, work)


def requested(instance: dg.DagsterInstance, work: Work) -> dg.SensorResult | dg.SkipReason:
    """The run for this work, without what is in flight; or why there is none."""
    if not work.places:
        return dg.SkipReason("Nothing changed in the practice, and nothing is due for a look.")
    busy = ranges_in_flight(instance)
    free = work.without(busy)
    if WHOLE in busy or not free.places:
        return dg.SkipReason("A run is at work on what changed; the next tick looks again.")
    chosen = free.first(RANGES_PER_TICK)
    known = set(instance.get_dynamic_partitions(PATIENT_RANGES))
    new = [key for key in chosen.range_keys if key not in known]
    name = f"{_span(chosen)}@{work.as_of}"
    attempt = instance.get_runs_count(dg.RunsFilter(job_name=DELIVER_CHANGES, tags={WORK_TAG: name}))
    request = dg.RunRequest(
        run_key=f"{name}#{attempt}",
        run_config=run_config(chosen),
        tags={WORK_TAG: name, "dagster/priority": "5"},
    )
    return dg.SensorResult(
        run_requests=[request],
        dynamic_partitions_requests=[patient_ranges.build_add_request(new)] if new else [],
    )


def _span(work: Work) -> str:
    ranges = work.range_keys
    if not ranges:
        return WHOLE
    return ranges[0] if len(ranges) == 1 else f"{len(ranges)}-ranges-from-{ranges[0]}"


def ranges_in_flight(instance: dg.DagsterInstance) -> set[str]:
    """The ranges that some run is at work on; ``all`` among them for what belongs to no patient."""
    busy: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=IN_FLIGHT)):
        if run.job_name == DELIVER_CHANGES:
            busy |= ranges_of(dict(run.run_config))
        elif run.job_name in (PREPARE, QUARANTINE_RETRY):
            busy.add(WHOLE)
        elif run.job_name == MIGRATE_RANGES or any(tag in run.tags for tag in _RANGE_TAGS):
            busy |= set(_partitions_of(run, instance))
    return busy


def _partitions_of(run: dg.DagsterRun, instance: dg.DagsterInstance) -> Iterator[str]:
    one, first, last = (run.tags.get(tag) for tag in _RANGE_TAGS)
    if one is not None:
        yield one
    if first is not None and last is not None:
        yield from (key for key in instance.get_dynamic_partitions(PATIENT_RANGES) if first <= key <= last)


@dg.run_failure_sensor(
    name="tell_of_failures",
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Tells of every run that failed: in the log, and by webhook or e-mail where these are set.",
)
def tell_of_failures(context: dg.RunFailureSensorContext) -> None:
    """A failed run, by its id and job; what went wrong stays in Dagster."""
    run = context.dagster_run
    notify(
        read_settings(),
        Notice("run_failed", f"The run {run.run_id} of the job {run.job_name} failed.", {"run": run.run_id}),
    )


@dg.definitions
def cutover_sensors() -> dg.Definitions:
    sensors: list[Any] = [cutover_deltas, tell_of_failures]
    return dg.Definitions(sensors=sensors)
