"""A whole workspace written down, and two of these compared: the proof that undo left nothing behind.

A snapshot is a text file of JSON lines, sorted: one line per field of the data model, one per record of every
object, soft-deleted ones included. Ids of the data model are left out; ids of records are kept.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from panda_twenty.json_bytes import canonical
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import SchemaChanged
from panda_twenty.twenty.records import RECORDS_PER_CALL, read_all
from panda_twenty.twenty.workspace import RELATION_TYPES, ObjectFacts, Workspace
from panda_twenty.undo.data_model import holds_something
from panda_twenty.verification.reporting import open_private

SERVERS_OWN_FIELDS = ("updatedAt", "updatedBy", "searchVector")
"""Set by the server at every write (measured); everything else has to be as it was."""

SERVERS_OWN_OBJECTS = ("timelineActivity", "workflowRun")
"""Rows that Twenty's worker writes by itself about what happens in the workspace."""

_UNREADABLE_TYPES = ("TS_VECTOR", *RELATION_TYPES)


@dataclass(frozen=True)
class Change:
    """One thing that two snapshots say differently. Ids and names only; the values stay in the files."""

    kind: str
    """``added``, ``removed`` or ``changed``."""
    object: str
    id: str
    """Record's id, or the field's name for the data model."""
    fields: tuple[str, ...] = ()


@dataclass
class SnapshotDifference:
    """What differs, and what of that the server alone is responsible for."""

    changes: list[Change] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    @property
    def is_equal(self) -> bool:
        return not self.changes


def take_snapshot(
    client: TwentyClient,
    workspace: Workspace,
    file: Path,
    *,
    hashing: Callable[[Any], str] | None = None,
    progress: Callable[[str, int], None] = lambda name, records: None,
) -> int:
    """Write the workspace down, for its owner alone; returns the number of records.

    ``hashing`` (the ledger's keyed hash) replaces each value: enough to compare, and nothing to read.
    Twenty may be in use meanwhile, but then the snapshot is of no single moment.
    """
    written = 0
    with open_private(file) as opened:
        for name in sorted(workspace.objects):
            facts = workspace.objects[name]
            for each in sorted(facts.fields.values(), key=lambda field: field.name):
                opened.write(_line(name, f"field {each.name}", _shape(each)))
            if not facts.is_active:
                continue
            count = 0
            for record in _records(client, facts):
                values = {column: _comparable(value) for column, value in record.items() if column != "id"}
                if hashing is not None:
                    values = {column: hashing(value) for column, value in values.items()}
                opened.write(_line(name, f"record {record['id']}", values))
                count += 1
            progress(name, count)
            written += count
    return written


def compare_snapshots(before: Path, after: Path) -> SnapshotDifference:
    """Walk two snapshots side by side. Raises ValueError for a file that is none."""
    result = SnapshotDifference()
    for (name, identity), pair in _merged(before, after):
        if len(pair) == 1:
            kind = "removed" if 0 in pair else "added"
            _tell(result, Change(kind, name, identity))
            continue
        fields = tuple(
            sorted(
                column
                for column in pair[0].keys() | pair[1].keys()
                if _differs(pair[0].get(column, _ABSENT), pair[1].get(column, _ABSENT))
            )
        )
        counted = tuple(each for each in fields if each not in SERVERS_OWN_FIELDS)
        result.ignored.update(each for each in fields if each in SERVERS_OWN_FIELDS)
        if counted:
            _tell(result, Change("changed", name, identity, counted))
    return result


_ABSENT = object()


def _differs(before: Any, after: Any) -> bool:
    """A field that came or went says so in a line of its own; on a record only its value counts."""
    if before is _ABSENT or after is _ABSENT:
        return holds_something(after if before is _ABSENT else before)
    return bool(before != after)


def _tell(result: SnapshotDifference, change: Change) -> None:
    if change.object in SERVERS_OWN_OBJECTS and change.id.startswith("record "):
        result.ignored[change.object] += 1
    else:
        result.changes.append(change)


def _records(client: TwentyClient, facts: ObjectFacts) -> Iterator[dict[str, Any]]:
    columns = [
        *(
            each.name
            for each in facts.fields.values()
            if each.is_active and each.type not in _UNREADABLE_TYPES
        ),
        *facts.join_columns,
    ]
    try:
        yield from read_all(client, facts, columns, page_size=RECORDS_PER_CALL, include_deleted=True)
    except SchemaChanged:
        # Some of Twenty's own objects are in the data model and have no query; nobody can change them.
        return


def _shape(each: Any) -> dict[str, Any]:
    return {
        "type": each.type,
        "label": each.label,
        "is_active": each.is_active,
        "is_unique": each.is_unique,
        "is_nullable": each.is_nullable,
        "options": [[option.value, option.label, option.color, option.position] for option in each.options],
    }


def _comparable(value: Any) -> Any:
    """The value without what Twenty makes anew at every reading: signed addresses of files."""
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if isinstance(value, dict) and "fileId" in value:
        return {name: each for name, each in value.items() if name != "url"}
    return value


def _line(name: str, identity: str, values: dict[str, Any]) -> str:
    return canonical([name, identity, values]).decode("utf-8", "replace") + "\n"


def _read(file: Path, place: int) -> Iterator[tuple[tuple[str, str], int, dict[str, Any]]]:
    with file.open(encoding="utf-8") as opened:
        for number, line in enumerate(opened, 1):
            try:
                name, identity, values = json.loads(line)
            except ValueError:
                raise ValueError(f"{file} is no snapshot: line {number} cannot be read.") from None
            yield (name, identity), place, values


def _merged(before: Path, after: Path) -> Iterator[tuple[tuple[str, str], dict[int, dict[str, Any]]]]:
    """Keys of either file in order, each with its values by file: 0 for before, 1 for after."""
    current: tuple[str, str] | None = None
    pair: dict[int, dict[str, Any]] = {}
    for key, place, values in heapq.merge(_read(before, 0), _read(after, 1), key=lambda line: line[0]):
        if key != current and current is not None:
            yield current, pair
            pair = {}
        current = key
        pair[place] = values
    if current is not None:
        yield current, pair
