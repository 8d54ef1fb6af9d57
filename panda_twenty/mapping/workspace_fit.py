"""How a workspace departs from what a mapping needs of it: what a confirmation relies on at that end.

Objects, fields and options that are still missing are no departure, and neither are those that are as the
mapping wants them. So a confirmation survives that the confirmed data model is brought about, and does not
survive that somebody changes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.specification import Line, MappingSpecification, TwentyObject
from panda_twenty.twenty.data_model import AddOptions, plan_data_model
from panda_twenty.twenty.data_model.names import PROVIDED_FIELDS
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, Workspace

WORKSPACE = "workspace"
"""The place of the workspace's own id."""


def workspace_fit(mapping: MappingSpecification, workspace: Workspace, workspace_id: str) -> dict[str, str]:
    """Departures by ``object.field``, each said in words, beside the workspace's id.

    Of Twenty's own fields that the mapping writes to, the shape is noted whether or not it is the usual
    one. Fields of somebody else count where they would keep records out.
    """
    fit: dict[str, str] = {}

    def note(place: str, words: str) -> None:
        fit[place] = f"{fit[place]} {words}" if place in fit else words

    plan = plan_data_model(workspace, wanted_objects(mapping))
    for conflict in plan.conflicts:
        place = (
            f"{conflict.object_name}.{conflict.field_name}" if conflict.field_name else conflict.object_name
        )
        note(place, conflict.sentence)
    for step in plan.steps:
        if isinstance(step, AddOptions):
            options = ", ".join(option.value for option in step.missing)
            note(f"{step.object_name}.{step.field_name}", f"lacks {options} among its options.")
    for wanted in mapping.objects:
        facts = workspace.objects.get(wanted.name)
        if facts is not None:
            for field, words in _own_fields(mapping, wanted, facts):
                note(f"{wanted.name}.{field}", words)
    return {WORKSPACE: workspace_id, **dict(sorted(fit.items()))}


def _own_fields(
    mapping: MappingSpecification, wanted: TwentyObject, facts: ObjectFacts
) -> Iterator[tuple[str, str]]:
    """What is to be said of the fields that the mapping did not define."""
    lines = {line.field: line for route in mapping.routes_to(wanted.name) for line in route.lines}
    for line in lines.values():
        if not line.standard:
            continue
        if line.relation is not None:
            yield from ((line.field, words) for words in _link(line, facts))
        elif (found := facts.fields.get(line.field)) is None:
            if wanted.standard:
                yield line.field, "is missing."
        elif wanted.standard:
            yield line.field, _shape(found)
        elif not found.is_active:
            yield line.field, "is switched off."
        elif found.type != PROVIDED_FIELDS.get(line.field, found.type):
            yield line.field, f"is of type {found.type}."
    written = {*lines, *(line.column for line in lines.values())}
    for found in facts.fields.values():
        is_provided = found.is_system or found.name in PROVIDED_FIELDS or bool(found.relations)
        if found.is_active and found.is_unique and not is_provided and found.name not in written:
            yield found.name, "is unique and not written by this mapping."


def _link(line: Line, facts: ObjectFacts) -> Iterator[str]:
    """Twenty makes links to new objects by itself, so a missing one is no departure."""
    found = facts.fields.get(line.field)
    relation = facts.join_columns.get(line.column)
    if found is not None and not found.is_active:
        yield "is switched off."
    elif relation is not None and line.relation is not None and relation.target != line.relation.target:
        yield f"leads to {relation.target}."


def _shape(found: FieldFacts) -> str:
    parts = [found.type]
    if not found.is_active:
        parts.append("switched off")
    if found.is_unique:
        parts.append("unique")
    if not found.is_nullable and found.default is None:
        parts.append("must have a value")
    parts += sorted(option.value for option in found.options)
    return ", ".join(parts)
