"""What only PostgreSQL does, where a database is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import event

from panda_twenty.ledger.audit import account
from panda_twenty.ledger.derived import altered_state
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import (
    Delivery,
    Quarantined,
    claim,
    intend,
    quarantined,
    records_of,
    set_aside,
    settle,
)


@pytest.fixture
def url(schema: str) -> str:
    return schema


Read = Callable[[Ledger], Iterable[Any]]
LONG: dict[str, tuple[Read, int]] = {
    "entries": (Ledger.entries, 11),
    "account": (account, 11),
    "records": (lambda ledger: records_of(ledger, "person"), 5),
    "quarantine": (quarantined, 5),
    "links": (Ledger.broken_links, 0),
    "state": (altered_state, 0),
}


@pytest.mark.parametrize(("read", "rows"), LONG.values(), ids=LONG)
def test_a_result_of_any_length_is_fetched_part_by_part(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, read: Read, rows: int
) -> None:
    monkeypatch.setattr("panda_twenty.ledger.bulk.ROWS_AT_ONCE", 2)
    batch = [Delivery("patient", str(n), "person", f"id-{n}", "all", "1" * 64, "create") for n in range(5)]
    for each in batch:
        settle(ledger, [each], intend(ledger, [each]))
    claim(ledger, "person", "emails", {f"{n}@quill.test": f"id-{n}" for n in range(5)})
    set_aside(ledger, [Quarantined("patient", str(n), "person", "all", "code", None, "-") for n in range(5)])
    by_cursor: list[bool] = []

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        by_cursor.append(cursor.name is not None)

    event.listen(ledger.engine, "before_cursor_execute", note)
    assert len(list(read(ledger))) == rows
    assert any(by_cursor)
