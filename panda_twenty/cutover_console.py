"""The commands of the cutover: a delta, the board, the window, and the last run before the switch."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from panda_twenty.cutover.board import Board, read_board
from panda_twenty.cutover.freezing import verify_everything
from panda_twenty.cutover.switch import switch
from panda_twenty.deltas import DeltaOutcome, delta_once
from panda_twenty.headless import MigrationFailed
from panda_twenty.ledger.field_hashes import edits
from panda_twenty.migration import drawn_progress, hand_down, using_sandbox
from panda_twenty.session import open_session
from panda_twenty.settings import Settings

ADVICE, DIFFERS, WELL = 2, 1, 0

LEFT = {
    "pending": "places that are still pending; run it again",
    "different": "records that differ: the reports folder has every difference",
    "missing": "records that are not in Twenty",
    "quarantined": "records in quarantine: `panda-twenty quarantine list`",
    "taken_back": "ranges that a rollback took back: `panda-twenty migrate` brings them again",
}

DONE = {"marked": "says so in Twenty", "hidden": "soft-deleted in Twenty", "left": "left as it is"}


def run_delta(settings: Settings, *, as_json: bool, everything: bool = False) -> int:
    """One delta. Returns 0 if all is delivered, 1 if something is left to look at, 2 with advice."""
    console = Console(stderr=True)
    with using_sandbox(settings) as complete:
        hand_down(complete)
        try:
            with drawn_progress(console, quiet=as_json):
                outcome = delta_once(complete, everything=everything)
        except MigrationFailed as problem:
            console.print(f"panda-twenty: {problem}", style="red", soft_wrap=True, highlight=False)
            return ADVICE
    if as_json:
        print(json.dumps(asdict(outcome) | {"is_well": outcome.is_well}))
    else:
        for sentence in sentences(outcome):
            print(sentence)
    return WELL if outcome.is_well else DIFFERS


def freeze(settings: Settings, *, as_json: bool) -> int:
    """The last run: everything compared by hash and delivered, then both ends compared field by field.

    Returns 0 if nothing is left, 1 if something is, a quarantine or a range that was taken back among it,
    2 with advice. A conflict is told, but not left: one end won.
    """
    console = Console(stderr=True)
    with using_sandbox(settings) as complete:
        hand_down(complete)
        try:
            with drawn_progress(console, quiet=as_json):
                outcome = delta_once(complete, everything=True)
                with open_session(complete) as session:
                    found = verify_everything(session)
                    board = read_board(session)
        except MigrationFailed as problem:
            console.print(f"panda-twenty: {problem}", style="red", soft_wrap=True, highlight=False)
            return ADVICE
    left = {
        "pending": board.pending,
        "different": found.different,
        "missing": found.missing,
        "quarantined": board.quarantined,
        "taken_back": len(board.taken_back),
    }
    nothing_left = not any(left.values())
    if as_json:
        told = {
            "delta": asdict(outcome),
            "verified": asdict(found),
            "left": left,
            "conflicts": board.conflicts,
            "nothing_left": nothing_left,
        }
        print(json.dumps(told))
    else:
        written = outcome.created + outcome.updated + outcome.gone
        print(
            f"{written} records were written; {found.verified} of {found.source} are verified field by field."
        )
        if found.kept_edits:
            print(f"{found.kept_edits} fields were edited in Twenty and stay so.")
        if nothing_left:
            print("Nothing is left in PANDA that is not in Twenty.")
        for name, number in left.items():
            if number:
                print(f"Left: {number} {LEFT[name]}.")
        if board.conflicts:
            print(f"{board.conflicts} fields were changed at both ends: `panda-twenty cutover conflicts`.")
    return WELL if nothing_left else DIFFERS


def list_edits(settings: Settings, *, as_json: bool) -> None:
    """Print the fields that were edited in Twenty: kept, or in conflict with the source. Keys, no values."""
    with using_sandbox(settings) as complete, open_session(complete) as session:
        for row in edits(session.ledger):
            if as_json:
                print(json.dumps(row))
            else:
                won = "was overwritten by PANDA" if row["winner"] == "source" else "stays as edited"
                print(
                    f"{row['at']} {row['entity']} {row['source_key']}: {row['field']} {won} ({row['kind']})."
                )


def sentences(outcome: DeltaOutcome) -> list[str]:
    """What a delta came to, for people."""
    written = outcome.created + outcome.updated + outcome.gone
    told = [
        f"{outcome.created} created, {outcome.updated} updated, {outcome.gone} gone from PANDA."
        if written
        else "Nothing had to be written."
    ]
    if outcome.new_quarantined:
        told.append(
            f"{outcome.new_quarantined} more records are in quarantine: `panda-twenty quarantine list`."
        )
    if outcome.new_conflicts:
        told.append(
            f"{outcome.new_conflicts} fields were changed at both ends: `panda-twenty cutover conflicts`."
        )
    if outcome.different:
        told.append(f"{outcome.different} records differ: the reports folder has every difference.")
    if outcome.pending:
        told.append(f"{outcome.pending} places are still pending; run it again.")
    if outcome.is_well:
        told.append("Nothing is left.")
    return told


def show_status(settings: Settings, *, as_json: bool) -> int:
    """Print the board. Returns 1 if something is pending, 0 otherwise."""
    with using_sandbox(settings) as complete, open_session(complete) as session:
        board = read_board(session)
    if as_json:
        print(json.dumps(board.to_json()))
    else:
        _show(board)
    return DIFFERS if board.pending else WELL


def _show(board: Board) -> None:
    table = Table(title=f"Cutover of {board.practice}")
    for name in (
        "entity",
        "last change in PANDA",
        "in Twenty as of",
        "lag",
        "pending",
        "due",
        "quarantine",
        "by",
    ):
        table.add_column(name)
    for each in board.entities:
        table.add_row(
            each.entity,
            each.last_change or "-",
            each.last_delivered or "never",
            "-" if each.lag_minutes is None else f"{each.lag_minutes:g} min",
            str(each.pending_ranges),
            str(each.due_ranges),
            str(each.quarantined),
            each.marker,
            style="yellow" if each.pending_ranges else "",
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)
    console.print(
        f"The window is {'open' if board.window_is_open else 'closed'}. {board.conflicts} conflicts, "
        f"{board.kept_edits} edits of Twenty kept, {len(board.gone)} records gone from PANDA, "
        f"{board.quarantined} in quarantine.",
        highlight=False,
        soft_wrap=True,
    )
    if board.gone:
        gone = Table(title="Gone from PANDA")
        for name in ("entity", "key in PANDA", "id in Twenty", "what was done", "found at"):
            gone.add_column(name)
        for row in board.gone:
            gone.add_row(row.entity, row.source_key, row.twenty_id, DONE[row.done], row.at)
        console.print(gone)
    if board.taken_back:
        console.print(
            f"A rollback took back something in {', '.join(board.taken_back)}: no delta brings it again; "
            "`panda-twenty migrate` does.",
            highlight=False,
            soft_wrap=True,
        )


def set_window(settings: Settings, *, on: bool) -> None:
    """Open or close the window in which changes follow by themselves."""
    with using_sandbox(settings) as complete, open_session(complete) as session:
        switch(session.ledger, on=on)
    if on:
        print("The window is open: the sensor `cutover_deltas` asks for changes once it is started.")
    else:
        print("The window is closed: nothing follows by itself any more.")
