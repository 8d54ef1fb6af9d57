"""Objects, fields and indexes of the workspace, and how to find them by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from panda_twenty.sandbox.twenty.composites import COMPOSITES
from panda_twenty.sandbox.twenty.names import camel_case, capitalize, pascal_case

RELATIONS = ("RELATION", "MORPH_RELATION")
ENUMS = ("SELECT", "MULTI_SELECT", "RATING")
MANY_TO_ONE, ONE_TO_MANY = "MANY_TO_ONE", "ONE_TO_MANY"


@dataclass
class Column:
    """A column of a record table: its name there, its PostgreSQL name and its place in the API."""

    key: str
    name: str
    type: str
    default: Any = None
    nullable: bool = True
    subfield: str | None = None


@dataclass
class FieldMetadata:
    """A field as Twenty's metadata has it; ``number`` is never reused and names its columns."""

    id: str
    universal_id: str
    number: int
    object_id: str
    type: str
    name: str
    label: str
    description: str | None = None
    icon: str | None = None
    is_active: bool = True
    is_system: bool = False
    is_nullable: bool = True
    is_unique: bool = False
    is_label_synced: bool = False
    default: Any = None
    options: list[dict[str, Any]] | None = None
    settings: dict[str, Any] | None = None
    morph_id: str | None = None
    target_object_id: str | None = None
    target_field_id: str | None = None
    application_id: str = ""
    created_at: str = ""
    updated_at: str = ""

    @property
    def is_relation(self) -> bool:
        return self.type in RELATIONS

    @property
    def is_to_one(self) -> bool:
        return self.is_relation and (self.settings or {}).get("relationType") == MANY_TO_ONE

    @property
    def is_to_many(self) -> bool:
        return self.is_relation and (self.settings or {}).get("relationType") == ONE_TO_MANY

    @property
    def is_composite(self) -> bool:
        return self.type in COMPOSITES

    @property
    def join_column(self) -> str:
        return f"{self.name}Id"

    @cached_property
    def option_values(self) -> list[str]:
        return [option["value"] for option in self.options or []]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that hold this field; none for to-many relations and the search vector."""
        key = f"c{self.number}"
        if self.is_to_one:
            return [Column(key, self.join_column, "UUID", nullable=self.is_nullable)]
        if self.is_relation or self.type == "TS_VECTOR":
            return []
        if not self.is_composite:
            nullable = self.is_nullable
            return [Column(self._system_key or key, self.name, self.type, self.default, nullable)]
        defaults = self.default if isinstance(self.default, dict) else {}
        return [
            Column(
                f"{key}_{part.name}",
                f"{self.name}{capitalize(part.name)}",
                part.type,
                defaults.get(part.name),
                True,
                part.name,
            )
            for part in COMPOSITES[self.type]
        ]

    @property
    def _system_key(self) -> str | None:
        return SYSTEM_KEYS.get(self.name) if self.is_system else None

    def renew(self) -> None:
        """Forget what was derived from attributes that have changed."""
        for derived in ("columns", "option_values"):
            self.__dict__.pop(derived, None)


SYSTEM_KEYS = {
    "id": "id",
    "deletedAt": "deleted_at",
    "position": "position",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}
"""System fields have the same column in every table."""


@dataclass
class IndexMetadata:
    """An index; ``fields`` are (field id, subfield or None) in order."""

    id: str
    name: str
    object_id: str
    fields: list[tuple[str, str | None]]
    is_unique: bool = False
    is_custom: bool = False
    index_type: str = "BTREE"
    created_at: str = ""
    updated_at: str = ""


@dataclass
class ObjectMetadata:
    """An object as Twenty's metadata has it; ``number`` names its table."""

    id: str
    universal_id: str
    number: int
    singular: str
    plural: str
    label_singular: str
    label_plural: str
    description: str | None = None
    icon: str | None = None
    shortcut: str | None = None
    color: str | None = None
    is_custom: bool = False
    is_active: bool = True
    is_system: bool = False
    is_searchable: bool = True
    is_label_synced: bool = False
    label_identifier_id: str | None = None
    image_identifier_id: str | None = None
    duplicate_criteria: list[list[str]] | None = None
    application_id: str = ""
    created_at: str = ""
    updated_at: str = ""
    fields: dict[str, FieldMetadata] = field(default_factory=dict)
    indexes: dict[str, IndexMetadata] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return f"r{self.number}"

    @property
    def postgres_table(self) -> str:
        """What a PostgreSQL message calls the table."""
        return f"_{self.singular}" if self.is_custom else self.singular

    @cached_property
    def by_name(self) -> dict[str, FieldMetadata]:
        return {each.name: each for each in self.fields.values()}

    @cached_property
    def by_join_column(self) -> dict[str, FieldMetadata]:
        return {each.join_column: each for each in self.fields.values() if each.is_to_one}

    @cached_property
    def columns(self) -> list[Column]:
        return [column for each in self.fields.values() for column in each.columns]

    @cached_property
    def column_by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def find(self, name: str) -> FieldMetadata | None:
        """The field that ``name`` stands for, by its own name or its join column's."""
        return self.by_name.get(name) or self.by_join_column.get(name)

    def renew(self) -> None:
        for derived in ("by_name", "by_join_column", "columns", "column_by_name"):
            self.__dict__.pop(derived, None)

    def row(self) -> dict[str, Any]:
        """This object without its fields and indexes, for storing."""
        return {key: value for key, value in asdict_shallow(self).items() if key not in ("fields", "indexes")}


