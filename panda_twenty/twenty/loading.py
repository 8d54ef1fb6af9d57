"""Records into Twenty: only what changed, in full batches, accounted for before and after.

For each record the order is: its reading troubles, its parents, its unique values, whether it changed, the
local rules, and only then the batch. What does not go is quarantined with a reason and never holds up the
others; a refused batch is taken apart until the records at fault are known.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import (
    Delivery,
    KnownRecord,
    Quarantined,
    claim,
    claim_for_others,
    intend,
    known_records,
    release,
    set_aside,
    settle,
    unclaimed,
)
from panda_twenty.ledger.strangers import stranger_ids
from panda_twenty.twenty.adoption import NO_ADOPTION, AdoptionPolicy, adopt
from panda_twenty.twenty.clearing import can_be_cleared, cleared
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import Refused, TwentyError
from panda_twenty.twenty.field_rules import check_record
from panda_twenty.twenty.files import upload
from panda_twenty.twenty.outgoing import Record, Trouble
from panda_twenty.twenty.prior_values import DELETED_AT, UPDATED_AT, kept_columns, prior_values, stored_values
from panda_twenty.twenty.records import RECORDS_PER_CALL, Actor, UpsertResult, body_size, upsert
from panda_twenty.twenty.unique_values import UniqueField, holders_in_twenty
from panda_twenty.twenty.workspace import ObjectFacts

WINDOW = 1_000
"""Records looked up in the ledger together."""

LARGEST_BODY_BYTES = 4_000_000
"""Twenty takes 10 MB; smaller bodies keep a wide batch's latency and the server's memory in bounds."""


REFUSED_IN_A_ROW = 25
"""So many records refused one by one, without one arriving, are no bad records but a server in trouble."""


class ServerKeepsRefusing(TwentyError):
    """Twenty refuses record after record. Nothing more is sent, so that good records are not set aside."""

    advice = "Look at the newest reasons in the quarantine and at Twenty's own log, then run again."


@dataclass
class LoadCounts:
    """What became of the records of one load."""

    source: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    shared_values: int = 0
    """Unique values that another record holds and that went to the field beside."""
    empty_lookups: int = 0
    """Look-ups left empty because the record they name is not in Twenty."""
    adopted: int = 0
    """Of the updated ones: written for the first time, onto records that already stood in Twenty."""

    def add(self, other: LoadCounts) -> None:
        for name, value in other.__dict__.items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def adds_up(self) -> bool:
        return self.source == self.created + self.updated + self.unchanged + self.quarantined


@dataclass
class Load:
    """Where a load goes and what it must know."""

    client: TwentyClient
    facts: ObjectFacts
    ledger: Ledger
    range_key: str
    actor: Actor
    unique_fields: Sequence[UniqueField] = ()
    adoption: AdoptionPolicy = NO_ADOPTION
    progress: Callable[[LoadCounts], None] = lambda counts: None
    counts: LoadCounts = field(default_factory=LoadCounts)
    refused_in_a_row: int = 0
    waiting: list[Record] = field(default_factory=list)
    """Records that went without a link to a record of their own kind, which may come after them."""


@dataclass(frozen=True)
class _Ready:
    """A record that may go, with what is sent and what the ledger is told."""

    record: Record
    body: dict[str, Any]
    delivery: Delivery


def load_records(load: Load, records: Iterable[Record]) -> LoadCounts:
    """Bring these records into Twenty. Raises TwentyError when Twenty cannot be reached or used at all."""
    ready: Iterator[_Ready] = itertools.chain.from_iterable(
        _prepared(load, list(window)) for window in _windows(records, WINDOW)
    )
    for batch in _batches(ready):
        _deliver(load, batch)
        load.progress(load.counts)
    _link_afterwards(load)
    load.progress(load.counts)
    return load.counts


def _link_afterwards(load: Load) -> None:
    """Send once more the records whose own kind has arrived meanwhile, now with the link."""
    waiting = [record for record in load.waiting if not record.troubles]
    if not waiting:
        return
    second = replace(load, progress=lambda counts: None, counts=LoadCounts(), waiting=[])
    for window in _windows(waiting, WINDOW):
        for batch in _batches(_prepared(second, list(window))):
            _deliver(second, batch)
    load.counts.empty_lookups -= len(waiting) - second.counts.empty_lookups


def _windows(records: Iterable[Record], size: int) -> Iterator[Sequence[Record]]:
    iterator = iter(records)
    while window := list(itertools.islice(iterator, size)):
        yield window


def _prepared(load: Load, window: Sequence[Record]) -> list[_Ready]:
    """Settle parents and unique values, drop what is unchanged, set aside what cannot go."""
    load.counts.source += len(window)
    known = known_records(load.ledger, window[0].entity, [record.source_key for record in window])
    _distrust_doubled_keys(window)
    _settle_parents(load, window)
    sound = [record for record in window if not record.troubles]
    adopted = _take_ids_in_twenty(load, sound, known)
    _settle_unique_values(load, sound)
    standing = stranger_ids(
        load.ledger,
        load.facts.name,
        [record.twenty_id for record in sound if record.source_key not in known],
    )
    ready, unchanged = [], []
    for record in sound:
        earlier = known.get(record.source_key)
        content_hash = load.ledger.keyed_hash(record.values)
        if earlier and earlier.state == "written" and earlier.content_hash == content_hash:
            unchanged.append(record.source_key)
            continue
        prepared = _ready(
            load,
            record,
            earlier,
            content_hash,
            is_stranger=record.twenty_id in standing,
            is_adopted=record.source_key in adopted,
        )
        breaks = check_record(load.facts, prepared.body)
        if breaks:
            record.troubles.extend(Trouble(each.field, each.reason_code, each.sentence) for each in breaks)
            continue
        ready.append(prepared)
    load.counts.unchanged += len(unchanged)
    if unchanged:
        release(load.ledger, window[0].entity, unchanged)
    _set_aside(load, [record for record in window if record.troubles])
    return ready


def _take_ids_in_twenty(
    load: Load, records: Sequence[Record], known: Mapping[str, KnownRecord]
) -> frozenset[str]:
    """Give adopted records the id that Twenty knows them by. Returns the keys of all that are adopted."""
    own = {record.source_key: record.twenty_id for record in records}
    for record in records:
        if (earlier := known.get(record.source_key)) is not None:
            record.twenty_id = earlier.twenty_id
    if load.adoption.fields:
        new = [record for record in records if record.source_key not in known]
        adopt(load.client, load.ledger, load.facts, load.unique_fields, load.adoption, new)
    return frozenset(record.source_key for record in records if record.twenty_id != own[record.source_key])


def _distrust_doubled_keys(window: Sequence[Record]) -> None:
    """The reader names the second of two rows with one key; which of them is right, nobody knows."""
    doubled = {
        record.source_key
        for record in window
        for trouble in record.troubles
        if trouble.field == "key" and trouble.code == "duplicate_key"
    }
    for record in window:
        if record.source_key in doubled and not record.troubles:
            record.troubles.append(Trouble("key", "duplicate_key", "Another row has the same key."))


def _ready(
    load: Load,
    record: Record,
    earlier: KnownRecord | None,
    content_hash: str,
    *,
    is_stranger: bool,
    is_adopted: bool,
) -> _Ready:
    """The body to send. A new record leaves out what is empty; an existing one has to be told.

    A stranger under our id was written by a migration whose ledger is lost: it is brought up to date.
    """
    stands = earlier is not None or is_stranger or is_adopted
    first_time = earlier is None or _never_settled(earlier)
    action: Literal["create", "update", "adopt"] = "update"
    if first_time and is_adopted:
        action = "adopt"
    elif first_time and not is_stranger:
        action = "create"
    body: dict[str, Any] = {"id": record.twenty_id}
    for column, value in record.values.items():
        if column in record.files:
            continue
        if value is not None:
            body[column] = value
        elif stands and can_be_cleared(load.facts, column):
            body[column] = cleared(load.facts, column)
    delivery = Delivery(
        entity=record.entity,
        source_key=record.source_key,
        object=record.object,
        twenty_id=record.twenty_id,
        range_key=load.range_key,
        content_hash=content_hash,
        action=action,
        before_hash=earlier.content_hash if earlier else None,
        patient_key=record.patient_key,
    )
    return _Ready(record, body, delivery)


def _never_settled(earlier: KnownRecord) -> bool:
    """A record whose first sending was cut off counts as created when it is sent again."""
    return earlier.state == "intended" and earlier.content_hash is None


def _settle_parents(load: Load, window: Sequence[Record]) -> None:
    """Point children at records that stand in Twenty; note those whose parent does not."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for record in window:
        for parent in record.parents:
            wanted[parent.entity].add(parent.source_key)
    standing = {
        entity: {
            key: found.twenty_id
            for key, found in known_records(load.ledger, entity, sorted(keys)).items()
            if found.stands
        }
        for entity, keys in wanted.items()
    }
    for record in window:
        for parent in record.parents:
            twenty_id = standing[parent.entity].get(parent.source_key)
            if twenty_id is not None:
                record.values[parent.column] = twenty_id
            elif parent.required:
                record.troubles.append(
                    Trouble(
                        parent.field,
                        "missing_parent",
                        f"Its {parent.entity} is not in Twenty; it follows by itself once that one is.",
                    )
                )
            else:
                record.values[parent.column] = None
                load.counts.empty_lookups += 1
                if parent.entity == record.entity:
                    load.waiting.append(record)


