"""Taking records back: children before parents, each batch accounted for before and after.

A rollback that was cut off is run again: what is gone is settled, what is half put back is finished. Twenty
is read back after every step, and only what was found so counts as done.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from operator import attrgetter

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.strangers import known_ids
from panda_twenty.twenty.clearing import put_back
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.prior_values import DELETED_AT, UPDATED_AT
from panda_twenty.twenty.records import (
    RECORDS_PER_CALL,
    destroy,
    read_by_ids,
    restore,
    set_deleted_at,
    upsert,
)
from panda_twenty.twenty.survey import look_closer_next_time
from panda_twenty.twenty.workspace import ObjectFacts, Workspace
from panda_twenty.undo.accounting import (
    forget_outcomes,
    intend_rollback,
    settle_dependants,
    settle_removed,
    settle_reverted,
    undone_before,
)
from panda_twenty.undo.dependants import Dependant, Holders, Links
from panda_twenty.undo.history import count_in_scope, histories, ids_in_scope, written_columns
from panda_twenty.undo.judging import READ_PER_CALL, Decision, Verdict, judge
from panda_twenty.undo.scope import Scope
from panda_twenty.undo.tally import Rollback

_LEFT_ALONE = (Verdict.EDITED, Verdict.NOT_KEPT)

_DEPENDANTS_AT_ONCE = 1_000

Progress = Callable[[str, int, int], None]
"""Object, records done, records in all."""


@dataclass
class Undoing:
    """Where a rollback works, and how far it may go."""

    client: TwentyClient
    ledger: Ledger
    workspace: Workspace
    holders: Holders
    order: Sequence[str]
    """Objects, parents before children."""
    scope: Scope
    include_edited: bool
    outcome: Rollback
    progress: Progress = lambda name, done, total: None
    left: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By object: ids of the records in the scope that are left alone."""


def roll_back(undoing: Undoing) -> Rollback:
    """Undo what the scope names, or in a dry run say what would be done. Values go to ``outcome.keep``."""
    in_scope = count_in_scope(undoing.ledger, undoing.scope)
    unknown = sorted(name for name in in_scope if name not in undoing.order)
    for name in [*unknown, *reversed([each for each in undoing.order if each in in_scope])]:
        _roll_back_object(undoing, name, in_scope[name])
    undoing.outcome.calls_for_dependants = undoing.holders.asked
    if not undoing.outcome.dry_run:
        undoing.outcome.touched |= undone_before(undoing.ledger)
        forget_outcomes(undoing.ledger, undoing.outcome.touched)
        for name in sorted({name for name, _ in undoing.outcome.touched}):
            look_closer_next_time(undoing.ledger, name)
    return undoing.outcome


def _roll_back_object(undoing: Undoing, name: str, total: int) -> None:
    tally = undoing.outcome.tally(name)
    facts = undoing.workspace.objects.get(name)
    done = 0
    for window in histories(undoing.ledger, undoing.scope, name, READ_PER_CALL):
        if facts is None:
            # Somebody has removed the object with all its records.
            decisions = [Decision(each, Verdict.NOTHING_LEFT) for each in window]
        else:
            decisions = judge(
                undoing.client, undoing.ledger, facts, window, include_edited=undoing.include_edited
            )
            decisions = _with_dependants(undoing, facts, decisions)
        for each in decisions:
            tally.also_later_runs += bool(each.history.runs_beyond(undoing.scope))
        if undoing.outcome.dry_run or facts is None:
            for each in decisions:
                tally.count(each)
                undoing.outcome.note(each)
        else:
            _undo_window(undoing, facts, decisions)
        if not undoing.outcome.dry_run:
            gone = [each.history for each in decisions if each.verdict is Verdict.NOTHING_LEFT]
            settle_removed(undoing.ledger, undoing.scope, gone, "destroyed")
            undoing.outcome.touched |= {(name, each.range_key) for each in gone}
        done += len(window)
        undoing.progress(name, done, total)


