"""Objects, fields, relations and indexes as the metadata API shows them."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.schema import FieldMetadata, IndexMetadata, ObjectMetadata, Schema

View = dict[str, Any]


def listed_fields(schema: Schema, each: ObjectMetadata) -> list[FieldMetadata]:
    """The fields that the API lists: of the ``target…`` relations only the first, as ``target``."""
    seen: set[str] = set()
    listed = []
    for one in each.fields.values():
        if one.morph_id is not None:
            if one.morph_id in seen:
                continue
            seen.add(one.morph_id)
        listed.append(one)
    return listed


def shown_name(schema: Schema, one: FieldMetadata) -> str:
    """``target`` for a relation that is called ``targetPerson`` because it points at several objects."""
    if one.morph_id is None or one.target_object_id not in schema.objects:
        return one.name
    target = schema.target(one)
    for suffix in (target.singular, target.plural):
        if one.name.endswith(capitalize(suffix)):
            return one.name.removesuffix(capitalize(suffix))
    return one.name


def object_view(each: ObjectMetadata) -> View:
    return {
        "_object": each,
        "id": each.id,
        "universalIdentifier": each.universal_id,
        "nameSingular": each.singular,
        "namePlural": each.plural,
        "labelSingular": each.label_singular,
        "labelPlural": each.label_plural,
        "description": each.description,
        "icon": each.icon,
        "shortcut": each.shortcut,
        "color": each.color,
        "isRemote": False,
        "isActive": each.is_active,
        "isSystem": each.is_system,
        "isUIEditable": True,
        "isUICreatable": True,
        "isUIReadOnly": False,
        "isSearchable": each.is_searchable,
        "applicationId": each.application_id,
        "createdAt": each.created_at,
        "updatedAt": each.updated_at,
        "labelIdentifierFieldMetadataId": each.label_identifier_id,
        "imageIdentifierFieldMetadataId": each.image_identifier_id,
        "isLabelSyncedWithName": each.is_label_synced,
        "duplicateCriteria": each.duplicate_criteria,
        "searchFieldMetadataList": [],
    }


def field_view(schema: Schema, one: FieldMetadata) -> View:
    return {
        "_field": one,
        "id": one.id,
        "universalIdentifier": one.universal_id,
        "type": one.type,
        "name": shown_name(schema, one),
        "label": one.label,
        "description": one.description,
        "icon": one.icon,
        "isActive": one.is_active,
        "isSystem": one.is_system,
        "isUIEditable": not one.is_system,
        "isUIReadOnly": one.is_system,
        "isNullable": one.is_nullable,
        "isUnique": one.is_unique,
        "defaultValue": one.default,
        "options": one.options,
        "settings": one.settings,
        "objectMetadataId": one.object_id,
        "isLabelSyncedWithName": one.is_label_synced,
        "morphId": one.morph_id,
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
        "applicationId": one.application_id,
    }


def relation_view(schema: Schema, one: FieldMetadata) -> View | None:
    other = schema.inverse(one)
    if not one.is_relation or other is None:
        return None
    return {
        "type": (one.settings or {}).get("relationType"),
        "sourceObjectMetadata": object_view(schema.objects[one.object_id]),
        "targetObjectMetadata": object_view(schema.target(one)),
        "sourceFieldMetadata": field_view(schema, one),
        "targetFieldMetadata": field_view(schema, other),
    }


def morph_views(schema: Schema, one: FieldMetadata) -> list[View] | None:
    if one.type != "MORPH_RELATION":
        return None
    siblings = [
        each for each in schema.objects[one.object_id].fields.values() if each.morph_id == one.morph_id
    ]
    return [view for each in siblings if (view := relation_view(schema, each))]


def index_view(index: IndexMetadata) -> View:
    fields = [
        {
            "id": f"{index.id[:-4]}{place:04x}",
            "fieldMetadataId": field_id,
            "order": place,
            "subFieldName": part,
            "createdAt": index.created_at,
            "updatedAt": index.updated_at,
        }
        for place, (field_id, part) in enumerate(index.fields)
    ]
    return {
        "id": index.id,
        "name": index.name,
        "isCustom": index.is_custom,
        "isUnique": index.is_unique,
        "indexWhereClause": None,
        "indexType": index.index_type,
        "createdAt": index.created_at,
        "updatedAt": index.updated_at,
        "indexFieldMetadataList": fields,
    }


def plain(view: View, *, written: bool = False) -> View:
    """A view for REST, without what is empty; a field that was just ``written`` says so of two things."""
    kept = ("defaultValue", "options") if written else ()
    return {
        key: value
        for key, value in view.items()
        if not key.startswith("_") and (key in kept or value not in (None, ""))
    }
