"""What a migration should have left in a workspace, and what it did leave."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.state import quarantined, records_of
from panda_twenty.mapping.identity import record_id
from panda_twenty.mapping.specification import Route
from panda_twenty.session import Session
from panda_twenty.twenty.files import fetched_sha256
from panda_twenty.twenty.outgoing import SOURCE_DELETED_AT
from panda_twenty.twenty.prior_values import DELETED_AT
from panda_twenty.twenty.records import destroy, read_all, read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts

Key = tuple[str, str, str]
"""Object, entity and source key: what names a record whatever the practice is called."""

Snapshot = Mapping[Key, Mapping[str, Any]]


@dataclass
class Verdict:
    """How a workspace differs from what it should hold."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """Object and field of what is wrong; no values."""
    remarks: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong or self.remarks)


def expected_keys(session: Session) -> list[Key]:
    """Every record that the ledger of a faultless run says is in Twenty."""
    return [
        (each.name, known.entity, known.source_key)
        for each in session.mapping.objects
        for known in records_of(session.ledger, each.name)
    ]


def ids_of(practice: str, keys: list[Key]) -> dict[str, Key]:
    """The id that each record must have."""
    return {
        record_id(practice, entity, source_key): (name, entity, source_key)
        for name, entity, source_key in keys
    }


def snapshot(session: Session, keys: list[Key]) -> tuple[Snapshot, int]:
    """What these records say, whatever the practice is called, and how many others this practice has.

    A record that is hidden is left out, as one that is not there: nobody sees it in Twenty. No row of the
    practice is ever deleted here, so a mark that says so is one more field that must not differ.
    """
    by_id = ids_of(session.practice, keys)
    found: dict[Key, Mapping[str, Any]] = {}
    strays = 0
    for each in session.mapping.objects:
        facts = session.facts(each.name)
        mark = [SOURCE_DELETED_AT] if SOURCE_DELETED_AT in facts.fields else []
        columns = {
            route.identity: [*(line.column for line in route.lines), *filter(None, _taken(route)), *mark]
            for route in session.mapping.routes_to(each.name)
        }
        asked = [DELETED_AT, *dict.fromkeys(column for some in columns.values() for column in some)]
        ids = [one for one, key in by_id.items() if key[0] == each.name]
        for record in _records(session, facts, asked, ids):
            key = by_id.get(record["id"])
            if key is None:
                strays += 1
                continue
            if record[DELETED_AT] is not None:
                continue
            found[key] = {
                column: _comparable(session, record[column], facts, column, by_id)
                for column in columns[key[1]]
            }
    return found, strays


def _taken(route: Route) -> Iterator[str | None]:
    for line in route.lines:
        yield line.when_taken


def _records(
    session: Session, facts: ObjectFacts, columns: list[str], ids: list[str]
) -> Iterator[dict[str, Any]]:
    """The records of these ids, and whatever else was created in the practice's name."""
    read = read_by_ids(session.client, facts, ids, columns, include_deleted=True) if ids else {}
    yield from read.values()
    if "createdBy" in facts.fields:
        for record in _made_by(session, facts, columns):
            if record["id"] not in read:
                yield record


def _made_by(session: Session, facts: ObjectFacts, columns: list[str]) -> Iterator[dict[str, Any]]:
    """The records that bear this practice's name as their creator, hidden ones too."""
    ours = {"createdBy": {"name": {"eq": session.actor.name}}}
    return read_all(session.client, facts, columns, where=ours, include_deleted=True)


def _comparable(
    session: Session, value: Any, facts: ObjectFacts, column: str, by_id: Mapping[str, Key]
) -> Any:
    """The value without what differs from practice to practice: ids, its name, addresses of files."""
    found = facts.fields.get(column)
    if found is not None and found.type == "FILES":
        return fetched_sha256(session.client, value)
    if isinstance(value, str):
        return by_id.get(value) or value.replace(f"{session.practice}/", "practice/", 1)
    if isinstance(value, Mapping):
        return {
            name: _without_block_ids(each)
            if name == "blocknote"
            else _comparable(session, each, facts, "", by_id)
            for name, each in value.items()
        }
    return value


def _without_block_ids(blocknote: str | None) -> Any:
    """Blocks without their ids, which the server draws at random."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bare(each) for name, each in value.items() if name != "id"}
        return [bare(each) for each in value] if isinstance(value, list) else value

    return bare(json.loads(blocknote)) if blocknote else blocknote


def judged(expected: Snapshot, actual: Snapshot, strays: int) -> Verdict:
    """Compare record by record and field by field."""
    verdict = Verdict(doubled=strays)
    for key, fields in expected.items():
        found = actual.get(key)
        if found is None:
            verdict.lost += 1
            continue
        differing = [column for column, value in fields.items() if found[column] != value]
        verdict.wrong += bool(differing)
        verdict.fields.update(f"{key[0]}.{column}" for column in differing)
    return verdict


def judged_ledger(session: Session, keys: list[Key], held_back: int) -> Iterator[str]:
    """Sentences about a ledger that does not tell what the workspace holds."""
    yield from broken_links(session.ledger)
    told = {
        (each.name, known.entity, known.source_key): known
        for each in session.mapping.objects
        for known in records_of(session.ledger, each.name)
    }
    if set(told) != set(keys):
        yield f"The ledger knows {len(told)} records and should know {len(keys)}."
    unsettled = sum(known.state != "written" for known in told.values())
    if unsettled:
        yield f"{unsettled} records are still on their way by the ledger."
    elsewhere = sum(
        known.twenty_id != record_id(session.practice, entity, source_key)
        for (_, entity, source_key), known in told.items()
    )
    if elsewhere:
        yield f"{elsewhere} records stand under another id than theirs."
    in_quarantine = sum(1 for _ in quarantined(session.ledger))
    if in_quarantine != held_back:
        yield f"{in_quarantine} records are in quarantine, and {held_back} should be."


def destroy_all(session: Session, keys: list[Key]) -> None:
    """Remove what a run made, children first, and whatever else bears its name."""
    by_id = ids_of(session.practice, keys)
    objects = session.workspace().objects
    for each in reversed(session.mapping.objects):
        facts = objects.get(each.name)
        if facts is None:
            continue
        ids = {one for one, key in by_id.items() if key[0] == each.name}
        if "createdBy" in facts.fields:
            ids.update(record["id"] for record in _made_by(session, facts, []))
        if ids:
            destroy(session.client, facts, sorted(ids))
