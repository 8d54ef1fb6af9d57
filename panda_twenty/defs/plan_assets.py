"""Before any record moves: the confirmation, the ranges, the data model, and a look at the workspace."""

import dagster as dg

from panda_twenty.cutover.gone import settle_sample_quarantine
from panda_twenty.data_model_report import write_report
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.defs.preflight_asset import PREFLIGHT
from panda_twenty.defs.resources import Migration
from panda_twenty.ledger.outcomes import SAMPLE
from panda_twenty.progress import Step, announce
from panda_twenty.sampling import choose_sample
from panda_twenty.stages import (
    bring_about_data_model,
    confirm_mapping,
    confirmed,
    data_model_plan,
    patient_ranges,
    set_aside_outside,
    settle_automations,
    survey_workspace,
)
from panda_twenty.twenty.data_model import describe

GROUP = "plan"


class MappingApproval(dg.Config):
    """Fill in a name to sign the mapping as it is now; leave it empty to use the signature that stands."""

    confirmed_by: str = ""
    digest: str = ""
    """The digest that was shown; filled in, nothing else than exactly that is signed."""


@dg.asset(key=["plan", "mapping_confirmation"], group_name=GROUP, kinds={"yaml"})
def mapping_confirmation(
    context: dg.AssetExecutionContext, config: MappingApproval, migration: Migration
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The operator's signed yes to exactly this source profile, mapping, database and workspace.

    Nothing is written without it.
    """
    with migration.open(context.run.run_id) as session:
        if config.confirmed_by:
            signed = confirm_mapping(session, config.confirmed_by, config.digest or None)
        else:
            signed = confirmed(session)
        lines = "\n".join(
            f"| {route.name} | {route.entity} | {route.object} | {len(route.lines)} |"
            for route in session.mapping.routes
        )
        return dg.MaterializeResult(
            metadata={
                "digest": signed.digest,
                "confirmed by": signed.by,
                "confirmed at": signed.at,
                "open questions": len(session.profile.open_questions),
                "routes": dg.MetadataValue.md(
                    f"| route | entity | object | fields |\n|---|---|---|---|\n{lines}"
                ),
            }
        )


@dg.asset(key=["plan", "patient_ranges"], group_name=GROUP, kinds={"sqlserver"})
def patient_range_plan(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The key of the sample, then the patient ranges contiguously from 0 so that order stays numeric.

    Rows that no range reaches, because they name no patient, go into quarantine; what a sample held back and
    is not in the practice any more leaves it.
    """
    with migration.open(context.run.run_id) as session:
        keys = [each.key for each in patient_ranges(session)]
        outside = set_aside_outside(session)
        settle_sample_quarantine(session)
    known = set(context.instance.get_dynamic_partitions(PATIENT_RANGES))
    missing = [key for key in (SAMPLE, *keys) if key not in known]
    if missing:
        context.instance.add_dynamic_partitions(PATIENT_RANGES, missing)
    return dg.MaterializeResult(
        metadata={
            "ranges": len(keys),
            "added": len(missing),
            "first": keys[0],
            "last": keys[-1],
            "rows that name no patient": outside,
        }
    )


class SampleChoice(dg.Config):
    """How many patients the sample has (100 to 500 show every kind) and the seed that picks them."""

    patients: int = 200
    seed: int = 20


@dg.asset(key=["plan", "sample"], group_name=GROUP, kinds={"sqlserver"})
def sample_choice(
    context: dg.AssetExecutionContext, config: SampleChoice, migration: Migration
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Patients of every kind, picked by the seed, for the partition ``sample``; the ledger has their ids."""
    with migration.open(context.run.run_id) as session:
        sample = choose_sample(session, config.patients, config.seed)
    if SAMPLE not in context.instance.get_dynamic_partitions(PATIENT_RANGES):
        context.instance.add_dynamic_partitions(PATIENT_RANGES, [SAMPLE])
    lines = "\n".join(f"| {trait} | {count} |" for trait, count in sample.strata.items())
    return dg.MaterializeResult(
        metadata={
            "patients": len(sample.keys),
            "seed": sample.seed,
            "kinds": dg.MetadataValue.md(f"| shows | patients |\n|---|---|\n{lines}"),
        }
    )


@dg.asset(
    key=["twenty", "data_model"],
    group_name=GROUP,
    kinds={"graphql"},
    deps=[mapping_confirmation, PREFLIGHT],
    pool="twenty_api",
)
def data_model(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The objects, fields, options and relations that the mapping needs in Twenty, created where missing."""

    def progress(done: int, total: int, sentence: str) -> None:
        announce(Step("twenty/data_model", done, total, sentence))
        if done % 25 == 0 or done == total:
            context.log.info(f"{done} of {total}: {sentence}")

    with migration.open(context.run.run_id) as session:
        plan = data_model_plan(session)
        sentences = describe(plan)
        page = write_report(session, plan)
        for sentence in sentences:
            context.log.debug(sentence)
        bring_about_data_model(session, plan, progress)
    return dg.MaterializeResult(
        metadata={
            "created": len(plan.steps),
            "already there": len(plan.unchanged) + len(plan.adopted),
            "document": dg.MetadataValue.path(str(page)),
            "plan": dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in sentences[:400])),
        }
    )


@dg.asset(
    key=["twenty", "workspace_survey"],
    group_name=GROUP,
    kinds={"graphql"},
    deps=[data_model],
    pool="twenty_api",
)
def workspace_survey(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What stands in Twenty already, who holds unique values, and which automations would be set off."""
    with migration.open(context.run.run_id) as session:
        automations = settle_automations(session)
        standings = survey_workspace(session)
    lines = "\n".join(
        f"| {each.object} | {each.in_twenty} | {each.ours} | {each.not_ours} | {each.gone} |"
        for each in standings
    )
    return dg.MaterializeResult(
        metadata={
            "automations paused": len(automations),
            "objects": dg.MetadataValue.md(
                f"| object | in Twenty | ours | not ours | gone |\n|---|---|---|---|---|\n{lines}"
            ),
        }
    )