def asdict_shallow(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


@dataclass(frozen=True)
class Operation:
    """What a root field of /graphql does: ``method`` on ``object_id``."""

    method: str
    object_id: str
    is_mutation: bool


class Schema:
    """All objects of the workspace. ``version`` grows with each change."""

    def __init__(self) -> None:
        self.objects: dict[str, ObjectMetadata] = {}
        self.field_by_id: dict[str, FieldMetadata] = {}
        self.version = 0
        self.renew()

    def renew(self) -> None:
        """Rebuild what is derived, after a change."""
        self.version += 1
        self.by_singular = {each.singular: each for each in self.objects.values()}
        self.by_plural = {each.plural: each for each in self.objects.values()}
        self.field_by_id = {}
        self.operations: dict[str, Operation] = {}
        for each in self.objects.values():
            each.renew()
            self.field_by_id.update(each.fields)
            self._add_operations(each)

    def target(self, relation: FieldMetadata) -> ObjectMetadata:
        return self.objects[relation.target_object_id or ""]

    def inverse(self, relation: FieldMetadata) -> FieldMetadata | None:
        return self.field_by_id.get(relation.target_field_id or "")

    def relations_to(self, target: ObjectMetadata) -> list[tuple[ObjectMetadata, FieldMetadata]]:
        """Every (object, to-one relation) whose join column holds ids of ``target``."""
        return [
            (each, relation)
            for each in self.objects.values()
            for relation in each.fields.values()
            if relation.is_to_one and relation.target_object_id == target.id
        ]

    def _add_operations(self, each: ObjectMetadata) -> None:
        one, many = camel_case(each.singular), camel_case(each.plural)
        queries = {
            "findMany": many,
            "findOne": one,
            "findDuplicates": f"{one}Duplicates",
            "groupBy": f"{many}GroupBy",
        }
        for method, name in queries.items():
            self.operations[name] = Operation(method, each.id, False)
        single, several = pascal_case(each.singular), pascal_case(each.plural)
        for verb in ("create", "update", "delete", "destroy", "restore"):
            self.operations[f"{verb}{single}"] = Operation(f"{verb}One", each.id, True)
            self.operations[f"{verb}{several}"] = Operation(f"{verb}Many", each.id, True)
        self.operations[f"merge{several}"] = Operation("mergeMany", each.id, True)
