"""Faults on demand: latency, refused calls, cut connections and a server that dies in the middle of a batch."""  # noqa: E501

from __future__ import annotations

import os
import random
import threading
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from panda_twenty.sandbox.twenty.statistics import Statistics

KILLED_EXIT_CODE = 137


@dataclass
class FaultPlan:
    """What goes wrong. A count of N means the next N calls; a probability is drawn with ``seed``.

    ``cut_before`` calls lose their connection before anything is written, ``cut_after`` calls after
    everything is. ``kill_between_steps`` ends the process after the updates of an upsert are
    committed and before its inserts; ``kill_before`` and ``kill_after`` around a whole call.
    """

    latency_seconds: float = 0.0
    status: int = 503
    status_next: int = 0
    status_probability: float = 0.0
    cut_before_next: int = 0
    cut_before_probability: float = 0.0
    cut_after_next: int = 0
    cut_after_probability: float = 0.0
    kill_before_next: int = 0
    kill_between_steps_next: int = 0
    kill_after_next: int = 0
    seed: int = 0
    only_writes: bool = True


@dataclass
class Faults:
    """The faults of one server; change them with :meth:`set`, in process or over HTTP."""

    statistics: Statistics
    enabled: bool = False
    plan: FaultPlan = field(default_factory=FaultPlan)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(self.plan.seed)

    def set(self, **changes: Any) -> FaultPlan:
        """Replace the plan: what is not named goes back to its default. Raises ``ValueError`` for unknown names."""  # noqa: E501
        unknown = changes.keys() - {each.name for each in fields(FaultPlan)}
        if unknown:
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        with self._lock:
            self.plan = FaultPlan(**changes)
            self._random = random.Random(self.plan.seed)
            return self.plan

    def as_json(self) -> dict[str, Any]:
        return asdict(self.plan)

    def strikes(self, name: str) -> bool:
        """Whether fault ``name`` (``status``, ``cut_before``, ...) happens to this call."""
        if not self.enabled:
            return False
        with self._lock:
            left = getattr(self.plan, f"{name}_next")
            if left > 0:
                setattr(self.plan, f"{name}_next", left - 1)
                hit = True
            else:
                probability = getattr(self.plan, f"{name}_probability", 0.0)
                hit = probability > 0 and self._random.random() < probability
        if hit:
            self.statistics.count(faults_injected=1)
        return hit

    def kill_if(self, name: str) -> None:
        """End the process at once, as ``kill -9`` does, where fault ``name`` is due."""
        if self.strikes(name):
            os._exit(KILLED_EXIT_CODE)

    def between_steps(self) -> None:
        self.kill_if("kill_between_steps")
