"""The commands before anything moves: looking at both ends, proposing, confirming."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import advising
from panda_twenty.settings import read_settings


@click.command()
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it there too."
)
def discover(json_file: Path | None) -> None:
    """Look at the practice's database: tables, types, keys, relations, what values look like. Read only."""
    from panda_twenty.migration import console_progress, with_sandbox_practice
    from panda_twenty.proposing import discover_only, show_discovery

    with advising():
        settings = with_sandbox_practice(read_settings())
        with console_progress():
            discovery = discover_only(settings, json_file)
        show_discovery(discovery)


@click.command()
@click.option("--practice", metavar="NAME", help="Short name of the practice; part of every record's id.")
@click.option("--time-zone", metavar="ZONE", help="IANA name of the practice's time zone.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where the profile goes.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it there as JSON, too.",
)
def propose(practice: str | None, time_zone: str | None, out: Path | None, json_file: Path | None) -> None:
    """Propose a source profile for the practice's database: scored lines, to be looked at and confirmed.

    Exit code 1: the data leaves questions open, which stand in the profile.
    """
    from panda_twenty.migration import console_progress, with_sandbox_practice
    from panda_twenty.proposing import propose_profile, show_proposal, write_proposal

    with advising():
        settings = with_sandbox_practice(read_settings())
        with console_progress():
            proposed = propose_profile(settings, practice=practice, time_zone=time_zone, out=out)
            page = write_proposal(settings, proposed, json_file)
        show_proposal(proposed, page)
        sys.exit(1 if proposed.proposal.questions else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the page as one JSON object.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to this file.")
@click.option(
    "--probe-rate-limit",
    is_flag=True,
    help="Measure the rate limit, which uses up a minute of it for everybody.",
)
def preflight(as_json: bool, html: Path | None, probe_rate_limit: bool) -> None:
    """Look at both ends before anything moves: what passes, what warns, what stops, and what to do.

    Exit code 0: nothing stops the migration. 1: something does. 2: a setting or a connection is missing.
    """
    from panda_twenty.preflight.console import preflight_command

    with advising():
        sys.exit(preflight_command(read_settings(), as_json=as_json, html=html, probe=probe_rate_limit))


@click.command()
@click.option("--by", required=True, metavar="NAME", help="Who confirms.")
@click.option("--digest", metavar="DIGEST", help="Sign only if this is the digest of what is signed.")
def confirm(by: str, digest: str | None) -> None:
    """Sign the mapping as it is now: nothing is written to Twenty without that."""
    from panda_twenty.confirming import parts_now, sentences, sign
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        parts = parts_now(session)
        for sentence in sentences(session, parts):
            click.echo(sentence)
        signed = sign(session, parts, by, digest)
        click.echo(f"Confirmed by {signed.by} at {signed.at}: {signed.digest}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per field and line.")
@click.option("--fields", is_flag=True, help="Print the table of every field as Markdown.")
def mapping(as_json: bool, fields: bool) -> None:
    """Show what becomes what, for the practice's source profile."""
    from panda_twenty.confirming import parts_now
    from panda_twenty.field_documentation import field_documentation
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    if fields:
        with advising():
            click.echo(field_documentation(read_settings()), nl=False)
        return
    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        for route in session.mapping.routes:
            if not as_json:
                click.secho(f"\n{route.entity} -> {route.object}", bold=True)
            for line in route.lines:
                kind = "RELATION" if line.relation else line.type or "Twenty's own"
                row = {
                    "entity": route.entity,
                    "from": list(line.source),
                    "object": route.object,
                    "field": line.field,
                    "type": kind,
                    "transform": line.transform,
                }
                if as_json:
                    click.echo(json.dumps(row))
                else:
                    click.echo(f"  {', '.join(line.source) or '-':45} {line.field:28} {kind}")
        if not as_json:
            click.echo(f"\nDigest: {parts_now(session).digest()}")


@click.command("data-model")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write it as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
@click.option("--offline", is_flag=True, help="Look at no workspace: the document without the diff.")
def data_model(html: Path | None, markdown: Path | None, as_json: bool, offline: bool) -> None:
    """Show what will be created in Twenty, step by step, and what is there already."""
    from panda_twenty.data_model_console import show_data_model

    with advising():
        show_data_model(read_settings(), html=html, markdown=markdown, as_json=as_json, offline=offline)
