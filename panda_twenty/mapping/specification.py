"""The mapping as data: which entity attribute becomes which field in Twenty, and how.

A mapping is a YAML file with *routes*; a route says that each row of one entity becomes one record of one
Twenty object. Its *lines* name a field, the attributes it comes from, and the transform; a line for a field
that Twenty lacks also gives the field's type, label and options, so the same file drives the data model, the
records and the verification. Adding a field means adding a line (and an attribute to the entity catalogue
and a column to the source profile, where the source has one).
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from panda_twenty.mapping.transforms.registry import SETTLED_BY_THE_BUILDER, TRANSFORMS
from panda_twenty.panda.entities import ENTITIES, Attribute, Kind

FieldType = Literal[
    "TEXT",
    "NUMBER",
    "DATE",
    "DATE_TIME",
    "BOOLEAN",
    "SELECT",
    "MULTI_SELECT",
    "CURRENCY",
    "PHONES",
    "EMAILS",
    "ADDRESS",
    "LINKS",
    "FULL_NAME",
    "RICH_TEXT",
    "RAW_JSON",
    "ARRAY",
    "UUID",
    "RELATION",
]

DEFAULT_MAPPING = Path(__file__).parent / "default_mapping.yaml"


class MappingError(Exception):
    """The mapping file cannot be used; the message says where and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Relation(_Strict):
    """A MANY_TO_ONE relation, written through its join column."""

    target: str
    """Twenty object at the other end, by singular name."""
    entity: str
    """Identity of the route whose records it points at: its entity, or its kind."""
    reverse_label: str | None = None
    """Label of the list on the target; not needed for relations that Twenty already has."""
    required: bool = False
    """True for a parent: quarantined without it. False for a look-up: left empty and reported."""


class Line(_Strict):
    """One field of one route."""

    field: str
    source: tuple[str, ...] = Field(default=(), alias="from")
    """Attributes, as ``attribute`` or ``join.attribute``."""
    transform: str
    options_of_transform: Mapping[str, Any] = Field(default_factory=dict, alias="with")
    type: FieldType | None = None
    label: str | None = None
    description: str | None = None
    icon: str | None = None
    standard: bool = False
    """True where Twenty brings the field itself."""
    unique: bool = False
    options: Mapping[str, str] = Field(default_factory=dict)
    """For SELECT and MULTI_SELECT: value to label, in order."""
    relation: Relation | None = None
    when_taken: str | None = None
    """For a field that Twenty keeps unique: the field that takes a value another record already holds."""
    compare: str | None = None
    """Comparator for verification; each transform has a usual one."""
    personal: bool = True
    """False for values that say nothing about a person; reports mask the others."""

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        if self.relation is not None and self.type not in (None, "RELATION"):
            raise ValueError(f"{self.field}: a line with a relation has type RELATION")
        if self.type in ("SELECT", "MULTI_SELECT") and not self.options and not self.standard:
            raise ValueError(f"{self.field}: a {self.type} needs options")
        return self

    @property
    def column(self) -> str:
        """The name under which records carry the value: relations go through their join column."""
        return f"{self.field}Id" if self.relation else self.field


class Join(_Strict):
    """Rows of another entity that a line may draw on."""

    entity: str
    key: str | None = None
    """Attribute of this route's row that names the other row (a look-up)."""
    by: str | None = None
    """Attribute of the other entity that names this route's row (children)."""
    order_by: str | None = None
    nth: int | None = None
    """From 1: only this child, as one row instead of a list."""
    after: int | None = None
    """Only the children after this many, as a list."""
    through: str | None = None
    """A join of children listed before: their children instead of this row's."""

    @model_validator(mode="after")
    def _has_one_direction(self) -> Self:
        if (self.key is None) == (self.by is None):
            raise ValueError("a join has either key (a look-up) or by (children)")
        return self


