"""On a server that stays, a fault run sees all that it did there, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panda_twenty.sandbox.practice import write_practice
from panda_twenty.sandbox.twenty import running_twenty
from panda_twenty.session import Session, open_session
from panda_twenty.twenty.automations import find_automations
from panda_twenty.twenty.records import count, soft_delete, upsert
from panda_twenty_tests.chaos.judging import expected_keys, ids_of, judged, snapshot
from panda_twenty_tests.chaos.running import Ground, free_port, left_as_it_was, settings_for
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import change, prepare

STRAY = "8d7c0d6e-0000-4000-8000-0000000000a1"


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A stand-in that is taken for a real server."""
    with folder_in_memory() as folder, running_twenty(folder / "twenty", rate_limit=None) as twenty:
        write_practice(folder / "practice.sqlite", patients=12)
        yield Ground(
            folder, folder / "practice.sqlite", None, twenty.url, twenty.token, "chaos-test", port=free_port()
        )


@pytest.fixture
def session(
    ground: Ground, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """Run 7 has paused the workflows and loaded the records that belong to no patient."""
    monkeypatch.setenv("PANDA_TWENTY_CALLS_PER_MINUTE", "1000000")
    folder = ground.folder / "run-7"
    settings = settings_for(ground, folder, ground.slug(7), ground.url or "", ground.token or "")
    with open_session(settings) as session:
        prepare(session)
        yield session
    if settings.panda_twenty_home.is_dir():
        left_as_it_was(ground, [], 7)


def test_a_hidden_record_is_lost_and_a_marked_one_is_wrong(session: Session) -> None:
    keys = expected_keys(session)
    expected, strays = snapshot(session, keys)
    assert (len(expected), strays) == (len(keys), 0)
    companies = [one for one, key in ids_of(session.practice, keys).items() if key[0] == "company"]
    facts = session.facts("company")
    soft_delete(session.client, facts, companies[:1])
    change(session, facts, companies[1], {"sourceDeletedAt": "2026-01-02T03:04:05.000Z"})
    verdict = judged(expected, *snapshot(session, keys))
    assert (verdict.lost, verdict.doubled, verdict.wrong) == (1, 0, 1)
    assert dict(verdict.fields) == {"company.sourceDeletedAt": 1}
    # Of a record that should not be there it does not matter whether it is hidden.
    assert snapshot(session, [each for each in keys if each[0] != "company"])[1] == len(companies)


def test_what_a_run_left_is_taken_back_however_it_ended(ground: Ground, session: Session) -> None:
    client, people = session.client, session.facts("person")
    upsert(client, people, [{"id": STRAY}], actor=session.actor)
    soft_delete(client, people, [STRAY])
    ours = {"createdBy": {"name": {"eq": session.actor.name}}}
    names = [each.name for each in session.mapping.objects]

    def left() -> int:
        return sum(
            count(client, facts, ours, include_deleted=True)
            for facts in map(session.facts, names)
            if "createdBy" in facts.fields
        )

    assert left() > 1
    assert not find_automations(client, names)
    left_as_it_was(ground, [], 7)
    assert left() == 0
    assert find_automations(client, names)


def test_all_runs_keep_one_pace(ground: Ground) -> None:
    def home(of: Ground, seed: int) -> Path:
        return settings_for(of, ground.folder / f"run-{seed}", "a", "http://a.test", "b").panda_twenty_home

    assert home(ground, 8) == home(ground, 9)
    apart = Ground(ground.folder, ground.practice, ground.folder, None, None)
    assert home(apart, 8) != home(apart, 9)
