"""Values that only one record of an object may hold.

Twenty's upsert matches on every unique key, soft-deleted records included, so two people with one e-mail
address would become one. Which record holds a value is therefore settled in the ledger before sending.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import read_all
from panda_twenty.twenty.workspace import ObjectFacts

UNIQUE_SUBFIELDS = {"EMAILS": "primaryEmail", "LINKS": "primaryLinkUrl"}
"""The part of a composite on which Twenty's unique index stands."""


@dataclass(frozen=True)
class UniqueField:
    """A field that Twenty keeps unique, and the one beside it for a value that is taken."""

    field: str
    type: str
    beside: str

    def value_of(self, values: Mapping[str, Any]) -> str | None:
        """The value as Twenty compares it: e-mail addresses and hosts in lower case, no closing slash."""
        composite = values.get(self.field)
        value = composite.get(UNIQUE_SUBFIELDS[self.type]) if composite else None
        return value.strip().lower().rstrip("/") if value else None

    def give_way(self, values: dict[str, Any]) -> None:
        """Let the value go to the field beside, because another record holds it."""
        values[self.beside] = values[self.field]
        values[self.field] = None


def holders_in_twenty(
    client: TwentyClient, facts: ObjectFacts, unique: UniqueField, values: Sequence[str]
) -> list[tuple[str, str]]:
    """Which records hold these values at this moment, soft-deleted ones included: value and id.

    Whoever came into the workspace after it was surveyed is found here, one call for all these values.
    """
    where = {unique.field: {UNIQUE_SUBFIELDS[unique.type]: {"in": list(values)}}}
    records = read_all(
        client, facts, [unique.field], where=where, page_size=len(values), include_deleted=True
    )
    return [(value, record["id"]) for record in records if (value := unique.value_of(record))]
