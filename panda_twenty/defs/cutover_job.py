"""The delta run as a job: what the sensor asks for, and what ``panda-twenty delta --once`` runs."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from panda_twenty.cutover.changed_patients import RouteDelivered
from panda_twenty.cutover.delivering import Asked, Delivered, deliver
from panda_twenty.cutover.work import Work
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.defs.resources import Migration
from panda_twenty.session import WHOLE

DELIVER_CHANGES = "deliver_changes"
STEP = "deliver"

WORK_TAG = "panda-twenty/work"


class ChangesToDeliver(dg.Config):
    """What is looked at. What is as it was is left at that."""

    whole: list[str] = Field(default_factory=list, description="Entities that belong to no patient.")
    ranges: dict[str, list[str]] = Field(
        default_factory=dict, description="Entities by patient range, such as 0000500-0000999: [patient]."
    )
    changed: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The same where only patients are read whose rows a marker says have changed.",
    )


def run_config(work: Work) -> dict[str, Any]:
    """The run config of a delta run for this work."""
    config = {
        "whole": list(work.whole),
        "ranges": {key: list(entities) for key, entities in work.ranges.items()},
        "changed": {key: list(entities) for key, entities in work.changed.items()},
    }
    return {"ops": {STEP: {"config": config}}}


def ranges_of(config: dict[str, Any]) -> set[str]:
    """The ranges that a run with this config works on; ``all`` among them for what belongs to no patient."""
    asked = config.get("ops", {}).get(STEP, {}).get("config", {})
    return {*asked.get("ranges", {}), *asked.get("changed", {}), *([WHOLE] if asked.get("whole") else [])}


@dg.op(
    name=STEP,
    pool="twenty_api",
    out=dg.Out(dg.Nothing),
    description="Stages what may have changed, sends what differs, marks what is gone, reads back, compares.",
)
def deliver_changes_op(
    context: dg.OpExecutionContext, config: ChangesToDeliver, migration: Migration
) -> Iterator[dg.Output[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """A delta run; the assets that it brought up to date are told to have been materialized."""
    known = set(context.instance.get_dynamic_partitions(PATIENT_RANGES))
    if missing := [key for key in sorted({*config.ranges, *config.changed}) if key not in known]:
        context.instance.add_dynamic_partitions(PATIENT_RANGES, missing)

    def tell(each: RouteDelivered) -> None:
        counts = each.counts
        context.log.info(
            f"{each.route} {each.range_key}: {counts.source} rows, {counts.created} created, "
            f"{counts.updated} updated, {each.gone} gone, {counts.quarantined} quarantined"
        )

    with migration.open(context.run_id) as session:
        outcome = deliver(session, Asked(config.whole, config.ranges, config.changed), tell)
    for each in outcome.routes:
        yield from delivery_events(each)
    yield dg.Output(None, metadata=_metadata(outcome))


def delivery_events(each: RouteDelivered) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """What Dagster is told of a route that was brought up to date in a range."""
    partition = None if each.range_key == WHOLE else each.range_key
    key = dg.AssetKey(["twenty", each.route])
    yield dg.AssetMaterialization(
        key, metadata={**each.counts.__dict__, "gone": each.gone}, partition=partition
    )
    for name, passed in (
        ("counts_add_up", each.counts.adds_up),
        ("fields_match", each.verification.is_clean),
    ):
        yield dg.AssetCheckEvaluation(asset_key=key, check_name=name, passed=passed, partition=partition)


def _metadata(outcome: Delivered) -> dict[str, int]:
    totals = {name: outcome.total(name) for name in ("created", "updated", "quarantined")}
    return {"looked at": outcome.looked_at, "changed": outcome.changed, "gone": outcome.gone, **totals}


@dg.job(
    name=DELIVER_CHANGES,
    description="What changed in the practice since the migration; the sensor `cutover_deltas` starts it.",
)
def deliver_changes() -> None:
    """One step: :func:`deliver_changes_op`."""
    deliver_changes_op()


@dg.definitions
def cutover_job() -> dg.Definitions:
    return dg.Definitions(jobs=[deliver_changes])
