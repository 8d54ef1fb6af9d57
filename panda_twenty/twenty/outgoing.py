"""A record: one source row on its way to Twenty, with the id it will have there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from panda_twenty.twenty.stored_file import StoredFile

SOURCE_DELETED_AT = "sourceDeletedAt"
"""The field of ours that says since when a record's row is gone from the source."""


@dataclass(frozen=True)
class Parent:
    """A record that another one points at."""

    field: str
    column: str
    object: str
    twenty_id: str
    entity: str
    source_key: str
    required: bool
    """True where the child cannot stand without it."""


@dataclass(frozen=True)
class Trouble:
    """Why a record, or one of its fields, cannot go as it is. Says nothing of the value."""

    field: str | None
    code: str
    advice: str


@dataclass
class Record:
    """One row on its way to Twenty."""

    route: str
    object: str
    entity: str
    source_key: str
    twenty_id: str
    values: dict[str, Any]
    """By column: what is sent, without the id. Relations stand under their join column."""
    files: dict[str, StoredFile] = field(default_factory=dict)
    """Files to upload, by column; ``values`` holds their hash in their place."""
    parents: tuple[Parent, ...] = ()
    patient_key: str | None = None
    """Source key of the patient whom the row belongs to; None for what belongs to no single one."""
    troubles: list[Trouble] = field(default_factory=list)
