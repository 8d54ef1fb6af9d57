"""Pacing calls so that Twenty's rate limit is used to the full and hardly ever refuses.

Twenty 2.21 keeps one token bucket per workspace, shared by every API key of it: 100 tokens, one token per
root field, and a refill of ``floor((now - last_success) * 100 / 60 s)`` at each successful call (measured;
api.md section 7). Because of the floor, a call that follows another within 600 ms earns nothing back. A
sliding window ("100 per 60 s") does not describe that: after a burst it would promise calls that Twenty
refuses. So this limiter keeps the same bucket as the server does, a little more cautiously, in a SQLite
file that all processes on this machine share.

Calls to /metadata are not limited by Twenty and never come here.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

__all__ = ["Bucket", "CallLimiter", "NoLimit", "SharedCallLimiter", "after_refusal", "grant"]

DEFAULT_CALLS_PER_MINUTE = 100

# Twenty measures the distance between calls when it gets to them, not when they are sent. One per cent more
# than the exact distance keeps that jitter from costing a token at every second call.
_MARGIN = 1.01
# Tokens that the server has and this limiter does not give out: they absorb calls that arrive too close.
_RESERVE = 10
# After a refusal, calls pause long enough to earn this many tokens, which become the new reserve.
_PAUSE_TOKENS = 2
# Each refusal slows the pace by this much; each granted call takes back a part of what was added.
_SLOWDOWN = 1.03
_SLOWEST = 2.0
_RECOVERY = 0.998
# A bucket whose clock lies further ahead than this was written before the system clock was set back.
_FURTHEST_AHEAD_SECONDS = 900.0


def grant(bucket: Bucket, cost: int, now: float) -> Bucket:
    """The bucket after a call of ``cost`` root fields, whose ``last`` is the moment the call may go out.

    ``now`` is in seconds since the epoch. The moment is never before ``now``, nor before an earlier grant.
    """
    last = bucket.last if bucket.last - now < _FURTHEST_AHEAD_SECONDS else now
    pace = bucket.seconds_per_token * bucket.slowdown
    moment = max(now, last + max(0, cost - bucket.tokens) * pace)
    earned = int((moment - last) / pace + 1e-6)
    return replace(
        bucket,
        tokens=min(bucket.capacity, bucket.tokens + earned) - cost,
        last=moment,
        slowdown=1 + (bucket.slowdown - 1) * _RECOVERY,
    )


def after_refusal(bucket: Bucket, now: float, retry_after: float | None = None) -> Bucket:
    """The bucket after the server refused a call: it is empty, the pace is slower, and calls pause.

    Several calls in flight are refused together; only the first refusal of a pause counts.
    """
    pause = max(_PAUSE_TOKENS * bucket.seconds_per_token, retry_after or 0.0)
    if bucket.pause_until > now and retry_after is None:
        return bucket
    return replace(
        bucket,
        tokens=0,
        last=max(bucket.last, now + pause),
        slowdown=min(_SLOWEST, bucket.slowdown * _SLOWDOWN),
        pause_until=now + pause,
    )


def _full_bucket(calls_per_minute: int, now: float) -> Bucket:
    capacity = max(1, calls_per_minute - _RESERVE)
    return Bucket(capacity, 60.0 / calls_per_minute * _MARGIN, tokens=capacity, last=now)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What this tool believes of Twenty's bucket. Moments are seconds since the epoch."""

    capacity: int
    seconds_per_token: float
    tokens: int
    last: float
    slowdown: float = 1.0
    pause_until: float = 0.0


class CallLimiter(Protocol):
    """Asked before each call to /graphql, and told when the server refused one nevertheless."""

    def acquire(self, cost: int = 1) -> None:
        """Return when a call of ``cost`` root fields may go out."""

    def throttled(self, retry_after: float | None = None) -> None:
        """The server refused a call; ``retry_after`` is in seconds where it said so."""


class NoLimit:
    """Never waits: for tests, and for servers whose operator has lifted the limit."""

    def acquire(self, cost: int = 1) -> None:
        return None

    def throttled(self, retry_after: float | None = None) -> None:
        return None


class SharedCallLimiter:
    """One pace for all threads and processes that use the same file. Use one file per workspace.

    The file holds no data but the bucket. A call that is granted a later moment waits outside of the
    transaction, so others can queue up behind it; the order of the grants is the order of the calls.
    """

    def __init__(
        self,
        path: Path,
        calls_per_minute: int = DEFAULT_CALLS_PER_MINUTE,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if calls_per_minute < 1:
            raise ValueError("calls_per_minute must be at least 1")
        self._path = path
        self._calls_per_minute = calls_per_minute
        self._clock = clock
        self._sleep = sleep
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with closing(self._connect()) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS bucket (calls_per_minute INTEGER PRIMARY KEY,"
                " tokens INTEGER NOT NULL,"
                " last REAL NOT NULL, slowdown REAL NOT NULL, pause_until REAL NOT NULL)"
            )

    def acquire(self, cost: int = 1) -> None:
        """Wait for ``cost`` tokens. ``cost`` may not exceed what the bucket can hold."""
        now = self._clock()
        with self._bucket(now) as held:
            if not 1 <= cost <= held.bucket.capacity:
                raise ValueError(f"a call costs 1 to {held.bucket.capacity} tokens, not {cost}")
            held.bucket = grant(held.bucket, cost, now)
            wait = held.bucket.last - now
        if wait > 0:
            self._sleep(wait)

    def throttled(self, retry_after: float | None = None) -> None:
        """Slow down for everyone who shares the file."""
        now = self._clock()
        with self._bucket(now) as held:
            held.bucket = after_refusal(held.bucket, now, retry_after)

    def look(self) -> Bucket:
        """The bucket as the last call left it; nothing is taken."""
        with closing(self._connect()) as connection:
            row = connection.execute(
                "SELECT tokens, last, slowdown, pause_until FROM bucket WHERE calls_per_minute = ?",
                (self._calls_per_minute,),
            ).fetchone()
        full = _full_bucket(self._calls_per_minute, self._clock())
        return Bucket(full.capacity, full.seconds_per_token, *row) if row else full

    @contextmanager
    def _bucket(self, now: float) -> Iterator[_HeldBucket]:
        # A connection per use survives forks and threads, and costs a fraction of a millisecond at two uses
        # a second. BEGIN IMMEDIATE takes the write lock before the read, so no two callers see one token.
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT tokens, last, slowdown, pause_until FROM bucket WHERE calls_per_minute = ?",
                (self._calls_per_minute,),
            ).fetchone()
            full = _full_bucket(self._calls_per_minute, now)
            held = _HeldBucket(Bucket(full.capacity, full.seconds_per_token, *row) if row else full)
            yield held
            connection.execute(
                "INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?, ?)",
                (
                    self._calls_per_minute,
                    held.bucket.tokens,
                    held.bucket.last,
                    held.bucket.slowdown,
                    held.bucket.pause_until,
                ),
            )
            connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=60.0, isolation_level=None)
        # A power cut may lose the bucket: that costs a refusal. Waiting for the disk at every call is worse.
        connection.execute("PRAGMA synchronous=OFF")
        return connection


@dataclass(slots=True)
class _HeldBucket:
    bucket: Bucket
