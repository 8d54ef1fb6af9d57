"""What somebody edited in Twenty after we wrote it, told before an update would overwrite it.

Each field is compared with what we last wrote. Edited, and unchanged in the source: it is left out of the
update. Changed at both ends: a conflict, which the source or Twenty wins, as the operator chose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from panda_twenty.ledger.field_hashes import (
    NOTHING,
    FieldEdit,
    FieldHashes,
    JoinedHashes,
    contents_on_their_way,
    kept_edits,
    known_field_hashes,
    short_hash,
)
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import Delivery
from panda_twenty.twenty.clearing import can_be_cleared
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.columns import by_columns
from panda_twenty.twenty.prior_values import UPDATED_AT, kept_columns
from panda_twenty.twenty.records import read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts

Winner = Literal["source", "twenty"]

REWRITTEN_TYPES = frozenset({"PHONES", "RICH_TEXT"})
"""Twenty takes country codes off numbers and makes blocks of Markdown; the rest it keeps (measured)."""

_MADE_BY_TWENTY = frozenset(
    {
        "primaryPhoneCallingCode",
        "primaryPhoneCountryCode",
        "callingCode",
        "countryCode",
        "blocknote",
    }
)
"""Parts of such values that it works out from the others."""

_SHORT = 36
"""Characters of a text that many records are likely to share: options, days, ids of parents."""

_KEPT = 50_000
"""Hashes kept at once; some megabytes."""


def comparable(facts: ObjectFacts, column: str, value: Any) -> Any:
    """One form for what is sent and what is answered: nothing is None, moments are in UTC, numbers are one.

    Twenty answers "" and [] for what is empty, and parts of a composite that nobody filled in as null.
    """
    if column in facts.fields and facts.fields[column].type == "DATE_TIME":
        return _moment_form(value)
    return _one_form(value)


def _moment_form(value: Any) -> Any:
    if type(value) is not str:
        return _one_form(value)
    if len(value) == 24 and value[10] == "T" and value[19] == "." and value[23] == "Z":
        return f"{value[:-1]}+00:00"  # the form that we and Twenty write
    try:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="milliseconds")
    except ValueError:
        return value or None


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
    if kind is dict or isinstance(value, Mapping):
        parts = {}
        for name, part in value.items():
            # Nearly all that stands in a chart's findings is text.
            form = (part or None) if type(part) is str else _one_form(part)
            if form is not None:
                parts[name] = form
        return parts or None
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


def edits_of_arrived(
    ledger: Ledger,
    facts: ObjectFacts,
    deliveries: Mapping[str, tuple[Delivery, Mapping[str, Any]]],
    standing: Mapping[str, Mapping[str, Any]],
) -> dict[str, Withheld]:
    """The same for new records that stand in Twenty although no answer told that they arrived.

    ``deliveries`` has each with the source's values. Where the source says what it said when the record was
    sent, a field that says something else was edited since. Otherwise nobody can tell, and the source wins.
    """
    if not deliveries:
        return {}
    entity = next(iter(deliveries.values()))[0].entity
    sent = contents_on_their_way(ledger, entity, [each.source_key for each, _ in deliveries.values()])
    found: dict[str, Withheld] = {}
    for twenty_id, (delivery, values) in deliveries.items():
        if sent.get(delivery.source_key) != {delivery.content_hash}:
            continue
        edits = []
        was_sent = {}
        for column in kept_columns(facts, values):
            wanted, stands = (
                comparable(facts, column, each.get(column)) for each in (values, standing[twenty_id])
            )
            is_rewritten = column in facts.fields and facts.fields[column].type in REWRITTEN_TYPES
            is_as_sent = _is_made_of(wanted, stands) if is_rewritten else wanted == stands
            if is_as_sent or (values[column] is None and not can_be_cleared(facts, column)):
                continue
            was_sent[column] = short_hash(ledger, wanted)
            edits.append(
                FieldEdit(
                    delivery.entity,
                    delivery.source_key,
                    delivery.object,
                    twenty_id,
                    delivery.range_key,
                    column,
                    "kept",
                    "twenty",
                    was_sent[column].hex(),
                    short_hash(ledger, stands).hex(),
                )
            )
        if edits:
            hashes = FieldHashes(was_sent, was_sent)
            found[twenty_id] = Withheld(frozenset(was_sent), tuple(edits), hashes)
    return found


def _is_made_of(sent: Any, stands: Any) -> bool:
    """Whether this is what Twenty makes of a sent value of these types, both as ``comparable`` has them."""
    if isinstance(sent, Mapping) and isinstance(stands, Mapping):
        names = (sent.keys() | stands.keys()) - _MADE_BY_TWENTY
        return all(_is_made_of(sent.get(name), stands.get(name)) for name in names)
    if isinstance(sent, list) and isinstance(stands, list):
        return len(sent) == len(stands) and all(map(_is_made_of, sent, stands))
    digits = [re.sub(r"\D", "", each) if isinstance(each, str) else "" for each in (sent, stands)]
    return bool(sent == stands or (digits[1] and stands == digits[1] and digits[0].endswith(digits[1])))


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
    """Hashes of what was written into the records of one object, a batch at a time.

    The hash of a short value is kept: most fields of a chart hold one of a few numbers or options.
    """

    def __init__(self, ledger: Ledger, facts: ObjectFacts):
        self._ledger = ledger
        self._facts = facts
        texts, numbers = _KeptHashes(ledger, _one_form), _KeptHashes(ledger, _one_form)
        self._by_type = {
            **dict.fromkeys(("TEXT", "SELECT", "RATING", "DATE", "UUID"), texts),
            **dict.fromkeys(("NUMBER", "NUMERIC", "POSITION"), numbers),
            # Yes and one are the same key of a mapping, and not the same value.
            "BOOLEAN": _KeptHashes(ledger, _one_form),
            "DATE_TIME": _KeptHashes(ledger, _moment_form),
        }
        self._by_column = dict.fromkeys(facts.join_columns, texts)

    def of_records(
        self,
        values: Sequence[Mapping[str, Any]],
        stored: Sequence[Mapping[str, Any]],
        returned: Collection[str],
        withheld: Sequence[Withheld | None],
    ) -> list[JoinedHashes]:
        """What stands in records that were just written.

        ``values`` are the source's columns, ``stored`` the answers, which have the columns ``returned``.
        """
        found: dict[int, JoinedHashes] = {}
        for places, table in by_columns(values):
            columns = tuple(kept_columns(self._facts, table))
            sent = [self._hashes(column, table[column]) for column in columns]
            standing = [
                self._hashes(column, [stored[place].get(column) for place in places])
                if column in returned
                else same
                for column, same in zip(columns, sent, strict=True)
            ]
            # Without columns, records hold nothing each.
            of_sent = list(zip(*sent, strict=True)) or [()] * len(places)
            of_stored = (list(zip(*standing, strict=True)) or of_sent) if returned else of_sent
            for place, was_sent, stands in zip(places, of_sent, of_stored, strict=True):
                if (left := withheld[place]) and left.columns and left.hashes:
                    before = left.hashes.stored
                    stands = tuple(
                        before.get(column, hashed) if column in left.columns else hashed
                        for column, hashed in zip(columns, stands, strict=True)
                    )
                found[place] = JoinedHashes(
                    columns, b"".join(was_sent), None if stands == was_sent else b"".join(stands)
                )
        return [found[place] for place in range(len(values))]

    def _hashes(self, column: str, values: Sequence[Any]) -> list[bytes]:
        """For each of these values, the same as ``short_hash`` of the comparable value."""
        kept, form = self._kept_and_form(column)
        if kept is not None:
            try:
                return list(map(kept.__getitem__, values))
            except TypeError:
                pass  # a list, where only Twenty knows how it came there
        ledger = self._ledger
        return [NOTHING if value is None else short_hash(ledger, form(value)) for value in values]

    def _kept_and_form(self, column: str) -> tuple[_KeptHashes | None, Callable[[Any], Any]]:
        kept = self._by_column.get(column)
        if kept is None and (field := self._facts.fields.get(column)) is not None:
            kept = self._by_type.get(field.type)
        return kept, _one_form if kept is None else kept.form


class _KeptHashes(dict[Any, bytes]):
    """Hashes of the values of fields of one kind, made when they are asked for; short ones are kept."""

    def __init__(self, ledger: Ledger, form: Callable[[Any], Any]):
        super().__init__()
        self._ledger = ledger
        self.form = form

    def __missing__(self, value: Any) -> bytes:
        found = short_hash(self._ledger, self.form(value))
        if type(value) is not str or len(value) <= _SHORT:
            if len(self) >= _KEPT:
                self.clear()
            self[value] = found
        return found


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
        if hashes is None or record is None:
            continue
        if hashes.is_unsettled or record[UPDATED_AT] == hashes.stored_at:
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
