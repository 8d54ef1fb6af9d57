"""What a rollback concerns: everything, runs, an object, a patient range, or one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from panda_twenty.stages import CannotGoOn


@dataclass(frozen=True)
class Scope:
    """Limits that all hold at once; none of them means everything that the ledger knows."""

    runs: tuple[str, ...] = ()
    """Records return to what they were before the first of these runs; later writes to them go as well."""
    object: str | None = None
    range_key: str | None = None
    record: tuple[str, str] | None = None
    """Entity and source key."""

    @property
    def is_everything(self) -> bool:
        return not (self.runs or self.object or self.range_key or self.record)

    @property
    def sentence(self) -> str:
        parts = [
            f"what {', '.join(self.runs)} wrote" if self.runs else "",
            f"object {self.object}" if self.object else "",
            f"patient range {self.range_key}" if self.range_key else "",
            f"{self.record[0]} {self.record[1]}" if self.record else "",
        ]
        return ", ".join(part for part in parts if part) or "everything"

    def as_json(self) -> dict[str, Any]:
        return {
            "runs": list(self.runs),
            "object": self.object,
            "range": self.range_key,
            "record": ":".join(self.record) if self.record else None,
        }


def scope_from(
    *,
    runs: tuple[str, ...] = (),
    object_name: str | None = None,
    range_key: str | None = None,
    record: str | None = None,
) -> Scope:
    """A scope from what an operator typed; ``record`` is ``entity:key``. Raises CannotGoOn with advice."""
    entity_and_key = None
    if record:
        entity, colon, key = record.partition(":")
        if not colon or not entity or not key:
            raise CannotGoOn("A record is named as ENTITY:KEY, such as patient:108.")
        entity_and_key = (entity, key)
    return Scope(tuple(run for run in runs if run), object_name or None, range_key or None, entity_and_key)
