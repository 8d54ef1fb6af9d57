"""Where each attribute of an entity goes in Twenty, read off a mapping."""

from __future__ import annotations

from collections.abc import Mapping

from panda_twenty.mapping.specification import MappingSpecification, split_source
from panda_twenty.panda.entities import ENTITIES

Destinations = Mapping[tuple[str, str], tuple[tuple[str, str], ...]]
"""Objects and fields of Twenty by entity and attribute."""


def destinations(mapping: MappingSpecification) -> Destinations:
    """Every object and field that draws on an attribute, in the mapping's order.

    What goes to a derived entity, such as a referring practice, counts for the entity that it is worked out
    from as well; its key does not, since many rows make one.
    """
    found: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
    for route in mapping.routes:
        for line in route.lines:
            for path in line.source:
                join, attribute = split_source(path)
                entity = route.joins[join].entity if join else route.entity
                found.setdefault((entity, attribute), {})[route.object, line.field] = None
                origin = ENTITIES[entity].derived_from
                if origin is not None and attribute in ENTITIES[origin].attributes and attribute != "key":
                    found.setdefault((origin, attribute), {})[route.object, line.field] = None
    return {place: tuple(fields) for place, fields in found.items()}
