"""What the stand-in was asked to do, counted, so that benchmarks can read it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Statistics:
    """Counters since the start of the server."""

    requests: int = 0
    tokens_used: int = 0
    throttled: int = 0
    records_written: int = 0
    records_removed: int = 0
    faults_injected: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, call: str | None = None, **amounts: int) -> None:
        with self._lock:
            if call is not None:
                self.calls[call] += 1
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)

    def reset(self) -> None:
        with self._lock:
            self.calls.clear()
            for name in (
                "requests",
                "tokens_used",
                "throttled",
                "records_written",
                "records_removed",
                "faults_injected",
            ):
                setattr(self, name, 0)

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            return {
                "requests": self.requests,
                "tokensUsed": self.tokens_used,
                "throttled": self.throttled,
                "recordsWritten": self.records_written,
                "recordsRemoved": self.records_removed,
                "faultsInjected": self.faults_injected,
                "calls": dict(self.calls),
            }
