"""What a mapping wants to find in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FieldModel", "ObjectModel", "Option", "RelationModel"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a SELECT or MULTI_SELECT. ``value`` is UPPER_SNAKE_CASE, ``label`` has no comma."""

    value: str
    label: str
    color: str = "gray"
    position: int = 0


@dataclass(frozen=True, slots=True)
class RelationModel:
    """Many of ours belong to one ``target``.

    The target gains a field that lists ours; Twenty names it after ``reverse_label`` (``Lab orders`` becomes
    ``labOrders``). Ours is written through the join column, the field's name with ``Id`` behind it.
    """

    target: str
    reverse_label: str
    reverse_icon: str = "IconLink"


@dataclass(frozen=True, slots=True)
class FieldModel:
    """One wanted field. ``type`` is Twenty's, such as TEXT or SELECT; ``settings`` are Twenty's own."""

    name: str
    type: str
    label: str
    description: str = ""
    icon: str = ""
    unique: bool = False
    options: tuple[Option, ...] = ()
    settings: Mapping[str, Any] | None = None
    relation: RelationModel | None = None

    @property
    def join_column(self) -> str | None:
        """The column that a relation is written through."""
        return f"{self.name}Id" if self.relation is not None else None


@dataclass(frozen=True, slots=True)
class ObjectModel:
    """One wanted object. A ``standard`` one is Twenty's own (person, note ...): only fields are added."""

    name_singular: str
    name_plural: str
    label_singular: str
    label_plural: str
    icon: str = "IconBox"
    description: str = ""
    standard: bool = False
    fields: tuple[FieldModel, ...] = field(default=())
