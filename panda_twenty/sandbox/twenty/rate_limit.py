"""The rate limit of the API: two token buckets per workspace, with the rounding that Twenty's have."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field

from panda_twenty.sandbox.twenty.errors import TwentyError


@dataclass(frozen=True)
class RateLimit:
    """How many root fields a workspace may ask for: per minute and per second, as Twenty's defaults."""

    long_tokens: int = 100
    long_milliseconds: int = 60_000
    short_tokens: int = 100
    short_milliseconds: int = 1_000


@dataclass
class Bucket:
    """A bucket that gains whole tokens only, counted from its last *successful* use.

    Calls closer together than the time of one token therefore gain nothing: 100 a minute means
    600 ms between calls.
    """

    size: int
    window: int
    tokens: int = field(init=False)
    last_refill: int = field(init=False, default=0)
    expires: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.tokens = self.size

    def take(self, now: int) -> None:
        """Take one token at ``now`` (milliseconds) or raise what a throttled call answers."""
        if now >= self.expires:
            self.tokens, self.last_refill = self.size, now
        gained = math.floor((now - self.last_refill) * (self.size / self.window))
        available = min(self.tokens + gained, self.size)
        if available < 1:
            raise TwentyError(
                f"Limit reached ({self.size} tokens per {self.window} ms)",
                sub_code="LIMIT_REACHED",
                user_message="Rate limit reached. Please try again later.",
                rest_status=429,
                rest_name="HttpException",
            )
        self.tokens, self.last_refill, self.expires = available - 1, now, now + 2 * self.window


class Throttle:
    """Counts tokens for the one workspace there is; without a limit it never refuses."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._lock = threading.Lock()
        self._buckets: list[Bucket] = []
        if limit is not None:
            self._buckets = [
                Bucket(limit.short_tokens, limit.short_milliseconds),
                Bucket(limit.long_tokens, limit.long_milliseconds),
            ]

    def take(self) -> None:
        """Use one token of each bucket, the short one first."""
        now = time.time_ns() // 1_000_000
        with self._lock:
            for bucket in self._buckets:
                bucket.take(now)
