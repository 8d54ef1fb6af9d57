"""The judge of the fault runs sees what it should: a judge that never finds anything proves nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from panda_twenty.session import Session
from panda_twenty.twenty.records import soft_delete
from panda_twenty_tests.chaos.judging import Snapshot, expected_keys, ids_of, judged, snapshot
from panda_twenty_tests.chaos.proxy import CONTROL, FATES, Weather, serve_proxy
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import change, migrated_workspace, prepare

EXPECTED: Snapshot = {
    ("person", "patient", "1"): {"name": "Ann", "pandaId": "practice/patient/1"},
    ("person", "patient", "2"): {"name": "Bea", "pandaId": "practice/patient/2"},
}


def test_a_workspace_that_holds_what_it_should_is_clean() -> None:
    assert judged(EXPECTED, dict(EXPECTED), strays=0).is_clean


def test_a_record_that_is_not_there_is_lost_and_one_too_many_is_doubled() -> None:
    verdict = judged(EXPECTED, {("person", "patient", "1"): EXPECTED["person", "patient", "1"]}, strays=1)
    assert (verdict.lost, verdict.doubled, verdict.wrong) == (1, 1, 0)
    assert not verdict.is_clean


def test_a_field_that_differs_is_named_without_its_value() -> None:
    actual = {**EXPECTED, ("person", "patient", "2"): {"name": "Cee", "pandaId": "practice/patient/2"}}
    verdict = judged(EXPECTED, actual, strays=0)
    assert (verdict.lost, verdict.doubled, verdict.wrong) == (0, 0, 1)
    assert dict(verdict.fields) == {"person.name": 1}


@pytest.fixture
def session() -> Iterator[Session]:
    """A practice of whose records those stand in Twenty that belong to no patient."""
    with (
        folder_in_memory() as folder,
        migrated_workspace(folder, patients=12) as workspace,
        workspace.session() as session,
    ):
        prepare(session)
        yield session


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


def test_the_weather_follows_its_seed_and_brings_every_kind_of_fault() -> None:
    def fates(seed: str) -> list[str]:
        weather = Weather(seed)
        return [weather.fate("/graphql", b"{}") for _ in range(2_000)]

    assert fates("5") == fates("5") != fates("6")
    assert set(fates("5")) == {"pass", *FATES}


def test_calm_weather_lets_everything_pass_and_counts_what_is_written() -> None:
    weather = Weather("5")
    weather.calm = True
    body = json.dumps({"query": "mutation($data:[PersonCreateInput!]!){createPeople}"}).encode()
    assert {weather.fate("/graphql", body) for _ in range(500)} == {"pass"}
    assert weather.writing_calls == 500


@pytest.fixture
def upstream() -> Iterator[str]:
    """A server that answers every POST with its own body."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_proxy_passes_answers_refuses_and_cuts(upstream: str) -> None:
    told: list[int] = []
    ready = threading.Event()

    def on_ready(port: int) -> None:
        told.append(port)
        ready.set()

    threading.Thread(target=serve_proxy, args=(upstream, "5", 0, on_ready), daemon=True).start()
    assert ready.wait(30)
    seen = set()
    with httpx.Client(base_url=f"http://127.0.0.1:{told[0]}", trust_env=False) as client:
        for _ in range(300):
            try:
                answer = client.post("/graphql", content=b"hello")
            except httpx.TransportError:
                seen.add("cut")
            else:
                seen.add("passed" if answer.content == b"hello" else str(answer.status_code))
        client.put(CONTROL, json={"calm": True})
        assert all(client.post("/graphql", content=b"hello").content == b"hello" for _ in range(50))
    assert seen == {"passed", "cut", "200", "429", "502", "503"}
