"""The data model as a document: what an administrator would create by hand, and what the tool creates.

Everything here is worked out from the wanted objects and, where a workspace was looked at, from the plan; no
server is asked. The steps are numbered in an order that works: objects, their fields, then relations, whose
targets must be there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from panda_twenty.twenty.data_model import (
    AddOptions,
    CreateField,
    CreateObject,
    DataModelPlan,
    FieldModel,
    ObjectModel,
)
from panda_twenty.twenty.data_model.names import PROVIDED_FIELDS
from panda_twenty.twenty.naming import camel_case

State = Literal["create", "already there", "adopted", "add options", "conflict", "comes with the object", ""]
"""What the tool does about an entry; empty where no workspace was looked at."""

TYPE_LABELS: Mapping[str, str] = {
    "TEXT": "Text",
    "NUMBER": "Number",
    "DATE": "Date",
    "DATE_TIME": "Date and Time",
    "BOOLEAN": "True/False",
    "SELECT": "Select",
    "MULTI_SELECT": "Multi-select",
    "RATING": "Rating",
    "CURRENCY": "Currency",
    "PHONES": "Phones",
    "EMAILS": "Emails",
    "ADDRESS": "Address",
    "LINKS": "Links",
    "FULL_NAME": "Full Name",
    "RICH_TEXT": "Rich Text",
    "RAW_JSON": "JSON",
    "ARRAY": "Array",
    "UUID": "Unique ID",
    "FILES": "Files",
    "RELATION": "Relation",
}
"""How Twenty's settings call the types of its API (Twenty 2.21, English)."""

SMALLEST_FAMILY = 8

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class DocumentedOption:
    """One pick-list value; ``position`` counts from 0 in the order in which they are shown."""

    value: str
    label: str
    color: str
    position: int


@dataclass(frozen=True)
class DocumentedRelation:
    """Both ends of a relation: many of ours belong to one ``target``, which gains a list."""

    target: str
    target_label: str
    join_column: str
    """The column through which the API writes our end."""
    reverse_name: str
    """API name of the list that the target gains."""
    reverse_label: str
    reverse_icon: str


@dataclass(frozen=True)
class DocumentedField:
    """One field as it is to be entered."""

    step: str
    """Such as ``2.3.17``; empty for a field that comes with its object."""
    name: str
    label: str
    type: str
    type_label: str
    description: str
    icon: str
    unique: bool
    options: tuple[DocumentedOption, ...]
    settings: Mapping[str, Any] | None
    relation: DocumentedRelation | None
    state: State
    advice: str
    """What to do about a conflict, or which options are added."""


@dataclass(frozen=True)
class DocumentedObject:
    """One object; ``standard`` ones are Twenty's own and only gain fields."""

    step: str
    fields_step: str
    name_singular: str
    name_plural: str
    label_singular: str
    label_plural: str
    icon: str
    description: str
    standard: bool
    state: State
    advice: str
    fields: tuple[DocumentedField, ...]
    relations: tuple[DocumentedField, ...]

    def entries(self) -> Iterator[DocumentedField | FieldFamily]:
        """The fields in order, those that differ only in a number as one family where the first stands."""
        families = _families(self.fields)
        told: set[str] = set()
        for each in self.fields:
            family = families.get(each.name)
            if family is None:
                yield each
            elif family.name not in told:
                told.add(family.name)
                yield family


@dataclass(frozen=True)
class FieldFamily:
    """Fields that differ only in a number, such as one per tooth. ``#`` stands for the number."""

    name: str
    label: str
    members: tuple[DocumentedField, ...]

    @property
    def first(self) -> DocumentedField:
        """The first field; type, options and all else are those of every member."""
        return self.members[0]

    @property
    def span(self) -> str:
        """Such as ``01-32``."""
        first, last = (_NUMBER.search(each.name) for each in (self.members[0], self.members[-1]))
        return f"{first[0]}-{last[0]}" if first and last else ""

    @property
    def states(self) -> Mapping[State, int]:
        """How many members are in which state."""
        return Counter(each.state for each in self.members)


@dataclass(frozen=True)
class DataModelDocument:
    """The whole document. ``workspace`` is the address that was looked at; None where none was."""

    practice: str
    mapping_digest: str
    workspace: str | None
    objects: tuple[DocumentedObject, ...]
    conflicts: tuple[str, ...]

    @property
    def new_objects(self) -> tuple[DocumentedObject, ...]:
        """The objects that Twenty does not bring itself."""
        return tuple(each for each in self.objects if not each.standard)

    @property
    def states(self) -> Mapping[State, int]:
        """How many objects, fields and relations are in which state."""
        counted: Counter[State] = Counter(each.state for each in self.objects)
        for each in self.objects:
            counted.update(field.state for field in (*each.fields, *each.relations))
        return counted

    def as_json(self) -> dict[str, Any]:
        """The document as plain data, complete enough to create everything through Twenty's API."""
        return asdict(self)


