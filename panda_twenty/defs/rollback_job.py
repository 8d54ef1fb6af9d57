"""Taking a migration back from the UI: Jobs, rollback, Launchpad."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from panda_twenty.defs.resources import Migration
from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.sampling import reject_sample
from panda_twenty.session import WHOLE
from panda_twenty.stages import CannotGoOn
from panda_twenty.undo.report_file import rollback_report
from panda_twenty.undo.scope import scope_from
from panda_twenty.undo.stage import as_markdown, take_back
from panda_twenty.undo.tally import Rollback

ROLLBACK = "rollback"

COUNTS = "counts"

REPORT_FILE = "every record with its values (owner only)"

CHECK = "fields_match"
"""The check of each asset that fails once its records are taken back: what it vouched for is gone."""


class RollbackRequest(dg.Config):
    """What is taken back. Without any limit it is everything that the ledger knows."""

    dry_run: bool = Field(True, description="Only say what would be done; false does it.")
    runs: list[str] = Field(
        default_factory=list,
        description="Ids of runs; their records return to what they were before the first of them.",
    )
    object_name: str = Field("", description="A Twenty object, such as perioExam.")
    patient_range: str = Field("", description="A patient range, such as 0000500-0000999.")
    record: str = Field("", description="One record as ENTITY:KEY, such as patient:108.")
    include_edited: bool = Field(
        False, description="Also undo records that somebody changed in Twenty since."
    )
    remove_data_model: bool = Field(
        False, description="Also remove fields and objects of the migration that hold no data of others."
    )
    sample: bool = Field(
        False, description="Reject the sample, all of it; refused once the full migration has begun."
    )


@dg.op(
    name="take_back",
    pool="twenty_api",
    out=dg.Out(dg.Nothing),
    description="Destroys what the migration created and puts back what it replaced, children first.",
)
def take_back_op(
    context: dg.OpExecutionContext, config: RollbackRequest, migration: Migration
) -> Iterator[dg.Output[None] | dg.AssetCheckEvaluation]:
    """The rollback; its counts are the metadata of its output, and its values a file for the owner alone."""
    with migration.open(context.run_id) as session:
        scope = scope_from(
            runs=tuple(config.runs),
            object_name=config.object_name,
            range_key=config.patient_range,
            record=config.record,
        )
        if config.sample and (not scope.is_everything or config.include_edited or config.remove_data_model):
            raise CannotGoOn(
                "A sample is rejected as a whole: leave the other limits and options as they are."
            )
        file = session.destination / "reports" / f"rollback-{context.run_id}.json"
        with rollback_report(file) as report:
            if config.sample:
                # Asked here, where the pool keeps a migration from starting to write.
                outcome = reject_sample(session, dry_run=config.dry_run, keep=report.add)
            else:
                outcome = take_back(
                    session,
                    scope,
                    dry_run=config.dry_run,
                    include_edited=config.include_edited,
                    without_data_model=config.remove_data_model,
                    keep=report.add,
                )
            report.finish(outcome.counts())
        failed = list(failed_checks(session.mapping, outcome))
    yield from failed
    for name, tally in outcome.objects.items():
        context.log.info(f"{name}: {tally.undone} undone, {tally.left_alone} left alone")
    yield dg.Output(
        None,
        metadata={
            "scope": scope.sentence,
            "dry run": config.dry_run,
            "plan" if config.dry_run else "outcome": dg.MetadataValue.md(as_markdown(outcome)),
            COUNTS: dg.MetadataValue.json(outcome.counts()),
            REPORT_FILE: dg.MetadataValue.path(str(file)),
        },
    )


@dg.job(
    name=ROLLBACK,
    description=(
        "Takes a migration back. Open the Launchpad and start it as it is: the dry run says what would be "
        "destroyed, what gets its prior values back, what somebody has changed since, and how long it takes. "
        "Then set dry_run to false. Limits (runs, object_name, patient_range, record) hold all at once; "
        "without any, everything goes."
    ),
)
def rollback() -> None:
    """One step: :func:`take_back_op`."""
    take_back_op()


def failed_checks(mapping: MappingSpecification, outcome: Rollback) -> Iterator[dg.AssetCheckEvaluation]:
    """A failure of the check of every asset whose records were taken back: Dagster must not stay green."""
    for object_name, range_key in sorted(outcome.touched):
        for route in mapping.routes_to(object_name):
            if route.is_patient_scoped == (range_key == WHOLE):
                continue
            yield dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey(["twenty", route.name]),
                check_name=CHECK,
                passed=False,
                description="Its records were taken back; materialize it to migrate them again.",
                partition=range_key if route.is_patient_scoped else None,
            )
