"""The commands that give the invented practice and the stand-in for Twenty."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from panda_twenty.cli.advising import ADVICE_EXIT, advising


@click.group()
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
