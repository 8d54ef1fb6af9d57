"""Findings that a practice defined for itself, as lines of the mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from panda_twenty.mapping.custom_findings import CustomField, FindingDefinition, plan_custom_fields
from panda_twenty.mapping.specification import Line, MappingSpecification, Route
from panda_twenty.panda.extraction import EntityRow

JOIN = "custom"
"""The join by which a route draws on the findings of its exam."""


def with_custom_findings(
    mapping: MappingSpecification, definitions: Sequence[EntityRow]
) -> MappingSpecification:
    """The mapping with a line for each definition, within the budget; the rest stay in the digest."""
    routes = tuple(
        _with_fields(mapping, route, definitions) if JOIN in route.joins else route
        for route in mapping.routes
    )
    return mapping.model_copy(update={"routes": routes})


def _with_fields(mapping: MappingSpecification, route: Route, definitions: Sequence[EntityRow]) -> Route:
    plan = plan_custom_fields(
        [_definition(row) for row in definitions],
        mapping.choices.custom_field_budget,
        [line.field for line in route.lines],
    )
    return route.model_copy(update={"lines": (*route.lines, *map(_line, plan.fields))})


def _definition(row: EntityRow) -> FindingDefinition:
    return FindingDefinition(
        key=row.key,
        label=row.values["label"] or row.key,
        value_type=row.values.get("value_type") or "TEXT",
        choices=row.values.get("choices"),
    )


def _line(field: CustomField) -> Line:
    return Line.model_validate(
        {
            "field": field.name,
            "from": [f"{JOIN}.definition_key", f"{JOIN}.value"],
            "transform": "custom_finding",
            "with": asdict(field),
            "type": field.type,
            "label": field.label,
            "description": "Defined by the practice",
            "options": field.options if field.type == "SELECT" else {},
        }
    )
