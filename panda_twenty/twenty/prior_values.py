"""What stands in Twenty before an update, so that it can be put back.

One reading call per batch that updates records. Of each record only the columns whose value is another one
than what is about to be sent are kept, and whether it was soft-deleted, because an upsert restores it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts

DELETED_AT = "deletedAt"
UPDATED_AT = "updatedAt"

NOT_PUT_BACK = ("id", "createdBy", "updatedBy", UPDATED_AT, "position")
"""Twenty ignores the creator on an update and owns the rest; the migration changes none of them."""


def standing_values(
    client: TwentyClient, facts: ObjectFacts, bodies: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """By id, for the records that stand in Twenty: the columns of these bodies, and when it changed."""
    columns = kept_columns(facts, {column for body in bodies.values() for column in body})
    wanted = [*columns, UPDATED_AT, DELETED_AT]
    return read_by_ids(client, facts, list(bodies), wanted, include_deleted=True)


def priors_of(
    facts: ObjectFacts, bodies: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """By id, of what was found: what these bodies are about to replace, by column."""
    columns = kept_columns(facts, {column for body in bodies.values() for column in body})
    return {
        twenty_id: {
            **{column: record[column] for column in columns if _changes(bodies[twenty_id], column, record)},
            DELETED_AT: record[DELETED_AT],
        }
        for twenty_id, record in found.items()
    }


def _changes(body: Mapping[str, Any], column: str, record: Mapping[str, Any]) -> bool:
    return column in body and body[column] != record[column]


def kept_columns(facts: ObjectFacts, columns: Collection[str]) -> list[str]:
    """Those of these columns whose values can be compared and put back later, in a fixed order.

    A file that was replaced is gone from Twenty's storage, and its address is signed anew at every reading.
    """
    return sorted(
        column
        for column in columns
        if column not in NOT_PUT_BACK
        and not (column in facts.fields and facts.fields[column].type == "FILES")
    )


def stored_values(record: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """These columns of a record, and whether it is soft-deleted: what later edits are told by."""
    return {**{column: record.get(column) for column in columns}, DELETED_AT: record.get(DELETED_AT)}
