"""The limiter against a copy of Twenty's own bucket, with its floor and with calls that arrive late."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.twenty.rate_limit import (
    Bucket,
    HeldBucket,
    SharedCallLimiter,
    after_refusal,
    begin,
    grant,
)
from panda_twenty.twenty.shared_bucket import StoredBucket, bucket_file


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class ServerBucket:
    """Twenty 2.21's bucket as measured: refill is floored, and counted from the last success."""

    def __init__(self, tokens: int, now: float) -> None:
        self.tokens = tokens
        self.last = now
        self.refusals = 0

    def call(self, now: float, cost: int = 1) -> bool:
        tokens = min(100, self.tokens + int((now - self.last) * 100 / 60 + 1e-9))
        if tokens < cost:
            self.refusals += 1
            return False
        self.tokens, self.last = tokens - cost, now
        return True


def run(
    clock: Clock, server: ServerBucket, limiter: SharedCallLimiter, *, minutes: float, jitter: float
) -> int:
    """Calls that succeed in this time, sent as the client does, each arriving up to ``jitter`` s late."""
    dice = random.Random(7)
    end, done = clock.now + minutes * 60, 0
    is_granted = False
    while True:
        if not is_granted:
            limiter.acquire()
        if clock.now > end:
            return done
        arrives = max(clock.now + dice.uniform(0, jitter), server.last)
        if server.call(arrives):
            limiter.answered(0.01)
            is_granted = False
            done += 1
        else:
            # Its answer takes a moment, and the client waits before it asks again.
            seconds = arrives - clock.now + 0.005
            clock.sleep(seconds)
            again_after = limiter.throttled(seconds=seconds)
            is_granted = again_after is not None
            clock.sleep(0.65 if again_after is None else again_after)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def server_without_saved_tokens(limiter: SharedCallLimiter, clock: Clock) -> ServerBucket:
    """A server whose full bucket was used up through ``limiter``, but for what that keeps back."""
    server = ServerBucket(100, clock.now)
    for _ in range(90):
        limiter.acquire()
        assert server.call(clock.now)
    return server


def limiter_at(path: Path, clock: Clock) -> SharedCallLimiter:
    bucket = StoredBucket(bucket_file(path / "bucket.sqlite"), "a workspace", clock=clock)
    return SharedCallLimiter(bucket, sleep=clock.sleep)


def test_a_burst_goes_out_at_once_and_then_the_pace_is_the_limit(tmp_path: Path, clock: Clock) -> None:
    limiter = limiter_at(tmp_path, clock)
    start = clock.now
    for _ in range(80):
        limiter.acquire()
    assert clock.now == start
    for _ in range(10):
        limiter.acquire()
    assert clock.now - start < 1.3
    start = clock.now
    for number in range(1, 6):
        limiter.acquire()
        assert 0.6 * number <= clock.now - start < 0.61 * number


def test_a_call_between_two_tokens_waits_for_the_next_when_few_are_left(tmp_path: Path, clock: Clock) -> None:
    """What is earned of a token when a call goes out is lost at the server."""
    limiter = limiter_at(tmp_path, clock)
    server = server_without_saved_tokens(limiter, clock)
    start = clock.now
    for _ in range(200):
        limiter.acquire()
        assert server.call(clock.now)
        clock.sleep(0.25)
    assert clock.now - start < 200 * 0.61
    assert server.tokens >= 9


def test_saved_tokens_that_are_used_together_cost_none_of_the_next_ones(tmp_path: Path, clock: Clock) -> None:
    """The server gets to one of them after the other, and to the last one late."""
    limiter = limiter_at(tmp_path, clock)
    server = server_without_saved_tokens(limiter, clock)
    start, handled, done = clock.now, clock.now, 0
    for _ in range(30):
        clock.sleep(2.5)
        for _ in range(12):
            limiter.acquire()
            handled = max(clock.now, handled + 0.1)
            assert server.call(handled)
            done += 1
    assert done >= 0.92 * (clock.now - start) / 0.6
    assert server.tokens >= 9


