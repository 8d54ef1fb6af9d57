"""What becomes of each record: destroyed, put back, or left alone because somebody has changed it since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from panda_twenty.ledger.field_hashes import kept_edits, known_field_hashes, short_hash
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.edits import comparable
from panda_twenty.twenty.prior_values import DELETED_AT, UPDATED_AT, stored_values
from panda_twenty.twenty.records import RECORDS_PER_CALL, read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.undo.history import History, merged_priors, written_columns

READ_PER_CALL = 1_000
"""Records per reading call; Twenty 2.21 does not cap it (measured)."""

LONGEST_CALL = timedelta(minutes=15)
"""A call whose answer was lost has written by then; a later change is somebody else's."""


class Verdict(StrEnum):
    """What is done with a record."""

    DESTROY = "destroy"
    RESTORE = "restore"
    """Put back what stood there before the migration; the record is no longer ours."""
    REVERT = "revert"
    """Put back what earlier runs wrote; the record stays ours."""
    NOTHING_LEFT = "nothing left"
    """It is not in Twenty any more."""
    EDITED = "edited"
    """Somebody has changed it since; left alone unless the operator says otherwise."""
    NEEDED = "needed"
    """A record that is left alone points at it, so it stays as well."""
    NOT_KEPT = "not kept"
    """Its prior values were thrown away after their time; left alone."""


@dataclass(frozen=True)
class Decision:
    """A record, what is done with it, and for one that is put back: the values that it gets."""

    history: History
    verdict: Verdict
    prior: Mapping[str, Any] = field(default_factory=dict)
    """By column, without ``deletedAt``."""
    deleted_at: str | None = None
    """When it had been soft-deleted; None for a record that was live."""
    found: Mapping[str, Any] = field(default_factory=dict)
    """What stands in Twenty now."""
    was_edited: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that have to change for the prior values to stand again."""
        return tuple(each for each, value in self.prior.items() if self.found.get(each) != value)


def judge(
    client: TwentyClient,
    ledger: Ledger,
    facts: ObjectFacts,
    window: Sequence[History],
    *,
    include_edited: bool,
) -> list[Decision]:
    """Read these records of one object and decide about each; a call for every 1,000."""
    priors = {each.twenty_id: merged_priors(ledger, each) for each in window if not each.is_creation}
    columns = {
        column
        for each in window
        if not each.is_creation
        for column in (*written_columns(each), *(priors[each.twenty_id] or {}))
    }
    readable = sorted(each for each in columns if facts.has_column(each))
    # Hundreds of columns of a thousand records are more than an answer should hold.
    per_call = RECORDS_PER_CALL if readable else READ_PER_CALL
    found = read_by_ids(
        client,
        facts,
        [each.twenty_id for each in window],
        dict.fromkeys([*readable, UPDATED_AT, DELETED_AT]),
        include_deleted=True,
        per_call=per_call,
    )
    # A delta that left somebody's edit as it is wrote the rest of the record after it.
    holds_edits = {twenty_id for twenty_id, _ in kept_edits(ledger, facts.name, list(found))}
    holds_edits |= _edited_since_cut_off(ledger, facts, window, found, priors)
    decisions = []
    for each in window:
        record = found.get(each.twenty_id)
        is_edited = each.twenty_id in holds_edits
        if record is None:
            decisions.append(Decision(each, Verdict.NOTHING_LEFT))
        elif each.is_creation:
            decisions.append(
                _judge_creation(each, record, is_edited=is_edited, include_edited=include_edited)
            )
        else:
            prior = priors[each.twenty_id]
            decisions.append(
                _judge_update(
                    ledger, facts, each, record, prior, is_edited=is_edited, include_edited=include_edited
                )
            )
    return decisions


def _edited_since_cut_off(
    ledger: Ledger,
    facts: ObjectFacts,
    window: Sequence[History],
    found: Mapping[str, Mapping[str, Any]],
    priors: Mapping[str, Mapping[str, Any] | None],
) -> set[str]:
    """Of records that a rollback was cut off in: a field holds neither what we wrote nor what it put back."""
    cut_off: dict[str, list[History]] = defaultdict(list)
    for each in window:
        if each.half_restored_at is not None and not each.is_creation and each.twenty_id in found:
            cut_off[each.entity].append(each)
    edited: set[str] = set()
    for entity, histories in cut_off.items():
        known = known_field_hashes(ledger, entity, [each.source_key for each in histories])
        for each in histories:
            record, prior = found[each.twenty_id], priors[each.twenty_id] or {}
            if (hashes := known.get(each.source_key)) is None:
                continue
            for column in hashes.stored.keys() & record.keys():
                ours = [hashes.stored[column]]
                if column in prior:
                    ours.append(short_hash(ledger, comparable(facts, column, prior[column])))
                if short_hash(ledger, comparable(facts, column, record[column])) not in ours:
                    edited.add(each.twenty_id)
    return edited


def _judge_creation(
    history: History, record: Mapping[str, Any], *, is_edited: bool, include_edited: bool
) -> Decision:
    edited = is_edited or _changed_later(history, record)
    verdict = Verdict.EDITED if edited and not include_edited else Verdict.DESTROY
    return Decision(history, verdict, found=record, was_edited=edited)


def _judge_update(
    ledger: Ledger,
    facts: ObjectFacts,
    history: History,
    record: Mapping[str, Any],
    prior: dict[str, Any] | None,
    *,
    is_edited: bool,
    include_edited: bool,
) -> Decision:
    if prior is None:
        return Decision(history, Verdict.NOT_KEPT, found=record)
    values = {each: value for each, value in prior.items() if each != DELETED_AT and facts.has_column(each)}
    verdict = Verdict.REVERT if history.stays_ours else Verdict.RESTORE
    decision = Decision(history, verdict, values, prior.get(DELETED_AT), record)
    stands_already = not decision.columns and decision.deleted_at == record[DELETED_AT]
    is_touched = is_edited or _changed_later(history, record)
    if stands_already or not is_touched:
        return decision
    columns = written_columns(history)
    if (
        not is_edited
        and history.is_settled
        and ledger.keyed_hash(stored_values(record, columns)) == history.last.stored_hash
    ):
        # Somebody changed other fields; those stay as they are.
        return decision
    if include_edited:
        return Decision(history, verdict, values, decision.deleted_at, record, was_edited=True)
    return Decision(history, Verdict.EDITED, found=record, was_edited=True)


def _changed_later(history: History, record: Mapping[str, Any]) -> bool:
    """Whether Twenty's record was changed after the newest write of ours."""
    last_call = history.last.at
    if history.is_settled and history.last.stored_at is not None:
        if record[UPDATED_AT] == history.last.stored_at:
            return False
        if history.half_restored_at is None:
            return True
        last_call = history.half_restored_at
    return datetime.fromisoformat(record[UPDATED_AT]) > datetime.fromisoformat(last_call) + LONGEST_CALL
