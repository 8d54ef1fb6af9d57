"""Twenty's standard objects in a new workspace, from the data file beside this module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from panda_twenty.sandbox.twenty.index_changes import add_own_index
from panda_twenty.sandbox.twenty.metadata_changes import STANDARD_APPLICATION, MetadataChanges, new_id, stamp
from panda_twenty.sandbox.twenty.schema import MANY_TO_ONE, FieldMetadata, IndexMetadata, ObjectMetadata

DATA_FILE = Path(__file__).with_name("standard_objects.json")


def add_standard_objects(changes: MetadataChanges) -> None:
    """Create every standard object with its fields, relations and indexes."""
    described: list[dict[str, Any]] = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    objects = {each["nameSingular"]: _object(changes, each) for each in described}
    for each in described:
        _relate(objects, objects[each["nameSingular"]], each)
    for each in described:
        _add_morphs(changes, objects, objects[each["nameSingular"]], each)
    for made in objects.values():
        made.renew()
        changes.store.create_object(made)
        changes.schema.objects[made.id] = made
    for made in objects.values():
        for one in made.fields.values():
            if one.is_unique:
                now = stamp()
                index = IndexMetadata(
                    new_id(),
                    f"IDX_UNIQUE_{one.id.replace('-', '')[:27]}",
                    made.id,
                    [(one.id, None)],
                    is_unique=True,
                    created_at=now,
                    updated_at=now,
                )
                changes.store.create_index(made, index)
    for each in described:
        made = objects[each["nameSingular"]]
        for name in each.get("indexes", ()):
            add_own_index(changes, made, made.by_name[name], is_custom=False)
    changes.schema.renew()


def _object(changes: MetadataChanges, described: dict[str, Any]) -> ObjectMetadata:
    now = stamp()
    made = ObjectMetadata(
        id=new_id(),
        universal_id=described["id"],
        number=changes.store.next_number(),
        singular=described["nameSingular"],
        plural=described["namePlural"],
        label_singular=described["labelSingular"],
        label_plural=described["labelPlural"],
        description=described.get("description"),
        icon=described["icon"],
        shortcut=described.get("shortcut"),
        color="",
        is_system=described.get("system", False),
        is_searchable=described.get("searchable", False),
        duplicate_criteria=described.get("duplicateCriteria"),
        application_id=STANDARD_APPLICATION,
        created_at=now,
        updated_at=now,
    )
    for one in described["fields"]:
        field = _field(changes, made, one)
        made.fields[field.id] = field
        if one["name"] == described["labelIdentifier"]:
            made.label_identifier_id = field.id
        if one["name"] == described.get("imageIdentifier"):
            made.image_identifier_id = field.id
    return made


def _field(changes: MetadataChanges, parent: ObjectMetadata, described: dict[str, Any]) -> FieldMetadata:
    now = stamp()
    options = [
        {"id": key, "label": label, "value": value, "color": color, "position": place}
        for place, (value, label, color, key) in enumerate(described.get("options", []))
    ]
    return FieldMetadata(
        id=new_id(),
        universal_id=described["id"],
        number=changes.store.next_number(),
        object_id=parent.id,
        type=described["type"],
        name=described["name"],
        label=described["label"],
        description=described.get("description"),
        icon=described.get("icon"),
        is_system=described.get("system", False),
        is_nullable=not described.get("required", False),
        is_unique=described.get("unique", False),
        default=described.get("default"),
        options=options or None,
        settings=described.get("settings"),
        application_id=STANDARD_APPLICATION,
        created_at=now,
        updated_at=now,
    )


def _relate(objects: dict[str, ObjectMetadata], made: ObjectMetadata, described: dict[str, Any]) -> None:
    for one in described["fields"]:
        relation = one.get("relation")
        if relation is None:
            continue
        field = made.by_name[one["name"]]
        target = objects[relation["object"]]
        field.settings = {"relationType": relation["type"]}
        if relation["type"] == MANY_TO_ONE:
            field.settings |= {"onDelete": relation.get("onDelete"), "joinColumnName": field.join_column}
        field.target_object_id = target.id
        inverse = target.by_name.get(relation["field"])
        field.target_field_id = inverse.id if inverse else None


def _add_morphs(
    changes: MetadataChanges,
    objects: dict[str, ObjectMetadata],
    holder: ObjectMetadata,
    described: dict[str, Any],
) -> None:
    """The ``target…`` relations of note targets, task targets, attachments and the timeline."""
    morph_id = new_id()
    on_delete = "SET_NULL" if holder.singular == "timelineActivity" else "CASCADE"
    for singular, inverse_name in described.get("morphTargets", {}).items():
        target = objects[singular]
        field = _field(
            changes,
            holder,
            {
                "id": new_id(),
                "type": "MORPH_RELATION",
                "name": f"target{singular[:1].upper()}{singular[1:]}",
                "label": "Target",
            },
        )
        field.morph_id = morph_id
        field.settings = {
            "relationType": MANY_TO_ONE,
            "onDelete": on_delete,
            "joinColumnName": field.join_column,
        }
        inverse = target.by_name[inverse_name]
        field.target_object_id, field.target_field_id = target.id, inverse.id
        inverse.target_field_id = field.id
        holder.fields[field.id] = field
