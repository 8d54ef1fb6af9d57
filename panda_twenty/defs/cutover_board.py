"""The cutover board in the UI: one row per entity, made anew after every delta run's time."""

from datetime import timedelta

import dagster as dg

from panda_twenty.cutover.board import as_markdown, read_board
from panda_twenty.defs.resources import Migration

CUTOVER_BOARD = dg.AssetKey(["report", "cutover"])

LOOK_CUTOVER = "look_at_cutover"


@dg.asset(
    key=CUTOVER_BOARD,
    group_name="report",
    kinds={"sqlserver"},
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=24)),
    check_specs=[
        dg.AssetCheckSpec(
            "nothing_pending",
            asset=CUTOVER_BOARD,
            description="What the practice has is in Twenty, verified.",
        )
    ],
)
def cutover_board(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Per entity: the last change in PANDA, as of when Twenty has it, what is pending and held back."""
    with migration.open(context.run.run_id) as session:
        board = read_board(session)
    return dg.MaterializeResult(
        metadata={
            "board": dg.MetadataValue.md(as_markdown(board)),
            "window": "open" if board.window_is_open else "closed",
            "pending": board.pending,
            "lag (minutes)": board.lag_minutes,
            "conflicts": board.conflicts,
            "edits of Twenty kept": board.kept_edits,
            "gone from PANDA": len(board.gone),
            "taken back": ", ".join(board.taken_back) or "nothing",
            "quarantine": board.quarantined,
        },
        check_results=[dg.AssetCheckResult(passed=board.pending == 0, check_name="nothing_pending")],
    )


@dg.definitions
def cutover_report() -> dg.Definitions:
    look = dg.define_asset_job(
        LOOK_CUTOVER, dg.AssetSelection.assets(CUTOVER_BOARD), description="Makes the cutover board anew."
    )
    hourly = dg.ScheduleDefinition(name="cutover_board_hourly", job=look, cron_schedule="0 * * * *")
    return dg.Definitions(assets=[cutover_board], jobs=[look], schedules=[hourly])
