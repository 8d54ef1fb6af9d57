"""The check of an export folder as the command line shows it: sentences, JSON, and the values on request."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from panda_twenty.panda.lite.checking import Told, check_folder
from panda_twenty.panda.lite.findings import Finding, LiteReport
from panda_twenty.verification.reporting import write_private

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2
"""Exit codes of the check."""


def run_check(folder: Path, *, json_file: Path | None, values_file: Path | None, lines: int) -> int:
    """Check a folder, print what was found without values, and answer the exit code.

    ``values_file`` gets every finding with its value, for its owner only.
    """
    console = Console(stderr=True)
    with _values_writer(values_file) as heard, _drawn(console) as told:
        report = check_folder(folder, kept=lines, heard=heard, told=told)
    for line in report_lines(report):
        print(line)
    if json_file is not None:
        write_private(json_file, json.dumps(report_as_json(report), indent=1) + "\n")
    if not report.is_readable:
        return UNREADABLE
    return FINDINGS if report.total else CLEAN


def report_lines(report: LiteReport) -> Iterator[str]:
    """The report for a person: the files, then each kind of finding with its first lines."""
    width = max((len(each.file) for each in report.files), default=0)
    for each in report.files:
        yield f"{each.file:{width}} {each.rows:>10,} rows  {each.encoding}, {each.delimiter}"
    if report.files_not_given:
        yield f"Not in the folder: {', '.join(report.files_not_given)}."
    for kind in report.kinds:
        yield ""
        yield from (finding.sentence for finding in kind.first)
        if kind.count > len(kind.first):
            yield f"  ... and {kind.count - len(kind.first):,} more of this kind."
    yield ""
    yield (
        f"{report.total:,} finding{'s' if report.total > 1 else ''}."
        if report.total
        else "Nothing is wrong: the folder can be migrated."
    )


def report_as_json(report: LiteReport) -> dict[str, object]:
    """The report as plain data; no value of a row is in it."""
    return {
        "files": [asdict(each) for each in report.files],
        "files_not_given": list(report.files_not_given),
        "total": report.total,
        "kinds": [asdict(kind) for kind in report.kinds],
    }


@contextmanager
def _values_writer(file: Path | None) -> Iterator[Callable[[Finding, str], None] | None]:
    if file is None:
        yield None
        return
    write_private(file, "")
    file.chmod(0o600)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(["file", "line", "column", "code", "value"])

        def heard(finding: Finding, value: str) -> None:
            writer.writerow([finding.file, finding.line, finding.column, finding.code, value])

        yield heard


@contextmanager
def _drawn(console: Console) -> Iterator[Told]:
    """A bar per file on a terminal; elsewhere a line every 50 MB."""
    if not console.is_terminal:
        yield _telling(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def draw(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done)

        yield draw


def _telling(console: Console) -> Told:
    told: dict[str, int] = {}
    size_of_a_step = 50_000_000

    def tell(file: str, done: int, total: int) -> None:
        if done // size_of_a_step > told.get(file, 0):
            told[file] = done // size_of_a_step
            console.print(f"{file}: {done * 100 // max(total, 1)} %", highlight=False)

    return tell
