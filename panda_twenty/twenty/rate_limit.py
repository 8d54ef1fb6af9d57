"""Pacing calls so that Twenty's rate limit is used to the full and hardly ever refuses.

Twenty 2.21 keeps one token bucket per workspace, shared by every API key of it: 100 tokens, one token per
root field, and a refill of ``floor((now - last_success) * 100 / 60 s)`` at each successful call (measured;
api.md section 7). Because of the floor, a call that follows another within 600 ms earns nothing back. So this
limiter keeps the same bucket as the server does, a little more cautiously, where all processes can reach it.

Why not a limiter library: pyrate-limiter 4.5 was measured against a copy of that bucket (three minutes, first
100 tokens included; share of the calls that the server would have allowed, refusals):

    calls last                       150 ms        300 ms        450 ms
    Rate(1, 606 ms)                  76 %, 0       76 %, 0       76 %, 0      the burst is never used
    Rate(100, 60 s)                  69 %, 31      62 %, 58      56 %, 81     a sliding window
    TokenBucket, burst 90            93 %, 23      76 %, 92      57 %, 123    earns fractions of a token

Its rates can only be joined by "and", its buckets have no place for the floor, and none of them can be told
that the server refused a call, slowed down and sped up again. What it would lend is the shared store, which
is the smaller part; see :mod:`panda_twenty.twenty.shared_bucket`.

Calls to /metadata are not limited by Twenty and never come here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

__all__ = [
    "Bucket",
    "BucketStore",
    "CallLimiter",
    "HeldBucket",
    "NoLimit",
    "SharedCallLimiter",
    "after_refusal",
    "begin",
    "came_early",
    "full_bucket",
    "grant",
    "may_be_early",
]

DEFAULT_CALLS_PER_MINUTE = 100

# Twenty measures the distance between calls when it gets to them, not when they are sent. A little more than
# the exact distance, 4 of 600 ms, keeps that jitter from having every second call refused. A batch that
# takes long is large, and how long the server reads it before it gets to the call varies by more: by 8 ms
# either way with wide exams that are answered after 360 ms (measured). Calls in pairs would pay the margin
# once for two, but the second of a pair waits for the first inside the server, which shortens the distance to
# the next pair by more: measured, 81 calls a minute where single ones were 93.
_MARGIN, _MARGIN_OF_AN_ANSWER, _LARGEST_MARGIN = 0.007, 0.04, 0.03
# How much later the server gets to a call for each byte of its body, which it has to receive and to read
# before: 8 ms for 150 KB on the stand-in (measured). Between a large batch and the small rest of it that is
# more than the margin. No call waits for longer than the second part of a token because a large one before it
# is still being read.
_SECONDS_TO_READ_A_BYTE, _LONGEST_READING = 5e-8, 0.1
# With no more tokens left than this, they are used with care: what has been earned of one is lost when a call
# goes out. Calls that use up the last tokens go out so much of one apart, or as much as the server's answers
# take. Of three that were sent at one moment the server got to the last ones 130 ms later, being busy with
# the first, and the call after them came too soon to earn a token (measured): that costs a whole one, the
# distance a fifth. A call that comes when more than so much of a token has been earned waits for all of it.
_FEW = 10
_APART = 0.2
# Where an answer takes longer than so much of a token, the server gets to the second of two calls only when
# it has done the first (wide exams: 150 to 320 ms later, measured). Then saved tokens stay where they are and
# absorb what comes too close, and it is not worth waiting for the second half of one.
_SLOW = 0.5
# Tokens that the server has and this limiter does not give out: they absorb calls that arrive too close.
_RESERVE = 10
# After a refusal, calls pause long enough to earn this many tokens, which become the new reserve.
_PAUSE_TOKENS = 1
# A refused call changes nothing in Twenty's bucket. Where it only came a little early, which is all that
# can be wrong while no tokens are left and nobody else uses the workspace, its token is there a moment later,
# and a pause would cost a hundred times as much as the second call. So it is sent again after these parts of
# a token. A call that is refused so often was not early, and neither was one that was let out when less than
# the last part of a token had been earned since the one before it.
_AGAIN_AFTER, _NEARLY = (0.0, 0.06, 0.12), 0.8
# A refusal slows the pace by the first of these, and by as much as it was slowed already up to the second;
# each granted call takes back a part. A single refusal comes from a call that the server got to late, and a
# slow pace would cost more than it; several in a row mean a limit lower than it was thought to be.
_LEAST_SLOWDOWN, _MOST_SLOWDOWN = 0.002, 0.02
_SLOWEST = 2.0
# A call that came early slows the pace by less, or by a part of what it was slowed already: where calls
# arrive unevenly, that settles at one refused call in twenty-five, however uneven they are (simulated).
_LEAST_IF_EARLY, _PART_IF_EARLY = 0.001, 0.33
_RECOVERY = 0.99
# A waiting call wakes so much before its moment, because getting hold of the bucket takes its time too:
# what a call is late, every call after it is late.
_EARLY_SECONDS = 0.008
_NO_TIME_SECONDS = 1e-6
# How much a quicker answer counts in what answers take of late: quick look-ups stand between slow batches.
_OF_A_NEW_ANSWER = 0.3
# A bucket whose clock lies further ahead than a pause that is not over and a queue of so many tokens was
# written before the system clock was set back; so was a pause that ends later than any that is waited for.
_LONGEST_QUEUE_TOKENS = 100
_LONGEST_PAUSE_SECONDS = 900.0


def grant(bucket: Bucket, cost: int, now: float, answer_seconds: float = 0.0) -> Bucket:
    """The bucket after a call of ``cost`` root fields, which may arrive at ``last`` by the bucket's schedule.

    ``now``, in seconds since the epoch, is when it would arrive if it went out at once, and answers take
    ``answer_seconds`` of late. The moment is never before ``now``, nor before an earlier grant.
    """
    now = bucket.scheduled(now)
    pace = bucket.seconds_per_token * bucket.slowdown
    pause = max(0.0, bucket.pause_until - now)
    ahead = (pause if pause < _LONGEST_PAUSE_SECONDS else 0.0) + _LONGEST_QUEUE_TOKENS * pace
    last = bucket.last if bucket.last - now < ahead else now
    margin = pace * min(_LARGEST_MARGIN, max(_MARGIN, _MARGIN_OF_AN_ANSWER * answer_seconds / pace))
    since_last = max(0.0, now - last - margin) / pace
    earned = int(since_last + 1e-6)
    left = bucket.tokens + earned - cost
    is_slow = answer_seconds > _SLOW * pace
    if left < 0:
        earned = cost - bucket.tokens
        moment = last + earned * pace + margin
    elif left < _FEW and since_last - earned > (_SLOW if is_slow else _APART):
        earned += 1
        moment = last + earned * pace + margin
    elif left < _FEW and not earned:
        if is_slow:
            earned = 1
            moment = last + pace + margin
        else:
            moment = last + max(_APART * pace, answer_seconds)
    else:
        moment = last
    return replace(
        bucket,
        tokens=min(bucket.capacity, bucket.tokens + earned) - cost,
        last=max(now, moment),
        slowdown=1 + (bucket.slowdown - 1) * _RECOVERY,
        # No pause ends after the last grant, so this ends one that the clock was set back in.
        pause_until=min(bucket.pause_until, last),
    )


def after_refusal(bucket: Bucket, now: float, retry_after: float | None = None) -> Bucket:
    """The bucket after the server refused a call: it is empty, the pace is slower, and calls pause.

    Several calls in flight are refused together; only the first refusal of a pause counts. Where tokens were
    thought to be left, somebody else has used them up, and the pace is not to blame.
    """
    now = bucket.scheduled(now)
    pause = max(_PAUSE_TOKENS * bucket.seconds_per_token, retry_after or 0.0)
    if bucket.pause_until > now and retry_after is None:
        return bucket
    return replace(
        bucket,
        tokens=0,
        last=max(bucket.last, now + pause),
        slowdown=bucket.slowdown if bucket.tokens > 0 else _slower(bucket.slowdown),
        pause_until=now + pause,
    )


def may_be_early(bucket: Bucket, now: float) -> bool:
    """Whether a refused call may have come just before its token, and is not one of a pause."""
    return bucket.tokens <= 0 and bucket.pause_until <= bucket.scheduled(now)


def came_early(bucket: Bucket, seconds: float) -> Bucket:
    """The bucket where a call that came early goes out again so many ``seconds`` after the first time.

    All that is scheduled after it is as late as that, and the pace a little slower.
    """
    pace = bucket.seconds_per_token * bucket.slowdown
    step = max(_LEAST_IF_EARLY, _PART_IF_EARLY * (bucket.slowdown - 1))
    slowdown = min(_SLOWEST, bucket.slowdown + step)
    return replace(bucket, late=bucket.late + min(seconds, pace), slowdown=slowdown)


def _slower(slowdown: float) -> float:
    step = min(_MOST_SLOWDOWN, max(_LEAST_SLOWDOWN, slowdown - 1))
    return min(_SLOWEST, slowdown + step)


def begin(bucket: Bucket, moment: float, now: float) -> tuple[Bucket, float]:
    """The bucket when a call that waited for its ``moment`` goes out, and how much longer it has to wait.

    A sleeper may wake late. All that is scheduled after it is then as late as that: the few milliseconds are
    lost once, where a distance too short would lose a whole token. A process that stood still for longer than
    it takes to earn a token holds nobody else up for longer than that.
    """
    wait = moment + bucket.late - now
    if wait > _NO_TIME_SECONDS:
        return bucket, wait
    return replace(bucket, late=bucket.late + min(-wait, bucket.seconds_per_token * bucket.slowdown)), 0.0


def full_bucket(calls_per_minute: int, now: float) -> Bucket:
    """The bucket of a workspace that nobody has called for a while."""
    capacity = max(1, calls_per_minute - _RESERVE)
    return Bucket(capacity, 60.0 / calls_per_minute, tokens=capacity, last=now)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What this tool believes of Twenty's bucket. Moments are in seconds, by the bucket's own schedule."""

    capacity: int
    seconds_per_token: float
    tokens: int
    last: float
    slowdown: float = 1.0
    pause_until: float = 0.0
    late: float = 0.0
    """How far the schedule is behind the clock: what calls that had to wait went out too late, in all."""

    def scheduled(self, now: float) -> float:
        """The moment of the schedule at which the clock, in seconds since the epoch, shows ``now``."""
        return now - self.late


