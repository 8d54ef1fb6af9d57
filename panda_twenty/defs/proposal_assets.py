"""What the practice's database holds, and the source profile that is proposed for it."""

import dagster as dg

from panda_twenty.defs.failures import as_failure
from panda_twenty.mapping.proposal.model import SURE
from panda_twenty.migration import with_sandbox_practice
from panda_twenty.proposing import propose_profile, write_proposal
from panda_twenty.settings import read_settings

PROPOSE = "propose"


class ProposalSettings(dg.Config):
    """Leave both empty to take the database's name and the time zone that most addresses lie in."""

    practice: str = ""
    """Short name of the practice, part of every record's id."""
    time_zone: str = ""
    """IANA name of the zone in which the practice's clocks run."""


@dg.asset(key=["plan", "proposal"], group_name="plan", kinds={"sqlserver", "yaml"}, pool="panda_sql")
def source_proposal(context: dg.AssetExecutionContext, config: ProposalSettings) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The practice's tables discovered, and a source profile proposed for them, to be looked at and signed.

    It replaces the proposed profile under the home folder (the one before is kept beside it), so it is no
    part of a migration's run.
    """
    with as_failure():
        settings = with_sandbox_practice(read_settings())
        proposed = propose_profile(
            settings, practice=config.practice or None, time_zone=config.time_zone or None
        )
        page = write_proposal(settings, proposed)
    proposal = proposed.proposal
    lines = list(proposal.lines())
    rows = "\n".join(
        f"| {each.entity} | {each.table} | {each.score:.2f} | {len(each.lines)} | "
        f"{sum(line.score < SURE for line in each.lines)} |"
        for each in proposal.entities
    )
    return dg.MaterializeResult(
        metadata={
            "lines": len(lines),
            "to look at": sum(line.score < SURE for line in lines),
            "open questions": len(proposal.questions),
            "not read": len(proposal.not_read),
            "profile": dg.MetadataValue.path(str(proposed.profile)),
            "page": dg.MetadataValue.path(str(page)),
            "entities": dg.MetadataValue.md(
                f"| entity | table | score | lines | to look at |\n|---|---|---|---|---|\n{rows}"
            ),
            "questions": dg.MetadataValue.md(
                "\n".join(f"- {each.about}: {each.question}" for each in proposal.questions) or "none"
            ),
        }
    )


@dg.definitions
def proposal_definitions() -> dg.Definitions:
    """The proposal and the job that makes it anew."""
    return dg.Definitions(
        assets=[source_proposal],
        jobs=[
            dg.define_asset_job(
                PROPOSE,
                dg.AssetSelection.assets(dg.AssetKey(["plan", "proposal"])),
                description="Looks at the practice's database and proposes a source profile for it.",
            )
        ],
    )
