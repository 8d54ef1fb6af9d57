"""Finds which column names rows of which other table: declared keys, else name, type and value inclusion.

Half of the foreign keys of such databases were never declared. A guess wants both a name that fits and values
that are there; small numbers are found in every dense key, so values alone prove little unless they reach
across the other table's range.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, quoted, quoted_table
from panda_twenty.panda.discovery.facts import ColumnFacts, Relation, TableFacts
from panda_twenty.panda.discovery.names import (
    abbreviation_quality,
    raw_letters,
    shared_prefix,
    without_prefix,
    words_of,
)
from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.values import key_text

VALUES_LOOKED_UP = 200
"""Different values of a column that are looked up in the other table."""

KEYS_IN_MEMORY = 20_000
"""Tables up to this size have their keys read once; larger ones are asked value by value."""

LEAST_INCLUSION = 0.9
"""Rows whose parent was deleted are common; a column that misses more often names something else."""

ENOUGH = 0.4
"""A relation below this score is not believed."""

_AGREES, _DISAGREES = 0.97, 0.5
"""Shares of rows that agree in a third column from which a relation is taken for one, or for chance."""

_AGREED, _ALONE = 0.8, 0.6
"""What it counts, on the scale of a name, that rows agree or that no other table has the values."""

_UNMISTAKABLE = 0.9
"""What a name counts that is the other key's or table's own. No third column speaks against it: a letter need
not go to the doctor who referred its patient."""

_TELLING, _LARGE_NUMBER = 12, 1_000
"""Rows and different values that agreement wants, and numbers that are not found in every dense key."""

_ROW_NUMBER = 100_000
"""No year, order or amount of a practice is always so large a whole number."""

_ABSENT = ("0", "-1")
"""What stands in a key column that names nothing."""

_KEY_WORDS = frozenset("id key number code guid num no fk ref pk reference".split())


def find_relations(
    database: PracticeDatabase,
    tables: Mapping[str, TableFacts],
    samples: Mapping[str, Sequence[tuple[Any, ...]]],
    declared: Mapping[tuple[str, str], tuple[str, str]],
) -> list[Relation]:
    """Declared relations, and for the other columns the likeliest ones, best first per column."""
    found = [
        Relation(table, column, to_table, to_column, True, 1.0, None, "declared foreign key")
        for (table, column), (to_table, to_column) in declared.items()
        if table in tables and to_table in tables
    ]
    targets = _Targets(database, tables)
    for table in tables.values():
        if table.set_aside or not table.rows:
            continue
        for place, column in enumerate(table):
            if (table.name, column.name) in declared or not _may_refer(table, column):
                continue
            values = _counted([row[place] for row in samples.get(table.name, ())])
            if values:
                found.extend(_relations_of(table, column, values, samples.get(table.name, ()), targets))
    return _to_the_origin(found)


def _to_the_origin(relations: Sequence[Relation]) -> list[Relation]:
    """Where a table's key names rows of another one (one to one), that other one is what others mean."""
    best: dict[tuple[str, str], Relation] = {}
    for relation in relations:
        known = best.get((relation.table, relation.column))
        if known is None or relation.score > known.score:
            best[relation.table, relation.column] = relation
    there = {(each.table, each.column, each.to_table) for each in relations}
    found = []
    for relation in relations:
        onward = best.get((relation.to_table, relation.to_column))
        if (
            not relation.declared
            and onward is not None
            and onward.score >= 0.6
            and (relation.table, relation.column, onward.to_table) in there
        ):
            found.append(replace(relation, score=round(relation.score * 0.85, 3)))
        else:
            found.append(relation)
    return found


def _may_refer(table: TableFacts, column: ColumnFacts) -> bool:
    if column.broad not in ("integer", "number", "text", "guid") or not column.filled:
        return False
    if column.broad == "number" and column.share("integer") < 1:
        return False
    is_long = column.longest > 40 or column.share("prose") > 0 or column.share("date_iso") > 0
    return column.broad != "text" or not is_long


