"""Which ranges are migrated when what is in quarantine is tried again."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from panda_twenty import headless
from panda_twenty.defs.jobs import MIGRATE_RANGES
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.settings import Settings

RANGES = ["0000000-0000049", "0000050-0000099", "0000100-0000149"]
PROVIDER = frozenset({("provider", "7")})


@pytest.mark.parametrize(
    ("still_held_back", "due", "migrated"),
    [
        (PROVIDER, frozenset(), [RANGES[1]]),
        (frozenset(), frozenset(), RANGES),
        (PROVIDER, {RANGES[0]}, [RANGES[1], RANGES[0]]),
    ],
    ids=["the provider stays in quarantine", "the provider arrives", "another range gets what was set free"],
)
def test_what_belongs_to_no_range_brings_every_range_that_may_name_it(
    still_held_back: frozenset[tuple[str, str]],
    due: frozenset[str],
    migrated: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    ran: list[str] = []
    held_back = iter([PROVIDER, still_held_back])

    def run(_: Any, __: Any, job: str, ranges: Any = (), **more: Any) -> bool:
        if job == MIGRATE_RANGES:
            ran.extend(ranges)
        return True

    @contextmanager
    def no_session(_: Settings) -> Any:
        yield None

    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(PATIENT_RANGES, RANGES)
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
        monkeypatch.setattr(dg.DagsterInstance, "get", lambda: nullcontext(instance))
        monkeypatch.setattr(headless, "_run", run)
        monkeypatch.setattr(headless, "_held_back_without_range", lambda _: next(held_back))
        monkeypatch.setattr(headless, "_due_again", lambda _: due)
        for name in ("_tags_of_going_on", "end_orphans", "defs", "end"):
            monkeypatch.setattr(headless, name, lambda *_: {})
        monkeypatch.setattr(headless, "open_session", no_session)
        headless.migrate(Settings(_env_file=None, panda_twenty_home=tmp_path), only_ranges=[RANGES[1]])
    assert ran == migrated
