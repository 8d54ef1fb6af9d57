"""The commands that take a migration back, and prove it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import advising
from panda_twenty.settings import read_settings


@click.command()
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


@click.command()
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
