"""Trying what is in quarantine again, from the UI: Jobs, quarantine_retry, Launchpad."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from pydantic import Field

from panda_twenty.cutover.changed_patients import RouteDelivered
from panda_twenty.cutover.sending_again import send_again
from panda_twenty.defs.cutover_job import delivery_events
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.defs.resources import Migration
from panda_twenty.ledger.state import Quarantined
from panda_twenty.quarantine import counted_reasons, export_quarantine, held_back
from panda_twenty.session import WHOLE, Session

QUARANTINE_RETRY = "quarantine_retry"

QUARANTINE_REPORT = dg.AssetKey(["report", "quarantine"])

LARGEST_TABLE = 200
"""Rows of a table in Dagster's event log."""


class RecordsToRetry(dg.Config):
    """What is tried again. Without an entity it is everything that is in quarantine."""

    entity: str = Field("", description="Only records of this entity, such as perio_exam.")


@dg.op(
    name="retry_quarantined",
    pool="twenty_api",
    out=dg.Out(dg.Nothing),
    description="Stages what quarantined records are made from, sends them again, reads back, compares.",
)
def retry_quarantined_op(
    context: dg.OpExecutionContext, config: RecordsToRetry, migration: Migration
) -> Iterator[dg.Output[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """The retry; what came of it is the metadata of its output, and the quarantine's asset is made anew."""

    def tell(each: RouteDelivered) -> None:
        counts = each.counts
        context.log.info(
            f"{each.route} {each.range_key}: {counts.source} rows, {counts.created} created, "
            f"{counts.updated} updated, {counts.quarantined} quarantined"
        )

    with migration.open(context.run_id) as session:
        outcome = send_again(session, config.entity or None, tell)
        page = quarantine_page(session)
    known = {WHOLE, *context.instance.get_dynamic_partitions(PATIENT_RANGES)}
    if missing := {each.range_key for each in outcome.routes} - known:
        context.instance.add_dynamic_partitions(PATIENT_RANGES, sorted(missing))
    for each in outcome.routes:
        yield from delivery_events(each)
    yield dg.AssetMaterialization(QUARANTINE_REPORT, metadata=page)
    context.log.info(f"{outcome.tried} tried again, {len(outcome.left)} still in quarantine")
    yield dg.Output(
        None,
        metadata={
            "tried again": outcome.tried,
            "out of quarantine": outcome.tried - len(outcome.left),
            "still in quarantine": len(outcome.left),
            "why": dg.MetadataValue.md(listed_reasons(outcome.left)),
            "places that a rollback took back (`panda-twenty migrate` brings them)": outcome.taken_back,
        },
    )


@dg.job(
    name=QUARANTINE_RETRY,
    description=(
        "Sends what is in quarantine once more, also what Twenty refused, after a fix there or in PANDA. "
        "Open the Launchpad and start it as it is, or set entity to try records of one kind. As long as "
        "nothing but a sample was migrated, the sample goes again and no other patient."
    ),
)
def quarantine_retry() -> None:
    """One step: :func:`retry_quarantined_op`."""
    retry_quarantined_op()


def quarantine_page(session: Session) -> Mapping[str, Any]:
    """What the asset of the quarantine shows: counts, keys and reasons, and the file of all of them."""
    records = held_back(session)
    file = session.destination / "reports" / "quarantine.csv"
    export_quarantine(session, file)
    reasons = "\n".join(
        f"| {entity} | {name} | {code} | {field} | {count} |"
        for entity, name, code, field, count in counted_reasons(records)[:LARGEST_TABLE]
    )
    return {
        "records": len(records),
        "reasons": dg.MetadataValue.md(
            f"| entity | object | code | field | records |\n|---|---|---|---|---|\n{reasons}"
        ),
        f"first {LARGEST_TABLE} records": dg.MetadataValue.md(listed_reasons(records)),
        "every record (owner only)": dg.MetadataValue.path(str(file)),
    }


def listed_reasons(records: list[Quarantined]) -> str:
    """A table of keys and reasons, without values."""
    lines = "\n".join(
        f"| {each.entity} | {_escaped(each.source_key)} | {each.range_key} | {each.code} "
        f"| {each.field or ''} |"
        for each in records[:LARGEST_TABLE]
    )
    return f"| entity | key in PANDA | range | code | field |\n|---|---|---|---|---|\n{lines}"


def _escaped(key: str) -> str:
    """A key of several columns has the sign between its parts that ends a cell."""
    return key.replace("|", "\\|")
