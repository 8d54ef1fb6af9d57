"""Routes and ranges that a rollback took back: no delta brings them again, a migration does."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from panda_twenty.ledger.bulk import put_rows
from panda_twenty.ledger.cutover_tables import taken_back
from panda_twenty.ledger.ledger import Ledger, now


def keep_taken_back(connection: Connection, places: Iterable[tuple[str, str]]) -> None:
    """Remember, inside a ``writing`` transaction, that something of these was taken back."""
    at = now()
    rows = [{"route": route, "range_key": range_key, "at": at} for route, range_key in places]
    if rows:
        put_rows(connection, taken_back, rows, ("route", "range_key"))


def forget_taken_back(connection: Connection, route: str, range_key: str) -> None:
    """The route was loaded in this range again."""
    here = (taken_back.c.route == route) & (taken_back.c.range_key == range_key)
    connection.execute(delete(taken_back).where(here))


def places_taken_back(ledger: Ledger) -> frozenset[tuple[str, str]]:
    """The routes and ranges that stand taken back."""
    with ledger.reading() as connection:
        return frozenset((row.route, row.range_key) for row in connection.execute(select(taken_back)))
