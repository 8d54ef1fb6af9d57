"""API keys of the stand-in: tokens that look like Twenty's, signed with a secret of the data directory."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from pathlib import Path
from typing import Any

from panda_twenty.sandbox.twenty.errors import TwentyError, translated
from panda_twenty.sandbox.twenty.store import Store

LIFETIME_SECONDS = 10 * 365 * 24 * 3600
TOKEN_FILE = "api-key.txt"  # noqa: S105


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class ApiKeys:
    """Issues and checks the API keys of one workspace."""

    def __init__(self, store: Store, workspace_id: str) -> None:
        self.store = store
        self.workspace_id = workspace_id
        secret = store.get("secret", "signing")
        if secret is None:
            secret = secrets.token_hex(32)
            store.put("secret", "signing", secret)
        self._secret: str = secret

    def issue(self, key_id: str, lifetime_seconds: int = LIFETIME_SECONDS) -> str:
        now = int(time.time())
        header = {"alg": "ES256", "typ": "JWT"}
        payload = {
            "sub": self.workspace_id,
            "type": "API_KEY",
            "workspaceId": self.workspace_id,
            "iat": now,
            "exp": now + lifetime_seconds,
            "jti": key_id,
        }
        signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(payload).encode())}"
        return f"{signed}.{self._signature(signed)}"

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.new(self._secret.encode(), signed.encode(), hashlib.sha512).digest())

    def check(self, token: str) -> dict[str, Any]:
        """The stored key that ``token`` belongs to. Raises for a token that is not valid any more or never was."""  # noqa: E501
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(signature, self._signature(signed)):
            raise unauthenticated("Token invalid.")
        payload = _decoded(signed.split(".")[1])
        if payload["exp"] <= time.time():
            raise unauthenticated("Token has expired.")
        key: dict[str, Any] | None = self.store.get("api_key", payload["jti"])
        if key is None or key.get("revokedAt"):
            raise TwentyError(
                "This API Key is revoked",
                "FORBIDDEN",
                "FORBIDDEN_EXCEPTION",
                rest_status=403,
                rest_name="FORBIDDEN_EXCEPTION",
                details={
                    "userFriendlyMessage": translated("You do not have permission to perform this action.")
                },
            )
        return key

    def default_token(self, given: str | None = None) -> str:
        """The token of this data directory, made once and kept in a file that only its owner reads."""
        file: Path = self.store.directory / TOKEN_FILE
        if given is not None:
            self.store.put("given_token", "hash", hashlib.sha256(given.encode()).hexdigest())
            return given
        if not file.exists():
            token = self.issue(self._default_key())
            file.touch(mode=0o600)
            file.write_text(token)
        return file.read_text().strip()

    def _default_key(self) -> str:
        keys = self.store.all("api_key")
        if keys:
            return str(keys[0]["id"])
        key_id = str(uuid.uuid4())
        self.add(key_id, "Sandbox key")
        return key_id

    def add(self, key_id: str, name: str) -> None:
        now = "2026-01-01T00:00:00.000Z"
        self.store.put(
            "api_key",
            key_id,
            {
                "id": key_id,
                "name": name,
                "expiresAt": "2036-01-01T00:00:00.000Z",
                "revokedAt": None,
                "createdAt": now,
                "updatedAt": now,
            },
        )

    def check_any(self, token: str) -> dict[str, Any]:
        """As :meth:`check`, and the token that the caller of ``create_app`` chose is valid too."""
        chosen = self.store.get("given_token", "hash")
        if chosen is not None and hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), chosen):
            key: dict[str, Any] = self.store.get("api_key", self._default_key())
            return key
        return self.check(token)


def unauthenticated(message: str) -> TwentyError:
    told = translated("You must be authenticated to perform this action.")
    return TwentyError(
        message,
        "UNAUTHENTICATED",
        "UNAUTHENTICATED",
        details={"userFriendlyMessage": told},
        rest_status=401,
        rest_name="UNAUTHENTICATED",
    )
