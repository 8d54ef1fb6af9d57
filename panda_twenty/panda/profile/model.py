"""The source profile: where each entity lives in one practice's database.

PANDA's schema is not public and differs between practices, so table and column names stand in a profile and
nowhere else. A profile is data: what can be said in it is this file, and it holds no SQL.
"""

from __future__ import annotations

import hashlib
import json
import zoneinfo
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from panda_twenty.panda.entities import ENTITIES, Attribute, Entity, Kind
from panda_twenty.panda.profile.chart import ChartSource, Section

BOOLEAN_CODES = ("true", "false")
_OWN_KEY = ("key", "teeth")
"""Attributes that the entity's ``key`` and ``chart`` settings describe."""


class Join(Section):
    """A table to look into: ``on`` maps columns of this entity's table to columns of ``table``."""

    table: str
    on: Annotated[Mapping[str, str], Field(min_length=1)]


class AttributeSource(Section):
    """Where one attribute comes from: a column, here or in a look-up table, or a constant."""

    column: str | None = None
    constant: str | None = None
    lookup: tuple[Join, ...] = ()
    """Tables to look into, one after the other: the first is joined to this entity's table, each further one
    to the one before it. ``column`` stands in the last."""
    part: Literal["first", "middle", "last"] | None = None
    """Which part of a whole name, written ``Family, Given Middle`` or ``Given Middle Family``, is meant."""
    codes: Mapping[str, str] = {}
    """The source's codes to ours; for a yes/no attribute to ``true`` and ``false``."""
    blank: tuple[str, ...] = ()
    """Values that mean nothing was entered, such as ``NA`` or ``1900-01-01``."""
    trim: bool = False
    """Whether white space around the text is to go; trailing blanks go always."""
    format: str | None = None
    """How a date stored as text is written, in the terms of strptime."""
    time_column: str | None = None
    """The column beside ``column`` with the time of day, where a moment stands in two."""
    zone: str | None = None
    """IANA name of the zone of moments that another clock than the practice's tells, such as ``UTC``."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @field_validator("lookup", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, Mapping) else value or ()

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        try:
            return value if value is None else zoneinfo.ZoneInfo(value).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is no IANA time zone; write one such as UTC") from None

    @model_validator(mode="after")
    def _column_or_constant(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either a column or a constant")
        if self.lookup and self.column is None:
            raise ValueError("a lookup needs the column to read there")
        return self


class Filter(Section):
    """A constant condition on a column of the entity's own table: exactly one of the three."""

    column: str
    equals: str | None = None
    not_in: tuple[str, ...] = ()
    is_null: bool | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if sum((self.equals is not None, bool(self.not_in), self.is_null is not None)) != 1:
            raise ValueError("give exactly one of equals, not_in, is_null")
        return self


class EntitySource(Section):
    """Where one entity lives."""

    table: str
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns that identify a row."""
    range: str | None = None
    """The integer patient id by which the entity is read: a column of ``table``, or of the last parent.

    It is also what ``patient_key`` is read from.
    """
    parents: tuple[Join, ...] = ()
    """Tables on the way to the one that has the patient id; each joined to the one before it."""
    modified: str | None = None
    """The column that tells when a row changed; it stands where ``range`` stands."""
    attributes: Mapping[str, AttributeSource] = {}
    where: tuple[Filter, ...] = ()
    chart: ChartSource | None = None
    not_read: Mapping[str, str] = {}
    """Columns that are left where they are on purpose, each with the reason."""

    @field_validator("key", "where", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | Mapping) else value

    def is_keyed_by(self, attribute: str) -> bool:
        """Whether this attribute is the row's key, so that no two rows have the same."""
        source = self.attributes.get(attribute)
        return source is not None and not source.lookup and not source.blank and self.key == (source.column,)

    def own_columns(self) -> Iterator[str]:
        """Every column of the entity's own table that is read or deliberately not read; may repeat."""
        yield from self.key
        if not self.parents:
            yield from (column for column in (self.range, self.modified) if column is not None)
        else:
            yield from self.parents[0].on
        for source in self.attributes.values():
            if source.lookup:
                yield from source.lookup[0].on
            elif source.column is not None:
                yield source.column
            if source.time_column is not None and not source.lookup:
                yield source.time_column
        yield from (condition.column for condition in self.where)
        if self.chart is not None:
            yield from self.chart.columns()
        yield from self.not_read


