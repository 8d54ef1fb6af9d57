"""What the commands ``rollback`` and ``snapshot`` print, and what they end with."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from panda_twenty.headless import MigrationFailed, take_back
from panda_twenty.migration import drawn_progress, hand_down, using_sandbox
from panda_twenty.progress import Step, announce
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import CannotGoOn
from panda_twenty.undo.report_file import copy_report
from panda_twenty.undo.scope import Scope
from panda_twenty.undo.snapshot import compare_snapshots, take_snapshot
from panda_twenty.undo.tally import Rollback

SHOWN = (
    *("destroyed", "restored", "reverted", "deleted_again", "nothing_left", "edited", "left_alone"),
    *("links_of_others_removed", "links_of_others_emptied", "ours_removed", "ours_unlinked"),
)
CHANGES_SHOWN = 50


def run_rollback(
    settings: Settings,
    scope: Scope,
    *,
    dry_run: bool,
    include_edited: bool,
    without_data_model: bool,
    file: Path | None,
) -> int:
    """Take back what the scope names, or say what would be; 0 if nothing is left alone, else 1."""
    console = Console(stderr=True)
    with using_sandbox(settings, console) as complete:
        hand_down(complete)
        request = {
            "dry_run": dry_run,
            "runs": list(scope.runs),
            "object_name": scope.object or "",
            "patient_range": scope.range_key or "",
            "record": ":".join(scope.record) if scope.record else "",
            "include_edited": include_edited,
            "remove_data_model": without_data_model,
        }
        try:
            with drawn_progress(console, quiet=False):
                report, counts = take_back(complete, request)
        except MigrationFailed as problem:
            console.print(f"panda-twenty: {problem}", style="red", soft_wrap=True, highlight=False)
            return 2
        outcome = Rollback.from_counts(counts, complete.panda_twenty_calls_per_minute)
        _show(outcome, scope, include_edited=include_edited)
        kept = copy_report(report, file) if file is not None else report
        console.print(f"Every record, with the values it gets back: {kept}", highlight=False, soft_wrap=True)
    return 0 if outcome.is_well else 1


def run_snapshot(settings: Settings, file: Path, *, hashed: bool) -> None:
    """Write the workspace down."""
    console = Console(stderr=True)
    with using_sandbox(settings, console) as complete, open_session(complete) as session:
        hashing = session.ledger.keyed_hash if hashed else None
        with drawn_progress(console, quiet=False):
            records = take_snapshot(
                session.client,
                session.workspace(),
                file,
                hashing=hashing,
                progress=lambda name, count: announce(Step(f"snapshot {name}", count, count)),
            )
    console.print(f"{records} records written to {file}.", highlight=False)


def run_comparison(before: Path, after: Path) -> int:
    """Print what two snapshots say differently, ids and names only; 0 if they are equal, else 1."""
    try:
        found = compare_snapshots(before, after)
    except ValueError as problem:
        raise CannotGoOn(str(problem)) from None
    for change in found.changes[:CHANGES_SHOWN]:
        fields = f": {', '.join(change.fields)}" if change.fields else ""
        sys.stdout.write(f"{change.kind} {change.object} {change.id}{fields}\n")
    if len(found.changes) > CHANGES_SHOWN:
        sys.stdout.write(f"... and {len(found.changes) - CHANGES_SHOWN} more.\n")
    if found.ignored:
        counted = ", ".join(f"{name} {times}" for name, times in sorted(found.ignored.items()))
        sys.stdout.write(f"Not counted, because the server sets it by itself: {counted}.\n")
    sys.stdout.write("The snapshots are equal.\n" if found.is_equal else "The snapshots differ.\n")
    return 0 if found.is_equal else 1


def _show(outcome: Rollback, scope: Scope, *, include_edited: bool) -> None:
    title = "What would be taken back" if outcome.dry_run else "What was taken back"
    table = Table(title=f"{title}: {scope.sentence}")
    table.add_column("Twenty object")
    used = [name for name in SHOWN if any(getattr(each, name) for each in outcome.objects.values())]
    for name in used:
        table.add_column(name.replace("_", " "), justify="right")
    for object_name, tally in outcome.objects.items():
        table.add_row(object_name, *(str(getattr(tally, name)) for name in used))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    if used:
        console.print(table)
    for sentence in sentences(outcome, include_edited=include_edited):
        console.print(sentence, highlight=False, soft_wrap=True)


def sentences(outcome: Rollback, *, include_edited: bool) -> list[str]:
    """What a person has to know besides the counts."""
    tallies = outcome.objects.values()
    told = []
    if not any(each.undone or each.left_alone or each.nothing_left for each in tallies):
        told.append("There is nothing left to take back.")
    elif outcome.dry_run:
        told.append(
            f"About {outcome.calls} calls, {outcome.minutes:.1f} minutes at {outcome.calls_per_minute} calls "
            "a minute. Nothing was changed; give --yes to do it."
        )
    if edited := sum(each.edited for each in tallies):
        told.append(
            f"{edited} records were changed in Twenty by somebody else since; "
            + (
                "they go all the same, as --include-edited says."
                if include_edited
                else "they are left alone, and so is what they point at, unless --include-edited is given."
            )
        )
    if also := sum(each.also_later_runs for each in tallies):
        told.append(f"{also} records were written by later runs too; those writes go as well.")
    if kept := outcome.data_model_kept:
        told.append(f"Kept, because data of others is in it: {', '.join(kept)}.")
    if removed := outcome.data_model_removed:
        verb = "Would be removed" if outcome.dry_run else "Removed"
        told.append(f"{verb} from the data model: {len(removed)} objects and fields.")
    return told
