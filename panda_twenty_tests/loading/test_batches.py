"""Batches that are full across ranges, several in flight, taken apart with few calls, and stopped in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
import stamina

from panda_twenty.ledger.refusals import forget_refusals
from panda_twenty.ledger.state import known_records
from panda_twenty.mapping.records import joined_rows, record_builder
from panda_twenty.twenty import halting, loading, sending
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import NoAnswerBecause, Unclear
from panda_twenty.twenty.halting import TooManyRefused
from panda_twenty.twenty.loading import Load, LoadCounts, load_ranges
from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.records import Actor, upsert_encoded
from panda_twenty_tests.loading.small_practice import UNIQUE, SmallPractice
from panda_twenty_tests.twenty.scripted import failure

Writes = Callable[[], int]


def load_of(practice: SmallPractice, name: str = "person", **more: Any) -> Load:
    return Load(
        practice.client,
        practice.facts(name),
        practice.ledger,
        Actor("tester"),
        UNIQUE[name],
        **more,
    )


def records_of(practice: SmallPractice, keys: set[str], route_name: str = "patients") -> Iterator[Record]:
    route = practice.mapping.route(route_name)
    build = record_builder(route, practice.name)
    for row in joined_rows(route, practice.read):
        if row.row.key in keys:
            yield build(row)


def in_ranges(
    practice: SmallPractice, load: Load, *ranges: range, route: str = "patients"
) -> dict[str, LoadCounts]:
    """Load patients by number, each of these ranges as one of its own."""
    return load_ranges(
        load,
        (
            (f"{part.start}-{part.stop - 1}", records_of(practice, {f"{one:04}" for one in part}, route))
            for part in ranges
        ),
    )


def people(practice: SmallPractice, count: int) -> None:
    for number in range(count):
        practice.patient(f"{number:04}")


def test_ranges_share_their_batches_and_keep_their_own_counts(
    practice: SmallPractice, writes: Writes
) -> None:
    people(practice, 420)
    ranges = [range(30), range(30, 60), range(60, 260), range(260, 420)]
    counts = in_ranges(practice, load_of(practice), *ranges)
    assert writes() == 3
    assert {key: (each.source, each.created) for key, each in counts.items()} == {
        "0-29": (30, 30),
        "30-59": (30, 30),
        "60-259": (200, 200),
        "260-419": (160, 160),
    }
    known = known_records(practice.ledger, "patient", ["0000", "0059", "0419"])
    assert all(each.state == "written" for each in known.values())
    again = in_ranges(practice, load_of(practice), *ranges)
    assert writes() == 0
    assert [each.unchanged for each in again.values()] == [30, 30, 200, 160]


def test_a_bad_record_is_counted_in_its_own_range(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    people(practice, 40)
    practice.patients["0025"]["sex"] = "MARTIAN"
    counts = in_ranges(practice, load_of(practice), range(20), range(20, 40))
    assert [(each.created, each.quarantined) for each in counts.values()] == [(20, 0), (19, 1)]
    assert practice.held_back()["0025"].range_key == "20-39"


def test_the_holders_of_a_value_that_twenty_quotes_cost_one_more_call_together(
    practice: SmallPractice, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    people(practice, 200)
    for key in ("0003", "0090", "0199"):
        practice.patients[key]["sex"] = "MARTIAN"
    loaded = practice.load()
    assert (loaded.created, loaded.quarantined) == (197, 3)
    assert set(practice.held_back()) == {"0003", "0090", "0199"}
    assert writes() == 2


def test_what_twenty_refused_is_not_sent_again_unchanged_and_is_after_a_change(
    practice: SmallPractice, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    people(practice, 10)
    practice.patients["0003"]["sex"] = "MARTIAN"
    practice.load()
    writes()
    loaded = practice.load()
    assert (loaded.unchanged, loaded.quarantined, loaded.adds_up) == (9, 1, True)
    assert writes() == 0
    practice.patients["0003"]["sex"] = "VENUSIAN"
    practice.load()
    assert writes() == 1
    assert set(practice.held_back()) == {"0003"}


def test_what_the_database_refused_is_sent_again_unchanged_by_the_next_run(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty's text for it does not tell a record at fault from a lock or a full disk."""
    people(practice, 10)
    post = TwentyClient._post

    def in_trouble(client: TwentyClient, path: str, body: bytes) -> Any:
        if b"First0003" in body:
            return failure("Data validation error.", "INTERNAL_SERVER_ERROR")
        return post(client, path, body)

    with monkeypatch.context() as patched:
        patched.setattr(TwentyClient, "_post", in_trouble)
        loaded = practice.load()
    assert (loaded.created, loaded.quarantined) == (9, 1)
    assert practice.held_back()["0003"].code == ReasonCode.DATABASE_REFUSED
    loaded = practice.load()
    assert (loaded.created, loaded.unchanged, loaded.quarantined) == (1, 9, 0)


