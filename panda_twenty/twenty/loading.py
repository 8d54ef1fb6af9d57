"""Records into Twenty: only what changed, in full batches, accounted for before and after.

For each record the order is: its reading troubles, its parents, its unique values, whether it changed, the
local rules, and only then the batch. What does not go is quarantined with a reason and never holds up the
others. Records of several patient ranges flow into the same batches, so that batches are full; what became
of them is counted by range. While batches are on their way, the next one is prepared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from panda_twenty.ledger.doubts import doubted
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.refusals import refused_before
from panda_twenty.ledger.state import (
    Delivery,
    KnownRecord,
    claim,
    claim_for_others,
    holders_of,
    known_records,
    release,
    set_aside,
    standing_ids,
)
from panda_twenty.ledger.strangers import stranger_ids
from panda_twenty.twenty.adoption import NO_ADOPTION, AdoptionPolicy, adopt
from panda_twenty.twenty.clearing import can_be_cleared, cleared
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.edits import Winner
from panda_twenty.twenty.field_rules import check_record, is_storable, suspects_test
from panda_twenty.twenty.halting import RefusalTally
from panda_twenty.twenty.holding_back import HeldBack
from panda_twenty.twenty.outgoing import SOURCE_DELETED_AT, Record, Trouble
from panda_twenty.twenty.reasons import ReasonCode, sentence_for
from panda_twenty.twenty.records import BODY_LIMIT_BYTES, RECORDS_PER_CALL, Actor, creator_of, encoded
from panda_twenty.twenty.sending import LARGEST_BODY_BYTES, Flights, Limits, Outgoing, quarantined_record
from panda_twenty.twenty.source_deleted import content_of_gone
from panda_twenty.twenty.unique_values import UniqueField, holders_in_twenty
from panda_twenty.twenty.uploading import with_uploaded_files
from panda_twenty.twenty.waiting import WaitingRecords
from panda_twenty.twenty.windows import (
    WINDOW,
    WINDOW_OF_UNIQUE_VALUES,
    Window,
    Windows,
    kept_windows,
)
from panda_twenty.twenty.workspace import ObjectFacts

IN_FLIGHT = 3
"""Batches on their way at once: Twenty's throughput peaks at 2 to 4 (measured)."""


@dataclass
class LoadCounts:
    """What became of the records of one load, or of one range of it."""

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
    actor: Actor
    unique_fields: Sequence[UniqueField] = ()
    adoption: AdoptionPolicy = NO_ADOPTION
    shared: Callable[[UniqueField], Collection[str]] = lambda unique: ()
    """Values of a unique field that several rows have, in whatever range: they adopt nothing."""
    progress: Callable[[LoadCounts], None] = lambda counts: None
    about_to_write: Callable[[str], None] = lambda range_key: None
    """Called before the first record of a range is sent."""
    in_flight: int = IN_FLIGHT
    records_per_call: int = RECORDS_PER_CALL
    winner: Winner = "source"
    """Who wins a field that was changed in the source and in Twenty."""
    stop_above_percent: float = 0.5
    """Refusals by Twenty, of the records sent to it in this load or in all so far, that halt the load."""
    stop_above_held_back_percent: float = 50.0
    """The same for records that rules of our own hold back, of those that this load came by."""
    adopted: set[str] = field(default_factory=set)
    """Ids of records in Twenty that records of this load adopt: no other one is written onto them."""
    named_in_vain: set[tuple[str, str]] = field(default_factory=set)
    """Object and id of what records name that Twenty refused because it does not have all of it."""
    wanting: set[str] = field(default_factory=set)
    """Ids of records beyond this load that have a unique value beside, which this load has set free."""
    destroyed: set[str] = field(default_factory=set)
    """Ids of records that stood in Twenty, were not there any more, and went as new ones."""
    suspects: Callable[[Sequence[Mapping[str, Any]]], set[int]] = field(init=False)
    held_back: HeldBack = field(init=False)
    creator: Mapping[str, Any] | None = field(init=False)
    """Who is told to be the creator of records that name none; None where the object knows no creator."""

    @property
    def window_size(self) -> int:
        return WINDOW_OF_UNIQUE_VALUES if self.unique_fields else WINDOW

    @property
    def first_window_size(self) -> int:
        """What is looked up in the ledger alone costs no call, so there the first batch leaves at once."""
        return WINDOW_OF_UNIQUE_VALUES if self.unique_fields else RECORDS_PER_CALL

    def __post_init__(self) -> None:
        self.suspects = suspects_test(self.facts)
        self.creator = creator_of(self.actor) if "createdBy" in self.facts.fields else None
        self.held_back = HeldBack(self.ledger, self.facts.name, self.stop_above_held_back_percent)


