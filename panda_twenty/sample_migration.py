"""The command ``sample``: patients of every kind migrated before all others, or taken out again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from panda_twenty.headless import MigrationFailed, migrate_sample, take_back
from panda_twenty.ledger.outcomes import Outcome, outcomes_by_object
from panda_twenty.ledger.sample import ChosenSample, chosen_sample
from panda_twenty.ledger.state import quarantined
from panda_twenty.migration import COLUMNS, drawn_progress, end_failed, hand_down, using_sandbox
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import confirm_mapping
from panda_twenty.undo.tally import Rollback


def run_sample(settings: Settings, *, patients: int, seed: int, as_json: bool, confirm_as: str | None) -> int:
    """Migrate and verify a sample; 0 when all is well, 1 when a count does not add up or a field differs."""
    console = Console(stderr=True)
    failure = None
    with using_sandbox(settings, None if as_json else console) as complete:
        hand_down(complete)
        with open_session(complete) as session:
            if confirm_as:
                confirm_mapping(session, confirm_as)
        with drawn_progress(console, quiet=as_json):
            try:
                migrate_sample(complete, patients, seed)
            except MigrationFailed as problem:
                failure = str(problem)
        if failure is not None:
            end_failed(complete, console, failure)
            return 2
        with open_session(complete) as session:
            sample = chosen_sample(session.ledger)
            outcomes = outcomes_by_object(session.ledger)
            found = [outcomes[each.name] for each in session.mapping.objects if each.name in outcomes]
            held_back = sum(1 for _ in quarantined(session.ledger))
            page = session.destination / "reports" / "verification.html"
    if sample is None:
        return 2
    is_well = bool(found) and all(each.is_well for each in found)
    if as_json:
        print(json.dumps(_document(sample, found, page, is_well)))
    else:
        _show(sample, found, held_back, page)
    return 0 if is_well else 1


def run_rejection(settings: Settings, *, as_json: bool) -> int:
    """Take the sample out of Twenty again; 1 if something is left alone, 2 with advice if it cannot be."""
    console = Console(stderr=True)
    with using_sandbox(settings, None if as_json else console) as complete:
        hand_down(complete)
        try:
            with drawn_progress(console, quiet=as_json):
                _, counts = take_back(complete, {"dry_run": False, "sample": True})
        except MigrationFailed as problem:
            console.print(f"panda-twenty: {problem}", style="red", soft_wrap=True, highlight=False)
            return 2
    outcome = Rollback.from_counts(counts, complete.panda_twenty_calls_per_minute)
    if as_json:
        print(json.dumps(outcome.counts()))
    else:
        Console().print(
            f"{outcome.undone} records were taken back, {outcome.left_alone} left alone because somebody "
            "changed them since; `panda-twenty rollback` names them."
        )
    return 1 if outcome.left_alone else 0


def _document(sample: ChosenSample, found: list[Outcome], page: Path, is_well: bool) -> dict[str, Any]:
    return {
        "patients": len(sample.keys),
        "seed": sample.seed,
        "strata": dict(sample.strata),
        "outcome": {each.object: {name: asdict(each)[name] for name in COLUMNS} for each in found},
        "report": str(page),
        "all_is_well": is_well,
    }


def _show(sample: ChosenSample, found: list[Outcome], held_back: int, page: Path) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    traits = ", ".join(f"{count} {trait}" for trait, count in sample.strata.items())
    console.print(f"{len(sample.keys)} patients, seed {sample.seed}: {traits}.", highlight=False)
    table = Table(title="The sample")
    table.add_column("Twenty object")
    for name in COLUMNS:
        table.add_column(name, justify="right")
    for each in found:
        counts = asdict(each)
        table.add_row(
            each.object, *(str(counts[name]) for name in COLUMNS), style="" if each.is_well else "red"
        )
    console.print(table)
    if held_back:
        console.print(f"{held_back} records are in quarantine: see `panda-twenty quarantine`.")
    console.print(f"Look it over in {page}", soft_wrap=True, highlight=False)
    console.print(
        "`panda-twenty migrate` goes on from here; `panda-twenty sample --reject` takes it out again."
    )
