"""Removing the objects and fields that the migration created, where nothing of others is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import NotFound, Refused, SchemaChanged
from panda_twenty.twenty.records import count, read_all
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, Workspace
from panda_twenty.undo.tally import Rollback

PAGE = 1_000

_DELETE_OBJECT = "mutation($input:DeleteOneObjectInput!){deleteOneObject(input:$input){id}}"
_DELETE_FIELD = "mutation($input:DeleteOneFieldInput!){deleteOneField(input:$input){id}}"

Progress = Callable[[str, int, int], None]


def created_by_us(ledger: Ledger) -> dict[str, str | None]:
    """The objects (``perioExam``) and fields (``person.pandaId``) that the migration created, with their ids.

    None stands for the id where a run was cut off between creating and noting it: it was not there before.
    """
    created: dict[str, str | None] = {}
    for entry in ledger.entries():
        match entry.kind:
            case "data_model_plan":
                created |= dict.fromkeys(entry.content["creates"])
            case "data_model":
                created[entry.content["created"]] = entry.content["id"]
            case "rollback_data_model":
                created.pop(entry.content["removed"], None)
    return created


def _is_ours(created: Mapping[str, str | None], place: str, identity: str) -> bool:
    return place in created and created[place] in (None, identity)


def remove_data_model(
    client: TwentyClient,
    ledger: Ledger,
    workspace: Workspace,
    outcome: Rollback,
    progress: Progress = lambda name, done, total: None,
) -> None:
    """Remove what the migration created and nobody else uses; what is in use stays and is named.

    In a dry run, records of ours that would be destroyed before are not counted as use.
    """
    created = created_by_us(ledger)
    objects = [facts for name, facts in workspace.objects.items() if _is_ours(created, name, facts.id)]
    names = {facts.name for facts in objects}
    fields = [
        (facts, field)
        for facts in workspace.objects.values()
        if facts.name not in names
        for field in facts.fields.values()
        if _is_ours(created, f"{facts.name}.{field.name}", field.id)
    ]
    for facts in objects:
        is_used = count(client, facts, include_deleted=True) > (_undone(outcome, facts.name))
        (outcome.data_model_kept if is_used else outcome.data_model_removed).append(facts.name)
    used = _fields_in_use(client, fields, outcome)
    for facts, field in fields:
        place = f"{facts.name}.{field.name}"
        (outcome.data_model_kept if place in used else outcome.data_model_removed).append(place)
    if outcome.dry_run:
        return
    total = len(outcome.data_model_removed)
    # Fields first: a relation to one of our objects goes before the object.
    leaving = [each for each in fields if f"{each[0].name}.{each[1].name}" in outcome.data_model_removed]
    for done, (facts, field) in enumerate(leaving):
        _remove(client, ledger, _DELETE_FIELD, f"{facts.name}.{field.name}", field.id)
        progress("data model", done + 1, total)
    removed = [facts for facts in objects if facts.name in outcome.data_model_removed]
    for done, facts in enumerate(reversed(removed)):
        _remove(client, ledger, _DELETE_OBJECT, facts.name, facts.id)
        for place, identity in created.items():
            if place.startswith(f"{facts.name}."):
                ledger.note("rollback_data_model", {"removed": place, "id": identity})
        progress("data model", total - len(removed) + done + 1, total)


def _undone(outcome: Rollback, object_name: str) -> int:
    """Records that a dry run only says it would destroy."""
    tally = outcome.objects.get(object_name)
    return tally.destroyed if tally and outcome.dry_run else 0


def _fields_in_use(
    client: TwentyClient, fields: Sequence[tuple[ObjectFacts, FieldFacts]], outcome: Rollback
) -> set[str]:
    """Those of our fields on objects of others that any record left there has a value in.

    One walk over the records of each object. In a dry run ours still stand there, so nothing is said.
    """
    by_object: dict[str, tuple[ObjectFacts, list[str]]] = {}
    for facts, field in fields:
        column = field.relation.join_column if field.relation else field.name
        if column is not None and field.is_active:
            by_object.setdefault(facts.name, (facts, []))[1].append(column)
    used: set[str] = set()
    for name, (facts, columns) in by_object.items():
        if outcome.dry_run and outcome.objects.get(name):
            continue
        for record in read_all(client, facts, columns, page_size=PAGE, include_deleted=True):
            used |= {f"{name}.{each}" for each in columns if holds_something(record[each])}
    return {_field_place(place, fields) for place in used}


def _field_place(place: str, fields: Sequence[tuple[ObjectFacts, FieldFacts]]) -> str:
    """``perioExam.patient`` for the column ``perioExam.patientId``."""
    for facts, field in fields:
        if field.relation and f"{facts.name}.{field.relation.join_column}" == place:
            return f"{facts.name}.{field.name}"
    return place


def holds_something(value: Any) -> bool:
    """Whether a value as Twenty gives it is more than an empty one; false and zero are something."""
    if isinstance(value, Mapping):
        return any(holds_something(part) for part in value.values())
    return value is not None and value not in ("", [], {})


def _remove(client: TwentyClient, ledger: Ledger, mutation: str, place: str, identity: str) -> None:
    try:
        client.metadata(mutation, {"input": {"id": identity}}, resend_safe=True)
    except (NotFound, SchemaChanged):
        # A call whose answer was lost had removed it.
        pass
    except Refused as refusal:
        if refusal.sub_code not in ("NOT_FOUND", "FIELD_METADATA_NOT_FOUND", "OBJECT_METADATA_NOT_FOUND"):
            raise
    ledger.note("rollback_data_model", {"removed": place, "id": identity})