def load_ranges(load: Load, ranges: Iterable[tuple[str, Iterable[Record]]]) -> dict[str, LoadCounts]:
    """Bring the records of these ranges into Twenty, in common batches. Returns the counts of each range.

    Raises TwentyError when Twenty cannot be reached or used at all, when it refuses too much of what it is
    sent, or when our own rules hold back too much; what was on its way then is waited for and accounted for.
    """
    counts: dict[str, LoadCounts] = defaultdict(LoadCounts)
    limits = Limits(load.in_flight, load.records_per_call, LARGEST_BODY_BYTES)
    refusals = RefusalTally(load.ledger, load.facts.name, load.stop_above_percent)
    with Flights(
        load.client,
        load.facts,
        load.ledger,
        limits,
        refusals,
        counts,
        load.winner,
        load.about_to_write,
        load.unique_fields,
    ) as flights:
        loading = _Loading(load, counts, flights)
        windows = Windows(_with_ranges(ranges, counts), load.window_size, first=load.first_window_size)
        flights.meanwhile = windows.read_ahead
        for window in windows:
            loading.take(window)
        loading.take_those_that_wait()
    loading.tell()
    load.named_in_vain |= flights.named_in_vain
    load.destroyed |= flights.destroyed
    for unique in load.unique_fields:
        load.wanting |= _wanting(load, unique, flights.freed.get(unique.field, set()))
    return counts


def _wanting(load: Load, unique: UniqueField, freed: set[str]) -> set[str]:
    """Who has these values beside, of those that nobody holds by now; one call if there are any."""
    free = freed - holders_of(load.ledger, load.facts.name, unique.field, sorted(freed)).keys()
    if not free:
        return set()
    beside = UniqueField(unique.beside, unique.type, unique.field)
    return {holder for _, holder in holders_in_twenty(load.client, load.facts, beside, sorted(free))}


def _with_ranges(
    ranges: Iterable[tuple[str, Iterable[Record]]], counts: Mapping[str, LoadCounts]
) -> Iterator[tuple[str, Record]]:
    for range_key, records in ranges:
        here = counts[range_key]
        here.source = 0
        for record in records:
            here.source += 1
            yield range_key, record


