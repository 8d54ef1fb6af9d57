"""When a load halts: Twenty refuses too much of what it is sent.

Single refused records are set aside and hold nothing up. Many of them mean that a setting, the data model or
the server is at fault, and good records would be set aside as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.refusals import count_refused, count_tried, remember_refusals
from panda_twenty.twenty.errors import TwentyError
from panda_twenty.twenty.reasons import ReasonCode

REFUSED_IN_A_ROW = 25
"""So many records refused one by one, without one arriving, are no bad records but a server in trouble."""

REFUSALS_TOLERATED = 10
"""So many refusals of a kind never halt a load, whatever share they are: a small practice has few records."""

WITHOUT_PARENT_TOLERATED = 500
"""So many children of records that were destroyed in Twenty are found out one by one, and no more."""

_MAY_PASS = frozenset(
    {
        ReasonCode.MISSING_PARENT,
        ReasonCode.DUPLICATE,
        ReasonCode.INTERNAL_ERROR,
        ReasonCode.DATABASE_REFUSED,
    }
)
"""Reasons that lie outside of the record: it is tried again by every run."""


class ServerKeepsRefusing(TwentyError):
    """Twenty refuses record after record. Nothing more is sent, so that good records are not set aside."""

    advice = "Look at the newest reasons in the quarantine and at Twenty's own log, then run again."


class ParentsAreGone(TwentyError):
    """Many records name others that somebody destroyed in Twenty. Nothing more is sent."""

    advice = (
        "Run `panda-twenty migrate`: it looks at what stands in Twenty first and brings back what is missing."
    )


class TooManyRefused(TwentyError):
    """Twenty refused a larger share of the records than the operator allows. Nothing more is sent."""

    advice = (
        "Look at the reasons with `panda-twenty quarantine list`, correct the mapping, the data model or the "
        "source, and run `panda-twenty quarantine retry`, which sends again what was refused. Until then "
        "every run stops here, unless PANDA_TWENTY_STOP_ABOVE_PERCENT allows a larger share."
    )


@dataclass
class RefusalTally:
    """What Twenty refuses of one load's records. Raises one of the errors above as soon as it is too much."""

    ledger: Ledger
    object_name: str
    stop_above_percent: float
    sent: int = 0
    left_alone: int = 0
    """Records that need not go, or not again: unchanged, or refused by Twenty as they are."""
    in_a_row: int = 0
    """Records refused one by one since the last one arrived."""
    files_in_a_row: int = 0
    """Records whose file was refused since the last file was taken."""
    for_now: int = 0
    """Refusals that are not remembered."""
    without_parent: int = 0
    _refused: set[str] = field(default_factory=set)
    """Source keys of this load's records that Twenty refused, in this load or before."""

    def add(self, entity: str, refused: Mapping[str, str], reason: ReasonCode) -> None:
        """Count records that Twenty has refused: hashes of their content by source key."""
        if reason is ReasonCode.MISSING_PARENT:
            self._add_missing_parents(len(refused))
            return
        if reason in _MAY_PASS:
            self.for_now += len(refused)
        else:
            remember_refusals(self.ledger, entity, refused)
        self._refused.update(refused)
        if (in_a_row := max(self.in_a_row, self.files_in_a_row)) >= REFUSED_IN_A_ROW:
            raise ServerKeepsRefusing(f"Twenty refused {in_a_row} records of {self.object_name} in a row.")
        self._halt_above(len(self._refused), self.sent + self.left_alone, "in this load")
        self._halt_above_of_all(count_refused(self.ledger, entity) + self.for_now, entity)

    def leave_alone(self, entity: str, unchanged: int, refused: Sequence[str]) -> None:
        """Note records that need not go: those that are unchanged, and the keys of those refused before.

        Raises TooManyRefused where the latter alone are too many, as they were when they were sent.
        """
        self.left_alone += unchanged + len(refused)
        if refused:
            self._refused.update(refused)
            self._halt_above_of_all(len(self._refused), entity)

    def _halt_above_of_all(self, refused: int, entity: str) -> None:
        if refused > REFUSALS_TOLERATED:
            self._halt_above(refused, max(count_tried(self.ledger, entity), self.sent), "sent so far")

    def _halt_above(self, refused: int, records: int, which: str) -> None:
        if refused > REFUSALS_TOLERATED and 100 * refused / records > self.stop_above_percent:
            raise TooManyRefused(
                f"Of {records} records of {self.object_name} {which}, Twenty refused {refused}: more than "
                f"{self.stop_above_percent:g} %."
            )

    def _add_missing_parents(self, records: int) -> None:
        """Records whose parent somebody destroyed: no fault of theirs, and the rest of the load goes on."""
        self.without_parent += records
        if self.without_parent >= WITHOUT_PARENT_TOLERATED:
            raise ParentsAreGone(
                f"{self.without_parent} records of {self.object_name} name a record that is not in Twenty "
                "any more."
            )
