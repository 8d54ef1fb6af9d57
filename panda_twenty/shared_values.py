"""Which values of unique fields the practice's rows bring, and which of them several rows bring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from panda_twenty.mapping.identity import record_id
from panda_twenty.mapping.specification import MappingSpecification, split_source
from panda_twenty.mapping.transforms.refusal import CannotTransform
from panda_twenty.mapping.transforms.registry import TRANSFORMS
from panda_twenty.panda.entity_row import EntityRow
from panda_twenty.twenty.unique_values import UniqueField


def wanted_values(
    practice: str,
    mapping: MappingSpecification,
    object_name: str,
    unique: UniqueField,
    read_all_rows: Callable[[str], Iterable[EntityRow]],
) -> Mapping[str, Collection[str]]:
    """The unique values that the practice's rows will bring, each with the ids that will want it."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for route in mapping.routes_to(object_name):
        lines = [line for line in route.lines if line.field == unique.field]
        for line in lines:
            if any(split_source(path)[0] for path in line.source):
                continue
            for row in read_all_rows(route.entity):
                try:
                    made = TRANSFORMS[line.transform](
                        [row.values.get(path) for path in line.source], line.options_of_transform
                    )
                except CannotTransform:
                    continue
                value = unique.value_of({unique.field: made})
                if value is not None:
                    wanted[value].add(record_id(practice, route.identity, row.key))
    return wanted


def shared_values(wanted: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Those of these values that more than one record will want."""
    return frozenset(value for value, ids in wanted.items() if len(ids) > 1)
