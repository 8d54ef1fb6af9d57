"""What the account amounts to: which records stand in Twenty, who holds a unique value, what did not go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, func, insert, or_, select, update

from panda_twenty.ledger.bulk import chunks, put_rows, rows_of_keys, streamed
from panda_twenty.ledger.ledger import Ledger, RecordEvent, now
from panda_twenty.ledger.tables import claims, doubts, quarantine, records, refusals, settings

Beside = Callable[[Connection, int], None]
"""What is written in the transaction of an entry, whose number it gets."""

State = Literal["intended", "written", "quarantined"]


class KnownRecord(NamedTuple):
    """What the ledger knows of one record."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    state: State
    content_hash: str | None

    @property
    def stands(self) -> bool:
        """Whether it is in Twenty: written, or written once and now on its way again (or refused)."""
        return self.state == "written" or self.content_hash is not None


STANDING = or_(records.c.state == "written", records.c.content_hash.is_not(None))
"""The same as :attr:`KnownRecord.stands`, for queries."""


@dataclass(frozen=True)
class Quarantined:
    """A record that did not go, with a reason that a person can act on."""

    entity: str
    source_key: str
    object: str
    range_key: str
    code: str
    field: str | None
    advice: str


class Delivery(NamedTuple):
    """A record about to be sent: where it belongs and the keyed hash of its content."""

    entity: str
    source_key: str
    object: str
    twenty_id: str
    range_key: str
    content_hash: str
    action: Literal["create", "update", "adopt"]
    """``adopt``: written for the first time, onto a record that already stood in Twenty."""
    before_hash: str | None = None
    patient_key: str | None = None
    """Source key of the patient whom the record belongs to, for those who ask the ledger about one."""
    prior: Mapping[str, Any] | None = None
    """What stood in Twenty in the columns that are about to change; None for a record that did not stand."""
    stored_at: str | None = None
    stored_hash: str | None = None
    """As Twenty answered; see :class:`~panda_twenty.ledger.ledger.RecordEvent`."""


PAST_TENSE = {"create": "created", "update": "updated", "adopt": "adopted"}
"""What an intended action is called once it is done."""


def known_records(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, KnownRecord]:
    """What stands in the ledger for these source keys, by key."""
    with ledger.reading() as connection:
        return {
            row[1]: KnownRecord._make(row) for row in rows_of_keys(connection, _KNOWN, keys, entity=entity)
        }


def standing_ids(ledger: Ledger, entity: str, keys: Sequence[str]) -> dict[str, str]:
    """Ids in Twenty by source key, of those records that stand there."""
    with ledger.reading() as connection:
        return dict(rows_of_keys(connection, _STANDING_IDS, keys, entity=entity))


def records_of(ledger: Ledger, object_name: str, range_key: str | None = None) -> Iterator[KnownRecord]:
    """Every record of one object (and range) that the ledger says is in Twenty."""
    query: Select[Any] = select(*_COLUMNS).where(records.c.object == object_name, STANDING)
    if range_key is not None:
        query = query.where(records.c.range_key == range_key)
    with ledger.reading() as connection:
        for row in streamed(connection, query.order_by(records.c.entity, records.c.source_key)):
            yield KnownRecord(*row)


_COLUMNS = (
    records.c.entity,
    records.c.source_key,
    records.c.object,
    records.c.twenty_id,
    records.c.state,
    records.c.content_hash,
)
_OF_THE_KEYS = and_(
    records.c.entity == bindparam("entity"), records.c.source_key.in_(bindparam("keys", expanding=True))
)
_KNOWN = select(*_COLUMNS).where(_OF_THE_KEYS)
_STANDING_IDS = select(records.c.source_key, records.c.twenty_id).where(_OF_THE_KEYS, STANDING)


def intend(ledger: Ledger, deliveries: Sequence[Delivery]) -> int:
    """Write down, before a batch is sent, what is about to be written. Returns the entry's number."""
    with ledger.writing() as connection:
        return _intend(ledger, connection, deliveries)