def test_too_large_a_share_of_refusals_halts_the_load_with_advice(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    people(practice, 400)
    for number in range(0, 400, 10):
        practice.patients[f"{number:04}"]["sex"] = f"MARTIAN_{number}"
    with pytest.raises(TooManyRefused, match=r"Of \d+ records of person .* refused 11:") as halted:
        practice.load()
    assert "quarantine list" in halted.value.advice
    assert len(practice.held_back()) == 11


def test_a_share_that_the_operator_allows_does_not_halt_the_load(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])
    people(practice, 200)
    for number in range(0, 200, 10):
        practice.patients[f"{number:04}"]["sex"] = f"MARTIAN_{number}"
    load = load_of(practice, stop_above_percent=20.0)
    (counts,) = in_ranges(practice, load, range(200)).values()
    assert (counts.created, counts.quarantined) == (180, 20)
    (again,) = in_ranges(practice, load, range(200)).values()
    assert (again.unchanged, again.quarantined) == (180, 20)


@pytest.fixture
def two_tolerated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two refusals halt no load, a third may. Nothing is held back by local rules."""
    monkeypatch.setattr(halting, "REFUSALS_TOLERATED", 2)
    monkeypatch.setattr(loading, "check_record", lambda facts, body: [])


def refused(practice: SmallPractice, *numbers: int) -> None:
    """Give these patients a value that Twenty does not take."""
    for number in numbers:
        practice.patients[f"{number:04}"]["sex"] = f"MARTIAN_{number}"


def test_refusals_of_earlier_loads_count_and_what_was_sent_in_them_does_too(
    practice: SmallPractice, two_tolerated: None
) -> None:
    people(practice, 60)
    refused(practice, 0, 1, 20, 40)
    in_ranges(practice, load_of(practice), range(20))
    in_ranges(practice, load_of(practice, stop_above_percent=8.0), range(20, 40))
    with pytest.raises(TooManyRefused, match="Of 60 records of person sent so far, Twenty refused 4:"):
        in_ranges(practice, load_of(practice), range(40, 60))


def test_a_run_after_one_that_halted_halts_as_well_and_sends_nothing_more(
    practice: SmallPractice, writes: Writes, two_tolerated: None
) -> None:
    people(practice, 60)
    refused(practice, *range(0, 60, 5))
    load = load_of(practice, records_per_call=20, in_flight=1)
    with pytest.raises(TooManyRefused) as first:
        in_ranges(practice, load, range(60))
    held_back = set(practice.held_back())
    assert len(held_back) == 3
    writes()
    with pytest.raises(TooManyRefused) as second:
        in_ranges(practice, load, range(60))
    assert second.value.advice == first.value.advice
    assert writes() == 0
    assert set(practice.held_back()) == held_back


def test_what_is_corrected_after_a_halt_goes_by_itself(practice: SmallPractice, two_tolerated: None) -> None:
    people(practice, 20)
    refused(practice, 0, 1, 2)
    with pytest.raises(TooManyRefused):
        in_ranges(practice, load_of(practice), range(20))
    practice.patients["0002"]["sex"] = None
    (counts,) = in_ranges(practice, load_of(practice), range(20)).values()
    assert (counts.created + counts.unchanged, counts.quarantined) == (18, 2)


def test_what_is_tried_again_on_request_is_not_halted_by_what_was_refused_before(
    practice: SmallPractice, two_tolerated: None
) -> None:
    people(practice, 20)
    refused(practice, 0, 1, 2)
    with pytest.raises(TooManyRefused):
        in_ranges(practice, load_of(practice), range(20))
    with pytest.raises(TooManyRefused):
        in_ranges(practice, load_of(practice), range(10))
    assert forget_refusals(practice.ledger) == ["0-19"]
    (counts,) = in_ranges(practice, load_of(practice), range(2, 20)).values()
    assert counts.quarantined == 1


def test_refusals_of_the_few_that_changed_are_a_share_of_all_that_a_load_came_by(
    practice: SmallPractice, two_tolerated: None
) -> None:
    people(practice, 40)
    practice.load()
    refused(practice, 0, 1, 2)
    (counts,) = in_ranges(practice, load_of(practice, stop_above_percent=10.0), range(40)).values()
    assert (counts.unchanged, counts.quarantined) == (37, 3)


def test_batches_fly_beside_each_other_and_all_are_settled(
    practice: SmallPractice, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(practice, 90)
    together, most = 0, 0
    post = TwentyClient._post

    def counting(client: TwentyClient, path: str, body: bytes) -> Any:
        nonlocal together, most
        together += 1
        most = max(most, together)
        try:
            return post(client, path, body)
        finally:
            together -= 1

    monkeypatch.setattr(TwentyClient, "_post", counting)
    running.faults.set(latency_seconds=0.1)
    loaded = load_ranges(
        load_of(practice, records_per_call=10, in_flight=3),
        [("all", records_of(practice, set(practice.patients)))],
    )
    assert loaded["all"].created == 90
    assert most == 3
    entries = list(practice.ledger.entries())
    settled = {entry.content["intent"] for entry in entries if entry.kind == "written"}
    assert settled == {entry.sequence for entry in entries if entry.kind == "intent"}


def test_what_comes_next_is_read_while_a_batch_is_on_its_way(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(practice, 60)
    monkeypatch.setattr(loading, "WINDOW_OF_UNIQUE_VALUES", 20)
    read, next_window_begun, waited = 0, Event(), []
    send = upsert_encoded

    def slowly(*given: Any, **more: Any) -> Any:
        waited.append(next_window_begun.wait(30))
        return send(*given, **more)

    def reading() -> Iterator[Record]:
        nonlocal read
        for record in records_of(practice, set(practice.patients)):
            read += 1
            if read > 20:
                next_window_begun.set()
            yield record

    monkeypatch.setattr(sending, "upsert_encoded", slowly)
    counts = load_ranges(load_of(practice, records_per_call=10, in_flight=1), [("all", reading())])
    assert counts["all"].created == 60
    assert waited == [True] * 6


def test_what_had_arrived_when_another_batch_failed_is_accounted_for(
    practice: SmallPractice, running: Any
) -> None:
    people(practice, 30)
    load = load_of(practice, records_per_call=10, in_flight=3)
    running.faults.set(latency_seconds=0.05, cut_before_next=1)
    with stamina.set_testing(True, attempts=1), pytest.raises(Unclear):
        load_ranges(load, [("all", records_of(practice, set(practice.patients)))])
    states = [
        each.state for each in known_records(practice.ledger, "patient", list(practice.patients)).values()
    ]
    assert sorted(set(states)) == ["intended", "written"]
    assert states.count("intended") == 10
    running.faults.set()
    again = load_ranges(load, [("all", records_of(practice, set(practice.patients)))])
    assert (again["all"].created, again["all"].unchanged) == (10, 20)
    assert practice.verify().verified == 30


def test_a_server_that_takes_fewer_records_is_believed(
    practice: SmallPractice, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older Twenty takes 60; here the stand-in takes 15."""
    monkeypatch.setattr("panda_twenty.sandbox.twenty.records.PAGE", 15)
    people(practice, 90)
    loaded = practice.load()
    assert loaded.created == 90
    sizes = [entry.content["records"] for entry in practice.ledger.entries("written")]
    assert sizes == [15] * 6


