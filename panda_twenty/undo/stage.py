"""The stop "take it back", for the command line and for Dagster's job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from panda_twenty.ledger.turns import alone
from panda_twenty.progress import Step, announce
from panda_twenty.session import Session
from panda_twenty.stages import restore_automations, settle_automations
from panda_twenty.undo.data_model import remove_data_model
from panda_twenty.undo.dependants import Holders
from panda_twenty.undo.rolling_back import Undoing, roll_back
from panda_twenty.undo.scope import Scope
from panda_twenty.undo.tally import Rollback


def take_back(
    session: Session,
    scope: Scope,
    *,
    dry_run: bool = True,
    include_edited: bool = False,
    without_data_model: bool = False,
    keep: Callable[[dict[str, Any]], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Rollback:
    """Undo what the scope names, or say what would be done; see :mod:`panda_twenty.undo.rolling_back`.

    ``without_data_model`` also removes the objects and fields that the migration created. Automations that
    a restored record would set off are paused meanwhile, as in a migration. ``keep`` takes a line with
    personal data for every record, such as :meth:`RollbackReport.add`.
    """
    tell = progress or _announced
    outcome = Rollback(
        scope.as_json(),
        dry_run,
        session.settings.panda_twenty_calls_per_minute,
        keep=keep,
    )
    workspace = session.workspace()
    undoing = Undoing(
        client=session.client,
        ledger=session.ledger,
        workspace=workspace,
        holders=Holders(session.client, workspace),
        order=[each.name for each in session.mapping.objects],
        scope=scope,
        include_edited=include_edited,
        outcome=outcome,
        progress=tell,
    )
    if dry_run:
        roll_back(undoing)
        if without_data_model:
            remove_data_model(session.client, session.ledger, session.workspace(), outcome, tell)
        return outcome
    with alone(session.ledger):
        session.ledger.note("rollback", {"scope": scope.as_json(), "include_edited": include_edited})
        settle_automations(session)
        try:
            roll_back(undoing)
        finally:
            restore_automations(session)
        if without_data_model:
            remove_data_model(session.client, session.ledger, session.workspace(), outcome, tell)
        session.workspace()
        session.ledger.note("rollback_done", outcome.counts())
    return outcome


def as_markdown(outcome: Rollback) -> str:
    """The counts as a table, without values."""
    rows = "\n".join(
        f"| {name} | {each.destroyed} | {each.restored} | {each.reverted} | {each.edited} "
        f"| {each.left_alone} "
        f"| {each.links_of_others_removed + each.links_of_others_emptied} "
        f"| {each.ours_removed + each.ours_unlinked} |"
        for name, each in outcome.objects.items()
    )
    verb = "Would be undone" if outcome.dry_run else "Undone"
    return (
        f"{verb}: {outcome.undone} records; left alone: {outcome.left_alone}. "
        f"About {outcome.calls} calls, {outcome.minutes:.1f} minutes.\n\n"
        "| object | destroyed | restored | reverted | edited since | left alone | links of others lost "
        "| ours outside the scope touched |\n|---|---|---|---|---|---|---|---|\n"
        f"{rows}"
    )


def _announced(name: str, done: int, total: int) -> None:
    announce(Step(f"rollback {name}", done, total))
