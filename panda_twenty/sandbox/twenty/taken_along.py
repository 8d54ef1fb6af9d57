# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""What goes away and comes back with a record: a note's links, a workflow's versions and triggers."""

from __future__ import annotations

import json

from panda_twenty.sandbox.twenty import moments
from panda_twenty.sandbox.twenty.columns import jsonb
from panda_twenty.sandbox.twenty.schema import ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store

_LINKS = {"note": "noteTarget", "task": "taskTarget"}
_OF_A_WORKFLOW = ("workflowAutomatedTrigger", "workflowVersion")


def after_change(store: Store, target: ObjectMetadata, verb: str, ids: list[str]) -> None:
    """Do to the companions of these records what ``verb`` did to them; the database destroys them itself.

    A restored note brings back also links that were deleted before it. A restored workflow shows DEACTIVATED
    although its trigger fires again. Both are Twenty's ways.
    """
    if verb == "destroy" or not ids:
        return
    now = moments.now()
    changed = {"deleted_at": now if verb == "delete" else None}
    if target.singular in _LINKS:
        _set(store, _LINKS[target.singular], target.singular, ids, {**changed, "updated_at": now})
    elif target.singular == "workflow":
        for name in _OF_A_WORKFLOW:
            _set(store, name, target.singular, ids, changed)
        statuses = target.by_name["statuses"].columns[0].key
        store.execute(
            f'UPDATE {target.table} SET "{statuses}" = ? WHERE id IN (SELECT value FROM json_each(?))',
            [jsonb(["DEACTIVATED"]), json.dumps(ids)],
        )


def _set(store: Store, name: str, parent: str, ids: list[str], changed: dict[str, int | None]) -> None:
    """Set columns of all records of an object that belong to these parents."""
    companions = store.schema.by_singular[name]
    key = companions.by_name[parent].columns[0].key
    columns = ", ".join(f"{column} = ?" for column in changed)
    store.execute(
        f'UPDATE {companions.table} SET {columns} WHERE "{key}" IN (SELECT value FROM json_each(?))',
        [*changed.values(), json.dumps(ids)],
    )
