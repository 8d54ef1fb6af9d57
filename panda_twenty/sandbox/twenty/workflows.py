# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""What removing and restoring a workflow does to its versions and its automated triggers."""

from __future__ import annotations

import json

from panda_twenty.sandbox.twenty import moments
from panda_twenty.sandbox.twenty.columns import jsonb
from panda_twenty.sandbox.twenty.schema import ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store


def after_change(store: Store, target: ObjectMetadata, verb: str, ids: list[str]) -> None:
    """Deleting a workflow takes its triggers away; restoring it brings them back.

    The restored workflow shows DEACTIVATED although its trigger fires again, as Twenty's does.
    """
    if target.singular != "workflow" or verb == "destroy" or not ids:
        return
    deleted_at = moments.now() if verb == "delete" else None
    listed = json.dumps(ids)
    for name in ("workflowAutomatedTrigger", "workflowVersion"):
        other = store.schema.by_singular[name]
        key = other.by_name["workflow"].columns[0].key
        store.execute(
            f'UPDATE {other.table} SET deleted_at = ? WHERE "{key}" IN (SELECT value FROM json_each(?))',
            [deleted_at, listed],
        )
    statuses = target.by_name["statuses"].columns[0].key
    store.execute(
        f'UPDATE {target.table} SET "{statuses}" = ? WHERE id IN (SELECT value FROM json_each(?))',
        [jsonb(["DEACTIVATED"]), listed],
    )
