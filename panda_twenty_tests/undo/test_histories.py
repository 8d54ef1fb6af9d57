"""The walk over what a scope concerns: every record once, and no window that sorts all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import Delivery, intend, settle
from panda_twenty.ledger.tables import records
from panda_twenty.undo.accounting import forget_outcomes
from panda_twenty.undo.history import histories
from panda_twenty.undo.scope import Scope

KEYS = ("1", "10", "2", "3", "7")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "home", actor="tester", run_id="run-1")
    for entity, name in (("patient", "person"), ("provider", "person"), ("patient_letter", "letter")):
        batch = [
            Delivery(entity, key, name, f"{entity}-{key}", "0-4" if key < "3" else "5-9", "hash", "create")
            for key in KEYS
        ]
        settle(opened, batch, intend(opened, batch))
    yield opened
    opened.close()


def walked(ledger: Ledger, scope: Scope, *, forget: bool = False) -> list[tuple[str, str]]:
    """Entities and keys in the order of the walk; with ``forget``, each window is undone at once."""
    found = []
    for window in histories(ledger, scope, "person", 2):
        found += [(each.entity, each.source_key) for each in window]
        if forget:
            with ledger.writing() as connection:
                for entity, key in found:
                    chosen = (records.c.entity == entity, records.c.source_key == key)
                    connection.execute(delete(records).where(*chosen))
    return found


def test_every_record_comes_once_also_while_they_are_undone(ledger: Ledger) -> None:
    everyone = [(entity, key) for entity in ("patient", "provider") for key in KEYS]
    assert walked(ledger, Scope()) == everyone
    assert walked(ledger, Scope(runs=("run-1",))) == everyone
    assert walked(ledger, Scope(range_key="0-4")) == [each for each in everyone if each[1] < "3"]
    assert walked(ledger, Scope(record=("provider", "7"))) == [("provider", "7")]
    assert walked(ledger, Scope(), forget=True) == everyone


@pytest.mark.parametrize("scope", [Scope(), Scope(range_key="0-4"), Scope(runs=("run-1",))])
def test_no_window_sorts_all_records_that_are_left(ledger: Ledger, scope: Scope) -> None:
    windows: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "FROM records" in statement and "LIMIT" in statement:
            windows.append((statement, parameters))

    event.listen(ledger.engine, "before_cursor_execute", note)
    walked(ledger, scope)
    event.remove(ledger.engine, "before_cursor_execute", note)
    assert windows
    with ledger.reading() as connection:
        for statement, parameters in windows:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            told = [row[3] for row in plan]
            assert "entity=?" in told[0], told
            assert not [each for each in told if "TEMP B-TREE" in each], told


def test_where_nothing_was_touched_no_outcome_is_read(ledger: Ledger) -> None:
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(ledger.engine, "before_cursor_execute", note)
    forget_outcomes(ledger, set())
    event.remove(ledger.engine, "before_cursor_execute", note)
    assert statements == []
