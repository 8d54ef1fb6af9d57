"""Who may write to Twenty beside whom, where the ledger lies in PostgreSQL.

Within one Dagster instance its pool keeps the steps that write apart, and with the ledger in a file there is
one instance. With PostgreSQL there may be several: runs in containers and commands beside them know nothing
of one another. What takes records back or decides about all of them goes alone; loads may go beside loads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from panda_twenty.ledger.ledger import Ledger, as_ledger_error
from panda_twenty.progress import Step, announce

LOOK_AGAIN = "5s"
"""How long PostgreSQL waits for a turn at a time; in between, whoever waits can be stopped."""

_LOCK_NOT_AVAILABLE = "55P03"


@contextmanager
def loading(ledger: Ledger) -> Iterator[None]:
    """Load meanwhile, beside other loads and nothing else; within a turn of this ledger it is no other."""
    with _turn(ledger, "_shared"):
        yield


@contextmanager
def alone(ledger: Ledger) -> Iterator[None]:
    """Be the only one that writes to Twenty meanwhile; waits for its turn, and says that it does."""
    with _turn(ledger, ""):
        yield


@contextmanager
def _turn(ledger: Ledger, shared: str) -> Iterator[None]:
    if ledger.engine.dialect.name == "sqlite" or ledger.has_turn:
        yield
        return
    number = int.from_bytes(bytes.fromhex(ledger.row_seal("turn"))[:8], signed=True)
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with as_ledger_error("The ledger"):
            connection.execute(text(f"SET lock_timeout = '{LOOK_AGAIN}'"))
            while True:
                try:
                    connection.execute(text(f"SELECT pg_advisory_lock{shared}(:number)"), {"number": number})
                    break
                except OperationalError as problem:
                    if getattr(problem.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE:
                        raise
                    announce(Step("another run writes to Twenty; waiting for it", 0))
        ledger.has_turn = True
        try:
            yield
        finally:
            ledger.has_turn = False
            with suppress(DBAPIError):
                connection.execute(text(f"SELECT pg_advisory_unlock{shared}(:number)"), {"number": number})
            # Not back to the pool: its time-out stays with it, and so does the turn where unlocking failed.
            connection.invalidate()
