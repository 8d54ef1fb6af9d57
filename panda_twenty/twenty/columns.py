"""Records of one object turned on their side: what is the same for a column is done once for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple


class Columns(NamedTuple):
    """Records that have the same columns."""

    places: list[int]
    """Where they stand among the records that were given."""
    values: dict[str, tuple[Any, ...]]
    """By column, the value of each of them."""


def by_columns(records: Sequence[Mapping[str, Any]]) -> Iterator[Columns]:
    """The records by column; those of one mapping have the same columns, so that is mostly one table."""
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        alike[tuple(record)].append(place)
    for names, places in alike.items():
        if len(names) > 1:
            cells = zip(*map(itemgetter(*names), [records[place] for place in places]), strict=True)
            yield Columns(places, dict(zip(names, cells, strict=True)))
        else:
            yield Columns(places, {name: tuple(records[place][name] for place in places) for name in names})
