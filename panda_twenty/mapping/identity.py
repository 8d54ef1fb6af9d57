"""Ids that are ours: every record's Twenty id follows from the practice, the entity and the source key."""

from __future__ import annotations

import hashlib
import uuid

NAMESPACE = uuid.UUID("8b2a5f0e-6f0c-5d1e-9a34-2f4f0c7be1d5")


def record_id(practice: str, entity: str, key: str) -> str:
    """The UUIDv5 under which a source row stands in Twenty, the same on every run and every machine."""
    name = panda_id(practice, entity, key).encode()
    # uuid.uuid5, without its object: a record has several of these.
    digest = bytearray(hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def panda_id(practice: str, entity: str, key: str) -> str:
    """The readable form of the same identity, kept in a field of each record."""
    return f"{practice}/{entity}/{key}"
