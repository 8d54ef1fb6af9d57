"""A row of an entity as it leaves the practice's database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from panda_twenty.panda.problems import Problem


class EntityRow(NamedTuple):
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


def entity_rows(
    entity: str,
    keys: Sequence[str],
    names: Sequence[str],
    columns: Sequence[Iterable[Any]],
    problems: Iterable[tuple[Problem, ...]],
) -> Iterator[EntityRow]:
    """The rows of these keys, whose values stand in ``columns``, one for each of ``names``.

    What is said of each row is said in C here, for millions of them. Raises ValueError at the end if a column
    or the problems are not as many as the keys: a row would be lost without a word.
    """
    values = map(dict, map(zip, repeat(names), zip(*columns, strict=True)))
    entities = [entity] * len(keys)
    return map(tuple.__new__, repeat(EntityRow), zip(entities, keys, values, problems, strict=True))
