# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Fields: created, changed and dropped, with their columns and the data in them."""

from __future__ import annotations

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty.columns import default_value
from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.index_changes import add_own_index, create_unique_index, index_name
from panda_twenty.sandbox.twenty.metadata_changes import (
    ATTRIBUTES,
    STANDARD_APPLICATION,
    Input,
    MetadataChanges,
    check_width,
    migration_failed,
    new_id,
    one_problem,
    squeezed,
    stamp,
)
from panda_twenty.sandbox.twenty.names import from_label
from panda_twenty.sandbox.twenty.option_changes import carry_options, new_option
from panda_twenty.sandbox.twenty.relation_changes import create_morph, other_side
from panda_twenty.sandbox.twenty.schema import ENUMS, FieldMetadata, ObjectMetadata

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


OTHER_SIDE_MISSING = (
    "Relation field target metadata not found in both existing and about to be created field metadatas",
    "Relation field target metadata not found",
)
CUSTOM_EDITABLE = (*STANDARD_EDITABLE, "isLabelSyncedWithName", "name")


def create_field(changes: MetadataChanges, given: Input, universal_id: str | None = None) -> FieldMetadata:
    """A new field; a relation also gets its other side."""
    with changes.store.lock:
        message = "Multiple validation errors occurred while creating fields"
        _check_filled(given)
        parent = _parent(changes, given, message)
        one = changes.new_field(parent, given)
        one.universal_id = universal_id or one.universal_id
        others: list[tuple[ObjectMetadata, FieldMetadata]] = []
        if one.type == "MORPH_RELATION":
            return create_morph(changes, parent, given, message)
        if one.type == "RELATION":
            others.append(other_side(changes, parent, one, given.get("relationCreationPayload"), message))
        if one.type == "RATING":
            one.options = [
                {"id": new_id(), "label": str(place), "value": f"RATING_{place}", "position": place - 1}
                for place in range(1, 6)
            ]
        elif one.type in ENUMS:
            if not isinstance(given.get("options") or [], list):
                told = "options?.map is not a function"
                raise TwentyError(told, "INTERNAL_SERVER_ERROR", user_message=STANDARD_MESSAGE)
            one.options = [new_option(option) for option in one.options or []]
        report = rules.Report()
        for holder, each in [(parent, one), *others]:
            about = {
                "universalIdentifier": each.universal_id,
                "name": each.name,
                "objectMetadataUniversalIdentifier": holder.universal_id,
            }
            found = rules.new_field_problems(holder, each)
            if holder is not parent and not found and report.failures:
                found = [rules.problem("FIELD_METADATA_NOT_FOUND", *OTHER_SIDE_MISSING)]
            report.add("fieldMetadata", "create", about, found)
        if one.is_unique and not report.failures:
            report.add(
                "index",
                "create",
                {"name": index_name([one.name], unique=True), "universalIdentifier": new_id()},
                rules.unique_problems(one),
            )
        _fail_views(report, one)
        report.raise_if_any(message)
        _check_default(one, "create")
        try:
            check_width(parent, [one.type])
        except ValueError:
            raise migration_failed("create", "fieldMetadata", one.universal_id) from None
        with changes.making():
            for holder, each in [(parent, one), *others]:
                changes.store.add_field(holder, each)
                _fill_column(changes, holder, each)
                if each.is_to_one:
                    add_own_index(changes, holder, each)
            if one.is_unique:
                create_unique_index(changes, parent, one)
        return one


def _check_filled(given: Input) -> None:
    """A name and a label may be left out of a change, but not be empty."""
    if given.get("name") is not None and not squeezed(given["name"]):
        told = "name has failed the name validation check, name should not be empty"
        raise TwentyError(told, user_message=STANDARD_MESSAGE)
    if given.get("label") is not None and not given["label"]:
        raise TwentyError("label should not be empty", user_message=STANDARD_MESSAGE)


def _parent(changes: MetadataChanges, given: Input, message: str) -> ObjectMetadata:
    parent = changes.schema.objects.get(given.get("objectMetadataId") or "")
    if parent is None:
        problem = rules.problem(
            "OBJECT_METADATA_NOT_FOUND",
            "Provided object metadata id does not exist",
            "Created field metadata, parent object metadata not found",
        )
        raise one_problem(message.removesuffix("s"), problem)
    if given.get("type") == "TS_VECTOR":
        raise one_problem(
            message.removesuffix("s"),
            rules.problem("INVALID_FIELD_INPUT", "TS Vector is not supported for field creation"),
        )
    return parent


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


def _check_default(one: FieldMetadata, action: str) -> None:
    """Text defaults are SQL literals to Twenty: without their quotes the migration fails."""
    parts = one.default.values() if isinstance(one.default, dict) else [one.default]
    for part in parts:
        if isinstance(part, str) and part not in ("now", "uuid") and not rules.QUOTED.fullmatch(part):
            raise migration_failed(action, "fieldMetadata", one.universal_id)


def _fill_column(changes: MetadataChanges, holder: ObjectMetadata, each: FieldMetadata) -> None:
    """Rows that exist get the default of a new column."""
    for column in each.columns:
        default = default_value(column)
        if default is not None:
            changes.store.execute(f'UPDATE {holder.table} SET "{column.key}" = ?', [default])


