"""What in the workspace would react to every imported record, and how it is paused meanwhile.

A fresh Twenty 2.21 already has such a thing: an active workflow that makes a company out of the e-mail
domain of each new person. No header keeps workflows and webhooks quiet during an import (measured and read
from source), so they are paused and put back:

* of a workflow only the triggers that would fire are soft-deleted, and restored afterwards: no job is queued
  meanwhile and the workflow's own state never changes (measured on 2.21 with an API key). Deleting the
  workflow itself would leave it shown as deactivated, which only a person may change;
* a webhook keeps its address and secret and loses its list of operations until it is restored.

Everything here may be repeated, and what it takes to put things back fits into JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

import httpx

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import NotFound, SchemaChanged

__all__ = [
    "Automation",
    "AutomationKind",
    "PausedAutomation",
    "PausedFor",
    "RestoredAutomation",
    "find_automations",
    "pause",
    "restore",
]

_TRIGGERS = (
    "{workflowAutomatedTriggers(first:1000,filter:{type:{eq:DATABASE_EVENT}})"
    "{edges{node{id workflowId settings}}}}"
)
_WORKFLOW_NAMES = "query($ids:[UUID!]){workflows(first:1000,filter:{id:{in:$ids}}){edges{node{id name}}}}"
_THESE_TRIGGERS = (
    "query($ids:[UUID!]){workflowAutomatedTriggers(first:1000,filter:{id:{in:$ids},"
    "or:[{deletedAt:{is:NULL}},{deletedAt:{is:NOT_NULL}}]}){edges{node{id deletedAt}}}}"
)
_REST_TRIGGER = "mutation($id:UUID!){deleteWorkflowAutomatedTrigger(id:$id){id}}"
_WAKE_TRIGGER = "mutation($id:UUID!){restoreWorkflowAutomatedTrigger(id:$id){id}}"
_WEBHOOKS = "{webhooks{id targetUrl operations}}"
_UPDATE_WEBHOOK = "mutation($input:UpdateWebhookInput!){updateWebhook(input:$input){id operations}}"


def find_automations(client: TwentyClient, object_names: Collection[str]) -> list[Automation]:
    """Active workflows and webhooks that react to changes of these objects, given by singular name.

    Costs two tokens. The key's role must be allowed to read webhooks, else RoleTooWeak: an automation that
    cannot be seen cannot be ruled out.
    """
    names = frozenset(object_names)
    return [*_workflows(client, names), *_webhooks(client, names)]


def pause(client: TwentyClient, automation: Automation) -> PausedAutomation:
    """Keep this automation from reacting. Pausing what is paused or gone already does no harm.

    Store ``PausedAutomation(automation).to_json()`` before the call, so that a run that dies in between can
    be tidied up after.
    """
    if automation.kind is AutomationKind.WEBHOOK:
        if _operations(client, automation.id):
            _set_operations(client, automation.id, ())
    else:
        for trigger, is_at_rest in _at_rest(client, automation.triggers).items():
            if not is_at_rest:
                client.records(_REST_TRIGGER, {"id": trigger}, resend_safe=True)
    return PausedAutomation(automation)


def restore(client: TwentyClient, paused: PausedAutomation) -> RestoredAutomation:
    """Put this automation back. What runs already, or was changed by somebody meanwhile, is left alone.

    Raises NotFound where somebody has removed it for good.
    """
    automation = paused.automation
    if automation.kind is AutomationKind.WEBHOOK:
        operations = _operations(client, automation.id)
        if operations is None:
            raise NotFound
        if operations == ():
            _set_operations(client, automation.id, automation.events)
        return RestoredAutomation(automation, changed=operations == ())
    triggers = _at_rest(client, automation.triggers)
    if not triggers:
        raise NotFound
    for trigger, is_at_rest in triggers.items():
        if is_at_rest:
            client.records(_WAKE_TRIGGER, {"id": trigger}, resend_safe=True)
    return RestoredAutomation(automation, changed=any(triggers.values()))


def _workflows(client: TwentyClient, names: frozenset[str]) -> list[Automation]:
    events: dict[str, set[str]] = {}
    reacting: dict[str, set[str]] = {}
    try:
        triggers = client.records(_TRIGGERS)["workflowAutomatedTriggers"]["edges"]
    except SchemaChanged:
        # Versions without workflows have no such object.
        return []
    for edge in triggers:
        event = str((edge["node"]["settings"] or {}).get("eventName") or "")
        if _objects_of([event], names):
            events.setdefault(edge["node"]["workflowId"], set()).add(event)
            reacting.setdefault(edge["node"]["workflowId"], set()).add(edge["node"]["id"])
    if not events:
        return []
    answer = client.records(_WORKFLOW_NAMES, {"ids": sorted(events)})
    shown = {edge["node"]["id"]: edge["node"]["name"] for edge in answer["workflows"]["edges"]}
    return [
        Automation(
            kind=AutomationKind.WORKFLOW,
            id=identity,
            name=shown.get(identity) or "a workflow without a name",
            events=tuple(sorted(found)),
            objects=_objects_of(found, names),
            triggers=tuple(sorted(reacting[identity])),
        )
        for identity, found in sorted(events.items())
    ]


def _webhooks(client: TwentyClient, names: frozenset[str]) -> list[Automation]:
    return [
        Automation(
            kind=AutomationKind.WEBHOOK,
            id=webhook["id"],
            # The rest of the address may hold a secret.
            name=httpx.URL(webhook["targetUrl"]).host,
            events=tuple(webhook["operations"]),
            objects=_objects_of(webhook["operations"], names),
        )
        for webhook in client.metadata(_WEBHOOKS)["webhooks"]
        if _objects_of(webhook["operations"], names)
    ]


def _objects_of(events: Iterable[str], names: frozenset[str]) -> tuple[str, ...]:
    """Which of these objects the events speak of: ``person.created``, ``person.*``, ``*.created`` ..."""
    touched: set[str] = set()
    for event in events:
        subject = event.partition(".")[0]
        touched |= names if subject == "*" else names & {subject}
    return tuple(sorted(touched))


def _at_rest(client: TwentyClient, triggers: Collection[str]) -> dict[str, bool]:
    """By id, of those triggers that are there: whether they are soft-deleted."""
    if not triggers:
        return {}
    answer = client.records(_THESE_TRIGGERS, {"ids": sorted(triggers)})
    edges = answer["workflowAutomatedTriggers"]["edges"]
    return {edge["node"]["id"]: edge["node"]["deletedAt"] is not None for edge in edges}


def _operations(client: TwentyClient, identity: str) -> tuple[str, ...] | None:
    for webhook in client.metadata(_WEBHOOKS)["webhooks"]:
        if webhook["id"] == identity:
            return tuple(webhook["operations"])
    return None


def _set_operations(client: TwentyClient, identity: str, operations: Collection[str]) -> None:
    change = {"id": identity, "update": {"operations": list(operations)}}
    client.metadata(_UPDATE_WEBHOOK, {"input": change}, resend_safe=True)


class AutomationKind(StrEnum):
    WORKFLOW = "workflow"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Automation:
    """Something that reacts to records. ``name`` is the workflow's name or the webhook's host.

    ``events`` are all events of a webhook, and those of a workflow that concern ``objects``; whatever else
    starts a paused workflow goes on doing so.
    """

    kind: AutomationKind
    id: str
    name: str
    events: tuple[str, ...]
    objects: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    """Of a workflow: ids of the triggers that would fire."""

    @property
    def sentence(self) -> str:
        """For a person who decides whether it is paused."""
        what = "Workflow" if self.kind is AutomationKind.WORKFLOW else "Webhook to"
        return f"{what} {self.name} reacts to {', '.join(self.events)}."


class PausedFor(StrEnum):
    """What goes on while an automation rests: it wakes when that has ended, and not before."""

    MIGRATION = "migration"
    """Or a rollback."""
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class PausedAutomation:
    """What it takes to put an automation back, and for whom it rests."""

    automation: Automation
    paused_for: PausedFor = PausedFor.MIGRATION

    def to_json(self) -> str:
        return json.dumps({**asdict(self.automation), "paused_for": self.paused_for}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        parts = json.loads(text)
        return cls(
            Automation(
                kind=AutomationKind(parts["kind"]),
                id=parts["id"],
                name=parts["name"],
                events=tuple(parts["events"]),
                objects=tuple(parts["objects"]),
                triggers=tuple(parts["triggers"]),
            ),
            PausedFor(parts.get("paused_for", PausedFor.MIGRATION)),
        )


@dataclass(frozen=True, slots=True)
class RestoredAutomation:
    """``changed`` is False where it ran already."""

    automation: Automation
    changed: bool
