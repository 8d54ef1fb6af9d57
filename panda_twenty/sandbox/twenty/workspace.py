"""One Twenty workspace: its store, its metadata, its files and the few settings around them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from panda_twenty.sandbox.twenty.applications import Applications
from panda_twenty.sandbox.twenty.errors import STANDARD_MESSAGE, TwentyError
from panda_twenty.sandbox.twenty.files import FileShelf
from panda_twenty.sandbox.twenty.metadata_changes import MetadataChanges, new_id, stamp
from panda_twenty.sandbox.twenty.sample_records import add_samples
from panda_twenty.sandbox.twenty.scalars import is_uuid
from panda_twenty.sandbox.twenty.schema import FieldMetadata, Schema
from panda_twenty.sandbox.twenty.standard_objects import add_standard_objects
from panda_twenty.sandbox.twenty.statistics import Statistics
from panda_twenty.sandbox.twenty.store import Store
from panda_twenty.sandbox.twenty.tokens import ApiKeys
from panda_twenty.sandbox.twenty.views import Views

ROLE_RIGHTS = (
    "canUpdateAllSettings",
    "canAccessAllTools",
    "canReadAllObjectRecords",
    "canUpdateAllObjectRecords",
    "canSoftDeleteAllObjectRecords",
    "canDestroyAllObjectRecords",
)


def internal_to_user(message: str) -> TwentyError:
    """An exception of Twenty's that the metadata API passes on as it is."""
    return TwentyError(message, "INTERNAL_SERVER_ERROR", user_message=STANDARD_MESSAGE)


def _no_webhook() -> TwentyError:
    return TwentyError(
        "Webhook not found",
        "NOT_FOUND",
        "WEBHOOK_NOT_FOUND",
        STANDARD_MESSAGE,
        rest_name="Error",
        rest_code="WEBHOOK_NOT_FOUND",
    )


class Workspace:
    """Opens the workspace of a data directory and fills a new one with Twenty's standard content."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        self.store = Store(directory)
        self.statistics = Statistics()
        settings = self.store.get("workspace", "settings")
        if settings is None:
            settings = {"id": new_id(), "customApplication": new_id(), "createdAt": stamp()}
        self.settings: dict[str, Any] = settings
        self.changes = MetadataChanges(self.store, settings["customApplication"])
        self.files = FileShelf(self.store)
        self.keys = ApiKeys(self.store, settings["id"])
        self.applications = Applications(self.changes)
        self.views = Views(self.store, settings["id"])
        if self.store.get("workspace", "settings") is None:
            with self.store.transaction():
                add_standard_objects(self.changes)
                add_samples(self.store, self.files)
                self.store.put("workspace", "settings", settings)

    @property
    def schema(self) -> Schema:
        return self.store.schema

    def close(self) -> None:
        self.store.close()

    def view(self) -> dict[str, Any]:
        """The workspace as ``currentWorkspace`` answers it."""
        return {
            "id": self.settings["id"],
            "displayName": "Sandbox",
            "subdomain": "sandbox",
            "activationStatus": "ACTIVE",
            "createdAt": self.settings["createdAt"],
            "updatedAt": self.settings["createdAt"],
            "allowImpersonation": True,
            "isPublicInviteLinkEnabled": False,
            "metadataVersion": self.schema.version,
            "databaseSchema": "",
            "isGoogleAuthEnabled": True,
            "isMicrosoftAuthEnabled": True,
            "isPasswordAuthEnabled": True,
            "isTwoFactorAuthenticationEnforced": False,
            "hasValidEnterpriseKey": False,
            "isCustomDomainEnabled": False,
            "version": "2.21.0",
        }

    def roles(self) -> list[dict[str, Any]]:
        admin = self.settings["id"][:-1] + ("a" if self.settings["id"][-1] != "a" else "b")
        member = self.settings["id"][:-1] + ("c" if self.settings["id"][-1] != "c" else "d")
        described = [(admin, "Admin", True, True), (member, "Member", False, True)]
        return [
            {
                "id": role_id,
                "universalIdentifier": role_id,
                "label": label,
                "description": f"{label} role",
                "icon": "IconUserCog" if is_admin else "IconUser",
                "isEditable": not is_admin,
                "canBeAssignedToUsers": for_users,
                "canBeAssignedToAgents": False,
                "canBeAssignedToApiKeys": is_admin,
                "apiKeys": self.store.all("api_key") if is_admin else [],
                **dict.fromkeys(ROLE_RIGHTS, True),
                "canUpdateAllSettings": is_admin,
            }
            for role_id, label, is_admin, for_users in described
        ]

    def api_key_view(self, key: dict[str, Any]) -> dict[str, Any]:
        return {**key, "role": self.roles()[0]}

    def files_field(self, field_id: str | None) -> FieldMetadata:
        if not is_uuid(field_id):
            raise internal_to_user(f'invalid input syntax for type uuid: "{field_id}"')
        found = self.schema.field_by_id.get(field_id or "")
        if found is None:
            where = {"id": field_id, "workspaceId": self.settings["id"]}
            asked = {"select": ["applicationId", "universalIdentifier"], "where": where}
            told = json.dumps(asked, indent=4)
            raise internal_to_user(
                f'Could not find any entity of type "FieldMetadataEntity" matching: {told}'
            )
        return found

    def announce_upload(self, name: str, size: int, folder: str, **field: str) -> dict[str, Any]:
        """Where the bytes of a direct upload are to be PUT."""
        found = next(
            (
                one
                for one in self.schema.field_by_id.values()
                if one.universal_id == field.get("fieldMetadataUniversalIdentifier")
            ),
            None,
        )
        if found is None and "fieldMetadataId" not in field:
            told = "fieldMetadataId or fieldMetadataUniversalIdentifier must be provided"
            raise TwentyError(told, "INTERNAL_SERVER_ERROR", user_message=told)
        described = self.files.announce(name, size, found or self.files_field(field.get("fieldMetadataId")))
        url = f"{self.files.base_url}/file-upload/{described['id']}?token={described['token']}"
        return {
            "fileId": described["id"],
            "uploadUrl": url,
            "contentType": "application/octet-stream",
            "headers": {},
            "method": "PUT",
            "path": described["path"],
        }

    def put_webhook(self, key: str | None, given: dict[str, Any]) -> dict[str, Any]:
        existing = self.store.get("webhook", key) if key else None
        if key and existing is None:
            raise _no_webhook()
        now = stamp()
        webhook = {
            "id": given.get("id") or new_id(),
            "operations": ["*.*"],
            "description": None,
            "secret": "",
            "createdAt": now,
            "deletedAt": None,
            "applicationId": self.settings["customApplication"],
            **(existing or {}),
            **{name: value for name, value in given.items() if value is not None},
            "updatedAt": now,
        }
        self.store.put("webhook", webhook["id"], webhook)
        return webhook

    def drop_webhook(self, key: str) -> dict[str, Any]:
        existing = self.store.get("webhook", key)
        if existing is None:
            raise _no_webhook()
        self.store.remove("webhook", key)
        return dict(existing)