def _counted(values: Sequence[Any]) -> Counter[str]:
    """Each different value with the rows that have it, so that one lost parent weighs as its rows do."""
    return Counter(text for value in values if (text := key_text(value)) is not None and text not in _ABSENT)


class _Targets:
    """Every column that could be named by others, with a way to look values up in it."""

    def __init__(self, database: PracticeDatabase, tables: Mapping[str, TableFacts]) -> None:
        self._database = database
        self._keys: dict[str, frozenset[str] | None] = {}
        self._partners: dict[tuple[str, str], Mapping[str, str | None]] = {}
        self.all = [
            (table, table.columns[table.key[0]])
            for table in tables.values()
            if len(table.key) == 1 and table.rows and not table.set_aside
        ]
        self.tables = tables

    def included(self, table: TableFacts, column: ColumnFacts, values: Counter[str]) -> float:
        """Share of the rows whose value the column has."""
        keys = self._all_keys(table, column)
        looked_up = list(values)[:: max(1, len(values) // VALUES_LOOKED_UP)][:VALUES_LOOKED_UP]
        if keys is not None:
            return sum(count for value, count in values.items() if value.upper() in keys) / values.total()
        wanted: list[object] = [
            int(value) if column.broad == "integer" else value
            for value in looked_up
            if column.broad != "integer" or value.lstrip("-").isdigit()
        ]
        if not wanted:
            return 0.0
        sql = (
            f"SELECT {quoted(column.name)} FROM {quoted_table(table.name)}"  # noqa: S608
            f" WHERE {quoted(column.name)} IN ({', '.join('?' * len(wanted))})"
        )
        try:
            there = {str(key_text(row[0])).upper() for row in self._database.fetch(sql, wanted)}
        except SourceError:
            return 0.0
        rows = sum(values[value] for value in looked_up)
        return sum(values[value] for value in looked_up if value.upper() in there) / rows

    def _all_keys(self, table: TableFacts, column: ColumnFacts) -> frozenset[str] | None:
        if table.rows > KEYS_IN_MEMORY:
            return None
        if table.name not in self._keys:
            sql = f"SELECT {quoted(column.name)} FROM {quoted_table(table.name)}"  # noqa: S608
            try:
                self._keys[table.name] = frozenset(
                    str(key_text(row[0])).upper() for row in self._database.fetch(sql)
                )
            except SourceError:
                self._keys[table.name] = frozenset()
        return self._keys[table.name]

    def agreement(
        self,
        table: TableFacts,
        column: ColumnFacts,
        rows: Sequence[tuple[Any, ...]],
        other: TableFacts,
        key: ColumnFacts,
    ) -> tuple[float, str] | None:
        """Share of the rows that have a third column in common with the row that they would name.

        An exam that a comparison names is of the comparison's patient. None where the tables share no
        column that could tell, or where too few rows do.
        """
        theirs_by_name = _by_bare_name(tuple(other.columns))
        shared = next(
            (
                (each.name, theirs.name)
                for each in table
                if each.name not in (column.name, key.name)
                and each.broad in ("integer", "guid")
                and each.distinct >= _TELLING
                and (theirs_name := theirs_by_name.get(bare_name(table, each))) is not None
                and (theirs := other.columns[theirs_name])
                and theirs.distinct >= _TELLING
                and (each.name == theirs.name or (_are_row_numbers(each) and _are_row_numbers(theirs)))
            ),
            None,
        )
        if shared is None or other.rows > KEYS_IN_MEMORY or other.name == table.name:
            return None
        partners = self._partners_of(other, key, shared[1])
        names = list(table.columns)
        own, beside = names.index(column.name), names.index(shared[0])
        pairs = [
            (key_text(row[beside]), partner)
            for row in rows
            if (partner := partners.get(str(key_text(row[own])).upper())) is not None
        ]
        if len(pairs) < _TELLING:
            return None
        return sum(mine == theirs for mine, theirs in pairs) / len(pairs), shared[0]

    def _partners_of(self, table: TableFacts, key: ColumnFacts, shared: str) -> Mapping[str, str | None]:
        if (table.name, shared) not in self._partners:
            sql = f"SELECT {quoted(key.name)}, {quoted(shared)} FROM {quoted_table(table.name)}"  # noqa: S608
            try:
                self._partners[table.name, shared] = {
                    str(key_text(row[0])).upper(): key_text(row[1]) for row in self._database.fetch(sql)
                }
            except SourceError:
                self._partners[table.name, shared] = {}
        return self._partners[table.name, shared]

    def reach(self, table: TableFacts, values: Counter[str]) -> float:
        """How far across the other table's keys the values reach, from 0 to 1."""
        keys = self._keys.get(table.name)
        if keys:
            return min(1.0, len(values) / min(len(keys), VALUES_LOOKED_UP))
        return min(1.0, len(values) / VALUES_LOOKED_UP)


def _relations_of(
    table: TableFacts,
    column: ColumnFacts,
    values: Counter[str],
    rows: Sequence[tuple[Any, ...]],
    targets: _Targets,
) -> list[Relation]:
    there: list[_There] = []
    for other, key in targets.all:
        if other.name == table.name and column.name == key.name:
            continue
        if not _compatible(column, key):
            continue
        named, said = max(
            (
                name_evidence(table.name, name, other.name, key.name)
                for name in dict.fromkeys((column.name, bare_name(table, column)))
            ),
            key=lambda each: each[0],
        )
        is_own_key = len(table.key) == 1 and column.name == table.key[0]
        if (is_own_key or not _is_key_like(column)) and named < 0.5:
            continue
        if other.name != table.name and _names_the_same_parent(column, other):
            named = min(named, 0.3)
        if other.rows > KEYS_IN_MEMORY and named < 0.3:
            continue
        inclusion = targets.included(other, key, values)
        if inclusion < LEAST_INCLUSION:
            continue
        agreement = None if is_own_key else targets.agreement(table, column, rows, other, key)
        if agreement is not None and agreement[0] >= _AGREES and named < _AGREED:
            named, said = _AGREED, f"rows on both ends have the same {agreement[1]}"
        elif agreement is not None and agreement[0] < _DISAGREES and named < _UNMISTAKABLE:
            named = min(named, 0.2)
        there.append(_There(other, key, named, said, inclusion, targets.reach(other, values)))
    candidates: list[Relation] = []
    for each in _with_the_only_one(column, there):
        score = min(0.97, 0.1 + 0.6 * each.named + 0.3 * each.reach) * (0.7 + 0.3 * each.inclusion)
        if score >= ENOUGH:
            reason = (
                f"{each.said}; {each.inclusion:.0%} of the values are there, reaching over {each.reach:.0%} "
                "of its keys"
            )
            candidates.append(
                Relation(
                    table.name,
                    column.name,
                    each.table.name,
                    each.key.name,
                    False,
                    round(score, 3),
                    each.inclusion,
                    reason,
                )
            )
    return sorted(candidates, key=lambda each: -each.score)[:4]


@dataclass(frozen=True)
class _There:
    """A key that has a column's values."""

    table: TableFacts
    key: ColumnFacts
    named: float
    said: str
    inclusion: float
    reach: float


def _with_the_only_one(column: ColumnFacts, there: Sequence[_There]) -> Sequence[_There]:
    """Numbers that no other table has, and that are too large to be there by chance, need no name."""
    tells = column.broad == "guid" or (column.broad == "integer" and (column.lowest or 0) >= _LARGE_NUMBER)
    if len(there) != 1 or not tells or there[0].inclusion < 1 or there[0].named >= _ALONE:
        return there
    return [replace(there[0], named=_ALONE, said="no other table has these values")]


def _names_the_same_parent(column: ColumnFacts, other: TableFacts) -> bool:
    """Whether the other table has the same column beside its key: then both name rows of a third one."""
    twin = other.columns.get(column.name)
    return twin is not None and column.name not in other.key and twin.broad == column.broad


def _are_row_numbers(column: ColumnFacts) -> bool:
    """Whether the values can hardly count or measure anything: GUIDs, or numbers that are all large."""
    return column.broad == "guid" or (column.broad == "integer" and (column.lowest or 0) >= _ROW_NUMBER)


def bare_name(table: TableFacts, column: ColumnFacts) -> str:
    """A column's name without a beginning that its whole table shares: ``PAT`` for ``XPAT``."""
    return _bare_names(tuple(table.columns))[column.name]


@lru_cache(maxsize=5_000)
def _bare_names(names: tuple[str, ...]) -> Mapping[str, str]:
    prefix = shared_prefix(names)
    return {name: without_prefix(name, prefix) for name in names}


@lru_cache(maxsize=5_000)
def _by_bare_name(names: tuple[str, ...]) -> Mapping[str, str]:
    return {bare: name for name, bare in _bare_names(names).items()}


def _is_key_like(column: ColumnFacts) -> bool:
    words = set(words_of(column.name))
    return bool(words & _KEY_WORDS) or _are_row_numbers(column) or column.distinct > 12


def _compatible(column: ColumnFacts, key: ColumnFacts) -> bool:
    if column.broad == key.broad:
        return True
    numeric = ("integer", "number")
    if column.broad in numeric and key.broad in numeric:
        return True
    if {column.broad, key.broad} == {"guid", "text"}:
        return True
    if column.broad == "text" and key.broad in numeric:
        return column.share("integer") > 0.95
    return key.broad == "text" and column.broad in numeric and key.share("integer") > 0.95


_SUCCESSION = frozenset(
    "rescheduled successor parent next previous moved replaced replacement original linked".split()
)


def name_evidence(table: str, column: str, other: str, key: str) -> tuple[float, str]:
    """How much a column's name speaks of another table, from 0 to 1, and in what way."""
    own, theirs = words_of(column), words_of(other)
    if table == other and set(own) & _SUCCESSION:
        return 0.7, "its name speaks of another row of the same table"
    key_words = words_of(key)
    if column.lower() == key.lower() and not set(key_words) <= _KEY_WORDS:
        return 1.0, f"the same name as {other}.{key}"
    bare = tuple(word for word in own if word not in _KEY_WORDS and not word.isdigit())
    target = tuple(word for word in theirs if word not in ("table", "list", "master"))
    key_bare = tuple(word for word in key_words if word not in _KEY_WORDS)
    if bare and (set(bare) == set(target) or set(bare) == set(key_bare)):
        return 0.95, f"its name says {other}"
    if bare and target and set(target) <= set(bare):
        return 0.85, f"its name holds {other}"
    if bare and key_bare and set(key_bare) <= set(bare):
        return 0.8, f"its name holds {other}.{key}"
    if bare and set(bare) < set(target):
        return 0.75, f"its name is a part of {other}"
    overlap = set(bare) & set(target)
    if overlap:
        return 0.6 * len(overlap) / len(
            set(bare) | set(target)
        ) + 0.15, f"its name shares a word with {other}"
    letters, other_letters = raw_letters(column), raw_letters(other)
    for ending in ("id", "no", "num", "key", "nr", "cd", "k", "fk", "code", ""):
        stem = letters.removesuffix(ending) if ending else letters
        if len(stem) < 2 or (ending and stem == letters):
            continue
        if stem == other_letters or (len(stem) >= 3 and other_letters.startswith(stem)):
            return 0.8, f"its name is short for {other}"
        quality = max(abbreviation_quality(stem, target), abbreviation_quality(other_letters, bare or ("-",)))
        if quality >= 0.5:
            return 0.7 * quality, f"its name may be short for {other}"
    return 0.0, "nothing in its name"


def referring(relations: Sequence[Relation]) -> Mapping[str, list[Relation]]:
    """Relations by the table that they point at."""
    found: dict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        found[relation.to_table].append(relation)
    return found
