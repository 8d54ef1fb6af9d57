# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Options of SELECT, MULTI_SELECT and RATING fields, and what a change of them does to records."""

from __future__ import annotations

import json
from typing import Any

from panda_twenty.sandbox.twenty.columns import jsonb
from panda_twenty.sandbox.twenty.metadata_changes import Input, MetadataChanges, new_id, squeezed
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata


def new_option(given: Any) -> Input:
    option = {key: squeezed(value) for key, value in given.items()} if isinstance(given, dict) else {}
    return {"id": new_id(), **option}


def carry_options(
    changes: MetadataChanges, parent: ObjectMetadata, one: FieldMetadata, before: list[Input]
) -> None:
    """Records follow an option by its id: a value that changed is carried over, a lost one becomes null."""
    now = {option["id"]: option["value"] for option in one.options or []}
    moves = {option["value"]: now.get(option["id"]) for option in before}
    column = one.columns[0]
    if all(old == new for old, new in moves.items()):
        return
    if one.type != "MULTI_SELECT":
        cases = " ".join("WHEN ? THEN ?" for _ in moves)
        parameters = [part for old, new in moves.items() for part in (old, new)]
        changes.store.execute(
            f'UPDATE {parent.table} SET "{column.key}" = CASE "{column.key}" {cases} ELSE NULL END',
            parameters,
        )
        return
    for record_id, stored in changes.store.rows(
        f'SELECT id, "{column.key}" FROM {parent.table} WHERE "{column.key}" IS NOT NULL'
    ):
        kept = [moves[value] for value in json.loads(stored) if moves.get(value) is not None]
        changes.store.execute(
            f'UPDATE {parent.table} SET "{column.key}" = ? WHERE id = ?',
            [jsonb(kept) if kept else None, record_id],
        )
