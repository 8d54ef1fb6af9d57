"""Adopting records that stood in Twenty before: explicitly, by the unique fields that the mapping names.

A source record whose value of such a field is held by a record of somebody else is written onto that one,
which keeps its id. Without a policy nothing is adopted and the value goes to the field beside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import claim
from panda_twenty.ledger.strangers import known_ids
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.prior_values import DELETED_AT
from panda_twenty.twenty.records import read_all
from panda_twenty.twenty.unique_values import UNIQUE_SUBFIELDS, UniqueField
from panda_twenty.twenty.workspace import ObjectFacts


@dataclass(frozen=True)
class AdoptionPolicy:
    """By which unique fields records of an object are adopted, and whether soft-deleted ones may be."""

    fields: tuple[str, ...] = ()
    deleted_too: bool = False


NO_ADOPTION = AdoptionPolicy()


def adopt(
    client: TwentyClient,
    ledger: Ledger,
    facts: ObjectFacts,
    unique_fields: Sequence[UniqueField],
    policy: AdoptionPolicy,
    records: Sequence[Record],
    taken: set[str],
    shared: Callable[[UniqueField], Collection[str]],
) -> None:
    """Give those of these new records that adopt one in Twenty its id, one call for each field.

    A value that several of these records have adopts nothing: which of them the record in Twenty is, nobody
    knows. ``shared`` tells of those that others have besides, in other ranges; it is asked where something
    would be adopted. Nor does a value whose holder is ours already, or is in ``taken``, where the ids of
    those that are adopted are put.
    """
    for unique in unique_fields:
        if unique.field not in policy.fields:
            continue
        wanted = _wanted_by_one(unique, [record for record in records if record.twenty_id not in taken])
        holders = _holders(client, facts, unique, list(wanted), deleted_too=policy.deleted_too)
        ours = known_ids(ledger, facts.name, list(holders.values()))
        free = {
            value: holder for value, holder in holders.items() if holder not in ours and holder not in taken
        }
        if free:
            several = shared(unique)
            free = {value: holder for value, holder in free.items() if value not in several}
        granted = claim(ledger, facts.name, unique.field, free)
        for value, holder in free.items():
            if granted[value] == holder:
                wanted[value].twenty_id = holder
                taken.add(holder)


def _wanted_by_one(unique: UniqueField, records: Sequence[Record]) -> dict[str, Record]:
    values = [(value, record) for record in records if (value := unique.value_of(record.values)) is not None]
    times = Counter(value for value, _ in values)
    return {value: record for value, record in values if times[value] == 1}


def _holders(
    client: TwentyClient,
    facts: ObjectFacts,
    unique: UniqueField,
    values: Collection[str],
    *,
    deleted_too: bool,
) -> dict[str, str]:
    """The one record in Twenty that holds each of these values now; none where it is not exactly one."""
    if not values:
        return {}
    where = {unique.field: {UNIQUE_SUBFIELDS[unique.type]: {"in": list(values)}}}
    found = [
        (value, record)
        for record in read_all(
            client,
            facts,
            [unique.field, DELETED_AT],
            where=where,
            page_size=len(values),
            include_deleted=True,
        )
        if (value := unique.value_of(record)) is not None
    ]
    times = Counter(value for value, _ in found)
    return {
        value: record["id"]
        for value, record in found
        if times[value] == 1 and (deleted_too or record[DELETED_AT] is None)
    }
