"""Views of objects: the two that Twenty gives each of them, and those that a client makes."""

from __future__ import annotations

import uuid
from typing import Any

from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.metadata_changes import new_id, stamp
from panda_twenty.sandbox.twenty.metadata_rules import Report, problem
from panda_twenty.sandbox.twenty.metadata_views import listed_fields
from panda_twenty.sandbox.twenty.schema import ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store

View = dict[str, Any]

FIRST = ("createdAt", "createdBy", "updatedAt", "updatedBy")
NOT_SHOWN = ("id", "deletedAt", "position", "searchVector")
LINKS = ("timelineActivities", "attachments", "noteTargets", "taskTargets")
WIDTH = 180
EMPTY_LISTS = ("viewFilters", "viewFilterGroups", "viewSorts", "viewGroups", "viewFieldGroups")
UNSET = (
    "key",
    "kanbanAggregateOperation",
    "kanbanAggregateOperationFieldMetadataId",
    "mainGroupByFieldMetadataId",
    "kanbanColumnWidth",
    "calendarFieldMetadataId",
    "anyFieldFilterValue",
    "calendarLayout",
    "deletedAt",
    "createdByUserWorkspaceId",
)


class Views:
    """The views of a workspace. What a client changes of a given view is kept under that view's id."""

    def __init__(self, store: Store, workspace_id: str) -> None:
        self.store = store
        self.workspace_id = workspace_id

    # --- views ----------------------------------------------------------------------------

    def all(self, object_id: str | None = None, kinds: list[str] | None = None) -> list[View]:
        objects = self.store.schema.objects
        chosen = [each for each in objects.values() if object_id in (None, each.id)]
        kept = {each["id"]: each for each in self.store.all("view")}
        found = [{**view, **kept.pop(view["id"], {})} for each in chosen for view in self._given(each)]
        found += [
            view for view in kept.values() if view.get("objectMetadataId") in {one.id for one in chosen}
        ]
        return [
            view for view in found if view["deletedAt"] is None and (kinds is None or view["type"] in kinds)
        ]

    def find(self, key: str) -> View | None:
        return next((each for each in self.all() if each["id"] == key), None)

    def create(self, given: View) -> View:
        if given["objectMetadataId"] not in self.store.schema.objects:
            told = "Could not find objectMetadata for given objectMetadataId"
            raise TwentyError(told, "INTERNAL_SERVER_ERROR", user_message=STANDARD_MESSAGE)
        made = self._view(given.get("id") or new_id(), given["objectMetadataId"], stamp())
        made |= {name: value for name, value in given.items() if value is not None}
        self.store.put("view", made["id"], made)
        return made

    def update(self, key: str, given: View) -> View:
        found = self._existing(key, "update")
        changed = {**found, **given, "id": key, "updatedAt": stamp()}
        self.store.put("view", key, changed)
        return changed

    def remove(self, key: str, verb: str) -> bool:
        kept = self.store.get("view", key) if verb == "destroy" else None
        self.store.put("view", key, {**(kept or self._existing(key, verb)), "deletedAt": stamp()})
        return True

    def _existing(self, key: str, verb: str) -> View:
        found = self.find(key)
        if found is None:
            raise TwentyError(f"View to {verb} not found", "NOT_FOUND", user_message=STANDARD_MESSAGE)
        return found

    def _view(self, key: str, object_id: str, made_at: str) -> View:
        return {
            **dict.fromkeys(UNSET),
            "id": key,
            "objectMetadataId": object_id,
            "workspaceId": self.workspace_id,
            "type": "TABLE",
            "icon": "IconList",
            "position": 0,
            "isCompact": False,
            "isCustom": True,
            "isActive": True,
            "openRecordIn": "SIDE_PANEL",
            "shouldHideEmptyGroups": False,
            "visibility": "WORKSPACE",
            "createdAt": made_at,
            "updatedAt": made_at,
        }

    def _given(self, each: ObjectMetadata) -> list[View]:
        """The list of all records, and the fields on the page of one."""
        table, page = (
            self._view(_derived(each.id, kind), each.id, each.created_at) for kind in ("list", "page")
        )
        table |= {"key": "INDEX", "name": f"All {each.label_plural}"}
        page |= {"type": "FIELDS_WIDGET", "name": f"{each.label_singular} Record Page Fields"}
        return [table, page]

    # --- fields of views ------------------------------------------------------------------

    def fields(self, view_id: str) -> list[View]:
        view = self.find(view_id)
        each = self.store.schema.objects.get(view["objectMetadataId"]) if view else None
        given = self._given_fields(view, each) if view and each else []
        kept = {one["id"]: one for one in self.store.all("view_field") if one["viewId"] == view_id}
        found = [{**one, **kept.pop(one["id"], {})} for one in given] + list(kept.values())
        return [one for one in found if one["deletedAt"] is None]

    def field(self, key: str) -> View | None:
        return next((one for view in self.all() for one in self.fields(view["id"]) if one["id"] == key), None)

    def create_field(self, given: View) -> View:
        if any(one["fieldMetadataId"] == given["fieldMetadataId"] for one in self.fields(given["viewId"])):
            both = "fieldMetadataUniversalIdentifier and viewUniversalIdentifier"
            twice = f"View field with same {both} already exists"
            problems = [problem("INVALID_VIEW_DATA", twice, "View field already exists")]
            report = Report()
            report.add("viewField", "create", {"universalIdentifier": new_id()}, problems)
            report.raise_if_any("Multiple validation errors occurred while creating view fields")
        made = self._field(given.get("id") or new_id(), given["viewId"], given["fieldMetadataId"], stamp())
        made |= {name: value for name, value in given.items() if value is not None}
        self.store.put("view_field", made["id"], made)
        return made

    def update_field(self, key: str, given: View) -> View:
        found = self.field(key)
        if found is None:
            raise TwentyError("View field not found", "NOT_FOUND", user_message=STANDARD_MESSAGE)
        changed = {**found, **given, "updatedAt": stamp()}
        self.store.put("view_field", key, changed)
        return changed

    def remove_field(self, key: str) -> View:
        return self.update_field(key, {"deletedAt": stamp()})

    def _field(self, key: str, view_id: str, field_id: str, made_at: str) -> View:
        return {
            "id": key,
            "viewId": view_id,
            "fieldMetadataId": field_id,
            "workspaceId": self.workspace_id,
            "isVisible": True,
            "isActive": True,
            "position": 0,
            "size": 0,
            "aggregateOperation": None,
            "viewFieldGroupId": None,
            "isOverridden": False,
            "createdAt": made_at,
            "updatedAt": made_at,
            "deletedAt": None,
        }

    def _given_fields(self, view: View, each: ObjectMetadata) -> list[View]:
        """The label and what every object has come first; on a list all else is hidden."""
        is_list = view["key"] == "INDEX"
        if not is_list and view["id"] != _derived(each.id, "page"):
            return []
        listed = [
            one
            for one in listed_fields(self.store.schema, each)
            if one.name not in (*NOT_SHOWN, *LINKS) and (is_list or one.id != each.label_identifier_id)
        ]
        first = {each.label_identifier_id: 0}
        first |= {one.id: 1 + FIRST.index(one.name) for one in listed if one.name in FIRST}
        listed.sort(key=lambda one: first.get(one.id, len(FIRST) + 1))
        return [
            {
                **self._field(_derived(view["id"], one.id), view["id"], one.id, one.created_at),
                "position": place,
                "size": WIDTH,
                "isVisible": not is_list or one.id in first,
            }
            for place, one in enumerate(listed)
        ]


def _derived(one: str, other: str) -> str:
    """An id that stays the same for as long as what it is made from."""
    return str(uuid.uuid5(uuid.UUID(one), other))