def _undo_window(undoing: Undoing, facts: ObjectFacts, decisions: Sequence[Decision]) -> None:
    # Destroyed records hold unique values that those put back may want again, so they go first.
    to_destroy = [each for each in decisions if each.verdict is Verdict.DESTROY]
    to_put_back = [each for each in decisions if each.verdict in (Verdict.RESTORE, Verdict.REVERT)]
    rest = [
        each for each in decisions if each.verdict not in (Verdict.DESTROY, Verdict.RESTORE, Verdict.REVERT)
    ]
    for each in rest:
        undoing.outcome.tally(facts.name).count(each)
        undoing.outcome.note(each)
    # Before the first call: what a cut-off rollback leaves must not pass for a range that was delivered.
    begun = {(facts.name, each.history.range_key) for each in (*to_destroy, *to_put_back)}
    forget_outcomes(undoing.ledger, begun - undoing.outcome.touched)
    undoing.outcome.touched |= begun
    _destroy(undoing, facts, to_destroy)
    for batch in _batches(to_put_back):
        _put_back(undoing, facts, batch)


def _batches(decisions: Sequence[Decision]) -> Iterator[Sequence[Decision]]:
    for start in range(0, len(decisions), RECORDS_PER_CALL):
        yield decisions[start : start + RECORDS_PER_CALL]


def _destroy(undoing: Undoing, facts: ObjectFacts, decisions: Sequence[Decision]) -> None:
    for batch in _batches(decisions):
        intend_rollback(undoing.ledger, undoing.scope, batch)
        destroy(undoing.client, facts, [each.history.twenty_id for each in batch])
    if not decisions:
        return
    ids = [each.history.twenty_id for each in decisions]
    left = read_by_ids(undoing.client, facts, ids, [], include_deleted=True, per_call=READ_PER_CALL)
    gone = [each for each in decisions if each.history.twenty_id not in left]
    settle_removed(undoing.ledger, undoing.scope, [each.history for each in gone], "destroyed")
    _done(undoing, gone)
    _failed(undoing, [each for each in decisions if each.history.twenty_id in left], "It is still in Twenty.")


def _put_back(undoing: Undoing, facts: ObjectFacts, batch: Sequence[Decision]) -> None:
    intend_rollback(undoing.ledger, undoing.scope, batch)
    refused: dict[str, str] = {}
    _send_values(undoing.client, facts, [each for each in batch if each.columns], refused)
    went = [each for each in batch if each.history.twenty_id not in refused]
    _match_deletion(undoing.client, facts, went)
    columns = sorted(
        {
            column
            for each in batch
            for column in (*each.prior, *written_columns(each.history))
            if facts.has_column(column)
        }
    )
    found = read_by_ids(
        undoing.client,
        facts,
        [each.history.twenty_id for each in batch],
        dict.fromkeys([*columns, UPDATED_AT, DELETED_AT]),
        include_deleted=True,
    )
    stands = [
        each
        for each in went
        if (record := found.get(each.history.twenty_id)) is not None
        and record[DELETED_AT] == each.deleted_at
        and all(record[column] == value for column, value in each.prior.items())
    ]
    restored = [each.history for each in stands if each.verdict is Verdict.RESTORE]
    settle_removed(undoing.ledger, undoing.scope, restored, "restored")
    reverted = [each for each in stands if each.verdict is Verdict.REVERT]
    settle_reverted(undoing.ledger, undoing.scope, reverted, found, columns)
    _done(undoing, stands)
    stand = {each.history.twenty_id for each in stands}
    for each in batch:
        if each.history.twenty_id not in stand:
            problem = refused.get(each.history.twenty_id, "Its prior values do not stand in Twenty.")
            _failed(undoing, [each], problem)


def _send_values(
    client: TwentyClient, facts: ObjectFacts, batch: Sequence[Decision], refused: dict[str, str]
) -> None:
    """Send prior values; a refused batch is halved until the records at fault are known."""
    if not batch:
        return
    bodies = [
        {
            "id": each.history.twenty_id,
            **{column: put_back(facts, column, each.prior[column]) for column in each.columns},
        }
        for each in batch
    ]
    try:
        upsert(client, facts, bodies)
    except Refused as refusal:
        if len(batch) == 1:
            refused[batch[0].history.twenty_id] = refusal.message
            return
        middle = len(batch) // 2
        _send_values(client, facts, batch[:middle], refused)
        _send_values(client, facts, batch[middle:], refused)