def test_a_slow_batch_is_followed_by_smaller_ones(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SLOW_CALL_SECONDS", 0.0)
    people(practice, 100)
    load = load_of(practice, records_per_call=40, in_flight=1)
    load_ranges(load, [("all", records_of(practice, set(practice.patients)))])
    sizes = [entry.content["records"] for entry in practice.ledger.entries("written")]
    assert sizes[:2] == [40, 20]
    assert sum(sizes) == 100
    assert max(sizes[2:]) <= 20


def answered_in_time(
    monkeypatch: pytest.MonkeyPatch, most_records: int, trouble: NoAnswerBecause = NoAnswerBecause.TIME_OUT
) -> list[int]:
    """Let batches of more records meet this trouble. Returns the sizes of all that are sent, as they go."""
    sizes: list[int] = []
    post = TwentyClient._post

    def slow(client: TwentyClient, path: str, body: bytes) -> Any:
        records = json.loads(body)["variables"].get("data", ())
        if records:
            sizes.append(len(records))
        if len(records) > most_records:
            raise Unclear("no answer", because=trouble)
        return post(client, path, body)

    monkeypatch.setattr(TwentyClient, "_post", slow)
    return sizes


def test_a_batch_that_is_not_answered_in_time_goes_on_in_smaller_ones(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(practice, 100)
    sizes = answered_in_time(monkeypatch, 30)
    load = load_of(practice, records_per_call=80, in_flight=1)
    counts = load_ranges(load, [("all", records_of(practice, set(practice.patients)))])
    assert counts["all"].created == 100
    assert sizes == [80, 80, 40, 40, 20, 20, 20, 20, 20]
    entries = list(practice.ledger.entries())
    settled = {entry.content["intent"] for entry in entries if entry.kind == "written"}
    assert settled == {entry.sequence for entry in entries if entry.kind == "intent"}
    assert len(settled) == 2


def test_a_few_records_that_are_not_answered_in_time_end_the_load(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(practice, 40)
    sizes = answered_in_time(monkeypatch, 0)
    with pytest.raises(Unclear):
        practice.load()
    assert sizes == [40, 40, 20, 20, *[10] * 6]


def test_batches_stay_as_large_as_they_are_where_twenty_is_away(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(practice, 40)
    sizes = answered_in_time(monkeypatch, 0, NoAnswerBecause.AWAY)
    with pytest.raises(Unclear):
        practice.load()
    assert set(sizes) == {40}


class Clock:
    """A limiter whose waits pass on no clock but its own."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def acquire(self, cost: int = 1, body_bytes: int = 0) -> None:
        self.now += 1_000.0

    def throttled(self, retry_after: float | None = None, seconds: float = 0.0) -> float | None:
        return None

    def answered(self, seconds: float) -> None:
        return None


def test_the_wait_for_the_rate_limit_does_not_make_batches_smaller(
    practice: SmallPractice, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(practice, 100)
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    with TwentyClient(running.url, running.token, limiter=clock) as client:
        load = load_of(practice, records_per_call=40, in_flight=1)
        load_ranges(replace(load, client=client), [("all", records_of(practice, set(practice.patients)))])
    assert [entry.content["records"] for entry in practice.ledger.entries("written")] == [40, 40, 20]


@pytest.mark.parametrize("records_per_call", [1, 200])
def test_one_record_in_two_ranges_ends_as_it_was_read_last(
    practice: SmallPractice, records_per_call: int
) -> None:
    """Somebody moved it while the ranges were read."""
    practice.patient("1", medical_alert="first")
    earlier = list(records_of(practice, {"1"}))
    practice.patients["1"]["medical_alert"] = "second"
    later = list(records_of(practice, {"1"}))
    load_ranges(load_of(practice, records_per_call=records_per_call), [("a", earlier), ("b", later)])
    assert practice.in_twenty("1")["1"]["medicalAlert"] == "second"


def moved_to(practice: SmallPractice) -> dict[str, str | None]:
    found = practice.in_twenty(*practice.meetings, entity="appointment")
    keys = {practice.id_of(key, "appointment"): key for key in practice.meetings}
    return {key: keys.get(record["movedToId"]) for key, record in found.items()}


def test_a_record_that_names_a_later_one_of_its_kind_goes_once_and_with_the_link(
    practice: SmallPractice, writes: Writes
) -> None:
    for number in range(20):
        practice.meeting(f"{number:02}", moved_to=f"{number + 10:02}" if number < 10 else None)
    loaded = practice.load("meetings")
    assert (loaded.source, loaded.created, loaded.updated, loaded.empty_lookups) == (20, 20, 0, 0)
    assert writes() == 2
    assert moved_to(practice) == {
        f"{number:02}": f"{number + 10:02}" if number < 10 else None for number in range(20)
    }
    again = practice.load("meetings")
    assert (again.unchanged, writes()) == (20, 0)
    assert practice.verify("meetings").verified == 20


def test_a_chain_a_circle_and_a_name_that_leads_nowhere_all_end(
    practice: SmallPractice, writes: Writes
) -> None:
    links = {"1": "2", "2": "3", "3": None, "4": "5", "5": "4", "6": "6", "7": "gone"}
    for key, link in links.items():
        practice.meeting(key, moved_to=link)
    loaded = practice.load("meetings")
    assert loaded.adds_up
    assert (loaded.source, loaded.created, loaded.empty_lookups) == (7, 7, 1)
    assert moved_to(practice) == {**links, "7": None}
    writes()
    again = practice.load("meetings")
    assert (again.source, again.unchanged, again.empty_lookups, writes()) == (7, 7, 1, 0)
    assert practice.verify("meetings").verified == 7


def test_records_that_wait_lie_on_disk_when_they_are_many(
    practice: SmallPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panda_twenty.twenty.waiting.BYTES_IN_MEMORY", 100)
    for number in range(60):
        practice.meeting(f"{number:02}", moved_to=f"{(number + 1):02}" if number < 59 else None)
    assert practice.load("meetings").created == 60
    assert moved_to(practice)["00"] == "01"
    assert practice.verify("meetings").verified == 60
