"""What there is to confirm, seen at both ends, and the signing of exactly that."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass

from panda_twenty.ledger.confirmation import Confirmation, NothingConfirmed, confirm, require_confirmation
from panda_twenty.ledger.confirmed_parts import ConfirmedParts
from panda_twenty.mapping.workspace_fit import workspace_fit
from panda_twenty.panda.profile.lines import line_token
from panda_twenty.panda.source_schema import named_tables, source_schema
from panda_twenty.session import Session

GOOD_FOR_SECONDS = 180.0
"""How long this process relies on its last look at both ends; profile and mapping are read each time."""


@dataclass(frozen=True)
class _Look:
    at: float
    """Seconds of the process's own clock."""
    source_schema: Mapping[str, str]
    workspace: Mapping[str, str]


_looks: dict[tuple[str, ...], _Look] = {}
"""The last look at each pair of ends, for each profile and mapping that it was taken with."""


def parts_now(session: Session, *, fresh: bool = True) -> ConfirmedParts:
    """Everything that a confirmation covers, as it is now.

    Without ``fresh`` the practice's schema and the workspace may be up to GOOD_FOR_SECONDS old, since every
    step of a run asks. Raises what opening either end raises.
    """
    profile, mapping = session.lines_to_confirm()
    connection = session.settings.panda_connection
    key = (
        line_token([profile, mapping]),
        connection.get_secret_value() if connection else "",
        str(session.destination),
        session.client.url,
    )
    look = _looks.get(key)
    if fresh or look is None or time.monotonic() - look.at > GOOD_FOR_SECONDS:
        look = _looks[key] = _Look(
            time.monotonic(),
            source_schema(session.profile, session.source),
            workspace_fit(session.mapping, session.workspace(), session.server.workspace_id or ""),
        )
    return ConfirmedParts(profile, mapping, look.source_schema, look.workspace)


def forget_looks() -> None:
    """Look at both ends afresh the next time anybody asks, as a new process does."""
    _looks.clear()


def sentences(session: Session, parts: ConfirmedParts) -> list[str]:
    """What a signature would be given to, in counts."""
    lines = [
        f"{route.name}: {route.entity} becomes {route.object}, {len(route.lines)} fields"
        for route in session.mapping.routes
    ]
    departures = len(parts.workspace) - 1
    return [
        *lines,
        f"{len(session.profile.open_questions)} open questions",
        f"Practice {session.practice}: {len(named_tables(session.profile))} tables with "
        f"{len(parts.source_schema)} columns",
        f"Workspace {parts.workspace['workspace'] or 'without an id'}: {departures} fields noted as they are",
        f"Digest: {parts.digest()}",
    ]


def sign(session: Session, parts: ConfirmedParts, by: str, digest: str | None = None) -> Confirmation:
    """Sign these parts, and with ``digest`` only if they are the ones that it was given for.

    Raises NothingConfirmed while the profile has open questions, or when the digest is another.
    """
    questions = session.profile.open_questions
    if questions:
        shown = " ".join(f"({place}) {question}" for place, question in enumerate(questions[:3], 1))
        more = f" And {len(questions) - 3} more." if len(questions) > 3 else ""
        raise NothingConfirmed(
            f"The source profile has {len(questions)} open questions: {shown}{more} "
            "Answer them in the profile, then take them out of its open_questions."
        )
    if digest is not None and not hmac.compare_digest(
        digest.strip().lower().encode(), parts.digest().encode()
    ):
        raise NothingConfirmed(
            f"What would be signed now has the digest {parts.digest()}, not the one that was given. "
            "Profile, mapping, the practice's database or the workspace changed since it was shown; "
            "look at it again with `panda-twenty mapping`."
        )
    summary = {route.name: len(route.lines) for route in session.mapping.routes}
    return confirm(session.ledger, parts, by, summary)


def standing_confirmation(session: Session) -> Confirmation:
    """The confirmation that covers everything as it is now. Raises NothingConfirmed with what changed."""
    return require_confirmation(session.ledger, parts_now(session, fresh=False))