def _match_deletion(client: TwentyClient, facts: ObjectFacts, batch: Sequence[Decision]) -> None:
    """Hide again what was hidden, as of the same moment, and show what was shown."""
    hidden: dict[str, list[str]] = defaultdict(list)
    shown = []
    for each in batch:
        # An upsert brings a soft-deleted record back.
        now = None if each.columns else each.found[DELETED_AT]
        if each.deleted_at is not None and each.deleted_at != now:
            hidden[each.deleted_at].append(each.history.twenty_id)
        elif each.deleted_at is None and now is not None:
            shown.append(each.history.twenty_id)
    for moment, ids in hidden.items():
        set_deleted_at(client, facts, ids, moment)
    if shown:
        restore(client, facts, shown)


def _done(undoing: Undoing, decisions: Sequence[Decision]) -> None:
    for each in decisions:
        undoing.outcome.tally(each.history.object).count(each)
        undoing.outcome.note(each)
        undoing.outcome.touched.add((each.history.object, each.history.range_key))


def _failed(undoing: Undoing, decisions: Sequence[Decision], problem: str) -> None:
    for each in decisions:
        undoing.outcome.tally(each.history.object).left_alone += 1
        undoing.left[each.history.object].add(each.history.twenty_id)
        undoing.outcome.note(each, problem)


def _with_dependants(undoing: Undoing, facts: ObjectFacts, decisions: Sequence[Decision]) -> list[Decision]:
    """Look for what points at the records to be destroyed.

    A record stays that one which is left alone points at. Of the others, what loses its target is counted,
    and accounted for where it is ours and outside the scope.
    """
    left = undoing.left
    left[facts.name] |= {each.history.twenty_id for each in decisions if each.verdict in _LEFT_ALONE}
    ids = {each.history.twenty_id for each in decisions if each.verdict is Verdict.DESTROY}
    needed: set[str] = set()
    losses = _Losses()
    for name, found in groupby(undoing.holders.dependants(facts, ids), key=attrgetter("object")):
        # A provider may have every exam of a practice: only counts are kept of them.
        while some := list(islice(found, _DEPENDANTS_AT_ONCE)):
            needed |= {target for each in some if each.twenty_id in left[name] for target, _ in each.links}
            _add_losses(undoing, name, some, losses)
    left[facts.name] |= needed
    _account_for_losses(undoing, facts, losses, needed)
    return [
        replace(each, verdict=Verdict.NEEDED) if each.history.twenty_id in needed else each
        for each in decisions
    ]


@dataclass
class _Losses:
    """Records that point at some to be destroyed, by their links: which of those stay is known at the end."""

    others: Counter[Links] = field(default_factory=Counter)
    ours: Counter[Links] = field(default_factory=Counter)
    """Those outside the scope."""
    to_settle: dict[tuple[str, Links], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Ids of these by object, unless nothing is to be changed."""


def _add_losses(undoing: Undoing, name: str, found: Sequence[Dependant], losses: _Losses) -> None:
    ids = [each.twenty_id for each in found]
    ours = known_ids(undoing.ledger, name, ids)
    outside = ours - ids_in_scope(undoing.ledger, undoing.scope, name, sorted(ours))
    for each in found:
        if each.twenty_id not in ours:
            losses.others[each.links] += 1
        elif each.twenty_id in outside:
            losses.ours[each.links] += 1
            if not undoing.outcome.dry_run:
                losses.to_settle[name, each.links].append(each.twenty_id)


def _account_for_losses(
    undoing: Undoing, facts: ObjectFacts, losses: _Losses, needed: Collection[str]
) -> None:
    tally = undoing.outcome.tally(facts.name)

    def cascades(links: Links) -> list[bool]:
        return [goes_too for target, goes_too in links if target not in needed]

    for links, number in losses.others.items():
        if any(cascades(links)):
            tally.links_of_others_removed += number
        elif cascades(links):
            tally.links_of_others_emptied += number
    for links, number in losses.ours.items():
        if any(cascades(links)):
            tally.ours_removed += number
        elif cascades(links):
            tally.ours_unlinked += number
    for (name, links), ids in losses.to_settle.items():
        if lost := cascades(links):
            settle_dependants(undoing.ledger, undoing.scope, name, ids, went_too=any(lost))
