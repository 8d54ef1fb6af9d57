"""Records that point at those which are destroyed: they go with them, or lose their link."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import count, read_all
from panda_twenty.twenty.workspace import ObjectFacts, Workspace

PAGE = 1_000

SERVERS_OWN = ("timelineActivity",)
"""Twenty writes these about every record by itself, and takes them away with it."""


Links = tuple[tuple[str, bool], ...]
"""Ids of destroyed records that a record points at, each with whether Twenty destroys it along with that."""


@dataclass(frozen=True, slots=True)
class Dependant:
    """One record that points at destroyed ones."""

    object: str
    twenty_id: str
    links: Links
    """Where it goes along with none of its targets, it stays, without the link."""


@dataclass
class Holders:
    """The objects of a workspace that can point at others. Empty ones are asked about once."""

    client: TwentyClient
    workspace: Workspace
    asked: int = 0
    """How often records that point at some were looked for."""
    _filled: dict[tuple[str, str], bool] = field(default_factory=dict)

    def dependants(self, facts: ObjectFacts, ids: Collection[str]) -> Iterator[Dependant]:
        """Every record that points at one of these, deleted ones too, each once; one object after the other.

        A call for every join column that can and holds anything at all, for each 1,000 records found.
        """
        if not ids:
            return
        for holder in self.workspace.objects.values():
            columns = _columns_to(holder, facts.name)
            if not columns or holder.name in SERVERS_OWN or not self._has_records(holder):
                continue
            # A link of notes has a column for every object, and most are empty everywhere.
            filled = [each for each in columns if self._has_records(holder, each)]
            for place, column in enumerate(filled):
                self.asked += 1
                where = {column: {"in": list(ids)}}
                for record in read_all(
                    self.client, holder, filled, where=where, page_size=PAGE, include_deleted=True
                ):
                    if any(record[each] in ids for each in filled[:place]):
                        # It came with an earlier column.
                        continue
                    if holder.name != facts.name or record["id"] not in ids:
                        links = tuple((record[each], columns[each]) for each in filled if record[each] in ids)
                        yield Dependant(holder.name, record["id"], links)

    def _has_records(self, holder: ObjectFacts, column: str = "") -> bool:
        """Whether there is any record of this object, or any with something in this column."""
        key = (holder.name, column)
        if key not in self._filled:
            where = {column: {"is": "NOT_NULL"}} if column else None
            self._filled[key] = count(self.client, holder, where, include_deleted=True) > 0
        return self._filled[key]


def _columns_to(holder: ObjectFacts, target: str) -> dict[str, bool]:
    """Join columns of an active object that lead to ``target``, and whether Twenty destroys along them.

    Measured: links of notes, tasks, attachments (morph relations) go with their target; others are emptied.
    """
    if not holder.is_active:
        return {}
    found: dict[str, bool] = {}
    for each in holder.fields.values():
        for relation in each.relations:
            if each.is_active and relation.join_column and relation.target == target:
                cascades = each.type == "MORPH_RELATION" or each.settings.get("onDelete") == "CASCADE"
                found[relation.join_column] = cascades
    return found