class CallLimiter(Protocol):
    """Asked before each call to /graphql, and told when the server refused one nevertheless."""

    def acquire(self, cost: int = 1, body_bytes: int = 0) -> None:
        """Return when a call of ``cost`` root fields with a body of this size may go out."""

    def throttled(self, retry_after: float | None = None, seconds: float = 0.0) -> float | None:
        """The server refused a call so many ``seconds`` after it went out.

        ``retry_after`` is in seconds where it said so. Answers after how many seconds this call may go out
        again without being granted, or None where it has to ask again.
        """

    def answered(self, seconds: float) -> None:
        """The server took so long to answer a call that it took."""


class NoLimit:
    """Never waits: for tests, and for servers whose operator has lifted the limit."""

    def acquire(self, cost: int = 1, body_bytes: int = 0) -> None:
        return None

    def throttled(self, retry_after: float | None = None, seconds: float = 0.0) -> float | None:
        return None

    def answered(self, seconds: float) -> None:
        return None


@dataclass(slots=True)
class HeldBucket:
    """A bucket that nobody else can use meanwhile; what it is set to is what the next one finds."""

    bucket: Bucket
    clock: Callable[[], float]
    """Seconds since the epoch, by the clock that all who share the bucket go by."""


class BucketStore(Protocol):
    """Where the bucket lies."""

    def held(self) -> AbstractContextManager[HeldBucket]:
        """The bucket, for as long as the block lasts; kept when it ends."""


