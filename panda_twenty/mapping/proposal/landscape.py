"""The database as a proposal sees it: usable tables, what they point at, and the ways to a patient."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from panda_twenty.mapping.proposal.evidence import Evidence, column_evidence
from panda_twenty.mapping.proposal.model import Step
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, Relation, TableFacts
from panda_twenty.panda.discovery.names import shared_prefix, without_prefix, words_of
from panda_twenty.panda.entities import Attribute
from panda_twenty.panda.values import key_text

BELIEVED = 0.45
"""Relations from this score on are followed."""

BELIEVED_BASE = 0.8
"""Relations of a table's key from this score on make the other table the base of it."""

LONGEST_STEM = 3
"""Letters by which a key, and with it the other columns of its table, begins where names are terse."""

LONGEST_WAY = 3
"""Joins between a row and its patient."""


class Look(Protocol):
    """A closer look at the database where a sample is not enough."""

    def codes(self, table: str, column: str) -> Mapping[str, int] | None:
        """Every value of a code-like column with its count; None where that is not known."""

    def rows_of(self, table: str, column: str, keys: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """All rows whose column has one of these values, columns in the table's order."""


class NoLook:
    """Where the database is out of reach: the sample has to do."""

    def codes(self, table: str, column: str) -> Mapping[str, int] | None:
        """Nothing beyond the sample is known."""
        return None

    def rows_of(self, table: str, column: str, keys: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """No rows beyond the sample."""
        return ()


class Landscape:
    """Tables and relations of one discovery, with names read once."""

    def __init__(self, discovery: Discovery, look: Look | None = None) -> None:
        self.discovery = discovery
        self.look: Look = look or NoLook()
        self.tables: Mapping[str, TableFacts] = {
            name: table for name, table in discovery.tables.items() if not table.set_aside
        }
        self._prefixes = {
            name: shared_prefix(list(table.columns)) for name, table in discovery.tables.items()
        }
        self._relations: dict[str, dict[str, list[Relation]]] = {}
        self._ways: dict[tuple[str, str], list[Relation] | None] = {}
        self.code_lists: dict[str, list[tuple[dict[str, str], str]]] = {}
        """Code lists by the table that holds them, read once: codes to labels, and the list's own name."""
        self._holds: dict[tuple[str, str, str], bool] = {}
        self._evidence: dict[tuple[str, str, str, str], Evidence] = {}
        self._table_words: dict[str, frozenset[str]] = {}
        for relation in discovery.relations:
            if relation.score >= BELIEVED and relation.to_table in self.tables:
                self._relations.setdefault(relation.table, {}).setdefault(relation.column, []).append(
                    relation
                )

    def spelled(self, table: str, column: str) -> str:
        """A column's name without the beginning that its whole table shares."""
        return without_prefix(column, self._prefixes.get(table, ""))

    def table_words(self, table: str) -> frozenset[str]:
        """Words of the table's name and of its key's, which its columns may repeat.

        The key ``AP_SEQ`` of a table says that ``AP_D`` is its day and ``AP_T`` its text.
        """
        if table not in self._table_words:
            self._table_words[table] = frozenset(words_of(table.rpartition(".")[2])) | self._key_words(table)
        return self._table_words[table]

    def _key_words(self, table: str) -> frozenset[str]:
        """What the name of a key that is the table's own says besides being a key."""
        stem = self.key_stem(table)
        return frozenset((stem.lower(), *words_of(stem))) if stem else frozenset()

    def key_stem(self, table: str) -> str:
        """The few letters before the ending of a key that is the table's own: ``JRN`` of ``JRN_NO``."""
        facts = self.discovery.tables[table]
        if len(facts.key) != 1 or self.discovery.relation_of(table, facts.key[0]) is not None:
            return ""
        parts = facts.key[0].split("_")
        if len(parts) != 2 or not parts[0].isalpha() or len(parts[0]) > LONGEST_STEM:
            return ""
        return parts[0]

    def relations_of(self, table: str) -> Mapping[str, Relation]:
        """The likeliest relation of each column that has one."""
        return {
            column: max(found, key=lambda each: each.score)
            for column, found in self._relations.get(table, {}).items()
        }

    def base_of(self, table: str) -> TableFacts | None:
        """The table whose rows a table's own key names, one to one: the person of each patient."""
        facts = self.tables[table]
        relation = self.relations_of(table).get(facts.key[0]) if len(facts.key) == 1 else None
        if relation is None or relation.score < BELIEVED_BASE or relation.to_table == table:
            return None
        base = self.tables[relation.to_table]
        return base if base.key == (relation.to_column,) and base.rows >= facts.rows else None

    def relation_to(self, table: str, column: str, to_table: str) -> Relation | None:
        """A column's relation to one table, even where another is likelier."""
        found = [each for each in self._relations.get(table, {}).get(column, ()) if each.to_table == to_table]
        return max(found, key=lambda each: each.score, default=None)

    def columns_to(self, table: str, to_table: str) -> list[Relation]:
        """Relations of a table that point at another, where that is among the likeliest."""
        found = []
        for column, candidates in self._relations.get(table, {}).items():
            best = max(each.score for each in candidates)
            relation = self.relation_to(table, column, to_table)
            if relation is not None and relation.score >= best - 0.12:
                found.append(relation)
        return sorted(found, key=lambda each: -each.score)

    def holds_keys(self, table: str, column: ColumnFacts, other: str) -> bool:
        """Whether every sampled value of a column is a key of a small table, 0 and -1 aside."""
        known = (table, column.name, other)
        if known not in self._holds:
            self._holds[known] = self._found_keys(table, column, self.tables[other])
        return self._holds[known]

    def _found_keys(self, table: str, column: ColumnFacts, other: TableFacts) -> bool:
        if len(other.key) != 1 or not column.filled or column.distinct > other.rows:
            return False
        keys = {key_text(value) for value in self.discovery.sampled_values(other.name, other.key[0])}
        values = {key_text(value) for value in self.discovery.sampled_values(table, column.name)}
        return len(keys) == other.rows and values <= keys | {None, "0", "-1"}

    @cached_property
    def referrers(self) -> Mapping[str, frozenset[str]]:
        """For each table, the tables that point at it."""
        found: dict[str, set[str]] = {name: set() for name in self.tables}
        for table in self.tables:
            for relation in self.relations_of(table).values():
                if relation.to_table != table:
                    found[relation.to_table].add(table)
        return {name: frozenset(tables) for name, tables in found.items()}

    def evidence(self, entity: str, attribute: Attribute, table: str, column: ColumnFacts) -> Evidence:
        """How well a column fits an attribute, worked out once."""
        known = (entity, attribute.name, table, column.name)
        if known not in self._evidence:
            self._evidence[known] = column_evidence(
                entity, attribute, column, self.spelled(table, column.name), self.table_words(table)
            )
        return self._evidence[known]

    def way_to(self, table: str, target: str) -> list[Relation] | None:
        """The shortest chain of relations from one table to another; empty for the table itself."""
        if (table, target) not in self._ways:
            self._ways[table, target] = self._found_way(table, target)
        return self._ways[table, target]

    def _found_way(self, table: str, target: str) -> list[Relation] | None:
        if table == target:
            return []
        waiting: deque[tuple[str, list[Relation]]] = deque([(table, [])])
        seen = {table}
        while waiting:
            here, way = waiting.popleft()
            if len(way) >= LONGEST_WAY:
                continue
            direct = self.columns_to(here, target)
            if direct:
                return [*way, direct[0]]
            for relation in sorted(self.relations_of(here).values(), key=lambda each: -each.score):
                if relation.to_table not in seen:
                    seen.add(relation.to_table)
                    waiting.append((relation.to_table, [*way, relation]))
        return None

    def extensions(
        self, table: str, closed: Sequence[str]
    ) -> list[tuple[tuple[Step, ...], TableFacts, float]]:
        """Tables with at most one row for each row of ``table``, with the joins that lead there and a trust.

        Look-up tables that ``table`` points at, tables that share its key one to one, and what those point
        at. ``closed`` are tables of other entities, which are not looked into.
        """
        found: list[tuple[tuple[Step, ...], TableFacts, float]] = []
        waiting: deque[tuple[str, tuple[Step, ...], float]] = deque([(table, (), 1.0)])
        seen = {table, *closed}
        while waiting:
            here, steps, trust = waiting.popleft()
            if len(steps) >= LONGEST_WAY:
                continue
            for other, step, score in self._neighbours(here):
                if other in seen:
                    continue
                seen.add(other)
                way = (*steps, step)
                believed = trust * score
                found.append((way, self.tables[other], believed))
                waiting.append((other, way, believed))
        return found

    def reached(self, table: str, way: Sequence[Step]) -> float:
        """Share of a table's sampled rows from which a way leads to a row; 1 where a sample cannot tell."""
        here: list[str | None] | None = None
        rows = 0
        for step in way:
            (column, to_column), *more = step.on.items()
            other = self.tables[step.table]
            columns = list(other.columns)
            sample = self.discovery.samples.get(step.table, ())
            if more or len(sample) < other.rows:
                return 1.0
            if here is None:
                here = [key_text(value) for value in self.discovery.sampled_values(table, column)]
                rows = sum(value is not None for value in here)
            place = columns.index(to_column)
            by_key = {key_text(row[place]): row for row in sample}
            landed = [by_key[value] for value in here if value is not None and value in by_key]
            following = way[way.index(step) + 1] if step is not way[-1] else None
            onward = columns.index(next(iter(following.on))) if following is not None else place
            here = [key_text(row[onward]) for row in landed]
        return len(here) / rows if here is not None and rows else 1.0

    def _neighbours(self, table: str) -> list[tuple[str, Step, float]]:
        found = [
            (relation.to_table, Step(relation.to_table, {column: relation.to_column}), relation.score)
            for column, relation in self.relations_of(table).items()
            if relation.to_table != table
        ]
        for other in self.referrers.get(table, ()):
            for column, relation in self.relations_of(other).items():
                if relation.to_table == table and self._is_unique(other, column):
                    found.append((other, Step(other, {relation.to_column: column}), relation.score))
        return sorted(found, key=lambda each: -each[2])

    def _is_unique(self, table: str, column: str) -> bool:
        facts = self.tables[table]
        return facts.key == (column,) or (facts.columns[column].looks_unique and facts.rows > 20)

    def column(self, table: str, column: str) -> ColumnFacts:
        """The facts of one column."""
        return self.tables[table].columns[column]
