"""What stands in a workspace before a migration, counted without writing, neither there nor in the ledger.

The survey of a run learns the same and keeps it; this only looks. Each object costs one or two calls, and a
unique field as many as there are thousands of values on the smaller side.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import count_of_object
from panda_twenty.ledger.strangers import known_ids
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import Throttled
from panda_twenty.twenty.records import count, read_all
from panda_twenty.twenty.survey import PAGE
from panda_twenty.twenty.unique_values import UNIQUE_SUBFIELDS, UniqueField
from panda_twenty.twenty.workspace import ObjectFacts

_DELETED = {"deletedAt": {"is": "NOT_NULL"}}
_CHEAPEST = "{workspaceMembers(first:1){totalCount}}"
_LIMIT = re.compile(r"\((\d+) tokens per (\d+) ms\)")
MOST_PROBES = 400


def read_standing(
    client: TwentyClient, ledger: Ledger | None, facts: ObjectFacts, own_prefix: str | None
) -> StandingRecords:
    """Count an object's records. ``own_prefix`` begins the PANDA id of every record that we write."""
    total = count(client, facts, include_deleted=True)
    if not total:
        return StandingRecords(facts.name, 0, 0, 0, 0)
    in_ledger = count_of_object(ledger, facts.name) if ledger is not None else 0
    deleted = count(client, facts, _DELETED)
    own = 0
    if own_prefix and total > in_ledger and "pandaId" in facts.fields:
        own = count(client, facts, {"pandaId": {"like": f"{own_prefix}%"}}, include_deleted=True)
    return StandingRecords(facts.name, total, deleted, in_ledger, max(0, own - in_ledger))


def read_collisions(
    client: TwentyClient,
    ledger: Ledger | None,
    facts: ObjectFacts,
    unique: UniqueField,
    wanted: Mapping[str, Collection[str]],
    in_twenty: int,
) -> Collisions:
    """Which of the ``wanted`` values (each with the ids that want it) records of others hold.

    Reads whichever is fewer: the records in Twenty, or those that hold one of the values.
    """
    live: set[str] = set()
    deleted: set[str] = set()
    for page in _pages(_holders(client, facts, unique, list(wanted), in_twenty)):
        known = known_ids(ledger, facts.name, [holder.id for holder in page]) if ledger is not None else ()
        for holder in page:
            claimants = wanted.get(holder.value, ())
            if not claimants or holder.id in known or holder.id in claimants:
                continue
            (deleted if holder.is_deleted else live).add(holder.value)
    shared = sum(len(ids) > 1 for ids in wanted.values())
    return Collisions(facts.name, unique.field, unique.beside, len(live), len(deleted), shared)


def _holders(
    client: TwentyClient, facts: ObjectFacts, unique: UniqueField, values: Sequence[str], in_twenty: int
) -> Iterator[_Holder]:
    columns = [unique.field, "deletedAt"]
    if in_twenty <= len(values):
        chunks: list[Mapping[str, object] | None] = [None] if in_twenty else []
    else:
        chunks = [
            {unique.field: {UNIQUE_SUBFIELDS[unique.type]: {"in": list(values[start : start + PAGE])}}}
            for start in range(0, len(values), PAGE)
        ]
    for where in chunks:
        for record in read_all(client, facts, columns, where=where, page_size=PAGE, include_deleted=True):
            value = unique.value_of(record)
            if value is not None:
                yield _Holder(value, record["id"], record["deletedAt"] is not None)


def _pages(holders: Iterator[_Holder]) -> Iterator[list[_Holder]]:
    while page := list(islice(holders, PAGE)):
        yield page


def read_member_ids(client: TwentyClient) -> frozenset[str]:
    """The ids of the workspace's members, who can be assigned tasks."""
    edges = client.records("{workspaceMembers(first:1000){edges{node{id}}}}")["workspaceMembers"]["edges"]
    return frozenset(edge["node"]["id"] for edge in edges)


def probe_rate_limit(
    client: TwentyClient,
    throttled: Callable[[], object],
    *,
    most: int = MOST_PROBES,
    sleep: Callable[[float], None] = time.sleep,
) -> MeasuredLimit:
    """Ask the cheapest question until Twenty refuses; its refusal names the limit.

    Uses up the workspace's tokens of that minute, for every tool that shares them. ``throttled`` is told of
    the refusal, so that the next calls are paced.
    """
    for sent in range(most):
        try:
            client.records_unpaced(_CHEAPEST)
        except Throttled as refusal:
            told = _LIMIT.search(refusal.raw_text())
            tokens, milliseconds = (int(told[1]), int(told[2])) if told else (0, 0)
            if tokens and milliseconds < 10_000:
                # The short limit, which only a fast burst meets; the long one is what a migration feels.
                sleep(milliseconds / 1000)
                continue
            throttled()
            return MeasuredLimit(sent, tokens * 60_000 / milliseconds if tokens else None)
    return MeasuredLimit(most, None)


@dataclass(frozen=True)
class StandingRecords:
    """Records of one object: all, soft-deleted, written by this ledger, and ours by their PANDA id only."""

    object: str
    total: int
    deleted: int
    in_ledger: int
    own_unknown: int
    """Records that bear a PANDA id of this practice and that this ledger did not write."""

    @property
    def others(self) -> int:
        return max(0, self.total - self.in_ledger - self.own_unknown)


@dataclass(frozen=True)
class Collisions:
    """Unique values of ours that other records hold, live or soft-deleted."""

    object: str
    field: str
    beside: str
    live: int
    deleted: int
    shared: int
    """Values that several of our own records want."""


@dataclass(frozen=True)
class MeasuredLimit:
    """What a probe found: calls that went through, and calls a minute where the refusal told."""

    calls_before_refusal: int
    calls_per_minute: float | None


@dataclass(frozen=True)
class _Holder:
    value: str
    id: str
    is_deleted: bool
