"""Applications that bring objects of their own: one manifest creates, changes and removes them."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.field_changes import create_field, delete_field
from panda_twenty.sandbox.twenty.metadata_changes import MetadataChanges, new_id, stamp
from panda_twenty.sandbox.twenty.object_changes import create_object, delete_object
from panda_twenty.sandbox.twenty.schema import ObjectMetadata

View = dict[str, Any]


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
        raise TwentyError("Application not found", "NOT_FOUND", "APPLICATION_NOT_FOUND", STANDARD_MESSAGE)

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
        return {
            "id": new_id(),
            "path": f"{folder}/{path}",
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
        universal_id = (manifest.get("application") or {}).get("universalIdentifier")
        application = self.find(None, universal_id)
        wanted = {each["universalIdentifier"]: each for each in manifest.get("objects") or []}
        owned = self._owned(application)
        actions: list[View] = []
        with self.store.transaction():
            for key, each in owned.items():
                if key not in wanted:
                    actions.append(_action("delete", "objectMetadata", key))
                    if not dry_run:
                        delete_object(self.changes, each.id, as_application=True)
            for key, described in wanted.items():
                actions += self._sync_object(application, owned.get(key), described, dry_run=dry_run)
        return {"applicationUniversalIdentifier": universal_id, "actions": actions}

    def _sync_object(
        self, application: View, each: ObjectMetadata | None, described: View, *, dry_run: bool
    ) -> list[View]:
        actions: list[View] = []
        wanted = {field["universalIdentifier"]: field for field in described.get("fields") or []}
        if each is None:
            actions.append(_action("create", "objectMetadata", described["universalIdentifier"]))
            if not dry_run:
                each = create_object(
                    self.changes,
                    {**described, "skipNameField": True},
                    application["id"],
                    described["universalIdentifier"],
                )
        known = (
            {one.universal_id: one for one in each.fields.values() if one.application_id == application["id"]}
            if each
            else {}
        )
        for key, one in known.items():
            if key not in wanted and not one.is_system:
                actions.append(_action("delete", "fieldMetadata", key))
                if not dry_run:
                    delete_field(self.changes, one.id)
        for key, field in wanted.items():
            if key in known:
                continue
            actions.append(_action("create", "fieldMetadata", key))
            if not dry_run and each is not None:
                made = create_field(self.changes, {**field, "objectMetadataId": each.id}, key)
                made.application_id = application["id"]
                self.store.save_field(made)
                if key == described.get("labelIdentifierFieldMetadataUniversalIdentifier"):
                    each.label_identifier_id = made.id
                    self.store.save_object(each)
        return actions

    def uninstall(self, universal_id: str) -> bool:
        """Drop everything that an application brought, in one call."""
        application = self.find(None, universal_id)
        for each in self._owned(application).values():
            delete_object(self.changes, each.id, as_application=True)
        self.store.remove("application", universal_id)
        return True


def _action(kind: str, metadata: str, universal_id: str) -> View:
    return {"type": kind, "metadataName": metadata, "universalIdentifier": universal_id}
