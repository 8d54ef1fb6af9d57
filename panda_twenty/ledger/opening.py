"""Opening the ledger of a practice: its tables and its keys, made on first use."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import DatabaseError

from panda_twenty.ledger import cutover_tables  # noqa: F401 -- its tables are made with the others
from panda_twenty.ledger.belonging import KEY_IS_MISSING, is_in_use, refusal
from panda_twenty.ledger.database import engine_at
from panda_twenty.ledger.ledger import Ledger, LedgerError, as_ledger_error, hold_write_lock
from panda_twenty.ledger.tables import metadata, priors
from panda_twenty.private_folder import private_folder
from panda_twenty.retries import retry_context


def open_ledger(
    home: Path,
    *,
    actor: str,
    run_id: str | None = None,
    url: str | None = None,
    key: bytes | Path | None = None,
    undo_key: bytes | Path | None = None,
    undo_key_is_new: bool = False,
    practice: str | None = None,
    workspace: str | None = None,
) -> Ledger:
    """Open the ledger under ``home`` (or at a SQLAlchemy ``url``), made on first use.

    The key that hashes values and signs the chain lies beside it, readable by its owner alone, unless ``key``
    is given (32 bytes, or their file), and so does the key that seals prior values, ``undo_key``. The former
    is not made for a ledger that is in use, the latter for one that holds prior values, which then can be
    neither opened nor added to; with ``undo_key_is_new`` they were sealed with another key, that is lost.
    Raises LedgerError where the folder cannot be written, and where the ledger belongs to another key,
    ``practice`` or ``workspace``, before anything is written to it.
    """
    with _written_to(home):
        private_folder(home)
    if url is None:
        file = home / "ledger.sqlite"
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        url = f"sqlite:///{file}"
    engine = engine_at(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable_sqlite)
    try:
        with engine.begin() as connection:
            # Several first processes: one makes the tables, the others wait and find them.
            hold_write_lock(connection)
            metadata.create_all(connection)
    except DatabaseError as problem:
        raise LedgerError(
            f"The ledger cannot be opened: {type(problem.orig).__name__}. Check {home} and the ledger's URL."
        ) from None
    with contextlib.ExitStack() as on_refusal:
        on_refusal.callback(engine.dispose)
        if not isinstance(key, bytes):
            file = key or home / "practice.key"
            key = _key_in(file, "no record can be compared without it", engine, is_in_use)
            if not key:
                raise LedgerError(f"{file} is missing: {KEY_IS_MISSING}")
        if not isinstance(undo_key, bytes):
            file = undo_key or home / "undo.key"
            undo_key = _key_in(
                file,
                "no prior value can be put back without it",
                engine,
                lambda connection: not undo_key_is_new and _holds_priors(connection),
            )
        ledger = Ledger(engine, key, undo_key, actor, run_id)
        ledger.undo_key_fits = undo_key_is_new
        refused = refusal(ledger, practice, workspace)
        if refused is not None:
            raise LedgerError(refused)
        on_refusal.pop_all()
    return ledger


@contextmanager
def _written_to(home: Path) -> Iterator[None]:
    """Raise trouble of this folder as LedgerError with advice."""
    try:
        yield
    except OSError as problem:
        raise LedgerError(
            f"The data folder {home} cannot be written ({problem.strerror}); "
            "make it writable or set PANDA_TWENTY_HOME to another folder."
        ) from None


def _key_in(file: Path, loss: str, engine: Engine, is_needed: Callable[[Connection], bool]) -> bytes:
    """The key kept in this file, or made there; empty where it is missing and needed as it was."""
    with _written_to(file.parent):
        if not file.exists():
            with as_ledger_error("The ledger"), engine.connect() as connection:
                # A key is made before what needs it: of several first processes, the others find it now.
                if is_needed(connection) and not file.exists():
                    return b""
        return kept_key(file, loss)


def _holds_priors(connection: Connection) -> bool:
    return connection.execute(select(priors.c.sequence).limit(1)).first() is not None


def kept_key(file: Path, loss: str) -> bytes:
    """32 random bytes, made once. Of several first processes one links its key into place, whole.

    ``loss`` says in an error what a damaged key costs.
    """
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "w") as opened:
                opened.write(secrets.token_hex(32))
                opened.flush()
                os.fsync(opened.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()
    written = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{64}", written):
        raise LedgerError(f"{file} is damaged: put it back from a backup; {loss}.")
    return bytes.fromhex(written)


def _durable_sqlite(connection: Any, _record: Any) -> None:
    """WAL with a sync at every commit: an entry that was committed survives a power cut.

    ``isolation_level = None`` leaves BEGIN to us, who ask for the write lock at once.
    """
    connection.isolation_level = None
    for pragma in ("busy_timeout=60000", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # The switch to WAL does not wait for a lock as statements do, so first processes that meet try again.
    for attempt in retry_context(on=sqlite3.OperationalError, attempts=None, timeout=60.0, wait_max=0.5):
        with attempt:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