def settle(
    ledger: Ledger,
    deliveries: Sequence[Delivery],
    intent: int,
    columns: Sequence[str] = (),
    also: Beside | None = None,
) -> int:
    """Write down that these records now stand in Twenty as intended. Returns the entry's number.

    ``columns`` are those that the deliveries' ``stored_hash`` covers; ``also`` is called in the same
    transaction, with that number.
    """
    if not deliveries:
        return intent
    with ledger.writing() as connection:
        return _settle(ledger, connection, Settlement(deliveries, intent, columns, also))


@dataclass(frozen=True)
class Settlement:
    """What arrived of one intent, as :func:`settle` takes it."""

    deliveries: Sequence[Delivery]
    intent: int
    columns: Sequence[str] = ()
    also: Beside | None = None


def settle_and_intend(
    ledger: Ledger, settlements: Iterable[Settlement], next_deliveries: Sequence[Delivery]
) -> int:
    """Write down what arrived of several batches, then what is sent next, in one transaction.

    One flush of the disk stands for all of them. Returns the number of the intent.
    """
    with ledger.writing() as connection:
        for each in settlements:
            if each.deliveries:
                _settle(ledger, connection, each)
        return _intend(ledger, connection, next_deliveries)


def _intend(ledger: Ledger, connection: Connection, deliveries: Sequence[Delivery]) -> int:
    sequence = ledger.append(
        connection,
        "intent",
        {"object": deliveries[0].object, "records": len(deliveries)},
        [_event(each, each.action) for each in deliveries],
    )
    _put_records(connection, deliveries, "intended", sequence)
    return sequence


def _settle(ledger: Ledger, connection: Connection, settlement: Settlement) -> int:
    deliveries = settlement.deliveries
    content = {"object": deliveries[0].object, "records": len(deliveries), "intent": settlement.intent}
    if settlement.columns:
        content["columns"] = list(settlement.columns)
    sequence = ledger.append(
        connection,
        "written",
        content,
        [_event(each, PAST_TENSE[each.action], keeps_prior=False) for each in deliveries],
    )
    _put_records(connection, deliveries, "written", sequence)
    _take_out(connection, deliveries[0].entity, [each.source_key for each in deliveries])
    if settlement.also is not None:
        settlement.also(connection, sequence)
    return sequence


def _take_out(connection: Connection, entity: str, keys: Sequence[str]) -> None:
    """Remove records from quarantine, with what is remembered of their refusal, and from doubt."""
    # As a rule there is nothing, and to find that out key by key, or table by table, takes its time.
    found = connection.execute(_ANY_TO_TAKE_OUT, {"entity": entity}).one()
    for is_any, taking in zip(found, _TAKING_OUT, strict=True):
        if is_any:
            for chunk in chunks(keys):
                connection.execute(taking, {"entity": entity, "keys": chunk})


_TO_TAKE_OUT_OF = (quarantine, refusals, doubts)
_ANY_TO_TAKE_OUT = select(
    *(exists().where(table.c.entity == bindparam("entity")) for table in _TO_TAKE_OUT_OF)
)
_TAKING_OUT = [
    delete(table).where(
        table.c.entity == bindparam("entity"), table.c.source_key.in_(bindparam("keys", expanding=True))
    )
    for table in _TO_TAKE_OUT_OF
]


def _event(each: Delivery, action: str, *, keeps_prior: bool = True) -> RecordEvent:
    return RecordEvent(
        each.entity,
        each.source_key,
        each.object,
        each.twenty_id,
        action,
        each.before_hash,
        each.content_hash,
        each.range_key,
        each.patient_key,
        each.stored_at,
        each.stored_hash,
        each.prior if keeps_prior else None,
    )


def _put_records(connection: Connection, deliveries: Sequence[Delivery], state: State, sequence: int) -> None:
    rows = [
        (
            each.entity,
            each.source_key,
            each.object,
            each.twenty_id,
            each.range_key,
            state,
            each.content_hash if state == "written" else each.before_hash,
            sequence,
        )
        for each in deliveries
    ]
    # Where the record belongs was written with the intent.
    changed = ("state", "content_hash", "sequence") if state == "written" else None
    put_rows(connection, records, rows, ("entity", "source_key"), changed)