@dataclass
class _Loading:
    """One load at work: a batch that fills up, batches in flight, records that wait for their own kind."""

    load: Load
    counts: dict[str, LoadCounts]
    flights: Flights
    batch: list[Outgoing] = field(default_factory=list)
    batch_ids: set[str] = field(default_factory=set)
    batch_bytes: int = 0
    waiting: WaitingRecords = field(default_factory=WaitingRecords)
    gave_way: WaitingRecords = field(default_factory=WaitingRecords)
    """Records that wanted a unique value that another one held."""

    def take(self, window: Window, *, may_wait: bool = True) -> None:
        """Prepare these records and send what fills a batch."""
        waiting = self.waiting if may_wait else None
        for ready in _prepared(
            self.load, window, self.counts, waiting, self.gave_way, self.flights.refusals.leave_alone
        ):
            for each in with_uploaded_files(self.flights, ready):
                self._add(each)
        self.tell()

    def _add(self, outgoing: Outgoing) -> None:
        full = len(self.batch) >= self.flights.limits.records_per_call
        too_heavy = self.batch_bytes + outgoing.weight > self.flights.limits.body_bytes
        # A record that was moved while the ranges were read stands in two of them.
        if self.batch and (full or too_heavy or outgoing.record.twenty_id in self.batch_ids):
            self.send()
        self.batch.append(outgoing)
        self.batch_ids.add(outgoing.record.twenty_id)
        self.batch_bytes += outgoing.weight

    def take_those_that_wait(self) -> None:
        """Records that name one of their own kind go once that one has arrived: one call, link included.

        What names a record that never comes, or one that names it in turn, goes without the link; those
        of a circle are linked afterwards.
        """
        self.land_all()
        while len(self.waiting):
            earlier, self.waiting = self.waiting, WaitingRecords()
            for window in kept_windows(earlier, self.load.window_size):
                self.take(window)
            self.land_all()
            if len(self.waiting) == len(earlier):
                break
        without_link, self.waiting = self.waiting, WaitingRecords()
        for window in kept_windows(without_link, self.load.window_size):
            self.take(window, may_wait=False)
        self.land_all()
        if len(without_link):
            self._link_circles(without_link)
        if self.flights.let_go and len(self.gave_way):
            self._hand_on_values()

    def _link_circles(self, without_link: WaitingRecords) -> None:
        for key, (before, after) in self._take_again(without_link).items():
            once_more = after.empty_lookups - before.empty_lookups
            self.counts[key].__dict__.update(before.__dict__, empty_lookups=once_more)

    def _hand_on_values(self) -> None:
        """Give the unique values that were let go in this load to those that wanted them."""
        gave_way, self.gave_way = self.gave_way, WaitingRecords()
        windows = gave_way.windows(self.load.window_size)
        wanting = Counter(key for key, records in windows for _ in records)
        for key, (before, after) in self._take_again(gave_way).items():
            in_vain = after.shared_values - before.shared_values
            shared = before.shared_values - wanting[key] + in_vain
            self.counts[key].__dict__.update(before.__dict__, shared_values=shared)

    def _take_again(self, kept: WaitingRecords) -> dict[str, tuple[LoadCounts, LoadCounts]]:
        """Take records that are counted already. Returns the counts of each range before and after."""
        counted = {key: LoadCounts(**each.__dict__) for key, each in self.counts.items()}
        for window in kept_windows(kept, self.load.window_size):
            self.take(window, may_wait=False)
        self.land_all()
        return {key: (before, LoadCounts(**self.counts[key].__dict__)) for key, before in counted.items()}

    def land_all(self) -> None:
        self.send()
        self.flights.land_all()
        self.tell()

    def send(self) -> None:
        batch, self.batch, self.batch_bytes = self.batch, [], 0
        self.batch_ids.clear()
        if batch:
            self.flights.launch(batch)

    def tell(self) -> None:
        total = LoadCounts()
        for each in self.counts.values():
            total.add(each)
        self.load.progress(total)


