"""What somebody edited in Twenty after we wrote it, told before an update would overwrite it.

Each field is compared with what we last wrote. Edited, and unchanged in the source: it is left out of the
update. Changed at both ends: a conflict, which the source or Twenty wins, as the operator chose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from panda_twenty.json_bytes import canonical
from panda_twenty.ledger.field_hashes import (
    NOTHING,
    FieldEdit,
    FieldHashes,
    JoinedHashes,
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

_SHORT = 16
"""Characters of a text that many records are likely to share."""

_KEPT = 50_000
"""Hashes kept at once; some megabytes."""


def comparable(facts: ObjectFacts, column: str, value: Any) -> Any:
    """One form for what is sent and what is answered: nothing is None, moments are in UTC, numbers are one.

    Twenty answers "" and [] for what is empty, and parts of a composite that nobody filled in as null.
    """
    if isinstance(value, str) and column in facts.fields and facts.fields[column].type == "DATE_TIME":
        if len(value) == 24 and value[10] == "T" and value[19] == "." and value[23] == "Z":
            return f"{value[:-1]}+00:00"  # the form that we and Twenty write
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="milliseconds")
        except ValueError:
            return value or None
    return _one_form(value)


def _one_form(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return value or None
    if kind is float or kind is int:
        return value + 0.0  # which makes one zero of the two
    if kind is list:
        kinds = set(map(type, value))
        if kinds <= _NUMBER_OR_NOTHING:
            return [None if each is None else each + 0.0 for each in value] or None
        return [_one_form(each) for each in value]
    if isinstance(value, Mapping):
        parts = {name: _one_form(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    return value


_NUMBER_OR_NOTHING = frozenset({int, float, type(None)})


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


class FieldHasher:
    """Hashes of what was written into the records of one object, many in a row.

    The hash of a short value is kept: most fields of a chart hold one of a few numbers or options.
    """

    def __init__(self, ledger: Ledger, facts: ObjectFacts):
        self._ledger = ledger
        self._facts = facts
        self._texts: dict[str, bytes] = {}
        self._numbers: dict[float, bytes] = {}
        self._columns: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._moments = frozenset(name for name, field in facts.fields.items() if field.type == "DATE_TIME")

    def hash_of(self, column: str, value: Any) -> bytes:
        """The same as ``short_hash`` of the comparable value."""
        kind = type(value)
        if kind is str and column not in self._moments:
            known = self._texts.get(value)
            if known is not None:
                return known
            if len(value) <= _SHORT:
                return self._kept(self._texts, value, column, value)
            return self._ledger.field_hash(canonical(value))
        if kind is int or kind is float:
            known = self._numbers.get(value)
            if known is None:
                known = self._kept(self._numbers, float(value), column, value)
            return known
        return short_hash(self._ledger, comparable(self._facts, column, value))

    def _kept(self, known: dict[Any, bytes], key: Any, column: str, value: Any) -> bytes:
        if len(known) >= _KEPT:
            known.clear()
        known[key] = found = short_hash(self._ledger, comparable(self._facts, column, value))
        return found

    def of_record(
        self,
        values: Mapping[str, Any],
        body: Mapping[str, Any],
        stored: Mapping[str, Any],
        returned: Collection[str],
        withheld: Withheld | None,
    ) -> JoinedHashes:
        """What stands in a record that was just written.

        ``values`` are the source's columns, ``body`` what was to be sent of them, ``stored`` the answer,
        which has the columns ``returned``.
        """
        names = tuple(values)
        columns = self._columns.get(names)
        if columns is None:
            columns = self._columns[names] = tuple(kept_columns(self._facts, names))
        hash_of, told = self.hash_of, body.get
        sent = [NOTHING if (value := told(column)) is None else hash_of(column, value) for column in columns]
        standing = sent
        if returned:
            standing = [
                hash_of(column, stored.get(column)) if column in returned else same
                for column, same in zip(columns, sent, strict=True)
            ]
        if withheld and withheld.columns and withheld.hashes:
            before = withheld.hashes.stored
            standing = [
                before.get(column, found) if column in withheld.columns else found
                for column, found in zip(columns, standing, strict=True)
            ]
        return JoinedHashes(columns, b"".join(sent), None if standing == sent else b"".join(standing))


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
