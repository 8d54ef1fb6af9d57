"""The Parquet columns of an entity: one per attribute, typed by its kind, and the way there and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from panda_twenty.panda.chart_json import teeth_from_json, teeth_to_json
from panda_twenty.panda.entities import ENTITIES, Kind
from panda_twenty.panda.entity_row import EntityRow, entity_rows
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.values import exact_decimal

ZONE_KEY = b"panda_twenty.time_zone"
"""File metadata: the IANA zone of every moment in the file; the column itself is UTC."""

EXACT = "__exact"
"""Suffix of the text column beside a decimal one, for numbers that decimal128(18, 4) cannot hold."""

_DECIMAL = pa.decimal128(18, 4)
_TYPES: dict[Kind, pa.DataType] = {
    Kind.KEY: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DECIMAL: _DECIMAL,
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.BYTES: pa.binary(),
    Kind.TEETH: pa.string(),
}


class Digest(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes, /) -> None: ...


class Columns:
    """Collects rows of one entity as columns, and restores rows from columns."""

    def __init__(self, entity: str) -> None:
        self._entity = entity
        self._attributes = tuple(ENTITIES[entity].attributes.values())
        fields = [pa.field("row_key", pa.string(), nullable=False)]
        for attribute in self._attributes:
            fields.append(pa.field(attribute.name, _TYPES[attribute.kind]))
            if attribute.kind is Kind.DECIMAL:
                fields.append(pa.field(attribute.name + EXACT, pa.string()))
        self._names = [field.name for field in fields[1:]]
        kinds = {name: ENTITIES[entity].attributes[name].kind for name in ENTITIES[entity].attributes}
        places = {name: place for place, name in enumerate(self._names, 1)}
        self._decimals = [places[name] for name, kind in kinds.items() if kind is Kind.DECIMAL]
        self._files = [places[name] for name, kind in kinds.items() if kind is Kind.BYTES]
        written: dict[Kind, Callable[[Any], Any]] = {Kind.TEETH: teeth_to_json, Kind.MOMENT: self._in_utc}
        self._written = [(places[name], written[kind]) for name, kind in kinds.items() if kind in written]
        fields.append(pa.field("problems", pa.string()))
        self.schema = pa.schema(fields)
        self._waiting: list[tuple[Any, ...]] = []
        self.waiting_bytes = 0
        self.zone_name: str | None = None
        self._zone: ZoneInfo | None = None

    @property
    def waiting(self) -> int:
        """Rows collected and not yet taken."""
        return len(self._waiting)

    def add(self, row: EntityRow, digest: Digest) -> None:
        """Collects one row and adds its values to ``digest``."""
        if row.entity != self._entity:
            raise ValueError(f"a row of {row.entity} does not belong in the file of {self._entity}")
        # The text beside a decimal is no attribute, so there is None in its place at first.
        cells: list[Any] = [row.key, *map(row.values.get, self._names)]
        for place, written in self._written:
            if (value := cells[place]) is not None:
                cells[place] = written(value)
        for place in self._decimals:
            if (value := cells[place]) is not None and not _fits(value):
                cells[place], cells[place + 1] = None, str(value)
        cells.append(
            json.dumps([[each.attribute, each.code, each.advice] for each in row.problems])
            if row.problems
            else None
        )
        told = _TOLD.encode(cells).encode()
        digest.update(told)
        self.waiting_bytes += len(told)
        for place in self._files:
            self.waiting_bytes += len(cells[place] or b"")
        self._waiting.append(tuple(cells))

    def taken(self) -> pa.RecordBatch:
        """What was collected, as a batch; the collection is empty afterwards."""
        columns = list(zip(*self._waiting, strict=True)) or [()] * len(self.schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self.schema, strict=True)]
        self._waiting.clear()
        self.waiting_bytes = 0
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def set_zone(self, name: str | None) -> None:
        """The zone in which restored moments are told."""
        self._zone = None if name is None else ZoneInfo(name)

    def restored(self, batch: pa.RecordBatch) -> Iterator[EntityRow]:
        """The rows of a batch, as they were added."""
        columns: dict[str, Sequence[Any]] = {name: _listed(batch.column(name)) for name in batch.schema.names}
        for attribute in self._attributes:
            values = columns[attribute.name]
            if attribute.kind is Kind.DECIMAL:
                exact = columns[attribute.name + EXACT]
                columns[attribute.name] = [
                    _decimal(value, text) for value, text in zip(values, exact, strict=True)
                ]
            elif attribute.kind is Kind.TEETH:
                columns[attribute.name] = [None if text is None else teeth_from_json(text) for text in values]
            elif attribute.kind is Kind.MOMENT:
                columns[attribute.name] = [
                    None if value is None else value.replace(tzinfo=UTC).astimezone(self._zone)
                    for value in values
                ]
        names = [attribute.name for attribute in self._attributes]
        problems = [
            () if told is None else tuple(Problem(*each) for each in json.loads(told))
            for told in columns["problems"]
        ]
        own = {name: columns[name] for name in names}
        return entity_rows(self._entity, columns["row_key"], dict.fromkeys(names), own, problems)

    def _in_utc(self, moment: datetime) -> datetime:
        name = getattr(moment.tzinfo, "key", "UTC" if moment.tzinfo is UTC else None)
        if name is None or self.zone_name not in (None, name):
            raise ValueError("all moments of a staged file stand in one IANA time zone")
        self.zone_name = name
        return moment.astimezone(UTC)


def _listed(column: pa.Array) -> list[Any]:
    """The column's values; moments without their zone, which is UTC: Arrow looks it up for every one."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    return list(column.to_pylist())


def _fits(value: Decimal) -> bool:
    """Whether decimal128(18, 4) holds the number and gives it back as it was."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -4 <= exponent <= 0 and value.adjusted() < 14


def _decimal(value: Decimal | None, text: str | None) -> Decimal | None:
    if text is not None:
        return Decimal(text)
    return None if value is None else exact_decimal(value)


def _digestible(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return str(value)


_TOLD = json.JSONEncoder(default=_digestible)
"""How a row is told to the digest; made once, where json.dumps would make one for every row."""
