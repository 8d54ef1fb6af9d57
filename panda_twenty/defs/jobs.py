"""Everything together: the assets of the configured mapping, and the jobs that run them."""

import dagster as dg

from panda_twenty.defs.cutover_board import CUTOVER_BOARD
from panda_twenty.defs.partitions import patient_ranges
from panda_twenty.defs.plan_assets import (
    data_model,
    mapping_confirmation,
    patient_range_plan,
    sample_choice,
    workspace_survey,
)
from panda_twenty.defs.practice_assets import practice_asset, staged_entities
from panda_twenty.defs.preflight_asset import PREFLIGHT, preflight
from panda_twenty.defs.quarantine_job import QUARANTINE_REPORT, quarantine_retry
from panda_twenty.defs.report_assets import migration_report, quarantine_report
from panda_twenty.defs.rollback_job import rollback
from panda_twenty.defs.twenty_assets import asset_key, route_asset
from panda_twenty.mapping.specification import DEFAULT_MAPPING, load_mapping
from panda_twenty.settings import read_settings

PREPARE = "prepare"
MIGRATE_RANGES = "migrate_ranges"
REPORT = "report"
SAMPLE_MIGRATION = "sample_migration"


@dg.definitions
def migration_assets() -> dg.Definitions:
    """Assets per PANDA table and per Twenty object, in the order that the mapping's objects give."""
    mapping = load_mapping(read_settings().panda_twenty_mapping or DEFAULT_MAPPING)
    entities = staged_entities(mapping)
    whole = [
        PREFLIGHT,
        dg.AssetKey(["plan", "mapping_confirmation"]),
        dg.AssetKey(["plan", "patient_ranges"]),
        dg.AssetKey(["twenty", "data_model"]),
        dg.AssetKey(["twenty", "workspace_survey"]),
        *(dg.AssetKey(["panda", entity.name]) for entity in entities if not entity.patient_scoped),
        *(asset_key(route) for route in mapping.routes if not route.is_patient_scoped),
    ]
    ranged = [
        *(dg.AssetKey(["panda", entity.name]) for entity in entities if entity.patient_scoped),
        *(asset_key(route) for route in mapping.routes if route.is_patient_scoped),
    ]
    return dg.Definitions(
        assets=[
            preflight,
            mapping_confirmation,
            patient_range_plan,
            sample_choice,
            data_model,
            workspace_survey,
            *(practice_asset(entity) for entity in entities),
            *(route_asset(mapping, route) for route in mapping.routes),
            migration_report(mapping),
            quarantine_report(mapping),
        ],
        jobs=[
            quarantine_retry,
            rollback,
            dg.define_asset_job(
                PREPARE,
                dg.AssetSelection.assets(*whole),
                description="Preflight, confirmation, ranges, data model, and what has no patient ranges.",
            ),
            dg.define_asset_job(
                MIGRATE_RANGES,
                dg.AssetSelection.assets(*ranged),
                partitions_def=patient_ranges,
                description="Patients and all that belongs to them, by patient range.",
            ),
            dg.define_asset_job(
                REPORT,
                dg.AssetSelection.assets(
                    dg.AssetKey(["report", "migration"]),
                    QUARANTINE_REPORT,
                    CUTOVER_BOARD,
                ),
                description="Adds up what came of it and puts paused automations back.",
            ),
            dg.define_asset_job(
                SAMPLE_MIGRATION,
                dg.AssetSelection.assets(
                    *whole,
                    dg.AssetKey(["plan", "sample"]),
                    *ranged,
                    dg.AssetKey(["report", "migration"]),
                    QUARANTINE_REPORT,
                ),
                partitions_def=patient_ranges,
                description="Picks a sample, brings it into Twenty, verifies it: choose partition `sample`.",
            ),
        ],
    )
