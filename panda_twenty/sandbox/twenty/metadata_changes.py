# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Changes of the workspace's objects, fields and indexes: checked, then made, then usable at once."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import uuid
from typing import Any

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty import moments
from panda_twenty.sandbox.twenty.columns import default_value, jsonb
from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.names import capitalize, from_label
from panda_twenty.sandbox.twenty.schema import (
    ENUMS,
    MANY_TO_ONE,
    ONE_TO_MANY,
    FieldMetadata,
    IndexMetadata,
    ObjectMetadata,
    Schema,
)
from panda_twenty.sandbox.twenty.store import Store

Input = dict[str, Any]

STANDARD_APPLICATION = "20202020-64aa-4b6f-b003-9c74b97cee20"
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
"""Objects that gain a ``target…`` relation for every new object."""

STANDARD_EDITABLE = (
    "defaultValue",
    "description",
    "icon",
    "isActive",
    "label",
    "options",
    "settings",
    "isUnique",
)
CUSTOM_EDITABLE = (*STANDARD_EDITABLE, "isLabelSyncedWithName", "name")
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
ATTRIBUTES = {
    "defaultValue": "default",
    "isActive": "is_active",
    "isUnique": "is_unique",
    "isLabelSyncedWithName": "is_label_synced",
    "labelSingular": "label_singular",
    "labelPlural": "label_plural",
    "nameSingular": "singular",
    "namePlural": "plural",
    "isSearchable": "is_searchable",
    "labelIdentifierFieldMetadataId": "label_identifier_id",
}


def new_id() -> str:
    return str(uuid.uuid4())


def stamp() -> str:
    return moments.text(moments.now())


def squeezed(value: Any) -> Any:
    """Text without space around it and without repeated space in it, as Twenty keeps names and labels."""
    return re.sub(r"\s+", " ", value).strip() if isinstance(value, str) else value


def migration_failed(action: str, kind: str, universal_id: str) -> TwentyError:
    return TwentyError(
        f"Migration action '{action}' for '{kind}' (universalIdentifier: {universal_id}) failed",
        "INTERNAL_SERVER_ERROR",
        "EXECUTION_FAILED",
        "Migration execution failed.",
    )


