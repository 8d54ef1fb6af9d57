"""A row of an entity as it leaves the practice's database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from panda_twenty.panda.problems import Problem


@dataclass(frozen=True)
class EntityRow:
    """One row of an entity: every attribute of the catalogue by name, None where there is nothing.

    Text has no trailing blanks and is never empty; moments are aware, in the practice's time zone; decimals
    have no trailing zeros; a key is text. ``values["key"]`` equals ``key``, which is empty for a row whose
    key column is NULL.
    """

    entity: str
    key: str
    values: dict[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def patient_key(self) -> str | None:
        """Key of the patient whom the row belongs to, or who it is; None where it names none."""
        key: str | None = self.key if self.entity == "patient" else self.values.get("patient_key")
        return key


def row_like(
    template: Mapping[str, Any], key: str, values: dict[str, Any], problems: tuple[Problem, ...]
) -> EntityRow:
    """``EntityRow(entity, key, values, problems)`` where ``template`` is the ``__dict__`` of a row of it.

    A frozen dataclass sets each field by a call, which for a million rows takes longer than copying.
    """
    row = object.__new__(EntityRow)
    fields = row.__dict__
    fields.update(template)
    fields["key"] = key
    fields["values"] = values
    fields["problems"] = problems
    return row
