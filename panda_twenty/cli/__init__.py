"""The console script ``panda-twenty``: its commands by the chapters of the README."""

from __future__ import annotations

import os

import click

from panda_twenty.cli import audit, cutover, lite, migrating, preparing, quarantine, sandbox, undo

__all__ = ["main"]


@click.group()
@click.version_option(package_name="panda-twenty")
def main() -> None:
    """Moves a periodontal practice from PANDA Perio to Twenty CRM."""
    os.umask(0o077)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")


for command in (
    preparing.discover,
    preparing.propose,
    preparing.preflight,
    preparing.confirm,
    preparing.mapping,
    preparing.data_model,
    migrating.migrate,
    migrating.sample,
    migrating.verify,
    migrating.ui,
    cutover.delta,
    cutover.status,
    cutover.cutover,
    cutover.wipe,
    quarantine.quarantine,
    lite.lite,
    audit.audit,
    undo.rollback,
    undo.snapshot,
    sandbox.sandbox,
):
    main.add_command(command)
