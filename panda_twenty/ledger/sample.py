"""The sample: which patients were picked, and which of its records still belong to it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from panda_twenty.ledger.bulk import chunks
from panda_twenty.ledger.ledger import Ledger, RecordEvent
from panda_twenty.ledger.outcomes import SAMPLE
from panda_twenty.ledger.state import STANDING, keep_setting, setting
from panda_twenty.ledger.tables import records


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


def keys_of_sample(ledger: Ledger, object_name: str, entity: str) -> frozenset[str]:
    """The source keys of this entity's records that the sample wrote and no range has taken over yet."""
    query = select(records.c.source_key).where(
        records.c.object == object_name,
        records.c.range_key == SAMPLE,
        records.c.entity == entity,
        records.c.state == "written",
    )
    with ledger.reading() as connection:
        return frozenset(connection.execute(query).scalars())


def take_over(ledger: Ledger, entity: str, keys: Sequence[str], range_key: str) -> int:
    """Let the range of the full migration own these records of the sample, unchanged ones too.

    Until then they keep the sample's range key. Each goes into the chain, so that audit knows of it.
    """
    taken = 0
    if not keys:
        return taken
    with ledger.writing() as connection:
        for chunk in chunks(keys):
            here = (
                (records.c.entity == entity)
                & (records.c.range_key == SAMPLE)
                & (records.c.state == "written")
                & records.c.source_key.in_(chunk)
            )
            rows = connection.execute(select(records).where(here)).all()
            if not rows:
                continue
            events = [
                RecordEvent(
                    row.entity,
                    row.source_key,
                    row.object,
                    row.twenty_id,
                    "taken_over",
                    row.content_hash,
                    row.content_hash,
                    range_key=range_key,
                )
                for row in rows
            ]
            sequence = ledger.append(
                connection, "taken_over", {"entity": entity, "range": range_key, "records": len(rows)}, events
            )
            connection.execute(update(records).where(here).values(range_key=range_key, sequence=sequence))
            taken += len(rows)
    return taken


def is_in_twenty(ledger: Ledger) -> bool:
    """Whether any record of the sample stands in Twenty."""
    query = select(records.c.source_key).where(records.c.range_key == SAMPLE, STANDING).limit(1)
    with ledger.reading() as connection:
        return connection.execute(query).first() is not None
