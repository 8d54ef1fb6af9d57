"""What a workspace looks like: its objects, their fields, options and relations.

Measured on Twenty 2.21: objects and fields have no ``isCustom`` any more; a selected field that does not
exist comes back as null without an error, so every selection is built here from what was read; relations
are read and written through their join column (``patientId``), never as nested objects, because those
hide soft-deleted parents and cut lists at 60.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import SchemaChanged
from panda_twenty.twenty.naming import GraphqlNames, graphql_names, upper_first

__all__ = [
    "SUBFIELDS",
    "FieldFacts",
    "ObjectFacts",
    "OptionFacts",
    "RelationFacts",
    "Workspace",
    "read_workspace",
    "selection",
]

SUBFIELDS: Mapping[str, tuple[str, ...]] = {
    "ACTOR": ("source", "workspaceMemberId", "name", "context"),
    "ADDRESS": (
        "addressStreet1",
        "addressStreet2",
        "addressCity",
        "addressPostcode",
        "addressState",
        "addressCountry",
        "addressLat",
        "addressLng",
    ),
    "CURRENCY": ("amountMicros", "currencyCode"),
    "EMAILS": ("primaryEmail", "additionalEmails"),
    "FILES": ("fileId", "label", "extension", "url"),
    "FULL_NAME": ("firstName", "lastName"),
    "LINKS": ("primaryLinkLabel", "primaryLinkUrl", "secondaryLinks"),
    "PHONES": (
        "primaryPhoneNumber",
        "primaryPhoneCountryCode",
        "primaryPhoneCallingCode",
        "additionalPhones",
    ),
    "RICH_TEXT": ("blocknote", "markdown"),
    "RICH_TEXT_V2": ("blocknote", "markdown"),
}
"""The parts of the composite types; RICH_TEXT_V2 is what older servers call RICH_TEXT."""

RELATION_TYPES = ("RELATION", "MORPH_RELATION")

_RELATION = "type targetObjectMetadata{nameSingular} sourceFieldMetadata{name} targetFieldMetadata{name}"
_OBJECTS = (
    "query($after:ConnectionCursor){objects(paging:{first:100,after:$after}){"
    "edges{node{id nameSingular namePlural labelSingular isActive isSystem applicationId"
    " labelIdentifierFieldMetadataId fieldsList{id name type label isActive isSystem isNullable isUnique"
    " defaultValue options settings applicationId"
    f" relation{{{_RELATION}}} morphRelations{{{_RELATION}}}}}}}}}"
    "pageInfo{hasNextPage endCursor}}}"
)


def read_workspace(client: TwentyClient) -> Workspace:
    """Read all objects and fields, active or not. Costs no token of the rate limit."""
    objects: dict[str, ObjectFacts] = {}
    after: str | None = None
    while True:
        page = client.metadata(_OBJECTS, {"after": after})["objects"]
        for edge in page["edges"]:
            facts = _object_facts(edge["node"])
            objects[facts.name] = facts
        page_info = page["pageInfo"]
        if not page_info["hasNextPage"]:
            return Workspace(objects)
        after = page_info["endCursor"]


def selection(facts: ObjectFacts, fields: Iterable[str]) -> str:
    """A GraphQL selection of these fields, composites with all their parts, join columns by their name.

    Raises SchemaChanged for a name that the object does not have, is switched off, or is a relation (ask
    for its join column instead).
    """
    return " ".join(_selected(facts, name) for name in dict.fromkeys(fields))


def _selected(facts: ObjectFacts, name: str) -> str:
    if name in facts.join_columns:
        return name
    found = facts.fields.get(name)
    if found is None or not found.is_active:
        state = "has no field" if found is None else "has switched off its field"
        raise SchemaChanged(f"Object {facts.name} {state} {name}.", field=name)
    if found.type in RELATION_TYPES:
        raise SchemaChanged(
            f"{name} of object {facts.name} is a relation; its join column can be read instead.",
            field=name,
        )
    parts = SUBFIELDS.get(found.type)
    return f"{name}{{{' '.join(parts)}}}" if parts else name


def _object_facts(node: Mapping[str, Any]) -> ObjectFacts:
    fields = {entry["name"]: _field_facts(entry) for entry in node["fieldsList"]}
    label_id = node.get("labelIdentifierFieldMetadataId")
    return ObjectFacts(
        id=node["id"],
        name=node["nameSingular"],
        name_plural=node["namePlural"],
        label=node["labelSingular"],
        is_active=bool(node["isActive"]),
        is_system=bool(node["isSystem"]),
        application_id=node.get("applicationId"),
        label_identifier=next((each.name for each in fields.values() if each.id == label_id), None),
        fields=fields,
    )


def _field_facts(entry: Mapping[str, Any]) -> FieldFacts:
    settings = entry.get("settings") or {}
    return FieldFacts(
        id=entry["id"],
        name=entry["name"],
        type=entry["type"],
        label=entry.get("label") or entry["name"],
        is_nullable=entry.get("isNullable") is not False,
        is_unique=bool(entry.get("isUnique")),
        is_active=entry.get("isActive") is not False,
        is_system=bool(entry.get("isSystem")),
        application_id=entry.get("applicationId"),
        default=entry.get("defaultValue"),
        options=tuple(
            OptionFacts(
                id=option.get("id"),
                value=option["value"],
                label=option["label"],
                color=option.get("color") or "gray",
                position=option.get("position") or 0,
            )
            for option in entry.get("options") or ()
        ),
        settings=settings,
        relations=_relations(entry, settings),
    )


def _relations(entry: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[RelationFacts, ...]:
    if entry["type"] == "MORPH_RELATION":
        return tuple(_morph_relation(each, entry["name"]) for each in entry.get("morphRelations") or ())
    if (relation := entry.get("relation")) is None:
        return ()
    return (
        RelationFacts(
            kind=relation["type"],
            target=relation["targetObjectMetadata"]["nameSingular"],
            reverse_field=relation["targetFieldMetadata"]["name"],
            join_column=settings.get("joinColumnName"),
        ),
    )


def _morph_relation(relation: Mapping[str, Any], name: str) -> RelationFacts:
    """One target of a morph relation. Its own field name carries the target: ``targetPerson``.

    Where the server reports the shared name ``target`` instead, the target's name is put behind it.
    """
    target = relation["targetObjectMetadata"]["nameSingular"]
    own_name = relation["sourceFieldMetadata"]["name"]
    if own_name == name and not own_name.endswith(upper_first(target)):
        own_name = f"{name}{upper_first(target)}"
    is_single = relation["type"] == "MANY_TO_ONE"
    return RelationFacts(
        kind=relation["type"],
        target=target,
        reverse_field=relation["targetFieldMetadata"]["name"],
        join_column=f"{own_name}Id" if is_single else None,
    )


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """One option of a SELECT or MULTI_SELECT. Without its id an update would empty every record."""

    id: str | None
    value: str
    label: str
    color: str
    position: int


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """One target of a relation field. ``join_column`` is None on the "many" side, which has no column."""

    kind: str
    target: str
    reverse_field: str
    join_column: str | None


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field. ``relations`` holds one entry for a relation, several for a morph relation, else none."""

    id: str
    name: str
    type: str
    label: str = ""
    is_nullable: bool = True
    is_unique: bool = False
    is_active: bool = True
    is_system: bool = False
    application_id: str | None = None
    default: Any = None
    options: tuple[OptionFacts, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    relations: tuple[RelationFacts, ...] = ()

    @property
    def relation(self) -> RelationFacts | None:
        """The only target of a plain relation."""
        return self.relations[0] if self.type == "RELATION" and self.relations else None


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One object with its fields by name."""

    id: str
    name: str
    name_plural: str
    fields: Mapping[str, FieldFacts]
    label: str = ""
    is_active: bool = True
    is_system: bool = False
    application_id: str | None = None
    label_identifier: str | None = None
    join_columns: Mapping[str, RelationFacts] = field(init=False, compare=False)
    """Relations of this object that have a column, by the column's name."""
    names: GraphqlNames = field(init=False, compare=False)

    def __post_init__(self) -> None:
        columns = {
            relation.join_column: relation
            for each in self.fields.values()
            if each.is_active
            for relation in each.relations
            if relation.join_column
        }
        object.__setattr__(self, "join_columns", columns)
        object.__setattr__(self, "names", graphql_names(self.name, self.name_plural))

    def join_column_to(self, target: str) -> str:
        """The only join column that leads to object ``target``: ``targetPersonId`` of noteTarget, say.

        Raises SchemaChanged where there is none or more than one.
        """
        found = [column for column, relation in self.join_columns.items() if relation.target == target]
        if len(found) == 1:
            return found[0]
        raise SchemaChanged(f"Object {self.name} has {len(found)} links to {target} where one is needed.")

    def has_column(self, column: str) -> bool:
        """False for one whose field somebody has removed or switched off."""
        known = self.fields.get(column)
        return column in self.join_columns or (known is not None and known.is_active)

    @property
    def unique_fields(self) -> tuple[str, ...]:
        """Fields on which an upsert matches besides the id (soft-deleted records included)."""
        return tuple(sorted(each.name for each in self.fields.values() if each.is_unique and each.is_active))


@dataclass(frozen=True, slots=True)
class Workspace:
    """All objects of a workspace by singular name, as they were when they were read."""

    objects: Mapping[str, ObjectFacts]

    def object(self, name: str) -> ObjectFacts:
        """The object of this singular name, or SchemaChanged."""
        try:
            return self.objects[name]
        except KeyError:
            raise SchemaChanged(f"The workspace has no object {name}.") from None

    def fingerprint(self, names: Collection[str] | None = None) -> str:
        """A SHA-256 over what a mapping relies on: names, types, uniqueness, options, relations.

        ``names`` limits it to these objects, so that a change elsewhere does not disturb. Ids, labels and
        colours are left out: two workspaces of the same shape have the same fingerprint.
        """
        chosen = [facts for name, facts in sorted(self.objects.items()) if names is None or name in names]
        text = json.dumps([_shape(facts) for facts in chosen], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _shape(facts: ObjectFacts) -> list[Any]:
    return [
        facts.name,
        facts.name_plural,
        facts.is_active,
        facts.label_identifier,
        [
            [
                each.name,
                each.type,
                each.is_active,
                each.is_nullable,
                each.is_unique,
                sorted(option.value for option in each.options),
                sorted(
                    [relation.kind, relation.target, relation.join_column or ""]
                    for relation in each.relations
                ),
            ]
            for _, each in sorted(facts.fields.items())
        ],
    ]
