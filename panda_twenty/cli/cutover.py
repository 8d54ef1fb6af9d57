"""The commands between the migration and the switch."""

from __future__ import annotations

import sys

import click

from panda_twenty.cli.advising import advising
from panda_twenty.settings import read_settings


@click.command()
@click.option("--once", is_flag=True, required=True, help="One tick of the sensor and its runs, then end.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def delta(once: bool, as_json: bool) -> None:
    """Bring into Twenty what changed in the practice since the migration.

    Exit code 0: all of it is delivered. 1: conflicts, quarantine or differences. 2: something is missing.
    """
    from panda_twenty.cutover_console import run_delta

    with advising():
        sys.exit(run_delta(read_settings(), as_json=as_json))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the board as one JSON object.")
def status(as_json: bool) -> None:
    """Where the cutover stands, per entity. Exit code 1 if something is known to be pending."""
    from panda_twenty.cutover_console import show_status

    with advising():
        sys.exit(show_status(read_settings(), as_json=as_json))


@click.group()
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


@click.command()
@click.option("--yes", is_flag=True, help="Remove them; without it, only say how much there is.")
def wipe(yes: bool) -> None:
    """Remove the practice's rows that are staged on this machine, once everything has moved.

    Ledger, keys and reports stay. What needs rows again, such as another delta, reads the practice again.
    """
    from panda_twenty.migration import using_sandbox
    from panda_twenty.wiping import staged_rows, wipe

    with advising(), using_sandbox(read_settings()) as settings:
        found = wipe(settings) if yes else staged_rows(settings)
        told = f"{found.files} files with {found.bytes / 1e6:,.1f} MB of staged rows"
        if not found.files:
            click.echo("Nothing is staged.")
        elif yes:
            click.echo(f"{told} are gone. The ledger says so; keys and reports stay.")
        else:
            click.echo(f"{told} of the practice lie on this machine. Give --yes to remove them.")
