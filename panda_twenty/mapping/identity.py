"""Ids that are ours: every record's Twenty id follows from the practice, the entity and the source key."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("8b2a5f0e-6f0c-5d1e-9a34-2f4f0c7be1d5")


def record_id(practice: str, entity: str, key: str) -> str:
    """The UUIDv5 under which a source row stands in Twenty, the same on every run and every machine."""
    return str(uuid.uuid5(NAMESPACE, panda_id(practice, entity, key)))


def panda_id(practice: str, entity: str, key: str) -> str:
    """The readable form of the same identity, kept in a field of each record."""
    return f"{practice}/{entity}/{key}"
