"""The commands for records that did not go."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import advising
from panda_twenty.settings import read_settings


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per record.")
@click.pass_context
def quarantine(context: click.Context, as_json: bool) -> None:
    """The records that did not go, each with its reason. Shows keys, never values."""
    if context.invoked_subcommand is None:
        context.invoke(quarantine_list, as_json=as_json, entity=None)


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per record.")
@click.option("--entity", help="Only records of this entity, such as perio_exam.")
def quarantine_list(as_json: bool, entity: str | None) -> None:
    """List the records with their reasons."""
    from panda_twenty.migration import using_sandbox
    from panda_twenty.quarantine import held_back
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        for each in held_back(session, entity):
            if as_json:
                click.echo(json.dumps(each.__dict__))
            else:
                place = f" ({each.field})" if each.field else ""
                click.echo(f"{each.entity} {each.source_key}: {each.code}{place}. {each.advice}")


@quarantine.command("export")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.csv")
@click.option("--entity", help="Only records of this entity, such as perio_exam.")
def quarantine_export(out: Path, entity: str | None) -> None:
    """Write the records with their reasons to a CSV file that only you may read."""
    from panda_twenty.migration import using_sandbox
    from panda_twenty.quarantine import export_quarantine
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        click.echo(f"{export_quarantine(session, out, entity)} records: {out}")


@quarantine.command("retry")
@click.option("--entity", help="Only records of this entity, such as perio_exam.")
def quarantine_retry(entity: str | None) -> None:
    """Migrate the ranges of quarantined records again, also what Twenty refused, after a fix."""
    from panda_twenty.migration import using_sandbox
    from panda_twenty.quarantine_retry import retry_quarantine

    with advising(), using_sandbox(read_settings()) as settings:
        sys.exit(retry_quarantine(settings, entity))
