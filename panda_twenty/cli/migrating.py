"""The commands that move the practice and read it back, and the UI that does the same."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import advising
from panda_twenty.settings import read_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("--pause-automations", is_flag=True, help="Pause workflows that imports would set off.")
@click.option("--confirm-as", metavar="NAME", help="Sign the mapping as it is, in this name, then migrate.")
def migrate(as_json: bool, pause_automations: bool, confirm_as: str | None) -> None:
    """Bring the whole practice into Twenty, read it back, compare, and print what came of it."""
    from panda_twenty.migration import run_migration

    with advising():
        settings = read_settings(panda_twenty_pause_automations=pause_automations or None)
        sys.exit(run_migration(settings, as_json=as_json, confirm_as=confirm_as))


@click.command()
@click.option("--patients", default=200, show_default=True, type=click.IntRange(1, 500), help="How many.")
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


@click.command()
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


@click.command()
@click.option("--port", default=3333, show_default=True, type=click.IntRange(1, 65535))
def ui(port: int) -> None:
    """Start the Dagster UI on this machine, on the embedded default or the settings given."""
    from panda_twenty.migration import run_ui

    with advising():
        sys.exit(run_ui(read_settings(), port))
