"""The difference between the data model that is wanted and the one that the workspace has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from panda_twenty.twenty.data_model.names import (
    COLUMN_LIMIT,
    PROVIDED_FIELDS,
    columns_of,
    composite_columns,
    field_faults,
    object_faults,
    option_faults,
)
from panda_twenty.twenty.data_model.shapes import FieldModel, ObjectModel, Option
from panda_twenty.twenty.naming import camel_case
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, Workspace

__all__ = [
    "AddOptions",
    "Conflict",
    "CreateField",
    "CreateObject",
    "DataModelPlan",
    "Step",
    "describe",
    "field_conflicts",
    "plan_data_model",
]

_REACTIVATE = "Switch it on again in Twenty under Settings, Data model."


def plan_data_model(
    workspace: Workspace, wanted: Sequence[ObjectModel], *, ours: Collection[str] = ()
) -> DataModelPlan:
    """What has to be created so that the workspace has all that is ``wanted``. Nothing is ever removed.

    ``ours`` are ids of objects and fields that this tool has created before. What is there already, fits,
    and is neither ours nor Twenty's own counts as adopted: someone else made it.
    """
    findings = _Findings(ours=frozenset(ours), standard=_standard_applications(workspace))
    for model in wanted:
        _plan_object(workspace, model, findings)
    _refuse_clashes_on_targets(workspace, wanted, findings)
    # Relations last: their targets may be created by the same plan.
    findings.fields.sort(key=lambda step: step.model.relation is not None)
    return DataModelPlan(
        steps=(*findings.objects, *findings.fields, *findings.options),
        conflicts=tuple(findings.conflicts),
        unchanged=tuple(findings.unchanged),
        adopted=tuple(findings.adopted),
    )


def describe(plan: DataModelPlan) -> list[str]:
    """The plan in sentences for a person, conflicts first."""
    sentences = [f"Conflict: {conflict.sentence}" for conflict in plan.conflicts]
    sentences += [step.sentence for step in plan.steps]
    if plan.adopted:
        sentences.append(f"Use as found, made by someone else: {', '.join(plan.adopted)}.")
    if plan.unchanged:
        sentences.append(f"Already there: {len(plan.unchanged)} objects and fields.")
    if not plan.steps and not plan.conflicts:
        sentences.append("The workspace has everything that is needed.")
    return sentences


def field_conflicts(found: FieldFacts, model: FieldModel, *, is_standard: bool = False) -> Iterator[str]:
    """Why an existing field cannot serve as the wanted one; nothing where it can."""
    if not found.is_active:
        yield f"is there but switched off. {_REACTIVATE}"
    if found.type != model.type:
        yield f"is of type {found.type}, {model.type} is needed. Rename it, or map to another field."
        return
    if model.unique and not found.is_unique:
        yield "is not unique. Make it unique in Twenty (its values must differ), or map to another field."
    if found.is_unique and not model.unique and not is_standard:
        yield "is unique, so records with the same value would overwrite each other. Map to another field."
    if model.relation is not None and (
        found.relation is None or found.relation.target != model.relation.target
    ):
        target = found.relation.target if found.relation else "several objects"
        yield f"leads to {target} instead of {model.relation.target}. Map to another field."
    elif model.relation is not None and found.relation is not None and found.relation.join_column is None:
        yield "is the other side of a relation and cannot be written. Map to another field."
    if any(option.id is None for option in found.options):
        yield "has options without ids, which cannot be extended without emptying records."


def missing_options(found: FieldFacts, model: FieldModel) -> tuple[Option, ...]:
    """Wanted options that the field does not have."""
    if model.type not in ("SELECT", "MULTI_SELECT"):
        return ()
    present = {option.value for option in found.options}
    return tuple(option for option in model.options if option.value not in present)


def _standard_applications(workspace: Workspace) -> frozenset[str]:
    """Twenty's own application, told by objects that every workspace has."""
    own = (workspace.objects.get(name) for name in ("person", "company", "note", "workspaceMember"))
    return frozenset(facts.application_id for facts in own if facts and facts.application_id)