def test_saved_tokens_stay_where_answers_take_almost_as_long_as_a_token(tmp_path: Path, clock: Clock) -> None:
    """The server gets to a second call only when the first is done: a saved token would gain nothing."""
    limiter = limiter_at(tmp_path, clock)
    server = server_without_saved_tokens(limiter, clock)
    limiter.answered(2.0)
    clock.sleep(5 * 0.61)
    start = clock.now
    for _ in range(4):
        limiter.acquire()
        assert server.call(clock.now)
    assert clock.now - start > 3 * 0.6
    assert server.tokens >= 13


def test_refusals_in_a_row_slow_the_pace_more_and_more() -> None:
    """One is an accident; several mean that the server allows less than was thought."""
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=0, last=100.0)
    steps = []
    for number in range(8):
        slower = after_refusal(bucket, 100.0 + 10 * number)
        steps.append(slower.slowdown - bucket.slowdown)
        bucket = slower
    assert steps == sorted(steps)
    assert steps[0] < 0.005 < 0.01 < steps[-1] < 0.05


@pytest.mark.parametrize("jitter", [0.0, 0.004])
def test_the_sustained_rate_is_98_per_cent_of_the_limit_without_a_refusal(
    tmp_path: Path, clock: Clock, jitter: float
) -> None:
    server = ServerBucket(100, clock.now)
    done = run(clock, server, limiter_at(tmp_path, clock), minutes=8, jitter=jitter)
    assert done >= 0.98 * 8 * 100
    assert server.refusals == 0


def test_a_small_body_after_a_large_one_does_not_come_to_the_server_too_early(
    tmp_path: Path, clock: Clock
) -> None:
    """The server reads a body before it gets to its call: 12 ms for one of 250 KB."""
    limiter = limiter_at(tmp_path, clock)
    server = server_without_saved_tokens(limiter, clock)
    dice = random.Random(7)
    start = clock.now
    for _ in range(400):
        size = dice.choice((250_000, 250_000, 120_000, 5_000))
        limiter.acquire(1, size)
        assert server.call(clock.now + size * dice.uniform(4.5e-8, 5.5e-8))
    assert 400 * 60 / (clock.now - start) >= 98
    assert server.tokens >= 9


def test_calls_that_arrive_unevenly_cost_few_refusals_and_little_speed(tmp_path: Path, clock: Clock) -> None:
    server = ServerBucket(100, clock.now)
    done = run(clock, server, limiter_at(tmp_path, clock), minutes=8, jitter=0.06)
    assert server.refusals <= 0.05 * done
    assert done >= 0.92 * 8 * 100


def test_a_call_that_came_early_costs_a_moment_and_not_a_pause(tmp_path: Path, clock: Clock) -> None:
    """A refusal leaves the server's bucket as it was, so the same call is taken a few milliseconds later."""
    server = ServerBucket(0, clock.now)
    done = run(clock, server, limiter_at(tmp_path, clock), minutes=8, jitter=0.02)
    assert done >= 0.955 * 8 * 100


def test_a_call_that_is_refused_again_and_again_was_not_early(tmp_path: Path, clock: Clock) -> None:
    limiter = limiter_at(tmp_path, clock)
    for _ in range(90):
        limiter.acquire()
    clock.sleep(0.6)
    limiter.acquire()
    answers = [limiter.throttled(seconds=0.01) for _ in range(5)]
    assert answers[0] == 0.0
    assert answers[3:] == [None, None]
    before = clock.now
    limiter.acquire()
    assert clock.now - before >= 1.2
    limiter.answered(0.01)
    clock.sleep(1.3)
    limiter.acquire()
    clock.sleep(0.1)
    limiter.acquire()
    assert limiter.look().tokens == 0
    assert limiter.throttled(seconds=0.01) is None, "it was to use a token that had been saved"
    clock.sleep(5)
    limiter.acquire()
    assert limiter.look().tokens > 0
    assert limiter.throttled(seconds=0.01) is None, "tokens were left, so somebody else has used them"