def data_model_document(
    wanted: Sequence[ObjectModel],
    *,
    practice: str,
    mapping_digest: str,
    workspace: str | None = None,
    plan: DataModelPlan | None = None,
) -> DataModelDocument:
    """The document of the ``wanted`` objects; with a ``plan``, each entry says what is done about it."""
    marks = _Marks(plan)
    labels = {model.name_singular: model.label_singular for model in wanted}
    new = [model for model in wanted if not model.standard]
    steps = {model.name_singular: f"1.{place}" for place, model in enumerate(new, 1)}
    objects = []
    relation_count = field_place = 0
    for model in wanted:
        fields = [each for each in model.fields if each.relation is None]
        relations = [each for each in model.fields if each.relation is not None]
        if fields:
            field_place += 1
        fields_step = f"2.{field_place}" if fields else ""
        state, advice = marks.object(model)
        objects.append(
            DocumentedObject(
                step=steps.get(model.name_singular, ""),
                fields_step=fields_step,
                name_singular=model.name_singular,
                name_plural=model.name_plural,
                label_singular=model.label_singular,
                label_plural=model.label_plural,
                icon=model.icon,
                description=model.description,
                standard=model.standard,
                state=state,
                advice=advice,
                fields=tuple(_numbered_fields(model, fields, fields_step, marks, labels)),
                relations=tuple(
                    _field(model, each, f"3.{relation_count + place}", marks, labels)
                    for place, each in enumerate(relations, 1)
                ),
            )
        )
        relation_count += len(relations)
    conflicts = tuple(conflict.sentence for conflict in plan.conflicts) if plan else ()
    return DataModelDocument(practice, mapping_digest, workspace, tuple(objects), conflicts)


def _numbered_fields(
    model: ObjectModel,
    fields: Sequence[FieldModel],
    fields_step: str,
    marks: _Marks,
    labels: Mapping[str, str],
) -> Iterator[DocumentedField]:
    place = 0
    for each in fields:
        if not model.standard and each.name in PROVIDED_FIELDS:
            yield _field(model, each, "", marks, labels)
        else:
            place += 1
            yield _field(model, each, f"{fields_step}.{place}", marks, labels)


def _field(
    model: ObjectModel, each: FieldModel, step: str, marks: _Marks, labels: Mapping[str, str]
) -> DocumentedField:
    state, advice = marks.field(model, each)
    return DocumentedField(
        step=step,
        name=each.name,
        label=each.label,
        type=each.type,
        type_label=TYPE_LABELS.get(each.type, each.type),
        description=each.description,
        icon=each.icon,
        unique=each.unique,
        options=tuple(
            DocumentedOption(option.value, option.label, option.color, place)
            for place, option in enumerate(sorted(each.options, key=lambda option: option.position))
        ),
        settings=each.settings,
        relation=_relation(each, labels),
        state=state,
        advice=advice,
    )


def _relation(each: FieldModel, labels: Mapping[str, str]) -> DocumentedRelation | None:
    if each.relation is None or each.join_column is None:
        return None
    return DocumentedRelation(
        target=each.relation.target,
        target_label=labels.get(each.relation.target, each.relation.target),
        join_column=each.join_column,
        reverse_name=camel_case(each.relation.reverse_label),
        reverse_label=each.relation.reverse_label,
        reverse_icon=each.relation.reverse_icon,
    )


def _families(fields: Sequence[DocumentedField]) -> dict[str, FieldFamily]:
    """Families by the name of each member."""
    alike: dict[tuple[Any, ...], list[DocumentedField]] = {}
    for each in fields:
        if (found := _NUMBER.search(each.name)) is None:
            continue
        number = int(found[0])
        label = re.sub(rf"\b0*{number}\b", "#", each.label)
        name = _NUMBER.sub("#", each.name, count=1)
        sort = (name, label, each.type, each.options, each.unique, each.icon, each.description)
        alike.setdefault(sort, []).append(each)
    return {
        member.name: FieldFamily(sort[0], sort[1], tuple(members))
        for sort, members in alike.items()
        if len(members) >= SMALLEST_FAMILY
        for member in members
    }


class _Marks:
    """What the plan says about each object and field."""

    def __init__(self, plan: DataModelPlan | None) -> None:
        self._states: dict[str, tuple[State, str]] = {}
        if plan is None:
            return
        for place in plan.unchanged:
            self._states[place] = ("already there", "")
        for place in plan.adopted:
            self._states[place] = ("adopted", "Somebody else made it; it fits and is used as it is.")
        for step in plan.steps:
            if isinstance(step, CreateObject):
                self._states[step.object_name] = ("create", "")
            elif isinstance(step, CreateField):
                self._states[f"{step.object_name}.{step.model.name}"] = ("create", "")
            elif isinstance(step, AddOptions):
                self._states[f"{step.object_name}.{step.field_name}"] = ("add options", step.sentence)
        for conflict in plan.conflicts:
            place = (
                f"{conflict.object_name}.{conflict.field_name}"
                if conflict.field_name
                else conflict.object_name
            )
            known, advice = self._states.get(place, ("", ""))
            before = f"{advice} " if known == "conflict" else ""
            self._states[place] = ("conflict", before + conflict.sentence)

    def object(self, model: ObjectModel) -> tuple[State, str]:
        return self._states.get(model.name_singular, ("", ""))

    def field(self, model: ObjectModel, each: FieldModel) -> tuple[State, str]:
        known = self._states.get(f"{model.name_singular}.{each.name}")
        if known is not None:
            return known
        if not model.standard and each.name in PROVIDED_FIELDS:
            return ("comes with the object", "")
        return ("", "")
