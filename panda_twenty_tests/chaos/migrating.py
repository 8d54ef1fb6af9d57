"""A migration as a process of its own that may be killed at any moment: the real stages, without Dagster."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import stamina

from panda_twenty.advice import advice_for
from panda_twenty.cutover.gone import settle_after_load
from panda_twenty.ledger.ledger import now
from panda_twenty.panda.connection import PracticeDatabase
from panda_twenty.panda.errors import LostConnectionError
from panda_twenty.route_verification import keep_verification, verify
from panda_twenty.session import WHOLE, Session, is_patient_scoped, open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import (
    bring_about_data_model,
    confirm_mapping,
    data_model_plan,
    load_route,
    patient_ranges,
    restore_automations,
    settle_automations,
    stage_entity,
    survey_workspace,
)

FAILED_WITH_ADVICE = 3


def migrate_whole(session: Session, *, verified: bool) -> None:
    """Every stop of a migration, in the order in which Dagster's jobs take them."""
    confirm_mapping(session, "chaos")
    bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
    settle_automations(session)
    survey_workspace(session)
    ranges = [each.key for each in patient_ranges(session)]
    staged: set[str] = set()
    for route in session.mapping.routes:
        for entity in route.staged_entities():
            if entity not in staged:
                staged.add(entity)
                for key in ranges if is_patient_scoped(entity) else [WHOLE]:
                    stage_entity(session, entity, key)
    for route in session.mapping.routes:
        keys = ranges if route.is_patient_scoped else [WHOLE]
        for key, loaded in load_route(session, route, keys).items():
            settle_after_load(session, route, key, loaded)
        for key in keys if verified else []:
            began = now()
            found = verify(session, route, key)
            keep_verification(session, route, key, found, began)
            if not found.is_clean:
                raise AssertionError(f"{route.name} differs from the source")
    restore_automations(session)


def migrate_in_process(
    settings: Settings, *, patient: bool, verified: bool, reads_before_the_source_is_lost: int | None
) -> None:
    """The body of the process. ``patient`` waits between retries as in earnest; without it, none waits."""
    retries = nullcontext() if patient else stamina.set_testing(True, attempts=12)
    losing = losing_the_source(reads_before_the_source_is_lost)
    try:
        with retries, losing, open_session(settings, "chaos") as session:
            migrate_whole(session, verified=verified)
    except Exception as problem:
        if advice_for(problem) is None:
            raise
        sys.exit(FAILED_WITH_ADVICE)


@contextmanager
def losing_the_source(reads: int | None) -> Iterator[None]:
    """Let the connection to the practice's database break after so many rows."""
    if reads is None:
        yield
        return
    query, left = PracticeDatabase.query, reads

    def breaking(
        self: PracticeDatabase, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> Iterator[tuple[Any, ...]]:
        nonlocal left
        for row in query(self, sql, parameters, fetch_size=fetch_size):
            left -= 1
            if left < 0:
                raise LostConnectionError("The connection to the practice's database broke.")
            yield row

    PracticeDatabase.query = breaking  # type: ignore[method-assign]
    try:
        yield
    finally:
        PracticeDatabase.query = query  # type: ignore[method-assign]
