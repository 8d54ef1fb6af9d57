"""What came of it: the counts of all ranges together."""

import dagster as dg

from panda_twenty.defs.quarantine_job import QUARANTINE_REPORT, quarantine_page
from panda_twenty.defs.resources import Migration
from panda_twenty.defs.twenty_assets import asset_key
from panda_twenty.ledger.outcomes import LOADED, VERIFIED, outcomes_by_object
from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.report.writing import write_report
from panda_twenty.review_reports import write_review_reports
from panda_twenty.stages import restore_automations
from panda_twenty.sweeping import Scope, verify_workspace


def quarantine_report(mapping: MappingSpecification) -> dg.AssetsDefinition:
    """The asset that shows what is held back, and why."""

    @dg.asset(
        key=QUARANTINE_REPORT,
        group_name="report",
        deps=[asset_key(route) for route in mapping.routes],
    )
    def count(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """What is held back and why, by key; a private file has it all. `quarantine_retry` tries again."""
        with migration.open(context.run.run_id) as session:
            page = quarantine_page(session)
        return dg.MaterializeResult(metadata=page)

    return count


def migration_report(mapping: MappingSpecification) -> dg.AssetsDefinition:
    """The asset that adds everything up and puts paused automations back."""

    @dg.asset(
        key=["report", "migration"],
        group_name="report",
        deps=[asset_key(route) for route in mapping.routes],
        check_specs=[
            dg.AssetCheckSpec(
                "all_is_well",
                asset=dg.AssetKey(["report", "migration"]),
                description="Every range adds up, and every field says what the source says.",
            ),
            dg.AssetCheckSpec(
                "nothing_unexplained",
                asset=dg.AssetKey(["report", "migration"]),
                description="Nobody touched a record since it was verified, and a source explains each one.",
            ),
        ],
    )
    def report(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Per Twenty object, over all ranges: what the source has, what became of it, what was verified."""
        with migration.open(context.run.run_id) as session:
            outcomes = outcomes_by_object(session.ledger)
            reviews = write_review_reports(session)
            restored = restore_automations(session)
            swept = verify_workspace(session, Scope(fingerprint=True))
            files = write_report(session, swept, show_values=session.settings.panda_twenty_show_values)
            order = [each.name for each in session.mapping.objects if each.name in outcomes]
        names = (*LOADED, *VERIFIED)
        lines = "\n".join(
            f"| {name} | " + " | ".join(str(getattr(outcomes[name], each)) for each in names) + " |"
            for name in order
        )
        head = "| object | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1)
        return dg.MaterializeResult(
            metadata={
                "outcome": dg.MetadataValue.md(f"{head}\n{lines}"),
                "automations put back": restored,
                **{name: dg.MetadataValue.path(str(file)) for name, file in files.items()},
                **reviews,
            },
            check_results=[
                dg.AssetCheckResult(
                    passed=all(outcomes[name].is_well for name in order), check_name="all_is_well"
                ),
                dg.AssetCheckResult(
                    passed=swept.is_clean,
                    check_name="nothing_unexplained",
                    metadata={
                        **swept.found,
                        "read again": swept.read_again,
                        "report": dg.MetadataValue.path(str(files["report"])),
                    },
                ),
            ],
        )

    return report
