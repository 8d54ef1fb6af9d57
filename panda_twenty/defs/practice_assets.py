"""One asset per PANDA table: its rows, read for one patient range and staged.

A row of ``panda/perio_exam`` is one row of whatever table the source profile names for that entity. Nothing
travels through Dagster: the rows lie in staged Parquet files that only their owner may read.
"""

import dagster as dg

from panda_twenty.defs.partitions import patient_ranges, several_ranges_per_run
from panda_twenty.defs.plan_assets import sample_choice
from panda_twenty.defs.resources import Migration
from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.memory import give_back
from panda_twenty.panda.entities import ENTITIES, Entity
from panda_twenty.session import WHOLE
from panda_twenty.stages import stage_entity

GROUP = "practice"


def staged_entities(mapping: MappingSpecification) -> list[Entity]:
    """The entities that any route of the mapping draws on, parents before children."""
    used = {entity for route in mapping.routes for entity in route.staged_entities()}
    return [entity for name, entity in ENTITIES.items() if name in used]


def practice_asset(entity: Entity) -> dg.AssetsDefinition:
    """The asset that stages one entity."""

    @dg.asset(
        key=["panda", entity.name],
        group_name=GROUP,
        kinds={"sqlserver", "parquet"},
        description=f"{entity.label}: {entity.meaning}. Read from the practice and staged.",
        deps=[sample_choice] if entity.patient_scoped else [],
        partitions_def=patient_ranges if entity.patient_scoped else None,
        backfill_policy=several_ranges_per_run if entity.patient_scoped else None,
        pool="panda_sql",
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(each.name, each.kind.value, description=each.meaning)
                    for each in entity.attributes.values()
                ]
            )
        },
    )
    def staged(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
        keys = context.partition_keys if entity.patient_scoped else [WHOLE]
        rows = problems = 0
        with migration.open(context.run.run_id) as session:
            if (entity.derived_from or entity.name) not in session.profile.entities:
                context.log.info("The source profile says that this practice has no such table.")
                return dg.MaterializeResult(metadata={"dagster/row_count": 0})
            for key in keys:
                staged_file = stage_entity(session, entity.name, key)
                rows, problems = rows + staged_file.rows, problems + staged_file.problems
                context.log.info(f"{key}: {staged_file.rows} rows, {staged_file.problems} with problems")
        give_back()
        return dg.MaterializeResult(
            metadata={"dagster/row_count": rows, "rows with problems": problems, "ranges": len(keys)}
        )

    return staged