def _prepared(
    load: Load,
    window: Window,
    counts: Mapping[str, LoadCounts],
    waiting: WaitingRecords | None,
    gave_way: WaitingRecords,
    leave_alone: Callable[[str, int, Sequence[str]], None],
) -> Iterator[list[Outgoing]]:
    """Settle parents and unique values, drop what is unchanged, set aside what cannot go.

    What the ledger and Twenty are asked is asked for the window; the rest is done for as many records as make
    a batch, so that it leaves while the next ones are prepared. A record that names one of its own kind which
    is not in Twenty yet is put into ``waiting``, if that is given, and comes again later; one that wants a
    unique value of another is put into ``gave_way``, and goes without it. ``leave_alone`` is told what need
    not go: the entity, how many are unchanged, and the keys of those that Twenty refused before as they are.
    """
    entity = window.records[0].entity
    known = known_records(load.ledger, entity, [record.source_key for record in window.records])
    _distrust_doubled_keys(window.records)
    window = _with_parents(load, counts, window, waiting)
    load.held_back.came_by += len(window.records)
    _quarantine(load, counts, [(key, record) for key, record in window if record.troubles])
    sound = [(key, record) for key, record in window if not record.troubles]
    sound_records = [record for _, record in sound]
    adopted = _take_ids_in_twenty(load, sound_records, known)
    _settle_unique_values(load, sound, counts, known, gave_way)
    standing = stranger_ids(
        load.ledger,
        load.facts.name,
        [record.twenty_id for record in sound_records if record.source_key not in known],
    )
    in_doubt = doubted(load.ledger, entity, [each.source_key for each in sound_records])
    remembered = refused_before(load.ledger, entity, [each.source_key for each in sound_records])
    for start in range(0, len(sound), RECORDS_PER_CALL):
        changed: list[tuple[str, Record, str]] = []
        unchanged = []
        refused = []
        for range_key, record in sound[start : start + RECORDS_PER_CALL]:
            earlier = known.get(record.source_key)
            content_hash = load.ledger.keyed_hash(record.values)
            is_as_it_was = earlier and earlier.state == "written" and earlier.content_hash == content_hash
            if is_as_it_was and record.source_key not in in_doubt:
                unchanged.append(record.source_key)
                counts[range_key].unchanged += 1
            elif remembered.get(record.source_key) == content_hash:
                refused.append(record.source_key)
                counts[range_key].quarantined += 1
            else:
                changed.append((range_key, record, content_hash))
        if unchanged:
            release(load.ledger, entity, unchanged)
        leave_alone(entity, len(unchanged), refused)
        suspects = load.suspects([record.values for _, record, _ in changed])
        checked = [
            _checked(
                load,
                range_key,
                record,
                known.get(record.source_key),
                content_hash,
                is_stranger=record.twenty_id in standing,
                is_adopted=record.source_key in adopted,
                is_suspect=place in suspects,
            )
            for place, (range_key, record, content_hash) in enumerate(changed)
        ]
        _quarantine(load, counts, [(key, record) for key, record, _ in changed if record.troubles])
        yield [outgoing for outgoing in checked if outgoing is not None]


def _quarantine(load: Load, counts: Mapping[str, LoadCounts], troubled: Sequence[tuple[str, Record]]) -> None:
    for range_key, _ in troubled:
        counts[range_key].quarantined += 1
    held_back = [quarantined_record(record, key) for key, record in troubled]
    set_aside(load.ledger, held_back)
    if held_back:
        load.held_back.add(held_back[0].entity, [each.code for each in held_back])


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
        adopt(
            load.client,
            load.ledger,
            load.facts,
            load.unique_fields,
            load.adoption,
            new,
            load.adopted,
            load.shared,
        )
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


def _checked(
    load: Load,
    range_key: str,
    record: Record,
    earlier: KnownRecord | None,
    content_hash: str,
    *,
    is_stranger: bool,
    is_adopted: bool,
    is_suspect: bool,
) -> Outgoing | None:
    """The record as it is sent, or None with the troubles noted if a local rule says no.

    A new record leaves out what is empty; an existing one has to be told. A stranger under our id was
    written by a migration whose ledger is lost: it is brought up to date.
    """
    stands = earlier is not None or is_stranger or is_adopted
    first_time = earlier is None or _never_settled(earlier)
    action: Literal["create", "update", "adopt"] = "update"
    if first_time and is_adopted:
        action = "adopt"
    elif first_time and not is_stranger:
        action = "create"
    body: dict[str, Any] = {"id": record.twenty_id}
    body |= {column: value for column, value in record.values.items() if value is not None}
    for column in record.files:
        body.pop(column, None)
    if stands:
        for column, value in record.values.items():
            if value is None and column not in record.files and can_be_cleared(load.facts, column):
                body[column] = cleared(load.facts, column)
    if (
        earlier
        and earlier.content_hash == content_of_gone(load.ledger)
        and SOURCE_DELETED_AT in load.facts.fields
    ):
        body[SOURCE_DELETED_AT] = None
    if load.creator is not None:
        body.setdefault("createdBy", load.creator)
    text: bytes | None
    try:
        text = encoded(body)
    except (TypeError, ValueError):
        text = None
    if is_suspect or text is None or len(text) >= BODY_LIMIT_BYTES or not is_storable(text):
        for each in check_record(load.facts, body):
            record.troubles.append(Trouble(each.field, each.reason_code, each.sentence))
    if record.troubles:
        return None
    if text is None:
        not_finite = ReasonCode.NOT_A_NUMBER
        record.troubles.append(Trouble(None, not_finite, sentence_for(not_finite)))
        return None
    delivery = Delivery(
        record.entity,
        record.source_key,
        record.object,
        record.twenty_id,
        range_key,
        content_hash,
        action,
        earlier.content_hash if earlier else None,
        record.patient_key,
    )
    may_have_arrived = action == "create" and earlier is not None
    return Outgoing(record, body, text, delivery, may_have_arrived=may_have_arrived)


