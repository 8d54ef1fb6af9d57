"""Objects: created with their system fields and links, changed, dropped with their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.index_changes import add_own_index
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
from panda_twenty.sandbox.twenty.schema import ObjectMetadata, Schema


@dataclass(frozen=True)
class SystemField:
    """A field that every new object starts with."""

    name: str
    type: str
    label: str
    description: str
    icon: str
    is_nullable: bool = True
    default: Any = None


BY_HAND = {"name": "''", "source": "'MANUAL'"}
LAST_UPDATED = "The workspace member who last updated the record"
NAME_FIELD = SystemField("name", "TEXT", "Name", "Name", "IconAbc")
SYSTEM_FIELDS = [
    SystemField("id", "UUID", "Id", "Id", "Icon123", False, "uuid"),
    SystemField("createdAt", "DATE_TIME", "Creation date", "Creation date", "IconCalendar", False, "now"),
    SystemField(
        "updatedAt",
        "DATE_TIME",
        "Last update",
        "Last time the record was changed",
        "IconCalendarClock",
        False,
        "now",
    ),
    SystemField("deletedAt", "DATE_TIME", "Deleted at", "Deletion date", "IconCalendarClock"),
    SystemField(
        "createdBy",
        "ACTOR",
        "Created by",
        "The creator of the record",
        "IconCreativeCommonsSa",
        False,
        BY_HAND,
    ),
    SystemField("updatedBy", "ACTOR", "Updated by", LAST_UPDATED, "IconUserCircle", False, BY_HAND),
    SystemField("position", "POSITION", "Position", "Position", "IconHierarchy2", False, 0),
    SystemField("searchVector", "TS_VECTOR", "Search vector", "Search vector", "IconSearch"),
]
LINKED_AS = {
    "timelineActivity": ("Timeline Activities", "IconTimelineEvent"),
    "attachment": ("Attachments", "IconFileImport"),
    "noteTarget": ("Notes", "IconNotes"),
    "taskTarget": ("Tasks", "IconCheckbox"),
}
"""Objects that gain a ``target…`` relation for every new object; label and icon of the list back."""

OBJECT_STANDARD_EDITABLE = (
    "color",
    "description",
    "icon",
    "isActive",
    "isSearchable",
    "labelPlural",
    "labelSingular",
)


IDENTIFYING = ("UUID", "TEXT", "FULL_NAME")
"""Field types that may be the label identifier of an object."""

OBJECT_CUSTOM_EDITABLE = (
    *OBJECT_STANDARD_EDITABLE,
    "isLabelSyncedWithName",
    "namePlural",
    "nameSingular",
    "labelIdentifierFieldMetadataId",
)


def check_filled(given: Input, *, is_new: bool) -> None:
    """Empty texts are refused before anything is looked at; blanks, which are cut off only then, later."""
    told = []
    for name in ("nameSingular", "namePlural"):
        if given.get(name) == "":
            told += [f"{name} has failed the name validation check"]
            told += [f"{name} should not be empty"] if is_new else []
    told += [
        f"{label} should not be empty"
        for label in ("labelSingular", "labelPlural")
        if is_new and given.get(label) == ""
    ]
    if told:
        raise TwentyError(", ".join(told), user_message=STANDARD_MESSAGE)


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
            label_singular=capitalize(squeezed(given["labelSingular"])),
            label_plural=capitalize(squeezed(given["labelPlural"])),
            description=squeezed(given.get("description")) or "",
            icon=squeezed(given.get("icon")) or "",
            shortcut=given.get("shortcut"),
            color=given.get("color") or "",
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
        problems = rules.object_problems(changes.schema, each)
        if problems:
            _fail_parts(changes.schema, report, each, about, problems)
        for holder in LINKED_AS:
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


def _fail_parts(
    schema: Schema,
    report: rules.Report,
    each: ObjectMetadata,
    about: dict[str, str],
    problems: list[rules.Problem],
) -> None:
    """Everything that a new object would have brought fails with it."""
    no_object = "Object metadata not found"
    missing = rules.problem(
        "OBJECT_METADATA_NOT_FOUND", no_object, "Field to create related object not found"
    )
    target = f"target{capitalize(each.singular)}"
    links = [name for holder in LINKED_AS for name in (schema.by_singular[holder].plural, target)]
    for name in ("name", *(system.name for system in SYSTEM_FIELDS), *links):
        described = {
            "universalIdentifier": new_id(),
            "name": name,
            "objectMetadataUniversalIdentifier": each.universal_id,
        }
        report.add("fieldMetadata", "create", described, [missing])
    report.add("objectMetadata", "create", about, problems)
    no_field = rules.problem("INVALID_VIEW_DATA", "Field metadata not found")
    no_view = rules.problem("INVALID_VIEW_DATA", "View not found")
    no_part = rules.problem(
        "INDEX_FIELD_NOT_FOUND",
        "Could not find index field related field metadata",
        "Field referenced in index does not exist",
    )
    parts: list[tuple[str, int, list[rules.Problem]]] = [
        ("view", 2, [rules.problem("INVALID_VIEW_DATA", no_object)]),
        ("viewField", 9, [no_field, no_view]),
        ("index", 5, [no_part]),
        ("searchFieldMetadata", 1, [rules.problem("FIELD_METADATA_NOT_FOUND", "Field metadata not found")]),
    ]
    for kind, count, found in parts:
        for _ in range(count):
            report.add(kind, "create", {"universalIdentifier": new_id()}, found)


def _make(changes: MetadataChanges, each: ObjectMetadata, *, skip_name: bool) -> None:
    each.number = changes.store.next_number()
    for system in SYSTEM_FIELDS if skip_name else [NAME_FIELD, *SYSTEM_FIELDS]:
        described = {
            "name": system.name,
            "type": system.type,
            "label": system.label,
            "description": system.description,
            "icon": system.icon,
            "defaultValue": system.default,
            "isNullable": system.is_nullable,
        }
        one = changes.new_field(each, described, is_system=system is not NAME_FIELD)
        each.fields[one.id] = one
    each.renew()
    each.label_identifier_id = each.by_name["id" if skip_name else "name"].id
    changes.schema.objects[each.id] = each
    changes.store.create_object(each)
    add_own_index(changes, each, each.by_name["searchVector"], is_custom=False)
    for holder, (label, icon) in LINKED_AS.items():
        inverse_name = f"{holder.removesuffix('y')}ies" if holder.endswith("y") else f"{holder}s"
        link_morph(changes, changes.schema.by_singular[holder], each, inverse_name, label, icon)


def update_object(changes: MetadataChanges, object_id: str, update: Input) -> ObjectMetadata:
    with changes.store.lock:
        each = changes.schema.objects.get(object_id)
        if each is None:
            raise TwentyError(
                "Object to update not found",
                "NOT_FOUND",
                "OBJECT_METADATA_NOT_FOUND",
                "Object not found.",
                rest_status=404,
                rest_name="Error",
                rest_code="OBJECT_METADATA_NOT_FOUND",
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
        if wanted.get("labelIdentifierFieldMetadataId", "") is None:
            del wanted["labelIdentifierFieldMetadataId"]
        _check_texts(wanted)
        identifier = changes.schema.field_by_id.get(wanted.get("labelIdentifierFieldMetadataId") or "")
        if "labelIdentifierFieldMetadataId" in wanted and identifier is None:
            raise no_such_entity()
        before = {ATTRIBUTES.get(key, key): getattr(each, ATTRIBUTES.get(key, key)) for key in wanted}
        old_singular = each.singular
        about = {
            "universalIdentifier": each.universal_id,
            "namePlural": each.plural,
            "nameSingular": each.singular,
        }
        for key, value in wanted.items():
            setattr(each, ATTRIBUTES.get(key, key), value)
        report = rules.Report()
        problems = rules.object_problems(changes.schema, each)
        if identifier is not None and identifier.type not in IDENTIFYING:
            told = (
                "labelIdentifierFieldMetadataUniversalIdentifier validation failed: field type not compatible"
            )
            shown = "Field cannot be used as label identifier due to its type: should be of type UUID, text or full name"  # noqa: E501
            problems.append(rules.problem("INVALID_OBJECT_INPUT", told, shown))
        report.add("objectMetadata", "update", about, problems)
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


def _check_texts(wanted: Input) -> None:
    for key in ("nameSingular", "namePlural", "labelSingular", "labelPlural"):
        if key in wanted and wanted[key] is None:
            raise TwentyError(
                "Cannot read properties of null (reading 'length')",
                "INTERNAL_SERVER_ERROR",
                user_message="An error occurred during workspace migration.",
            )


def no_such_entity() -> TwentyError:
    return TwentyError(
        "Could not find flat entity in maps",
        "INTERNAL_SERVER_ERROR",
        user_message=STANDARD_MESSAGE,
        rest_status=404,
        rest_name="Error",
        rest_code="ENTITY_NOT_FOUND",
    )


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
            raise no_such_entity()
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
