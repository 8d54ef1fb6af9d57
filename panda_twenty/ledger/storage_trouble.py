"""What is wrong with a database of ours, told from what is wrong with a statement."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError

_OF_THE_STATEMENT = (DataError, IntegrityError, NotSupportedError, ProgrammingError)

_FULL = "the disk has no room left for it. Make room"
_HELD = "another process has held it for too long. See that no more than one migration is at work on it"
_READ_ONLY = "it cannot be written. Look at the rights of the file, of its folder and of the login"
_DAMAGED = "its file is damaged or cannot be read. Look at the disk, and put the file back from a backup"
_GONE = "the connection to its database was lost. Look whether that is running"
_NOT_WORKING = "its database does not work as it should. Look at its log"

# By SQLite's result codes, and by the SQLSTATE of PostgreSQL or the class of it, which comes first in it.
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_IOERR: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_OF_POSTGRESQL = {
    "53100": _FULL,
    "55P03": _HELD,
    "40P01": _HELD,
    "25006": _READ_ONLY,
    "08": _GONE,
    "57P": _GONE,
}


def storage_trouble(problem: DBAPIError, place: str) -> str | None:
    """What is wrong with the database of ``place``, and what to do; None where the statement is wrong."""
    code = getattr(problem.orig, "sqlite_errorcode", None)
    if isinstance(problem, _OF_THE_STATEMENT) or code == sqlite3.SQLITE_ERROR:
        return None
    if code is not None:
        # The lowest byte is the code itself, the rest says more of it.
        found = _OF_SQLITE.get(code & 0xFF, _NOT_WORKING)
    else:
        state = getattr(problem.orig, "pgcode", None) or ("08" if problem.connection_invalidated else "")
        known = (_OF_POSTGRESQL[each] for each in (state, state[:3], state[:2]) if each in _OF_POSTGRESQL)
        found = next(known, _NOT_WORKING if state else _GONE)
    told = " ".join(
        filter(None, [type(problem.orig).__name__, getattr(problem.orig, "sqlite_errorname", "")])
    )
    return f"{place} cannot be used: {found}, then run again. ({told})"