class MetadataChanges:
    """Makes changes of metadata in a store."""

    def __init__(self, store: Store, custom_application: str) -> None:
        self.store = store
        self.custom_application = custom_application

    @property
    def schema(self) -> Schema:
        return self.store.schema

    def _changed(self) -> None:
        self.schema.renew()

    # --- objects --------------------------------------------------------------------------

    def create_object(
        self, given: Input, application: str | None = None, universal_id: str | None = None
    ) -> ObjectMetadata:
        """A new object with its system fields and its links to notes, tasks, files and the timeline."""
        with self.store.lock:
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
                application_id=application or self.custom_application,
                created_at=now,
                updated_at=now,
            )
            report = rules.Report()
            about = {
                "universalIdentifier": each.universal_id,
                "namePlural": each.plural,
                "nameSingular": each.singular,
            }
            report.add("objectMetadata", "create", about, rules.object_problems(self.schema, each))
            for holder in LINKED_FROM:
                target = f"target{capitalize(each.singular)}"
                if len(target) > rules.LONGEST_NAME:
                    holder_about = {
                        "name": target,
                        "objectMetadataUniversalIdentifier": self.schema.by_singular[holder].universal_id,
                    }
                    report.add("fieldMetadata", "create", holder_about, rules.name_problems(target))
            report.raise_if_any("Multiple validation errors occurred while creating object")
            with self._making():
                self._make_object(each, skip_name=bool(given.get("skipNameField")))
            return each

    def _make_object(self, each: ObjectMetadata, *, skip_name: bool) -> None:
        each.number = self.store.next_number()
        wanted = list(SYSTEM_FIELDS)
        if not skip_name:
            wanted.insert(0, ("name", "TEXT", "Name", True, None))
        for name, kind, label, nullable, default in wanted:
            one = self._field(
                each,
                {"name": name, "type": kind, "label": label, "defaultValue": default},
                is_system=name != "name",
            )
            one.is_nullable = nullable
            one.renew()
            each.fields[one.id] = one
        each.renew()
        each.label_identifier_id = each.by_name["id" if skip_name else "name"].id
        self.schema.objects[each.id] = each
        self.store.create_object(each)
        for holder in LINKED_FROM:
            self.link_morph(
                self.schema.by_singular[holder],
                each,
                f"{holder.removesuffix('y')}ies" if holder.endswith("y") else f"{holder}s",
            )

    def link_morph(
        self, holder: ObjectMetadata, target: ObjectMetadata, inverse_name: str, label: str | None = None
    ) -> None:
        """Give ``holder`` a ``target…`` relation to ``target`` and ``target`` the list back."""
        siblings = [one for one in holder.fields.values() if one.type == "MORPH_RELATION"]
        relation = self._field(
            holder,
            {
                "name": f"target{capitalize(target.singular)}",
                "type": "MORPH_RELATION",
                "label": "Target",
                "icon": "IconArrowUpRight",
            },
        )
        relation.morph_id = siblings[0].morph_id if siblings else new_id()
        on_delete = "SET_NULL" if holder.singular == "timelineActivity" else "CASCADE"
        relation.settings = {
            "relationType": MANY_TO_ONE,
            "onDelete": on_delete,
            "joinColumnName": relation.join_column,
        }
        words = re.sub(r"([A-Z])", r" \1", inverse_name)
        inverse = self._field(
            target, {"name": inverse_name, "type": "RELATION", "label": label or capitalize(words)}
        )
        inverse.settings = {"relationType": ONE_TO_MANY}
        relation.target_object_id, inverse.target_object_id = target.id, holder.id
        relation.target_field_id, inverse.target_field_id = inverse.id, relation.id
        self.store.add_field(holder, relation)
        self.store.add_field(target, inverse)

    def update_object(self, object_id: str, update: Input) -> ObjectMetadata:
        with self.store.lock:
            each = self.schema.objects.get(object_id)
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
            report.add("objectMetadata", "update", about, rules.object_problems(self.schema, each))
            if report.failures:
                for name, value in before.items():
                    setattr(each, name, value)
            report.raise_if_any("Multiple validation errors occurred while updating object")
            with self._making():
                each.updated_at = stamp()
                self.store.save_object(each)
                if each.singular != old_singular:
                    self._rename_morphs(each, old_singular)
            return each

    def _rename_morphs(self, each: ObjectMetadata, old_singular: str) -> None:
        for _, relation in self.schema.relations_to(each):
            suffix = capitalize(old_singular)
            if relation.type == "MORPH_RELATION" and relation.name.endswith(suffix):
                relation.name = relation.name.removesuffix(suffix) + capitalize(each.singular)
                relation.settings = {**(relation.settings or {}), "joinColumnName": relation.join_column}
                relation.renew()
                self.store.save_field(relation)

    def delete_object(self, object_id: str, *, as_application: bool = False) -> ObjectMetadata:
        """Drop an object with its records and every relation that points at it."""
        with self.store.lock:
            each = self.schema.objects.get(object_id)
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
            with self._making():
                for other in list(self.schema.objects.values()):
                    for relation in [
                        one
                        for one in other.fields.values()
                        if one.target_object_id == each.id and other is not each
                    ]:
                        self.store.drop_field(other, relation)
                self.store.drop_object(each)
            return each

    # --- fields ---------------------------------------------------------------------------

    def _field(self, parent: ObjectMetadata, given: Input, *, is_system: bool = False) -> FieldMetadata:
        now = stamp()
        label = squeezed(given.get("label"))
        name = squeezed(given["name"])
        return FieldMetadata(
            id=new_id(),
            universal_id=new_id(),
            number=self.store.next_number(),
            object_id=parent.id,
            type=given["type"],
            name=name,
            label=label or name,
            description=given.get("description") or "",
            icon=given.get("icon") or "",
            is_system=is_system,
            is_nullable=given.get("isNullable") is not False,
            is_unique=bool(given.get("isUnique")),
            is_label_synced=bool(given.get("isLabelSyncedWithName")),
            default=given.get("defaultValue"),
            options=given.get("options"),
            settings=given.get("settings"),
            application_id=self.custom_application,
            created_at=now,
            updated_at=now,
        )

    def create_field(self, given: Input, universal_id: str | None = None) -> FieldMetadata:
        """A new field; a relation also gets its other side."""
        with self.store.lock:
            message = "Multiple validation errors occurred while creating fields"
            if not squeezed(given["name"]):
                raise TwentyError(
                    "name has failed the name validation check, name should not be empty",
                    user_message=STANDARD_MESSAGE,
                )
            parent = self._parent(given, message)
            one = self._field(parent, given)
            one.universal_id = universal_id or one.universal_id
            others: list[tuple[ObjectMetadata, FieldMetadata]] = []
            if one.type == "MORPH_RELATION":
                return self._create_morph(parent, given, message)
            if one.type == "RELATION":
                others.append(self._other_side(parent, one, given.get("relationCreationPayload"), message))
            if one.type == "RATING":
                one.options = [
                    {"id": new_id(), "label": str(place), "value": f"RATING_{place}", "position": place - 1}
                    for place in range(1, 6)
                ]
            elif one.type in ENUMS:
                one.options = [_option(option) for option in one.options or []]
            report = rules.Report()
            for holder, each in [(parent, one), *others]:
                about = {
                    "universalIdentifier": each.universal_id,
                    "name": each.name,
                    "objectMetadataUniversalIdentifier": holder.universal_id,
                }
                report.add("fieldMetadata", "create", about, rules.new_field_problems(holder, each))
            if one.is_unique and not report.failures:
                report.add(
                    "index",
                    "create",
                    {"name": _index_name([one.name], unique=True), "universalIdentifier": new_id()},
                    rules.unique_problems(one),
                )
            _fail_views(report, one)
            report.raise_if_any(message)
            _check_default(one)
            with self._making():
                for holder, each in [(parent, one), *others]:
                    self.store.add_field(holder, each)
                    self._fill(holder, each)
                if one.is_unique:
                    self._unique_index(parent, one)
            return one

    def _parent(self, given: Input, message: str) -> ObjectMetadata:
        parent = self.schema.objects.get(given.get("objectMetadataId") or "")
        if parent is None:
            problem = rules.problem(
                "OBJECT_METADATA_NOT_FOUND",
                "Provided object metadata id does not exist",
                "Created field metadata, parent object metadata not found",
            )
            raise _one_problem(message, problem)
        if given.get("type") == "TS_VECTOR":
            raise _one_problem(
                message.removesuffix("s"),
                rules.problem("INVALID_FIELD_INPUT", "TS Vector is not supported for field creation"),
            )
        return parent

    def _fill(self, holder: ObjectMetadata, each: FieldMetadata) -> None:
        """Rows that exist get the default of a new column."""
        for column in each.columns:
            default = default_value(column)
            if default is not None:
                self.store.execute(f'UPDATE {holder.table} SET "{column.key}" = ?', [default])

    def _other_side(
        self, parent: ObjectMetadata, one: FieldMetadata, payload: Any, message: str
    ) -> tuple[ObjectMetadata, FieldMetadata]:
        code = "INVALID_FIELD_INPUT"
        if not isinstance(payload, dict):
            raise _one_problem(
                message.removesuffix("s"), rules.problem(code, "Relation creation payload is required")
            )
        wanted = {key: squeezed(value) for key, value in payload.items()}
        malformed = "FIELD_METADATA_RELATION_MALFORMED"
        for key in ("type", "targetObjectMetadataId", "targetFieldLabel", "targetFieldIcon"):
            if not isinstance(wanted.get(key), str) or (
                key == "type" and wanted[key] not in (MANY_TO_ONE, ONE_TO_MANY)
            ):
                told = f"Relation creation payload is invalid: {key}"
                raise _one_problem(
                    message,
                    rules.problem(malformed, told, "Invalid relation creation payload", value=payload),
                )
        target = self.schema.objects.get(wanted["targetObjectMetadataId"])
        if target is None:
            told = "Object metadata relation target not found for relation creation payload"
            raise _one_problem(
                message,
                rules.problem(malformed, told, "Object targeted by field to create not found", value=payload),
            )
        other = self._field(
            target,
            {
                "name": from_label(wanted["targetFieldLabel"]),
                "type": "RELATION",
                "label": wanted["targetFieldLabel"],
                "icon": wanted["targetFieldIcon"],
            },
        )
        other_kind = ONE_TO_MANY if wanted["type"] == MANY_TO_ONE else MANY_TO_ONE
        one.settings, other.settings = (
            _relation_settings(one, wanted["type"]),
            _relation_settings(other, other_kind),
        )
        one.default, one.options, one.icon = None, None, one.icon or "IconRelationOneToMany"
        one.target_object_id, other.target_object_id = target.id, parent.id
        one.target_field_id, other.target_field_id = other.id, one.id
        return target, other

    def _create_morph(self, parent: ObjectMetadata, given: Input, message: str) -> FieldMetadata:
        payloads = given.get("morphRelationsCreationPayload")
        if not isinstance(payloads, list) or not payloads:
            raise _one_problem(
                message, rules.problem("INVALID_FIELD_INPUT", "Relation creation payload is required")
            )
        morph_id = new_id()
        made: list[tuple[ObjectMetadata, FieldMetadata]] = []
        report = rules.Report()
        for payload in payloads:
            one = self._field(parent, given)
            target, other = self._other_side(parent, one, payload, message)
            one.name += capitalize(target.singular if one.is_to_one else target.plural)
            one.settings = _relation_settings(one, (one.settings or {})["relationType"])
            one.morph_id = morph_id
            for holder, each in ((parent, one), (target, other)):
                report.add(
                    "fieldMetadata", "create", {"name": each.name}, rules.new_field_problems(holder, each)
                )
                made.append((holder, each))
        report.raise_if_any(message)
        with self._making():
            for holder, each in made:
                self.store.add_field(holder, each)
        return made[0][1]

    def update_field(self, field_id: str, update: Input) -> FieldMetadata:
        with self.store.lock:
            one = self.schema.field_by_id.get(field_id)
            if one is None:
                raise TwentyError(
                    "Field to update not found", "NOT_FOUND", "FIELD_METADATA_NOT_FOUND", "Field not found."
                )
            parent = self.schema.objects[one.object_id]
            wanted = {
                key: squeezed(value) if key in ("name", "label", "description", "icon") else value
                for key, value in update.items()
                if key in CUSTOM_EDITABLE
            }
            refused = [key for key in wanted if key not in STANDARD_EDITABLE]
            if one.application_id == STANDARD_APPLICATION and refused:
                raise TwentyError(
                    f"Cannot edit standard field metadata properties: {', '.join(refused)}",
                    "FORBIDDEN",
                    "FIELD_MUTATION_NOT_ALLOWED",
                    "This field cannot be modified.",
                )
            if isinstance(wanted.get("options"), list):
                wanted["options"] = [_option(option) for option in wanted["options"]]
            changed = {
                ATTRIBUTES.get(key, key): value
                for key, value in wanted.items()
                if getattr(one, ATTRIBUTES.get(key, key)) != value
            }
            self._check_update(parent, one, changed)
            with self._making():
                self._apply_update(parent, one, changed)
            return one

    def _check_update(self, parent: ObjectMetadata, one: FieldMetadata, changed: Input) -> None:
        problems: list[rules.Problem] = []
        not_allowed = [name for name in changed if name not in ("settings", "is_active")]
        if one.is_system and not_allowed:
            told = f"System fields only allow updating: universalSettings, isActive. Forbidden properties: {', '.join(not_allowed)}"  # noqa: E501
            problems.append(
                rules.problem("FIELD_MUTATION_NOT_ALLOWED", told, "System fields cannot be updated")
            )
        if parent.label_identifier_id == one.id and changed.get("is_active") is False:
            problems.append(
                rules.problem(
                    "LABEL_IDENTIFIER_FIELD_METADATA_ID_NOT_FOUND",
                    "Label identifier field metadata cannot be deactivated",
                    "Label identifier field cannot be deactivated",
                )
            )
        if "name" in changed:
            problems += rules.name_problems(changed["name"]) + rules.availability_problems(
                parent, changed["name"]
            )
        merged = {
            name: changed.get(name, getattr(one, name)) for name in ("name", "label", "is_label_synced")
        }
        if merged["is_label_synced"] and from_label(merged["label"]) != merged["name"]:
            problems.append(
                rules.problem(
                    "FIELD_MUTATION_NOT_ALLOWED",
                    "Name is not synced with label.",
                    "Updated field name is not synced with label",
                )
            )
        before = {name: getattr(one, name) for name in changed}
        for name, value in changed.items():
            setattr(one, name, value)
        if {"options", "default", "settings"} & changed.keys():
            problems += rules.type_problems(one, creating=False)
        report = rules.Report()
        about = {"universalIdentifier": one.universal_id, "name": one.name}
        report.add("fieldMetadata", "update", about, problems)
        if changed.get("is_unique") and not report.failures:
            report.add(
                "index", "create", {"name": _index_name([one.name], unique=True)}, rules.unique_problems(one)
            )
        for name, value in before.items():
            setattr(one, name, value)
        report.raise_if_any("Multiple validation errors occurred while updating field")

    def _apply_update(self, parent: ObjectMetadata, one: FieldMetadata, changed: Input) -> None:
        before_options = one.options or []
        was_unique = one.is_unique
        before = {name: getattr(one, name) for name in changed}
        try:
            for name, value in changed.items():
                setattr(one, name, value)
            one.updated_at = stamp()
            one.renew()
            if one.is_to_one and "name" in changed:
                one.settings = {**(one.settings or {}), "joinColumnName": one.join_column}
            self.store.save_field(one)
            if "options" in changed and one.type in ENUMS:
                self._carry_options(parent, one, before_options)
            if one.is_unique and not was_unique:
                self._unique_index(parent, one)
            elif was_unique and not one.is_unique:
                for index in [
                    each for each in parent.indexes.values() if each.is_unique and each.fields[0][0] == one.id
                ]:
                    self.store.drop_index(parent, index)
        except TwentyError:
            for name, value in before.items():
                setattr(one, name, value)
            one.renew()
            raise

    def _carry_options(self, parent: ObjectMetadata, one: FieldMetadata, before: list[Input]) -> None:
        """Records follow an option by its id: a value that changed is carried over, a lost one becomes null."""  # noqa: E501
        now = {option["id"]: option["value"] for option in one.options or []}
        moves = {option["value"]: now.get(option["id"]) for option in before}
        column = one.columns[0]
        if all(old == new for old, new in moves.items()):
            return
        if one.type != "MULTI_SELECT":
            cases = " ".join("WHEN ? THEN ?" for _ in moves)
            parameters = [part for old, new in moves.items() for part in (old, new)]
            self.store.execute(
                f'UPDATE {parent.table} SET "{column.key}" = CASE "{column.key}" {cases} ELSE NULL END',
                parameters,
            )
            return
        for record_id, stored in self.store.rows(
            f'SELECT id, "{column.key}" FROM {parent.table} WHERE "{column.key}" IS NOT NULL'
        ):
            kept = [moves[value] for value in json.loads(stored) if moves.get(value) is not None]
            self.store.execute(
                f'UPDATE {parent.table} SET "{column.key}" = ? WHERE id = ?',
                [jsonb(kept) if kept else None, record_id],
            )

    def delete_field(self, field_id: str) -> FieldMetadata:
        """Drop a field with its data; a relation goes on both sides."""
        with self.store.lock:
            one = self.schema.field_by_id.get(field_id)
            if one is None:
                raise TwentyError(
                    "Field to delete not found", "NOT_FOUND", "FIELD_METADATA_NOT_FOUND", "Field not found."
                )
            if one.is_system or one.application_id == STANDARD_APPLICATION:
                raise TwentyError(
                    f'Cannot delete standard field "{one.name}"',
                    "FORBIDDEN",
                    "FIELD_MUTATION_NOT_ALLOWED",
                    "This field cannot be modified.",
                )
            parent = self.schema.objects[one.object_id]
            report = rules.Report()
            if parent.label_identifier_id == one.id:
                told = "Cannot delete, please update the label identifier field first"
                report.add(
                    "fieldMetadata",
                    "delete",
                    {"universalIdentifier": one.universal_id, "name": one.name},
                    [rules.problem("FIELD_MUTATION_NOT_ALLOWED", told)],
                )
            report.raise_if_any("Multiple validation errors occurred while deleting field")
            with self._making():
                other = self.schema.inverse(one)
                if other is not None and other.id != one.id:
                    self.store.drop_field(self.schema.objects[other.object_id], other)
                self.store.drop_field(parent, one)
            return one

    # --- indexes --------------------------------------------------------------------------

    def _unique_index(self, parent: ObjectMetadata, one: FieldMetadata) -> None:
        now = stamp()
        index = IndexMetadata(
            new_id(),
            _index_name([parent.id, one.id], unique=True),
            parent.id,
            [(one.id, None)],
            is_unique=True,
            created_at=now,
            updated_at=now,
        )
        try:
            self.store.create_index(parent, index)
        except sqlite3.IntegrityError:
            raise migration_failed("create", "index", index.id) from None

    def create_index(self, given: Input) -> IndexMetadata:
        """A plain index; unique ones come with ``isUnique`` fields only."""
        with self.store.lock:
            wanted = given.get("fields") or []
            keys = [(each.get("fieldMetadataId"), each.get("subFieldName")) for each in wanted]
            if not keys:
                raise TwentyError(
                    "At least one field is required to create an index",
                    sub_code="INDEX_FIELDS_REQUIRED",
                    user_message="Pick at least one field for the index.",
                )
            if len(set(keys)) != len(keys):
                raise TwentyError(
                    "Duplicate field+sub-field in index field list",
                    sub_code="DUPLICATE_INDEX_FIELDS",
                    user_message="The same column cannot appear twice in an index.",
                )
            parent = self.schema.objects.get(given["objectMetadataId"])
            if parent is None:
                raise TwentyError(
                    f"Object metadata {given['objectMetadataId']} not found",
                    "NOT_FOUND",
                    "INDEX_OBJECT_NOT_FOUND",
                    "Could not find the object for this index.",
                )
            for field_id, part in keys:
                _check_indexed(parent, field_id, part)
            now = stamp()
            index = IndexMetadata(
                new_id(),
                _index_name([parent.id, *(f"{key}{part}" for key, part in keys)]),
                parent.id,
                keys,
                is_custom=True,
                index_type=given.get("indexType") or "BTREE",
                created_at=now,
                updated_at=now,
            )
            with self._making():
                self.store.create_index(parent, index)
            return index

    def delete_index(self, index_id: str) -> IndexMetadata:
        with self.store.lock:
            for parent in self.schema.objects.values():
                if index_id in parent.indexes:
                    index = parent.indexes[index_id]
                    with self._making():
                        self.store.drop_index(parent, index)
                    return index
            raise TwentyError("Index not found", "NOT_FOUND", "INDEX_NOT_FOUND", STANDARD_MESSAGE)

    def _making(self) -> _Making:
        return _Making(self.store)