class Route(_Strict):
    """Each row of one entity becomes one record of one object."""

    name: str
    entity: str
    object: str
    kind: str = ""
    """Part of each record's identity; the entity unless several routes make records of one row."""
    only_if: str | None = None
    """A source path; rows that have nothing there make no record of this route."""
    joins: Mapping[str, Join] = Field(default_factory=dict)
    lines: tuple[Line, ...]

    @property
    def identity(self) -> str:
        """What the ledger and the ids of records know the rows of this route by."""
        return self.kind or self.entity

    @property
    def points_at_itself(self) -> bool:
        """Whether its records point at records of the same route, which may come later."""
        return any(line.relation and line.relation.entity == self.identity for line in self.lines)

    @property
    def is_patient_scoped(self) -> bool:
        return ENTITIES[self.entity].patient_scoped

    def staged_entities(self) -> tuple[str, ...]:
        """The entities whose staged rows this route reads, its own first."""
        return tuple(dict.fromkeys([self.entity, *(join.entity for join in self.joins.values())]))

    def parents(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.relation)


class TwentyObject(_Strict):
    """An object of Twenty that records go to; ``standard`` ones are there already."""

    name: str
    plural: str
    label: str
    label_plural: str
    standard: bool = False
    icon: str | None = None
    description: str | None = None


class Choices(_Strict):
    """What an operator decides once for the whole practice; confirmed along with the mapping."""

    referral_threshold: float = Field(default=0.9, ge=0.5, le=1.0)
    """Referral sources become one company at this score and above, never below."""
    custom_field_budget: int = Field(default=60, ge=0, le=300)
    """Practice-defined findings that get a field of their own; the rest stay in the digest."""
    workspace_members: Mapping[str, str] = Field(default_factory=dict)
    """Provider key to id of the workspace member whom that provider's tasks are assigned to."""
    documents: bool = True
    """Whether stored files are uploaded."""
    documents_limit_mb: int = Field(default=500, ge=0)
    """An archive above this size stops the run with an estimate, before anything is uploaded."""
    adopt_by: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Twenty object to its unique fields by which a record of somebody else is adopted; nothing otherwise."""
    adopt_deleted: bool = False
    """Whether a soft-deleted record may be adopted, which brings it back."""
    deleted_in_source: Literal["mark", "soft_delete", "ignore"] = "mark"
    """What becomes of a record whose row is deleted in the source after the migration."""
    conflicts: Mapping[str, Literal["source", "twenty"]] = Field(default_factory=dict)
    """Who wins where a field was changed in the source and in Twenty: by object, ``default`` for the rest."""

    def winner(self, object_name: str) -> Literal["source", "twenty"]:
        """Who wins a conflict in a record of this object; the source where nothing is said."""
        return self.conflicts.get(object_name, self.conflicts.get("default", "source"))


class MappingSpecification(_Strict):
    """A whole mapping, with families of lines written out."""

    version: int
    choices: Choices = Choices()
    objects: tuple[TwentyObject, ...]
    routes: tuple[Route, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        objects = {each.name for each in self.objects}
        for route in self.routes:
            if route.entity not in ENTITIES:
                raise ValueError(f"route {route.name}: there is no entity {route.entity}")
            if route.object not in objects:
                raise ValueError(f"route {route.name}: object {route.object} is not listed under objects")
            _check_lines(route)
            for line in route.lines:
                if line.relation and line.relation.target not in objects:
                    raise ValueError(
                        f"route {route.name}, field {line.field}: object {line.relation.target} is not listed"
                    )
        identities = [route.identity for route in self.routes]
        if len(set(identities)) != len(identities):
            raise ValueError("two routes make records of one entity; give one of them a kind")
        for name in objects:
            _check_codes(name, self.routes_to(name))
            _check_types(name, [line for route in self.routes_to(name) for line in route.lines])
        if unknown_objects := sorted(self.choices.conflicts.keys() - objects - {"default"}):
            raise ValueError(f"choices.conflicts: there is no object {', '.join(unknown_objects)}")
        for name, fields in self.choices.adopt_by.items():
            shared = {line.field for route in self.routes_to(name) for line in route.lines if line.when_taken}
            if unknown := [each for each in fields if each not in shared]:
                raise ValueError(
                    f"choices.adopt_by: {name} cannot be adopted by {', '.join(unknown)}; a field with "
                    "when_taken is needed"
                )
        return self

    def route(self, name: str) -> Route:
        return next(route for route in self.routes if route.name == name)

    def routes_to(self, object_name: str) -> tuple[Route, ...]:
        return tuple(route for route in self.routes if route.object == object_name)

    def digest(self) -> str:
        """SHA-256 of the mapping's content, whatever the layout and comments of its file."""
        content = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def _defined(self, object_name: str, line: Line) -> Line:
        """The line with type, label and options, which may stand on another route's line."""
        if line.standard or line.relation or line.type is not None:
            return line
        origin = next(
            other
            for route in self.routes_to(object_name)
            for other in route.lines
            if other.field == line.field and other.type is not None
        )
        names = ("type", "label", "description", "icon", "unique", "options")
        return line.model_copy(update={name: getattr(origin, name) for name in names})

    def restricted_to(self, available: Mapping[str, frozenset[str]]) -> MappingSpecification:
        """The part of this mapping that a practice can fill.

        ``available`` has the attributes that the source profile locates, by entity. Lines that draw on none
        of them are left out, and so are routes of entities that the practice does not have.
        """
        routes = []
        for route in self.routes:
            if route.entity not in available or (route.entity == "document" and not self.choices.documents):
                continue
            joins = _joins_of(route, available)
            lines = tuple(
                self._defined(route.object, line)
                for line in route.lines
                if _is_fed(line, route, joins, available)
            )
            routes.append(route.model_copy(update={"joins": joins, "lines": lines}))
        identities = {route.identity for route in routes}
        routes = [_without_orphaned_relations(route, identities) for route in routes]
        used = {route.object for route in routes}
        targets = {line.relation.target for route in routes for line in route.lines if line.relation}
        objects = tuple(each for each in self.objects if each.name in used | targets)
        return self.model_copy(update={"objects": objects, "routes": tuple(routes)})


