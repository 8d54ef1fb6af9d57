"""The sandbox's Twenty: a stand-in that listens on this machine only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from panda_twenty.sandbox.twenty import running_twenty


@dataclass(frozen=True)
class Address:
    """Where a stand-in listens."""

    url: str
    token: str
    pid: int


@contextmanager
def stand_in(home: Path) -> Iterator[Address]:
    """The sandbox's Twenty: the one that already runs for this folder, or one for as long as this lasts."""
    note = home / "sandbox" / "twenty.json"
    running = _running(note)
    if running is not None:
        yield running
        return
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with running_twenty(home / "sandbox" / "twenty") as twenty:
        address = Address(twenty.url, twenty.token, os.getpid())
        descriptor = os.open(note, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            json.dump(asdict(address), opened)
        try:
            yield address
        finally:
            note.unlink(missing_ok=True)


def _running(note: Path) -> Address | None:
    """The stand-in that another process of ours runs for this folder, if it answers."""
    try:
        address = Address(**json.loads(note.read_text()))
        healthy = httpx.get(f"{address.url}/healthz", timeout=2, trust_env=False).is_success
    except (OSError, ValueError, TypeError, httpx.HTTPError):
        return None
    return address if healthy else None
