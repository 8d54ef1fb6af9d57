"""The operator's signed yes to exactly one mapping, of one database, into one workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from panda_twenty.ledger.confirmed_parts import TITLES, ConfirmedParts, change_sentences, changes
from panda_twenty.ledger.ledger import Entry, Ledger

LOOK_AGAIN = "Look at it again with `panda-twenty mapping`, then run `panda-twenty confirm --by NAME`."


class NothingConfirmed(Exception):
    """No record may move: nobody has confirmed the mapping as it is now."""


@dataclass(frozen=True)
class Confirmation:
    """Who said yes to which digest, and when (UTC)."""

    digest: str
    by: str
    at: str
    parts: ConfirmedParts | None
    """What the digest is made of; None where an earlier version, which did not keep it, wrote the entry."""


def confirm(ledger: Ledger, parts: ConfirmedParts, by: str, summary: Mapping[str, int]) -> Confirmation:
    """Sign these parts. ``summary`` says in counts what was confirmed."""
    content = {
        "digest": parts.digest(),
        "by": by,
        "summary": dict(summary),
        "digests": parts.digests(),
        "parts": parts.to_json(),
    }
    ledger.note("confirmation", content)
    confirmation = latest_confirmation(ledger)
    if confirmation is None:
        raise NothingConfirmed("The confirmation could not be read back from the ledger.")
    return confirmation


def confirmations(ledger: Ledger) -> Iterator[Confirmation]:
    """Every signature, oldest first, whatever it was given to."""
    return map(_signature, ledger.entries("confirmation"))


def latest_confirmation(ledger: Ledger) -> Confirmation | None:
    """The newest signature."""
    entry = ledger.latest("confirmation")
    return None if entry is None else _signature(entry)


def _signature(entry: Entry) -> Confirmation:
    kept = entry.content.get("parts")
    parts = ConfirmedParts.from_json(kept) if kept is not None else None
    return Confirmation(entry.content["digest"], entry.content["by"], entry.at, parts)


def require_confirmation(ledger: Ledger, parts: ConfirmedParts) -> Confirmation:
    """The confirmation of exactly these parts, or NothingConfirmed with what is not as it was confirmed."""
    latest = latest_confirmation(ledger)
    if latest is None:
        raise NothingConfirmed(
            "Nobody has confirmed the mapping yet. Look at it with `panda-twenty mapping`, "
            "then run `panda-twenty confirm --by NAME`."
        )
    if latest.parts is None:
        raise NothingConfirmed(
            f"{latest.by} confirmed at {latest.at} with an earlier version, whose signature did not cover "
            f"the practice's database and the workspace. {LOOK_AGAIN}"
        )
    found = changes(latest.parts, parts)
    if found:
        subject = " and the ".join(TITLES[name] for name in found)
        raise NothingConfirmed(
            f"The {subject} changed after {latest.by} confirmed it at {latest.at}. "
            f"{change_sentences(found)} {LOOK_AGAIN}"
        )
    return latest
