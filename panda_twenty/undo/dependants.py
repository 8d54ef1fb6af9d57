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


@dataclass(frozen=True)
class Dependant:
    """One record that points at a destroyed one."""

    object: str
    twenty_id: str
    target: str
    """Id of the destroyed record."""
    goes_too: bool
    """Twenty destroys it along with its target; otherwise it stays, without the link."""


@dataclass
class Holders:
    """The objects of a workspace that can point at others. Empty ones are asked about once."""

    client: TwentyClient
    workspace: Workspace
    _filled: dict[str, bool] = field(default_factory=dict)

    def dependants(self, facts: ObjectFacts, ids: Collection[str]) -> Iterator[Dependant]:
        """Every record that points at one of these, deleted ones too; a call per object that can."""
        if not ids:
            return
        for holder in self.workspace.objects.values():
            columns = _columns_to(holder, facts.name)
            if not columns or holder.name in SERVERS_OWN or not self._has_records(holder):
                continue
            for column, goes_too in columns.items():
                where = {column: {"in": list(ids)}}
                for record in read_all(
                    self.client, holder, [column], where=where, page_size=PAGE, include_deleted=True
                ):
                    if holder.name != facts.name or record["id"] not in ids:
                        yield Dependant(holder.name, record["id"], record[column], goes_too)

    def _has_records(self, holder: ObjectFacts) -> bool:
        if holder.name not in self._filled:
            self._filled[holder.name] = count(self.client, holder, include_deleted=True) > 0
        return self._filled[holder.name]


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