class SourceProfile(Section):
    """Where everything lives in one practice's database."""

    profile: str
    """Name of the profile."""
    description: str = ""
    practice: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    """Short name of the practice; part of every record's id, so it never changes once records were sent."""
    time_zone: str
    """IANA name of the zone in which the practice's clocks tell the times that the database stores."""
    entities: Annotated[Mapping[str, EntitySource], Field(min_length=1)]
    tables_not_read: Mapping[str, str] = {}
    """Tables that are left where they are on purpose, each with the reason."""
    open_questions: tuple[str, ...] = ()
    """What a proposal could not settle. While one stands here, nothing can be confirmed."""

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The practice's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def digest(self) -> str:
        """SHA-256 of what the profile says, in hexadecimal; comments, order and layout do not count."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    @model_validator(mode="after")
    def _agrees_with_the_catalogue(self) -> Self:
        sentences = list(_contradictions(self))
        if sentences:
            raise ValueError("\n".join(sentences))
        return self


def _contradictions(profile: SourceProfile) -> Iterator[str]:
    """What the catalogue of entities does not allow, one sentence each."""
    try:
        zoneinfo.ZoneInfo(profile.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield f"time_zone: {profile.time_zone!r} is no IANA time zone; write one such as America/Chicago."
    for name, source in profile.entities.items():
        place = f"entity {name}"
        entity = ENTITIES.get(name)
        if entity is None:
            yield f"{place}: there is no such entity; the entities are {', '.join(ENTITIES)}."
            continue
        yield from (f"{place}: {sentence}" for sentence in _entity_contradictions(entity, source))


def _entity_contradictions(entity: Entity, source: EntitySource) -> Iterator[str]:
    if entity.patient_scoped and source.range is None:
        yield "'range' must name the column with the patient id (in the last of 'parents' if there are any)."
    if not entity.patient_scoped and (source.range is not None or source.parents):
        yield "it does not belong to one patient, so 'range' and 'parents' have no place here."
    if ("teeth" in entity.attributes) != (source.chart is not None):
        yield "'chart' describes the chart of perio_chart, and only there."
    provided = {*_OWN_KEY, *source.attributes}
    if source.range is not None:
        provided.add("patient_key")
    for attribute in entity.attributes.values():
        if attribute.required and attribute.name not in provided:
            yield f"attribute {attribute.name} is required; name its column."
    for name, origin in source.attributes.items():
        attribute_ = entity.attributes.get(name)
        if name in _OWN_KEY:
            yield f"attribute {name}: 'key' and 'chart' describe it; take it out of 'attributes'."
        elif attribute_ is None:
            yield f"attribute {name}: there is no such attribute; there are {', '.join(entity.attributes)}."
        else:
            yield from (f"attribute {name}: {each}" for each in _code_contradictions(attribute_, origin))
    read = {column.casefold() for column in _read_columns(source)}
    for column in source.not_read:
        if column.casefold() in read:
            yield f"column {column} is both read and listed in 'not_read'; take it out of one of them."


def _read_columns(source: EntitySource) -> Iterator[str]:
    yield from source.model_copy(update={"not_read": {}}).own_columns()


def _code_contradictions(attribute: Attribute, origin: AttributeSource) -> Iterator[str]:
    if origin.zone is not None and attribute.kind is not Kind.MOMENT:
        yield f"'zone' fits only moments; this one is {attribute.kind.value}."
    if origin.time_column is not None and (attribute.kind is not Kind.MOMENT or origin.column is None):
        yield "'time_column' fits only moments, beside a 'column'."
    if attribute.kind is Kind.BOOLEAN:
        allowed: tuple[str, ...] = BOOLEAN_CODES
    elif attribute.kind is Kind.CODE:
        allowed = attribute.codes
    else:
        if origin.codes:
            yield f"'codes' fits only code and boolean attributes; this one is {attribute.kind.value}."
        return
    for ours in origin.codes.values():
        if ours not in allowed:
            yield f"{ours!r} is not one of its codes; allowed are {', '.join(allowed)}."
    if origin.constant is not None and not origin.codes and origin.constant not in allowed:
        yield f"{origin.constant!r} is not one of its codes; allowed are {', '.join(allowed)}."
