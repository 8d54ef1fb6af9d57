"""What stands in a workspace is counted right, and nothing is written while counting."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import destroy, soft_delete, upsert
from panda_twenty.twenty.standing import (
    probe_rate_limit,
    read_collisions,
    read_member_ids,
    read_standing,
)
from panda_twenty.twenty.unique_values import UniqueField
from panda_twenty.twenty.workspace import ObjectFacts, read_workspace
from panda_twenty_tests.loading.small_practice import prepared_workspace

EMAILS = UniqueField("emails", "EMAILS", "sharedEmails")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None) as server:
        yield server


@pytest.fixture(scope="module")
def client(running: Any) -> Iterator[TwentyClient]:
    with TwentyClient(running.url, running.token) as one:
        yield one


@pytest.fixture(scope="module")
def person(client: TwentyClient) -> ObjectFacts:
    """The standard object, with a live and a soft-deleted holder of an address, and one that is ours."""
    facts = read_workspace(client).object("person")
    ids = {name: str(uuid.uuid4()) for name in ("live", "deleted", "ours", "bystander")}
    people = [
        {
            "id": identity,
            "name": {"firstName": name, "lastName": "Quill"},
            "emails": {"primaryEmail": f"{name}@x.test"},
        }
        for name, identity in ids.items()
    ]
    upsert(client, facts, people)
    soft_delete(client, facts, [ids["deleted"]])
    PEOPLE.update(ids)
    return facts


PEOPLE: dict[str, str] = {}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    one = open_ledger(tmp_path / "home", actor="tester")
    yield one
    one.close()


def test_live_and_soft_deleted_holders_of_our_values_are_counted_apart(
    client: TwentyClient, person: ObjectFacts, ledger: Ledger
) -> None:
    wanted = {
        "live@x.test": {str(uuid.uuid4())},
        "deleted@x.test": {str(uuid.uuid4()), str(uuid.uuid4())},
        "ours@x.test": {PEOPLE["ours"]},
        "nobody@x.test": {str(uuid.uuid4())},
    }
    standing = read_standing(client, ledger, person, None)
    assert standing.deleted == 1
    for in_twenty in (standing.total, 1):
        found = read_collisions(client, ledger, person, EMAILS, wanted, in_twenty)
        assert (found.live, found.deleted, found.shared) == (1, 1, 1)
    assert read_collisions(client, ledger, person, EMAILS, {}, standing.total).live == 0


def test_records_under_our_ids_that_the_ledger_does_not_know_are_counted(
    client: TwentyClient, ledger: Ledger
) -> None:
    facts = prepared_workspace(client).object("person")
    ids = [str(uuid.uuid4()) for _ in range(3)]
    names = ["lost/patient/1", "lost/patient/2", "other/patient/1"]
    people = [{"id": identity, "pandaId": name} for identity, name in zip(ids, names, strict=True)]
    upsert(client, facts, people)
    soft_delete(client, facts, ids[:1])
    assert read_standing(client, ledger, facts, "lost/").own_unknown == 2
    assert read_standing(client, ledger, facts, "none/").own_unknown == 0
    destroy(client, facts, ids)


def test_counting_writes_nothing(
    client: TwentyClient, person: ObjectFacts, ledger: Ledger, running: Any
) -> None:
    before = dict(running.statistics.calls)
    head = ledger.head()
    standing = read_standing(client, ledger, person, "practice/")
    read_collisions(client, ledger, person, EMAILS, {"live@x.test": {"id"}}, standing.total)
    read_member_ids(client)
    after = running.statistics.calls
    called = {name for name, number in after.items() if number != before.get(name, 0)}
    assert called
    assert called <= {"people", "workspaceMembers"}
    assert ledger.head() == head


def test_a_probe_reads_the_limit_from_the_refusal(tmp_path: Path) -> None:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    limit = sandbox.RateLimit()
    told: list[str] = []
    with (
        sandbox.running_twenty(tmp_path, rate_limit=limit) as server,
        TwentyClient(server.url, server.token) as one,
    ):
        measured = probe_rate_limit(one, lambda: told.append("throttled"))
        assert measured.calls_per_minute == 100
        assert 90 <= measured.calls_before_refusal <= 110
        assert told == ["throttled"]
        cut_short = probe_rate_limit(one, lambda: told.append("again"), most=0)
    assert cut_short.calls_per_minute is None
    assert told == ["throttled"]
