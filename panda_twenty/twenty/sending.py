"""Batches on their way: intent, call, outcome, several at once, and what happens to one that is refused.

An intent stands in the ledger before its batch is sent and an outcome after; the calls run beside each other
and beside the preparation of the next batch, the ledger is written by one thread. A refused batch is taken
apart until the records at fault are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy import Connection

from panda_twenty.ledger.field_hashes import forget_edits, keep_edits, keep_field_hashes
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.refusals import note_refused_intent
from panda_twenty.ledger.state import (
    Delivery,
    Quarantined,
    Settlement,
    claim_for_others,
    let_go,
    set_aside,
    settle,
    settle_and_intend,
)
from panda_twenty.twenty.client import UNCLEAR_ATTEMPTS, TwentyClient
from panda_twenty.twenty.edits import (
    REWRITTEN_TYPES,
    FieldHasher,
    Winner,
    Withheld,
    edits_met,
    edits_of_arrived,
)
from panda_twenty.twenty.errors import NoAnswerBecause, Refused, Unclear
from panda_twenty.twenty.halting import RefusalTally
from panda_twenty.twenty.outgoing import Record, Trouble
from panda_twenty.twenty.prior_values import (
    DELETED_AT,
    UPDATED_AT,
    kept_columns,
    priors_of,
    standing_values,
    stored_values,
)
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.records import UpsertResult, encoded, upsert_encoded
from panda_twenty.twenty.refused_values import holders_of_quoted_value, holders_of_text
from panda_twenty.twenty.unique_values import UniqueField, holders_in_twenty
from panda_twenty.twenty.workspace import ObjectFacts

LARGEST_BODY_BYTES = 4_000_000
"""Twenty takes 10 MB; smaller bodies keep a wide batch's latency and the server's memory in bounds."""

SLOW_CALL_SECONDS = 20.0
"""A batch whose answer takes longer is followed by smaller ones, long before the client gives up on one."""

SMALLEST_SLOW_BATCH = 10


_LIMIT_TOLD = re.compile(r"^Maximum number of records to \w+ is (\d+)")


class Counts(Protocol):
    """What the outcome of a batch is added to, per range."""

    created: int
    updated: int
    quarantined: int
    adopted: int
    shared_values: int


@dataclass
class Limits:
    """How much goes at once. A server that takes less says so, and what it says is kept to."""

    in_flight: int
    records_per_call: int
    body_bytes: int

    def keep_below(self, too_many: int) -> None:
        """Send half as many records at once as those that took too long, or a few."""
        self.records_per_call = min(self.records_per_call, max(SMALLEST_SLOW_BATCH, too_many // 2))


@dataclass
class Outgoing:
    """A record that may go, with what is sent and what the ledger is told."""

    record: Record
    body: dict[str, Any]
    text: bytes
    """``body`` as it stands in the request."""
    delivery: Delivery

    withheld: Withheld | None = None
    """What is left out because somebody edited it in Twenty, once that is known."""
    may_have_arrived: bool = False
    """Sent before as a new record; whether it arrived, no answer has told."""

    @property
    def weight(self) -> int:
        """Bytes in a request, the comma included."""
        return len(self.text) + 1


def quarantined_record(record: Record, range_key: str) -> Quarantined:
    """What the quarantine tells of a record: its first trouble."""
    trouble = record.troubles[0]
    return Quarantined(
        record.entity,
        record.source_key,
        record.object,
        range_key,
        trouble.code,
        trouble.field,
        trouble.advice,
    )


@dataclass
class _Flight:
    batch: Sequence[Outgoing]
    intent: int
    columns: Sequence[str] = ()
    """What the answer brings along of each record, by which later edits are told."""

    def __post_init__(self) -> None:
        self.ids = frozenset([each.record.twenty_id for each in self.batch])


@dataclass
class Flights:
    """Sends batches, up to ``limits.in_flight`` at once, and accounts for each when its answer is there.

    The outcome of those that have landed and the intent of the next one are one transaction of the ledger.
    """

    client: TwentyClient
    facts: ObjectFacts
    ledger: Ledger
    limits: Limits
    refusals: RefusalTally
    counts: Mapping[str, Counts]
    winner: Winner = "source"
    """Who wins a field that was changed at both ends."""
    about_to_write: Callable[[str], None] = lambda range_key: None
    """Called before the first record of a range is sent."""
    unique_fields: Sequence[UniqueField] = ()
    meanwhile: Callable[[], bool] = lambda: False
    """Does a little of what comes next while a batch waits for its turn; False if there is nothing to do."""
    let_go: int = 0
    """Unique values that records held before this load and hold no more."""
    freed: dict[str, set[str]] = field(default_factory=dict)
    """By field: the values that were let go, as far as Twenty told them."""
    named_in_vain: set[tuple[str, str]] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    _written_to: set[str] = field(default_factory=set)
    """Ranges of which something was sent."""
    _flying: dict[Future[UpsertResult], _Flight] = field(default_factory=dict)
    _landed: list[tuple[_Flight, UpsertResult]] = field(default_factory=list)
    """What has arrived and is about to be accounted for."""

    def __post_init__(self) -> None:
        self._hasher = FieldHasher(self.ledger, self.facts)
        self._rewritten_columns = sorted(
            name for name, field in self.facts.fields.items() if field.type in REWRITTEN_TYPES
        )

    def __enter__(self) -> Self:
        self.pool = ThreadPoolExecutor(self.limits.in_flight, thread_name_prefix="twenty")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for what is on its way. After an error, what did arrive is still accounted for."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(error, Exception):
            for future, flight in self._flying.items():
                # The intent of the others stands, and the next run sends them again.
                if not future.cancelled() and future.exception() is None:
                    self._landed.append((flight, future.result()))
            self._account()

    def launch(self, batch: Sequence[Outgoing]) -> None:
        """Send one batch: its intent, then its call. Waits for a place among the batches in flight."""
        rest = list(batch)
        while rest:
            self._make_room(rest)
            size = self.limits.records_per_call
            self._launch(rest[:size])
            rest = rest[size:]

    def land_all(self) -> None:
        """Wait for every answer and account for it, while the others are still on their way."""
        self._account()
        while self._flying:
            self._land()
            self._account()

    def _make_room(self, batch: Sequence[Outgoing]) -> None:
        ids = {each.record.twenty_id for each in batch}
        if any(not ids.isdisjoint(flight.ids) for flight in self._flying.values()):
            # One record in two ranges: the later reading must be the last word.
            self.land_all()
        while len(self._flying) >= self.limits.in_flight:
            self._work_ahead()
            self._land()

    def _work_ahead(self) -> None:
        """As much as a batch needs and no more: it has to be done by the time the next call goes out."""
        for _ in range(self.limits.records_per_call):
            if any(future.done() for future in self._flying) or not self.meanwhile():
                return

    def _launch(self, batch: Sequence[Outgoing]) -> None:
        self.refusals.sent += len(batch)
        for range_key in {each.delivery.range_key for each in batch} - self._written_to:
            self.about_to_write(range_key)
            self._written_to.add(range_key)
        if any(each.delivery.action != "create" or each.may_have_arrived for each in batch):
            # Twenty is asked, which takes its time: what has landed is written down before.
            self._account()
            self._note_prior_values(batch)
        columns = self._columns_told_by(batch)
        intent = self._account([each.delivery for each in batch])
        self._flying[self.pool.submit(self._call, batch, columns)] = _Flight(batch, intent, columns)

    def _note_prior_values(self, batch: Sequence[Outgoing]) -> None:
        """Note what stands in Twenty before it is replaced; what is no longer there is created anew."""
        standing = {each.record.twenty_id: each.body for each in batch if each.delivery.action != "create"}
        new = {each.record.twenty_id: each.record.values for each in batch if each.may_have_arrived}
        records = standing_values(self.client, self.facts, {**standing, **new})
        self._leave_out_edits(batch, records)
        found = priors_of(self.facts, standing, {each: records[each] for each in standing if each in records})
        for each in batch:
            there = each.record.twenty_id in found
            each.delivery = each.delivery._replace(
                prior=found.get(each.record.twenty_id),
                action=each.delivery.action if there else "create",
            )
        self.destroyed |= standing.keys() - found.keys()
        self._give_way([each for each in batch if each.record.twenty_id in standing.keys() - found.keys()])

    def _give_way(self, gone: Sequence[Outgoing]) -> None:
        """Let what somebody destroyed in Twenty come back without the unique values that others hold by now.

        Twenty would write such a record onto that other one, which may be somebody's who was added by hand.
        """
        for unique in self.unique_fields:
            wanted = {value: each for each in gone if (value := unique.value_of(each.record.values))}
            if not wanted:
                continue
            held = [
                (value, holder)
                for value, holder in holders_in_twenty(self.client, self.facts, unique, list(wanted))
                if value in wanted and holder != wanted[value].record.twenty_id
            ]
            own = {value: each.record.twenty_id for value, each in wanted.items()}
            claim_for_others(self.ledger, self.facts.name, unique.field, held, instead_of=own)
            for value in dict(held):
                each = wanted[value]
                unique.give_way(each.record.values)
                each.body[unique.beside] = each.body.pop(unique.field)
                each.text = encoded(each.body)
                each.delivery = each.delivery._replace(
                    content_hash=self.ledger.keyed_hash(each.record.values)
                )
                self.counts[each.delivery.range_key].shared_values += 1

    def _leave_out_edits(self, batch: Sequence[Outgoing], records: Mapping[str, Mapping[str, Any]]) -> None:
        """Take out of each update what somebody edited in Twenty and the source has no newer word on."""
        there = [each for each in batch if each.record.twenty_id in records]
        updates = {
            each.record.twenty_id: (each.delivery, each.body) for each in there if not each.may_have_arrived
        }
        arrived = {
            each.record.twenty_id: (each.delivery, each.record.values)
            for each in there
            if each.may_have_arrived
        }
        met = {
            **edits_met(self.ledger, self.facts, updates, records, self.winner),
            **edits_of_arrived(self.ledger, self.facts, arrived, records),
        }
        if edits := [edit for each in met.values() for edit in each.edits]:
            # Before the call: if it is cut off, the next run still knows what is not ours.
            with self.ledger.writing() as connection:
                keep_edits(self.ledger, connection, edits)
        for each in batch:
            each.withheld = met.get(each.record.twenty_id)
            if each.withheld and each.withheld.columns:
                for column in each.withheld.columns & each.body.keys():
                    del each.body[column]
                each.text = encoded(each.body)

    def _columns_told_by(self, batch: Sequence[Outgoing]) -> list[str]:
        """The columns by which a later edit of a record that stood before is told; none if all are new."""
        return kept_columns(
            self.facts, {column for each in batch if each.delivery.prior is not None for column in each.body}
        )

    def _rewritten(self, batch: Sequence[Outgoing]) -> list[str]:
        """The columns that Twenty stores otherwise than it was sent them; its answer tells how."""
        return [column for column in self._rewritten_columns if any(column in each.body for each in batch)]

    def _as_stored(self, each: Outgoing, result: UpsertResult, columns: Sequence[str]) -> Delivery:
        """The delivery with what Twenty says it has stored, so that a later change by others is seen."""
        stored = result.stored[each.record.twenty_id]
        if each.delivery.prior is None:
            # What ``_replace`` does, in a third of its time: nearly all records of a migration come by here.
            return Delivery(*each.delivery[:-2], stored[UPDATED_AT], None)
        return each.delivery._replace(
            stored_at=stored[UPDATED_AT],
            stored_hash=self.ledger.keyed_hash(stored_values(stored, columns)),
        )

    def _land(self) -> None:
        """Wait for at least one answer, and account for all that are there."""
        landed, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in landed:
            try:
                result = future.result()
            except Refused as refusal:
                self._account()
                self._take_apart(self._flying.pop(future), refusal)
            except Unclear as problem:
                self._account()
                self._send_in_smaller_ones(self._flying.pop(future), problem)
            else:
                self._landed.append((self._flying.pop(future), result))

    def _call(self, batch: Sequence[Outgoing], columns: Sequence[str]) -> UpsertResult:
        def answered(seconds: float) -> None:
            if seconds > SLOW_CALL_SECONDS:
                self.limits.keep_below(len(batch))

        return upsert_encoded(
            self.client,
            self.facts,
            [each.body for each in batch],
            [each.text for each in batch],
            returning=dict.fromkeys(
                [*columns, *self._rewritten(batch), *((UPDATED_AT, DELETED_AT) if columns else (UPDATED_AT,))]
            ),
            answered=answered,
            time_out_attempts=2 if len(batch) > SMALLEST_SLOW_BATCH else UNCLEAR_ATTEMPTS,
        )

    def _send(self, batch: Sequence[Outgoing], intent: int) -> None:
        """Send a part of a batch whose intent is written down, and wait for it."""
        flight = _Flight(batch, intent, self._columns_told_by(batch))
        try:
            result = self._call(batch, flight.columns)
        except Refused as refusal:
            self._take_apart(flight, refusal)
        except Unclear as problem:
            self._send_in_smaller_ones(flight, problem)
        else:
            self._landed.append((flight, result))
            self._account()

    def _account(self, next_deliveries: Sequence[Delivery] = ()) -> int:
        """Write down what has landed, then what is sent next. Returns the number of that intent, or 0."""
        landed, self._landed = self._landed, []
        settlements = [self._settlement(flight, result) for flight, result in landed]
        intent = 0
        if next_deliveries:
            intent = settle_and_intend(self.ledger, settlements, next_deliveries)
        else:
            for each in settlements:
                settle(self.ledger, each.deliveries, each.intent, each.columns, each.also)
        for flight, result in landed:
            self._arrived(flight, result)
        return intent

    def _settlement(self, flight: _Flight, result: UpsertResult) -> Settlement:
        """What arrived of one batch, with the hashes of its fields to be kept in the same transaction."""
        arrived = [each for each in flight.batch if each.record.twenty_id in result.written]
        stored = [self._as_stored(each, result, flight.columns) for each in arrived]

        def also(connection: Connection, sequence: int) -> None:
            self._remember_fields(connection, flight, arrived, stored, result, sequence)

        return Settlement(stored, flight.intent, flight.columns, also)

    def _arrived(self, flight: _Flight, result: UpsertResult) -> None:
        arrived = [each for each in flight.batch if each.record.twenty_id in result.written]
        self.refusals.in_a_row = 0
        for each in arrived:
            counts = self.counts[each.delivery.range_key]
            if each.delivery.action == "create":
                counts.created += 1
            else:
                counts.updated += 1
                counts.adopted += each.delivery.action == "adopt"
        strays = [each for each in flight.batch if each.record.twenty_id not in result.written]
        self._set_aside(
            strays,
            Trouble(
                None,
                "landed_on_another_record",
                "Twenty matched it with an existing record by a unique value; look at that record in Twenty, "
                "then run again.",
            ),
        )

    def _remember_fields(
        self,
        connection: Connection,
        flight: _Flight,
        arrived: Sequence[Outgoing],
        stored: Sequence[Delivery],
        result: UpsertResult,
        sequence: int,
    ) -> None:
        """Remember what stands in each field now, and which edits were met."""
        returned = frozenset([*flight.columns, *self._rewritten(flight.batch)])
        hashes = self._hasher.of_records(
            [each.record.values for each in arrived],
            [result.stored[each.record.twenty_id] for each in arrived],
            returned,
            [each.withheld for each in arrived],
        )
        keep_field_hashes(connection, stored, hashes, sequence)
        self._let_go_of_values(connection, arrived, result)
        if updated := [each.record.source_key for each in arrived if each.withheld]:
            forget_edits(connection, arrived[0].record.entity, updated)
        keep_edits(
            self.ledger,
            connection,
            [edit for each in arrived if each.withheld for edit in each.withheld.edits],
        )

    def _let_go_of_values(
        self, connection: Connection, arrived: Sequence[Outgoing], result: UpsertResult
    ) -> None:
        """Unique values that these records held until now are there for others, once Twenty has told so."""
        for unique in self.unique_fields:
            held = {
                each.record.twenty_id: unique.value_of(result.stored[each.record.twenty_id])
                for each in arrived
                if each.delivery.prior is not None and unique.field in each.delivery.prior
            }
            if held:
                self.let_go += let_go(self.ledger, connection, self.facts.name, unique.field, held)
                before = {unique.value_of(each.delivery.prior or {}) for each in arrived} - set(held.values())
                self.freed.setdefault(unique.field, set()).update(filter(None, before))

    def _set_aside(self, batch: Sequence[Outgoing], trouble: Trouble) -> None:
        for each in batch:
            each.record.troubles.append(trouble)
            self.counts[each.delivery.range_key].quarantined += 1
        set_aside(self.ledger, [quarantined_record(each.record, each.delivery.range_key) for each in batch])

    # --- refusals --------------------------------------------------------------------------

    def _take_apart(self, flight: _Flight, refusal: Refused) -> None:
        """Find the records at fault: by the field and value that Twenty names, else by halving."""
        batch = flight.batch
        if refusal.reason is ReasonCode.TOO_MANY_RECORDS and len(batch) > 1:
            told = _LIMIT_TOLD.match(refusal.raw_text())
            self.limits.records_per_call = min(int(told[1]) if told else len(batch) // 2, len(batch) - 1) or 1
            for start in range(0, len(batch), self.limits.records_per_call):
                self._send(batch[start : start + self.limits.records_per_call], flight.intent)
            return
        if refusal.reason is ReasonCode.TOO_LARGE and len(batch) > 1:
            self.limits.body_bytes = max(1, sum(each.weight for each in batch) // 2)
        guilty = batch if len(batch) == 1 else holders_of_quoted_value(batch, refusal)
        if guilty:
            # A value that Twenty quotes is the record's own fault; what is refused alone may be the server's.
            is_own = refusal.reason is not ReasonCode.MISSING_PARENT
            self.refusals.in_a_row += len(batch) == 1 and is_own
            keys = [each.record.source_key for each in guilty]
            note_refused_intent(self.ledger, guilty[0].record.entity, keys, flight.intent)
            self._refuse(guilty, refusal, str(refusal.reason))
            parts: list[Sequence[Outgoing]] = [[each for each in batch if each not in guilty]]
        else:
            suspects = holders_of_text(batch, refusal)
            middle = len(batch) // 2
            parts = [batch[:middle], batch[middle:]]
            if 0 < len(suspects) < len(batch):
                parts = [suspects, [each for each in batch if each not in suspects]]
        for part in parts:
            if part:
                self._send(part, flight.intent)

    def _send_in_smaller_ones(self, flight: _Flight, problem: Unclear) -> None:
        """Send a batch again in parts that may be answered in time.

        Raises ``problem`` where Twenty is away rather than slow, and where few records take too long.
        """
        rest = flight.batch
        if problem.because is not NoAnswerBecause.TIME_OUT or len(rest) <= SMALLEST_SLOW_BATCH:
            raise problem
        self.limits.keep_below(len(rest))
        while rest:
            size = self.limits.records_per_call
            self._send(rest[:size], flight.intent)
            rest = rest[size:]

    def refuse_file(self, each: Outgoing, refusal: Refused) -> None:
        """Account for a record that was not sent because Twenty did not take its file.

        Raises as the refusal of a record does when these are too many.
        """
        self.refusals.sent += 1
        self.refusals.files_in_a_row += 1
        self._refuse([each], refusal, "file_refused")

    def _refuse(self, guilty: Sequence[Outgoing], refusal: Refused, code: str) -> None:
        self._set_aside(guilty, Trouble(refusal.field, code, refusal.message))
        if refusal.reason is ReasonCode.MISSING_PARENT:
            self.named_in_vain |= {
                (parent.object, each.record.values[parent.column])
                for each in guilty
                for parent in each.record.parents
                if each.record.values[parent.column] is not None
            }
        hashes = {each.record.source_key: each.delivery.content_hash for each in guilty}
        self.refusals.add(guilty[0].record.entity, hashes, refusal.reason)
