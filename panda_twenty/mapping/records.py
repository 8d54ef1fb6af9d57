"""From staged rows to records: joins resolved, lines applied, identity and parents worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
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


def joined_rows(route: Route, read: RowReader, one_each: Collection[str] = ()) -> Iterator[SourceRow]:
    """Every row of the route's entity with its joins. Holds the joined entities of the range in memory.

    ``one_each`` names joins whose rows have the key of the row that they belong to: those are read no further
    than the rows have come, and few are held where both come in the same order.
    """
    children: dict[str, _Children] = {}
    lookups: dict[str, dict[str, EntityRow]] = {}
    for name, join in route.joins.items():
        if join.by is not None:
            children[name] = _Children(read(join.entity), join.by, join.order_by, name in one_each)
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


class _Children:
    """The rows of a joined entity, by the row that they belong to."""

    def __init__(self, rows: Iterable[EntityRow], by: str, order_by: str | None, one_each: bool) -> None:
        self._rows = iter(rows)
        self._by = by
        self._order_by = order_by
        self._groups: dict[str, list[EntityRow]] = defaultdict(list)
        self._newest: str | None = None
        """Whose children were read last: more of the same key may follow, but then no more of it."""
        if not one_each:
            self._read(None)

    def taken(self, key: str) -> list[EntityRow]:
        """The children of a row. Whoever asks takes them along, so that they need not be held any longer."""
        if key == self._newest or key not in self._groups:
            self._read(key)
        group = self._groups.pop(key, [])
        if self._order_by is not None:
            name = self._order_by
            group.sort(key=lambda row: _order(row.values.get(name)))
        return group

    def _read(self, until: str | None) -> None:
        """Read on until all children of this key are there; all that are left, where there is none."""
        for row in self._rows:
            before, self._newest = self._newest, row.values.get(self._by) or ""
            self._groups[self._newest].append(row)
            if until is not None and before == until != self._newest:
                return


def _order(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


def _children_of(
    row: EntityRow, join: Join, joined: Mapping[str, Any], children: _Children
) -> list[EntityRow]:
    if join.through is None:
        return children.taken(row.key)
    return [child for between in joined[join.through] for child in children.taken(between.key)]


def _chosen(rows: list[EntityRow], join: Join) -> EntityRow | Sequence[EntityRow] | None:
    if join.nth is not None:
        return rows[join.nth - 1] if len(rows) >= join.nth else None
    return rows[join.after or 0 :]


RecordBuilder = Callable[[SourceRow], Record]
"""Makes the record of one row. Troubles are collected, never raised."""

_Read = Callable[[SourceRow], Any]
_Fill = Callable[[SourceRow, Record], None]


def record_builder(route: Route, practice: str) -> RecordBuilder:
    """Prepare what is the same for every row of a route: where each line reads and what it does."""
    fills: list[_Fill] = []
    for (is_settled, paths), group in groupby(route.lines, lambda line: (_is_settled(line), line.source)):
        lines = list(group)
        if is_settled:
            fills += [_settled(route, line, practice) for line in lines]
        else:
            fills.append(_transformed(paths, lines))
    children = [name for name, join in route.joins.items() if join.by is not None]
    name, target, identity = route.name, route.object, route.identity
    is_patient = route.entity == "patient"

    def build(source: SourceRow) -> Record:
        row = source.row
        key = row.key
        record = Record(
            route=name,
            object=target,
            entity=identity,
            source_key=key,
            twenty_id=record_id(practice, identity, key),
            values={},
            patient_key=key if is_patient else row.values.get("patient_key"),
            troubles=_reading_troubles(source, children),
        )
        for fill in fills:
            fill(source, record)
        return record

    return build


def _is_settled(line: Line) -> bool:
    """Whether the line is filled from more than its attributes."""
    return line.relation is not None or line.transform in SETTLED_BY_THE_BUILDER


def _settled(route: Route, line: Line, practice: str) -> _Fill:
    if line.relation is not None:
        return _relation(line, line.relation, practice)
    if line.transform == "file":
        return _file(line)
    if line.transform == "panda_id":
        return _panda_id(line.column, practice, route.identity)
    return _nothing(line.column)


def _reading_troubles(source: SourceRow, children: Sequence[str]) -> list[Trouble]:
    """Problems of this row and of its children. A look-up's problems belong to its own record."""
    problems = list(source.row.problems)
    for name in children:
        found = source.joined.get(name)
        if found is None:
            continue
        for each in (found,) if isinstance(found, EntityRow) else found:
            problems += each.problems
    return [Trouble(problem.attribute, problem.code, problem.advice) for problem in problems]


