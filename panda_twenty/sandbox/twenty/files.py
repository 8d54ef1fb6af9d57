"""Uploaded files: kept on disk, described in the store, and given to a record once."""

from __future__ import annotations

import mimetypes
import secrets
import uuid
from pathlib import Path, PurePosixPath
from typing import Any

from panda_twenty.sandbox.twenty import moments
from panda_twenty.sandbox.twenty.errors import ORM_MESSAGE, STANDARD_MESSAGE, TwentyError, from_orm
from panda_twenty.sandbox.twenty.schema import FieldMetadata
from panda_twenty.sandbox.twenty.store import Store

SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "pdf": (b"%PDF",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "bmp": (b"BM",),
    "tif": (b"II*\x00", b"MM\x00*"),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "webp": (b"RIFF",),
    "gz": (b"\x1f\x8b",),
    "mp4": (b"\x00\x00\x00",),
    "mp3": (b"ID3", b"\xff\xfb"),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "wav": (b"RIFF",),
    "rtf": (b"{\\rtf",),
}
"""How files of a known kind begin; other kinds are not looked into."""

LARGEST_DIRECT_UPLOAD = 1024**3


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
        extension = PurePosixPath(name).suffix
        if not extension:
            raise TwentyError(
                "Filename must have an extension", "INTERNAL_SERVER_ERROR", user_message="Access denied."
            )
        check_content(extension.removeprefix("."), content)
        described = self._describe(name, len(content), field, "UPLOADED")
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
        described = self._describe(name, size, field, "PENDING")
        self.store.put("file", described["id"], described)
        return described

    def receive(self, file_id: str, content: bytes) -> bool:
        """The bytes of an announced file; whether it was announced."""
        described = self.described(file_id)
        if described is None:
            return False
        self.where(file_id).write_bytes(content)
        self.store.put("file", file_id, {**described, "arrived": len(content)})
        return True

    def complete(self, file_id: str) -> dict[str, Any]:
        described = self.described(file_id)
        if described is None or not self.where(file_id).exists():
            raise TwentyError("File not found in storage", "NOT_FOUND", "FILE_NOT_FOUND", STANDARD_MESSAGE)
        described = {**described, "status": "UPLOADED", "size": self.where(file_id).stat().st_size}
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
            "mimeType": mimetypes.guess_type(name)[0] or "application/octet-stream",
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


def check_content(extension: str, content: bytes) -> None:
    signatures = SIGNATURES.get(extension.lower())
    if signatures and not content.startswith(signatures):
        raise TwentyError(
            f"File content does not match its extension. The file has extension '{extension}' (expected mime type: "  # noqa: E501
            f"{mimetypes.types_map.get('.' + extension.lower(), 'unknown')}), but the file content could not be "  # noqa: E501
            "detected as this type. The file may be corrupted, have the wrong extension, or be a security risk.",  # noqa: E501
            "INTERNAL_SERVER_ERROR",
            user_message="The file extension doesn't match the file content. "
            "Please check that your file is not corrupted and has the correct extension.",
        )
