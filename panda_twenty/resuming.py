"""A migration that was cut off goes on where it stood.

Nothing that stands in Twenty unchanged is written again; that is the loader's doing. What is settled here is
that it is not read back a second time either: a large practice is read for hours at Twenty's rate limit. A
range that this very migration has verified within a day, and of which nothing was written since, counts as
verified. A migration that has ended reads everything again when it is repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from panda_twenty.ledger.ledger import as_kept, now
from panda_twenty.ledger.outcomes import verifications_since
from panda_twenty.ledger.state import keep_setting, setting
from panda_twenty.ledger.verified import OLDEST_TO_CONTINUE
from panda_twenty.mapping.specification import Route
from panda_twenty.session import Session
from panda_twenty.twenty.loading import LoadCounts

GOES_ON_SINCE = "panda_twenty/goes_on_since"
"""The tag of a run that goes on with a migration: when that began."""

_UNDER_WAY = "migration_under_way"


def begin_or_go_on(session: Session) -> str | None:
    """Note that a migration is under way.

    Returns when it began, if this is one that was cut off and goes on; None if it begins anew, as it does
    where the mapping is another now.
    """
    if (begun := _begun(session)) is not None:
        return begun
    kept = {"begun": now(), "digest": session.digest}
    keep_setting(session.ledger, _UNDER_WAY, json.dumps(kept))
    return None


def _begun(session: Session) -> str | None:
    """When the migration by this mapping began that has not come to its end."""
    kept = json.loads(setting(session.ledger, _UNDER_WAY) or "{}")
    return str(kept["begun"]) if kept.get("digest") == session.digest else None


def end(session: Session) -> None:
    """Note that the migration has come to its end: the next one verifies everything anew."""
    keep_setting(session.ledger, _UNDER_WAY, "{}")


@dataclass(frozen=True)
class VerifiedBefore:
    """What a range was found to be, as the ledger keeps it."""

    at: str
    loaded: Mapping[str, int]
    verified: Mapping[str, int]
    details: Mapping[str, Any]

    def holds_after(self, load: LoadCounts) -> bool:
        """Whether that load found everything as it was and wrote nothing, and all had been well."""
        as_it_was = all(self.loaded[name] == getattr(load, name) for name in ("source", "quarantined"))
        is_well = not self.verified["different"] and not self.verified["missing"]
        return as_it_was and is_well and load.unchanged + load.quarantined == load.source


def verified_before(session: Session, route: Route, begun: str | None) -> Mapping[str, VerifiedBefore]:
    """What the migration that began then has found the ranges of a route to be; to be asked before a load.

    Nothing, where it is not under way any more: a run that is executed again later has the tag as well.
    """
    if begun is None or begun != _begun(session):
        return {}
    since = max(begun, as_kept(datetime.now(UTC) - OLDEST_TO_CONTINUE))
    return {
        range_key: VerifiedBefore(*counts)
        for range_key, counts in verifications_since(session.ledger, route.name, since).items()
    }
