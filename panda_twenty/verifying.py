"""The command ``verify``: runs a verification, writes its JSON, and shows counts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from panda_twenty.migration import drawn_progress, hand_down, using_sandbox
from panda_twenty.report.writing import write_report
from panda_twenty.session import open_session
from panda_twenty.settings import Settings, SettingsError
from panda_twenty.sweeping import Scope, SweepResult, verify_workspace
from panda_twenty.verification.findings import (
    DIFFERENCE,
    WITHOUT_RECORD,
    WITHOUT_SOURCE,
    read_findings,
)

KINDS = (DIFFERENCE, WITHOUT_SOURCE, WITHOUT_RECORD)


def run_verification(settings: Settings, scope: Scope, json_file: Path | None, *, show_values: bool) -> int:
    """Verify what was migrated; 0 when all is well, 1 when anything differs.

    Reads both ends and writes to neither. ``json_file`` gets every difference with its values and is its
    owner's alone.
    """
    console = Console(stderr=True)
    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise SettingsError(f"The folder of {json_file} does not exist; make it, or name another file.")
    with using_sandbox(settings, console) as complete:
        hand_down(complete)
        with open_session(complete) as session:
            with drawn_progress(console, quiet=False):
                result = verify_workspace(session, scope)
            if json_file is not None:
                write_json(json_file, result)
            report = write_report(session, result, show_values=show_values)
    _show(result)
    for file in report.values():
        console.print(f"{file}", soft_wrap=True, highlight=False)
    return 0 if result.is_clean else 1


def write_json(file: Path, result: SweepResult) -> None:
    """One JSON document, written difference by difference into a file that only its owner may read."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    descriptor = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass") as opened:
        opened.write("{\n")
        for kind in KINDS:
            opened.write(f"{json.dumps(kind)}: [")
            for place, found in enumerate(_told(result, kind)):
                opened.write(("," if place else "") + "\n" + json.dumps(found, ensure_ascii=False))
            opened.write("],\n")
        opened.write(f'"summary": {json.dumps(result.summary(), ensure_ascii=False)}\n}}\n')
    unfinished.replace(file)


def _told(result: SweepResult, kind: str) -> Iterator[dict[str, Any]]:
    for found in read_findings(result.findings, kind):
        yield {name: value for name, value in found.items() if name not in ("kind", "is_personal")}


def _show(result: SweepResult) -> None:
    table = Table(title="Verified field by field")
    names = ("source", "verified", "different", "missing", "quarantined", "fields_compared")
    table.add_column("Twenty object")
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for name, each in result.objects.items():
        is_well = each.is_clean
        table.add_row(
            name, *(str(getattr(each, each_name)) for each_name in names), style="" if is_well else "red"
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(table)
    told = {
        DIFFERENCE: "fields differ",
        WITHOUT_SOURCE: "records in Twenty have no source",
        WITHOUT_RECORD: "rows of the source have no record",
    }
    for kind in KINDS:
        if result.found[kind]:
            console.print(f"{result.found[kind]} {told[kind]}.", style="red")
    wrong = sum(not total.agrees for total in result.totals)
    if wrong:
        console.print(f"{wrong} of {len(result.totals)} counts and sums do not agree.", style="red")
    if result.by_hand:
        console.print(
            f"{sum(result.by_hand.values())} records were added in Twenty by hand since; not compared."
        )
    if sum(result.outside_ranges.values()):
        console.print(f"{sum(result.outside_ranges.values())} rows of the source belong to no patient id.")
    if result.is_clean:
        console.print("Everything in Twenty says what the source says, and nothing else is there.")
