"""A row of an entity as it leaves the practice's database."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
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
    blank: Mapping[str, Any],
    columns: Mapping[str, Sequence[Any]],
    problems: Sequence[tuple[Problem, ...]],
) -> Iterator[EntityRow]:
    """The rows of these keys: what stands in ``columns`` by name, and all else as in a ``blank`` row.

    What is said of each row is said in C here, for millions of them. Raises ValueError if a column or the
    problems are not as many as the keys: a row would be lost without a word.
    """
    if any(len(column) != len(keys) for column in (*columns.values(), problems)):
        raise ValueError("a column has more or fewer values than there are rows")
    # To copy a whole row and put a part of it right is quicker than to let it grow name by name.
    values = list(map(dict.copy, repeat(dict(blank), len(keys))))
    deque(map(dict.update, values, map(zip, repeat(columns), zip(*columns.values(), strict=True))), maxlen=0)
    return map(tuple.__new__, repeat(EntityRow), zip(repeat(entity), keys, values, problems))
