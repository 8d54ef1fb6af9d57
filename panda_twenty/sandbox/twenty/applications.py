"""Applications that bring objects of their own: one manifest creates, changes and removes them."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty.errors import TwentyError
from panda_twenty.sandbox.twenty.field_changes import create_field, delete_field
from panda_twenty.sandbox.twenty.metadata_changes import (
    MetadataChanges,
    check_width,
    migration_failed,
    new_id,
    stamp,
)
from panda_twenty.sandbox.twenty.names import capitalize
from panda_twenty.sandbox.twenty.object_changes import create_object, delete_object
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata

View = dict[str, Any]

DEPENDENCIES = ("package.json", "yarn.lock")
CHANGED_OF_OBJECT = {
    "labelSingular": "label_singular",
    "labelPlural": "label_plural",
    "description": "description",
    "icon": "icon",
}
CHANGED_OF_FIELD = {"label": "label", "description": "description", "icon": "icon"}
"""What a later manifest changes of what is there: its key, and the attribute that holds it."""


def no_application(message: str) -> TwentyError:
    return TwentyError(message, "NOT_FOUND", "APPLICATION_NOT_FOUND", "Application not found.")


class Applications:
    """The applications of a workspace, as far as their objects and fields go."""

    def __init__(self, changes: MetadataChanges) -> None:
        self.changes = changes
        self.store = changes.store

    def all(self) -> list[View]:
        return self.store.all("application")

    def find(self, key: str | None, universal_id: str | None) -> View:
        for each in self.all():
            if each["id"] == key or each["universalIdentifier"] == universal_id:
                return each
        raise no_application(
            f"Application with id {key or 'undefined'} or"
            f" universalIdentifier {universal_id or 'undefined'} not found"
        )

    def register(self, given: View) -> View:
        universal_id = given.get("universalIdentifier") or new_id()
        now = stamp()
        registration: dict[str, Any] = {
            "id": new_id(),
            "universalIdentifier": universal_id,
            "name": given.get("name"),
            "createdAt": now,
            "updatedAt": now,
            "oAuthClientId": new_id(),
            "oAuthRedirectUris": [],
            "oAuthScopes": [],
            "sourceType": "LOCAL",
            "isListed": False,
            "isFeatured": False,
            "isVetted": False,
            "isPreInstalled": False,
        }
        self.store.put("registration", universal_id, registration)
        return {"applicationRegistration": registration, "clientSecret": new_id()}

    def create(self, universal_id: str, name: str) -> View:
        existing = self.store.get("application", universal_id)
        application = existing or {
            "id": new_id(),
            "universalIdentifier": universal_id,
            "name": name,
            "description": None,
            "version": "1.0.0",
            "sourceType": "LOCAL",
            "canBeUninstalled": True,
            "settingsCustomTabFrontComponentId": None,
            "isSdkLayerStale": False,
            "autoUpgrade": False,
            "yarnLockChecksum": None,
            "packageJsonChecksum": None,
        }
        self.store.put("application", universal_id, application)
        return dict(application)

    def upload(self, universal_id: str, folder: str, path: str, content: bytes) -> View:
        self.find(None, universal_id)
        self.store.put("application_file", f"{universal_id}/{path}", {"folder": folder})
        return {
            "id": new_id(),
            "path": f"{folder[:1].lower()}{folder[1:]}/{path}",
            "size": len(content),
            "createdAt": stamp(),
            "applicationId": universal_id,
            "mimeType": "application/octet-stream",
        }

    def _owned(self, application: View) -> dict[str, ObjectMetadata]:
        return {
            each.universal_id: each
            for each in self.changes.schema.objects.values()
            if each.application_id == application["id"]
        }

    def sync(self, manifest: View, *, dry_run: bool) -> View:
        """Make the workspace hold what ``manifest`` says; what left the manifest is dropped with its data."""
        universal_id = str((manifest.get("application") or {}).get("universalIdentifier"))
        application = self._to_sync(universal_id)
        wanted = {each["universalIdentifier"]: each for each in manifest.get("objects") or []}
        owned = self._owned(application)
        if not dry_run:
            for key, described in wanted.items():
                _check_columns(owned.get(key), described)
        actions: list[View] = []
        with self.changes.making():
            for key, each in owned.items():
                if key not in wanted:
                    actions.append(_action("delete", "objectMetadata", key))
                    if not dry_run:
                        delete_object(self.changes, each.id, as_application=True)
            for key, described in wanted.items():
                if key in owned:
                    actions += self._sync_object(application, owned[key], described, dry_run=dry_run)
                    continue
                actions += [
                    _action("create", kind, key)
                    for kind in ("searchFieldMetadata", "objectMetadata", "index")
                ]
                if not dry_run:
                    self._install(application, described)
            if not application.get("isInstalled"):
                roles = manifest.get("roles") or []
                actions += [_action("create", "role", each["universalIdentifier"]) for each in roles]
                if not dry_run:
                    self.store.put("application", universal_id, {**application, "isInstalled": True})
        return {"applicationUniversalIdentifier": universal_id, "actions": actions}

    def _to_sync(self, universal_id: str) -> View:
        """The application of a manifest, which has to have brought its dependencies before."""
        found: View | None = self.store.get("application", universal_id)
        if found is None:
            workspace = self.store.get("workspace", "settings")["id"]
            raise no_application(
                f'Application "{universal_id}" not found in workspace "{workspace}". '
                "Run createDevelopmentApplication first."
            )
        if not all(self.store.get("application_file", f"{universal_id}/{name}") for name in DEPENDENCIES):
            raise TwentyError("File not found", "INTERNAL_SERVER_ERROR", user_message="File not found.")
        return found

    def _install(self, application: View, described: View) -> None:
        key = described["universalIdentifier"]
        each = create_object(self.changes, {**described, "skipNameField": True}, application["id"], key)
        for field in described.get("fields") or []:
            self._add_field(application, each, described, field)

    def _add_field(self, application: View, each: ObjectMetadata, described: View, field: View) -> None:
        key = field["universalIdentifier"]
        made = create_field(self.changes, {**field, "objectMetadataId": each.id}, key)
        made.application_id = application["id"]
        self.store.save_field(made)
        if key == described.get("labelIdentifierFieldMetadataUniversalIdentifier"):
            each.label_identifier_id = made.id
            self.store.save_object(each)

    def _sync_object(
        self, application: View, each: ObjectMetadata, described: View, *, dry_run: bool
    ) -> list[View]:
        """What becomes of an object that is there already."""
        actions: list[View] = []
        wanted = {field["universalIdentifier"]: field for field in described.get("fields") or []}
        known = {
            one.universal_id: one for one in each.fields.values() if one.application_id == application["id"]
        }
        for key, one in known.items():
            if key not in wanted and not one.is_system:
                actions.append(_action("delete", "fieldMetadata", key))
                if not dry_run:
                    delete_field(self.changes, one.id)
        for key, field in wanted.items():
            if key not in known:
                actions.append(_action("create", "fieldMetadata", key))
                if not dry_run:
                    self._add_field(application, each, described, field)
        if changed := _changed(each, described, CHANGED_OF_OBJECT, dry_run=dry_run):
            actions.append({**_action("update", "objectMetadata", each.universal_id), **changed})
            self.store.save_object(each)
        for key, one in known.items():
            if key in wanted and (changed := _changed(one, wanted[key], CHANGED_OF_FIELD, dry_run=dry_run)):
                actions.append({**_action("update", "fieldMetadata", key), **changed})
                self.store.save_field(one)
        return actions

    def uninstall(self, universal_id: str) -> bool:
        """Drop everything that an application brought, in one call."""
        application = self.find(None, universal_id)
        for each in self._owned(application).values():
            delete_object(self.changes, each.id, as_application=True)
        self.store.remove("application", universal_id)
        return True


def _action(kind: str, metadata: str, universal_id: str) -> View:
    about = {"universalIdentifier": universal_id}
    return {"type": kind, "metadataName": metadata, **about, "flatEntity": about}


def _changed(
    thing: ObjectMetadata | FieldMetadata, described: View, attributes: dict[str, str], *, dry_run: bool
) -> View:
    """How ``thing`` differs from what a manifest says of it; it is changed unless the run is dry."""
    before = {key: getattr(thing, name) for key, name in attributes.items() if described.get(key) is not None}
    update = {
        key: described[key]
        for key, value in before.items()
        if capitalize(described[key]) != capitalize(value or "")
    }
    if not update:
        return {}
    if not dry_run:
        for key, value in update.items():
            setattr(thing, attributes[key], value)
    return {"update": update, "diff": {key: {"before": before[key], "after": update[key]} for key in update}}


def _check_columns(each: ObjectMetadata | None, described: View) -> None:
    """Raise where an object is to have more columns than a table of PostgreSQL holds."""
    there = {one.universal_id for one in each.fields.values()} if each else set()
    more = [one for one in described.get("fields") or [] if one["universalIdentifier"] not in there]
    try:
        check_width(each, [one["type"] for one in more])
    except ValueError as error:
        kind, about = ("fieldMetadata", more[-1]) if each else ("objectMetadata", described)
        failure = migration_failed("create", kind, about["universalIdentifier"])
        failure.code = "APPLICATION_INSTALLATION_FAILED"
        failure.details = {"errors": {"workspaceSchema": {"message": str(error), "code": "54011"}}}
        raise failure from None
