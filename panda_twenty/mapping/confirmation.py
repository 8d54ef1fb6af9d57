"""What a person says yes to: one digest over the source profile and the mapping."""

from __future__ import annotations

import hashlib


def confirmation_digest(profile_digest: str, mapping_digest: str) -> str:
    """SHA-256 over both; any change to either asks for a new confirmation."""
    return hashlib.sha256(f"{profile_digest}\n{mapping_digest}".encode()).hexdigest()
