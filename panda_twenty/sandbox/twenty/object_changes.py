"""Objects: created with their system fields and links, changed, dropped with their records."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty.errors import TwentyError
from panda_twenty.sandbox.twenty.metadata_changes import (
    ATTRIBUTES,
    Input,
    MetadataChanges,
    new_id,
    squeezed,
    stamp,
)
from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.relation_changes import link_morph
from panda_twenty.sandbox.twenty.schema import ObjectMetadata

SYSTEM_FIELDS: list[tuple[str, str, str, bool, Any]] = [
    ("id", "UUID", "Id", False, "uuid"),
    ("createdAt", "DATE_TIME", "Creation date", False, "now"),
    ("updatedAt", "DATE_TIME", "Last update", False, "now"),
    ("deletedAt", "DATE_TIME", "Deleted at", True, None),
    (
        "createdBy",
        "ACTOR",
        "Created by",
        False,
        {"name": "'System'", "source": "'MANUAL'", "workspaceMemberId": None},
    ),
    (
        "updatedBy",
        "ACTOR",
        "Updated by",
        False,
        {"name": "'System'", "source": "'MANUAL'", "workspaceMemberId": None},
    ),
    ("position", "POSITION", "Position", False, 0),
    ("searchVector", "TS_VECTOR", "Search vector", True, None),
]


LINKED_FROM = ("timelineActivity", "attachment", "noteTarget", "taskTarget")


OBJECT_STANDARD_EDITABLE = (
    "color",
    "description",
    "icon",
    "isActive",
    "isSearchable",
    "labelPlural",
    "labelSingular",
)


OBJECT_CUSTOM_EDITABLE = (
    *OBJECT_STANDARD_EDITABLE,
    "isLabelSyncedWithName",
    "namePlural",
    "nameSingular",
    "labelIdentifierFieldMetadataId",
)


def create_object(
    changes: MetadataChanges, given: Input, application: str | None = None, universal_id: str | None = None
) -> ObjectMetadata:
    """A new object with its system fields and its links to notes, tasks, files and the timeline."""
    with changes.store.lock:
        now = stamp()
        each = ObjectMetadata(
            id=new_id(),
            universal_id=universal_id or new_id(),
            number=0,
            singular=squeezed(given["nameSingular"]),
            plural=squeezed(given["namePlural"]),
            label_singular=squeezed(given["labelSingular"]),
            label_plural=squeezed(given["labelPlural"]),
            description=given.get("description"),
            icon=given.get("icon"),
            shortcut=given.get("shortcut"),
            color=given.get("color"),
            is_custom=True,
            is_label_synced=bool(given.get("isLabelSyncedWithName")),
            application_id=application or changes.custom_application,
            created_at=now,
            updated_at=now,
        )
        report = rules.Report()
        about = {
            "universalIdentifier": each.universal_id,
            "namePlural": each.plural,
            "nameSingular": each.singular,
        }
        report.add("objectMetadata", "create", about, rules.object_problems(changes.schema, each))
        for holder in LINKED_FROM:
            target = f"target{capitalize(each.singular)}"
            if len(target) > rules.LONGEST_NAME:
                holder_about = {
                    "name": target,
                    "objectMetadataUniversalIdentifier": changes.schema.by_singular[holder].universal_id,
                }
                report.add("fieldMetadata", "create", holder_about, rules.name_problems(target))
        report.raise_if_any("Multiple validation errors occurred while creating object")
        with changes.making():
            _make(changes, each, skip_name=bool(given.get("skipNameField")))
        return each


def _make(changes: MetadataChanges, each: ObjectMetadata, *, skip_name: bool) -> None:
    each.number = changes.store.next_number()
    wanted = list(SYSTEM_FIELDS)
    if not skip_name:
        wanted.insert(0, ("name", "TEXT", "Name", True, None))
    for name, kind, label, nullable, default in wanted:
        one = changes.new_field(
            each,
            {"name": name, "type": kind, "label": label, "defaultValue": default},
            is_system=name != "name",
        )
        one.is_nullable = nullable
        one.renew()
        each.fields[one.id] = one
    each.renew()
    each.label_identifier_id = each.by_name["id" if skip_name else "name"].id
    changes.schema.objects[each.id] = each
    changes.store.create_object(each)
    for holder in LINKED_FROM:
        link_morph(
            changes,
            changes.schema.by_singular[holder],
            each,
            f"{holder.removesuffix('y')}ies" if holder.endswith("y") else f"{holder}s",
        )


def update_object(changes: MetadataChanges, object_id: str, update: Input) -> ObjectMetadata:
    with changes.store.lock:
        each = changes.schema.objects.get(object_id)
        if each is None:
            raise TwentyError(
                "Object to update not found",
                "NOT_FOUND",
                "OBJECT_METADATA_NOT_FOUND",
                "Object not found.",
            )
        allowed = OBJECT_CUSTOM_EDITABLE if each.is_custom else OBJECT_STANDARD_EDITABLE
        wanted = {key: squeezed(value) for key, value in update.items() if key in OBJECT_CUSTOM_EDITABLE}
        refused = [key for key in wanted if key not in allowed]
        if refused:
            raise TwentyError(
                f"Cannot edit standard object metadata properties: {', '.join(refused)}",
                sub_code="INVALID_OBJECT_INPUT",
                user_message="Invalid object input.",
            )
        before = {ATTRIBUTES.get(key, key): getattr(each, ATTRIBUTES.get(key, key)) for key in wanted}
        old_singular = each.singular
        for key, value in wanted.items():
            setattr(each, ATTRIBUTES.get(key, key), value)
        report = rules.Report()
        about = {
            "universalIdentifier": each.universal_id,
            "namePlural": each.plural,
            "nameSingular": each.singular,
        }
        report.add("objectMetadata", "update", about, rules.object_problems(changes.schema, each))
        if report.failures:
            for name, value in before.items():
                setattr(each, name, value)
        report.raise_if_any("Multiple validation errors occurred while updating object")
        with changes.making():
            each.updated_at = stamp()
            changes.store.save_object(each)
            if each.singular != old_singular:
                _rename_morphs(changes, each, old_singular)
        return each


def _rename_morphs(changes: MetadataChanges, each: ObjectMetadata, old_singular: str) -> None:
    for _, relation in changes.schema.relations_to(each):
        suffix = capitalize(old_singular)
        if relation.type == "MORPH_RELATION" and relation.name.endswith(suffix):
            relation.name = relation.name.removesuffix(suffix) + capitalize(each.singular)
            relation.settings = {**(relation.settings or {}), "joinColumnName": relation.join_column}
            relation.renew()
            changes.store.save_field(relation)


def delete_object(
    changes: MetadataChanges, object_id: str, *, as_application: bool = False
) -> ObjectMetadata:
    """Drop an object with its records and every relation that points at it."""
    with changes.store.lock:
        each = changes.schema.objects.get(object_id)
        report = rules.Report()
        code = "INVALID_OBJECT_INPUT"
        if each is None:
            raise TwentyError(
                "Object to delete not found",
                "NOT_FOUND",
                "OBJECT_METADATA_NOT_FOUND",
                "Object not found.",
            )
        problems = [rules.problem(code, "System objects cannot be deleted")] if each.is_system else []
        if not each.is_custom and not as_application:
            problems.append(rules.problem(code, "Standard objects cannot be deleted"))
        about = {
            "universalIdentifier": each.universal_id,
            "namePlural": each.plural,
            "nameSingular": each.singular,
        }
        report.add("objectMetadata", "delete", about, problems)
        report.raise_if_any("Multiple validation errors occurred while deleting object")
        with changes.making():
            for other in list(changes.schema.objects.values()):
                for relation in [
                    one
                    for one in other.fields.values()
                    if one.target_object_id == each.id and other is not each
                ]:
                    changes.store.drop_field(other, relation)
            changes.store.drop_object(each)
        return each