def test_a_call_that_went_out_late_pushes_the_next_ones_back_by_as_much() -> None:
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=0, last=100.0)
    bucket, wait = begin(bucket, 100.0, 100.03)
    assert wait == 0
    _, wait = begin(bucket, 100.6, 100.6)
    assert wait == pytest.approx(0.03)
    _, wait = begin(bucket, 100.6, 100.63)
    assert wait == 0
    assert grant(bucket, 1, 100.03).last + bucket.late - 100.03 >= 0.6


def test_a_process_that_stood_still_holds_the_others_up_by_one_token_at_most() -> None:
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=0, last=160.0)
    bucket, wait = begin(bucket, 100.0, 160.0)
    assert wait == 0
    _, wait = begin(bucket, 160.6, 160.6)
    assert wait <= 0.6


def test_a_call_that_woke_early_waits_for_its_own_moment() -> None:
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=0, last=101.0)
    unchanged, wait = begin(bucket, 101.0, 100.995)
    assert unchanged == bucket
    assert wait == pytest.approx(0.005)


def test_what_it_takes_to_get_hold_of_the_bucket_makes_no_call_late(tmp_path: Path, clock: Clock) -> None:
    """Opening the file and locking it takes a few milliseconds; they pass before the moment, not after it."""

    class SlowStore:
        def __init__(self) -> None:
            self.store = StoredBucket(bucket_file(tmp_path / "bucket.sqlite"), "a workspace", clock=clock)

        @contextmanager
        def held(self) -> Iterator[HeldBucket]:
            clock.sleep(0.005)
            with self.store.held() as held:
                yield held

    server = ServerBucket(100, clock.now)
    done = run(clock, server, SharedCallLimiter(SlowStore(), sleep=clock.sleep), minutes=8, jitter=0.0)
    assert done >= 90 + 0.985 * 8 * 100
    assert server.refusals == 0


def test_a_clock_that_is_set_back_holds_nobody_up(tmp_path: Path, clock: Clock) -> None:
    limiter = limiter_at(tmp_path, clock)
    for _ in range(90):
        limiter.acquire()
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds - (3600 if len(slept) == 1 else 0)

    store = StoredBucket(bucket_file(tmp_path / "bucket.sqlite"), "a workspace", clock=clock)
    SharedCallLimiter(store, sleep=sleep).acquire()
    assert sum(slept) < 2


def test_two_loaders_on_one_key_stay_within_the_limit_together(tmp_path: Path, clock: Clock) -> None:
    """Both ask as fast as they can, in turn; the server refuses neither, and both together use the limit."""
    limiters = [limiter_at(tmp_path, clock), limiter_at(tmp_path, clock)]
    server = ServerBucket(100, clock.now)
    end, done = clock.now + 8 * 60, [0, 0]
    while clock.now < end:
        turn = (done[0] + done[1]) % 2
        limiters[turn].acquire()
        assert server.call(clock.now)
        done[turn] += 1
    assert server.refusals == 0
    assert sum(done) >= 0.98 * 8 * 100


def test_a_queue_of_many_calls_keeps_its_distances() -> None:
    """As many as ten ranges with their batches beside each other make."""
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=0, last=1000.0)
    moments = []
    for _ in range(90):
        bucket = grant(bucket, 1, 1000.0)
        moments.append(bucket.last)
    assert all(later - earlier >= 0.6 for earlier, later in pairwise(moments))


@pytest.mark.parametrize("content", [bytes(8192), b"no database at all" * 500])
def test_a_file_that_a_power_cut_damaged_is_made_anew(tmp_path: Path, clock: Clock, content: bytes) -> None:
    (tmp_path / "bucket.sqlite").write_bytes(content)
    limiter = limiter_at(tmp_path, clock)
    limiter.acquire()
    assert limiter.look().tokens == 89
    assert (tmp_path / "bucket.sqlite").stat().st_mode & 0o777 == 0o600