class SharedCallLimiter:
    """One pace for all threads, processes and machines that use the same store.

    A call that is granted a later moment waits outside of the store's lock, so others can queue up behind it.
    """

    def __init__(self, store: BucketStore, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._store = store
        self._sleep = sleep
        self._answer_seconds = 0.0
        self._own = threading.local()
        """How far behind the one before it, in tokens, the call was granted that this thread sends."""
        self._early = 0
        """How many refusals there were since the last answer to a call that may have come early."""

    def acquire(self, cost: int = 1, body_bytes: int = 0) -> None:
        """Wait for ``cost`` tokens. ``cost`` may not exceed what the bucket can hold.

        The schedule has the moments at which the server gets to the calls; a large body goes out so much
        earlier.
        """
        with self._store.held() as held:
            if not 1 <= cost <= held.bucket.capacity:
                raise ValueError(f"a call costs 1 to {held.bucket.capacity} tokens, not {cost}")
            before, pace = held.bucket.last, held.bucket.seconds_per_token
            reading = min(body_bytes * _SECONDS_TO_READ_A_BYTE, _LONGEST_READING * pace)
            now = held.clock()
            held.bucket = grant(held.bucket, cost, now + reading, self._answer_seconds)
            self._own.earned_by = (held.bucket.last - before) / pace
            moment = held.bucket.last - reading
            wait = moment - held.bucket.scheduled(now)
        while wait > _NO_TIME_SECONDS:
            self._sleep(max(0.0, wait - _EARLY_SECONDS))
            with self._store.held() as held:
                now = held.clock()
                # What is left is less than what there was, unless the clock was set back meanwhile.
                moment = min(moment, held.bucket.scheduled(now) + wait)
                held.bucket, wait = begin(held.bucket, moment, now)
                if 0 < wait <= 2 * _EARLY_SECONDS:
                    self._sleep(wait)
                    held.bucket, wait = begin(held.bucket, moment, held.clock())

    def throttled(self, retry_after: float | None = None, seconds: float = 0.0) -> float | None:
        """Slow down for everyone who shares the bucket; a call that came early is only sent again."""
        with self._store.held() as held:
            now = held.clock()
            # One that was to use up a saved token came too early by most of one: there was none.
            is_near = getattr(self._own, "earned_by", 0.0) >= _NEARLY
            is_early = is_near and retry_after is None and may_be_early(held.bucket, now)
            if is_early and self._early < len(_AGAIN_AFTER):
                again_after = _AGAIN_AFTER[self._early] * held.bucket.seconds_per_token
                self._early += 1
                held.bucket = came_early(held.bucket, seconds + again_after)
                return again_after
            held.bucket = after_refusal(held.bucket, now, retry_after)
        return None

    def answered(self, seconds: float) -> None:
        """Keep saved tokens further apart, or for later, while answers take long."""
        self._early = 0
        lasting = self._answer_seconds + _OF_A_NEW_ANSWER * (seconds - self._answer_seconds)
        self._answer_seconds = max(seconds, lasting)

    def look(self) -> Bucket:
        """The bucket as the last call left it; nothing is taken."""
        with self._store.held() as held:
            return held.bucket
