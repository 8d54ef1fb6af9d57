"""The stand-in as a piece of software: what it keeps, how it fails on demand, how it matches and holds up."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from panda_twenty.sandbox.twenty import RateLimit, RunningTwenty, running_twenty

client = httpx.Client(timeout=60)
"""One for all tests: making a client costs more than a call."""


def _post(twenty: RunningTwenty, path: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = client.post(
        f"{twenty.url}/{path}",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {twenty.token}"},
    )
    body: dict[str, Any] = answer.json()
    return body


def graphql(twenty: RunningTwenty, query: str, **variables: Any) -> dict[str, Any]:
    return _post(twenty, "graphql", query, **variables)


def data(twenty: RunningTwenty, query: str, **variables: Any) -> Any:
    body = graphql(twenty, query, **variables)
    assert "errors" not in body, body
    return body["data"]


def make_object(twenty: RunningTwenty, name: str, fields: list[dict[str, Any]]) -> None:
    body = _post(
        twenty,
        "metadata",
        "mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id}}",
        i={
            "object": {
                "nameSingular": name,
                "namePlural": f"{name}s",
                "labelSingular": name,
                "labelPlural": f"{name}s",
            }
        },
    )
    object_id = body["data"]["createOneObject"]["id"]
    for field in fields:
        made = _post(
            twenty,
            "metadata",
            "mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id}}",
            i={"field": {"objectMetadataId": object_id, "label": field["name"], **field}},
        )
        assert "errors" not in made, made


def names(twenty: RunningTwenty, condition: dict[str, Any]) -> set[str]:
    found = data(twenty, "query($f:X){visits(filter:$f){edges{node{name}}}}", f=condition)
    return {edge["node"]["name"] for edge in found["visits"]["edges"]}


@pytest.fixture
def twenty(tmp_path: Path) -> Iterator[RunningTwenty]:
    with running_twenty(tmp_path / "twenty", rate_limit=None, faults=True) as running:
        yield running


VISIT: list[dict[str, Any]] = [
    {"type": "TEXT", "name": "sourceKey", "isUnique": True},
    {"type": "NUMBER", "name": "fee"},
]


# --- what it keeps -------------------------------------------------------------------------------


def test_objects_records_and_the_key_survive_a_restart(tmp_path: Path) -> None:
    with running_twenty(tmp_path, rate_limit=None) as first:
        make_object(first, "visit", VISIT)
        data(first, "mutation($d:X){createVisit(data:$d){id}}", d={"name": "kept", "sourceKey": "1"})
        token = first.token
    with running_twenty(tmp_path, rate_limit=None) as second:
        assert second.token == token
        assert names(second, {"sourceKey": {"eq": "1"}}) == {"kept"}


def test_the_data_directory_and_the_key_are_private(tmp_path: Path) -> None:
    directory = tmp_path / "twenty"
    with running_twenty(directory):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((directory / "api-key.txt").stat().st_mode) == 0o600


def test_it_listens_on_loopback_only(twenty: RunningTwenty) -> None:
    assert twenty.url.startswith("http://127.0.0.1:")


# --- matching ------------------------------------------------------------------------------------


def test_an_upsert_updates_by_a_unique_field_and_creates_the_rest(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)
    upsert = "mutation($d:X){createVisits(data:$d,upsert:true){id name}}"
    first = data(twenty, upsert, d=[{"sourceKey": "a", "name": "old"}])["createVisits"]
    second = data(twenty, upsert, d=[{"sourceKey": "a", "name": "new"}, {"sourceKey": "b", "name": "other"}])
    by_name = {each["name"]: each["id"] for each in second["createVisits"]}
    assert by_name["new"] == first[0]["id"]
    assert names(twenty, {}) == {"new", "other"}


def test_a_second_record_with_a_taken_unique_value_is_refused(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)
    create = "mutation($d:X){createVisit(data:$d){id}}"
    data(twenty, create, d={"sourceKey": "a"})
    body = graphql(twenty, create, d={"sourceKey": "a"})
    assert body["errors"][0]["message"] == "A duplicate entry was detected"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"fee": {"gt": 1}}, {"two", "three"}),
        ({"fee": {"in": [1, 3]}}, {"one", "three"}),
        ({"fee": {"is": "NULL"}}, {"none"}),
        ({"name": {"ilike": "T%"}}, {"two", "three"}),
        ({"not": {"fee": {"eq": 1}}}, {"two", "three"}),
        ({"or": [{"fee": {"eq": 1}}, {"name": {"eq": "none"}}]}, {"one", "none"}),
        ({"and": []}, {"one", "two", "three", "none"}),
    ],
)
def test_a_filter_finds_what_twenty_finds(
    shared: RunningTwenty, condition: dict[str, Any], expected: set[str]
) -> None:
    assert names(shared, condition) == expected


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwenty]:
    with running_twenty(tmp_path_factory.mktemp("shared"), rate_limit=None) as running:
        make_object(running, "visit", VISIT)
        rows = [{"name": "one", "fee": 1}, {"name": "two", "fee": 2}, {"name": "three", "fee": 3}]
        data(running, "mutation($d:X){createVisits(data:$d){id}}", d=[*rows, {"name": "none"}])
        yield running


def test_groups_count_and_sum(shared: RunningTwenty) -> None:
    groups = data(
        shared,
        "{visitsGroupBy(groupBy:[{name:true}],orderBy:[{name:AscNullsLast}],limit:1){groupByDimensionValues sumFee}}",  # noqa: E501
    )
    assert groups["visitsGroupBy"] == [{"groupByDimensionValues": ["none"], "sumFee": None}]


# --- size and speed ------------------------------------------------------------------------------


def test_five_thousand_ids_are_found_in_one_filter(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)
    ids = [str(uuid4()) for _ in range(5000)]
    create = "mutation($d:X){createVisits(data:$d){id}}"
    data(twenty, create, d=[{"id": each} for each in ids[:200]])
    found = data(twenty, "query($f:X){visits(filter:$f){totalCount}}", f={"id": {"in": ids}})
    assert found["visits"]["totalCount"] == 200


@dataclass
class Work:
    """How much SQLite has done, in hundreds of its virtual machine's instructions."""

    hundreds: int = 0

    def done(self) -> None:
        self.hundreds += 1


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """The work of whatever database is opened from now on."""
    counted, connect = Work(), sqlite3.connect

    def connected(*given: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **more)
        connection.set_progress_handler(counted.done, 100)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connected)
    return counted


