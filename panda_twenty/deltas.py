"""Deltas without the UI: what one tick of the sensor and its runs do, in this process."""

from __future__ import annotations

import os
from dataclasses import dataclass

import dagster as dg

from panda_twenty.cutover.work import Work, find_work
from panda_twenty.defs.cutover_job import deliver_changes, run_config
from panda_twenty.defs.orphans import end_orphans, waiting_for_the_living
from panda_twenty.headless import QUIET, by_itself, dagster_home, raise_failure
from panda_twenty.ledger.field_hashes import edits
from panda_twenty.ledger.outcomes import outcomes_by_object
from panda_twenty.ledger.state import quarantined
from panda_twenty.progress import Step, announce
from panda_twenty.session import open_session
from panda_twenty.settings import Settings

MOST_ROUNDS = 4
"""One round may show that others have to follow, such as letters after their template."""


@dataclass(frozen=True)
class DeltaOutcome:
    """What a delta came to. Counts only."""

    rounds: int
    looked_at: int
    """Entities of ranges that were read again."""
    pending: int
    """Of those, what is known to differ from Twenty still."""
    created: int
    updated: int
    gone: int
    new_quarantined: int
    new_conflicts: int
    different: int
    """Fields or records that are not in Twenty as the source has them."""

    @property
    def is_well(self) -> bool:
        return not (self.pending or self.new_quarantined or self.new_conflicts or self.different)


def delta_once(settings: Settings, *, everything: bool = False) -> DeltaOutcome:
    """Look for changes and deliver them until nothing is left; ``everything`` compares all by hash.

    Raises MigrationFailed with the advice of the step that failed; what was done stays accounted for.
    """
    home = dagster_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    before = _held_back(settings)
    totals: dict[str, int] = {}
    rounds = looked_at = 0
    work = _work(settings, everything=everything)
    with dg.DagsterInstance.get() as instance:
        end_orphans(instance)
        while work.places and rounds < MOST_ROUNDS:
            announce(Step("delta", rounds, None, f"{len(work.range_keys)} ranges"))
            for name, value in _run(instance, work).items():
                totals[name] = totals.get(name, 0) + value
            rounds += 1
            looked_at += len(work.places)
            # What was only due for a look has been looked at.
            work = _work(settings).only_pending()
    after = _held_back(settings)
    return DeltaOutcome(
        rounds,
        looked_at,
        len(work.places),
        totals.get("created", 0),
        totals.get("updated", 0),
        totals.get("gone", 0),
        len(after.quarantined - before.quarantined),
        len(after.conflicts - before.conflicts),
        after.different,
    )


def _work(settings: Settings, *, everything: bool = False) -> Work:
    with open_session(settings) as session:
        return find_work(session, everything=everything)


def _run(instance: dg.DagsterInstance, work: Work) -> dict[str, int]:
    """One delta run in this process; returns the counts that its step told."""
    with waiting_for_the_living(instance):
        result = by_itself(deliver_changes).execute_in_process(
            instance=instance, run_config={**QUIET, **run_config(work)}, raise_on_error=False
        )
    raise_failure(result)
    (event,) = [each for each in result.all_node_events if each.event_type_value == "STEP_OUTPUT"]
    return {name: int(str(value.value)) for name, value in event.step_output_data.metadata.items()}


@dataclass(frozen=True)
class _HeldBack:
    """What is not in Twenty as the source has it."""

    quarantined: frozenset[tuple[str, str]]
    """Entity and source key."""
    conflicts: frozenset[tuple[str, str, str]]
    """Entity, source key and field."""
    different: int


def _held_back(settings: Settings) -> _HeldBack:
    with open_session(settings) as session:
        outcomes = outcomes_by_object(session.ledger).values()
        return _HeldBack(
            frozenset((each.entity, each.source_key) for each in quarantined(session.ledger)),
            frozenset(
                (each["entity"], each["source_key"], each["field"])
                for each in edits(session.ledger)
                if each["kind"] == "conflict"
            ),
            sum(each.different + each.missing for each in outcomes),
        )
