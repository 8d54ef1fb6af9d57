"""Looks at the workspace for the preflight page. Reads only; some thirty calls of the rate limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.identity import panda_id
from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.preflight.line import Line, stopped, warned
from panda_twenty.progress import Step, announce
from panda_twenty.session import Session
from panda_twenty.shared_values import wanted_values
from panda_twenty.stages import source_rows, unique_fields
from panda_twenty.twenty import preflight as judged
from panda_twenty.twenty.automations import find_automations
from panda_twenty.twenty.data_model import plan_data_model
from panda_twenty.twenty.errors import RoleTooWeak, TokenRefused, TwentyError
from panda_twenty.twenty.records import RECORDS_PER_CALL
from panda_twenty.twenty.server_facts import key_expiry
from panda_twenty.twenty.standing import (
    Collisions,
    StandingRecords,
    probe_rate_limit,
    read_collisions,
    read_member_ids,
    read_standing,
)
from panda_twenty.twenty.workspace import Workspace

TITLE = "Twenty"
STAGE = "preflight/twenty"


def not_looked_at() -> TwentyFindings:
    """The section of a workspace that no setting names."""
    return TwentyFindings(
        (
            warned(
                "twenty_reachable",
                "Reaching Twenty",
                "Not looked at: TWENTY_URL is not set.",
                "Set TWENTY_URL and TWENTY_API_KEY.",
            ),
        )
    )


def look_at_twenty(
    session: Session,
    mapping: MappingSpecification,
    ledger: Callable[[], Ledger | None],
    *,
    planned: Mapping[str, int],
    providers: int | None,
    reads_source: bool,
    probe: bool = False,
) -> TwentyFindings:
    """Every line about the destination.

    ``ledger`` is asked only once the key is known to be good. ``planned`` are the records to come by object,
    ``reads_source`` says whether the practice's unique values can be compared.
    """
    announce(Step(STAGE, 0, None, "server"))
    try:
        client = session.client
        lines = [
            judged.reachable_line(client.url, client.seconds_to_answer()),
            judged.transport_line(client.url),
            judged.cloud_line(client.url),
        ]
    except TokenRefused as problem:
        return TwentyFindings((_key_line(problem),))
    except TwentyError as problem:
        return TwentyFindings((judged.refused_line(problem),))
    try:
        lines.append(judged.role_line(session.server))
        workspace = session.workspace()
    except TokenRefused as problem:
        return TwentyFindings((*lines, _key_line(problem)))
    except TwentyError as problem:
        return TwentyFindings((*lines, judged.refused_line(problem)))
    known = ledger()
    plan = plan_data_model(workspace, wanted_objects(mapping))
    lines += [
        judged.version_line(client.told_version(), workspace, RECORDS_PER_CALL),
        judged.data_model_line(plan),
        judged.fields_line(workspace, plan),
    ]
    standing: list[StandingRecords] = []

    def records_lines() -> list[Line]:
        standing.extend(_standing(session, mapping, workspace, known, reads_source))
        found = [judged.standing_line(standing)]
        if reads_source:
            found.append(judged.own_ids_line(standing))
            found.append(judged.collisions_line(_collisions(session, mapping, workspace, known, standing)))
        found.append(judged.record_cap_line(standing, planned))
        return found

    def automations_lines() -> list[Line]:
        found = find_automations(client, [each.name for each in mapping.objects])
        return [judged.automations_line(found, may_pause=session.settings.panda_twenty_pause_automations)]

    def members_lines() -> list[Line]:
        assigned = mapping.choices.workspace_members
        return [judged.members_line(assigned, read_member_ids(client), providers)]

    def limit_lines() -> list[Line]:
        measured = probe_rate_limit(client, session.limiter.throttled) if probe else None
        pace = session.settings.panda_twenty_calls_per_minute
        return [judged.rate_limit_line(pace, session.limiter.look(), measured)]

    lines += _answered("standing_records", "Records that are there already", records_lines)
    lines += _answered("automations", "Workflows and webhooks", automations_lines)
    lines += _answered("workspace_members", "Workspace members", members_lines)
    lines += _answered("rate_limit", "Rate limit", limit_lines)
    token = session.settings.twenty_api_key
    announce(Step(STAGE, 1, 1))
    return TwentyFindings(
        tuple(lines),
        in_twenty=sum(each.total for each in standing),
        model_steps=len(plan.steps),
        key_expires=key_expiry(token.get_secret_value()) if token else None,
        answers=True,
    )


def _key_line(problem: TokenRefused) -> Line:
    return stopped("api_key", "API key", str(problem), problem.advice)


def _answered(code: str, title: str, question: Callable[[], list[Line]]) -> list[Line]:
    """The lines, or one that says why there are none."""
    try:
        return question()
    except RoleTooWeak as problem:
        return [stopped(code, title, str(problem), problem.advice)]
    except TwentyError as problem:
        return [warned(code, title, f"Not known. {problem}", problem.advice)]


def _standing(
    session: Session,
    mapping: MappingSpecification,
    workspace: Workspace,
    ledger: Ledger | None,
    reads_source: bool,
) -> list[StandingRecords]:
    prefix = panda_id(session.practice, "", "").removesuffix("/") if reads_source else None
    found = []
    for place, each in enumerate(mapping.objects):
        announce(Step(STAGE, place, len(mapping.objects), each.name))
        facts = workspace.objects.get(each.name)
        if facts is not None and facts.is_active:
            found.append(read_standing(session.client, ledger, facts, prefix))
    return found


def _collisions(
    session: Session,
    mapping: MappingSpecification,
    workspace: Workspace,
    ledger: Ledger | None,
    standing: list[StandingRecords],
) -> list[Collisions]:
    totals = {each.object: each.total for each in standing}
    found = []
    for name, in_twenty in totals.items():
        facts = workspace.objects[name]
        for unique in unique_fields(session, facts):
            announce(Step(STAGE, 0, None, f"{name}.{unique.field}"))
            wanted = wanted_values(
                session.practice, mapping, name, unique, lambda entity: source_rows(session, entity, None)
            )
            found.append(read_collisions(session.client, ledger, facts, unique, wanted, in_twenty))
    return found


@dataclass(frozen=True)
class TwentyFindings:
    """The lines, and the numbers that the rest of the page needs."""

    lines: tuple[Line, ...]
    in_twenty: int = 0
    model_steps: int = 0
    key_expires: datetime | None = None
    answers: bool = False
    """Whether the workspace could be looked at."""
