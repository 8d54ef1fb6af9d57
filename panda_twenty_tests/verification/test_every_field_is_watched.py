"""Whatever is changed in Twenty after a migration is reported once, with its place, and nothing else is.

Every field of every object of the default mapping is changed in the stand-in, each on a record of its own,
as many at a time as there are records; then all is put back and must be clean again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from panda_twenty.ledger.state import KnownRecord, records_of
from panda_twenty.session import Session
from panda_twenty.sweeping import Scope
from panda_twenty.twenty.records import read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification.watching import columns_of
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import (
    Workspace,
    change,
    findings,
    migrate_directly,
    migrated_workspace,
    told,
)
from panda_twenty_tests.verification.twenty_changes import changes, to_send


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with (
        folder_in_memory() as folder,
        migrated_workspace(folder, patients=14) as migrated,
    ):
        with migrated.session() as session:
            migrate_directly(session)
        yield migrated


@dataclass(frozen=True)
class Case:
    """One change of one field of one record."""

    object: str
    record: KnownRecord
    column: str
    sentence: str
    before: Any
    after: Any


def field_name(facts: ObjectFacts, column: str) -> str:
    """The field that a join column belongs to, as findings name it."""
    return column.removesuffix("Id") if column in facts.join_columns else column


def cases(session: Session, facts: ObjectFacts) -> Iterator[Case]:
    """Every change of every field; the fields of chart families, which are alike, are changed in one way."""
    routes = session.mapping.routes_to(facts.name)
    columns = list(dict.fromkeys(column for route in routes for column in columns_of(route.lines)))
    columns = [*columns, *(name for name in ("createdAt", "createdBy", "position") if name not in columns)]
    known = list(records_of(session.ledger, facts.name))
    found = read_by_ids(session.client, facts, [each.twenty_id for each in known], columns)
    done: dict[str, int] = defaultdict(int)
    for place, column in enumerate(columns):
        for turn in range(len(known)):
            record = known[(place + turn) % len(known)]
            value = found[record.twenty_id][column]
            options = list(_options(session, facts, column, value))
            kind = facts.fields[column].type if column in facts.fields else "RELATION"
            few = 1 if done[kind] >= 3 else len(options)
            if options and (value not in (None, "", []) or turn == len(known) - 1):
                done[kind] += 1
                for sentence, after in options[:few]:
                    yield Case(facts.name, record, column, sentence, value, after)
                break


def _options(session: Session, facts: ObjectFacts, column: str, value: Any) -> Iterator[tuple[str, Any]]:
    if column in facts.join_columns:
        target = facts.join_columns[column].target
        if target == "workspaceMember":
            return
        others = (each.twenty_id for each in records_of(session.ledger, target))
        yield "another record", next(each for each in others if each != value)
        if value is not None:
            yield "cut", None
        return
    if facts.fields[column].type == "FILES":
        return
    yield from changes(facts.fields[column], value)


def rounds(all_cases: list[Case]) -> Iterator[list[Case]]:
    """The cases, at most one a record at a time."""
    waiting = list(all_cases)
    while waiting:
        taken: dict[str, Case] = {}
        left = []
        for case in waiting:
            if case.record.twenty_id in taken:
                left.append(case)
            else:
                taken[case.record.twenty_id] = case
        waiting = left
        yield list(taken.values())


def test_every_change_of_every_field_is_reported_once_with_its_place_and_nothing_else(
    workspace: Workspace,
) -> None:
    with workspace.session() as session:
        _, before = findings(session)
        assert before == []
        objects = [each.name for each in session.mapping.objects]
        all_cases = [case for name in objects for case in cases(session, session.facts(name))]
        changed = {(case.object, case.column) for case in all_cases}
        for name in objects:
            for route in session.mapping.routes_to(name):
                for column in columns_of(route.lines):
                    assert (name, column) in changed or column in ("file", "assigneeId"), column
        for batch in rounds(all_cases):
            for case in batch:
                facts = session.facts(case.object)
                change(session, facts, case.record.twenty_id, {case.column: case.after})
            alone = {case.object for case in batch}
            scope = Scope(object=alone.pop()) if len(alone) == 1 else Scope()
            _, found = findings(session, scope)
            wanted = {
                (
                    c.object,
                    c.record.twenty_id,
                    c.record.source_key,
                    field_name(session.facts(c.object), c.column),
                )
                for c in batch
            }
            places = [
                (each["object"], each["twenty_id"], each.get("source_key"), each.get("field"))
                for each in found
            ]
            unreported = [c for c in batch if not any(c.record.twenty_id == place[1] for place in places)]
            assert not unreported, [(c.object, c.column, c.sentence, c.before, c.after) for c in unreported]
            assert sorted(places, key=str) == sorted(wanted, key=str), [
                told(each) for each, place in zip(found, places, strict=True) if place not in wanted
            ]
            assert {each["kind"] for each in found} == {"differences"}
            for case in batch:
                facts = session.facts(case.object)
                value = to_send(facts.fields.get(case.column), case.before)
                change(session, facts, case.record.twenty_id, {case.column: value})
        result, after = findings(session)
        assert after == []
        assert result.is_clean
        assert findings(session, Scope(fingerprint=True))[1] == []