def _plan_object(workspace: Workspace, model: ObjectModel, findings: _Findings) -> None:
    name = model.name_singular
    facts = workspace.objects.get(name)
    if facts is None:
        if model.standard:
            findings.refuse(
                name, None, f"The workspace has no object {name}, which every Twenty should have."
            )
            return
        for fault in (*object_faults(model), *_taken_names(workspace, model)):
            findings.refuse(name, None, f"Object {name} cannot be created: {fault}")
        findings.objects.append(CreateObject(model))
    else:
        _compare_object(facts, model, findings)
    _plan_fields(facts, model, findings)


def _taken_names(workspace: Workspace, model: ObjectModel) -> Iterator[str]:
    for facts in workspace.objects.values():
        for name in (model.name_singular, model.name_plural):
            if name in (facts.name, facts.name_plural):
                yield f"{name} is a name of object {facts.name}."


def _compare_object(facts: ObjectFacts, model: ObjectModel, findings: _Findings) -> None:
    if not facts.is_active:
        findings.refuse(facts.name, None, f"Object {facts.name} is there but switched off. {_REACTIVATE}")
    if facts.name_plural != model.name_plural:
        findings.refuse(
            facts.name,
            None,
            f"Object {facts.name} has the plural {facts.name_plural}, not {model.name_plural}.",
        )
    findings.found(facts.name, facts.id, facts.application_id)
    wanted = {each.name for each in model.fields}
    for found in facts.fields.values():
        is_demanding = (
            not found.is_nullable and found.default is None and not found.is_system and found.is_active
        )
        if is_demanding and found.name not in wanted and not found.relations:
            findings.refuse(
                facts.name,
                found.name,
                f"Field {facts.name}.{found.name} must always have a value, and nothing is mapped to it."
                " Allow it to be empty in Twenty, or map something to it.",
            )


def _plan_fields(facts: ObjectFacts | None, model: ObjectModel, findings: _Findings) -> None:
    name = model.name_singular
    present: Mapping[str, FieldFacts] = facts.fields if facts else {}
    new: list[FieldModel] = []
    for field in model.fields:
        found = present.get(field.name)
        if facts is not None and found is not None:
            is_provided = facts.id in findings.ours and field.name in PROVIDED_FIELDS
            _compare_field(name, found, field, findings, is_provided=is_provided)
        elif facts is None and field.name in PROVIDED_FIELDS:
            if field.type != PROVIDED_FIELDS[field.name]:
                kind = PROVIDED_FIELDS[field.name]
                findings.refuse(
                    name, field.name, f"Field {name}.{field.name} comes with the object, as {kind}."
                )
        else:
            for fault in field_faults(field):
                findings.refuse(name, field.name, f"Field {name}.{field.name} cannot be created: {fault}")
            findings.fields.append(CreateField(name, field))
            new.append(field)
    _refuse_clashes(name, present, model.fields, new, findings)
    kept = [(each.name, each.type) for each in present.values()]
    columns = columns_of([*kept, *((each.name, each.type) for each in new)])
    if columns > COLUMN_LIMIT:
        findings.refuse(name, None, f"Object {name} would have {columns} columns; {COLUMN_LIMIT} are safe.")


def _compare_field(
    object_name: str, found: FieldFacts, model: FieldModel, findings: _Findings, *, is_provided: bool
) -> None:
    place = f"{object_name}.{found.name}"
    is_standard = found.application_id in findings.standard
    conflicts = list(field_conflicts(found, model, is_standard=is_standard))
    for conflict in conflicts:
        findings.refuse(object_name, found.name, f"Field {place} {conflict}")
    if conflicts:
        return
    if is_provided:
        findings.unchanged.append(place)
    else:
        findings.found(place, found.id, found.application_id)
    if missing := missing_options(found, model):
        for fault in option_faults(missing):
            findings.refuse(object_name, found.name, f"Options of {place} cannot be added: {fault}")
        findings.options.append(AddOptions(object_name, found.name, missing))


