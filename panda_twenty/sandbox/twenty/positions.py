# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""``position``: a number, "first" or "last"; records that do not say go before all others."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.schema import ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store


def assign(
    store: Store, target: ObjectMetadata, records: list[dict[str, Any]], *, fill: bool
) -> list[dict[str, Any]]:
    """``records`` with numbers for their positions, reordered as Twenty does.

    First those that go to the front, then those that go to the end, then the numbered ones, then
    the rest. With ``fill`` a record without a position goes to the front.
    """
    if "position" not in target.by_name:
        return records
    front, end, numbered, rest = [], [], [], []
    for record in records:
        position = record.get("position")
        if position == "last":
            end.append(record)
        elif javascript.is_number(position):
            numbered.append(record)
        elif position == "first" or ("position" not in record and fill):
            front.append(record)
        else:
            rest.append(record)
    numbers = [record["position"] for record in numbered]
    placed = [*_placed(store, target, front, numbers, -1), *_placed(store, target, end, numbers, 1)]
    return [*placed, *numbered, *rest]


def _placed(
    store: Store, target: ObjectMetadata, records: list[dict[str, Any]], numbers: list[float], step: int
) -> list[dict[str, Any]]:
    if not records:
        return []
    order = "ASC" if step < 0 else "DESC"
    rows = store.rows(
        f"SELECT position FROM {target.table} WHERE deleted_at IS NULL AND position IS NOT NULL "
        f"ORDER BY position {order} LIMIT 1"
    )
    edge = rows[0][0] if rows else 1
    for number in numbers:
        edge = min(edge, number) if step < 0 else max(edge, number)
    return [
        {**record, "position": javascript.number(edge + step * (place + 1))}
        for place, record in enumerate(records)
    ]
