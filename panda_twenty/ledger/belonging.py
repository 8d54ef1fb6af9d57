"""Whom a ledger belongs to: one practice in one workspace, and the key that signs for them.

Entries of another key could be neither checked nor compared, on any machine and for good, so whoever comes
with one is refused when the ledger is opened. The rows stand in ``settings`` and in no entry: each is a keyed
hash (:meth:`~panda_twenty.ledger.ledger.Ledger.row_seal`), which tells nothing and vouches for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from panda_twenty.ledger.tables import entries, settings

if TYPE_CHECKING:
    from panda_twenty.ledger.ledger import Ledger

_KEY, _PRACTICE, _WORKSPACE = _ROWS = ("owner: key", "owner: practice", "owner: workspace")

_ADVICE = (
    "On another machine, copy practice.key from the first (it lies under PANDA_TWENTY_HOME, in the folder "
    "of the practice and workspace), share that home, or give the key in PANDA_TWENTY_PRACTICE_KEY or "
    "PANDA_TWENTY_PRACTICE_KEY_FILE. For another practice or workspace, set PANDA_TWENTY_LEDGER_URL to a "
    "database of its own."
)

KEY_IS_MISSING = (
    "the ledger is in use already, and a new key would fit nothing in it, so none was made. Put the key back "
    f"from a backup. {_ADVICE}"
)


def is_in_use(connection: Connection) -> bool:
    """Whether anybody has begun this ledger, and so has its key."""
    begun = (select(entries.c.sequence).limit(1), select(settings.c.name).where(settings.c.name == _KEY))
    return any(connection.execute(query).first() is not None for query in begun)


def owner_rows(connection: Connection) -> dict[str, str]:
    """The rows of ``settings`` that say whom the ledger belongs to, by name."""
    query = select(settings.c.name, settings.c.value).where(settings.c.name.in_(_ROWS))
    return {row.name: row.value for row in connection.execute(query)}


def refusal(ledger: Ledger, practice: str | None, workspace: str | None) -> str | None:
    """Why this ledger must not be used with its key, or for this practice and workspace; None where it may.

    A ledger that belongs to nobody yet becomes theirs, an older one if its newest entry was signed with the
    key. What is None is neither compared nor kept.
    """
    named = {_KEY: "", _PRACTICE: practice, _WORKSPACE: workspace}
    expected = {
        name: ledger.row_seal("settings", name, value) for name, value in named.items() if value is not None
    }
    with ledger.reading() as connection:
        found = owner_rows(connection)
    if expected.keys() <= found.keys():
        ledger.owner = found
        return _difference(found, expected)
    with ledger.writing() as connection:
        found = owner_rows(connection)
        if _KEY not in found and not ledger.signed_newest(connection):
            return (
                f"The newest entry of the ledger was altered, or signed with another practice.key. {_ADVICE}"
            )
        told = _difference(found, expected)
        missing = sorted(expected.keys() - found.keys())
        if told is None and missing:
            connection.execute(
                insert(settings), [{"name": name, "value": expected[name]} for name in missing]
            )
        ledger.owner = expected | found
    return told


def _difference(found: dict[str, str], expected: dict[str, str]) -> str | None:
    """A sentence about the first of the rows that is not as expected."""
    differs = [name for name in _ROWS if name in found and found[name] != expected.get(name, found[name])]
    if not differs:
        return None
    if _KEY in differs:
        return f"The ledger was begun with another practice.key than the one at hand. {_ADVICE}"
    what = "practice" if _PRACTICE in differs else "workspace"
    return (
        f"The ledger belongs to another {what}: set PANDA_TWENTY_LEDGER_URL to a database of its own for "
        "each practice and workspace."
    )