def _reader(path: str) -> _Read:
    """:meth:`SourceRow.value` of one path, for many rows."""
    join, attribute = split_source(path)
    if attribute == "key":
        return lambda source: source.value(path)
    if join is None:
        return lambda source: source.row.values.get(attribute)

    def read(source: SourceRow) -> Any:
        found = source.joined.get(join)
        if found is None:
            return None
        if isinstance(found, EntityRow):
            return found.values.get(attribute)
        return tuple([each.values.get(attribute) for each in found])

    return read


def _transformed(paths: Sequence[str], lines: Sequence[Line]) -> _Fill:
    """Lines that name the same attributes one after the other, each with its own transform."""
    reads = [_reader(path) for path in paths]
    read_only = reads[0] if len(reads) == 1 else None
    prepared = [
        (line.column, line.field, TRANSFORMS[line.transform], line.options_of_transform) for line in lines
    ]

    def fill(source: SourceRow, record: Record) -> None:
        values = record.values
        given = (read_only(source),) if read_only is not None else [read(source) for read in reads]
        for column, field, transform, options in prepared:
            try:
                values[column] = transform(given, options)
            except CannotTransform as refusal:
                record.troubles.append(Trouble(field, refusal.code, refusal.advice))
                values[column] = None

    return fill


def _panda_id(column: str, practice: str, identity: str) -> _Fill:
    def fill(source: SourceRow, record: Record) -> None:
        record.values[column] = panda_id(practice, identity, source.row.key)

    return fill


def _nothing(column: str) -> _Fill:
    """A place that is filled when the other records are known."""

    def fill(source: SourceRow, record: Record) -> None:
        record.values[column] = None

    return fill


def _file(line: Line) -> _Fill:
    """A file's bytes go beside the values, which hold its hash: the ledger compares that."""
    read_name, read_content = map(_reader, line.source)
    column, field = line.column, line.field

    def fill(source: SourceRow, record: Record) -> None:
        name, content = read_name(source), read_content(source)
        if content is None:
            record.troubles.append(Trouble(field, "no_content", "The source keeps no bytes for this file."))
            return
        if not content:
            record.troubles.append(
                Trouble(field, "empty_file", "The file is empty; Twenty stores none such.")
            )
            return
        file = StoredFile(name, content)
        record.files[column] = file
        record.values[column] = file.sha256

    return fill


PARENTS_REMEMBERED = 1_000
"""Per relation: many rows in a row belong to one patient, and to few providers and offices."""


def _relation(line: Line, relation: Relation, practice: str) -> _Fill:
    read = _reader(line.source[0])
    column, field, target, entity = line.column, line.field, relation.target, relation.entity
    required = relation.required

    @lru_cache(PARENTS_REMEMBERED)
    def parent_of(key: str) -> Parent:
        return Parent(
            field=field,
            column=column,
            object=target,
            twenty_id=record_id(practice, entity, key),
            entity=entity,
            source_key=key,
            required=required,
        )

    def fill(source: SourceRow, record: Record) -> None:
        key = read(source)
        if key:
            parent = parent_of(key)
            record.values[column] = parent.twenty_id
            record.parents += (parent,)
            return
        record.values[column] = None
        if required:
            record.troubles.append(Trouble(field, "missing_parent", f"The source row names no {entity}."))

    return fill
