"""Turns of writing to Twenty, between Dagster instances that share a ledger in PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.ledger import turns
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.progress import Step, listening


@pytest.fixture
def two(home: Path, schema: str) -> Iterator[tuple[Ledger, Ledger]]:
    """The same ledger as two machines have it open that share its home."""
    first, second = (open_ledger(home, actor="tester", run_id=run, url=schema) for run in ("1", "2"))
    yield first, second
    first.close()
    second.close()


@pytest.mark.parametrize("later", [turns.alone, turns.loading])
def test_nobody_writes_beside_what_goes_alone(
    two: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch, later: Any
) -> None:
    monkeypatch.setattr(turns, "LOOK_AGAIN", "50ms")
    first, second = two
    told = threading.Event()

    def take() -> None:
        with listening(lambda step: told.set()), later(second):
            pass

    with ThreadPoolExecutor(1) as pool:
        with turns.alone(first):
            done = pool.submit(take)
            assert told.wait(60)
            assert not done.done()
        done.result(60)


def test_loads_go_beside_loads_and_a_turn_within_a_turn_is_the_same(two: tuple[Ledger, Ledger]) -> None:
    steps: list[Step] = []
    first, second = two
    with listening(steps.append), turns.loading(first), turns.loading(second):
        pass
    with listening(steps.append), turns.alone(first), turns.loading(first):
        pass
    assert steps == []


def test_what_fails_in_its_turn_gives_it_back(two: tuple[Ledger, Ledger]) -> None:
    first, second = two
    with pytest.raises(OSError, match="halfway"), turns.alone(first):
        raise OSError("halfway")
    with turns.alone(second):
        assert second.has_turn
    assert not first.has_turn


def test_a_ledger_in_a_file_has_one_dagster_whose_pool_does_it(ledger: Ledger) -> None:
    with turns.alone(ledger), turns.alone(ledger):
        assert not ledger.has_turn
