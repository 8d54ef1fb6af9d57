"""What every change of metadata has in common: the store it is made in, and all or nothing."""

from __future__ import annotations

import re
import uuid
from typing import Any

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty import moments
from panda_twenty.sandbox.twenty.composites import COMPOSITES
from panda_twenty.sandbox.twenty.errors import TwentyError
from panda_twenty.sandbox.twenty.schema import FieldMetadata, ObjectMetadata, Schema
from panda_twenty.sandbox.twenty.store import Store

Input = dict[str, Any]

MOST_COLUMNS = 1600
"""How many columns a table of PostgreSQL holds."""

SYSTEM_COLUMNS = 14
"""Columns of a new object: its id, three dates, position, search vector, and two actors of four columns."""

STANDARD_APPLICATION = "20202020-64aa-4b6f-b003-9c74b97cee20"

ATTRIBUTES = {
    "defaultValue": "default",
    "isActive": "is_active",
    "isUnique": "is_unique",
    "isLabelSyncedWithName": "is_label_synced",
    "labelSingular": "label_singular",
    "labelPlural": "label_plural",
    "nameSingular": "singular",
    "namePlural": "plural",
    "isSearchable": "is_searchable",
    "labelIdentifierFieldMetadataId": "label_identifier_id",
}


def new_id() -> str:
    return str(uuid.uuid4())


def stamp() -> str:
    return moments.text(moments.now())


def squeezed(value: Any) -> Any:
    """Text without space around it and without repeated space in it, as Twenty keeps names and labels."""
    return re.sub(r"\s+", " ", value).strip() if isinstance(value, str) else value


def migration_failed(action: str, kind: str, universal_id: str) -> TwentyError:
    return TwentyError(
        f"Migration action '{action}' for '{kind}' (universalIdentifier: {universal_id}) failed",
        "INTERNAL_SERVER_ERROR",
        user_message="Migration execution failed.",
    )


def one_problem(message: str, problem: rules.Problem, action: str = "create") -> TwentyError:
    report = rules.Report()
    report.failures["fieldMetadata"] = [
        {
            "errors": [problem],
            "type": action,
            "metadataName": "fieldMetadata",
            "flatEntityMinimalInformation": {"id": ""},
        }
    ]
    return rules.MetadataRefused(message, report)


def check_width(each: ObjectMetadata | None, types: list[str]) -> None:
    """Raise ``ValueError`` where fields of ``types`` make a table wider than PostgreSQL allows.

    ``each`` is the object as it is; without it, a new one that has nothing but its system fields.
    """
    columns = (len(each.columns) + 1 if each else SYSTEM_COLUMNS) + sum(
        len(COMPOSITES[kind]) if kind in COMPOSITES else 1 for kind in types
    )
    if columns > MOST_COLUMNS:
        raise ValueError(f"tables can have at most {MOST_COLUMNS} columns")


class MetadataChanges:
    """Where changes are made: a store, and the application that custom objects belong to."""

    def __init__(self, store: Store, custom_application: str) -> None:
        self.store = store
        self.custom_application = custom_application

    @property
    def schema(self) -> Schema:
        return self.store.schema

    def making(self) -> Making:
        return Making(self.store)

    def new_field(self, parent: ObjectMetadata, given: Input, *, is_system: bool = False) -> FieldMetadata:
        now = stamp()
        label = squeezed(given.get("label"))
        name = squeezed(given["name"])
        return FieldMetadata(
            id=new_id(),
            universal_id=new_id(),
            number=self.store.next_number(),
            object_id=parent.id,
            type=given["type"],
            name=name,
            label=label or name,
            description=given.get("description") or "",
            icon=given.get("icon") or "",
            is_system=is_system,
            is_nullable=given.get("isNullable") is not False,
            is_unique=bool(given.get("isUnique")),
            is_label_synced=bool(given.get("isLabelSyncedWithName")),
            default=given.get("defaultValue"),
            options=given.get("options"),
            settings=given.get("settings"),
            application_id=self.custom_application,
            created_at=now,
            updated_at=now,
        )


class Making:
    """A change of metadata: one transaction, and the schema in memory follows it or is read again."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.transaction = store.transaction()

    def __enter__(self) -> None:
        self.transaction.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            self.transaction.__exit__(kind, error, trace)
        finally:
            if error is not None:
                self.store.reload()
            else:
                self.store.schema.renew()
