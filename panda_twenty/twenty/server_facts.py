"""What the API key says about itself and what the server says about the key."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from panda_twenty.twenty.errors import (
    Refused,
    RoleTooWeak,
    SchemaChanged,
    TokenProblem,
    TokenRefused,
    Unclear,
)

__all__ = ["ServerFacts", "key_expiry", "read_server_facts"]

_ROLES = (
    "{getRoles{label canUpdateAllSettings canReadAllObjectRecords canUpdateAllObjectRecords"
    " canSoftDeleteAllObjectRecords canDestroyAllObjectRecords apiKeys{id name expiresAt}}}"
)
_NEEDED = {
    "canUpdateAllSettings": "change the data model",
    "canReadAllObjectRecords": "read all records",
    "canUpdateAllObjectRecords": "write all records",
    "canSoftDeleteAllObjectRecords": "delete records",
    "canDestroyAllObjectRecords": "destroy records",
}


def read_server_facts(ask: Callable[[str], dict[str, Any]], api_key: str) -> ServerFacts:
    """Facts about the key; ``ask`` sends one query to /metadata.

    Raises TokenRefused or RoleTooWeak. A key whose role cannot be read is a key of too weak a role: reading
    roles takes the right to change the data model, which the migration needs anyway.
    """
    claims = _claims(api_key)
    if claims.get("type") not in (None, "API_KEY"):
        raise RoleTooWeak("The token is not an API key but a session token, which would expire on the way.")
    try:
        ask("{objects(paging:{first:1}){edges{node{id}}}}")
    except RoleTooWeak as error:
        # Every key may ask this; /metadata calls a request without a token "forbidden" too.
        raise TokenRefused(TokenProblem.MISSING, raw=error.raw_text()) from None
    key_id = str(claims.get("jti") or "")
    try:
        roles = ask(_ROLES)["getRoles"]
    except RoleTooWeak:
        raise RoleTooWeak("The API key's role may not change the data model.") from None
    except (Refused, SchemaChanged, Unclear):
        # Another version may not know these questions; its refusals will be readable when they come.
        return ServerFacts(workspace_id=claims.get("workspaceId"), api_key_id=key_id or None)
    for role in roles:
        for key in role.get("apiKeys") or ():
            if key.get("id") == key_id:
                return _facts(role, key, claims)
    return ServerFacts(workspace_id=claims.get("workspaceId"), api_key_id=key_id or None)


def key_expiry(api_key: str) -> datetime | None:
    """When the key itself says that it ends (its ``exp`` claim); None where it says nothing."""
    expires = _claims(api_key).get("exp")
    if not isinstance(expires, int | float):
        return None
    try:
        return datetime.fromtimestamp(expires, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def workspace_of(api_key: str) -> str | None:
    """The workspace that a key belongs to, as the key itself says, before any call is made."""
    workspace = _claims(api_key).get("workspaceId")
    return workspace if isinstance(workspace, str) else None


def _facts(role: dict[str, Any], key: dict[str, Any], claims: dict[str, Any]) -> ServerFacts:
    lacking = [what for right, what in _NEEDED.items() if role.get(right) is False]
    if lacking:
        raise RoleTooWeak(f"The API key's role {role.get('label')} may not {', '.join(lacking)}.")
    return ServerFacts(
        workspace_id=claims.get("workspaceId"),
        api_key_id=key.get("id"),
        api_key_name=key.get("name"),
        role=role.get("label"),
        expires_at=key.get("expiresAt"),
    )


def _claims(api_key: str) -> dict[str, Any]:
    """The payload of the key, which is a JWT (unverified: the server judges it), or nothing if it is none."""
    parts = api_key.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Who we are to the server. None where the server or the key does not tell."""

    workspace_id: str | None = None
    api_key_id: str | None = None
    api_key_name: str | None = None
    role: str | None = None
    expires_at: str | None = None
    """ISO 8601; a migration that takes weeks should not outlive its key."""