def _settle_unique_values(load: Load, records: Sequence[Record]) -> None:
    """Let one record hold each unique value; for the others it goes to the field beside."""
    for unique in load.unique_fields:
        wanted: dict[str, str] = {}
        for record in records:
            value = unique.value_of(record.values)
            if value is not None:
                wanted.setdefault(value, record.twenty_id)
        new = unclaimed(load.ledger, load.facts.name, unique.field, list(wanted))
        if new:
            held = holders_in_twenty(load.client, load.facts, unique, new)
            claim_for_others(load.ledger, load.facts.name, unique.field, held)
        holders = claim(load.ledger, load.facts.name, unique.field, wanted)
        for record in records:
            value = unique.value_of(record.values)
            if value is not None and holders[value] != record.twenty_id:
                record.values[unique.beside] = record.values[unique.field]
                record.values[unique.field] = None
                load.counts.shared_values += 1


def _set_aside(load: Load, records: Sequence[Record]) -> None:
    load.counts.quarantined += len(records)
    set_aside(
        load.ledger,
        [
            Quarantined(
                record.entity,
                record.source_key,
                record.object,
                load.range_key,
                record.troubles[0].code,
                record.troubles[0].field,
                record.troubles[0].advice,
            )
            for record in records
        ],
    )


def _batches(ready: Iterable[_Ready]) -> Iterator[list[_Ready]]:
    batch: list[_Ready] = []
    size = 0
    for each in ready:
        weight = body_size([each.body])
        if batch and (len(batch) == RECORDS_PER_CALL or size + weight > LARGEST_BODY_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += weight
    if batch:
        yield batch


def _deliver(load: Load, batch: Sequence[_Ready]) -> None:
    """Send one batch: intent, call, outcome. A refused batch is taken apart."""
    batch = [each for each in batch if _files_are_uploaded(load, each)]
    if batch:
        batch = _with_prior_values(load, batch)
        intent = intend(load.ledger, [each.delivery for each in batch])
        _send(load, batch, intent)


def _with_prior_values(load: Load, batch: Sequence[_Ready]) -> list[_Ready]:
    """Note what stands in Twenty before it is replaced; what is no longer there is created anew."""
    standing = {each.record.twenty_id: each.body for each in batch if each.delivery.action != "create"}
    found = prior_values(load.client, load.facts, standing) if standing else {}
    return [
        replace(
            each,
            delivery=replace(
                each.delivery,
                prior=found.get(each.record.twenty_id),
                action=each.delivery.action if each.record.twenty_id in found else "create",
            ),
        )
        for each in batch
    ]


def _files_are_uploaded(load: Load, ready: _Ready) -> bool:
    """Upload a record's files; a file that Twenty does not take sends its record to quarantine."""
    try:
        for column, file in ready.record.files.items():
            ready.body[column] = upload(load.client, load.facts, column, file)
    except Refused as refusal:
        ready.record.troubles.append(Trouble(None, "file_refused", refusal.message))
        _set_aside(load, [ready.record])
        return False
    return True


def _send(load: Load, batch: Sequence[_Ready], intent: int) -> None:
    columns = _told_by(load, batch)
    returning = [*columns, UPDATED_AT, DELETED_AT] if columns else [UPDATED_AT]
    try:
        result = upsert(
            load.client, load.facts, [each.body for each in batch], actor=load.actor, returning=returning
        )
    except Refused as refusal:
        _take_apart(load, batch, intent, refusal)
        return
    arrived = [each for each in batch if each.record.twenty_id in result.written]
    strays = [each for each in batch if each.record.twenty_id not in result.written]
    settle(load.ledger, [_as_stored(load, each, result, columns) for each in arrived], intent, columns)
    load.refused_in_a_row = 0
    load.counts.created += sum(each.delivery.action == "create" for each in arrived)
    load.counts.updated += sum(each.delivery.action != "create" for each in arrived)
    load.counts.adopted += sum(each.delivery.action == "adopt" for each in arrived)
    for each in strays:
        each.record.troubles.append(
            Trouble(
                None,
                "landed_on_another_record",
                "Twenty matched it with an existing record by a unique value; look at that record in Twenty, "
                "then run again.",
            )
        )
    if strays:
        _set_aside(load, [each.record for each in strays])


def _told_by(load: Load, batch: Sequence[_Ready]) -> list[str]:
    """The columns by which a later edit of a record that stood before is told; none if all are new."""
    return kept_columns(
        load.facts, {column for each in batch if each.delivery.prior is not None for column in each.body}
    )


def _as_stored(load: Load, ready: _Ready, result: UpsertResult, columns: Sequence[str]) -> Delivery:
    """The delivery with what Twenty says it has stored, so that a later change by somebody else is seen."""
    stored = result.stored[ready.record.twenty_id]
    if ready.delivery.prior is None:
        return replace(ready.delivery, stored_at=stored[UPDATED_AT])
    return replace(
        ready.delivery,
        stored_at=stored[UPDATED_AT],
        stored_hash=load.ledger.keyed_hash(stored_values(stored, columns)),
    )


def _take_apart(load: Load, batch: Sequence[_Ready], intent: int, refusal: Refused) -> None:
    """Find the records at fault: by the field and value that Twenty names, else by halving."""
    if len(batch) == 1:
        batch[0].record.troubles.append(Trouble(refusal.field, str(refusal.reason), refusal.message))
        _set_aside(load, [batch[0].record])
        load.refused_in_a_row += 1
        if load.refused_in_a_row >= REFUSED_IN_A_ROW:
            raise ServerKeepsRefusing(
                f"Twenty refused {load.refused_in_a_row} records of {load.facts.name} in a row."
            )
        return
    suspects = _suspects(batch, refusal)
    if suspects:
        others = [each for each in batch if each not in suspects]
        for suspect in suspects:
            _send(load, [suspect], intent)
        if others:
            _send(load, others, intent)
        return
    middle = len(batch) // 2
    _send(load, batch[:middle], intent)
    _send(load, batch[middle:], intent)


def _suspects(batch: Sequence[_Ready], refusal: Refused) -> list[_Ready]:
    """Records whose value of the named field is quoted in the refusal; none when that says too little."""
    if refusal.field is None:
        return []
    name, _, subfield = refusal.field.partition(".")
    raw = refusal.raw_text()
    found = [each for each in batch if _is_quoted(each.body.get(name), subfield, raw)]
    return found if len(found) <= max(1, len(batch) // 20) else []


def _is_quoted(value: Any, subfield: str, raw: str) -> bool:
    if isinstance(value, Mapping):
        value = value.get(subfield) if subfield else None
    return isinstance(value, str | int | float) and str(value) != "" and str(value) in raw
