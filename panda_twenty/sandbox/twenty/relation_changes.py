"""Relations: always made as two fields, one on each side; morphs point at several objects."""

from __future__ import annotations

import re
from typing import Any

from panda_twenty.sandbox.twenty import metadata_rules as rules
from panda_twenty.sandbox.twenty.index_changes import add_own_index
from panda_twenty.sandbox.twenty.metadata_changes import Input, MetadataChanges, new_id, one_problem, squeezed
from panda_twenty.sandbox.twenty.names import capitalize, from_label
from panda_twenty.sandbox.twenty.scalars import is_uuid
from panda_twenty.sandbox.twenty.schema import MANY_TO_ONE, ONE_TO_MANY, FieldMetadata, ObjectMetadata


def link_morph(
    changes: MetadataChanges,
    holder: ObjectMetadata,
    target: ObjectMetadata,
    inverse_name: str,
    label: str,
    icon: str,
) -> None:
    """Give ``holder`` a ``target…`` relation to ``target`` and ``target`` the list back."""
    siblings = [one for one in holder.fields.values() if one.type == "MORPH_RELATION"]
    relation = changes.new_field(
        holder,
        {
            "name": f"target{capitalize(target.singular)}",
            "type": "MORPH_RELATION",
            "label": "Target",
            "icon": "IconArrowUpRight",
        },
    )
    relation.morph_id = siblings[0].morph_id if siblings else new_id()
    relation.settings = {
        "relationType": MANY_TO_ONE,
        "onDelete": "SET_NULL",
        "joinColumnName": relation.join_column,
    }
    described = {
        "name": inverse_name,
        "type": "RELATION",
        "label": label,
        "icon": icon,
        "description": f"{capitalize(target.plural)} tied to the {_in_words(holder.singular)}",
    }
    inverse = changes.new_field(target, described)
    inverse.settings = {"relationType": ONE_TO_MANY}
    relation.target_object_id, inverse.target_object_id = target.id, holder.id
    relation.target_field_id, inverse.target_field_id = inverse.id, relation.id
    changes.store.add_field(holder, relation)
    add_own_index(changes, holder, relation)
    changes.store.add_field(target, inverse)


def _in_words(name: str) -> str:
    return capitalize(re.sub(r"([A-Z])", r" \1", name))


def _tied(one: ObjectMetadata, other: ObjectMetadata) -> str:
    """The description that Twenty gives a relation of ``one`` that has none."""
    return f"{capitalize(one.plural)} tied to the {other.label_singular}"


def _settings(one: FieldMetadata, kind: str) -> Input:
    if kind == MANY_TO_ONE:
        return {"relationType": kind, "onDelete": "SET_NULL", "joinColumnName": one.join_column}
    return {"relationType": kind}


def other_side(
    changes: MetadataChanges, parent: ObjectMetadata, one: FieldMetadata, payload: Any, message: str
) -> tuple[ObjectMetadata, FieldMetadata]:
    code = "INVALID_FIELD_INPUT"
    if not isinstance(payload, dict):
        raise one_problem(
            message.removesuffix("s"), rules.problem(code, "Relation creation payload is required")
        )
    wanted = {key: squeezed(value) for key, value in payload.items()}
    malformed = "FIELD_METADATA_RELATION_MALFORMED"
    complaints = [
        f"{key} {complaint}"
        for key, complaint, fits in (
            (
                "type",
                "must be one of the following values: MANY_TO_ONE, ONE_TO_MANY",
                wanted.get("type") in (MANY_TO_ONE, ONE_TO_MANY),
            ),
            ("targetObjectMetadataId", "must be a UUID", is_uuid(wanted.get("targetObjectMetadataId"))),
            ("targetFieldLabel", "must be a string", isinstance(wanted.get("targetFieldLabel"), str)),
            ("targetFieldIcon", "must be a string", isinstance(wanted.get("targetFieldIcon"), str)),
        )
        if not fits
    ]
    if complaints:
        told = f"Relation creation payload is invalid: {', '.join(complaints)}"
        problem = rules.problem(malformed, told, "Invalid relation creation payload", value=payload)
        raise one_problem(message.removesuffix("s"), problem)
    target = changes.schema.objects.get(wanted["targetObjectMetadataId"])
    if target is None:
        told = "Object metadata relation target not found for relation creation payload"
        raise one_problem(
            message.removesuffix("s"),
            rules.problem(malformed, told, "Object targeted by field to create not found", value=payload),
        )
    other = changes.new_field(
        target,
        {
            "name": from_label(wanted["targetFieldLabel"]),
            "type": "RELATION",
            "label": wanted["targetFieldLabel"],
            "icon": wanted["targetFieldIcon"],
            "description": _tied(target, parent),
        },
    )
    other_kind = ONE_TO_MANY if wanted["type"] == MANY_TO_ONE else MANY_TO_ONE
    one.settings, other.settings = (
        _settings(one, wanted["type"]),
        _settings(other, other_kind),
    )
    one.default, one.options, one.icon = None, None, one.icon or "IconRelationOneToMany"
    one.description = one.description or _tied(parent, target)
    one.target_object_id, other.target_object_id = target.id, parent.id
    one.target_field_id, other.target_field_id = other.id, one.id
    return target, other


def create_morph(
    changes: MetadataChanges, parent: ObjectMetadata, given: Input, message: str
) -> FieldMetadata:
    payloads = given.get("morphRelationsCreationPayload")
    if not isinstance(payloads, list) or not payloads:
        raise one_problem(
            message, rules.problem("INVALID_FIELD_INPUT", "Relation creation payload is required")
        )
    morph_id = new_id()
    made: list[tuple[ObjectMetadata, FieldMetadata]] = []
    report = rules.Report()
    for payload in payloads:
        one = changes.new_field(parent, given)
        target, other = other_side(changes, parent, one, payload, message)
        one.name += capitalize(target.singular if one.is_to_one else target.plural)
        one.settings = _settings(one, (one.settings or {})["relationType"])
        one.morph_id = morph_id
        for holder, each in ((parent, one), (target, other)):
            report.add("fieldMetadata", "create", {"name": each.name}, rules.new_field_problems(holder, each))
            made.append((holder, each))
    report.raise_if_any(message)
    with changes.making():
        for holder, each in made:
            changes.store.add_field(holder, each)
            if each.is_to_one:
                add_own_index(changes, holder, each)
    return made[0][1]
