"""The commands for an export of PANDA Lite."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import advising


@click.group()
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
