"""The console script ``panda-twenty``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from panda_twenty.advice import advice_for
from panda_twenty.settings import read_settings

ADVICE_EXIT = 2
"""Exit code when a setting, a connection or a confirmation is missing; 1 means that something differs."""


@contextmanager
def advising() -> Iterator[None]:
    """Errors that carry advice end the command with that advice; the others keep their traceback."""
    try:
        yield
    except Exception as problem:
        advice = advice_for(problem)
        if advice is None:
            raise
        click.echo(f"panda-twenty: {advice}", err=True)
        sys.exit(ADVICE_EXIT)


@click.group()
@click.version_option(package_name="panda-twenty")
def main() -> None:
    """Moves a periodontal practice from PANDA Perio to Twenty CRM."""
    os.umask(0o077)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("--pause-automations", is_flag=True, help="Pause workflows that imports would set off.")
@click.option("--confirm-as", metavar="NAME", help="Sign the mapping as it is, in this name, then migrate.")
def migrate(as_json: bool, pause_automations: bool, confirm_as: str | None) -> None:
    """Bring the whole practice into Twenty, read it back, compare, and print what came of it."""
    from panda_twenty.migration import run_migration

    with advising():
        settings = read_settings(panda_twenty_pause_automations=pause_automations or None)
        sys.exit(run_migration(settings, as_json=as_json, confirm_as=confirm_as))


@main.command()
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


@main.command()
@click.option("--practice", metavar="NAME", help="Short name of the practice; part of every record's id.")
@click.option("--time-zone", metavar="ZONE", help="IANA name of the practice's time zone.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where the profile goes.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="One object per line."
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


@main.command()
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


@main.command()
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


@main.command()
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


@main.command("data-model")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write it as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
@click.option("--offline", is_flag=True, help="Look at no workspace: the document without the diff.")
def data_model(html: Path | None, markdown: Path | None, as_json: bool, offline: bool) -> None:
    """Show what will be created in Twenty, step by step, and what is there already."""
    from panda_twenty.data_model_console import show_data_model

    with advising():
        show_data_model(read_settings(), html=html, markdown=markdown, as_json=as_json, offline=offline)


@main.command()
@click.option("--patients", default=200, show_default=True, type=click.IntRange(1, 500), help="100 to 500.")
@click.option("--seed", default=20, show_default=True, help="Picks the patients, the same every time.")
@click.option("--reject", is_flag=True, help="Take the sample out of Twenty again.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("--pause-automations", is_flag=True, help="Pause workflows that imports would set off.")
@click.option("--confirm-as", metavar="NAME", help="Sign the mapping as it is, in this name, then migrate.")
def sample(
    patients: int, seed: int, reject: bool, as_json: bool, pause_automations: bool, confirm_as: str | None
) -> None:
    """Bring some patients of every kind into Twenty first, verified field by field, to look them over."""
    from panda_twenty.sample_migration import run_rejection, run_sample

    with advising():
        settings = read_settings(panda_twenty_pause_automations=pause_automations or None)
        if reject:
            sys.exit(run_rejection(settings, as_json=as_json))
        sys.exit(run_sample(settings, patients=patients, seed=seed, as_json=as_json, confirm_as=confirm_as))


@main.command()
@click.option("--object", "object_name", metavar="NAME", help="Only this Twenty object, such as perioExam.")
@click.option("--range", "range_key", metavar="KEY", help="Only this patient range, or `sample` or `all`.")
@click.option("--fingerprint", is_flag=True, help="Read again only what Twenty says was touched since.")
@click.option("--show-values", is_flag=True, help="Put patients' data into the report page.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every difference, with values, into this file; only its owner may read it.",
)
def verify(
    object_name: str | None,
    range_key: str | None,
    fingerprint: bool,
    show_values: bool,
    json_file: Path | None,
) -> None:
    """Read both ends again and compare every field; writes to neither. Cut off, it goes on where it was."""
    from panda_twenty.sweeping import Scope
    from panda_twenty.verifying import run_verification

    with advising():
        scope = Scope(object_name, range_key, fingerprint)
        sys.exit(run_verification(read_settings(), scope, json_file, show_values=show_values))


@main.command()
@click.option("--once", is_flag=True, required=True, help="One tick of the sensor and its runs, then end.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def delta(once: bool, as_json: bool) -> None:
    """Bring into Twenty what changed in the practice since the migration.

    Exit code 0: all of it is delivered. 1: conflicts, quarantine or differences. 2: something is missing.
    """
    from panda_twenty.cutover_console import run_delta

    with advising():
        sys.exit(run_delta(read_settings(), as_json=as_json))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the board as one JSON object.")
def status(as_json: bool) -> None:
    """Where the cutover stands, per entity. Exit code 1 if something is known to be pending."""
    from panda_twenty.cutover_console import show_status

    with advising():
        sys.exit(show_status(read_settings(), as_json=as_json))


@main.group()
def cutover() -> None:
    """The time between the migration and the day the practice stops using PANDA."""


@cutover.command("on")
def cutover_on() -> None:
    """Open the window: changes follow by themselves while the sensor runs."""
    from panda_twenty.cutover_console import set_window

    with advising():
        set_window(read_settings(), on=True)


@cutover.command("freeze")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def cutover_freeze(as_json: bool) -> None:
    """The last run, once nobody works in PANDA any more: compare everything, deliver, verify every field."""
    from panda_twenty.cutover_console import freeze

    with advising():
        sys.exit(freeze(read_settings(), as_json=as_json))


@cutover.command("conflicts")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per field.")
def cutover_conflicts(as_json: bool) -> None:
    """Fields that were edited in Twenty: kept, or changed at both ends. Shows keys, never values."""
    from panda_twenty.cutover_console import list_edits

    with advising():
        list_edits(read_settings(), as_json=as_json)


@cutover.command("off")
def cutover_off() -> None:
    """Close the window."""
    from panda_twenty.cutover_console import set_window

    with advising():
        set_window(read_settings(), on=False)


@main.group(invoke_without_command=True)
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
    from panda_twenty.retrying import retry_quarantine

    with advising(), using_sandbox(read_settings()) as settings:
        sys.exit(retry_quarantine(settings, entity))


@main.group()
def lite() -> None:
    """PANDA Lite, the cloud edition: an export folder instead of a database."""


@lite.command("template")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
def lite_template(out: Path) -> None:
    """Write the empty export folder: a CSV file per entity, a guide and an example."""
    from panda_twenty.panda.lite.template import write_template

    with advising():
        written = write_template(out)
        click.echo(f"{len(written)} files. Read {out / 'README.html'} first.")


@lite.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Also as JSON.")
@click.option(
    "--show-values",
    "values_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every finding with its value into this file, which only you may read.",
)
@click.option("--lines", default=10, show_default=True, type=click.IntRange(min=1), help="Lines per kind.")
def lite_check(folder: Path, json_file: Path | None, values_file: Path | None, lines: int) -> None:
    """Check an export folder; exit 0 if it is clean, 1 if not, 2 if a file cannot be read."""
    from panda_twenty.lite_report import run_check

    with advising():
        sys.exit(run_check(folder, json_file=json_file, values_file=values_file, lines=lines))


@main.group()
def audit() -> None:
    """The ledger: who wrote what, when, from which source key."""


@audit.command("verify")
def audit_verify() -> None:
    """Check every byte of the ledger; exit 1 if anything was altered, removed or put in."""
    from panda_twenty.ledger.derived import altered_state
    from panda_twenty.migration import using_sandbox
    from panda_twenty.session import open_session

    with advising(), using_sandbox(read_settings()) as settings, open_session(settings) as session:
        broken = list(session.ledger.broken_links()) or list(altered_state(session.ledger))
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


@main.command()
@click.option("--run", "runs", metavar="ID", multiple=True, help="What this run wrote; may be repeated.")
@click.option("--object", "object_name", metavar="NAME", help="Records of this Twenty object.")
@click.option("--range", "range_key", metavar="KEY", help="Records of this patient range.")
@click.option("--record", metavar="ENTITY:KEY", help="One record, such as patient:108.")
@click.option("--dry-run/--yes", default=True, help="Say what would be done (the default), or do it.")
@click.option("--include-edited", is_flag=True, help="Also undo records that somebody changed since.")
@click.option("--remove-data-model", is_flag=True, help="Also remove fields and objects that are then empty.")
@click.option("--json", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--pause-automations", is_flag=True, help="Pause workflows that restored records would set off."
)
def rollback(
    runs: tuple[str, ...],
    object_name: str | None,
    range_key: str | None,
    record: str | None,
    dry_run: bool,
    include_edited: bool,
    remove_data_model: bool,
    file: Path | None,
    pause_automations: bool,
) -> None:
    """Take a migration back: everything, or what the options name.

    Exit code 0 if all of it is (or would be) undone, 1 if something is left alone. --json writes counts and
    every record, with the values that it gets back, to a file that only its owner may read.
    """
    from panda_twenty.undo.command import run_rollback
    from panda_twenty.undo.scope import scope_from

    with advising():
        scope = scope_from(runs=runs, object_name=object_name, range_key=range_key, record=record)
        settings = read_settings(panda_twenty_pause_automations=pause_automations or None)
        sys.exit(
            run_rollback(
                settings,
                scope,
                dry_run=dry_run,
                include_edited=include_edited,
                without_data_model=remove_data_model,
                file=file,
            )
        )


@main.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the workspace down here.")
@click.option("--hashed", is_flag=True, help="Keep a keyed hash of each value instead of the value.")
@click.option(
    "--compare",
    nargs=2,
    metavar="BEFORE AFTER",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Compare two snapshots; exit 1 if they differ.",
)
def snapshot(out: Path | None, hashed: bool, compare: tuple[Path, Path] | None) -> None:
    """Write a whole Twenty workspace down, or compare two of these files."""
    from panda_twenty.undo.command import run_comparison, run_snapshot

    if (out is None) == (compare is None):
        raise click.UsageError("Give --out FILE to write a snapshot, or --compare BEFORE AFTER.")
    with advising():
        if compare is not None:
            sys.exit(run_comparison(*compare))
        if out is not None:
            run_snapshot(read_settings(), out, hashed=hashed)


@main.group()
def sandbox() -> None:
    """An invented practice and a local stand-in for Twenty, to try everything on."""


@sandbox.command("practice")
@click.option("--patients", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=20, show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def sandbox_practice(patients: int, seed: int, out: Path, force: bool) -> None:
    """Generate the reference practice as a SQLite file."""
    from rich.progress import Progress

    from panda_twenty.sandbox.practice import write_practice

    with advising():
        try:
            with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task("Generating patients", total=patients)
                counts = write_practice(
                    out,
                    patients=patients,
                    seed=seed,
                    overwrite=force,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )
        except FileExistsError:
            click.echo(f"panda-twenty: {out} exists already; give --force to replace it.", err=True)
            sys.exit(ADVICE_EXIT)
    for table, rows in counts.tables.items():
        click.echo(f"{rows:>9} {table}")


@sandbox.command("twenty")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--data", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--no-rate-limit", is_flag=True, help="Answer without Twenty's limit of 100 calls a minute.")
@click.option("--faults", is_flag=True, help="Let /sandbox/faults make it misbehave, for tests.")
def sandbox_twenty(port: int, data: Path, no_rate_limit: bool, faults: bool) -> None:
    """Run the stand-in for Twenty on this machine and print its URL and API key."""
    from panda_twenty.sandbox.twenty import RateLimit, serve

    def ready(url: str, token: str) -> None:
        click.echo(f"TWENTY_URL={url}\nTWENTY_API_KEY={token}")

    with advising():
        serve(data, port, rate_limit=None if no_rate_limit else RateLimit(), faults=faults, ready=ready)


@main.command()
@click.option("--port", default=3333, show_default=True, type=click.IntRange(1, 65535))
def ui(port: int) -> None:
    """Start the Dagster UI on this machine, on the embedded default or the settings given."""
    from panda_twenty.migration import run_ui

    with advising():
        sys.exit(run_ui(read_settings(), port))


if __name__ == "__main__":
    main()
