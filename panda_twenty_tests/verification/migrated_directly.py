"""A generated practice in the stand-in, brought there by the stages without Dagster, in seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from panda_twenty.ledger.ledger import now
from panda_twenty.panda.staging import WHOLE
from panda_twenty.route_verification import keep_verification, verify
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import Session, is_patient_scoped, open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import (
    bring_about_data_model,
    data_model_plan,
    load_route,
    patient_ranges,
    settle_automations,
    stage_entity,
    survey_workspace,
)
from panda_twenty.sweeping import Scope, SweepResult, verify_workspace
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification.findings import read_findings


@dataclass
class Workspace:
    """A migrated practice: its settings, and Twenty to change things in."""

    folder: Path
    twenty: Any

    @property
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            twenty_url=self.twenty.url,
            twenty_api_key=SecretStr(self.twenty.token),
            panda_connection=SecretStr(f"sqlite:///{self.folder / 'practice.sqlite'}"),
            panda_twenty_home=self.folder / "home",
            panda_twenty_calls_per_minute=1_000_000,
            panda_twenty_pause_automations=True,
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        with open_session(self.settings) as session:
            yield session


def migrate_directly(session: Session) -> None:
    """The stops of a migration in their order."""
    prepare(session)
    for key in [each.key for each in patient_ranges(session)]:
        migrate_range(session, key)


def prepare(session: Session) -> None:
    bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
    settle_automations(session)
    survey_workspace(session)
    for entity in staged_entities(session):
        if not is_patient_scoped(entity):
            stage_entity(session, entity, WHOLE)
    for route in session.mapping.routes:
        if not route.is_patient_scoped:
            load_and_verify(session, route.name, WHOLE)


def migrate_range(session: Session, key: str) -> None:
    for entity in staged_entities(session):
        if is_patient_scoped(entity):
            stage_entity(session, entity, key)
    for route in session.mapping.routes:
        if route.is_patient_scoped:
            load_and_verify(session, route.name, key)


def staged_entities(session: Session) -> list[str]:
    return list(
        dict.fromkeys(entity for route in session.mapping.routes for entity in route.staged_entities())
    )


def load_and_verify(session: Session, route_name: str, key: str) -> None:
    route = session.mapping.route(route_name)
    load_route(session, route, [key])
    began = now()
    keep_verification(session, route, key, verify(session, route, key), began)


def findings(session: Session, scope: Scope | None = None) -> tuple[SweepResult, list[dict[str, Any]]]:
    """What a verification finds, with its findings as they stand in the file."""
    result = verify_workspace(session, scope or Scope())
    return result, list(read_findings(result.findings))


def change(session: Session, facts: ObjectFacts, twenty_id: str, values: Mapping[str, Any]) -> None:
    """Change a record as a user of Twenty's API would."""
    name = facts.names.type_name
    session.client.records(
        f"mutation($id:UUID!,$data:{name}UpdateInput!){{update{name}(id:$id,data:$data){{id}}}}",
        {"id": twenty_id, "data": dict(values)},
    )


@contextmanager
def migrated_workspace(folder: Path, patients: int) -> Iterator[Workspace]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    write_practice(folder / "practice.sqlite", patients=patients)
    with sandbox.running_twenty(folder / "twenty", rate_limit=None, faults=True) as twenty:
        yield Workspace(folder, twenty)


def told(found: Mapping[str, Any]) -> str:
    return json.dumps(found, default=str, ensure_ascii=False)