def test_a_field_more_takes_no_more_work_than_those_before(work: Work, tmp_path: Path) -> None:
    with running_twenty(tmp_path, rate_limit=None) as twenty:
        costs = []
        for name, count in (("visit", 20), ("call", 100)):
            before = work.hundreds
            make_object(
                twenty, name, [{"type": "NUMBER", "name": f"value{number}"} for number in range(count)]
            )
            costs.append(work.hundreds - before)
    assert 0 < costs[1] < 10 * costs[0]


def test_records_of_250_fields_take_the_work_of_their_fields(work: Work, tmp_path: Path) -> None:
    costs = []
    with running_twenty(tmp_path, rate_limit=None) as twenty:
        for name, plural, count in (("visit", "Visits", 25), ("call", "Calls", 250)):
            fields = [{"type": "TEXT", "name": f"value{number}"} for number in range(count)]
            make_object(twenty, name, fields)
            rows = [{field["name"]: "some text" for field in fields} for _ in range(200)]
            before = work.hundreds
            made = data(twenty, f"mutation($d:X){{create{plural}(data:$d,upsert:true){{id}}}}", d=rows)
            costs.append(work.hundreds - before)
            assert len(made[f"create{plural}"]) == 200
    assert 0 < costs[1] < 15 * costs[0]


def test_the_last_of_many_batches_takes_the_work_that_the_first_did(work: Work, tmp_path: Path) -> None:
    upsert = "mutation($d:X){createVisits(data:$d,upsert:true){id}}"
    costs = []
    with running_twenty(tmp_path, rate_limit=None) as twenty:
        make_object(twenty, "visit", VISIT)
        for batch in range(60):
            rows = [{"sourceKey": f"{batch}-{number}", "fee": number} for number in range(200)]
            before = work.hundreds
            data(twenty, upsert, d=rows)
            costs.append(work.hundreds - before)
    assert 0 < sum(costs[-20:]) < 2 * sum(costs[:20])


def test_pages_follow_one_another_through_twenty_thousand_records(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)
    upsert = "mutation($d:X){createVisits(data:$d,upsert:true){id}}"
    for batch in range(100):
        data(twenty, upsert, d=[{"sourceKey": f"{batch}-{number}", "fee": number} for number in range(200)])
    seen: set[str] = set()
    after = None
    for _ in range(100):
        page = data(
            twenty,
            "query($a:X){visits(first:200,after:$a){edges{node{id}} pageInfo{endCursor}}}",
            a=after,
        )["visits"]
        seen |= {edge["node"]["id"] for edge in page["edges"]}
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == 20_000


