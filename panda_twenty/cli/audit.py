"""The commands that show the ledger and check it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import advising
from panda_twenty.ledger.chain import broken_links
from panda_twenty.settings import read_settings


@click.group()
def audit() -> None:
    """The ledger: who wrote what, when, from which source key."""


@audit.command("verify")
def audit_verify() -> None:
    """Check every byte of the ledger; exit 1 if anything was altered, removed or put in."""
    from panda_twenty.ledger.derived import altered_state
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        broken = list(broken_links(session.ledger)) or list(altered_state(session.ledger))
        for sentence in broken:
            click.echo(sentence)
        if broken:
            sys.exit(1)
        click.echo(f"The chain is whole. Its head is {session.ledger.head()}.")


@audit.command("show")
@click.option("--patient", metavar="KEY", help="Only records of this patient, by key in PANDA.")
@click.option("--run", metavar="ID", help="Only what this run did.")
@click.option("--object", "object_name", metavar="NAME", help="Only records of this Twenty object.")
@click.option("--record", metavar="ENTITY:KEY", help="Only this record.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def audit_show(
    patient: str | None, run: str | None, object_name: str | None, record: str | None, as_json: bool
) -> None:
    """Who did what to which record, when. Shows keys and hashes, never values."""
    from panda_twenty.ledger.audit import account
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session
    from panda_twenty.undo.scope import scope_from

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        one = scope_from(record=record).record
        for row in account(session.ledger, patient=patient, run=run, object_name=object_name, record=one):
            if as_json:
                click.echo(json.dumps(row))
            else:
                what = f"{row['entity']} {row['source_key']} -> {row['object']} {row['twenty_id']}"
                done = f"{row['action']} {what}" if row["action"] else ""
                click.echo(f"{row['sequence']:>7} {row['at']} {row['actor']} {row['kind']} {done}".rstrip())


@audit.command("runs")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def audit_runs(as_json: bool) -> None:
    """The runs that the ledger knows, oldest first, with the records that each wrote or undid."""
    from panda_twenty.ledger.audit import runs
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        for row in runs(session.ledger):
            if as_json:
                click.echo(json.dumps(row))
            else:
                click.echo(f"{row['run_id']}  {row['first']} to {row['last']}  {row['records']:>7} records")


@audit.command("export")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def audit_export(out: Path) -> None:
    """Write the whole account to a CSV or Parquet file that only its owner may read."""
    from panda_twenty.ledger.audit import export_account
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    if out.suffix not in (".csv", ".parquet"):
        raise click.BadParameter("the file's name must end in .csv or .parquet", param_hint="--out")
    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        click.echo(f"{export_account(session.ledger, out)} rows written to {out}.")


@audit.command("retention")
@click.option("--yes", is_flag=True, help="Throw away what is older; without it, only say what may go.")
def audit_retention(yes: bool) -> None:
    """Prior values that are older than PANDA_TWENTY_RETENTION_YEARS. The chain itself is kept for good."""
    from panda_twenty.ledger.retention import due_priors, purge_priors
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        due = due_priors(session.ledger, settings.panda_twenty_retention_years)
        if not due.priors:
            click.echo(f"Nothing is older than {due.years} years ({due.before}).")
        elif yes:
            purge_priors(session.ledger, due)
            click.echo(f"Prior values of {due.priors} updates before {due.before} are gone; the chain stays.")
        else:
            click.echo(
                f"Prior values of {due.priors} updates before {due.before} may go; these could not be undone "
                "any more. Give --yes to throw them away."
            )
