"""The operator's signed yes to exactly one mapping."""

from __future__ import annotations

from dataclasses import dataclass

from panda_twenty.ledger.ledger import Ledger


class NothingConfirmed(Exception):
    """No record may move: nobody has confirmed the mapping as it is now."""


@dataclass(frozen=True)
class Confirmation:
    """Who said yes to which digest, and when (UTC)."""

    digest: str
    by: str
    at: str


def confirm(ledger: Ledger, digest: str, by: str, summary: dict[str, int]) -> Confirmation:
    """Sign this digest. ``summary`` says in counts what was confirmed."""
    ledger.note("confirmation", {"digest": digest, "by": by, "summary": summary})
    confirmation = latest_confirmation(ledger)
    if confirmation is None:
        raise NothingConfirmed("The confirmation could not be read back from the ledger.")
    return confirmation


def latest_confirmation(ledger: Ledger) -> Confirmation | None:
    latest = None
    for entry in ledger.entries("confirmation"):
        latest = Confirmation(entry.content["digest"], entry.content["by"], entry.at)
    return latest


def require_confirmation(ledger: Ledger, digest: str) -> Confirmation:
    """The confirmation of exactly this digest, or NothingConfirmed with the reason."""
    latest = latest_confirmation(ledger)
    if latest is None:
        raise NothingConfirmed(
            "Nobody has confirmed the mapping yet. Look at it with `panda-twenty mapping`, "
            "then run `panda-twenty confirm --by NAME`."
        )
    if latest.digest != digest:
        raise NothingConfirmed(
            f"The mapping or the source profile changed after {latest.by} confirmed it at {latest.at}. "
            "Look at it again with `panda-twenty mapping`, then run `panda-twenty confirm --by NAME`."
        )
    return latest
