"""A workspace with records of its own, and a small practice that is migrated into it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from panda_twenty.ledger.opening import open_ledger
from panda_twenty.twenty.adoption import AdoptionPolicy
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import read_by_ids, set_deleted_at, soft_delete, upsert
from panda_twenty.twenty.workspace import read_workspace
from panda_twenty.undo.dependants import Holders
from panda_twenty.undo.rolling_back import Undoing, roll_back
from panda_twenty.undo.scope import Scope
from panda_twenty.undo.snapshot import SnapshotDifference, compare_snapshots, take_snapshot
from panda_twenty.undo.tally import Rollback
from panda_twenty_tests.loading.small_practice import SmallPractice, prepared_workspace

NAMESPACE = uuid.UUID("5b0c1c59-6f6b-4f0e-8f25-3d4c6b1f7a10")
ADOPT_BY_EMAIL = AdoptionPolicy(("emails",))
ADOPT_DELETED_TOO = AdoptionPolicy(("emails",), deleted_too=True)
LONG_AGO = "2015-05-05T05:05:05.000Z"


@dataclass
class OwnedWorkspace:
    """``own`` adds records that were there before; ``edit`` changes records as a user of Twenty would."""

    client: TwentyClient
    folder: Path
    noted: bool = False
    """Whether the ledger knows of the data model that is created, so that it can be removed."""
    snapshots: int = 0
    practice: SmallPractice = field(init=False)

    def __post_init__(self) -> None:
        if self.noted:
            with closing(open_ledger(self.folder / "home", actor="tester", run_id="model")) as ledger:
                prepared = prepared_workspace(
                    self.client,
                    lambda what, identity: ledger.note("data_model", {"created": what, "id": identity}),
                )
        else:
            prepared = prepared_workspace(self.client)
        self.practice = SmallPractice("owned", self.client, prepared, self.folder / "home")

    def own(self, name: str, **values: Any) -> str:
        """A person of the workspace's own; returns its id."""
        identity = str(uuid.uuid5(NAMESPACE, name))
        body = {"id": identity, "name": {"firstName": name, "lastName": "Own"}, **values}
        upsert(self.client, self.practice.facts("person"), [body])
        return identity

    def own_many(self, number: int) -> list[str]:
        """Persons of the workspace's own: every fifth soft-deleted, every second with a full record."""
        return own_people(self.client, number)

    def edit(self, twenty_id: str, **values: Any) -> None:
        upsert(self.client, self.practice.facts("person"), [{"id": twenty_id, **values}])

    def person(self, twenty_id: str, *fields: str) -> dict[str, Any] | None:
        found = read_by_ids(
            self.client,
            self.practice.facts("person"),
            [twenty_id],
            [*fields, "deletedAt", "createdAt"],
            include_deleted=True,
        )
        return found.get(twenty_id)

    def snapshot(self) -> Path:
        self.snapshots += 1
        file = self.folder / f"snapshot-{self.snapshots}.jsonl"
        take_snapshot(self.client, read_workspace(self.client), file)
        return file

    def changes_since(self, before: Path) -> SnapshotDifference:
        return compare_snapshots(before, self.snapshot())

    def roll_back(
        self,
        scope: Scope | None = None,
        *,
        dry_run: bool = False,
        include_edited: bool = False,
        order: Collection[str] = ("person", "visit"),
    ) -> Rollback:
        workspace = read_workspace(self.client)
        chosen = scope or Scope()
        outcome = Rollback(chosen.as_json(), dry_run, 100)
        return roll_back(
            Undoing(
                client=self.client,
                ledger=self.practice.ledger,
                workspace=workspace,
                holders=Holders(self.client, workspace),
                order=list(order),
                scope=chosen,
                include_edited=include_edited,
                outcome=outcome,
            )
        )


def own_people(client: TwentyClient, number: int) -> list[str]:
    """Persons that stand in a workspace; of the soft-deleted ones, half have been so for long."""
    facts = read_workspace(client).object("person")
    has_alert = "medicalAlert" in facts.fields
    bodies = []
    for each in range(number):
        body: dict[str, Any] = {
            "id": str(uuid.uuid5(NAMESPACE, str(each))),
            "name": {"firstName": f"Own{each}", "lastName": "Person"},
            "emails": {"primaryEmail": f"own{each}@owned.test", "additionalEmails": None},
            "createdAt": datetime(2019, 1, 1, each % 24, tzinfo=UTC).isoformat(),
        }
        if each % 2:
            body |= {
                "jobTitle": f"Job {each}",
                "phones": {
                    "primaryPhoneNumber": f"60755501{each % 90 + 10}",
                    "primaryPhoneCallingCode": "+1",
                },
                "linkedinLink": {"primaryLinkLabel": "Profile", "primaryLinkUrl": f"https://in.test/{each}"},
            }
            if has_alert:
                body |= {"medicalAlert": f"Alert {each}", "dateOfBirth": "1961-02-03", "sex": "OTHER"}
        bodies.append(body)
    ids = [body["id"] for body in bodies]
    for start in range(0, number, 200):
        upsert(client, facts, bodies[start : start + 200])
    deleted = ids[::5]
    set_deleted_at(client, facts, deleted[: len(deleted) // 2], LONG_AGO)
    soft_delete(client, facts, deleted[len(deleted) // 2 :])
    return ids
