"""What somebody edited in Twenty after we wrote it, told before an update would overwrite it.

Each field is compared with what we last wrote. Edited, and unchanged in the source: it is left out of the
update. Changed at both ends: a conflict, which the source or Twenty wins, as the operator chose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from panda_twenty.ledger.field_hashes import (
    FieldEdit,
    FieldHashes,
    kept_edits,
    known_field_hashes,
    short_hash,
)
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import Delivery
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.prior_values import UPDATED_AT, kept_columns
from panda_twenty.twenty.records import read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts

Winner = Literal["source", "twenty"]


def comparable(facts: ObjectFacts, column: str, value: Any) -> Any:
    """One form for what is sent and what is answered: nothing is None, moments are in UTC, numbers are one.

    Twenty answers "" and [] for what is empty, and parts of a composite that nobody filled in as null.
    """
    if isinstance(value, Mapping):
        parts = {name: comparable(facts, "", part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    if value in (None, "", []):
        return None
    kind = facts.fields[column].type if column in facts.fields else ""
    if isinstance(value, str) and kind == "DATE_TIME":
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="milliseconds")
        except ValueError:
            return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return [comparable(facts, "", each) for each in value]
    return value


@dataclass(frozen=True)
class Withheld:
    """What is left out of one record's update, and what was found about its fields."""

    columns: frozenset[str]
    edits: tuple[FieldEdit, ...]
    hashes: FieldHashes | None
    """What we had written before; None where nobody remembers."""


def edits_met(
    ledger: Ledger,
    facts: ObjectFacts,
    deliveries: Mapping[str, tuple[Delivery, Mapping[str, Any]]],
    standing: Mapping[str, Mapping[str, Any]],
    winner: Winner,
) -> dict[str, Withheld]:
    """By id: the edits that these updates meet. ``deliveries`` has each with its body, by id in Twenty.

    ``standing`` has what Twenty answered, ``updatedAt`` included. A record that nobody touched since we wrote
    it has no edits but those that we left as they were then.
    """
    if not deliveries:
        return {}
    entity = next(iter(deliveries.values()))[0].entity
    known = known_field_hashes(ledger, entity, [each.source_key for each, _ in deliveries.values()])
    left_before = kept_edits(ledger, facts.name, list(deliveries))
    found: dict[str, Withheld] = {}
    for twenty_id, (delivery, body) in deliveries.items():
        hashes, record = known.get(delivery.source_key), standing.get(twenty_id)
        if hashes is None or record is None:
            continue
        edits = _edits_of(ledger, facts, delivery, body, record, hashes, winner)
        if record[UPDATED_AT] == hashes.stored_at or hashes.is_unsettled:
            edits = [each for each in edits if (twenty_id, each.field) in left_before]
        columns = frozenset(each.field for each in edits if each.winner == "twenty")
        found[twenty_id] = Withheld(columns, tuple(edits), hashes)
    return found


def _edits_of(
    ledger: Ledger,
    facts: ObjectFacts,
    delivery: Delivery,
    body: Mapping[str, Any],
    record: Mapping[str, Any],
    hashes: FieldHashes,
    winner: Winner,
) -> list[FieldEdit]:
    edits = []
    for column in kept_columns(facts, body):
        if column not in hashes.sent:
            continue
        wanted = short_hash(ledger, comparable(facts, column, body[column]))
        stands = short_hash(ledger, comparable(facts, column, record.get(column)))
        if stands in (wanted, hashes.stored[column]):
            continue
        is_conflict = wanted != hashes.sent[column]
        edits.append(
            FieldEdit(
                delivery.entity,
                delivery.source_key,
                delivery.object,
                delivery.twenty_id,
                delivery.range_key,
                column,
                "conflict" if is_conflict else "kept",
                winner if is_conflict else "twenty",
                wanted.hex(),
                stands.hex(),
            )
        )
    return edits


def hashes_of(
    ledger: Ledger,
    facts: ObjectFacts,
    values: Mapping[str, Any],
    body: Mapping[str, Any],
    stored: Mapping[str, Any],
    returned: Collection[str],
    withheld: Withheld | None,
) -> FieldHashes:
    """What stands in a record that was just written.

    ``values`` are the source's columns, ``body`` what was to be sent of them, ``stored`` the answer, which
    has the columns ``returned``.
    """
    columns = kept_columns(facts, values)
    sent = {column: short_hash(ledger, comparable(facts, column, body.get(column))) for column in columns}
    kept = withheld.columns if withheld else frozenset()
    before = withheld.hashes.stored if withheld and withheld.hashes else {}
    return FieldHashes(
        sent,
        {
            column: before[column]
            if column in kept and column in before
            else short_hash(ledger, comparable(facts, column, stored.get(column)))
            if column in returned
            else sent[column]
            for column in columns
        },
    )


def edits_standing(
    client: TwentyClient,
    ledger: Ledger,
    facts: ObjectFacts,
    entity: str,
    range_key: str,
    different: Mapping[str, tuple[str, set[str]]],
) -> list[FieldEdit]:
    """Of fields that differ from the source, those that somebody edited in Twenty after we wrote them.

    ``different`` has the source key and the columns, by id in Twenty.
    """
    columns = kept_columns(facts, {column for _, wanted in different.values() for column in wanted})
    known = known_field_hashes(ledger, entity, [key for key, _ in different.values()])
    found = read_by_ids(client, facts, list(different), [*columns, UPDATED_AT])
    edits = []
    for twenty_id, (key, wanted) in different.items():
        hashes, record = known.get(key), found.get(twenty_id)
        if hashes is None or record is None or record[UPDATED_AT] == hashes.stored_at:
            continue
        for column in kept_columns(facts, wanted & hashes.sent.keys()):
            stands = short_hash(ledger, comparable(facts, column, record[column]))
            if stands != hashes.stored[column]:
                sent = hashes.sent[column].hex()
                edits.append(
                    FieldEdit(
                        entity,
                        key,
                        facts.name,
                        twenty_id,
                        range_key,
                        column,
                        "kept",
                        "twenty",
                        sent,
                        stands.hex(),
                    )
                )
    return edits