def _refuse_clashes(
    object_name: str,
    present: Mapping[str, FieldFacts],
    wanted: Sequence[FieldModel],
    new: Sequence[FieldModel],
    findings: _Findings,
) -> None:
    """New names against each other, against join columns and against the columns of composites."""
    names = [each.name for each in wanted]
    for name in sorted({name for name in names if names.count(name) > 1}):
        findings.refuse(object_name, name, f"Field {object_name}.{name} is wanted more than once.")
    occupied = {
        column: f"the link {found.name}"
        for found in present.values()
        for relation in found.relations
        if (column := relation.join_column)
    }
    for name, kind in [
        *((each.name, each.type) for each in present.values()),
        *((each.name, each.type) for each in new),
    ]:
        occupied.update(dict.fromkeys(composite_columns(name, kind), f"a part of {name}"))
    occupied.update({each.join_column: f"the link {each.name}" for each in new if each.join_column})
    for each in new:
        if each.name in occupied:
            findings.refuse(
                object_name,
                each.name,
                f"Field {object_name}.{each.name} cannot be created: {occupied[each.name]} takes that name.",
            )
        if each.join_column in present:
            findings.refuse(
                object_name,
                each.name,
                f"Field {object_name}.{each.name} cannot be created: {each.join_column} is a field already.",
            )


def _refuse_clashes_on_targets(
    workspace: Workspace, wanted: Sequence[ObjectModel], findings: _Findings
) -> None:
    """The field that a new relation adds to its target must have a free name there, and a target."""
    planned = {model.name_singular: model for model in wanted}
    taken: set[tuple[str, str]] = set()
    for step in findings.fields:
        if step.model.relation is None:
            continue
        target, reverse = step.model.relation.target, camel_case(step.model.relation.reverse_label)
        facts, model = workspace.objects.get(target), planned.get(target)
        place = f"Field {step.object_name}.{step.model.name} cannot be created"
        if facts is None and model is None:
            findings.refuse(step.object_name, step.model.name, f"{place}: there is no object {target}.")
            continue
        names = set(facts.fields) | set(facts.join_columns) if facts else set(PROVIDED_FIELDS)
        names |= {each.name for each in model.fields} if model else set()
        if reverse in names or (target, reverse) in taken:
            findings.refuse(
                step.object_name, step.model.name, f"{place}: {target} already has a field {reverse}."
            )
        taken.add((target, reverse))


@dataclass(frozen=True, slots=True)
class CreateObject:
    """Create an object, without its fields."""

    model: ObjectModel

    @property
    def object_name(self) -> str:
        return self.model.name_singular

    @property
    def sentence(self) -> str:
        return f"Create object {self.model.name_singular} ({self.model.label_singular})."


@dataclass(frozen=True, slots=True)
class CreateField:
    """Create a field of an object that is there or created by an earlier step."""

    object_name: str
    model: FieldModel

    @property
    def sentence(self) -> str:
        unique = ", unique" if self.model.unique else ""
        target = f" to {self.model.relation.target}" if self.model.relation else ""
        return f"Create field {self.object_name}.{self.model.name} ({self.model.type}{target}{unique})."


@dataclass(frozen=True, slots=True)
class AddOptions:
    """Add options to a field behind those that it has."""

    object_name: str
    field_name: str
    missing: tuple[Option, ...]

    @property
    def sentence(self) -> str:
        values = ", ".join(option.value for option in self.missing)
        return f"Add to the options of {self.object_name}.{self.field_name}: {values}."


Step = CreateObject | CreateField | AddOptions


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that a person has to settle before the plan can be applied."""

    object_name: str
    field_name: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class DataModelPlan:
    """Steps in the order in which they are taken; what is there already as ``object`` or ``object.field``."""

    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: tuple[str, ...]
    adopted: tuple[str, ...]

    @property
    def can_be_applied(self) -> bool:
        return not self.conflicts


class _Findings:
    """What planning has found so far."""

    def __init__(self, *, ours: frozenset[str], standard: frozenset[str]) -> None:
        self.ours = ours
        self.standard = standard
        self.objects: list[CreateObject] = []
        self.fields: list[CreateField] = []
        self.options: list[AddOptions] = []
        self.conflicts: list[Conflict] = []
        self.unchanged: list[str] = []
        self.adopted: list[str] = []

    def refuse(self, object_name: str, field_name: str | None, sentence: str) -> None:
        self.conflicts.append(Conflict(object_name, field_name, sentence))

    def found(self, place: str, identity: str, application_id: str | None) -> None:
        is_known = identity in self.ours or application_id in self.standard
        (self.unchanged if is_known else self.adopted).append(place)