def _never_settled(earlier: KnownRecord) -> bool:
    """A record whose first sending was cut off counts as created when it is sent again."""
    return earlier.state == "intended" and earlier.content_hash is None


def _with_parents(
    load: Load, counts: Mapping[str, LoadCounts], window: Window, waiting: WaitingRecords | None
) -> Window:
    """Point children at records that stand in Twenty; note those whose parent does not.

    Returns the window without the records that were put into ``waiting``.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for record in window.records:
        for parent in record.parents:
            wanted[parent.entity].add(parent.source_key)
    standing = {entity: standing_ids(load.ledger, entity, sorted(keys)) for entity, keys in wanted.items()}
    staying = Window()
    for range_key, record in window:
        missing = [each for each in record.parents if each.source_key not in standing[each.entity]]
        if (
            waiting is not None
            and not record.troubles
            and any(each.entity == record.entity for each in missing)
        ):
            waiting.add(range_key, record)
            continue
        staying.add(range_key, record)
        for parent in record.parents:
            record.values[parent.column] = standing[parent.entity].get(parent.source_key)
        for parent in missing:
            if parent.required:
                record.troubles.append(
                    Trouble(
                        parent.field,
                        "missing_parent",
                        f"Its {parent.entity} is not in Twenty; it follows by itself once that one is.",
                    )
                )
            else:
                counts[range_key].empty_lookups += 1
    return staying


def _settle_unique_values(
    load: Load,
    records: Sequence[tuple[str, Record]],
    counts: Mapping[str, LoadCounts],
    known: Mapping[str, KnownRecord],
    gave_way: WaitingRecords,
) -> None:
    """Let one record hold each unique value; for the others it goes to the field beside.

    A value that a record claimed which never arrived may have been taken in Twenty meanwhile: by hand, while
    the run that claimed it was cut off. Twenty would write such a record onto that other one.
    """
    for unique in load.unique_fields:
        wanted: dict[str, str] = {}
        on_their_way: set[str] = set()
        for _, record in records:
            value = unique.value_of(record.values)
            if value is not None:
                wanted.setdefault(value, record.twenty_id)
                earlier = known.get(record.source_key)
                if earlier is None or not earlier.stands:
                    on_their_way.add(record.twenty_id)
        claimed = holders_of(load.ledger, load.facts.name, unique.field, list(wanted))
        in_doubt = {value: holder for value, holder in claimed.items() if holder in on_their_way}
        to_ask = [value for value in wanted if value not in claimed or value in in_doubt]
        if to_ask:
            held = holders_in_twenty(load.client, load.facts, unique, to_ask)
            claim_for_others(load.ledger, load.facts.name, unique.field, held, instead_of=in_doubt)
        holders = claim(load.ledger, load.facts.name, unique.field, wanted)
        for range_key, record in records:
            value = unique.value_of(record.values)
            if value is not None and holders[value] != record.twenty_id:
                gave_way.add(range_key, record)
                unique.give_way(record.values)
                counts[range_key].shared_values += 1