def test_two_clients_that_upsert_the_same_keys_make_no_duplicates(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)
    rows = [{"sourceKey": str(number)} for number in range(50)]
    upsert = "mutation($d:X){createVisits(data:$d,upsert:true){id}}"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: data(twenty, upsert, d=rows), range(6)))
    assert _count(twenty) == 50


def test_calls_in_flight_together_are_all_answered(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)

    def create(number: int) -> None:
        data(twenty, "mutation($d:X){createVisit(data:$d){id}}", d={"sourceKey": str(number)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create, range(64)))
    assert data(twenty, "{visits{totalCount}}")["visits"]["totalCount"] == 64


# --- throttling ----------------------------------------------------------------------------------


def test_a_small_bucket_throttles_and_says_so(tmp_path: Path) -> None:
    with running_twenty(tmp_path, rate_limit=RateLimit(long_tokens=3)) as twenty:
        bodies = [graphql(twenty, "{companies(first:1){totalCount}}") for _ in range(5)]
    refused = [body for body in bodies if "errors" in body]
    assert len(refused) == 2
    assert all("Limit reached" in body["errors"][0]["message"] for body in refused)
    assert twenty.statistics.as_json()["throttled"] == 2


# --- faults --------------------------------------------------------------------------------------


def _count(twenty: RunningTwenty) -> int:
    total: int = data(twenty, "{visits{totalCount}}")["visits"]["totalCount"]
    return total


@pytest.mark.parametrize(("fault", "written"), [("cut_before_next", 0), ("cut_after_next", 1)])
def test_a_cut_connection_loses_the_answer_before_or_after_the_commit(
    twenty: RunningTwenty, fault: str, written: int
) -> None:
    make_object(twenty, "visit", VISIT)
    twenty.faults.set(**{fault: 1})
    with pytest.raises(httpx.TransportError):
        graphql(twenty, "mutation{createVisit(data:{}){id}}")
    assert _count(twenty) == written
    data(twenty, "mutation{createVisit(data:{}){id}}")
    assert _count(twenty) == written + 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_the_next_calls_are_answered_with_a_status(twenty: RunningTwenty, status: int) -> None:
    headers = {"Authorization": f"Bearer {twenty.token}"}
    plan = {"status": status, "status_next": 2, "only_writes": False}
    httpx.put(f"{twenty.url}/sandbox/faults", json=plan, headers=headers).raise_for_status()
    codes = [
        httpx.post(f"{twenty.url}/graphql", json={"query": "{companies{totalCount}}"}, headers=headers)
        for _ in range(3)
    ]
    assert [each.status_code for each in codes] == [status, status, 200]


def test_without_faults_there_is_nothing_to_control(tmp_path: Path) -> None:
    with running_twenty(tmp_path) as twenty:
        assert httpx.get(f"{twenty.url}/sandbox/faults").status_code == 404


def test_a_server_killed_inside_an_upsert_has_written_the_updates_only(tmp_path: Path) -> None:
    with running_twenty(tmp_path, rate_limit=None) as twenty:
        make_object(twenty, "visit", VISIT)
        data(twenty, "mutation($d:X){createVisit(data:$d){id}}", d={"sourceKey": "a", "name": "old"})
    command = [sys.executable, "-m", "panda_twenty.sandbox.twenty", str(tmp_path)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--no-rate-limit", "--faults"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        assert process.stdout is not None
        url, token = (process.stdout.readline().strip() for _ in range(2))
        headers = {"Authorization": f"Bearer {token}"}
        httpx.put(f"{url}/sandbox/faults", json={"kill_between_steps_next": 1}, headers=headers)
        query = "mutation($d:X){createVisits(data:$d,upsert:true){id}}"
        rows = [{"sourceKey": "a", "name": "new"}, {"sourceKey": "b", "name": "lost"}]
        with pytest.raises(httpx.TransportError):
            httpx.post(
                f"{url}/graphql", json={"query": query, "variables": {"d": rows}}, headers=headers, timeout=30
            )
        assert process.wait(timeout=30) == 137
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    with running_twenty(tmp_path, rate_limit=None) as again:
        assert names(again, {}) == {"new"}


def test_statistics_count_calls_and_records(twenty: RunningTwenty) -> None:
    make_object(twenty, "visit", VISIT)
    data(twenty, "mutation($d:X){createVisits(data:$d){id}}", d=[{}, {}])
    counted = httpx.get(f"{twenty.url}/sandbox/stats").json()
    assert counted["recordsWritten"] == 2
    assert counted["calls"]["createVisits"] == 1
