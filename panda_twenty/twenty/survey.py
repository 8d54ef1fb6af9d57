"""A look at one object in Twenty before anything is written to it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import claim_for_others, count_of_object, keep_setting, setting
from panda_twenty.ledger.strangers import count_strangers, forget_the_gone, keep_strangers, known_ids
from panda_twenty.ledger.verified import keep_standing_before
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import count, read_all
from panda_twenty.twenty.unique_values import UniqueField
from panda_twenty.twenty.workspace import ObjectFacts

PAGE = 1_000
"""Records per call; Twenty 2.21 does not cap ``first`` (measured)."""


@dataclass(frozen=True)
class Standing:
    """What one object looks like in Twenty."""

    object: str
    in_twenty: int
    """Records there, soft-deleted ones included."""
    ours: int
    not_ours: int
    gone: int = 0
    """Records that the ledger had written and that somebody destroyed; they will be sent again."""


def survey(
    client: TwentyClient, ledger: Ledger, facts: ObjectFacts, unique: Sequence[UniqueField]
) -> Standing:
    """Compare the ledger with Twenty, and learn which unique values records of others hold.

    One call where both agree; otherwise the ids of all records of the object are read.
    """
    in_twenty = count(client, facts, include_deleted=True)
    in_ledger = count_of_object(ledger, facts.name)
    others = count_strangers(ledger, facts.name)
    if setting(ledger, _surveyed(facts.name)) == "yes" and in_twenty == in_ledger + others:
        return Standing(facts.name, in_twenty, in_ledger, others)
    ours: set[str] = set()
    strangers: set[str] = set()
    columns = [each.field for each in unique]
    records = read_all(client, facts, columns, page_size=PAGE, include_deleted=True)
    while page := list(itertools.islice(records, PAGE)):
        known = known_ids(ledger, facts.name, [record["id"] for record in page])
        ours |= known
        foreign = [record for record in page if record["id"] not in known]
        strangers |= {record["id"] for record in foreign}
        for each in unique:
            held = [(value, record["id"]) for record in foreign if (value := each.value_of(record))]
            claim_for_others(ledger, facts.name, each.field, held)
    gone = forget_the_gone(ledger, facts.name, ours)
    keep_strangers(ledger, facts.name, strangers)
    if setting(ledger, _surveyed(facts.name)) is None:
        keep_standing_before(ledger, facts.name, strangers)
    if setting(ledger, _surveyed(facts.name)) != "yes":
        keep_setting(ledger, _surveyed(facts.name), "yes")
    return Standing(facts.name, in_twenty, len(ours), len(strangers), gone)


def look_closer_next_time(ledger: Ledger, object_name: str) -> None:
    """Let the next survey read every id: records are missing although the numbers agree."""
    keep_setting(ledger, _surveyed(object_name), "in doubt")


def _surveyed(object_name: str) -> str:
    return f"surveyed:{object_name}"