def _without_orphaned_relations(route: Route, identities: set[str]) -> Route:
    """A route without the links to records that no route makes."""
    lines = tuple(line for line in route.lines if line.relation is None or line.relation.entity in identities)
    return route.model_copy(update={"lines": lines})


def _joins_of(route: Route, available: Mapping[str, frozenset[str]]) -> dict[str, Join]:
    """The joins whose rows the practice has, and those between them and the route's own rows."""
    joins: dict[str, Join] = {}
    for name, join in route.joins.items():
        if join.entity in available and (join.through is None or join.through in joins):
            joins[name] = join
    return joins


def _is_fed(
    line: Line, route: Route, joins: Mapping[str, Join], available: Mapping[str, frozenset[str]]
) -> bool:
    if not line.source:
        return True
    for join, attribute in map(split_source, line.source):
        if join is None:
            if attribute in available[route.entity]:
                return True
        elif join in joins and attribute in available[joins[join].entity]:
            return True
    return False


@lru_cache(maxsize=4_096)
def split_source(path: str) -> tuple[str | None, str]:
    """``join.attribute`` as its two parts; a plain attribute has no join."""
    join, _, attribute = path.rpartition(".")
    return (join or None), attribute


def _check_lines(route: Route) -> None:
    seen: set[str] = set()
    for line in route.lines:
        if line.field in seen:
            raise ValueError(f"route {route.name}: field {line.field} has two lines")
        seen.add(line.field)
        if line.transform not in TRANSFORMS and line.transform not in SETTLED_BY_THE_BUILDER:
            raise ValueError(
                f"route {route.name}, field {line.field}: there is no transform {line.transform}"
            )
        if line.relation and len(line.source) != 1:
            raise ValueError(f"route {route.name}, field {line.field}: a relation comes from one attribute")
        for path in (*line.source, *((route.only_if,) if route.only_if else ())):
            join, attribute = split_source(path)
            if join is not None and join not in route.joins:
                raise ValueError(f"route {route.name}, field {line.field}: there is no join {join}")
            entity = route.joins[join].entity if join else route.entity
            if attribute not in ENTITIES[entity].attributes:
                raise ValueError(
                    f"route {route.name}, field {line.field}: {entity} has no attribute {attribute}"
                )
        if line.relation and _attribute(route, line.source[0]).kind is not Kind.KEY:
            raise ValueError(f"route {route.name}, field {line.field}: a relation comes from a key attribute")


