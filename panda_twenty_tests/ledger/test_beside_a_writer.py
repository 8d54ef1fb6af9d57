"""Looking at a ledger that somebody writes to meanwhile, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.outcomes import keep_loaded
from panda_twenty.ledger.state import Delivery, claim, intend, keep_setting, settle
from panda_twenty.ledger.strangers import forget_the_gone, keep_strangers

COUNTS = {"source": 1, "created": 1, "updated": 0, "unchanged": 0, "quarantined": 0}


@pytest.fixture
def url(either: str | None) -> str | None:
    return either


@pytest.fixture
def writer(home: Path, url: str | None) -> Iterator[Ledger]:
    opened = open_ledger(home, actor="writer", run_id="run-2", url=url)
    yield opened
    opened.close()


def write(ledger: Ledger, key: str) -> None:
    """Something in every table that is checked."""
    batch = [
        Delivery("patient", key, "person", f"id-{key}", "all", "1" * 64, "create"),
        Delivery(
            "patient", f"{key}b", "person", f"id-{key}b", "all", "1" * 64, "update", prior={"city": key}
        ),
    ]
    settle(ledger, batch, intend(ledger, batch))
    keep_setting(ledger, "width", key)
    keep_setting(ledger, f"width {key}", key)
    keep_loaded(ledger, "person_patient", key, "person", COUNTS)
    keep_strangers(ledger, "person", {key})
    claim(ledger, "person", "emails", {f"{key}@quill.test": f"id-{key}"})


def test_what_is_written_between_two_statements_of_a_check_is_no_tampering(
    ledger: Ledger, writer: Ledger
) -> None:
    write(ledger, "first")
    written: list[int] = []

    def meanwhile(*_: Any) -> None:
        forget_the_gone(writer, "person", set())
        write(writer, str(len(written)))
        written.append(1)

    event.listen(ledger.engine, "before_cursor_execute", meanwhile)
    assert list(broken_links(ledger)) == []
    assert list(altered_state(ledger)) == []
    event.remove(ledger.engine, "before_cursor_execute", meanwhile)
    assert len(written) > 10
    assert list(broken_links(ledger)) == []
    assert list(altered_state(ledger)) == []
    ledger.note("setting", {"name": "after", "value": "1"})
