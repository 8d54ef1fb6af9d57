"""A walk over every record of an object in Twenty: whom no source explains, and who was touched since.

Reads ids and a few small fields, 1,000 records a call.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from panda_twenty.ledger.gone_rows import gone_ids
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.verified import mark_untouched, seen_in, source_keys_of, stood_before
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import read_all
from panda_twenty.twenty.workspace import ObjectFacts

RECORDS_PER_PAGE = 1_000

MOST_LEFT_OPEN = 10_000
"""Records of one object that are kept in memory between two looks at them; of more, all are read again."""

BY_HAND = frozenset({"MANUAL", "EMAIL", "CALENDAR"})
"""Creators that Twenty names for what people do in it, and for the mail and calendars that they connect."""

OWNERS_OF_LINKS = {"noteTarget": ("note", "noteId"), "taskTarget": ("task", "taskId")}


Records = list[dict[str, Any]]
"""Records in the few fields that a walk reads."""


@dataclass(frozen=True)
class Unexplained:
    """A record in Twenty that no row of the source stands behind."""

    object: str
    twenty_id: str
    source_key: str | None
    """The row that the ledger wrote it from, where it did."""
    reason: str
    """``source_gone``: the ledger wrote it and the source has no such row any more. ``unknown``: neither the
    ledger nor the survey before the migration knows it, and nobody made it by hand."""

    def document(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass
class Walk:
    """What a walk over one object needs."""

    client: TwentyClient
    ledger: Ledger
    facts: ObjectFacts
    practice: str
    sweep: int
    report: Callable[[Unexplained], None] = lambda found: None
    progress: Callable[[int], None] = lambda done: None
    records: int = 0
    by_hand: int = 0
    """Records that people added in Twenty after the migration began."""


def walk_unexplained(walk: Walk, left_open: Records | None = None) -> None:
    """Report every record of the object that this sweep did not come by and that nothing else explains.

    All records are read, or only ``left_open`` is looked at, where :func:`walk_untouched` has just read them.
    """
    for page in _pages(walk) if left_open is None else _in_pages(left_open):
        ids = [record["id"] for record in page]
        seen = seen_in(walk.ledger, walk.facts.name, ids, walk.sweep)
        unseen = [record for record in page if record["id"] not in seen and not record.get("deletedAt")]
        if unseen:
            _explain(walk, unseen)


def walk_untouched(walk: Walk) -> Records | None:
    """Mark every record as seen that has not changed since it was last right.

    Returns those that are not marked; None where they are too many to be kept.
    """
    left_open: Records | None = []
    for page in _pages(walk):
        standing = {record["id"]: record["updatedAt"] for record in page if not record.get("deletedAt")}
        marked = mark_untouched(walk.ledger, walk.facts.name, standing, walk.sweep)
        if left_open is not None:
            open_here = standing.keys() - marked
            left_open += [record for record in page if record["id"] in open_here]
            if len(left_open) > MOST_LEFT_OPEN:
                left_open = None
    return left_open


def _in_pages(left_open: Records) -> Iterator[Records]:
    for start in range(0, len(left_open), RECORDS_PER_PAGE):
        yield left_open[start : start + RECORDS_PER_PAGE]


def _pages(walk: Walk) -> Iterator[Records]:
    wanted = ["updatedAt", "deletedAt", *(n for n in ("createdBy", "pandaId") if n in walk.facts.fields)]
    if walk.facts.name in OWNERS_OF_LINKS:
        wanted.append(OWNERS_OF_LINKS[walk.facts.name][1])
    records = read_all(walk.client, walk.facts, wanted, page_size=RECORDS_PER_PAGE, include_deleted=True)
    while page := list(itertools.islice(records, RECORDS_PER_PAGE)):
        walk.records += len(page)
        yield page
        walk.progress(walk.records)


def _explain(walk: Walk, unseen: Records) -> None:
    ids = [record["id"] for record in unseen]
    known = source_keys_of(walk.ledger, walk.facts.name, ids)
    before = stood_before(walk.ledger, walk.facts.name, ids)
    owned = _links_of_ours(walk, unseen)
    gone = gone_ids(walk.ledger, walk.facts.name, ids)
    for record in unseen:
        twenty_id = record["id"]
        if twenty_id in gone:
            # A delta has found that, and marked the record or left it, as the operator chose.
            continue
        if twenty_id in known:
            walk.report(Unexplained(walk.facts.name, twenty_id, known[twenty_id][1], "source_gone"))
        elif twenty_id in before:
            continue
        elif _is_made_by_hand(record) and twenty_id not in owned and not _claims_to_be_ours(walk, record):
            walk.by_hand += 1
        else:
            walk.report(Unexplained(walk.facts.name, twenty_id, None, "unknown"))


def _is_made_by_hand(record: Mapping[str, Any]) -> bool:
    return (record.get("createdBy") or {}).get("source") in BY_HAND


def _claims_to_be_ours(walk: Walk, record: Mapping[str, Any]) -> bool:
    return str(record.get("pandaId") or "").startswith(f"{walk.practice}/")


def _links_of_ours(walk: Walk, unseen: Records) -> frozenset[str]:
    """Those of these links that hang on a note or task of ours, which they change whoever made them."""
    if walk.facts.name not in OWNERS_OF_LINKS:
        return frozenset()
    owner, column = OWNERS_OF_LINKS[walk.facts.name]
    owners: dict[str, str] = {record["id"]: record[column] for record in unseen if record.get(column)}
    ours = source_keys_of(walk.ledger, owner, list(dict.fromkeys(owners.values())))
    return frozenset(twenty_id for twenty_id, of in owners.items() if of in ours)