def _attribute(route: Route, path: str) -> Attribute:
    join, attribute = split_source(path)
    return ENTITIES[route.joins[join].entity if join else route.entity].attributes[attribute]


def _check_codes(object_name: str, routes: Sequence[Route]) -> None:
    """Every code of an attribute must be an option of the field that it goes to."""
    options = {line.field: line.options for route in routes for line in route.lines if line.options}
    for route in routes:
        for line in route.lines:
            if line.transform != "code" or line.standard:
                continue
            lacking = set(_attribute(route, line.source[0]).codes) - set(options.get(line.field, {}))
            if lacking:
                raise ValueError(f"{object_name}.{line.field}: no option for {', '.join(sorted(lacking))}")


def _check_types(object_name: str, lines: Sequence[Line]) -> None:
    types: dict[str, str | None] = {}
    for line in lines:
        declared = "RELATION" if line.relation else line.type
        if line.standard or (declared is None and types.get(line.field)):
            continue
        if declared is None:
            raise ValueError(f"{object_name}.{line.field}: its first line must give the type")
        if types.setdefault(line.field, declared) != declared:
            raise ValueError(f"{object_name}.{line.field}: two lines give different types")
    for line in lines:
        if line.when_taken and line.when_taken not in {other.field for other in lines}:
            raise ValueError(
                f"{object_name}.{line.field}: when_taken names {line.when_taken}, which has no line"
            )


def load_mapping(path: Path = DEFAULT_MAPPING) -> MappingSpecification:
    """Read a mapping file. Raises MappingError with a sentence that names the place."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise MappingError(f"The mapping {path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise MappingError(f"The mapping {path} cannot be read: it is not UTF-8 text.") from None
    return _parsed(path, text)


@lru_cache(maxsize=4)
def _parsed(path: Path, text: str) -> MappingSpecification:
    """Every step of a run opens the mapping; its 300 lines take half a second to validate."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise MappingError(f"The mapping {path} is not valid YAML: {problem}") from None
    try:
        for route in document["routes"]:
            route["lines"] = list(_written_out(route["lines"]))
            _tell_members(route["lines"], document.get("choices") or {})
        return MappingSpecification.model_validate(document)
    except ValidationError as problem:
        reasons = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in problem.errors()[:5]
        )
        raise MappingError(f"The mapping {path} cannot be used: {reasons}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise MappingError(
            f"The mapping {path} needs version, objects and routes with lines, each line a mapping, and "
            "for_each with names that its line uses."
        ) from None


def _tell_members(lines: Sequence[dict[str, Any]], choices: Mapping[str, Any]) -> None:
    """Give the operator's table of workspace members to the lines that assign somebody."""
    for line in lines:
        if line.get("transform") == "workspace_member":
            line["with"] = {"members": dict(choices.get("workspace_members") or {})}


def _written_out(lines: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lines with ``for_each`` once per combination of its variables, with ``{variable}`` filled in."""
    for line in lines:
        family = dict(line)
        variables = family.pop("for_each", None)
        if variables is None:
            yield family
            continue
        choices = [[(name, value) for value in _values(values)] for name, values in variables.items()]
        for combination in itertools.product(*choices):
            yield _filled_in(family, dict(combination))


def _values(values: Any) -> Sequence[Any]:
    """``1-32`` as the numbers it spans; a list as it is."""
    if isinstance(values, str):
        first, last = map(int, values.split("-"))
        return range(first, last + 1)
    return list(values)


def _filled_in(template: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return template.format(**variables) if "{" in template else template
    if isinstance(template, dict):
        return {key: _filled_in(value, variables) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled_in(item, variables) for item in template]
    return template
