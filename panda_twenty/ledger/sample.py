"""The sample: which patients were picked, and which of its records still belong to it alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from panda_twenty.ledger.ledger import Ledger, RecordEvent
from panda_twenty.ledger.outcomes import SAMPLE
from panda_twenty.ledger.state import CHUNK, STANDING, KnownRecord, keep_setting, setting
from panda_twenty.ledger.tables import outcomes, quarantine, record_events, records, verified_records


@dataclass(frozen=True)
class ChosenSample:
    """The patients of the sample, by key, and how they were picked."""

    seed: int
    size: int
    keys: tuple[str, ...]
    strata: Mapping[str, int]
    """How many of the picked patients show each trait; a patient may show several."""


def keep_sample(ledger: Ledger, sample: ChosenSample) -> None:
    """Remember the picked patients, and account for the choice."""
    keep_setting(ledger, SAMPLE, json.dumps({**sample.__dict__, "strata": dict(sample.strata)}))


def chosen_sample(ledger: Ledger) -> ChosenSample | None:
    kept = json.loads(setting(ledger, SAMPLE) or "null")
    if not kept:
        return None
    return ChosenSample(kept["seed"], kept["size"], tuple(kept["keys"]), kept["strata"])


def forget_sample(ledger: Ledger) -> None:
    """The sample was rejected: another one may be picked."""
    keep_setting(ledger, SAMPLE, "null")
    with ledger.writing() as connection:
        connection.execute(delete(outcomes).where(outcomes.c.range_key.in_((SAMPLE, "all"))))
        connection.execute(delete(quarantine).where(quarantine.c.range_key.in_((SAMPLE, "all"))))


def take_over(ledger: Ledger, entity: str, keys: Sequence[str], range_key: str) -> int:
    """Let the range of the full migration own these records of the sample, unchanged ones too.

    Until then they keep the sample's range key, by which a rejected sample is found and removed.
    """
    taken = 0
    with ledger.writing() as connection:
        for start in range(0, len(keys), CHUNK):
            taken += connection.execute(
                update(records)
                .where(
                    records.c.entity == entity,
                    records.c.range_key == SAMPLE,
                    records.c.source_key.in_(keys[start : start + CHUNK]),
                )
                .values(range_key=range_key)
            ).rowcount
        if taken:
            ledger.append(connection, "taken_over", {"entity": entity, "range": range_key, "records": taken})
    return taken


def records_created_in(ledger: Ledger, object_name: str, range_key: str) -> Iterator[KnownRecord]:
    """The records of one object and range that this migration created, none that stood there before."""
    created = select(record_events.c.twenty_id).where(
        record_events.c.object == object_name, record_events.c.action == "created"
    )
    query = select(records).where(
        records.c.object == object_name,
        records.c.range_key == range_key,
        STANDING,
        records.c.twenty_id.in_(created),
    )
    with ledger.reading() as connection:
        for row in connection.execute(query.order_by(records.c.twenty_id)).all():
            yield KnownRecord(
                row.entity, row.source_key, row.object, row.twenty_id, row.state, row.content_hash
            )


def forget_removed(ledger: Ledger, removed: Sequence[KnownRecord]) -> None:
    """Write down that these records were taken out of Twenty again, and forget them."""
    if not removed:
        return
    events = [
        RecordEvent(each.entity, each.source_key, each.object, each.twenty_id, "removed", each.content_hash)
        for each in removed
    ]
    with ledger.writing() as connection:
        ledger.append(connection, "removed", {"object": removed[0].object, "records": len(removed)}, events)
        for each in removed:
            connection.execute(
                delete(verified_records).where(
                    verified_records.c.object == each.object, verified_records.c.twenty_id == each.twenty_id
                )
            )
            connection.execute(
                delete(records).where(
                    records.c.entity == each.entity, records.c.source_key == each.source_key
                )
            )