def test_workspaces_do_not_share_a_pace(tmp_path: Path, clock: Clock) -> None:
    url = bucket_file(tmp_path / "bucket.sqlite")
    for workspace in ("one", "another"):
        limiter = SharedCallLimiter(StoredBucket(url, workspace, clock=clock), sleep=clock.sleep)
        before = clock.now
        for _ in range(80):
            limiter.acquire()
        assert clock.now == before


def test_machines_share_a_pace_through_postgresql() -> None:
    """By the database's clock; calls of 40 tokens, of which 90 hold two."""
    url = os.environ.get("PANDA_TEST_POSTGRES")
    if not url:
        pytest.skip("needs a PostgreSQL database in PANDA_TEST_POSTGRES (an SQLAlchemy URL)")
    slept: list[float] = []
    workspace = f"test {uuid.uuid4()}"
    for machine in range(3):
        limiter = SharedCallLimiter(StoredBucket(url, workspace), sleep=slept.append)
        if machine < 2:
            limiter.acquire(40)
            assert slept == []
    with StoredBucket(url, workspace).held() as held:
        assert held.bucket.tokens in range(10, 90 - 2 * 40 + 5)


def test_a_workspace_whose_tokens_are_spent_is_noticed_and_recovered_from(
    tmp_path: Path, clock: Clock
) -> None:
    server = ServerBucket(0, clock.now)
    done = run(clock, server, limiter_at(tmp_path, clock), minutes=8, jitter=0.0)
    assert server.refusals <= 2
    assert done >= 0.97 * 8 * 100


def test_a_call_of_several_root_fields_waits_for_all_of_its_tokens(tmp_path: Path, clock: Clock) -> None:
    limiter = limiter_at(tmp_path, clock)
    server = ServerBucket(100, clock.now)
    for _ in range(60):
        limiter.acquire(8)
        assert server.call(clock.now, 8)
    with pytest.raises(ValueError, match="costs 1 to 90"):
        limiter.acquire(91)


@pytest.mark.parametrize("set_back", [7200.0, 600.0])
def test_a_clock_that_was_set_back_does_not_stop_the_calls(
    tmp_path: Path, clock: Clock, set_back: float
) -> None:
    limiter = limiter_at(tmp_path, clock)
    limiter.acquire()
    clock.now -= set_back
    before = clock.now
    for _ in range(5):
        limiter.acquire()
    assert clock.now == before


def test_several_refusals_of_calls_in_flight_slow_the_pace_once() -> None:
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=10, last=100.0)
    once = after_refusal(bucket, 100.0)
    assert once.tokens == 0
    assert after_refusal(once, 100.1) == once
    recovered = once
    for _ in range(4000):
        recovered = grant(recovered, 1, recovered.last)
    assert recovered.slowdown == pytest.approx(1.0, abs=1e-4)


def test_a_server_that_names_a_time_is_obeyed() -> None:
    bucket = Bucket(capacity=90, seconds_per_token=0.6, tokens=10, last=100.0)
    assert grant(after_refusal(bucket, 100.0, retry_after=30.0), 1, 100.0).last >= 130.0


def test_threads_and_processes_share_one_pace(tmp_path: Path) -> None:
    path = tmp_path / "bucket.sqlite"
    threads = [threading.Thread(target=_acquire_often, args=(path, 12)) for _ in range(2)]
    context = get_context("spawn")
    processes = [context.Process(target=_acquire_often, args=(path, 12)) for _ in range(2)]
    workers: list[Any] = [*threads, *processes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert all(process.exitcode == 0 for process in processes)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT tokens FROM call_schedules").fetchall() == [(90 - 48,)]


def _acquire_often(path: Path, times: int) -> None:
    # A clock that stands still: nothing is earned back, so every grant must show.
    limiter = SharedCallLimiter(StoredBucket(bucket_file(path), "a workspace", clock=lambda: 1_000_000.0))
    for _ in range(times):
        limiter.acquire()
