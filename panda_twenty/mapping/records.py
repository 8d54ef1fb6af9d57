"""From staged rows to records: joins resolved, lines applied, identity and parents worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panda_twenty.mapping.identity import panda_id, record_id
from panda_twenty.mapping.specification import Join, Line, Relation, Route, split_source
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.mapping.transforms.registry import SETTLED_BY_THE_BUILDER, TRANSFORMS
from panda_twenty.panda.extraction import EntityRow
from panda_twenty.twenty.outgoing import Parent, Record, Trouble
from panda_twenty.twenty.stored_file import StoredFile

RowReader = Callable[[str], Iterable[EntityRow]]
"""Gives the staged rows of an entity: those of the patient range, or all where it has no ranges."""


@dataclass(frozen=True)
class SourceRow:
    """A row with the rows that its route joins to it."""

    row: EntityRow
    joined: Mapping[str, EntityRow | Sequence[EntityRow] | None]

    def value(self, path: str) -> Any:
        """The value at ``attribute`` or ``join.attribute``; a tuple of values for a join of several rows."""
        join, attribute = split_source(path)
        if join is None:
            return self.row.values.get(attribute) if attribute != "key" else self.row.key
        found = self.joined.get(join)
        if found is None:
            return None
        if isinstance(found, EntityRow):
            return found.key if attribute == "key" else found.values.get(attribute)
        return tuple(each.key if attribute == "key" else each.values.get(attribute) for each in found)

    def read_with_trouble(self, route: Route) -> Iterator[Trouble]:
        """Reading problems of this row and of its children. A look-up's problems belong to its own record."""
        rows: list[EntityRow] = [self.row]
        for name, found in self.joined.items():
            if route.joins[name].by is None or found is None:
                continue
            rows.extend([found] if isinstance(found, EntityRow) else found)
        for row in rows:
            for problem in row.problems:
                yield Trouble(problem.attribute, problem.code, problem.advice)


def joined_rows(route: Route, read: RowReader) -> Iterator[SourceRow]:
    """Every row of the route's entity with its joins. Holds the joined entities of the range in memory."""
    children: dict[str, dict[str, list[EntityRow]]] = {}
    lookups: dict[str, dict[str, EntityRow]] = {}
    for name, join in route.joins.items():
        if join.by is not None:
            children[name] = _grouped(read(join.entity), join)
        else:
            lookups[name] = {row.key: row for row in read(join.entity)}
    for row in read(route.entity):
        joined: dict[str, EntityRow | Sequence[EntityRow] | None] = {}
        for name, join in route.joins.items():
            if join.by is None:
                joined[name] = lookups[name].get(row.values.get(join.key or "") or "")
            else:
                joined[name] = _chosen(_children_of(row, join, joined, children[name]), join)
        source = SourceRow(row, joined)
        if route.only_if is None or source.value(route.only_if) is not None:
            yield source


def _grouped(rows: Iterable[EntityRow], join: Join) -> dict[str, list[EntityRow]]:
    groups: dict[str, list[EntityRow]] = defaultdict(list)
    for row in rows:
        groups[row.values.get(join.by or "") or ""].append(row)
    if join.order_by is not None:
        for group in groups.values():
            group.sort(key=lambda row: _order(row.values.get(join.order_by or "")))
    return groups


def _order(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


def _children_of(
    row: EntityRow, join: Join, joined: Mapping[str, Any], groups: Mapping[str, list[EntityRow]]
) -> list[EntityRow]:
    if join.through is None:
        return groups.get(row.key, [])
    return [child for between in joined[join.through] for child in groups.get(between.key, [])]


def _chosen(rows: list[EntityRow], join: Join) -> EntityRow | Sequence[EntityRow] | None:
    if join.nth is not None:
        return rows[join.nth - 1] if len(rows) >= join.nth else None
    return rows[join.after or 0 :]


def build_record(route: Route, source: SourceRow, practice: str) -> Record:
    """Apply a route's lines to one row. Troubles are collected, never raised."""
    key = source.row.key
    record = Record(
        route=route.name,
        object=route.object,
        entity=route.identity,
        source_key=key,
        twenty_id=record_id(practice, route.identity, key),
        values={},
        patient_key=key if route.entity == "patient" else source.row.values.get("patient_key"),
        troubles=list(source.read_with_trouble(route)),
    )
    parents = []
    for line in route.lines:
        if line.relation is not None:
            parent = _parent(line, line.relation, source, practice)
            record.values[line.column] = parent.twenty_id if parent else None
            if parent:
                parents.append(parent)
            elif line.relation.required:
                record.troubles.append(
                    Trouble(line.field, "missing_parent", f"The source row names no {line.relation.entity}.")
                )
            continue
        if line.transform == "file":
            _put_file(line, source, record)
            continue
        record.values[line.column] = _line_value(route, line, source, practice, record.troubles)
    record.parents = tuple(parents)
    return record


def _put_file(line: Line, source: SourceRow, record: Record) -> None:
    """A file's bytes go beside the values, which hold its hash: the ledger compares that."""
    name, content = (source.value(path) for path in line.source)
    if content is None:
        record.troubles.append(Trouble(line.field, "no_content", "The source keeps no bytes for this file."))
        return
    if not content:
        record.troubles.append(
            Trouble(line.field, "empty_file", "The file is empty; Twenty stores none such.")
        )
        return
    file = StoredFile(name, content)
    record.files[line.column] = file
    record.values[line.column] = file.sha256


def _parent(line: Line, relation: Relation, source: SourceRow, practice: str) -> Parent | None:
    key = source.value(line.source[0])
    if not key:
        return None
    return Parent(
        field=line.field,
        column=line.column,
        object=relation.target,
        twenty_id=record_id(practice, relation.entity, key),
        entity=relation.entity,
        source_key=key,
        required=relation.required,
    )


def _line_value(route: Route, line: Line, source: SourceRow, practice: str, troubles: list[Trouble]) -> Any:
    if line.transform == "panda_id":
        return panda_id(practice, route.identity, source.row.key)
    if line.transform in SETTLED_BY_THE_BUILDER:
        return None
    values = [source.value(path) for path in line.source]
    try:
        return TRANSFORMS[line.transform](values, line.options_of_transform)
    except CannotTransform as refusal:
        troubles.append(Trouble(line.field, refusal.code, refusal.advice))
        return None
