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

from panda_twenty.ledger.ledger import as_kept
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

    Returns since when a verification counts, if this one goes on with one that was cut off; None if it begins
    anew, as it does where the mapping is another now.
    """
    kept = json.loads(setting(session.ledger, _UNDER_WAY) or "{}")
    moment = datetime.now(UTC)
    if kept.get("digest") == session.digest:
        return max(str(kept["begun"]), as_kept(moment - OLDEST_TO_CONTINUE))
    keep_setting(session.ledger, _UNDER_WAY, json.dumps({"begun": as_kept(moment), "digest": session.digest}))
    return None


def end(session: Session) -> None:
    """Note that the migration has come to its end: the next one verifies everything anew."""
    keep_setting(session.ledger, _UNDER_WAY, "{}")


@dataclass(frozen=True)
class VerifiedBefore:
    """What a range was found to be, as the ledger keeps it."""

    loaded: Mapping[str, int]
    verified: Mapping[str, int]
    details: Mapping[str, Any]

    def holds_after(self, load: LoadCounts) -> bool:
        """Whether that load found everything as it was and wrote nothing, and all had been well."""
        as_it_was = all(self.loaded[name] == getattr(load, name) for name in ("source", "quarantined"))
        is_well = not self.verified["different"] and not self.verified["missing"]
        return as_it_was and is_well and load.unchanged + load.quarantined == load.source


def verified_before(session: Session, route: Route, since: str) -> Mapping[str, VerifiedBefore]:
    """What ranges of a route were found to be at that moment or later; to be asked before they are loaded."""
    return {
        range_key: VerifiedBefore(*counts)
        for range_key, counts in verifications_since(session.ledger, route.name, since).items()
    }