def set_aside(ledger: Ledger, quarantined: Sequence[Quarantined]) -> None:
    """Put records of one entity into quarantine, each with its reason; ones there are brought up to date.

    What an earlier run wrote of such a record stays in Twenty and stays known.
    """
    if not quarantined:
        return
    rows = [{**each.__dict__, "run_id": ledger.run_id, "at": now()} for each in quarantined]
    keys = [each.source_key for each in quarantined]
    with ledger.writing() as connection:
        before: set[tuple[str, str, str]] = set()
        for chunk in chunks(keys):
            there = select(quarantine.c.entity, quarantine.c.source_key, quarantine.c.code).where(
                quarantine.c.entity == quarantined[0].entity,
                quarantine.c.source_key.in_(chunk),
            )
            before |= {(row.entity, row.source_key, row.code) for row in connection.execute(there)}
        fresh = [each for each in quarantined if (each.entity, each.source_key, each.code) not in before]
        if fresh:
            ledger.append(
                connection,
                "quarantined",
                {
                    "object": fresh[0].object,
                    "records": [[each.entity, each.source_key, each.code, each.field] for each in fresh],
                },
            )
        put_rows(connection, quarantine, rows, ("entity", "source_key"))


def release(ledger: Ledger, entity: str, keys: Sequence[str]) -> None:
    """Take records out of quarantine that no longer belong there."""
    held_back = sorted(quarantined_keys(ledger, entity, keys))
    if held_back:
        with ledger.writing() as connection:
            _take_out(connection, entity, held_back)


OUTSIDE = "outside"
"""The range key of rows that no patient range reaches."""


def quarantined_keys(ledger: Ledger, entity: str, keys: Sequence[str]) -> frozenset[str]:
    """Which of these source keys are in quarantine."""
    found: set[str] = set()
    with ledger.reading() as connection:
        for chunk in chunks(keys):
            query = select(quarantine.c.source_key).where(
                quarantine.c.entity == entity, quarantine.c.source_key.in_(chunk)
            )
            found.update(connection.execute(query).scalars())
    return frozenset(found)


def quarantined(ledger: Ledger, object_name: str | None = None) -> Iterator[Quarantined]:
    query: Select[Any] = select(quarantine)
    if object_name is not None:
        query = query.where(quarantine.c.object == object_name)
    with ledger.reading() as connection:
        for row in streamed(connection, query.order_by(quarantine.c.entity, quarantine.c.source_key)):
            yield Quarantined(
                row.entity, row.source_key, row.object, row.range_key, row.code, row.field, row.advice
            )


