"""Uploaded files: kept on disk, described in the store, and given to a record once."""

from __future__ import annotations

import mimetypes
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from panda_twenty.sandbox.twenty import moments, scalars
from panda_twenty.sandbox.twenty.errors import ORM_MESSAGE, STANDARD_MESSAGE, TwentyError, from_orm
from panda_twenty.sandbox.twenty.file_kinds import PROMISED_TYPES, detected
from panda_twenty.sandbox.twenty.schema import FieldMetadata
from panda_twenty.sandbox.twenty.store import Store

LARGEST_DIRECT_UPLOAD = 1024**3


@dataclass
class ReceiptRefused(Exception):
    """Bytes that were PUT and are not taken: an HTTP status, a code and a sentence."""

    status: int
    code: str
    message: str


class FileShelf:
    """The uploaded files of one workspace."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.base_url = "http://127.0.0.1"

    def url(self, file_id: str) -> str:
        """Where a file can be fetched, with a token that stands in for Twenty's signature."""
        described = self.store.get("file", file_id) or {}
        folder = described.get("folder", "files-field")
        return f"{self.base_url}/file/{folder}/{file_id}?token={described.get('token', '')}"

    def described(self, file_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.store.get("file", file_id)
        return found

    def where(self, file_id: str) -> Path:
        return self.store.files / file_id

    def upload(self, name: str, content: bytes, field: FieldMetadata) -> dict[str, Any]:
        """Keep an uploaded file for ``field``; refused where content and extension disagree."""
        extension = _extension(name)
        known, media_type = told_kind(extension.removeprefix("."), content)
        described = self._describe(f"file.{known}", len(content), field, "UPLOADED")
        described["mimeType"] = media_type
        self.where(described["id"]).write_bytes(content)
        self.store.put("file", described["id"], described)
        return {**described, "url": self.url(described["id"])}

    def announce(self, name: str, size: int, field: FieldMetadata) -> dict[str, Any]:
        """Make room for a direct upload: the file counts once its bytes have come."""
        if not 0 < size <= LARGEST_DIRECT_UPLOAD:
            raise TwentyError(
                f"Invalid file size {size} (max {LARGEST_DIRECT_UPLOAD} bytes)",
                "INTERNAL_SERVER_ERROR",
                user_message="The file is empty or exceeds the maximum allowed size.",
            )
        _extension(name)
        described = self._describe(name, size, field, "PENDING")
        self.store.put("file", described["id"], described)
        return described

    def receive(self, file_id: str, content: bytes) -> None:
        """The bytes of an announced file. Raises ReceiptRefused where they are not what was announced."""
        described = self.described(file_id) or {}
        size = described["size"]
        if described["status"] != "PENDING":
            raise ReceiptRefused(400, "BAD_REQUEST", f"File {file_id} is not awaiting an upload")
        if len(content) > size:
            raise ReceiptRefused(413, "FILE_TOO_LARGE", f"Upload exceeds declared size of {size} bytes")
        self.where(file_id).write_bytes(content)
        if len(content) < size:
            told = f"Uploaded {len(content)} bytes but {size} were declared"
            raise ReceiptRefused(400, "FILE_SIZE_MISMATCH", told)

    def complete(self, file_id: str) -> dict[str, Any]:
        """A file whose bytes have come, looked into now; saying so twice does no harm."""
        if not scalars.is_uuid(file_id):
            told = f'invalid input syntax for type uuid: "{file_id}"'
            raise TwentyError(told, "INTERNAL_SERVER_ERROR", user_message=STANDARD_MESSAGE)
        described = self.described(file_id)
        if described is None:
            told = f"File not found: {file_id}"
            raise TwentyError(told, "INTERNAL_SERVER_ERROR", user_message="File not found.")
        if described["status"] == "UPLOADED":
            if not described["temporary"]:
                raise TwentyError(
                    f"File {file_id} is not awaiting an upload confirmation",
                    "INTERNAL_SERVER_ERROR",
                    user_message="This file upload has already been finalized.",
                )
            return {**described, "url": self.url(file_id)}
        if not self.where(file_id).exists():
            raise TwentyError(
                f"File {file_id} has not been uploaded to storage yet",
                "INTERNAL_SERVER_ERROR",
                user_message="The file has not been uploaded yet. Please upload it before confirming.",
            )
        content = self.where(file_id).read_bytes()
        if len(content) != described["size"]:
            raise TwentyError(
                f"File {file_id} has {len(content)} bytes in storage but {described['size']} were declared",
                "INTERNAL_SERVER_ERROR",
                user_message="The uploaded file does not match the declared size. Please retry the upload.",
            )
        _, media_type = told_kind(described["extension"].removeprefix("."), content)
        described = {**described, "status": "UPLOADED", "mimeType": media_type}
        self.store.put("file", file_id, described)
        return {**described, "url": self.url(file_id)}

    def _describe(self, name: str, size: int, field: FieldMetadata, status: str) -> dict[str, Any]:
        file_id = str(uuid.uuid4())
        extension = PurePosixPath(name).suffix
        return {
            "id": file_id,
            "path": f"files-field/{field.universal_id}/{file_id}{extension}",
            "size": size,
            "createdAt": moments.text(moments.now()),
            "field": field.id,
            "extension": extension,
            "folder": "files-field",
            "status": status,
            "temporary": True,
            "token": f"eyJ{secrets.token_urlsafe(24)}",
            "mimeType": "application/octet-stream",
        }

    def claim(
        self, field: FieldMetadata, given: list[dict[str, Any]], before: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """The value to store for ``given`` files: new ones must be unused uploads for this field."""
        known = {item["fileId"]: item for item in before}
        stored = []
        for item in given:
            if item["fileId"] in known:
                stored.append({**known[item["fileId"]], "label": item["label"]})
                continue
            stored.append({**item, "extension": self._fresh(item["fileId"], field)})
        return stored

    def _fresh(self, file_id: str, field: FieldMetadata) -> str:
        described = self.described(file_id)
        if described is None:
            raise from_orm(f"File not found: {file_id}", ORM_MESSAGE)
        if described["field"] != field.id:
            message = f"File {file_id} was not uploaded for this field"
            raise from_orm(message, f"{message}. Please re-upload the file.")
        if not described["temporary"]:
            message = f"File {file_id} is already associated with a permanent files field"
            raise from_orm(message, f"{message}. Please re-upload the file.")
        if described["status"] != "UPLOADED":
            message = f"File {file_id} upload has not been completed"
            raise from_orm(message, f"{message}. Please retry the upload.")
        extension: str = described["extension"]
        return extension

    def settle(self, file_ids: list[str]) -> None:
        """Files that a written record holds are nobody else's from now on."""
        for file_id in file_ids:
            self.store.put("file", file_id, {**(self.described(file_id) or {}), "temporary": False})


def _extension(name: str) -> str:
    """With its dot. Raises where a file's name has none."""
    extension = PurePosixPath(name).suffix
    if not extension:
        told = "Filename must have an extension"
        raise TwentyError(told, "INTERNAL_SERVER_ERROR", user_message="Access denied.")
    return extension


def told_kind(extension: str, content: bytes) -> tuple[str, str]:
    """Extension and media type of a file; refused where its name promises what its bytes are not."""
    kind = detected(content)
    if kind is not None:
        return kind
    promised = PROMISED_TYPES.get(extension.lower())
    if promised is None:
        return extension, mimetypes.types_map.get(f".{extension.lower()}", "application/octet-stream")
    raise TwentyError(
        f"File content does not match its extension. The file has extension '{extension}' (expected mime type: "  # noqa: E501
        f"{promised}), but the file content could not be detected as this type. The file may be corrupted, "
        "have the wrong extension, or be a security risk.",
        "INTERNAL_SERVER_ERROR",
        user_message="The file extension doesn't match the file content. "
        "Please check that your file is not corrupted and has the correct extension.",
    )
