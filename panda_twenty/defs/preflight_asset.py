"""The preflight page, made anew before each migration; a stop on it keeps the run from writing."""

import dagster as dg

from panda_twenty.defs.resources import Migration
from panda_twenty.preflight.estimate import estimate_as_sentences
from panda_twenty.preflight.looking import Preflight, run_preflight
from panda_twenty.preflight.page import write_page

PREFLIGHT = dg.AssetKey(["plan", "preflight"])


@dg.asset(key=PREFLIGHT, group_name="plan", kinds={"sqlserver", "graphql"}, pool="twenty_api")
def preflight(context: dg.AssetExecutionContext, migration: Migration) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Both ends and this machine looked at: each line passes, warns or stops, with what to do about it."""
    with migration.open(context.run.run_id) as session:
        page = run_preflight(session)
        file = write_page(page, session.home / "preflight.html")
    if page.stops:
        raise dg.Failure(
            description=" ".join(f"{line.title}: {line.found} {line.advice}" for line in page.stops[:5]),
            metadata={"page": dg.MetadataValue.path(str(file)), "lines": _table(page)},
            allow_retries=False,
        )
    totals = estimate_as_sentences(page.estimate) if page.estimate else ()
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(file)),
            "verdict": page.verdict.value,
            **{verdict.value: number for verdict, number in page.counts().items()},
            "lines": _table(page),
            **{f"estimate: {label.lower()}": figure for label, figure in totals},
        }
    )


def _table(page: Preflight) -> dg.MarkdownMetadataValue:
    lines = "\n".join(
        f"| {line.verdict.value} | {line.title} | {line.found} | {line.advice} |" for line in page.lines
    )
    return dg.MetadataValue.md(f"| | what | found | what to do |\n|---|---|---|---|\n{lines}")