def update_field(changes: MetadataChanges, field_id: str, update: Input) -> FieldMetadata:
    with changes.store.lock:
        one = changes.schema.field_by_id.get(field_id)
        if one is None:
            problem = rules.problem("FIELD_METADATA_NOT_FOUND", "Field metadata to update not found")
            raise one_problem("Validation errors occurred while updating field", problem, "update")
        parent = changes.schema.objects[one.object_id]
        _check_filled(update)
        is_standard = one.application_id == STANDARD_APPLICATION
        texts = ("name", "label", "description", "icon")
        wanted = {
            key: (squeezed(value) if is_standard else squeezed(value) or "") if key in texts else value
            for key, value in update.items()
            if key in CUSTOM_EDITABLE
        }
        refused = [key for key in wanted if key not in STANDARD_EDITABLE]
        if is_standard and refused:
            raise TwentyError(
                f"Cannot edit standard field metadata properties: {', '.join(refused)}",
                "FORBIDDEN",
                "FIELD_MUTATION_NOT_ALLOWED",
                "This field cannot be modified.",
            )
        if "options" in wanted and one.type in ENUMS and not isinstance(wanted["options"], list):
            raise TwentyError(
                "toOptions is not iterable", "INTERNAL_SERVER_ERROR", user_message=STANDARD_MESSAGE
            )
        if isinstance(wanted.get("options"), list):
            wanted["options"] = [new_option(option) for option in wanted["options"]]
        changed = {
            ATTRIBUTES.get(key, key): value
            for key, value in wanted.items()
            if getattr(one, ATTRIBUTES.get(key, key)) != value
        }
        _check_update(parent, one, changed)
        with changes.making():
            _apply_update(changes, parent, one, changed)
        return one


def _check_update(parent: ObjectMetadata, one: FieldMetadata, changed: Input) -> None:
    problems: list[rules.Problem] = []
    not_allowed = [name for name in changed if name not in ("settings", "is_active")]
    if one.is_system and not_allowed:
        overrides = ("label", "description", "icon") if one.application_id == STANDARD_APPLICATION else ()
        api_names = {attribute: name for name, attribute in ATTRIBUTES.items()}
        shown = ["overrides" if name in overrides else api_names.get(name, name) for name in not_allowed]
        not_allowed = list(dict.fromkeys(shown))
        told = f"System fields only allow updating: universalSettings, isActive. Forbidden properties: {', '.join(not_allowed)}"  # noqa: E501
        problems.append(rules.problem("FIELD_MUTATION_NOT_ALLOWED", told, "System fields cannot be updated"))
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
    merged = {name: changed.get(name, getattr(one, name)) for name in ("name", "label", "is_label_synced")}
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
    about = {
        "universalIdentifier": one.universal_id,
        "name": one.name,
        "objectMetadataUniversalIdentifier": parent.universal_id,
    }
    report.add("fieldMetadata", "update", about, problems)
    if changed.get("is_unique") and not report.failures:
        report.add(
            "index", "create", {"name": index_name([one.name], unique=True)}, rules.unique_problems(one)
        )
    for name, value in before.items():
        setattr(one, name, value)
    report.raise_if_any("Multiple validation errors occurred while updating field")


def _apply_update(
    changes: MetadataChanges, parent: ObjectMetadata, one: FieldMetadata, changed: Input
) -> None:
    before_options = one.options or []
    was_unique = one.is_unique
    before = {name: getattr(one, name) for name in changed}
    try:
        for name, value in changed.items():
            setattr(one, name, value)
        one.updated_at = stamp()
        one.renew()
        if "default" in changed:
            _check_default(one, "update")
        if one.is_to_one and "name" in changed:
            one.settings = {**(one.settings or {}), "joinColumnName": one.join_column}
        changes.store.save_field(one)
        if "options" in changed and one.type in ENUMS:
            carry_options(changes, parent, one, before_options)
        if one.is_unique and not was_unique:
            create_unique_index(changes, parent, one)
        elif was_unique and not one.is_unique:
            for index in [
                each for each in parent.indexes.values() if each.is_unique and each.fields[0][0] == one.id
            ]:
                changes.store.drop_index(parent, index)
    except TwentyError:
        for name, value in before.items():
            setattr(one, name, value)
        one.renew()
        raise


def delete_field(changes: MetadataChanges, field_id: str) -> FieldMetadata:
    """Drop a field with its data; a relation goes on both sides."""
    with changes.store.lock:
        one = changes.schema.field_by_id.get(field_id)
        if one is None:
            raise TwentyError(
                "Field to delete not found",
                "NOT_FOUND",
                "FIELD_METADATA_NOT_FOUND",
                "Field not found.",
                rest_status=404,
                rest_name="Error",
                rest_code="FIELD_METADATA_NOT_FOUND",
            )
        if one.is_system or one.application_id == STANDARD_APPLICATION:
            raise TwentyError(
                f'Cannot delete standard field "{one.name}"',
                "FORBIDDEN",
                "FIELD_MUTATION_NOT_ALLOWED",
                "This field cannot be modified.",
                rest_status=403,
                rest_name="Error",
                rest_code="FIELD_MUTATION_NOT_ALLOWED",
            )
        parent = changes.schema.objects[one.object_id]
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
        with changes.making():
            other = changes.schema.inverse(one)
            if other is not None and other.id != one.id:
                changes.store.drop_field(changes.schema.objects[other.object_id], other)
            changes.store.drop_field(parent, one)
        return one
