"""What this machine lets us use: a container may be given less than the machine has."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_MEMORY = Path("/proc/meminfo")
_MEGABYTE = 1_000_000


def processors(groups: Path = _GROUPS) -> int:
    """Processors that this process may use at once, one at least."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([usable, *_allowed(groups)]))


def _allowed(groups: Path) -> Iterator[int]:
    """What quotas leave, of both generations of control groups."""
    quota, _, period = _text(groups / "cpu.max").partition(" ")
    if not quota:
        quota, period = (_text(groups / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    if quota.isdigit() and period.isdigit():
        yield math.ceil(int(quota) / int(period))


def spare_megabytes(groups: Path = _GROUPS, memory: Path = _MEMORY) -> float:
    """Memory that may still be taken, in MB; endless where nothing tells."""
    found = [math.inf]
    for line in _text(memory).splitlines():
        if line.startswith("MemAvailable:"):
            found.append(int(line.split()[1]) * 1_024 / _MEGABYTE)
    for folder, most, used in (
        (groups, "memory.max", "memory.current"),
        (groups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, taken = _text(folder / most), _text(folder / used)
        if limit.isdigit() and taken.isdigit():
            found.append((int(limit) - int(taken) + _reclaimable(folder)) / _MEGABYTE)
    return min(found)


def _reclaimable(folder: Path) -> int:
    """Bytes of files that are given back before anybody goes without."""
    lines = [line.split() for line in _text(folder / "memory.stat").splitlines()]
    return sum(int(line[1]) for line in lines if line[0] == "inactive_file")


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
