"""Carrying out a plan, one change at a time.

Measured on Twenty 2.21: one field per request, 0.3 to 0.6 s each, more as the workspace grows; a new
field can be used at once. Each step is safe to repeat: before the first one, and whenever an answer is
unclear, the workspace is read again and what is there already is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from panda_twenty.retries import retry_context
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.data_model.planning import (
    AddOptions,
    CreateField,
    CreateObject,
    DataModelPlan,
    Step,
    field_conflicts,
)
from panda_twenty.twenty.data_model.shapes import FieldModel, ObjectModel
from panda_twenty.twenty.errors import Refused, SchemaChanged, TwentyError, Unclear
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.workspace import Workspace, read_workspace

__all__ = ["apply_data_model"]

_CREATE_OBJECT = "mutation($input:CreateOneObjectInput!){createOneObject(input:$input){id}}"
_CREATE_FIELD = "mutation($input:CreateOneFieldMetadataInput!){createOneField(input:$input){id}}"
_UPDATE_FIELD = "mutation($input:UpdateOneFieldMetadataInput!){updateOneField(input:$input){id options}}"
_OPTIONS = "query($id:UUID!){field(id:$id){options}}"
_ATTEMPTS = 5
_TAKEN = ("NOT_AVAILABLE", "OBJECT_ALREADY_EXISTS")


def apply_data_model(
    client: TwentyClient,
    plan: DataModelPlan,
    progress: Callable[[int, int, str], None] | None = None,
    created: Callable[[str, str], object] | None = None,
) -> Workspace:
    """Take every step of the plan and return the workspace as it is afterwards.

    ``progress(done, total, sentence)`` is called before each step and once at the end; ``created(what, id)``
    after each object (``exam``) and field (``exam.depth``) that came into being, so that its id can be kept
    for a rollback. May be interrupted and repeated, with the same plan or a new one.

    Raises ValueError for a plan with conflicts, SchemaChanged where somebody has meanwhile created something
    else under a planned name, and whatever the client raises.
    """
    if not plan.can_be_applied:
        raise ValueError("a plan with conflicts cannot be applied")
    run = _Run(client, read_workspace(client), created or (lambda what, identity: None))
    total = len(plan.steps)
    for done, step in enumerate(plan.steps):
        if progress is not None:
            progress(done, total, step.sentence)
        run.take(step)
    if progress is not None:
        progress(total, total, "The data model is complete.")
    return read_workspace(client) if plan.steps else run.workspace


def _object_input(model: ObjectModel) -> dict[str, Any]:
    return {
        "object": {
            "nameSingular": model.name_singular,
            "namePlural": model.name_plural,
            "labelSingular": model.label_singular,
            "labelPlural": model.label_plural,
            "icon": model.icon,
            "description": model.description,
            "isLabelSyncedWithName": False,
        }
    }


def _field_input(model: FieldModel, object_id: str, target_id: str | None) -> dict[str, Any]:
    field: dict[str, Any] = {
        "objectMetadataId": object_id,
        "type": model.type,
        "name": model.name,
        "label": model.label,
        "description": model.description,
        "isLabelSyncedWithName": False,
    }
    if model.icon:
        field["icon"] = model.icon
    if model.unique:
        field["isUnique"] = True
    if model.options:
        field["options"] = [
            {"value": each.value, "label": each.label, "color": each.color, "position": place}
            for place, each in enumerate(sorted(model.options, key=lambda option: option.position))
        ]
    if model.settings is not None:
        field["settings"] = dict(model.settings)
    if model.relation is not None:
        field["relationCreationPayload"] = {
            "type": "MANY_TO_ONE",
            "targetObjectMetadataId": target_id,
            "targetFieldLabel": model.relation.reverse_label,
            "targetFieldIcon": model.relation.reverse_icon,
        }
    return {"field": field}


def _may_pass(error: Exception) -> bool:
    """Errors after which looking and trying again is worth it."""
    return isinstance(error, Unclear) or (
        isinstance(error, Refused) and error.reason is ReasonCode.INTERNAL_ERROR
    )


class _Run:
    """One application of a plan: the client and what is known of the workspace by now."""

    def __init__(
        self, client: TwentyClient, workspace: Workspace, created: Callable[[str, str], object]
    ) -> None:
        self._client = client
        self.workspace = workspace
        self._created = created
        self._new_objects: dict[str, str] = {}

    def take(self, step: Step) -> None:
        """Take one step, unless it has been taken."""
        if isinstance(step, AddOptions):
            self._add_options(step)
        elif not self._is_done(step):
            self._create(step)

    def _create(self, step: CreateObject | CreateField) -> None:
        for attempt in retry_context(on=_may_pass, attempts=_ATTEMPTS, timeout=None, wait_initial=1.0):
            with attempt:
                if attempt.num > 1 and self._is_done_after_all(step):
                    identity = self._identity(step)
                else:
                    identity = self._send(step)
        if isinstance(step, CreateObject):
            self._new_objects[step.object_name] = identity
            self._created(step.object_name, identity)
        else:
            self._created(f"{step.object_name}.{step.model.name}", identity)

    def _send(self, step: CreateObject | CreateField) -> str:
        try:
            if isinstance(step, CreateObject):
                answer = self._client.metadata(_CREATE_OBJECT, {"input": _object_input(step.model)})
                return str(answer["createOneObject"]["id"])
            relation = step.model.relation
            target_id = self._object_id(relation.target) if relation else None
            field = _field_input(step.model, self._object_id(step.object_name), target_id)
            answer = self._client.metadata(_CREATE_FIELD, {"input": field})
            return str(answer["createOneField"]["id"])
        except Refused as refusal:
            # Somebody was faster: with the same thing, or with another one of that name.
            if refusal.sub_code in _TAKEN and self._is_done_after_all(step):
                return self._identity(step)
            raise

    def _add_options(self, step: AddOptions) -> None:
        field = self.workspace.object(step.object_name).fields[step.field_name]
        # Read just before, and sent back whole with their ids: an option that is left out, or sent without
        # its id, empties every record that has it (measured).
        present = self._client.metadata(_OPTIONS, {"id": field.id})["field"]["options"] or []
        values = {option["value"] for option in present}
        missing = [option for option in step.missing if option.value not in values]
        if not missing:
            return
        next_place = max((option.get("position") or 0 for option in present), default=-1) + 1
        added = [
            {"value": each.value, "label": each.label, "color": each.color, "position": next_place + place}
            for place, each in enumerate(missing)
        ]
        options = [{key: option.get(key) for key in _OPTION_KEYS} for option in present] + added
        answer = self._client.metadata(
            _UPDATE_FIELD, {"input": {"id": field.id, "update": {"options": options}}}, resend_safe=False
        )
        _prove_options_kept(step, present, answer["updateOneField"]["options"])

    def _object_id(self, name: str) -> str:
        return self._new_objects.get(name) or self.workspace.object(name).id

    def _is_done(self, step: CreateObject | CreateField) -> bool:
        facts = self.workspace.objects.get(step.object_name)
        if isinstance(step, CreateObject) or facts is None:
            return facts is not None
        found = facts.fields.get(step.model.name)
        if found is None:
            return False
        for conflict in field_conflicts(found, step.model):
            raise SchemaChanged(f"Field {step.object_name}.{step.model.name} {conflict}", field=found.name)
        return True

    def _is_done_after_all(self, step: CreateObject | CreateField) -> bool:
        self.workspace = read_workspace(self._client)
        return self._is_done(step)

    def _identity(self, step: CreateObject | CreateField) -> str:
        facts = self.workspace.object(step.object_name)
        return facts.id if isinstance(step, CreateObject) else facts.fields[step.model.name].id


_OPTION_KEYS = ("id", "value", "label", "color", "position")


def _prove_options_kept(
    step: AddOptions, before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]
) -> None:
    kept = {option["id"] for option in after}
    if lost := [option["value"] for option in before if option["id"] not in kept]:
        raise TwentyError(
            f"Twenty replaced options of {step.object_name}.{step.field_name}: {', '.join(lost)}."
            " Records that had them may have been emptied."
        )
