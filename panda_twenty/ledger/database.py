"""A database of ours: how it is reached, and how processes take turns in PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.pool import QueuePool

LONGEST_WAIT = "3min"
"""So long a turn is waited for."""
LONGEST_IDLE = "2min"
"""A turn in which nothing is asked for so long is over: a machine that vanished in its turn gives it back."""

_REACHED = {
    "connect_timeout": "15",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "6",
}
"""Seconds, and a count: a server that vanished is noticed within two minutes, not the system's two hours."""


def engine_at(url: str) -> Engine:
    """The database at a SQLAlchemy URL; its connections are kept, and tell no values in their errors.

    What the URL says of time-outs and keepalives counts before what is said here.
    """
    # Opening a connection takes longer than most of what is asked through it, so they are kept. A ping finds
    # those that a server has closed meanwhile.
    kept: dict[str, Any] = {"poolclass": QueuePool, "max_overflow": -1, "hide_parameters": True}
    place = make_url(url)
    if place.get_backend_name() == "postgresql":
        # A statement of a turn must see what was committed before that turn, whatever the server's default.
        kept |= {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}
        if place.get_driver_name() == "psycopg2":
            # An upsert of many rows goes by the hundred instead of row by row, all of it in a turn.
            kept["executemany_mode"] = "values_plus_batch"
            kept["connect_args"] = {
                name: value for name, value in _REACHED.items() if name not in place.query
            }
    return create_engine(place, **kept)


_PLACE_OF_TABLE = """coalesce(
    to_regclass(:table)::oid, to_regnamespace(quote_ident(current_schema()))::oid
)::bigint"""
"""What tells a table from those of the same name in other schemas; its schema's number until it is made."""


def take_turn(connection: Connection, number: int, *, table: str | None = None) -> None:
    """Hold PostgreSQL's lock of this number until the transaction ends, neither waiting nor idle for good.

    It is one for the whole database; with ``table``, for the one that the connection sees by this name.
    """
    limits = "SELECT set_config('lock_timeout', :wait, true)"
    limits += ", set_config('idle_in_transaction_session_timeout', :idle, true)"
    connection.execute(text(limits), {"wait": LONGEST_WAIT, "idle": LONGEST_IDLE})
    if table is None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
    else:
        lock = f"SELECT pg_advisory_xact_lock(:number + {_PLACE_OF_TABLE})"
        connection.execute(text(lock), {"number": number, "table": table})