class _Making:
    """A change of metadata: one transaction, and the schema in memory follows it or is read again."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.transaction = store.transaction()

    def __enter__(self) -> None:
        self.transaction.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            self.transaction.__exit__(kind, error, trace)
        finally:
            if error is not None:
                self.store.reload()
            else:
                self.store.schema.renew()


def _fail_views(report: rules.Report, one: FieldMetadata) -> None:
    """A new field would be shown in two views; where it is refused, so are its places in them."""
    if "fieldMetadata" not in report.failures:
        return
    for _ in range(2):
        about = {
            "universalIdentifier": new_id(),
            "viewUniversalIdentifier": new_id(),
            "fieldMetadataUniversalIdentifier": one.universal_id,
        }
        problem = rules.problem("INVALID_VIEW_DATA", "Field metadata not found")
        report.add("viewField", "create", about, [problem])


def _one_problem(message: str, problem: rules.Problem) -> TwentyError:
    report = rules.Report()
    report.failures["fieldMetadata"] = [
        {
            "errors": [problem],
            "type": "create",
            "metadataName": "fieldMetadata",
            "flatEntityMinimalInformation": {"id": ""},
        }
    ]
    return rules.MetadataRefused(message, report)


def _option(given: Any) -> Input:
    option = {key: squeezed(value) for key, value in given.items()} if isinstance(given, dict) else {}
    return {"id": new_id(), **option}


def _relation_settings(one: FieldMetadata, kind: str) -> Input:
    if kind == MANY_TO_ONE:
        return {"relationType": kind, "onDelete": "SET_NULL", "joinColumnName": one.join_column}
    return {"relationType": kind}


def _index_name(parts: list[str], *, unique: bool = False) -> str:
    return f"IDX_{'UNIQUE_' if unique else ''}{hashlib.sha256(''.join(parts).encode()).hexdigest()[:27]}"


def _check_indexed(parent: ObjectMetadata, field_id: str, part: str | None) -> None:
    one = parent.fields.get(field_id)
    if one is None:
        raise TwentyError(
            f"Field {field_id} not found on object {parent.id}",
            sub_code="INDEX_FIELD_NOT_FOUND_ON_OBJECT",
            user_message="One of the selected fields does not belong to this object.",
        )
    code = "INDEX_NOT_SUPPORTED_FOR_COMPOSITE_FIELD"
    if one.is_relation and not one.is_to_one:
        raise TwentyError(
            f"Field {one.name} is a non-MANY_TO_ONE relation and has no join column to index",
            sub_code="INDEX_NOT_SUPPORTED_FOR_MORH_RELATION_FIELD_AND_RELATION_FIELD",
            user_message=f'"{one.label}" is a one-to-many relation and can\'t be indexed directly. Index the foreign-key side instead.',  # noqa: E501
        )
    if one.is_composite and not part:
        raise TwentyError(
            f"Composite field {one.name} requires a sub-field selection",
            sub_code=code,
            user_message=f'Pick a specific sub-field of "{one.label}" — composite fields can\'t be indexed as a whole.',  # noqa: E501
        )
    if one.is_composite and not any(column.subfield == part for column in one.columns):
        raise TwentyError(
            f"Unknown sub-field {part} on composite field {one.name}",
            sub_code=code,
            user_message=f'"{part}" is not a valid sub-field of "{one.label}".',
        )
    if not one.is_composite and part:
        raise TwentyError(
            f"Field {one.name} is not composite — subFieldName must not be set",
            sub_code=code,
            user_message=f'"{one.label}" is not a composite field — remove the sub-field selection.',
        )


def _check_default(one: FieldMetadata) -> None:
    """Text defaults are SQL literals to Twenty: without their quotes the migration fails."""
    parts = one.default.values() if isinstance(one.default, dict) else [one.default]
    for part in parts:
        if isinstance(part, str) and part not in ("now", "uuid") and not rules.QUOTED.fullmatch(part):
            raise migration_failed("create", "fieldMetadata", one.universal_id)