def claim(ledger: Ledger, object_name: str, field: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Claim unique values for records: value to the Twenty id that wants it.

    The first claim of a value holds until its record is known to hold another, so that the outcome does not
    depend on the order of runs after it. Returns, for each value, the id that holds it. Values are kept as
    keyed hashes.
    """
    if not wanted:
        return {}
    hashes = {ledger.keyed_hash(value): value for value in wanted}
    held: dict[str, str] = {}
    with ledger.reading() as connection:
        held = _holders(connection, object_name, field, list(hashes))
    missing = [each for each in hashes if each not in held]
    if missing:
        with ledger.writing() as connection:
            held |= _holders(connection, object_name, field, missing)
            rows = [
                _claim_row(ledger, object_name, field, each, wanted[hashes[each]])
                for each in missing
                if each not in held
            ]
            if rows:
                connection.execute(insert(claims), rows)
            held |= {row["value_hash"]: row["twenty_id"] for row in rows}
    return {hashes[each]: holder for each, holder in held.items()}


def holders_of(ledger: Ledger, object_name: str, field: str, values: Sequence[str]) -> dict[str, str]:
    """Who has claimed these values, by value; those that nobody has are left out."""
    hashes = {ledger.keyed_hash(value): value for value in values}
    with ledger.reading() as connection:
        return {
            hashes[each]: holder
            for each, holder in _holders(connection, object_name, field, list(hashes)).items()
        }


def claim_for_others(
    ledger: Ledger,
    object_name: str,
    field: str,
    held: Iterable[tuple[str, str]],
    instead_of: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Note values that records of somebody else already hold in Twenty. Returns how many were new.

    A claim that stands is kept, but for that of the id which ``instead_of`` has for the value.
    """
    rows = {ledger.keyed_hash(value): (value, twenty_id) for value, twenty_id in held}
    with ledger.writing() as connection:
        known = _holders(connection, object_name, field, list(rows))
        fresh = [
            _claim_row(ledger, object_name, field, each, twenty_id)
            for each, (value, twenty_id) in rows.items()
            if each not in known or known[each] == instead_of.get(value)
        ]
        if fresh:
            put_rows(connection, claims, fresh, ("object", "field", "value_hash"))
    return len(fresh)


def _claim_row(
    ledger: Ledger, object_name: str, field: str, value_hash: str, twenty_id: str
) -> dict[str, str]:
    return {
        "object": object_name,
        "field": field,
        "value_hash": value_hash,
        "twenty_id": twenty_id,
        "seal": ledger.row_seal(object_name, field, value_hash, twenty_id),
    }


def release_claims(connection: Connection, object_name: str, twenty_ids: Sequence[str]) -> None:
    """Let go of the unique values that these records hold, inside a ``writing`` transaction."""
    for chunk in chunks(twenty_ids):
        chosen = claims.c.twenty_id.in_(chunk)
        connection.execute(delete(claims).where(claims.c.object == object_name, chosen))


def let_go(
    ledger: Ledger, connection: Connection, object_name: str, field: str, held: Mapping[str, str | None]
) -> int:
    """Let go of the unique values that these records held before, inside a ``writing`` transaction.

    ``held`` has the value that each holds now, by id. Returns how many were let go.
    """
    released = 0
    for chunk in chunks(list(held)):
        theirs = select(claims.c.value_hash, claims.c.twenty_id).where(
            claims.c.object == object_name, claims.c.field == field, claims.c.twenty_id.in_(chunk)
        )
        for value_hash, twenty_id in connection.execute(theirs).all():
            value = held[twenty_id]
            if value is None or ledger.keyed_hash(value) != value_hash:
                here = (claims.c.object == object_name, claims.c.field == field)
                connection.execute(delete(claims).where(*here, claims.c.value_hash == value_hash))
                released += 1
    return released


def _holders(connection: Connection, object_name: str, field: str, hashes: Sequence[str]) -> dict[str, str]:
    return dict(rows_of_keys(connection, _HOLDERS, hashes, object=object_name, field=field))


_HOLDERS = select(claims.c.value_hash, claims.c.twenty_id).where(
    claims.c.object == bindparam("object"),
    claims.c.field == bindparam("field"),
    claims.c.value_hash.in_(bindparam("keys", expanding=True)),
)


def setting(ledger: Ledger, name: str) -> str | None:
    with ledger.reading() as connection:
        value: str | None = connection.execute(
            select(settings.c.value).where(settings.c.name == name)
        ).scalar()
    return value


def keep_setting(ledger: Ledger, name: str, value: str) -> None:
    """Remember a choice for good, and account for it."""
    with ledger.writing() as connection:
        ledger.append(connection, "setting", {"name": name, "value": value})
        changed = connection.execute(
            update(settings).where(settings.c.name == name).values(value=value)
        ).rowcount
        if not changed:
            connection.execute(insert(settings), {"name": name, "value": value})


def count_of_object(ledger: Ledger, object_name: str) -> int:
    """How many records of one object the ledger says are in Twenty."""
    query = select(func.count()).select_from(records).where(records.c.object == object_name, STANDING)
    with ledger.reading() as connection:
        return int(connection.execute(query).scalar_one())


def counts_by_object(ledger: Ledger) -> dict[str, int]:
    """How many records of each object the ledger says are in Twenty."""
    query = select(records.c.object, func.count()).where(STANDING).group_by(records.c.object)
    with ledger.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
